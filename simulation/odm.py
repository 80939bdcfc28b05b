"""The export as an ODM-XML 1.3.2 snapshot, built in whole columns and written in chunks of subjects.

Rows stand in the order of the forms' own rows, so that a reader of ODM finds each form as a reader of CSV does.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from simulation.draws import Flags, Ints
from simulation.export import SimulatedExport
from simulation.odm_dialect import OdmDialect, scalar
from simulation.ordering import PlacedForm, place_forms, subjects_of
from simulation.text import Text, content
from specs.model.raw import RawContract

#: Subjects whose rows are built at a time.
_CHUNK = 4_000


def write_odm(export: SimulatedExport, contract: RawContract, path: Path) -> None:
    """Write the export as one ODM-XML file; empty items are left out."""
    write_document(OdmDialect(export, contract), path)


def write_document(dialect: OdmDialect, path: Path) -> None:
    """Write an export as one ODM-XML file of a version or dialect."""
    export, contract = dialect.export, dialect.contract
    path.parent.mkdir(parents=True, exist_ok=True)
    events = list(export.events)
    subjects = subjects_of(export, contract)
    forms = place_forms(export, contract, subjects)
    with path.open("wb") as file:
        file.write(dialect.header().encode())
        for start in range(0, len(subjects), _CHUNK):
            _write_chunk(forms, subjects, events, range(start, min(start + _CHUNK, len(subjects))), dialect, file)
        file.write(dialect.footer().encode())


def _write_chunk(
    forms: Sequence[PlacedForm],
    subjects: pd.DataFrame,
    events: Sequence[str],
    chunk: range,
    dialect: OdmDialect,
    file: BinaryIO,
) -> None:
    parts, bodies = [], []
    for at, form in enumerate(forms):
        part = form.within(chunk)
        if part is not None:
            bodies.append(dialect.groups(part.frame, form.name, part.subject))
            parts.append((part.subject, part.event, part.repeat, np.full(len(part.subject), at, dtype="int64")))
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
