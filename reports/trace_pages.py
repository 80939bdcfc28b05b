"""The trace pages of a run: for each parameter its subjects, their records, and the chains down to raw cells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from reports.trace import Tracer
from reports.trace_absent import AbsentGroup
from reports.trace_data import Record
from reports.trace_groups import PagePlan, ValueGroup
from reports.trace_nodes import Node, without_repetition
from reports.trace_places import page_name, record_anchor, subject_anchor
from reports.trace_rules import population_of, rule_of
from reports.trace_words import in_words
from specs.model.dataset import DatasetSpec
from specs.model.study import Study

#: What the line of a record says, in this order.
_GIST = (
    r"[A-Z]{2}DECOD", "AVALC", "AVAL", "ASTDT", "ADT", "AVISIT", "ATOXGR", "TRTEMFL", "AREL", "CNSDTDSC",
)  # fmt: skip
#: What the line of a subject of ADSL says.
_SUBJECT_GIST = ("TRT01A", "TRTSEQA", "TRTSDT", "EOSSTT", "DTHDT")


@dataclass(frozen=True)
class TracedRecord:
    """A record on a page: its anchor, its line, its chain."""

    anchor: str
    gist: tuple[str, ...]
    chain: Node


@dataclass(frozen=True)
class TracedSubject:
    """A subject on a page: the values of the subject that its records read, and the records."""

    name: str
    anchor: str
    values: tuple[Node, ...]
    records: tuple[TracedRecord, ...]


@dataclass(frozen=True)
class Section:
    """Subjects under a heading: those with a value (`group`), or all of the page."""

    title: str
    group: ValueGroup | None
    subjects: tuple[TracedSubject, ...]


@dataclass(frozen=True)
class TracePage:
    """All that a page says."""

    name: str
    plan: PagePlan
    dataset_label: str
    structure: str
    rule: str
    population: str
    #: Label, name and rule of the variables that the dataset derives.
    rules: tuple[tuple[str, str, str], ...]
    sections: tuple[Section, ...]
    absent: tuple[AbsentGroup, ...]
    command: str


def build_page(study: Study, plan: PagePlan, absent: tuple[AbsentGroup, ...], tracer: Tracer) -> TracePage:
    """Return a page with the chains of the subjects that its plan shows."""
    spec = study.adam[plan.dataset]
    key = f" PARAMCD={plan.paramcd}" if plan.paramcd else ""
    return TracePage(
        name=page_name(plan.dataset, plan.paramcd),
        plan=plan,
        dataset_label=spec.label,
        structure=spec.structure,
        rule=rule_of(study, spec, plan.paramcd),
        population=in_words(population_of(spec)),
        rules=tuple(_variable_rules(study, spec)),
        sections=tuple(_sections(spec, plan, tracer)),
        absent=absent,
        command=f"cdiscflow trace RUN {plan.dataset} USUBJID=…{key} --html FILE",
    )


def _variable_rules(study: Study, spec: DatasetSpec) -> Iterator[tuple[str, str, str]]:
    for variable in spec.variables:
        method = study.methods.get(variable.method or "")
        if method is not None:
            yield variable.label, variable.name, method.text


def _sections(spec: DatasetSpec, plan: PagePlan, tracer: Tracer) -> Iterator[Section]:
    """Yield the subjects under their value where each has one record, else all of them under one heading."""
    if not plan.single:
        found = (_subject(spec, plan, name, tracer) for name in plan.shown)
        yield Section("Subjects", None, tuple(found))
        return
    shown = set(plan.shown)
    for group in plan.cuts[0].groups:
        found = (_subject(spec, plan, name, tracer) for name in group.listed if name in shown)
        yield Section(group.label, group, tuple(found))


def _subject(spec: DatasetSpec, plan: PagePlan, name: str, tracer: Tracer) -> TracedSubject:
    keys = {"USUBJID": name, **({"PARAMCD": plan.paramcd} if plan.paramcd else {})}
    records = tracer.data.find("adam", plan.dataset, **keys)
    values = tracer.subject_values(spec, name) if spec.rules.records is not None else ()
    traced = (
        TracedRecord(record_anchor(one), tuple(dict.fromkeys(_gist(one))), without_repetition(tracer.alone(one)))
        for one in records
    )
    return TracedSubject(name, subject_anchor(name), values, tuple(traced))


def _gist(record: Record) -> Iterator[str]:
    """Yield what the line of a record says: its values, without the names."""
    names = _SUBJECT_GIST if record.dataset == "ADSL" else _GIST
    known = record.table.names
    for pattern in names:
        for name in known if pattern.startswith("[") else [pattern]:
            if re.fullmatch(pattern, name) and record[name] and not (name == "AVAL" and record["AVALC"]):
                text = {
                    "TRTEMFL": "treatment-emergent",
                    "AVAL": f"{record['AVAL']} {record['AVALU']}".strip(),
                    "ATOXGR": f"grade {record['ATOXGR']}",
                }
                yield text.get(name, record[name])
