"""Writing a study as a workbook that a person reads and an import takes back without loss."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clinical.errors import UsageError
from specs.excel.carried import carried_files, file_rows, origin_rows
from specs.excel.cell_text import CELL
from specs.excel.sheets import FILES_SHEET, ORIGIN_SHEET, SHEETS
from specs.excel.view import STANDARDS, Cells, StandardName, view_of
from specs.load import load_study, study_folder

if TYPE_CHECKING:
    from xlsxwriter import Workbook

#: A workbook has to say when it was made; a fixed time, so that the same specification gives the same bytes.
_CREATED = datetime(1980, 1, 1)
_HEADER = {"bold": True, "bg_color": "#1F4E78", "font_color": "#FFFFFF", "valign": "top", "text_wrap": True}
_TEXT = {"valign": "top", "text_wrap": True, "num_format": "@"}
#: Columns that the study's YAML decides or that follow from others: shown in grey, and not to be changed.
GREY = {
    "Study": (),
    "Datasets": ("Purpose", "Repeating", "Reference Data"),
    "Variables": ("Significant Digits", "Mandatory"),
    "ValueLevel": ("Order", "Significant Digits", "Format", "Mandatory"),
    "Codelists": ("NCI Codelist Code", "Data Type", "Order"),
    "Dictionaries": ("Data Type",),
    "Methods": ("Expression Context", "Expression Code", "Document", "Pages"),
    "Comments": ("Document", "Pages"),
    "Documents": ("ID", "Title", "Href"),
}

_README = (
    "This workbook shows the specification of a study, which is kept as YAML files.",
    "Datasets, Variables, ValueLevel, WhereClauses, Codelists, Dictionaries, Methods and Comments may be edited: change "
    "a text, add a row, remove a row. Columns in grey follow from other things; leave them as they are.",
    "A row in ValueLevel for QVAL of a SUPP-- dataset is a supplemental qualifier; its where clause names it (QNAM EQ …).",
    "Mapping is the YAML of a variable's map. A new variable that is collected or derived here needs one.",
    "A Comment is the ID of a row in Comments, a Method that of a row in Methods, a Codelist that of rows in Codelists.",
    "All cells are text, so that 0012 and 1.10 stay what they are. Keep them text.",
    "The sheets 'cdiscflow' and 'cdiscflow files' hold the YAML files that the workbook was made from. The import compares "
    "the other sheets with them and carries every difference into the YAML; leave these two sheets as they are.",
    "To take the changes in: cdiscflow spec import FILE.xlsx --out FOLDER",
)


def export_study(
    study: str | Path, path: Path, *, standards: tuple[StandardName, ...] = STANDARDS, replace: bool = False
) -> dict[str, int]:
    """Write the workbook of a study, and return the number of rows of each sheet.

    Args:
        study: a study under `specs/studies/`, or the path of such a folder.
        path: the workbook.
        standards: the standards whose datasets the sheets show; the YAML files are always all in it.
        replace: whether a workbook of that name may be replaced, edits in it included.

    Raises:
        SpecError: the specification is wrong.
        UsageError: the workbook is there already, or is no .xlsx.
    """
    if path.suffix.lower() != ".xlsx":
        raise UsageError(f"{path}: is no name of a workbook. Give one that ends with .xlsx.")
    if path.exists() and not replace:
        raise UsageError(f"{path}: is there already, perhaps with edits. Import it first, or give --replace.")
    loaded = load_study(study)
    texts = carried_files(study_folder(study))
    rows = view_of(loaded, texts, standards).rows
    path.parent.mkdir(parents=True, exist_ok=True)
    written = path.with_name(f".{path.name}.partial")
    try:
        _write(written, rows, texts, f"Specification of {loaded.id}", loaded.id, standards)
        written.replace(path)
    finally:
        written.unlink(missing_ok=True)
    return {form.name: len(rows.get(form.name, [])) for form in SHEETS}


def _write(
    path: Path,
    rows: Mapping[str, Sequence[Cells]],
    texts: Mapping[str, str],
    title: str,
    study: str,
    standards: tuple[StandardName, ...],
) -> None:
    import xlsxwriter

    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(path), options) as workbook:
        workbook.set_properties({"title": title, "created": _CREATED})
        looks = {
            "header": workbook.add_format(_HEADER),
            "text": workbook.add_format(_TEXT),
            "grey": workbook.add_format({**_TEXT, "font_color": "#7F7F7F", "bg_color": "#F2F2F2"}),
        }
        _write_readme(workbook, title, looks)
        for form in SHEETS:
            columns = [(column.name, column.width) for column in form.columns]
            _write_sheet(
                workbook, form.name, columns, rows.get(form.name, []), looks, GREY.get(form.name, ()), form.keys
            )
        origin = [("Key", 40), ("Value", 80)]
        _write_sheet(workbook, ORIGIN_SHEET, origin, origin_rows(study, standards, texts), looks, ("Key", "Value"))
        files = [("File", 20), ("Line", 8), ("Text", 150)]
        _write_sheet(workbook, FILES_SHEET, files, file_rows(texts), looks, ("File", "Line", "Text"))
        for name in (ORIGIN_SHEET, FILES_SHEET):
            workbook.get_worksheet_by_name(name).protect()


def _write_readme(workbook: Workbook, title: str, looks: Mapping[str, Any]) -> None:
    sheet = workbook.add_worksheet("README")
    sheet.set_column(0, 0, 120, looks["text"])
    for number, line in enumerate([title, *_README]):
        sheet.write_string(number, 0, line, looks["text" if number else "header"])


def _write_sheet(
    workbook: Workbook,
    name: str,
    columns: Sequence[tuple[str, int]],
    rows: Iterable[Mapping[str, str]],
    looks: Mapping[str, Any],
    grey: Sequence[str] = (),
    keys: Sequence[str] = (),
) -> None:
    """Write a table of texts under a frozen header with a filter; the columns that name a row stay in sight."""
    from xlsxwriter.utility import xl_col_to_name

    sheet = workbook.add_worksheet(name)
    names = [column for column, _ in columns]
    written = list(rows)
    held = 1 + max((names.index(key) for key in keys), default=-1) if len(keys) < 3 and name != "Codelists" else 1
    sheet.freeze_panes(1, held if keys else 0)
    sheet.autofilter(0, 0, len(written), len(columns) - 1)
    sheet.ignore_errors({"number_stored_as_text": f"A1:{xl_col_to_name(len(columns) - 1)}{len(written) + 1}"})
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    for place, (column, width) in enumerate(columns):
        look = looks["grey" if column in grey else "text"]
        sheet.set_column(place, place, width, look)
        sheet.write_string(0, place, column, looks["header"])
    for number, cells in enumerate(written, 1):
        for place, column in enumerate(names):
            if text := cells.get(column):
                sheet.write_string(number, place, text[:CELL], looks["grey" if column in grey else "text"])
