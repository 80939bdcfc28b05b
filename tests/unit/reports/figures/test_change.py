"""Waterfall and spider figures: order, best values, baseline, ceilings."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from tests.unit.reports.figures.conftest import COLOUR, draw, values

WATERFALL: dict[str, Any] = {
    "kind": "waterfall",
    "dataset": "ADTR",
    "where": {"ANL01FL": "Y"},
    "axis": "Change (%)",
    "colour": COLOUR,
}
SPIDER = {
    **WATERFALL,
    "kind": "spider",
    "where": [{"ANL01FL": "Y"}, {"ABLFL": "Y"}],
    "baseline": {"ABLFL": "Y"},
    "days_per_month": 30,
}


@pytest.fixture
def adam(adsl: pd.DataFrame, best: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Changes of three of the four infused subjects, and of one who was not."""
    rows = [
        ("S1", -10, None, "Y", None),
        ("S1", 30, -40.0, None, "Y"),
        ("S1", 90, -90.0, None, "Y"),
        ("S1", 180, -60.0, None, "Y"),
        ("S2", -8, None, "Y", None),
        ("S2", 30, 130.0, None, "Y"),
        ("S3", -9, None, "Y", None),
        ("S3", 30, -55.0, None, "Y"),
        ("S3", 95, -99.0, None, None),
        ("S4", -9, None, "Y", None),
        ("S5", 30, -70.0, None, "Y"),
    ]
    frame = pd.DataFrame(rows, columns=["USUBJID", "ADY", "PCHG", "ABLFL", "ANL01FL"])
    return {"ADSL": adsl, "ADRS": best, "ADTR": frame.astype({"PCHG": "float64", "ADY": "float64"})}


def test_a_waterfall_falls(adam: dict[str, pd.DataFrame]) -> None:
    drawing = draw(adam, **WATERFALL, lines=[-50, 50])
    assert values(drawing, "SUBJECT", "LABEL", "CATEGORY", "PCHG") == [
        ("S2", "2", "Progression", 130),
        ("S3", "3", "Partial", -55),
        ("S1", "1", "Complete", -90),
    ]
    assert drawing.notes == ("1 subject of the population without a value: not shown.",)
    assert "2 at or below −50%, 2 at or below +50%" in drawing.svg


def test_labels_that_are_large_numbers_stand_in_full(adam: dict[str, pd.DataFrame]) -> None:
    adam["ADSL"] = adam["ADSL"].assign(SUBJID=[1234567.0, 2.5, None, 4.0, 5.0])
    assert values(draw(adam, **WATERFALL), "SUBJECT", "LABEL") == [("S2", "2.5"), ("S3", ""), ("S1", "1234567")]


def test_the_highest_value_may_count(adam: dict[str, pd.DataFrame]) -> None:
    assert values(draw(adam, **WATERFALL, best="highest"), "SUBJECT", "PCHG") == [("S2", 130), ("S1", -40), ("S3", -55)]


def test_a_ceiling_is_told_and_the_value_is_written(adam: dict[str, pd.DataFrame]) -> None:
    drawing = draw(adam, **WATERFALL, ceiling=100)
    assert drawing.notes[0] == "1 value above +100% ends at an arrow there."
    assert "+130" in drawing.svg
    assert drawing.data["PCHG"].max() == 130


def test_a_spider_starts_at_0(adam: dict[str, pd.DataFrame]) -> None:
    assert values(draw(adam, **SPIDER), "SUBJECT", "DAY", "MONTHS", "PCHG") == [
        ("S1", 0, 0, 0),
        ("S1", 30, 1, -40),
        ("S1", 90, 3, -90),
        ("S1", 180, 6, -60),
        ("S2", 0, 0, 0),
        ("S2", 30, 1, 130),
        ("S3", 0, 0, 0),
        ("S3", 30, 1, -55),
    ]


def test_subjects_without_a_category_are_named(adam: dict[str, pd.DataFrame]) -> None:
    nobody = {**adam, "ADRS": adam["ADRS"].iloc[:0]}
    drawing = draw(nobody, **WATERFALL)
    assert set(drawing.data["CATEGORY"]) == {"Other"}
    assert ">Other</text>" in drawing.svg


def test_no_values(adam: dict[str, pd.DataFrame]) -> None:
    for figure in (WATERFALL, SPIDER):
        drawing = draw({**adam, "ADTR": adam["ADTR"].iloc[:0]}, **figure)
        assert drawing.svg == ""
        assert drawing.notes[-1] == "There is nothing to draw: no subject has a value."
