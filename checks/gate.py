"""The gate: an error stops the release unless the study waives it; warnings and notes pass and are listed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import pandas as pd

from clinical.findings import SEVERITIES, combine, report
from specs.model.base import Strict

#: Findings of these rules say that a verdict is missing; nobody can waive what is not known.
NEVER_WAIVED = ("RULE.FAILED",)
SUMMARY = (
    "severity",
    "rule",
    "dataset",
    "variable",
    "findings",
    "new",
    "open",
    "gone",
    "subjects",
    "message",
    "action",
)


class Waiver(Strict):
    """Errors of a rule that the study accepts, with the reason; `dataset` and `variable` narrow it down."""

    rule: str
    reason: str
    dataset: str | None = None
    variable: str | None = None


class _Waivers(Strict):
    waivers: tuple[Waiver, ...] = ()


def waivers_of(settings: Mapping[str, Any]) -> tuple[Waiver, ...]:
    """Return the waivers that a study's settings state under `waivers`.

    Raises:
        pydantic.ValidationError: a waiver has no rule, no reason or an unknown key.
    """
    return _Waivers.model_validate({"waivers": settings.get("waivers") or ()}).waivers


def waive(findings: pd.DataFrame, waivers: Sequence[Waiver]) -> pd.DataFrame:
    """Return the findings with waived errors as warnings, the reason appended, and a note for each unused waiver."""
    findings = findings.copy()
    unused = []
    for waiver in waivers:
        waived = findings["rule"].eq(waiver.rule) & findings["severity"].eq("error")
        waived &= ~findings["rule"].isin(NEVER_WAIVED)
        if waiver.dataset is not None:
            waived &= findings["dataset"].eq(waiver.dataset)
        if waiver.variable is not None:
            waived &= findings["variable"].eq(waiver.variable)
        if waived.any():
            findings.loc[waived, "severity"] = "warning"
            findings.loc[waived, "message"] += f" Waived: {waiver.reason}"
        else:
            message = f"The waiver of {waiver.rule} concerns no error. Remove it from the study."
            unused.append(report("WAIVER.UNUSED", "note", message, source="rule").assign(key=waiver.rule))
    return combine([findings, *unused])


def without_echoes(findings: pd.DataFrame) -> pd.DataFrame:
    """Return the findings without those that repeat an earlier one about the same value.

    A text that no codelist knows is reported where it is mapped, with its raw record; that the mapped value is not in
    the codelist either says nothing more. Two analysis datasets that are made from one record find the same in it.
    """
    place = ["dataset", "variable", "form", "row"]
    places = pd.MultiIndex.from_frame(findings[place])
    echo = findings["rule"].eq("SCHEMA.CODELIST") & places.isin(places[findings["rule"].eq("MAP.UNMAPPED")])
    echo |= findings["rule"].str.startswith("ADAM.") & findings.duplicated()
    return findings[~echo].reset_index(drop=True)


def gate(findings: pd.DataFrame) -> Literal["pass", "stop"]:
    """Return "stop" where an error is left; what is gone since the previous run does not count."""
    errors = findings["severity"].eq("error") & findings["status"].ne("gone")
    return "stop" if errors.any() else "pass"


def summary(findings: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each severity, rule, dataset and variable: counts, what is wrong and what to do.

    `findings` counts those that are there now (new and open); errors come first.
    """
    if findings.empty:
        return pd.DataFrame({name: pd.Series(dtype="str") for name in SUMMARY})
    keys = ["severity", "rule", "dataset", "variable"]
    status = {name: findings["status"].eq(name).astype("int64") for name in ("new", "open", "gone")}
    subject = findings["usubjid"].mask(findings["usubjid"].eq(""))
    groups = findings.assign(**status, subject=subject, recorded=findings["form"].ne("")).groupby(keys, sort=True)
    table = groups.agg(
        new=("new", "sum"),
        open=("open", "sum"),
        gone=("gone", "sum"),
        subjects=("subject", "nunique"),
        message=("message", "first"),
        recorded=("recorded", "any"),
    ).reset_index()
    table["findings"] = table["new"] + table["open"]
    table["action"] = [_action(*pair) for pair in zip(table["severity"], table["recorded"])]
    rank = table["severity"].map({severity: place for place, severity in enumerate(SEVERITIES)})
    order = table.assign(rank=rank).sort_values(["rank", "rule", "dataset", "variable"], kind="stable").index
    return table.loc[order, list(SUMMARY)].reset_index(drop=True)


def _action(severity: str, recorded: bool) -> str:
    """Return what to do; a finding that names a raw record is the site's, another the programmer's."""
    if severity == "note":
        return "For information."
    where = "Query the site" if recorded else "Correct the specification or the data it rests on"
    then = "the release waits for it, or for a waiver" if severity == "error" else "it is named in the reviewer's guide"
    return f"{where}; {then}."
