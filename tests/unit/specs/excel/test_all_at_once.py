"""One import tells all that is wrong with a workbook; what rests on a mistake is not told as another one."""

from __future__ import annotations

from collections.abc import Callable

from tests.unit.specs.excel.conftest import Workbook

Exported = Callable[..., Workbook]


def starts(told: list[str]) -> list[str]:
    """Return the place of each problem."""
    return [problem.split(": ")[0].removeprefix("spec.xlsx, ") for problem in told]


def test_mistakes_of_every_kind_in_one_import(exported: Exported) -> None:
    workbook = exported()
    label = workbook.row("Variables", Dataset="AE", Variable="AETERM")
    grey = workbook.row("Variables", Dataset="AE", Variable="AEDECOD")
    both_numbers = workbook.row("Variables", Dataset="AE", Variable="AESTDY")
    column = workbook.row("Variables", Dataset="AE", Variable="AEREL")
    term = workbook.row("Codelists", ID="NY", Term="N")
    decode = workbook.row("Codelists", ID="SEX", Term="M")
    workbook.set("Variables", "Label", "x" * 41, Dataset="AE", Variable="AETERM")
    workbook.set("Variables", "Mandatory", "No", Dataset="AE", Variable="AEDECOD")
    workbook.set("Variables", "Data Type", "float", Dataset="AE", Variable="AESTDY")
    workbook.set("Variables", "Mapping", "{algorithm: assign, column: AERELL}", Dataset="AE", Variable="AEREL")
    workbook.set("Codelists", "Decoded Value", 5, ID="NY", Term="N")
    workbook.set("Codelists", "Decoded Value", "Man", ID="SEX", Term="M")
    told = workbook.problems()
    assert [place.split(", that is")[0] for place in starts(told)] == [
        f"Codelists!H{term} (Decoded Value)",
        f"Variables!D{label} (Label)",
        f"Variables!I{grey} (Mandatory)",
        f"Variables!E{both_numbers} (Data Type)",
        f"Variables!C{column} (Variable)",
        f"Codelists!H{decode} (Decoded Value)",
    ]
    assert "form 'ae' has no column 'AERELL'. Did you mean 'AEREL'?" in told[-2]
    assert "'Man': the terminology has 'Male' for M, which stays." in told[-1]


def test_what_rests_on_a_wrong_cell_is_not_told(exported: Exported) -> None:
    """Derived needs a method: the method that is misspelt is told, and not that there is none."""
    workbook = exported()
    row = workbook.row("Variables", Dataset="AE", Variable="AETERM")
    workbook.set("Variables", "Origin", "Derived", Dataset="AE", Variable="AETERM")
    workbook.set("Variables", "Method", "MT.SEQQ", Dataset="AE", Variable="AETERM")
    assert starts(workbook.problems()) == [f"Variables!N{row} (Method)"]


def test_a_name_that_is_wrong_is_no_deletion(exported: Exported) -> None:
    """STUDYID of AE is there under a wrong dataset; that AE has none any more is not told, only not checked."""
    workbook = exported()
    row = workbook.row("Variables", Dataset="AE", Variable="STUDYID")
    workbook.set("Variables", "Dataset", "AEE", Dataset="AE", Variable="STUDYID")
    told = workbook.problems()
    assert f"spec.xlsx, Variables!B{row} (Dataset): 'AEE' is not in sheet Datasets. Did you mean 'AE'?" in told[0]
    assert told[-1] == (
        "spec.xlsx: whether the other changes fit the study was not checked, since rows that are new or gone have "
        "mistakes. Mend these first."
    )
    assert not any("Required or Expected" in problem for problem in told)


def test_a_column_that_is_not_there_hides_no_mistake_elsewhere(exported: Exported) -> None:
    workbook = exported()
    workbook.set("Variables", "Label", "x" * 41, Dataset="AE", Variable="AETERM")
    del workbook.book["Methods"]
    told = workbook.problems()
    assert len(told) == 2
    assert "has no sheet 'Methods'" in told[0]
    assert "the label has 41 bytes" in told[1]


def test_mended_in_one_go_it_is_taken_in(exported: Exported) -> None:
    workbook = exported()
    workbook.set("Variables", "Label", "x" * 41, Dataset="AE", Variable="AETERM")
    workbook.set("Variables", "Comment", "COM.9", Dataset="AE", Variable="AESTDY")
    assert len(workbook.problems()) == 2
    workbook.set("Variables", "Label", "A shorter label", Dataset="AE", Variable="AETERM")
    workbook.add("Comments", {"ID": "COM.9", "Description": "By the protocol."})
    done = workbook.take_in()
    assert len(done.changes) == 2
    assert "label: A shorter label" in workbook.text("sdtm/ae.yaml")


def test_a_cell_that_is_no_text_is_told_once(exported: Exported) -> None:
    workbook = exported()
    for term in ("M", "F"):
        workbook.set("Codelists", "NCI Codelist Code", "=1+1", ID="SEX", Term=term)
    (problem,) = workbook.problems()
    first, second = (workbook.row("Codelists", ID="SEX", Term=term) for term in ("M", "F"))
    first, second = sorted((first, second))
    assert problem == (
        f"spec.xlsx, Codelists!C{first} (NCI Codelist Code): is a formula, expected text. Put its value in its place. "
        f"So are C{second}."
    )
