"""Columns that are built whole: a value for each place."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from adam.derive.timeline import Integers, Places


def text_column(values: Sequence[str | None], places: Integers | Places) -> pd.Series:
    """Return the text at each place; -1 is missing."""
    return pd.Series(pd.array([*values, None], dtype="str").take(places))


def number_column(values: Sequence[float], places: Integers | Places) -> pd.Series:
    """Return the number at each place; -1 is missing."""
    return pd.Series(np.array([*values, np.nan], dtype="float64")[places])


def take_values(values: pd.Series, places: Integers) -> pd.Series:
    """Return the value at each place; -1 is missing."""
    return pd.Series(pd.api.extensions.take(values.array, places, allow_fill=True))
