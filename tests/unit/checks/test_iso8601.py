"""Dates, intervals and durations of SDTMIG 3.4, 4.4.1 to 4.4.3."""

from __future__ import annotations

import pandas as pd
import pytest

from checks.iso8601 import bounds, is_date, is_duration, is_duration_or_interval


def _one(function, text):
    return bool(function(pd.Series([text], dtype="str")).iloc[0])


@pytest.mark.parametrize(
    "text",
    [
        "2023-06-05",
        "2023-06",
        "2023",
        "2023---15",
        "--12-15",
        "-----T07:15",
        "2003-12-15T-:15",
        "2003-12-15T13:-:17",
        "2024-02-29",
        "--02-29",
        "2023-06-05T10",
        "2023-06-05T10:05:59.25",
        "2023-06-05T10:05Z",
        "2023-06-05T10:05+08:00",
        "2003-12-15T10:00/2003-12-15T10:30",
        "2003-12/2004",
        "2003-12-15/2003-12",
        "2003-12-01/P3D",
    ],
)
def test_dates_with_unknown_parts_and_intervals_are_dates(text):
    assert _one(is_date, text)


@pytest.mark.parametrize(
    "text",
    [
        "2023-02-29",
        "--02-30",
        "2023-13",
        "2023-00",
        "2023-06-00",
        "2023-06-31",
        "2023-",
        "2023--",
        "2023-06-",
        "-",
        "2023-6-5",
        "20230605",
        "05JUN2023",
        "2023-06-05 10:00",
        "2023-06-05T24:01",
        "2023-06-05T10:61",
        "2023-06-05T10:05:60",
        "2023-06-05T",
        "2023-06T10:05",
        "2023-06-05\n",
        "2003-12/2003-11",
        "2003-12/",
        "0000-01-01",
        "UNK",
        None,
    ],
)
def test_what_the_calendar_or_the_form_does_not_have_is_no_date(text):
    assert not _one(is_date, text)


@pytest.mark.parametrize("text", ["P1D", "PT36H", "-P3D", "P2W", "P1Y2M", "P1Y2M3DT4H5M6S", "P1.5D", "PT0.5H"])
def test_durations(text):
    assert _one(is_duration, text)


@pytest.mark.parametrize("text", ["P", "PT", "P1DT", "P1H", "1D", "P1D2W", "PD", "", None, "2023/2024"])
def test_what_is_no_duration(text):
    assert not _one(is_duration, text)


def test_an_evaluation_interval_is_a_duration_or_an_interval():
    values = pd.Series(["-P1W", "2023-01-01/2023-01-08", "2023-01-01", None], dtype="str")
    assert is_duration_or_interval(values).tolist() == [True, True, False, False]


@pytest.mark.parametrize(
    ("text", "low", "high", "complete"),
    [
        ("2023-06-05", "2023-06-05 00:00:00", "2023-06-05 23:59:59", True),
        ("2023-02", "2023-02-01 00:00:00", "2023-02-28 23:59:59", False),
        ("2023", "2023-01-01 00:00:00", "2023-12-31 23:59:59", False),
        ("2023---15", "2023-01-15 00:00:00", "2023-12-15 23:59:59", False),
        ("2023-06-05T10:30", "2023-06-05 10:30:00", "2023-06-05 10:30:59", True),
        ("2023-06-05T-:30", "2023-06-05 00:30:00", "2023-06-05 23:30:59", True),
        ("2023-06-05/2023-07", "2023-06-05 00:00:00", "2023-07-31 23:59:59", False),
        ("1899-12-31", "1899-12-31 00:00:00", "1899-12-31 23:59:59", True),
    ],
)
def test_bounds_are_the_first_and_last_moment_that_a_date_can_mean(text, low, high, complete):
    found = bounds(pd.Series([text], dtype="str")).iloc[0]
    assert (found["low"], found["high"]) == (pd.Timestamp(low), pd.Timestamp(high))
    assert found["complete"] == complete
    assert pd.isna(found["date"]) != complete


@pytest.mark.parametrize("text", ["--12-15", "-----T07:15", "UNK", "2023-02-30", None, "2023-01/P3D"])
def test_a_text_without_a_year_or_a_date_has_no_bounds(text):
    found = bounds(pd.Series([text], dtype="str")).iloc[0]
    assert pd.isna(found["low"])
    assert pd.isna(found["high"])
    assert not found["complete"]


def test_bounds_of_no_values_and_of_dates_have_the_same_columns():
    dates = bounds(pd.Series(pd.to_datetime(["2023-06-05", None])).astype("datetime64[s]"))
    assert list(dates.columns) == list(bounds(pd.Series([], dtype="str")).columns)
    assert dates["high"].iloc[0] == pd.Timestamp("2023-06-05 23:59:59")
    assert dates["complete"].tolist() == [True, False]


def test_the_index_is_kept():
    values = pd.Series(["2023", "2024", "2023"], index=[7, 3, 9], dtype="str")
    assert bounds(values).index.tolist() == [7, 3, 9]
    assert is_date(values).index.tolist() == [7, 3, 9]
