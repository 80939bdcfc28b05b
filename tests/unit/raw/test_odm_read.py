"""ODM-XML 1.3.2 snapshots: values, keys, provenance, metadata."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from clinical import provenance
from raw import read_export
from specs.model.raw import RawContract

Contract = Callable[..., RawContract]
Write = Callable[..., Path]
Rows = Callable[..., list[tuple[Any, ...]]]


def test_values_are_the_texts_of_the_file(contract: Contract, write_odm: Write, rows_of: Rows) -> None:
    export = read_export(write_odm(), contract())
    assert rows_of(export.forms["dm"], "AGE", "SEX") == [("057", "Male"), (None, "NA")]
    assert rows_of(export.forms["ae"], "AETERM", "AESTDAT", "AESER") == [
        ("Fever, <39", "03-MAR-2026", "No"),
        (" Nausea ", None, None),
    ]
    assert export.findings.empty


def test_each_record_says_where_it_stands(contract: Contract, write_odm: Write, rows_of: Rows) -> None:
    export = read_export(write_odm(), contract())
    assert rows_of(export.forms["ae"], *provenance.COLUMNS) == [
        ("export.xml", "ae", 1, "31", "0101-001", "0101", "LOG", None, "1", "1"),
        ("export.xml", "ae", 2, "31", "0101-001", "0101", "LOG", None, "1", "2"),
    ]
    assert rows_of(export.forms["dm"], *provenance.COLUMNS)[1] == (
        *("export.xml", "dm", 2, "3", "0102-001", "0102", "SCR", "1", "1", "1"),
    )


def test_columns_are_text_in_the_order_of_the_contract(contract: Contract, write_odm: Write) -> None:
    frame = read_export(write_odm(), contract()).forms["ae"]
    assert list(frame.columns) == ["AETERM", "AESTDAT", "AESER", *provenance.COLUMNS]
    types = {column: str(kind) for column, kind in frame.dtypes.items()}
    assert types.pop("_ROW") == "int64"
    assert set(types.values()) == {"str"}


def test_the_export_tells_snapshot_inputs_and_origin(contract: Contract, write_odm: Write) -> None:
    path = write_odm()
    export = read_export(path, contract())
    assert export.snapshot == datetime(2026, 3, 1, 6, 30, tzinfo=UTC)
    data = path.read_bytes()
    assert export.inputs == {"export.xml": {"sha256": sha256(data).hexdigest(), "bytes": len(data), "rows": 4}}
    assert export.metadata == {
        "format": "ODM-XML 1.3.2",
        "file_type": "Snapshot",
        "file": "EXPORT.1",
        "version": "1.3.2",
        "study": "CART",
    }


def test_a_snapshot_time_without_offset_is_utc(contract: Contract, write_odm: Write) -> None:
    head = (
        '<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" FileType="Snapshot" CreationDateTime="2026-03-01T06:30:00.25">'
    )
    export = read_export(write_odm(head=head), contract())
    assert export.snapshot == datetime(2026, 3, 1, 6, 30, 0, 250000, tzinfo=UTC)


def test_typed_items_are_read_by_their_text(contract: Contract, write_records: Write, rows_of: Rows) -> None:
    path = write_records(
        """<SubjectData SubjectKey="1"><StudyEventData StudyEventOID="SCR"><FormData FormOID="F.DM">
        <ItemGroupData ItemGroupOID="IG.DM"><ItemDataInteger ItemOID="I.DM.AGE">0<!-- a comment -->57</ItemDataInteger>
        <ItemDataString ItemOID="I.DM.SEX"> Male</ItemDataString></ItemGroupData></FormData></StudyEventData>
        <StudyEventData StudyEventOID="LOG"><FormData FormOID="F.AE" FormRepeatKey="1">
        <ItemGroupData ItemGroupOID="IG.AE"><ItemDataAny ItemOID="I.AE.AETERM">Fever</ItemDataAny>
        <ItemDataPartialDate ItemOID="I.AE.AESTDAT">2026-03</ItemDataPartialDate>
        <ItemDataBoolean ItemOID="I.AE.AESER" IsNull="Yes"/></ItemGroupData></FormData></StudyEventData>
        </SubjectData>"""
    )
    export = read_export(path, contract())
    assert rows_of(export.forms["dm"], "AGE", "SEX") == [("057", " Male")]
    assert rows_of(export.forms["ae"], "AETERM", "AESTDAT", "AESER") == [("Fever", "2026-03", None)]


def test_items_inside_audit_records_and_reference_data_are_no_records(
    contract: Contract, write_odm: Write, rows_of: Rows
) -> None:
    reference = """<ReferenceData StudyOID="CART" MetaDataVersionOID="MDV.1"><ItemGroupData ItemGroupOID="IG.AE">
    <ItemData ItemOID="I.AE.AETERM" Value="Normal"/></ItemGroupData></ReferenceData>"""
    data = """<ClinicalData StudyOID="CART" MetaDataVersionOID="MDV.1"><SubjectData SubjectKey="1">
    <AuditRecord><UserRef UserOID="U"/><LocationRef LocationOID="X"/><DateTimeStamp>2026-01-01</DateTimeStamp>
    </AuditRecord><StudyEventData StudyEventOID="SCR"><FormData FormOID="F.DM"><ItemGroupData ItemGroupOID="IG.DM">
    <ItemData ItemOID="I.DM.AGE" Value="7"><AuditRecord><UserRef UserOID="U"/></AuditRecord></ItemData>
    </ItemGroupData></FormData></StudyEventData></SubjectData>
    <AuditRecords><AuditRecord ID="A"/><AuditRecord ID="B"/></AuditRecords></ClinicalData></ODM>"""
    export = read_export(write_odm(reference + data), contract())
    assert rows_of(export.forms["dm"], "AGE", "_SITE") == [("7", None)]
    assert export.forms["ae"].empty
    assert export.inputs["export.xml"]["rows"] == 1


def test_the_site_may_stand_at_the_event(contract: Contract, write_records: Write, rows_of: Rows) -> None:
    group = '<ItemGroupData ItemGroupOID="IG.AE" ItemGroupRepeatKey="{}"/>'
    path = write_records(
        '<SubjectData SubjectKey="1"><SiteRef LocationOID="S1"/><StudyEventData StudyEventOID="SCR">'
        '<FormData FormOID="F.DM"><ItemGroupData ItemGroupOID="IG.DM"/></FormData></StudyEventData>'
        '<StudyEventData StudyEventOID="LOG"><SiteRef LocationOID="S2"/><FormData FormOID="F.AE">'
        f"{group.format(1)}</FormData></StudyEventData>"
        f'<StudyEventData StudyEventOID="M1"><FormData FormOID="F.AE">{group.format(1)}</FormData></StudyEventData>'
        "</SubjectData>"
    )
    export = read_export(path, contract())
    assert rows_of(export.forms["dm"], "_SITE") == [("S1",)]
    assert rows_of(export.forms["ae"], "_EVENT", "_SITE") == [("LOG", "S2"), ("M1", "S1")]


def test_a_form_without_records_is_an_empty_table(contract: Contract, write_records: Write) -> None:
    export = read_export(write_records(metadata=""), contract())
    assert list(export.forms["ae"].columns) == ["AETERM", "AESTDAT", "AESER", *provenance.COLUMNS]
    assert len(export.forms["ae"]) == 0
    assert str(export.forms["ae"]["AETERM"].dtype) == "str"


def test_an_item_fits_by_source_then_name_then_ending(contract: Contract, write_records: Write, rows_of: Rows) -> None:
    columns = {
        "AETERM": {"label": "Term", "source": "ADVERSE"},
        "AESTDAT": "Start date",
        "AESER": {"label": "Serious", "source": "not in this file"},
    }
    items = {"AETERM": "by name", "ADVERSE": "by source", "X.AESTDAT": "by ending", "AESTDAT": "by name"}
    items |= {"Y.AESER": "by ending", "XAESER": "no dot"}
    group = "".join(f'<ItemData ItemOID="{item}" Value="{value}"/>' for item, value in items.items())
    path = write_records(
        '<SubjectData SubjectKey="1"><StudyEventData StudyEventOID="SCR"><FormData FormOID="F.DM">'
        '<ItemGroupData ItemGroupOID="IG.DM"/></FormData><FormData FormOID="F.AE">'
        f'<ItemGroupData ItemGroupOID="IG.AE">{group}</ItemGroupData></FormData></StudyEventData></SubjectData>'
    )
    export = read_export(path, contract(forms={"ae": {"columns": columns}}))
    assert rows_of(export.forms["ae"], "AETERM", "AESTDAT", "AESER") == [("by source", "by name", "by ending")]
    [message] = export.findings["message"]
    assert "AETERM (1), X.AESTDAT (1), XAESER (1)" in message


def test_what_raw_yaml_does_not_know_is_noted_with_its_count(
    contract: Contract, write_records: Write, rows_of: Rows
) -> None:
    path = write_records(
        '<SubjectData SubjectKey="1"><StudyEventData StudyEventOID="SCR"><FormData FormOID="F.DM">'
        '<ItemGroupData ItemGroupOID="IG.DM"><ItemData ItemOID="I.DM.HAIR" Value="none"/></ItemGroupData></FormData>'
        '<FormData FormOID="F.QS"><ItemGroupData ItemGroupOID="IG.QS"/><ItemGroupData ItemGroupOID="IG.QS"/></FormData>'
        "</StudyEventData></SubjectData>"
    )
    export = read_export(path, contract())
    assert rows_of(export.findings, "rule", "severity", "form", "source") == [
        ("RAW.UNKNOWN_FORM", "note", "F.QS", "raw"),
        ("RAW.UNKNOWN_ITEM", "note", "dm", "raw"),
    ]
    assert "2 records" in export.findings["message"][0]
    assert "I.DM.HAIR (1)" in export.findings["message"][1]


def test_units_of_items_are_noted_and_warned_of_when_they_differ(contract: Contract, write_records: Write) -> None:
    groups = "".join(
        f'<ItemGroupData ItemGroupOID="IG.AE" ItemGroupRepeatKey="{line}">'
        f'<ItemData ItemOID="I.AE.AETERM" Value="{line}">'
        f'<MeasurementUnitRef MeasurementUnitOID="{unit}"/></ItemData></ItemGroupData>'
        for line, unit in enumerate(["MM", "CM"])
    )
    path = write_records(
        '<SubjectData SubjectKey="1"><StudyEventData StudyEventOID="SCR"><FormData FormOID="F.DM"><ItemGroupData '
        'ItemGroupOID="IG.DM"><ItemDataFloat ItemOID="I.DM.AGE" MeasurementUnitOID="YEARS">1</ItemDataFloat>'
        f'</ItemGroupData></FormData><FormData FormOID="F.AE">{groups}</FormData></StudyEventData></SubjectData>'
    )
    found = read_export(path, contract()).findings
    assert list(found["rule"]) == ["RAW.UNIT_IN_ODM", "RAW.UNIT_IN_ODM"]
    assert list(found["severity"]) == ["note", "warning"]
    assert "CM, MM" in found["message"][1]


def test_an_item_twice_in_one_group_is_an_error_when_the_values_differ(
    contract: Contract, write_records: Write, rows_of: Rows
) -> None:
    items = '<ItemData ItemOID="I.DM.AGE" Value="7"/><ItemData ItemOID="I.DM.SEX" Value="F"/>'
    items += '<ItemData ItemOID="I.DM.AGE" Value="8"/><ItemData ItemOID="I.DM.SEX" Value="F"/>'
    path = write_records(
        '<SubjectData SubjectKey="1"><StudyEventData StudyEventOID="SCR"><FormData FormOID="F.DM">'
        f'<ItemGroupData ItemGroupOID="IG.DM">{items}</ItemGroupData></FormData></StudyEventData></SubjectData>'
    )
    found = read_export(path, contract()).findings
    assert rows_of(found, "rule", "severity") == [("RAW.ITEM_TWICE", "error")]
    assert "1 time" in found["message"][0]


def test_an_optional_column_that_the_metadata_lack_is_empty(
    contract: Contract, write_odm: Write, rows_of: Rows
) -> None:
    columns = {"AGE": "Age", "SEX": "Sex", "HAIR": {"label": "Hair", "optional": True}}
    export = read_export(write_odm(), contract(forms={"dm": {"columns": columns}}))
    assert rows_of(export.forms["dm"], "HAIR") == [(None,), (None,)]


def test_one_study_of_several_is_read(contract: Contract, write_odm: Write, rows_of: Rows) -> None:
    other = """<ClinicalData StudyOID="OTHER" MetaDataVersionOID="1"><SubjectData SubjectKey="9"><StudyEventData
    StudyEventOID="SCR"><FormData FormOID="F.DM"><ItemGroupData ItemGroupOID="IG.DM"/></FormData></StudyEventData>
    </SubjectData></ClinicalData>"""
    export = read_export(write_odm(other + ODM_DATA_PART), contract(export={"odm_study": "CART"}))
    assert rows_of(export.forms["dm"], "_SUBJECT") == [("1",)]
    assert rows_of(export.findings, "rule", "severity") == [("RAW.OTHER_STUDY", "note")]


ODM_DATA_PART = """<ClinicalData StudyOID="CART" MetaDataVersionOID="1"><SubjectData SubjectKey="1"><StudyEventData
StudyEventOID="SCR"><FormData FormOID="F.DM"><ItemGroupData ItemGroupOID="IG.DM"/></FormData></StudyEventData>
</SubjectData></ClinicalData></ODM>"""


def test_a_file_in_gb18030_is_read_by_its_own_declaration(contract: Contract, tmp_path: Path, rows_of: Rows) -> None:
    text = (
        '<?xml version="1.0" encoding="GB18030"?><ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" FileType="Snapshot" '
        'CreationDateTime="2026-03-01"><ClinicalData StudyOID="C"><SubjectData SubjectKey="1"><StudyEventData '
        'StudyEventOID="筛选"><FormData FormOID="F.DM"><ItemGroupData ItemGroupOID="IG.DM">'
        '<ItemData ItemOID="I.DM.SEX" Value="女"/></ItemGroupData></FormData></StudyEventData></SubjectData>'
        "</ClinicalData></ODM>"
    )
    path = tmp_path / "export.xml"
    path.write_bytes(text.encode("gb18030"))
    export = read_export(path, contract())
    assert rows_of(export.forms["dm"], "SEX", "_EVENT") == [("女", "筛选")]


def test_only_the_forms_asked_for_come_back(contract: Contract, write_odm: Write) -> None:
    export = read_export(write_odm(), contract(), only=["ae"])
    assert list(export.forms) == ["ae"]
    assert export.findings.empty


def test_records_of_many_chunks_stay_whole(
    contract: Contract, write_records: Write, monkeypatch: Any, rows_of: Rows
) -> None:
    monkeypatch.setattr("raw.frames.Columns.CHUNK", 2)
    subject = (
        '<SubjectData SubjectKey="{0}"><StudyEventData StudyEventOID="SCR"><FormData FormOID="F.DM"><ItemGroupData '
        'ItemGroupOID="IG.DM"><ItemData ItemOID="I.DM.{1}" Value="{0}"/></ItemGroupData></FormData></StudyEventData>'
        "</SubjectData>"
    )
    wanted = ["AGE", "AGE", "AGE", "SEX", "AGE"]
    path = write_records(*(subject.format(number, item) for number, item in enumerate(wanted, 1)))
    export = read_export(path, contract())
    assert rows_of(export.forms["dm"], "_ROW", "_SUBJECT", "AGE", "SEX") == [
        (1, "1", "1", None),
        (2, "2", "2", None),
        (3, "3", "3", None),
        (4, "4", None, "4"),
        (5, "5", "5", None),
    ]
