"""What only the data say of a variable, on a few values each."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from submission.define.facts import ValueFacts, distinct_texts, measure, values_by


def text(*values):
    return pd.Series(values, dtype="str")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([1.0, 250.0, np.nan], ("integer", 3, None)),
        ([-12.0, 7.0], ("integer", 2, None)),
        ([0.5, 101.25], ("float", 5, 2)),
        ([0.1 + 0.2], ("float", 2, 1)),
        ([1.01 - 1.0], ("float", 3, 2)),
        ([1e-7], ("float", 8, 7)),
        ([1e20], ("integer", 21, None)),
    ],
)
def test_numbers_have_the_digits_that_they_need(values, expected):
    assert measure(pd.Series(values)).number_type == expected


def test_dates_are_five_digits_of_days_since_1960():
    dates = pd.Series(pd.to_datetime(["2025-03-01", None])).astype("datetime64[s]")
    assert measure(dates).number_type == ("integer", 5, None)


def test_datetimes_are_seconds_since_1960_and_times_seconds_of_the_day():
    """2025-03-01T08:30:00 is 2,056,437,000 seconds after 1960-01-01, which is 23,801 days and 30,600 seconds."""
    moments = pd.Series(pd.to_datetime(["2025-03-01T08:30:00", None])).astype("datetime64[s]")
    assert measure(moments, sas_format="DATETIME20.").number_type == ("integer", 10, None)
    halves = pd.Series(pd.to_datetime(["2025-03-01T08:30:00.5"])).astype("datetime64[ms]")
    assert measure(halves, sas_format="DATETIME22.1").number_type == ("float", 11, 1)
    assert measure(pd.Series(pd.to_timedelta(["08:30:00", None])), sas_format="TIME8.").number_type == (
        "integer",
        5,
        None,
    )


def test_nothing_is_known_of_a_column_without_values():
    assert measure(text(None, None)) == ValueFacts(gaps=True)
    assert ValueFacts().number_type is None


def test_text_is_as_long_as_its_bytes_and_a_number_only_where_all_values_are():
    assert measure(text("é", None)) == ValueFacts(True, 2, None, None, None, gaps=True)
    assert measure(text("12.5", "3")).number_type == ("float", 3, 1)
    assert measure(text("12.5", "<3")).number_type is None


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["2025-03-01", "2025-12-31"], "date"),
        (["2025-03-01", "2025-12"], "partialDate"),
        (["2025"], "partialDate"),
        (["2025-03-01T08:30:00", "2025-03-01T08:30:00.5Z"], "datetime"),
        (["2025-03-01T08:30:00", "2025-03-01"], "partialDatetime"),
        (["2025-03-01T08:30"], "partialDatetime"),
        (["2025-03-01", "2025---15"], "incompleteDatetime"),
        (["-----T08:30"], "incompleteDatetime"),
        (["P3D", "-PT2H"], "durationDatetime"),
        (["2025-03-01/2025-03-05"], "intervalDatetime"),
        (["2025-03-01", "unknown"], None),
    ],
)
def test_the_narrowest_iso_8601_type_that_holds_all_values(values, expected):
    assert measure(text(*values), iso=True).iso == expected


def test_values_are_measured_by_test():
    frame = pd.DataFrame({"CODE": text("B", "A", "B", "C"), "RESULT": text("1", "x", "2.5", None)})
    found = values_by(frame, "CODE", "RESULT")
    assert {code: measure(values).number_type for code, values in found.items()} == {"A": None, "B": ("float", 2, 1)}


def test_distinct_values_are_sorted_and_numbers_are_short():
    assert distinct_texts(pd.Series([10.0, 2.0, 2.0, np.nan])) == ("2", "10")
    assert distinct_texts(text("b", None, "a", "b")) == ("a", "b")
