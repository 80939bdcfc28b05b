"""Counts for display, from findings and datasets: names and numbers, never a subject's values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from clinical.findings import SEVERITIES, Severity
from clinical.provenance import is_provenance
from specs.model.dataset import DatasetSpec

_GROUP = ("severity", "rule", "dataset", "variable", "message")
#: With more categories than this a parameter is shown without them.
_MOST_CATEGORIES = 12

#: Results that have an order of their own, the best first; others follow by frequency.
_KNOWN = ("Y", "N", "CR", "CRi", "PR", "SD", "PD", "NE")

#: By parameter code: category and count.
Shares = dict[str, tuple[tuple[str, int], ...]]


@dataclass(frozen=True)
class FindingGroup:
    """All findings of one rule about one variable with the same message.

    `subjects` counts subjects; `places` names the CRF forms and pages that they came from, as `AE p. 31`.
    """

    severity: Severity
    rule: str
    dataset: str
    variable: str
    message: str
    count: int
    subjects: int
    places: tuple[str, ...]


@dataclass(frozen=True)
class DatasetLine:
    """A dataset that came out. `path` is relative to the run folder; `subjects` is None where it has none."""

    standard: Literal["sdtm", "adam"]
    name: str
    label: str
    rows: int
    columns: int
    subjects: int | None
    path: str
    sha256: str


@dataclass(frozen=True)
class ParameterLine:
    """An analysis parameter in counts.

    `shares` are events and censorings of a time to event, else records by AVALC where these are few, else empty.
    `reasons` are a time to event's records by EVNTDESC, events first.
    """

    dataset: str
    paramcd: str
    param: str
    records: int
    subjects: int
    shares: tuple[tuple[str, int], ...] = ()
    reasons: tuple[tuple[str, int], ...] = ()


def group_findings(findings: pd.DataFrame) -> tuple[FindingGroup, ...]:
    """Return findings grouped by rule, variable and message: errors first, then the most frequent, then by name.

    Findings that are gone since the previous run are left out.
    """
    present = findings[findings["status"].ne("gone")].fillna("")
    if present.empty:
        return ()
    keys = list(_GROUP)
    place = present["form"].str.cat(present["page"].where(present["page"].eq(""), " p. " + present["page"]))
    present = present.assign(place=place.str.strip(), usubjid=present["usubjid"].mask(present["usubjid"].eq("")))
    grouped = present.groupby(keys, sort=True)
    table = grouped.agg(count=("rule", "size"), subjects=("usubjid", "nunique")).reset_index()
    places = present[present["place"].ne("")].groupby(keys)["place"].unique()
    table["rank"] = table["severity"].map({name: rank for rank, name in enumerate(SEVERITIES)})
    table["order"] = -table["count"]
    table = table.sort_values(["rank", "order", *keys], kind="stable")
    return tuple(
        FindingGroup(
            severity,
            rule,
            dataset,
            variable,
            message,
            count,
            subjects,
            tuple(sorted(places.get((severity, rule, dataset, variable, message), ()))),
        )
        for severity, rule, dataset, variable, message, count, subjects in zip(
            *(table[name].tolist() for name in [*keys, "count", "subjects"]), strict=True
        )
    )


def describe_dataset(
    frame: pd.DataFrame, spec: DatasetSpec, *, standard: Literal["sdtm", "adam"], path: str, sha256: str
) -> DatasetLine:
    """Return a dataset's line: rows, columns without provenance, distinct subjects where it has USUBJID."""
    return DatasetLine(
        standard=standard,
        name=spec.name,
        label=spec.label,
        rows=len(frame),
        columns=sum(not is_provenance(str(column)) for column in frame.columns),
        subjects=int(frame["USUBJID"].nunique()) if "USUBJID" in frame else None,
        path=path,
        sha256=sha256,
    )


def summarise_parameters(dataset: str, frame: pd.DataFrame) -> tuple[ParameterLine, ...]:
    """Return one line a parameter of a BDS dataset, in the order in which they first occur.

    With CNSR, a parameter is a time to event. A frame without PARAMCD has none.
    """
    if "PARAMCD" not in frame or frame.empty:
        return ()
    by = frame.groupby("PARAMCD", sort=False)
    totals = by.agg(param=("PARAM", "first"), records=("PARAMCD", "size"), subjects=("USUBJID", "nunique"))
    if "CNSR" in frame:
        outcome = frame["CNSR"].eq(0).map({True: "Event", False: "Censored"})
        shares = _counts(frame["PARAMCD"], outcome, first=("Event", "Censored"))
        reasons = _reasons(frame) if "EVNTDESC" in frame else {}
    else:
        shares = _counts(frame["PARAMCD"], frame["AVALC"], first=_KNOWN) if "AVALC" in frame else {}
        reasons = {}
    return tuple(
        ParameterLine(dataset, str(code), str(param), records, subjects, shares.get(code, ()), reasons.get(code, ()))
        for code, param, records, subjects in zip(
            totals.index.tolist(), *(totals[name].tolist() for name in ("param", "records", "subjects")), strict=True
        )
    )


def _reasons(frame: pd.DataFrame) -> Shares:
    """Return each parameter's records by EVNTDESC, in order of CNSR."""
    counts = frame.groupby(["PARAMCD", "CNSR", "EVNTDESC"]).size().rename("n").reset_index()
    return _by_code(counts["PARAMCD"], counts["EVNTDESC"], counts["n"])


def _counts(codes: pd.Series, values: pd.Series, *, first: Sequence[str]) -> Shares:
    """Return how often each value occurs by code: `first` in their order, then the most frequent."""
    counts = pd.DataFrame({"code": codes, "value": values}).groupby(["code", "value"]).size().rename("n").reset_index()
    counts["rank"] = counts["value"].map({name: rank for rank, name in enumerate(first)}).fillna(len(first))
    counts["order"] = -counts["n"]
    counts = counts.sort_values(["rank", "order", "value"], kind="stable")
    return _by_code(counts["code"], counts["value"], counts["n"])


def _by_code(codes: pd.Series, values: pd.Series, counts: pd.Series) -> Shares:
    found: dict[str, tuple[tuple[str, int], ...]] = {}
    for code, value, count in zip(codes, values, counts, strict=True):  # one turn a category, never a row
        found[str(code)] = (*found.get(str(code), ()), (str(value), int(count)))
    return {code: shares for code, shares in found.items() if len(shares) <= _MOST_CATEGORIES}
