"""The same run as a Prefect flow: without a server at hand, against one, and on a schedule."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import ODM, Answer, call, data_files_of, files_of

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A Prefect home of the tests' own."""
    return {"PREFECT_HOME": str(tmp_path_factory.mktemp("prefect"))}


def _run(out: Path, environment: dict[str, str]) -> Answer:
    return call("run", "cart1922", "--raw", ODM, "--out", out, "--json", environment=environment)


def test_without_a_server_the_flow_writes_the_same_bytes(published: Path, tmp_path: Path, home: dict[str, str]) -> None:
    answer = _run(tmp_path / "run", home)
    assert answer.code == 0, answer.err
    for part in ("m5", "findings", "report", "data"):
        assert files_of(tmp_path / "run" / part) == files_of(published / part)


@pytest.mark.parametrize("command", [("run",), ("serve", "--cron", "0 2 * * *")])
def test_a_home_that_prefect_cannot_use_is_one_message(tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "file").write_text("")
    place = str(tmp_path / "file" / "home")
    given = ("cart1922", "--raw", ODM, "--out", tmp_path / "run")
    answer = call(command[0], *given, *command[1:], environment={"PREFECT_HOME": place})
    assert answer.code == 14
    assert answer.err.startswith(f"cdiscflow: {place}: Prefect cannot keep its files here")
    assert "--no-prefect" in answer.err
    assert "Traceback" not in answer.err


@pytest.fixture(scope="module")
def served(home: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """`cdiscflow serve` with a server of its own; yields the address of its API and the run folder."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    folder = tmp_path_factory.mktemp("served")
    log = (folder / "log").open("w")
    process = subprocess.Popen(
        [
            sys.executable, "-c", "from flows.cli import main; main()", "serve", "cart1922", "--raw", str(ODM),
            "--out", str(folder / "run"), "--cron", "0 2 * * *", "--port", str(port),
        ],
        env={**os.environ, **home},
        stdout=log,
        stderr=log,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}/api"
    try:
        _until(lambda: bool(_post(f"{address}/deployments/filter", {})), 180, process)
        yield address, folder / "run"
    finally:
        process.terminate()
        process.wait(60)
        log.close()


def test_serve_schedules_the_study_and_runs_it_against_a_server(served: tuple[str, Path]) -> None:
    address, out = served
    (deployment,) = _post(f"{address}/deployments/filter", {})
    assert deployment["name"] == "cart1922"
    (schedule,) = deployment["schedules"]
    assert schedule["schedule"]["cron"] == "0 2 * * *"
    assert "data" not in json.dumps(deployment["parameters"])
    run = _post(f"{address}/deployments/{deployment['id']}/create_flow_run", {})
    ended = _until(lambda: _ended(address, run["id"]), 240)
    assert ended["state"]["type"] == "COMPLETED", ended["state"]["message"]
    assert (out / "manifest.json").is_file()
    steps = ["read", "derive:DM", "adam:ADTTE", "write:ADTTE", "define:adam", "rules:package"]
    asked = {"flow_runs": {"id": {"any_": [run["id"]]}}, "task_runs": {"name": {"any_": steps}}}
    tasks = _post(f"{address}/task_runs/filter", asked)
    assert sorted(task["name"] for task in tasks) == sorted(steps)
    artifacts = _post(f"{address}/artifacts/filter", {})
    assert {"cart1922-findings", "cart1922-datasets", "cart1922-run"} <= {one["key"] for one in artifacts}


def test_against_a_server_findings_fail_the_flow_with_one_message(
    served: tuple[str, Path], tmp_path: Path, home: dict[str, str]
) -> None:
    address, _ = served
    broken = tmp_path / "broken.xml"
    broken.write_text(ODM.read_text(encoding="utf-8").replace('Value="Female"', 'Value="Femail"', 1), encoding="utf-8")
    answer = call(
        "run", "cart1922", "--raw", broken, "--out", tmp_path / "run",
        environment={**home, "PREFECT_API_URL": address},
    )  # fmt: skip
    assert answer.code == 1
    assert "Traceback" not in answer.err
    (run,) = _post(f"{address}/flow_runs/filter", {"flow_runs": {"state": {"type": {"any_": ["FAILED"]}}}})
    assert run["state"]["message"].startswith("Stopped by findings: 1 error, ")
    assert "Femail" not in json.dumps(run)


@pytest.fixture(scope="module")
def cluster(served: tuple[str, Path], home: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Dask scheduler with two workers that know the server; yields its address."""
    folder = tmp_path_factory.mktemp("dask")
    known = folder / "scheduler.json"
    environment = {**os.environ, **home, "PREFECT_API_URL": served[0]}
    given = ["--scheduler-file", str(known), "--no-dashboard", "--host", "127.0.0.1"]
    commands = [
        ["scheduler", *given, "--port", "0"],
        ["worker", *given, "--nworkers", "2", "--nthreads", "1", "--local-directory", str(folder)],
    ]
    processes: list[subprocess.Popen[bytes]] = []
    with (folder / "log").open("w") as log:
        try:
            for command in commands:
                asked = [sys.executable, "-m", "dask", *command]
                processes.append(subprocess.Popen(asked, env=environment, stdout=log, stderr=log))
                _until(known.exists, 120, processes[-1])
            yield json.loads(known.read_text(encoding="utf-8"))["address"]
        finally:
            for process in reversed(processes):
                process.terminate()
                process.wait(60)


def test_on_a_dask_cluster_the_flow_writes_the_same_bytes(
    served: tuple[str, Path], cluster: str, published: Path, tmp_path: Path, home: dict[str, str]
) -> None:
    answer = call(
        "run", "cart1922", "--raw", ODM, "--out", tmp_path / "run", "--dask", cluster,
        environment={**home, "PREFECT_API_URL": served[0]},
    )  # fmt: skip
    assert answer.code == 0, answer.err
    assert data_files_of(tmp_path / "run") == data_files_of(published)


def test_a_scheduler_that_does_not_answer_is_one_message(tmp_path: Path, home: dict[str, str]) -> None:
    answer = call(
        "run", "cart1922", "--raw", ODM, "--out", tmp_path / "run", "--dask", "tcp://127.0.0.1:9", environment=home
    )
    assert answer.code == 14
    assert answer.err.startswith("cdiscflow: --dask tcp://127.0.0.1:9: no scheduler answers there")
    assert "Traceback" not in answer.err
    assert not (tmp_path / "run").exists()


def _post(address: str, content: dict[str, Any]) -> Any:
    request = urllib.request.Request(
        address, json.dumps(content).encode(), {"Content-Type": "application/json"}, method="POST"
    )
    return _answer(request)


def _answer(request: urllib.request.Request | str) -> Any:
    """Ask the server, and again for half a minute while it is busy: 503 is what a locked database makes it say."""
    end = time.monotonic() + 30
    while True:
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            if error.code != 503 or time.monotonic() > end:
                raise
            time.sleep(1)


def _ended(address: str, run: str) -> Any:
    content = _answer(f"{address}/flow_runs/{run}")
    return content if content["state"]["type"] in ("COMPLETED", "FAILED", "CRASHED", "CANCELLED") else None


def _until(ask: Any, seconds: float, process: subprocess.Popen[bytes] | None = None) -> Any:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            answer = ask()
            if answer:
                return answer
        except OSError:
            pass
        assert process is None or process.poll() is None, "the process ended"
        time.sleep(0.5)
    raise AssertionError("nothing came in time")
