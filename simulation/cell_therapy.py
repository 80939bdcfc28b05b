"""The model of the trial: a single arm, cell products one after the other, from consent to the end of study."""

from __future__ import annotations

from collections.abc import Sequence

from simulation.adverse_events import anchors_of, draw_events
from simulation.clinic import Records, clinic_rows
from simulation.disease import draw_course, draw_fate
from simulation.disposition_rows import disposition_rows, draw_deaths
from simulation.event_rows import Trial, event_rows
from simulation.export import Rows
from simulation.occasions import Life, occasions
from simulation.participation import follow
from simulation.prior_therapy import draw_prior
from simulation.subjects import Subjects, enrol, screening_rows, sexes
from simulation.text import day_number
from simulation.therapies import draw_courses, therapy_rows
from simulation.treatment import infuse, prepare
from simulation.treatment_rows import draw_doses, treatment_rows
from simulation.visit_rows import visit_rows
from simulation.vital_signs import draw_bodies
from specs.model.simulation import SimulationPlan


def simulate_trial(plan: SimulationPlan, count: int, seed: int) -> tuple[Subjects, Sequence[Rows]]:
    """Return the subjects and the rows of every form, in no particular order."""
    cut = day_number(plan.snapshot.date())
    subjects = enrol(plan, count, seed)
    preparation = prepare(plan, subjects, seed)
    course = draw_course(plan, preparation.zero, seed)
    fate = draw_fate(plan, subjects, preparation, course, seed)
    infusions = infuse(plan, preparation, fate.stop, course.progression, seed)
    participation = follow(plan, infusions, course, fate, cut, seed)
    deaths = draw_deaths(plan, participation, fate, seed)
    anchors = anchors_of(subjects, preparation, infusions)
    events = draw_events(plan, anchors, participation, fate, deaths, seed)
    prior = draw_prior(plan, subjects.consent, seed)
    courses = draw_courses(plan, anchors, prior, preparation, participation, events, seed)
    doses = draw_doses(plan, infusions, seed)
    screening = screening_rows(plan, subjects, cut, seed)
    life = Life(subjects, sexes(plan, screening), preparation, infusions, course, participation, events, cut)
    visits = occasions(plan, life)
    bodies = draw_bodies(plan, life, visits, seed)
    rows = [
        *screening,
        *visit_rows(plan, subjects, preparation, infusions, participation, seed),
        *treatment_rows(plan, subjects, preparation, infusions, participation, doses, bodies.dose_weight, seed),
        *disposition_rows(plan, preparation, infusions, participation, fate, deaths, cut, seed),
        event_rows(plan, events, Trial(preparation, infusions, participation), seed),
        *therapy_rows(plan, courses, participation, events, seed),
        *clinic_rows(plan, life, Records(visits, bodies, doses, prior, courses, deaths), seed),
    ]
    return subjects, rows
