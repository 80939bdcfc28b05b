"""What the specification of an ADaM dataset may get wrong beyond its shape: references, methods, cycles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import CycleError

from clinical.errors import Problem, did_you_mean, listed
from specs.lint import lint_variable_facts, without_map
from specs.lint_adam_references import LintedAdam, lint_adam_condition, lint_adam_source, lint_name
from specs.lint_bds import lint_bds_verb
from specs.lint_responses import lint_responses
from specs.lint_time_to_event import lint_times
from specs.lint_tumor_results import lint_tumor_results
from specs.lint_types import lint_verb_types
from specs.model.adam import AdamRules
from specs.model.adam_maps import DateFlag, adam_references, walk_adam
from specs.model.adam_records import LesionBurden, RecordValue
from specs.model.adam_row_maps import AnalysisRecords, RowVerb
from specs.model.adam_verb import Verb
from specs.model.dataset import DatasetSpec, VariableSpec
from specs.model.responses import LesionResponse, ResponseRules, Timepoints
from specs.model.study import Study
from specs.resolve_adam import LESION_ROW, MADE_BY_RESPONSES, MADE_BY_SUMS, MADE_BY_TIME, variable_order
from specs.supplemental import supplemental_name
from specs.yaml_text import YamlText


def lint_adam(study: Study, places: Mapping[str, YamlText]) -> list[Problem]:
    """Return everything wrong with the ADaM datasets of a study; `places` are their files by dataset."""
    problems: list[Problem] = []
    for name, spec in study.adam.items():
        dataset = LintedAdam(study, spec, places[name])
        problems += _lint_keys(dataset)
        for variable in spec.variables:
            problems += _lint_variable(dataset, variable)
        unmapped = {one.name: dataset.at("variables", one.name) for one in spec.variables if _is_unmapped(spec, one)}
        what = "has no map, and the rules of the dataset do not make it. Say where it comes from."
        problems += without_map(unmapped, what)
        problems += _lint_order(dataset)
        rules = spec.rules
        assert isinstance(rules, AdamRules)
        if rules.responses:
            problems += lint_responses(dataset, rules.responses)
        if rules.time_to_event:
            problems += lint_times(dataset, rules.time_to_event)
        if rules.tumor_results:
            problems += lint_tumor_results(dataset, rules.tumor_results)
        if rules.records:
            problems += _lint_records(dataset, rules.records)
        problems += _lint_inputs(dataset)
    return problems


def _lint_keys(dataset: LintedAdam) -> Iterator[Problem]:
    unknown = [key for key in dataset.spec.keys if key not in dataset.spec.names]
    if unknown:
        what = f"keys that are no variables of {dataset.spec.name}: {listed(unknown)}. Set 'keys'."
        yield Problem(dataset.at("keys"), what)


def _lint_order(dataset: LintedAdam) -> Iterator[Problem]:
    try:
        variable_order(dataset.spec)
    except CycleError as error:
        yield Problem(dataset.at("variables"), f"variables that need each other: {' -> '.join(error.args[1])}.")


def _lint_inputs(dataset: LintedAdam) -> Iterator[Problem]:
    known = {*dataset.study.sdtm, *dataset.study.adam, *dataset.study.unread}
    for name in dataset.spec.rules.required:
        if dataset.study.sdtm and name not in known:
            what = f"needs {name}, which the study does not have.{did_you_mean(name, known)}"
            yield Problem(dataset.at("required", name), what)


def _lint_variable(dataset: LintedAdam, variable: VariableSpec) -> Iterator[Problem]:
    where = dataset.at("variables", variable.name)
    yield from lint_variable_facts(dataset.study, variable, where, dataset.study.codelists)
    if variable.map is None:
        return
    for text in adam_references(variable.map):
        yield from _lint_reference(dataset, text, where)
    yield from _lint_verbs(dataset, variable, where)
    for one in walk_adam(variable.map):
        yield from _lint_sources(dataset, one, where)
        if isinstance(one, DateFlag) and one.date in dataset.spec.names and not one.date.endswith("DT"):
            yield Problem(where, f"date_flag: '{one.date}' is no date. Name a variable that ends in DT.")


def _is_unmapped(spec: DatasetSpec, variable: VariableSpec) -> bool:
    return variable.map is None and variable.name not in _made(spec.rules)


def _lint_sources(dataset: LintedAdam, verb: Verb, where: str) -> Iterator[Problem]:
    """Yield what is wrong with the records that a verb reads: unknown variables and supplemental qualifiers."""
    for source in verb.sources():
        yield from lint_adam_source(dataset, source, where)
        for name in verb.columns():
            yield from lint_name(dataset.names_of(source.dataset), source.dataset, name, where)
    if isinstance(verb, LesionBurden):
        for owner, needed in verb.lesions.reads():
            for name in (*needed, *([f"{owner[:2]}EVAL"] if verb.evaluator else [])):
                yield from lint_name(dataset.names_of(owner), owner, name, where)
    if isinstance(verb, RecordValue) and verb.qualifier:
        owner, parent = verb.more()[0], verb.of.dataset
        if owner != supplemental_name(parent):
            what = f"'{verb.value}' is no qualifier of {parent}. Write {supplemental_name(parent)}.{verb.qualifier}."
            yield Problem(where, what)
        else:
            yield from lint_name(dataset.names_of(owner), owner, verb.qualifier, where)


def _lint_verbs(dataset: LintedAdam, variable: VariableSpec, where: str) -> Iterator[Problem]:
    """Yield verbs that need rows of another kind: one a record, or one a subject."""
    by_record = dataset.spec.rules.records is not None
    for one in walk_adam(variable.map):
        if isinstance(one, RowVerb) and not by_record:
            yield Problem(where, f"{one.algorithm}: only a dataset with 'records' has rows for it.")
        elif one.sources() and by_record:
            what = f"{one.algorithm}: reads the records of a subject. Derive it in ADSL and copy it from there."
            yield Problem(where, what)
        yield from lint_bds_verb(one, dataset.spec.rules.records, where)
        yield from lint_verb_types(dataset.study, dataset.spec, one, where)


def _made(rules: AdamRules) -> frozenset[str]:
    """Return the variables that a dataset's rules make."""
    if rules.responses:
        kept = [name for one in _timepoints(rules.responses) for name in one.keep]
        made = LESION_ROW if any(isinstance(one, LesionResponse) for one in _timepoints(rules.responses)) else ()
        return MADE_BY_RESPONSES | frozenset((*rules.responses.flags, *kept, *made))
    if rules.tumor_results:
        kept = [name for one in rules.tumor_results.parameters.values() for name in one.keep]
        return MADE_BY_SUMS | frozenset((*rules.tumor_results.flags, *kept))
    return MADE_BY_TIME if rules.time_to_event else frozenset()


def _timepoints(rules: ResponseRules) -> list[Timepoints]:
    return [one for one in rules.parameters.values() if isinstance(one, Timepoints)]


def _lint_reference(dataset: LintedAdam, text: str, where: str) -> Iterator[Problem]:
    owner, dot, name = text.partition(".")
    if not dot:
        yield from lint_name(dataset.spec.names, dataset.spec.name, text, where)
        return
    owners = dataset.owners()
    if owner not in owners:
        yield Problem(
            where, f"'{text}': a value can be taken here from {listed(owners)} only. Name one of its variables."
        )
        return
    yield from lint_name(dataset.names_of(owner), owner, name, where)


def _lint_records(dataset: LintedAdam, records: AnalysisRecords) -> Iterator[Problem]:
    where = dataset.at("records")
    known = dataset.study.sdtm
    if known and records.dataset not in known and records.dataset not in dataset.study.unread:
        what = f"the study has no SDTM dataset '{records.dataset}'.{did_you_mean(records.dataset, known)}"
        yield Problem(where, what)
    yield from lint_adam_condition(dataset, records.dataset, records.where, where)
    yield from lint_adam_condition(dataset, "ADSL", records.population, where)
