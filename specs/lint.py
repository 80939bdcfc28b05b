"""What a specification may get wrong beyond its shape: references, methods, codelists, cycles."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter

from clinical.dates import compile_format
from clinical.errors import Problem, did_you_mean, listed
from specs.model.codelists import ResolvedCodelist
from specs.model.dataset import DatasetSpec, RecordSource, VariableSpec
from specs.model.maps import (
    Convert,
    Decode,
    Hardcode,
    Iso8601,
    Map,
    Recode,
    Visit,
    own_variables_of,
    references_of,
    sources_of,
    walk,
)
from specs.model.study import Study
from specs.references import parse_reference
from specs.yaml_text import YamlText

#: Columns that every record has, whatever its form.
RECORD_COLUMNS = ("_SUBJECT", "_SITE", "_EVENT", "_EVENT_REPEAT", "_FORM_REPEAT", "_GROUP_REPEAT", "_FORM", "_ROW")


@dataclass(frozen=True)
class _Dataset:
    """A dataset with what is needed to name a place in its file."""

    study: Study
    spec: DatasetSpec
    place: YamlText

    def at(self, *path: str | int) -> str:
        return self.place.place(path)


def lint_sdtm(study: Study, places: Mapping[str, YamlText]) -> list[Problem]:
    """Return everything wrong with the SDTM datasets of a study; `places` are their files by dataset."""
    problems: list[Problem] = []
    for name, spec in study.sdtm.items():
        dataset = _Dataset(study, spec, places[name])
        problems += _lint_records(dataset)
        problems += _lint_keys(dataset)
        for section, variables in (("variables", spec.variables), ("supplemental", spec.supplemental)):
            for variable in variables:
                problems += _lint_variable(dataset, section, variable)
        problems += _lint_order(dataset)
    problems += _lint_inputs(study, places)
    return problems


def lint_variable_facts(
    study: Study, variable: VariableSpec, where: str, codelists: Mapping[str, ResolvedCodelist]
) -> Iterator[Problem]:
    """Yield what is wrong with a variable of any standard: label, length, codelist, method, origin."""
    if not variable.label:
        yield Problem(where, "has no label. Add one of at most 40 bytes.")
    if variable.length is not None and not 1 <= variable.length <= (8 if variable.type == "Num" else 200):
        yield Problem(where, f"length {variable.length} does not fit a {variable.type} variable of a transport file.")
    if variable.codelist and variable.codelist not in codelists:
        yield Problem(
            where,
            f"codelist '{variable.codelist}' is not defined.{did_you_mean(variable.codelist, codelists)}",
        )
    if variable.method and variable.method not in study.methods:
        yield Problem(
            where,
            f"method '{variable.method}' is not in methods.yaml.{did_you_mean(variable.method, study.methods)}",
        )
    if variable.origin and variable.origin.type == "Derived" and not variable.method:
        yield Problem(where, "is Derived and has no method. Name one of methods.yaml.")


def _lint_variable(dataset: _Dataset, section: str, variable: VariableSpec) -> Iterator[Problem]:
    where = dataset.at(section, variable.name)
    yield from lint_variable_facts(dataset.study, variable, where, dataset.study.codelists)
    mapped = [record for record in dataset.spec.records if variable.name in record.map]
    if variable.map is not None:
        others = tuple(record for record in dataset.spec.records if record not in mapped)
        yield from _lint_map(dataset, variable, variable.map, where, others)
    elif not mapped and not dataset.spec.builder:
        yield Problem(where, "has no map. Say where its values come from.")
    for index, record in enumerate(dataset.spec.records):
        if variable.name in record.map:
            place = dataset.at("records", index, "map", variable.name)
            yield from _lint_map(dataset, variable, record.map[variable.name], place, (record,))


def _lint_map(
    dataset: _Dataset, variable: VariableSpec, outer: Map, where: str, records: Iterable[RecordSource]
) -> Iterator[Problem]:
    for text in references_of(outer):
        yield from _lint_reference(dataset, text, where, records)
    names = {*dataset.spec.names, *(one.name for one in dataset.spec.supplemental)}
    for name in own_variables_of(outer):
        if name not in names:
            yield Problem(where, f"variable '{name}' is not in {dataset.spec.name}.{did_you_mean(name, names)}")
    for source in sources_of(outer):
        yield from lint_source(dataset.study, source.dataset, source.variable, source.where, where)
    for one in walk(outer):
        yield from _lint_verb(dataset, variable, one, where)


def _lint_reference(dataset: _Dataset, text: str, where: str, records: Iterable[RecordSource]) -> Iterator[Problem]:
    reference = parse_reference(text)
    study = dataset.study
    if reference.kind == "own":
        for record in records:
            known = _columns_of(study, record)
            if known is not None and reference.name not in known:
                yield Problem(
                    where, f"form '{record.form}' has no column '{text}'.{did_you_mean(reference.name, known)}"
                )
    elif reference.kind == "form":
        form = study.raw.forms.get(reference.owner)
        if form is None:
            yield Problem(
                where, f"'{text}': there is no form '{reference.owner}'.{did_you_mean(reference.owner, study.raw.forms)}"
            )
        elif reference.name not in form.columns and reference.name not in RECORD_COLUMNS:
            yield Problem(
                where,
                f"form '{reference.owner}' has no column '{reference.name}'.{did_you_mean(reference.name, form.columns)}",
            )
    else:
        spec = study.sdtm.get(reference.owner)
        if spec is None:
            yield Problem(
                where, f"'{text}': there is no dataset '{reference.owner}'.{did_you_mean(reference.owner, study.sdtm)}"
            )
            return
        known = {*spec.names, *(one.name for one in spec.supplemental)}
        if reference.name not in known:
            yield Problem(where, f"'{text}': no such variable.{did_you_mean(reference.name, known)}")
        elif reference.owner != dataset.spec.name and reference.owner != "DM":
            yield Problem(
                where,
                f"'{text}': only DM has one row a subject to take a value from. Use 'earliest' or 'latest' for dates "
                "of other datasets.",
            )


def _columns_of(study: Study, record: RecordSource) -> set[str] | None:
    """Return the columns that a record's rows have, or None for an unknown form (reported elsewhere)."""
    form = study.raw.forms.get(record.form)
    if form is None:
        return None
    stacked = [name for row in (record.stack.rows if record.stack else ()) for name in (*row.constants, *row.columns)]
    return {*form.columns, *RECORD_COLUMNS, *stacked}


def lint_source(
    study: Study, name: str, variable: str, condition: Iterable[Mapping[str, object]], where: str
) -> Iterator[Problem]:
    spec = study.sdtm.get(name)
    if spec is None:
        yield Problem(where, f"there is no dataset '{name}'.{did_you_mean(name, study.sdtm)}")
        return
    for column in (variable, *(column for mapping in condition for column in mapping)):
        if column not in spec.names:
            yield Problem(where, f"{name} has no variable '{column}'.{did_you_mean(column, spec.names)}")


def _lint_verb(dataset: _Dataset, variable: VariableSpec, one: Map, where: str) -> Iterator[Problem]:
    codelists = dataset.study.codelists
    if isinstance(one, Recode):
        name = one.codelist or variable.codelist
        if name is None:
            yield Problem(where, "recode needs a codelist; the variable has none. Add 'codelist'.")
        elif name not in codelists and name != variable.codelist:
            yield Problem(where, f"codelist '{name}' is not defined.{did_you_mean(name, codelists)}")
    elif isinstance(one, Hardcode) and variable.codelist in codelists:
        terms = codelists[str(variable.codelist)].terms
        if one.value not in terms:
            yield Problem(
                where, f"'{one.value}' is no term of codelist {variable.codelist}.{did_you_mean(one.value, terms)}"
            )
    elif isinstance(one, Decode):
        if f"{dataset.spec.name}.{variable.name}" not in dataset.study.decodes:
            yield Problem(where, f"the codelists of {one.variable} and {variable.name} have no C-codes in common.")
    elif isinstance(one, Iso8601):
        if len(one.formats) != len(one.columns):
            yield Problem(where, f"{len(one.columns)} columns, but {len(one.formats)} formats. Give one for each.")
        for layout in (layout for layouts in one.formats for layout in layouts):
            try:
                compile_format(layout)
            except ValueError as error:
                yield Problem(where, f"{error}.")
    elif isinstance(one, Visit) and "SV" not in dataset.study.sdtm and not dataset.study.design.visits.planned:
        yield Problem(where, "the study has no visits. Describe them in study.yaml.")
    elif isinstance(one, Convert) and not dataset.study.units:
        yield Problem(where, "the study has no units.yaml, which says how units are converted.")


def _lint_records(dataset: _Dataset) -> Iterator[Problem]:
    forms = dataset.study.raw.forms
    if not dataset.spec.records and not dataset.spec.builder:
        yield Problem(dataset.at(), "has neither 'records' nor a 'builder'. Say which form its rows come from.")
    for index, record in enumerate(dataset.spec.records):
        where = dataset.at("records", index)
        if record.form not in forms:
            yield Problem(where, f"there is no form '{record.form}'.{did_you_mean(record.form, forms)}")
            continue
        known = set(_columns_of(dataset.study, RecordSource(form=record.form)) or ())
        made = set(_columns_of(dataset.study, record) or ())
        rows = record.stack.rows if record.stack else ()
        copied = [column for row in rows for column in (*row.columns.values(), *(row.differs or ()))]
        conditions = [record.where, *(row.where for row in rows)]
        asked = [column for condition in conditions for mapping in condition for column in mapping]
        for column in dict.fromkeys([*copied, *asked]):
            if "." not in column and column not in known:
                yield Problem(where, f"form '{record.form}' has no column '{column}'.{did_you_mean(column, known)}")
        for column in record.stack.keep if record.stack else ():
            if column not in made:
                yield Problem(where, f"keep: no column '{column}'.{did_you_mean(column, made)}")
        for name in record.map:
            if name not in dataset.spec.names and name not in [one.name for one in dataset.spec.supplemental]:
                yield Problem(
                    dataset.at("records", index, "map", name),
                    f"maps a variable that {dataset.spec.name} does not have.{did_you_mean(name, dataset.spec.names)}",
                )


def _lint_keys(dataset: _Dataset) -> Iterator[Problem]:
    unknown = [key for key in dataset.spec.keys if key not in dataset.spec.names]
    if unknown:
        yield Problem(
            dataset.at("keys"), f"keys that are no variables of {dataset.spec.name}: {listed(unknown)}. Set 'keys'."
        )


def _lint_order(dataset: _Dataset) -> Iterator[Problem]:
    try:
        tuple(TopologicalSorter(variable_graph(dataset.spec)).static_order())
    except CycleError as error:
        yield Problem(dataset.at("variables"), f"variables that need each other: {' -> '.join(error.args[1])}.")


def _lint_inputs(study: Study, places: Mapping[str, YamlText]) -> Iterator[Problem]:
    for name, spec in study.sdtm.items():
        for needed in spec.inputs:
            if needed.isupper() and needed not in study.sdtm and needed != "SV":
                yield Problem(
                    places[name].place(()), f"needs dataset {needed}, which the study does not have. Add sdtm/{needed.lower()}.yaml."
                )


def variable_graph(spec: DatasetSpec) -> dict[str, set[str]]:
    """Return, for each mapped variable of a dataset, the variables of the same dataset that must come before it."""
    variables = (*spec.variables, *spec.supplemental)
    names = {variable.name for variable in variables}
    graph: dict[str, set[str]] = {}
    for variable in variables:
        maps = [variable.map] if variable.map is not None else []
        maps += [record.map[variable.name] for record in spec.records if variable.name in record.map]
        needed: set[str] = set()
        for outer in maps:
            needed |= set(own_variables_of(outer))
            references = [parse_reference(text) for text in references_of(outer)]
            needed |= {r.name for r in references if r.kind == "variable" and r.owner == spec.name}
        graph[variable.name] = needed & names
    return graph
