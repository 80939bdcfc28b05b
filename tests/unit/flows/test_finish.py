"""The folder of a stopped run: its findings are cleared, whatever else stands there is left alone."""

from __future__ import annotations

from flows.finish import clear_stopped


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
