"""The commands for workbooks: what they print, their exit codes, their JSON."""

from __future__ import annotations

import json
import re
from pathlib import Path

import openpyxl
import pytest
from typer.testing import CliRunner

from flows.cli import app

TINY = Path(__file__).parents[2] / "studies" / "tiny01"


def run(*arguments: object) -> tuple[int, str]:
    """Return the exit code and everything that a command prints."""
    result = CliRunner().invoke(app, [str(one) for one in arguments])
    return result.exit_code, result.output


@pytest.mark.parametrize("command", ["export", "import"])
def test_help_has_an_example(command: str) -> None:
    code, text = run("spec", command, "--help")
    assert code == 0
    assert f"cdiscflow spec {command} cart1922" in re.sub(r"\s+", " ", text)


def test_export_edit_and_import(tmp_path: Path) -> None:
    path, folder = tmp_path / "spec.xlsx", tmp_path / "study"
    code, text = run("spec", "export", TINY, "--out", path)
    assert code == 0
    assert text.startswith(f"Wrote {path}: 8 in Study, 10 in Datasets, ")
    assert run("spec", "export", TINY, "--out", path)[0] == 2
    book = openpyxl.load_workbook(path)
    book["Methods"]["D3"].value = "By the keys."
    book.save(path)
    code, text = run("spec", "import", folder, path, "--dry-run")
    assert (code, folder.exists()) == (0, False)
    code, text = run("spec", "import", folder, path)
    assert code == 0
    assert text.splitlines() == [
        "Methods!D3 (Description): MT.SEQ: 'Order of the keys.' is now 'By the keys.'",
        "TINY01: 1 change.",
        f"Folder: {folder}",
    ]
    assert run("spec", "import", folder, path)[0] == 2
    code, text = run("spec", "import", folder, path, "--replace", "--json")
    told = json.loads(text.splitlines()[-1])
    assert (code, told["status"], told["study"], len(told["changes"])) == (0, "imported", "TINY01", 1)


def test_a_wrong_workbook_is_a_wrong_specification(tmp_path: Path) -> None:
    path = tmp_path / "spec.xlsx"
    run("spec", "export", TINY, "--out", path, "--standard", "sdtm")
    book = openpyxl.load_workbook(path)
    book["Methods"]["D3"].value = 12
    book.save(path)
    code, text = run("spec", "import", tmp_path / "study", path)
    assert code == 10
    assert "spec.xlsx, Methods!D3 (Description): is the number 12 as Excel sees it, expected text" in text


def test_an_unknown_standard_is_wrong_usage(tmp_path: Path) -> None:
    code, text = run("spec", "export", TINY, "--out", tmp_path / "spec.xlsx", "--standard", "send")
    assert code == 2
    assert "Give sdtm or adam" in text


@pytest.mark.parametrize("command", ["lint", "show"])
def test_an_error_is_told_as_json_where_json_is_asked_for(command: str, tmp_path: Path) -> None:
    code, text = run("spec", command, tmp_path / "nothing", "--json")
    told = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    assert [(one["status"], one["exit_code"]) for one in told] == [("error", code)]
