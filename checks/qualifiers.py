"""Supplemental qualifiers as a column of the dataset that they belong to."""

from __future__ import annotations

import numpy as np
import pandas as pd

from checks.datasets import Datasets
from clinical.findings import as_text


def qualifier_of(data: Datasets, name: str, qualifier: str) -> pd.Series:
    """Return QVAL of one qualifier for each record of a dataset, missing where there is none."""
    frame = data[name]
    found = pd.Series(np.nan, index=frame.index, dtype="str")
    if f"SUPP{name}" not in data:
        return found
    rows = data[f"SUPP{name}"]
    rows = rows[rows["QNAM"].eq(qualifier) & rows["QVAL"].notna()]
    for variable in rows["IDVAR"].dropna().unique():
        if variable in frame:
            own = rows.loc[rows["IDVAR"].eq(variable), ["USUBJID", "IDVARVAL", "QVAL"]]
            own = own.assign(IDVARVAL=as_text(own["IDVARVAL"])).drop_duplicates(["USUBJID", "IDVARVAL"])
            asked = pd.DataFrame({"USUBJID": frame["USUBJID"], "IDVARVAL": as_text(frame[variable])})
            values = asked.merge(own, how="left", on=["USUBJID", "IDVARVAL"])["QVAL"]
            found = found.fillna(values.set_axis(frame.index))
    return found
