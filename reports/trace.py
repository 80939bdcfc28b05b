"""From a record back to the raw cells it came from: analysis record, its rule, its sources, the form and the page.

A chain is a tree of `Node`: what a record says, the rule that made it, and under it the records that it rests on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from clinical import provenance
from clinical.conditions import Condition, matches
from clinical.findings import as_text
from specs.model.adam_maps import adam_references, adam_sources
from specs.model.dataset import DatasetSpec, VariableSpec
from specs.model.maps import Source, references_of, sources_of
from specs.model.study import Study
from specs.model.time_to_event import Interruption, TimeParameter, TimeRules, When
from specs.phases import maps_of
from specs.references import parse_reference

#: Variables of an analysis record that say what it is, in this order.
_SAYS = ("PARAM", "AVALC", "AVAL", "AVALU", "STARTDT", "ADT", "ADY", "AVISIT", "CNSR", "EVNTDESC", "CNSDTDSC")
#: Variables of a collected record that say nothing beyond what names it.
_SILENT = ("STUDYID", "DOMAIN", "USUBJID", "EPOCH", "VISITNUM", "VISITDY", "TAETORD")


@dataclass(frozen=True)
class Node:
    """A record or a raw row: its name, what it says, the rule that made it, what it rests on, what was left out."""

    name: str
    says: tuple[tuple[str, str], ...] = ()
    rule: str | None = None
    sources: tuple[Node, ...] = ()
    left_out: tuple[Node, ...] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """Return the tree as JSON values."""
        content: dict[str, Any] = {"name": self.name, "says": dict(self.says)}
        if self.rule:
            content["rule"] = self.rule
        if self.sources:
            content["sources"] = [one.to_json() for one in self.sources]
        if self.left_out:
            content["left_out"] = [one.to_json() for one in self.left_out]
        return content


@dataclass(frozen=True)
class Tracer:
    """A run's data: `load` returns a stage's frame (`raw`, `sdtm`, `adam`), None where there is none."""

    study: Study
    load: Callable[[str, str], pd.DataFrame | None]

    def stage_of(self, dataset: str) -> str | None:
        """Return the stage that has a dataset, None where the run has none of that name."""
        return next((stage for stage in ("adam", "sdtm") if self.load(stage, dataset) is not None), None)

    def trace(self, dataset: str, row: pd.Series, variable: str | None = None) -> Node:
        """Return the chain of one record of a dataset, or of one variable of it."""
        if dataset not in self.study.adam:
            return self._collected(dataset, row, variable)
        spec = self.study.adam[dataset]
        if spec.rules.time_to_event is not None and variable in (None, "ADT", "AVAL", "CNSR", "STARTDT"):
            return self._time(spec, row)
        if spec.rules.responses is not None and variable in (None, "ADT", "AVAL", "AVALC"):
            return self._response(spec, row)
        return self._subject_value(spec, row, variable)

    # Analysis records

    def _time(self, spec: DatasetSpec, row: pd.Series) -> Node:
        rules: TimeRules = spec.rules.time_to_event
        parameter = rules.parameters[row["PARAMCD"]]
        start = self._moment(rules, parameter.start, row, "STARTDT")
        end = list(self._source(spec.name, row))
        return Node(
            _named(spec.name, row),
            _said(row, _SAYS),
            self._text(parameter.method),
            (Node("Start of the time", _said(row, ("STARTDT",)), sources=tuple(start)),
             Node("Event or censoring", _said(row, ("ADT", "EVNTDESC", "CNSDTDSC")), sources=tuple(end))),
            tuple(self._not_used(rules, parameter, row)),
        )  # fmt: skip

    def _moment(self, rules: TimeRules, when: When, row: pd.Series, date: str) -> Iterator[Node]:
        """Yield what a date of a time rests on: a variable of ADSL, or the assessments of that date."""
        subject = self._rows("adam", "ADSL", row["USUBJID"])
        if when.date is not None:
            for _, one in subject.iterrows():
                yield self._subject_value(self.study.adam["ADSL"], one, when.date)
            return
        rows = self._rows("adam", rules.assessments, row["USUBJID"])
        held = rows[_holds(rows, when.assessment or ()) & (rows["ADT"] == row[date]).to_numpy()]
        for _, one in held.head(1).iterrows():
            yield self.trace(rules.assessments, one)

    def _not_used(self, rules: TimeRules, parameter: TimeParameter, row: pd.Series) -> Iterator[Node]:
        """Yield the subject's other assessments, each with the reason why it decided nothing."""
        wanted = [rules.events[name].assessment for name in parameter.events] + [
            one.assessment for one in rules.last_dates(parameter)
        ]
        conditions = [one for one in wanted if one]
        rows = self._rows("adam", rules.assessments, row["USUBJID"])
        names = {value for one in conditions for part in one for value in (_values(part) or ())}
        decided = [row["ADT"], *([row["STARTDT"]] if parameter.start.assessment else [])]
        rows = rows[rows["PARAMCD"].isin(sorted(names)) & ~rows["ADT"].isin(decided)]
        censors = [rules.censors[name] for name in parameter.censors]
        stops = [censor for censor in censors if isinstance(censor, Interruption)]
        subject = self._rows("adam", "ADSL", row["USUBJID"])
        for _, one in rows.sort_values("ADT", kind="stable").iterrows():
            used = any(bool(_holds(one.to_frame().T, part)[0]) for part in conditions)
            why = _why_not(one, row, used, subject, stops)
            yield Node(_named(rules.assessments, one), (*_said(one, ("AVALC", "ADT")), ("left out", why)))

    def _response(self, spec: DatasetSpec, row: pd.Series) -> Node:
        parameter = spec.rules.responses.parameters[row["PARAMCD"]]
        return Node(
            _named(spec.name, row), _said(row, _SAYS), self._text(parameter.method), tuple(self._source(spec.name, row))
        )

    def _source(self, dataset: str, row: pd.Series) -> Iterator[Node]:
        """Yield the record that SRCDOM, SRCVAR and SRCSEQ of an analysis record name."""
        owner, name, sequence = (row.get(one) for one in ("SRCDOM", "SRCVAR", "SRCSEQ"))
        if pd.isna(owner):
            return
        if owner == "ADSL":
            for _, one in self._rows("adam", "ADSL", row["USUBJID"]).iterrows():
                yield self._subject_value(self.study.adam["ADSL"], one, str(name))
            return
        key = "ASEQ" if owner in self.study.adam else f"{owner}SEQ"
        stage = "adam" if owner in self.study.adam else "sdtm"
        rows = self._rows(stage, owner, row["USUBJID"])
        for _, one in rows[rows[key] == sequence].iterrows():
            yield self.trace(owner, one) if stage == "adam" else self._collected(owner, one, None)

    def _subject_value(self, spec: DatasetSpec, row: pd.Series, variable: str | None) -> Node:
        """Return a mapped variable of an analysis dataset with the records that its map reads."""
        if variable is None:
            return Node(_named(spec.name, row), _said(row, [one.name for one in spec.variables]))
        described = spec.variable(variable)
        return Node(
            f"{spec.name}.{variable}",
            ((described.label, _shown(row[variable])),),
            self._text(described.method),
            tuple(self._read_by(described, row)),
        )

    def _read_by(self, variable: VariableSpec, row: pd.Series) -> Iterator[Node]:
        if variable.map is None:
            return
        value = row[variable.name]
        for source in adam_sources(variable.map):
            yield from self._records(source, row["USUBJID"], value if isinstance(value, pd.Timestamp) else None)
        for text in adam_references(variable.map):
            owner, dot, name = text.partition(".")
            if dot and owner in self.study.sdtm:
                for _, one in self._rows("sdtm", owner, row["USUBJID"]).iterrows():
                    yield self._collected(owner, one, name)

    # Collected records

    def _records(self, source: Source, subject: str, day: pd.Timestamp | None) -> Iterator[Node]:
        """Yield the subject's records of a source; of a date only those of its day."""
        rows = self._rows("sdtm", source.dataset, subject)
        if rows.empty or source.variable not in rows:
            return
        rows = rows[_holds(rows, source.where) & rows[source.variable].notna().to_numpy()]
        if day is not None:
            known = rows[source.variable].str.slice(0, 10)
            wanted = [day.strftime("%Y-%m-%d").startswith(text) for text in known]  # also what was completed
            rows = rows[wanted]
        for _, one in rows.iterrows():
            yield self._collected(source.dataset, one, source.variable)

    def _collected(self, dataset: str, row: pd.Series, variable: str | None) -> Node:
        """Return a record of SDTM with the raw row that it came from, and the datasets that its map reads."""
        spec = self.study.sdtm[dataset]
        if variable is None:
            names = [one.name for one in spec.variables if one.name not in _SILENT]
            return Node(_named(dataset, row), _said(row, names), sources=tuple(self._raw(spec, row)))
        described = spec.variable(variable)
        maps = maps_of(spec, described)
        sources = [source for outer in maps for source in sources_of(outer)]
        references = [text for outer in maps for text in references_of(outer)]
        elsewhere = {one.owner for one in map(parse_reference, references) if one.kind == "form"}
        read = list(self._other(elsewhere, row, references))
        if not (sources or elsewhere) or set(_cells_of(spec, str(row.get(provenance.FORM)), references)):
            read = [*self._raw(spec, row, references), *read]
        day = pd.to_datetime(str(row[variable])[:10], errors="coerce")
        for one in sources:
            read += self._records(one, row["USUBJID"], None if pd.isna(day) else day)
        return Node(
            f"{_named(dataset, row)}.{variable}",
            ((described.label, _shown(row[variable])),),
            self._text(described.method),
            tuple(read),
        )

    def _raw(self, spec: DatasetSpec, row: pd.Series, references: Iterable[str] | None = None) -> Iterator[Node]:
        """Yield the raw row of a record with its cells; with references, only the cells that these can read."""
        form, number = row.get(provenance.FORM), row.get(provenance.ROW)
        table = None if pd.isna(form) else self.load("raw", str(form))
        if table is not None:
            wanted = None if references is None else set(_cells_of(spec, str(form), references))
            yield from _rows_of(str(form), table[table[provenance.ROW] == number], wanted)

    def _other(self, forms: Iterable[str], row: pd.Series, references: Iterable[str]) -> Iterator[Node]:
        """Yield the subject's raw rows of other forms, with the cells that references name."""
        for form in sorted(forms):
            table = self.load("raw", form)
            if table is not None:
                named = {one.name for one in map(parse_reference, references) if one.owner == form}
                yield from _rows_of(form, table[table[provenance.SUBJECT] == row[provenance.SUBJECT]], named)

    # Helpers

    def _rows(self, stage: str, dataset: str, subject: str) -> pd.DataFrame:
        frame = self.load(stage, dataset)
        if frame is None:
            return pd.DataFrame({"USUBJID": pd.Series(dtype="str")})
        return frame[frame["USUBJID"] == subject]

    def _text(self, method: str | None) -> str | None:
        found = self.study.methods.get(method or "")
        return found.text if found else None


def _cells_of(spec: DatasetSpec, form: str, references: Iterable[str]) -> Iterator[str]:
    """Yield the columns of a form that references can mean, those that `stack` renames included."""
    stacked: dict[str, list[str]] = {}
    for record in spec.records:
        if record.form == form and record.stack is not None:
            for part in record.stack.rows:
                for name, column in part.columns.items():
                    stacked.setdefault(name, []).append(column)
    for reference in map(parse_reference, references):
        if reference.kind == "own":
            yield from stacked.get(reference.name, [reference.name])
        elif reference.kind == "form" and reference.owner == form:
            yield reference.name


def _rows_of(form: str, rows: pd.DataFrame, wanted: set[str] | None) -> Iterator[Node]:
    """Yield raw rows with their place and their cells, or those of them that are wanted."""
    cells = [name for name in rows.columns if not provenance.is_provenance(str(name))]
    if wanted is not None:
        cells = [name for name in cells if name in wanted] or cells
    for _, one in rows.iterrows():
        place = [("file", one[provenance.FILE]), ("row", one[provenance.ROW]), ("CRF page", one[provenance.PAGE])]
        place += [("event", one[provenance.EVENT]), ("repeat", one[provenance.EVENT_REPEAT])]
        said = [(name, one[name]) for name in cells]
        texts = tuple((name, _shown(value)) for name, value in (*place, *said) if not pd.isna(value))
        yield Node(f"form {form}, row {_shown(one[provenance.ROW])}", texts)


def _holds(rows: pd.DataFrame, condition: Condition) -> Any:
    known = [part for part in condition if all(name in rows for name in part)]
    if condition and not known:
        return pd.Series(False, index=rows.index).to_numpy()
    return matches(rows, known)


def _values(part: Mapping[str, Any]) -> tuple[str, ...] | None:
    test = part.get("PARAMCD")
    return test.any_of if test is not None else None


def _why_not(one: pd.Series, row: pd.Series, used: bool, subject: pd.DataFrame, stops: Iterable[Interruption]) -> str:
    """Return why an assessment did not decide a time."""
    if one["ADT"] <= row["STARTDT"]:
        return "not after the start of the time"
    for stop in stops:
        if stop.date in subject and (subject[stop.date] < one["ADT"]).any():
            return f"after {stop.text.lower()}"
    if not used:
        return "does not count for this parameter"
    return "later than the date that decided" if one["ADT"] > row["ADT"] else "earlier than the date that decided"


def _named(dataset: str, row: pd.Series) -> str:
    """Return a record's name: its dataset, its parameter or sequence number."""
    if "PARAMCD" in row:
        return f"{dataset} {row['PARAMCD']}"
    number = row.get(f"{dataset[:2]}SEQ")
    return dataset if number is None or pd.isna(number) else f"{dataset} {_shown(number)}"


def _said(row: pd.Series, names: Iterable[str]) -> tuple[tuple[str, str], ...]:
    return tuple((name, _shown(row[name])) for name in names if name in row and not pd.isna(row[name]))


def _shown(value: Any) -> str:
    """Return a value as people read it; missing as nothing."""
    if pd.isna(value):
        return ""
    return str(as_text(pd.Series([value])).iloc[0])
