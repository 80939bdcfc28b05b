"""A kill at any moment leaves the last published run untouched and no half folder that looks whole."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.e2e.conftest import ODM, call, files_of

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="SIGKILL is a matter of POSIX systems"),
]

#: A file of the unfinished run whose appearance says how far it has come.
MOMENTS = [
    "data/raw/dm.parquet",
    "data/adam/ADSL.parquet",
    "m5/datasets/cart1922/tabulations/sdtm/define.xml",
    "findings/findings.csv",
]


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_killed_run_leaves_the_published_one_and_the_next_clears_up(
    published: Path, tmp_path: Path, moment: str
) -> None:
    out = Path(shutil.copytree(published, tmp_path / "out"))
    before = files_of(out)
    command = [sys.executable, "-c", "from flows.cli import main; main()"]
    process = subprocess.Popen(
        [*command, "run", "cart1922", "--raw", str(ODM), "--out", str(out), "--no-prefect"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(tmp_path, moment, process)
        os.kill(process.pid, signal.SIGKILL)
    finally:
        process.wait(30)
    assert process.returncode == -signal.SIGKILL
    assert files_of(out) == before
    assert [path.name for path in tmp_path.iterdir() if not path.name.startswith(".")] == ["out"]
    assert not list(tmp_path.glob(".*/manifest.json"))

    answer = call("run", "cart1922", "--raw", ODM, "--out", out, "--no-prefect")
    assert answer.code == 0, answer.err
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def _wait_for(parent: Path, moment: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end:
        if list(parent.glob(f".out.*.partial/{moment}")):
            return
        assert process.poll() is None, "the run ended before the moment came"
        time.sleep(0.005)
    raise AssertionError(f"{moment} did not appear")
