"""A REDCap project as one CSV: which rows belong to which form, labels and codes, check boxes."""

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

HEAD = (
    "record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,redcap_data_access_group,"
    "age,sex,dm_complete,aeterm,aestdat,aeser,ae_complete\n"
)
ENROLLED = "0101-001,scr_arm_1,,,0101,057,Male,2,,,,\n"
FEVER = '0101-001,log_arm_1,ae,1,0101,,,,"Fever, <39",03-MAR-2026,No,2\n'
RASH = "0101-001,log_arm_1,ae,2,0101,,,,Rash,,,1\n"
#: REDCap says Incomplete (0) of forms that nobody has opened.
SECOND = "0102-001,scr_arm_1,,,0102,,Female,0,,,,0\n"
PROJECT = HEAD + ENROLLED + FEVER + RASH + SECOND


@pytest.fixture
def read(contract: Contract, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Read:
    """Return a reader of a project's CSV; `redcap` says what raw.yaml has of REDCap."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1772346600")

    def make(
        text: str = PROJECT, name: str = "CART_DATA.csv", *, redcap: Any = None, repeating: Any = (), **changes: Any
    ) -> Export:
        path = tmp_path / name
        path.write_text(text)
        formats = {"redcap": {"event": "{event}_arm_1"} | (redcap or {})}
        declared = {"formats": formats, "repeating_events": repeating}
        return read_export(path, contract(export=declared, **changes))

    return make


def refusal(read: Read, *arguments: Any, **named: Any) -> str:
    with pytest.raises(RawDataError) as caught:
        read(*arguments, **named)
    return str(caught.value)


def test_rows_belong_to_the_form_that_they_hold_something_of(read: Read, rows_of: Rows) -> None:
    export = read()
    assert rows_of(export.forms["dm"], "AGE", "SEX") == [("057", "Male"), (None, "Female")]
    assert rows_of(export.forms["ae"], "AETERM", "AESTDAT", "AESER") == [
        ("Fever, <39", "03-MAR-2026", "No"),
        ("Rash", None, None),
    ]
    assert export.findings.empty
    assert export.metadata["format"] == "REDCap, CSV, raw export"


def test_the_instance_of_an_instrument_is_its_line(read: Read, rows_of: Rows) -> None:
    frames = read().forms
    assert rows_of(frames["ae"], *provenance.COLUMNS)[1] == (
        *("CART_DATA.csv", "ae", 2, "31", "0101-001", "0101", "LOG", None, None, "2"),
    )
    assert rows_of(frames["dm"], *provenance.COLUMNS)[0] == (
        *("CART_DATA.csv", "dm", 1, "3", "0101-001", "0101", "SCR", None, None, None),
    )


def test_the_instance_of_an_event_is_its_repeat(read: Read, rows_of: Rows) -> None:
    again = HEAD + ENROLLED.replace("scr_arm_1,,,", "scr_arm_1,,1,") + SECOND
    assert rows_of(read(again).forms["dm"], "_EVENT_REPEAT", "_GROUP_REPEAT") == [("1", None), (None, None)]


def test_an_occurrence_that_is_an_event_of_its_own_is_a_repeat(read: Read, rows_of: Rows) -> None:
    text = HEAD + ENROLLED + FEVER + RASH.replace("log_arm_1", "uns_12_arm_1")
    numbered = {"numbered": "{event}_{number}_arm_1"}
    found = read(text, redcap=numbered, repeating=["UNS"]).forms["ae"]
    assert rows_of(found, "_EVENT", "_EVENT_REPEAT", "_GROUP_REPEAT") == [("LOG", None, "1"), ("UNS", "12", "2")]
    plain = read(text, redcap=numbered).forms["ae"]
    assert rows_of(plain, "_EVENT", "_EVENT_REPEAT") == [("LOG", None), ("UNS_12", None)], "no event that repeats"


@pytest.mark.parametrize(("status", "there"), [("2", True), ("1", True), ("Complete", True), ("0", False), ("", False)])
def test_a_form_without_values_is_there_when_its_status_says_so(read: Read, status: str, there: bool) -> None:
    blank = f"0102-001,scr_arm_1,,,0102,,,{status},,,,\n"
    assert len(read(HEAD + ENROLLED + blank).forms["dm"]) == 1 + there


def test_checked_boxes_count_and_unchecked_ones_do_not(read: Read, rows_of: Rows) -> None:
    text = "record_id,redcap_event_name,redcap_repeat_instrument,redcap_repeat_instance,age,race___1,race___2\n"
    text += "1,scr_arm_1,,,57,0,1\n2,scr_arm_1,,,,0,0\n3,scr_arm_1,,,,1,0\n"
    columns = {"AGE": "Age", "ASIAN": {"label": "Asian", "source": "race___1"}}
    dm = {"dm": {"columns": columns}, "ae": {"optional": True}}
    frame = read(text, forms=dm).forms["dm"]
    assert rows_of(frame, "_SUBJECT", "AGE", "ASIAN") == [("1", "57", "0"), ("3", None, "1")]


def test_a_raw_export_has_codes(read: Read, rows_of: Rows) -> None:
    columns = {"AGE": "Age", "SEX": {"label": "Sex", "codes": {"1": "Male", "2": "Female"}}}
    coded = PROJECT.replace("Male", "1").replace("Female", "9")
    frame = read(coded, forms={"dm": {"columns": columns}}).forms["dm"]
    assert rows_of(frame, "SEX") == [("Male",), ("9",)]
    labelled = read(coded, forms={"dm": {"columns": columns}}, redcap={"choices": "label", "instrument": "{form}"})
    assert rows_of(labelled.forms["dm"], "SEX") == [("1",), ("9",)]


def test_a_label_export_names_instruments_by_their_labels(read: Read, rows_of: Rows) -> None:
    text = PROJECT.replace(",ae,", ",Adverse events,")
    assert rows_of(read(text, redcap={"choices": "label"}).forms["ae"], "AETERM") == [("Fever, <39",), ("Rash",)]


def test_instruments_may_have_other_names(read: Read, rows_of: Rows) -> None:
    text = PROJECT.replace(",ae,", ",adverse_events,").replace("ae_complete", "adverse_events_complete")
    export = read(text, redcap={"forms": {"ae": "adverse_events"}})
    assert rows_of(export.forms["ae"], "AETERM") == [("Fever, <39",), ("Rash",)]
    assert export.findings.empty


def test_what_raw_yaml_does_not_know_is_said(read: Read, rows_of: Rows) -> None:
    text = PROJECT.replace("\n", ",x\n").replace("ae_complete,x", "ae_complete,weight") + "9,log_arm_1,vs,1,,,,,,,,,\n"
    found = read(text).findings
    assert rows_of(found, "rule", "message") == [
        ("RAW.UNKNOWN_FORM", "Instrument vs is not known to raw.yaml: 1 row not read."),
        ("RAW.UNKNOWN_COLUMN", "1 column that raw.yaml does not know (weight); not read."),
    ]


def test_an_unknown_event_keeps_its_name(read: Read, rows_of: Rows) -> None:
    export = read(PROJECT.replace("log_arm_1,ae,2", "log_arm_2,ae,2"))
    assert rows_of(export.forms["ae"], "_EVENT") == [("LOG",), ("log_arm_2",)]
    assert list(export.findings["rule"]) == ["RAW.UNKNOWN_EVENT"]


def test_the_name_of_the_file_states_the_time(read: Read) -> None:
    assert read(name="CART_DATA_2026-03-01_1430.csv").snapshot == datetime(2026, 3, 1, 14, 30, tzinfo=UTC)
    assert read(name="CART_DATA_2026-13-01_1430.csv").snapshot == datetime(2026, 3, 1, 6, 30, tzinfo=UTC)


def test_a_missing_column_is_named(read: Read) -> None:
    message = refusal(read, PROJECT.replace("aeterm", "ae_term").replace("sex", "gender"))
    assert "CART_DATA.csv: column 'aeterm' is missing; form 'ae' needs it. Did you mean 'ae_term'?" in message
    assert "column 'sex' is missing; form 'dm' needs it." in message


def test_a_project_without_its_record_id_is_refused(read: Read, contract: Contract, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(PROJECT.replace("record_id", "subject"))
    with pytest.raises(RawDataError, match="column 'record_id' is missing; form 'dm' needs it"):
        read_export(path, contract(), format_name="redcap")


def test_a_project_is_one_file(contract: Contract, tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        (tmp_path / name).write_text(PROJECT)
    with pytest.raises(RawDataError, match=r"2 CSV files \(a.csv, b.csv\), expected one with the whole REDCap project"):
        read_export(tmp_path, contract(), format_name="redcap")


def test_a_project_that_is_cut_short_is_refused(read: Read) -> None:
    assert "CART_DATA.csv: line 5: too few fields" in refusal(read, PROJECT[:-8])
    assert "a quoted field is never closed" in refusal(read, HEAD + FEVER[:40])


def test_bytes_of_another_encoding_are_refused(read: Read, contract: Contract, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(PROJECT.replace("Rash", "\u76ae\u75b9").encode("gb18030"))
    with pytest.raises(RawDataError, match=r"line 4, byte \d+: bytes that are not utf-8"):
        read_export(path, contract(export={"formats": {"redcap": {}}}))
