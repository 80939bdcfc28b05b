"""The CDISC pilot goes the whole way: from its raw tables to a published run folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyreadstat
import pytest

from tests.e2e.conftest import Answer

pytestmark = pytest.mark.slow


def test_the_pilot_is_published(tmp_path: Path, shared: Path, cli: Callable[..., Answer]) -> None:
    out = tmp_path / "pilot"
    answer = cli("run", "cdiscpilot01", "--raw", shared / "data" / "pharmaverseraw", "--out", out, "--no-prefect")
    assert answer.code == 0, answer
    folder = out / "m5" / "datasets" / "cdiscpilot01" / "tabulations" / "sdtm"
    rows = {path.stem: pyreadstat.read_xport(str(path))[1].number_rows for path in folder.glob("*.xpt")}
    assert {name: rows[name] for name in ("dm", "ds", "ae", "ex", "vs", "suppdm", "suppae")} == {
        "dm": 306,
        "ds": 850,
        "ae": 1191,
        "ex": 591,
        "vs": 29644,
        "suppdm": 963,
        "suppae": 1176,
    }
