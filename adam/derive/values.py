"""Verbs on values: copies, constants, flags, recodes, cases, durations."""

from __future__ import annotations

import numpy as np
import pandas as pd

from adam.derive.context import Context, evaluate
from clinical.dates import first_possible
from clinical.findings import as_text
from specs.model.adam_maps import (
    Constant,
    Copy,
    Cutoff,
    Duration,
    Exists,
    FirstOf,
    Flag,
    RecodeValue,
    RecordValue,
    WhenCase,
)


@evaluate.register
def _copy(verb: Copy, context: Context) -> pd.Series:
    """Rule: the value of the other variable. Missing: missing, also where the dataset has no such variable."""
    return context.value(verb.variable)


@evaluate.register
def _constant(verb: Constant, context: Context) -> pd.Series:
    """Rule: the same value for everyone."""
    return context.constant(verb.value)


@evaluate.register
def _cutoff(verb: Cutoff, context: Context) -> pd.Series:
    """Rule: the cut-off given; without one, the latest date in the data."""
    return pd.Series(context.inputs.latest, index=context.base.index, dtype="datetime64[s]")


@evaluate.register
def _flag(verb: Flag, context: Context) -> pd.Series:
    """Rule: Y where the condition holds, else `otherwise`. Missing values make a condition not hold."""
    flags = pd.array(["Y", verb.otherwise], dtype="str")
    return pd.Series(flags.take(np.where(context.holds(verb.where), 0, 1)), index=context.base.index)


@evaluate.register
def _exists(verb: Exists, context: Context) -> pd.Series:
    """Rule: Y where the subject has such a record up to the cut-off, else N."""
    found = np.zeros(len(context), dtype=bool)
    for source in verb.of:
        found[context.records(source)["CODE"].to_numpy()] = True
    flags = pd.array(["N", "Y"], dtype="str")
    return pd.Series(flags.take(found.astype("int64")), index=context.base.index)


@evaluate.register
def _recode(verb: RecodeValue, context: Context) -> pd.Series:
    """Rule: the value given for each value. Missing: `missing`; a value that is not named becomes `otherwise`."""
    values = evaluate(verb.of, context)
    codes, distinct = pd.factorize(values)
    recoded = [verb.into.get(value, verb.otherwise) for value in as_text(pd.Series(distinct))]
    return pd.Series(pd.array([*recoded, verb.missing], dtype="str").take(codes), index=context.base.index)


@evaluate.register
def _when(verb: WhenCase, context: Context) -> pd.Series:
    """Rule: the value of the first case whose condition holds, else of `otherwise`. Missing: missing without one."""
    branches = [(context.holds(case.where), evaluate(case.map, context)) for case in verb.cases]
    result = evaluate(verb.otherwise, context) if verb.otherwise else None
    for holds, values in reversed(branches):
        result = values.where(holds) if result is None else values.where(holds, result)
    return context.constant(None) if result is None else result


@evaluate.register
def _first(verb: FirstOf, context: Context) -> pd.Series:
    """Rule: the first of the values that is not missing."""
    result = evaluate(verb.of[0], context)
    for other in verb.of[1:]:
        result = result.where(result.notna(), evaluate(other, context))
    return result


@evaluate.register
def _record_value(verb: RecordValue, context: Context) -> pd.Series:
    """Rule: the value of the earliest or latest record (by the first day that a partial date can mean)."""
    rows = context.records(verb.of, [verb.value])
    rows = rows[rows[verb.value].notna()]
    days = first_possible(rows["DTC"])
    rows = rows.assign(DAY=days).sort_values(["CODE", "DAY"], kind="stable", na_position="first")
    rows = rows.drop_duplicates("CODE", keep="last" if verb.pick == "latest" else "first")
    return context.spread(rows["CODE"].to_numpy(), rows[verb.value])


@evaluate.register
def _duration(verb: Duration, context: Context) -> pd.Series:
    """Rule: end - start + 1 in days; in months, that number divided by the days of a month. Missing: either date is.

    Example:
        2024-01-01 to 2024-01-31 -> 31 days, 1.0185 months
    """
    days = (evaluate(verb.end, context) - context.value(verb.start)).dt.days.astype("float64") + 1
    return days if verb.unit == "days" else days / verb.days_per_month
