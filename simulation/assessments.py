"""Visits after the infusion and the response assessments made there, before anything that a progression changes.

Scheduled visits come first in every (subjects, visits) array; the unscheduled ones follow: one prompted by symptoms of
progression, one that repeats a scan, a second report of scans already assessed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from simulation.disease import CR, NE, PD, PR, SD, Course
from simulation.draws import NEVER, Draws, Flags, Floats, Ints
from simulation.treatment import Infusions
from specs.model.simulation import SimulationPlan

#: The unscheduled assessments, by position after the scheduled ones.
SYMPTOMS, REPEAT, COPY = range(3)
UNSCHEDULED = 3


@dataclass(frozen=True)
class Visits:
    """Scheduled visits: the day on which each was due, the day on which it took place (NEVER: missed)."""

    due: Floats
    day: Floats
    #: The day after which a visit that has not taken place is missed.
    closes: Floats
    #: When the subject completes the trial.
    completion: Floats


@dataclass(frozen=True)
class Assessments:
    """Dates of CT and PET (NEVER: not done) and the results, -1 for none; (subjects, visits)."""

    ct: Floats
    pet: Floats
    overall: Ints
    metabolic: Ints
    anatomic: Ints

    @property
    def first_scan(self) -> Floats:
        """The earliest scan of each assessment; NEVER where there is none."""
        return np.minimum(self.ct, self.pet)

    @property
    def last_scan(self) -> Floats:
        """The latest scan of each assessment; NEVER where there is none."""
        latest = np.maximum(np.where(self.ct < NEVER, self.ct, -NEVER), np.where(self.pet < NEVER, self.pet, -NEVER))
        return np.where(np.isfinite(latest), latest, NEVER)

    def kept(self, where: Flags) -> Assessments:
        """Return the assessments with those removed for which `where` is False."""
        return Assessments(
            np.where(where, self.ct, NEVER),
            np.where(where, self.pet, NEVER),
            np.where(where, self.overall, -1),
            np.where(where, self.metabolic, -1),
            np.where(where, self.anatomic, -1),
        )


def draw_visits(plan: SimulationPlan, infusions: Infusions, seed: int) -> Visits:
    """Return the scheduled visits after the first infusion: most on time, some early, late or missed.

    None is before the last planned infusion.
    """
    draws = Draws(seed, "visits")
    rules, first = plan.follow_up, infusions.first
    due = first[:, None] + np.array([one.day - 1 for one in plan.assessments], dtype="float64")
    opens = first[:, None] + np.array([one.window[0] - 1 for one in plan.assessments], dtype="float64")
    closes = first[:, None] + np.array([one.window[1] - 1 for one in plan.assessments], dtype="float64")
    shape = due.shape
    day = np.clip(due + np.round(rules.jitter * draws.normal(shape)), opens, closes)
    day = np.where(draws.chance(rules.late, shape), closes + draws.days(rules.late_by, shape), day)
    day = np.where(draws.chance(rules.early, shape), opens - draws.days(rules.early_by, shape), day)
    treated = np.where(np.isfinite(infusions.planned), infusions.planned, -NEVER).max(axis=1)
    day = np.maximum(day, treated[:, None] + 2)
    missed = draws.chance(rules.missed, shape)
    gap = draws.pick(np.ones(max(shape[1] - 1, 1)), shape[0])
    in_gap = (np.arange(shape[1]) == gap[:, None]) | (np.arange(shape[1]) == gap[:, None] + 1)
    missed |= in_gap & draws.chance(rules.missed_two, shape[0])[:, None]
    day = np.where(missed, NEVER, day)
    by_telephone = due[:, -1] + draws.days(rules.completion, shape[0])
    return Visits(due, day, closes, np.where(np.isfinite(day[:, -1]), day[:, -1], by_telephone))


def assess(
    plan: SimulationPlan, visits: Visits, course: Course, on_ct: Course, first: Floats, limit: Floats, seed: int
) -> Assessments:
    """Return what would be assessed up to a day, `limit`, if nothing stopped the assessments.

    `on_ct` is the course of the disease as CT shows it.
    """
    draws = Draws(seed, "scans")
    rules = plan.scans
    scheduled = np.where(visits.day <= limit[:, None], visits.day, NEVER)
    scheduled = np.where(draws.chance(rules.no_assessment, scheduled.shape), NEVER, scheduled)
    symptoms = draws.event_day(rules.symptoms, course.progression, rules.symptoms_after)
    responder = (course.state(scheduled) == PR) & np.isfinite(scheduled)
    base = np.where(responder, scheduled, NEVER).min(axis=1)
    repeat = draws.event_day(rules.repeat, base, rules.repeat_after)
    extra = np.stack([symptoms, repeat, np.full(len(first), NEVER)], axis=1)
    extra = np.where(extra <= limit[:, None], extra, NEVER)
    visit = np.concatenate([scheduled, extra], axis=1)
    done = _scans(plan, visit, (course, on_ct), (first, limit), draws)
    done = _drop_late_symptoms(done, len(plan.assessments))
    done = _drop_overlapping(done, len(plan.assessments))
    return _copy_some(plan, done, draws)


def _scans(
    plan: SimulationPlan, visit: Floats, courses: tuple[Course, Course], span: tuple[Floats, Floats], draws: Draws
) -> Assessments:
    (course, on_ct), (first, limit) = courses, span
    rules, shape = plan.scans, visit.shape
    made = np.isfinite(visit)
    ct = np.maximum(visit - draws.days(rules.ct_before, shape), first[:, None] + 2)
    pet = ct + np.where(draws.chance(rules.other_pet_day, shape), draws.days(rules.pet_shift, shape), 0)
    pet = np.where((pet <= first[:, None] + 1) | (pet > limit[:, None]), ct, pet)
    without_ct = draws.chance(rules.no_ct, shape)
    # Only CT that says what PET would say stands alone.
    without_pet = ~without_ct & draws.chance(rules.no_pet, shape) & (course.state(ct) == on_ct.state(ct))
    pet = np.where(without_pet, NEVER, pet)
    ct = np.where(without_ct | ~made, NEVER, ct)
    pet = np.where(made, pet, NEVER)
    state = course.state(np.minimum(ct, pet))
    unclear = draws.chance(rules.not_evaluable, shape)
    unclear[:, -UNSCHEDULED:] = False
    scan = np.minimum(ct, pet)
    unclear &= scan <= np.where((state == PD) & ~unclear & made, scan, NEVER).min(axis=1)[:, None]
    pet = np.where(without_pet & ~unclear & made & _after_complete(scan, pet, state, unclear), ct, pet)
    anatomic = on_ct.state(scan)
    overall = np.where(np.isfinite(pet), state, np.where(anatomic == CR, PR, anatomic))
    return Assessments(
        ct,
        pet,
        np.where(made, np.where(unclear, NE, overall), -1),
        np.where(np.isfinite(pet), np.where(unclear, NE, state), -1),
        np.where(np.isfinite(ct), np.where(unclear, NE, anatomic), -1),
    )


def _after_complete(scan: Floats, pet: Floats, state: Ints, unclear: Flags) -> Flags:
    """Return which complete responses come after one on PET: on CT alone they would be partial ones again."""
    complete = (state == CR) & ~unclear
    confirmed = np.where(complete & np.isfinite(pet), scan, NEVER).min(axis=1)
    return np.asarray(complete & (scan > confirmed[:, None]), dtype=bool)


def _drop_late_symptoms(done: Assessments, scheduled: int) -> Assessments:
    """Return the assessments without the one prompted by symptoms where progression was documented before it."""
    scan = done.first_scan
    documented = np.where(done.overall[:, :scheduled] == PD, scan[:, :scheduled], NEVER).min(axis=1)
    keep = np.ones(scan.shape, dtype=bool)
    keep[:, scheduled + SYMPTOMS] = scan[:, scheduled + SYMPTOMS] < documented
    return done.kept(keep)


def _drop_overlapping(done: Assessments, scheduled: int) -> Assessments:
    """Return the assessments without unscheduled ones whose scans lie among those of another assessment."""
    first, last = done.first_scan, done.last_scan
    keep = np.ones(first.shape, dtype=bool)
    for column in (scheduled + SYMPTOMS, scheduled + REPEAT):
        among = (first <= last[:, column, None]) & (last >= first[:, column, None]) & np.isfinite(first)
        among[:, column] = False
        keep[:, column] = ~among.any(axis=1)
    return done.kept(keep)


def _copy_some(plan: SimulationPlan, done: Assessments, draws: Draws) -> Assessments:
    """Return the assessments with a second, equal report of the same scans for a few subjects."""
    scheduled = len(plan.assessments)
    count = len(done.ct)
    copied = draws.chance(plan.scans.outside_copy, count)
    column = np.minimum(draws.pick(np.ones(3), count) + 1, scheduled - 1)
    rows = np.arange(count)
    parts = {}
    for name in ("ct", "pet", "overall", "metabolic", "anatomic"):
        values = getattr(done, name).copy()
        nothing = NEVER if values.dtype == np.float64 else -1
        values[:, scheduled + COPY] = np.where(copied, values[rows, column], nothing)
        parts[name] = values
    return Assessments(**parts)


def after_new_therapy(plan: SimulationPlan, done: Assessments, new_therapy: Floats, seed: int) -> Assessments:
    """Return the assessments with the results after new therapy replaced by the response to it.

    A complete response rests on PET, so that it is done wherever there is one.
    """
    draws = Draws(seed, "response to new therapy")
    states = np.array([{"CR": CR, "PR": PR, "SD": SD, "PD": PD}[name] for name in plan.scans.new_therapy_results])
    result = states[draws.pick(plan.scans.new_therapy_results.values(), len(new_therapy))]
    later = (done.first_scan > new_therapy[:, None]) & np.isfinite(done.first_scan)
    result = np.broadcast_to(result[:, None], later.shape)
    pet = np.where(later & (result == CR) & ~np.isfinite(done.pet), done.ct, done.pet)
    return replace(
        done,
        pet=pet,
        overall=np.where(later, result, done.overall),
        metabolic=np.where(later & np.isfinite(pet), result, done.metabolic),
        anatomic=np.where(later & (done.anatomic >= 0), result, done.anatomic),
    )
