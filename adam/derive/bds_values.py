"""Verbs on records with values: the last record of a group, baseline, change, composed texts, analysis visits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from adam.derive.assessments import compute_windows
from adam.derive.columns import number_column, take_values, text_column
from adam.derive.context import Context, evaluate
from adam.derive.timeline import Booleans, Integers, is_last
from clinical.decimals import minus, over, sum_codes, times
from clinical.findings import as_text
from specs.model.adam_bds_maps import AnalysisVisit, Change, Compose, GroupSum, GroupValue, LastRecord, Number


@evaluate.register
def _last_record(verb: LastRecord, context: Context) -> pd.Series:
    """Rule: Y on the last record, in the order given, of each group. Missing: on every other record.

    Missing values come first in the order; of equal ones the record that stands last in the dataset is taken.

    Example (by USUBJID, where ADT <= TRTSDT, order ADT; TRTSDT 2024-01-10):
        2024-01-02, 2024-01-10, 2024-01-12  -> the second
    """
    rows = np.flatnonzero(context.holds(verb.where))
    groups = group_codes(context, verb.by)[rows]
    order = [pd.factorize(context.value(name).iloc[rows], sort=True)[0] for name in verb.order]
    order_of = np.lexsort([*reversed(order), groups])
    flagged = np.zeros(len(context), dtype=bool)
    flagged[rows[order_of[is_last(groups[order_of])]]] = True
    return text_column(["Y"], np.where(flagged, 0, -1))


@evaluate.register
def _group_value(verb: GroupValue, context: Context) -> pd.Series:
    """Rule: the value of the group's record for which the condition holds. Missing: the group has none."""
    return take_values(context.value(verb.of), places_in_group(context, verb.by, context.holds(verb.where)))


@evaluate.register
def _number(verb: Number, context: Context) -> pd.Series:
    """Rule: the number that the text is. Missing: the text is no number, which is reported."""
    texts = context.value(verb.of)
    numbers = pd.to_numeric(texts, errors="coerce").astype("float64")
    context.report(
        "ADAM.NOT_A_NUMBER",
        "warning",
        f"{verb.of} is no number, so {context.dataset}.{context.variable} is missing. Correct the value.",
        context.base[(texts.notna() & numbers.isna()).to_numpy(dtype=bool)],
        dataset=context.base_name,
        variable=context.variable,
        keys=[f"{context.base_name[:2]}SEQ"],
    )
    return numbers


@evaluate.register
def _group_sum(verb: GroupSum, context: Context) -> pd.Series:
    """Rule: the sum of the value over the group's records for which the condition holds; without a value, their number.

    Missing: the group has no such record, or one of them has no value.

    Example (by USUBJID, of AVAL):
        001 2.0, 001 1.5, 002 3.0, 002 missing  -> 3.5, 3.5, missing, missing
    """
    codes, holds = group_codes(context, verb.by), context.holds(verb.where)
    values = np.ones(len(context)) if verb.of is None else context.value(verb.of).to_numpy("float64", na_value=np.nan)
    size = int(codes.max(initial=-1)) + 1
    sums = sum_codes(values[holds], codes[holds], size)
    empty = np.bincount(codes[holds], minlength=size) == 0
    return pd.Series(np.where(empty, np.nan, sums)[codes])


@evaluate.register
def _change(verb: Change, context: Context) -> pd.Series:
    """Rule: value - base; in percent, 100 (value - base) / base. Missing: either is, or the percentage of 0.

    The difference is that of the numbers as they are written; the percentage keeps full precision.

    Example:
        80 from 100 -> -20; -20 %. 2.3 from 2.29 -> 0.01
    """
    base = context.value(verb.base).astype("float64")
    change = minus(context.value(verb.of).astype("float64"), base)
    return change if verb.unit == "absolute" else over(times(change, 100), base)


@evaluate.register
def _compose(verb: Compose, context: Context) -> pd.Series:
    """Rule: the text with the values of its variables. Missing: one of them is.

    Example ({BNRIND} to {ANRIND}):
        NORMAL, HIGH -> NORMAL to HIGH; the numbers 45 and 78.5 -> 45 to 78.5
    """
    fixed, names = verb.parts()[::2], verb.parts()[1::2]
    texts: list[str] = [fixed[0]]
    places = np.zeros(len(context), dtype="int64")
    missing = np.zeros(len(context), dtype=bool)
    for name, after in zip(names, fixed[1:], strict=True):
        codes, known = pd.factorize(context.value(name))
        distinct = as_text(pd.Series(known)).tolist()
        missing |= codes < 0
        both, used = pd.factorize(places * max(len(distinct), 1) + codes.clip(0))
        before, added = np.divmod(used, max(len(distinct), 1))
        texts = [texts[i] + (distinct[j] if distinct else "") + after for i, j in zip(before, added)]
        places = both
    return text_column(texts, np.where(missing, -1, places))


@evaluate.register
def _analysis_visit(verb: AnalysisVisit, context: Context) -> pd.Series:
    """Rule: the window with first day <= day <= last day. Missing: no day, or a day in no window.

    Reference: ADaMIG 1.3, 3.3.3 (AVISIT, AWTARGET, AWTDIFF).
    """
    days = context.value(verb.day).to_numpy(dtype="float64", na_value=np.nan)
    windows = context.windows
    known = np.where(np.isnan(days), np.iinfo("int32").min, days).astype("int64")
    places = compute_windows(known, windows)
    if verb.part == "visit":
        return text_column([one.visit for one in windows], places)
    if verb.part == "number":
        return number_column([one.number for one in windows], places)
    target = number_column([one.target for one in windows], places)
    return target if verb.part == "target" else (pd.Series(days) - target).abs()


def group_codes(context: Context, by: Sequence[str]) -> Integers:
    """Return the number of each record's group; records without a variable of the group are a group of their own."""

    def make() -> pd.DataFrame:
        codes: Integers = np.zeros(len(context), dtype="int64")
        for name in by:
            places, distinct = pd.factorize(context.value(name))
            codes = pd.factorize(codes * (len(distinct) + 1) + places + 1)[0].astype("int64")
        return pd.DataFrame({"CODE": codes})

    codes: Integers = context.once(f"groups of {' '.join(by)}", make)["CODE"].to_numpy()
    return codes


def places_in_group(context: Context, by: Sequence[str], holds: Booleans) -> Integers:
    """Return, for each record, the first one of its group for which something holds, -1 without one."""
    codes = group_codes(context, by)
    first = np.full(codes.max(initial=-1) + 1, -1, dtype="int64")
    rows = np.flatnonzero(holds)[::-1]  # the first is written last
    first[codes[rows]] = rows
    return first[codes]
