"""Verbs that carry over what was collected."""

from __future__ import annotations

import pandas as pd
import pytest

from clinical.errors import MappingError
from sdtm.algorithms.functions import FUNCTIONS

TABLE = """
_SUBJECT | TEXT     | NUM  | _ROW
1015     | White    | 58.0 | 1
1023     | .        | .    | 2
1028     | nO       | 1e2  | 3
1033     | Ｗhite   | ７   | 4
"""


def test_assign_takes_text_without_outer_blanks(bench, table) -> None:
    rows = table(TABLE)
    rows["TEXT"] = pd.Series(["  two words ", None, "   ", "x"], dtype="str")
    assert bench.run({"algorithm": "assign", "column": "TEXT"}, rows) == ["two words", None, None, "x"]


@pytest.mark.parametrize(
    ("case", "expected"),
    [("upper", ["WHITE", None, "NO", "Ｗhite".upper()]), ("lower", ["white", None, "no", "Ｗhite".lower()])],
)
def test_assign_turns_case(case, expected, bench, table) -> None:
    assert bench.run({"algorithm": "assign", "column": "TEXT", "case": case}, table(TABLE)) == expected


def test_assign_leaves_numbers_alone(bench, table) -> None:
    rows = table("AGE\n63\n.\n71.5", AGE="float64")
    assert bench.run({"algorithm": "assign", "column": "AE.AGE"}, rows) == [63.0, None, 71.5]


def test_hardcode_and_not_collected(bench, table) -> None:
    assert bench.run({"algorithm": "hardcode", "value": "YEARS"}, table(TABLE)) == ["YEARS"] * 4
    assert bench.run({"algorithm": "not_collected"}, table(TABLE)) == [None] * 4


def test_where_limits_a_verb(bench, table) -> None:
    verb = {"algorithm": "hardcode", "value": "Y", "where": {"TEXT": {"present": "true"}}}
    assert bench.run(verb, table(TABLE)) == ["Y", None, "Y", "Y"]


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("1", ["701", "701", None, "A", None]),
        ("2", ["1015", "1023 B", None, None, None]),
        ("3", [None, "C"] + [None] * 3),
    ],
)
def test_part_of_a_text(number, expected, bench, table) -> None:
    rows = table("ID\n701-1015\n701- 1023 B -C\n.\nA-\n-")
    assert bench.run({"algorithm": "part", "column": "ID", "separator": "-", "number": number}, rows) == expected


class TestRecode:
    def test_known_texts_become_submission_values(self, bench, table, helpers) -> None:
        bench.codelists["NY"] = helpers.codelist(
            "NY", {"N": "No", "Y": "Yes"}, {"No": "N", "Yes": "Y"}, ignore_case=True
        )
        rows = table("ANSWER\nYes\nno\n NO \n.\ny\nＹes")
        assert bench.run({"algorithm": "recode", "column": "ANSWER"}, rows, codelist="NY") == [
            "Y",
            "N",
            "N",
            None,
            "Y",
            "Y",
        ]
        assert bench.findings.empty

    def test_case_counts_unless_it_is_ignored(self, bench, table, helpers) -> None:
        bench.codelists["NY"] = helpers.codelist("NY", {"N": "No", "Y": "Yes"}, {"No": "N", "Yes": "Y"})
        assert bench.run({"algorithm": "recode", "column": "A"}, table("A\nYes\nYES"), codelist="NY") == ["Y", "YES"]
        assert len(bench.findings) == 1

    def test_raised_digits_are_folded_on_both_sides(self, bench, table, helpers) -> None:
        terms = {"10^6 Therapeutic Cells/kg": None}
        bench.codelists["UNIT"] = helpers.codelist("UNIT", terms, {"×10⁶/kg": "10^6 Therapeutic Cells/kg"})
        rows = table("U\n×10⁶/kg\n×106/kg")
        assert (
            bench.run({"algorithm": "recode", "column": "U"}, rows, codelist="UNIT")
            == ["10^6 Therapeutic Cells/kg"] * 2
        )

    def test_unknown_texts_stay_and_are_reported_with_counts(self, bench, form, helpers) -> None:
        bench.codelists["RACE"] = helpers.codelist("RACE", {"WHITE": None}, {"White": "WHITE"})
        rows = form("dm", "_SUBJECT|RACE\n1|White\n2|Martian\n3|Martian\n4|Venusian\n5|.")
        values = bench.run({"algorithm": "recode", "column": "RACE"}, rows, codelist="RACE")
        assert values == ["WHITE", "Martian", "Martian", "Venusian", None]
        found = bench.findings
        assert found["rule"].tolist() == ["MAP.UNMAPPED"] * 3
        assert found["value"].tolist() == ["Martian", "Martian", "Venusian"]
        assert found["row"].tolist() == ["2", "3", "4"]
        assert found["usubjid"].tolist() == ["2", "3", "4"]
        assert found["message"].unique().tolist() == [
            "2 distinct values (3 rows) are not in codelist RACE. Add them to codelists.yaml or query the site."
        ]

    def test_codelist_of_the_verb_wins_and_decodes_may_be_taken(self, bench, table, helpers) -> None:
        bench.codelists["ARM"] = helpers.codelist("ARM", {"PBO": "Placebo"}, {"p": "PBO"})
        verb = {"algorithm": "recode", "column": "A", "codelist": "ARM", "decode": "true"}
        assert bench.run(verb, table("A\np\nPBO\n."), codelist="OTHER") == ["Placebo", "Placebo", None]

    def test_long_lists_of_findings_are_closed_by_a_count(self, bench, form, helpers) -> None:
        bench.codelists["C"] = helpers.codelist("C", {"A": None})
        rows = pd.concat([form("dm", "_SUBJECT|X\n1|zzz")] * 1200, ignore_index=True)
        bench.run({"algorithm": "recode", "column": "X"}, rows, codelist="C")
        assert len(bench.findings) == 1001
        assert bench.findings["message"].iloc[-1].endswith("The first 1000 of 1200 rows are listed.")


def test_decode_finds_the_name_by_code(bench, table) -> None:
    bench.decodes["AE.AEX"] = {"SYSBP": "Systolic Blood Pressure", "TEMP": "Temperature"}
    verb = {"algorithm": "decode", "variable": "VSTESTCD"}
    rows = table("VSTESTCD\nTEMP\nSYSBP\n.\nFOO")
    assert bench.run(verb, rows) == ["Temperature", "Systolic Blood Pressure", None, None]
    assert bench.findings[["rule", "value"]].to_numpy().tolist() == [["MAP.UNMAPPED", "FOO"]]


def test_number_reads_decimal_text_and_reports_the_rest(bench, form) -> None:
    rows = form("lb", "_SUBJECT|X\n1|58.0\n2|-3\n3|+.5\n4|1e2\n5|７.5\n6|.\n7|<5\n8|1,5\n9|nan")
    rows["X"] = pd.Series(["58.0", " -3 ", "+.5", "1e2", "７.5", None, "<5", "1,5", "nan"], dtype="str")
    expected = [58.0, -3.0, 0.5, 100.0, 7.5, None, None, None, None]
    assert bench.run({"algorithm": "number", "column": "X"}, rows, kind="Num") == expected
    assert bench.findings["value"].tolist() == ["<5", "1,5", "nan"]
    assert bench.findings["rule"].unique().tolist() == ["MAP.NUMBER"]


def test_text_of_a_number_has_no_needless_decimals(bench, table) -> None:
    rows = table("X\n3.0\n0.1\n36.78\n.\n1234567\n100", X="float64")
    expected = ["3", "0.1", "36.78", None, "1234567", "100"]
    assert bench.run({"algorithm": "text", "variable": "X"}, rows) == expected


def test_template_joins_references_and_is_missing_where_one_is(bench, form) -> None:
    rows = form("ae", "_SUBJECT|_SITE|AENO|SEQ\n1|701|E1|.\n2|.|E2|.\n3|703|.|.")
    rows["SEQ"] = [1.0, 2.0, 3.0]
    assert bench.run({"algorithm": "template", "text": "S-{_SITE}-{_SUBJECT}"}, rows) == ["S-701-1", None, "S-703-3"]
    assert bench.run({"algorithm": "template", "text": "{AENO}/{AE.SEQ}"}, rows) == ["E1/1", "E2/2", None]
    assert bench.run({"algorithm": "template", "text": "plain"}, rows) == ["plain"] * 3


def test_function_takes_its_columns(bench, table, monkeypatch) -> None:
    monkeypatch.setitem(FUNCTIONS, "longer", lambda one, other: one.where(one.str.len() > other.str.len(), other))
    rows = table("A|B\none|three\nfour|two")
    verb = {"algorithm": "function", "name": "longer", "columns": ["A", "B"]}
    assert bench.run(verb, rows) == ["three", "four"]


def test_function_that_is_not_defined(bench, table) -> None:
    with pytest.raises(MappingError, match="function 'mystery' is not defined"):
        bench.run({"algorithm": "function", "name": "mystery"}, table(TABLE))


def test_every_verb_takes_no_rows(bench, table, helpers) -> None:
    bench.codelists["C"] = helpers.codelist("C", {"A": None})
    bench.decodes["AE.AEX"] = {"A": "B"}
    rows = table(TABLE).iloc[:0]
    for verb in (
        {"algorithm": "assign", "column": "TEXT"},
        {"algorithm": "part", "column": "TEXT", "separator": "-", "number": "1"},
        {"algorithm": "recode", "column": "TEXT"},
        {"algorithm": "decode", "variable": "TEXT"},
        {"algorithm": "number", "column": "NUM"},
        {"algorithm": "template", "text": "{TEXT}"},
        {"algorithm": "iso8601", "columns": "TEXT", "formats": "YYYY"},
    ):
        assert bench.run(verb, rows, codelist="C") == []
    assert bench.findings.empty
