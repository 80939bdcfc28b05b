"""Medidata Rave clinical views as CSV: names, keys counted from 0, inactive records, lines, dates as typed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from clinical import provenance
from clinical.errors import RawDataError
from raw import Export, read_export
from raw.rave import date_text
from specs.model.raw import RawContract

Contract = Callable[..., RawContract]
Rows = Callable[..., list[tuple[Any, ...]]]
Read = Callable[..., Export]

KEYS = (
    "project,Subject,SiteNumber,Folder,InstanceRepeatNumber,DataPageId,PageRepeatNumber,RecordId,RecordPosition,"
    "RecordActive,SaveTS"
)
DM = (
    KEYS
    + """,AGE,AGE_RAW,SEX,SEX_STD
CART,0101-001,0101,SCR,0,11,0,111,0,1,2026-03-01,57,057,Male,1
CART,0102-001,0102,SCR,0,12,0,112,0,1,2026-03-01,,,Female,2
"""
)
AE_HEAD = KEYS + ",AETERM,AESTDAT,AESTDAT_RAW,AESTDAT_INT,AESTDAT_YYYY,AESTDAT_MM,AESTDAT_DD,AESER,AESER_STD\n"
FEVER = (
    "CART,0101-001,0101,LOG,0,21,0,211,1,1,2026-03-01,Fever,2026-03-03T00:00:00,03-MAR-2026,2026-03-03,2026,3,3,No,N\n"
)
RASH = "CART,0101-001,0101,LOG,0,21,0,212,2,1,2026-03-01,Rash,,UN-APR-2026,2026-04-01,2026,4,,Yes,Y\n"
GONE = "CART,0101-001,0101,LOG,0,21,0,213,3,0,2026-03-01,Typo,,,,,,,,\n"
EMPTY_HEADER = "CART,0101-001,0101,LOG,0,21,0,210,0,1,2026-03-01,,,,,,,,,\n"
FILLED_HEADER = "CART,0102-001,0102,LOG,0,22,0,220,0,1,2026-03-01,Cough,,,,,,,No,N\n"
AE = AE_HEAD + FEVER + RASH


@pytest.fixture
def read(contract: Contract, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Read:
    """Return a reader of a folder of views; `rave` says what raw.yaml has of Rave."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1772346600")

    def make(
        ae: str = AE, dm: str = DM, *, rave: Any = None, repeating: tuple[str, ...] = (), **changes: Any
    ) -> Export:
        (tmp_path / "DM.csv").write_text(dm)
        (tmp_path / "AE.csv").write_text(ae)
        declared = {"formats": {"rave": rave or {}}, "repeating_events": repeating}
        return read_export(tmp_path, contract(export=declared, **changes))

    return make


def refusal(read: Read, *arguments: Any, **named: Any) -> str:
    with pytest.raises(RawDataError) as caught:
        read(*arguments, **named)
    return str(caught.value)


def test_views_are_recognised_by_their_key_columns(read: Read) -> None:
    assert read().metadata["format"] == "Medidata Rave clinical views, CSV"


def test_items_are_read_as_they_were_typed(read: Read, rows_of: Rows) -> None:
    export = read()
    assert rows_of(export.forms["dm"], "AGE", "SEX") == [("057", "Male"), (None, "Female")]
    assert rows_of(export.forms["ae"], "AETERM", "AESTDAT", "AESER") == [
        ("Fever", "03-MAR-2026", "No"),
        ("Rash", "UN-APR-2026", "Yes"),
    ]


def test_what_occurs_once_has_no_repeat(read: Read, rows_of: Rows) -> None:
    frames = read().forms
    assert rows_of(frames["dm"], *provenance.COLUMNS)[0] == (
        *("DM.csv", "dm", 1, "3", "0101-001", "0101", "SCR", None, None, None),
    )
    assert rows_of(frames["ae"], *provenance.COLUMNS)[1] == (
        *("AE.csv", "ae", 2, "31", "0101-001", "0101", "LOG", None, None, "2"),
    )


def test_a_repeating_event_counts_from_one(read: Read, rows_of: Rows) -> None:
    again = RASH.replace(",LOG,0,", ",LOG,1,")
    export = read(AE_HEAD + FEVER + again, repeating=("LOG",))
    assert rows_of(export.forms["ae"], "_EVENT_REPEAT", "_GROUP_REPEAT") == [("1", "1"), ("2", "2")]


def test_inactive_records_are_left_out_and_listed(read: Read, rows_of: Rows) -> None:
    export = read(AE_HEAD + FEVER + GONE + RASH)
    assert rows_of(export.forms["ae"], "AETERM", "_ROW") == [("Fever", 1), ("Rash", 2)]
    found = export.findings[export.findings["rule"] == "RAW.INACTIVE"]
    assert rows_of(found, "severity", "usubjid", "value", "form", "row") == [("note", "0101-001", "213", "ae", "")]
    assert found["key"].iloc[0] == "_EVENT=LOG; _EVENT_REPEAT=0; _FORM_REPEAT=0; _GROUP_REPEAT=3"
    assert found["message"].iloc[0] == "The record is inactive in the EDC; 1 record of form 'ae' left out."


def test_a_view_without_the_column_has_active_records_only(read: Read) -> None:
    plain = AE.replace(",RecordActive", "").replace(",1,2026-03-01", ",2026-03-01")
    assert len(read(plain).forms["ae"]) == 2


def test_an_unreadable_activity_is_refused(read: Read) -> None:
    message = refusal(read, AE_HEAD + FEVER.replace(",1,1,2026-03-01", ",1,maybe,2026-03-01"))
    assert "AE: RecordActive is neither 0 nor 1 in 1 record." in message


def test_records_of_the_form_are_no_lines_of_its_log(read: Read, rows_of: Rows) -> None:
    export = read(AE_HEAD + EMPTY_HEADER + FEVER + FILLED_HEADER)
    assert rows_of(export.forms["ae"], "AETERM") == [("Fever",)]
    found = export.findings[export.findings["rule"] == "RAW.HEADER_RECORD"]
    assert rows_of(found, "severity", "usubjid", "value") == [("warning", "0102-001", "220"), ("note", "", "")]
    assert found["message"].iloc[1] == "1 record without items stands for the form, not for a line; left out."


def test_a_form_of_its_own_may_read_what_stands_for_the_form(read: Read, rows_of: Rows) -> None:
    header = {"label": "Adverse events, page", "columns": {"AESER": "Any event"}}
    rave = {"forms": {"aeh": "AE"}}
    export = read(AE_HEAD + FEVER + FILLED_HEADER, rave=rave, forms={"aeh": header})
    assert rows_of(export.forms["aeh"], "_SUBJECT", "AESER") == [("0102-001", "No")]
    assert rows_of(export.forms["ae"], "_SUBJECT") == [("0101-001",)]
    assert "RAW.HEADER_RECORD" not in set(export.findings["rule"])


def test_a_log_that_the_contract_does_not_call_so_is_refused(read: Read) -> None:
    message = refusal(read, forms={"ae": {"repeating": False}})
    assert "AE: 2 records are in a log (RecordPosition above 0)" in message
    assert "does not call form 'ae' `repeating`" in message


@pytest.mark.parametrize("how", ["source", "columns"])
def test_an_interpolated_date_is_never_read(read: Read, how: str) -> None:
    if how == "source":
        columns = {"AETERM": "Term", "AESER": "Serious", "AESTDAT": {"label": "Start", "source": "AESTDAT_INT"}}
        message = refusal(read, forms={"ae": {"columns": columns}})
    else:
        message = refusal(read, rave={"columns": {"ae.AESTDAT": "AESTDAT_INT"}})
    assert "form 'ae', column AESTDAT: 'AESTDAT_INT' is a date that Rave has completed" in message
    assert "Ask for 'AESTDAT'" in message


def test_an_item_that_only_ends_like_an_interpolated_date_is_read(read: Read, rows_of: Rows) -> None:
    dm = DM.replace(",SEX,SEX_STD", ",PAIN_INT,SEX_STD")
    export = read(dm=dm, forms={"dm": {"columns": {"PAIN_INT": "Intensity of pain"}}})
    assert rows_of(export.forms["dm"], "PAIN_INT") == [("Male",), ("Female",)]


def test_a_date_without_its_text_is_refused(read: Read) -> None:
    message = refusal(read, AE.replace("AESTDAT_RAW", "OTHER"))
    assert "AE.csv: column 'AESTDAT_RAW' is missing; form 'ae' needs it, for the date 'AESTDAT' is" in message
    assert "export.formats.rave.dates: parts" in message


def test_dates_may_be_put_together_of_their_parts(read: Read, rows_of: Rows) -> None:
    export = read(AE.replace("AESTDAT_RAW", "OTHER"), rave={"dates": "parts"})
    assert rows_of(export.forms["ae"], "AESTDAT") == [("03-MAR-2026",), ("UN-APR-2026",)]


def test_parts_that_are_unknown_are_said_so() -> None:
    year = pa.array(["2026", "2026", "2026", None, None, "2026"], pa.large_string())
    month = pa.array(["12", "02", None, None, "5", "13"], pa.large_string())
    day = pa.array(["31", None, None, None, None, "1"], pa.large_string())
    expected = ["31-DEC-2026", "UN-FEB-2026", "UN-UNK-2026", None, "UN-MAY-UNKN", "01-13-2026"]
    assert date_text(year, month, day).to_pylist() == expected


def test_a_coded_item_may_be_asked_for(read: Read, rows_of: Rows) -> None:
    export = read(rave={"columns": {"ae.AESER": "AESER_STD"}})
    assert rows_of(export.forms["ae"], "AESER") == [("N",), ("Y",)]


def test_what_is_left_unread_of_an_item_is_said_but_its_date_forms(read: Read) -> None:
    found = read().findings
    unknown = found[found["rule"] == "RAW.UNKNOWN_COLUMN"]["message"]
    assert list(unknown) == [
        "DM.csv: 1 column that raw.yaml does not know (SEX_STD); not read.",
        "AE.csv: 1 column that raw.yaml does not know (AESER_STD); not read.",
    ]


def test_copies_are_found_though_their_record_numbers_differ(read: Read) -> None:
    export = read(AE + RASH.replace(",212,", ",299,"))
    assert list(export.findings[export.findings["severity"] == "warning"]["rule"]) == ["RAW.DUPLICATE_RECORD"]
    assert len(export.forms["ae"]) == 2


def test_folders_may_have_other_names(read: Read, rows_of: Rows) -> None:
    rave = {"event": "F_{EVENT}", "events": {"LOG": "Logs"}}
    export = read(AE.replace(",LOG,", ",Logs,"), DM.replace(",SCR,", ",F_SCR,", 1), rave=rave)
    assert rows_of(export.forms["dm"], "_EVENT") == [("SCR",), ("SCR",)]
    assert rows_of(export.forms["ae"], "_EVENT") == [("LOG",), ("LOG",)]
    found = export.findings[export.findings["rule"] == "RAW.UNKNOWN_EVENT"]
    assert list(found["message"]) == [
        "1 event name in 1 record does not follow `event` or `events` of the format in raw.yaml; kept unchanged. "
        "Add what is missing there."
    ]


def test_a_missing_column_is_named(read: Read) -> None:
    message = refusal(read, AE.replace("AETERM", "TERM").replace(",Subject", ",Patient"))
    assert "AE.csv: column 'AETERM' is missing; form 'ae' needs it. Did you mean 'TERM'?" in message
    assert "AE.csv: column 'Subject' is missing; form 'ae' needs it." in message


def test_a_missing_view_is_named(read: Read) -> None:
    message = refusal(read, rave={"forms": {"ae": "AE1"}})
    assert "file 'AE1.csv' is missing; form 'ae' needs it. Did you mean 'AE.csv'?" in message


def test_a_view_that_is_cut_short_is_refused(read: Read) -> None:
    assert "AE.csv: line 3: too few fields" in refusal(read, AE[:-9])


def test_views_are_recognised_though_that_of_the_subjects_is_missing(
    read: Read, contract: Contract, tmp_path: Path
) -> None:
    read()
    (tmp_path / "DM.csv").unlink()
    with pytest.raises(RawDataError, match=r"file 'DM\.csv' is missing; form 'dm' needs it"):
        read_export(tmp_path, contract(export={"formats": {"rave": {}}}))
