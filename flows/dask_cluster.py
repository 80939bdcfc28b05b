"""The Dask cluster that steps may run on: asked before a run whether it can do the work."""

from __future__ import annotations

import os
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from clinical.errors import OutsideError, listed
from clinical.wording import count

#: Seconds to wait for the scheduler, and for its first worker.
_SCHEDULER = 15
_WORKER = 60


def dask_runner(address: str, paths: Sequence[Path] = ()) -> Any:
    """Return the task runner of a Dask cluster.

    Args:
        address: that of the scheduler, as `tcp://127.0.0.1:8786`.
        paths: files and folders that the workers must see under the same name as we do.

    Raises:
        OutsideError: the extra is not installed, no scheduler answers, it has no worker, or a worker has another
            version of the product or does not see a path.
    """
    try:
        from prefect_dask.task_runners import DaskTaskRunner
    except ImportError:
        raise OutsideError(
            "--dask: the package prefect-dask is not installed. Install cdiscflow with its extra 'dask'."
        ) from None
    _require_cluster(address, paths)
    return DaskTaskRunner(address=address)


def _require_cluster(address: str, paths: Sequence[Path]) -> None:
    from distributed import Client

    try:
        client = Client(address, timeout=_SCHEDULER, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError, TypeError):
        raise OutsideError(
            f"--dask {address}: no scheduler answers there, expected an address as tcp://127.0.0.1:8786. "
            "Start one with `dask scheduler`, or correct the address."
        ) from None
    with client:
        try:
            client.wait_for_workers(1, timeout=_WORKER)
        except TimeoutError:
            raise OutsideError(
                f"--dask {address}: the scheduler has no worker. Start some with `dask worker {address}`."
            ) from None
        _require_version(client, address)
        for path in paths:
            blind = sum(not seen for seen in client.run(os.path.exists, str(path.resolve())).values())
            if blind:
                raise OutsideError(
                    f"--dask {address}: {count(blind, 'worker', verb='do')} not see {path}. "
                    "Give all of them the same folders, on a disk that they share."
                )


def _require_version(client: Any, address: str) -> None:
    """Raise OutsideError where a worker would run other code than we do, or none."""
    ours = version("cdiscflow")
    try:
        others = set(client.run(version, "cdiscflow").values()) - {ours}
    except PackageNotFoundError:
        others = {"none"}
    if others:
        raise OutsideError(
            f"--dask {address}: workers have cdiscflow {listed(sorted(others), 5)}, expected {ours}. "
            "Install the same version for all of them."
        )
