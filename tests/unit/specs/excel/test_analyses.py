"""The sheets of Analysis Results Metadata: what analyses.yaml says, to be read and not to be changed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from specs.excel import export_study, import_workbook
from specs.load import STUDIES
from tests.unit.specs.excel.conftest import Workbook

Rows = list[dict[str, str | None]]


@pytest.fixture(scope="module")
def cart_workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("cart") / "spec.xlsx"
    export_study("cart1922", path, standards=("adam",))
    return path


@pytest.fixture(scope="module")
def sheets(cart_workbook: Path) -> Callable[[str], Rows]:
    """Return the rows of a sheet."""
    book = openpyxl.load_workbook(cart_workbook)

    def read(name: str) -> Rows:
        head, *rows = book[name].iter_rows(values_only=True)
        return [dict(zip(head, row)) for row in rows]

    return read


def test_displays_are_the_tables(sheets: Callable[[str], Rows]) -> None:
    rows = sheets("Analysis Displays")
    assert list(rows[0]) == ["ID", "Title", "Document", "Pages"]
    titles = {row["ID"]: row["Title"] for row in rows}
    assert list(titles)[:4] == ["POPULATIONS", "DISPOSITION", "DEMOGRAPHICS", "ORR"]
    assert titles["ORR"] == "Efficacy: Primary Endpoint: Response at Month 3"


def test_a_result_says_why_and_how(sheets: Callable[[str], Rows]) -> None:
    rows = [row for row in sheets("Analysis Results") if row["Display"] == "ORR"]
    assert [row["ID"] for row in rows] == ["AR.ORR.1", "AR.ORR.2", "AR.ORR.3"]
    assert rows[0] == {
        "Display": "ORR",
        "ID": "AR.ORR.1",
        "Description": "Overall Response (CR or PR) by Month 3",
        "Reason": "SPECIFIED IN SAP",
        "Purpose": "PRIMARY OUTCOME MEASURE",
        "Join Comment": "COM.JOIN.ADRS",
        "Documentation": (
            "Number and percentage of subjects with at least one such record, with the exact (Clopper-Pearson) 95% "
            "confidence interval. The denominator is every subject of the population. Population: Full analysis set "
            "(FASFL is Y). Rows of ADRS: PARAMCD is ORR3M and AVALC is Y. "
            "By month 3: the best response up to study day 105 of assessments up to progression, new therapy and "
            "transplant. At month 3: the evaluable assessment nearest study day 91, in days 77 to 105; without one, "
            "no response."
        ),
        "Documentation Refs": None,
        "Programming Context": "cdiscflow YAML",
        "Programming Code": (
            "ORR: {method: proportion, dataset: ADRS, population: {FASFL: Y}, rows: [{parameter: ORR3M}]}"
        ),
        "Programming Document": None,
    }


def test_criteria_name_datasets_variables_and_conditions(sheets: Callable[[str], Rows]) -> None:
    rows = [row for row in sheets("Analysis Criteria") if row["Result"] == "AR.ORR.1"]
    assert [list(row.values()) for row in rows] == [
        ["ORR", "AR.ORR.1", "ADRS", "ADRS.AVALC", "WC.AR.ORR.1.ADRS"],
        ["ORR", "AR.ORR.1", "ADSL", "ADSL.FASFL", "WC.AR.ORR.1.ADSL"],
    ]
    assert list(rows[0]) == ["Display", "Result", "Dataset", "Variables", "Where Clause"]
    clauses = {
        name: [list(row.values())[1:] for row in sheets("WhereClauses") if row["ID"] == name]
        for name in (
            "WC.AR.ORR.1.ADRS",
            "WC.AR.RESPONSE24.1.ADRS",
            "WC.AR.AE_SUMMARY.2.ADAE",
            "WC.AR.POPULATIONS.1.ADSL",
        )
    }
    assert clauses == {
        "WC.AR.ORR.1.ADRS": [["ADRS", "PARAMCD", "EQ", "ORR3M"], ["ADRS", "AVALC", "EQ", "Y"]],
        "WC.AR.RESPONSE24.1.ADRS": [["ADRS", "PARAMCD", "EQ", "BOR24"], ["ADRS", "AVALC", "IN", "CR, PR"]],
        "WC.AR.AE_SUMMARY.2.ADAE": [["ADAE", "TRTEMFL", "EQ", "Y"], ["ADAE", "ATOXGRN", "GE", "3"]],
        "WC.AR.POPULATIONS.1.ADSL": [["ADSL", "RFICDT", "NE", None]],
    }


@pytest.fixture
def workbook(cart_workbook: Path, tmp_path: Path) -> Workbook:
    path = tmp_path / "spec.xlsx"
    path.write_bytes(cart_workbook.read_bytes())
    return Workbook(path)


def test_a_change_is_refused_with_its_cell_and_the_place_in_yaml(workbook: Workbook) -> None:
    title = workbook.row("Analysis Displays", ID="ORR")
    reason = workbook.row("Analysis Results", ID="AR.BOR.1")
    clause = workbook.row("Analysis Criteria", Result="AR.ORR.1", Dataset="ADRS")
    workbook.set("Analysis Displays", "Title", "Response", ID="ORR")
    workbook.set("Analysis Results", "Reason", "DATA DRIVEN", ID="AR.BOR.1")
    workbook.set("WhereClauses", "Value", "CRM3", ID="WC.AR.ORR.1.ADRS", Variable="PARAMCD")
    workbook.remove("Analysis Results", ID="AR.AE_RELATED.1")
    workbook.add("Analysis Displays", {"ID": "NEW", "Title": "Another"})
    added = workbook.book["Analysis Displays"].max_row
    behind = "this sheet shows analyses.yaml and is not taken in."
    assert workbook.problems() == [
        f"spec.xlsx, Analysis Displays!B{title} (Title): 'Response': {behind} Put 'Efficacy: Primary Endpoint: "
        "Response at Month 3' back, and change tables.ORR in analyses.yaml.",
        f"spec.xlsx, Analysis Displays!A{added} (ID): {behind} Remove the row, and write tables.NEW in analyses.yaml.",
        f"spec.xlsx, Analysis Results!D{reason} (Reason): 'DATA DRIVEN': {behind} Put 'SPECIFIED IN SAP' back, and "
        "change tables.BOR in analyses.yaml.",
        "spec.xlsx, Analysis Results (AE_RELATED AR.AE_RELATED.1): the row was removed: "
        f"{behind} Put it back, and change tables.AE_RELATED in analyses.yaml.",
        f"spec.xlsx, Analysis Criteria!E{clause} (Where Clause): 'PARAMCD EQ CRM3 and AVALC EQ Y': {behind} "
        "Put 'PARAMCD EQ ORR3M and AVALC EQ Y' back, and change tables.ORR in analyses.yaml.",
    ]


def test_a_comment_on_a_join_is_told_once_where_it_stands(workbook: Workbook) -> None:
    row = workbook.row("Comments", ID="COM.JOIN.ADRS")
    cell = workbook.row("Analysis Results", ID="AR.ORR.1")
    workbook.set("Comments", "Description", "Joined by subject.", ID="COM.JOIN.ADRS")
    workbook.remove("Comments", ID="COM.JOIN.ADTTE")
    workbook.set("Analysis Results", "Join Comment", "By subject", ID="AR.ORR.1")
    join = "this is how each analysis of the dataset joins it, which follows from analyses.yaml."
    assert workbook.problems() == [
        f"spec.xlsx, Analysis Results!F{cell} (Join Comment): 'By subject': this sheet shows analyses.yaml and is not "
        "taken in. Put 'COM.JOIN.ADRS' back, and change tables.ORR in analyses.yaml.",
        f"spec.xlsx, Comments!B{row} (Description): 'Joined by subject.': {join} Put 'Records of ADRS belong to the "
        "subjects of ADSL by USUBJID.' back; a comment of your own is another row.",
        f"spec.xlsx, Comments (COM.JOIN.ADTTE): the row was removed: {join} Put it back.",
    ]


def test_a_workbook_without_the_sheets_is_taken_in_and_says_so(workbook: Workbook) -> None:
    for name in ("Analysis Displays", "Analysis Results", "Analysis Criteria"):
        del workbook.book[name]
    done = workbook.take_in()
    assert done.changes == ()
    assert [str(note) for note in done.notes] == [
        f"spec.xlsx, {name}: is not there. It only shows analyses.yaml, which stays as it is."
        for name in ("Analysis Displays", "Analysis Results", "Analysis Criteria")
    ]
    original = STUDIES / "cart1922" / "analyses.yaml"
    assert workbook.text("analyses.yaml") == original.read_text(encoding="utf-8")


def test_a_condition_that_is_needed_by_a_qualifier_still_needs_a_value(tmp_path: Path) -> None:
    export_study("cart1922", tmp_path / "spec.xlsx", standards=("sdtm",))
    workbook = Workbook(tmp_path / "spec.xlsx")
    assert workbook.book["Analysis Results"].max_row == 1
    clause = workbook.book["WhereClauses"].cell(2, 1).value
    workbook.set("WhereClauses", "Value", None, ID=clause)
    assert any("WhereClauses!E2 (Value): is empty" in problem for problem in workbook.problems())


def test_those_of_another_project_are_left_out_and_told(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for name, rows in {
        "Study": [
            ["Attribute", "Value"],
            ["StudyName", "ABC"],
            ["StandardName", "SDTM-IG"],
            ["StandardVersion", "3.4"],
        ],
        "Datasets": [["Dataset", "Description"], ["AE", "Adverse Events"]],
        "Variables": [["Dataset", "Variable", "Label", "Data Type"], ["AE", "AETERM", "Term", "text"]],
        "Analysis Displays": [["ID", "Title"], [1, "A table"]],
        "Analysis Results": [["Display", "ID", "Variables"], [1, 1, "ADSL.AGE"], [1, 1, "ADSL.SEX"]],
    }.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    del book["Sheet"]
    book.save(tmp_path / "other.xlsx")
    done = import_workbook(tmp_path / "other.xlsx", tmp_path / "abc")
    assert [str(note) for note in done.notes][:2] == [
        f"other.xlsx, {name}: was not read: the tables of a study are written in analyses.yaml."
        for name in ("Analysis Displays", "Analysis Results")
    ]
