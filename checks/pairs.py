"""Codes and names that belong together one to one."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd


def more_than_one(frame: pd.DataFrame, code: str, name: str, *, within: Sequence[str] = ()) -> pd.Series:
    """Return which rows have a code with several names, or a name with several codes, in the same `within` group.

    Rows without a code or a name are left out.
    """
    columns = [*within, code, name]
    pairs = frame[columns].dropna().drop_duplicates()
    codes = pairs.duplicated([*within, code], keep=False)
    names = pairs.duplicated([*within, name], keep=False)
    doubtful = pairs[codes | names]
    if doubtful.empty:
        return pd.Series(False, index=frame.index)
    hit = frame[columns].merge(doubtful, how="left", on=columns, indicator=True)["_merge"].eq("both")
    return pd.Series(hit.to_numpy(), index=frame.index)
