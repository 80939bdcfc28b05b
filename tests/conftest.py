"""What every test may ask for: the reference material where it is at hand, and a quiet orchestrator."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHARED = ROOT.parent / "shared"

#: No test may reach the outside, and none may find a server that somebody left running.
os.environ.update({"PREFECT_SERVER_ANALYTICS_ENABLED": "false", "DO_NOT_TRACK": "1"})
os.environ.pop("PREFECT_API_URL", None)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of reference material; the test is skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the reference material (../shared) is not at hand")
    return SHARED
