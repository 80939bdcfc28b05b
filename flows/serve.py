"""A study on a schedule: a Prefect deployment served from this process, on a server that is bound to localhost."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from clinical.errors import OutsideError, UsageError
from flows import QUIET
from specs.load import load_study

HOST = "127.0.0.1"


def serve_study(study: str, raw: str, out: Path, cron: str, timezone: str, port: int) -> None:
    """Serve the study's flow on a cron schedule until the process is stopped.

    The server of `PREFECT_API_URL` is used where that is set; else one on localhost, started here if none answers.

    Raises:
        SpecError: the study does not load; a schedule of a broken study would fail every night.
        UsageError: the cron text or the time zone is none.
        OutsideError: the server does not start.
    """
    loaded = load_study(study)
    with _server(port):
        from prefect.schedules import Cron

        from flows.study_flow import study_flow

        try:
            schedule = Cron(cron, timezone=timezone)
        except ValueError:
            raise UsageError(
                f"--cron '{cron}' with --timezone '{timezone}': no schedule. Five fields as '0 2 * * *', and a zone as "
                "'Europe/Berlin', are expected."
            ) from None
        study_flow.serve(
            name=loaded.id.lower(),
            schedule=schedule,
            parameters={"study": str(loaded.folder.resolve()), "raw": _absolute(raw), "out": str(out.resolve())},
            description=loaded.design.title,
            limit=1,
            print_starting_message=True,
        )


def _absolute(location: str) -> str:
    return location if os.path.isabs(location) else str(Path.cwd() / location)


@contextmanager
def _server(port: int) -> Iterator[None]:
    """Have a Prefect server at hand, and stop it afterwards if it was started here."""
    if os.environ.get("PREFECT_API_URL"):
        yield
        return
    address = f"http://{HOST}:{port}/api"
    os.environ["PREFECT_API_URL"] = address
    if _healthy(address):
        yield
        return
    command = [sys.executable, "-m", "prefect", "server", "start", "--host", HOST, "--port", str(port)]
    environment = {**QUIET, **os.environ}
    environment.pop("PREFECT_API_URL")
    environment["PREFECT_SERVER_UI_API_URL"] = address  # the pages ask port 4200 otherwise
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_until_healthy(address, process)
        print(f"Prefect server and its pages: http://{HOST}:{port}", flush=True)
        yield
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(20)


def _healthy(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/health", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _wait_until_healthy(address: str, process: subprocess.Popen[bytes], limit: float = 120) -> None:
    end = time.monotonic() + limit
    while time.monotonic() < end and process.poll() is None:
        if _healthy(address):
            return
        time.sleep(0.5)
    raise OutsideError(
        f"{address}: the Prefect server does not answer. See whether the port is free (--port), or start "
        "'prefect server start' yourself and set PREFECT_API_URL."
    )
