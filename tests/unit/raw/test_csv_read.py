"""Folders of CSV files: values, keys, provenance, encodings, what is left aside."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from clinical import provenance
from raw import read_export
from specs.model.raw import RawContract

Contract = Callable[..., RawContract]
Write = Callable[..., Path]
Rows = Callable[..., list[tuple[Any, ...]]]

DM_HEAD = "SUBJID,SITEID,EVENT,EVENTSEQ,FORMSEQ,LINE,AGE,SEX\n"
ONE = "1,S1,SCR,1,1,1,"


@pytest.fixture(autouse=True)
def _export_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1772346600")


def test_values_are_the_texts_of_the_file(contract: Contract, write_folder: Write, rows_of: Rows) -> None:
    export = read_export(write_folder(), contract())
    assert rows_of(export.forms["dm"], "AGE", "SEX") == [("057", "Male"), (None, "NA")]
    assert rows_of(export.forms["ae"], "AETERM", "AESTDAT", "AESER") == [
        ("Fever, <39", "03-MAR-2026", "No"),
        (" Nausea ", None, None),
    ]
    assert export.findings.empty


def test_each_record_says_where_it_stands(contract: Contract, write_folder: Write, rows_of: Rows) -> None:
    export = read_export(write_folder(), contract())
    assert rows_of(export.forms["ae"], *provenance.COLUMNS) == [
        ("ae.csv", "ae", 1, "31", "0101-001", "0101", "LOG", None, "1", "1"),
        ("ae.csv", "ae", 2, "31", "0101-001", "0101", "LOG", None, "1", "2"),
    ]


@pytest.mark.parametrize("value", ["NA", "0012", "1e5", "TRUE", "null", "nan", "-", ".", "1.0", "03/04/05", "N/A"])
def test_nothing_is_taken_for_anything_but_text(
    contract: Contract, write_folder: Write, rows_of: Rows, value: str
) -> None:
    rows = f'{ONE}{value},"{value}"\n'
    export = read_export(write_folder(dm=DM_HEAD + rows, ae=None), optional_ae(contract))
    assert rows_of(export.forms["dm"], "AGE", "SEX") == [(value, value)]


def optional_ae(contract: Contract, **changes: Any) -> RawContract:
    return contract(forms={"ae": {"optional": True}}, **changes)


def test_declared_missing_texts_are_missing(contract: Contract, write_folder: Write, rows_of: Rows) -> None:
    wanted = optional_ae(contract, export={"csv": {"missing": ["NA", "."]}})
    export = read_export(write_folder(dm=f"{DM_HEAD}{ONE}NA,.\n2,S1,SCR,1,1,1,N/A,..\n", ae=None), wanted)
    assert rows_of(export.forms["dm"], "AGE", "SEX") == [(None, None), ("N/A", "..")]


def test_empty_and_blank_cells_are_missing_and_outer_blanks_stay(
    contract: Contract, write_folder: Write, rows_of: Rows
) -> None:
    rows = f'{ONE},""\n2,S1,SCR,1,1,1," \t",\u3000\u00a0\n3,S1,SCR,1,1,1, 57 ,"\tMale"\n'
    export = read_export(write_folder(dm=DM_HEAD + rows, ae=None), optional_ae(contract))
    assert rows_of(export.forms["dm"], "AGE", "SEX") == [(None, None), (None, None), (" 57 ", "\tMale")]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_quoted_fields_hold_delimiters_quotes_and_line_ends(
    contract: Contract, write_folder: Write, rows_of: Rows, end: str
) -> None:
    rows = [DM_HEAD.strip(), f'{ONE}"5,7","say ""hm"""', '2,S1,SCR,1,1,1,"first\nsecond","a\r\nb"', "", ""]
    export = read_export(write_folder(dm=end.join(rows).encode(), ae=None), optional_ae(contract))
    assert rows_of(export.forms["dm"], "_ROW", "AGE", "SEX") == [
        (1, "5,7", 'say "hm"'),
        (2, "first\nsecond", "a\r\nb"),
    ]


@pytest.mark.parametrize("declared", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_utf8_may_have_a_byte_order_mark(
    contract: Contract, write_folder: Write, rows_of: Rows, declared: str, mark: bytes
) -> None:
    data = mark + f"{DM_HEAD}{ONE}57,男\n".encode()
    wanted = optional_ae(contract, export={"csv": {"encoding": declared}})
    assert rows_of(read_export(write_folder(dm=data, ae=None), wanted).forms["dm"], "SEX") == [("男",)]


def test_gb18030_with_chinese_names_and_values(contract: Contract, write_folder: Write, rows_of: Rows) -> None:
    head = "受试者编号,中心,访视名称,不良事件名称,开始日期,严重\n"
    rows = "０１０１-001,0101,筛选期,发热（38℃）,2023年6月UK日,否\n0101-001 ,0101,筛选期,\U00020000,2023-06,是\n"
    identity = {"subject": "受试者编号", "site": "中心", "event": "访视名称"}
    columns = {
        "AETERM": {"label": "Term", "source": "不良事件名称"},
        "AESTDAT": {"label": "Start", "source": "开始日期"},
        "AESER": {"label": "Serious", "source": "严重"},
    }
    wanted = RawContract.model_validate(
        {
            "export": {"csv": {"encoding": "gb18030"}},
            "identity": identity,
            "subjects": "dm",
            "forms": {
                "dm": {"label": "Demographics", "file": "人口学.csv", "columns": {"SEX": "Sex"}},
                "ae": {"label": "Events", "file": "不良事件.csv", "repeating": True, "columns": columns},
            },
        }
    )
    files = {
        "人口学.csv": "受试者编号,中心,访视名称,SEX\n0101-001,0101,筛选期,女\n".encode("gb18030"),
        "不良事件.csv": (head + rows).encode("gb18030"),
    }
    export = read_export(write_folder(dm=None, ae=None, **files), wanted)
    assert rows_of(export.forms["ae"], "_SUBJECT", "_EVENT", "AETERM", "AESTDAT", "AESER") == [
        ("0101-001", "筛选期", "发热（38℃）", "2023年6月UK日", "否"),
        ("0101-001", "筛选期", "\U00020000", "2023-06", "是"),
    ]
    assert rows_of(export.forms["dm"], "SEX", "_FILE") == [("女", "人口学.csv")]
    assert rows_of(export.findings, "rule", "severity", "form") == [("RAW.KEY_TIDIED", "note", "ae")]
    assert "2 records" in export.findings["message"][0]


def test_a_delimiter_may_be_declared(contract: Contract, write_folder: Write, rows_of: Rows) -> None:
    wanted = optional_ae(contract, export={"csv": {"delimiter": "\t"}})
    data = (DM_HEAD + ONE).replace(",", "\t") + '"5,7"\tMale\n'
    assert rows_of(read_export(write_folder(dm=data, ae=None), wanted).forms["dm"], "AGE", "SEX") == [("5,7", "Male")]


def test_columns_by_source_in_any_order_and_others_noted(
    contract: Contract, write_folder: Write, rows_of: Rows
) -> None:
    columns = {"AGE": {"label": "Age", "source": "IT.AGE"}, "SEX": "Sex", "RACE": {"label": "Race", "optional": True}}
    head = "STUDY,SEX,IT.AGE,LINE,EVENT,SITEID,SUBJID,SEX_STD\n"
    wanted = contract(forms={"dm": {"columns": columns}, "ae": {"optional": True}})
    export = read_export(write_folder(dm=head + "X,Male,57,1,SCR,S1,1,M\n", ae=None), wanted)
    assert rows_of(export.forms["dm"], "AGE", "SEX", "RACE", "_SUBJECT", "_EVENT", "_FORM_REPEAT") == [
        ("57", "Male", None, "1", "SCR", None)
    ]
    [note] = export.findings[export.findings["rule"] == "RAW.UNKNOWN_COLUMN"].to_dict("records")
    assert (note["severity"], note["form"]) == ("note", "dm")
    assert "dm.csv: 2 columns that raw.yaml does not know (STUDY, SEX_STD)" in note["message"]


def test_a_header_without_records_is_an_empty_table(contract: Contract, write_folder: Write) -> None:
    export = read_export(write_folder(dm=DM_HEAD, ae=None), optional_ae(contract))
    assert list(export.forms["dm"].columns) == ["AGE", "SEX", *provenance.COLUMNS]
    assert len(export.forms["dm"]) == 0
    assert {str(kind) for kind in export.forms["dm"].dtypes} == {"str", "int64"}


def test_an_optional_form_without_a_file_is_an_empty_table(contract: Contract, write_folder: Write) -> None:
    export = read_export(write_folder(ae=None), optional_ae(contract))
    assert list(export.forms["ae"].columns) == ["AETERM", "AESTDAT", "AESER", *provenance.COLUMNS]
    assert list(export.findings["rule"]) == ["RAW.NO_FORM"]


def test_inputs_have_digest_size_and_records(contract: Contract, write_folder: Write) -> None:
    folder = write_folder()
    export = read_export(folder, contract())
    assert list(export.inputs) == ["ae.csv", "dm.csv"]
    data = (folder / "ae.csv").read_bytes()
    assert export.inputs["ae.csv"] == {"sha256": sha256(data).hexdigest(), "bytes": len(data), "rows": 2}
    assert export.metadata == {"format": "CSV", "encoding": "utf-8", "delimiter": ","}


def test_an_open_last_line_and_unknown_files_are_noted(contract: Contract, write_folder: Write, rows_of: Rows) -> None:
    folder = write_folder(dm=DM_HEAD + ONE + "57,Male", ae=None, qs="A,B\n", **{"README.txt": "x"})
    found = read_export(folder, optional_ae(contract)).findings
    assert rows_of(found, "rule", "severity", "form") == [
        ("RAW.NO_FORM", "note", "ae"),
        ("RAW.LAST_LINE_OPEN", "note", "dm"),
        ("RAW.UNKNOWN_FILE", "note", ""),
    ]
    assert "(qs.csv)" in found["message"][2]


def test_two_forms_may_share_a_file(contract: Contract, write_folder: Write, rows_of: Rows) -> None:
    data = DM_HEAD.strip() + f",WEIGHT\n{ONE}57,Male,80\n"
    vs = {"file": "dm.csv", "columns": {"WEIGHT": "Weight"}}
    export = read_export(write_folder(dm=data, ae=None), contract(forms={"vs": vs, "ae": {"optional": True}}))
    assert rows_of(export.forms["vs"], "WEIGHT", "_FORM", "_FILE") == [("80", "vs", "dm.csv")]
    assert list(export.findings["rule"]) == ["RAW.NO_FORM"]


def test_records_of_many_chunks_stay_whole(
    contract: Contract, write_folder: Write, rows_of: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("raw.frames.Columns.CHUNK", 2)
    monkeypatch.setattr("raw.encoding.BLOCK", 16)
    rows = "".join(f"{number},S1,SCR,1,1,1,{number},男\n" for number in range(1, 6))
    export = read_export(write_folder(dm=DM_HEAD + rows, ae=None), optional_ae(contract))
    assert rows_of(export.forms["dm"], "_ROW", "_SUBJECT", "AGE", "SEX") == [
        (number, str(number), str(number), "男") for number in range(1, 6)
    ]


PILOT = Path(__file__).resolve().parents[4] / "shared" / "data" / "pharmaverseraw"


@pytest.mark.skipif(not PILOT.is_dir(), reason="the pilot's raw tables are not beside the repository")
def test_the_tables_of_the_pilot_are_read_as_they_are() -> None:
    columns = {"AETERM": {"label": "Term", "source": "IT.AETERM"}, "AESTDAT": {"label": "x", "source": "IT.AESTDAT"}}
    wanted = RawContract.model_validate(
        {
            "identity": {"subject": "PATNUM"},
            "subjects": "dm",
            "forms": {
                "dm": {"label": "DM", "file": "dm_raw.csv", "columns": {"SEX": {"label": "x", "source": "IT.SEX"}}},
                "ae": {"label": "AE", "file": "ae_raw.csv", "repeating": True, "duplicates": "all", "columns": columns}
                | {"identity": {"event": "FOLDER"}},
            },
        }
    )
    export = read_export(PILOT, wanted)
    plain = pd.read_csv(PILOT / "ae_raw.csv", dtype="str", keep_default_na=False, na_values=[""])
    assert len(export.forms["dm"]) == 306
    assert len(export.forms["ae"]) == 1191
    for ours, theirs in {"AETERM": "IT.AETERM", "AESTDAT": "IT.AESTDAT", "_SUBJECT": "PATNUM"}.items():
        assert export.forms["ae"][ours].fillna("").tolist() == plain[theirs].fillna("").tolist()
    assert list(export.findings.query("severity != 'note'")["rule"]) == ["RAW.DUPLICATE_RECORD"]
