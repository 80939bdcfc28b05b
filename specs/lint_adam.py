"""What the specification of an ADaM dataset may get wrong beyond its shape: references, methods, cycles."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError

from clinical.conditions import Condition, columns_of
from clinical.errors import Problem, did_you_mean, listed
from specs.lint import lint_variable_facts, without_map
from specs.lint_bds import lint_bds_verb
from specs.lint_types import lint_subject_date, lint_verb_types
from specs.model.adam import AdamRules
from specs.model.adam_maps import DateFlag, adam_references, walk_adam
from specs.model.adam_records import LesionBurden, RecordValue
from specs.model.adam_row_maps import AnalysisRecords, RowVerb
from specs.model.adam_verb import Verb
from specs.model.dataset import DatasetSpec, VariableSpec
from specs.model.lesion_facts import LesionReading
from specs.model.maps import Source
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
from specs.model.study import Study
from specs.model.time_to_event import Gap, Interruption, SubjectState, TimeRules, When
from specs.model.tumor_results import TumorResults
from specs.resolve_adam import LESION_ROW, MADE_BY_RESPONSES, MADE_BY_SUMS, MADE_BY_TIME, SUBJECTS, variable_order
from specs.supplemental import supplemental_name
from specs.yaml_text import YamlText

#: Parameters that are derived from another one.
_Answering = BestResponse | AnyResponse | LastResponse | ResponseAtVisit | EqualsResponse


@dataclass(frozen=True)
class _Dataset:
    """A dataset with what is needed to name a place in its file."""

    study: Study
    spec: DatasetSpec
    place: YamlText

    def at(self, *path: str | int) -> str:
        return self.place.place(path)

    def names_of(self, dataset: str) -> Collection[str] | None:
        """Return the variables of a dataset that the study builds; None for any other, which may have any variable.

        Of a dataset that cannot be read nothing is known either.
        Of SUPP-- these are the names of the qualifiers.
        """
        if {dataset, dataset.removeprefix("SUPP")} & self.study.unread:
            return None
        parent = self.study.sdtm.get(dataset.removeprefix("SUPP"))
        if parent is not None and dataset == supplemental_name(parent.name):
            return [one.name for one in parent.supplemental]
        spec = self.study.adam.get(dataset) or self.study.sdtm.get(dataset)
        return spec.names if spec else None

    def owners(self) -> tuple[str, ...]:
        """Return the datasets that a reference of a map may name."""
        subjects = SUBJECTS[str(self.spec.builder)]
        records = self.spec.rules.records
        return (subjects, records.dataset, supplemental_name(records.dataset)) if records else (subjects,)


def lint_adam(study: Study, places: Mapping[str, YamlText]) -> list[Problem]:
    """Return everything wrong with the ADaM datasets of a study; `places` are their files by dataset."""
    problems: list[Problem] = []
    for name, spec in study.adam.items():
        dataset = _Dataset(study, spec, places[name])
        problems += _lint_keys(dataset)
        for variable in spec.variables:
            problems += _lint_variable(dataset, variable)
        unmapped = {one.name: dataset.at("variables", one.name) for one in spec.variables if _is_unmapped(spec, one)}
        problems += without_map(unmapped, "The rules of the dataset do not make it either: say where it comes from.")
        problems += _lint_order(dataset)
        rules = spec.rules
        assert isinstance(rules, AdamRules)
        if rules.responses:
            problems += _lint_responses(dataset, rules.responses)
        if rules.time_to_event:
            problems += _lint_times(dataset, rules.time_to_event)
        if rules.tumor_results:
            problems += _lint_sums(dataset, rules.tumor_results)
        if rules.records:
            problems += _lint_records(dataset, rules.records)
        problems += _lint_inputs(dataset)
    return problems


def _lint_keys(dataset: _Dataset) -> Iterator[Problem]:
    unknown = [key for key in dataset.spec.keys if key not in dataset.spec.names]
    if unknown:
        what = f"keys that are no variables of {dataset.spec.name}: {listed(unknown)}. Set 'keys'."
        yield Problem(dataset.at("keys"), what)


def _lint_order(dataset: _Dataset) -> Iterator[Problem]:
    try:
        variable_order(dataset.spec)
    except CycleError as error:
        yield Problem(dataset.at("variables"), f"variables that need each other: {' -> '.join(error.args[1])}.")


def _lint_inputs(dataset: _Dataset) -> Iterator[Problem]:
    known = {*dataset.study.sdtm, *dataset.study.adam, *dataset.study.unread}
    for name in dataset.spec.rules.required:
        if dataset.study.sdtm and name not in known:
            what = f"needs {name}, which the study does not have.{did_you_mean(name, known)}"
            yield Problem(dataset.at("required", name), what)


def _lint_variable(dataset: _Dataset, variable: VariableSpec) -> Iterator[Problem]:
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


def _lint_sources(dataset: _Dataset, verb: Verb, where: str) -> Iterator[Problem]:
    """Yield what is wrong with the records that a verb reads: unknown variables and supplemental qualifiers."""
    for source in verb.sources():
        yield from _lint_source(dataset, source, where)
        for name in verb.columns():
            yield from _lint_name(dataset.names_of(source.dataset), source.dataset, name, where)
    if isinstance(verb, LesionBurden):
        for owner, needed in verb.lesions.reads():
            for name in (*needed, *([f"{owner[:2]}EVAL"] if verb.evaluator else [])):
                yield from _lint_name(dataset.names_of(owner), owner, name, where)
    if isinstance(verb, RecordValue) and verb.qualifier:
        owner, parent = verb.more()[0], verb.of.dataset
        if owner != supplemental_name(parent):
            what = f"'{verb.value}' is no qualifier of {parent}. Write {supplemental_name(parent)}.{verb.qualifier}."
            yield Problem(where, what)
        else:
            yield from _lint_name(dataset.names_of(owner), owner, verb.qualifier, where)


def _lint_verbs(dataset: _Dataset, variable: VariableSpec, where: str) -> Iterator[Problem]:
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


def _lint_reference(dataset: _Dataset, text: str, where: str) -> Iterator[Problem]:
    owner, dot, name = text.partition(".")
    if not dot:
        yield from _lint_name(dataset.spec.names, dataset.spec.name, text, where)
        return
    owners = dataset.owners()
    if owner not in owners:
        yield Problem(
            where, f"'{text}': a value can be taken here from {listed(owners)} only. Name one of its variables."
        )
        return
    yield from _lint_name(dataset.names_of(owner), owner, name, where)


def _lint_source(dataset: _Dataset, source: Source, where: str) -> Iterator[Problem]:
    for name in (source.variable, *columns_of(source.where)):
        yield from _lint_name(dataset.names_of(source.dataset), source.dataset, name, where)


def _lint_name(known: Collection[str] | None, dataset: str, name: str, where: str) -> Iterator[Problem]:
    if known is not None and name not in known:
        yield Problem(where, f"{dataset} has no variable '{name}'.{did_you_mean(name, known)}")


def _lint_date(dataset: _Dataset, name: str, where: str) -> Iterator[Problem]:
    """Yield a date that ADSL does not have; of an ADSL that is given, one that it is not required to have."""
    known = dataset.names_of("ADSL")
    yield from _lint_name(known, "ADSL", name, where)
    yield from lint_subject_date(dataset.study, dataset.spec, name, where)
    given = known is None and "ADSL" not in dataset.study.unread
    if given and name not in dataset.spec.rules.required.get("ADSL", ()):
        yield Problem(where, f"rests on ADSL.{name}, and ADSL is given. Name {name} under 'required'.")


def _lint_condition(dataset: _Dataset, owner: str, condition: Condition, where: str) -> Iterator[Problem]:
    for name in columns_of(condition):
        yield from _lint_name(dataset.names_of(owner), owner, name, where)


def _lint_responses(dataset: _Dataset, rules: ResponseRules) -> Iterator[Problem]:
    where = dataset.at("responses")
    subjects = dataset.names_of("ADSL")
    for name in (rules.start, *rules.stops, *([rules.death] if rules.death else [])):
        yield from _lint_date(dataset, name, where)
    yield from _lint_condition(dataset, "ADSL", rules.population, where)
    visits = [window.visit for window in rules.windows if isinstance(window, Window)]
    for name, parameter in rules.parameters.items():
        place = dataset.at("responses", "parameters", name)
        if isinstance(parameter, Timepoints):
            response = parameter.response
            yield from _lint_source(dataset, response, place)
            point = parameter.timepoint if isinstance(parameter, TimepointResponse) else None
            kept = (*parameter.keep, response.result, *([point] if point else []))
            for variable in kept:
                yield from _lint_name(dataset.names_of(response.dataset), response.dataset, variable, place)
            if isinstance(parameter, LesionResponse):
                yield from _lint_lesions(dataset, parameter, place)
        elif isinstance(parameter, ResponseAtVisit) and parameter.visit not in visits:
            what = f"visit '{parameter.visit}' has no window.{did_you_mean(parameter.visit, visits)}"
            yield Problem(place, what)
        elif isinstance(parameter, RecordExists):
            yield from _lint_source(dataset, parameter.of, place)
            yield from _lint_name(dataset.names_of(parameter.of.dataset), parameter.of.dataset, parameter.result, place)
        elif isinstance(parameter, DateExists):
            yield from _lint_date(dataset, parameter.date, place)
            if parameter.imputed:
                yield from _lint_name(subjects, "ADSL", parameter.imputed, place)
        else:
            yield from _lint_terms(rules, parameter, place)
    yield from _lint_numbers(dataset, "responses", {name: one.number for name, one in rules.parameters.items()})


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


def _lint_lesions(dataset: _Dataset, parameter: LesionReading, place: str) -> Iterator[Problem]:
    """Yield variables of lesions that are read, but not there."""
    one, other = parameter.lesions.identified.dataset, parameter.lesions.measured.dataset
    more = [(one, [f"{one[:2]}LOC"]), (other, [f"{other[:2]}STRESU", f"{other[:2]}SEQ"])]
    more += [(name, [f"{name[:2]}EVAL"]) for name in (one, other) if parameter.evaluator]
    more += [(name, [f"{name[:2]}EVALID"]) for name in (one, other) if parameter.reader]
    for owner, needed in (*parameter.lesions.reads(), *more):
        for variable in needed:
            yield from _lint_name(dataset.names_of(owner), owner, variable, place)


def _lint_sums(dataset: _Dataset, rules: TumorResults) -> Iterator[Problem]:
    where = dataset.at("tumor_results")
    for name in (rules.start, *rules.stops, *([rules.death] if rules.death else [])):
        yield from _lint_name(dataset.names_of("ADSL"), "ADSL", name, where)
        yield from lint_subject_date(dataset.study, dataset.spec, name, where)
    yield from _lint_condition(dataset, "ADSL", rules.population, where)
    if rules.progression:
        yield from _lint_source(dataset, rules.progression, dataset.at("tumor_results", "progression"))
    for name, parameter in rules.parameters.items():
        place = dataset.at("tumor_results", "parameters", name)
        yield from _lint_lesions(dataset, parameter, place)
        measured = parameter.lesions.measured.dataset
        for variable in parameter.keep:
            yield from _lint_name(dataset.names_of(measured), measured, variable, place)
    yield from _lint_numbers(dataset, "tumor_results", {name: one.number for name, one in rules.parameters.items()})


def _lint_records(dataset: _Dataset, records: AnalysisRecords) -> Iterator[Problem]:
    where = dataset.at("records")
    known = dataset.study.sdtm
    if known and records.dataset not in known and records.dataset not in dataset.study.unread:
        what = f"the study has no SDTM dataset '{records.dataset}'.{did_you_mean(records.dataset, known)}"
        yield Problem(where, what)
    yield from _lint_condition(dataset, records.dataset, records.where, where)
    yield from _lint_condition(dataset, "ADSL", records.population, where)


def _lint_numbers(dataset: _Dataset, section: str, numbers: Mapping[str, int]) -> Iterator[Problem]:
    """Yield parameters that have a PARAMN twice: PARAMN and PARAMCD go one to one."""
    seen: dict[int, str] = {}
    for name, number in numbers.items():
        first = seen.setdefault(number, name)
        if first != name:
            place = dataset.at(section, "parameters", name)
            yield Problem(place, f"number {number} is that of {first} already. Give each parameter its own.")


def _lint_times(dataset: _Dataset, rules: TimeRules) -> Iterator[Problem]:
    yield from _lint_condition(dataset, "ADSL", rules.population, dataset.at("time_to_event"))
    for name, event in rules.events.items():
        yield from _lint_when(dataset, rules, event, dataset.at("time_to_event", "events", name))
    for name, censor in rules.censors.items():
        where = dataset.at("time_to_event", "censors", name)
        if isinstance(censor, Interruption):
            yield from _lint_date(dataset, censor.date, where)
        elif isinstance(censor, Gap):
            yield from _lint_date(dataset, censor.day_one, where)
        elif isinstance(censor, SubjectState):
            yield from _lint_condition(dataset, "ADSL", censor.where, where)
    for name, parameter in rules.parameters.items():
        where = dataset.at("time_to_event", "parameters", name)
        for when in (parameter.start, *rules.last_dates(parameter)):
            yield from _lint_when(dataset, rules, when, where)
        yield from _lint_censors(dataset, rules, name)
    yield from _lint_texts(dataset, rules)
    yield from _lint_numbers(dataset, "time_to_event", {name: one.number for name, one in rules.parameters.items()})


def _lint_censors(dataset: _Dataset, rules: TimeRules, name: str) -> Iterator[Problem]:
    """Yield reasons that can never apply, since one that always holds stands before them."""
    censors = rules.parameters[name].censors
    always = [one for one in censors[:-1] if rules.censors[one].reason == "otherwise"]
    for one in always:
        later = ", ".join(f"'{censor}'" for censor in censors[censors.index(one) + 1 :])
        what = f"'{one}' (reason otherwise) always holds, so {later} after it never can. Put it last."
        yield Problem(dataset.at("time_to_event", "parameters", name, "censors"), what)


def _lint_texts(dataset: _Dataset, rules: TimeRules) -> Iterator[Problem]:
    """Yield parameters that have the name or the method of another one, as one that is `like` it may inherit."""
    for key in ("param", "method"):
        seen: dict[str, str] = {}
        for name, parameter in rules.parameters.items():
            text = getattr(parameter, key)
            first = seen.setdefault(text, name) if text else name
            if first != name:
                what = f"has the {key} of {first} ('{text}'), from which it differs. Give it a {key} of its own."
                yield Problem(dataset.at("time_to_event", "parameters", name), what)


def _lint_when(dataset: _Dataset, rules: TimeRules, when: When, where: str) -> Iterator[Problem]:
    if when.date:
        yield from _lint_date(dataset, when.date, where)
    if when.imputed:
        yield from _lint_name(dataset.names_of("ADSL"), "ADSL", when.imputed, where)
    if when.assessment:
        yield from _lint_condition(dataset, rules.assessments, when.assessment, where)
