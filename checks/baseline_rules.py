"""Rules on baseline and change from it (ADaMIG 1.3, 3.3.4 and 3.3.8)."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from checks.datasets import Datasets, numbers
from checks.registry import Found, rule

#: How far a change may lie from what it should be, as part of the value or the base: numbers are rounded.
TOLERANCE = 1e-6


def _group(frame: pd.DataFrame) -> list[str]:
    """Return what has one baseline: a subject's parameter, and its kind of baseline where there are several."""
    return ["USUBJID", "PARAMCD", *(["BASETYPE"] if "BASETYPE" in frame else [])]


def _far(found: pd.Series, expected: pd.Series, scale: pd.Series) -> pd.Series:
    return (found - expected).abs() > TOLERANCE * scale.abs().clip(lower=1)


@rule(
    "ADAM.BASELINE_ONCE",
    "error",
    "The subject's parameter has several baseline records. Flag one of them.",
    each="USUBJID PARAMCD ABLFL",
    scope="adam",
)
def baseline_once(data: Datasets, name: str) -> Iterator[Found]:
    baseline = data[name][data[name]["ABLFL"].eq("Y")]
    yield Found(name, baseline[baseline.duplicated(_group(baseline))], "PARAMCD", "PARAMCD")


@rule(
    "ADAM.BASELINE_VALUE",
    "error",
    "BASE is not the value of the baseline record of the subject's parameter. Correct the derivation.",
    each="USUBJID PARAMCD ABLFL AVAL BASE",
    scope="adam",
)
def baseline_value(data: Datasets, name: str) -> Iterator[Found]:
    frame = data[name]
    by = _group(frame)
    baseline = frame.loc[frame["ABLFL"].eq("Y"), [*by, "AVAL"]].drop_duplicates(by)
    found = frame[by].merge(baseline, how="left", on=by)
    base, expected = numbers(frame["BASE"]), numbers(found["AVAL"].set_axis(frame.index))
    wrong = (base.isna() != expected.isna()) | _far(base, expected, expected)
    yield Found(name, frame[wrong], "BASE", "BASE")


@rule(
    "ADAM.CHANGE",
    "error",
    "CHG is not AVAL - BASE, or PCHG not that in percent of BASE. Correct the derivation.",
    each="USUBJID PARAMCD AVAL BASE CHG",
    scope="adam",
)
def change(data: Datasets, name: str) -> Iterator[Found]:
    frame = data[name]
    value, base, found = (numbers(frame[variable]) for variable in ("AVAL", "BASE", "CHG"))
    unknown = found.notna() & (value.isna() | base.isna())
    larger = value.abs().where(value.abs() > base.abs(), base.abs())
    yield Found(name, frame[unknown | _far(found, value - base, larger)], "CHG", "CHG")
    if "PCHG" in frame:
        percent = numbers(frame["PCHG"])
        expected = 100 * (value - base) / base.where(base.ne(0))
        yield Found(
            name, frame[(percent.notna() & expected.isna()) | _far(percent, expected, expected)], "PCHG", "PCHG"
        )
