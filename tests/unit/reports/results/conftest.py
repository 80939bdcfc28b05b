"""What the tests of result tables share: one table, declared as YAML would, from literal datasets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from reports.results import ResultTable, build_results
from specs.model.analyses import Analyses


@dataclass(frozen=True)
class Made:
    """A table and its numbers."""

    table: ResultTable
    records: pd.DataFrame

    def line(self, label: str) -> tuple[str, ...]:
        """Return the cells of the one row with this label."""
        found = [row[1:] for row in self.table.rows if row[0] == label]
        assert len(found) == 1, f"{label!r}: {len(found)} rows"
        return found[0]

    def value(self, group: str, statistic: str) -> float:
        """Return the one number of a group."""
        found = self.records[self.records["GROUP"].eq(group) & self.records["STATISTIC"].eq(statistic)]
        assert len(found) == 1, f"{group}, {statistic}: {len(found)} records"
        return float(found["VALUE"].iloc[0])


def make_table(adam: dict[str, pd.DataFrame], **table: Any) -> Made:
    """Return the table that the keys declare."""
    declared = {"section": "Section", "title": "Title", **table}
    study: Any = SimpleNamespace(analyses=Analyses.model_validate({"tables": {"ONE": declared}}))
    results = build_results(study, adam)
    assert results.left_out == ()
    return Made(results.tables[0], results.records)


@pytest.fixture
def make() -> Callable[..., Made]:
    """Make one table of literal datasets."""
    return make_table


@pytest.fixture
def five() -> pd.DataFrame:
    """Five subjects, of whom the first four are in the safety analysis set."""
    return pd.DataFrame(
        {
            "USUBJID": ["S1", "S2", "S3", "S4", "S5"],
            "SAFFL": ["Y", "Y", "Y", "Y", "N"],
            "SEX": ["M", "F", "M", None, "F"],
            "AGE": [30.0, 40.0, 50.0, None, 99.0],
            "EOSSTT": ["DISCONTINUED", "ONGOING", "DISCONTINUED", "ONGOING", "DISCONTINUED"],
            "DCSREAS": ["DEATH", None, None, None, "DEATH"],
            "TR02SDT": pd.to_datetime(["2024-02-01", "2024-02-01", None, None, None]),
        }
    ).astype(dict.fromkeys(("USUBJID", "SAFFL", "SEX", "EOSSTT", "DCSREAS"), "str"))
