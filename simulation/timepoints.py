"""The assessments one after the other, each with what it shows: a row for every one that was made."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulation.assessments import COPY
from simulation.disease import NE, PD, Course
from simulation.draws import NEVER, Draws, Flags, Floats, Ints
from simulation.participation import Participation
from specs.model.simulation import SimulationPlan


@dataclass(frozen=True)
class Timepoints:
    """One element an assessment, by subject and column of the assessments.

    `category` is the response on CT, on PET where no CT was made; `before` the one that CT showed before progression,
    `before_on_pet` likewise. `reported` is False for the second report of scans read already.
    """

    subject: Ints
    column: Ints
    ct: Floats
    pet: Floats
    in_one: Flags
    category: Ints
    metabolic: Ints
    before: Ints
    before_on_pet: Ints
    #: Months since progression, 0 before it.
    months: Floats
    reported: Flags
    after_therapy: Flags
    #: Whether CT of the subject never shows progression, which only PET does.
    unseen: Flags

    @property
    def day(self) -> Floats:
        """The day of the earliest scan."""
        return np.minimum(self.ct, self.pet)

    @property
    def with_ct(self) -> Flags:
        """Which have a CT that was read."""
        return np.asarray(np.isfinite(self.ct) & self.reported, dtype=bool)

    @property
    def with_pet(self) -> Flags:
        """Which have a PET that was read."""
        return np.asarray(np.isfinite(self.pet) & self.reported, dtype=bool)

    @property
    def unclear(self) -> Flags:
        """Which were not evaluable."""
        return np.asarray(self.category == NE, dtype=bool)

    @property
    def progressed(self) -> Flags:
        """Which show progression."""
        return np.asarray((self.category == PD) & self.reported, dtype=bool)

    @property
    def shown(self) -> Ints:
        """What the lesions show that have no part in a progression."""
        return np.where((self.category == PD) | (self.category == NE), self.before, self.category)

    def first(self, where: Flags, days: Floats, subjects: int) -> Floats:
        """Return the earliest of the days of each subject where something holds; NEVER where it does for none."""
        earliest = np.full(subjects, NEVER)
        np.minimum.at(earliest, self.subject[where], days[where])
        return earliest


def timepoints_of(
    plan: SimulationPlan, participation: Participation, course: Course, on_ct: Course, seed: int
) -> Timepoints:
    """Return the assessments in the order in which the form of responses has them."""
    done = participation.assessments
    made = np.isfinite(done.first_scan)
    subject, column = np.nonzero(made)
    scan, ct, pet = done.first_scan[made], done.ct[made], done.pet[made]
    category = np.where(done.anatomic[made] >= 0, done.anatomic[made], done.overall[made])
    draws = Draws(seed, "scans in one")
    since = np.maximum(scan - course.progression[subject], 0)
    return Timepoints(
        subject=subject,
        column=column,
        ct=ct,
        pet=pet,
        in_one=(ct == pet) & draws.chance(plan.lesions.pet_and_ct_in_one, len(subject)),
        category=category,
        metabolic=done.metabolic[made],
        before=_states(on_ct.before_progression, subject, scan),
        before_on_pet=_states(course.before_progression, subject, scan),
        months=since / 30.4375,
        reported=column != len(plan.assessments) + COPY,
        after_therapy=scan > participation.new_therapy[subject],
        unseen=(~np.isfinite(on_ct.progression) & np.isfinite(course.progression))[subject],
    )


def _states(course: Course, subject: Ints, days: Floats) -> Ints:
    """Return the state of a subject's disease on each day."""
    mine = Course(course.partial[subject], course.complete[subject], course.progression[subject])
    return mine.state(days)
