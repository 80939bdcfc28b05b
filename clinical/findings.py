"""The one shape in which every source reports: a table of findings.

A finding names a rule, a severity, the place in the data, the raw record it came from and a sentence that a site
can act on. Subject values stand in the columns `usubjid`, `key` and `value` and nowhere else; `message` never
holds one, so that it may be logged.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import pandas as pd

from clinical import provenance
from clinical.numbers import number_text
from clinical.wording import count

Severity = Literal["error", "warning", "note"]
Source = Literal["schema", "rule", "core", "raw"]

COLUMNS = (
    "rule",
    "severity",
    "dataset",
    "variable",
    "usubjid",
    "key",
    "value",
    "form",
    "row",
    "page",
    "message",
    "source",
    "status",
)
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")


def no_findings() -> pd.DataFrame:
    """Return an empty findings table: every column of `COLUMNS`, all text."""
    return _NONE.copy()


_NONE = pd.DataFrame({column: pd.Series(dtype="str") for column in COLUMNS})


def report(
    rule: str,
    severity: Severity,
    message: str,
    *,
    source: Source,
    dataset: str = "",
    variable: str = "",
    rows: pd.DataFrame | None = None,
    keys: Sequence[str] = (),
    value: str | pd.Series | None = None,
) -> pd.DataFrame:
    """Return one finding for each row of `rows`, or a single finding where `rows` is None.

    Args:
        rows: the offending rows; USUBJID (else the raw subject key) and provenance columns are picked up if there.
        keys: columns that identify a row inside its subject; they become `key` as `NAME=value; NAME=value`.
        value: the offending value: a column's name, a Series aligned with `rows`, or None.

    No rows give an empty table. Missing values become empty text.
    """
    if rows is not None and not len(rows):
        return no_findings()
    index = pd.RangeIndex(1) if rows is None else rows.index
    found: dict[str, str | pd.Series] = dict.fromkeys(COLUMNS, "")
    found |= {"rule": rule, "severity": severity, "dataset": dataset, "variable": variable, "message": message}
    found |= {"source": source, "status": "new"}
    if rows is None:
        if isinstance(value, str):
            found["value"] = value
    else:
        found |= _picked(rows, keys)
        if isinstance(value, str):
            value = rows[value]
        if value is not None:
            found["value"] = as_text(value)
    return pd.DataFrame(found, index=index, columns=list(COLUMNS), dtype="str").reset_index(drop=True)


def _picked(rows: pd.DataFrame, keys: Sequence[str]) -> dict[str, pd.Series]:
    """Return what rows say of themselves: subject, raw record and the values of their keys."""
    origins = {
        "usubjid": "USUBJID" if "USUBJID" in rows else provenance.SUBJECT,
        "form": provenance.FORM,
        "row": provenance.ROW,
        "page": provenance.PAGE,
    }
    picked = {column: as_text(rows[origin]) for column, origin in origins.items() if origin in rows}
    parts = [key + "=" + as_text(rows[key]) for key in keys if key in rows and key != "USUBJID"]
    if parts:
        picked["key"] = parts[0].str.cat(pd.concat(parts[1:], axis="columns"), sep="; ") if parts[1:] else parts[0]
    return picked


def combine(tables: Iterable[pd.DataFrame]) -> pd.DataFrame:
    """Return several findings tables as one; nothing given makes an empty table."""
    filled = [table for table in tables if len(table)]
    return pd.concat(filled, ignore_index=True)[list(COLUMNS)] if filled else no_findings()


def count_by_severity(findings: pd.DataFrame) -> dict[str, int]:
    """Return `{"error": n, "warning": n, "note": n}`; what is gone since the previous run does not count."""
    counts = findings.loc[findings["status"] != "gone", "severity"].value_counts()
    return {severity: int(counts.get(severity, 0)) for severity in SEVERITIES}


def counts_text(counts: Mapping[str, int]) -> str:
    """Return counts by severity as a phrase: `1 error, 10 warnings, 0 notes`."""
    return ", ".join(count(number, severity) for severity, number in counts.items())


def as_text(values: pd.Series) -> pd.Series:
    """Return values as text for a listing: numbers in their shortest form, missing as empty text."""
    if pd.api.types.is_datetime64_any_dtype(values):
        days: pd.Series = values.dt.strftime("%Y-%m-%d").astype("str").fillna("")
        return days
    if pd.api.types.is_numeric_dtype(values):
        return number_text(values.astype("float64")).fillna("")
    return values.astype("str").fillna("")
