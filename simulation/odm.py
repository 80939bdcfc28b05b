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
from simulation.odm_metadata import footer, header, item_oid, place_of
from simulation.text import Text, content, joined, texts
from specs.model.raw import RawContract

#: Subjects whose rows are built at a time.
_CHUNK = 4_000

_ESCAPES = (
    ("&", "&amp;"),
    ("<", "&lt;"),
    (">", "&gt;"),
    ('"', "&quot;"),
    ("\t", "&#9;"),
    ("\n", "&#10;"),
    ("\r", "&#13;"),
)


@dataclass(frozen=True)
class _Form:
    """A form's rows with the positions that say where each of them stands in the file."""

    name: str
    frame: pd.DataFrame
    subject: Ints
    event: Ints


def write_odm(export: SimulatedExport, contract: RawContract, path: Path) -> None:
    """Write the export as one ODM-XML file; empty items are left out."""
    path.parent.mkdir(parents=True, exist_ok=True)
    events = list(export.events)
    subjects = _subjects(export, contract)
    forms = [_located(export.forms[name], name, contract, subjects, events) for name in export.forms]
    with path.open("wb") as file:
        file.write(header(export, contract).encode())
        for start in range(0, len(subjects), _CHUNK):
            _write_chunk(forms, subjects, events, range(start, min(start + _CHUNK, len(subjects))), contract, file)
        file.write(footer().encode())


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
    contract: RawContract,
    file: BinaryIO,
) -> None:
    parts, bodies = [], []
    for at, form in enumerate(forms):
        low, high = np.searchsorted(form.subject, [chunk.start, chunk.stop])
        if low == high:
            continue
        frame = form.frame.iloc[low:high]
        bodies.append(_groups(frame, form.name, contract))
        repeat = _repeats(frame, identity_names(contract, form.name).get("event_repeat"))
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
    oids = [place_of(contract, form.name).form for form in forms]
    pieces = [
        _only(new_subject, _subject_tags(subjects).take(pa.array(subject))),
        _only(new_event, _event_tags(events, event, repeat)),
        _only(new_form, texts([f"<FormData FormOID={_quoted(oid)}>\n" for oid in oids], place)),
        body,
        _closings(new_subject, new_event, new_form),
    ]
    lines = pc.binary_join_element_wise(*pieces, _scalar(""))
    file.write(content(lines))


def _groups(frame: pd.DataFrame, form: str, contract: RawContract) -> Text:
    """Return each row as an ItemGroupData element; empty items are left out."""
    declared = contract.forms[form]
    opening = _scalar(f"<ItemGroupData ItemGroupOID={_quoted(place_of(contract, form).group)}")
    repeat = identity_names(contract, form).get("group_repeat")
    pieces = [opening]
    if repeat is not None:
        pieces.append(joined(' ItemGroupRepeatKey="', _escaped(frame[repeat]), '"'))
    pieces.append(_scalar(">"))
    for name, column in declared.columns.items():
        oid = item_oid(form, column.source or name)
        pieces.append(joined(f'<ItemData ItemOID={_quoted(oid)} Value="', _escaped(frame[name]), '"/>'))
    pieces.append(_scalar("</ItemGroupData>\n"))
    pieces = [_repeated(piece, len(frame)) if isinstance(piece, pa.Scalar) else piece for piece in pieces]
    return pc.binary_join_element_wise(*pieces, _scalar(""), null_handling="skip")


def _escaped(column: pd.Series) -> Text:
    """Return text as it may stand in an attribute's value."""
    values = pa.array(column, type=pa.large_string())
    if not pc.any(pc.match_substring_regex(values, '[&<>"\\t\\r\\n]')).as_py():
        return values
    for character, entity in _ESCAPES:
        values = pc.replace_substring(values, pattern=character, replacement=entity)
    return values


def _subject_tags(subjects: pd.DataFrame) -> Text:
    keys = _escaped(subjects["subject"].fillna(""))
    site = joined('<SiteRef LocationOID="', _escaped(subjects["site"]), '"/>\n')
    return joined('<SubjectData SubjectKey="', keys, '">', pc.fill_null(site, ""))


def _event_tags(events: Sequence[str], event: Ints, repeat: Ints) -> Text:
    opening = texts([f"<StudyEventData StudyEventOID={_quoted(name)}" for name in events], event)
    last = int(repeat.max(initial=0))
    keys = [">\n", *(f' StudyEventRepeatKey="{number}">\n' for number in range(1, last + 1))]
    return joined(opening, texts(keys, repeat))


def _closings(new_subject: Flags, new_event: Flags, new_form: Flags) -> Text:
    """Return what ends after each row: nothing, the form, the event too, or the subject too."""

    def next_is(starts: Flags) -> Ints:
        return np.concatenate((starts[1:], [True])).astype("int64")

    ends = next_is(new_form) + next_is(new_event) + next_is(new_subject)
    form, event, subject = "</FormData>", "</StudyEventData>", "</SubjectData>"
    table = pa.array(["", f"{form}\n", f"{form}{event}\n", f"{form}{event}{subject}\n"], type=pa.large_string())
    return table.take(pa.array(ends))


def _only(where: Flags, column: Text) -> Text:
    return pc.if_else(pa.array(where), column, _scalar(""))


def _starts(values: Ints) -> Flags:
    return np.concatenate(([True], values[1:] != values[:-1]))


def _repeats(frame: pd.DataFrame, column: str | None) -> Ints:
    if column is None:
        return np.zeros(len(frame), dtype="int64")
    return pd.to_numeric(frame[column]).fillna(0).to_numpy(dtype="int64")


def _scalar(text: str) -> pa.Scalar:
    return pa.scalar(text, pa.large_string())


def _repeated(scalar: pa.Scalar, size: int) -> Text:
    return pa.repeat(scalar, size)


def _quoted(text: str) -> str:
    return '"' + text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;") + '"'
