"""The part of a run's data that belongs to some subjects, read from its Parquet files."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from clinical import provenance
from flows.work import Store
from reports.trace_data import Load


def load_subjects(store: Store, subjects: Iterable[str]) -> Load:
    """Return what reads the records of some subjects, by USUBJID, and of datasets without subjects all of them."""
    wanted = sorted(set(subjects))
    keys = _export_keys(store, wanted)

    def load(stage: str, name: str) -> pd.DataFrame | None:
        if not store.has(stage, name):
            return None
        column, values = (provenance.SUBJECT, keys) if stage == "raw" else ("USUBJID", wanted)
        return store.load_where(stage, name, column, values)

    return load


def _export_keys(store: Store, subjects: list[str]) -> list[str]:
    """Return how the export names subjects; none where the run was made without an export."""
    if not store.has("sdtm", "DM"):
        return []
    rows = store.load_where("sdtm", "DM", "USUBJID", subjects)
    return sorted(rows[provenance.SUBJECT].dropna().unique()) if provenance.SUBJECT in rows else []
