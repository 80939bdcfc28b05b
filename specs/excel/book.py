"""Reading a workbook: its sheets and columns by the industry's names, its cells as text, each with its place."""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clinical.errors import Problem, SpecError, did_you_mean, listed
from specs.excel.cell_text import as_read
from specs.excel.sheets import (
    ANALYSES,
    COMPARATORS,
    CORES,
    DATA_TYPES,
    FILES_SHEET,
    METHOD_TYPES,
    ORIGIN_SHEET,
    ORIGINS,
    SHEETS,
    SOURCES,
    STUDY,
    Column,
    SheetForm,
)

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell as ExcelCell
    from openpyxl.worksheet.worksheet import Worksheet

#: Other names of sheets.
_OTHER_NAMES = {"define": STUDY.name, "valuelevelmetadata": "ValueLevel", "whereclause": "WhereClauses"}
#: Words that are spelt in one way, whatever the case in which they are written.
_WORDS = {
    "Data Type": tuple(DATA_TYPES), "Origin": ORIGINS, "Source": SOURCES, "Type": METHOD_TYPES,
    "Comparator": COMPARATORS, "Core": CORES, "Mandatory": ("Yes", "No"),
}  # fmt: skip


#: A cell by sheet, row and column.
Cell = tuple[str, int, str]


@dataclass(frozen=True)
class Row:
    """A row of a sheet: text by column, without those that are empty."""

    sheet: str
    number: int
    cells: dict[str, str]
    letters: dict[str, str] = field(default_factory=dict, repr=False, compare=False)

    def get(self, column: str) -> str:
        """Return the text of a column, empty where there is none."""
        return self.cells.get(column, "")

    def place(self, column: str) -> str:
        """Return where a column's cell is: `Variables!F12 (Label)`."""
        return f"{self.sheet}!{self.letters.get(column, 'A')}{self.number} ({column})"


@dataclass
class Book:
    """A workbook's rows by sheet, what is wrong with it, and what of it is not read."""

    file: str
    #: Whether it carries the YAML files that it was made from.
    is_ours: bool = False
    #: Whether a sheet or a column that has to be there is not, so that references to it say nothing.
    is_incomplete: bool = False
    rows: dict[str, list[Row]] = field(default_factory=dict)
    columns: dict[str, set[str]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Problem] = field(default_factory=list)
    #: Cells that hold no text that could be taken.
    faulty: set[Cell] = field(default_factory=set)

    def of(self, form: SheetForm) -> list[Row]:
        """Return the rows of a sheet, none where it is absent."""
        return self.rows.get(form.name, [])


def read_book(path: Path) -> Book:
    """Return a workbook's rows, with everything that is wrong with sheets, headings and cells.

    Raises:
        SpecError: the file is no workbook.
    """
    import openpyxl
    from openpyxl.utils.exceptions import InvalidFileException

    if not path.is_file():
        raise SpecError([Problem(str(path), "there is no such file. Give the path of an .xlsx workbook.")])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of drop-down lists and the like, which are not read
            workbook = openpyxl.load_workbook(path)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError):
        raise SpecError([Problem(str(path), "is no .xlsx workbook. Save it as Excel Workbook (.xlsx).")]) from None
    book = Book(path.name, ORIGIN_SHEET in workbook.sheetnames)
    forms = {_folded(form.name): form for form in SHEETS}
    for sheet in workbook.worksheets:
        folded = _folded(sheet.title)
        form = forms.get(_folded(_OTHER_NAMES.get(folded, sheet.title)))
        if sheet.title in (ORIGIN_SHEET, FILES_SHEET):
            book.rows[sheet.title] = list(_own_rows(sheet))
        elif form in ANALYSES and not book.is_ours:
            what = "was not read: the tables of a study are written in analyses.yaml."
            book.notes.append(Problem(sheet.title, what))
        elif form is not None and form.name not in book.rows:
            _read_sheet(book, sheet, form)
        elif folded != "readme":
            book.notes.append(Problem(sheet.title, "is no sheet of a specification and was not read."))
    _require_sheets(book, [sheet.title for sheet in workbook.worksheets])
    return book


def _require_sheets(book: Book, found: Sequence[str]) -> None:
    unknown = [note.where for note in book.notes if note.where in found]
    for form in SHEETS:
        if form in ANALYSES:
            if form.name not in book.rows and book.is_ours:
                what = "is not there. It only shows analyses.yaml, which stays as it is."
                book.notes.append(Problem(form.name, what))
        elif form.name not in book.rows and (form.needed or book.is_ours):
            meant = did_you_mean(form.name, unknown)
            book.problems.append(
                Problem(book.file, f"has no sheet '{form.name}'.{meant} Found: {listed(found)}. Add or rename it.")
            )
            book.is_incomplete = True


def _folded(heading: str) -> str:
    return re.sub(r"[^a-z0-9]", "", heading.casefold())


def _own_rows(sheet: Worksheet) -> Iterable[Row]:
    """Yield the rows of one of our own sheets, which nobody types into."""
    header = [str(cell.value or "") for cell in sheet[1]]
    for number, values in enumerate(sheet.iter_rows(min_row=2, values_only=True), 2):
        cells = {name: str(value) for name, value in zip(header, values) if value is not None}
        if cells:
            yield Row(sheet.title, number, cells)


def _read_sheet(book: Book, sheet: Worksheet, form: SheetForm) -> None:
    columns = _columns(book, sheet, form)
    book.columns[form.name] = {column.name for column in columns.values()}
    book.rows[form.name] = []
    letters = {column.name: _letter(place) for place, column in columns.items()}
    wrong: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for number, cells in enumerate(sheet.iter_rows(min_row=2), 2):
        row = Row(form.name, number, {}, letters)
        for place, column in columns.items():
            text, kind, fault = _text(cells[place], column) if place < len(cells) else ("", "", "")
            if fault:
                book.faulty.add((form.name, number, column.name))
                wrong.setdefault((column.name, kind), []).append((f"{letters[column.name]}{number}", fault))
            if text:
                row.cells[column.name] = text
        if row.cells:
            book.rows[form.name].append(row)
    for (name, _), found in wrong.items():
        others = f" So are {listed([place for place, _ in found[1:]])}." if len(found) > 1 else ""
        book.problems.append(Problem(f"{form.name}!{found[0][0]} ({name})", found[0][1] + others))


def _letter(place: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(place + 1))


def _columns(book: Book, sheet: Worksheet, form: SheetForm) -> dict[int, Column]:
    """Return the columns of a sheet by their place; what is needed and absent is a problem."""
    header = [str(cell.value).strip() if cell.value is not None else "" for cell in sheet[1]]
    known = {_folded(name): column for column in form.columns for name in (column.name, *column.other)}
    columns: dict[int, Column] = {}
    unknown: list[str] = []
    for place, heading in enumerate(header):
        column = known.get(_folded(heading))
        if column is None:
            unknown += [heading] if heading else []
        elif column in columns.values():
            what = f"column '{heading}' is a second '{column.name}'. Keep one of them."
            book.problems.append(Problem(f"{form.name}!{_letter(place)}1", what))
        else:
            columns[place] = column
    for column in form.columns:
        if column not in columns.values() and (column.needed or book.is_ours):
            found = f"Found: {listed([heading for heading in header if heading])}." if any(header) else "Found none."
            what = f"has no column '{column.name}'.{did_you_mean(column.name, unknown)} {found} Add or rename it."
            book.problems.append(Problem(f"{form.name}!1", what))
            book.is_incomplete = True
    if unknown:
        what = f"columns that the specification does not have were not read: {listed(unknown)}."
        book.notes.append(Problem(f"{form.name}!1", what))
    return columns


def _text(cell: ExcelCell, column: Column) -> tuple[str, str, str]:
    """Return a cell's text, and the kind of fault and what is said of it where there is one."""
    value: Any = cell.value
    expected = "a whole number" if column.kind == "number" else "text"
    again = "Format the column as Text and type it again."
    if value is None:
        return "", "", ""
    if cell.data_type == "f":
        return "?", "formula", f"is a formula, expected {expected}. Put its value in its place."
    if cell.data_type == "e":
        return "?", "error", f"is Excel's error {value}, expected {expected}. Mend it."
    if isinstance(value, bool):
        return "?", "truth", f"is {str(value).upper()} as Excel sees it, expected {expected}. {again}"
    if isinstance(value, int | float):
        whole = float(value).is_integer()
        shown = str(int(value)) if whole else str(value)
        lost = f"is the number {shown} as Excel sees it, expected {expected}: zeros around it (0012, 1.10) are lost."
        return (shown, "", "") if column.kind == "number" and whole else (shown, "number", f"{lost} {again}")
    if not isinstance(value, str):
        return "?", "date", f"is a date or time as Excel sees it, expected {expected}. {again}"
    text = column.clean(as_read(value))
    same = [word for word in _WORDS.get(column.name, ()) if word.casefold() == text.casefold()]
    return (same[0] if same else text), "", ""
