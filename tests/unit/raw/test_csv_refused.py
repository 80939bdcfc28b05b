"""CSV that cannot be read: each message says where, what was found and expected, and what to do; never a value."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clinical.errors import RawDataError, UsageError
from raw import read_export
from specs.model.raw import RawContract

Contract = Callable[..., RawContract]
Write = Callable[..., Path]

DM_HEAD = "SUBJID,SITEID,EVENT,EVENTSEQ,FORMSEQ,LINE,AGE,SEX\n"
ONE = "SECRET,S1,SCR,1,1,1,57,Male\n"


def refusal(path: Path, contract: RawContract) -> str:
    with pytest.raises(RawDataError) as caught:
        read_export(path, contract)
    message = str(caught.value)
    assert "SECRET" not in message
    return message


@pytest.fixture
def refused(contract: Contract, write_folder: Write) -> Callable[..., str]:
    """Return a reader of a folder whose dm.csv is the given one, which gives the message of the refusal."""

    def reader(dm: str | bytes | None, **csv: Any) -> str:
        wanted = contract(forms={"ae": {"optional": True}}, export={"csv": csv})
        return refusal(write_folder(dm=dm, ae=None), wanted)

    return reader


def test_bytes_of_another_encoding_name_line_and_offset(refused: Callable[..., str]) -> None:
    message = refused((DM_HEAD + ONE).encode() + b"1,S1,SCR,1,1,1,57,\xff\xfe\n")
    place = len(DM_HEAD) + len(ONE) + 18
    assert f"export/dm.csv: line 3, byte {place}: bytes that are not utf-8." in message
    assert "Declare the file's encoding in raw.yaml" in message


def test_gb18030_declared_as_utf8_says_so(refused: Callable[..., str]) -> None:
    message = refused((DM_HEAD + ONE.replace("Male", "男性")).encode("gb18030"))
    assert "line 2, byte 73: bytes that are not utf-8." in message
    assert "declare `export.csv.encoding: gb18030`" in message


def test_utf8_declared_as_gb18030_says_so(refused: Callable[..., str]) -> None:
    message = refused((DM_HEAD + ONE.replace("Male", "严重")).encode(), encoding="gb18030")
    assert "declared gb18030 and is UTF-8" in message


def test_utf8_that_gb18030_cannot_hold_says_so(refused: Callable[..., str]) -> None:
    message = refused((DM_HEAD + ONE.replace("Male", "男")).encode(), encoding="gb18030")
    assert "bytes that are not gb18030" in message
    assert "declare `export.csv.encoding: utf-8`" in message


def test_a_utf8_mark_in_a_file_declared_gb18030_is_an_error(refused: Callable[..., str]) -> None:
    message = refused(b"\xef\xbb\xbf" + (DM_HEAD + ONE).encode(), encoding="gb18030")
    assert "declared gb18030 and starts with the byte order mark of UTF-8" in message


def test_two_characters_that_are_valid_in_both_encodings_are_believed(contract: Contract, write_folder: Write) -> None:
    data = (DM_HEAD + ONE.replace("Male", "女")).encode("gb18030")
    assert data.decode("utf-8")
    wanted = contract(forms={"ae": {"optional": True}}, export={"csv": {"encoding": "gb18030"}})
    assert list(read_export(write_folder(dm=data, ae=None), wanted).forms["dm"]["SEX"]) == ["女"]


def test_ascii_is_held_to(refused: Callable[..., str]) -> None:
    message = refused((DM_HEAD + ONE.replace("Male", "Mâle")).encode(), encoding="ascii")
    assert "bytes that are not ascii" in message


def test_utf16_is_named(refused: Callable[..., str]) -> None:
    assert "byte order mark of UTF-16" in refused((DM_HEAD + ONE).encode("utf-16"))


def test_a_nul_byte_is_refused(refused: Callable[..., str]) -> None:
    message = refused((DM_HEAD + ONE + ONE.replace("57", "5\0")).encode())
    assert f"line 3, byte {len(DM_HEAD) + len(ONE) + 21}: a NUL byte" in message


def test_an_empty_file_is_refused(refused: Callable[..., str]) -> None:
    assert "export/dm.csv: the file is empty" in refused("")


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (ONE + "1,S1,SCR,1,1,1\n", "line 3: too few fields (found 6, expected 8 as in the header)"),
        (ONE + "1,S1,SC", "line 3: too few fields (found 3, expected 8 as in the header)"),
        (ONE + "1,S1,SCR,1,1,1,57,Male,and more\n", "line 3: too many fields (found 9, expected 8 as in the header)"),
        ('1,S1,SCR,1,1,1,57,"a\nb"\n\n1,S1\n', "line 5: too few fields"),
    ],
)
def test_records_as_long_as_the_header_or_refused(refused: Callable[..., str], rows: str, says: str) -> None:
    assert f"export/dm.csv: {says}" in refused(DM_HEAD + rows)


def test_a_quote_that_never_closes_is_refused(refused: Callable[..., str]) -> None:
    message = refused(DM_HEAD + ONE + 'SECRET,S1,SCR,1,1,1,57,"Ma\nSECRET\n')
    assert "export/dm.csv: lines 3 to 4: a quoted field is never closed" in message


def test_a_quote_that_swallows_the_rest_of_a_long_file_is_refused(refused: Callable[..., str]) -> None:
    message = refused(DM_HEAD + '1,S1,SCR,1,1,1,57,"Male\n' + ONE * 6000)
    assert "lines 2 to" in message
    assert "a quoted field is never closed" in message


def test_text_after_a_closing_quote_is_refused(refused: Callable[..., str]) -> None:
    message = refused(DM_HEAD + ONE + '1,S1,SCR,1,1,1,57,"SECRET" said\n')
    assert "line 3: text follows a closing quote" in message


@pytest.mark.parametrize(
    ("delimiter", "text", "says"),
    [
        (",", DM_HEAD.replace(",", ";"), "separated by semicolon, not by the declared comma"),
        (",", DM_HEAD.replace(",", "\t"), "separated by tab, not by the declared comma"),
        ("|", DM_HEAD, "separated by comma, not by the declared bar"),
    ],
)
def test_another_delimiter_is_named(refused: Callable[..., str], delimiter: str, text: str, says: str) -> None:
    message = refused(text, delimiter=delimiter)
    assert f"export/dm.csv: line 1: the fields are {says}" in message
    assert "`export.csv.delimiter`" in message


def test_a_delimiter_is_one_character(refused: Callable[..., str]) -> None:
    assert "must be one character" in refused(DM_HEAD, delimiter="||")


def test_a_column_name_twice_is_refused(refused: Callable[..., str]) -> None:
    message = refused(DM_HEAD.replace("LINE", "AGE"))
    assert "line 1: column names stand more than once (AGE)" in message


def test_missing_columns_are_named_together(refused: Callable[..., str]) -> None:
    message = refused("SUBJID,SITEID,EVENT,AGES,GENDER\n")
    assert "export/dm.csv: column 'AGE' is missing; form 'dm' needs it. Did you mean 'AGES'?" in message
    assert "Columns present: SUBJID, SITEID, EVENT, AGES, GENDER. Fix the export or raw.yaml." in message
    assert "column 'SEX' is missing" in message


@pytest.mark.parametrize("column", ["SUBJID", "SITEID", "EVENT"])
def test_the_columns_that_name_subject_site_and_event_are_needed(refused: Callable[..., str], column: str) -> None:
    assert f"column '{column}' is missing; form 'dm' needs it." in refused(DM_HEAD.replace(column, "X") + ONE)


def test_an_empty_name_says_that_a_form_has_no_such_column(contract: Contract, write_folder: Write) -> None:
    wanted = contract(forms={"dm": {"identity": {"event": "", "site": ""}}, "ae": {"optional": True}})
    frame = read_export(write_folder(dm="SUBJID,AGE,SEX\n1,57,Male\n", ae=None), wanted).forms["dm"]
    assert frame["_EVENT"].isna().all()
    assert frame["_SITE"].isna().all()


def test_a_key_that_the_form_itself_names_is_needed(contract: Contract, write_folder: Write) -> None:
    wanted = contract(forms={"dm": {"identity": {"event_repeat": "SEQ"}}, "ae": {"optional": True}})
    assert "column 'SEQ' is missing; form 'dm' needs it." in refusal(write_folder(ae=None), wanted)


def test_a_repeating_form_needs_a_repeat_number_if_the_contract_names_one(
    contract: Contract, write_folder: Write
) -> None:
    message = refusal(write_folder(ae="SUBJID,SITEID,EVENT,AETERM,AESTDAT,AESER\n"), contract())
    assert "column 'FORMSEQ' is missing; form 'ae' needs it." in message
    assert "column 'LINE' is missing; form 'ae' needs it." in message


def test_a_contract_without_a_subject_column_is_refused(contract: Contract, write_folder: Write) -> None:
    message = refusal(write_folder(ae=None), contract(identity={}, forms={"ae": {"optional": True}}))
    assert "form 'dm' has no subject column" in message


def test_a_missing_file_is_named_with_those_present(contract: Contract, write_folder: Write) -> None:
    message = refusal(write_folder(ae=None, aes="A\n"), contract())
    assert "export: file 'ae.csv' is missing; form 'ae' needs it. Did you mean 'aes.csv'?" in message
    assert "Files present: aes.csv, dm.csv." in message


def test_everything_wrong_is_said_at_once(contract: Contract, write_folder: Write) -> None:
    message = refusal(write_folder(dm=DM_HEAD + "1,2\n", ae="X\n"), contract())
    assert len(message.splitlines()) == 9
    assert "export/dm.csv: line 2: too few fields" in message
    assert "export/ae.csv: column 'AETERM' is missing" in message


@pytest.mark.parametrize("name", ["nothing.xml", "nothing"])
def test_an_export_that_is_not_there_is_refused(contract: Contract, tmp_path: Path, name: str) -> None:
    assert f"{name}: the export is not there" in refusal(tmp_path / name, contract())


def test_a_file_of_no_known_kind_is_refused(contract: Contract, tmp_path: Path) -> None:
    path = tmp_path / "dm.csv"
    path.write_text(DM_HEAD)
    message = refusal(path, contract())
    assert "dm.csv: this is no export that can be read (expected a folder of CSV files, an ODM-XML file" in message


def test_a_form_asked_for_must_be_in_the_contract(contract: Contract, write_folder: Write) -> None:
    with pytest.raises(UsageError, match=r"form 'a' is not in raw\.yaml"):
        read_export(write_folder(), contract(), only=["a"])


def test_a_key_column_must_be_in_the_form(contract: Contract, write_folder: Write) -> None:
    message = refusal(write_folder(), contract(forms={"ae": {"key": ["AETERMS"]}}))
    assert "forms.ae.key: there is no column 'AETERMS'. Did you mean 'AETERM'?" in message
