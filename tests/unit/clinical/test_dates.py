"""Partial dates: parsing, ISO 8601, completion, comparison and study days."""

from __future__ import annotations

import pandas as pd
import pytest

from clinical.date_formats import compile_format, parse_text
from clinical.dates import (
    PARTS,
    assemble_iso,
    compare_dates,
    complete_date,
    compute_study_day,
    first_moment,
    first_possible,
    is_possible,
    last_moment,
    last_possible,
    parse_iso,
)

NA = None


def text(*values: str | None) -> pd.Series:
    return pd.Series(list(values), dtype="str")


def values(series: pd.Series) -> list[object]:
    return [None if pd.isna(value) else value for value in series]


def days(series: pd.Series) -> list[str | None]:
    return [None if pd.isna(value) else str(value.date()) for value in series]


def moments(series: pd.Series) -> list[str | None]:
    return [None if pd.isna(value) else value.isoformat() for value in series]


def parts(row: pd.Series) -> list[str | None]:
    return [None if pd.isna(value) else value for value in row[list(PARTS)]]


@pytest.mark.parametrize(
    ("layout", "written", "iso"),
    [
        ("DD-MON-YYYY", "05-Jan-2024", "2024-01-05"),
        ("DD-MON-YYYY", "05-JAN-2024", "2024-01-05"),
        ("DD-MON-YYYY", "05-jan-2024", "2024-01-05"),
        ("DD-MON-YYYY", "UN-JAN-2024", "2024-01"),
        ("DD-MON-YYYY", "UN-UNK-2024", "2024"),
        ("DD-MON-YYYY", "15-UNK-2024", "2024---15"),
        ("DD-MON-YYYY", "UN-UNK-UNK", NA),
        ("DD-MON-YYYY", "nk-nk-2024", "2024"),
        ("MM/DD/YYYY", "01/16/2014", "2014-01-16"),
        ("MM-DD-YYYY", "01-16-2014", "2014-01-16"),
        ("M/D/YYYY", "1/6/2014", "2014-01-06"),
        ("D MON YYYY", "6 Feb 2014", "2014-02-06"),
        ("YYYY-MM-DD", "2014-02-06", "2014-02-06"),
        ("YYYYMMDD", "20140206", "2014-02-06"),
        ("YYYY", "1986", "1986"),
        ("MM/YYYY", "02/2012", "2012-02"),
        ("YYYY年M月D日", "2023年6月UK日", "2023-06"),
        ("YYYY年M月D日", "２０２３年６月１日", "2023-06-01"),
        ("DD-MON-YYYY hh:mm", "05-Jan-2024 08:30", "2024-01-05T08:30"),
        ("DD-MON-YYYY hh:mm", "05-Jan-2024 UN:UN", "2024-01-05"),
        ("DD-MON-YYYY hh:mm", "05-Jan-2024 08:UN", "2024-01-05T08"),
        ("DD-MON-YYYY hh:mm:ss", "05-Jan-2024 00:00:00", "2024-01-05T00:00:00"),
        ("DD-MON-YYYY hh:mm", "UN-Jan-2024 08:30", "2024-01--T08:30"),
        ("h:mm", "8:30", "-----T08:30"),
        ("DD-MON-YYYY", "  05-Jan-2024 ", "2024-01-05"),
    ],
)
def test_text_becomes_iso_with_unknown_parts_unknown(layout: str, written: str, iso: str | None) -> None:
    found = parse_text(text(written), [layout])
    assert found["fits"].tolist() == [True]
    assert values(assemble_iso(found)) == [iso]


@pytest.mark.parametrize(
    "written", ["٠٥-Jan-2024", "2024-01-05", "5-Jan-2024", "05-Jann-2024", "05-Jan-24", "05-Jan-2024x", "x"]
)
def test_text_that_does_not_fit_is_told_apart(written: str) -> None:
    assert parse_text(text(written), ["DD-MON-YYYY"])["fits"].tolist() == [False]


def test_missing_text_fits_and_has_no_parts() -> None:
    found = parse_text(text(NA), ["DD-MON-YYYY"])
    assert found["fits"].tolist() == [True]
    assert parts(found.iloc[0]) == [None] * 6


def test_first_format_that_fits_is_taken() -> None:
    found = parse_text(text("01/02/2014", "02/2014", "2014", "1.2.2014"), ["MM/DD/YYYY", "MM/YYYY", "YYYY"])
    assert assemble_iso(found).where(found["fits"], "?").tolist() == ["2014-01-02", "2014-02", "2014", "?"]


def test_two_digit_years_need_a_pivot() -> None:
    written = text("15-Sep-20", "15-Sep-49", "15-Sep-50", "15-Sep-99")
    assert not parse_text(written, ["DD-MON-YY"])["fits"].any()
    found = parse_text(written, ["DD-MON-YY"], pivot=1950)
    assert found["year"].tolist() == ["2020", "2049", "1950", "1999"]


def test_study_may_name_further_texts_for_unknown() -> None:
    found = parse_text(text("00-Jan-2024", "00-000-2024"), ["DD-MON-YYYY"], unknown=("00", "000"))
    assert assemble_iso(found).tolist() == ["2024-01", "2024"]


def test_result_is_aligned_with_the_input() -> None:
    written = pd.Series(["2014", "2015"], index=[7, 3], dtype="str")
    assert parse_text(written, ["YYYY"])["year"].to_dict() == {7: "2014", 3: "2015"}


@pytest.mark.parametrize("layout", ["", "date", "YYYY-YY", "MM MON YYYY", "DD-MON-YYYY DD"])
def test_format_without_parts_or_with_one_twice_is_refused(layout: str) -> None:
    with pytest.raises(ValueError, match="date layout"):
        compile_format(layout)


@pytest.mark.parametrize(
    ("iso", "possible"),
    [
        ("2024-02-29", True),
        ("2023-02-29", False),
        ("2000-02-29", True),
        ("1900-02-29", False),
        ("2024-04-31", False),
        ("2024-13-01", False),
        ("2024-00-01", False),
        ("2024-01-00", False),
        ("2024---31", True),
        ("2024---32", False),
        ("--02-29", True),
        ("--02-30", False),
        ("0000-01-01", False),
        ("2024-01-01T23:59:59", True),
        ("2024-01-01T24:00", False),
        ("2024-01-01T23:60", False),
        ("2024-01-01T23:59:60", False),
        ("2024", True),
    ],
)
def test_calendar_decides_what_is_possible(iso: str, possible: bool) -> None:
    assert is_possible(parse_iso(text(iso))).tolist() == [possible]


def test_nothing_known_is_possible() -> None:
    assert is_possible(parse_iso(text(NA))).tolist() == [True]


@pytest.mark.parametrize(
    ("iso", "expected"),
    [
        ("2024-02-03T04:05:06", ["2024", "02", "03", "04", "05", "06"]),
        ("2024-02-03T04:05", ["2024", "02", "03", "04", "05", None]),
        ("2024-02", ["2024", "02", None, None, None, None]),
        ("2024---15", ["2024", None, "15", None, None, None]),
        ("--12-15", [None, "12", "15", None, None, None]),
        ("2023-06--T08", ["2023", "06", None, "08", None, None]),
        ("2024-02-03T04:05:06.25", ["2024", "02", "03", "04", "05", "06.25"]),
    ],
)
def test_iso_text_is_read_back(iso: str, expected: list[str | None]) -> None:
    found = parse_iso(text(iso))
    assert found["fits"].tolist() == [True]
    assert parts(found.iloc[0]) == expected


@pytest.mark.parametrize("wrong", ["2024-2-3", "2024/02/03", "24-02-03", "2024-02-03 04:05", "2024-02-03T4", "noon"])
def test_text_that_is_not_iso_does_not_fit(wrong: str) -> None:
    assert parse_iso(text(wrong))["fits"].tolist() == [False]


def test_completion_and_bounds() -> None:
    written = text("2024-02-10", "2024-02-10T08:30", "2024-02", "2024", "2024---15", "--02-10", "2023-02-30", "x", NA)
    assert days(complete_date(written)) == ["2024-02-10", "2024-02-10", NA, NA, NA, NA, NA, NA, NA]
    assert days(first_possible(written)) == [
        "2024-02-10",
        "2024-02-10",
        "2024-02-01",
        "2024-01-01",
        "2024-01-15",
        NA,
        NA,
        NA,
        NA,
    ]
    assert days(last_possible(written)) == [
        "2024-02-10",
        "2024-02-10",
        "2024-02-29",
        "2024-12-31",
        "2024-12-15",
        NA,
        NA,
        NA,
        NA,
    ]


def test_impossible_months_have_no_day() -> None:
    assert days(first_possible(text("2024-13", "2024-13-10"))) == [NA, NA]
    assert days(last_possible(text("2024-13", "2024-13-10"))) == [NA, NA]


def test_moments_bound_what_a_date_and_time_can_mean() -> None:
    written = text("2024-02-10T08:30:15", "2024-02-10T08:30", "2024-02-10T08", "2024-02-10", "2024-02", "2024", NA)
    assert moments(first_moment(written)) == [
        "2024-02-10T08:30:15",
        "2024-02-10T08:30:00",
        "2024-02-10T08:00:00",
        "2024-02-10T00:00:00",
        "2024-02-01T00:00:00",
        "2024-01-01T00:00:00",
        NA,
    ]
    assert moments(last_moment(written)) == [
        "2024-02-10T08:30:15",
        "2024-02-10T08:30:59",
        "2024-02-10T08:59:59",
        "2024-02-10T23:59:59",
        "2024-02-29T23:59:59",
        "2024-12-31T23:59:59",
        NA,
    ]


def test_impossible_times_have_no_moment() -> None:
    assert moments(first_moment(text("2024-02-10T24:00", "2024-02-10T10:60"))) == [NA, NA]


@pytest.mark.parametrize(
    ("date", "reference", "outcome"),
    [
        ("2014-01-02", "2014-01-03", "before"),
        ("2014-01-03", "2014-01-03", "on"),
        ("2014-01-04", "2014-01-03", "after"),
        ("2014-01-02T10:00", "2014-01-02", "on"),
        ("2014-01-02", "2014-01-02T10:00", "on"),
        ("2014-01-02T10:00", "2014-01-02T10:30", "before"),
        ("2014-01-02T10:30", "2014-01-02T10:30", "on"),
        ("2014-01-02T10:31", "2014-01-02T10:30:40", "after"),
        ("2014-01-02T10:30", "2014-01-02T10:30:40", "on"),
        ("2014-03", "2014-01-11", "after"),
        ("2013", "2014-01-11", "before"),
        ("2013-05", "2013-05-05", NA),
        ("2013", "2013-05-05", NA),
        ("2013-05-05", "2013-05", NA),
        ("--05-05", "2013-05-05", NA),
        (NA, "2013-05-05", NA),
        ("2013-05-05", NA, NA),
    ],
)
def test_known_parts_decide_a_comparison(date: str | None, reference: str | None, outcome: str | None) -> None:
    found = compare_dates(text(date), text(reference))
    assert values(found) == [outcome]


@pytest.mark.parametrize(
    ("date", "reference", "day"),
    [
        ("2024-03-01", "2024-03-01", 1),
        ("2024-02-29", "2024-03-01", -1),
        ("2024-03-02", "2024-03-01", 2),
        ("2024-02-01", "2024-03-01", -29),
        ("2025-03-01", "2024-03-01", 366),
        (NA, "2024-03-01", NA),
        ("2024-03-01", NA, NA),
    ],
)
def test_study_day_has_no_day_zero(date: str | None, reference: str | None, day: int | None) -> None:
    found = compute_study_day(complete_date(text(date)), complete_date(text(reference)))
    assert found.dtype == "float64"
    assert values(found) == [day]


def test_study_day_ignores_the_time_of_day() -> None:
    late = pd.Series(pd.to_datetime(["2024-03-01T23:59"]))
    early = pd.Series(pd.to_datetime(["2024-03-01T00:01"]))
    assert compute_study_day(early, late).tolist() == [1]
