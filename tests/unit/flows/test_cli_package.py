"""`cdiscflow package`: exit codes, what is printed, and the last line of JSON."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import get_args

import pytest
from typer.testing import CliRunner

from flows.cli import app
from flows.cli_package import Agency
from specs.model.submission import AGENCIES
from submission.package import RunPaths
from submission.sealed import seal_package
from tests.unit.submission.packages import SDTM, put, sound, trial_summary


def call(*arguments):
    return CliRunner().invoke(app, ["package", *map(str, arguments)])


def last_line(answer):
    return json.loads(answer.stdout.splitlines()[-1])


@pytest.fixture
def study(tmp_path):
    """A study's folder whose identifier is S1, and which names no agency."""
    folder = tmp_path / "s1"
    (folder / "sdtm").mkdir(parents=True)
    (folder / "study.yaml").write_text("id: S1\nname: S1\ntitle: A study\n", encoding="utf-8")
    (folder / "raw.yaml").write_text(
        "subjects: dm\nforms:\n  dm: {label: Demographics, columns: {SUBJID: {label: Subject}}}\n", encoding="utf-8"
    )
    return folder


@pytest.fixture
def package(tmp_path):
    """A folder with a sound package in it."""
    root = tmp_path / "run"
    sound(root)
    return root


def test_the_agencies_are_those_of_the_specification():
    assert get_args(Agency) == tuple(AGENCIES)


def test_a_sound_package_passes(study, package):
    for folder in (package, package / "m5"):
        answer = call("check", study, folder)
        assert (answer.exit_code, answer.stdout) == (0, "0 errors, 0 warnings, 0 notes.\n")


def test_an_agency_may_be_named(study, package):
    put(package, f"{SDTM}/ts.xpt", trial_summary(b"unknown"))
    answer = call("check", study, package)
    assert answer.exit_code == 1
    assert f"error  PACKAGE.START_DATE  {SDTM}/ts.xpt: " in answer.stdout
    assert answer.stdout.endswith("1 error, 0 warnings, 0 notes.\n")
    answer = call("check", study, package, "--agency", "ema", "--json")
    assert answer.exit_code == 0
    told = last_line(answer)
    assert (told["status"], told["findings"]) == ("passed", {"error": 0, "warning": 1, "note": 0})
    assert [one["rule"] for one in told["messages"]] == ["PACKAGE.START_DATE"]
    assert call("check", study, package, "--agency", "mhra").exit_code == 2


def test_names_that_no_terminal_shows_are_told(study, package):
    seal_package(RunPaths(package, "S1"), created=datetime(2026, 1, 31, tzinfo=UTC))
    for name in ("a\nb: intact.pdf", "c\udcff.pdf"):
        (package / SDTM / name).write_bytes(b"%PDF-1.4")
    answer = call("verify", package)
    assert answer.exit_code == 1
    assert answer.stdout.splitlines()[:2] == [f"added  {SDTM}/a\\nb: intact.pdf", f"added  {SDTM}/c\\udcff.pdf"]
    told = last_line(call("verify", package, "--json"))
    assert told["added"] == [f"{SDTM}/a\nb: intact.pdf", f"{SDTM}/c\udcff.pdf"]
    assert f"error  PACKAGE.NAME  {SDTM}/c\\udcff.pdf: " in call("check", study, package).stdout


def test_what_has_changed_is_told(package):
    sealed = seal_package(RunPaths(package, "S1"), created=datetime(2026, 1, 31, tzinfo=UTC))
    answer = call("verify", package)
    assert answer.exit_code == 0
    assert "intact. 9 files are as sealed." in answer.stdout
    (package / SDTM / "dm.xpt").write_bytes(b"")
    (package / SDTM / "ts.xpt").unlink()
    put(package, f"{SDTM}/ae.xpt", b"")
    answer = call("verify", package)
    assert answer.exit_code == 1
    assert answer.stdout.splitlines()[:3] == [
        f"changed  {SDTM}/dm.xpt",
        f"missing  {SDTM}/ts.xpt",
        f"added  {SDTM}/ae.xpt",
    ]
    told = last_line(call("verify", package, "--json"))
    assert {what: told[what] for what in ("status", "exit_code", "changed", "missing", "added")} == {
        "status": "changed",
        "exit_code": 1,
        "changed": [f"{SDTM}/dm.xpt"],
        "missing": [f"{SDTM}/ts.xpt"],
        "added": [f"{SDTM}/ae.xpt"],
    }
    assert len(told["seal"]) == 64
    assert sealed.checksums.name == "s1-m5.sha256"


def test_wrong_usage_ends_with_2_and_a_line_of_json(tmp_path):
    answer = call("verify", tmp_path / "nowhere", "--json")
    assert answer.exit_code == 2
    told = last_line(answer)
    assert (told["status"], told["exit_code"]) == ("error", 2)


def test_what_cannot_be_read_ends_with_14(package, monkeypatch):
    seal_package(RunPaths(package, "S1"), created=datetime(2026, 1, 31, tzinfo=UTC))

    def refuse(path):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("submission.verified.sha256_of", refuse)
    assert call("verify", package).exit_code == 14
