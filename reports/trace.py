"""From a record back to the raw cells it came from: analysis record, its rule, its sources, the form and the page.

A chain is a tree of nodes: what a record says, the rule that made it, and under it the records that it rests on.
"""

from __future__ import annotations

from collections.abc import Iterator

from reports.trace_data import Record, RunData, is_date
from reports.trace_lesions import response_lesions, sum_diameters
from reports.trace_nodes import Node, Said
from reports.trace_places import place_of
from reports.trace_reasons import Reasons
from reports.trace_rules import rule_of
from reports.trace_sdtm import Collected, record_name, said, sequence_of
from specs.model.adam_maps import Constant, Copy, adam_references, adam_sources
from specs.model.dataset import DatasetSpec, VariableSpec
from specs.model.responses import LesionResponse
from specs.model.study import Study
from specs.model.time_to_event import TimeRules, When

#: Variables of an analysis record that say what it is, in this order.
_SAYS = ("PARAM", "AVALC", "AVAL", "AVALU", "STARTDT", "ADT", "ADY", "AVISIT", "CNSR", "EVNTDESC", "CNSDTDSC")
#: Besides, what decided a response that was derived from lesions.
_DECIDED = ("RSPCRIT", "RSPLNKID")
_OF_TIME = frozenset(("ADT", "AVAL", "CNSR", "STARTDT", "EVNTDESC", "CNSDTDSC"))
_OF_RESPONSE = frozenset(("ADT", "AVAL", "AVALC"))
#: Variables that name a record's subject or source, and say nothing of it.
_NAMES = frozenset(("STUDYID", "USUBJID", "SUBJID", "SITEID", "DOMAIN", "ASEQ", "SRCDOM", "SRCVAR", "SRCSEQ"))
_SUBJECTS = "ADSL"


class Tracer:
    """Makes the chains of a run's records; what was made once is used again."""

    def __init__(self, study: Study, data: RunData) -> None:
        self.study = study
        self.data = data
        self.collected = Collected(study, data)
        self._reasons = Reasons(study, data)
        self._made: dict[tuple[str, int, str | None], Node] = {}
        self._sources: dict[tuple[str, int], list[Record]] = {}
        self._needs: dict[tuple[str, str], tuple[str, ...]] = {}

    def trace(self, record: Record, variable: str | None = None) -> Node:
        """Return the chain of one record of a dataset, or of one variable of it."""
        key = (record.dataset, record.at, variable)
        if key not in self._made:
            self._made[key] = self._trace(record, variable)
        return self._made[key]

    def _trace(self, record: Record, variable: str | None) -> Node:
        spec = self.study.adam.get(record.dataset)
        if spec is None:
            found = self.collected
            return found.record(record) if variable is None else found.value(record, variable)
        if spec.rules.time_to_event is not None and (variable is None or variable in _OF_TIME):
            return self._time(spec, record)
        if spec.rules.responses is not None and (variable is None or variable in _OF_RESPONSE):
            return self._response(spec, record)
        if variable is not None:
            return self._value(spec, spec.variable(variable), record)
        return self._subject(spec, record) if is_by_subject(spec) else self._record(spec, record)

    # Records by rules of their own

    def _time(self, spec: DatasetSpec, record: Record) -> Node:
        rules: TimeRules = spec.rules.time_to_event
        parameter = rules.parameters[record["PARAMCD"]]
        start = Node(
            "Start of the time",
            tuple(said(record, ("STARTDT",), spec)),
            sources=tuple(self._moment(rules, parameter.start, record)),
            kind="heading",
        )
        end = Node(
            "Event or censoring",
            tuple(said(record, ("ADT", "EVNTDESC", "CNSDTDSC"), spec)),
            sources=tuple(self.source(record)),
            kind="heading",
        )
        others = self._reasons.of_time(rules, parameter, record)
        return Node(
            record_name(record),
            tuple(said(record, _SAYS, spec)),
            self._text(parameter.method),
            (start, end),
            tuple(self._left_out(one, why) for one, why in others),
            title=record["PARAM"],
            place=place_of(record),
        )

    def _moment(self, rules: TimeRules, when: When, record: Record) -> Iterator[Node]:
        """Yield what the start of a time rests on: a variable of ADSL, or the first assessment of that date."""
        if when.date is not None:
            yield from (self.trace(one, when.date) for one in self.data.of("adam", _SUBJECTS, record.subject))
            return
        rows = self.data.of("adam", rules.assessments, record.subject)
        held = (one for one in rows if one["ADT"] == record["STARTDT"] and one.holds(when.assessment or ()))
        for one in held:
            yield self.trace(one)
            return

    def _response(self, spec: DatasetSpec, record: Record) -> Node:
        rules = spec.rules.responses
        parameter = rules.parameters[record["PARAMCD"]]
        sources = tuple(self.source(record))
        if isinstance(parameter, LesionResponse):
            sources = tuple(response_lesions(self.collected, self.data, parameter, record))
        others = (*self._reasons.of_response(rules, record), *self._reasons.of_timepoint(rules, record))
        return Node(
            record_name(record),
            tuple(said(record, (*_SAYS, *_DECIDED), spec)),
            self._text(parameter.method),
            sources,
            tuple(self._left_out(one, why) for one, why in others),
            title=record["PARAM"],
            place=place_of(record),
        )

    # Records that stand for a record of SDTM

    def _record(self, spec: DatasetSpec, record: Record) -> Node:
        return Node(
            record_name(record),
            self.derived_values(spec, record),
            rule_of(self.study, spec, record["PARAMCD"]) or None,
            (*self._rests_on(spec, record), *self.subject_values(spec, record.subject)),
            place=place_of(record),
        )

    def alone(self, record: Record) -> Node:
        """Return the chain of a record without the values of its subject, which stand beside all its records."""
        spec = self.study.adam[record.dataset]
        if spec.rules.time_to_event or spec.rules.responses or is_by_subject(spec):
            return self.trace(record)
        values, rule = self.derived_values(spec, record), rule_of(self.study, spec, record["PARAMCD"]) or None
        return Node(record_name(record), values, rule, tuple(self._rests_on(spec, record)), place=place_of(record))

    def _rests_on(self, spec: DatasetSpec, record: Record) -> Iterator[Node]:
        """Return what a record was made of: the diameters that a sum adds up, else its source."""
        rules = spec.rules.tumor_results
        return sum_diameters(self.collected, self.data, rules, record) if rules else self.source(record)

    def source(self, record: Record) -> Iterator[Node]:
        """Yield the record that SRCDOM and SRCSEQ of an analysis record name, else that of its sequence number."""
        if record["SRCDOM"] == _SUBJECTS:
            variable = record["SRCVAR"]
            yield from (self.trace(one, variable) for one in self.data.of("adam", _SUBJECTS, record.subject))
            return
        yield from (self.trace(one) for one in self.source_records(record))

    def source_records(self, record: Record) -> list[Record]:
        """Return the records of another dataset that an analysis record was made of."""
        key = (record.dataset, record.at)
        if key not in self._sources:
            self._sources[key] = self._source_records(record)
        return self._sources[key]

    def _source_records(self, record: Record) -> list[Record]:
        owner, number = record["SRCDOM"], record["SRCSEQ"]
        if owner and owner in self.study.adam:
            return self.data.find("adam", owner, USUBJID=record.subject, ASEQ=number)
        if not owner:
            datasets = [one for one in self.study.adam[record.dataset].inputs if record[sequence_of(one)]]
            owner = next((one for one in datasets if self.data.table("sdtm", one) is not None), "")
            number = record[sequence_of(owner)]
        return self.collected.find(owner, record.subject, number) if owner and number else []

    def derived_values(self, spec: DatasetSpec, record: Record) -> tuple[Said, ...]:
        """Return what an analysis record says beyond its source and its subject, each with the values it was read from.

        Copies of the same name are left out, for they stand in the record or the subject that they were copied from.
        """
        shown = [one for one in spec.variables if one.name not in _NAMES and record[one.name]]
        shown = [one for one in shown if not _is_copy(one)]
        return tuple(Said(one.name, record[one.name], one.label, self._basis(one, record)) for one in shown)

    def _basis(self, variable: VariableSpec, record: Record) -> str:
        """Return the values that a map reads as a phrase: `ASTDT 2024-03-01, ADSL.TRTSDT 2024-02-28`."""
        if variable.map is None:
            return ""
        key = (record.dataset, variable.name)
        if key not in self._needs:
            texts = adam_references(variable.map)
            self._needs[key] = tuple(text for text in texts if text not in _NAMES and not text.endswith("SEQ"))
        read = ((text, value) for text in self._needs[key] for value in self._values(text, record))
        return ", ".join(f"{text} {value}" for text, value in read if value)

    def _values(self, reference: str, record: Record) -> Iterator[str]:
        """Yield the values that a reference of a record stands for."""
        owner, dot, name = reference.partition(".")
        if not dot:
            yield record[reference]
        elif owner in self.study.adam:
            yield from (one[name] for one in self.data.of("adam", owner, record.subject))
        else:
            yield from (self.collected.read(one, name) for one in self._owned(owner, record))

    def _owned(self, owner: str, record: Record) -> list[Record]:
        """Return the records of SDTM that `owner.NAME` means: the row's own record, else those of its subject."""
        dataset = owner.removeprefix("SUPP")
        own = [one for one in self.source_records(record) if one.dataset == dataset]
        return own or self.data.of("sdtm", dataset, record.subject)

    def subject_values(self, spec: DatasetSpec, subject: str) -> tuple[Node, ...]:
        """Return the dates and other values of the subject that the derived variables of a dataset read."""
        maps = [one.map for one in spec.variables if one.map is not None]
        read = dict.fromkeys(text for outer in maps for text in adam_references(outer))
        copied = {one.map.variable for one in spec.variables if isinstance(one.map, Copy) and one.name in read}
        needed = [text for one in maps if not isinstance(one, Copy) for text in adam_references(one)]
        names = {text.partition(".")[2] for text in (*needed, *copied) if text.startswith(f"{_SUBJECTS}.")} - _NAMES
        rows = self.data.of("adam", _SUBJECTS, subject)
        return tuple(self.trace(one, name) for one in rows for name in sorted(names) if one[name])

    # Values of subjects and variables

    def _subject(self, spec: DatasetSpec, record: Record) -> Node:
        """Return a subject's record with the chain of each variable that is more than a copy."""
        derived = [one for one in spec.variables if record[one.name] and one.map is not None]
        derived = [one for one in derived if not isinstance(one.map, Copy | Constant)]
        base = [one for one in spec.inputs if one in self.study.sdtm][:1]
        copied = (self.collected.record(one) for name in base for one in self.data.of("sdtm", name, record.subject))
        values = (self.trace(record, one.name) for one in derived)
        says = said(record, [one.name for one in spec.variables if one.name not in _NAMES], spec)
        return Node(record_name(record), tuple(says), sources=(*copied, *values), place=place_of(record))

    def _value(self, spec: DatasetSpec, variable: VariableSpec, record: Record) -> Node:
        """Return a variable of an analysis record with what its map reads; own variables with what theirs read."""
        name = spec.name if is_by_subject(spec) else record_name(record)
        read = self._read_by(spec, variable, record)
        if variable.map is None and not is_by_subject(spec):
            read = self._rests_on(spec, record)
        value = Said(variable.label, record[variable.name])
        return Node(f"{name}.{variable.name}", (value,), self._text(variable.method), tuple(read), kind="value")

    def _read_by(self, spec: DatasetSpec, variable: VariableSpec, record: Record) -> Iterator[Node]:
        if variable.map is None:
            return
        value = record[variable.name]
        for source in adam_sources(variable.map):
            yield from self.collected.of_source(source, record.subject, value if is_date(value) else "")
        for text in adam_references(variable.map):
            owner, dot, name = text.partition(".")
            if not dot:
                if text in spec.names and text not in _NAMES:
                    yield self.trace(record, text)
            elif owner in self.study.adam:
                yield from (self.trace(one, name) for one in self.data.of("adam", owner, record.subject))
            else:
                yield from (self.collected.value(one, name) for one in self._owned(owner, record))

    def _left_out(self, record: Record, why: str) -> Node:
        names = ("AVALC", "ADT") if record.dataset in self.study.adam else _left_out_variables(record)
        spec = self.study.adam.get(record.dataset) or self.study.sdtm.get(record.dataset)
        says = (*said(record, names, spec), Said("left out", why))
        return Node(record_name(record), says, kind="left_out", place=place_of(record))

    def _text(self, method: str | None) -> str | None:
        found = self.study.methods.get(method or "")
        return found.text if found else None


def is_by_subject(spec: DatasetSpec) -> bool:
    """Return whether an analysis dataset has one record a subject, as ADSL has."""
    return spec.builder == _SUBJECTS


def _is_copy(variable: VariableSpec) -> bool:
    """Return whether a variable says what another one of its name says, or the same of everyone."""
    if isinstance(variable.map, Copy):
        return variable.map.variable.endswith(f".{variable.name}")
    return isinstance(variable.map, Constant)


def _left_out_variables(record: Record) -> tuple[str, ...]:
    prefix = record.dataset[:2]
    return (f"{prefix}STRESC", f"{prefix}DTC")
