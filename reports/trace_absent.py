"""Who has no record for a parameter, and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pandas as pd

from clinical.conditions import Condition, matches
from reports.trace_groups import MOST_SUBJECTS
from reports.trace_rules import population_of
from reports.trace_words import in_words
from specs.model.dataset import DatasetSpec
from specs.model.responses import Timepoints
from specs.model.time_to_event import TimeParameter, TimeRules, When

#: Returns an analysis dataset of the run, None where it has none of that name.
Frames = Callable[[str], pd.DataFrame | None]


@dataclass(frozen=True)
class AbsentGroup:
    """Subjects without a record for one reason: how many, and the first of them by USUBJID."""

    reason: str
    subjects: int
    listed: tuple[str, ...]


def find_absent(spec: DatasetSpec, paramcd: str, rows: pd.Series, frames: Frames) -> tuple[AbsentGroup, ...]:
    """Return the subjects of ADSL that are not among `rows` (USUBJID of the records), by the first reason that holds.

    The reasons are looked at in this order: not in the population; no start of the time; no event, where the rules ask
    for one; else no record.
    """
    adsl = frames("ADSL")
    if adsl is None or spec.name == "ADSL":
        return ()
    left = adsl[~adsl["USUBJID"].isin(rows)]
    groups = []
    for reason, holds in _reasons(spec, paramcd, frames):
        found = left[holds(left)]
        if len(found):
            subjects = sorted(found["USUBJID"].tolist())
            groups.append(AbsentGroup(reason, len(subjects), tuple(subjects[:MOST_SUBJECTS])))
        left = left[~left.index.isin(found.index)]
    return tuple(groups)


_Holds = Callable[[pd.DataFrame], Any]


def _reasons(spec: DatasetSpec, paramcd: str, frames: Frames) -> Iterator[tuple[str, _Holds]]:
    population = population_of(spec)
    if population:
        words = in_words(population)
        yield f"Not in the population, which is the subjects for whom {words}", lambda rows: ~_held(rows, population)
    times: TimeRules | None = spec.rules.time_to_event
    if times is not None and paramcd in times.parameters:
        parameter = times.parameters[paramcd]
        yield _no_start(times, parameter), lambda rows: ~_has(times, parameter.start, rows, frames)
        if parameter.rows == "events":
            texts = [times.events[name].text.lower() for name in parameter.events]
            yield f"No event ({', '.join(texts)}) that counts", lambda rows: rows["USUBJID"].notna()
    responses = spec.rules.responses
    if responses is not None and isinstance(responses.parameters.get(paramcd), Timepoints):
        datasets = ", ".join(responses.parameters[paramcd].datasets)
        yield f"No dated assessment in {datasets}", lambda rows: rows["USUBJID"].notna()
    records = spec.rules.records
    if records is not None:
        words = f" where {in_words(records.where)}" if records.where else ""
        yield f"No such record in {records.dataset}{words}", lambda rows: rows["USUBJID"].notna()
    yield "No record", lambda rows: rows["USUBJID"].notna()


def _no_start(rules: TimeRules, parameter: TimeParameter) -> str:
    when = parameter.start
    if when.date is not None:
        return f"No start of the time: ADSL.{when.date} is missing"
    return f"No start of the time: no record of {rules.assessments} where {in_words(when.assessment or ())}"


def _has(rules: TimeRules, when: When, subjects: pd.DataFrame, frames: Frames) -> Any:
    """Return which subjects have the date, or an assessment, that a time starts with."""
    if when.date is not None:
        return subjects[when.date].notna().to_numpy() if when.date in subjects else [False] * len(subjects)
    rows = frames(rules.assessments)
    if rows is None:
        return subjects["USUBJID"].isin([]).to_numpy()
    held = rows.loc[_held(rows, when.assessment or ()), "USUBJID"]
    return subjects["USUBJID"].isin(held).to_numpy()


def _held(rows: pd.DataFrame, condition: Condition) -> Any:
    """Return which rows fulfil a condition; columns that are not there have no value."""
    names = [name for part in condition for name in part if name not in rows]
    return matches(rows.assign(**{name: pd.Series(pd.NA, index=rows.index, dtype="str") for name in names}), condition)
