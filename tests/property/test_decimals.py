"""Differences, sums and products of decimals are those that Python's decimal module finds."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from clinical.decimals import minus, over, plus, sum_by, times

#: Products of two of them have no more than 15 digits.
MEASURED = st.decimals(min_value=-9999, max_value=9999, places=3) | st.decimals(
    min_value=-9999, max_value=9999, places=1
)


@given(st.lists(st.tuples(MEASURED, MEASURED), min_size=1))
def test_as_decimals(pairs: list[tuple[Decimal, Decimal]]) -> None:
    left = np.array([float(one) for one, _ in pairs])
    right = np.array([float(other) for _, other in pairs])
    assert minus(left, right).tolist() == [float(one - other) for one, other in pairs]
    assert plus(left, right).tolist() == [float(one + other) for one, other in pairs]
    assert times(left, right).tolist() == [float(one * other) for one, other in pairs]
    divided = np.array([float(other) if other else 1.0 for _, other in pairs])
    assert over(left, divided).tolist() == [float(Fraction(one) / Fraction(other or 1)) for one, other in pairs]


@given(st.lists(MEASURED, min_size=1, max_size=200))
def test_sums_as_decimals(numbers: list[Decimal]) -> None:
    values = pd.Series([float(one) for one in numbers])
    assert sum_by(values, values.groupby(np.zeros(len(numbers)))).tolist() == [float(sum(numbers))]
