"""Tables of times to an event; the times are Freireich's 6-MP weeks, taken as days."""

from __future__ import annotations

import pandas as pd
import pytest

SIX_MP = [
    "6", "6", "6", "6+", "7", "9+", "10", "10+", "11+", "13", "16", "17+", "19+", "20+", "22", "23", "25+", "32+",
    "32+", "34+", "35+",
]  # fmt: skip


def times(code, texts, event="RELAPSE", censored="IN REMISSION"):
    events = [not text.endswith("+") for text in texts]
    return pd.DataFrame(
        {
            "USUBJID": [f"S{number:02}" for number in range(1, len(texts) + 1)],
            "PARAMCD": code,
            "PARAM": code,
            "AVAL": [float(text.rstrip("+")) for text in texts],
            "CNSR": [0.0 if happened else 1.0 for happened in events],
            "EVNTDESC": [event if happened else censored for happened in events],
        }
    )


@pytest.fixture
def adam():
    adtte = pd.concat([times("REM", SIX_MP), times("NONE", ["5+", "5+"])], ignore_index=True)
    return {"ADSL": pd.DataFrame({"USUBJID": [f"S{number:02}" for number in range(1, 31)]}), "ADTTE": adtte}


def declare(make, adam, **more):
    settings = {
        "parameters": {"REM": "Remission", "NONE": "No event"},
        "days_per_month": "1",
        "landmarks": ["10", "50"],
    }
    return make(adam, method="survival", dataset="ADTTE", **{**settings, **more})


def test_counts_quartiles_landmarks_and_range(make, adam):
    """Survival at 10 and its limits, median and its lower limit as in Kleinbaum and Klein (see test_statistics)."""
    made = declare(make, adam)
    assert made.table.header == ("", "Remission", "No event")
    assert made.line("Subjects") == ("21", "2")
    assert made.line("Events") == ("9 (42.9%)", "0")
    assert made.line("Relapse") == ("9 (42.9%)", "0")
    assert made.line("Censored") == ("12 (57.1%)", "2 (100.0%)")
    assert made.line("Median (95% CI), months") == ("23.0 (13.0, NE)", "NE (NE, NE)")
    assert made.line("Estimate at month 10 (95% CI)") == ("75.3% (50.3, 88.9)", "NE (NE, NE)")
    assert made.line("Estimate at month 50 (95% CI)") == ("NE (NE, NE)", "NE (NE, NE)")
    assert made.line("Min, max, months") == ("6.0, 35.0+", "5.0+, 5.0+")
    assert [row[1:] for row in made.table.rows if row[0] == "At risk"] == [("15", "0"), ("0", "0")]
    assert made.value("Remission / Month 10", "SURVIVAL") == pytest.approx(75.29, abs=0.005)
    assert made.value("Remission / Month 10", "AT_RISK") == 15


def test_months_are_days_divided_by_the_setting(make, adam):
    """The median of 23 days is 2.3 months of 10 days; month 1 is day 10."""
    made = declare(make, adam, days_per_month="10", landmarks=["1"])
    assert made.line("Median (95% CI), months")[0] == "2.3 (1.3, NE)"
    assert made.line("Estimate at month 1 (95% CI)")[0] == "75.3% (50.3, 88.9)"
    assert made.value("Remission", "MEDIAN") == 2.3


def test_follow_up_is_the_reverse_median(make):
    """2+, 3, 4+, 6+: the reverse curve is 3/4 at 2 and 3/8 at 4."""
    adam = {
        "ADSL": pd.DataFrame({"USUBJID": ["S01", "S02", "S03", "S04"]}),
        "ADTTE": times("A", ["2+", "3", "4+", "6+"]),
    }
    made = make(adam, method="survival", dataset="ADTTE", parameters=["A"], days_per_month="1")
    assert made.line("Median follow-up (95% CI), months")[0].startswith("4.0 (2.0, ")


def test_a_range_whose_ends_are_both_ways_on_one_day(make):
    """An event on the shortest day is no +; a censoring on the longest is."""
    adam = {
        "ADSL": pd.DataFrame({"USUBJID": ["S01", "S02", "S03", "S04"]}),
        "ADTTE": times("A", ["1", "1+", "9", "9+"]),
    }
    made = make(adam, method="survival", dataset="ADTTE", parameters=["A"], days_per_month="1")
    assert made.line("Min, max, months") == ("1.0, 9.0+",)


def test_a_parameter_without_rows_is_shown_as_such(make, adam):
    made = declare(make, adam, parameters=["REM", "GONE"])
    assert made.line("Subjects") == ("21", "0")
    assert made.line("Events") == ("9 (42.9%)", "0")
    assert made.line("Median (95% CI), months")[1] == "NE (NE, NE)"
    assert made.line("Min, max, months")[1] == "NE"


def test_records_without_a_time_are_left_out_and_told(make, adam):
    adam["ADTTE"].loc[0, "AVAL"] = None
    made = declare(make, adam)
    assert made.line("Subjects")[0] == "20"
    assert "REM: 1 record without AVAL is left out." in made.table.notes


def test_a_time_without_cnsr_is_left_out_with_a_note(make, adam):
    """Of 4, 6, 8+ the second lost its CNSR: two subjects, one event."""
    known = times("REM", ["4", "6", "8+"])
    known.loc[1, "CNSR"] = None
    made = declare(make, {**adam, "ADTTE": known}, parameters={"REM": "Remission"})
    assert made.line("Subjects") == ("2",)
    assert made.line("Events") == ("1 (50.0%)",)
    assert made.line("Censored") == ("1 (50.0%)",)
    assert "REM: 1 record without CNSR is left out." in made.table.notes
