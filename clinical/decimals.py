"""Sums, differences and products of numbers that are decimals, for whole columns.

A result of 0.3 g/L is a decimal, which a double only comes near to: as doubles, 0.3 - 0.29 is 0.010000000000000009, and
a spleen that grew from 13.2 to 13.3 cm seems to have grown by more than 0.1 cm. Here the operands are taken as whole
numbers of their smallest decimal place, which doubles add and multiply exactly, and the result is the double nearest to
the decimal. Numbers that are no decimals, such as a third, and results of more than 15 digits are reckoned as doubles.

A quotient has no last decimal place and keeps full precision: it is the double nearest to the quotient of the decimals.

Columns are taken row by row, whatever their index; the result has that of the left one.
"""

from __future__ import annotations

from typing import Any, NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Column = TypeVar("Column", Floats, pd.Series)

#: The decimal places of a number that is no decimal.
UNKNOWN = -1

#: Powers of ten that are doubles exactly.
_POWERS = np.array([10**exponent for exponent in range(23)], dtype="float64")
_MOST_PLACES = 15
#: Below it, a decimal times its power of ten is nearest to the whole number meant.
_LARGEST = 2.0**51


def decimal_places(numbers: Floats) -> Integers:
    """Return how many decimal places each number has as it is written: 0.29 -> 2, 5.0 -> 0.

    UNKNOWN for numbers that no decimal of up to 15 digits is, and for missing ones.
    """
    places = np.full(len(numbers), UNKNOWN, dtype="int64")
    rows = np.flatnonzero(np.isfinite(numbers))
    for place, power in enumerate(_POWERS[: _MOST_PLACES + 1]):
        values = numbers[rows]
        whole = np.rint(values * power)
        found = (whole / power == values) & ((place == 0) | (np.abs(whole) < _LARGEST))
        places[rows[found]] = place
        rows = rows[~found]
        if not len(rows):
            break
    return places


def plus(left: Column, right: Column | float) -> Column:
    """Return the sums of two columns, by place; missing where either is: 0.1 + 0.2 -> 0.3."""
    return _like(left, _added(_floats(left), _floats(right)))


def minus(left: Column, right: Column | float) -> Column:
    """Return the differences of two columns, by place; missing where either is: 0.3 - 0.29 -> 0.01."""
    return _like(left, _added(_floats(left), -_floats(right)))


def times(left: Column, right: Column | float) -> Column:
    """Return the products of two columns, by place; missing where either is: 1.1 x 1.1 -> 1.21."""
    ours, others = np.broadcast_arrays(_floats(left), _floats(right))
    our_places, other_places = decimal_places(ours), decimal_places(others)
    places = our_places + other_places
    known = (our_places != UNKNOWN) & (other_places != UNKNOWN) & (places < len(_POWERS))
    with np.errstate(over="ignore", invalid="ignore"):
        whole = np.rint(ours * _POWERS[our_places]) * np.rint(others * _POWERS[other_places])
        exact = known & (np.abs(whole) < _LARGEST)
        products = np.where(exact, whole / _POWERS[np.where(known, places, 0)], ours * others)
    return _like(left, products + 0.0)  # a product of 0 has no sign


def over(left: Column, right: Column | float) -> Column:
    """Return the quotients of two columns, by place; missing where either is, or the divisor is 0: 7 / 0.7 -> 10."""
    scaled = _scaled(_floats(left), _floats(right))
    divisor = np.where(scaled.second == 0, np.nan, scaled.second)
    with np.errstate(over="ignore", invalid="ignore"):
        quotients = scaled.first / divisor
    return _like(left, quotients + 0.0)  # a quotient of 0 has no sign


def sum_by(values: pd.Series, groups: Any) -> pd.Series:
    """Return the sum of the values of each group of a pandas groupby; missing where a value of the group is.

    `values` are those of the rows that were grouped, in their order. A category without rows has the sum 0.

    ```text
    a 0.1, a 0.2, b 1.0, b missing  ->  a 0.3, b missing
    ```
    """
    sizes, codes = groups.size(), groups.ngroup().fillna(-1).to_numpy(dtype="int64")
    grouped = codes >= 0
    filled = sizes.to_numpy() > 0  # a category without rows has a size, and no number among the groups
    sums = np.zeros(len(sizes))
    sums[filled] = sum_codes(_floats(values)[grouped], codes[grouped], int(filled.sum()))
    return pd.Series(sums, index=sizes.index)


def sum_codes(values: Floats, codes: Integers, groups: int) -> Floats:
    """Return the sum of the values of each group, whose number `codes` gives; 0 for a group without values."""
    places = decimal_places(values)
    most = np.zeros(groups, dtype="int64")
    np.maximum.at(most, codes, places)
    power = _POWERS[most]
    with np.errstate(over="ignore"):
        scaled = np.rint(values * power[codes])
    unknown = np.bincount(codes, weights=places == UNKNOWN, minlength=groups) > 0
    exact = ~unknown & (np.bincount(codes, weights=np.abs(scaled), minlength=groups) < _LARGEST)
    whole = np.bincount(codes, weights=scaled, minlength=groups)
    sums: Floats = np.where(exact, whole / power, np.bincount(codes, weights=values, minlength=groups))
    return sums


class _Scaled(NamedTuple):
    """Pairs of whole numbers that are the operands times `power`; the operands as they are, and 1, where none are."""

    first: Floats
    second: Floats
    power: Floats


def _scaled(left: Floats, right: Floats) -> _Scaled:
    left, right = np.broadcast_arrays(left, right)
    ours, others = decimal_places(left), decimal_places(right)
    power = _POWERS[np.maximum(np.maximum(ours, others), 0)]
    with np.errstate(over="ignore", invalid="ignore"):
        first, second = np.rint(left * power), np.rint(right * power)
    exact = (ours != UNKNOWN) & (others != UNKNOWN) & (np.abs(first) < _LARGEST) & (np.abs(second) < _LARGEST)
    return _Scaled(np.where(exact, first, left), np.where(exact, second, right), np.where(exact, power, 1))


def _added(left: Floats, right: Floats) -> Floats:
    scaled = _scaled(left, right)
    with np.errstate(over="ignore", invalid="ignore"):
        sums: Floats = (scaled.first + scaled.second + 0.0) / scaled.power  # a difference of 0 has no sign
    return sums


def _floats(numbers: Any) -> Floats:
    if isinstance(numbers, pd.Series):
        return numbers.to_numpy(dtype="float64", na_value=np.nan)
    return np.atleast_1d(np.asarray(numbers, dtype="float64"))


def _like(column: Column, values: Floats) -> Column:
    if isinstance(column, pd.Series):
        return pd.Series(values, index=column.index)
    return values
