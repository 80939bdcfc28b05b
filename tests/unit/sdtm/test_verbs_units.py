"""The verb for units."""

from __future__ import annotations

import pytest

from specs.model.study import Quantity
from tests.unit.sdtm.conftest import dataset

VALUE = {"algorithm": "convert", "value": "VSORRES", "unit": "VSORRESU", "by": "VSTESTCD"}
UNIT = {**VALUE, "result": "unit"}


@pytest.fixture(autouse=True)
def units(bench):
    bench.units = {
        name: Quantity.model_validate(quantity)
        for name, quantity in {
            "HEIGHT": {"standard": "cm", "decimals": "2", "plausible": ["100", "230"], "conversions": {"IN": "2.54"}},
            "WEIGHT": {"standard": "kg", "decimals": "2", "conversions": {"LB": "0.4536"}},
            "TEMP": {"standard": "C", "decimals": "2", "conversions": {"F": {"factor": "5/9", "offset": "-160/9"}}},
            "PULSE": {"standard": "BEATS/MIN"},
        }.items()
    }


def test_values_and_units(bench, form) -> None:
    rows = form(
        "vs",
        """
        VSTESTCD | VSORRES | VSORRESU  | _SUBJECT
        HEIGHT   | 58.0    | IN        | 1
        HEIGHT   | 162.6   | cm        | 1
        WEIGHT   | 119.0   | LB        | 1
        WEIGHT   | 55.5    | kg        | 1
        TEMP     | 098.6   | F         | 1
        TEMP     | 97.8    | F         | 1
        TEMP     | 036.2   | C         | 1
        PULSE    | 72      | BEATS/MIN | 1
        PULSE    | .       | .         | 1
        """,
    )
    assert bench.run(VALUE, rows, kind="Num") == [147.32, 162.6, 53.98, 55.5, 37.0, 36.56, 36.2, 72.0, None]
    assert bench.run(UNIT, rows) == ["cm", "cm", "kg", "kg", "C", "C", "C", "BEATS/MIN", None]
    assert bench.findings.empty


def test_halves_are_rounded_away_from_zero(bench, form) -> None:
    bench.units = {"X": Quantity.model_validate({"standard": "m", "decimals": "2", "conversions": {"mm": "0.001"}})}
    rows = form("vs", "VSTESTCD|VSORRES|VSORRESU\nX|1005|mm\nX|1015|mm\nX|-1005|mm\nX|1004.9|mm")
    assert bench.run(VALUE, rows, kind="Num") == [1.01, 1.02, -1.01, 1.0]


def test_value_without_a_known_unit_is_not_converted_and_reported(bench, form) -> None:
    rows = form("vs", "VSTESTCD|VSORRES|VSORRESU|_SUBJECT\nHEIGHT|58|.|1\nHEIGHT|58|ft|2\nFOO|1|cm|3\nHEIGHT|160|cm|4")
    assert bench.run(VALUE, rows, kind="Num", spec=dataset("VS")) == [None, None, None, 160.0]
    found = bench.findings
    assert found["rule"].tolist() == ["MAP.UNIT"] * 3
    assert found["value"].tolist() == ["", "ft", "cm"]
    assert found["key"].tolist() == ["VSTESTCD=HEIGHT", "VSTESTCD=HEIGHT", "VSTESTCD=FOO"]
    assert bench.run(UNIT, rows) == [None, None, None, "cm"]


def test_text_that_is_no_number_is_reported(bench, form) -> None:
    rows = form("vs", "VSTESTCD|VSORRES|VSORRESU\nPULSE|high|BEATS/MIN")
    assert bench.run(VALUE, rows, kind="Num") == [None]
    assert bench.findings["rule"].tolist() == ["MAP.NUMBER"]


def test_implausible_values_are_kept_and_reported(bench, form) -> None:
    rows = form("vs", "VSTESTCD|VSORRES|VSORRESU\nHEIGHT|16|IN\nHEIGHT|100|cm\nHEIGHT|230.01|cm")
    assert bench.run(VALUE, rows, kind="Num") == [40.64, 100.0, 230.01]
    assert bench.findings[["rule", "severity", "value"]].to_numpy().tolist() == [
        ["MAP.IMPLAUSIBLE", "warning", "16"],
        ["MAP.IMPLAUSIBLE", "warning", "230.01"],
    ]


def test_no_rows(bench, form) -> None:
    rows = form("vs", "VSTESTCD|VSORRES|VSORRESU")
    assert bench.run(VALUE, rows, kind="Num") == []
    assert bench.run(UNIT, rows) == []


@pytest.mark.parametrize("factor", ["x", "1/0", "1/x", ""])
def test_factor_that_is_no_number_is_refused(factor) -> None:
    with pytest.raises(ValueError, match="factor"):
        Quantity.model_validate({"standard": "m", "conversions": {"mm": factor}})


def test_results_beyond_measurement_have_text_and_no_number(bench, form) -> None:
    rows = form(
        "vs",
        """
        VSTESTCD | VSORRES | VSORRESU  | _SUBJECT
        HEIGHT   | <58.0   | IN        | 1
        HEIGHT   | > 160   | cm        | 1
        HEIGHT   | ≤2      | IN        | 1
        HEIGHT   | >=2     | IN        | 1
        HEIGHT   | 70      | IN        | 1
        HEIGHT   | <2      | ft        | 1
        HEIGHT   | .       | .         | 1
        """,
    )
    text = {**VALUE, "result": "text"}
    assert bench.run(text, rows) == ["<147.32", ">160", "<=5.08", ">=5.08", "177.8", None, None]
    assert bench.findings.empty
    assert bench.run(VALUE, rows, kind="Num") == [None, None, None, None, 177.8, None, None]
    assert list(bench.findings["rule"] + " " + bench.findings["value"]) == ["MAP.UNIT ft"]


def test_a_limit_of_measurement_is_not_rounded_to_nothing(bench, form) -> None:
    rows = form(
        "vs", "VSTESTCD|VSORRES|VSORRESU\nHEIGHT|<0.004|cm\nHEIGHT|<0.001|IN\nHEIGHT|<0.006|cm\nHEIGHT|0.004|cm"
    )
    assert bench.run({**VALUE, "result": "text"}, rows) == ["<0.004", "<0.00254", "<0.01", "0"]


def test_text_that_is_no_number_stays_as_collected_and_is_reported_once(bench, form) -> None:
    rows = form("vs", "VSTESTCD|VSORRES|VSORRESU\nPULSE|CLOTTED|BEATS/MIN\nPULSE|<|BEATS/MIN\nPULSE|７２|BEATS/MIN")
    assert bench.run({**VALUE, "result": "text"}, rows) == ["CLOTTED", "<", "72"]
    assert bench.findings.empty
    assert bench.run(VALUE, rows, kind="Num") == [None, None, 72.0]
    assert list(bench.findings["rule"] + " " + bench.findings["value"]) == ["MAP.NUMBER CLOTTED", "MAP.NUMBER <"]


def test_limits_are_converted_without_a_word_on_unit_and_range(bench, form) -> None:
    rows = form("vs", "VSTESTCD|VSORRES|VSORRESU\nHEIGHT|2|cm\nHEIGHT|58|IN\nHEIGHT|58|ft\nHEIGHT|.|.")
    assert bench.run({**VALUE, "limit": True}, rows, kind="Num") == [2.0, 147.32, None, None]
    assert bench.findings.empty
    assert bench.run(VALUE, rows, kind="Num") == [2.0, 147.32, None, None]
    assert sorted(bench.findings["rule"]) == ["MAP.IMPLAUSIBLE", "MAP.UNIT"]


RANGE = {"algorithm": "reference_range", "value": "RESULT", "low": "LO", "high": "HI"}


@pytest.mark.parametrize(
    ("value", "low", "high", "expected"),
    [
        ("9.9", "10", "20", "LOW"),
        ("10", "10", "20", "NORMAL"),
        ("15", "10", "20", "NORMAL"),
        ("20", "10", "20", "NORMAL"),
        ("20.1", "10", "20", "HIGH"),
        ("5", ".", "20", "NORMAL"),
        ("21", ".", "20", "HIGH"),
        ("9", "10", ".", "LOW"),
        ("11", "10", ".", "NORMAL"),
        ("11", ".", ".", None),
        (".", "10", "20", None),
        ("15", "20", "10", None),
    ],
)
def test_reference_range(value, low, high, expected, bench, table) -> None:
    rows = table(f"RESULT | LO | HI\n{value} | {low} | {high}", RESULT="float64", LO="float64", HI="float64")
    assert bench.run(RANGE, rows) == [expected]


@pytest.mark.parametrize(
    ("text", "low", "high", "expected"),
    [
        ("<1", "0", "5", "NORMAL"),
        ("<1", ".", "5", "NORMAL"),
        ("<5", "0", "5", "NORMAL"),
        ("<6", "0", "5", None),
        ("<1", "1", "5", "LOW"),
        ("<3", "1", "5", None),
        (">5", "1", "5", "HIGH"),
        (">=6", "1", "5", "HIGH"),
        (">4", "1", "5", None),
        ("<=1", "1", "5", None),
        ("<=0.9", "1", "5", "LOW"),
        ("<=5", "0", "5", "NORMAL"),
        (">=5", "1", "5", None),
        ("trace", "1", "5", None),
    ],
)
def test_results_beyond_measurement_lie_in_the_range_if_it_can_be_said(text, low, high, expected, bench, table) -> None:
    rows = table(f"TEXT | RESULT | LO | HI\n{text} | . | {low} | {high}", RESULT="float64", LO="float64", HI="float64")
    assert bench.run({**RANGE, "text": "TEXT"}, rows) == [expected]


def test_crossed_limits_are_reported(bench, table) -> None:
    rows = table("RESULT | LO | HI\n15 | 20 | 10\n15 | 10 | 20", RESULT="float64", LO="float64", HI="float64")
    assert bench.run(RANGE, rows) == [None, "NORMAL"]
    assert list(bench.findings["rule"] + " " + bench.findings["severity"]) == ["MAP.RANGE error"]
