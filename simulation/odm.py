"""The export as an ODM-XML 1.3.2 snapshot, built in whole columns and written in chunks of subjects.

Rows stand in the order of the forms' own rows, so that a reader of ODM finds each form as a reader of CSV does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from simulation.draws import Flags, Ints
from simulation.export import SimulatedExport, identity_names
from simulation.odm_dialect import OdmDialect, scalar
from simulation.text import Text, content
from specs.model.raw import RawContract

#: Subjects whose rows are built at a time.
_CHUNK = 4_000


@dataclass(frozen=True)
class _Form:
    """A form's rows with the positions that say where each of them stands in the file."""

    name: str
    frame: pd.DataFrame
    subject: Ints
    event: Ints


def write_odm(export: SimulatedExport, contract: RawContract, path: Path) -> None:
    """Write the export as one ODM-XML file; empty items are left out."""
    write_document(OdmDialect(export, contract), path)


def write_document(dialect: OdmDialect, path: Path) -> None:
    """Write an export as one ODM-XML file of a version or dialect."""
    export, contract = dialect.export, dialect.contract
    path.parent.mkdir(parents=True, exist_ok=True)
    events = list(export.events)
    subjects = _subjects(export, contract)
    forms = [_located(export.forms[name], name, contract, subjects, events) for name in export.forms]
    with path.open("wb") as file:
        file.write(dialect.header().encode())
        for start in range(0, len(subjects), _CHUNK):
            _write_chunk(forms, subjects, events, range(start, min(start + _CHUNK, len(subjects))), dialect, file)
        file.write(dialect.footer().encode())


def _subjects(export: SimulatedExport, contract: RawContract) -> pd.DataFrame:
    """Return every subject key and site of the export once, in order; records without a subject come last."""
    found = []
    for form, frame in export.forms.items():
        found.append(_subject_and_site(frame, form, contract).drop_duplicates())
    pairs = pd.concat(found, ignore_index=True).drop_duplicates()
    return pairs.sort_values(["subject", "site"], kind="stable", na_position="last").reset_index(drop=True)


def _located(
    frame: pd.DataFrame, form: str, contract: RawContract, subjects: pd.DataFrame, events: Sequence[str]
) -> _Form:
    """Return a form with the positions of its rows' subjects and events; rows keep their order within these."""
    own = _subject_and_site(frame, form, contract)
    sites = pd.Index(subjects["site"].unique())
    keys = pd.Index(subjects["subject"].unique())
    wide = len(sites)
    place = _indices(keys, subjects["subject"]) * wide + _indices(sites, subjects["site"])
    wanted = _indices(keys, own["subject"]) * wide + _indices(sites, own["site"])
    position = pd.Index(place).get_indexer(wanted).astype("int64")
    event = _indices(pd.Index(events), frame[identity_names(contract, form)["event"]])
    order = np.argsort(position, kind="stable")
    return _Form(form, frame.iloc[order], position[order], event[order])


def _subject_and_site(frame: pd.DataFrame, form: str, contract: RawContract) -> pd.DataFrame:
    names = identity_names(contract, form)
    nothing = pd.Series(index=frame.index, dtype="str")
    return pd.DataFrame({role: frame[names[role]] if role in names else nothing for role in ("subject", "site")})


def _indices(known: pd.Index, values: pd.Series) -> Ints:
    return known.get_indexer(pd.Index(values)).astype("int64")


def _write_chunk(
    forms: Sequence[_Form],
    subjects: pd.DataFrame,
    events: Sequence[str],
    chunk: range,
    dialect: OdmDialect,
    file: BinaryIO,
) -> None:
    parts, bodies = [], []
    for at, form in enumerate(forms):
        low, high = np.searchsorted(form.subject, [chunk.start, chunk.stop])
        if low == high:
            continue
        frame = form.frame.iloc[low:high]
        bodies.append(dialect.groups(frame, form.name, form.subject[low:high]))
        repeat = _repeats(frame, identity_names(dialect.contract, form.name).get("event_repeat"))
        parts.append((form.subject[low:high], form.event[low:high], repeat, np.full(high - low, at, dtype="int64")))
    if not parts:
        return
    subject, event, repeat, place = (np.concatenate(column) for column in zip(*parts, strict=True))
    order = np.lexsort((place, repeat, event, subject))
    subject, event, repeat, place = subject[order], event[order], repeat[order], place[order]
    body = pa.concat_arrays(bodies).take(pa.array(order))
    new_subject = _starts(subject)
    new_event = new_subject | _starts(event) | _starts(repeat)
    new_form = new_event | _starts(place)
    pieces = [
        _only(new_subject, dialect.subjects(subjects).take(pa.array(subject))),
        _only(new_event, dialect.events(events, event, repeat)),
        _only(new_form, dialect.forms([form.name for form in forms], place, subject)),
        body,
        _closings(new_subject, new_event, new_form, dialect.closings),
    ]
    lines = pc.binary_join_element_wise(*pieces, scalar(""))
    file.write(content(lines))


def _closings(new_subject: Flags, new_event: Flags, new_form: Flags, closings: tuple[str, str, str]) -> Text:
    """Return what ends after each row: nothing, the form, the event too, or the subject too."""

    def next_is(starts: Flags) -> Ints:
        return np.concatenate((starts[1:], [True])).astype("int64")

    ends = next_is(new_form) + next_is(new_event) + next_is(new_subject)
    form, event, subject = closings
    table = pa.array(["", f"{form}\n", f"{form}{event}\n", f"{form}{event}{subject}\n"], type=pa.large_string())
    return table.take(pa.array(ends))


def _only(where: Flags, column: Text) -> Text:
    return pc.if_else(pa.array(where), column, scalar(""))


def _starts(values: Ints) -> Flags:
    return np.concatenate(([True], values[1:] != values[:-1]))


def _repeats(frame: pd.DataFrame, column: str | None) -> Ints:
    if column is None:
        return np.zeros(len(frame), dtype="int64")
    return pd.to_numeric(frame[column]).fillna(0).to_numpy(dtype="int64")
