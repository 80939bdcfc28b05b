"""Swimmer figures: each subject's follow-up as a bar, with responses and events at their dates."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from clinical.conditions import matches
from clinical.findings import as_text
from reports.figures.canvas import (
    BOTTOM,
    CATEGORY_STYLES,
    INK,
    MARKERS,
    PAPER,
    SMALL,
    Key,
    add_axes,
    add_legend,
    category_looks,
    edge_of,
    legend_height,
    marker_key,
    marker_size,
    month_ticks,
    new_canvas,
    patch_key,
    text_width,
    tint,
)
from reports.figures.drawing import Picture
from reports.figures.selection import Selection, labels_of, pick_evenly, subjects_in_words
from specs.model.figures import Mark, Rows, SwimmerFigure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

_FOLLOW_UP = "Follow-up"
_ONGOING = "Ongoing"
_LEGEND_LEFT = 0.75


def make_swimmer(figure: SwimmerFigure, selection: Selection) -> Picture:
    """Return the picture, and as data one row a bar (WHAT is Follow-up) and a mark, in days and months from the start.

    Bars stand from the longest to the shortest. What lies before the start or after the end is in the data, not drawn.
    """
    bars, lacking = _bars(figure, selection)
    notes: tuple[str, ...] = (f"{subjects_in_words(lacking)} without a start or an end: not shown.",) if lacking else ()
    if bars.empty:
        return Picture(_data(bars, _no_marks(), figure), notes=(*notes, "There is nothing to draw: no subject."))
    marks = _marks(figure, selection, bars)
    shown, left_out = pick_evenly(bars, figure.most_subjects)
    categories = bars["CATEGORY"].value_counts()
    said = ", ".join(f"{label} {categories.get(label, 0):,}" for label in labels_of(figure.colour, bars["CATEGORY"]))
    longest = bars["END"].max() / figure.days_per_month
    summary = f"Follow-up of {subjects_in_words(len(bars))}, at most {longest:.1f} months. By colour: {said}."
    data = _data(bars, marks, figure)
    return Picture(data, lambda: _draw(figure, shown, marks), summary, (*left_out, *notes))


def _bars(figure: SwimmerFigure, selection: Selection) -> tuple[pd.DataFrame, int]:
    """Return SUBJECT, LABEL, CATEGORY, START, END (days from the start, the first is 1), ONGOING, the longest first.

    And the number of subjects who have no start or no end.
    """
    rows = selection.rows(Rows(dataset=figure.dataset, where=figure.where)).drop_duplicates("USUBJID")
    rows = rows.reset_index(drop=True)
    end = reduce(lambda one, other: one.fillna(other), (rows[name] for name in figure.end))
    days = (end - rows[figure.start]).dt.days + 1
    ongoing = matches(rows, figure.ongoing) if figure.ongoing is not None else np.zeros(len(rows), dtype=bool)
    bars = rows.assign(
        SUBJECT=rows["USUBJID"],
        LABEL=as_text(rows[figure.label]),
        CATEGORY=selection.category(figure.colour, rows["USUBJID"]),
        DAY_ONE=rows[figure.start],
        END=days,
        ONGOING=ongoing,
    )
    known = bars["END"].ge(1)
    bars = bars[known].sort_values(["END", "SUBJECT"], ascending=[False, True], kind="stable").reset_index(drop=True)
    return bars, int((~known).sum())


def _no_marks() -> pd.DataFrame:
    empty = {"SUBJECT": "str", "WHAT": "str", "DAY": "float64", "PLACE": "int64"}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in empty.items()})


def _marks(figure: SwimmerFigure, selection: Selection, bars: pd.DataFrame) -> pd.DataFrame:
    """Return SUBJECT, WHAT, DAY (1 is the start) and PLACE (of the mark in the figure) of everything that happened."""
    parts = [_no_marks()]
    for place, mark in enumerate(figure.marks):
        rows = _dated(mark, selection, bars)
        day_one = rows["USUBJID"].map(bars.set_index("SUBJECT")["DAY_ONE"])
        elapsed = (rows[mark.date] - day_one).dt.days.astype("float64")
        days = elapsed + elapsed.ge(0).astype("float64")  # there is no day 0
        found = pd.DataFrame({"SUBJECT": rows["USUBJID"], "WHAT": mark.label, "DAY": days, "PLACE": place})
        parts.append(found[found["DAY"].notna()])
    whole = pd.concat([part for part in parts if len(part)] or parts, ignore_index=True)
    return whole.drop_duplicates().sort_values(["SUBJECT", "DAY", "PLACE"], kind="stable").reset_index(drop=True)


def _dated(mark: Mark, selection: Selection, bars: pd.DataFrame) -> pd.DataFrame:
    if mark.dataset is None:
        return bars[matches(bars, mark.where)].reset_index(drop=True)
    return selection.rows(Rows(dataset=mark.dataset, where=mark.where))


def _data(bars: pd.DataFrame, marks: pd.DataFrame, figure: SwimmerFigure) -> pd.DataFrame:
    columns = ["SUBJECT", "LABEL", "CATEGORY", "WHAT", "DAY", "MONTHS", "ONGOING"]
    if bars.empty:
        return pd.DataFrame({name: [] for name in columns})
    own = bars.assign(WHAT=_FOLLOW_UP, DAY=bars["END"].astype("float64"), PLACE=-1, ROW=np.arange(len(bars)))
    facts = own.set_index("SUBJECT")[["LABEL", "CATEGORY", "ROW"]]
    joined = marks.join(facts, on="SUBJECT", how="inner")
    own["ONGOING"] = own["ONGOING"].map({True: "Y", False: None}).astype("str")
    whole = pd.concat([own, joined], ignore_index=True).sort_values(["ROW", "DAY", "PLACE"], kind="stable")
    bar_first = whole.assign(LATER=whole["PLACE"].ge(0)).sort_values(["ROW", "LATER"], kind="stable")
    return bar_first.assign(MONTHS=bar_first["DAY"] / figure.days_per_month)[columns].reset_index(drop=True)


def _draw(figure: SwimmerFigure, bars: pd.DataFrame, marks: pd.DataFrame) -> Canvas:
    labels = labels_of(figure.colour, bars["CATEGORY"])
    looks = category_looks(labels, len(dict.fromkeys(figure.colour.categories.values())))
    looks = {label: (tint(colour), pattern) for label, (colour, pattern) in looks.items()}
    areas = [patch_key(label, looks[label]) for label in labels]
    row = 0.21 if len(bars) <= 50 else 0.17
    keys = _mark_keys(figure, bool(bars["ONGOING"].any()))
    marks_top = legend_height(areas, _LEGEND_LEFT) + 0.06
    top = marks_top + legend_height(keys, _LEGEND_LEFT) + 0.12
    canvas = new_canvas(top + row * len(bars) + BOTTOM)
    axes = add_axes(canvas, left=text_width(bars["LABEL"].tolist()) + 0.25, bottom=BOTTOM, top=top)
    months = bars["END"].to_numpy() / figure.days_per_month
    places = np.arange(len(bars))
    for label in labels:
        own = (bars["CATEGORY"] == label).to_numpy()
        colour, pattern = looks[label]
        axes.barh(
            places[own],
            months[own],
            height=0.62,
            color=colour,
            edgecolor=edge_of(looks[label]),
            hatch=pattern or None,
            linewidth=0.6,
        )
    last = float(months.max()) * 1.03
    ticks = [tick for tick in month_ticks(last, figure.every) if tick <= last]
    _draw_marks(axes, figure, bars, marks)
    ongoing = bars["ONGOING"].to_numpy(dtype=bool)
    axes.plot(months[ongoing] + last * 0.012, places[ongoing], ">", color=INK, markersize=5.5, clip_on=False)
    axes.set(xlim=(0, last), ylim=(len(bars) - 0.4, -0.6), xticks=ticks, yticks=places)
    axes.set_yticklabels(bars["LABEL"].tolist(), fontsize=SMALL if row > 0.2 else 8)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("Months")
    axes.grid(axis="x")
    add_legend(canvas, areas, left=_LEGEND_LEFT, head="Bars")
    add_legend(canvas, keys, left=_LEGEND_LEFT, head="Marks", below_top=marks_top)
    return canvas


def _mark_look(figure: SwimmerFigure, mark: Mark) -> tuple[str, str]:
    """Return fill and edge of a mark: in the colour of its category, or, of an event, dark."""
    places = {label: place for place, label in enumerate(dict.fromkeys(figure.colour.categories.values()))}
    if mark.category is not None:
        return CATEGORY_STYLES[places[figure.colour.categories[mark.category]]][0], PAPER
    return INK, PAPER


def _mark_keys(figure: SwimmerFigure, ongoing: bool) -> list[Key]:
    keys = [marker_key(mark.label, MARKERS[mark.shape], *_mark_look(figure, mark)) for mark in figure.marks]
    return [*keys, marker_key(_ONGOING, ">", INK)] if ongoing else keys


def _draw_marks(axes: Axes, figure: SwimmerFigure, bars: pd.DataFrame, marks: pd.DataFrame) -> None:
    row = pd.Series(np.arange(len(bars)), index=bars["SUBJECT"])
    end = pd.Series(bars["END"].to_numpy(), index=bars["SUBJECT"])
    inside = marks["DAY"].ge(1) & (marks["DAY"] <= marks["SUBJECT"].map(end))
    for place, mark in enumerate(figure.marks):
        own = marks[inside & (marks["PLACE"] == place)]
        face, edge = _mark_look(figure, mark)
        axes.plot(
            own["DAY"] / figure.days_per_month,
            own["SUBJECT"].map(row),
            linestyle="",
            marker=MARKERS[mark.shape],
            markersize=marker_size(MARKERS[mark.shape]),
            markerfacecolor=face,
            markeredgecolor=edge,
            markeredgewidth=0.7,
            clip_on=False,
            zorder=3 + place,
        )
