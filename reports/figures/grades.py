"""Bars of subjects by worst grade, and of responses by visit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from clinical.conditions import matches
from clinical.findings import as_text
from clinical.wording import count
from reports.figures.canvas import (
    BOTTOM,
    GRADE_STYLES,
    INK,
    PAPER,
    SMALL,
    SOFT,
    add_axes,
    add_legend,
    category_looks,
    edge_of,
    legend_height,
    new_canvas,
    patch_key,
    text_width,
)
from reports.figures.drawing import Picture
from reports.figures.selection import Selection, subjects_in_words
from reports.statistics import percent, rounded
from specs.model.figures import GradesFigure, ResponseBarFigure, Rows

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

_MOST_LETTERS = 32
#: What stands for a term where an event has none, as in the tables.
_UNCODED = "(Not coded)"
#: What stands for responses that no category names.
_OTHER = "Other"
_MOST_VALUES = 5
_ROW, _TALL_ROW = 0.27, 0.34


def make_grades(figure: GradesFigure, selection: Selection) -> Picture:
    """Return the picture, and as data subjects and percent by TERM and worst GRADE, the most frequent term first."""
    rows = selection.rows(Rows(dataset=figure.dataset, where=figure.where))
    whole = len(selection.subjects)
    counts = _count_grades(figure, rows, selection)
    wholes = _wholes(figure, counts, selection)
    left_out = 0
    if figure.term:
        order = counts.sum(axis="columns").reset_index()
        order.columns = pd.Index(["TERM", "N"])
        order = order.sort_values(["N", "TERM"], ascending=[False, True], kind="stable")
        frequent = order[100 * order["N"] >= figure.at_least * whole].head(figure.most_terms)
        left_out = len(order) - len(frequent)
        counts = counts.loc[frequent["TERM"]]
    wholes = wholes.loc[counts.index]
    data = _long(counts, wholes, "TERM", "GRADE")
    notes = [f"Percent of {subjects_in_words(whole)}; each counts once in a bar, by the worst grade."]
    if wholes.ne(whole).any():
        notes[0] = "Percent of the subjects of each bar (N); each counts once in a bar, by the worst grade."
    if left_out:
        what = f"of fewer than {figure.at_least:g}% of subjects, or beyond the {figure.most_terms} most frequent"
        notes.append(f"Not shown: {count(left_out, 'term')}, {what}.")
    if counts.empty or not counts.to_numpy().any():
        return Picture(data, notes=("There is nothing to draw: no subject has such an event.",))
    totals = counts.sum(axis="columns")
    most = ", ".join(f"{term} {_percent(count, of)}" for (term, count), of in zip(totals.head(5).items(), wholes))
    summary = f"Subjects by worst grade. Most frequent: {most}."
    return Picture(data, lambda: _draw_grades(counts, wholes, whole), summary, tuple(notes))


def _wholes(figure: GradesFigure, counts: pd.DataFrame, selection: Selection) -> pd.Series:
    """Return how many subjects each bar is of: those of the population or, where a group has one, of the group's."""
    whole = pd.Series(len(selection.subjects), index=counts.index)
    for group in figure.groups:
        whole[group.label] = int(matches(selection.subjects, group.population).sum())
    return whole


def _count_grades(figure: GradesFigure, rows: pd.DataFrame, selection: Selection) -> pd.DataFrame:
    """Return the subjects of each term (rows) by worst grade (columns, in the order of the specification)."""
    labels = [*dict.fromkeys(figure.grades.values()), figure.without_grade]
    ranks = {value: place for place, value in enumerate(figure.grades)}
    rank = as_text(rows[figure.grade]).map(ranks).astype("float64").fillna(-1)
    if figure.term:
        named = as_text(rows[figure.term]).replace("", pd.NA).fillna(_UNCODED)
        events = pd.DataFrame({"TERM": named, "SUBJECT": rows["USUBJID"], "RANK": rank})
        terms: list[str] = sorted(events["TERM"].unique())
    else:
        parts = []
        for one in figure.groups:
            subjects = selection.subjects.loc[matches(selection.subjects, one.population), "USUBJID"]
            holds = matches(rows, one.where) & rows["USUBJID"].isin(subjects).to_numpy()
            parts.append(pd.DataFrame({"TERM": one.label, "SUBJECT": rows["USUBJID"], "RANK": rank})[holds])
        events, terms = pd.concat(parts, ignore_index=True), [one.label for one in figure.groups]
    worst = events.groupby(["TERM", "SUBJECT"])["RANK"].max().reset_index()
    names = pd.Series([*figure.grades.values(), figure.without_grade])
    worst["GRADE"] = names.iloc[worst["RANK"].astype("int64")].to_numpy()  # the last one is that of rank -1
    counts = pd.crosstab(worst["TERM"], worst["GRADE"])
    counts = counts.reindex(index=terms, columns=labels, fill_value=0).astype("int64")
    return counts if counts[figure.without_grade].any() else counts.drop(columns=figure.without_grade)


def _long(counts: pd.DataFrame, whole: int | pd.Series, row: str, column: str) -> pd.DataFrame:
    """Return a table of counts as rows, with percent of `whole`."""
    kinds = counts.shape[1]
    totals = np.repeat(np.broadcast_to(np.asarray(whole, dtype="float64"), len(counts)), kinds)
    numbers = counts.to_numpy(dtype="int64").ravel()
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = np.where(totals > 0, 100 * numbers / totals, np.nan)
    return pd.DataFrame(
        {
            row: np.repeat(counts.index.to_numpy(dtype=object), kinds),
            column: np.tile(counts.columns.to_numpy(dtype=object), len(counts)),
            "SUBJECTS": numbers,
            "OF": totals.astype("int64"),
            "PERCENT": shares,
        }
    ).astype({row: "str", column: "str"})


def _percent(count: int, whole: int) -> str:
    share = percent(count, whole)
    return "<1%" if 0 < share < 0.5 else f"{rounded(share, 0)}%"


def _wrap(text: str) -> str:
    """Return a text on at most two lines."""
    return "\n".join(wrap(text, _MOST_LETTERS, max_lines=2, placeholder=" …"))


def _draw_grades(counts: pd.DataFrame, wholes: pd.Series, whole: int) -> Canvas:
    labels = [str(name) for name in counts.columns]
    numbered = wholes.ne(whole).any()
    names = [_wrap(f"{name} (N={wholes[name]:,})" if numbered else str(name)) for name in counts.index]
    row = _ROW if all("\n" not in name for name in names) else _TALL_ROW
    looks = dict(zip(labels, GRADE_STYLES, strict=False))
    keys = [patch_key(label, looks[label]) for label in labels]
    top = 0.15 + legend_height(keys)
    canvas = new_canvas(top + row * len(names) + BOTTOM)
    lines = [line for name in names for line in name.split("\n")]
    axes = add_axes(canvas, left=text_width(lines) + 0.2, bottom=BOTTOM, top=top, right=1.05)
    places, before = np.arange(len(names)), np.zeros(len(names), dtype="float64")
    for label in labels:
        share = 100 * counts[label].to_numpy(dtype="float64") / np.maximum(wholes.to_numpy(), 1)
        axes.barh(places, share, left=before, height=0.7, color=looks[label][0], edgecolor=PAPER, linewidth=0.6)
        before = before + share
    for place, (share, number, of) in enumerate(zip(before, counts.sum(axis="columns"), wholes)):
        axes.annotate(
            f"{number:,} ({_percent(int(number), int(of))})" if of else "0",
            (share, place),
            (5, 0),
            textcoords="offset points",
            va="center",
            fontsize=SMALL,
            annotation_clip=False,
        )
    axes.set(ylim=(len(names) - 0.4, -0.6), yticks=places, xlim=(0, min(100, max(10.0, before.max() * 1.02))))
    axes.set_yticklabels(names)
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel("Percent of subjects")
    axes.grid(axis="x")
    add_legend(canvas, keys)
    return canvas


def make_response_bar(figure: ResponseBarFigure, selection: Selection) -> Picture:
    """Return the picture, and as data subjects and percent by VISIT and RESPONSE, the visits in their order."""
    rows = selection.rows(Rows(dataset=figure.dataset, where=figure.where))
    rows = rows[rows[figure.visit].notna()].drop_duplicates(["USUBJID", figure.visit])
    visits = rows[[figure.order, figure.visit]].drop_duplicates(figure.visit).sort_values(figure.order, kind="stable")
    names = list(dict.fromkeys(figure.categories.values()))
    label, other = _label_responses(as_text(rows[figure.value]).replace("", pd.NA), figure.categories)
    if other:
        names = list(dict.fromkeys([*names, _OTHER]))
    counts = pd.crosstab(rows[figure.visit], label).reindex(
        index=visits[figure.visit].tolist(), columns=names, fill_value=0
    )
    whole = len(selection.subjects)
    if figure.not_assessed is not None:
        counts[figure.not_assessed] = whole - counts.sum(axis="columns")
    totals = counts.sum(axis="columns")
    data = _long(counts, totals, "VISIT", "RESPONSE")
    if counts.empty:
        return Picture(data, notes=("There is nothing to draw: no response at a visit.",))
    if figure.not_assessed is not None:
        without = f"'{figure.not_assessed}' includes those who have not come that far"
        about = f"Percent of {subjects_in_words(whole)} at every visit; {without}."
    else:
        about = "Percent of the subjects with an assessment at the visit; their number stands under it."
    notes = (about, *other)
    first = counts.iloc[0]
    said = ", ".join(f"{name} {_percent(int(count), int(totals.iloc[0]))}" for name, count in first.items())
    return Picture(data, lambda: _draw_responses(counts, names), f"{counts.index[0]}: {said}.", notes)


def _label_responses(values: pd.Series, categories: Mapping[str, str]) -> tuple[pd.Series, tuple[str, ...]]:
    """Return the label of each response, that of no category as `Other`, and the note on those; missing has none."""
    labels = values.map(categories).astype("str")
    other = (values.notna() & labels.isna()).to_numpy(dtype=bool)
    found = sorted(values[other].unique())
    if not found:
        return labels, ()
    what = count(int(other.sum()), "response", verb="are")
    shown = ", ".join(found[:_MOST_VALUES]) + (" …" if len(found) > _MOST_VALUES else "")
    return labels.mask(other, _OTHER), (f"{what} in none of the figure's categories and shown as '{_OTHER}': {shown}.",)


def _draw_responses(counts: pd.DataFrame, categories: Sequence[str]) -> Canvas:
    labels = [str(name) for name in counts.columns]
    looks = category_looks(labels, len(categories))
    keys = [patch_key(label, looks[label]) for label in labels]
    top = 0.15 + legend_height(keys)
    canvas = new_canvas(top + 3.2 + BOTTOM)
    axes = add_axes(canvas, left=0.85, bottom=BOTTOM + 0.05, top=top)
    totals = counts.sum(axis="columns").to_numpy(dtype="float64")
    places, before = np.arange(len(counts)), np.zeros(len(counts))
    for label in labels:
        colour, pattern = looks[label]
        numbers = counts[label].to_numpy()
        share = 100 * numbers / np.where(totals > 0, totals, 1)
        axes.bar(
            places,
            share,
            bottom=before,
            width=0.66,
            color=colour,
            edgecolor=edge_of(looks[label]),
            hatch=pattern or None,
            linewidth=0.6,
        )
        for place, number, height, base in zip(places, numbers, share, before):
            if height >= 6:
                dark = edge_of(looks[label]) == PAPER
                box = {"boxstyle": "round,pad=0.15", "facecolor": colour, "edgecolor": "none"} if pattern else None
                axes.text(
                    float(place),
                    base + height / 2,
                    f"{number:,}",
                    ha="center",
                    va="center",
                    color=PAPER if dark else INK,
                    bbox=box,
                    fontsize=SMALL,
                )
        before = before + share
    axes.set(ylim=(0, 100), xlim=(-0.6, len(counts) - 0.4), xticks=places, yticks=[0, 25, 50, 75, 100])
    names = [str(name).capitalize() for name in counts.index]
    numbered = [f"{name}\nn={int(total):,}" for name, total in zip(names, totals)]
    axes.set_xticklabels(names if len(set(totals)) == 1 else numbered)
    axes.tick_params(axis="x", length=0, pad=5)
    axes.set_ylabel("Percent of subjects", color=INK)
    axes.grid(axis="y")
    axes.spines["bottom"].set_color(SOFT)
    add_legend(canvas, keys)
    return canvas
