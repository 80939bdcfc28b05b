"""What the specification of an ADaM dataset may get wrong beyond its shape: references, methods, cycles."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError

from clinical.conditions import Condition, columns_of
from clinical.errors import Problem, did_you_mean, listed
from specs.lint import lint_variable_facts
from specs.model.adam import AdamRules
from specs.model.adam_maps import DateFlag, adam_references, adam_sources, walk_adam
from specs.model.adam_row_maps import AnalysisRecords, RowVerb
from specs.model.dataset import DatasetSpec, VariableSpec
from specs.model.maps import Source
from specs.model.responses import LesionResponse, ResponseAtVisit, ResponseRules, TimepointResponse, Timepoints, Window
from specs.model.study import Study
from specs.model.time_to_event import Gap, Interruption, SubjectState, TimeRules, When
from specs.resolve_adam import LESION_ROW, MADE_BY_RESPONSES, MADE_BY_TIME, SUBJECTS, variable_order
from specs.supplemental import supplemental_name
from specs.yaml_text import YamlText


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

        Of SUPP-- these are the names of the qualifiers.
        """
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
        problems += _lint_order(dataset)
        rules = spec.rules
        assert isinstance(rules, AdamRules)
        if rules.responses:
            problems += _lint_responses(dataset, rules.responses)
        if rules.time_to_event:
            problems += _lint_times(dataset, rules.time_to_event)
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
    known = {*dataset.study.sdtm, *dataset.study.adam}
    for name in dataset.spec.rules.required:
        if known and name not in known:
            what = f"needs {name}, which the study does not have.{did_you_mean(name, known)}"
            yield Problem(dataset.at("required", name), what)


def _lint_variable(dataset: _Dataset, variable: VariableSpec) -> Iterator[Problem]:
    where = dataset.at("variables", variable.name)
    yield from lint_variable_facts(dataset.study, variable, where, dataset.study.codelists)
    if variable.map is None:
        if variable.name not in _made(dataset.spec.rules):
            yield Problem(where, "has no map, and the rules of the dataset do not make it. Say where it comes from.")
        return
    for text in adam_references(variable.map):
        yield from _lint_reference(dataset, text, where)
    for source in adam_sources(variable.map):
        yield from _lint_source(dataset, source, where)
    yield from _lint_verbs(dataset, variable, where)
    for one in walk_adam(variable.map):
        if isinstance(one, DateFlag) and one.date in dataset.spec.names and not one.date.endswith("DT"):
            yield Problem(where, f"date_flag: '{one.date}' is no date. Name a variable that ends in DT.")


def _lint_verbs(dataset: _Dataset, variable: VariableSpec, where: str) -> Iterator[Problem]:
    """Yield verbs that need rows of another kind: one a record, or one a subject."""
    by_record = dataset.spec.rules.records is not None
    for one in walk_adam(variable.map):
        if isinstance(one, RowVerb) and not by_record:
            yield Problem(where, f"{one.algorithm}: only a dataset with 'records' has rows for it.")
        elif one.sources() and by_record:
            what = f"{one.algorithm}: reads the records of a subject. Derive it in ADSL and copy it from there."
            yield Problem(where, what)


def _made(rules: AdamRules) -> frozenset[str]:
    """Return the variables that a dataset's rules make."""
    if rules.responses:
        kept = [name for one in _timepoints(rules.responses) for name in one.keep]
        made = LESION_ROW if any(isinstance(one, LesionResponse) for one in _timepoints(rules.responses)) else ()
        return MADE_BY_RESPONSES | frozenset((*rules.responses.flags, *kept, *made))
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


def _lint_condition(dataset: _Dataset, owner: str, condition: Condition, where: str) -> Iterator[Problem]:
    for name in columns_of(condition):
        yield from _lint_name(dataset.names_of(owner), owner, name, where)


def _lint_responses(dataset: _Dataset, rules: ResponseRules) -> Iterator[Problem]:
    where = dataset.at("responses")
    subjects = dataset.names_of("ADSL")
    for name in (rules.start, *rules.stops, *([rules.death] if rules.death else [])):
        yield from _lint_name(subjects, "ADSL", name, where)
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
                one, other = parameter.lesions.identified.dataset, parameter.lesions.measured.dataset
                more = [(one, [f"{one[:2]}LOC"]), (other, [f"{other[:2]}STRESU", f"{other[:2]}SEQ"])]
                more += [(name, [f"{name[:2]}EVAL"]) for name in (one, other) if parameter.evaluator]
                more += [(name, [f"{name[:2]}EVALID"]) for name in (one, other) if parameter.reader]
                for owner, needed in (*parameter.lesions.reads(), *more):
                    for variable in needed:
                        yield from _lint_name(dataset.names_of(owner), owner, variable, place)
        elif isinstance(parameter, ResponseAtVisit) and parameter.visit not in visits:
            what = f"visit '{parameter.visit}' has no window.{did_you_mean(parameter.visit, visits)}"
            yield Problem(place, what)
    yield from _lint_numbers(dataset, "responses", {name: one.number for name, one in rules.parameters.items()})


def _lint_records(dataset: _Dataset, records: AnalysisRecords) -> Iterator[Problem]:
    where = dataset.at("records")
    known = dataset.study.sdtm
    if known and records.dataset not in known:
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
    subjects = dataset.names_of("ADSL")
    yield from _lint_condition(dataset, "ADSL", rules.population, dataset.at("time_to_event"))
    for name, event in rules.events.items():
        yield from _lint_when(dataset, rules, event, dataset.at("time_to_event", "events", name))
    for name, censor in rules.censors.items():
        where = dataset.at("time_to_event", "censors", name)
        if isinstance(censor, Interruption):
            yield from _lint_name(subjects, "ADSL", censor.date, where)
        elif isinstance(censor, Gap):
            yield from _lint_name(subjects, "ADSL", censor.day_one, where)
        elif isinstance(censor, SubjectState):
            yield from _lint_condition(dataset, "ADSL", censor.where, where)
    for name, parameter in rules.parameters.items():
        where = dataset.at("time_to_event", "parameters", name)
        yield from _lint_when(dataset, rules, parameter.start, where)
        yield from _lint_when(dataset, rules, parameter.last, where)
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
    for name in (when.date, when.imputed):
        if name:
            yield from _lint_name(dataset.names_of("ADSL"), "ADSL", name, where)
    if when.assessment:
        yield from _lint_condition(dataset, rules.assessments, when.assessment, where)
