"""Parameters derived from assessments, one row a subject: best, any and last response, response at a visit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from adam.derive.assessment_flags import counted_ranks, nearest_in_window
from adam.derive.assessments import Assessments, compute_windows
from adam.derive.ranks import NEITHER, NOT_EVALUABLE, STABLE
from adam.derive.timeline import Booleans, Integers, first_of_best
from specs.model.facts import Response
from specs.model.responses import Among, AnyResponse, BestResponse, LastResponse, ResponseAtVisit, Window


@dataclass(frozen=True)
class Answer:
    """A parameter's value for each subject; `places` are positions in `names`, `rows` the assessment (-1: none)."""

    names: tuple[str | None, ...]
    places: Integers
    rows: Integers


YES_NO = ("N", "Y")


def names_of(response: Response) -> tuple[str, ...]:
    """Return what each rank is called, the worst first; blank for one that the study does not have."""
    return tuple(group[0] if group else "" for group in response.groups)


def derive_best_response(
    parameter: BestResponse, response: Response, assessments: Assessments, subjects: int
) -> Answer:
    """Return the best eligible response of each subject, from its earliest assessment.

    Rule: the best of the eligible assessments up to `last_day`, in the order complete, partial, stable, neither,
    progression, not evaluable. A response without the confirmation that a rule asks for is stable disease. Stable
    disease, and what is neither complete nor progression, is not evaluable before `stable_from`.
    Missing: a subject without an eligible assessment has `none`.
    Reference: RECIST 1.1 (Eur J Cancer 2009;45:228-247), sections 4.4 and 4.6.
    """
    ranks = counted_ranks(assessments, parameter.confirmation)
    if parameter.stable_from is not None:
        stable = (ranks == STABLE) | (ranks == NEITHER)
        ranks = np.where(stable & (assessments.study_days < parameter.stable_from), NOT_EVALUABLE, ranks)
    rows = np.flatnonzero(assessments.eligible & _until(assessments, parameter.last_day))
    rows = rows[first_of_best(assessments.codes[rows], ranks[rows])]
    names = (*names_of(response), parameter.none)
    values, chosen = np.full(subjects, len(names) - 1), np.full(subjects, -1)
    values[assessments.codes[rows]] = ranks[rows]
    chosen[assessments.codes[rows]] = rows
    return Answer(names, values, chosen)


def derive_any_response(parameter: AnyResponse, response: Response, assessments: Assessments, subjects: int) -> Answer:
    """Return Y where an eligible assessment is among those that the rule means (from the first), else N.

    Rule: it has one of the responses and lies from `first_day` on and up to `last_day`; of complete and partial
    responses those count that are confirmed, where a rule asks for it. `alternatives` are further ways to be among
    them.
    Missing: a subject without such an assessment has N.
    """
    holds = is_among(assessments, response, parameter)
    for alternative in parameter.alternatives:
        holds |= is_among(assessments, response, alternative)
    chosen = first_row(assessments.codes, holds, subjects)
    return Answer(YES_NO, (chosen >= 0).astype("int64"), chosen)


def is_among(assessments: Assessments, response: Response, wanted: Among) -> Booleans:
    """Return which eligible assessments have one of the responses between two days, confirmed where a rule asks."""
    holds = assessments.eligible & _until(assessments, wanted.last_day)
    if wanted.first_day is not None:
        holds &= assessments.study_days >= wanted.first_day
    ranks = assessments.ranks
    if wanted.confirmation is not None:
        counted = counted_ranks(assessments, wanted.confirmation)
        ranks = np.where((counted == STABLE) & (ranks != STABLE), -1, counted)
    return holds & _has_response(ranks, response, wanted.responses)


def derive_last_response(
    parameter: LastResponse, response: Response, assessments: Assessments, subjects: int
) -> Answer:
    """Return the response at the last assessment of each subject.

    Rule: the last of the assessments that `among` names. Missing: `none`, which may be missing itself.
    """
    meant = {
        "since_start": assessments.since_start,
        "to_progression": assessments.to_progression,
        "eligible": assessments.eligible,
    }
    rows = np.flatnonzero(meant[parameter.among])
    chosen = np.full(subjects, -1, dtype="int64")
    chosen[assessments.codes[rows]] = rows  # the latest is written last
    names = (*names_of(response), parameter.none)
    return Answer(names, np.append(assessments.ranks, len(names) - 1)[chosen], chosen)


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
    values[found] = _has_response(assessments.ranks, response, parameter.responses)[chosen[found]]
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


def _has_response(ranks: Integers, response: Response, wanted: Sequence[str]) -> Booleans:
    return np.isin(ranks, [rank for rank, name in enumerate(names_of(response)) if name in wanted])
