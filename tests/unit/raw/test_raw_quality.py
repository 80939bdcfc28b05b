"""Records that are judged while reading: no subject, unknown subjects, copies and colliding keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from raw import Export, read_export
from specs.model.raw import RawContract

Rows = Callable[..., list[tuple[Any, ...]]]

DM = "SUBJID,SITEID,EVENT,EVENTSEQ,FORMSEQ,LINE,AGE,SEX\n"
AE = "SUBJID,SITEID,EVENT,EVENTSEQ,FORMSEQ,LINE,AETERM,AESTDAT,AESER\n"
ENROLLED = "1,S1,SCR,1,1,1,57,Male\n2,S1,SCR,1,1,1,63,Female\n"


@pytest.fixture
def read(
    contract: Callable[..., RawContract], write_folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Export]:
    """Return a reader of dm.csv and ae.csv with the given records."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")

    def reader(ae: str = "", dm: str = ENROLLED, head: str = AE, **form: Any) -> Export:
        return read_export(write_folder(dm=DM + dm, ae=head + ae), contract(forms={"ae": form}))

    return reader


FOUND = ("rule", "severity", "usubjid", "form", "row", "page")


def test_a_record_without_subject_is_set_aside(read: Callable[..., Export], rows_of: Rows) -> None:
    export = read("1,S1,LOG,,1,1,Fever,,\n,S1,LOG,,1,1,Cough,,\n  ,S1,LOG,,1,2,Nausea,,\n2,S1,LOG,,1,1,Pain,,\n")
    assert rows_of(export.forms["ae"], "_ROW", "AETERM") == [(1, "Fever"), (4, "Pain")]
    assert list(export.forms["ae"].index) == [0, 1]
    assert rows_of(export.findings, *FOUND) == [
        ("RAW.NOSUBJECT", "error", "", "ae", "2", "31"),
        ("RAW.NOSUBJECT", "error", "", "ae", "3", "31"),
    ]
    assert "2 records of form 'ae' were set aside" in export.findings["message"][0]


def test_a_record_of_an_unknown_subject_is_set_aside(read: Callable[..., Export], rows_of: Rows) -> None:
    export = read("3,S1,LOG,,1,7,Fever,,\n2,S1,LOG,,1,1,Pain,,\n")
    assert rows_of(export.forms["ae"], "_ROW", "_SUBJECT") == [(2, "2")]
    assert rows_of(export.findings, *FOUND, "key", "source") == [
        (
            "RAW.UNKNOWN_SUBJECT",
            "error",
            "3",
            "ae",
            "1",
            "31",
            "_EVENT=LOG; _EVENT_REPEAT=; _FORM_REPEAT=1; _GROUP_REPEAT=7",
            "raw",
        )
    ]


def test_an_enrolling_record_without_subject_enrols_nobody(read: Callable[..., Export], rows_of: Rows) -> None:
    export = read("1,S1,LOG,,1,1,Fever,,\n", dm=",S1,SCR,1,1,1,57,Male\n")
    assert export.forms["dm"].empty
    assert export.forms["ae"].empty
    assert rows_of(export.findings, "rule", "form") == [("RAW.NOSUBJECT", "dm"), ("RAW.UNKNOWN_SUBJECT", "ae")]


def test_a_subject_enrolled_twice_is_an_error_and_the_first_record_used(
    read: Callable[..., Export], rows_of: Rows
) -> None:
    export = read("1,S1,LOG,,1,1,Fever,,\n", dm=ENROLLED + "1,S1,SCR,1,1,1,58,Male\n")
    assert rows_of(export.forms["dm"], "_SUBJECT", "AGE") == [("1", "57"), ("2", "63")]
    assert len(export.forms["ae"]) == 1
    assert rows_of(export.findings, *FOUND) == [
        ("RAW.DUPLICATE_SUBJECT", "error", "1", "dm", "1", "3"),
        ("RAW.DUPLICATE_SUBJECT", "error", "1", "dm", "3", "3"),
    ]


def test_a_copy_of_the_enrolling_record_is_left_out_with_a_warning(read: Callable[..., Export], rows_of: Rows) -> None:
    export = read(dm=ENROLLED + "1,S1,SCR,1,1,1,57,Male\n")
    assert rows_of(export.forms["dm"], "_ROW", "_SUBJECT") == [(1, "1"), (2, "2")]
    assert rows_of(export.findings, *FOUND) == [("RAW.DUPLICATE_RECORD", "warning", "1", "dm", "3", "3")]


def test_a_copy_with_the_same_key_is_left_out_with_a_warning(read: Callable[..., Export], rows_of: Rows) -> None:
    line = "1,S1,LOG,,1,1,Fever,,No\n"
    export = read(line + "1,S1,LOG,,1,2,Cough,,No\n" + line + line)
    assert rows_of(export.forms["ae"], "_ROW", "AETERM") == [(1, "Fever"), (2, "Cough")]
    assert rows_of(export.findings, "rule", "severity", "row") == [
        ("RAW.DUPLICATE_RECORD", "warning", "3"),
        ("RAW.DUPLICATE_RECORD", "warning", "4"),
    ]
    assert "2 records of form 'ae' were left out" in export.findings["message"][0]


def test_a_form_may_keep_all_copies(read: Callable[..., Export], rows_of: Rows) -> None:
    line = "1,S1,LOG,,1,1,Fever,,No\n"
    export = read(line + line, duplicates="all")
    assert len(export.forms["ae"]) == 2
    assert rows_of(export.findings, "rule", "severity") == [("RAW.DUPLICATE_RECORD", "warning")]


def test_one_key_with_other_values_is_a_collision_and_all_are_set_aside(
    read: Callable[..., Export], rows_of: Rows
) -> None:
    export = read(
        "1,S1,LOG,,1,1,Fever,,No\n1,S1,LOG,,1,1,Cough,,No\n1,S1,LOG,,1,1,Fever,,No\n2,S1,LOG,,1,1,Fever,,No\n"
    )
    assert rows_of(export.forms["ae"], "_ROW", "_SUBJECT") == [(4, "2")]
    assert rows_of(export.findings, "rule", "severity", "usubjid", "row") == [
        ("RAW.DUPLICATE_RECORD", "warning", "1", "3"),
        ("RAW.KEY_COLLISION", "error", "1", "1"),
        ("RAW.KEY_COLLISION", "error", "1", "2"),
    ]
    assert "2 records of form 'ae' were set aside" in export.findings["message"][1]


def test_equal_lines_with_numbers_of_their_own_are_kept_with_a_warning(
    read: Callable[..., Export], rows_of: Rows
) -> None:
    export = read("1,S1,LOG,,1,1,Fever,,No\n1,S1,LOG,,1,2,Fever,,No\n1,S1,M1,,1,3,Fever,,No\n2,S1,LOG,,1,4,,,\n")
    assert len(export.forms["ae"]) == 4
    assert rows_of(export.findings, "rule", "severity", "row") == [("RAW.DUPLICATE_RECORD", "warning", "2")]
    assert "both are kept" in export.findings["message"][0]


def test_empty_lines_of_a_log_are_no_copies_of_each_other(read: Callable[..., Export]) -> None:
    export = read("1,S1,LOG,,1,1,,,\n1,S1,LOG,,1,2,,,\n")
    assert len(export.forms["ae"]) == 2
    assert export.findings.empty


def test_the_forms_own_key_takes_the_place_of_the_repeats(read: Callable[..., Export], rows_of: Rows) -> None:
    export = read(
        "1,S1,LOG,,1,1,Fever,01,No\n1,S1,LOG,,1,2,Fever,02,No\n1,S1,M1,,1,3,Fever,01,Yes\n", key=["AETERM", "AESTDAT"]
    )
    assert rows_of(export.forms["ae"], "_ROW") == [(2,)]
    assert rows_of(export.findings, "rule", "row", "key") == [
        ("RAW.KEY_COLLISION", "1", "AETERM=Fever; AESTDAT=01"),
        ("RAW.KEY_COLLISION", "3", "AETERM=Fever; AESTDAT=01"),
    ]


def test_lines_without_numbers_have_no_key_and_only_copies_are_found(
    read: Callable[..., Export], rows_of: Rows
) -> None:
    export = read(
        "1,S1,LOG,,,,Fever,,No\n1,S1,LOG,,,,Cough,,No\n1,S1,LOG,,,,Fever,,No\n1,S1,M1,,,,Fever,,No\n",
    )
    assert rows_of(export.forms["ae"], "_ROW") == [(1,), (2,), (4,)]
    assert rows_of(export.findings, "rule", "row") == [("RAW.DUPLICATE_RECORD", "3")]


def test_records_that_differ_outside_the_contract_are_no_copies(read: Callable[..., Export], rows_of: Rows) -> None:
    head = AE.strip() + ",RECORDID\n"
    export = read("1,S1,LOG,,,,Fever,,No,11\n1,S1,LOG,,,,Fever,,No,12\n1,S1,LOG,,,,Fever,,No,11\n", head=head)
    assert rows_of(export.forms["ae"], "_ROW") == [(1,), (2,)]


def test_a_form_that_does_not_repeat_has_one_record_an_event(read: Callable[..., Export], rows_of: Rows) -> None:
    export = read("1,S1,M1,1,,,Fever,,\n1,S1,M1,2,,,Fever,,\n1,S1,M1,1,,,Cough,,\n", repeating=False)
    assert rows_of(export.forms["ae"], "_ROW", "_EVENT_REPEAT") == [(2, "2")]
    assert rows_of(export.findings, "rule", "row") == [("RAW.KEY_COLLISION", "1"), ("RAW.KEY_COLLISION", "3")]


def test_messages_hold_no_values(read: Callable[..., Export]) -> None:
    export = read(
        "SECRET,S1,LOG,,1,1,SECRET,,\n1,S1,LOG,,1,1,SECRET,,\n1,S1,LOG,,1,1,other,,\n,S1,LOG,,1,1,SECRET,,\n",
        dm=ENROLLED + "2,S1,SCR,1,1,1,SECRET,\n",
    )
    assert set(export.findings["severity"]) == {"error"}
    assert not export.findings["message"].str.contains("SECRET").any()


def test_the_findings_hold_with_odm_too(
    contract: Callable[..., RawContract], write_records: Callable[..., Path], rows_of: Rows
) -> None:
    group = '<ItemGroupData ItemGroupOID="IG.DM"><ItemData ItemOID="I.DM.AGE" Value="57"/></ItemGroupData>'
    subject = (
        f'<SubjectData {{}}><StudyEventData StudyEventOID="SCR"><FormData FormOID="F.DM">{group}</FormData>'
        "</StudyEventData></SubjectData>"
    )
    path = write_records(subject.format('SubjectKey="1"'), subject.format(""), subject.format('SubjectKey="1"'))
    export = read_export(path, contract())
    assert rows_of(export.forms["dm"], "_ROW", "_SUBJECT") == [(1, "1")]
    assert rows_of(export.findings, "rule", "row") == [("RAW.NOSUBJECT", "2"), ("RAW.DUPLICATE_RECORD", "3")]
