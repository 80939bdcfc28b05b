"""What the responses of an ADaM dataset may get wrong: dates, visits, terms, parameters, the lesions behind them."""

from __future__ import annotations

from collections.abc import Iterator

from clinical.errors import Problem, did_you_mean
from specs.lint_adam_references import (
    LintedAdam,
    lint_adam_condition,
    lint_adam_source,
    lint_date,
    lint_name,
    lint_numbers,
)
from specs.lint_tumor_results import lint_lesions
from specs.model.responses import (
    AnyResponse,
    BestResponse,
    DateExists,
    EqualsResponse,
    LastResponse,
    LesionResponse,
    RecordExists,
    ResponseAtVisit,
    ResponseRules,
    TimepointResponse,
    Timepoints,
    Window,
)

#: Parameters that are derived from another one.
_Answering = BestResponse | AnyResponse | LastResponse | ResponseAtVisit | EqualsResponse


def lint_responses(dataset: LintedAdam, rules: ResponseRules) -> Iterator[Problem]:
    """Yield everything wrong with the rules of a dataset of responses."""
    where = dataset.at("responses")
    subjects = dataset.names_of("ADSL")
    for name in (rules.start, *rules.stops, *([rules.death] if rules.death else [])):
        yield from lint_date(dataset, name, where)
    yield from lint_adam_condition(dataset, "ADSL", rules.population, where)
    visits = [window.visit for window in rules.windows if isinstance(window, Window)]
    for name, parameter in rules.parameters.items():
        place = dataset.at("responses", "parameters", name)
        if isinstance(parameter, Timepoints):
            response = parameter.response
            yield from lint_adam_source(dataset, response, place)
            point = parameter.timepoint if isinstance(parameter, TimepointResponse) else None
            kept = (*parameter.keep, response.result, *([point] if point else []))
            for variable in kept:
                yield from lint_name(dataset.names_of(response.dataset), response.dataset, variable, place)
            if isinstance(parameter, LesionResponse):
                yield from lint_lesions(dataset, parameter, place)
        elif isinstance(parameter, ResponseAtVisit) and parameter.visit not in visits:
            what = f"visit '{parameter.visit}' has no window.{did_you_mean(parameter.visit, visits)}"
            yield Problem(place, what)
        elif isinstance(parameter, RecordExists):
            yield from lint_adam_source(dataset, parameter.of, place)
            yield from lint_name(dataset.names_of(parameter.of.dataset), parameter.of.dataset, parameter.result, place)
        elif isinstance(parameter, DateExists):
            yield from lint_date(dataset, parameter.date, place)
            if parameter.imputed:
                yield from lint_name(subjects, "ADSL", parameter.imputed, place)
        else:
            yield from _lint_terms(rules, parameter, place)
    yield from lint_numbers(dataset, "responses", {name: one.number for name, one in rules.parameters.items()})


def _lint_terms(rules: ResponseRules, parameter: _Answering, place: str) -> Iterator[Problem]:
    """Yield responses that the parameter's response at timepoints does not have, so that they could never be met."""
    if isinstance(parameter, BestResponse | LastResponse):
        return
    parts = parameter.alternatives if isinstance(parameter, AnyResponse) else ()
    of, known = rules.parameters[parameter.of], []
    if isinstance(of, BestResponse):
        known = [of.none]
        of = rules.parameters[of.of]
    assert isinstance(of, Timepoints)
    known += [group[0] for group in of.response.groups if group]
    for term in [term for one in (parameter, *parts) for term in one.responses]:
        if term not in known:
            yield Problem(place, f"'{term}' is no response of the assessments.{did_you_mean(term, known)}")
