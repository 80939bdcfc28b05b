"""A REDCap project as one CSV: a row an event, or a row an instance of a repeating instrument; all columns in each.

A row that names a repeating instrument belongs to that instrument's form; `redcap_repeat_instance` is its line. Any
other row belongs to every form of which it holds something: a filled column, a checked box, or a completion status
above Incomplete. (An unchecked box and the status Incomplete say nothing: REDCap writes them for forms that nobody
has opened.) `redcap_repeat_instance` of such a row numbers a repeating event, unless its occurrences are events of
their own, whose names have the number.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import itemgetter

import numpy as np
import pandas as pd

from clinical import findings, provenance
from clinical.errors import RawDataError, listed
from clinical.wording import count
from raw.delimited import read_header, read_rows
from raw.encoding import verify
from raw.frames import KEYS, Columns, form_frame
from raw.layout import missing_column
from raw.reading import Inputs, Reading, Told, refuse, remark
from raw.records import Records, our_events, our_texts
from raw.snapshot import snapshot_time
from raw.source import Source
from raw.tables import columns_of
from specs.model.raw import Form, RawContract
from specs.model.raw_formats import FormatName, RedcapFormat

#: What says that a box is checked, and that a form is more than begun, in raw and label exports.
_CHECKED = ("1", "Checked")
_BEGUN = ("", "0", "Incomplete")


class RedcapFile:
    """The reader of a REDCap project: one CSV, alone or in a folder or zip."""

    name: FormatName = "redcap"
    kind = "a REDCap project as one CSV"

    def recognises(self, source: Source, contract: RawContract) -> bool:
        """Return whether raw.yaml knows REDCap and the only CSV has REDCap's key columns."""
        names = contract.export.formats.redcap
        files = source.files((".csv",))
        if names is None or len(files) != 1:
            return False
        needed = {names.keys.subject, names.repeat_instrument} - {None, ""}
        return needed <= set(source.header(files[0], contract.export.csv))

    def read(self, source: Source, contract: RawContract, forms: tuple[str, ...]) -> Reading:
        """Return the named forms of the project."""
        return read_project(source, contract, forms)


@dataclass
class _Instrument:
    """Where a form's columns stand in a row, and its records so far."""

    name: str
    form: Form
    columns: dict[str, int]
    complete: int | None
    records: Columns
    boxes: tuple[int, ...] = ()
    fields: tuple[int, ...] = ()

    def holds(self, row: Sequence[str]) -> bool:
        """Return whether a row that names no instrument holds something of the form."""
        if self.fields and "".join(itemgetter(*self.fields, self.fields[0])(row)).strip():
            return True
        if self.complete is not None and row[self.complete] not in _BEGUN:
            return True
        return any(row[box] in _CHECKED for box in self.boxes)


def read_project(source: Source, contract: RawContract, forms: tuple[str, ...]) -> Reading:
    """Return the named forms of a REDCap project.

    Raises:
        RawDataError: there is not one CSV, it is damaged, or lacks a column.
    """
    names = contract.export.formats.redcap or RedcapFormat()
    style = contract.export.csv
    file = _only_file(source)
    holder = source.container
    where = holder.where(file)
    with holder.open(file) as stream:
        facts = verify(stream, where, style.encoding)
    with holder.open(file) as stream:
        header = read_header(stream, where, style)
    walk = _Walk(header, where, contract, names, forms)
    with holder.open(file) as stream:
        walk.run(read_rows(stream, where, style))
    frames, told = walk.finish(file)
    if not facts.ended:
        told.append(remark("RAW.LAST_LINE_OPEN", f"{file}: the last line has no line end; see whether it is whole."))
    snapshot, noticed = snapshot_time(holder, style.snapshot_file, [file], _named_time(file))
    inputs: Inputs = {file: {"sha256": facts.sha256, "bytes": facts.bytes, "rows": walk.rows}}
    metadata = {"format": f"REDCap, CSV, {names.choices} export", "encoding": style.encoding}
    return Reading(frames, findings.combine([*told, *noticed]), snapshot, inputs, metadata)


def _only_file(source: Source) -> str:
    files = source.files((".csv",))
    if len(files) != 1:
        raise RawDataError(
            f"{source.path.name}: {count(len(files), 'CSV file')} ({listed(files) or 'none'}), expected one with the "
            "whole REDCap project. Keep the export's own file only."
        )
    return files[0]


def _named_time(file: str) -> datetime | None:
    """Return the time in the name that REDCap gives an export, as TRIAL_DATA_2026-03-01_1430.csv, taken as UTC."""
    found = re.search(r"_(\d{4}-\d{2}-\d{2}_\d{4})\.csv$", file)
    try:
        return datetime.strptime(found[1], "%Y-%m-%d_%H%M").replace(tzinfo=UTC) if found else None
    except ValueError:
        return None


class _Occurrences(dict[str, tuple[str, str] | None]):
    """The events that are occurrences of a repeating one: its name in the export without the number, and the number."""

    def __init__(self, names: RedcapFormat, repeating: Sequence[str]) -> None:
        super().__init__()
        self._names, self._repeating = names, repeating

    def __missing__(self, name: str) -> tuple[str, str] | None:
        found = self._names.our_numbered(name.strip())
        repeats = found is not None and found[0] in self._repeating
        self[name] = (self._names.event_name(found[0]), found[1]) if found is not None and repeats else None
        return self[name]


class _Walk:
    """The way through the rows of a project: each is handed to the forms that it belongs to."""

    def __init__(
        self, header: Sequence[str], where: str, contract: RawContract, names: RedcapFormat, forms: tuple[str, ...]
    ) -> None:
        self.rows = 0
        self._header = header
        self._where = where
        self._contract = contract
        self._names = names
        self._places = {column: position for position, column in enumerate(header)}
        problems: list[str] = []
        self._keys = self._key_places(problems)
        self._forms = [self._instrument(form, problems) for form in forms]
        refuse(problems)
        self._by_instrument: dict[str, list[_Instrument]] = {}
        for one in self._forms:
            instrument = names.instrument_name(one.name, one.form.label)
            self._by_instrument.setdefault(instrument, []).append(one)
        declared = contract.forms.items()
        self._known = {names.instrument_name(form, one.label) for form, one in declared}
        self._unknown: Counter[str] = Counter()

    def run(self, rows: Iterator[list[str]]) -> None:
        """Read all rows."""
        instrument_at = self._places.get(self._names.repeat_instrument)
        instance_at = self._keys.pop(provenance.GROUP_REPEAT, None)
        keys = [self._keys.get(key) for key in KEYS]
        event_repeat, line = KEYS.index(provenance.EVENT_REPEAT), KEYS.index(provenance.GROUP_REPEAT)
        event, occurrences = KEYS.index(provenance.EVENT), self._occurrences()
        for row in rows:
            self.rows += 1
            named = row[instrument_at].strip() if instrument_at is not None else ""
            key: list[str | None] = [None if place is None else row[place] for place in keys]
            if instance_at is not None:
                key[line if named else event_repeat] = row[instance_at]
            if occurrences is not None and (found := occurrences[key[event] or ""]) is not None:
                key[event], key[event_repeat] = found
            if named:
                if named not in self._known:
                    self._unknown[named] += 1
                belongs = self._by_instrument.get(named, [])
            else:
                belongs = [one for one in self._forms if one.holds(row)]
            for one in belongs:
                one.records.add([*key, *(row[place] for place in one.columns.values())])

    def _occurrences(self) -> _Occurrences | None:
        repeating = self._contract.export.repeating_events
        return _Occurrences(self._names, repeating) if self._names.numbered else None

    def finish(self, file: str) -> tuple[dict[str, pd.DataFrame], Told]:
        """Return the frames and what was noticed."""
        told: Told = [
            remark("RAW.UNKNOWN_FORM", f"Instrument {name} is not known to raw.yaml: {count(number, 'row')} not read.")
            for name, number in sorted(self._unknown.items())
        ]
        told += self._unused()
        frames: dict[str, pd.DataFrame] = {}
        for one in self._forms:
            length = one.records.length
            records = Records(one.records.take(), np.zeros(length, dtype="int64"))
            told += our_events(records, self._names, one.name)
            if self._names.choices == "raw":
                for column, declared in one.form.columns.items():
                    if declared.codes and column in records.columns:
                        records.columns[column] = our_texts(records.columns[column], declared.codes)
            frames[one.name], noticed = form_frame(one.name, one.form, records.columns, records.other, file)
            told += noticed
        return frames, told

    def _key_places(self, problems: list[str]) -> dict[str, int]:
        """Return the positions of the keys; subject must be there, the others where the project has them."""
        found = {}
        for role, column in self._names.keys.model_dump().items():
            if column in self._places:
                found[f"_{role.upper()}"] = self._places[column]
            elif column and role == "subject":
                problems.append(missing_column(self._where, column, self._contract.subjects, self._header))
        return found

    def _instrument(self, name: str, problems: list[str]) -> _Instrument:
        form = self._contract.forms[name]
        columns = {}
        for column, source in columns_of(self._contract, name, self._names).items():
            if source in self._places:
                columns[column] = self._places[source]
            elif not form.columns[column].optional and not form.optional:
                problems.append(missing_column(self._where, source, name, self._header))
        boxes = tuple(place for place in columns.values() if "___" in self._header[place])
        return _Instrument(
            name,
            form,
            columns,
            self._places.get(self._names.complete_name(name, form.label)),
            Columns([*KEYS, *columns], self._contract.export.csv.missing),
            boxes,
            tuple(place for place in columns.values() if place not in boxes),
        )

    def _unused(self) -> Told:
        known = {column for name in self._contract.forms for column in self._columns_of(name)}
        keys = {column for column in self._names.keys.model_dump().values() if column}
        unused = [column for column in self._header if column not in known | keys and column not in self._names.system]
        if not unused:
            return []
        message = f"{count(len(unused), 'column')} that raw.yaml does not know ({listed(unused, 60)}); not read."
        return [remark("RAW.UNKNOWN_COLUMN", message)]

    def _columns_of(self, form: str) -> list[str]:
        label = self._contract.forms[form].label
        complete = self._names.complete_name(form, label)
        stamp = f"{self._names.form_name(form, label)}_timestamp"
        return [complete, stamp, *columns_of(self._contract, form, self._names).values()]
