"""How the workbook looks: frozen headings with filters, wrapped text, all cells text."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from specs.excel.cell_text import CELL
from specs.excel.sheets import DROP_DOWNS, FILES_SHEET, GREY, ORIGIN_SHEET, SHEETS, Column, SheetForm

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.worksheet import Worksheet

#: A workbook has to say when it was made; a fixed time, so that the same specification gives the same bytes.
_CREATED = datetime(1980, 1, 1)
_HEADER = {"bold": True, "bg_color": "#1F4E78", "font_color": "#FFFFFF", "valign": "top", "text_wrap": True}
_TEXT = {"valign": "top", "text_wrap": True, "num_format": "@"}
_GREY = {"font_color": "#7F7F7F", "bg_color": "#F2F2F2"}
_CODE = {"font_name": "Courier New", "font_size": 9}
_FIRST = {"top": 1, "top_color": "#8EA9C1"}
_LINE, _TALLEST = 15, 400
#: Rows behind the last one that have the drop-down lists, too.
_MORE_ROWS = 1000

_README = (
    "This workbook shows the specification of a study. The specification itself is a folder of YAML files.",
    "Edit a text, add a row or remove one in Study, Datasets, Variables, ValueLevel, WhereClauses, Codelists, "
    "Dictionaries, Methods and Comments. Columns in grey follow from other things; leave them as they are.",
    "A Method is the ID of a row in Methods, a Comment of a row in Comments, a Codelist of rows in Codelists.",
    "A supplemental qualifier is a row in ValueLevel for QVAL of its SUPP-- dataset, where QNAM EQ its name. A new one "
    "may also be a row in Variables: the SUPP-- dataset, and its name as Variable.",
    "Analysis Displays, Analysis Results and Analysis Criteria show the tables of analyses.yaml and are not taken in.",
    "Mapping is the YAML that says where a variable's values come from. A new variable needs one.",
    "All cells are text, so that 0012 and 1.10 stay what they are. Keep them text.",
    "The last two sheets hold the YAML files that the workbook was made from. The import compares the others with them "
    "and carries every difference into the YAML. Leave these two sheets as they are.",
    "To take the changes in: cdiscflow spec import STUDY FILE.xlsx",
)
_OWN_SHEETS = (
    SheetForm(ORIGIN_SHEET, (Column("Key", 40), Column("Value", 80)), ()),
    SheetForm(FILES_SHEET, (Column("File", 20), Column("Line", 8), Column("Text", 130)), ()),
)


def write_workbook(path: Path, title: str, rows: Mapping[str, Sequence[Mapping[str, str]]]) -> None:
    """Write the rows of each sheet, below a sheet that says how to use them."""
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as workbook:
        workbook.set_properties({"title": title, "created": _CREATED})
        looks = _Looks(workbook)
        sheet = workbook.add_worksheet("README")
        sheet.set_column(0, 0, 100)
        sheet.fit_to_pages(1, 0)
        for number, line in enumerate([title, *_README]):
            sheet.set_row(number, _height([(line, 100)]))
            sheet.write_string(number, 0, line, looks.of(header=not number))
        for form in (*SHEETS, *_OWN_SHEETS):
            _write_sheet(workbook.add_worksheet(form.name), form, rows.get(form.name, []), looks)
        for form in _OWN_SHEETS:
            workbook.get_worksheet_by_name(form.name).protect()


class _Looks:
    """The formats of cells, each made once."""

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook
        self._made: dict[tuple[bool, ...], Any] = {}

    def of(self, *, header: bool = False, grey: bool = False, code: bool = False, first: bool = False) -> Any:
        """Return a format: of a heading, of what is not to be edited, of YAML, of a group's first row."""
        key = (header, grey, code, first)
        if key not in self._made:
            parts = ((grey, _GREY), (code, _CODE), (first, _FIRST))
            look = (
                _HEADER if header else _TEXT | {name: value for on, part in parts if on for name, value in part.items()}
            )
            self._made[key] = self._workbook.add_format(look)
        return self._made[key]


def _write_sheet(sheet: Worksheet, form: SheetForm, rows: Sequence[Mapping[str, str]], looks: _Looks) -> None:
    names = [column.name for column in form.columns]
    grey, code = GREY.get(form.name, ()), {"Mapping", "Text"}
    group = form.group
    _lay_out(sheet, form, len(rows))
    for place, column in enumerate(form.columns):
        sheet.set_column(place, place, column.width, looks.of(grey=column.name in grey, code=column.name in code))
        sheet.write_string(0, place, column.name, looks.of(header=True))
        if words := DROP_DOWNS.get((form.name, column.name)):
            sheet.data_validation(1, place, len(rows) + _MORE_ROWS, place, {"validate": "list", "source": list(words)})
    before = None
    for number, cells in enumerate(rows, 1):
        first = bool(group) and cells.get(group) != before
        before = cells.get(group)
        height = _height([(text, form.column(name).width) for name, text in cells.items()])
        if height > _LINE and form.name != FILES_SHEET:
            sheet.set_row(number, height)
        for place, name in enumerate(names):
            look = looks.of(grey=name in grey, code=name in code, first=first)
            if text := cells.get(name):
                sheet.write_string(number, place, text[:CELL], look)
            elif first:
                sheet.write_blank(number, place, None, look)


def _lay_out(sheet: Worksheet, form: SheetForm, rows: int) -> None:
    """Freeze the heading and the columns that name a row, filter, and print on one page's width."""
    from xlsxwriter.utility import xl_col_to_name

    names = [column.name for column in form.columns]
    last = len(names) - 1
    held = max((names.index(key) + 1 for key in form.keys), default=0)
    sheet.freeze_panes(1, held if held <= 3 else 1)
    sheet.autofilter(0, 0, max(rows, 1), last)
    sheet.ignore_errors({"number_stored_as_text": f"A1:{xl_col_to_name(last)}{rows + 1}"})
    sheet.set_row(0, 2 * _LINE)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)


def _height(cells: Sequence[tuple[str, int]]) -> int:
    """Return the height of a row in points: as many lines as its longest text takes in its column."""
    return min(_TALLEST, _LINE * max((_lines(text, width) for text, width in cells), default=1))


def _lines(text: str, width: int) -> int:
    held = width * 11 // 10  # a character is narrower than the digit that widths are counted in
    return sum(1 + max(_columns(line) - 1, 0) // held for line in text.split("\n"))


def _columns(text: str) -> int:
    """Return how many columns a text takes; full-width characters take two."""
    return len(text) + sum(unicodedata.east_asian_width(one) in "WF" for one in text if not one.isascii())
