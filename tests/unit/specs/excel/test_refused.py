"""What cannot be carried into the YAML is refused with its cell, and nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from clinical.errors import SpecError
from tests.unit.specs.excel.conftest import Workbook

Exported = Callable[..., Workbook]

#: Sheet, column, value, the row's keys, and how the problem goes on behind the cell's name.
REFUSED = [
    ("Variables", "Mandatory", "No", {"Dataset": "AE", "Variable": "AETERM"},
     "'No': this follows from other things and cannot be said here. Put 'Yes' back."),
    ("Variables", "Significant Digits", "2", {"Dataset": "AE", "Variable": "AETERM"},
     "'2': this follows from other things and cannot be said here. Empty the cell."),
    ("Variables", "Data Type", "float", {"Dataset": "AE", "Variable": "AESTDY"},
     "'float' and 'integer' are both Num, and the data decide. Put 'integer' back."),
    ("Variables", "Label", None, {"Dataset": "AE", "Variable": "AETERM"}, "is empty, expected a text."),
    ("Variables", "Label", "Another", {"Dataset": "SUPPAE", "Variable": "QNAM"},
     "what QNAM of SUPP-- is follows from SDTMIG. Put 'Qualifier Variable Name' back."),
    ("Variables", "Mapping", "{algorithm: [", {"Dataset": "AE", "Variable": "AETERM"}, "is not valid YAML:"),
    ("Datasets", "Purpose", "Analysis", {"Dataset": "AE"}, "'Analysis': this follows from other things"),
    ("Datasets", "Class", "SPECIALS", {"Dataset": "AE"}, "'SPECIALS' is no class of a dataset."),
    ("Datasets", "Class", "BASIC DATA STRUCTURE", {"Dataset": "AE"},
     "'BASIC DATA STRUCTURE' is no class of a dataset."),
    ("Datasets", "Description", "Another", {"Dataset": "SUPPAE"}, "what SUPP-- is follows from SDTMIG."),
    ("Codelists", "Decoded Value", "Nope", {"ID": "NY", "Term": "N"},
     "'Nope': the terminology has 'No' for N, which stays. Put that back."),
    ("Methods", "Expression Code", "x = 1", {"ID": "MT.SEQ"}, "'x = 1': this follows from other things"),
    ("Documents", "Title", "Another", {"ID": "acrf"}, "'Another': this follows from other things"),
    ("Study", "Value", None, {"Attribute": "StudyName"}, "is empty, expected a text: every study has one."),
]  # fmt: skip


@pytest.mark.parametrize(("sheet", "column", "value", "keys", "expected"), REFUSED)
def test_a_change_that_yaml_cannot_take_in(
    exported: Exported, sheet: str, column: str, value: str | None, keys: dict[str, str], expected: str
) -> None:
    workbook = exported()
    row = workbook.row(sheet, **keys)
    told = workbook.set(sheet, column, value, **keys).problems()
    assert any(f"!{_letter(workbook, sheet, column)}{row} ({column}): {expected}" in problem for problem in told), told


def _letter(workbook: Workbook, sheet: str, column: str) -> str:
    return str(workbook.book[sheet].cell(1, workbook.columns(sheet)[column]).column_letter)


def test_what_the_loader_finds_names_the_row(exported: Exported) -> None:
    workbook = exported()
    cells = {"Dataset": "AE", "Variable": "AEOUT", "Label": "Outcome of Adverse Event", "Data Type": "text"}
    (problem,) = workbook.add("Variables", cells).problems()
    number = workbook.book["Variables"].max_row
    assert problem == (
        f"spec.xlsx, Variables!C{number} (Variable), that is imported/sdtm/ae.yaml:28: variables.AEOUT: has no map. "
        "Say where its values come from."
    )


def test_a_required_variable_stays(exported: Exported) -> None:
    (problem,) = exported().remove("Variables", Dataset="AE", Variable="AESEQ").problems()
    assert problem.startswith("spec.xlsx, Variables (AE AESEQ was removed), that is imported/sdtm/ae.yaml:")
    assert "Required or Expected in AE, but not given: AESEQ." in problem


def test_the_order_of_sdtm_is_the_standards(exported: Exported) -> None:
    workbook = exported()
    workbook.set("Variables", "Order", "1", Dataset="AE", Variable="AETERM")
    workbook.set("Variables", "Order", "5", Dataset="AE", Variable="STUDYID")
    (problem,) = workbook.problems()
    expected = "the variables of AE are in another order than SDTMIG's, which decides. Put their Order back."
    assert problem == f"spec.xlsx, Variables: {expected}"


def test_the_code_of_a_codelist_is_the_terminologys(exported: Exported) -> None:
    workbook = exported()
    for term in ("M", "F"):
        workbook.set("Codelists", "NCI Codelist Code", "C1", ID="SEX", Term=term)
    first, second = workbook.problems()
    expected = "(NCI Codelist Code): 'C1': this follows from other things and cannot be said here. Put 'C66731' back."
    assert first.endswith(expected)
    assert first != second


def test_a_missing_column_or_sheet_is_no_deletion(exported: Exported) -> None:
    workbook = exported()
    workbook.book["Variables"].delete_cols(workbook.columns("Variables")["Mapping"])
    del workbook.book["Comments"]
    told = workbook.problems()
    assert any(problem.startswith("spec.xlsx, Variables!1: has no column 'Mapping'.") for problem in told)
    assert any(problem.startswith("spec.xlsx: has no sheet 'Comments'.") for problem in told)


def test_without_the_yaml_edits_cannot_be_found(exported: Exported) -> None:
    workbook = exported()
    del workbook.book["cdiscflow files"]
    (problem,) = workbook.problems()
    assert problem.startswith("spec.xlsx, cdiscflow files: is not there, or is empty.")


def test_what_refers_to_a_missing_sheet_is_not_told(exported: Exported) -> None:
    workbook = exported()
    del workbook.book["Methods"]
    (problem,) = workbook.problems()
    assert problem.startswith("spec.xlsx: has no sheet 'Methods'. Found: README, Study, Datasets, ")


def test_a_comment_that_nobody_names_is_told(exported: Exported) -> None:
    (problem,) = exported().add("Comments", {"ID": "COM.1", "Description": "Lost."}).problems()
    assert problem == (
        "spec.xlsx, Comments!A2 (ID): comment COM.1 is named by no row. Name it in a Comment, or remove it."
    )


def test_a_new_dataset_begins_in_yaml(exported: Exported) -> None:
    workbook = exported()
    cells = {"Dataset": "CM", "Description": "Concomitant Medications", "Class": "INTERVENTIONS"}
    told = workbook.add("Datasets", cells).problems()
    assert "a new dataset needs records, rules and maps. Begin its YAML file; then export again." in told[0]


def test_both_sides_changed_one_cell(exported: Exported, tiny: Path) -> None:
    workbook = exported(tiny)
    methods = (tiny / "methods.yaml").read_text(encoding="utf-8")
    (tiny / "methods.yaml").write_text(methods.replace("A flag.", "The flag."), encoding="utf-8")
    row = workbook.row("Methods", ID="MT.FLAG")
    workbook.set("Methods", "Description", "Some flag.", ID="MT.FLAG")
    workbook.folder = tiny
    with pytest.raises(SpecError) as raised:
        workbook.take_in(replace=True)
    assert str(raised.value) == (
        f"spec.xlsx, Methods!D{row} (Description): is 'Some flag.' here, 'The flag.' in the folder's YAML, and was "
        "'A flag.'. Make them equal."
    )
    assert "The flag." in (tiny / "methods.yaml").read_text(encoding="utf-8")


def test_a_folder_that_is_no_study_is_never_replaced(exported: Exported, tmp_path: Path) -> None:
    workbook = exported()
    workbook.folder.mkdir()
    (workbook.folder / "letter.txt").write_text("x")
    with pytest.raises(Exception, match="is no study's folder"):
        workbook.take_in(replace=True)
    assert (workbook.folder / "letter.txt").read_text() == "x"
