"""What the engine is asked for a folder, on the command line and by call; the real engine where it is at hand."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pandas as pd
import pyreadstat
import pytest
from typer.testing import CliRunner

from checks.core import check
from checks.core.check import CoreOptions, check_with_core
from checks.core.engine import Answer, Request
from checks.core.environment import VARIABLE, engine_python
from clinical.errors import OutsideError
from flows.cli import app
from specs.load import STUDIES, load_study
from specs.model.study import Study

ROOT = Path(__file__).parents[3]
DM = """
USUBJID | RFSTDTC    | RFENDTC    | RFXSTDTC   | RFXENDTC   | ARMCD | ARM   | ACTARMCD | ACTARM | ARMNRS
S-1     | 2024-01-05 | 2024-03-01 | 2024-01-05 | 2024-01-05 | A     | Arm A | A        | Arm A  |
S-2     |            |            |            |            | A     | Arm A |          |        | ASSIGNED, NOT TREATED
"""
AE = """
USUBJID | AESEQ | AETERM | AEDECOD | AESTDTC
S-1     | 1     | FIÈVRE | Pyrexia | 2024-01-06
S-1     | 2     | NAUSEA | Nausea  | 2024-02-03
"""
TRANSPORT = {"DM": DM, "AE": AE}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of two small transport files: short records that end in blanks, a letter beyond ASCII."""
    made = tmp_path_factory.mktemp("transport")
    for name, text in TRANSPORT.items():
        lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
        frame = pd.DataFrame(lines[1:], columns=lines[0]).assign(STUDYID="S", DOMAIN=name)
        if f"{name}SEQ" in frame:
            frame[f"{name}SEQ"] = frame[f"{name}SEQ"].astype("float64")
        pyreadstat.write_xport(frame, made / f"{name.lower()}.xpt", table_name=name, file_format_version=5)
    return made


@pytest.fixture(scope="module")
def study() -> Study:
    return load_study("cart1922")


def files_of(folder: Path) -> dict[str, Path]:
    return {name: folder / f"{name.lower()}.xpt" for name in TRANSPORT}


@dataclass
class Engine:
    """An engine that remembers what it was asked and has no rule."""

    asked: list[Request] = field(default_factory=list)

    def run(self, request: Request, python: Path) -> Answer:
        self.asked.append(request)
        return Answer.model_validate({"engine": "0.17.1", "rules": [], "results": []})


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    found = Engine()
    monkeypatch.setattr(check, "require_inputs", lambda request: None)
    monkeypatch.setattr(check, "engine_python", lambda named, say: Path("python"))
    monkeypatch.setattr(check, "run_engine", found.run)
    return found


def test_standard_and_terminology_are_the_study_s(engine: Engine, study: Study, folder: Path) -> None:
    options = CoreOptions(Path("cache"), define=Path("define.xml"))
    check_with_core(study, files_of(folder), options)
    check_with_core(study, files_of(folder), options, standard="adam")
    assert [(one.standard, one.version, one.terminology, one.define) for one in engine.asked] == [
        ("sdtmig", "3.4", ["sdtmct-2025-03-28"], Path("define.xml")),
        ("adamig", "1.3", ["adamct-2026-03-27"], Path("define.xml")),
    ]


def test_a_dataset_without_rows_is_left_out_and_reported(engine: Engine, study: Study, folder: Path) -> None:
    found = check_with_core(study, files_of(folder), CoreOptions(Path("cache")), empty=["AE"])
    assert [path.name for path in engine.asked[0].files] == ["dm.xpt"]
    assert found[["rule", "severity", "dataset"]].to_numpy().tolist() == [
        ["CORE.EMPTY_DATASET", "warning", "AE"],
        ["CORE.NOTHING_CHECKED", "warning", ""],
    ]


def test_datasets_without_any_row_are_not_given_to_the_engine(engine: Engine, study: Study, folder: Path) -> None:
    found = check_with_core(study, files_of(folder), CoreOptions(Path("cache")), empty=["AE", "DM"])
    assert engine.asked == []
    assert found["rule"].tolist() == ["CORE.EMPTY_DATASET", "CORE.EMPTY_DATASET"]


def test_a_cache_that_is_not_there_is_noticed_before_anything_is_installed(
    study: Study, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_python(*given: object, **named: object) -> Path:
        raise AssertionError("the interpreter was asked for")

    monkeypatch.setattr(check, "engine_python", no_python)
    with pytest.raises(OutsideError, match="no such folder"):
        check_with_core(study, files_of(folder), CoreOptions(tmp_path / "nowhere"))


# The command line


def test_the_command_says_what_is_not_at_hand(folder: Path, tmp_path: Path) -> None:
    answer = CliRunner().invoke(app, ["check", "cart1922", str(folder), "--core", str(tmp_path / "nowhere")])
    assert answer.exit_code == 14
    assert "nowhere: no such folder. Name the engine's cache with --core" in answer.output


@pytest.mark.parametrize("option", ["--define", "--core-python"])
def test_options_of_the_engine_belong_to_core(option: str, folder: Path) -> None:
    answer = CliRunner().invoke(app, ["check", "cart1922", str(folder), option, "file"])
    assert answer.exit_code == 2
    assert "--core CACHE" in answer.output


def test_the_command_adds_the_engine_s_findings(engine: Engine, folder: Path, tmp_path: Path) -> None:
    arguments = ["check", "cart1922", str(folder), "--core", "cache", "--out", str(tmp_path / "out")]
    CliRunner().invoke(app, arguments)
    listed = pd.read_csv(tmp_path / "out" / "findings.csv", keep_default_na=False)
    assert listed[listed["source"].eq("core")]["rule"].tolist() == ["CORE.NOTHING_CHECKED"]
    assert {"schema", "rule"} <= set(listed["source"])
    assert engine.asked[0].define is None


def test_the_folder_s_own_define_xml_is_taken(engine: Engine, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "dm.xpt").write_bytes((folder / "dm.xpt").read_bytes())
    (tmp_path / "define.xml").write_text("<ODM/>", encoding="utf-8")
    CliRunner().invoke(app, ["check", "cart1922", str(tmp_path), "--core", "cache"])
    CliRunner().invoke(app, ["check", "cart1922", str(tmp_path), "--core", "cache", "--define", "other.xml"])
    assert [one.define for one in engine.asked] == [tmp_path / "define.xml", Path("other.xml")]


# The engine itself


@pytest.fixture(scope="module")
def core(shared: Path) -> Callable[..., pd.DataFrame]:
    """The real engine, its environment made on first use and kept in the user's cache folder."""
    cache = shared / "core" / "cache"
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    bases = [None, *sorted(pyenv.glob("3.12.*/bin/python"))] if not os.environ.get(VARIABLE) else [None]
    for base in bases:
        try:
            python = engine_python(base)
            break
        except OutsideError as error:
            reason = str(error)
    else:
        pytest.skip(f"the CDISC CORE engine is not at hand: {reason}")
    study = load_study("cart1922")

    def run(folder: Path, standard: Literal["sdtm", "adam"] = "sdtm") -> pd.DataFrame:
        files = {path.stem.upper(): path for path in sorted(folder.glob("*.xpt"))}
        return check_with_core(study, files, CoreOptions(cache, python=python), standard=standard)

    return run


@pytest.mark.slow
def test_the_engine_checks_sdtm(core: Callable[..., pd.DataFrame], folder: Path) -> None:
    found = core(folder)
    assert set(found["source"]) == {"core"}
    counts = found[found["rule"].eq("CORE.CHECKED")]["message"].item()
    assert counts.startswith("CDISC CORE 0.17.1 took up 430 rules of SDTMIG 3.4:")
    assert counts.endswith(" 2 did not run.")
    not_run = found[found["rule"].eq("CORE.NOT_RUN")]
    assert not_run[["severity", "key"]].to_numpy().tolist() == [["warning", "CORE-000929"], ["warning", "CORE-001081"]]
    no_end = found[found["rule"].eq("CORE-000191")]
    assert no_end[["dataset", "variable", "usubjid", "value"]].to_numpy().tolist() == [
        ["DM", "ARM, RFENDTC", "S-2", "ARM=Arm A; RFENDTC="]
    ]
    no_epoch = found[found["rule"].eq("CORE-000701")]
    assert no_epoch[["dataset", "variable", "usubjid", "key", "value"]].to_numpy().tolist() == [
        ["AE", "EPOCH", "S-1", "AESEQ=1", "Not in dataset"],
        ["AE", "EPOCH", "S-1", "AESEQ=2", "Not in dataset"],
    ]


@pytest.mark.slow
def test_the_engine_s_lack_of_adam_rules_is_said(core: Callable[..., pd.DataFrame], folder: Path) -> None:
    assert core(folder, standard="adam")["rule"].tolist() == ["CORE.NOTHING_CHECKED"]


@pytest.mark.slow
@pytest.mark.timeout(1800)  # the engine takes minutes, on a busy machine many
def test_every_issue_of_the_bundled_export_is_explained(core: Callable[..., pd.DataFrame], tmp_path: Path) -> None:
    out = tmp_path / "out"
    export = STUDIES / "cart1922" / "sample" / "odm" / "cart1922.xml"
    answer = CliRunner().invoke(app, ["sdtm", "cart1922", "--raw", str(export), "--out", str(out), "--no-prefect"])
    assert answer.exit_code == 0, answer.output
    found = core(out / "m5" / "datasets" / "cart1922" / "tabulations" / "sdtm")
    page = (ROOT / "docs" / "conformance.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (CORE-\d+) \| ([A-Z, ]+) \|", page.partition("### What was corrected")[0], re.MULTILINE)
    explained = {(rule, dataset) for rule, datasets in rows for dataset in datasets.split(", ")}
    issues = found[found["rule"].str.startswith("CORE-")]
    assert set(zip(issues["rule"], issues["dataset"])) <= explained
    assert found[found["severity"].eq("error")].empty
