"""Verbs for dates: iso8601, earliest and latest, study_day."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clinical.conditions import matches
from clinical.dates import (
    PARTS,
    UNKNOWN,
    assemble_iso,
    complete_date,
    compute_study_day,
    is_possible,
    parse_text,
)
from sdtm.algorithms.context import Context, evaluate_verb
from specs.model.maps import Extreme, Iso8601, StudyDay


@evaluate_verb.register
def _iso8601(verb: Iso8601, context: Context) -> pd.Series:
    """Rule: date and time as ISO 8601, with unknown parts left out at the end and as `-` inside.

    Missing: nothing known gives missing. Text that fits no format, and a date that no calendar has, are missing and
    reported.

    Reference: SDTMIG 3.4, sections 4.4.1 and 4.4.2.
    """
    unknown = (*UNKNOWN, *verb.unknown)
    parts = pd.DataFrame(index=context.index, columns=list(PARTS), dtype="str")
    written = pd.Series("", index=context.index, dtype="str")
    fits = np.ones(len(context.index), dtype=bool)
    for name, layouts in zip(verb.columns, verb.formats, strict=True):
        texts = context.column(name)
        found = parse_text(texts, layouts, pivot=verb.pivot, unknown=unknown)
        fits &= found["fits"].to_numpy()
        parts = found[list(PARTS)] if len(verb.columns) == 1 else parts.combine_first(found[list(PARTS)])
        written = texts if len(verb.columns) == 1 else (written + " " + texts.fillna("")).str.strip()
    layouts_text = " ".join(" or ".join(layouts) for layouts in verb.formats)
    context.report(
        "MAP.DATE_FORMAT",
        "error",
        f"{int((~fits).sum())} values of {', '.join(verb.columns)} are not written as {layouts_text}. "
        "Correct them at the source, or add their format to the map.",
        ~fits,
        written,
    )
    impossible = fits & ~is_possible(parts)
    context.report(
        "MAP.DATE_IMPOSSIBLE",
        "error",
        f"{int(impossible.sum())} values of {', '.join(verb.columns)} are dates that no calendar has. Query the site.",
        impossible,
        written,
    )
    return assemble_iso(parts).where(fits & ~impossible)


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
    keep = "first" if verb.algorithm == "earliest" else "last"
    chosen = dates.sort_values(["USUBJID", "DTC"], kind="stable").drop_duplicates("USUBJID", keep=keep)
    return pd.Series(chosen["DTC"].to_numpy(), index=pd.Index(chosen["USUBJID"]), dtype="str")


@evaluate_verb.register
def _study_day(verb: StudyDay, context: Context) -> pd.Series:
    """Rule: days from the reference date, counting it as day 1 and the day before as day -1.

    Missing: either date is partial or missing. Reference: SDTMIG 3.4, section 4.4.4.
    """
    return compute_study_day(complete_date(context.own(verb.date)), complete_date(context.column(verb.reference)))
