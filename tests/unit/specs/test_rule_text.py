"""Rules as the YAML that a reader of define.xml sees."""

from __future__ import annotations

import yaml

from specs.model.adam_maps import DateFlag
from specs.model.maps import Hardcode, When
from specs.model.responses import BestResponse
from specs.model.tables import ProportionTable
from specs.rule_text import plain, rule_text


def test_a_rule_is_written_without_its_defaults_and_its_kind_comes_first():
    rule = Hardcode.model_validate({"algorithm": "hardcode", "value": "Y", "where": {"AESER": "Y"}})
    assert rule_text({"AE.FLAG": rule}) == "AE.FLAG: {algorithm: hardcode, where: {AESER: Y}, value: Y}"


def test_the_same_rule_under_two_names_is_written_once():
    rules = {
        "ADAE.ASTDTF": DateFlag(algorithm="date_flag", date="ASTDT"),
        "X": DateFlag(algorithm="date_flag", date="A"),
    }
    rules["Y"] = rules["X"]
    assert rule_text(rules) == (
        "ADAE.ASTDTF: {algorithm: date_flag, date: ASTDT}\nX, Y: {algorithm: date_flag, date: A}"
    )


def test_a_long_rule_is_written_line_by_line_and_still_reads_as_yaml():
    source = {
        "algorithm": "when",
        "cases": [
            {
                "where": [{"A": {"at_least": 1}}, {"B": {"present": False}}],
                "map": {"algorithm": "hardcode", "value": "1"},
            },
            {"where": {"A": {"not": ["x", "y"]}}, "map": {"algorithm": "hardcode", "value": "SECOND CASE"}},
        ],
    }
    written = rule_text({"AE.X": When.model_validate(source)})
    assert written.splitlines()[:3] == ["AE.X:", "  algorithm: when", "  cases:"]
    assert yaml.safe_load(written) == {"AE.X": source}


def test_one_row_of_a_table_stays_a_list():
    table = ProportionTable.model_validate(
        {"section": "S", "title": "T", "method": "proportion", "dataset": "ADSL", "rows": [{"label": "All"}]}
    )
    assert plain(table)["rows"] == [{"label": "All"}]


def test_numbers_are_written_short():
    best = BestResponse.model_validate(
        {"algorithm": "best", "param": "Best", "number": "2", "of": "OVR", "last_day": "745"}
    )
    assert plain(best) == {"algorithm": "best", "param": "Best", "number": 2, "of": "OVR", "last_day": 745}
