"""The measurements of lesions that a response or a sum of diameters rests on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from reports.trace_data import Record, RunData
from reports.trace_nodes import Node
from reports.trace_sdtm import Collected
from specs.model.lesion_facts import LesionReading
from specs.model.maps import Source
from specs.model.responses import LesionResponse
from specs.model.tumor_results import TumorResults


def response_lesions(collected: Collected, data: RunData, parameter: LesionResponse, record: Record) -> Iterator[Node]:
    """Yield the results of the timepoint, and the earlier ones of the lesion that decided."""
    measured = parameter.lesions.measured
    prefix = measured.dataset[:2]
    rows = [one for one in data.of("sdtm", measured.dataset, record.subject) if one.holds(measured.where)]
    rows = [one for one in rows if not parameter.evaluator or one[f"{prefix}EVAL"] in parameter.evaluator]
    first = [one for one in rows if one[f"{prefix}SEQ"] == record["SRCSEQ"]]
    visit = [one for one in rows if one["VISITNUM"] == record["VISITNUM"] and one not in first]
    yield _heading("Results of the timepoint", (*first, *visit), collected)
    lesion, date = record["RSPLNKID"], measured.variable
    earlier = [one for one in rows if lesion and one[f"{prefix}LNKID"] == lesion and one[date][:10] < record["ADT"]]
    if earlier:
        yield _heading(f"Earlier results of {lesion}", earlier, collected)


def sum_diameters(collected: Collected, data: RunData, rules: TumorResults, record: Record) -> Iterator[Node]:
    """Yield the diameters of all target lesions at the timepoint of a sum; at baseline the last of each by the start.

    Where none was read, what the sum names as its source stands there.
    """
    parameter = rules.parameters[record["PARAMCD"]]
    fact = parameter.lesions
    prefix, date = fact.measured.dataset[:2], fact.measured.variable
    rows = _assessed(data, parameter, fact.measured, record.subject)
    source = [one for one in rows if one[f"{prefix}SEQ"] == record["SRCSEQ"]]
    targets = _targets(data, parameter, record.subject)
    tests = (fact.longest, fact.perpendicular)
    read = [one for one in rows if one[f"{prefix}LNKID"] in targets and one[f"{prefix}TESTCD"] in tests]
    start = next((one[rules.start] for one in data.of("adam", "ADSL", record.subject)), "")
    if record["ADT"] <= start:
        known = [one for one in read if one[f"{prefix}STRESC"] or one[f"{prefix}STRESN"]]
        dated = sorted((one for one in known if len(one[date]) >= 10), key=lambda one: one[date][:10])
        last = {(one[f"{prefix}LNKID"], one[f"{prefix}TESTCD"]): one for one in dated if one[date][:10] <= start}
        found = [one for one in known if one in last.values()]
    else:
        points = {_timepoint(one, prefix, date) for one in source}
        found = [one for one in read if _timepoint(one, prefix, date) in points]
    yield _heading("Diameters of the timepoint", found or source, collected)


def _assessed(data: RunData, parameter: LesionReading, source: Source, subject: str) -> list[Record]:
    """Return a subject's records of a source that the parameter's evaluator, and its reader if it has one, made."""
    prefix = source.dataset[:2]
    rows = [one for one in data.of("sdtm", source.dataset, subject) if one.holds(source.where)]
    rows = [one for one in rows if not parameter.evaluator or one[f"{prefix}EVAL"] in parameter.evaluator]
    return [one for one in rows if not parameter.reader or one[f"{prefix}EVALID"] in parameter.reader]


def _targets(data: RunData, parameter: LesionReading, subject: str) -> set[str]:
    """Return the link ids of a subject's target lesions."""
    fact = parameter.lesions
    prefix = fact.identified.dataset[:2]
    rows = _assessed(data, parameter, fact.identified, subject)
    return {one[f"{prefix}LNKID"] for one in rows if one[f"{prefix}STRESC"] in fact.targets} - {""}


def _timepoint(record: Record, prefix: str, date: str) -> str:
    return record[f"{prefix}LNKGRP"] or record["VISITNUM"] or record[date]


def _heading(name: str, rows: Iterable[Record], collected: Collected) -> Node:
    return Node(name, sources=tuple(map(collected.record, rows)), kind="heading")
