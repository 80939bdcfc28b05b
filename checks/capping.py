"""Findings of many rows, listed up to a limit: a broken table of a million rows must not make a million queries."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from clinical.findings import Severity, Source, combine, no_findings, report

#: How many rows are listed for one rule, dataset and variable.
LIMIT = 1_000


def report_rows(
    rule: str,
    severity: Severity,
    message: str,
    *,
    source: Source,
    dataset: str,
    rows: pd.DataFrame,
    variable: str = "",
    keys: Sequence[str] = (),
    value: str | pd.Series | None = None,
    total: int | None = None,
) -> pd.DataFrame:
    """Return a finding for each of the first `LIMIT` rows, and a last one with the number of all where there are more.

    Args:
        total: the number of rows that break the rule, where `rows` holds only the first of them.
    """
    total = len(rows) if total is None else total
    if not total:
        return no_findings()
    listed = rows.iloc[:LIMIT]
    if isinstance(value, pd.Series):
        value = value.loc[listed.index]
    found = report(
        rule, severity, message, source=source, dataset=dataset, variable=variable, rows=listed, keys=keys, value=value
    )
    if total <= len(listed):
        return found
    rest = f"{total:,} rows in all; the first {len(listed):,} are listed. {message}"
    return combine([found, report(rule, severity, rest, source=source, dataset=dataset, variable=variable)])
