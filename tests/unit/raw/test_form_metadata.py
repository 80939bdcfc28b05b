"""Events and choices of forms from the metadata of an ODM-XML export."""

from __future__ import annotations

from pathlib import Path

import pytest

from raw.form_metadata import read_form_metadata
from specs.load import STUDIES, load_study
from specs.model.form_metadata import FormMetadata
from specs.model.raw import RawContract

CONTRACT = RawContract.model_validate(
    {
        "export": {"odm_study": "S1"},
        "subjects": "dm",
        "forms": {
            "dm": {"label": "Demographics", "odm": {"form": "F.DM", "group": "IG.DM"}, "columns": {"SEX": "Sex"}},
            "vs": {
                "label": "Vital signs",
                "odm": {"form": "F.VS", "group": "IG.VS"},
                "columns": {"POS": {"label": "Position", "source": "VSPOS"}, "SYSBP": "Systolic blood pressure"},
            },
            "xx": {"label": "A form without a place", "columns": {"XX": "X"}},
        },
    }
)

ODM = """<?xml version="1.0" encoding="UTF-8"?>
<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" FileType="Snapshot" CreationDateTime="2026-01-01T00:00:00Z">
<Study OID="OTHER"><MetaDataVersion OID="V1" Name="1">
  <StudyEventDef OID="NO" Name="Another study's" Repeating="No" Type="Scheduled"><FormRef FormOID="F.DM"/>
  </StudyEventDef>
</MetaDataVersion></Study>
<Study OID="S1"><MetaDataVersion OID="V1" Name="1">
  <StudyEventDef OID="SCR" Name="Screening" Repeating="No" Type="Scheduled">
    <FormRef FormOID="F.DM" Mandatory="Yes"/><FormRef FormOID="F.VS" Mandatory="Yes"/></StudyEventDef>
  <StudyEventDef OID="W4" Name="Week 4" Repeating="No" Type="Scheduled"><FormRef FormOID="F.VS"/></StudyEventDef>
  <ItemGroupDef OID="IG.DM" Name="DM" Repeating="No"><ItemRef ItemOID="I.SEX"/></ItemGroupDef>
  <ItemGroupDef OID="IG.VS" Name="VS" Repeating="No"><ItemRef ItemOID="I.POS"/><ItemRef ItemOID="I.BP"/></ItemGroupDef>
  <ItemDef OID="I.SEX" Name="SEX" DataType="text"><CodeListRef CodeListOID="CL.SEX"/></ItemDef>
  <ItemDef OID="I.POS" Name="VSPOS" DataType="text"><CodeListRef CodeListOID="CL.POS"/></ItemDef>
  <ItemDef OID="I.BP" Name="SYSBP" DataType="integer"/>
  <CodeList OID="CL.SEX" Name="Sex" DataType="text">
    <CodeListItem CodedValue="1"><Decode><TranslatedText>Male</TranslatedText></Decode></CodeListItem>
    <CodeListItem CodedValue="2"><Decode><TranslatedText>Female</TranslatedText></Decode></CodeListItem></CodeList>
  <CodeList OID="CL.POS" Name="Position" DataType="text">
    <EnumeratedItem CodedValue="Sitting"/><EnumeratedItem CodedValue="Supine"/></CodeList>
</MetaDataVersion></Study>
<ClinicalData StudyOID="S1" MetaDataVersionOID="V1"/>
</ODM>
"""


@pytest.fixture
def described(tmp_path: Path) -> FormMetadata:
    path = tmp_path / "export.xml"
    path.write_text(ODM, encoding="utf-8")
    return read_form_metadata(path, CONTRACT)


def test_events_of_forms_in_the_order_of_the_file(described: FormMetadata) -> None:
    assert described.events == {"dm": ("SCR",), "vs": ("SCR", "W4")}
    assert described.titles == {"SCR": "Screening", "W4": "Week 4"}


def test_choices_are_decodes_or_values(described: FormMetadata) -> None:
    assert described.choices == {("dm", "SEX"): ("Male", "Female"), ("vs", "POS"): ("Sitting", "Supine")}


def test_an_export_without_metadata_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "dm.csv").write_text("SUBJID,SEX\n1,Male\n", encoding="utf-8")
    assert read_form_metadata(tmp_path, CONTRACT) == FormMetadata()


def test_raw_yaml_of_cart1922_agrees_with_its_sample_export() -> None:
    contract = load_study("cart1922").raw
    found = read_form_metadata(STUDIES / "cart1922" / "sample" / "odm" / "cart1922.xml", contract)
    assert {name: form.events for name, form in contract.forms.items()} == found.events
