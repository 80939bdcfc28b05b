"""A figure's specification and the analysis datasets become a drawing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from reports.figures.canvas import style
from reports.figures.change import make_spider, make_waterfall
from reports.figures.drawing import Drawing, Picture
from reports.figures.grades import make_grades, make_response_bar
from reports.figures.kaplan_meier import make_kaplan_meier
from reports.figures.selection import Selection
from reports.figures.svg import to_svg
from reports.figures.swimmer import make_swimmer
from reports.figures.words import describe_source, traces_of
from specs.model.figures import Figure, figure_reads

_MAKERS: Mapping[str, Callable[[Any, Selection], Picture]] = {
    "kaplan_meier": make_kaplan_meier,
    "swimmer": make_swimmer,
    "waterfall": make_waterfall,
    "spider": make_spider,
    "grades": make_grades,
    "response_bar": make_response_bar,
}


def draw_figure(figure_id: str, figure: Figure, adam: Mapping[str, pd.DataFrame]) -> Drawing:
    """Return a figure drawn from analysis datasets; the same data give the same text.

    Where a dataset is missing, or no row is left, the drawing has no picture and a note that says why.
    """
    picture = _make(figure, adam)
    svg = ""
    if picture.draw is not None:
        with style(figure_id):
            svg = to_svg(picture.draw(), name=figure_id.lower(), title=figure.title, description=picture.summary)
    return Drawing(
        id=figure_id,
        section=figure.section,
        title=figure.title,
        caption=figure.caption,
        svg=svg,
        data=picture.data,
        notes=picture.notes,
        source=describe_source(figure),
        traces=traces_of(figure),
    )


def _make(figure: Figure, adam: Mapping[str, pd.DataFrame]) -> Picture:
    missing = [name for name in figure_reads(figure) if name not in adam]
    if missing:
        return Picture(pd.DataFrame(), notes=(f"Not drawn: this run did not build {' and '.join(missing)}.",))
    return _MAKERS[figure.kind](figure, Selection.of(adam, figure.population))
