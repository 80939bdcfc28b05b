"""Swimmer figures: bars and marks of four infused subjects, worked by hand."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from tests.unit.reports.figures.conftest import COLOUR, dates, draw, values

RESPONSE = {
    "label": "Response",
    "shape": "circle",
    "category": "CR",
    "dataset": "ADRS",
    "where": {"AVALC": ["CR", "PR"]},
    "date": "ADT",
}
FIGURE: dict[str, Any] = {
    "kind": "swimmer",
    "dataset": "ADSL",
    "start": "TRTSDT",
    "end": ["DTHDT", "LSTALVDT"],
    "ongoing": {"EOSSTT": "ONGOING"},
    "colour": COLOUR,
    "days_per_month": 30,
    "marks": [
        {"label": "Second product", "shape": "plus", "date": "TR02SDT"},
        RESPONSE,
        {"label": "Death", "shape": "cross", "date": "DTHDT"},
    ],
}


def test_bars_from_the_longest_with_their_marks(adsl: pd.DataFrame, best: pd.DataFrame) -> None:
    drawing = draw({"ADSL": adsl, "ADRS": best}, **FIGURE)
    assert values(drawing, "SUBJECT", "LABEL", "CATEGORY", "WHAT", "DAY", "ONGOING") == [
        ("S1", "1", "Complete", "Follow-up", 365, "Y"),
        ("S1", "1", "Complete", "Second product", 15, None),
        ("S1", "1", "Complete", "Response", 91, None),
        ("S3", "3", "Partial", "Follow-up", 181, None),
        ("S3", "3", "Partial", "Second product", 20, None),
        ("S3", "3", "Partial", "Response", 41, None),
        ("S2", "2", "Progression", "Follow-up", 40, None),
        ("S2", "2", "Progression", "Death", 40, None),
    ]
    assert drawing.data["MONTHS"].tolist()[:2] == pytest.approx([365 / 30, 0.5])
    assert drawing.notes == ("1 subject without a start or an end: not shown.",)


def test_there_is_no_day_0(adsl: pd.DataFrame, best: pd.DataFrame) -> None:
    before = best.assign(ADT=dates("2023-12-31", None, "2024-01-01", None))
    drawing = draw({"ADSL": adsl, "ADRS": before}, **FIGURE)
    days = drawing.data.loc[drawing.data["WHAT"] == "Response", ["SUBJECT", "DAY"]]
    assert days.to_numpy().tolist() == [["S1", -1], ["S3", 1]]


def test_of_many_subjects_some_are_shown_and_all_are_data(adsl: pd.DataFrame, best: pd.DataFrame) -> None:
    named = adsl.assign(SUBJID="No." + adsl["SUBJID"])
    drawing = draw({"ADSL": named, "ADRS": best}, **FIGURE, most_subjects=2)
    assert drawing.notes[0].startswith("Shown: 2 of 3 subjects, evenly picked")
    assert drawing.data["SUBJECT"].nunique() == 3
    assert [f"No.{number}<" in drawing.svg for number in (1, 2, 3)] == [True, True, False]  # the longest, the shortest


def test_nobody_to_show(adsl: pd.DataFrame, best: pd.DataFrame) -> None:
    drawing = draw({"ADSL": adsl, "ADRS": best}, **{**FIGURE, "population": {"SAFFL": "X"}})
    assert drawing.svg == ""
    assert drawing.notes == ("There is nothing to draw: no subject.",)


def test_a_mark_cannot_have_an_unknown_category(adsl: pd.DataFrame) -> None:
    marks = [{"label": "X", "shape": "circle", "category": "XX", "date": "DTHDT"}]
    with pytest.raises(ValueError, match="'XX' is none of the categories CR, PR, PD"):
        draw({"ADSL": adsl}, **{**FIGURE, "marks": marks})
