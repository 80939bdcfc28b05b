"""One CSV file: its header held against the contract, its records read strictly as text.

Quoting follows RFC 4180: a field may be quoted, and then hold delimiters, line ends and doubled quotes; lines may
end with CRLF, LF or CR. A quote that is never closed, text after a closing quote, and a record with too few or too
many fields are errors with their line. Empty lines are skipped. Quotes say nothing about a value: `NA` and `"NA"`
are the same text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, BinaryIO

import numpy as np
import pandas as pd

from clinical import provenance
from clinical.errors import RawDataError, did_you_mean, listed
from raw.encoding import CODECS
from raw.frames import Columns, form_frame
from raw.reading import Told, refuse
from specs.model.raw import CsvFormat, Form, Identity

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", "^": "caret", "~": "tilde"}


@dataclass(frozen=True)
class Layout:
    """Where in a record the contract's columns and the keys stand; `others` are the positions nobody asks for."""

    columns: dict[str, int]
    keys: dict[str, int]
    others: tuple[int, ...]
    width: int

    @property
    def names(self) -> list[str]:
        """Return the keys and columns that the file has."""
        return [*self.keys, *self.columns]

    @property
    def positions(self) -> list[int]:
        """Return their positions, in the order of `names`."""
        return [*self.keys.values(), *self.columns.values()]


def read_delimited(
    stream: BinaryIO, where: str, file: str, name: str, form: Form, identity: Identity, style: CsvFormat
) -> tuple[pd.DataFrame, Told, list[str]]:
    """Return the frame of a form, what was noticed, and the names of columns that it does not use.

    Args:
        stream: the file, verified to be text of the declared encoding.
        where: the file in messages; `file` is its name in provenance.

    Raises:
        RawDataError: a column is missing or twice there, a record is not whole.
    """
    text = io.TextIOWrapper(stream, encoding=CODECS[style.encoding], errors="strict", newline="")
    records = _records(text, where, style.delimiter)
    header = [column.strip() for column in next(records, [])]
    layout = _layout(header, where, name, form, identity, style)
    columns = Columns(layout.names, style.missing)
    positions, others = layout.positions, layout.others
    digests = []
    for record in records:
        columns.add([record[position] for position in positions])
        if others:
            digests.append(_digest(record, others))
    length = columns.length
    arrays: dict[str, Any] = columns.take()
    other = np.array(digests, dtype="int64") if others else np.zeros(length, dtype="int64")
    frame, noticed = form_frame(name, form, arrays, other, file)
    return frame, noticed, [header[position] or "(unnamed)" for position in others]


def _records(text: Iterable[str], where: str, delimiter: str) -> Iterator[list[str]]:
    """Yield the header and each record, all as long as the header.

    Raises:
        RawDataError: a quote is not closed, or a record has too few or too many fields.
    """
    reader = csv.reader(text, delimiter=delimiter, strict=True)
    width = 0
    before = 0
    try:
        for record in reader:
            if len(record) != width:
                if not record:
                    before = reader.line_num
                    continue
                if width:
                    raise _wrong_width(where, before + 1, len(record), width)
                width = len(record)
            before = reader.line_num
            yield record
    except csv.Error as error:
        raise _damaged(where, before + 1, reader.line_num, str(error)) from None


def _wrong_width(where: str, line: int, found: int, expected: int) -> RawDataError:
    few = found < expected
    cause = (
        "If this is the last line, the file was cut short; else a field holds a line end without quotes"
        if few
        else "A field probably holds the delimiter without quotes"
    )
    return RawDataError(
        f"{where}: line {line}: too {'few' if few else 'many'} fields (found {found}, expected {expected} as in the "
        f"header). {cause}; export the file again."
    )


def _damaged(where: str, first: int, last: int, reason: str) -> RawDataError:
    if "unexpected end" in reason or "field limit" in reason:
        what = "a quoted field is never closed (the file was cut short, or a quote inside a field is not doubled)"
    elif "expected after" in reason:
        what = "text follows a closing quote (a quote inside a field must be doubled)"
    else:
        what = "the record cannot be read as CSV"
    lines = f"line {first}" if last <= first else f"lines {first} to {last}"
    return RawDataError(f"{where}: {lines}: {what}. Export the file again.")


def _layout(header: Sequence[str], where: str, name: str, form: Form, identity: Identity, style: CsvFormat) -> Layout:
    """Return where the contract's columns stand in the header.

    Raises:
        RawDataError: all that is wrong with the header, in one error.
    """
    twice = sorted({column for column in header if header.count(column) > 1})
    if twice:
        shown = listed([column or "(unnamed)" for column in twice])
        raise RawDataError(f"{where}: line 1: column names stand more than once ({shown}). Export the file again.")
    _refuse_other_delimiter(header, where, style.delimiter)
    places = {column: position for position, column in enumerate(header)}
    problems = []
    columns = {}
    for column, one in form.columns.items():
        source = one.source or column
        if source in places:
            columns[column] = places[source]
        elif not one.optional:
            problems.append(_missing_column(where, source, name, header))
    keys, absent = _key_places(places, form, identity)
    problems += [_missing_column(where, column, name, header) for column in absent]
    if provenance.SUBJECT not in keys and not identity.subject:
        problems.append(f"raw.yaml: form '{name}' has no subject column. Name it as `identity.subject`.")
    refuse(problems)
    used = {*columns.values(), *keys.values()}
    others = tuple(position for position in range(len(header)) if position not in used)
    return Layout(columns, keys, others, len(header))


def _key_places(places: dict[str, int], form: Form, identity: Identity) -> tuple[dict[str, int], list[str]]:
    """Return the positions of the keys that the file has, and the key columns that it lacks and must have.

    Subject, site and event must be there when the contract names a column for them, and so must every key that the
    form itself names. A repeat key that the form only inherits may be absent; but a repeating form must have its
    form repeat or its group repeat. A form says with an empty name that it has no such key.
    """
    named = {f"_{part.upper()}": column for part, column in identity.model_dump().items() if column}
    own = {f"_{part.upper()}" for part, column in form.identity.model_dump().items() if column}
    must = {provenance.SUBJECT, provenance.SITE, provenance.EVENT} | own
    keys = {key: places[column] for key, column in named.items() if column in places}
    absent = [column for key, column in named.items() if key in must and column not in places]
    lines = {provenance.FORM_REPEAT, provenance.GROUP_REPEAT} & set(named)
    if form.repeating and lines and not lines & set(keys):
        absent += [named[key] for key in sorted(lines) if named[key] not in absent]
    return keys, absent


def _missing_column(where: str, column: str, form: str, header: Sequence[str]) -> str:
    return (
        f"{where}: column '{column}' is missing; form '{form}' needs it.{did_you_mean(column, header)} "
        f"Columns present: {listed(header, 60)}. Fix the export or raw.yaml."
    )


def _refuse_other_delimiter(header: Sequence[str], where: str, delimiter: str) -> None:
    if len(header) != 1:
        return
    for other, name in _DELIMITERS.items():
        if other != delimiter and other in header[0]:
            declared = _DELIMITERS.get(delimiter, "another character")
            raise RawDataError(
                f"{where}: line 1: the fields are separated by {name}, not by the declared {declared}. "
                "Declare `export.csv.delimiter` in raw.yaml, or export the file again."
            )


def _digest(record: Sequence[str], others: Sequence[int]) -> int:
    texts = "\x1f".join([record[position] for position in others])
    return int.from_bytes(blake2b(texts.encode(), digest_size=8).digest(), "big", signed=True)
