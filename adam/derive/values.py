"""Verbs on values: copies, constants, flags, recodes, cases."""

from __future__ import annotations

import numpy as np
import pandas as pd

from adam.derive.context import Context, evaluate
from clinical.findings import as_text
from specs.model.adam_maps import Constant, Copy, Cutoff, FirstOf, Flag, RecodeValue, WhenCase


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
