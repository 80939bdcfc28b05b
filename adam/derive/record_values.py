"""Verbs on rows with one record each: analysis dates, study days, order of dates, first occurrences."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from adam.derive.context import Context, evaluate
from adam.derive.dates import compute_date_flags
from adam.derive.timeline import NEVER, compute_days, to_days
from clinical.dates import complete_date, first_possible, last_possible
from specs.model.adam_row_maps import AnalysisDate, CompareDates, FirstRecord, StudyDay


@evaluate.register
def _analysis_date(verb: AnalysisDate, context: Context) -> pd.Series:
    """Rule: a complete date as it is; a partial one within what is known of it, after `not_before`, up to `not_after`.

    The anchor is taken where the date can mean it, else the first (last) day that it can. Where the limits contradict
    what is known, they are not applied: the date stays within what is known. Imputation flag: D where the day was
    completed, M where the month was, too.
    Missing: no date, no year, after the cut-off, or partial with `to: none` (which is reported).

    Example (to first, anchor 2024-01-10, not after the end):
        2024-01-15                    -> 2024-01-15
        2024-01, end 2024-01-20       -> 2024-01-10, D
        2024-01, end 2024-01-08       -> 2024-01-01, D
        2024-02                       -> 2024-02-01, D
        2024                          -> 2024-01-10, M
    Reference: ADaMIG 1.3, 3.1.3 (date imputation flags).
    """
    text = context.value(verb.of)
    complete, first, last = complete_date(text), first_possible(text), last_possible(text)
    partial = complete.isna() & first.notna()
    if verb.to == "none":
        _report_partial(verb, context, partial)
        date = complete
    else:
        date = complete.where(~partial, _completed(verb, context, first, last))
    date = date.where(context.inputs.is_in_time(date))
    context.imputed[context.variable] = compute_date_flags(text).where(date.notna() & partial)
    return date


def _completed(verb: AnalysisDate, context: Context, first: pd.Series, last: pd.Series) -> pd.Series:
    lower, upper = first, last
    for limit in _limits(verb.not_before, context, latest=False):
        lower = lower.where(~(limit > lower), limit)
    for limit in _limits(verb.not_after, context, latest=True):
        upper = upper.where(~(limit < upper), limit)
    contradicted = lower > upper
    lower, upper = lower.where(~contradicted, first), upper.where(~contradicted, last)
    date = lower if verb.to == "first" else upper
    if verb.anchor:
        anchor = context.value(verb.anchor)
        date = anchor.where((anchor >= lower) & (anchor <= upper), date)
    return date


def _limits(references: Iterable[str], context: Context, *, latest: bool) -> Iterable[pd.Series]:
    """Yield dates as they are, and of partial dates of a record the latest (earliest) day that they can mean."""
    for reference in references:
        values = context.value(reference)
        if not pd.api.types.is_datetime64_any_dtype(values):
            values = last_possible(values) if latest else first_possible(values)
        yield values


def _report_partial(verb: AnalysisDate, context: Context, partial: pd.Series) -> None:
    name = verb.of.rpartition(".")[2]
    context.report(
        "ADAM.PARTIAL_DATE",
        "warning",
        f"The date is partial and was not used for {context.dataset}.{context.variable}. Complete the date.",
        context.base[partial.to_numpy(dtype=bool)],
        dataset=context.base_name,
        variable=name,
        keys=[f"{context.base_name[:2]}SEQ"],
    )


@evaluate.register
def _study_day(verb: StudyDay, context: Context) -> pd.Series:
    """Rule: date - reference, plus 1 where it is on or after the reference; there is no day 0. Missing: either is.

    Reference: ADaMIG 1.3, 3.3.3 (relative days).
    """
    days, reference = to_days(context.value(verb.date)), to_days(context.value(verb.reference))
    known = (days < NEVER) & (reference < NEVER)
    if verb.before == "missing":
        known &= days >= reference
    return pd.Series(np.where(known, compute_days(days, reference), np.nan))


@evaluate.register
def _compare_dates(verb: CompareDates, context: Context) -> pd.Series:
    """Rule: Y where the dates are in this order. Missing: they are not, or one of them is missing."""
    date, reference = context.value(verb.date), context.value(verb.reference)
    holds = {
        "after": date > reference,
        "on_or_after": date >= reference,
        "before": date < reference,
        "on_or_before": date <= reference,
    }[verb.order]
    return _flag(holds.to_numpy(dtype=bool))


@evaluate.register
def _first_record(verb: FirstRecord, context: Context) -> pd.Series:
    """Rule: Y on the first record, in the order given, of each group; with `highest`, of those with the highest value.

    Missing: on every other record. Missing values come last in the order, and as the lowest value; records without
    the group's variable are a group of their own.

    Example (by USUBJID, highest ATOXGRN, order ASTDT):
        001 2024-01-12 1, 001 2024-01-15 3, 001 2024-01-20 3  -> the second
    """
    holds = np.flatnonzero(context.holds(verb.where))
    by = [pd.factorize(context.value(name).iloc[holds])[0] for name in verb.by]
    order = [_ranks(context.value(name).iloc[holds]) for name in verb.order]
    if verb.highest:
        values = context.value(verb.highest).iloc[holds].to_numpy(dtype="float64", na_value=-np.inf)
        order = [-values, *order]
    rows = np.lexsort([np.arange(len(holds)), *reversed(order), *reversed(by)])
    groups = np.array(by)[:, rows]
    first = np.append(True, (groups[:, 1:] != groups[:, :-1]).any(axis=0)) if len(rows) else np.zeros(0, dtype=bool)
    flagged = np.zeros(len(context), dtype=bool)
    flagged[holds[rows[first]]] = True
    return _flag(flagged)


def _ranks(values: pd.Series) -> np.ndarray:
    """Return numbers in the order of the values, the missing ones last."""
    places, _ = pd.factorize(values, sort=True)
    return np.where(places < 0, len(values), places)


def _flag(holds: np.ndarray) -> pd.Series:
    return pd.Series(pd.array(["Y", None], dtype="str").take(np.where(holds, 0, 1)))
