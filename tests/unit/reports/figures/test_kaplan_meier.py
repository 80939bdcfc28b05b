"""Kaplan-Meier figures: the steps of five subjects, worked by hand."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from tests.unit.reports.figures.conftest import draw, values

FIGURE: dict[str, Any] = {
    "kind": "kaplan_meier",
    "dataset": "ADTTE",
    "days_per_month": 10,
    "curves": [{"label": "Survival", "where": {"PARAMCD": "OS"}}],
}


@pytest.fixture
def adam(adsl: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Times of five subjects: events on days 10, 20 and 40, one censored on day 20, one on day 50; two of PFS."""
    times = pd.DataFrame(
        {
            "USUBJID": ["S1", "S2", "S3", "S4", "S5", "S1", "S2"],
            "PARAMCD": ["OS"] * 5 + ["PFS"] * 2,
            "AVAL": [10.0, 20, 20, 40, 50, 5, 15],
            "CNSR": [0.0, 0, 1, 0, 2, 1, 1],
        }
    )
    return {"ADSL": adsl, "ADTTE": times}


def test_steps(adam: dict[str, pd.DataFrame]) -> None:
    drawing = draw(adam, **FIGURE, population={})
    assert values(drawing, "CURVE", "DAYS", "MONTHS", "AT_RISK", "EVENTS", "CENSORED") == [
        ("Survival", 0, 0, 5, 0, 0),
        ("Survival", 10, 1, 5, 1, 0),
        ("Survival", 20, 2, 4, 1, 1),
        ("Survival", 40, 4, 2, 1, 0),
        ("Survival", 50, 5, 1, 0, 1),
    ]
    # 4/5, then times 3/4 (the one censored on day 20 was at risk), then times 1/2
    assert drawing.data["SURVIVAL"].tolist() == pytest.approx([1, 0.8, 0.6, 0.3, 0.3])
    assert drawing.notes[0].startswith("Kaplan-Meier estimate with pointwise 95% limits")


def test_the_picture_says_medians_events_and_numbers_at_risk(adam: dict[str, pd.DataFrame]) -> None:
    svg = draw(adam, **FIGURE, population={}, every=1).svg
    assert "Survival: median 4.0 months" in svg
    assert "3 of 5 with event" in svg
    at_risk = svg[svg.index("At risk: Survival") :]
    found = [part.split(">")[-1] for part in at_risk.split("</text>")[1:]]
    assert found[:6] == ["5", "5", "4", "2", "2", "1"]  # at months 0 to 5


def test_a_population_limits_the_subjects(adam: dict[str, pd.DataFrame]) -> None:
    assert draw(adam, **FIGURE).data["AT_RISK"].iloc[0] == 4


def test_curves_stand_one_after_the_other(adam: dict[str, pd.DataFrame]) -> None:
    curves = [{"label": "PFS", "where": {"PARAMCD": "PFS"}}, *FIGURE["curves"]]
    drawing = draw(adam, **{**FIGURE, "curves": curves})
    assert drawing.data["CURVE"].drop_duplicates().tolist() == ["PFS", "Survival"]
    assert "PFS: median not reached, 0 of 2 with event" in drawing.svg


def test_a_curve_of_nobody_is_named(adam: dict[str, pd.DataFrame]) -> None:
    curves = [*FIGURE["curves"], {"label": "Nothing", "where": {"PARAMCD": "XX"}}]
    assert draw(adam, **{**FIGURE, "curves": curves}).notes[0] == "No subject has a time: Nothing."
    alone = draw(adam, **{**FIGURE, "curves": curves[1:]})
    assert (alone.svg, alone.notes) == ("", ("There is nothing to draw: no subject has a time.",))


def test_a_time_without_censoring_is_left_out_with_a_note(adam: dict[str, pd.DataFrame]) -> None:
    adam["ADTTE"].loc[0, "CNSR"] = None
    drawing = draw(adam, **FIGURE, population={})
    assert values(drawing, "DAYS", "AT_RISK", "EVENTS")[0] == (0, 4, 0)
    assert "Left out: 1 record without CNSR." in drawing.notes
