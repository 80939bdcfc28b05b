"""Kaplan-Meier figures: curves with confidence bands, censored subjects, medians and the numbers at risk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from reports.figures.canvas import (
    CHARACTER,
    CURVE_STYLES,
    INK,
    LINE,
    NORMAL,
    RIGHT,
    SMALL,
    SOFT,
    TEXT_LINE,
    WIDTH,
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

_PLOT = 3.5


def make_kaplan_meier(figure: KaplanMeierFigure, selection: Selection) -> Picture:
    """Return the picture, and as data the steps of each curve: days and months, numbers, share and limits."""
    curves: dict[str, KaplanMeier] = {}
    for one in figure.curves:
        rows = selection.rows(Rows(dataset=figure.dataset, where=one.where))
        rows = rows[rows[figure.time].notna()]
        if len(rows):
            curves[one.label] = kaplan_meier(rows[figure.time], rows[figure.censored] == 0, figure.level)
    data = _data(curves, figure)
    if not curves:
        return Picture(data, notes=("There is nothing to draw: no subject has a time.",))
    left_out = [one.label for one in figure.curves if one.label not in curves]
    notes = [f"No subject has a time: {', '.join(left_out)}."] if left_out else []
    level = f"{100 * figure.level:g} %"
    notes.append(
        f"Kaplan-Meier estimate with pointwise {level} limits (log-log). Ticks on a curve are censored subjects; "
        "dotted lines lead to medians. NE: not estimable."
    )
    return Picture(data, lambda: _draw(curves, figure), _summary(curves, figure), tuple(notes))


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
    if time == "NE":
        return f"median not reached ({100 * figure.level:g} % CI {lower} to {upper})"
    return f"median {time} months ({100 * figure.level:g} % CI {lower} to {upper})"


def _summary(curves: dict[str, KaplanMeier], figure: KaplanMeierFigure) -> str:
    parts = [
        f"{label}: {curve.events:,} of {curve.subjects:,} subjects with an event, {_median_in_words(curve, figure)}"
        for label, curve in curves.items()
    ]
    return "; ".join(parts) + "."


def _draw(curves: dict[str, KaplanMeier], figure: KaplanMeierFigure) -> Canvas:
    longest = max(float(curve.steps["TIME"].iloc[-1]) for curve in curves.values()) / figure.days_per_month
    ticks = month_ticks(figure.last or longest, figure.every)
    several = len(curves) > 1
    left = max(0.85, max(len(label) for label in curves) * CHARACTER + 0.45) if several else 0.85
    top = 0.12 + 0.24 * len(curves)
    below = 0.62 + 0.3 + TEXT_LINE * 1.1 * len(curves)
    canvas = new_canvas(top + _PLOT + below)
    axes = add_axes(canvas, left=left, bottom=below, top=top, right=RIGHT + 0.05)
    keys = []
    for (label, curve), look in zip(curves.items(), CURVE_STYLES, strict=False):
        keys.append(_draw_curve(axes, label, curve, figure, look))
    axes.set(xlim=(0, ticks[-1]), ylim=(0, 1.02), xticks=ticks, yticks=np.arange(0, 1.01, 0.25))
    axes.set_yticklabels([f"{share} %" for share in (0, 25, 50, 75, 100)])
    axes.set_ylabel(figure.axis)
    axes.set_xlabel("Months", labelpad=3)
    axes.grid(axis="y")
    _draw_at_risk(axes, curves, figure, ticks, left if several else 0.0)
    add_legend(canvas, keys, left=left if not several else 0.1)
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


def _draw_at_risk(
    axes: Axes, curves: dict[str, KaplanMeier], figure: KaplanMeierFigure, ticks: list[int], left: float
) -> None:
    """Write the numbers at risk under the ticks, one line a curve."""
    inches = axes.get_figure().get_figheight() * axes.get_position().height  # type: ignore[union-attr]
    across = WIDTH * axes.get_position().width
    for place, (curve, look) in enumerate(zip(curves.values(), CURVE_STYLES, strict=False)):
        height = -(0.62 + TEXT_LINE * 1.1 * (place + 1)) / inches
        numbers = curve.at([tick * figure.days_per_month for tick in ticks])["AT_RISK"]
        for tick, number in zip(ticks, numbers):
            axes.text(
                tick, height, f"{number:,}", transform=axes.get_xaxis_transform(), ha="center", va="center", color=INK
            )
        if left:
            label = list(curves)[place]
            axes.text(
                (0.1 - left) / across,
                height,
                label,
                transform=axes.transAxes,
                va="center",
                color=look[0],
                fontsize=SMALL,
            )
    axes.text(
        (0.1 - left) / across if left else -0.75 / across,
        -0.58 / inches,
        "At risk",
        transform=axes.transAxes,
        va="center",
        color=SOFT,
        fontsize=SMALL,
        fontweight="bold",
    )
    axes.axhline(0, color=LINE, linewidth=0)
    axes.xaxis.label.set_fontsize(NORMAL)
