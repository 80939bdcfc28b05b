"""Verbs for dates: iso8601, earliest and latest, study_day, compare_dates."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from clinical.conditions import matches
from clinical.date_formats import UNKNOWN, parse_text
from clinical.dates import (
    PARTS,
    assemble_iso,
    compare_dates,
    complete_date,
    compute_study_day,
    is_possible,
)
from clinical.wording import agree, count
from sdtm.algorithms.context import Context, evaluate_verb
from specs.model.maps import CompareDates, Extreme, Iso8601, StudyDay


@evaluate_verb.register
def _iso8601(verb: Iso8601, context: Context) -> pd.Series:
    """Rule: date and time as ISO 8601, with unknown parts left out at the end and as `-` inside.

    Missing: nothing known gives missing. Text that fits no format, and a date that no calendar has, are missing and
    reported.

    Reference: SDTMIG 3.4, sections 4.4.1 and 4.4.2.
    """
    columns = [context.column(name) for name in verb.columns]
    codes, first = _distinct_rows(columns)
    distinct = [column.iloc[first].reset_index(drop=True) for column in columns]
    written = distinct[0] if len(distinct) == 1 else _side_by_side(distinct)
    parts, fits = _parse(verb, distinct)
    possible = is_possible(parts)
    names = ", ".join(verb.columns)
    layouts = " ".join(" or ".join(formats) for formats in verb.formats)
    for rule, holds, what in (
        (
            "MAP.DATE_FORMAT",
            ~fits,
            f"not written as {layouts}. Correct this at the source, or add the format to the map.",
        ),
        ("MAP.DATE_IMPOSSIBLE", fits & ~possible, "not in any calendar. Query the site."),
    ):
        if holds.any():
            found = holds[codes]
            texts = written.take(codes).set_axis(context.index)
            number = int(found.sum())
            message = f"{count(number, 'value')} of {names} {agree(number, 'are')} {what}"
            context.report(rule, "error", message, found, texts)
    values = assemble_iso(parts).where(fits & possible)
    return values.take(codes).set_axis(context.index)


def _parse(verb: Iso8601, columns: list[pd.Series]) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the parts of dates and times that stand side by side in columns, and which rows fit the formats."""
    unknown = (*UNKNOWN, *verb.unknown)
    parts = pd.DataFrame(index=columns[0].index, columns=list(PARTS), dtype="str")
    fits = np.ones(len(parts), dtype=bool)
    for texts, layouts in zip(columns, verb.formats, strict=True):
        found = parse_text(texts, layouts, pivot=verb.pivot, unknown=unknown)
        fits &= found["fits"].to_numpy()
        parts = parts.fillna(found[list(PARTS)])
    return parts, fits


def _side_by_side(columns: list[pd.Series]) -> pd.Series:
    """Return texts of several columns joined by blanks; missing where all are."""
    joined = columns[0].fillna("").str.cat(pd.concat(columns[1:], axis="columns").fillna(""), sep=" ").str.strip()
    return joined.mask(joined == "")


def _distinct_rows(columns: list[pd.Series]) -> tuple[np.ndarray, np.ndarray]:
    """Return, for each row, the number of its combination of values, and where each combination comes first."""
    codes = np.zeros(len(columns[0]), dtype="int64")
    for column in columns:
        found, distinct = pd.factorize(column, use_na_sentinel=False)
        codes = codes * max(len(distinct), 1) + found
        codes = pd.factorize(codes)[0]
    return codes, np.unique(codes, return_index=True)[1]


@evaluate_verb.register
def _extreme(verb: Extreme, context: Context) -> pd.Series:
    """Rule: the subject's earliest (latest) date among the sources, as collected.

    Dates are compared as text, so of `2023-06` and `2023-06-10` the former is the earlier and the latter the later;
    a date without a year does not count. Missing: a subject without any date.
    """
    found = extreme_date(verb, context)
    values = found.reindex(context.own("USUBJID"))
    values.index = context.index
    return values


def extreme_date(verb: Extreme, context: Context) -> pd.Series:
    """Return the earliest (latest) date of each subject that has one, by USUBJID."""
    tables = []
    for source in verb.of:
        frame = context.collected[source.dataset]
        frame = frame.loc[matches(frame, source.where), ["USUBJID", source.variable]]
        tables.append(frame.set_axis(["USUBJID", "DTC"], axis="columns"))
    dates = pd.concat(tables, ignore_index=True) if len(tables) > 1 else tables[0].reset_index(drop=True)
    dates = dates[dates["DTC"].str.match(r"\d{4}").fillna(False).to_numpy(dtype=bool)]
    if verb.date_only:
        dates = dates.assign(DTC=dates["DTC"].str.slice(0, 10))
    keep: Literal["first", "last"] = "first" if verb.algorithm == "earliest" else "last"
    chosen = dates.sort_values(["USUBJID", "DTC"], kind="stable").drop_duplicates(["USUBJID"], keep=keep)
    return pd.Series(chosen["DTC"].to_numpy(), index=pd.Index(chosen["USUBJID"]), dtype="str")


@evaluate_verb.register
def _study_day(verb: StudyDay, context: Context) -> pd.Series:
    """Rule: days from the reference date, counting it as day 1 and the day before as day -1.

    Missing: either date is partial or missing. Reference: SDTMIG 3.4, section 4.4.4.
    """
    return compute_study_day(complete_date(context.own(verb.date)), complete_date(context.column(verb.reference)))


@evaluate_verb.register
def _compare_dates(verb: CompareDates, context: Context) -> pd.Series:
    """Rule: the value for before, on or after the reference date, as far as the known parts of both dates decide.

    Missing: either date is missing, they do not decide, or no value is given for the outcome.
    Reference: SDTMIG 3.4, section 4.4.7 (relative timing) for --STRF and --ENRF.
    """
    values = {"before": verb.before, "on": verb.on, "after": verb.after}
    given = {outcome: value for outcome, value in values.items() if value is not None}
    return compare_dates(context.own(verb.date), context.column(verb.reference)).map(given).astype("str")
