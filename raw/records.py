"""The records of a form as columns, before they become a frame: which of them count, and their keys as our own.

Kinds of export differ in what they write for an event or a repeat that is the only one: nothing, 0 or 1. Here it is
nothing, so that the same data have the same keys whatever they came in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from clinical import findings, provenance
from clinical.wording import agree, count
from raw.frames import KEYS, TEXT, form_frame
from raw.reading import Told, remark
from specs.model.raw import Form
from specs.model.raw_formats import Events


@dataclass
class Records:
    """Columns by name (`KEYS`, the contract's and a reader's own), and the digests of `raw.reading.OTHER`."""

    columns: dict[str, Any]
    other: np.ndarray

    def keep(self, rows: np.ndarray) -> Records:
        """Return the records of a mask."""
        if rows.all():
            return self
        mask = pa.array(rows)
        return Records({name: column.filter(mask) for name, column in self.columns.items()}, self.other[rows])

    def texts(self, column: str) -> pd.Series:
        """Return a column as text, missing where the export has no such column."""
        values = self.columns.get(column)
        return pd.Series(pd.array(pa.nulls(len(self.other), TEXT) if values is None else values, dtype="str"))


def list_records(
    rule: str, severity: findings.Severity, message: str, name: str, form: Form, left: Records, value: str | None = None
) -> Told:
    """Return a finding for each record that was left out; nothing for none.

    The finding names subject, event and repeats, but no row, for only records that count are numbered.
    """
    if not len(left.other):
        return []
    frame, _ = form_frame(name, form, left.columns, left.other, "")
    rows = frame.drop(columns=provenance.ROW)
    keys = [key for key in KEYS if key not in (provenance.SUBJECT, provenance.SITE)]
    shown = left.texts(value) if value else None
    return [findings.report(rule, severity, message, source="raw", rows=rows, keys=keys, value=shown)]


def our_events(records: Records, events: Events, name: str) -> Told:
    """Turn the export's event names into ours; a name that the contract does not know stays, with a warning."""
    column = records.columns.get(provenance.EVENT)
    if column is None:
        return []
    unknown: set[str] = set()

    def ours(text: str) -> str:
        found = events.our_event(text.strip())
        if found is None:
            unknown.add(text)
        return text if found is None else found

    records.columns[provenance.EVENT] = _mapped(column, ours)
    if not unknown:
        return []
    number = int(pc.sum(pc.is_in(column, value_set=pa.array(sorted(unknown), TEXT))).as_py() or 0)
    message = (
        f"{count(len(unknown), 'event name')} in {count(number, 'record')} {agree(len(unknown), 'do')} not follow "
        "`event` or `events` of the format in raw.yaml; kept unchanged. Add what is missing there."
    )
    return [remark("RAW.UNKNOWN_EVENT", message, form=name, severity="warning")]


def our_repeats(records: Records, form: Form, repeating_events: Sequence[str], *, first: int) -> None:
    """Turn the export's repeat numbers into ours, where it numbers everything from `first`.

    What is numbered `first` and does not repeat gets no number: an event outside `repeating_events`, a form, and a
    line of a form that is not `repeating`. Repeating events count from 1.
    """
    columns = records.columns
    nothing = pa.scalar(None, TEXT)
    repeat = columns.get(provenance.EVENT_REPEAT)
    if repeat is not None:
        event = columns.get(provenance.EVENT, pa.nulls(len(repeat), TEXT))
        repeats = pc.fill_null(pc.is_in(event, value_set=pa.array(list(repeating_events), TEXT)), False)
        counted_from_one = _mapped(repeat, lambda text: _plus(text, 1 - first))
        alone = pc.if_else(pc.fill_null(pc.equal(repeat, str(first)), False), nothing, repeat)
        columns[provenance.EVENT_REPEAT] = pc.if_else(repeats, counted_from_one, alone)
    lines = [provenance.FORM_REPEAT] if form.repeating else [provenance.FORM_REPEAT, provenance.GROUP_REPEAT]
    for key in lines:
        if key in columns:
            only = pc.fill_null(pc.equal(columns[key], str(first)), False)
            columns[key] = pc.if_else(only, nothing, columns[key])


def our_texts(column: Any, codes: dict[str, str]) -> Any:
    """Return a column with the texts that its codes stand for; other texts stay."""
    return _mapped(column, lambda text: codes.get(text, text))


def _mapped(column: Any, function: Callable[[str], str]) -> Any:
    """Return a column with each different text replaced."""
    encoded = column.dictionary_encode()
    replaced = pa.array([function(text) for text in encoded.dictionary.to_pylist()], TEXT)
    return replaced.take(encoded.indices)


def _plus(text: str, number: int) -> str:
    return str(int(text) + number) if number and text.isdecimal() else text
