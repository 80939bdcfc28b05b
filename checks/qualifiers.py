"""Supplemental qualifiers as a column of the dataset that they belong to."""

from __future__ import annotations

import numpy as np
import pandas as pd

from checks.datasets import Datasets
from clinical.qualifiers import qualifier_values


def qualifier_of(data: Datasets, name: str, qualifier: str) -> pd.Series:
    """Return QVAL of one qualifier for each record of a dataset, missing where there is none."""
    frame = data[name]
    if f"SUPP{name}" not in data:
        return pd.Series(np.nan, index=frame.index, dtype="str")
    return qualifier_values(frame, data[f"SUPP{name}"], qualifier)
