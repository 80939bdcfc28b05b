"""Parameters derived from assessments, one row a subject: best response, any response, response at a visit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from adam.derive.assessments import (
    Assessments,
    compute_windows,
    nearest_in_window,
    responders,
)
from adam.derive.ranks import NOT_EVALUABLE, PARTIAL, STABLE
from adam.derive.timeline import Booleans, Integers, first_of_best
from specs.model.facts import Response
from specs.model.responses import AnyResponse, BestResponse, ResponseAtVisit, ResponseFlag, Window


@dataclass(frozen=True)
class Answer:
    """A parameter's value for each subject; `places` are positions in `names`, `rows` the assessment (-1: none)."""

    names: tuple[str, ...]
    places: Integers
    rows: Integers


YES_NO = ("N", "Y")


def names_of(response: Response) -> tuple[str, ...]:
    """Return what each rank is called, the worst first: NE PD SD PR CR."""
    groups = (response.not_evaluable, response.progression, response.stable, response.partial, response.complete)
    return tuple(group[0] for group in groups)


def derive_best_response(
    parameter: BestResponse, response: Response, assessments: Assessments, subjects: int
) -> Answer:
    """Return the best eligible response of each subject, from its earliest assessment.

    Rule: the best of the eligible assessments up to `last_day`; stable disease before `stable_from` is not evaluable,
    and so is a response without the confirmation that a rule asks for, or stable disease from that day on.
    Missing: a subject without an eligible assessment has `none`.
    """
    ranks = assessments.ranks.copy()
    if parameter.confirmation is not None:
        confirmed = responders(assessments, ResponseFlag(confirmation=parameter.confirmation))
        ranks[(ranks >= PARTIAL) & ~confirmed] = STABLE
    if parameter.stable_from is not None:
        ranks[(ranks == STABLE) & (assessments.study_days < parameter.stable_from)] = NOT_EVALUABLE
    rows = np.flatnonzero(assessments.eligible & _until(assessments, parameter.last_day))
    rows = rows[first_of_best(assessments.codes[rows], ranks[rows])]
    names = (*names_of(response), parameter.none)
    values, chosen = np.full(subjects, len(names) - 1), np.full(subjects, -1)
    values[assessments.codes[rows]] = ranks[rows]
    chosen[assessments.codes[rows]] = rows
    return Answer(names, values, chosen)


def derive_any_response(parameter: AnyResponse, response: Response, assessments: Assessments, subjects: int) -> Answer:
    """Return Y where an eligible assessment up to `last_day` has one of the responses (from the first), else N."""
    holds = assessments.eligible & _until(assessments, parameter.last_day)
    holds &= _is_among(assessments, response, parameter.responses)
    if parameter.confirmation is not None:
        holds &= responders(assessments, ResponseFlag(confirmation=parameter.confirmation))
    chosen = first_row(assessments.codes, holds, subjects)
    return Answer(YES_NO, (chosen >= 0).astype("int64"), chosen)


def derive_response_at_visit(
    parameter: ResponseAtVisit,
    response: Response,
    assessments: Assessments,
    subjects: int,
    windows: tuple[Window, ...],
    tie: str,
) -> Answer:
    """Return Y where the assessment that stands for the visit has one of the responses, else N.

    Rule: the eligible evaluable assessment nearest the target day in the visit's window. Missing: N without one.
    """
    visit = [window.visit for window in windows].index(parameter.visit)
    at_visit = nearest_in_window(assessments, windows, tie)
    at_visit &= compute_windows(assessments.study_days, windows) == visit
    chosen = first_row(assessments.codes, at_visit, subjects)
    found = chosen >= 0
    values = np.zeros(subjects, dtype="int64")
    values[found] = _is_among(assessments, response, parameter.responses)[chosen[found]]
    return Answer(YES_NO, values, chosen)


def compute_equals(of: Answer, responses: Sequence[str]) -> Integers:
    """Return 1 for subjects whose other parameter has one of the responses, else 0."""
    return np.isin(of.places, [place for place, name in enumerate(of.names) if name in responses]).astype("int64")


def first_row(codes: Integers, holds: Booleans, subjects: int) -> Integers:
    """Return each subject's first row for which something holds, -1 without one; rows are sorted by subject, day."""
    result = np.full(subjects, -1, dtype="int64")
    rows = np.flatnonzero(holds)[::-1]  # the earliest is written last
    result[codes[rows]] = rows
    return result


def _until(assessments: Assessments, last_day: int | None) -> Booleans:
    if last_day is None:
        return np.ones(len(assessments), dtype=bool)
    return assessments.study_days <= last_day


def _is_among(assessments: Assessments, response: Response, wanted: Sequence[str]) -> Booleans:
    return np.isin(assessments.ranks, [rank for rank, name in enumerate(names_of(response)) if name in wanted])
