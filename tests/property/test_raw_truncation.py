"""A file that was cut short is never taken for a whole one."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clinical.errors import RawDataError
from raw import read_export
from specs.model.raw import RawContract

CONTRACT = RawContract.model_validate(
    {
        "export": {"csv": {"snapshot_file": "snapshot.txt"}},
        "identity": {"subject": "SUBJID"},
        "subjects": "dm",
        "forms": {
            "dm": {
                "label": "Demographics",
                "odm": {"form": "F.DM", "group": "IG.DM"},
                "columns": {"AGE": "Age", "TEXT": "Text"},
            }
        },
    }
)

ODM = """<?xml version="1.0" encoding="UTF-8"?>
<!-- an export --><ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" ODMVersion="1.3.2" FileType="Snapshot"
  CreationDateTime="2026-03-01T06:30:00Z">
<ClinicalData StudyOID="CART" MetaDataVersionOID="MDV.1">
<SubjectData SubjectKey="1"><SiteRef LocationOID="S"/><StudyEventData StudyEventOID="SCR"><FormData FormOID="F.DM">
<ItemGroupData ItemGroupOID="IG.DM"><ItemData ItemOID="AGE" Value="57"/><ItemDataString ItemOID="TEXT">第一 &amp; 2
</ItemDataString></ItemGroupData></FormData></StudyEventData></SubjectData>
<SubjectData SubjectKey="2"><StudyEventData StudyEventOID="SCR"><FormData FormOID="F.DM">
<ItemGroupData ItemGroupOID="IG.DM"><ItemData ItemOID="AGE" Value="63"/></ItemGroupData></FormData></StudyEventData>
</SubjectData></ClinicalData></ODM>""".encode()

RECORDS = ['"0101-001",57,"one, ""two""\nthree"\r\n', '0101-002,,"男"\r\n', "0101-003,63,plain\r\n"]
CSV = ("SUBJID,AGE,TEXT\r\n" + "".join(RECORDS)).encode()


def read(name: str, data: bytes) -> list[tuple[object, ...]]:
    """Return the records of a file with the given bytes, and whether its last line was seen to be open."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, name).write_bytes(data)
        Path(folder, "snapshot.txt").write_text("2026-03-01")
        export = read_export(Path(folder, name) if name.endswith(".xml") else Path(folder), CONTRACT)
    noted = "RAW.LAST_LINE_OPEN" in set(export.findings["rule"])
    frame = export.forms["dm"][["_SUBJECT", "AGE", "TEXT"]].fillna("")
    return [*frame.itertuples(index=False, name=None), (noted,)]


WHOLE = [("0101-001", "57", 'one, "two"\nthree'), ("0101-002", "", "男"), ("0101-003", "63", "plain")]


def test_the_whole_files_are_read() -> None:
    assert read("export.xml", ODM) == [("1", "57", "第一 & 2\n"), ("2", "63", ""), (False,)]
    assert read("dm.csv", CSV) == [*WHOLE, (False,)]


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(ODM) - 1))
def test_odm_cut_anywhere_is_refused(end: int) -> None:
    with pytest.raises(RawDataError):
        read("export.xml", ODM[:end])


@settings(max_examples=60, deadline=None)
@given(st.integers(1, len(ODM) - 1), st.binary(min_size=1, max_size=4))
def test_odm_with_more_behind_it_is_refused_unless_blank(place: int, more: bytes) -> None:
    if more.strip(b" \t\r\n"):
        with pytest.raises(RawDataError):
            read("export.xml", ODM + b"<" + more)
    else:
        assert len(read("export.xml", ODM + more)) == 3


def quoted(data: bytes) -> list[int]:
    """Return the places at which a cut leaves a quote open."""
    return [end for end in range(len(data)) if data[:end].count(b'"') % 2]


@pytest.mark.parametrize("end", quoted(CSV))
def test_csv_cut_inside_a_quote_is_refused(end: int) -> None:
    with pytest.raises(RawDataError):
        read("dm.csv", CSV[:end])


@settings(max_examples=len(CSV), deadline=None)
@given(st.integers(0, len(CSV) - 1))
def test_csv_cut_anywhere_is_refused_or_noted_or_falls_between_two_records(end: int) -> None:
    try:
        *records, (noted,) = read("dm.csv", CSV[:end])
    except RawDataError:
        return
    assert noted or records == WHOLE[: len(records)]
    assert records[:-1] == WHOLE[: len(records)][:-1]
