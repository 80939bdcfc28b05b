"""Supplemental qualifiers beside the records that they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import pandas as pd

from adam.derive.context import Context
from adam.inputs import clean_column
from clinical.findings import as_text


def pivot_qualifiers(
    qualifiers: pd.DataFrame, records: pd.DataFrame, names: Sequence[str], context: Context, dataset: str
) -> pd.DataFrame:
    """Return one column a qualifier (by QNAM), one row a record.

    Rule: QVAL of the qualifier whose IDVAR and IDVARVAL name the record; without IDVAR it belongs to the subject's
    records, all of them. Missing: the record has no such qualifier. Of two for one record the first is taken, and both
    are reported.

    Reference: SDTMIG 3.4, 8.4 (Supplemental Qualifiers).
    """
    given = _given(qualifiers, names)
    _report_without_record(given, names, context, dataset)
    result = pd.DataFrame({name: pd.Series(pd.NA, index=records.index, dtype="str") for name in names})
    for variable, rows in given.groupby(given["IDVAR"].fillna(""), sort=True):
        own, asked = _identified(rows["IDVARVAL"], records, str(variable))
        keys = records[["USUBJID"]].assign(IDVARVAL=own)
        rows = rows.assign(IDVARVAL=asked)
        repeated = rows.duplicated(["USUBJID", "IDVARVAL", "QNAM"], keep=False)
        context.report(
            "ADAM.QUALIFIER_TWICE",
            "error",
            f"The record has the qualifier twice; {context.dataset} takes the first. Keep one.",
            rows[repeated],
            dataset=dataset,
            variable="QVAL",
            keys=["IDVARVAL", "QNAM"],
        )
        rows = rows.drop_duplicates(["USUBJID", "IDVARVAL", "QNAM"])
        for name, values in rows.groupby("QNAM", sort=True):
            own = keys.join(values.set_index(["USUBJID", "IDVARVAL"])["QVAL"], on=["USUBJID", "IDVARVAL"])["QVAL"]
            result[str(name)] = result[str(name)].where(result[str(name)].notna(), own.astype("str"))
    return result


def _given(qualifiers: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Return the qualifiers of these QNAMs."""
    columns = ("USUBJID", "IDVAR", "IDVARVAL", "QNAM", "QVAL")
    given = pd.DataFrame({name: clean_column(qualifiers, name) for name in columns})
    return given[given["QNAM"].isin(names)]


def _identified(values: pd.Series, records: pd.DataFrame, variable: str) -> tuple[pd.Series, pd.Series]:
    """Return the records' values of IDVAR and IDVARVAL, both as text that can be compared.

    Rule: numbers are compared as numbers, text without blanks around it; without IDVAR both are empty.

    Example (AESEQ is a number):
        2 and ' 2.0' -> '2' and '2'
    """
    if not variable:
        return pd.Series("", index=records.index, dtype="str"), pd.Series("", index=values.index, dtype="str")
    own, asked = clean_column(records, variable), values.astype("str").str.strip()
    if pd.api.types.is_numeric_dtype(own):
        numbers = pd.to_numeric(asked, errors="coerce")
        asked = as_text(numbers).astype("str").where(numbers.notna(), asked)
    return as_text(own), asked


def _report_without_record(given: pd.DataFrame, names: Sequence[str], context: Context, dataset: str) -> None:
    """Report the qualifiers that belong to no record of the parent dataset, each QNAM once.

    Rule: all records of the parent count, also those after the cut-off or outside the population.
    """
    for name in names:
        context.once(f"{dataset}.{name}", partial(_judge, given[given["QNAM"] == name], context, dataset))


def _judge(given: pd.DataFrame, context: Context, dataset: str) -> pd.DataFrame:
    """Return the qualifiers without a record, which are reported."""
    parent = context.inputs.datasets.get(dataset.removeprefix("SUPP"), pd.DataFrame({"USUBJID": []}))
    subjects = clean_column(parent, "USUBJID")
    lost = pd.Series(True, index=given.index)
    for variable, rows in given.groupby(given["IDVAR"].fillna(""), sort=True):
        own, asked = _identified(rows["IDVARVAL"], parent, str(variable))
        known = pd.MultiIndex.from_arrays([subjects, own])[(own.ne("") | (variable == "")).to_numpy()]
        lost[rows.index] = ~pd.MultiIndex.from_arrays([rows["USUBJID"], asked]).isin(known)
    context.report(
        "ADAM.QUALIFIER_WITHOUT_RECORD",
        "error",
        "IDVAR and IDVARVAL name no record of the subject, so the qualifier is not used. Correct IDVARVAL.",
        given[lost],
        dataset=dataset,
        variable="IDVARVAL",
        keys=["IDVARVAL", "QNAM"],
    )
    return given[lost]
