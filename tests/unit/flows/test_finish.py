"""The folder of a stopped run: its findings are cleared, whatever else stands there is left alone."""

from __future__ import annotations

import stat

import pytest

from clinical.errors import UsageError
from clinical.findings import COLUMNS
from flows.finish import clear_stopped, previous_findings, write_stopped
from flows.runner import execute
from flows.work import Job, Store


def stopped(tmp_path):
    folder = tmp_path / "demo.stopped"
    (folder / "findings").mkdir(parents=True)
    (folder / "findings" / "findings.csv").write_text("rule\n", encoding="utf-8")
    return folder


def test_the_findings_of_an_earlier_stopped_run_go(tmp_path):
    clear_stopped(stopped(tmp_path))
    assert list(tmp_path.iterdir()) == []
    clear_stopped(tmp_path / "demo.stopped")


def test_what_no_stopped_run_wrote_stays(tmp_path):
    folder = stopped(tmp_path)
    (folder / "queries-sent.xlsx").write_text("a", encoding="utf-8")
    clear_stopped(folder)
    assert [path.name for path in folder.iterdir()] == ["queries-sent.xlsx"]
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (folder / "findings").symlink_to(elsewhere)
    clear_stopped(folder)
    assert elsewhere.is_dir()


def test_the_run_to_compare_with_is_asked_for_before_the_work(tmp_path):
    """A stopped run replaces the findings of the stopped run before, with which it may be compared."""
    with pytest.raises(UsageError, match=r"no findings/findings.csv in it"):
        execute("cart1922", out=tmp_path / "out", raw=tmp_path / "no-export", previous=tmp_path / "nothing")
    assert list(tmp_path.iterdir()) == []
    assert previous_findings(None) is None
    folder = stopped(tmp_path)
    table = folder / "findings" / "findings.csv"
    table.write_text(",".join(COLUMNS) + "\n" + "R1" + "," * (len(COLUMNS) - 1) + "\n", encoding="utf-8")
    before = previous_findings(folder)
    clear_stopped(folder)
    assert before["rule"].tolist() == ["R1"]


def test_only_their_owner_reads_findings_whoever_made_the_folder(tmp_path):
    """They have values of subjects; a folder with files of somebody else keeps its mode."""
    folder = tmp_path / "demo.stopped"
    folder.mkdir(mode=0o755)
    (folder / "queries-sent.xlsx").write_text("a", encoding="utf-8")
    store = Store(tmp_path / "work")
    store.note("snapshot", "2024-01-02T00:00:00+00:00")
    write_stopped(Job("cart1922", str(store.root), "run"), store, tmp_path / "demo", None)
    assert (folder / "findings" / "findings.csv").is_file()
    assert stat.S_IMODE((folder / "findings").stat().st_mode) == 0o700
