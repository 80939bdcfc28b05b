"""A study that has no export and no ADSL of its own: both are given as transport files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from tests.e2e.conftest import Answer

#: 1 January 2024 in days since 1960-01-01, as SAS counts.
DAY_ONE = 23376

Cli = Callable[..., Answer]


def _write(folder: Path, name: str, frame: pd.DataFrame) -> None:
    dates = {column: "DATE9." for column in frame if str(column).endswith("DT")}
    path = folder / f"{name.lower()}.xpt"
    pyreadstat.write_xport(frame, path, table_name=name, variable_format=dates, file_format_version=5)


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """One subject, randomized on 2024-01-01, with SD after three weeks and CR after seven, and a target lesion."""
    folder = tmp_path / "sdtm"
    folder.mkdir()
    subject = {"STUDYID": ["CDISCPILOT01"], "USUBJID": ["X-1"], "SUBJID": ["1"], "SITEID": ["1"]}
    others = {"AGE": [60.0], "SEX": ["F"], "ARM": ["A"], "ARMCD": ["A"], "ACTARM": ["A"], "ACTARMCD": ["A"]}
    treated = {"TRT01P": ["A"], "TRT01A": ["A"], "RANDDT": [DAY_ONE], "LSTALVDT": [DAY_ONE + 99.0], "DTHDT": [None]}
    adsl = pd.DataFrame({**subject, **others, **treated}).astype({"DTHDT": "float64"})
    _write(folder, "ADSL", adsl)
    _write(folder, "DM", pd.DataFrame({**subject, "RFPENDTC": ["2024-04-30"]}))
    response = {"RSTESTCD": ["OVRLRESP"] * 2, "RSEVAL": ["INVESTIGATOR"] * 2, "RSSTRESC": ["SD", "CR"]}
    rs = {"USUBJID": ["X-1"] * 2, "RSSEQ": [1.0, 2.0], **response, "RSDTC": ["2024-01-22", "2024-02-19"]}
    _write(folder, "RS", pd.DataFrame({**rs, "VISITNUM": [2.0, 3.0], "VISIT": ["WEEK 3", "WEEK 7"]}))
    tu = {
        "USUBJID": ["X-1"],
        "TUSEQ": [1.0],
        "TUEVAL": ["INVESTIGATOR"],
        "TUSTRESC": ["TARGET"],
        "VISIT": ["SCREENING"],
    }
    _write(folder, "TU", pd.DataFrame(tu))
    return folder


def test_adam_from_given_sdtm_and_adsl(given: Path, tmp_path: Path, cli: Cli) -> None:
    answer = cli("adam", "oncorecist", "--sdtm", given, "--out", tmp_path / "run", "--no-prefect")
    assert answer.code == 0, answer.err

    place = next((tmp_path / "run").rglob("adrs.xpt")).parent
    assert sorted(path.name for path in place.glob("*.xpt")) == ["adrs.xpt", "adtte.xpt"]
    adrs, _ = pyreadstat.read_xport(place / "adrs.xpt")
    values = dict(zip(adrs["PARAMCD"], adrs["AVALC"]))
    assert {name: values[name] for name in ("BOR", "CBOR", "MDIS", "DEATH", "LSTA")} == {
        "BOR": "CR", "CBOR": "SD", "MDIS": "Y", "DEATH": "N", "LSTA": "CR",
    }  # fmt: skip
    adtte, _ = pyreadstat.read_xport(place / "adtte.xpt")
    assert dict(zip(adtte["PARAMCD"], adtte["AVAL"])) == {"OS": 100, "PFS": 50, "RSD": 1}


def test_a_folder_without_adsl_is_told(given: Path, tmp_path: Path, cli: Cli) -> None:
    (given / "adsl.xpt").unlink()

    answer = cli("adam", "oncorecist", "--sdtm", given, "--out", tmp_path / "run", "--no-prefect")

    assert answer.code == 12
    assert "ADRS: ADSL is missing" in answer.err


def test_a_study_without_export_is_not_run_on_one(tmp_path: Path, cli: Cli) -> None:
    answer = cli("run", "oncorecist", "--raw", tmp_path, "--out", tmp_path / "run", "--no-prefect")

    assert answer.code == 2
    assert "the study has no raw.yaml, so its SDTM is given. Use 'adam' with --sdtm." in answer.err
