"""Row conditions: what a spec's `where:` means on a frame.

A condition is data, never an expression: a mapping of column to test (all must hold), or several such mappings
(one must hold).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Test:
    """One test of one column; every part that is given must hold.

    `any_of`/`none_of` compare text exactly, and numbers with numbers (`3` holds for 3.0); `present` asks for a value
    (True) or for none (False); `below`, `at_most`, `above`, `at_least` compare numbers. A missing value passes only
    `none_of` and `present=False`.
    """

    any_of: tuple[str, ...] | None = None
    none_of: tuple[str, ...] | None = None
    present: bool | None = None
    below: float | None = None
    at_most: float | None = None
    above: float | None = None
    at_least: float | None = None

    def holds(self, values: pd.Series) -> np.ndarray:
        """Return a boolean array, one element a value."""
        result = np.ones(len(values), dtype=bool)
        if self.any_of is not None:
            result &= _is_in(values, self.any_of)
        if self.none_of is not None:
            result &= ~_is_in(values, self.none_of)
        if self.present is not None:
            result &= values.notna().to_numpy(dtype=bool) == self.present
        limits = (self.below, self.at_most, self.above, self.at_least)
        if any(limit is not None for limit in limits):
            numbers = pd.to_numeric(values, errors="coerce").to_numpy(dtype="float64", na_value=np.nan)
            with np.errstate(invalid="ignore"):
                if self.below is not None:
                    result &= numbers < self.below
                if self.at_most is not None:
                    result &= numbers <= self.at_most
                if self.above is not None:
                    result &= numbers > self.above
                if self.at_least is not None:
                    result &= numbers >= self.at_least
        return result


def _is_in(values: pd.Series, wanted: tuple[str, ...]) -> np.ndarray:
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        numbers = pd.to_numeric(pd.Series(wanted, dtype="str"), errors="coerce").dropna()
        return values.isin(numbers.tolist()).to_numpy(dtype=bool)
    return values.isin(wanted).to_numpy(dtype=bool)


#: One or several mappings of column to test: AND inside a mapping, OR between mappings. Empty holds everywhere.
Condition = Sequence[Mapping[str, Test]]


def matches(frame: pd.DataFrame, condition: Condition) -> np.ndarray:
    """Return a boolean array saying for which rows of `frame` the condition holds.

    Raises:
        KeyError: a column of the condition is not in the frame.
    """
    if not condition:
        return np.ones(len(frame), dtype=bool)
    result = np.zeros(len(frame), dtype=bool)
    for mapping in condition:
        holds = np.ones(len(frame), dtype=bool)
        for column, test in mapping.items():
            holds &= test.holds(frame[column])
        result |= holds
    return result


def columns_of(condition: Condition) -> tuple[str, ...]:
    """Return the columns that a condition reads, each once, in order of mention."""
    return tuple(dict.fromkeys(column for mapping in condition for column in mapping))
