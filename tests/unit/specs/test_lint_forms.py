"""What the linter says of the events of forms in raw.yaml."""

from __future__ import annotations

from specs.load import load_study


def test_events_that_the_study_knows_are_taken(study_folder) -> None:
    study_folder.replace("raw.yaml", "    label: Vital signs", "    label: Vital signs\n    events: [SCR, W4, UNS]")
    assert load_study(study_folder.folder).raw.forms["vs"].events == ("SCR", "W4", "UNS")


def test_an_unknown_event_of_a_form(study_folder) -> None:
    study_folder.replace("raw.yaml", "    label: Vital signs", "    label: Vital signs\n    events: [SCR, W44]")
    line = study_folder.line_of("raw.yaml", "W44")
    assert study_folder.problems() == [
        f"tiny01/raw.yaml:{line}: forms.vs.events: 'W44' is no event of 'visits' in study.yaml. Did you mean 'W4'? "
        "Name it there, under a visit, 'unscheduled' or 'others'."
    ]


def test_an_unknown_event_with_a_name(study_folder) -> None:
    study_folder.replace("raw.yaml", "subjects: dm", "event_names: {UNX: Unscheduled}\nsubjects: dm")
    problems = study_folder.problems()
    assert len(problems) == 1
    assert "raw.yaml:1: event_names.UNX: 'UNX' is no event" in problems[0]
    assert "Did you mean 'UNS'?" in problems[0]


def test_an_event_may_fit_the_pattern_of_unscheduled_visits(study_folder) -> None:
    study_folder.replace(
        "study.yaml",
        "{numbering: after_last, events: UNS,",
        "{numbering: from_name, pattern: 'U(\\d+)', events: UNS,",
    )
    study_folder.replace("raw.yaml", "    label: Vital signs", "    label: Vital signs\n    events: [SCR, U12]")
    assert load_study(study_folder.folder).raw.forms["vs"].events == ("SCR", "U12")
