"""What tumour measurements may get wrong: the variables of lesions that a rule reads, dates, parameters."""

from __future__ import annotations

from collections.abc import Iterator

from clinical.errors import Problem
from specs.lint_adam_references import LintedAdam, lint_adam_condition, lint_adam_source, lint_name, lint_numbers
from specs.lint_types import lint_subject_date
from specs.model.lesion_facts import LesionReading
from specs.model.tumor_results import TumorResults


def lint_lesions(dataset: LintedAdam, parameter: LesionReading, place: str) -> Iterator[Problem]:
    """Yield variables of lesions that are read, but not there."""
    one, other = parameter.lesions.identified.dataset, parameter.lesions.measured.dataset
    more = [(one, [f"{one[:2]}LOC"]), (other, [f"{other[:2]}STRESU", f"{other[:2]}SEQ"])]
    more += [(name, [f"{name[:2]}EVAL"]) for name in (one, other) if parameter.evaluator]
    more += [(name, [f"{name[:2]}EVALID"]) for name in (one, other) if parameter.reader]
    for owner, needed in (*parameter.lesions.reads(), *more):
        for variable in needed:
            yield from lint_name(dataset.names_of(owner), owner, variable, place)


def lint_tumor_results(dataset: LintedAdam, rules: TumorResults) -> Iterator[Problem]:
    """Yield everything wrong with the rules of a dataset of tumour measurements."""
    where = dataset.at("tumor_results")
    for name in (rules.start, *rules.stops, *([rules.death] if rules.death else [])):
        yield from lint_name(dataset.names_of("ADSL"), "ADSL", name, where)
        yield from lint_subject_date(dataset.study, dataset.spec, name, where)
    yield from lint_adam_condition(dataset, "ADSL", rules.population, where)
    if rules.progression:
        yield from lint_adam_source(dataset, rules.progression, dataset.at("tumor_results", "progression"))
    for name, parameter in rules.parameters.items():
        place = dataset.at("tumor_results", "parameters", name)
        yield from lint_lesions(dataset, parameter, place)
        measured = parameter.lesions.measured.dataset
        for variable in parameter.keep:
            yield from lint_name(dataset.names_of(measured), measured, variable, place)
    yield from lint_numbers(dataset, "tumor_results", {name: one.number for name, one in rules.parameters.items()})
