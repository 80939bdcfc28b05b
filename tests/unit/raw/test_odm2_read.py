"""ODM-XML 2.0: nested item groups, values as elements, the keys of ODM 1.3."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
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
<ODM xmlns="http://www.cdisc.org/ns/odm/v2.0" ODMVersion="2.0" FileType="Snapshot" FileOID="EXPORT.2"
     CreationDateTime="2026-03-01T14:30:00+08:00">
"""
METADATA = """<Study OID="CART" StudyName="CART" ProtocolName="CART"><MetaDataVersion OID="MDV.1" Name="1">
<ItemGroupDef OID="F.DM" Name="DM" Repeating="No" Type="Form"><ItemGroupRef ItemGroupOID="IG.DM" Mandatory="Yes"/>
</ItemGroupDef>
<ItemGroupDef OID="F.AE" Name="AE" Repeating="No" Type="Form"><ItemGroupRef ItemGroupOID="IG.AE" Mandatory="Yes"/>
</ItemGroupDef>
<ItemGroupDef OID="IG.DM" Name="DM" Repeating="No" Type="Section">
  <ItemRef ItemOID="I.DM.AGE" Mandatory="Yes"/><ItemRef ItemOID="I.DM.SEX" Mandatory="Yes"/></ItemGroupDef>
<ItemGroupDef OID="IG.AE" Name="AE" Repeating="Dynamic" Type="Section">
  <ItemRef ItemOID="I.AE.AETERM" Mandatory="Yes"/><ItemRef ItemOID="I.AE.AESTDAT" Mandatory="Yes"/>
  <ItemRef ItemOID="I.AE.AESER" Mandatory="Yes"/></ItemGroupDef>
</MetaDataVersion></Study>
"""
DM = """<SubjectData SubjectKey="0101-001"><SiteRef LocationOID="0101"/>
  <StudyEventData StudyEventOID="SCR" StudyEventRepeatKey="1">
    <ItemGroupData ItemGroupOID="F.DM"><ItemGroupData ItemGroupOID="IG.DM">
      <ItemData ItemOID="I.DM.AGE"><Value>057</Value></ItemData>
      <ItemData ItemOID="I.DM.SEX"><Value>Male</Value></ItemData>
    </ItemGroupData></ItemGroupData>
  </StudyEventData>
"""
AE = """<StudyEventData StudyEventOID="LOG"><ItemGroupData ItemGroupOID="F.AE" ItemGroupRepeatKey="3">
    <ItemGroupData ItemGroupOID="IG.AE" ItemGroupRepeatKey="1">
      <ItemData ItemOID="I.AE.AETERM"><Value>Fever, &lt;39</Value></ItemData>
      <ItemData ItemOID="I.AE.AESTDAT"><Value>03-MAR-2026</Value></ItemData>
      <ItemData ItemOID="I.AE.AESER"><Value>No</Value></ItemData></ItemGroupData>
    <ItemGroupData ItemGroupOID="IG.AE" ItemGroupRepeatKey="2">
      <ItemData ItemOID="I.AE.AETERM"><Value> Nausea </Value></ItemData>
      <ItemData ItemOID="I.AE.AESTDAT" IsNull="Yes"/>
      <ItemData ItemOID="I.AE.AESER"><Value>  </Value></ItemData></ItemGroupData>
    <ItemGroupData ItemGroupOID="IG.AE" ItemGroupRepeatKey="3"></ItemGroupData>
  </ItemGroupData></StudyEventData></SubjectData>
"""


def clinical(data: str) -> str:
    return f'<ClinicalData StudyOID="CART" MetaDataVersionOID="MDV.1">{data}</ClinicalData></ODM>\n'


@pytest.fixture
def read(contract: Contract, tmp_path: Path) -> Read:
    """Return a reader of a file of ODM 2.0 from its parts."""

    def make(data: str = DM + AE, *, head: str = HEAD, metadata: str = METADATA, **changes: Any) -> Export:
        path = tmp_path / "export.xml"
        path.write_text(head + metadata + clinical(data))
        return read_export(path, contract(**changes))

    return make


def refusal(read: Read, *arguments: Any, **named: Any) -> str:
    with pytest.raises(RawDataError) as caught:
        read(*arguments, **named)
    return str(caught.value)


def test_values_and_keys_are_read(read: Read, rows_of: Rows) -> None:
    export = read()
    assert rows_of(export.forms["ae"], "AETERM", "AESTDAT", "AESER") == [
        ("Fever, <39", "03-MAR-2026", "No"),
        (" Nausea ", None, None),
        (None, None, None),
    ]
    assert rows_of(export.forms["ae"], *provenance.COLUMNS)[1] == (
        *("export.xml", "ae", 2, "31", "0101-001", "0101", "LOG", None, "3", "2"),
    )
    assert rows_of(export.forms["dm"], "AGE", "SEX", "_EVENT_REPEAT", "_FORM_REPEAT", "_GROUP_REPEAT") == [
        ("057", "Male", "1", None, None)
    ]
    assert export.findings.empty
    assert export.snapshot == datetime(2026, 3, 1, 6, 30, tzinfo=UTC)
    assert export.metadata["format"] == "ODM-XML 2.0"


def test_items_of_the_form_itself_are_a_record_of_the_form(read: Read, rows_of: Rows) -> None:
    data = """<SubjectData SubjectKey="1"><StudyEventData StudyEventOID="SCR"><ItemGroupData ItemGroupOID="F.DM">
      <ItemData ItemOID="AGE"><Value>57</Value></ItemData>
      <ItemGroupData ItemGroupOID="IG.OTHER"><ItemData ItemOID="X"><Value>x</Value></ItemData></ItemGroupData>
      <ItemData ItemOID="SEX"><Value>Male</Value></ItemData>
    </ItemGroupData></StudyEventData></SubjectData>"""
    place = {"dm": {"odm": {"form": "F.DM", "group": "F.DM"}}, "ae": {"optional": True}}
    export = read(data, metadata="", forms=place)
    assert rows_of(export.forms["dm"], "AGE", "SEX", "_GROUP_REPEAT") == [("57", "Male", None)]
    assert list(export.findings["message"]) == [
        "Form F.DM, item group IG.OTHER is not known to raw.yaml: 1 record not read."
    ]


def test_several_values_are_joined_in_their_order(read: Read, rows_of: Rows) -> None:
    values = '<Value SeqNum="2">Asian</Value><Value SeqNum="1">White</Value>'
    assert rows_of(read(DM.replace("<Value>Male</Value>", values) + AE).forms["dm"], "SEX") == [("White;Asian",)]


def test_transactions_lead_to_the_last_state(read: Read, rows_of: Rows) -> None:
    again = """<SubjectData SubjectKey="0101-001" TransactionType="Update">
      <StudyEventData StudyEventOID="LOG"><ItemGroupData ItemGroupOID="F.AE" ItemGroupRepeatKey="3">
        <ItemGroupData ItemGroupOID="IG.AE" ItemGroupRepeatKey="1">
          <ItemData ItemOID="I.AE.AESER"><Value>Yes</Value></ItemData></ItemGroupData>
        <ItemGroupData ItemGroupOID="IG.AE" ItemGroupRepeatKey="2" TransactionType="Remove"></ItemGroupData>
      </ItemGroupData></StudyEventData></SubjectData>"""
    head = HEAD.replace("Snapshot", "Transactional")
    frame = read(DM + AE + again, head=head).forms["ae"]
    assert rows_of(frame, "AETERM", "AESER", "_GROUP_REPEAT") == [("Fever, <39", "Yes", "1"), (None, None, "3")]


def test_a_removed_form_takes_its_records_away(read: Read) -> None:
    again = """<SubjectData SubjectKey="0101-001"><StudyEventData StudyEventOID="LOG">
      <ItemGroupData ItemGroupOID="F.AE" ItemGroupRepeatKey="3" TransactionType="Remove"></ItemGroupData>
      </StudyEventData></SubjectData>"""
    assert read(DM + AE + again).forms["ae"].empty


def test_what_the_metadata_lack_is_refused(read: Read) -> None:
    lacking = METADATA.replace('<ItemRef ItemOID="I.DM.SEX" Mandatory="Yes"/>', "")
    message = refusal(read, DM.replace("I.DM.SEX", "I.DM.GENDER") + AE, metadata=lacking)
    assert "item group 'IG.DM' has no item SEX; form 'dm' needs it" in message.replace("them", "it")
    absent = METADATA.replace('"F.AE"', '"F.AX"')
    assert "form 'F.AE' is missing; form 'ae' needs it." in refusal(read, DM + "</SubjectData>", metadata=absent)


def test_a_file_that_is_cut_short_is_refused(contract: Contract, tmp_path: Path) -> None:
    path = tmp_path / "export.xml"
    path.write_text((HEAD + METADATA + clinical(DM + AE))[:-30])
    with pytest.raises(RawDataError, match=r"export\.xml: line \d+: this is not well-formed XML"):
        read_export(path, contract())


def test_another_version_is_refused(read: Read, contract: Contract, write_odm: Callable[..., Path]) -> None:
    assert "ODMVersion 2.1" in refusal(read, head=HEAD.replace('ODMVersion="2.0"', 'ODMVersion="2.1"'))
    with pytest.raises(RawDataError, match=r"expected namespace http://www\.cdisc\.org/ns/odm/v2\.0, ODMVersion 2\.0"):
        read_export(write_odm(), contract(), format_name="odm2")
