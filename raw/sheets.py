"""Workbooks (XLSX): a sheet a form, column names in its first row, every cell a text.

Excel turns what looks like a number or a date into one, and what was typed is then lost: `1-2` is a day of February,
`0012` is 12, and a date is a count of days that shows no longer how much of it was known. So a cell that is a number or
a date and no text is refused with its place, unless the contract says what it becomes. Formulas, errors and logical
values are refused always.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time
from hashlib import sha256
from typing import Any
from xml.etree.ElementTree import ParseError

import openpyxl
from lxml import etree
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from clinical.errors import RawDataError, did_you_mean, listed
from clinical.wording import agree, count
from raw.container import refuse_dangerous
from raw.delimited import collect_rows
from raw.instants import parse_instant
from raw.layout import Layout, refuse_twice
from raw.odm_header import SAFE
from raw.reading import Inputs, Reading, refuse
from raw.records import Records
from raw.snapshot import snapshot_time
from raw.source import XLSX, Source
from raw.tables import Closing, ContractShape, read_tables
from raw.texts_of_values import date_text, number_text
from specs.model.raw import RawContract
from specs.model.raw_formats import FormatName, XlsxFormat

_DAMAGE = (zipfile.BadZipFile, InvalidFileException, ParseError, etree.XMLSyntaxError, KeyError, ValueError, EOFError)
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_KINDS = {"n": "a number", "d": "a date", "b": "a logical value", "f": "a formula", "e": "an error"}


class Workbook:
    """The reader of a workbook, alone or in a folder or zip."""

    name: FormatName = "xlsx"
    kind = "a workbook (.xlsx)"

    def recognises(self, source: Source, contract: RawContract) -> bool:
        """Return whether there is a workbook and no other kind of data beside it."""
        return bool(source.files(XLSX)) and not source.files((".csv", ".xml", ".odm", ".xpt", ".sas7bdat"))

    def read(self, source: Source, contract: RawContract, forms: tuple[str, ...]) -> Reading:
        """Return the named forms of the workbook."""
        names = contract.export.formats.xlsx or XlsxFormat()
        carrier = Sheets(source, names, contract)
        return read_tables(carrier, ContractShape(contract, names), contract, forms)


class Sheets:
    """The carrier of a workbook's sheets, read row by row."""

    any_case = False

    def __init__(self, source: Source, names: XlsxFormat, contract: RawContract) -> None:
        files = source.files(XLSX)
        if len(files) != 1:
            found = listed(files) or "none"
            raise RawDataError(
                f"{source.path.name}: {count(len(files), 'workbook')} ({found}), expected one. Keep the export's own."
            )
        self._source = source
        self._file = files[0]
        self._names = names
        self._missing = contract.export.csv.missing
        self._snapshot_file = contract.export.csv.snapshot_file if len(source.container.names) > 1 else None
        self._label = source.container.where(self._file)
        with source.container.open(self._file) as stream:
            self._content = stream.read()
        with self._whole():
            with zipfile.ZipFile(io.BytesIO(self._content)) as archive:
                refuse_dangerous(self._label, archive.infolist())
                self._created = _created(archive, self._label)
            self._book = openpyxl.load_workbook(io.BytesIO(self._content), read_only=True, keep_links=False)
            self._tables: list[str] = [sheet.title for sheet in self._book.worksheets]

    def find(self, wanted: str) -> str | None:
        """Return the sheet of that name, in any case."""
        folded = {name.casefold(): name for name in self._tables}
        return folded.get(wanted.casefold())

    def absent(self, wanted: str, form: str) -> str:
        """Return the sentence that says a form's sheet is not there."""
        return (
            f"{self._label}: sheet '{wanted}' is missing; form '{form}' needs it.{did_you_mean(wanted, self._tables)} "
            f"Sheets present: {listed(self._tables, 60)}. Fix the export, or `export.formats.xlsx` in raw.yaml."
        )

    def where(self, table: str) -> str:
        """Return the workbook and the sheet."""
        return f"{self._label}, sheet {table}"

    def header(self, table: str) -> list[str]:
        """Return the texts of a sheet's first row, up to the last that is filled.

        Raises:
            RawDataError: there is none, or a name is no text or stands twice.
        """
        where = self.where(table)
        with self._whole():
            cells = next(iter(self._book[table].iter_rows(max_row=1)), ())
        wrong = [cell.coordinate for cell in cells if cell.value is not None and cell.data_type != "s"]
        if wrong:
            raise RawDataError(f"{where}: column names are no text (cells {listed(wrong)}). Enter them as text.")
        header = [_unescaped(cell.value).strip() if cell.value is not None else "" for cell in cells]
        while header and not header[-1]:
            header.pop()
        if not header:
            raise RawDataError(f"{where}: the sheet is empty (expected a row with the column names). Export it again.")
        refuse_twice(header, f"{where}: row 1")
        return header

    def read(self, table: str, layout: Layout) -> Records:
        """Return what a layout asks of the sheet's rows; rows without any value are skipped.

        Raises:
            RawDataError: cells are no text and the contract does not say what they become; a cell has no column.
        """
        header = self.header(table)
        texts = _CellTexts(self._names)
        asked = set(layout.positions)
        with self._whole():
            records = collect_rows(self._rows(table, len(header), asked, texts), layout, self._missing)
        refuse(texts.problems(self.where(table), header))
        return records

    def strangers(self, wanted: Sequence[str]) -> list[str]:
        """Return sheets that no form names."""
        known = {name.casefold() for name in wanted}
        return [name for name in self._tables if name.casefold() not in known]

    def close(self, rows: dict[str, int], form_of: dict[str, str]) -> Closing:
        """Return the facts of the workbook and the time it was saved."""
        self._book.close()
        snapshot, told = snapshot_time(self._source.container, self._snapshot_file, [self._file], self._created)
        facts: dict[str, str | int] = {"sha256": sha256(self._content).hexdigest(), "bytes": len(self._content)}
        inputs: Inputs = {self._file: facts | {"rows": sum(rows.values())}}
        return Closing(inputs, snapshot, told, {"format": "XLSX"})

    def _rows(self, table: str, width: int, asked: set[int], texts: _CellTexts) -> Iterator[list[str | None]]:
        for number, cells in enumerate(self._book[table].iter_rows(min_row=2), 2):
            if all(cell.value is None for cell in cells):
                continue
            beyond = [cell for cell in cells[width:] if cell.value is not None]
            if beyond:
                raise RawDataError(
                    f"{self.where(table)}: row {number}: a value stands beyond the last column name (cell "
                    f"{beyond[0].coordinate}). Name the column or clear the cell."
                )
            row = [texts.of(cell, at, number, at in asked) for at, cell in enumerate(cells[:width])]
            yield [*row, *([None] * (width - len(row)))]

    @contextmanager
    def _whole(self) -> Iterator[None]:
        try:
            yield
        except _DAMAGE as error:
            raise RawDataError(
                f"{self._label}: the workbook is damaged, cut short or none ({type(error).__name__}). Save it again as "
                ".xlsx."
            ) from None


@dataclass
class _CellTexts:
    """The texts of cells, and those cells that are no text."""

    names: XlsxFormat
    #: By column and kind: how many cells, and the first row.
    wrong: dict[tuple[int, str], list[int]] = field(default_factory=dict)

    def of(self, cell: Any, column: int, row: int, asked: bool) -> str | None:
        """Return the text of a cell, None where it is empty or no text."""
        value = cell.value
        if value is None:
            return None
        kind = cell.data_type
        if kind == "s":
            return _unescaped(value)
        if not asked:
            return str(value)
        if kind == "n" and self.names.numbers == "shortest":
            return number_text(float(value))
        if kind == "d" and self.names.dates != "refuse" and isinstance(value, datetime | date | time):
            return date_text(value, self.names.dates)
        seen = self.wrong.setdefault((column, kind), [0, row])
        seen[0] += 1
        return None

    def problems(self, where: str, header: Sequence[str]) -> list[str]:
        """Return a sentence for each column with cells that are no text."""
        advice = {"n": " or say `numbers: shortest`", "d": " or say `dates:`"}
        return [
            f"{where}: column '{header[column]}': {count(number, 'cell')} {agree(number, 'are')} "
            f"{_KINDS.get(kind, 'no text')}, not text (first {get_column_letter(column + 1)}{row}), and what was typed "
            f"is no longer there. Export the column as text{advice.get(kind, '')}"
            f"{' under `export.formats.xlsx` in raw.yaml' if kind in advice else ''}."
            for (column, kind), (number, row) in sorted(self.wrong.items())
        ]


def _unescaped(text: str) -> str:
    """Return a text with the characters that XLSX writes as _xHHHH_."""
    if "_x" not in text:
        return text
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def _created(archive: zipfile.ZipFile, where: str) -> datetime | None:
    """Return when the workbook says it was last saved, else made; None where it does not say."""
    try:
        properties = archive.read("docProps/core.xml")
    except KeyError:
        return None
    root = etree.fromstring(properties, etree.XMLParser(**SAFE))
    for name in ("modified", "created"):
        said = root.findtext(f"{{http://purl.org/dc/terms/}}{name}")
        if said:
            return parse_instant(said, f"{where}: docProps/core.xml")
    return None
