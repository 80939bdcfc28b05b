"""What times to an event may get wrong: dates, censoring that can never apply, parameters with one name."""

from __future__ import annotations

from collections.abc import Iterator

from clinical.errors import Problem
from specs.lint_adam_references import LintedAdam, lint_adam_condition, lint_date, lint_name, lint_numbers
from specs.model.time_to_event import Gap, Interruption, SubjectState, TimeRules, When


def lint_times(dataset: LintedAdam, rules: TimeRules) -> Iterator[Problem]:
    """Yield everything wrong with the rules of a dataset of times to an event."""
    yield from lint_adam_condition(dataset, "ADSL", rules.population, dataset.at("time_to_event"))
    for name, event in rules.events.items():
        yield from _lint_when(dataset, rules, event, dataset.at("time_to_event", "events", name))
    for name, censor in rules.censors.items():
        where = dataset.at("time_to_event", "censors", name)
        if isinstance(censor, Interruption):
            yield from lint_date(dataset, censor.date, where)
        elif isinstance(censor, Gap):
            yield from lint_date(dataset, censor.day_one, where)
        elif isinstance(censor, SubjectState):
            yield from lint_adam_condition(dataset, "ADSL", censor.where, where)
    for name, parameter in rules.parameters.items():
        where = dataset.at("time_to_event", "parameters", name)
        for when in (parameter.start, *rules.last_dates(parameter)):
            yield from _lint_when(dataset, rules, when, where)
        yield from _lint_censors(dataset, rules, name)
    yield from _lint_texts(dataset, rules)
    yield from lint_numbers(dataset, "time_to_event", {name: one.number for name, one in rules.parameters.items()})


def _lint_censors(dataset: LintedAdam, rules: TimeRules, name: str) -> Iterator[Problem]:
    """Yield reasons that can never apply, since one that always holds stands before them."""
    censors = rules.parameters[name].censors
    always = [one for one in censors[:-1] if rules.censors[one].reason == "otherwise"]
    for one in always:
        later = ", ".join(f"'{censor}'" for censor in censors[censors.index(one) + 1 :])
        what = f"'{one}' (reason otherwise) always holds, so {later} after it never can. Put it last."
        yield Problem(dataset.at("time_to_event", "parameters", name, "censors"), what)


def _lint_texts(dataset: LintedAdam, rules: TimeRules) -> Iterator[Problem]:
    """Yield parameters that have the name or the method of another one, as one that is `like` it may inherit."""
    for key in ("param", "method"):
        seen: dict[str, str] = {}
        for name, parameter in rules.parameters.items():
            text = getattr(parameter, key)
            first = seen.setdefault(text, name) if text else name
            if first != name:
                what = f"has the {key} of {first} ('{text}'), from which it differs. Give it a {key} of its own."
                yield Problem(dataset.at("time_to_event", "parameters", name), what)


def _lint_when(dataset: LintedAdam, rules: TimeRules, when: When, where: str) -> Iterator[Problem]:
    if when.date:
        yield from lint_date(dataset, when.date, where)
    if when.imputed:
        yield from lint_name(dataset.names_of("ADSL"), "ADSL", when.imputed, where)
    if when.assessment:
        yield from lint_adam_condition(dataset, rules.assessments, when.assessment, where)
