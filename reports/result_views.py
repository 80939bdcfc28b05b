"""Figures and tables of results as the report's page shows them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from reports.figures import Drawing
from reports.results import ResultTable
from reports.trace_places import page_name

#: A figure's data beyond this are left to its CSV.
_MOST_ROWS = 200
#: Tables of at most so many rows stand open.
_MOST_OPEN = 12
_NAMESPACE = re.compile(r' xmlns(:\w+)?="[^"]*"')


@dataclass(frozen=True)
class TraceLink:
    """A page that explains a parameter: its words and its path from the report's folder."""

    label: str
    path: str


@dataclass(frozen=True)
class FigureView:
    """A figure on the page; `header` and `rows` are its data as text, of which `left_out` rows are not shown."""

    drawing: Drawing
    svg: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numeric: tuple[bool, ...]
    left_out: int
    traces: tuple[TraceLink, ...]


@dataclass(frozen=True)
class TableView:
    """A table on the page: `rows` are the indent, the label and the cells of each; `nested` if any is indented."""

    table: ResultTable
    rows: tuple[tuple[int, str, tuple[str, ...]], ...]
    nested: bool
    open: bool
    traces: tuple[TraceLink, ...]


def view_figure(drawing: Drawing, pages: Collection[str]) -> FigureView:
    """Return a figure as the page shows it; `pages` are the trace pages that exist."""
    shown = drawing.data.head(_MOST_ROWS)
    columns = [_as_text(shown[name]) for name in shown.columns]
    return FigureView(
        drawing,
        svg=_NAMESPACE.sub("", drawing.svg),
        header=tuple(str(name) for name in shown.columns),
        rows=tuple(zip(*columns, strict=True)),
        numeric=tuple(pd.api.types.is_numeric_dtype(shown[name]) for name in shown.columns),
        left_out=len(drawing.data) - len(shown),
        traces=_traces(drawing.traces, pages),
    )


def view_table(table: ResultTable, pages: Collection[str]) -> TableView:
    """Return a table of results as the page shows it; `pages` are the trace pages that exist."""
    rows = tuple((indent, row[0], row[1:]) for row, indent in zip(table.rows, table.indents, strict=True))
    is_open = len(rows) <= _MOST_OPEN if table.open is None else table.open
    return TableView(table, rows, any(table.indents), is_open, _traces(table.traces, pages))


def sections_of(views: Iterable[TableView]) -> tuple[tuple[str, tuple[TableView, ...]], ...]:
    """Return tables by section, both in their first order."""
    by_section: dict[str, list[TableView]] = {}
    for view in views:
        by_section.setdefault(view.table.section, []).append(view)
    return tuple((section, tuple(found)) for section, found in by_section.items())


def _traces(traces: Iterable[tuple[str, str]], pages: Collection[str]) -> tuple[TraceLink, ...]:
    return tuple(
        TraceLink(f"{dataset} {parameter}".strip(), f"trace/{page}")
        for dataset, parameter in traces
        if (page := page_name(dataset, parameter)) in pages
    )


def _as_text(values: pd.Series) -> list[str]:
    """Return values as people read them: whole numbers whole, others with four digits, missing ones empty."""
    if pd.api.types.is_numeric_dtype(values):
        numbers = values.to_numpy(dtype="float64", na_value=np.nan)
        return ["" if np.isnan(one) else f"{one:,.0f}" if one == round(one) else f"{one:.4g}" for one in numbers]
    return values.astype("str").fillna("").tolist()
