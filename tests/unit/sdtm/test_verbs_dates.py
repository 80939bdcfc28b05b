"""Verbs for dates."""

from __future__ import annotations

import pytest


def iso(columns, formats, **rest):
    return {"algorithm": "iso8601", "columns": columns, "formats": formats, **rest}


class TestIso8601:
    def test_one_column_one_format(self, bench, form) -> None:
        rows = form("ae", "_SUBJECT|D\n1|05-JAN-2024\n2|UN-JAN-2024\n3|UN-UNK-2024\n4|.\n5|05-JAN-2024")
        expected = ["2024-01-05", "2024-01", "2024", None, "2024-01-05"]
        assert bench.run(iso("D", "DD-MON-YYYY"), rows) == expected
        assert bench.findings.empty

    def test_several_formats_for_one_column(self, bench, form) -> None:
        rows = form("ae", "_SUBJECT|D\n1|01/16/2014\n2|02/2012\n3|1986")
        assert bench.run(iso("D", [["MM/DD/YYYY", "MM/YYYY", "YYYY"]]), rows) == ["2014-01-16", "2012-02", "1986"]

    def test_date_and_time_in_two_columns(self, bench, form) -> None:
        rows = form("ds", "_SUBJECT|D|T\n1|07-02-2014|11:45\n2|07-02-2014|.\n3|.|11:45\n4|.|.\n5|UN-02-2014|UN:UN")
        found = bench.run(iso(["D", "T"], ["DD-MM-YYYY", "hh:mm"]), rows)
        assert found == ["2014-02-07T11:45", "2014-02-07", "-----T11:45", None, "2014-02"]

    def test_year_month_and_day_in_three_columns(self, bench, form) -> None:
        rows = form("ae", "_SUBJECT|Y|M|D\n1|2024|FEB|29\n2|2024|.|15\n3|2024|UNK|.\n4|.|.|.")
        found = bench.run(iso(["Y", "M", "D"], ["YYYY", "MON", "DD"]), rows)
        assert found == ["2024-02-29", "2024---15", "2024", None]

    def test_text_that_fits_no_format_is_missing_and_reported(self, bench, form) -> None:
        rows = form("ae", "_SUBJECT|D\n1|2024-01-05\n2|05-JAN-2024\n3|2024-01-05")
        assert bench.run(iso("D", "DD-MON-YYYY"), rows) == [None, "2024-01-05", None]
        found = bench.findings
        assert found[["rule", "value", "row"]].to_numpy().tolist() == [
            ["MAP.DATE_FORMAT", "2024-01-05", "1"],
            ["MAP.DATE_FORMAT", "2024-01-05", "3"],
        ]
        assert found["message"].iloc[0] == (
            "2 values of D are not written as DD-MON-YYYY. Correct this at the source, or add the format to the map."
        )

    def test_impossible_dates_are_missing_and_reported(self, bench, form) -> None:
        rows = form("ae", "_SUBJECT|D|T\n1|30-FEB-2024|10:00\n2|29-FEB-2024|25:00\n3|29-FEB-2024|10:00")
        found = bench.run(iso(["D", "T"], ["DD-MON-YYYY", "hh:mm"]), rows)
        assert found == [None, None, "2024-02-29T10:00"]
        assert bench.findings["rule"].tolist() == ["MAP.DATE_IMPOSSIBLE"] * 2
        assert bench.findings["value"].tolist() == ["30-FEB-2024 10:00", "29-FEB-2024 25:00"]

    def test_two_digit_years_and_texts_for_unknown(self, bench, form) -> None:
        rows = form("ae", "_SUBJECT|D\n1|00-Sep-20\n2|15-Sep-49\n3|15-Sep-50")
        found = bench.run(iso("D", "DD-MON-YY", pivot="1950", unknown=["00"]), rows)
        assert found == ["2020-09", "2049-09-15", "1950-09-15"]

    def test_only_the_rows_of_its_condition_are_read(self, bench, form) -> None:
        rows = form("ae", "_SUBJECT|K|D\n1|a|05-JAN-2024\n2|b|soon\n3|a|.")
        assert bench.run(iso("D", "DD-MON-YYYY", where={"K": "a"}), rows) == ["2024-01-05", None, None]
        assert bench.findings.empty


EX = """
USUBJID | EXSTDTC          | EXENDTC    | EXCAT
S-1     | 2024-01-05T09:30 | 2024-01-05 | INFUSION
S-1     | 2024-01-02       | 2024-01-02 | LD
S-1     | 2024-01          | .          | LD
S-2     | 2024-03-01       | .          | LD
S-3     | .                | .          | LD
S-4     | --03-01          | .          | LD
"""
DS = """
USUBJID | DSSTDTC          | DSDECOD
S-1     | 2023-12-20       | CONSENT
S-1     | 2024-01-05       | COMPLETED
S-2     | 2024-03-01T08:00 | CONSENT
"""


class TestEarliestAndLatest:
    @pytest.fixture
    def collected(self, table):
        return {"EX": table(EX), "DS": table(DS)}

    @pytest.fixture
    def subjects(self, table):
        return table("USUBJID\nS-1\nS-2\nS-3\nS-4\nS-5")

    def test_earliest_of_one_dataset(self, bench, subjects, collected) -> None:
        verb = {"algorithm": "earliest", "of": [{"dataset": "EX", "variable": "EXSTDTC"}]}
        assert bench.run(verb, subjects, collected=collected) == ["2024-01", "2024-03-01", None, None, None]

    def test_condition_on_the_source(self, bench, subjects, collected) -> None:
        source = {"dataset": "EX", "variable": "EXSTDTC", "where": {"EXCAT": "INFUSION"}}
        verb = {"algorithm": "earliest", "of": [source]}
        assert bench.run(verb, subjects, collected=collected) == ["2024-01-05T09:30", None, None, None, None]

    def test_latest_of_several_datasets(self, bench, subjects, collected) -> None:
        sources = [
            {"dataset": "EX", "variable": "EXSTDTC"},
            {"dataset": "EX", "variable": "EXENDTC"},
            {"dataset": "DS", "variable": "DSSTDTC"},
        ]
        found = bench.run({"algorithm": "latest", "of": sources}, subjects, collected=collected)
        assert found == ["2024-01-05T09:30", "2024-03-01T08:00", None, None, None]

    def test_date_only(self, bench, subjects, collected) -> None:
        verb = {"algorithm": "latest", "of": [{"dataset": "DS", "variable": "DSSTDTC"}], "date_only": "true"}
        assert bench.run(verb, subjects, collected=collected) == ["2024-01-05", "2024-03-01", None, None, None]

    def test_no_records_at_all(self, bench, subjects, collected) -> None:
        verb = {"algorithm": "latest", "of": [{"dataset": "DS", "variable": "DSSTDTC", "where": {"DSDECOD": "X"}}]}
        assert bench.run(verb, subjects, collected=collected) == [None] * 5


class TestStudyDay:
    def test_reference_of_dm(self, bench, table) -> None:
        dm = table("USUBJID|RFSTDTC\nS-1|2024-03-01T10:00\nS-2|2024-03\nS-3|.")
        rows = table(
            """
            USUBJID | AESTDTC
            S-1     | 2024-03-01
            S-1     | 2024-02-29T23:00
            S-1     | 2024-03-02
            S-1     | 2024-03
            S-1     | .
            S-2     | 2024-03-01
            S-3     | 2024-03-01
            S-9     | 2024-03-01
            """
        )
        found = bench.run({"algorithm": "study_day", "date": "AESTDTC"}, rows, kind="Num", datasets={"DM": dm})
        assert found == [1.0, -1.0, 2.0, None, None, None, None, None]

    def test_another_reference(self, bench, table) -> None:
        rows = table("USUBJID|AESTDTC|AEENDTC\nS-1|2024-03-01|2024-03-05")
        verb = {"algorithm": "study_day", "date": "AEENDTC", "reference": "AE.AESTDTC"}
        assert bench.run(verb, rows, kind="Num") == [5.0]


class TestCompareDates:
    TABLE = """
    USUBJID | AESTDTC
    S-1     | 2013
    S-1     | 2014-03
    S-1     | 2014-01
    S-1     | 2014-01-11
    S-1     | 2014-01-10
    S-1     | .
    S-2     | 2014-01-10
    """

    def test_value_for_each_outcome(self, bench, table) -> None:
        dm = table("USUBJID|RFSTDTC\nS-1|2014-01-11\nS-2|.")
        verb = {"algorithm": "compare_dates", "date": "AESTDTC", "before": "N", "on": "Y", "after": "Y"}
        found = bench.run(verb, table(self.TABLE), datasets={"DM": dm})
        assert found == ["N", "Y", None, "Y", "N", None, None]

    def test_outcome_without_a_value_is_missing(self, bench, table) -> None:
        dm = table("USUBJID|RFENDTC\nS-1|2014-01-11\nS-2|.")
        verb = {"algorithm": "compare_dates", "date": "AESTDTC", "reference": "DM.RFENDTC", "after": "AFTER"}
        found = bench.run(verb, table(self.TABLE), datasets={"DM": dm})
        assert found == [None, "AFTER", None, None, None, None, None]
