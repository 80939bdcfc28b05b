"""Workbooks: a sheet a form, text as it is; numbers, dates, formulas and errors are no text."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter

from clinical import provenance
from clinical.errors import RawDataError
from raw import Export, read_export
from specs.model.raw import RawContract

Contract = Callable[..., RawContract]
Rows = Callable[..., list[tuple[Any, ...]]]
Read = Callable[..., Export]

KEYS = ["SUBJID", "SITEID", "EVENT", "EVENTSEQ", "FORMSEQ", "LINE"]
DM = [[*KEYS, "AGE", "SEX"], ["0101-001", "0101", "SCR", "1", "1", "1", "057", "Male"]]
FEVER = ["0101-001", "0101", "LOG", None, "1", "1", "Fever, <39", "03-MAR-2026", "No"]
RASH = ["0101-001", "0101", "LOG", None, "1", "2", " Rash\r\n=1+1 _x0041_", None, "  "]
AE = [[*KEYS, "AETERM", "AESTDAT", "AESER"], FEVER, RASH]


def write(path: Path, **sheets: list[list[Any]]) -> Path:
    """Write a workbook whose texts are texts; other values become what they are."""
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        book.set_properties({"created": datetime(2026, 3, 1, 6, 30)})
        day = book.add_format({"num_format": "dd-mmm-yyyy"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for row, cells in enumerate(rows):
                for column, value in enumerate(cells):
                    if isinstance(value, str):
                        sheet.write_string(row, column, value)
                    elif isinstance(value, datetime | date | time):
                        sheet.write_datetime(row, column, value, day)
                    elif value is not None:
                        sheet.write(row, column, value)
    return path


@pytest.fixture
def read(contract: Contract, tmp_path: Path) -> Read:
    """Return a reader of a workbook of sheets; `xlsx` says what raw.yaml has of workbooks."""

    def make(ae: list[list[Any]] = AE, *, xlsx: Any = None, **sheets: Any) -> Export:
        path = write(tmp_path / "export.xlsx", **({"DM": DM, "AE": ae} | sheets))
        return read_export(path, contract(export={"formats": {"xlsx": xlsx or {}}}))

    return make


def refusal(read: Read, *arguments: Any, **named: Any) -> str:
    with pytest.raises(RawDataError) as caught:
        read(*arguments, **named)
    return str(caught.value)


def test_texts_stay_as_they_are(read: Read, rows_of: Rows) -> None:
    export = read()
    assert rows_of(export.forms["dm"], "AGE", "SEX") == [("057", "Male")]
    assert rows_of(export.forms["ae"], "AETERM", "AESTDAT", "AESER") == [
        ("Fever, <39", "03-MAR-2026", "No"),
        (" Rash\r\n=1+1 _x0041_", None, None),
    ]
    assert rows_of(export.forms["ae"], *provenance.COLUMNS)[1] == (
        *("AE", "ae", 2, "31", "0101-001", "0101", "LOG", None, "1", "2"),
    )
    assert export.findings.empty
    assert export.metadata == {"format": "XLSX"}


def test_the_workbook_says_when_it_was_saved(read: Read) -> None:
    export = read()
    assert export.snapshot == datetime(2026, 3, 1, 6, 30, tzinfo=UTC)
    assert export.inputs["export.xlsx"]["rows"] == 3


def test_a_workbook_that_openpyxl_wrote_is_read(contract: Contract, tmp_path: Path, rows_of: Rows) -> None:
    book = openpyxl.Workbook()
    for name, rows in {"dm": DM, "ae": AE}.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append([None if cell is None else str(cell) for cell in row])
    book.save(tmp_path / "export.xlsx")
    frames = read_export(tmp_path / "export.xlsx", contract()).forms
    assert rows_of(frames["ae"], "AETERM")[0] == ("Fever, <39",)


def test_cells_that_are_no_text_are_refused_with_their_place(read: Read) -> None:
    rows = [AE[0], [*FEVER[:6], 39, date(2026, 3, 3), True], [*RASH[:6], 1.5, datetime(2026, 3, 4), "=1+1"]]
    message = refusal(read, rows)
    assert "export.xlsx, sheet AE: column 'AETERM': 2 cells are a number, not text (first G2), and what was" in message
    assert "column 'AESTDAT': 2 cells are a date, not text (first H2)" in message
    assert "column 'AESER': 1 cell is a logical value, not text (first I2)" in message
    assert "2026" not in message


def test_formulas_and_errors_are_refused_always(contract: Contract, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for name, rows in {"DM": DM, "AE": AE}.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book["AE"]["G3"] = "=A1"
    book["AE"]["H3"] = "#N/A"
    book.save(tmp_path / "export.xlsx")
    declared = {"formats": {"xlsx": {"numbers": "shortest", "dates": "iso"}}}
    with pytest.raises(RawDataError) as caught:
        read_export(tmp_path / "export.xlsx", contract(export=declared))
    assert "column 'AETERM': 1 cell is a formula, not text (first G3)" in str(caught.value)
    assert "column 'AESTDAT': 1 cell is an error, not text (first H3)" in str(caught.value)


def test_the_contract_may_say_what_numbers_and_dates_become(read: Read, rows_of: Rows) -> None:
    rows = [
        AE[0],
        [*FEVER[:5], 1, 39, date(2026, 3, 3), 0.1],
        [*FEVER[:5], 2, 39.0, datetime(2026, 3, 3, 14, 5), -2.50],
    ]
    iso = read(rows, xlsx={"numbers": "shortest", "dates": "iso"}).forms["ae"]
    assert rows_of(iso, "_GROUP_REPEAT", "AETERM", "AESTDAT", "AESER") == [
        ("1", "39", "2026-03-03", "0.1"),
        ("2", "39", "2026-03-03T14:05", "-2.5"),
    ]
    words = read(rows, xlsx={"numbers": "shortest", "dates": "dd-mon-yyyy"}).forms["ae"]
    assert rows_of(words, "AESTDAT") == [("03-MAR-2026",), ("03-MAR-2026 14:05",)]


def test_cells_of_columns_that_nobody_asks_for_may_be_anything(read: Read, rows_of: Rows) -> None:
    rows = [[*AE[0], "ROWID"], [*FEVER, 1], [*RASH, date(2026, 3, 3)]]
    export = read(rows)
    assert len(export.forms["ae"]) == 2
    assert rows_of(export.findings, "rule", "message") == [
        ("RAW.UNKNOWN_COLUMN", "AE: 1 column that raw.yaml does not know (ROWID); not read.")
    ]


def test_empty_rows_are_skipped_and_other_sheets_named(read: Read, rows_of: Rows) -> None:
    export = read([AE[0], [None] * 9, FEVER, [None], RASH], Notes=[["anything"]])
    assert rows_of(export.forms["ae"], "_ROW") == [(1,), (2,)]
    assert list(export.findings["message"]) == ["1 file that raw.yaml does not know (Notes); not read."]


def test_sheets_may_have_other_names(read: Read, rows_of: Rows) -> None:
    export = read(xlsx={"forms": {"ae": "Adverse events"}}, AE=[["unused"]], **{"adverse events": AE})
    assert rows_of(export.forms["ae"], "AESTDAT") == [("03-MAR-2026",), (None,)]


def test_a_missing_sheet_and_a_missing_column_are_named(read: Read) -> None:
    message = refusal(read, [[*KEYS, "TERM", "AESTDAT", "AESER"]], xlsx={"forms": {"dm": "Demography"}})
    assert "export.xlsx: sheet 'Demography' is missing; form 'dm' needs it." in message
    assert "Sheets present: DM, AE." in message
    assert "export.xlsx, sheet AE: column 'AETERM' is missing; form 'ae' needs it. Did you mean 'TERM'?" in message


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ([[*KEYS, "AETERM", "AETERM", "AESER"]], "row 1: column names stand more than once (AETERM)"),
        ([[*KEYS, "AETERM", 5, "AESER"]], "column names are no text (cells H1)"),
        ([[]], "the sheet is empty"),
        ([[*AE[0]], [*FEVER, "x"]], "row 2: a value stands beyond the last column name (cell J2)"),
    ],
)
def test_a_header_that_does_not_fit_is_refused(read: Read, header: list[list[Any]], found: str) -> None:
    assert f"export.xlsx, sheet AE: {found}" in refusal(read, header)


def test_a_workbook_that_is_cut_short_is_refused(contract: Contract, tmp_path: Path) -> None:
    path = write(tmp_path / "export.xlsx", DM=DM, AE=AE)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(RawDataError, match=r"export\.xlsx: the workbook is damaged, cut short or none"):
        read_export(path, contract())


def test_damage_inside_a_sheet_is_refused(contract: Contract, tmp_path: Path) -> None:
    path = write(tmp_path / "whole.xlsx", DM=DM, AE=AE)
    with zipfile.ZipFile(path) as whole, zipfile.ZipFile(tmp_path / "export.xlsx", "w") as cut:
        for name in whole.namelist():
            data = whole.read(name)
            cut.writestr(name, data[: len(data) * 2 // 3] if name.endswith("sheet2.xml") else data)
    with pytest.raises(RawDataError, match=r"export\.xlsx: the workbook is damaged"):
        read_export(tmp_path / "export.xlsx", contract())


def test_a_workbook_in_a_zip_and_two_workbooks(contract: Contract, tmp_path: Path) -> None:
    path = write(tmp_path / "export.xlsx", DM=DM, AE=AE)
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        archive.write(path, "out/export.xlsx")
    assert len(read_export(tmp_path / "export.zip", contract()).forms["ae"]) == 2
    folder = tmp_path / "two"
    folder.mkdir()
    for name in ("a.xlsx", "b.xlsx"):
        (folder / name).write_bytes(path.read_bytes())
    with pytest.raises(RawDataError, match=r"two: 2 workbooks \(a\.xlsx, b\.xlsx\), expected one"):
        read_export(folder, contract())
