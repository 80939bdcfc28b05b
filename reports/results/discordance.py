"""Where the assessed response and the one derived from lesions differ: the cross-tabulation and the listing."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from clinical.conditions import Condition, matches
from reports.results.tables import ResultTable, Scope, Sheet, percent_in_words
from reports.statistics import percent
from specs.model.tables import DiscordanceTable

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
    """Return the pairs that differ, without those that lack either response."""
    both = pairs["DERIVED"].notna() & pairs["ASSESSED"].notna()
    differ = both & (pairs["ASSESSED"] != pairs["DERIVED"])
    return pairs[differ].drop(columns=["ASSESSED_N", "DERIVED_N"]).reset_index(drop=True)


def tabulate_discordance(table_id: str, table: DiscordanceTable, scope: Scope) -> tuple[ResultTable, pd.DataFrame]:
    """Return how often each assessed response meets each derived one, how often they agree, and why they differ.

    **Rule**: see `pair_responses` and `cross_responses`; the percentage of agreement is of the pairs that have both.
    **Missing**: an assessed response to which no derived one belongs has a column of its own.
    """
    sheet = Sheet(table_id, scope)
    pairs = pair_responses(scope.rows, table.assessed, table.derived, table.by, [table.why] if table.why else [])
    counts = cross_responses(pairs)
    shown = {name: name.capitalize() if name in (NOT_DERIVED, TOTAL) else str(name) for name in counts.columns}
    sheet.header = ("Assessed by derived response", *shown.values())
    for assessed, line in counts.iterrows():
        cells = []
        for derived, k in line.items():
            group = f"assessed {assessed}, derived {derived}".replace(TOTAL, "any")
            cells.append(sheet.record("COUNT", int(k), str(k), table.counted, group=group))
        sheet.row(shown.get(str(assessed), str(assessed)), *cells)
    _tell_agreement(sheet, pairs, len(shown), table)
    sheet.notes.append(f"What is counted: {table.counted}. The agreement is of those that have both responses.")
    return sheet.table(_parameters(table)), sheet.records()


def _tell_agreement(sheet: Sheet, pairs: pd.DataFrame, columns: int, table: DiscordanceTable) -> None:
    """Add the agreement, and how often each criterion made the difference, in the last column."""
    blank = [""] * (columns - 1)
    agree, both = count_agreement(pairs)
    text = f"{agree} of {both} ({percent_in_words(agree, both)}%)" if both else "0 of 0"
    sheet.record("COUNT", agree, str(agree), table.counted, group="Agreement")
    sheet.record("N", both, str(both), f"{table.counted} with both responses", group="Agreement")
    if both:
        told = percent_in_words(agree, both)
        sheet.record("PERCENT", percent(agree, both), told, "100 × COUNT / N", group="Agreement")
    sheet.row("Agreement", *blank, text)
    if table.why:
        reasons = list_discordances(pairs)[table.why].fillna("NO CRITERION").value_counts().sort_index()
        for reason, k in reasons.items():
            group = f"They differ: {reason}"
            sheet.row(group, *blank, sheet.record("COUNT", int(k), str(k), table.counted, group=group))


def _parameters(table: DiscordanceTable) -> tuple[str, ...]:
    """Return the parameters that the two conditions name."""
    tests = [one["PARAMCD"] for where in (table.assessed, table.derived) for one in where if "PARAMCD" in one]
    return tuple(name for test in tests for name in test.any_of or ())
