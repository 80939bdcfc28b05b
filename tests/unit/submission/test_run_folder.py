"""A run folder appears whole or not at all, whenever the process is killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from clinical.errors import OutsideError, UsageError
from submission import run_folder
from submission.run_folder import RunFolder, is_run_folder

ROOT = Path(__file__).parents[3]


def fill(folder, run_id):
    """Write what stands for a run: two files that name it, the manifest last."""
    (folder / "m5").mkdir(exist_ok=True)
    (folder / "m5" / "dm.xpt").write_text(run_id)
    (folder / "report.html").write_text(run_id)
    (folder / "manifest.json").write_text(json.dumps({"run_id": run_id, "outputs": {}, "status": "published"}))


def publish(final, run_id):
    with RunFolder.begin(final, run_id) as run:
        fill(run.work, run_id)
        run.publish()


def state(parent):
    return sorted(path.name for path in parent.iterdir())


def run_in(final):
    """Return the run that stands in a folder, after requiring that all of its parts are of that run."""
    run_id = json.loads((final / "manifest.json").read_text())["run_id"]
    assert (final / "m5" / "dm.xpt").read_text() == run_id
    assert (final / "report.html").read_text() == run_id
    return run_id


@pytest.fixture(params=["exchange", "two renames"])
def swap(request, monkeypatch):
    """Both ways in which a former run is replaced."""
    if request.param == "two renames":
        monkeypatch.setattr(run_folder, "_exchange", lambda one, other: False)
    return request.param


def test_nothing_stands_there_until_it_is_published(tmp_path):
    final = tmp_path / "out" / "demo"
    run = RunFolder.begin(final, "R1")
    assert state(tmp_path / "out") == [".demo.R1.partial", ".demo.lock"]
    assert run.work.parent == run.final.parent
    if os.name == "posix":
        assert run.work.stat().st_mode & 0o777 == 0o700
    fill(run.work, "R1")
    assert not final.exists()
    run.publish()
    assert state(tmp_path / "out") == ["demo"]
    assert run_in(final) == "R1"


def test_a_former_run_is_replaced(tmp_path, swap):
    publish(tmp_path / "demo", "R1")
    publish(tmp_path / "demo", "R2")
    assert run_in(tmp_path / "demo") == "R2"
    assert state(tmp_path) == ["demo"]


def test_an_abandoned_run_leaves_the_former_one(tmp_path):
    publish(tmp_path / "demo", "R1")
    with pytest.raises(FileNotFoundError), RunFolder.begin(tmp_path / "demo", "R2") as run:
        fill(run.work / "no such folder", "R2")
    assert run_in(tmp_path / "demo") == "R1"
    assert state(tmp_path) == ["demo"]


def test_a_run_without_a_manifest_is_not_published(tmp_path):
    publish(tmp_path / "demo", "R1")
    with RunFolder.begin(tmp_path / "demo", "R2") as run:
        (run.work / "dm.xpt").write_text("R2")
        with pytest.raises(RuntimeError, match="manifest is written last"):
            run.publish()
    assert run_in(tmp_path / "demo") == "R1"


def test_an_empty_folder_is_taken(tmp_path):
    (tmp_path / "demo").mkdir()
    publish(tmp_path / "demo", "R1")
    assert run_in(tmp_path / "demo") == "R1"


def test_a_link_to_a_folder_keeps_being_one(tmp_path):
    publish(tmp_path / "store" / "demo", "R1")
    (tmp_path / "latest").symlink_to(tmp_path / "store" / "demo", target_is_directory=True)
    publish(tmp_path / "latest", "R2")
    assert (tmp_path / "latest").is_symlink()
    assert run_in(tmp_path / "store" / "demo") == "R2"


@pytest.mark.parametrize(
    "content",
    [{"notes.txt": "mine"}, {"manifest.json": '{"name": "web extension"}'}, {"manifest.json": "{", "m5": "x"}],
)
def test_a_folder_that_no_run_wrote_is_never_touched(tmp_path, content):
    final = tmp_path / "documents"
    final.mkdir()
    for name, text in content.items():
        (final / name).write_text(text)
    with pytest.raises(UsageError, match=r"documents: holds files and is no run folder .* nothing was touched"):
        RunFolder.begin(final, "R1")
    assert {path.name: path.read_text() for path in final.iterdir()} == content
    assert state(tmp_path) == ["documents"]


def test_files_put_there_during_a_run_are_not_touched_either(tmp_path):
    with RunFolder.begin(tmp_path / "demo", "R1") as run:
        fill(run.work, "R1")
        (tmp_path / "demo").mkdir()
        (tmp_path / "demo" / "notes.txt").write_text("mine")
        with pytest.raises(UsageError, match="holds files and is no run folder"):
            run.publish()
    assert state(tmp_path) == ["demo"]
    assert (tmp_path / "demo" / "notes.txt").read_text() == "mine"


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "demo").write_text("mine")
    with pytest.raises(UsageError, match="demo: is a file"):
        RunFolder.begin(tmp_path / "demo", "R1")
    assert (tmp_path / "demo").read_text() == "mine"


@pytest.mark.parametrize("run_id", ["", "a.b", "a/b", "..", "2026-01-31T02:00"])
def test_a_run_id_is_a_plain_name(tmp_path, run_id):
    with pytest.raises(ValueError, match="a run id has letters"):
        RunFolder.begin(tmp_path / "demo", run_id)


def test_two_runs_do_not_write_to_the_same_folder(tmp_path):
    first = RunFolder.begin(tmp_path / "demo", "R1")
    with pytest.raises(OutsideError, match="demo: another run is writing there") as caught:
        RunFolder.begin(tmp_path / "demo", "R2")
    assert caught.value.exit_code == 14
    with RunFolder.begin(tmp_path / "demo.2", "R2") as other:  # a neighbour whose name begins alike
        assert first.work.is_dir()
        assert other.work.is_dir()
        first.abandon()
        assert other.work.is_dir()
    publish(tmp_path / "demo", "R3")
    assert run_in(tmp_path / "demo") == "R3"


def test_leftovers_of_killed_runs_go_and_nothing_else(tmp_path):
    for name in (".demo.R0.partial", ".demo.R0.previous", ".demo.2.R0.partial", ".demox.R0.partial", "demo.R0.partial"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "dm.xpt").write_text("R0")
    RunFolder.begin(tmp_path / "demo", "R1").abandon()
    assert state(tmp_path) == [".demo.2.R0.partial", ".demox.R0.partial", "demo.R0.partial"]


def test_a_half_removed_former_run_is_not_put_back(tmp_path):
    (tmp_path / ".demo.R1.previous" / "m5").mkdir(parents=True)
    RunFolder.begin(tmp_path / "demo", "R2").abandon()
    assert state(tmp_path) == []


def test_a_second_rename_that_fails_gives_the_former_run_its_name_back(tmp_path, monkeypatch):
    publish(tmp_path / "demo", "R1")
    monkeypatch.setattr(run_folder, "_exchange", lambda one, other: False)
    real = Path.rename

    def rename(self, target):
        if self.name.endswith(".partial"):
            raise PermissionError(13, "in use")
        return real(self, target)

    with RunFolder.begin(tmp_path / "demo", "R2") as run:
        fill(run.work, "R2")
        monkeypatch.setattr(Path, "rename", rename)
        with pytest.raises(OutsideError, match=r"the run folder cannot be written \(in use\)"):
            run.publish()
    assert run_in(tmp_path / "demo") == "R1"
    assert state(tmp_path) == ["demo"]


# A child process that publishes R2 over R1 and kills itself at a named moment.
CHILD = """
import os, shutil, signal, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from submission import run_folder
from submission.run_folder import RunFolder
from test_run_folder import fill

final, moment, way = Path({final!r}), {moment!r}, {way!r}
die = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)
rename, rmtree, exchange = Path.rename, shutil.rmtree, run_folder._exchange
if way == "two renames":
    run_folder._exchange = lambda one, other: False
if moment == "before the swap":
    Path.rename = run_folder._exchange = die
if moment == "between the renames":
    Path.rename = lambda self, to: die() if self.name.endswith(".partial") else rename(self, to)
if moment == "after the swap":
    run_folder._delete = die
if moment == "while the former run is removed":
    def halfway(folder, **kwargs):
        os.unlink(folder / "report.html")
        die()
    shutil.rmtree = halfway
if moment == "flushing":
    run_folder._flush = die
run = RunFolder.begin(final, "R2")
if moment == "at the start":
    die()
(run.work / "m5").mkdir()
(run.work / "m5" / "dm.xpt").write_text("R2")
if moment == "halfway":
    die()
fill(run.work, "R2")
if moment == "manifest written":
    die()
run.publish()
"""


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX")
@pytest.mark.parametrize(
    ("moment", "way", "standing"),
    [
        ("at the start", "exchange", "R1"),
        ("halfway", "exchange", "R1"),
        ("manifest written", "exchange", "R1"),
        ("flushing", "exchange", "R1"),
        ("before the swap", "exchange", "R1"),
        ("between the renames", "two renames", None),
        ("after the swap", "exchange", "R2"),
        ("after the swap", "two renames", "R2"),
        ("while the former run is removed", "exchange", "R2"),
        ("while the former run is removed", "two renames", "R2"),
    ],
)
def test_a_kill_leaves_a_whole_run(tmp_path, moment, way, standing):
    final = tmp_path / "demo"
    publish(final, "R1")
    script = CHILD.format(tests=str(Path(__file__).parent), final=str(final), moment=moment, way=way)
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False, capture_output=True, timeout=60)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()

    if standing is None:
        assert not final.exists()
    else:
        assert run_in(final) == standing
    visible = [path for path in tmp_path.iterdir() if not path.name.startswith(".")]
    assert visible in ([final], [])
    for hidden in set(tmp_path.iterdir()) - set(visible):
        if is_run_folder(hidden):
            assert run_in(hidden) in ("R1", "R2")

    RunFolder.begin(final, "R3").abandon()
    assert run_in(final) == (standing or "R1")
    assert state(tmp_path) == ["demo"]


@pytest.mark.skipif(os.name != "posix", reason="SIGKILL is POSIX")
def test_a_kill_from_outside_at_any_time(tmp_path):
    """A child publishes run after run; whenever it is killed, a whole run stands there."""
    final = tmp_path / "demo"
    publish(final, "R0")
    script = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parent)!r})
from test_run_folder import publish
for number in range(1, 100_000):
    publish(Path({str(final)!r}), f"R{{number}}")
    print(number, flush=True)
"""
    for wait in (0.0, 0.003, 0.007, 0.011, 0.019):
        child = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT, stdout=subprocess.PIPE)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(wait)
        child.kill()
        child.wait(timeout=30)
        child.stdout.close()
        assert run_in(final).startswith("R")
    publish(final, "R-last")
    assert state(tmp_path) == ["demo"]
    assert run_in(final) == "R-last"
