"""What the verbs for records with values may get wrong beside what they refer to."""

from __future__ import annotations

from typing import Any

import pytest

from specs.lint_bds import lint_bds_verb
from specs.model.adam_bds_maps import AnalysisVisit, Compose, ToxicityGrade
from specs.model.adam_row_maps import AnalysisRecords

LB = AnalysisRecords(dataset="LB")


def grade(**grading: Any) -> ToxicityGrade:
    return ToxicityGrade.model_validate(
        {
            "algorithm": "toxicity_grade",
            "direction": "low",
            "test": "LB.LBTESTCD",
            "unit": "LB.LBSTRESU",
            "grading": grading,
        }
    )


@pytest.mark.parametrize(
    ("verb", "expected"),
    [
        (
            AnalysisVisit(algorithm="analysis_visit", day="ADY", part="visit"),
            "analysis_visit: the dataset has no windows. Give 'windows' under 'records'.",
        ),
        (
            Compose(algorithm="compose", text="{BNRIND} to {anrind}"),
            "compose: '{BNRIND} to {anrind}' has a brace around no variable. Write variables as {BNRIND}.",
        ),
        (
            grade(version="5.1"),
            "toxicity_grade: CTCAE 5.1 is not at hand (versions: 5.0). Correct 'version'.",
        ),
        (
            grade(terms=["Anaemia"]),
            "toxicity_grade: terms: 'Anaemia' is no laboratory term of CTCAE 5.0. Did you mean 'Anemia'? Correct it.",
        ),
        (
            grade(graded_as={"CA": "CACOR"}),
            "toxicity_grade: graded_as: 'CA' cannot be graded as 'CACOR', which has no criterion. "
            "Did you mean 'CACR'? Correct it.",
        ),
    ],
)
def test_complaints(verb: Any, expected: str) -> None:
    assert [str(problem) for problem in lint_bds_verb(verb, LB, "adlb.yaml:7")] == [f"adlb.yaml:7: {expected}"]


def test_a_sound_verb_has_no_complaint() -> None:
    verb = grade(terms="Hypocalcemia", graded_as={"CA": "CACR"}, assume=["symptoms"], without_baseline="ungraded")
    assert list(lint_bds_verb(verb, LB, "adlb.yaml:7")) == []


def test_a_text_without_variables_is_refused() -> None:
    with pytest.raises(ValueError, match="names no variable"):
        Compose(algorithm="compose", text="NORMAL to HIGH")


def test_a_term_needs_a_direction() -> None:
    with pytest.raises(ValueError, match="a term has a direction"):
        ToxicityGrade(algorithm="toxicity_grade", direction="any", part="term", test="LB.LBTESTCD", unit="LB.LBSTRESU")
