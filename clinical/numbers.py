"""Numbers as text, in one way for datasets, listings and raw tables."""

from __future__ import annotations

import pandas as pd


def number_text(numbers: pd.Series) -> pd.Series:
    """Return numbers as text of at most 15 digits: 3.0 -> `3`, 0.1 -> `0.1`; missing stays missing."""
    codes, distinct = pd.factorize(numbers)
    texts = pd.array([*(f"{number:.15g}" for number in distinct.tolist()), None], dtype="str")
    return pd.Series(texts.take(codes), index=numbers.index, dtype="str")
