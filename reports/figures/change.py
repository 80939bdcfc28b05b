"""Waterfall and spider figures: the change of a measurement by subject, best and over time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from clinical.conditions import matches
from clinical.findings import as_text
from clinical.wording import agree, count
from reports.figures.canvas import (
    BOTTOM,
    INK,
    MARKERS,
    SOFT,
    Key,
    add_axes,
    add_legend,
    category_looks,
    edge_of,
    legend_height,
    marker_key,
    month_ticks,
    new_canvas,
    patch_key,
    text_width,
)
from reports.figures.drawing import Picture
from reports.figures.selection import Selection, labels_of, pick_evenly, subjects_in_words
from specs.model.figures import Rows, SpiderFigure, WaterfallFigure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

_LEFT, _PLOT = 0.95, 3.4
#: With more bars than this their labels would overlap.
_MOST_LABELS = 45
_SHAPES = ("circle", "triangle", "square", "cross", "diamond", "down", "plus", "star")


def make_waterfall(figure: WaterfallFigure, selection: Selection) -> Picture:
    """Return the picture, and as data the best value of each subject with LABEL and CATEGORY, from the highest."""
    rows = selection.rows(Rows(dataset=figure.dataset, where=figure.where))
    rows = rows[rows[figure.value].notna()]
    by_subject = rows.groupby("USUBJID", sort=True)[figure.value]
    best = (by_subject.min() if figure.best == "lowest" else by_subject.max()).rename(figure.value).reset_index()
    best = best.rename(columns={"USUBJID": "SUBJECT"})
    best["LABEL"] = as_text(selection.value(figure.label, best["SUBJECT"]))
    best["CATEGORY"] = selection.category(figure.colour, best["SUBJECT"])
    best = best.sort_values([figure.value, "SUBJECT"], ascending=[False, True], kind="stable").reset_index(drop=True)
    data = best[["SUBJECT", "LABEL", "CATEGORY", figure.value]]
    without = len(selection.subjects) - len(data)
    notes = _without_note(without)
    if data.empty:
        return Picture(data, notes=(*notes, "There is nothing to draw: no subject has a value."))
    shown, left_out = pick_evenly(data, figure.most_subjects)
    below = [int((data[figure.value] <= line).sum()) for line in figure.lines]
    counts = [f"{count:,} at or below {_number(line)}%" for line, count in zip(figure.lines, below)]
    summary = f"Best change of {subjects_in_words(len(data))}" + (f": {', '.join(counts)}." if counts else ".")
    notes = (*left_out, *_ceiling_note(data[figure.value], figure.ceiling), *notes)
    return Picture(data, lambda: _draw_waterfall(figure, shown), summary, notes)


def make_spider(figure: SpiderFigure, selection: Selection) -> Picture:
    """Return the picture, and as data every value with DAY (0 at baseline) and MONTHS, by subject and day."""
    rows = selection.rows(Rows(dataset=figure.dataset, where=figure.where))
    rows = rows.assign(DAY=rows[figure.time].astype("float64"), VALUE=rows[figure.value].astype("float64"))
    if figure.baseline is not None:
        first = matches(rows, figure.baseline)
        rows.loc[first, ["DAY", "VALUE"]] = 0.0
    rows = rows[rows["VALUE"].notna() & rows["DAY"].notna()]
    later = rows.loc[rows["DAY"] != 0, "USUBJID"]
    rows = rows[rows["USUBJID"].isin(later)].reset_index(drop=True)
    data = pd.DataFrame(
        {
            "SUBJECT": rows["USUBJID"],
            "LABEL": as_text(selection.value(figure.label, rows["USUBJID"])),
            "CATEGORY": selection.category(figure.colour, rows["USUBJID"]),
            "DAY": rows["DAY"],
            "MONTHS": rows["DAY"] / figure.days_per_month,
            figure.value: rows["VALUE"],
        }
    ).sort_values(["SUBJECT", "DAY"], kind="stable", ignore_index=True)
    notes = _without_note(len(selection.subjects) - data["SUBJECT"].nunique())
    if data.empty:
        return Picture(data, notes=(*notes, "There is nothing to draw: no subject has a value."))
    lowest = data.groupby("SUBJECT")[figure.value].min().sort_values(kind="stable", ascending=False).reset_index()
    chosen, left_out = pick_evenly(lowest, figure.most_subjects)
    shown = data[data["SUBJECT"].isin(chosen["SUBJECT"])].reset_index(drop=True)
    notes = (*left_out, *_ceiling_note(data[figure.value], figure.ceiling), *notes)
    summary = f"Change over time of {subjects_in_words(len(lowest))}, {count(len(data), 'value')}."
    return Picture(data, lambda: _draw_spider(figure, shown), summary, notes)


def _number(value: float) -> str:
    return f"{value:+g}".replace("-", "−")


def _without_note(count: int) -> tuple[str, ...]:
    return (f"{subjects_in_words(count)} of the population without a value: not shown.",) if count else ()


def _ceiling_note(values: pd.Series, ceiling: float | None) -> tuple[str, ...]:
    above = int((values > ceiling).sum()) if ceiling is not None else 0
    if not above or ceiling is None:
        return ()
    return (f"{count(above, 'value')} above {_number(ceiling)}% {agree(above, 'end')} at an arrow there.",)


def _draw_waterfall(figure: WaterfallFigure, bars: pd.DataFrame) -> Canvas:
    labels = labels_of(figure.colour, bars["CATEGORY"])
    looks = category_looks(labels, len(dict.fromkeys(figure.colour.categories.values())))
    keys = [patch_key(label, looks[label]) for label in labels]
    named = len(bars) <= _MOST_LABELS
    below = text_width(bars["LABEL"].tolist()) * 0.9 + 0.2 if named else 0.25
    top = 0.2 + legend_height(keys)
    canvas = new_canvas(top + _PLOT + below)
    axes = add_axes(canvas, left=_LEFT, bottom=below, top=top)
    values = bars[figure.value].to_numpy(dtype="float64")
    drawn = values if figure.ceiling is None else np.minimum(values, figure.ceiling)
    places = np.arange(len(bars))
    for label in labels:
        own = (bars["CATEGORY"] == label).to_numpy()
        axes.bar(
            places[own],
            drawn[own],
            width=0.78 if named else 0.9,
            color=looks[label][0],
            edgecolor=edge_of(looks[label]),
            hatch=looks[label][1] or None,
            linewidth=0.6 if named else 0.2,
        )
    _draw_values(axes, places, values, drawn, bars["CATEGORY"], named)
    _finish_change(axes, figure.axis, figure.lines, drawn)
    axes.set_xlim(-0.7, max(len(bars), 8) - 0.3)
    axes.spines["bottom"].set_visible(False)
    axes.set_xticks(places if named else [])
    axes.set_xticklabels(bars["LABEL"].tolist() if named else [], rotation=90, fontsize=8)
    axes.tick_params(axis="x", length=0)
    if not named:
        axes.set_xlabel("Subjects, from the highest value to the lowest", labelpad=4)
    add_legend(canvas, keys)
    return canvas


def _draw_values(
    axes: Axes, places: np.ndarray, values: np.ndarray, drawn: np.ndarray, categories: pd.Series, named: bool
) -> None:
    """Write the values that a ceiling has cut, and draw a short line where a value is 0."""
    cut = values > drawn
    axes.plot(places[cut], drawn[cut], "^", color=INK, markersize=5, clip_on=False)
    if named:
        for place, height, value in zip(places[cut], drawn[cut], values[cut]):
            axes.annotate(f"{value:+.0f}", (place, height), (0, 5), textcoords="offset points", ha="center", fontsize=8)
    flat = np.abs(drawn) < 0.5
    axes.plot(places[flat], drawn[flat], "_", color=SOFT, markersize=6 if named else 2)


def _finish_change(axes: Axes, label: str, lines: Sequence[float], drawn: np.ndarray) -> None:
    """Draw the lines that values are read against, and set the axis of values."""
    axes.axhline(0, color=INK, linewidth=0.9, zorder=1)
    for line in lines:
        axes.axhline(line, color=SOFT, linewidth=0.9, linestyle=(0, (4, 3)), zorder=1)
    low, high = min(-100.0, float(drawn.min())), max(50.0, *lines, float(drawn.max()))
    axes.set_ylim(low - 4, high + 4)
    axes.set_yticks(np.arange(np.ceil(low / 25) * 25, high + 1, 25 if high - low <= 260 else 50))
    axes.yaxis.set_major_formatter(lambda value, _: "0" if value == 0 else _number(value))
    axes.set_ylabel(label)
    axes.grid(axis="y")


def _draw_spider(figure: SpiderFigure, data: pd.DataFrame) -> Canvas:
    labels = labels_of(figure.colour, data["CATEGORY"])
    looks = category_looks(labels, len(dict.fromkeys(figure.colour.categories.values())))
    shapes = dict(zip(labels, _SHAPES, strict=False))
    keys: list[Key] = [marker_key(one, MARKERS[shapes[one]], looks[one][0], edge_of(looks[one])) for one in labels]
    top = 0.2 + legend_height(keys)
    canvas = new_canvas(top + _PLOT + BOTTOM)
    axes = add_axes(canvas, left=_LEFT, bottom=BOTTOM, top=top)
    drawn = data[figure.value].to_numpy(dtype="float64")
    drawn = drawn if figure.ceiling is None else np.minimum(drawn, figure.ceiling)
    few = data["SUBJECT"].nunique() <= _MOST_LABELS
    for label in reversed(labels):
        own = (data["CATEGORY"] == label).to_numpy()
        if own.any():
            _draw_lines(axes, data[own], drawn[own], looks[label][0], MARKERS[shapes[label]], few=few)
    cut = data[figure.value].to_numpy(dtype="float64") > drawn
    axes.plot(data["MONTHS"][cut], drawn[cut], "^", color=INK, markersize=5, clip_on=False)
    ticks = month_ticks(float(data["MONTHS"].max()), figure.every)
    _finish_change(axes, figure.axis, figure.lines, drawn)
    axes.set(xlim=(0, ticks[-1]), xticks=ticks)
    axes.set_xlabel("Months")
    add_legend(canvas, keys)
    return canvas


def _draw_lines(axes: Axes, data: pd.DataFrame, drawn: np.ndarray, colour: str, marker: str, *, few: bool) -> None:
    """Draw a line for each subject as one path with gaps, and a mark at the subject's last value (at each of few)."""
    starts = np.flatnonzero(data["SUBJECT"].ne(data["SUBJECT"].shift()).to_numpy())[1:]
    months = np.insert(data["MONTHS"].to_numpy(dtype="float64"), starts, np.nan)
    axes.plot(months, np.insert(drawn, starts, np.nan), color=colour, linewidth=1.3 if few else 0.8, alpha=0.9)
    last = data["SUBJECT"].ne(data["SUBJECT"].shift(-1)).to_numpy()
    at = (data["DAY"] > 0).to_numpy() if few else last
    axes.plot(
        data["MONTHS"][at],
        drawn[at],
        linestyle="",
        marker=marker,
        color=colour,
        markersize=4.5 if few else 3.5,
        markeredgecolor=SOFT,
        markeredgewidth=0.4,
    )
