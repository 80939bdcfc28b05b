"""The interpreter that runs the engine: one that the user names, or one made once in the user's cache folder.

The engine wants Python 3.12 and pins of its own, so it never meets our environment: it is installed from
`requirements.lock` into a virtual environment beside no other, and only called as a process.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from clinical.errors import OutsideError

#: The release of cdisc-rules-engine that `run_rules` speaks to, and the Python that it runs on.
ENGINE = "0.17.1"
PYTHON = (3, 12)
#: The environment variable that names an interpreter.
VARIABLE = "CDISCFLOW_CORE_PYTHON"
LOCK = Path(__file__).with_name("requirements.lock")

_ASK = """
import json, sys
from importlib import metadata
try:
    engine = metadata.version("cdisc-rules-engine")
except metadata.PackageNotFoundError:
    engine = None
print(json.dumps([*sys.version_info[:2], engine]))
"""
#: Seconds that an interpreter may take to answer, and pip to install.
_ANSWER = 60
_INSTALL = 1800


@dataclass(frozen=True)
class _Interpreter:
    command: str
    version: tuple[int, int]
    engine: str | None


def engine_python(named: Path | None = None, *, say: Callable[[str], None] = lambda text: None) -> Path:
    """Return an interpreter that has the engine; make its environment where there is none yet.

    Args:
        named: an interpreter chosen by the user, else the one that the environment variable names, else any Python
            3.12 on the path. One that has the engine is used as it is; of another an environment is made, and
            nothing is ever installed into it.
        say: called with one line before an installation, which takes a minute or two and the network.

    Raises:
        OutsideError: the named interpreter is none or does not suit, there is no Python 3.12, or pip failed.
    """
    chosen = _named(str(named or os.environ.get(VARIABLE) or ""))
    if chosen is not None and chosen.engine == ENGINE:
        return Path(chosen.command)
    folder = cache_folder() / f"core-{ENGINE}-{hashlib.sha256(LOCK.read_bytes()).hexdigest()[:8]}"
    python = _python_in(folder)
    made = _ask(str(python)) if python.is_file() else None
    if made is None or made.engine != ENGINE:
        base = chosen or _on_path()
        if base is None:
            raise OutsideError(
                "--core: the CDISC CORE engine needs Python 3.12, and none was found. Install Python 3.12, or name "
                f"one with --core-python PATH or the environment variable {VARIABLE}."
            )
        say(f"Making the environment of CDISC CORE {ENGINE} in {folder} (once; a minute or two)")
        _make(folder, base.command)
    return python


def cache_folder() -> Path:
    """Return the folder for what can be made again: XDG_CACHE_HOME, else the system's own place in the user's home."""
    chosen = os.environ.get("XDG_CACHE_HOME", "")
    if os.path.isabs(chosen):
        return Path(chosen) / "cdiscflow"
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "cdiscflow" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "cdiscflow"
    return Path.home() / ".cache" / "cdiscflow"


def _named(command: str) -> _Interpreter | None:
    """Return what an interpreter named by the user is, or None where none is named."""
    if not command:
        return None
    command = os.path.abspath(shutil.which(command) or command)  # a link stays: behind it is another environment
    found = _ask(command)
    if found is None:
        raise OutsideError(f"{command}: is no Python that can be run. Name another with --core-python or {VARIABLE}.")
    if found.engine not in (None, ENGINE):
        raise OutsideError(
            f"{command}: has cdisc-rules-engine {found.engine}, expected {ENGINE}. Install that release, or name a "
            "Python 3.12 without the engine."
        )
    if found.engine is None and found.version != PYTHON:
        raise OutsideError(
            f"{command}: is Python {found.version[0]}.{found.version[1]}, expected 3.12, which the CDISC CORE engine "
            "needs. Name a Python 3.12."
        )
    return found


def _on_path() -> _Interpreter | None:
    """Return the first Python 3.12 that answers: our own, or one on the path."""
    found = (_ask(command) for command in _candidates())
    return next((one for one in found if one is not None and one.version == PYTHON), None)


def _candidates() -> Iterator[str]:
    if sys.version_info[:2] == PYTHON:
        yield sys.executable
    for folder in os.get_exec_path():
        for name in ("python3.12", "python3", "python"):
            if (path := shutil.which(name, path=folder)) is not None:
                yield path
    if os.name == "nt":
        yield from sorted(
            map(str, Path(os.environ.get("LOCALAPPDATA", "")).glob("Programs/Python/Python312/python.exe"))
        )


def _ask(command: str) -> _Interpreter | None:
    """Return the version of an interpreter and of its engine, or None where it does not answer."""
    try:
        done = subprocess.run(
            [command, "-I", "-c", _ASK], capture_output=True, encoding="utf-8", timeout=_ANSWER, check=True
        )
        major, minor, engine = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return _Interpreter(command, (major, minor), engine)


def _python_in(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _make(folder: Path, python: str) -> None:
    """Make the environment beside its place and move it there when it is whole."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    except OSError as error:
        raise OutsideError(
            f"{folder.parent}: {error.strerror}. The environment of CDISC CORE is kept there; mend the permissions, "
            "or set XDG_CACHE_HOME to another folder."
        ) from error
    try:
        log = folder.with_name(f"{folder.name}.log")
        _call([python, "-I", "-m", "venv", str(work / "env")], log)
        pip = [str(_python_in(work / "env")), "-I", "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
        _call([*pip, "--no-compile", "--require-hashes", "--no-deps", "-r", str(LOCK)], log)
        _place(work / "env", folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _place(made: Path, folder: Path) -> None:
    """Move a whole environment to its place; one that somebody else finished first is as good."""
    python = _python_in(folder)
    found = _ask(str(python))
    if folder.exists() and (found is None or found.engine != ENGINE):
        shutil.rmtree(folder)
    try:
        made.replace(folder)
    except OSError:
        if not python.is_file():
            raise


def _call(command: list[str], log: Path) -> None:
    """Run a step of the installation; what it printed is kept where it fails."""
    try:
        done = subprocess.run(command, capture_output=True, timeout=_INSTALL, check=False)
        failed, printed = done.returncode != 0, done.stdout + done.stderr
    except subprocess.TimeoutExpired as error:
        failed, printed = True, (error.stdout or b"") + (error.stderr or b"")
    if failed:
        log.write_bytes(printed)
        raise OutsideError(
            f"--core: the CDISC CORE engine {ENGINE} could not be installed (see {log}). Connect to the package index "
            f"and run again, or install cdisc-rules-engine=={ENGINE} into a Python 3.12 and name that with "
            f"--core-python or {VARIABLE}."
        )
