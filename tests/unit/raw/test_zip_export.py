"""Zips of CSV files or of one ODM file; and zips that are refused."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from clinical.errors import RawDataError
from raw import read_export
from specs.model.raw import RawContract

Contract = Callable[..., RawContract]
Write = Callable[..., Path]
Zip = Callable[..., Path]
Time = tuple[int, int, int, int, int, int]


@pytest.fixture
def zipped(tmp_path: Path) -> Zip:
    """Return a writer of a zip of named contents, each with the given time."""

    def write(files: dict[str, bytes], time: Time = (2026, 3, 1, 6, 30, 0)) -> Path:
        path = tmp_path / "export.zip"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in files.items():
                archive.writestr(zipfile.ZipInfo(name, time), content, zipfile.ZIP_DEFLATED)
        return path

    return write


def files_of(folder: Path, prefix: str = "") -> dict[str, bytes]:
    """Return the contents of a folder's files by name."""
    return {prefix + path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def refusal(path: Path, contract: RawContract) -> str:
    with pytest.raises(RawDataError) as caught:
        read_export(path, contract)
    return str(caught.value)


def test_a_zip_of_csv_gives_what_its_folder_gives(contract: Contract, write_folder: Write, zipped: Zip) -> None:
    folder = write_folder()
    plain, packed = read_export(folder, contract()), read_export(zipped(files_of(folder)), contract())
    for form in ("dm", "ae"):
        pd.testing.assert_frame_equal(packed.forms[form], plain.forms[form])
    assert packed.inputs == plain.inputs


def test_files_may_stand_in_a_folder_of_the_zip(contract: Contract, write_folder: Write, zipped: Zip) -> None:
    export = read_export(zipped(files_of(write_folder(), "export/") | {"__MACOSX/export/._dm.csv": b""}), contract())
    assert list(export.inputs) == ["export/ae.csv", "export/dm.csv"]
    assert set(export.forms["dm"]["_FILE"]) == {"export/dm.csv"}


def test_a_file_in_two_folders_is_refused(contract: Contract, write_folder: Write, zipped: Zip) -> None:
    files = files_of(write_folder(), "a/") | {"b/dm.csv": b"x"}
    assert "file 'dm.csv' stands in several places (a/dm.csv, b/dm.csv)" in refusal(zipped(files), contract())


def test_a_zip_of_odm_gives_what_the_file_gives(contract: Contract, write_odm: Write, zipped: Zip) -> None:
    path = write_odm()
    packed = read_export(zipped({"out/export.xml": path.read_bytes()}), contract())
    pd.testing.assert_frame_equal(packed.forms["ae"], read_export(path, contract()).forms["ae"])
    assert packed.inputs["export.xml"]["sha256"] == sha256(path.read_bytes()).hexdigest()


def test_two_odm_files_are_refused(contract: Contract, zipped: Zip) -> None:
    message = refusal(zipped({"a.xml": b"<a/>", "b.xml": b"<b/>"}), contract())
    assert "export.zip: the zip holds 2 XML files (a.xml, b.xml), expected one" in message


def test_damaged_odm_in_a_zip_is_refused(contract: Contract, write_odm: Write, zipped: Zip) -> None:
    data = write_odm().read_bytes()
    assert "export.zip/export.xml: line" in refusal(zipped({"export.xml": data[:-9]}), contract())


@pytest.mark.parametrize(
    "name", ["../dm.csv", "a/../../dm.csv", "/etc/dm.csv", "C:/dm.csv", "..\\dm.csv", "C:\\dm.csv"]
)
def test_paths_that_lead_out_of_the_zip_are_refused(contract: Contract, zipped: Zip, name: str) -> None:
    assert "1 entry of the zip has a path that leads out of it" in refusal(zipped({name: b"x"}), contract())


def test_a_zip_bomb_is_refused(contract: Contract, zipped: Zip) -> None:
    message = refusal(zipped({"dm.csv": b"0" * (33 * 2**20)}), contract())
    assert "would unpack to 34603008 bytes" in message
    assert "zip bomb" in message


def test_a_zip_that_unpacks_to_too_much_is_refused(
    contract: Contract, write_folder: Write, zipped: Zip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("raw.container.MAX_UNPACKED", 100)
    assert "zip bomb" in refusal(zipped(files_of(write_folder())), contract())


def test_a_truncated_zip_is_refused(contract: Contract, write_folder: Write, zipped: Zip) -> None:
    path = zipped(files_of(write_folder()))
    path.write_bytes(path.read_bytes()[:-30])
    assert "export.zip: the zip is damaged, cut short" in refusal(path, contract())


@pytest.mark.parametrize("kind", ["csv", "odm"])
def test_damage_inside_a_zip_is_refused(
    contract: Contract, write_folder: Write, write_odm: Write, zipped: Zip, kind: str
) -> None:
    files = files_of(write_folder()) if kind == "csv" else {"export.xml": write_odm().read_bytes()}
    path = zipped(files)
    data = bytearray(path.read_bytes())
    data[60:70] = b"\0" * 10
    path.write_bytes(bytes(data))
    assert "the zip is damaged" in refusal(path, contract())


def test_an_encrypted_zip_is_refused(contract: Contract, zipped: Zip) -> None:
    path = zipped({"dm.csv": b"x"})
    data = bytearray(path.read_bytes())
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(bytes(data))
    assert "encrypted" in refusal(path, contract())


def test_the_snapshot_is_the_newest_time_in_the_zip(
    contract: Contract, write_folder: Write, zipped: Zip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    export = read_export(zipped(files_of(write_folder())), contract())
    assert export.snapshot == datetime(2026, 3, 1, 6, 30, tzinfo=UTC)
    assert export.findings.empty


def test_a_zip_without_times_takes_source_date_epoch(
    contract: Contract, write_folder: Write, zipped: Zip, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = zipped(files_of(write_folder()), (1980, 1, 1, 0, 0, 0))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1772346600")
    assert read_export(path, contract()).snapshot == datetime(2026, 3, 1, 6, 30, tzinfo=UTC)
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    export = read_export(path, contract())
    assert export.snapshot == datetime(1980, 1, 1, tzinfo=UTC)
    assert list(export.findings["rule"]) == ["RAW.SNAPSHOT_GUESSED"]


def test_chinese_names_in_a_zip_of_windows_are_read(contract: Contract, tmp_path: Path) -> None:
    wanted: dict[str, Any] = {"dm": {"file": "人口学.csv", "identity": {"event": ""}}, "ae": {"optional": True}}
    path = tmp_path / "export.zip"
    data = "SUBJID,SITEID,AGE,SEX\n1,S1,57,女\n".encode("gb18030")
    stand_in = "q" * len("人口学".encode("gb18030")) + ".csv"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(stand_in, data)
    path.write_bytes(path.read_bytes().replace(stand_in.encode(), "人口学.csv".encode("gb18030")))
    export = read_export(path, contract(forms=wanted, export={"csv": {"encoding": "gb18030"}}))
    assert list(export.forms["dm"]["SEX"]) == ["女"]
