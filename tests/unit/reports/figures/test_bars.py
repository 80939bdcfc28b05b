"""Bars of grades and of responses: who counts where."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from tests.unit.reports.figures.conftest import draw, values

GRADES: dict[str, Any] = {
    "kind": "grades",
    "dataset": "ADAE",
    "term": "AEDECOD",
    "grade": "GRADE",
    "grades": {"1": "Grade 1", "2": "Grade 2", "3": "Grade 3"},
}


@pytest.fixture
def adam(adsl: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Events of four infused subjects; S1 has fever twice, S4 a rash without a grade, S5 does not count."""
    rows = [
        ("S1", "Fever", 1.0, "A"),
        ("S1", "Fever", 3.0, "B"),
        ("S2", "Fever", 1.0, "A"),
        ("S3", "Fever", 2.0, "A"),
        ("S4", "Rash", None, "B"),
        ("S1", "Nausea", 2.0, "B"),
        ("S5", "Nausea", 3.0, "A"),
    ]
    return {"ADSL": adsl, "ADAE": pd.DataFrame(rows, columns=["USUBJID", "AEDECOD", "GRADE", "KIND"])}


def test_a_subject_counts_once_at_the_worst_grade(adam: dict[str, pd.DataFrame]) -> None:
    found = [row for row in values(draw(adam, **GRADES), "TERM", "GRADE", "SUBJECTS", "OF", "PERCENT") if row[2]]
    assert found == [
        ("Fever", "Grade 1", 1, 4, 25),
        ("Fever", "Grade 2", 1, 4, 25),
        ("Fever", "Grade 3", 1, 4, 25),
        ("Nausea", "Grade 2", 1, 4, 25),
        ("Rash", "No grade", 1, 4, 25),
    ]


def test_rare_terms_are_left_out_with_a_note(adam: dict[str, pd.DataFrame]) -> None:
    drawing = draw(adam, **GRADES, at_least=50)
    assert set(drawing.data["TERM"]) == {"Fever"}
    assert drawing.notes[-1] == "Not shown: 2 terms, of fewer than 50% of subjects, or beyond the 25 most frequent."
    assert "3 (75%)" in drawing.svg


def test_events_without_a_term_are_shown(adam: dict[str, pd.DataFrame]) -> None:
    uncoded = adam["ADAE"].assign(AEDECOD=["Fever", "Fever", None, "Fever", None, None, None])
    found = [row for row in values(draw({**adam, "ADAE": uncoded}, **GRADES), "TERM", "GRADE", "SUBJECTS") if row[2]]
    assert found == [
        ("(Not coded)", "Grade 1", 1),
        ("(Not coded)", "Grade 2", 1),
        ("(Not coded)", "No grade", 1),
        ("Fever", "Grade 2", 1),
        ("Fever", "Grade 3", 1),
    ]


def test_groups_keep_their_order_even_if_empty(adam: dict[str, pd.DataFrame]) -> None:
    groups = [{"label": kind, "where": {"KIND": kind}} for kind in ("C", "B", "A")]
    figure = {name: value for name, value in GRADES.items() if name != "term"}
    drawing = draw(adam, **figure, groups=groups)
    totals = drawing.data.groupby("TERM", sort=False)["SUBJECTS"].sum()
    assert list(totals.items()) == [("C", 0), ("B", 2), ("A", 3)]


def test_term_and_groups_exclude_each_other(adam: dict[str, pd.DataFrame]) -> None:
    with pytest.raises(ValueError, match="give either 'term' or 'groups'"):
        draw(adam, **GRADES, groups=[{"label": "X", "where": {"KIND": "A"}}])


def test_no_events(adam: dict[str, pd.DataFrame]) -> None:
    drawing = draw(adam, **GRADES, where={"KIND": "X"})
    assert (drawing.svg, drawing.notes) == ("", ("There is nothing to draw: no subject has such an event.",))


RESPONSES: dict[str, Any] = {
    "kind": "response_bar",
    "dataset": "ADRS",
    "categories": {"CR": "Complete", "PR": "Partial"},
}


def visits() -> pd.DataFrame:
    """Responses at two visits, the later one first."""
    rows = [("S1", "MONTH 3", 7.0, "CR"), ("S1", "MONTH 1", 6.0, "PR"), ("S2", "MONTH 1", 6.0, "PR")]
    return pd.DataFrame(rows, columns=["USUBJID", "AVISIT", "AVISITN", "AVALC"])


def test_responses_at_visits_with_those_not_assessed(adam: dict[str, pd.DataFrame]) -> None:
    drawing = draw({**adam, "ADRS": visits()}, **RESPONSES)
    assert values(drawing, "VISIT", "RESPONSE", "SUBJECTS", "PERCENT") == [
        ("MONTH 1", "Complete", 0, 0),
        ("MONTH 1", "Partial", 2, 50),
        ("MONTH 1", "Not assessed", 2, 50),
        ("MONTH 3", "Complete", 1, 25),
        ("MONTH 3", "Partial", 0, 0),
        ("MONTH 3", "Not assessed", 3, 75),
    ]


def test_responses_of_those_assessed_alone(adam: dict[str, pd.DataFrame]) -> None:
    drawing = draw({**adam, "ADRS": visits()}, **RESPONSES, not_assessed=None)
    assert values(drawing, "VISIT", "RESPONSE", "OF", "PERCENT")[:2] == [
        ("MONTH 1", "Complete", 2, 0),
        ("MONTH 1", "Partial", 2, 100),
    ]
    assert "n=2" in drawing.svg


def test_a_response_of_no_category_is_assessed(adam: dict[str, pd.DataFrame]) -> None:
    more = pd.DataFrame(
        [("S3", "MONTH 1", 6.0, "NE"), ("S4", "MONTH 1", 6.0, None)], columns=["USUBJID", "AVISIT", "AVISITN", "AVALC"]
    )
    drawing = draw({**adam, "ADRS": pd.concat([visits(), more], ignore_index=True)}, **RESPONSES)
    assert values(drawing, "VISIT", "RESPONSE", "SUBJECTS", "PERCENT")[:4] == [
        ("MONTH 1", "Complete", 0, 0),
        ("MONTH 1", "Partial", 2, 50),
        ("MONTH 1", "Other", 1, 25),
        ("MONTH 1", "Not assessed", 1, 25),
    ]
    assert drawing.notes[-1] == "1 response is in none of the figure's categories and shown as 'Other': NE."


def test_a_bar_with_a_population_of_its_own_is_of_its_subjects(adam: dict[str, pd.DataFrame]) -> None:
    """S1 and S3 were infused twice; of the events of kind B only S1's count then, S4's do not."""
    groups = [
        {"label": "First", "where": {"KIND": "A"}},
        {"label": "Second", "where": {"KIND": "B"}, "population": {"TR02SDT": {"present": True}}},
    ]
    drawing = draw(adam, **{**GRADES, "term": None, "groups": groups})
    found = [row for row in values(drawing, "TERM", "GRADE", "SUBJECTS", "OF", "PERCENT") if row[2]]
    assert found == [
        ("First", "Grade 1", 2, 4, 50),
        ("First", "Grade 2", 1, 4, 25),
        ("Second", "Grade 3", 1, 2, 50),
    ]
    assert "First (N=4)" in drawing.svg
    assert "Second (N=2)" in drawing.svg
