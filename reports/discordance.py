"""Where the assessed response and the one derived from lesions differ: the cross-tabulation and the listing."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from clinical.conditions import Condition, matches

#: The column of an assessed response to which no derived one belongs, and the name of the margins.
NOT_DERIVED = "NOT DERIVED"
TOTAL = "TOTAL"


def pair_responses(
    rows: pd.DataFrame, assessed: Condition, derived: Condition, by: Sequence[str] = (), why: Sequence[str] = ()
) -> pd.DataFrame:
    """Return each assessed response beside the derived one of the same subject.

    **Rule**: rows are paired within the subject by `by` (none: one row a subject, as a best response); of several
    derived rows the first is taken.
    **Missing**: an assessed response without a derived one, or without a value in `by`, has none.

    Args:
        rows: an analysis dataset of responses, with AVALC and AVAL.
        assessed: which of its rows hold the response as assessed.
        derived: which of them hold the one derived from lesions.
        by: variables that pair the two within the subject.
        why: variables of the derived row that say what decided.

    Returns:
        USUBJID, `by`, ADT, ADY, ASSESSED, ASSESSED_N, DERIVED, DERIVED_N and `why`, in the order of the dataset.
    """
    keys = ["USUBJID", *by]
    own = rows.loc[matches(rows, assessed), [*keys, "ADT", "ADY", "AVALC", "AVAL"]]
    own = own.rename(columns={"AVALC": "ASSESSED", "AVAL": "ASSESSED_N"})
    others = rows.loc[matches(rows, derived), [*keys, "AVALC", "AVAL", *why]].dropna(subset=keys)
    others = others.rename(columns={"AVALC": "DERIVED", "AVAL": "DERIVED_N"}).drop_duplicates(keys)
    return own.merge(others, how="left", on=keys)


def cross_responses(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return how often each assessed response (rows) meets each derived one (columns), with margins.

    **Rule**: responses are in the order of their number (AVAL), whichever of the two has them; those without a derived
    one stand in a column of their own, which is there only if it is needed.

    Example:
        assessed PR, PR, CR; derived PR, SD, none

                CR  PR  SD  NOT DERIVED  TOTAL
        CR       0   0   0            1      1
        PR       0   1   1            0      2
        SD       0   0   0            0      0
        TOTAL    0   1   1            1      3
    """
    numbers = pd.concat([pairs["ASSESSED_N"], pairs["DERIVED_N"]], ignore_index=True)
    names = pd.concat([pairs["ASSESSED"], pairs["DERIVED"]], ignore_index=True)
    known = pd.DataFrame({"NAME": names, "NUMBER": numbers}).dropna(subset=["NAME"]).drop_duplicates("NAME")
    order = known.sort_values("NUMBER", kind="stable")["NAME"].tolist()
    derived = pairs["DERIVED"].fillna(NOT_DERIVED)
    heads = [*order, NOT_DERIVED] if (derived == NOT_DERIVED).any() else order
    counts = pd.crosstab(pairs["ASSESSED"], derived)
    table = counts.reindex(index=order, columns=heads, fill_value=0)
    table[TOTAL] = table.sum(axis="columns")
    table.loc[TOTAL] = table.sum(axis="index")
    return table.astype("int64").rename_axis(index="ASSESSED", columns="DERIVED")


def count_agreement(pairs: pd.DataFrame) -> tuple[int, int]:
    """Return how many of the assessed responses with a derived one agree with it, and how many those are."""
    both = pairs[pairs["DERIVED"].notna() & pairs["ASSESSED"].notna()]
    return int((both["ASSESSED"] == both["DERIVED"]).sum()), len(both)


def list_discordances(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs that differ, without those that have no derived response."""
    differ = pairs["DERIVED"].notna() & (pairs["ASSESSED"] != pairs["DERIVED"])
    return pairs[differ].drop(columns=["ASSESSED_N", "DERIVED_N"]).reset_index(drop=True)
