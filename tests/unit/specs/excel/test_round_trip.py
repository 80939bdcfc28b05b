"""An exported workbook gives back the study that it was made from, whatever its texts hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinical.errors import SpecError, UsageError
from specs.excel import export_study, import_workbook
from specs.excel.carried import file_rows, origin_rows, read_carried
from specs.excel.cell_text import escaped, unescaped
from specs.load import load_study, study_folder
from tests.unit.specs.excel.conftest import TINY, Workbook

#: Texts that spreadsheets and YAML like to turn into something else.
TEXTS = [
    "0012", "1.10", "NA", "NO", "=1+1", "+1", "@SUM(A1)", "12:30", "1E5", "true", "null", "~", "- x", "a: b", "a #b",
    "肿瘤反应", "trailing ", " leading", "line\nbreak", "two\n\nlines\n", "'", '"', "{a: b}", "[a]", "%", "&a", "*a",
    "|", "tab\there", "a\\nb", "#", "?", "2026-01-31", "http://example.org", "=cmd|'/c calc'!A1",
]  # fmt: skip


@pytest.mark.parametrize("study", ["cart1922", "cdiscpilot01", "oncorecist"])
def test_bundled_studies_come_back_equal(study: str, tmp_path: Path) -> None:
    export_study(study, tmp_path / "spec.xlsx")
    done = import_workbook(tmp_path / "spec.xlsx", tmp_path / study)
    assert done.changes == ()
    original, imported = load_study(study), load_study(tmp_path / study)
    assert replace(imported, folder=original.folder) == original
    for path in original.files:
        assert (tmp_path / study / path).read_bytes() == (study_folder(study) / path).read_bytes(), path


@pytest.mark.parametrize("standard", ["sdtm", "adam"])
def test_workbooks_of_one_standard_hold_the_whole_study(standard: str, tmp_path: Path) -> None:
    export_study("cdiscpilot01", tmp_path / "spec.xlsx", standards=(standard,))  # type: ignore[arg-type]
    import_workbook(tmp_path / "spec.xlsx", tmp_path / "back")
    assert load_study(tmp_path / "back").files == load_study("cdiscpilot01").files


def test_two_exports_have_the_same_bytes(tmp_path: Path) -> None:
    export_study(TINY, tmp_path / "one.xlsx")
    export_study(TINY, tmp_path / "two.xlsx")
    assert (tmp_path / "one.xlsx").read_bytes() == (tmp_path / "two.xlsx").read_bytes()


def test_a_workbook_is_not_replaced_unasked(tmp_path: Path) -> None:
    export_study(TINY, tmp_path / "spec.xlsx")
    with pytest.raises(UsageError, match="is there already"):
        export_study(TINY, tmp_path / "spec.xlsx")


def test_other_readers_see_the_same_text(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    import_workbook(_exported(TINY, tmp_path), folder)
    (folder / "codelists.yaml").write_text(
        'codelists:\n  NY: {standard: NY, only: [Y, N], raw: {Y: "Yes", N: "No"}}\n'
        "  SEX: {standard: SEX, only: [M, F], raw: {M: Male, F: Female}}\n"
        "  DSDECOD: {standard: [NCOMPLT, PROTMLST], ignore_case: true}\n"
        '  ODD: {name: Odd, terms: {"0012": "=1+1", "1.10": " 肿瘤 ", "NA": "a\\nb"}}\n',
        encoding="utf-8",
    )
    export_study(folder, tmp_path / "odd.xlsx")
    frame = pd.read_excel(tmp_path / "odd.xlsx", sheet_name="Codelists", dtype="str", keep_default_na=False)
    odd = frame[frame["ID"].eq("ODD")]
    assert odd["Term"].tolist() == ["0012", "1.10", "NA"]
    assert odd["Decoded Value"].tolist() == ["=1+1", " 肿瘤 ", "a\nb"]
    sheet = openpyxl.load_workbook(tmp_path / "odd.xlsx")["Codelists"]
    assert {cell.data_type for row in sheet.iter_rows(min_row=2) for cell in row} <= {"s", "n"}
    assert all(cell.value is None for row in sheet.iter_rows(min_row=2) for cell in row if cell.data_type == "n")


def _exported(study: str | Path, place: Path) -> Path:
    export_study(study, place / "exported.xlsx")
    return place / "exported.xlsx"


def test_texts_come_back_as_they_were(exported: Callable[..., Workbook]) -> None:
    workbook = exported()
    for number, text in enumerate(TEXTS):
        row = {"ID": f"MT.{number}", "Name": text, "Type": "Computation", "Description": text}
        workbook.add("Methods", row)
        for cell in workbook.book["Methods"][workbook.book["Methods"].max_row]:
            cell.data_type = "s" if cell.value else cell.data_type
    workbook.take_in()
    methods = load_study(workbook.folder).methods
    assert [methods[f"MT.{number}"].text for number in range(len(TEXTS))] == TEXTS
    assert [methods[f"MT.{number}"].name for number in range(len(TEXTS))] == TEXTS
    export_study(workbook.folder, workbook.path, replace=True)
    assert import_workbook(workbook.path, workbook.folder, replace=True).changes == ()


def test_line_ends_of_another_system_are_line_ends(exported: Callable[..., Workbook]) -> None:
    workbook = exported()
    workbook.set("Methods", "Description", "One._x000D_\nTwo.", ID="MT.SEQ").take_in()
    assert load_study(workbook.folder).methods["MT.SEQ"].text == "One.\nTwo."


@given(st.text(max_size=60), st.sampled_from(TEXTS))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_files_come_back_character_by_character(text: str, odd: str) -> None:
    texts = {"a.yaml": text, "sdtm/b.yaml": f"{odd}\r\n{text}\n{odd}"}
    problems: list[object] = []
    carried = read_carried(list(origin_rows("X", ("sdtm",), texts)), list(file_rows(texts)), problems)  # type: ignore[arg-type]
    assert problems == []
    assert carried is not None
    assert carried.texts == texts
    assert unescaped(escaped(text)) == text


def test_very_long_lines_take_several_rows() -> None:
    texts = {"a.yaml": "\\" * 40_000 + "\nshort"}
    rows = list(file_rows(texts))
    assert [row["Line"] for row in rows] == ["1", "1.1", "1.2", "2"]
    carried = read_carried(list(origin_rows("X", ("sdtm",), texts)), rows[::-1], [])
    assert carried is not None
    assert carried.texts == texts


def test_changed_lines_of_the_base_are_refused(exported: Callable[..., Workbook]) -> None:
    workbook = exported()
    workbook.book["cdiscflow files"].cell(3, 3).value = "  NY: {standard: NY}"
    (problem,) = workbook.problems()
    assert problem.startswith(
        "spec.xlsx, cdiscflow files: the lines of codelists.yaml are not those that were exported."
    )


def test_files_outside_the_folder_are_refused(exported: Callable[..., Workbook]) -> None:
    workbook = exported()
    workbook.add("cdiscflow files", {"File": "../outside.yaml", "Line": "1", "Text": "x"})
    (problem,) = workbook.problems()
    assert problem == "spec.xlsx, cdiscflow files: '../outside.yaml' was not exported. Remove its lines."


def test_a_study_is_not_replaced_unasked(exported: Callable[..., Workbook]) -> None:
    workbook = exported()
    workbook.take_in()
    with pytest.raises(UsageError, match="is there already"):
        workbook.take_in()


def test_what_is_no_workbook_is_refused(tmp_path: Path) -> None:
    (tmp_path / "spec.xlsx").write_text("Dataset,Variable\n")
    with pytest.raises(SpecError, match=r"is no \.xlsx workbook"):
        import_workbook(tmp_path / "spec.xlsx", tmp_path / "back")
