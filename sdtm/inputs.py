"""What a step of the SDTM stage may read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd


@dataclass(frozen=True)
class Inputs:
    """What a step may read: the raw forms, collected datasets, finished ones, and the visits of `sdtm.visits`."""

    forms: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    collected: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    datasets: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    visits: pd.DataFrame | None = None
