"""What raw.yaml may get wrong about the events at which its forms are expected."""

from __future__ import annotations

import re

from clinical.errors import Problem, did_you_mean
from specs.events import events_of
from specs.model.study import Study
from specs.yaml_text import YamlText


def lint_forms(study: Study, place: YamlText) -> list[Problem]:
    """Return the events that study.yaml does not know."""
    known = events_of(study)
    unscheduled = study.design.visits.unscheduled
    pattern = unscheduled.pattern if unscheduled else None
    named: list[tuple[tuple[str, ...], str]] = [(("event_names", event), event) for event in study.raw.event_names]
    named += [(("forms", name, "events"), event) for name, form in study.raw.forms.items() for event in form.events]
    return [
        Problem(
            place.place(path),
            f"'{event}' is no event of 'visits' in study.yaml.{did_you_mean(event, known)} "
            "Name it there, under a visit, 'unscheduled' or 'others'.",
        )
        for path, event in named
        if event not in known and not (pattern and _fits(pattern, event))
    ]


def _fits(pattern: str, event: str) -> bool:
    try:
        return re.fullmatch(pattern, event) is not None
    except re.error:
        return False
