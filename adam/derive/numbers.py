"""Verbs that reckon: durations, shifted dates, ratios, scores."""

from __future__ import annotations

from functools import reduce

import numpy as np
import pandas as pd

from adam.derive.context import Context, evaluate
from clinical.decimals import over, times
from specs.model.adam_numbers import Duration, Ratio, Score, ShiftDate


@evaluate.register
def _duration(verb: Duration, context: Context) -> pd.Series:
    """Rule: end - start + 1 in days (without the + 1 unless `inclusive`); in months, that divided by a month's days.

    Missing: either date is.

    Example:
        2024-01-01 to 2024-01-31 -> 31 days, 1.0185 months; not inclusive 30 days
    """
    days = (evaluate(verb.end, context) - context.value(verb.start)).dt.days.astype("float64") + verb.inclusive
    return days if verb.unit == "days" else days / verb.days_per_month


@evaluate.register
def _shift_date(verb: ShiftDate, context: Context) -> pd.Series:
    """Rule: the date plus a number of days, at the earliest the date `not_before`. Missing: the date is.

    Example (days -1, not before 2024-01-10):
        2024-01-24 -> 2024-01-23; 2024-01-10 -> 2024-01-10
    """
    shifted = context.value(verb.date) + pd.Timedelta(days=verb.days)
    if verb.not_before is None:
        return shifted
    earliest = context.value(verb.not_before)
    return shifted.where(~(shifted < earliest), earliest)


@evaluate.register
def _ratio(verb: Ratio, context: Context) -> pd.Series:
    """Rule: numerator / denominator ** power * factor; rounded, where decimals are given, half to even.

    Missing: either number is, or the denominator is 0.

    Example (power 2, factor 10000, decimals 1):
        70 and 175 -> 22.9
    """
    above = evaluate(verb.numerator, context).to_numpy(dtype="float64", na_value=np.nan)
    below = evaluate(verb.denominator, context).to_numpy(dtype="float64", na_value=np.nan)
    values = over(times(above, verb.factor), reduce(times, [below] * verb.power))
    rounded = values if verb.decimals is None else np.round(values, verb.decimals)
    return pd.Series(rounded, index=context.base.index)


@evaluate.register
def _score(verb: Score, context: Context) -> pd.Series:
    """Rule: the number of conditions that hold. Missing: a variable of any condition is."""
    points = np.add.reduce([context.holds(point).astype("float64") for point in verb.points])
    known = np.logical_and.reduce([context.value(name).notna().to_numpy(dtype=bool) for name in verb.reads()])
    return pd.Series(np.where(known, points, np.nan), index=context.base.index)
