"""What a drawn figure is, and what its parts are while it is drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas


@dataclass(frozen=True)
class Drawing:
    """A figure as it stands in a report.

    `svg` is one element without anything outside it, empty where there is nothing to draw: then `notes` say why.
    `data` are the numbers that are drawn. `source` names dataset and filter in words, `traces` the pages (dataset,
    PARAMCD or nothing) that explain them.
    """

    id: str
    section: str
    title: str
    caption: str
    svg: str
    data: pd.DataFrame
    notes: tuple[str, ...]
    source: str
    traces: tuple[tuple[str, str], ...]
    #: The population by its name, with the number of its subjects; empty where it has none.
    population: str = ""

    @property
    def name(self) -> str:
        """The name of the figure's files, without the ending."""
        return self.id.lower()


@dataclass(frozen=True)
class Picture:
    """What one kind of figure makes of the data: `draw` is None where there is nothing to draw.

    `summary` says in a sentence what the picture shows, for readers who do not see it.
    """

    data: pd.DataFrame
    draw: Callable[[], Canvas] | None = None
    summary: str = ""
    notes: tuple[str, ...] = ()
