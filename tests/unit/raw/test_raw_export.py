"""An export whatever its kind: the same data give the same forms; the snapshot time; nothing is changed."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import pandas as pd
import pytest

from clinical import provenance
from clinical.errors import RawDataError, UsageError
from raw import read_export
from raw.export import READERS
from raw.reading import Reader
from specs.model.raw import RawContract
from specs.model.raw_formats import FormatName

Contract = Callable[..., RawContract]
Write = Callable[..., Path]


def test_odm_and_csv_of_the_same_data_give_the_same_forms(
    contract: Contract, write_odm: Write, write_folder: Write
) -> None:
    odm, csv = read_export(write_odm(), contract()), read_export(write_folder(), contract())
    assert list(odm.forms) == list(csv.forms) == ["dm", "ae"]
    for form in odm.forms:
        pd.testing.assert_frame_equal(
            odm.forms[form].drop(columns=provenance.FILE), csv.forms[form].drop(columns=provenance.FILE)
        )


def test_two_readings_are_equal(contract: Contract, write_folder: Write) -> None:
    folder = write_folder()
    first, second = read_export(folder, contract()), read_export(folder, contract())
    pd.testing.assert_frame_equal(first.forms["ae"], second.forms["ae"])
    pd.testing.assert_frame_equal(first.findings, second.findings)
    assert (first.snapshot, first.inputs, first.metadata) == (second.snapshot, second.inputs, second.metadata)


@pytest.mark.parametrize(
    ("line", "instant"),
    [
        ("2026-03-01T14:30:00+08:00", datetime(2026, 3, 1, 6, 30, tzinfo=UTC)),
        ("2026-03-01T06:30:00Z\r\nnot read", datetime(2026, 3, 1, 6, 30, tzinfo=UTC)),
        ("\ufeff2026-03-01T06:30", datetime(2026, 3, 1, 6, 30, tzinfo=UTC)),
        (" 2026-03-01 ", datetime(2026, 3, 1, tzinfo=UTC)),
    ],
)
def test_the_snapshot_file_comes_first(
    contract: Contract, write_folder: Write, monkeypatch: pytest.MonkeyPatch, line: str, instant: datetime
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    folder = write_folder(**{"snapshot.txt": line})
    export = read_export(folder, contract(export={"csv": {"snapshot_file": "snapshot.txt"}}))
    assert export.snapshot == instant
    assert export.findings.empty


@pytest.mark.parametrize("line", ["", "1 March 2026", "\u4eca\u5929"])
def test_a_snapshot_file_without_a_time_is_refused(contract: Contract, write_folder: Write, line: str) -> None:
    folder = write_folder(**{"snapshot.txt": line})
    with pytest.raises(RawDataError, match=r"export/snapshot\.txt: line 1: the snapshot time is no ISO 8601"):
        read_export(folder, contract(export={"csv": {"snapshot_file": "snapshot.txt"}}))


def test_a_snapshot_file_that_is_absent_is_noted(
    contract: Contract, write_folder: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1772346600")
    export = read_export(write_folder(), contract(export={"csv": {"snapshot_file": "snapshot.txt"}}))
    assert export.snapshot == datetime(2026, 3, 1, 6, 30, tzinfo=UTC)
    assert list(export.findings["rule"]) == ["RAW.NO_SNAPSHOT_FILE"]


def test_a_folder_takes_source_date_epoch_before_its_file_times(
    contract: Contract, write_folder: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_folder(**{"later.txt": ""})
    for name, time in {"dm.csv": 1772346600, "ae.csv": 1772346000, "later.txt": 1800000000}.items():
        os.utime(folder / name, (time, time))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert read_export(folder, contract()).snapshot == datetime(1970, 1, 2, tzinfo=UTC)
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    export = read_export(folder, contract())
    assert export.snapshot == datetime(2026, 3, 1, 6, 30, tzinfo=UTC)
    assert list(export.findings["rule"]) == ["RAW.SNAPSHOT_GUESSED"]


def test_source_date_epoch_must_be_a_number(
    contract: Contract, write_folder: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "today")
    with pytest.raises(RawDataError, match="SOURCE_DATE_EPOCH: expected the seconds"):
        read_export(write_folder(), contract())


def test_each_reader_is_a_reader() -> None:
    readers: tuple[Reader, ...] = READERS
    names = [reader.name for reader in readers]
    assert sorted(names) == sorted(get_args(FormatName))
    assert len({reader.kind for reader in readers}) == len(readers)


def test_a_format_that_is_not_known_is_refused(contract: Contract, write_folder: Write) -> None:
    with pytest.raises(UsageError, match=r"format 'rav' is not known\. Did you mean 'rave'\?"):
        read_export(write_folder(), contract(), format_name="rav")


def test_the_format_that_is_named_reads_the_export(contract: Contract, write_odm: Write, write_folder: Write) -> None:
    with pytest.raises(RawDataError, match=r"export: the folder holds 0 XML files \(none\), expected one"):
        read_export(write_folder(), contract(), format_name="odm")
    with pytest.raises(RawDataError, match=r"file 'dm\.csv' is missing"):
        read_export(write_odm(), contract(export={"format": "csv"}))
