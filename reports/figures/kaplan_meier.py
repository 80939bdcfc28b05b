"""Kaplan-Meier figures: curves with confidence bands, censored subjects, medians and the numbers at risk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from clinical.wording import count
from reports.figures.canvas import (
    CURVE_STYLES,
    LEGEND_LINE,
    RIGHT,
    TEXT_LINE,
    Key,
    add_axes,
    add_legend,
    month_ticks,
    new_canvas,
)
from reports.figures.drawing import Picture
from reports.figures.selection import Selection
from reports.statistics import KaplanMeier, kaplan_meier, rounded
from specs.model.figures import KaplanMeierFigure, Rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

_PLOT, _LEFT = 3.5, 0.85
#: Height of the ticks and the axis' name.
_AXIS = 0.66


def make_kaplan_meier(figure: KaplanMeierFigure, selection: Selection) -> Picture:
    """Return the picture, and as data the steps of each curve: days and months, numbers, share and limits."""
    curves: dict[str, KaplanMeier] = {}
    unsaid = 0
    for one in figure.curves:
        rows = selection.rows(Rows(dataset=figure.dataset, where=one.where))
        rows = rows[rows[figure.time].notna()]
        known = rows[figure.censored].notna()
        unsaid += int((~known).sum())
        rows = rows[known]
        if len(rows):
            curves[one.label] = kaplan_meier(rows[figure.time], rows[figure.censored] == 0, figure.level)
    data = _data(curves, figure)
    if not curves:
        return Picture(data, notes=("There is nothing to draw: no subject has a time.", *_unsaid(unsaid, figure)))
    left_out = [one.label for one in figure.curves if one.label not in curves]
    notes = [f"No subject has a time: {', '.join(left_out)}."] if left_out else []
    level = f"{100 * figure.level:g}%"
    notes.append(
        f"Kaplan-Meier estimate with pointwise {level} limits (log-log). Ticks on a curve are censored subjects; "
        "dotted lines lead to medians. NE: not estimable."
    )
    notes += _unsaid(unsaid, figure)
    return Picture(data, lambda: _draw(curves, figure), _summary(curves, figure), tuple(notes))


def _unsaid(records: int, figure: KaplanMeierFigure) -> list[str]:
    return [f"Left out: {count(records, 'record')} without {figure.censored}."] if records else []


def _data(curves: dict[str, KaplanMeier], figure: KaplanMeierFigure) -> pd.DataFrame:
    columns = ["CURVE", "DAYS", "MONTHS", "AT_RISK", "EVENTS", "CENSORED", "SURVIVAL", "LOWER", "UPPER"]
    parts = [
        curve.steps.rename(columns={"TIME": "DAYS"}).assign(
            CURVE=label, MONTHS=curve.steps["TIME"] / figure.days_per_month
        )[columns]
        for label, curve in curves.items()
    ]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({name: [] for name in columns})


def _median_in_words(curve: KaplanMeier, figure: KaplanMeierFigure) -> str:
    median = curve.quantile(0.5)
    time, lower, upper = (
        rounded(value / figure.days_per_month, 1) for value in (median.time, median.lower, median.upper)
    )
    said = "median not reached" if time == "NE" else f"median {time} months"
    return said if (lower, upper) == ("NE", "NE") else f"{said} ({100 * figure.level:g}% CI {lower} to {upper})"


def _summary(curves: dict[str, KaplanMeier], figure: KaplanMeierFigure) -> str:
    parts = [
        f"{label}: {curve.events:,} of {count(curve.subjects, 'subject')} with an event, "
        f"{_median_in_words(curve, figure)}"
        for label, curve in curves.items()
    ]
    return "; ".join(parts) + "."


def _draw(curves: dict[str, KaplanMeier], figure: KaplanMeierFigure) -> Canvas:
    longest = max(float(curve.steps["TIME"].iloc[-1]) for curve in curves.values()) / figure.days_per_month
    ticks = month_ticks(figure.last or longest, figure.every)
    top = 0.14 + LEGEND_LINE * len(curves)
    below = _AXIS + 2 * TEXT_LINE * len(curves) + 0.1
    canvas = new_canvas(top + _PLOT + below)
    axes = add_axes(canvas, left=_LEFT, bottom=below, top=top, right=RIGHT + 0.05)
    keys = []
    for (label, curve), look in zip(curves.items(), CURVE_STYLES, strict=False):
        keys.append(_draw_curve(axes, label, curve, figure, look))
    axes.set(xlim=(0, ticks[-1]), ylim=(0, 1.02), xticks=ticks, yticks=np.arange(0, 1.01, 0.25))
    axes.set_yticklabels([f"{share}%" for share in (0, 25, 50, 75, 100)])
    axes.set_ylabel(figure.axis)
    axes.set_xlabel("Months", labelpad=3)
    axes.grid(axis="y")
    _draw_at_risk(axes, curves, figure, ticks)
    add_legend(canvas, keys)
    return canvas


def _draw_curve(axes: Axes, label: str, curve: KaplanMeier, figure: KaplanMeierFigure, look: tuple[str, Any]) -> Key:
    from matplotlib.lines import Line2D

    colour, dashes = look
    steps = curve.steps
    months = (steps["TIME"] / figure.days_per_month).to_numpy()
    share = steps["SURVIVAL"].to_numpy()
    if figure.band:
        lower, upper = (steps[name].to_numpy() for name in ("LOWER", "UPPER"))
        axes.fill_between(months, lower, upper, step="post", color=colour, alpha=0.13, linewidth=0)
    axes.step(months, share, where="post", color=colour, linestyle=dashes, linewidth=1.9)
    censored = (steps["CENSORED"] > 0).to_numpy()
    axes.plot(months[censored], share[censored], "|", color=colour, markersize=7, markeredgewidth=1.1)
    median = curve.quantile(0.5).time / figure.days_per_month
    if np.isfinite(median):
        axes.plot([0, median, median], [0.5, 0.5, 0], color=colour, linewidth=0.9, linestyle=(0, (1, 2)))
    words = f"{label}: {_median_in_words(curve, figure)}, {curve.events:,} of {curve.subjects:,} with event"
    return Key(words, Line2D([], [], color=colour, linestyle=dashes, linewidth=1.9))


def _draw_at_risk(axes: Axes, curves: dict[str, KaplanMeier], figure: KaplanMeierFigure, ticks: list[int]) -> None:
    """Write the numbers at risk under the ticks, each curve's under its name."""
    from matplotlib.transforms import ScaledTranslation, blended_transform_factory

    canvas = axes.get_figure()
    assert canvas is not None
    for place, ((label, curve), look) in enumerate(zip(curves.items(), CURVE_STYLES, strict=False)):
        down = _AXIS + TEXT_LINE * 2 * place
        beside = axes.transAxes + ScaledTranslation(0.1 - _LEFT, -down, canvas.dpi_scale_trans)
        axes.text(0, 0, f"At risk: {label}", transform=beside, va="center", color=look[0])
        shift = ScaledTranslation(0, -down - TEXT_LINE, canvas.dpi_scale_trans)
        under = blended_transform_factory(axes.transData, axes.transAxes) + shift
        numbers = curve.at([tick * figure.days_per_month for tick in ticks])["AT_RISK"]
        for tick, number in zip(ticks, numbers):
            axes.text(tick, 0, f"{number:,}", transform=under, ha="center", va="center")
