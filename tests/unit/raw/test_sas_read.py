"""SAS files: SAS7BDAT, transport files of version 5 and 8; numbers, dates, encodings, files that are cut short."""

from __future__ import annotations

import gzip
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat
import pytest

from clinical import provenance
from clinical.errors import RawDataError
from raw import Export, read_export
from raw.texts_of_values import number_text
from specs.model.raw import RawContract

Contract = Callable[..., RawContract]
Rows = Callable[..., list[tuple[Any, ...]]]
Read = Callable[..., Export]

DATA = Path(__file__).parent / "data"

KEYS = {"SUBJID": ["0101-001", "0101-001"], "SITEID": ["0101", "0101"], "EVENT": ["LOG", "LOG"], "LINE": [1.0, 2.0]}
DM = {"SUBJID": ["0101-001"], "SITEID": ["0101"], "EVENT": ["SCR"], "AGE": [57.0], "SEX": ["Male"]}
AE = KEYS | {"AETERM": ["Fever", " Rash"], "AESTDAT": ["03-MAR-2026", ""], "AESER": ["No", None]}


def write(path: Path, columns: dict[str, list[Any]], *, version: int = 5, **formats: str) -> Path:
    frame = pd.DataFrame(columns)
    pyreadstat.write_xport(frame, str(path), file_format_version=version, table_name="X", variable_format=formats)
    return path


@pytest.fixture
def read(contract: Contract, tmp_path: Path) -> Read:
    """Return a reader of a folder of transport files; `sas` says what raw.yaml has of SAS."""

    def make(ae: dict[str, Any] = AE, *, sas: Any = None, version: int = 5, **formats: str) -> Export:
        write(tmp_path / "dm.xpt", DM)
        write(tmp_path / "ae.xpt", ae, version=version, **formats)
        return read_export(tmp_path, contract(export={"formats": {"sas": sas or {}}}))

    return make


def refusal(path: Path, contract: RawContract) -> str:
    with pytest.raises(RawDataError) as caught:
        read_export(path, contract)
    return str(caught.value)


@pytest.mark.parametrize("version", [5, 8])
def test_transport_files_are_read(read: Read, rows_of: Rows, version: int) -> None:
    export = read(version=version)
    assert rows_of(export.forms["dm"], "AGE", "SEX") == [("57", "Male")]
    assert rows_of(export.forms["ae"], "AETERM", "AESTDAT", "AESER") == [
        ("Fever", "03-MAR-2026", "No"),
        (" Rash", None, None),
    ]
    assert rows_of(export.forms["ae"], *provenance.COLUMNS)[1] == (
        *("ae.xpt", "ae", 2, "31", "0101-001", "0101", "LOG", None, None, "2"),
    )
    assert export.findings.empty
    assert export.metadata == {"format": "SAS"}


def test_a_file_that_sas_wrote_is_read(contract: Contract, tmp_path: Path, rows_of: Rows) -> None:
    (tmp_path / "file1.sas7bdat").write_bytes(gzip.decompress((DATA / "file1.sas7bdat.gz").read_bytes()))
    forms = {
        "file1": {
            "label": "File 1",
            "identity": {"subject": "INTEGER_ROW"},
            "columns": {"TEXT": {"label": "Text", "source": "text_row"}, "float_row": "Number", "date_row": "Date"},
        }
    }
    wanted = RawContract.model_validate({"subjects": "file1", "forms": forms})
    export = read_export(tmp_path, wanted)
    frame = export.forms["file1"]
    assert rows_of(frame, "_SUBJECT", "float_row", "date_row") == [
        ("1", "2.5", "2018-01-02"),
        ("2", "17.23", "2018-02-05"),
        ("3", "3.21", "2017-11-21"),
        ("4", "100.9", "2016-05-19"),
        ("5", "98.6", "1999-10-25"),
    ]
    assert list(frame["TEXT"].str[:14]) == ["Some text", "Some more text", "Lorem ipsum do", "Text", "Test"]
    assert export.snapshot == datetime(2018, 5, 25, 13, 53, 43, tzinfo=UTC)
    assert export.inputs["file1.sas7bdat"] | {"sha256": ""} == {"sha256": "", "bytes": 131072, "rows": 5}


@pytest.mark.parametrize("size", [131071, 65536, 1000, 0])
def test_a_sas7bdat_file_that_is_cut_short_is_refused(contract: Contract, tmp_path: Path, size: int) -> None:
    (tmp_path / "dm.sas7bdat").write_bytes(gzip.decompress((DATA / "file1.sas7bdat.gz").read_bytes())[:size])
    message = refusal(tmp_path, contract(forms={"ae": {"optional": True}}))
    assert "dm.sas7bdat: the SAS file is damaged, cut short or none" in message


def test_numbers_are_written_in_the_shortest_way(read: Read, rows_of: Rows) -> None:
    numbers = {"AETERM": [10.0, 0.1], "AESTDAT": [-2.50, 17.23], "AESER": [np.nan, 1e-7]}
    assert rows_of(read(KEYS | numbers).forms["ae"], *numbers) == [("10", "-2.5", None), ("0.1", "17.23", "1e-07")]
    assert [number_text(value) for value in (-0.0, 1e15, 123456789012345680.0, 1 / 3)] == [
        *("0", "1000000000000000", "1.2345678901234568e+17", "0.3333333333333333"),
    ]


@pytest.mark.parametrize(
    ("style", "expected"),
    [
        ("iso", [("2026-03-03", "2026-03-03T14:05", "14:05:09"), (None, "2026-03-04T00:00", "00:00")]),
        ("dd-mon-yyyy", [("03-MAR-2026", "03-MAR-2026 14:05", "14:05:09"), (None, "04-MAR-2026 00:00", "00:00")]),
    ],
)
def test_numbers_with_date_formats_are_dates(read: Read, rows_of: Rows, style: str, expected: list[Any]) -> None:
    day = (datetime(2026, 3, 3) - datetime(1960, 1, 1)).days
    seconds = day * 86400.0
    values = {"AETERM": [day, np.nan], "AESTDAT": [seconds + 50700, seconds + 86400], "AESER": [50709.0, 0.0]}
    formats = {"AETERM": "YYMMDD10.", "AESTDAT": "DATETIME20.", "AESER": "TIME8."}
    assert rows_of(read(KEYS | values, sas={"dates": style}, **formats).forms["ae"], *values) == expected


def test_a_format_that_shows_a_part_of_a_date_is_refused(read: Read) -> None:
    with pytest.raises(RawDataError, match=r"ae\.xpt: variable 'AESTDAT': its format MONYY7? shows a part of a date"):
        read(AE | {"AESTDAT": [24168.0, np.nan]}, AESTDAT="MONYY7.")


def test_a_format_of_the_studys_own_leaves_the_code(read: Read, rows_of: Rows) -> None:
    assert rows_of(read(AE | {"AESER": [1.0, 2.0]}, AESER="YESNO3.").forms["ae"], "AESER") == [("1",), ("2",)]


def test_names_may_differ_in_capitals(read: Read, rows_of: Rows) -> None:
    frame = read({name.lower(): values for name, values in AE.items()}).forms["ae"]
    assert rows_of(frame, "AETERM", "_SITE") == [("Fever", "0101"), (" Rash", "0101")]


def test_the_header_states_the_time(read: Read, tmp_path: Path) -> None:
    read()
    for name, stamp in {"dm.xpt": b"01MAR26:06:30:00", "ae.xpt": b"28FEB26:23:00:00"}.items():
        data = bytearray((tmp_path / name).read_bytes())
        for at in (144, 160, 464, 480):
            data[at : at + 16] = stamp
        (tmp_path / name).write_bytes(bytes(data))
    forms = {"dm": {"label": "DM", "identity": {"subject": "SUBJID"}, "columns": {"SEX": "Sex"}}}
    forms["ae"] = {"label": "AE", "identity": {"subject": "SUBJID"}, "columns": {"AETERM": "Term"}}
    export = read_export(tmp_path, RawContract.model_validate({"subjects": "dm", "forms": forms}))
    assert export.snapshot == datetime(2026, 3, 1, 6, 30, tzinfo=UTC)


def test_an_encoding_is_declared_and_not_guessed(contract: Contract, tmp_path: Path, rows_of: Rows) -> None:
    write(tmp_path / "dm.xpt", DM)
    path = write(tmp_path / "ae.xpt", AE | {"AETERM": ["é", "Rash"]})
    path.write_bytes(path.read_bytes().replace("é".encode(), b"\xe9 "))
    assert "ae.xpt: bytes that are not utf-8. Declare the encoding" in refusal(tmp_path, contract())
    declared = {"formats": {"sas": {"encoding": "windows-1252"}}}
    frame = read_export(tmp_path, contract(export=declared)).forms["ae"]
    assert rows_of(frame, "AETERM") == [("é",), ("Rash",)]


@pytest.mark.parametrize("version", [5, 8])
@pytest.mark.parametrize("cut", [80, 800, 1])
def test_a_transport_file_that_is_cut_short_is_refused(
    read: Read, contract: Contract, tmp_path: Path, version: int, cut: int
) -> None:
    wide = {name: values * 20 for name, values in AE.items()} | {"AETERM": ["x" * 150] * 40}
    read(wide | {"LINE": [float(line) for line in range(40)]}, version=version)
    path = tmp_path / "ae.xpt"
    path.write_bytes(path.read_bytes()[:-cut])
    message = refusal(tmp_path, contract())
    assert "ae.xpt: the transport file is cut short" in message or "ae.xpt: this is no whole transport file" in message


def test_a_file_of_two_data_sets_is_refused(read: Read, contract: Contract, tmp_path: Path) -> None:
    read()
    path = tmp_path / "ae.xpt"
    data = path.read_bytes()
    path.write_bytes(data + data[240:])
    assert "ae.xpt: the transport file holds 2 data sets, expected one" in refusal(tmp_path, contract())


def test_missing_files_and_variables_are_named(read: Read, contract: Contract, tmp_path: Path) -> None:
    read()
    (tmp_path / "ae.xpt").rename(tmp_path / "aes.xpt")
    message = refusal(tmp_path, contract())
    assert "file 'ae.sas7bdat' or 'ae.xpt' is missing; form 'ae' needs it. Did you mean 'aes'?" in message
    write(tmp_path / "ae.xpt", {name: values for name, values in AE.items() if name != "AETERM"})
    message = refusal(tmp_path, contract())
    assert "ae.xpt: column 'AETERM' is missing; form 'ae' needs it." in message


def test_one_form_in_two_files_is_refused(read: Read, contract: Contract, tmp_path: Path) -> None:
    read()
    (tmp_path / "AE.sas7bdat").write_bytes(b"")
    assert "several files are named 'ae' (AE.sas7bdat, ae.xpt)" in refusal(tmp_path, contract())


def test_sas_files_in_a_zip_are_read(read: Read, contract: Contract, tmp_path: Path, rows_of: Rows) -> None:
    plain = read()
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as archive:
        for name in ("dm.xpt", "ae.xpt"):
            archive.write(tmp_path / name, f"out/{name}")
    packed = read_export(tmp_path / "export.zip", contract())
    pd.testing.assert_frame_equal(packed.forms["ae"].drop(columns="_FILE"), plain.forms["ae"].drop(columns="_FILE"))


def test_sas_and_csv_of_one_form_are_refused_unless_one_is_named(
    read: Read, contract: Contract, tmp_path: Path, write_folder: Callable[..., Path]
) -> None:
    read()
    for name in ("dm.csv", "ae.csv"):
        (tmp_path / name).write_bytes((write_folder() / name).read_bytes())
    message = refusal(tmp_path, contract())
    assert "there are SAS files (ae.xpt, dm.xpt) and CSV files (dm.csv, ae.csv) of the same forms" in message
    assert read_export(tmp_path, contract(), format_name="csv").metadata["format"] == "CSV"
    assert read_export(tmp_path, contract(export={"format": "sas"})).metadata["format"] == "SAS"
