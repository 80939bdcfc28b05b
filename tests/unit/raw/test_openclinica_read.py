"""OpenClinica's ODM-XML: subjects and sites, versions of a form, numbers of what occurs once, removed records."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clinical import provenance
from clinical.errors import RawDataError
from raw import Export, read_export
from specs.model.raw import RawContract

Contract = Callable[..., RawContract]
Rows = Callable[..., list[tuple[Any, ...]]]
Read = Callable[..., Export]

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" xmlns:OpenClinica="http://www.openclinica.org/ns/odm_ext_v130/v3.1"
     ODMVersion="1.3" FileType="Snapshot" FileOID="E" CreationDateTime="2026-03-01T06:30:00+00:00">
"""
STUDY = """<Study OID="S_CART"><MetaDataVersion OID="v1.0.0" Name="1">
<FormDef OID="F_DM" Name="DM" Repeating="No"><ItemGroupRef ItemGroupOID="IG_DM_UNGROUPED" Mandatory="No"/></FormDef>
<FormDef OID="F_AE_V10" Name="AE - 1.0" Repeating="No"><ItemGroupRef ItemGroupOID="IG_AE_AE" Mandatory="No"/></FormDef>
<FormDef OID="F_AE_V20" Name="AE - 2.0" Repeating="No"><ItemGroupRef ItemGroupOID="IG_AE_AE" Mandatory="No"/></FormDef>
<ItemGroupDef OID="IG_DM_UNGROUPED" Name="x" Repeating="No"><ItemRef ItemOID="I_DM_AGE" Mandatory="No"/>
<ItemRef ItemOID="I_DM_SEX" Mandatory="No"/></ItemGroupDef>
<ItemGroupDef OID="IG_AE_AE" Name="x" Repeating="Yes"><ItemRef ItemOID="I_AE_AETERM" Mandatory="No"/>
<ItemRef ItemOID="I_AE_AETERM_4071" Mandatory="No"/><ItemRef ItemOID="I_AE_AESTDAT" Mandatory="No"/>
<ItemRef ItemOID="I_AE_AESER" Mandatory="No"/></ItemGroupDef>
</MetaDataVersion></Study>
<Study OID="S_0101"><MetaDataVersion OID="v1.0.0" Name="1"><Include StudyOID="S_CART" MetaDataVersionOID="v1.0.0"/>
</MetaDataVersion></Study>
"""
DM = """<StudyEventData StudyEventOID="SE_SCR" StudyEventRepeatKey="1"><FormData FormOID="F_DM">
<ItemGroupData ItemGroupOID="IG_DM_UNGROUPED" ItemGroupRepeatKey="1" TransactionType="Insert">
<ItemData ItemOID="I_DM_AGE" Value="057"/><ItemData ItemOID="I_DM_SEX" Value="Male"/></ItemGroupData>
</FormData></StudyEventData>
"""
FIRST = """<StudyEventData StudyEventOID="SE_LOG" StudyEventRepeatKey="1"><FormData FormOID="F_AE_V10">
<ItemGroupData ItemGroupOID="IG_AE_AE" ItemGroupRepeatKey="1" TransactionType="Insert">
<ItemData ItemOID="I_AE_AETERM" Value="Fever"/><ItemData ItemOID="I_AE_AESTDAT" Value="03-MAR-2026"/>
<ItemData ItemOID="I_AE_AESER" Value="No"/></ItemGroupData></FormData></StudyEventData>
"""
SECOND = """<StudyEventData StudyEventOID="SE_LOG" StudyEventRepeatKey="1"><FormData FormOID="F_AE_V20">
<ItemGroupData ItemGroupOID="IG_AE_AE" ItemGroupRepeatKey="2" TransactionType="Insert">
<ItemData ItemOID="I_AE_AETERM" Value=""/><ItemData ItemOID="I_AE_AETERM_4071" Value="Rash"/></ItemGroupData>
</FormData></StudyEventData>
"""
NAMES = {
    "study": "S_CART",
    "site": "S_{site}",
    "forms": {"ae": {"form": ["F_AE_V10", "F_AE_V20"], "items": {"AETERM": ["I_AE_AETERM", "I_AE_AETERM_4071"]}}},
}


def subject(number: int, *events: str, status: str = "available") -> str:
    key = f'SubjectKey="SS_{number}" OpenClinica:StudySubjectID="0101-00{number}" OpenClinica:Status="{status}"'
    return f"<SubjectData {key}>{''.join(events)}</SubjectData>"


def clinical(*subjects: str, study: str = "S_0101") -> str:
    return f'<ClinicalData StudyOID="{study}" MetaDataVersionOID="v1.0.0">{"".join(subjects)}</ClinicalData>'


@pytest.fixture
def read(contract: Contract, tmp_path: Path) -> Read:
    """Return a reader of a file of OpenClinica's from its clinical data."""

    def make(*data: str, study: str = STUDY, names: Any = None, repeating: tuple[str, ...] = ()) -> Export:
        path = tmp_path / "export.xml"
        path.write_text(HEAD + study + "".join(data or (clinical(subject(1, DM, FIRST, SECOND)),)) + "</ODM>\n")
        declared = {"formats": {"openclinica": NAMES | (names or {})}, "repeating_events": repeating}
        return read_export(path, contract(export=declared))

    return make


def test_all_versions_of_a_form_feed_it(read: Read, rows_of: Rows) -> None:
    export = read()
    assert rows_of(export.forms["dm"], "AGE", "SEX") == [("057", "Male")]
    assert rows_of(export.forms["ae"], "AETERM", "AESTDAT", "AESER") == [
        ("Fever", "03-MAR-2026", "No"),
        ("Rash", None, None),
    ]
    assert export.findings.empty
    assert export.metadata["study"] == "S_0101"


def test_subject_and_site_are_the_studys_own(read: Read, rows_of: Rows) -> None:
    frames = read().forms
    assert rows_of(frames["ae"], *provenance.COLUMNS)[1] == (
        *("export.xml", "ae", 2, "31", "0101-001", "0101", "LOG", None, None, "2"),
    )
    assert rows_of(frames["dm"], *provenance.COLUMNS)[0] == (
        *("export.xml", "dm", 1, "3", "0101-001", "0101", "SCR", None, None, None),
    )


def test_a_subject_of_the_study_itself_has_no_site(read: Read, rows_of: Rows) -> None:
    own = clinical(subject(1, DM), study="S_CART")
    frame = read(own, clinical(subject(2, DM))).forms["dm"]
    assert rows_of(frame, "_SUBJECT", "_SITE") == [("0101-001", None), ("0101-002", "0101")]


def test_a_repeating_event_keeps_its_number(read: Read, rows_of: Rows) -> None:
    again = FIRST.replace('StudyEventRepeatKey="1"', 'StudyEventRepeatKey="2"')
    frame = read(clinical(subject(1, DM, FIRST, again)), repeating=("LOG",)).forms["ae"]
    assert rows_of(frame, "_EVENT_REPEAT", "_GROUP_REPEAT") == [("1", "1"), ("2", "1")]


@pytest.mark.parametrize("what", ["subject", "event", "form"])
def test_what_was_removed_is_left_out_and_listed(read: Read, rows_of: Rows, what: str) -> None:
    gone = 'OpenClinica:Status="removed"'
    event = {"event": FIRST.replace("<StudyEventData", f"<StudyEventData {gone}"), "subject": FIRST}.get(
        what, FIRST.replace("<FormData", f"<FormData {gone}")
    )
    second = subject(2, event, status="removed" if what == "subject" else "available")
    export = read(clinical(subject(1, DM, SECOND), second))
    assert rows_of(export.forms["ae"], "_SUBJECT", "AETERM") == [("0101-001", "Rash")]
    assert rows_of(export.findings, "rule", "usubjid", "form", "message") == [
        ("RAW.INACTIVE", "0101-002", "ae", "Removed in the EDC; 1 record of form 'ae' left out.")
    ]


def test_two_versions_of_an_item_that_differ_are_an_error(read: Read, rows_of: Rows) -> None:
    both = SECOND.replace('I_AE_AETERM" Value=""', 'I_AE_AETERM" Value="Itch"')
    export = read(clinical(subject(1, DM, both)))
    assert rows_of(export.forms["ae"], "AETERM") == [("Rash",)]
    assert rows_of(export.findings, "rule", "severity") == [("RAW.ITEM_TWICE", "error")]


def test_records_with_one_key_collide_though_all_are_inserted(read: Read) -> None:
    other = FIRST.replace("Fever", "Chills")
    found = read(clinical(subject(1, DM, FIRST, other))).findings
    assert list(found["rule"]) == ["RAW.KEY_COLLISION", "RAW.KEY_COLLISION"]


def test_an_unknown_event_keeps_its_name(read: Read, rows_of: Rows) -> None:
    export = read(clinical(subject(1, DM, FIRST.replace("SE_LOG", "LOGS"))))
    assert rows_of(export.forms["ae"], "_EVENT") == [("LOGS",)]
    assert rows_of(export.findings, "rule", "severity") == [("RAW.UNKNOWN_EVENT", "warning")]


def test_another_study_in_the_file_is_not_read(read: Read, rows_of: Rows) -> None:
    frame = read(clinical(subject(9, DM), study="S_OTHER"), clinical(subject(1, DM))).forms["dm"]
    assert rows_of(frame, "_SUBJECT") == [("0101-001",)]
    with pytest.raises(RawDataError, match="the file has no ClinicalData of study 'S_CART' or its sites"):
        read(clinical(subject(9, DM), study="S_OTHER"))


def test_an_item_that_the_metadata_lack_is_named(read: Read) -> None:
    study = STUDY.replace("I_AE_AESER", "I_AE_SERIOUS").replace("I_DM_AGE", "I_DM_AGES")
    data = clinical(subject(1, DM.replace("I_DM_AGE", "I_DM_AGES")))
    with pytest.raises(RawDataError) as caught:
        read(data, study=study)
    assert "item group 'IG_DM_UNGROUPED' has no item AGE" in str(caught.value)
    assert "has no item AESER" in str(caught.value)


def test_without_raw_yaml_knowing_openclinica_it_is_plain_odm(contract: Contract, tmp_path: Path) -> None:
    path = tmp_path / "export.xml"
    path.write_text(HEAD + clinical(subject(1, DM)) + "</ODM>")
    places = {"dm": {"odm": {"form": "F_DM", "group": "IG_DM_UNGROUPED"}}, "ae": {"optional": True}}
    export = read_export(path, contract(forms=places))
    assert list(export.forms["dm"]["_SUBJECT"]) == ["SS_1"]
