"""What a specification may get wrong beyond its shape: references, methods, codelists, cycles."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from clinical.errors import Problem, did_you_mean, listed
from specs.lint_maps import (
    CODELISTS_FILE,
    RAW_FILE,
    UNITS_FILE,
    LintedDataset,
    columns_of_record,
    lint_condition,
    lint_map,
    lint_raw_column,
)
from specs.lint_related import lint_dataset_order, lint_related, lint_relationships
from specs.long_text import LIMIT, clash, continuation_name, continued_variables
from specs.model.codelists import ResolvedCodelist
from specs.model.dataset import RecordSource, VariableSpec
from specs.model.maps import Hardcode, Map, Related, walk
from specs.model.study import Study
from specs.phases import variable_graph
from specs.yaml_text import YamlText


def lint_sdtm(study: Study, places: Mapping[str, YamlText]) -> list[Problem]:
    """Return everything wrong with the SDTM datasets of a study; `places` are their files by dataset."""
    problems: list[Problem] = []
    for name, spec in study.sdtm.items():
        if name not in places:
            continue  # its file cannot be read, which is reported already
        dataset = LintedDataset(study, spec, places[name])
        problems += _lint_records(dataset)
        problems += _lint_keys(dataset)
        for section, variables in (("variables", spec.variables), ("supplemental", spec.supplemental)):
            for variable in variables:
                problems += _lint_variable(dataset, section, variable)
        problems += without_map(_unmapped(dataset), "has no map. Say where its values come from.")
        problems += _lint_value_level(dataset)
        problems += _lint_order(dataset)
        problems += lint_relationships(dataset)
    problems += lint_dataset_order(study, places)
    return problems


def lint_variable_facts(
    study: Study, variable: VariableSpec, where: str, codelists: Mapping[str, ResolvedCodelist]
) -> Iterator[Problem]:
    """Yield what is wrong with a variable of any standard: label, length, codelist, method, origin."""
    if not variable.label and not _has_unread_label(study, variable):
        yield Problem(where, "has no label. Add one of at most 40 bytes.")
    shortest, longest = (3, 8) if variable.type == "Num" else (1, 200)
    if variable.length is not None and not shortest <= variable.length <= longest:
        yield Problem(where, f"length {variable.length} does not fit a {variable.type} variable of a transport file.")
    if variable.codelist and variable.codelist not in codelists and CODELISTS_FILE not in study.unread:
        yield Problem(
            where,
            f"codelist '{variable.codelist}' is not defined.{did_you_mean(variable.codelist, codelists)}",
        )
    if variable.method and variable.method not in study.methods and not has_unread_methods(study):
        yield Problem(
            where,
            f"method '{variable.method}' is not in methods.yaml.{did_you_mean(variable.method, study.methods)}",
        )
    if variable.origin and variable.origin.type == "Derived" and not variable.method:
        yield Problem(where, "is Derived and has no method. Name one of methods.yaml.")


def _has_unread_label(study: Study, variable: VariableSpec) -> bool:
    """Return whether a copied variable's label stands in a dataset that cannot be used."""
    if getattr(variable.map, "algorithm", "") != "copy":
        return False
    dataset, dot, _ = variable.map.variable.partition(".")
    return bool(dot) and dataset.removeprefix("SUPP") in study.unread


def has_unread_methods(study: Study) -> bool:
    """Return whether methods may stand in a file that cannot be used: methods.yaml, or that of an ADaM dataset."""
    without = {*study.sdtm, RAW_FILE, CODELISTS_FILE, UNITS_FILE}
    return not without.issuperset(study.unread)


def _lint_variable(dataset: LintedDataset, section: str, variable: VariableSpec) -> Iterator[Problem]:
    where = dataset.at(section, variable.name)
    yield from lint_variable_facts(dataset.study, variable, where, dataset.study.codelists)
    mapped = [record for record in dataset.spec.records if variable.name in record.map]
    if variable.map is not None:
        others = tuple(record for record in dataset.spec.records if record not in mapped)
        yield from _lint_map(dataset, variable, variable.map, where, others)
    for index, record in enumerate(dataset.spec.records):
        if variable.name in record.map:
            place = dataset.at("records", index, "map", variable.name)
            yield from _lint_map(dataset, variable, record.map[variable.name], place, (record,))
    yield from _lint_long_text(dataset, variable, where)


def _unmapped(dataset: LintedDataset) -> dict[str, str]:
    """Return the variables that no map makes, each with its place."""
    spec = dataset.spec
    made = {name for record in spec.records for name in record.map}
    sections = (("variables", spec.variables), ("supplemental", spec.supplemental))
    return {
        variable.name: dataset.at(section, variable.name)
        for section, variables in sections
        for variable in variables
        if variable.map is None and variable.name not in made and not spec.builder
    }


def without_map(places: Mapping[str, str], what: str) -> Iterator[Problem]:
    """Yield one problem for all variables of a dataset without a map, since those of a new dataset are many.

    Args:
        places: the place of each such variable by its name.
        what: what is said of the first one.
    """
    if places:
        first, *others = places
        have = "has" if len(others) == 1 else "have"
        more = f" Nor {have} {listed(others, limit=len(others))}." if others else ""
        yield Problem(places[first], f"{what}{more}")


def _lint_map(
    dataset: LintedDataset, variable: VariableSpec, outer: Map, where: str, records: tuple[RecordSource, ...]
) -> Iterator[Problem]:
    yield from lint_map(dataset, variable, outer, where, records)
    for one in walk(outer):
        if isinstance(one, Related):
            yield from lint_related(dataset, one, where, records)


def _lint_long_text(dataset: LintedDataset, variable: VariableSpec, where: str) -> Iterator[Problem]:
    """Yield a problem where a constant is too long for its variable and a continuation's name is not free."""
    maps = (variable.map, *(record.map.get(variable.name) for record in dataset.spec.records))
    verbs = (one for outer in maps if outer is not None for one in walk(outer))
    longest = max((len(one.value.encode()) for one in verbs if isinstance(one, Hardcode)), default=0)
    if longest > LIMIT and variable in continued_variables(dataset.spec):
        names = [continuation_name(variable.name, number) for number in range(1, (longest - 1) // LIMIT + 1)]
        if problem := clash(dataset.spec, variable.name, names):
            yield Problem(where, problem)


def _lint_records(dataset: LintedDataset) -> Iterator[Problem]:
    forms = dataset.study.raw.forms
    if not dataset.spec.records and not dataset.spec.builder:
        yield Problem(dataset.at(), "has neither 'records' nor a 'builder'. Say which form its rows come from.")
    for index, record in enumerate(dataset.spec.records):
        where = dataset.at("records", index)
        if record.form in forms:
            yield from lint_condition(dataset.study, record, record.where, where)
            yield from _lint_stack(dataset, record, where)
        elif RAW_FILE not in dataset.study.unread:
            yield Problem(where, f"there is no form '{record.form}'.{did_you_mean(record.form, forms)}")
            continue
        names = (*dataset.spec.names, *(one.name for one in dataset.spec.supplemental))
        for name in record.map:
            if name not in names:
                yield Problem(
                    dataset.at("records", index, "map", name),
                    f"maps a variable that {dataset.spec.name} does not have.{did_you_mean(name, names)}",
                )


def _lint_stack(dataset: LintedDataset, record: RecordSource, where: str) -> Iterator[Problem]:
    if record.stack is None:
        return
    known = columns_of_record(dataset.study, RecordSource(form=record.form)) or set[str]()
    for row in record.stack.rows:
        yield from lint_condition(dataset.study, record, row.where, where)
        for column in dict.fromkeys((*row.columns.values(), *(row.differs or ()))):
            yield from lint_raw_column(dataset.study, record.form, column, known, where)
    made = columns_of_record(dataset.study, record) or set[str]()
    for column in record.stack.keep:
        if column not in made:
            yield Problem(where, f"keep: no column '{column}'.{did_you_mean(column, made)}")


def _lint_keys(dataset: LintedDataset) -> Iterator[Problem]:
    unknown = [key for key in dataset.spec.keys if key not in dataset.spec.names]
    if unknown:
        yield Problem(
            dataset.at("keys"), f"keys that are no variables of {dataset.spec.name}: {listed(unknown)}. Set 'keys'."
        )


def _lint_value_level(dataset: LintedDataset) -> Iterator[Problem]:
    """Yield what would leave values unchecked: an unknown variable, condition or codelist."""
    names, codelists = dataset.spec.names, dataset.study.codelists
    for index, level in enumerate(dataset.spec.value_level):
        where = dataset.at("value_level", index)
        for name in (level.variable, *level.where):
            if name not in names:
                yield Problem(where, f"variable '{name}' is not in {dataset.spec.name}.{did_you_mean(name, names)}")
        if level.codelist and level.codelist not in codelists and CODELISTS_FILE not in dataset.study.unread:
            yield Problem(
                where, f"codelist '{level.codelist}' is not defined.{did_you_mean(level.codelist, codelists)}"
            )


def _lint_order(dataset: LintedDataset) -> Iterator[Problem]:
    try:
        tuple(TopologicalSorter(variable_graph(dataset.spec)).static_order())
    except CycleError as error:
        yield Problem(dataset.at("variables"), f"variables that need each other: {' -> '.join(error.args[1])}.")
