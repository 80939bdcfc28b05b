"""The rows of history, visits and logs: dx, mh, ps, vs, lb, fx, ss, dv and gc."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from simulation.daily_grades import daily_grade_rows
from simulation.disposition_rows import Deaths
from simulation.export import Rows
from simulation.history_rows import history_rows, performance_rows
from simulation.laboratory import laboratory_rows
from simulation.log_rows import comment_rows, contact_rows, deviation_rows
from simulation.occasions import Life, Occasions
from simulation.prior_therapy import PriorTherapy
from simulation.therapies import Course
from simulation.treatment_rows import Doses
from simulation.vital_signs import Bodies, vital_sign_rows
from specs.model.simulation import SimulationPlan


@dataclass(frozen=True)
class Records:
    """What other forms record and these refer to: visits, weights, doses, therapies and deaths."""

    visits: Occasions
    bodies: Bodies
    doses: Sequence[Doses]
    prior: PriorTherapy
    courses: Sequence[Course]
    deaths: Deaths


def clinic_rows(plan: SimulationPlan, life: Life, records: Records, seed: int) -> list[Rows]:
    """Return the rows of every form of this part, in no particular order."""
    visits, bodies, doses = records.visits, records.bodies, records.doses
    return [
        *history_rows(plan, life, records.prior, records.courses, seed),
        performance_rows(plan, life, visits, seed),
        vital_sign_rows(plan, life, visits, bodies, doses, seed),
        *laboratory_rows(plan, life, visits, doses, seed),
        *daily_grade_rows(plan, life, seed),
        *contact_rows(plan, life, records.deaths, seed),
        *deviation_rows(plan, life, visits, bodies.done, seed),
        comment_rows(plan, life, seed),
    ]
