"""One CSV file: its header and its records, read strictly as text.

Quoting follows RFC 4180: a field may be quoted, and then hold delimiters, line ends and doubled quotes; lines may
end with CRLF, LF or CR. A quote that is never closed, text after a closing quote, and a record with too few or too
many fields are errors with their line. Empty lines are skipped. Quotes say nothing about a value: `NA` and `"NA"`
are the same text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from typing import BinaryIO

import numpy as np

from clinical.errors import RawDataError
from raw.encoding import CODECS
from raw.frames import Columns
from raw.layout import Layout, refuse_twice
from raw.records import Records
from specs.model.raw import CsvFormat

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", "^": "caret", "~": "tilde"}


def read_header(stream: BinaryIO, where: str, style: CsvFormat) -> list[str]:
    """Return the column names of a file that was verified to be text of the declared encoding.

    Raises:
        RawDataError: a name stands twice, or the fields are separated by another character than declared.
    """
    header = [column.strip() for column in next(_records(_text(stream, style), where, style.delimiter), [])]
    refuse_twice(header, f"{where}: line 1")
    _refuse_other_delimiter(header, where, style.delimiter)
    return header


def read_rows(stream: BinaryIO, where: str, style: CsvFormat) -> Iterator[list[str]]:
    """Yield the records after the header.

    Raises:
        RawDataError: a record is not whole.
    """
    records = _records(_text(stream, style), where, style.delimiter)
    next(records, None)
    return records


def collect_rows(rows: Iterable[Sequence[str | None]], layout: Layout, missing: tuple[str, ...] = ()) -> Records:
    """Return what a layout asks of rows, column by column."""
    columns = Columns(layout.names, missing)
    positions, others = layout.positions, layout.others
    digests = []
    for row in rows:
        columns.add([row[position] for position in positions])
        if others:
            digests.append(_digest(row, others))
    length = columns.length
    return Records(columns.take(), np.array(digests, dtype="int64") if others else np.zeros(length, dtype="int64"))


def _text(stream: BinaryIO, style: CsvFormat) -> io.TextIOWrapper:
    return io.TextIOWrapper(stream, encoding=CODECS[style.encoding], errors="strict", newline="")


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


def _digest(row: Sequence[str | None], others: Sequence[int]) -> int:
    texts = "\x1f".join([row[position] or "" for position in others])
    return int.from_bytes(blake2b(texts.encode(), digest_size=8).digest(), "big", signed=True)
