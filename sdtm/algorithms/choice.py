"""Verbs that choose between maps: first, when."""

from __future__ import annotations

import pandas as pd

from clinical.numbers import number_text
from sdtm.algorithms.context import Context, evaluate, evaluate_verb
from specs.model.maps import First, When


@evaluate_verb.register
def _first(verb: First, context: Context) -> pd.Series:
    """Rule: the value of the first source that has one. Missing: where no source has a value."""
    parts: list[pd.Series] = []
    remaining = context
    for source in verb.of:
        values = evaluate(source, remaining)
        parts.append(values.dropna())
        remaining = remaining.take(values.isna().to_numpy())
    return _together(parts, context)


@evaluate_verb.register
def _when(verb: When, context: Context) -> pd.Series:
    """Rule: the map of the first case whose condition holds, else `otherwise`. Missing: where neither is there."""
    parts: list[pd.Series] = []
    remaining = context
    for case in verb.cases:
        holds = remaining.holds(case.where)
        parts.append(evaluate(case.map, remaining.take(holds)))
        remaining = remaining.take(~holds)
    if verb.otherwise is not None:
        parts.append(evaluate(verb.otherwise, remaining))
    return _together(parts, context)


def _together(parts: list[pd.Series], context: Context) -> pd.Series:
    """Return the values of several parts of the rows as one; numbers stay numbers where every value is one."""
    filled = [values for values in (part.dropna() for part in parts) if len(values)]
    if not filled:
        return context.missing()
    numbers = [pd.api.types.is_numeric_dtype(part) for part in filled]
    if not all(numbers):
        filled = [number_text(part) if is_number else part for part, is_number in zip(filled, numbers)]
    joined: pd.Series = pd.concat(filled)
    return joined.reindex(context.index)
