"""What may be wrong where a dataset names records of other finished datasets: the verb `related`, and RELREC."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter

from clinical.errors import Problem, did_you_mean, listed
from specs.lint_maps import RAW_FILE, LintedDataset, columns_of_record, lint_raw_column
from specs.model.dataset import RecordSource
from specs.model.maps import Related
from specs.model.relationships import RelatedRecord, Relationship
from specs.model.study import Study
from specs.phases import finished_before
from specs.yaml_text import YamlText

_BUILDER = "relrec"


def lint_related(
    dataset: LintedDataset, verb: Related, where: str, records: Iterable[RecordSource]
) -> Iterator[Problem]:
    """Yield what is wrong with the verb `related`; `records` are the sources whose records it is for."""
    if verb.dataset == dataset.spec.name:
        yield Problem(
            where,
            f"related: {verb.dataset} is the dataset itself. Name another one; a variable of the same record is "
            f"{verb.dataset}.{verb.variable}.",
        )
        return
    forms = [record.form for record in records]
    yield from _lint_target(dataset.study, verb.dataset, verb.variable, verb.key, forms, where)


def lint_relationships(dataset: LintedDataset) -> Iterator[Problem]:
    """Yield what is wrong with the relationships of RELREC."""
    spec = dataset.spec
    if (spec.builder == _BUILDER) != bool(spec.relationships):
        yield Problem(
            dataset.at(), f"builder '{_BUILDER}' and 'relationships' go together. Give both, as RELREC has, or neither."
        )
    twice = [name for name, count in Counter(one.id for one in spec.relationships).items() if count > 1]
    if twice:
        yield Problem(dataset.at("relationships"), f"several relationships have the id {listed(twice)}. Rename one.")
    for index, relationship in enumerate(spec.relationships):
        yield from _lint_relationship(dataset, relationship, index)


def _lint_relationship(dataset: LintedDataset, relationship: Relationship, index: int) -> Iterator[Problem]:
    study, form = dataset.study, relationship.form
    for side, one in enumerate(relationship.datasets):
        where = dataset.at("relationships", index, "datasets", side)
        yield from _lint_target(study, one.dataset, one.variable, None, None, where)
    if form is None:
        return
    if form not in study.raw.forms and RAW_FILE not in study.unread:
        where = dataset.at("relationships", index)
        yield Problem(where, f"there is no form '{form}'.{did_you_mean(form, study.raw.forms)}")
        return
    for side, record in enumerate(relationship.records):
        yield from _lint_record(study, form, record, dataset.at("relationships", index, "records", side))


def _lint_record(study: Study, form: str, record: RelatedRecord, where: str) -> Iterator[Problem]:
    if record.column:
        known = columns_of_record(study, RecordSource(form=form)) or set[str]()
        yield from lint_raw_column(study, form, record.column, known, where)
    yield from _lint_target(study, record.dataset, record.variable, record.key, [form], where)


def _lint_target(
    study: Study, name: str, variable: str, key: str | None, forms: Iterable[str] | None, where: str
) -> Iterator[Problem]:
    """Yield what is wrong with the records that are named; without a key they must come from one of `forms`."""
    spec = study.sdtm.get(name)
    if name in study.unread:
        return
    if spec is None:
        yield Problem(where, f"there is no dataset '{name}'.{did_you_mean(name, study.sdtm)}")
        return
    for one in filter(None, (variable, key)):
        if one not in spec.names:
            yield Problem(where, f"{name} has no variable '{one}'.{did_you_mean(one, spec.names)}")
    if forms is None:
        return
    if spec.builder:
        yield Problem(where, f"{name} has a builder, and its records come from no form. Name a dataset with 'records'.")
        return
    sources = {record.form for record in spec.records}
    lacking = [form for form in forms if form not in sources]
    if key is None and sources and lacking:
        yield Problem(
            where,
            f"{name} has no records of form {listed(lacking)}, so none is made from the same row. Give 'key' and "
            "'column'.",
        )


def lint_dataset_order(study: Study, places: Mapping[str, YamlText]) -> Iterator[Problem]:
    """Yield a problem where datasets need each other finished."""
    graph = {name: sorted(finished_before(spec) & study.sdtm.keys()) for name, spec in study.sdtm.items()}
    try:
        tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        ring = error.args[1]
        place = next((places[name] for name in ring if name in places), None)
        if place is not None:
            yield Problem(
                place.place(("variables",)),
                f"datasets that need each other finished: {' -> '.join(ring)}. Take 'related' out of one of them.",
            )
