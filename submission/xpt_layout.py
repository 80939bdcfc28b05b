"""The bytes of a SAS XPT version 5 file: what its headers say, and how many records follow them.

Reference: "Record Layout of a SAS Version 5 or 6 Data Set in SAS Transport (XPORT) Format" (SAS TS-140).
"""

from __future__ import annotations

import re
import struct
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import accumulate
from pathlib import Path
from typing import BinaryIO, Literal

from clinical.errors import OutsideError, RawDataError, listed

RECORD = 80
_LIBRARY = b"HEADER RECORD*******LIBRARY HEADER RECORD!!!!!!!"
_LIBRARY_V8 = b"HEADER RECORD*******LIBV8   HEADER RECORD!!!!!!!"
_MEMBER = b"HEADER RECORD*******MEMBER  HEADER RECORD!!!!!!!"
_DESCRIPTOR = b"HEADER RECORD*******DSCRPTR HEADER RECORD!!!!!!!"
_NAMESTR = b"HEADER RECORD*******NAMESTR HEADER RECORD!!!!!!!"
_OBSERVATIONS = b"HEADER RECORD*******OBS     HEADER RECORD!!!!!!!"
#: Where each header record stands in a file that holds one dataset.
_HEADERS = ((0, _LIBRARY), (240, _MEMBER), (320, _DESCRIPTOR), (560, _NAMESTR))
_NAMESTR_START = 640
#: The bytes that describe a variable; only VMS has 136, and no reader of ours takes them.
_NAMESTR_BYTES = 140
#: type, length, name, label, format, informat (name, width and decimals each), position: what we read of a NAMESTR.
_VARIABLE = struct.Struct(">h2xh2x8s40s8shh4x8shhi")
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


@dataclass(frozen=True)
class StoredVariable:
    """A variable as the file describes it; `length` in bytes, `format` and `informat` as `DATE9.` or empty."""

    name: str
    label: str
    type: Literal["Char", "Num"]
    length: int
    format: str
    informat: str = ""


@dataclass(frozen=True)
class Layout:
    """A transport file without its data.

    `rows` leaves out blank records at the end where a record is shorter than 80 bytes: no reader can tell these from
    padding. Where it is longer and all text, `blank_rows` of them are blank records at the end. (A number is never
    blank, so a blank record with a number is padding too much.)
    """

    name: str
    label: str
    created: datetime | None
    variables: tuple[StoredVariable, ...]
    record_length: int
    rows: int
    blank_rows: int


def expected_size(lengths: Iterable[int], rows: int) -> int:
    """Return how many bytes a whole file has with variables of these lengths and so many rows."""
    widths = tuple(lengths)
    described = pad_to_record(_NAMESTR_BYTES * len(widths))
    return _NAMESTR_START + described + RECORD + pad_to_record(sum(widths) * rows)


def read_layout(path: Path, *, encoding: str = "utf-8") -> Layout:
    """Return what the headers of a transport file say, after checking that the file is whole.

    Raises:
        RawDataError: not a version 5 transport file, cut off, damaged, or holding several datasets.
    """
    try:
        with path.open("rb") as file:
            return _read_layout(file, path.name, encoding)
    except UnicodeDecodeError as error:
        raise RawDataError(
            f"{path.name}: the labels are not {encoding} text. Name the encoding that the file was written in."
        ) from error
    except OSError as error:
        raise OutsideError(f"{path}: cannot be read ({error.strerror}). Check the path and its permissions.") from error


def _read_layout(file: BinaryIO, where: str, encoding: str) -> Layout:
    head = file.read(_NAMESTR_START)
    _require_version_5(head, where)
    count, width = int(head[614:618]), int(head[314:318])
    if width != _NAMESTR_BYTES:
        raise RawDataError(
            f"{where}: its variables are described in {width} bytes each, expected {_NAMESTR_BYTES} (VMS has 136). "
            "Export the file again on another system."
        )
    described = file.read(pad_to_record(count * width))
    observations = file.read(RECORD)
    if not observations.startswith(_OBSERVATIONS):
        raise _cut_off(where)
    parts = (described[at : at + width] for at in range(0, count * width, width))
    variables, positions = zip(*(_variable(part, encoding) for part in parts), strict=True)
    lengths = [variable.length for variable in variables]
    if without := [variable.name for variable in variables if variable.length < 1]:
        raise RawDataError(f"{where}: variables have no length ({listed(without)}). Export the file again.")
    if list(positions) != [0, *accumulate(lengths)][:-1]:
        raise RawDataError(f"{where}: the variables' places in the record do not add up. Export the file again.")
    names = [variable.name for variable in variables]
    if twice := occurring_twice(names):
        raise RawDataError(f"{where}: variables occur twice ({listed(twice)}). Export the file again.")
    rows, blank_rows = _count_rows(file, sum(lengths), where, {variable.type for variable in variables})
    return Layout(
        name=head[408:416].decode("ascii", "replace").strip().upper(),
        label=head[512:552].decode(encoding).strip(),
        created=_moment(head[464:480]),
        variables=variables,
        record_length=sum(lengths),
        rows=rows,
        blank_rows=blank_rows,
    )


def occurring_twice(names: Iterable[str]) -> list[str]:
    """Return the names that occur more than once, sorted."""
    return sorted(name for name, times in Counter(names).items() if times > 1)


def _require_version_5(head: bytes, where: str) -> None:
    if head.startswith(_LIBRARY_V8):
        raise RawDataError(
            f"{where}: a version 8 transport file, found where version 5 is expected. Write it again as version 5 "
            "(in SAS: the XPORT engine or %loc2xpt with format=v5)."
        )
    if not head.startswith(_LIBRARY):
        found = "an empty file" if not head else "no transport file header"
        hint = " It looks like a CPORT file; use the XPORT engine." if head.startswith(b"**COMPRESSED**") else ""
        raise RawDataError(f"{where}: not a SAS transport file (found {found}). Export it as XPT version 5.{hint}")
    if len(head) < _NAMESTR_START:
        raise _cut_off(where)
    whole = all(head[at : at + len(text)] == text for at, text in _HEADERS)
    if not whole or not (head[614:618] + head[314:318]).isdigit() or head[614:618] == b"0000":
        raise RawDataError(f"{where}: the file's headers are damaged or it holds no variable. Export the file again.")


def _variable(record: bytes, encoding: str) -> tuple[StoredVariable, int]:
    kind, length, name, label, *formats, position = _VARIABLE.unpack_from(record)
    variable = StoredVariable(
        name=name.decode("ascii", "replace").strip().upper(),
        label=label.rstrip(b"\0").decode(encoding).strip(),
        type="Num" if kind == 1 else "Char",
        length=length,
        format=_format(*formats[:3]),
        informat=_format(*formats[3:]),
    )
    return variable, position


def _format(name: bytes, width: int, decimals: int) -> str:
    named = name.rstrip(b"\0").decode("ascii", "replace").strip()
    return f"{named}{width or ''}.{decimals or ''}" if named or width else ""


def _count_rows(file: BinaryIO, record_length: int, where: str, types: set[str]) -> tuple[int, int]:
    """Return how many records follow, and how many of them are blank ones at the end.

    The file stands at the first of them.
    """
    start = file.tell()
    size = file.seek(0, 2) - start
    filled = _length_without_blanks(file, start, size)
    filled_rows = -(-filled // record_length)
    rows = size // record_length if record_length >= RECORD and types == {"Char"} else filled_rows
    if size % RECORD or not filled <= rows * record_length <= size:
        raise _cut_off(where)
    _require_single(file, start, size, where)
    return rows, rows - filled_rows


def _length_without_blanks(file: BinaryIO, start: int, size: int, step: int = 65_536) -> int:
    end = size
    while end > 0:
        begin = max(0, end - step)
        file.seek(start + begin)
        filled = len(file.read(end - begin).rstrip(b" "))
        if filled:
            return begin + filled
        end = begin
    return 0


def _require_single(file: BinaryIO, start: int, size: int, where: str, step: int = RECORD * 100_000) -> None:
    """Refuse a second dataset in the file: readers would silently stop before it or read it as rows."""
    file.seek(start)
    for _ in range(0, size, step):
        chunk = file.read(step)
        at = chunk.find(_MEMBER)
        while at >= 0:
            if at % RECORD == 0:
                raise RawDataError(f"{where}: holds more than one dataset. Write one dataset a file.")
            at = chunk.find(_MEMBER, at + 1)


def _cut_off(where: str) -> RawDataError:
    return RawDataError(f"{where}: the file ends in the middle (a copy that was cut off?). Fetch it again.")


def _moment(stamp: bytes) -> datetime | None:
    """Return the moment that 16 bytes state, or None where they state none; years 60 to 99 are of the 20th century."""
    found = re.fullmatch(rb"(\d\d)([A-Z]{3})(\d\d):(\d\d):(\d\d):(\d\d)", stamp.upper())
    if not found or (month := found[2].decode()) not in MONTHS:
        return None
    day, year, hour, minute, second = (int(found[part]) for part in (1, 3, 4, 5, 6))
    century = 1900 if year >= 60 else 2000
    try:
        return datetime(century + year, MONTHS.index(month) + 1, day, hour, minute, second)
    except ValueError:
        return None


def pad_to_record(size: int) -> int:
    """Return a size up to the end of its last record of 80 bytes."""
    return -(-size // RECORD) * RECORD
