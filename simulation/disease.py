"""The course of the disease after the first infusion, deaths and departures: what really happens to a subject.

The state of the disease on a day follows from three days: partial response, complete response and progression. Every
assessment reads the state of its own date, so that assessments can never contradict each other.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from simulation.draws import NEVER, Draws, Floats, Ints, earliest
from simulation.subjects import Subjects, reason
from simulation.treatment import Preparation
from specs.model.simulation import ResponseName, SimulationPlan

#: States of the disease and results of an assessment.
CR, PR, SD, PD, NE = range(5)
STATES: tuple[ResponseName, ...] = ("CR", "PR", "SD", "PD", "NE")

#: Causes of death.
OF_DISEASE, OF_EVENT, OF_OTHER = range(3)


@dataclass(frozen=True)
class Course:
    """Days on which the disease changes; NEVER where it does not."""

    partial: Floats
    complete: Floats
    progression: Floats

    def state(self, days: Floats) -> Ints:
        """Return the state on each day; `days` has the subjects in its first dimension."""
        wide = (slice(None),) + (None,) * (days.ndim - 1)
        state = np.where(days >= self.partial[wide], PR, SD)
        state = np.where(days >= self.complete[wide], CR, state)
        return np.where(days >= self.progression[wide], PD, state).astype("int64")

    @property
    def before_progression(self) -> Course:
        """The course up to progression, as if it stayed what it was before."""
        return Course(
            partial=np.where(self.partial < self.progression, self.partial, NEVER),
            complete=np.where(self.complete < self.progression, self.complete, NEVER),
            progression=np.full(len(self.progression), NEVER),
        )


@dataclass(frozen=True)
class Fate:
    """When and why a subject leaves the trial, as far as nothing before forces it; NEVER and -1 where not."""

    death: Floats
    cause: Ints
    left: Floats
    left_reason: Ints

    @property
    def stop(self) -> Floats:
        """The day of death or departure, whichever is earlier."""
        return np.minimum(self.death, self.left)


def draw_course(plan: SimulationPlan, zero: Floats, seed: int) -> Course:
    """Return the course of the disease, counted from the first infusion `zero`."""
    draws = Draws(seed, "disease")
    count = len(zero)
    courses = list(plan.courses.values())
    chosen = draws.pick([course.share for course in courses], count)
    partial, complete, progression = np.full(count, NEVER), np.full(count, NEVER), np.full(count, NEVER)
    # A handful of courses, not subjects.
    for at, course in enumerate(courses):
        early = draws.days(course.partial or (0, 0), count) if course.partial else np.full(count, NEVER)
        full = draws.days(course.complete, count) if course.complete else np.full(count, NEVER)
        best = np.where(np.isfinite(full), full, np.where(np.isfinite(early), early, 0))
        worse = best + course.margin + draws.weibull_days(course.median, course.shape, count)
        worse = np.where(draws.chance(course.cured, count), NEVER, worse)
        here = chosen == at
        partial = np.where(here, np.minimum(early, full), partial)
        complete = np.where(here, full, complete)
        progression = np.where(here, worse, progression)
    return Course(zero + partial, zero + complete, zero + progression)


def course_on_ct(plan: SimulationPlan, course: Course, seed: int) -> Course:
    """Return the course as CT shows it: behind PET at times, with a residual mass for good, or blind to progression."""
    draws = Draws(seed, "course on CT")
    count, rules = len(course.progression), plan.lesions
    lag = np.where(draws.chance(rules.ct_lags, count), draws.days(rules.ct_lag, count), 0)
    residual = draws.chance(plan.scans.residual_mass, count)
    unseen = draws.chance(plan.scans.pet_only_progression, count)
    seen = Course(course.partial + lag, np.where(residual, NEVER, course.complete + lag), course.progression)
    return replace(seen.before_progression, progression=np.where(unseen, NEVER, course.progression))


def draw_fate(plan: SimulationPlan, subjects: Subjects, preparation: Preparation, course: Course, seed: int) -> Fate:
    """Return deaths and departures: before any product as prepared, afterwards from the plan's rates."""
    draws = Draws(seed, "fate")
    fates, zero, count = plan.fates, preparation.zero, len(subjects)
    survives = draws.chance(fates.long_survivors, count)
    survival = draws.weibull_days(fates.after_progression_median, fates.after_progression_shape, count)
    of_disease = np.where(survives, NEVER, course.progression + survival)
    toxic = np.minimum(
        draws.event_day(fates.early_toxic_death, zero, fates.early_toxic_days),
        draws.event_day(fates.late_toxic_death, zero, fates.late_toxic_days),
    )
    # Who dies of treatment dies in spite of the disease being controlled.
    toxic = np.where(toxic < course.progression, toxic, NEVER)
    of_other = draws.event_day(fates.other_death, zero, fates.other_death_days)
    death, cause = earliest([of_disease, toxic, of_other])
    withdrawal = zero + np.ceil(_exponential(fates.withdrawal_rate, draws, count))
    lost = zero + np.ceil(_exponential(fates.lost_rate, draws, count))
    left, which = earliest([subjects.left, preparation.left, withdrawal, lost])
    why = np.select(
        [which == 0, which == 1, which == 2],
        [subjects.left_reason, preparation.left_reason, np.full(count, reason("withdrawal"))],
        reason("lost"),
    )
    dies_early = np.isfinite(left) & (why == reason("death"))
    death = np.where(dies_early, left, death)
    return Fate(
        death=death,
        cause=np.where(dies_early, OF_DISEASE, cause),
        left=np.where(dies_early, NEVER, left),
        left_reason=np.where(np.isfinite(left) & ~dies_early, why, -1),
    )


def _exponential(yearly: float, draws: Draws, count: int) -> Floats:
    drawn = -np.log1p(-draws.uniform(count))
    return np.full(count, NEVER) if yearly <= 0 else drawn / yearly * 365.25
