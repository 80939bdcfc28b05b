"""Where the engine's interpreter comes from; nothing is installed here, a table of interpreters stands in."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from checks.core import environment
from checks.core.environment import ENGINE, LOCK, VARIABLE, cache_folder, engine_python
from clinical.errors import OutsideError

_Known = dict[str, tuple[int, int, str | None]]


class Machine:
    """Interpreters by path (version and engine), and what pip does; `calls` are the commands that were run.

    An interpreter of an environment made here is a file that holds the engine's version.
    """

    def __init__(self) -> None:
        self.known: _Known = {}
        self.silent: set[str] = set()
        self.pip = 0
        self.calls: list[list[str]] = []

    def run(self, command: list[str], **given: Any) -> subprocess.CompletedProcess[Any]:
        self.calls.append(command)
        python = Path(command[0])
        if "-c" in command:
            if command[0] in self.silent:
                raise subprocess.CalledProcessError(127, command)
            if command[0] not in self.known and not python.is_file():
                raise FileNotFoundError(command[0])
            answer = self.known.get(command[0]) or (3, 12, python.read_text(encoding="utf-8") or None)
            return subprocess.CompletedProcess(command, 0, json.dumps(answer), "")
        if "venv" in command:
            made = Path(command[-1]) / "bin" / "python"
            made.parent.mkdir(parents=True)
            made.write_text("", encoding="utf-8")
            return subprocess.CompletedProcess(command, 0, b"", b"")
        if self.pip == 0:
            python.write_text(ENGINE, encoding="utf-8")
        return subprocess.CompletedProcess(command, self.pip, b"collecting", b"no index at hand")


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Machine]:
    """A machine without any Python 3.12 and an empty cache folder."""
    made = Machine()
    monkeypatch.setattr(environment.subprocess, "run", made.run)
    monkeypatch.setattr(environment.os, "get_exec_path", lambda: [])
    monkeypatch.setattr(environment.sys, "executable", "/own/python")
    monkeypatch.setattr(environment.os, "name", "posix")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv(VARIABLE, raising=False)
    return made


def named(path: str) -> Path:
    return Path(path)


def test_a_named_interpreter_with_the_engine_is_used_as_it_is(machine: Machine) -> None:
    machine.known["/some/python"] = (3, 12, ENGINE)
    assert engine_python(named("/some/python")) == Path("/some/python")
    assert len(machine.calls) == 1


def test_the_environment_variable_names_one_too(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.known["/some/python"] = (3, 12, ENGINE)
    monkeypatch.setenv(VARIABLE, "/some/python")
    assert engine_python() == Path("/some/python")


@pytest.mark.parametrize(
    ("known", "message"),
    [
        ({}, "/some/python: is no Python that can be run"),
        ({"/some/python": (3, 11, None)}, r"/some/python: is Python 3\.11, expected 3\.12"),
        ({"/some/python": (3, 12, "0.9.0")}, rf"/some/python: has cdisc-rules-engine 0\.9\.0, expected {ENGINE}"),
    ],
)
def test_a_named_interpreter_that_does_not_suit_is_refused(known: _Known, message: str, machine: Machine) -> None:
    machine.known.update(known)
    with pytest.raises(OutsideError, match=message) as raised:
        engine_python(named("/some/python"))
    assert raised.value.exit_code == 14


def test_without_python_3_12_one_message_says_what_to_do(machine: Machine) -> None:
    with pytest.raises(OutsideError, match=rf"needs Python 3\.12.*--core-python PATH.*{VARIABLE}") as raised:
        engine_python()
    assert raised.value.exit_code == 14


def test_an_environment_is_made_once_beside_ours(machine: Machine) -> None:
    machine.known["/some/python3.12"] = (3, 12, None)
    said: list[str] = []
    python = engine_python(named("/some/python3.12"), say=said.append)
    assert python.is_relative_to(cache_folder())
    assert python.is_file()
    assert [path.name for path in cache_folder().iterdir()] == [python.parents[1].name]
    assert len(said) == 1
    venv, pip = (call for call in machine.calls if "-c" not in call)
    assert venv[:4] == ["/some/python3.12", "-I", "-m", "venv"]
    assert Path(pip[0]).is_relative_to(cache_folder())
    assert pip[pip.index("-r") + 1] == str(LOCK)
    assert {"--require-hashes", "--no-deps"} <= set(pip)
    machine.calls.clear()
    assert engine_python(say=said.append) == python
    assert len(said) == 1
    assert all("-c" in call for call in machine.calls)


def test_a_damaged_environment_is_made_anew(machine: Machine) -> None:
    machine.known["/some/python3.12"] = (3, 12, None)
    python = engine_python(named("/some/python3.12"))
    python.write_text("", encoding="utf-8")
    (python.parents[1] / "left").write_text("", encoding="utf-8")
    assert engine_python(named("/some/python3.12")) == python
    assert not (python.parents[1] / "left").exists()


def test_what_pip_could_not_install_leaves_nothing_but_its_words(machine: Machine) -> None:
    machine.known["/some/python3.12"] = (3, 12, None)
    machine.pip = 1
    with pytest.raises(OutsideError, match=r"could not be installed \(see .*core-.*\.log\)") as raised:
        engine_python(named("/some/python3.12"))
    assert raised.value.exit_code == 14
    (log,) = cache_folder().iterdir()
    assert log.read_text(encoding="utf-8") == "collectingno index at hand"


def test_the_first_python_3_12_on_the_path_that_answers_is_the_base(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [tmp_path / name for name in ("empty", "broken", "old", "good")]
    for folder in folders:
        folder.mkdir()
    for folder in folders[1:]:
        path = folder / "python3.12"
        path.write_text("", encoding="utf-8")
        path.chmod(0o755)
    machine.silent = {str(folders[1] / "python3.12")}
    machine.known[str(folders[2] / "python3.12")] = (3, 11, None)
    machine.known[str(folders[3] / "python3.12")] = (3, 12, None)
    monkeypatch.setattr(environment.os, "get_exec_path", lambda: [str(folder) for folder in folders])
    engine_python()
    venv = next(call for call in machine.calls if "venv" in call)
    assert venv[0] == str(folders[3] / "python3.12")


def test_a_cache_folder_that_cannot_be_made_is_named(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine.known["/some/python3.12"] = (3, 12, None)
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    with pytest.raises(OutsideError, match="set XDG_CACHE_HOME to another folder"):
        engine_python(named("/some/python3.12"))


@pytest.mark.parametrize(
    ("platform", "expected"),
    [
        ("linux", "HOME/.cache/cdiscflow"),
        ("darwin", "HOME/Library/Caches/cdiscflow"),
        ("win32", "LOCAL/cdiscflow/Cache"),
    ],
)
def test_the_cache_folder_is_the_system_s_own(
    platform: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "LOCAL"))
    monkeypatch.setattr(environment.Path, "home", lambda: tmp_path / "HOME")
    monkeypatch.setattr(environment.sys, "platform", platform)
    assert cache_folder() == tmp_path / expected


def test_a_relative_xdg_cache_home_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "here")
    monkeypatch.setattr(environment.Path, "home", lambda: tmp_path)
    monkeypatch.setattr(environment.sys, "platform", "linux")
    assert cache_folder() == tmp_path / ".cache" / "cdiscflow"


def test_an_interpreter_answers_with_its_version_and_engine() -> None:
    found = environment._ask(sys.executable)
    assert found is not None
    assert found.version == tuple(sys.version_info[:2])
    assert found.engine is None


def test_the_lock_holds_the_engine_with_hashes() -> None:
    lines = LOCK.read_text(encoding="utf-8").splitlines()
    assert f"cdisc-rules-engine=={ENGINE} \\" in lines
    assert all(line.startswith(("    --hash=sha256:", "    #")) or "==" in line for line in lines)
