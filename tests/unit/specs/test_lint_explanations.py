"""What the linter says of explanations.yaml: rules, datasets, variables, settings, sentences."""

from __future__ import annotations

import pytest

from specs.load import load_study
from specs.model.explanations import decision_text
from tests.unit.specs.conftest import StudyFolder

FILE = "explanations.yaml"
SETTINGS = """
settings:
  first_day: "22"
  same_day: worst
  lugano: {partial: "50"}
"""


@pytest.fixture
def folder(study_folder: StudyFolder) -> StudyFolder:
    return study_folder.append("study.yaml", SETTINGS)


def test_sound_explanations_are_loaded(folder: StudyFolder) -> None:
    folder.write(
        FILE,
        """introduction: Read this first.
datasets: {AE: [One thing., Another.]}
decisions:
  first_day: Counted from day {value} on.
  lugano.partial: A decrease by {value} per cent.
  same_day: {worst: The worst response stands., best: The best response stands.}
findings:
  - {rule: DQ.VISIT_WINDOW, dataset: SV, explanation: As collected.}
  - {rule: CORE-000191, explanation: Two rules contradict each other.}
""",
    )
    study = load_study(folder.folder)
    assert study.explanations.introduction == ("Read this first.",)
    assert study.explanations.datasets == {"AE": ("One thing.", "Another.")}
    assert [one.rule for one in study.explanations.findings] == ["DQ.VISIT_WINDOW", "CORE-000191"]
    assert FILE in study.files


def test_a_study_without_the_file_explains_nothing(folder: StudyFolder) -> None:
    assert load_study(folder.folder).explanations.findings == ()


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("datasets: {AEE: Something.}\n", "there is no dataset 'AEE'. Did you mean 'AE'?"),
        (
            "findings: [{rule: DQ.VISIT_WINDOWS, explanation: As collected.}]\n",
            "there is no rule 'DQ.VISIT_WINDOWS'. Did you mean 'DQ.VISIT_WINDOW'?",
        ),
        ("findings: [{rule: CORE-191, explanation: So.}]\n", "there is no rule 'CORE-191'."),
        (
            "findings: [{rule: DQ.VISIT_WINDOW, dataset: SW, explanation: So.}]\n",
            "there is no dataset 'SW'.",
        ),
        (
            "findings: [{rule: DQ.VISIT_WINDOW, dataset: SV, variable: SVSTDT, explanation: So.}]\n",
            "SV has no variable 'SVSTDT'. Did you mean 'SVSTDTC'?",
        ),
        (
            "findings: [{rule: DQ.VISIT_WINDOW, variable: SVSTDTC, explanation: So.}]\n",
            "names variable 'SVSTDTC' without a dataset.",
        ),
        (
            "findings: [{rule: DQ.DUPLICATE, explanation: So.}, {rule: DQ.DUPLICATE, explanation: Or so.}]\n",
            "DQ.DUPLICATE is explained twice for the same place.",
        ),
        ("findings: [{rule: DQ.DUPLICATE, explanation: ' '}]\n", "is empty; write a sentence"),
        ("decisions: {first_dy: 'From day {value} on.'}\n", "setting 'first_dy' is not in study.yaml."),
        (
            "decisions: {lugano: 'By {value} per cent.'}\n",
            "'{value}' stands for nothing that setting 'lugano' says. Write {partial}.",
        ),
        ("decisions: {lugano: {none: Not at all.}}\n", "has no sentence for several values"),
        ("decisions: {same_day: {best: The best stands.}}\n", "has no sentence for 'worst'"),
        (
            "decisions: {first_day: 'From day {day} on.'}\n",
            "'{day}' stands for nothing that setting 'first_day' says. Write {value}.",
        ),
        ("explained: []\n", "key 'explained' is not known here."),
    ],
)
def test_what_is_wrong_is_told_with_its_place(folder: StudyFolder, content: str, expected: str) -> None:
    found = folder.write(FILE, content).problems()
    assert any(expected in problem for problem in found), found
    assert all(problem.startswith("tiny01/explanations.yaml") for problem in found)


def test_a_decision_has_the_value_in_force() -> None:
    assert decision_text("Up to day {value}.", "745") == "Up to day 745."
    assert decision_text("Up to {value}.", ["NACTDT", "SCTDT", "DTHDT"]) == "Up to NACTDT, SCTDT and DTHDT."
    assert decision_text({"worst": "The worst stands."}, "best") is None
    either = {"none": "No confirmation.", "otherwise": "Confirmed after {min_days} days."}
    assert decision_text(either, "none") == "No confirmation."
    assert decision_text(either, {"min_days": "28", "max_stable": "0"}) == "Confirmed after 28 days."
