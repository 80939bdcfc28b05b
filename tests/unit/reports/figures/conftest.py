"""Five subjects in literal analysis datasets, and figures declared as YAML would."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from pydantic import TypeAdapter

from reports.figures import Drawing, draw_figure
from specs.model.figures import Figure


def dates(*days: str | None) -> pd.Series:
    """Return ISO dates as the analysis datasets hold them."""
    return pd.Series(pd.to_datetime(list(days))).astype("datetime64[s]")


@pytest.fixture
def adsl() -> pd.DataFrame:
    """Five subjects, of whom the last was never infused."""
    return pd.DataFrame(
        {
            "USUBJID": ["S1", "S2", "S3", "S4", "S5"],
            "SUBJID": ["1", "2", "3", "4", "5"],
            "SAFFL": ["Y", "Y", "Y", "Y", "N"],
            "TRTSDT": dates("2024-01-01", "2024-01-01", "2024-01-01", "2024-01-01", None),
            "TR02SDT": dates("2024-01-15", None, "2024-01-20", None, None),
            "DTHDT": dates(None, "2024-02-09", None, None, None),
            "LSTALVDT": dates("2024-12-30", "2024-02-01", "2024-06-29", None, "2024-01-05"),
            "EOSSTT": ["ONGOING", "DISCONTINUED", "DISCONTINUED", "ONGOING", "DISCONTINUED"],
        }
    )


@pytest.fixture
def best() -> pd.DataFrame:
    """The best response of four of them."""
    return pd.DataFrame(
        {
            "USUBJID": ["S1", "S2", "S3", "S4"],
            "PARAMCD": "BOR",
            "AVALC": ["CR", "PD", "PR", "SD"],
            "ADT": dates("2024-03-31", None, "2024-02-10", "2024-01-31"),
        }
    )


COLOUR = {
    "dataset": "ADRS",
    "where": {"PARAMCD": "BOR"},
    "value": "AVALC",
    "categories": {"CR": "Complete", "PR": "Partial", "PD": "Progression"},
    "otherwise": "Other",
}


def draw(adam: dict[str, pd.DataFrame], **figure: Any) -> Drawing:
    """Return the drawing of the figure that the keys declare."""
    declared = {"section": "Efficacy", "title": "Title", "caption": "Caption.", "population": {"SAFFL": "Y"}, **figure}
    return draw_figure("FIG", TypeAdapter(Figure).validate_python(declared), adam)


def values(drawing: Drawing, *columns: str) -> list[tuple[Any, ...]]:
    """Return columns of a drawing's data with missing as None."""
    rows = drawing.data[list(columns)].to_numpy(dtype=object)
    return [tuple(None if pd.isna(one) else one for one in row) for row in rows]
