"""A contract of two forms, and exports of it typed by hand."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from specs.model.raw import RawContract

CONTRACT: dict[str, Any] = {
    "identity": {
        "subject": "SUBJID",
        "site": "SITEID",
        "event": "EVENT",
        "event_repeat": "EVENTSEQ",
        "form_repeat": "FORMSEQ",
        "group_repeat": "LINE",
    },
    "subjects": "dm",
    "forms": {
        "dm": {
            "label": "Demographics",
            "page": "3",
            "odm": {"form": "F.DM", "group": "IG.DM"},
            "columns": {"AGE": "Age", "SEX": "Sex"},
        },
        "ae": {
            "label": "Adverse events",
            "page": "31",
            "odm": {"form": "F.AE", "group": "IG.AE"},
            "repeating": True,
            "columns": {"AETERM": "Term", "AESTDAT": "Start date", "AESER": "Serious"},
        },
    },
}

ODM_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" ODMVersion="1.3.2" FileType="Snapshot" FileOID="EXPORT.1"
     CreationDateTime="2026-03-01T14:30:00+08:00">
"""

ODM_METADATA = """<Study OID="CART"><MetaDataVersion OID="MDV.1" Name="1">
<FormDef OID="F.DM" Name="DM" Repeating="No"><ItemGroupRef ItemGroupOID="IG.DM" Mandatory="Yes"/></FormDef>
<FormDef OID="F.AE" Name="AE" Repeating="Yes"><ItemGroupRef ItemGroupOID="IG.AE" Mandatory="Yes"/></FormDef>
<ItemGroupDef OID="IG.DM" Name="DM" Repeating="No">
  <ItemRef ItemOID="I.DM.AGE" Mandatory="Yes"/><ItemRef ItemOID="I.DM.SEX" Mandatory="Yes"/></ItemGroupDef>
<ItemGroupDef OID="IG.AE" Name="AE" Repeating="Yes">
  <ItemRef ItemOID="I.AE.AETERM" Mandatory="Yes"/><ItemRef ItemOID="I.AE.AESTDAT" Mandatory="Yes"/>
  <ItemRef ItemOID="I.AE.AESER" Mandatory="Yes"/></ItemGroupDef>
</MetaDataVersion></Study>
"""

ODM_DATA = """<ClinicalData StudyOID="CART" MetaDataVersionOID="MDV.1">
<SubjectData SubjectKey="0101-001"><SiteRef LocationOID="0101"/>
  <StudyEventData StudyEventOID="SCR" StudyEventRepeatKey="1"><FormData FormOID="F.DM" FormRepeatKey="1">
    <ItemGroupData ItemGroupOID="IG.DM" ItemGroupRepeatKey="1">
      <ItemData ItemOID="I.DM.AGE" Value="057"/><ItemData ItemOID="I.DM.SEX" Value="Male"/></ItemGroupData>
  </FormData></StudyEventData>
  <StudyEventData StudyEventOID="LOG"><FormData FormOID="F.AE" FormRepeatKey="1">
    <ItemGroupData ItemGroupOID="IG.AE" ItemGroupRepeatKey="1"><ItemData ItemOID="I.AE.AETERM" Value="Fever, &lt;39"/>
      <ItemData ItemOID="I.AE.AESTDAT" Value="03-MAR-2026"/><ItemData ItemOID="I.AE.AESER" Value="No"/></ItemGroupData>
    <ItemGroupData ItemGroupOID="IG.AE" ItemGroupRepeatKey="2"><ItemData ItemOID="I.AE.AETERM" Value=" Nausea "/>
      <ItemData ItemOID="I.AE.AESTDAT" IsNull="Yes"/><ItemData ItemOID="I.AE.AESER" Value="  "/></ItemGroupData>
  </FormData></StudyEventData>
</SubjectData>
<SubjectData SubjectKey="0102-001"><SiteRef LocationOID="0102"/>
  <StudyEventData StudyEventOID="SCR" StudyEventRepeatKey="1"><FormData FormOID="F.DM" FormRepeatKey="1">
    <ItemGroupData ItemGroupOID="IG.DM" ItemGroupRepeatKey="1"><ItemData ItemOID="I.DM.SEX" Value="NA"/></ItemGroupData>
  </FormData></StudyEventData>
</SubjectData>
</ClinicalData></ODM>
"""

DM_CSV = """SUBJID,SITEID,EVENT,EVENTSEQ,FORMSEQ,LINE,AGE,SEX
0101-001,0101,SCR,1,1,1,057,Male
0102-001,0102,SCR,1,1,1,,NA
"""

AE_CSV = """SUBJID,SITEID,EVENT,EVENTSEQ,FORMSEQ,LINE,AETERM,AESTDAT,AESER
0101-001,0101,LOG,,1,1,"Fever, <39",03-MAR-2026,No
0101-001,0101,LOG,,1,2, Nausea ,,"  "
"""


@pytest.fixture
def contract() -> Callable[..., RawContract]:
    """Return a maker of the contract with forms, columns or parts of the export changed."""

    def make(**changes: Any) -> RawContract:
        plain = deepcopy(CONTRACT)
        for form, parts in changes.pop("forms", {}).items():
            plain["forms"].setdefault(form, {"label": form, "columns": {}}).update(parts)
        return RawContract.model_validate(plain | changes)

    return make


@pytest.fixture
def write_odm(tmp_path: Path) -> Callable[..., Path]:
    """Return a writer of an ODM file from its parts."""

    def write(data: str = ODM_DATA, *, head: str = ODM_HEAD, metadata: str = ODM_METADATA) -> Path:
        path = tmp_path / "export.xml"
        path.write_bytes((head + metadata + data).encode())
        return path

    return write


@pytest.fixture
def write_records(write_odm: Callable[..., Path]) -> Callable[..., Path]:
    """Return a writer of an ODM file whose ClinicalData holds the given elements."""

    def write(*subjects: str, head: str = ODM_HEAD, metadata: str = "") -> Path:
        data = '<ClinicalData StudyOID="CART" MetaDataVersionOID="MDV.1">' + "\n".join(subjects)
        return write_odm(data + "</ClinicalData></ODM>\n", head=head, metadata=metadata)

    return write


@pytest.fixture
def write_folder(tmp_path: Path) -> Callable[..., Path]:
    """Return a writer of a folder of CSV files; `dm` and `ae` are there unless given as None."""

    def write(**files: str | bytes | None) -> Path:
        folder = tmp_path / "export"
        folder.mkdir(exist_ok=True)
        for name, content in ({"dm": DM_CSV, "ae": AE_CSV} | files).items():
            if content is not None:
                data = content if isinstance(content, bytes) else content.encode()
                (folder / (name if "." in name else f"{name}.csv")).write_bytes(data)
        return folder

    return write


@pytest.fixture
def rows_of() -> Callable[..., list[tuple[Any, ...]]]:
    """Return a reader of a frame's columns as rows, missing as None."""

    def rows(frame: pd.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
        part = frame[list(columns)].astype(object)
        return list(part.where(part.notna(), None).itertuples(index=False, name=None))

    return rows
