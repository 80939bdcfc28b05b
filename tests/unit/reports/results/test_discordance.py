"""Assessed against derived responses, counted and listed by hand."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from clinical.conditions import Test as Asked
from reports.results.discordance import count_agreement, cross_responses, list_discordances, pair_responses

NUMBERS = {"CR": 1.0, "PR": 2.0, "SD": 3.0, "PD": 4.0, "NE": 5.0}
ASSESSED = ({"PARAMCD": Asked(any_of=("OVR",)), "ANL03FL": Asked(any_of=("Y",))},)
DERIVED = ({"PARAMCD": Asked(any_of=("OVRDER",))},)
WHY = ("RSPCRIT", "RSPLNKID")


def responses(*rows: tuple[Any, ...]) -> pd.DataFrame:
    """Return rows of ADRS from (subject, PARAMCD, VISITNUM, AVALC, ANL03FL, RSPCRIT, RSPLNKID)."""
    names = ["USUBJID", "PARAMCD", "VISITNUM", "AVALC", "ANL03FL", *WHY]
    frame = pd.DataFrame(list(rows), columns=names)
    frame = frame.astype({name: "float64" if name == "VISITNUM" else "str" for name in names})
    return frame.assign(AVAL=frame["AVALC"].map(NUMBERS), ADT=pd.Timestamp("2024-04-09"), ADY=91.0)


@pytest.fixture
def pairs() -> pd.DataFrame:
    rows = responses(
        ("A", "OVR", 6, "PR", "Y", None, None),
        ("A", "OVR", 7, "PR", "Y", None, None),
        ("A", "OVR", 8, "SD", None, None, None),  # not eligible: not compared
        ("A", "OVRDER", 6, "PR", "Y", None, None),
        ("A", "OVRDER", 7, "PD", "Y", "TARGET GROWTH", "T01"),
        ("A", "OVRDER", 8, "PD", "Y", "TARGET GROWTH", "T01"),
        ("B", "OVR", 6, "CR", "Y", None, None),  # no lesions at this timepoint
        ("B", "OVR", 7, "CR", "Y", None, None),
        ("B", "OVR", None, "PR", "Y", None, None),  # no timepoint to pair by
        ("B", "OVRDER", 7, "CR", "Y", None, None),
        ("C", "OVRDER", 6, "SD", "Y", None, None),  # never assessed: not compared
    )
    return pair_responses(rows, ASSESSED, DERIVED, by=["VISITNUM"], why=WHY)


def test_cross_tabulation(pairs: pd.DataFrame) -> None:
    table = cross_responses(pairs)

    assert table.columns.tolist() == ["CR", "PR", "PD", "NOT DERIVED", "TOTAL"]
    assert table.to_dict("index") == {
        "CR": {"CR": 1, "PR": 0, "PD": 0, "NOT DERIVED": 1, "TOTAL": 2},
        "PR": {"CR": 0, "PR": 1, "PD": 1, "NOT DERIVED": 1, "TOTAL": 3},
        "PD": {"CR": 0, "PR": 0, "PD": 0, "NOT DERIVED": 0, "TOTAL": 0},
        "TOTAL": {"CR": 1, "PR": 1, "PD": 1, "NOT DERIVED": 2, "TOTAL": 5},
    }


def test_agreement_is_of_what_was_derived(pairs: pd.DataFrame) -> None:
    assert count_agreement(pairs) == (2, 3)


def test_listing_names_the_reason(pairs: pd.DataFrame) -> None:
    listing = list_discordances(pairs)

    assert listing[["USUBJID", "VISITNUM", "ADY", "ASSESSED", "DERIVED", *WHY]].to_numpy().tolist() == [
        ["A", 7.0, 91.0, "PR", "PD", "TARGET GROWTH", "T01"]
    ]


def test_best_responses_are_paired_by_subject() -> None:
    rows = responses(
        ("A", "BOR24", None, "CR", None, None, None),
        ("A", "BORDER", None, "PR", None, None, None),
        ("B", "BOR24", None, "SD", None, None, None),
        ("B", "BORDER", None, "SD", None, None, None),
    )
    best = pair_responses(rows, ({"PARAMCD": Asked(any_of=("BOR24",))},), ({"PARAMCD": Asked(any_of=("BORDER",))},))

    assert cross_responses(best).to_dict("index") == {
        "CR": {"CR": 0, "PR": 1, "SD": 0, "TOTAL": 1},
        "PR": {"CR": 0, "PR": 0, "SD": 0, "TOTAL": 0},
        "SD": {"CR": 0, "PR": 0, "SD": 1, "TOTAL": 1},
        "TOTAL": {"CR": 0, "PR": 1, "SD": 1, "TOTAL": 2},
    }


def test_nothing_assessed() -> None:
    none = pair_responses(responses(("C", "OVRDER", 6, "SD", "Y", None, None)), ASSESSED, DERIVED, by=["VISITNUM"])

    assert cross_responses(none).loc["TOTAL", "TOTAL"] == 0
    assert count_agreement(none) == (0, 0)
    assert list_discordances(none).empty


def test_as_a_table_of_results(make: Any) -> None:
    rows = responses(
        ("S1", "OVR", 6, "PR", "Y", None, None),
        ("S1", "OVR", 7, "CR", "Y", None, None),
        ("S2", "OVR", 6, "PR", "Y", None, None),
        ("S3", "OVR", 6, "PR", "Y", None, None),  # not in the population
        ("S1", "OVRDER", 6, "PR", None, None, None),
        ("S2", "OVRDER", 6, "SD", None, "TARGET GROWTH", "T01"),
        ("S3", "OVRDER", 6, "SD", None, "TARGET GROWTH", "T01"),
    )
    adsl = pd.DataFrame({"USUBJID": ["S1", "S2", "S3"], "SAFFL": ["Y", "Y", "N"]})
    made = make(
        {"ADSL": adsl, "ADRS": rows},
        method="discordance",
        dataset="ADRS",
        population={"SAFFL": "Y"},
        assessed={"PARAMCD": "OVR"},
        derived={"PARAMCD": "OVRDER"},
        by="VISITNUM",
        why="RSPCRIT",
    )

    assert made.table.header == ("Assessed by derived response", "CR", "PR", "SD", "Not derived", "Total")
    assert made.table.rows == (
        ("CR", "0", "0", "0", "1", "1"),
        ("PR", "0", "1", "1", "0", "2"),
        ("SD", "0", "0", "0", "0", "0"),
        ("Total", "0", "1", "1", "1", "3"),
        ("Agreement", "", "", "", "", "1 of 2 (50.0%)"),
        ("They differ: TARGET GROWTH", "", "", "", "", "1"),
    )
    assert made.value("assessed PR, derived SD", "COUNT") == 1
    assert made.value("Agreement", "PERCENT") == 50
    assert made.table.traces == (("ADRS", "OVR"), ("ADRS", "OVRDER"))


def test_an_assessment_without_a_response_is_no_discordance() -> None:
    rows = responses(
        ("A", "OVR", 6, None, "Y", None, None),
        ("A", "OVRDER", 6, "PD", "Y", "TARGET GROWTH", "T01"),
    )
    assert list_discordances(pair_responses(rows, ASSESSED, DERIVED, by=["VISITNUM"], why=WHY)).empty
