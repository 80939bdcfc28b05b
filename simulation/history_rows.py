"""The rows of history and performance status: the lymphoma, conditions beside it, ECOG at the visits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from simulation.draws import NEVER, Draws, Floats, Ints
from simulation.export import Rows
from simulation.occasions import Life, Occasions, until_death
from simulation.prior_therapy import PriorTherapy
from simulation.text import DAY, Text, constant, dates, flags, partly_known, texts
from simulation.therapies import Course
from specs.model.simulation import SimulationPlan
from specs.model.simulation_clinic import Condition


def history_rows(
    plan: SimulationPlan, life: Life, prior: PriorTherapy, courses: Sequence[Course], seed: int
) -> list[Rows]:
    """Return the rows of the forms dx and mh."""
    conditions = enumerate(plan.clinic.conditions)
    medical = [_condition(plan, at, condition, life, courses, seed) for at, condition in conditions]
    return [_lymphoma(plan, life, prior, seed), *medical]


def _lymphoma(plan: SimulationPlan, life: Life, prior: PriorTherapy, seed: int) -> Rows:
    """Return the row of dx: diagnosis before the first line, the latest relapse after the last one."""
    rules, draws = plan.clinic.lymphoma, Draws(seed, "history of the lymphoma")
    consent = life.subjects.consent
    count = len(consent)
    diagnosis = prior.first_start - draws.days(rules.before_first_line, count)
    relapse = prior.last_end + 1 + np.floor(draws.uniform(count) * np.maximum(consent - prior.last_end - 1, 0))
    items = {"DXHIST": texts(list(rules.histologies), draws.pick(rules.histologies.values(), count))}
    items["DXDAT"] = dates(diagnosis, _known(plan, "dx.DXDAT", draws, count))
    items["DXRELDAT"] = dates(relapse, _known(plan, "dx.DXRELDAT", draws, count))
    items["DXSTAT"] = texts(list(rules.status), draws.pick(rules.status.values(), count))
    items["DXSTAGE"] = texts(list(rules.stages), draws.pick(rules.stages.values(), count))
    return Rows("dx", np.arange(count, dtype="int64"), plan.events.screening, items)


def _known(plan: SimulationPlan, column: str, draws: Draws, count: int) -> Ints:
    unknown = plan.partial_dates.get(column)
    if unknown is None:
        return np.full(count, DAY, dtype="int64")
    return partly_known(unknown.day, unknown.month, draws, count)


def _condition(
    plan: SimulationPlan, at: int, condition: Condition, life: Life, courses: Sequence[Course], seed: int
) -> Rows:
    """Return the rows of mh for one condition: of who takes its medication, or of a share of all."""
    draws = Draws(seed, f"condition {at} {condition.term}")
    consent = life.subjects.consent
    anchor = np.full(len(consent), NEVER) if condition.medication else consent
    for course in _of_medication(condition, courses):
        anchor[course.subject] = np.minimum(course.start, consent[course.subject])
    happens = draws.chance(condition.chance, len(anchor)) & np.isfinite(anchor)
    subject = np.flatnonzero(happens)
    count = len(subject)
    start = anchor[subject] - draws.days(condition.before, count)
    over = start + draws.days(condition.length, count)
    ended = draws.chance(condition.ended, count) & (over < consent[subject])
    items: dict[str, Text] = {
        "MHTERM": constant(condition.term, count),
        "MHSTDAT": dates(start, _known(plan, "mh.MHSTDAT", draws, count)),
        "MHENDAT": dates(np.where(ended, over, NEVER), _known(plan, "mh.MHENDAT", draws, count)),
        "MHONGO": flags(~ended, plan.yes, plan.no),
    }
    return Rows("mh", subject, plan.events.screening, items, order=(start, np.full(count, float(at))))


def _of_medication(condition: Condition, courses: Sequence[Course]) -> Iterator[Course]:
    for course in courses:
        if condition.medication and course.drug is not None and course.drug.drug == condition.medication:
            yield course


def performance_rows(plan: SimulationPlan, life: Life, visits: Occasions, seed: int) -> Rows:
    """Return the rows of the form ps: the score at screening, and how it changes until a death."""
    rules, draws = plan.clinic.performance, Draws(seed, "performance status")
    scores = list(rules.screening)
    count = len(life.sex)
    drawn = np.array([int(score) for score in scores])[draws.pick(rules.screening.values(), count)]
    failures = [int(rules.failures.get(reason, -1)) for reason in plan.screening.failure_reasons]
    told = np.array([*failures, -1])[life.subjects.failure]
    own = np.where(told >= 0, told, drawn)
    assessed = visits.at(visits.of(*rules.events, *(one.event for one in plan.assessments)))
    change = draws.uniform(len(assessed))
    later = own[assessed.subject] + np.where(change < rules.better, -1, np.where(change > 1 - rules.worse, 1, 0))
    later = np.clip(later + _worse(plan, life, assessed), 0, 4)
    score = np.where(assessed.of(plan.events.screening), own[assessed.subject], later)
    items = {"PSDAT": dates(assessed.day), "PSSCORE": texts(["0", "1", "2", "3", "4"], score)}
    return assessed.rows("ps", items)


def _worse(plan: SimulationPlan, life: Life, visits: Occasions) -> Ints:
    """Return by how much the score is worse after progression and before a death."""
    rules = plan.clinic.performance
    left: Floats = until_death(life, visits)
    worse = np.where(visits.day >= life.course.progression[visits.subject], rules.after_progression, 0)
    for days, points in sorted(rules.dying.items(), reverse=True):
        worse = np.where(left <= days, points, worse)
    return worse.astype("int64")
