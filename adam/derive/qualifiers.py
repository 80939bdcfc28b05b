"""Supplemental qualifiers beside the records that they belong to."""

from __future__ import annotations

from collections.abc import Sequence

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
    columns = ("USUBJID", "IDVAR", "IDVARVAL", "QNAM", "QVAL")
    given = pd.DataFrame({name: clean_column(qualifiers, name) for name in columns})
    given = given[given["QNAM"].isin(names)]
    result = pd.DataFrame({name: pd.Series(pd.NA, index=records.index, dtype="str") for name in names})
    for variable, rows in given.groupby(given["IDVAR"].fillna(""), sort=True):
        own = as_text(clean_column(records, str(variable))) if variable else ""
        keys = records[["USUBJID"]].assign(IDVARVAL=own)
        rows = rows.assign(IDVARVAL=rows["IDVARVAL"].str.strip() if variable else "")
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
