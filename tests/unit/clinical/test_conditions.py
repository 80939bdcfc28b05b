"""Row conditions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from clinical.conditions import Test as ColumnTest
from clinical.conditions import columns_of, matches

FRAME = pd.DataFrame(
    {
        "SEX": pd.Series(["M", "F", None, "F"], dtype="str"),
        "DOSE": pd.Series(["10", "5.5", "x", None], dtype="str"),
        "VISITNUM": [1.0, 2.0, np.nan, 3.5],
    }
)


@pytest.mark.parametrize(
    ("column", "test", "expected"),
    [
        ("SEX", ColumnTest(any_of=("M",)), [True, False, False, False]),
        ("SEX", ColumnTest(any_of=("M", "F")), [True, True, False, True]),
        ("SEX", ColumnTest(any_of=("m",)), [False, False, False, False]),
        ("SEX", ColumnTest(none_of=("M",)), [False, True, True, True]),
        ("SEX", ColumnTest(present=True), [True, True, False, True]),
        ("SEX", ColumnTest(present=False), [False, False, True, False]),
        ("DOSE", ColumnTest(at_least=5.5), [True, True, False, False]),
        ("DOSE", ColumnTest(above=5.5), [True, False, False, False]),
        ("DOSE", ColumnTest(below=10), [False, True, False, False]),
        ("DOSE", ColumnTest(at_most=10), [True, True, False, False]),
        ("DOSE", ColumnTest(above=1, below=6), [False, True, False, False]),
        ("VISITNUM", ColumnTest(any_of=("1", "3.5")), [True, False, False, True]),
        ("VISITNUM", ColumnTest(any_of=("1.0",)), [True, False, False, False]),
        ("VISITNUM", ColumnTest(none_of=("1",)), [False, True, True, True]),
        ("VISITNUM", ColumnTest(any_of=("one",)), [False, False, False, False]),
        ("VISITNUM", ColumnTest(at_least=2), [False, True, False, True]),
    ],
)
def test_one_test_of_one_column(column: str, test: ColumnTest, expected: list[bool]) -> None:
    assert test.holds(FRAME[column]).tolist() == expected


def test_all_tests_of_a_mapping_must_hold() -> None:
    condition = ({"SEX": ColumnTest(any_of=("F",)), "VISITNUM": ColumnTest(above=3)},)
    assert matches(FRAME, condition).tolist() == [False, False, False, True]


def test_one_of_several_mappings_must_hold() -> None:
    condition = ({"SEX": ColumnTest(any_of=("M",))}, {"VISITNUM": ColumnTest(present=False)})
    assert matches(FRAME, condition).tolist() == [True, False, True, False]


def test_no_condition_holds_everywhere() -> None:
    assert matches(FRAME, ()).tolist() == [True] * 4


def test_condition_on_an_empty_frame() -> None:
    assert matches(FRAME.iloc[:0], ({"SEX": ColumnTest(any_of=("M",))},)).tolist() == []


def test_column_that_is_not_there() -> None:
    with pytest.raises(KeyError):
        matches(FRAME, ({"AGE": ColumnTest(present=True)},))


def test_columns_are_named_once_in_order() -> None:
    condition = ({"B": ColumnTest(), "A": ColumnTest()}, {"B": ColumnTest(), "C": ColumnTest()})
    assert columns_of(condition) == ("B", "A", "C")
