"""Supplemental qualifiers as a column of the records that they belong to."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clinical.findings import as_text


def qualifier_values(records: pd.DataFrame, supplemental: pd.DataFrame, qualifier: str) -> pd.Series:
    """Return QVAL of one qualifier (QNAM) for each record, missing where there is none.

    A qualifier belongs to the subject's record whose variable IDVAR has the value IDVARVAL.
    """
    found = pd.Series(np.nan, index=records.index, dtype="str")
    rows = supplemental[supplemental["QNAM"].eq(qualifier) & supplemental["QVAL"].notna()]
    for variable in rows["IDVAR"].dropna().unique():
        if variable in records:
            own = rows.loc[rows["IDVAR"].eq(variable), ["USUBJID", "IDVARVAL", "QVAL"]]
            own = own.assign(IDVARVAL=as_text(own["IDVARVAL"])).drop_duplicates(["USUBJID", "IDVARVAL"])
            asked = pd.DataFrame({"USUBJID": records["USUBJID"], "IDVARVAL": as_text(records[variable])})
            values = asked.merge(own, how="left", on=["USUBJID", "IDVARVAL"])["QVAL"]
            found = found.fillna(values.set_axis(records.index))
    return found
