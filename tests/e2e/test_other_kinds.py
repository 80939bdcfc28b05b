"""A run of another kind of export publishes, to the byte, what the run of the bundled ODM-XML published."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.conftest import Answer, package_files_of
from tests.unit.simulation.test_simulated_files import SAMPLE_SEED

pytestmark = pytest.mark.slow
Cli = Callable[..., Answer]


@pytest.mark.parametrize(("kind", "name"), [("rave-sas", "views"), ("redcap", "project"), ("xlsx", "book.xlsx")])
def test_another_kind_publishes_the_same(cli: Cli, published: Path, tmp_path: Path, kind: str, name: str) -> None:
    export, out = tmp_path / name, tmp_path / "run"
    made = cli(
        "simulate", "cart1922", "--subjects", "40", "--seed", str(SAMPLE_SEED), "--out", export, "--format", kind
    )
    assert made.code == 0, made.err
    answer = cli("run", "cart1922", "--raw", export, "--out", out, "--no-prefect")
    assert answer.code == 0, answer.err
    assert package_files_of(out) == package_files_of(published)
