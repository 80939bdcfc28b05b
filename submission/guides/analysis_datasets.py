"""The analysis datasets one by one: what they hold, their parameters and how their variables come about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from clinical.wording import agree, count
from specs.model.adam import AdamRules
from specs.model.dataset import DatasetSpec
from specs.model.study import Study
from submission.guides.analysis import SUBJECTS
from submission.guides.content import Block, Column, Link, Section, Text, paragraph, paragraphs, table
from submission.guides.context import DatasetFacts
from submission.guides.sdtm_datasets import size_and_structure, without_records
from submission.guides.wording import closed, sentence, series, some, spelled

_MOST_PARAMETERS = 60
_ORIGINS = (
    ("Predecessor", "copied"),
    ("Collected", "collected"),
    ("Derived", "derived"),
    ("Assigned", "assigned"),
    ("Protocol", "of the protocol"),
    ("Not Available", "not available"),
)


def analysis_datasets(study: Study, facts: Sequence[DatasetFacts]) -> Section:
    """Return the table of analysis datasets and a section for each."""
    rows: list[tuple[str | Link | Text, ...]] = [
        (
            Link(one.name, f"ds-{one.name}"),
            one.spec.label,
            sentence(one.spec.class_name.lower()),
            sentence(one.spec.structure),
            f"{one.rows:,}",
            "–" if one.subjects is None else f"{one.subjects:,}",
        )
        for one in facts
    ]
    columns = (
        Column("Dataset", 11),
        Column("Label", 24),
        Column("Class", 20),
        Column("Structure", 25),
        Column("Records", 10, "number"),
        Column("Subjects", 10, "number"),
    )
    number = sum(bool(one.rows) for one in facts)
    said = sentence(f"{spelled(number, 'analysis dataset')} {agree(number, 'are')} part of the package.")
    empty = without_records(facts)
    said += f" {empty}" if empty else ""
    given = "" if SUBJECTS in study.adam else " ADSL was given with the source data, and is not among them."
    overview = Section("Overview", "overview", (paragraph(said + given), table("Analysis datasets", columns, rows)))
    described = Section("Analysis datasets", "datasets", sections=tuple(_one(study, one) for one in facts))
    return Section("Analysis dataset descriptions", "descriptions", sections=(overview, described))


def _one(study: Study, one: DatasetFacts) -> Section:
    spec = one.spec
    said = [size_and_structure(one)]
    if spec.keys:
        said.append(f"A record is identified by {series(spec.keys)}.")
    results = _results(study, spec.name)
    if results:
        said.append(
            f"It is the source of {spelled(len(results), 'table or figure', 'tables and figures')} of the results."
        )
    blocks: list[Block] = [paragraph(" ".join(said))]
    if spec.comment:
        blocks.append(paragraph(closed(spec.comment)))
    blocks += paragraphs(study.explanations.datasets.get(spec.name, ()))
    if one.parts:
        blocks += _parameters(study, one)
    blocks += _derived(study, spec)
    return Section(f"{spec.name}: {spec.label}", f"ds-{spec.name}", tuple(blocks))


def _results(study: Study, dataset: str) -> list[str]:
    """Return the titles of the tables and figures whose rows come from a dataset."""
    tables = [one.title for one in study.analyses.tables.values() if one.dataset == dataset]
    figures = [one.title for one in study.analyses.figures.values() if dataset in {rows.dataset for rows in one.rows()}]
    return [*tables, *figures]


def _parameters(study: Study, one: DatasetFacts) -> list[Block]:
    """Return the parameters as the data have them, in the order of the specification, with their derivation."""
    known = _rules_of(one.spec)
    order = {name: place for place, name in enumerate(known)}
    shown = sorted(one.parts, key=lambda part: order.get(part.name, len(order)))
    numbers = (Column("Records", 9, "number"), Column("Subjects", 10, "number"))
    rows: list[tuple[str, ...]] = []
    stated = any(known.get(part.name) for part in shown)
    for part in shown[:_MOST_PARAMETERS]:
        method = study.methods.get(known.get(part.name) or "")
        told = [method.text if method else "See the variables below"] if stated else []
        rows.append((part.name, part.label, f"{part.records:,}", f"{part.subjects:,}", *told))
    columns: tuple[Column, ...] = (Column("PARAMCD", 13), Column("PARAM", 28 if stated else 68), *numbers)
    columns += (Column("Derivation", 40),) if stated else ()
    number = len(one.parts)
    blocks: list[Block] = [paragraph(sentence(f"{spelled(number, 'parameter')} {agree(number, 'are')} in the data."))]
    blocks.append(table(f"Parameters of {one.name}", columns, rows))
    if number > _MOST_PARAMETERS:
        blocks.append(paragraph(f"The table has the first {_MOST_PARAMETERS}; define.xml describes all of them."))
    absent = [name for name in known if name not in {part.name for part in one.parts}]
    if absent:
        blocks.append(paragraph(f"{series(absent)} {agree(len(absent), 'have')} no records in these data."))
    return blocks


def _rules_of(spec: DatasetSpec) -> Mapping[str, str | None]:
    """Return the method of each parameter that the rules of a dataset make."""
    rules = spec.rules
    if not isinstance(rules, AdamRules):
        return {}
    for part in (rules.responses, rules.time_to_event, rules.tumor_results):
        if part is not None:
            return {name: one.method for name, one in part.parameters.items()}
    return {}


def _by_origin(spec: DatasetSpec) -> str:
    """Return how many variables are of which origin; those without one are left out."""
    numbers = [
        (sum(one.origin is not None and one.origin.type == kind for one in spec.variables), said)
        for kind, said in _ORIGINS
    ]
    told = [f"{some(number)} {said}" for number, said in numbers if number]
    return f"Of {count(len(spec.variables), 'variable')}, {series(told)}."


def _derived(study: Study, spec: DatasetSpec) -> list[Block]:
    """Return how many variables are of which origin, and how those with a method are made."""
    used: dict[str, list[str]] = {}
    for variable in spec.variables:
        if variable.method in study.methods:
            used.setdefault(str(variable.method), []).append(variable.name)
    rows: list[tuple[str, ...]] = [(", ".join(names), study.methods[name].text) for name, names in used.items()]
    blocks: list[Block] = [paragraph(_by_origin(spec))]
    if rows:
        columns = (Column("Variables", 28), Column("Derivation", 72))
        blocks.append(table(f"Derived variables of {spec.name}", columns, rows))
    return blocks
