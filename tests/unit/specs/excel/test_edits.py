"""What a person changes in an exported workbook arrives in the YAML, and nothing else of it moves."""

from __future__ import annotations

import difflib
from collections.abc import Callable
from pathlib import Path

from specs.excel import export_study
from specs.load import load_study
from tests.unit.specs.excel.conftest import TINY, Workbook

Exported = Callable[..., Workbook]
QNAM = {"Dataset": "SUPPAE", "Variable": "QNAM", "Comparator": "EQ"}


def difference(workbook: Workbook, file: str, original: Path = TINY) -> list[str]:
    """Return the lines that an import removed and added."""
    before = (original / file).read_text(encoding="utf-8").splitlines()
    lines = difflib.unified_diff(before, workbook.text(file).splitlines(), lineterm="", n=0)
    return [line for line in lines if not line.startswith(("---", "+++", "@@"))]


def changed_files(workbook: Workbook, original: Path = TINY) -> list[str]:
    """Return the files that an import changed."""
    names = [path.relative_to(original).as_posix() for path in sorted(original.rglob("*.yaml"))]
    return [name for name in names if (original / name).read_text(encoding="utf-8") != workbook.text(name)]


def test_label_length_codelist_format_and_role(exported: Exported) -> None:
    workbook = exported()
    for column, value in {"Label": "Event", "Length": "80", "Format": "$80."}.items():
        workbook.set("Variables", column, value, Dataset="AE", Variable="AETERM")
    workbook.set("Variables", "Codelist", "NY", Dataset="AE", Variable="AEREL")
    workbook.set("Variables", "Role", "Grouping", Dataset="AE", Variable="AEREL")
    place = f"Variables!D{workbook.row('Variables', Dataset='AE', Variable='AETERM')} (Label)"
    done = workbook.take_in()
    assert changed_files(workbook) == ["sdtm/ae.yaml"]
    assert difference(workbook, "sdtm/ae.yaml") == [
        "-  AETERM: {map: {algorithm: assign, column: AETERM}}",
        '+  AETERM: {map: {algorithm: assign, column: AETERM}, label: Event, length: "80", format: $80.}',
        "-  AEREL: {map: {algorithm: assign, column: AEREL}}",
        "+  AEREL: {map: {algorithm: assign, column: AEREL}, codelist: NY, role: Grouping}",
    ]
    variable = load_study(workbook.folder).sdtm["AE"].variable("AETERM")
    assert (variable.label, variable.length, variable.format) == ("Event", 80, "$80.")
    assert f"{place}: AE AETERM: 'Reported Term for the Adverse Event' is now 'Event'" in done.changes


def test_what_nobody_sees_is_no_change(exported: Exported) -> None:
    workbook = exported()
    workbook.set("Variables", "Label", "Reported Term for\nthe Adverse\xa0Event  ", Dataset="AE", Variable="AETERM")
    workbook.set("Codelists", "Term", " Y ", ID="NY", Term="Y")
    assert workbook.take_in().changes == ()


def test_a_typed_number_is_a_length(exported: Exported) -> None:
    workbook = exported()
    workbook.set("Variables", "Length", 80, Dataset="AE", Variable="AETERM").take_in()
    assert load_study(workbook.folder).sdtm["AE"].variable("AETERM").length == 80


def test_origin_source_and_pages(exported: Exported) -> None:
    workbook = exported()
    workbook.set("Variables", "Origin", "Assigned", Dataset="AE", Variable="AEDECOD")
    workbook.set("Variables", "Source", "Sponsor", Dataset="AE", Variable="AEDECOD")
    workbook.set("Variables", "Pages", None, Dataset="AE", Variable="AEDECOD")
    workbook.set("Variables", "Pages", "12, 13", Dataset="DM", Variable="AGE")
    workbook.take_in()
    study = load_study(workbook.folder)
    decoded = study.sdtm["AE"].variable("AEDECOD").origin
    age = study.sdtm["DM"].variable("AGE").origin
    assert decoded is not None
    assert age is not None
    assert (decoded.type, decoded.source, decoded.pages) == ("Assigned", "Sponsor", ())
    assert (age.type, age.pages) == ("Collected", ("12", "13"))


def test_key_variables_and_description_of_a_dataset(exported: Exported) -> None:
    workbook = exported()
    workbook.set("Datasets", "Key Variables", "STUDYID, USUBJID, AESTDTC, AEDECOD", Dataset="AE")
    workbook.set("Datasets", "Description", "Events", Dataset="AE")
    workbook.take_in()
    assert difference(workbook, "sdtm/ae.yaml") == [
        "-keys: [STUDYID, USUBJID, AEDECOD, AESTDTC]",
        "+keys: [STUDYID, USUBJID, AESTDTC, AEDECOD]",
        "+label: Events",
    ]


def test_key_variables_may_have_blanks_between_them(exported: Exported) -> None:
    workbook = exported()
    workbook.set("Datasets", "Key Variables", "STUDYID USUBJID AEDECOD AESTDTC", Dataset="AE")
    assert workbook.take_in().changes == ()
    workbook.set("Datasets", "Key Variables", "STUDYID USUBJID AESTDTC", Dataset="AE").take_in(replace=True)
    assert "+keys: [STUDYID, USUBJID, AESTDTC]" in difference(workbook, "sdtm/ae.yaml")


def test_method_text_new_method_and_its_use(exported: Exported) -> None:
    workbook = exported()
    workbook.set("Methods", "Description", "Order: by the keys.", ID="MT.SEQ")
    workbook.add("Methods", {"ID": "MT.NEW", "Name": "New", "Type": "Imputation", "Description": "Some text."})
    workbook.set("Variables", "Method", "MT.NEW", Dataset="AE", Variable="AESTDY")
    workbook.take_in()
    assert difference(workbook, "methods.yaml") == [
        "-  MT.SEQ: {name: Sequence, text: Order of the keys.}",
        '+  MT.SEQ: {name: Sequence, text: "Order: by the keys."}',
        "+  MT.NEW: {name: New, text: Some text., type: Imputation}",
    ]
    assert load_study(workbook.folder).sdtm["AE"].variable("AESTDY").method == "MT.NEW"


def test_comments_are_texts_of_their_sheet(exported: Exported) -> None:
    workbook = exported()
    workbook.add("Comments", {"ID": "COM.1", "Description": "The day may be unknown."})
    workbook.set("Variables", "Comment", "COM.1", Dataset="AE", Variable="AESTDTC")
    workbook.set("Datasets", "Comment", "COM.1", Dataset="AE")
    workbook.take_in()
    spec = load_study(workbook.folder).sdtm["AE"]
    assert spec.comment == "The day may be unknown."
    assert spec.variable("AESTDTC").comment == "The day may be unknown."
    export_study(workbook.folder, workbook.path, replace=True)
    again = Workbook(workbook.path)
    again.folder = workbook.folder
    again.set("Comments", "Description", "Known.", ID="COM.AE.AESTDTC").take_in(replace=True)
    spec = load_study(workbook.folder).sdtm["AE"]
    assert (spec.comment, spec.variable("AESTDTC").comment) == ("The day may be unknown.", "Known.")


def test_codelist_terms(exported: Exported) -> None:
    workbook = exported()
    workbook.add("Codelists", {"ID": "NY", "Name": "No Yes Response", "NCI Codelist Code": "C66742", "Term": "U"})
    workbook.remove("Codelists", ID="SEX", Term="F")
    for order, term in enumerate(["MILD", "0012"], 1):
        workbook.add("Codelists", {"ID": "OWN", "Name": "Own terms", "Order": order, "Term": term})
    workbook.set("Variables", "Codelist", "OWN", Dataset="AE", Variable="AEREL")
    added = f"Codelists!F{workbook.row('Codelists', ID='NY', Term='U')} (Term): NY: 'U' was added"
    done = workbook.take_in()
    assert [str(note) for note in done.notes] == [
        "spec.xlsx, Codelists (SEX): 'F' was removed, so 'Female' of the export stands for no term. If it is to stand "
        "for another, write that under raw of SEX in codelists.yaml."
    ]
    told = [change for change in done.changes if change.startswith("Codelists")]
    assert told == [added, "Codelists: SEX: 'F' was removed", "Codelists: OWN was added"]
    study = load_study(workbook.folder)
    assert set(study.codelists["NY"].terms) == {"Y", "N", "U"}
    assert list(study.codelists["SEX"].terms) == ["M"]
    assert study.codelists["NY"].raw["yes"] == "Y"
    assert "raw: {M: Male}" in workbook.text("codelists.yaml")
    assert list(study.codelists["OWN"].terms) == ["MILD", "0012"]
    assert '  OWN: {name: Own terms, terms: [MILD, "0012"]}' in workbook.text("codelists.yaml").splitlines()


def test_a_term_added_to_a_published_list_extends_it(exported: Exported) -> None:
    workbook = exported()
    row = {"ID": "VSRESU", "Name": "Units for Vital Signs Results", "NCI Codelist Code": "C66770"}
    workbook.add("Codelists", {**row, "Term": "mmH2O", "Decoded Value": "Millimeter of Water"})
    workbook.take_in()
    term = load_study(workbook.folder).codelists["VSRESU"].terms["mmH2O"]
    assert (term.extended, term.decode) == (True, "Millimeter of Water")
    assert "  VSRESU: {standard: VSRESU, extend: {mmH2O: Millimeter of Water}}\n" in workbook.text("codelists.yaml")


def test_new_supplemental_qualifier_by_value_level(exported: Exported) -> None:
    workbook = exported()
    workbook.add("WhereClauses", {"ID": "WC.NEW", **QNAM, "Value": "AENEW"})
    cells = {"Dataset": "SUPPAE", "Variable": "QVAL", "Where Clause": "WC.NEW", "Label": "New", "Data Type": "text"}
    mapping = "{algorithm: hardcode, value: X}"
    workbook.add("ValueLevel", {**cells, "Origin": "Assigned", "Evaluator": "SPONSOR", "Mapping": mapping})
    workbook.take_in()
    new = load_study(workbook.folder).sdtm["AE"].variable("AENEW")
    assert (new.label, new.evaluator, new.map.value) == ("New", "SPONSOR", "X")
    assert new.origin is not None
    assert new.origin.type == "Assigned"
    assert changed_files(workbook) == ["sdtm/ae.yaml"]


def test_new_supplemental_qualifier_as_a_variable_of_supp(exported: Exported) -> None:
    workbook = exported()
    cells = {"Dataset": "SUPPVS", "Variable": "VSNEW", "Label": "New", "Data Type": "text"}
    workbook.add("Variables", {**cells, "Mapping": "algorithm: hardcode\nvalue: X"})
    workbook.take_in()
    assert load_study(workbook.folder).sdtm["VS"].variable("VSNEW").map.value == "X"
    assert difference(workbook, "sdtm/vs.yaml") == [
        "+supplemental: {VSNEW: {label: New, map: {algorithm: hardcode, value: X}}}"
    ]


def test_changed_and_removed_qualifiers(exported: Exported) -> None:
    workbook = exported()
    workbook.set("ValueLevel", "Label", "Emergent", Dataset="SUPPAE", Where_Clause="WC.SUPPAE.QVAL.AETRTEM")
    workbook.remove("ValueLevel", Dataset="SUPPDM", Where_Clause="WC.SUPPDM.QVAL.WEEK4")
    workbook.take_in()
    study = load_study(workbook.folder)
    assert study.sdtm["AE"].variable("AETRTEM").label == "Emergent"
    assert study.sdtm["DM"].supplemental == ()


def test_value_level_metadata(exported: Exported, tiny: Path) -> None:
    text = (tiny / "sdtm" / "vs.yaml").read_text(encoding="utf-8")
    level = "value_level:\n  # by test\n  - {variable: VSORRES, where: {VSTESTCD: TEMP}, type: float}\n"
    (tiny / "sdtm" / "vs.yaml").write_text(text + level, encoding="utf-8")
    workbook = exported(tiny)
    clause = "WC.VS.VSORRES.TEMP"
    workbook.set("ValueLevel", "Label", "Temperature", Dataset="VS", Where_Clause=clause)
    workbook.set("ValueLevel", "Length", "5", Dataset="VS", Where_Clause=clause)
    workbook.set("WhereClauses", "Value", "TEMP, SYSBP", ID=clause).set("WhereClauses", "Comparator", "IN", ID=clause)
    workbook.add(
        "WhereClauses", {"ID": "W2", "Dataset": "VS", "Variable": "VSTESTCD", "Comparator": "EQ", "Value": "SYSBP"}
    )
    workbook.add("ValueLevel", {"Dataset": "VS", "Variable": "VSORRES", "Where Clause": "W2", "Data Type": "integer"})
    workbook.take_in()
    first, second = load_study(workbook.folder).sdtm["VS"].value_level
    assert (first.label, first.length, first.type, first.where) == (
        "Temperature",
        5,
        "float",
        {"VSTESTCD": ("TEMP", "SYSBP")},
    )
    assert (second.type, second.where) == ("integer", {"VSTESTCD": ("SYSBP",)})
    assert "  # by test\n" in workbook.text("sdtm/vs.yaml")


def test_new_variable_with_its_mapping(exported: Exported) -> None:
    workbook = exported()
    cells = {"Dataset": "AE", "Variable": "AEOUT", "Label": "Outcome of Adverse Event", "Data Type": "text"}
    workbook.add("Variables", {**cells, "Mapping": "{algorithm: not_collected}"})
    workbook.take_in()
    assert difference(workbook, "sdtm/ae.yaml") == ["+  AEOUT: {map: {algorithm: not_collected}}"]


def test_removed_variable(exported: Exported) -> None:
    workbook = exported()
    workbook.remove("Variables", Dataset="AE", Variable="AESTDY").take_in()
    assert difference(workbook, "sdtm/ae.yaml") == [
        "-  AESTDY: {map: {algorithm: study_day, date: AESTDTC}, method: MT.DAY}"
    ]


def test_changed_mapping(exported: Exported) -> None:
    workbook = exported()
    workbook.set("Variables", "Mapping", "{algorithm: not_collected}", Dataset="AE", Variable="AEREL").take_in()
    assert load_study(workbook.folder).sdtm["AE"].variable("AEREL").map.algorithm == "not_collected"


def test_a_variable_that_all_datasets_share_gets_a_place_of_its_own(exported: Exported) -> None:
    workbook = exported()
    workbook.set("Variables", "Label", "Subject", Dataset="AE", Variable="USUBJID").take_in()
    study = load_study(workbook.folder)
    assert study.sdtm["AE"].variable("USUBJID").label == "Subject"
    assert study.sdtm["AE"].variable("USUBJID").map == study.sdtm["DM"].variable("USUBJID").map
    assert study.sdtm["DM"].variable("USUBJID").label == "Unique Subject Identifier"


def test_study_and_dictionaries(exported: Exported) -> None:
    workbook = exported()
    workbook.set("Study", "Value", "A better title", Attribute="StudyDescription")
    workbook.set("Study", "Value", "2026-06-30", Attribute="Data Cut-off")
    workbook.add("Dictionaries", {"ID": "AEDICT", "Name": "MedDRA", "Dictionary": "MedDRA", "Version": "28.0"})
    workbook.take_in()
    design = load_study(workbook.folder).design
    assert (design.title, design.cutoff) == ("A better title", "2026-06-30")
    assert (design.dictionaries["AEDICT"].name, design.dictionaries["AEDICT"].version) == ("MedDRA", "28.0")
    assert difference(workbook, "study.yaml") == [
        "-title: A study for tests",
        "+title: A better title",
        '+cutoff: "2026-06-30"',
        '+dictionaries: {AEDICT: {name: MedDRA, version: "28.0"}}',
    ]


def test_adam_variables_labels_methods_and_order(exported: Exported) -> None:
    workbook = exported("oncorecist")
    workbook.set("Variables", "Label", "Value", Dataset="ADRS", Variable="AVALC")
    workbook.set("Methods", "Description", "Another text.", ID="MT.ANL01FL")
    workbook.set("Variables", "Order", "1", Dataset="ADTTE", Variable="AVAL")
    for order, variable in enumerate(_names(workbook, "ADTTE"), 2):
        if variable != "AVAL":
            workbook.set("Variables", "Order", str(order), Dataset="ADTTE", Variable=variable)
    workbook.take_in()
    study = load_study(workbook.folder)
    assert study.adam["ADRS"].variable("AVALC").label == "Value"
    assert study.methods["MT.ANL01FL"].text == "Another text."
    others = [name for name in load_study("oncorecist").adam["ADTTE"].names if name != "AVAL"]
    assert list(study.adam["ADTTE"].names) == ["AVAL", *others]


def _names(workbook: Workbook, dataset: str) -> list[str]:
    rows = workbook.book["Variables"].iter_rows(min_row=2, values_only=True)
    return [str(row[2]) for row in rows if row[1] == dataset]


def test_rows_may_stand_in_any_order(exported: Exported) -> None:
    workbook = exported()
    sheet = workbook.book["cdiscflow files"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    for number, row in enumerate(sorted(rows, key=lambda row: str(row[2])), 2):
        for place, value in enumerate(row, 1):
            sheet.cell(number, place).value = value
    workbook.take_in()
    assert changed_files(workbook) == []


def test_a_row_without_order_in_a_sheet_sorted_by_another_column(exported: Exported) -> None:
    workbook = exported()
    sheet = workbook.book["Variables"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    for number, row in enumerate(sorted(rows, key=lambda row: (row[2], row[1])), 2):
        for place, value in enumerate(row, 1):
            sheet.cell(number, place).value = value
    mapping = "{algorithm: assign, column: AETERM}"
    workbook.add(
        "Variables",
        {"Dataset": "SUPPAE", "Variable": "AEPLAN", "Label": "Plan", "Data Type": "text", "Mapping": mapping},
    )
    workbook.take_in()
    assert changed_files(workbook) == ["sdtm/ae.yaml"]
    supplemental = {one.name: one.label for one in load_study(workbook.folder).sdtm["AE"].supplemental}
    assert supplemental["AEPLAN"] == "Plan"


def test_changes_go_into_the_yaml_that_is_there_now(exported: Exported, tiny: Path) -> None:
    workbook = exported(tiny)
    workbook.folder = tiny
    (tiny / "sample").mkdir()
    (tiny / "sample" / "data.csv").write_text("a\n", encoding="utf-8")
    methods = (tiny / "methods.yaml").read_text(encoding="utf-8")
    (tiny / "methods.yaml").write_text("# A comment.\n" + methods.replace("A flag.", "The flag."), encoding="utf-8")
    workbook.set("Methods", "Description", "Another order.", ID="MT.SEQ").take_in(replace=True)
    text = (tiny / "methods.yaml").read_text(encoding="utf-8")
    assert text.startswith("# A comment.\n")
    assert "The flag." in text
    assert "Another order." in text
    assert (tiny / "sample" / "data.csv").read_text(encoding="utf-8") == "a\n"
    assert sorted(path.name for path in tiny.parent.iterdir()) == ["spec.xlsx", "tiny01"]


def test_dry_run_writes_nothing(exported: Exported) -> None:
    workbook = exported()
    done = workbook.set("Methods", "Description", "Another order.", ID="MT.SEQ").take_in(dry_run=True)
    assert len(done.changes) == 1
    assert done.changes[0].endswith("MT.SEQ: 'Order of the keys.' is now 'Another order.'")
    assert not workbook.folder.exists()
