"""The findings of a run as they count: each fault once, and what the study waives as a warning."""

from __future__ import annotations

import pandas as pd

from checks.gate import waive, waivers_of, without_echoes
from flows.work import Job, Store


def accepted_findings(job: Job, store: Store) -> pd.DataFrame:
    """Return everything found so far, each fault once, errors that the study waives turned into warnings."""
    return waive(without_echoes(store.findings()), waivers_of(job.load().design.settings))
