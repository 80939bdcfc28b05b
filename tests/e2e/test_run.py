"""A run as its users see it: what stands in the folder, what differs between runs, how it ends."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from tests.e2e.conftest import CSV, ODM, Answer, data_files_of, files_of, package_files_of

pytestmark = pytest.mark.slow
Cli = Callable[..., Answer]

SDTM = {
    "ae", "cm", "co", "dd", "dm", "ds", "dv", "ec", "ex", "fa", "lb", "mh", "pr", "relrec", "rs", "se", "ss", "suppae",
    "suppds", "suppex", "suppmh", "supprs", "sv", "ta", "te", "ti", "tr", "ts", "tu", "tv", "vs",
}  # fmt: skip
FINDINGS = "rule,severity,dataset,variable,usubjid,key,value,form,row,page,message,source,status"
MANIFEST = [
    "study", "run_id", "started", "finished", "user", "cutoff", "software", "specs", "inputs", "outputs", "findings",
    "status",
]  # fmt: skip


def _names(folder: Path) -> set[str]:
    return {path.stem for path in folder.glob("*.xpt")}


def test_the_run_folder_holds_what_the_contract_names(published: Path) -> None:
    datasets = published / "m5" / "datasets" / "cart1922"
    assert _names(datasets / "tabulations" / "sdtm") == SDTM
    assert _names(datasets / "analysis" / "adam" / "datasets") == {
        "adsl", "adae", "adcm", "adex", "adlb", "adrs", "adtr", "adtte",
    }  # fmt: skip
    assert (published / "findings" / "findings.xlsx").is_file()
    assert (published / "findings" / "findings.csv").read_text(encoding="utf-8").splitlines()[0] == FINDINGS
    assert (published / "report" / "index.html").is_file()
    assert (published / "data" / "sdtm" / "AE.parquet").is_file()
    assert list(json.loads((published / "manifest.json").read_text(encoding="utf-8"))) == MANIFEST


def test_the_manifest_describes_every_file(published: Path) -> None:
    manifest = json.loads((published / "manifest.json").read_text(encoding="utf-8"))
    written = files_of(published)
    del written["manifest.json"]
    assert {path: one["sha256"] for path, one in manifest["outputs"].items()} == written
    assert manifest["status"] == "published"
    assert manifest["findings"]["error"] == 0
    assert manifest["inputs"]["cart1922.xml"]["bytes"] == ODM.stat().st_size
    dm = manifest["outputs"]["m5/datasets/cart1922/tabulations/sdtm/dm.xpt"]
    assert dm["rows"] == 40


def test_files_are_private_to_their_owner(published: Path) -> None:
    assert {oct(path.stat().st_mode & 0o077) for path in published.rglob("*")} == {"0o0"}


def test_transport_files_are_read_by_another_reader_with_labels_and_dates(published: Path) -> None:
    adam = published / "m5/datasets/cart1922/analysis/adam/datasets"
    frame, meta = pyreadstat.read_xport(adam / "adtte.xpt")
    assert meta.table_name == "ADTTE"
    assert meta.column_names_to_labels["CNSR"] == "Censor"
    assert meta.original_variable_types["ADT"] == "DATE9"
    assert {
        "STUDYID", "USUBJID", "PARAMCD", "PARAM", "AVAL", "AVALU", "STARTDT", "ADT", "CNSR", "EVNTDESC", "CNSDTDSC",
        "SRCDOM", "SRCVAR", "SRCSEQ",
    } <= set(frame.columns)  # fmt: skip
    assert set(frame["PARAMCD"]) <= {
        "DOR", "DORRSP", "TTR", "TTCR", "PFS", "EFS", "OS", "PFSSCT", "DORSCT",
        "PFSGAP", "DORGAP", "DORCNF", "PFSLST", "OSLST",
    }  # fmt: skip


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_odm_and_csv_give_the_same_bytes_on_every_run(
    published: Path, tmp_path: Path, cli: Cli, hash_seed: str
) -> None:
    out = tmp_path / "run"
    answer = cli(
        "run", "cart1922", "--raw", CSV, "--out", out, "--no-prefect", environment={"PYTHONHASHSEED": hash_seed}
    )
    assert answer.code == 0, answer.err
    assert package_files_of(published) == package_files_of(out)
    assert files_of(published / "findings") == files_of(out / "findings")
    again = tmp_path / "again"
    cli("run", "cart1922", "--raw", CSV, "--out", again, "--no-prefect", "--workers", "1")
    assert data_files_of(again) == data_files_of(out)


def test_only_limits_what_is_written(tmp_path: Path, cli: Cli) -> None:
    answer = cli("run", "cart1922", "--raw", ODM, "--out", tmp_path / "run", "--only", "EX", "--no-prefect", "--json")
    assert answer.code == 0, answer.err
    assert set(answer.last["datasets"]) == {"EX", "SUPPEX"}


def test_only_refuses_an_unknown_dataset(tmp_path: Path, cli: Cli) -> None:
    answer = cli("run", "cart1922", "--raw", ODM, "--out", tmp_path / "run", "--only", "EXX", "--no-prefect")
    assert answer.code == 2
    assert "Did you mean 'EX'?" in answer.err
    assert not (tmp_path / "run").exists()


def test_adam_from_foreign_transport_files_is_the_adam_of_the_run(published: Path, tmp_path: Path, cli: Cli) -> None:
    """The SDTM files that the analysis reads are rewritten by another writer."""
    source, foreign = published / "m5/datasets/cart1922/tabulations/sdtm", tmp_path / "foreign"
    foreign.mkdir()
    read = ("dm", "ex", "rs", "ds", "cm", "ae", "pr", "sv", "lb", "vs", "ss", "tu", "tr", "mh", "suppmh", "dv", "dd")
    for name in read:
        frame, meta = pyreadstat.read_xport(source / f"{name}.xpt")
        pyreadstat.write_xport(
            frame, foreign / f"{name}.xpt", file_format_version=5, table_name=name.upper(),
            column_labels=meta.column_names_to_labels,
        )  # fmt: skip
    cutoff = json.loads((published / "manifest.json").read_text(encoding="utf-8"))["cutoff"]
    answer = cli("adam", "cart1922", "--sdtm", foreign, "--out", tmp_path / "adam", "--cutoff", cutoff, "--no-prefect")
    assert answer.code == 0, answer.err
    place = "m5/datasets/cart1922/analysis/adam/datasets"
    for name in ("adsl", "adrs", "adtr", "adtte"):
        ours, _ = pyreadstat.read_xport(published / place / f"{name}.xpt")
        theirs, _ = pyreadstat.read_xport(tmp_path / "adam" / place / f"{name}.xpt")
        pd.testing.assert_frame_equal(ours, theirs)


def test_adam_does_without_optional_domains(published: Path, tmp_path: Path, cli: Cli) -> None:
    source, few = published / "m5/datasets/cart1922/tabulations/sdtm", tmp_path / "few"
    few.mkdir()
    for name in ("dm", "ex", "rs", "ds"):
        shutil.copy(source / f"{name}.xpt", few)
    answer = cli("adam", "cart1922", "--sdtm", few, "--out", tmp_path / "adam", "--no-prefect", "--json")
    assert answer.code == 0, answer.err
    assert set(answer.last["datasets"]) == {"ADSL", "ADRS", "ADTTE", "ADEX"}
    found = pd.read_csv(tmp_path / "adam" / "findings" / "findings.csv", dtype="str", keep_default_na=False)
    absent = found[found["rule"].eq("ADAM.NO_RECORDS")]
    assert set(absent["dataset"]) == {"ADAE", "ADCM", "ADLB"}
    note = found[found["rule"].eq("ADAM.DOMAIN_ABSENT") & found["dataset"].eq("ADRS")]
    assert note["message"].tolist() == [
        "TR, TU: not there, and counted as empty. No action, if the study has no such data."
    ]


def test_check_passes_what_the_run_published(published: Path, tmp_path: Path, cli: Cli) -> None:
    folder = published / "m5/datasets/cart1922/tabulations/sdtm"
    answer = cli("check", "cart1922", folder, "--out", tmp_path / "found", "--json")
    assert answer.code == 0, answer.out
    assert answer.last["findings"]["error"] == 0
    assert (tmp_path / "found" / "findings.xlsx").is_file()


def test_findings_are_marked_against_a_previous_run(published: Path, tmp_path: Path, cli: Cli) -> None:
    out = tmp_path / "run"
    answer = cli("run", "cart1922", "--raw", ODM, "--out", out, "--previous", published, "--no-prefect")
    assert answer.code == 0, answer.err
    findings = pd.read_csv(out / "findings" / "findings.csv", dtype="str", keep_default_na=False)
    assert set(findings["status"]) == {"open"}
