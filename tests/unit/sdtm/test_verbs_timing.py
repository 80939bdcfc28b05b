"""Verbs that place a record or a subject in the trial."""

from __future__ import annotations

import pandas as pd
import pytest

from sdtm.algorithms.timing import find_epoch

VISITS = """
_SUBJECT | _EVENT | _EVENT_REPEAT | VISITNUM | VISIT           | VISITDY
1        | SCR    | 1             | 1        | SCREENING       | -7
1        | M1     | 1             | 2        | MONTH 1         | 29
1        | UNS    | 1             | 2.1      | UNSCHEDULED 2.1 | .
1        | UNS    | 2             | 2.2      | UNSCHEDULED 2.2 | .
2        | SCR    | .             | 1        | SCREENING       | -7
"""


class TestVisit:
    ROWS = """
    _SUBJECT | _EVENT | _EVENT_REPEAT
    1        | UNS    | 2
    1        | SCR    | 1
    1        | LOG    | 1
    2        | SCR    | .
    2        | M1     | 1
    1        | UNS    | 1
    """

    @pytest.fixture
    def visits(self, table):
        return table(VISITS, VISITNUM="float64", VISITDY="float64")

    @pytest.mark.parametrize(
        ("part", "expected"),
        [
            ("VISITNUM", [2.2, 1.0, None, 1.0, None, 2.1]),
            ("VISIT", ["UNSCHEDULED 2.2", "SCREENING", None, "SCREENING", None, "UNSCHEDULED 2.1"]),
            ("VISITDY", [None, -7.0, None, -7.0, None, None]),
        ],
    )
    def test_visit_of_the_event_and_its_repeat(self, part, expected, bench, table, visits) -> None:
        assert bench.run({"algorithm": "visit", "part": part}, table(self.ROWS), visits=visits) == expected

    def test_visit_under_a_condition(self, bench, table, visits) -> None:
        verb = {"algorithm": "visit", "part": "VISIT", "where": {"_EVENT": "SCR"}}
        found = bench.run(verb, table(self.ROWS), visits=visits)
        assert found == [None, "SCREENING", None, "SCREENING", None, None]

    def test_no_visits_at_all(self, bench, table, visits) -> None:
        verb = {"algorithm": "visit", "part": "VISIT"}
        assert bench.run(verb, table(self.ROWS), visits=visits.iloc[:0]) == [None] * 6


SE = """
USUBJID | SESTDTC          | SEENDTC          | EPOCH     | TAETORD
S-1     | 2024-01-01       | 2024-01-10       | SCREENING | 1
S-1     | 2024-01-10       | 2024-01-15T10:00 | TREATMENT | 2
S-1     | 2024-01-15T10:00 | 2024-02-01       | FOLLOW-UP | 3
S-2     | 2024-01-01       | 2024-01-05       | SCREENING | 1
S-2     | 2024-01-05       | .                | TREATMENT | 2
S-3     | 2024-01          | .                | SCREENING | 1
"""


@pytest.mark.parametrize(
    ("subject", "date", "epoch"),
    [
        ("S-1", "2023-12-31", None),
        ("S-1", "2024-01-01", "SCREENING"),
        ("S-1", "2024-01-09T23:59", "SCREENING"),
        ("S-1", "2024-01-10", "TREATMENT"),
        ("S-1", "2024-01-15T09:59", "TREATMENT"),
        ("S-1", "2024-01-15T10:00", "FOLLOW-UP"),
        ("S-1", "2024-01-15", "FOLLOW-UP"),
        ("S-1", "2024-02-01", "FOLLOW-UP"),
        ("S-1", "2024-02-01T12:00", "FOLLOW-UP"),
        ("S-1", "2024-02-02", None),
        ("S-2", "2030-01-01", "TREATMENT"),
        ("S-1", "2024-01", None),
        ("S-1", None, None),
        ("S-3", "2024-01-20", None),
        ("S-9", "2024-01-20", None),
    ],
)
def test_epoch_of_a_date(subject, date, epoch, table, helpers) -> None:
    dates = pd.Series([date], dtype="str")
    found = find_epoch(pd.Series([subject], dtype="str"), dates, table(SE, TAETORD="float64"))
    assert helpers.values(found) == [epoch]


def test_later_element_wins_where_two_start_together(table, helpers) -> None:
    elements = table(
        "USUBJID|SESTDTC|SEENDTC|EPOCH|TAETORD\nS-1|2024-01-10|.|TREATMENT|2\nS-1|2024-01-10|2024-01-10|SCREENING|1",
        TAETORD="float64",
    )
    found = find_epoch(pd.Series(["S-1"]), pd.Series(["2024-01-10"], dtype="str"), elements)
    assert helpers.values(found) == ["TREATMENT"]


def test_epoch_keeps_the_order_of_the_records(bench, table) -> None:
    rows = table("USUBJID|AESTDTC\nS-2|2024-01-06\nS-1|2024-01-02\nS-1|.\nS-2|2024-01-02\nS-1|2024-01-12")
    verb = {"algorithm": "epoch", "date": "AESTDTC"}
    found = bench.run(verb, rows, collected={"SE": table(SE, TAETORD="float64")})
    assert found == ["TREATMENT", "SCREENING", None, "SCREENING", "TREATMENT"]


class TestLastBefore:
    DM = "USUBJID|RFXSTDTC\nS-1|2024-01-10\nS-2|2024-01-10T10:00\nS-3|."

    def flags(self, bench, form, table, text, **rest):
        verb = {"algorithm": "last_before", "date": "VSDTC", "result": "VSORRES", "by": ["VSTESTCD"], **rest}
        return bench.run(verb, form("vs", text), datasets={"DM": table(self.DM)})

    def test_last_result_on_or_before_the_reference(self, bench, form, table) -> None:
        text = """
        USUBJID | VSTESTCD | VSDTC      | VSORRES
        S-1     | SYSBP    | 2024-01-08 | 120
        S-1     | SYSBP    | 2024-01-10 | 130
        S-1     | SYSBP    | 2024-01-11 | 140
        S-1     | TEMP     | 2024-01-08 | 36.5
        S-1     | TEMP     | 2024-01-09 | .
        S-1     | TEMP     | 2024-01    | 37
        S-3     | SYSBP    | 2024-01-08 | 120
        """
        assert self.flags(bench, form, table, text) == [None, "Y", None, "Y", None, None, None]

    def test_day_of_the_reference_may_be_left_out(self, bench, form, table) -> None:
        text = "USUBJID|VSTESTCD|VSDTC|VSORRES\nS-1|SYSBP|2024-01-08|120\nS-1|SYSBP|2024-01-10|130"
        assert self.flags(bench, form, table, text, same_day="false") == ["Y", None]

    def test_times_decide_on_the_day_of_the_reference(self, bench, form, table) -> None:
        text = """
        USUBJID | VSTESTCD | VSDTC            | VSORRES
        S-2     | SYSBP    | 2024-01-10T09:00 | 120
        S-2     | SYSBP    | 2024-01-10T10:30 | 130
        S-2     | TEMP     | 2024-01-10T10:00 | 36
        S-2     | PULSE    | 2024-01-10       | 60
        """
        assert self.flags(bench, form, table, text) == ["Y", None, "Y", "Y"]

    def test_records_on_one_date_count_in_the_order_of_the_export(self, bench, form, table) -> None:
        text = "USUBJID|VSTESTCD|VSDTC|VSORRES|_ROW\nS-1|SYSBP|2024-01-08|120|7\nS-1|SYSBP|2024-01-08|121|3"
        assert self.flags(bench, form, table, text) == ["Y", None]

    def test_each_time_point_has_its_own(self, bench, form, table) -> None:
        text = """
        USUBJID | VSTESTCD | VSTPT | VSDTC      | VSORRES
        S-1     | SYSBP    | LYING | 2024-01-08 | 120
        S-1     | SYSBP    | UP    | 2024-01-07 | 130
        S-1     | TEMP     | .     | 2024-01-07 | 36
        S-1     | TEMP     | .     | 2024-01-08 | 37
        """
        assert self.flags(bench, form, table, text, by=["VSTESTCD", "VSTPT"]) == ["Y", "Y", None, "Y"]

    def test_no_records(self, bench, form, table) -> None:
        assert self.flags(bench, form, table, "USUBJID|VSTESTCD|VSDTC|VSORRES") == []


class TestExists:
    def test_subjects_with_a_record_in_any_source(self, bench, table) -> None:
        collected = {
            "VS": table("USUBJID|VISIT|VSDTC\nS-1|WEEK 8|2024-01-01\nS-2|WEEK 2|2024-01-01\nS-3|WEEK 8|."),
            "DS": table("USUBJID|VISIT|DSSTDTC\nS-4|WEEK 8|2024-01-01"),
        }
        verb = {
            "algorithm": "exists",
            "of": [
                {"dataset": "VS", "variable": "VSDTC", "where": {"VISIT": "WEEK 8"}},
                {"dataset": "DS", "variable": "DSSTDTC", "where": {"VISIT": "WEEK 8"}},
            ],
        }
        rows = table("USUBJID\nS-1\nS-2\nS-3\nS-4\nS-5")
        assert bench.run(verb, rows, collected=collected) == ["Y", None, None, "Y", None]
        assert bench.run({**verb, "value": "DONE"}, rows, collected=collected)[0] == "DONE"
