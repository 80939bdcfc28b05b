"""How a run ends when something is wrong: one message, a stable exit code, no traceback, nothing lost."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from specs.load import STUDIES
from tests.e2e.conftest import CSV, ODM, Answer, files_of

pytestmark = pytest.mark.slow
Cli = Callable[..., Answer]


@pytest.fixture
def former(published: Path, tmp_path: Path) -> Path:
    """A published run that a failing one must leave as it is."""
    return Path(shutil.copytree(published, tmp_path / "out"))


def _edited(tmp_path: Path, name: str, edit: Callable[[str], str]) -> Path:
    export = Path(shutil.copytree(CSV, tmp_path / "export"))
    path = export / name
    path.write_text(edit(path.read_text(encoding="utf-8")), encoding="utf-8")
    return export


def _study(tmp_path: Path, name: str, edit: Callable[[str], str]) -> Path:
    study = Path(shutil.copytree(STUDIES / "cart1922", tmp_path / "mine", ignore=shutil.ignore_patterns("sample")))
    path = study / name
    path.write_text(edit(path.read_text(encoding="utf-8")), encoding="utf-8")
    return study


def _require_one_message(answer: Answer, code: int) -> None:
    assert answer.code == code, answer.err
    assert "Traceback" not in answer.err + answer.out
    assert answer.err.count("cdiscflow: ") == 1


def test_findings_stop_a_run_and_are_listed_beside_what_stays_published(former: Path, tmp_path: Path, cli: Cli) -> None:
    export = _edited(tmp_path, "dm.csv", lambda text: text.replace("Female", "Femail", 1))
    before = files_of(former)
    answer = cli("run", "cart1922", "--raw", export, "--out", former, "--no-prefect", "--json")
    assert answer.code == 1
    assert answer.last["status"] == "stopped"
    assert files_of(former) == before
    findings = pd.read_csv(tmp_path / "out.stopped" / "findings" / "findings.csv", dtype="str", keep_default_na=False)
    errors = findings[findings["severity"] == "error"]
    assert set(errors["variable"]) == {"SEX"}
    assert set(errors["value"]) == {"Femail"}
    assert set(errors["form"]) == {"dm"}


def test_subject_values_stand_in_no_message(tmp_path: Path, cli: Cli) -> None:
    export = _edited(tmp_path, "dm.csv", lambda text: text.replace("Female", "Femail", 1))
    answer = cli("run", "cart1922", "--raw", export, "--out", tmp_path / "run")
    assert answer.code == 1
    assert not re.search(r"Femail|\d\d-\d\d\d\d", answer.out + answer.err)


def test_a_draft_is_written_in_spite_of_errors_and_marked(tmp_path: Path, cli: Cli) -> None:
    export = _edited(tmp_path, "dm.csv", lambda text: text.replace("Female", "Femail", 1))
    answer = cli("run", "cart1922", "--raw", export, "--out", tmp_path / "run", "--draft", "--no-prefect", "--json")
    assert answer.code == 1
    assert answer.last["status"] == "draft"
    sdtm = tmp_path / "run/m5/datasets/cart1922/tabulations/sdtm"
    assert (sdtm / "dm.draft.xpt").is_file()
    assert not (sdtm / "dm.xpt").exists()
    assert (tmp_path / "run" / "DRAFT.txt").is_file()


def test_a_draft_does_not_replace_a_published_run(former: Path, cli: Cli) -> None:
    before = files_of(former)
    answer = cli("run", "cart1922", "--raw", ODM, "--out", former, "--draft", "--no-prefect")
    _require_one_message(answer, 2)
    assert files_of(former) == before


def test_a_missing_column_is_named_with_those_that_are_there(former: Path, tmp_path: Path, cli: Cli) -> None:
    export = _edited(tmp_path, "ae.csv", lambda text: text.replace("AESTDAT", "AESTDT", 1))
    before = files_of(former)
    answer = cli("run", "cart1922", "--raw", export, "--out", former)
    _require_one_message(answer, 11)
    assert "AESTDAT" in answer.err
    assert "AESTDT" in answer.err
    assert files_of(former) == before


def test_a_truncated_export_is_refused(former: Path, tmp_path: Path, cli: Cli) -> None:
    cut = tmp_path / "cut.xml"
    cut.write_bytes(ODM.read_bytes()[:300_000])
    before = files_of(former)
    _require_one_message(cli("run", "cart1922", "--raw", cut, "--out", former, "--no-prefect"), 11)
    assert files_of(former) == before


def test_a_missing_export_is_refused(tmp_path: Path, cli: Cli) -> None:
    _require_one_message(cli("run", "cart1922", "--raw", tmp_path / "no.xml", "--out", tmp_path / "run"), 11)


def test_every_problem_of_a_specification_is_told_at_once(tmp_path: Path, cli: Cli) -> None:
    def break_twice(text: str) -> str:
        return text.replace("column: AESER}", "column: AESERR}").replace("codelist: AEREL", "codelist: AERELL")

    study = _study(tmp_path, "sdtm/ae.yaml", break_twice)
    answer = cli("spec", "lint", study)
    _require_one_message(answer, 10)
    assert "form 'ae' has no column 'AESERR'. Did you mean 'AESER'?" in answer.err
    assert "codelist 'AERELL' is not defined. Did you mean 'AEREL'?" in answer.err


def test_an_impossible_date_is_a_finding_with_its_raw_record(tmp_path: Path, cli: Cli) -> None:
    def february(text: str) -> str:
        return re.sub(r"\d\d-[A-Z]{3}-20\d\d", "31-FEB-2024", text, count=1)

    export = _edited(tmp_path, "ic.csv", february)
    answer = cli("sdtm", "cart1922", "--raw", export, "--out", tmp_path / "run", "--no-prefect")
    assert answer.code == 1
    findings = pd.read_csv(tmp_path / "run.stopped/findings/findings.csv", dtype="str", keep_default_na=False)
    found = findings[findings["rule"] == "MAP.DATE_IMPOSSIBLE"]
    assert found[["form", "row", "page", "value"]].to_numpy().tolist() == [["ic", "1", "2", "31-FEB-2024"]]


def test_a_folder_that_no_run_wrote_is_left_alone(tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "thesis.txt").write_text("mine", encoding="utf-8")
    _require_one_message(cli("run", "cart1922", "--raw", ODM, "--out", tmp_path, "--no-prefect"), 2)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "cart1922", "--raw", "x.xml"),
        ("run", "cart1922", "--raw", "x.xml", "--out", "o", "--cutoff", "31.12.2024"),
        ("nonsense",),
    ],
)
def test_wrong_usage_exits_with_2(arguments: tuple[str, ...], cli: Cli) -> None:
    assert cli(*arguments).code == 2


def test_an_unknown_study_is_refused_with_a_suggestion(tmp_path: Path, cli: Cli) -> None:
    answer = cli("run", "cart1923", "--raw", ODM, "--out", tmp_path / "run")
    _require_one_message(answer, 10)
    assert "Did you mean 'cart1922'?" in answer.err


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are a matter of POSIX systems")
@pytest.mark.parametrize("limit", [20_000, 100_000])
def test_a_disk_that_refuses_is_one_message_and_loses_nothing(former: Path, limit: int) -> None:
    """A limit on the size of files stands in for a full disk: writing fails at the raw tables, or at the transport."""
    before = files_of(former)
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))"
    arguments = ["run", "cart1922", "--raw", str(ODM), "--out", str(former), "--no-prefect"]
    done = subprocess.run(
        [sys.executable, "-c", f"{limited}; from flows.cli import main; main()", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )
    _require_one_message(Answer(done.returncode, done.stdout, done.stderr), 14)
    assert files_of(former) == before
