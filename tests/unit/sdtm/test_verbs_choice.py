"""Verbs that choose between maps."""

from __future__ import annotations

TABLE = """
_SUBJECT | A     | B    | N
1        | one   | two  | 1
2        | .     | two  | 2
3        | .     | .    | x
4        | one   | .    | .
"""


def assign(column):
    return {"algorithm": "assign", "column": column}


def test_first_source_with_a_value_is_taken(bench, table) -> None:
    verb = {"algorithm": "first", "of": [assign("A"), assign("B"), {"algorithm": "hardcode", "value": "none"}]}
    assert bench.run(verb, table(TABLE)) == ["one", "two", "none", "one"]


def test_first_is_missing_where_no_source_has_a_value(bench, table) -> None:
    assert bench.run({"algorithm": "first", "of": [assign("A"), assign("B")]}, table(TABLE)) == [
        "one",
        "two",
        None,
        "one",
    ]


def test_later_sources_see_only_the_rows_that_are_left(bench, form, helpers) -> None:
    bench.codelists["C"] = helpers.codelist("C", {"ONE": None}, {"one": "ONE"})
    rows = form("ae", TABLE)
    recode = [{"algorithm": "recode", "column": name} for name in ("A", "B")]
    assert bench.run({"algorithm": "first", "of": recode}, rows, codelist="C") == ["ONE", "two", None, "ONE"]
    assert bench.findings["row"].tolist() == ["2"]


def test_first_condition_that_holds_decides(bench, table) -> None:
    verb = {
        "algorithm": "when",
        "cases": [
            {"where": {"A": {"present": "true"}}, "map": {"algorithm": "hardcode", "value": "A"}},
            {"where": {"B": "two"}, "map": assign("B")},
        ],
        "otherwise": {"algorithm": "hardcode", "value": "-"},
    }
    assert bench.run(verb, table(TABLE)) == ["A", "two", "-", "A"]


def test_no_case_and_no_otherwise_is_missing(bench, table) -> None:
    verb = {"algorithm": "when", "cases": [{"where": {"B": "two"}, "map": assign("A")}]}
    assert bench.run(verb, table(TABLE)) == ["one", None, None, None]


def test_conditions_join_by_and_inside_and_or_between(bench, table) -> None:
    case = {
        "where": [{"A": "one", "B": "two"}, {"A": {"present": "false"}, "B": {"present": "false"}}],
        "map": {"algorithm": "hardcode", "value": "Y"},
    }
    assert bench.run({"algorithm": "when", "cases": [case]}, table(TABLE)) == ["Y", None, "Y", None]


def test_choices_nest_and_keep_their_own_conditions(bench, table) -> None:
    inner = {"algorithm": "first", "of": [assign("A"), assign("B")], "where": {"B": {"present": "true"}}}
    verb = {"algorithm": "first", "of": [inner, {"algorithm": "hardcode", "value": "last"}]}
    assert bench.run(verb, table(TABLE)) == ["one", "two", "last", "last"]


def test_numbers_stay_numbers(bench, form) -> None:
    rows = form("ae", TABLE)
    number = {"algorithm": "number", "column": "N", "where": {"N": ["1", "2"]}}
    assert bench.run({"algorithm": "first", "of": [number]}, rows, kind="Num") == [1.0, 2.0, None, None]


def test_numbers_among_texts_become_texts_without_decimals(bench, form) -> None:
    rows = form("ae", TABLE)
    number = {"algorithm": "number", "column": "N", "where": {"N": ["1", "2"]}}
    verb = {"algorithm": "first", "of": [number, {"algorithm": "hardcode", "value": "none"}]}
    assert bench.run(verb, rows) == ["1", "2", "none", "none"]


def test_a_part_without_values_does_not_turn_numbers_into_texts(bench, form) -> None:
    rows = form("ae", TABLE)
    verb = {
        "algorithm": "when",
        "cases": [{"where": {"N": "x"}, "map": {"algorithm": "not_collected"}}],
        "otherwise": {"algorithm": "number", "column": "N"},
    }
    assert bench.run(verb, rows, kind="Num") == [1.0, 2.0, None, None]


def test_choices_of_no_rows(bench, table) -> None:
    rows = table(TABLE).iloc[:0]
    assert bench.run({"algorithm": "first", "of": [assign("A")]}, rows) == []
    assert bench.run({"algorithm": "when", "cases": [{"where": {"A": "x"}, "map": assign("A")}]}, rows) == []
