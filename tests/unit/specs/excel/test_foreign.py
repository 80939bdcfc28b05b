"""Workbooks of other projects: what they say becomes YAML, and every fault is told with sheet, row and column."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from clinical.errors import SpecError
from specs.excel import Imported, import_workbook
from specs.load import load_study

#: A specification as the industry writes it, made up: a sheet each, cells divided by `|`.
STUDY = """
Attribute|Value
StudyName|ABC-001
StudyDescription|A study of another project
ProtocolName|ABC-001 protocol
StandardName|SDTM-IG
StandardVersion|3.4
Language|en
"""
DATASETS = """
Dataset|Description|Class|Structure|Purpose|Key Variables|Repeating|Reference Data|Comment
AE|Adverse Events|EVENTS|One record per event|Tabulation|STUDYID, USUBJID, AETERM|Yes|No|C.1
VS|Vital Signs|FINDINGS||Tabulation|STUDYID, USUBJID, VSTESTCD|Yes|No|
SUPPAE|Supplemental Qualifiers for AE|RELATIONSHIP||Tabulation|USUBJID, QNAM|Yes|No|
"""
VARIABLES = """
Order|Dataset|Variable|Label|Data Type|Length|Significant Digits|Format|Mandatory|Codelist|Origin|Pages|Method|\
Predecessor|Role|Comment
1|AE|STUDYID|Study Identifier|text|12|||Yes||Protocol||||Identifier|
2|AE|USUBJID|Unique Subject Identifier|text|20|||Yes||Derived||M.1|||
3|AE|AETERM|Verbatim term|text|200|||Yes||CRF|31|||Topic|
4|AE|AESER|Serious Event|text|1|||No|NY|CRF|31||||
5|AE|AESTDY|Study Day of Start of Adverse Event|integer|8|||No||Derived||M.1|||
1|VS|STUDYID|Study Identifier|text|12|||Yes||Protocol|||||
2|VS|USUBJID|Unique Subject Identifier|text|20|||Yes||Derived||M.1|||
3|VS|VSTESTCD|Vital Signs Test Short Name|text|8|||Yes|TESTS|Assigned|||||
4|VS|VSORRES|Result or Finding in Original Units|text|20|||No|||||||C.1
1|SUPPAE|USUBJID|Unique Subject Identifier|text|20|||Yes||Derived||M.1|||
2|SUPPAE|QNAM|Qualifier Variable Name|text|8|||Yes||Assigned|||||
3|SUPPAE|QVAL|Data Value|text|200|||Yes|||||||
"""
VALUE_LEVEL = """
Order|Dataset|Variable|Where Clause|Label|Data Type|Length|Codelist|Origin|Pages|Method
1|SUPPAE|QVAL|W.1|Treatment Emergent|text|1|NY|Derived||M.1
2|VS|VSORRES|W.2|Pulse|integer|3||CRF|12|
3|VS|VSORRES|W.3|Others|text|20||CRF|12|
"""
WHERE_CLAUSES = """
ID|Dataset|Variable|Comparator|Value
W.1|SUPPAE|QNAM|EQ|AETRTEM
W.2|VS|VSTESTCD|IN|PULSE, HR
W.3|VS|VSTESTCD|NE|PULSE
"""
CODELISTS = """
ID|Name|NCI Codelist Code|Data Type|Order|Term|NCI Term Code|Decoded Value
NY|No Yes Response|C66742|text|1|N|C49487|No
NY|No Yes Response|C66742|text|2|Y|C49488|Yes
TESTS|Vital signs tests|C66741|text|1|PULSE||Pulse Rate
TESTS|Vital signs tests|C66741|text|2|OWNTEST||A test of our own
"""
DICTIONARIES = """
ID|Name|Data Type|Dictionary|Version
MEDDRA|MedDRA|text|MedDRA|25.0
"""
METHODS = """
ID|Name|Type|Description|Expression Context|Expression Code
M.1|Derivation|Computation|See the protocol.|SAS|x = y;
"""
COMMENTS = """
ID|Description|Document|Pages
C.1|As collected.||
"""
DOCUMENTS = """
ID|Title|Href
acrf|Annotated CRF|acrf.pdf
"""
SHEETS = {
    "Study": STUDY,
    "Datasets": DATASETS,
    "Variables": VARIABLES,
    "ValueLevel": VALUE_LEVEL,
    "WhereClauses": WHERE_CLAUSES,
    "Codelists": CODELISTS,
    "Dictionaries": DICTIONARIES,
    "Methods": METHODS,
    "Comments": COMMENTS,
    "Documents": DOCUMENTS,
}
#: Columns whose cells are numbers, as people type them.
NUMBERS = ("Order", "Length", "Pages")


def cells(table: str) -> list[list[Any]]:
    """Return the cells of a table, numbers in the columns of numbers, nothing where nothing stands."""
    rows = [line.split("|") for line in table.strip("\n").split("\n")]
    numbers = [place for place, heading in enumerate(rows[0]) if heading in NUMBERS]
    return [
        [int(cell) if place in numbers and cell.isdecimal() else cell or None for place, cell in enumerate(row)]
        for row in rows
    ]


class Foreign:
    """The workbook above, to be spoilt cell by cell."""

    def __init__(self, folder: Path) -> None:
        self.path, self.folder = folder / "abc.xlsx", folder / "abc"
        self.book = openpyxl.Workbook()
        self.book.remove(self.book.active)
        for name, table in SHEETS.items():
            sheet = self.book.create_sheet(name)
            for row in cells(table):
                sheet.append(row)

    def put(self, place: str, value: Any) -> Foreign:
        """Put a value into a cell given as `Variables!F3`."""
        sheet, _, cell = place.partition("!")
        self.book[sheet][cell] = value
        return self

    def take_in(self, **options: bool) -> Imported:
        """Save and import."""
        self.book.save(self.path)
        return import_workbook(self.path, self.folder, **options)

    def problems(self) -> list[str]:
        """Save, import, and return what is said to be wrong; nothing may have been written."""
        self.book.save(self.path)
        with pytest.raises(SpecError) as raised:
            import_workbook(self.path, self.folder)
        assert raised.value.exit_code == 10
        assert not self.folder.exists()
        assert [one.name for one in self.folder.parent.iterdir()] == [self.path.name]
        return [str(problem) for problem in raised.value.problems]


@pytest.fixture
def foreign(tmp_path: Path) -> Foreign:
    """A workbook of another project without a fault."""
    return Foreign(tmp_path)


def test_a_sound_workbook_becomes_a_folder(foreign: Foreign) -> None:
    done = foreign.take_in()
    files = {
        path.relative_to(foreign.folder).as_posix(): path.read_text("utf-8") for path in foreign.folder.rglob("*.yaml")
    }
    assert sorted(files) == ["codelists.yaml", "methods.yaml", "sdtm/ae.yaml", "sdtm/vs.yaml", "study.yaml"]
    assert files["study.yaml"].splitlines()[1:] == [
        "id: ABC-001",
        "name: ABC-001 protocol",
        "title: A study of another project",
        "standards:",
        '  sdtmig: "3.4"',
        "dictionaries:",
        '  MEDDRA: {name: MedDRA, version: "25.0"}',
    ]
    assert files["sdtm/ae.yaml"].splitlines()[1:] == [
        "dataset: AE",
        "structure: One record per event",
        "keys: [STUDYID, USUBJID, AETERM]",
        "comment: As collected.",
        "variables:",
        '  STUDYID: {length: "12", origin: {type: Protocol}}',
        '  USUBJID: {length: "20", origin: {type: Derived}, method: M.1}',
        '  AETERM: {label: Verbatim term, length: "200", origin: {type: Collected, pages: ["31"]}}',
        '  AESER: {length: "1", origin: {type: Collected, pages: ["31"]}}',
        "  AESTDY: {origin: {type: Derived}, method: M.1}",
        "supplemental:",
        '  AETRTEM: {label: Treatment Emergent, length: "1", codelist: NY, origin: {type: Derived}, method: M.1}',
    ]
    assert files["sdtm/vs.yaml"].splitlines()[-8:] == [
        '  VSORRES: {length: "20", comment: As collected.}',
        "value_level:",
        "  - variable: VSORRES",
        "    where: {VSTESTCD: [PULSE, HR]}",
        "    label: Pulse",
        "    type: integer",
        '    length: "3"',
        '    origin: {type: Collected, pages: ["12"]}',
    ]
    assert files["codelists.yaml"].splitlines() == [
        "codelists:",
        "  NY: {standard: NY, only: [N, Y]}",
        "  TESTS: {standard: VSTESTCD, name: Vital signs tests, only: [PULSE], extend: {OWNTEST: A test of our own}}",
    ]
    assert files["methods.yaml"].splitlines() == ["methods:", "  M.1: {name: Derivation, text: See the protocol.}"]
    assert dict(done.counts) == {"codelists": 2, "methods": 1, "datasets": 2, "variables": 9}
    assert [str(note) for note in done.notes] == [
        "abc.xlsx, Methods: the expressions of M.1 were left out: a map or a rule says in YAML how a variable is made.",
        "abc.xlsx, ValueLevel!D4 (Where Clause): is more than EQ and IN, which is all that value-level metadata "
        "here knows; the row was left out.",
        "abc.xlsx, Variables: 3 rows of SUPP-- datasets left out: SDTMIG says what their variables are.",
    ]


def test_what_a_workbook_does_not_say_is_asked_for_loudly(foreign: Foreign) -> None:
    done = foreign.take_in()
    with pytest.raises(SpecError) as raised:
        load_study(foreign.folder)
    told = [str(problem) for problem in raised.value.problems]
    assert [*map(str, done.open), told[-1]] == told
    assert told[-1].startswith("abc: what raw.yaml and other files say of each other was not checked.")
    assert "abc/raw.yaml: is missing. Every study has one." in told


#: A cell, what is put into it, and how the problem begins.
FAULTS = [
    ("Variables!C4", "AETRM",
     "Variables!C4 (Variable): SDTMIG 3.4 has no variable AETRM in AE. Did you mean 'AETERM'?"),
    ("Datasets!A3", "VZ", "Variables!B7 (Dataset): 'VS' is not in sheet Datasets."),
    ("Variables!D4", "Verbatim term of the event as it was reported",
     "Variables!D4 (Label): the label has 45 bytes, expected at most 40"),
    ("Variables!D4", "受试者报告的不良事件名称原文记录",
     "Variables!D4 (Label): the label has 48 bytes, expected at most 40"),
    ("Datasets!B2", "x" * 41, "Datasets!B2 (Description): the label has 41 bytes"),
    ("Variables!E4", "texte",
     "Variables!E4 (Data Type): 'texte' is not known. Did you mean 'text'? Expected text, date, time"),
    ("Variables!E6", "text", "Variables!E6 (Data Type): 'text' is Char, but AESTDY is Num in SDTMIG."),
    ("Variables!F4", 201, "Variables!F4 (Length): '201', expected a whole number from 1 to 200."),
    ("Variables!F4", 10.5, "Variables!F4 (Length): is the number 10.5 as Excel sees it, expected a whole number"),
    ("Variables!F6", 201, "Variables!F6 (Length): '201', expected a whole number from 1 to 200."),
    ("Variables!J5", "NYX", "Variables!J5 (Codelist): 'NYX' is not in sheet Codelists. Did you mean 'NY'?"),
    ("Variables!K4", "EDC", "Variables!K4 (Origin): 'EDC' is not known."),
    ("Variables!M3", "M.9", "Variables!M3 (Method): 'M.9' is not in sheet Methods. Did you mean 'M.1'?"),
    ("Variables!P10", "C.2", "Variables!P10 (Comment): 'C.2' is not in sheet Comments. Did you mean 'C.1'?"),
    ("Variables!C5", "AETERM", "Variables!C5 (Variable): AE AETERM stands in row 4 already. Keep one of the two rows."),
    ("Variables!D4", None, "Variables!D4 (Label): is empty, expected a text. Fill it in."),
    ("Variables!C4", "aeterm1", "Variables!C4 (Variable): 'aeterm1' is no SAS V5 name"),
    ("Datasets!F2", "STUDYID, USUBJID, AETRM",
     "Datasets!F2 (Key Variables): 'AETRM' is no variable of AE in sheet Variables."),
    ("ValueLevel!D2", "W.9", "ValueLevel!D2 (Where Clause): 'W.9' is not in sheet WhereClauses."),
    ("ValueLevel!C3", "VSORES",
     "ValueLevel!C3 (Variable): 'VSORES' is no variable of VS in sheet Variables. Did you mean 'VSORRES'?"),
    ("ValueLevel!E2", None, "ValueLevel!E2 (Label): is empty, expected the label of the qualifier AETRTEM."),
    ("ValueLevel!D3", "W.1", "ValueLevel!D3 (Where Clause): 'W.1' is a condition on SUPPAE, expected one on VS."),
    ("WhereClauses!D3", "INN",
     "WhereClauses!D3 (Comparator): 'INN' is not known. Did you mean 'IN'? Expected EQ, NE, LT"),
    ("WhereClauses!D3", "GT", "WhereClauses!E3 (Value): 'PULSE, HR' is compared by GT, expected a number."),
    ("WhereClauses!E2", 12,
     "WhereClauses!E2 (Value): is the number 12 as Excel sees it, expected text: zeros around it (0012, "
     "1.10) are lost."),
    ("Codelists!F2", 12,
     "Codelists!F2 (Term): is the number 12 as Excel sees it, expected text: zeros around it (0012, 1.10) are lost."),
    ("Codelists!F2", True, "Codelists!F2 (Term): is TRUE as Excel sees it, expected text."),
    ("Codelists!F2", "=1+1", "Codelists!F2 (Term): is a formula, expected text. Put its value in its place."),
    ("Codelists!F2", "NEIN", "Codelists!F2 (Term): 'NEIN' is no term of NY, which is not extensible."),
    ("Codelists!G2", "C11111", "Codelists!G2 (NCI Term Code): 'C11111' is not the code of N, expected C49487."),
    ("Codelists!C4", "C1",
     "Codelists!C5 (NCI Codelist Code): 'C66741', but row 4 of codelist TESTS has 'C1'. Give them one."),
    ("Dictionaries!E2", 25.0, "Dictionaries!E2 (Version): is the number 25 as Excel sees it, expected text"),
    ("Methods!C2", "Calculation", "Methods!C2 (Type): 'Calculation' is not known."),
    ("Methods!D2", None, "Methods!D2 (Description): is empty, expected a text."),
    ("Study!B5", "SEND-IG", "Study!B5 (Value): 'SEND-IG' is not known, expected SDTMIG or ADaMIG."),
    ("Study!B6", "2.7", "Study!B6 (Value): SDTMIG 2.7: this version is not at hand. Versions at hand: 3.4."),
    ("Variables!D1", "Lable", "Variables!1: has no column 'Label'. Did you mean 'Lable'?"),
]  # fmt: skip


@pytest.mark.parametrize(("place", "value", "expected"), FAULTS)
def test_a_fault_is_told_with_its_place(foreign: Foreign, place: str, value: object, expected: str) -> None:
    told = foreign.put(place, value).problems()
    assert any(problem.startswith(f"abc.xlsx, {expected}") for problem in told), told


def test_all_faults_are_told_at_once(foreign: Foreign) -> None:
    told = (
        foreign.put("Variables!D4", "x" * 41)
        .put("Methods!C2", "x")
        .put("Codelists!F2", 1)
        .put("Codelists!F3", 2)
        .problems()
    )
    assert [problem.split(":")[0] for problem in told] == [
        "abc.xlsx, Codelists!F2 (Term)", "abc.xlsx, Methods!C2 (Type)", "abc.xlsx, Variables!D4 (Label)",
        "abc.xlsx, Codelists!F2 (Term)", "abc.xlsx, Codelists!F3 (Term)",
    ]  # fmt: skip
    assert told[0].endswith("So are F3.")


def test_a_missing_sheet_is_told(foreign: Foreign) -> None:
    foreign.book["Variables"].title = "Variabels"
    told = foreign.problems()
    assert told[0].startswith("abc.xlsx: has no sheet 'Variables'. Did you mean 'Variabels'? Found: Study, Datasets,")


def test_headings_are_known_in_any_case_and_spacing(foreign: Foreign) -> None:
    foreign.put("Variables!E1", "DATA  TYPE").put("Datasets!F1", "keyvariables").put("Codelists!H1", "Decoded_Value")
    foreign.book["ValueLevel"].title = "Value Level"
    foreign.book["Study"].title = "Define"
    assert foreign.take_in().counts["variables"] == 9


def test_codelists_may_be_called_controlled_terms(foreign: Foreign) -> None:
    foreign.put("Variables!J1", "Controlled Terms").put("Variables!J5", "NYX")
    assert foreign.problems()[0].startswith("abc.xlsx, Variables!J5 (Codelist): 'NYX' is not in sheet Codelists.")


def test_a_length_in_digits_is_no_length_in_bytes(foreign: Foreign) -> None:
    done = foreign.put("Variables!F6", 3).take_in()
    assert "  AESTDY: {origin: {type: Derived}, method: M.1}\n" in (foreign.folder / "sdtm" / "ae.yaml").read_text(
        "utf-8"
    )
    note = "was left out of 1 row of numbers: it counts digits there, bytes of a file here."
    assert f"abc.xlsx, Variables (Length): {note}" in [str(one) for one in done.notes]


def test_columns_and_sheets_that_are_not_read_are_noted(foreign: Foreign) -> None:
    foreign.put("Methods!G1", "Developer Notes").put("Methods!G2", "x")
    foreign.book.create_sheet("Change log").append(["Date"])
    notes = [str(note) for note in foreign.take_in().notes]
    assert "abc.xlsx, Change log: is no sheet of a specification and was not read." in notes
    assert "abc.xlsx, Methods!1: columns that the specification does not have were not read: Developer Notes." in notes


def test_a_dictionary_may_stand_as_codelist(foreign: Foreign) -> None:
    foreign.put("Variables!J4", "MEDDRA").take_in()
    study = (foreign.folder / "study.yaml").read_text("utf-8")
    assert '  MEDDRA: {name: MedDRA, version: "25.0", variables: [AE.AETERM]}\n' in study
    assert "MEDDRA" not in (foreign.folder / "sdtm" / "ae.yaml").read_text("utf-8")


def test_a_former_study_is_kept_when_it_is_replaced(foreign: Foreign) -> None:
    foreign.take_in()
    (foreign.folder / "raw.yaml").write_text("forms: {}\n")
    done = foreign.put("Methods!D2", "Another text.").take_in(replace=True)
    assert done.former == foreign.folder.parent / "abc.former"
    assert (done.former / "raw.yaml").read_text() == "forms: {}\n"
    assert not (foreign.folder / "raw.yaml").exists()
    assert "Another text." in (foreign.folder / "methods.yaml").read_text()


def test_analysis_datasets_take_copies_from_predecessors(foreign: Foreign) -> None:
    datasets, variables = foreign.book["Datasets"], foreign.book["Variables"]
    datasets.append(
        ["ADSL", "Subject-Level Analysis Dataset", "SUBJECT LEVEL ANALYSIS DATASET", None, "Analysis", "USUBJID"]
    )
    rows = """
1|ADSL|USUBJID|Unique Subject Identifier|text|20|||Yes||Predecessor|||DM.USUBJID
2|ADSL|TRTSDT|Date of First Exposure to Treatment|date|8||DATE9.|No||Derived||M.1|
3|ADSL|MYNUM|A number of our own|float|8||8.2|No||Derived||M.1|
"""
    heading = VARIABLES.strip().split("\n")[0]
    for row in cells(heading + rows)[1:]:
        variables.append(row)
    foreign.take_in()
    assert (foreign.folder / "adam" / "adsl.yaml").read_text("utf-8").splitlines()[1:] == [
        "dataset: ADSL",
        "follows: ADSL",
        "label: Subject-Level Analysis Dataset",
        "keys: [USUBJID]",
        "required:",
        "  DM: [USUBJID]",
        "variables:",
        '  USUBJID: {length: "20", map: DM.USUBJID}',
        '  TRTSDT: {length: "8", format: DATE9., method: M.1}',
        '  MYNUM: {label: A number of our own, type: Num, format: "8.2", method: M.1}',
    ]
