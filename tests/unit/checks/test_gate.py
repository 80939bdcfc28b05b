"""The gate, waivers and the summary."""

from __future__ import annotations

import pandas as pd
import pytest
from pydantic import ValidationError

from checks.gate import gate, summary, waive, waivers_of, without_echoes
from clinical.findings import combine, no_findings, report


def _finding(rule="DQ.X", severity="error", dataset="AE", variable="", **columns):
    return report(rule, severity, f"Message of {rule}.", source="rule", dataset=dataset, variable=variable).assign(
        **columns
    )


@pytest.mark.parametrize(
    ("severity", "status", "verdict"),
    [
        ("error", "new", "stop"),
        ("error", "open", "stop"),
        ("error", "gone", "pass"),
        ("warning", "new", "pass"),
        ("note", "new", "pass"),
    ],
)
def test_an_error_stops_and_nothing_else_does(severity, status, verdict):
    assert gate(_finding(severity=severity, status=status)) == verdict


def test_no_findings_pass():
    assert gate(no_findings()) == "pass"


def test_a_waived_error_is_a_warning_with_the_reason():
    waivers = waivers_of({"waivers": [{"rule": "DQ.X", "reason": "Agreed on with the site."}]})
    found = waive(combine([_finding(), _finding("DQ.Y"), _finding(severity="note")]), waivers)
    assert found[["rule", "severity", "message"]].to_numpy().tolist() == [
        ["DQ.X", "warning", "Message of DQ.X. Waived: Agreed on with the site."],
        ["DQ.Y", "error", "Message of DQ.Y."],
        ["DQ.X", "note", "Message of DQ.X."],
    ]


def test_a_waiver_may_be_for_one_dataset_and_variable():
    waivers = waivers_of({"waivers": [{"rule": "S.L", "reason": "R.", "dataset": "AE", "variable": "AETERM"}]})
    found = waive(
        combine(
            [
                _finding("S.L", variable="AETERM"),
                _finding("S.L", variable="AEOUT"),
                _finding("S.L", dataset="CM", variable="AETERM"),
            ]
        ),
        waivers,
    )
    assert found["severity"].tolist() == ["warning", "error", "error"]


def test_a_waiver_of_nothing_is_a_note():
    found = waive(no_findings(), waivers_of({"waivers": [{"rule": "DQ.X", "reason": "R."}]}))
    assert found[["rule", "severity", "key"]].to_numpy().tolist() == [["WAIVER.UNUSED", "note", "DQ.X"]]


def test_a_failed_rule_cannot_be_waived():
    found = waive(_finding("RULE.FAILED"), waivers_of({"waivers": [{"rule": "RULE.FAILED", "reason": "R."}]}))
    assert gate(found) == "stop"


def test_a_waiver_needs_a_reason():
    with pytest.raises(ValidationError):
        waivers_of({"waivers": [{"rule": "DQ.X"}]})
    assert waivers_of({}) == ()


def test_the_findings_given_are_left_as_they_were():
    given = _finding()
    waive(given, waivers_of({"waivers": [{"rule": "DQ.X", "reason": "R."}]}))
    assert given["severity"].tolist() == ["error"]


def test_the_summary_counts_by_rule_and_says_what_to_do():
    found = combine(
        [
            _finding("DQ.W", "warning", form="ae", usubjid="S1"),
            _finding("DQ.E", form="ae", usubjid="S1"),
            _finding("DQ.E", form="ae", usubjid="S1", status="open"),
            _finding("DQ.E", form="ae", usubjid="S2", status="gone"),
            _finding("A.E", dataset="ADRS"),
            _finding("DQ.N", "note"),
        ]
    )
    table = summary(found)
    counts = ["severity", "rule", "dataset", "findings", "new", "open", "gone", "subjects"]
    assert table[counts].to_numpy().tolist() == [
        ["error", "A.E", "ADRS", 1, 1, 0, 0, 0],
        ["error", "DQ.E", "AE", 2, 1, 1, 1, 2],
        ["warning", "DQ.W", "AE", 1, 1, 0, 0, 1],
        ["note", "DQ.N", "AE", 1, 1, 0, 0, 0],
    ]
    assert table["action"].tolist() == [
        "Correct the specification or the data it rests on; the release waits for it, or for a waiver.",
        "Query the site; the release waits for it, or for a waiver.",
        "Query the site; it is named in the reviewer's guide.",
        "For information.",
    ]
    assert summary(no_findings()).empty


def test_a_value_reported_where_it_was_mapped_is_not_reported_again() -> None:
    place = {"dataset": "DM", "variable": "SEX", "form": "dm", "row": "3"}
    rows = [
        {"rule": "MAP.UNMAPPED", **place},
        {"rule": "SCHEMA.CODELIST", **place},
        {"rule": "SCHEMA.CODELIST", **place, "row": "4"},
    ]
    findings = pd.DataFrame(rows)
    assert without_echoes(findings)[["rule", "row"]].to_numpy().tolist() == [
        ["MAP.UNMAPPED", "3"],
        ["SCHEMA.CODELIST", "4"],
    ]


def test_what_two_analysis_datasets_find_in_one_record_is_reported_once() -> None:
    place = {"dataset": "TR", "variable": "TRDTC", "form": "tl"}
    rows = [
        {"rule": "ADAM.PARTIAL_ASSESSMENT_DATE", **place, "row": "3"},
        {"rule": "ADAM.PARTIAL_ASSESSMENT_DATE", **place, "row": "4"},
        {"rule": "ADAM.PARTIAL_ASSESSMENT_DATE", **place, "row": "3"},
        {"rule": "DQ.OTHER", **place, "row": "3"},
        {"rule": "DQ.OTHER", **place, "row": "3"},
    ]
    found = without_echoes(pd.DataFrame(rows))
    assert found[["rule", "row"]].to_numpy().tolist() == [
        ["ADAM.PARTIAL_ASSESSMENT_DATE", "3"],
        ["ADAM.PARTIAL_ASSESSMENT_DATE", "4"],
        ["DQ.OTHER", "3"],
        ["DQ.OTHER", "3"],
    ]
