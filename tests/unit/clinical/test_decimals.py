"""Arithmetic on numbers that are decimals: every expected value is typed as people write it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from clinical.decimals import UNKNOWN, decimal_places, minus, over, plus, sum_by, times

NAN = np.nan
#: A number that no decimal of 15 digits is.
THIRD = 1 / 3


def floats(*numbers: float) -> np.ndarray:
    return np.array(numbers, dtype="float64")


@pytest.mark.parametrize(
    ("number", "places"),
    [
        (5.0, 0),
        (-12.0, 0),
        (0.0, 0),
        (-0.0, 0),
        (0.29, 2),
        (-0.29, 2),
        (100.5, 1),
        (1e9, 0),
        (1000000000.25, 2),
        (1e300, 0),
        (0.00001, 5),
        (123456789012.345, 3),
        (THIRD, UNKNOWN),
        (0.1 + 0.2, UNKNOWN),
        (1e-300, UNKNOWN),
        (NAN, UNKNOWN),
        (np.inf, UNKNOWN),
    ],
)
def test_places_are_those_of_the_number_as_it_is_written(number: float, places: int) -> None:
    assert decimal_places(floats(number)).tolist() == [places]


@pytest.mark.parametrize(
    ("left", "right", "difference"),
    [
        (0.3, 0.29, 0.01),
        (0.29, 0.3, -0.01),
        (1.1, 1.0, 0.1),
        (1.0, 1.1, -0.1),
        (20.9, 15.9, 5.0),
        (-0.3, -0.29, -0.01),
        (-1.1, 1.1, -2.2),
        (8.0, 5.0, 3.0),
        (7.5, 7.5, 0.0),
        (1000000000.1, 1000000000.0, 0.1),
        (1e9, 0.001, 999999999.999),
        (1e9, 1.0, 999999999.0),
        (0.5, 0.123456, 0.376544),
        (NAN, 1.0, NAN),
        (1.0, NAN, NAN),
    ],
)
def test_a_difference_is_that_of_the_decimals(left: float, right: float, difference: float) -> None:
    np.testing.assert_array_equal(minus(floats(left), floats(right)), [difference])


def test_equal_numbers_differ_by_a_positive_zero() -> None:
    assert np.signbit(minus(floats(0.3, -0.3), floats(0.3, -0.3))).tolist() == [False, False]


def test_a_product_or_quotient_of_0_has_no_sign() -> None:
    assert np.signbit(times(floats(0.0, -0.5), floats(-3.0, 0.0))).tolist() == [False, False]
    assert np.signbit(over(floats(0.0, -0.0), floats(-5.0, 5.0))).tolist() == [False, False]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (THIRD, 0.3),  # one is no decimal
        (1e15, 0.25),  # together more digits than a double has
        (1e300, 1e-5),
        (np.inf, 1.0),
    ],
)
def test_what_cannot_be_reckoned_in_decimals_stays_as_the_machine_has_it(left: float, right: float) -> None:
    assert minus(floats(left), floats(right)).tolist() == [left - right]
    assert plus(floats(left), floats(right)).tolist() == [left + right]


@pytest.mark.parametrize(
    ("left", "right", "total"), [(0.1, 0.2, 0.3), (1.1, 2.2, 3.3), (-0.1, 0.3, 0.2), (2.0, 3.0, 5.0), (NAN, 1.0, NAN)]
)
def test_a_sum_is_that_of_the_decimals(left: float, right: float, total: float) -> None:
    np.testing.assert_array_equal(plus(floats(left), floats(right)), [total])


@pytest.mark.parametrize(
    ("left", "right", "product"),
    [
        (1.1, 1.1, 1.21),
        (16.2, 10.1, 163.62),
        (100.0, 0.07, 7.0),
        (-0.1, 3.0, -0.3),
        (30.0, 20.0, 600.0),
        (0.0, 4.5, 0.0),
        (NAN, 2.0, NAN),
    ],
)
def test_a_product_is_that_of_the_decimals(left: float, right: float, product: float) -> None:
    np.testing.assert_array_equal(times(floats(left), floats(right)), [product])


@pytest.mark.parametrize(
    ("left", "right", "quotient"),
    [
        (7.0, 0.7, 10.0),
        (-5454.0, 109.08, -50.0),
        (-3205.0, 64.1, -50.0),
        (1.0, 3.0, THIRD),
        (0.1, 0.3, THIRD),
        (THIRD, 2.0, THIRD / 2),
        (5.0, 0.0, NAN),
        (0.0, 5.0, 0.0),
        (NAN, 5.0, NAN),
    ],
)
def test_a_quotient_is_nearest_to_that_of_the_decimals(left: float, right: float, quotient: float) -> None:
    np.testing.assert_array_equal(over(floats(left), floats(right)), [quotient])


def test_a_product_of_many_digits_stays_as_the_machine_has_it() -> None:
    numbers = floats(THIRD, 123456789.123456, 1e300)
    assert times(numbers, floats(3.0, 987654321.987654, 1e300)).tolist() == [
        THIRD * 3.0,
        123456789.123456 * 987654321.987654,
        np.inf,
    ]


def test_one_number_may_stand_for_all() -> None:
    assert minus(floats(1.1, 2.2), 0.1).tolist() == [1.0, 2.1]
    assert times(floats(1.1, 2.2), 1.5).tolist() == [1.65, 3.3]


def test_columns_keep_their_index() -> None:
    left = pd.Series([0.3, 1.1], index=[7, 3])
    pd.testing.assert_series_equal(minus(left, pd.Series([0.29, 1.0], index=[7, 3])), pd.Series([0.01, 0.1], [7, 3]))


def test_sums_of_groups() -> None:
    values = pd.Series([0.1, 0.2, 917.1, 0.1, 0.1, 1.0, NAN, 5.0, THIRD, THIRD])
    groups = pd.Series(["a", "a", "b", "a", "b", "c", "c", "d", "e", "e"], dtype="str")
    expected = pd.Series([0.4, 917.2, NAN, 5.0, THIRD + THIRD], index=pd.Index(list("abcde"), dtype="str"))
    pd.testing.assert_series_equal(sum_by(values, values.groupby(groups)), expected, check_exact=True)


def test_sums_of_groups_by_two_columns_that_are_not_sorted() -> None:
    frame = pd.DataFrame({"CODE": [1, 0, 1], "POINT": [4, 9, 4], "VALUE": [1.1, 7.0, 2.2]})
    found = sum_by(frame["VALUE"], frame.groupby(["CODE", "POINT"], sort=False))
    assert dict(found) == {(1, 4): 3.3, (0, 9): 7.0}


def test_sums_of_categories_without_a_row_are_0() -> None:
    groups = pd.Categorical(["late", "early", "late"], categories=["never", "early", "late"])
    values = pd.Series([0.1, 5.0, 0.2])
    assert dict(sum_by(values, values.groupby(groups, observed=False))) == {"never": 0.0, "early": 5.0, "late": 0.3}
    assert dict(sum_by(values, values.groupby(groups, observed=True))) == {"early": 5.0, "late": 0.3}


def test_sums_leave_out_rows_without_a_group() -> None:
    values = pd.Series([0.1, 7.0, 0.2])
    assert dict(sum_by(values, values.groupby(pd.Series(["b", None, "b"], dtype="str")))) == {"b": 0.3}


def test_no_rows() -> None:
    empty = pd.Series([], dtype="float64")
    assert minus(empty, empty).empty
    assert sum_by(empty, empty.groupby(empty)).empty
