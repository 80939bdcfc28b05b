"""One published run for all tests that only look at it, and one way to call the command line."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from specs.load import STUDIES

SAMPLE = STUDIES / "cart1922" / "sample"
ODM = SAMPLE / "odm" / "cart1922.xml"
CSV = SAMPLE / "csv"


@dataclass(frozen=True)
class Answer:
    """What a call of the command line came to."""

    code: int
    out: str
    err: str

    @property
    def last(self) -> dict[str, Any]:
        """The machine-readable last line."""
        content: dict[str, Any] = json.loads(self.out.strip().splitlines()[-1])
        return content


def call(*arguments: str | Path, environment: Mapping[str, str] | None = None) -> Answer:
    """Call `cdiscflow` in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", "from flows.cli import main; main()", *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**os.environ, **(environment or {})},
        check=False,
        timeout=600,
    )
    return Answer(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="session")
def cli() -> Callable[..., Answer]:
    """The command line."""
    return call


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run folder of cart1922 on its bundled export, made without Prefect."""
    out = tmp_path_factory.mktemp("published") / "run"
    answer = call("run", "cart1922", "--raw", ODM, "--out", out, "--no-prefect")
    assert answer.code == 0, answer.err
    return out


def files_of(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of every file below a folder by its relative path."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def package_files_of(run: Path) -> dict[str, str]:
    """Return the files of a run's package that do not depend on the kind of export: all but the guides, which name
    the export's files."""
    return {
        name: digest for name, digest in files_of(run / "m5").items() if not name.endswith(("csdrg.pdf", "adrg.pdf"))
    }


def data_files_of(folder: Path) -> dict[str, str]:
    """Return the files that may not differ between two runs of the same input: all but the manifest."""
    files = files_of(folder)
    files.pop("manifest.json")
    return files
