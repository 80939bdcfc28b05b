"""SAS files as tables: SAS7BDAT and transport files (version 5 and 8), one a form, in a folder or zip.

Text stays text; a number becomes the shortest text that stands for it. A number with a SAS format for dates, times or
both becomes the date in ISO 8601, or as `export.formats.sas.dates` says; it is complete, for SAS cannot hold a partial
date. Formats of the study's own are not looked up: the code is read. Missing values, special ones (.A to .Z) too, are
empty. SAS cuts trailing blanks off, and an export cannot bring them back.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any, BinaryIO

import numpy as np
import pandas as pd
import pyarrow as pa
import pyreadstat

from clinical.errors import RawDataError, did_you_mean, listed
from raw.container import Container
from raw.frames import TEXT, row_codes, tidy_text
from raw.layout import Layout, refuse_twice
from raw.reading import Inputs, refuse
from raw.records import Records
from raw.snapshot import snapshot_time
from raw.source import SAS
from raw.tables import Closing
from raw.texts_of_values import date_text, number_text
from raw.transport_facts import TransportFacts, scan
from specs.model.raw_formats import DateText, SasFormat

_FORMAT = re.compile(r"([A-Z_]+(?:[0-9]+[A-Z_]+)*)[0-9]*(?:\.[0-9]*)?")
_DATES = re.compile(r"DATE|(DDMMYY|MMDDYY|YYMMDD)[BCDNPS]?|(E|B|IS)8601D[AN]")
_DATETIMES = re.compile(r"DATETIME|(E|B|IS)8601D[TZ]")
_TIMES = re.compile(r"TIME|HHMM|TOD|(E|B|IS)8601TM")
_PARTLY = re.compile(
    r"(DT)?(MONYY|YEAR|WKDATX|DATE)|YYMM[CDNPS]?|MMYY[CDNPS]?|YYMON|YYQR?[CDNPS]?|QTRR?|MONTH|MONNAME|DAY|DOWNAME|"
    r"WEEKDAT[EX]|WEEKDAY|WORDDAT[EX]|JULIAN|JULDAY|NENGO|MINGUO|DATEAMPM|MDYAMPM|TIMEAMPM|HOUR|MMSS"
)
_ORIGIN = datetime(1960, 1, 1)


@dataclass(frozen=True)
class _Opened:
    """A file's columns with their SAS formats."""

    table: str
    frame: pd.DataFrame
    formats: dict[str, str]


class SasTables:
    """The carrier of SAS files; one file at a time is held, whole."""

    any_case = True

    def __init__(self, container: Container, names: SasFormat, snapshot_file: str | None) -> None:
        self._container = container
        self._names = names
        self._snapshot_file = snapshot_file
        self._opened: _Opened | None = None
        self._facts: dict[str, TransportFacts] = {}
        self._times: list[datetime] = []

    def find(self, wanted: str) -> str | None:
        """Return the SAS file of that name, in any case.

        Raises:
            RawDataError: there are several.
        """
        stem = PurePosixPath(wanted).stem if wanted.lower().endswith(SAS) else wanted
        found = [name for name in self._files() if PurePosixPath(name).stem.casefold() == stem.casefold()]
        if len(found) > 1:
            raise RawDataError(
                f"{self._container.label}: several files are named '{stem}' ({listed(found)}). Remove all but one."
            )
        return found[0] if found else None

    def absent(self, wanted: str, form: str) -> str:
        """Return the sentence that says a form's file is not there."""
        files = self._files()
        hint = did_you_mean(wanted, [PurePosixPath(name).stem for name in files])
        return (
            f"{self._container.label}: file '{wanted}.sas7bdat' or '{wanted}.xpt' is missing; form '{form}' needs it."
            f"{hint} Files present: {listed(files) or 'none'}. Fix the export or raw.yaml."
        )

    def where(self, table: str) -> str:
        """Return the file with its folder or zip."""
        return self._container.where(table)

    def header(self, table: str) -> list[str]:
        """Return the names of the file's variables."""
        header = [str(name) for name in self._held(table).frame.columns]
        refuse_twice(header, self.where(table))
        return header

    def read(self, table: str, layout: Layout) -> Records:
        """Return what a layout asks of the file, as text.

        Raises:
            RawDataError: a number has a date format that shows a part of the date only.
        """
        opened = self._held(table)
        frame = opened.frame
        header = [str(name) for name in frame.columns]
        problems: list[str] = []
        columns = {}
        for name, position in zip(layout.names, layout.positions, strict=True):
            variable = header[position]
            try:
                columns[name] = _texts(frame[variable], opened.formats.get(variable, ""), self._names.dates)
            except RawDataError as error:
                problems.append(f"{self.where(table)}: variable '{variable}': {error}")
        refuse(problems)
        others = [frame[header[position]] for position in layout.others]
        other = row_codes(others) if others else np.zeros(len(frame), dtype="int64")
        return Records(columns, other)

    def strangers(self, wanted: Sequence[str]) -> list[str]:
        """Return SAS files that no form names."""
        known = {name.casefold() for name in wanted}
        return [name for name in self._files() if PurePosixPath(name).stem.casefold() not in known]

    def close(self, rows: dict[str, int], form_of: dict[str, str]) -> Closing:
        """Return the facts of the files and the newest time in their headers."""
        newest = max(self._times, default=None)
        snapshot, told = snapshot_time(self._container, self._snapshot_file, self._facts, newest)
        inputs: Inputs = {
            name: {"sha256": facts.sha256, "bytes": facts.size, "rows": rows[name]}
            for name, facts in sorted(self._facts.items())
        }
        self._opened = None
        return Closing(inputs, snapshot, told, {"format": "SAS"})

    def _held(self, table: str) -> _Opened:
        if self._opened is None or self._opened.table != table:
            self._opened = None
            self._opened = self._open(table)
        return self._opened

    def _files(self) -> list[str]:
        return [name for name in self._container.names if name.lower().endswith(SAS)]

    def _open(self, table: str) -> _Opened:
        transport = table.lower().endswith(".xpt")
        where = self.where(table)
        with self._container.open(table) as stream:
            facts = scan(stream, where) if transport else _hashed(stream)
        with self._container.open(table) as stream:
            held = stream if stream.seekable() else io.BytesIO(stream.read())
            frame, about = _parse(held, where, transport, self._names.encoding)
        widths = sum(about.variable_storage_width.values())
        if transport:
            facts.require_whole(where, len(frame), widths)
        elif about.number_rows != len(frame):
            raise _damaged(where, f"{len(frame)} of {about.number_rows} records")
        formats = {name: str(said or "") for name, said in about.original_variable_types.items()}
        modified = about.modification_time or about.creation_time
        if modified is not None:
            self._times.append(modified.replace(tzinfo=UTC) if transport else modified.astimezone(UTC))
        self._facts[table] = facts
        return _Opened(table, frame, formats)


def _hashed(stream: BinaryIO) -> TransportFacts:
    digest = sha256()
    size = 0
    while block := stream.read(2**20):
        digest.update(block)
        size += len(block)
    return TransportFacts(digest.hexdigest(), size)


def _parse(stream: Any, where: str, transport: bool, encoding: str | None) -> tuple[pd.DataFrame, Any]:
    read: Callable[..., tuple[pd.DataFrame, Any]] = pyreadstat.read_xport if transport else pyreadstat.read_sas7bdat
    try:
        return read(stream, disable_datetime_conversion=True, encoding=encoding if transport else None)
    except UnicodeDecodeError:
        raise RawDataError(
            f"{where}: bytes that are not {encoding or 'utf-8'}. Declare the encoding of transport files as "
            "`export.formats.sas.encoding` in raw.yaml, or export them again as UTF-8."
        ) from None
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, ValueError, OSError) as error:
        raise _damaged(where, type(error).__name__) from None


def _damaged(where: str, what: str) -> RawDataError:
    return RawDataError(f"{where}: the SAS file is damaged, cut short or none ({what}). Export or copy it again.")


def _texts(values: pd.Series, sas_format: str, dates: DateText) -> Any:
    """Return a variable as text."""
    if not pd.api.types.is_numeric_dtype(values):
        return tidy_text(pa.array(values, TEXT, from_pandas=True))
    return number_texts(values, _writer(sas_format, dates))


def number_texts(values: pd.Series, write: Callable[[float], str]) -> Any:
    """Return numbers as text, each different one written once."""
    codes, distinct = pd.factorize(values.astype("float64"))
    texts = pa.array([write(float(value)) for value in distinct], TEXT)
    return texts.take(pa.array(codes, mask=codes < 0))


def _writer(sas_format: str, dates: DateText) -> Callable[[float], str]:
    """Return how a number with a SAS format is written.

    Raises:
        RawDataError: the format shows only a part of a date, so that the number says more than was collected.
    """
    found = _FORMAT.fullmatch(sas_format.upper())
    name = found[1] if found else ""
    if _DATES.fullmatch(name):
        return lambda value: date_text(_moment(value * 86400).date(), dates)
    if _DATETIMES.fullmatch(name):
        return lambda value: date_text(_moment(value), dates, clock=True)
    if _TIMES.fullmatch(name):
        return lambda value: date_text(_moment(value).time(), dates)
    if _PARTLY.fullmatch(name):
        raise RawDataError(
            f"its format {sas_format} shows a part of a date only, and how much of it was collected cannot be told. "
            "Export it as text or with a format such as DATE9."
        )
    return number_text


def _moment(seconds: float) -> datetime:
    try:
        return _ORIGIN + timedelta(seconds=round(seconds))
    except OverflowError:
        raise RawDataError("a number with a date format lies outside of the calendar. Correct the export.") from None
