"""Findings as files: findings.csv for programs and the next run, findings.xlsx for data managers and sites.

Nothing in them depends on the clock: two runs of the same data write the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from checks.gate import summary
from checks.sheet_names import unique_sheet_name
from clinical.errors import RawDataError
from clinical.findings import COLUMNS, SEVERITIES, combine

#: How many findings a sheet holds below its header (Excel's own limit is 1,048,576 rows).
SHEET_ROWS = 1_000_000
#: From this many findings on, the workbook is written row by row without being held in memory.
LARGE = 50_000
#: The longest text that an Excel cell holds.
CELL = 32_767

#: What the sheets show: column of the findings, heading, width in characters, whether long texts are wrapped.
SHOWN = (
    ("severity", "Severity", 10, False),
    ("status", "Status", 8, False),
    ("usubjid", "Subject", 20, False),
    ("dataset", "Dataset", 9, False),
    ("variable", "Variable", 11, False),
    ("key", "Record", 36, True),
    ("value", "Value", 28, True),
    ("message", "What is wrong, what to do", 70, True),
    ("form", "EDC form", 12, False),
    ("row", "Row", 7, False),
    ("page", "EDC page", 10, False),
    ("rule", "Rule", 30, False),
    ("source", "Source", 9, False),
)
COUNTS = (
    ("severity", "Severity", 10, False),
    ("rule", "Rule", 30, False),
    ("dataset", "Dataset", 9, False),
    ("variable", "Variable", 11, False),
    ("findings", "Findings", 10, False),
    ("new", "New", 8, False),
    ("open", "Open", 8, False),
    ("gone", "Gone", 8, False),
    ("subjects", "Subjects", 10, False),
    ("message", "What is wrong", 70, True),
    ("action", "What to do", 50, True),
)
_COLOURS = {"error": "#F8CBAD", "warning": "#FFE699", "note": "#DDEBF7"}
_Columns = tuple[tuple[str, str, int, bool], ...]


def sort_findings(findings: pd.DataFrame) -> pd.DataFrame:
    """Return the findings with errors first, then by rule, dataset, variable, subject, row and everything else."""
    rank = findings["severity"].map({severity: place for place, severity in enumerate(SEVERITIES)})
    row = pd.to_numeric(findings["row"], errors="coerce")
    order = ["_rank", "rule", "dataset", "variable", "usubjid", "_row", "key", "value", "form", "message", "status"]
    placed = findings.assign(_rank=rank, _row=row).sort_values(order, kind="stable", na_position="first")
    return placed[list(COLUMNS)].reset_index(drop=True)


def write_findings(
    findings: pd.DataFrame, folder: Path, *, created: datetime, site_of: pd.Series | None = None
) -> tuple[Path, Path]:
    """Write findings.csv and findings.xlsx into a folder, and return their paths.

    Args:
        created: the export's snapshot time, which the workbook bears as the time of its creation.
        site_of: SITEID indexed by USUBJID; with it there is one sheet a site, without it one a dataset or form.
    """
    findings = sort_findings(findings)
    table, workbook = folder / "findings.csv", folder / "findings.xlsx"
    findings.to_csv(table, index=False, encoding="utf-8", lineterminator="\n")
    _write_workbook(findings, workbook, created, site_of)
    return table, workbook


def read_findings(path: Path) -> pd.DataFrame:
    """Return a findings.csv as written by `write_findings`.

    Raises:
        RawDataError: the file has other columns.
    """
    findings = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8")
    if tuple(findings.columns) != COLUMNS:
        raise RawDataError(
            f"{path.name}: is no list of findings (expected the columns {', '.join(COLUMNS)}). Check it."
        )
    return findings


def compare_with_previous(findings: pd.DataFrame, previous: pd.DataFrame) -> pd.DataFrame:
    """Return the findings with `status` new or open, and those of the previous run that are gone.

    A finding is the same where rule, dataset, variable, subject, key, form and page are; its value and its row number
    may have changed since. Of several alike, the first is compared with the first.
    """
    now = sort_findings(findings)
    before = sort_findings(previous[previous["status"].ne("gone")])
    known = pd.MultiIndex.from_frame(_identity(before))
    current = pd.MultiIndex.from_frame(_identity(now))
    now["status"] = pd.Series(current.isin(known)).map({True: "open", False: "new"}).astype("str")
    gone = before[~known.isin(current)].assign(status="gone")
    return sort_findings(combine([now, gone]))


def _identity(findings: pd.DataFrame) -> pd.DataFrame:
    columns = ["rule", "dataset", "variable", "usubjid", "key", "form", "page"]
    return findings[columns].assign(number=findings.groupby(columns, sort=False).cumcount())


def _write_workbook(findings: pd.DataFrame, path: Path, created: datetime, site_of: pd.Series | None) -> None:
    options = {
        "constant_memory": len(findings) > LARGE,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(str(path), options) as workbook:
        when = created.astimezone(UTC).replace(tzinfo=None) if created.tzinfo else created
        workbook.set_properties({"title": "Findings", "created": when})
        formats = _Formats(workbook)
        names: set[str] = set()
        _write_sheet(workbook, unique_sheet_name("Summary", names), summary(findings), COUNTS, formats)
        for name, rows in _sheets(findings, site_of):
            _write_sheet(workbook, unique_sheet_name(name, names), rows, SHOWN, formats)


def _sheets(findings: pd.DataFrame, site_of: pd.Series | None) -> Iterator[tuple[str, pd.DataFrame]]:
    """Yield name and findings of each sheet after the summary, in the order of the names."""
    if site_of is not None:
        once = site_of[~site_of.index.duplicated()]
        site = findings["usubjid"].map(once)
        group = ("Site " + site.astype("str")).fillna("No site")
    else:
        group = findings["dataset"].mask(findings["dataset"].eq(""), findings["form"])
        group = group.mask(group.eq(""), "Study")
    for name in sorted(group.unique()):
        rows = findings[group.eq(name)]
        for start in range(0, len(rows), SHEET_ROWS):
            yield str(name), rows.iloc[start : start + SHEET_ROWS]


class _Formats:
    """The looks of cells: header, plain and wrapped text, one fill for each severity, grey for what is gone."""

    def __init__(self, workbook: xlsxwriter.Workbook) -> None:
        top = {"valign": "top"}
        self.header: Format = workbook.add_format({"bold": True, "bg_color": "#1F4E78", "font_color": "#FFFFFF", **top})
        self.plain: Format = workbook.add_format(top)
        self.wrapped: Format = workbook.add_format({"text_wrap": True, **top})
        self.gone: Format = workbook.add_format({"font_color": "#7F7F7F", "font_strikeout": True, **top})
        self.severity: dict[str, Format] = {
            severity: workbook.add_format({"bg_color": colour, "bold": severity == "error", **top})
            for severity, colour in _COLOURS.items()
        }

    def of(self, column: str, value: object, wrap: bool) -> Format:
        """Return the format of a cell."""
        if column == "severity":
            return self.severity.get(str(value), self.plain)
        if column == "status" and value == "gone":
            return self.gone
        return self.wrapped if wrap else self.plain


def _write_sheet(
    workbook: xlsxwriter.Workbook, name: str, table: pd.DataFrame, columns: _Columns, formats: _Formats
) -> None:
    """Write a table under a frozen header with filters; every text is written as text, so no formula can run."""
    sheet: Worksheet = workbook.add_worksheet(name)
    sheet.freeze_panes(1, 0)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    sheet.autofilter(0, 0, len(table), len(columns) - 1)
    sheet.ignore_errors({"number_stored_as_text": f"A1:{xl_rowcol_to_cell(len(table), len(columns) - 1)}"})
    for place, (_, heading, width, _wrap) in enumerate(columns):
        sheet.set_column(place, place, width)
        sheet.write_string(0, place, heading, formats.header)
    shown = [table[column].tolist() for column, *_ in columns]
    for number, cells in enumerate(zip(*shown), start=1):
        for place, ((column, _, _, wrap), cell) in enumerate(zip(columns, cells)):
            look = formats.of(column, cell, wrap)
            if isinstance(cell, int) or (column == "row" and cell.isdecimal()):
                sheet.write_number(number, place, int(cell), look)
            elif cell:
                sheet.write_string(number, place, str(cell)[:CELL], look)
