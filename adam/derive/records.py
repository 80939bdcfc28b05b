"""Verbs on a subject's records in a period: is there one, how many, what does the first or last one say."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from adam.derive.context import Context, evaluate
from adam.derive.qualifiers import pivot_qualifiers
from adam.inputs import clean_column, keep_rows
from clinical.dates import first_possible, last_possible
from specs.model.adam_records import CountRecords, Exists, LesionBurden, RecordValue
from specs.model.maps import Source

_InPeriod = Exists | CountRecords | RecordValue | LesionBurden


@evaluate.register
def _exists(verb: Exists, context: Context) -> pd.Series:
    """Rule: Y where the subject has such a record up to the cut-off and in the period, else N."""
    found = np.zeros(len(context), dtype=bool)
    for source in verb.of:
        found[records_in_period(verb, source, (), context)["CODE"].to_numpy()] = True
    flags = pd.array(["N", "Y"], dtype="str")
    return pd.Series(flags.take(found.astype("int64")), index=context.base.index)


@evaluate.register
def _count(verb: CountRecords, context: Context) -> pd.Series:
    """Rule: the number of records in the period, or of the distinct values of a variable in them.

    Missing: a subject who lacks a date that limits the period; without such a limit nobody. A record without the
    variable whose distinct values are counted does not count.

    Example (distinct TULOC):
        LUNG, LUNG, STOMACH -> 2
    """
    columns = verb.columns()
    rows = pd.concat([records_in_period(verb, source, columns, context) for source in verb.of], ignore_index=True)
    if verb.distinct:
        rows = rows[rows[verb.distinct].notna()].drop_duplicates(["CODE", verb.distinct])
    counts = np.bincount(rows["CODE"].to_numpy(dtype="int64"), minlength=len(context)).astype("float64")
    result = pd.Series(counts, index=context.base.index)
    for limit in verb.inner():
        result = result.where(evaluate(limit, context).notna())
    return result


@evaluate.register
def _record_value(verb: RecordValue, context: Context) -> pd.Series:
    """Rule: the value of the earliest or latest record in the period that has one.

    Records are in the order of the first day that their date can mean, then of their time, then as they stand.
    Missing: no record has the value. A supplemental qualifier belongs to the record that IDVAR and IDVARVAL name.

    Example (until 2024-01-10):
        81 on 2024-01-02, 79 on 2024-01-09, 70 on 2024-02-07 -> 79
    """
    name = verb.qualifier or verb.value
    rows = _with_qualifier(verb, context) if verb.qualifier else records_in_period(verb, verb.of, (name,), context)
    rows = rows[rows[name].notna()]
    rows = rows.assign(DAY=first_possible(rows["DTC"]))
    rows = rows.sort_values(["CODE", "DAY", "DTC"], kind="stable", na_position="first")
    rows = rows.drop_duplicates("CODE", keep="last" if verb.pick == "latest" else "first")
    return context.spread(rows["CODE"].to_numpy(), rows[name])


def _with_qualifier(verb: RecordValue, context: Context) -> pd.DataFrame:
    """Return the records with a column of their supplemental qualifier."""
    owner, name = verb.more()[0], verb.qualifier
    supplemental = context.inputs.datasets.get(owner)
    if supplemental is None:
        rows = records_in_period(verb, verb.of, (), context)
        return rows.assign(**{name: pd.Series(pd.NA, index=rows.index, dtype="str")})
    variables = clean_column(supplemental, "IDVAR")[clean_column(supplemental, "QNAM") == name]
    rows = records_in_period(verb, verb.of, variables.dropna().unique().tolist(), context)
    return rows.assign(**{name: pivot_qualifiers(supplemental, rows, [name], context, owner)[name]})


def records_in_period(verb: _InPeriod, source: Source, columns: Sequence[str], context: Context) -> pd.DataFrame:
    """Return the records of a source that lie in the verb's period: CODE, DTC, USUBJID and `columns`.

    Rule: after the date `after` and on or before the date `until`, whatever a partial date means.
    """
    rows = context.records(source, columns)
    if verb.after is None and verb.until is None:
        return rows
    holds = np.ones(len(rows), dtype=bool)
    codes = rows["CODE"].to_numpy()
    if verb.after is not None:
        after = evaluate(verb.after, context).take(codes).set_axis(rows.index)
        holds &= (first_possible(rows["DTC"]) > after).to_numpy()
    if verb.until is not None:
        until = evaluate(verb.until, context).take(codes).set_axis(rows.index)
        holds &= (last_possible(rows["DTC"]) <= until).to_numpy()
    return keep_rows(rows, holds)
