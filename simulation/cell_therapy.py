"""The model of the trial: a single arm, cell products one after the other, from consent to the end of study."""

from __future__ import annotations

from collections.abc import Sequence

from simulation.adverse_events import anchors_of, draw_events
from simulation.disease import course_on_ct, draw_course, draw_fate
from simulation.disposition_rows import disposition_rows, draw_deaths
from simulation.event_rows import Trial, event_rows
from simulation.export import Rows
from simulation.lesion_findings import read_assessments
from simulation.lesion_rows import baseline_rows
from simulation.lesions import draw_lesions
from simulation.participation import follow
from simulation.subjects import Subjects, enrol, screening_rows
from simulation.text import day_number
from simulation.therapies import therapy_rows
from simulation.timepoints import timepoints_of
from simulation.treatment import infuse, prepare
from simulation.treatment_rows import treatment_rows
from simulation.visit_rows import visit_rows
from specs.model.simulation import SimulationPlan


def simulate_trial(plan: SimulationPlan, count: int, seed: int) -> tuple[Subjects, Sequence[Rows]]:
    """Return the subjects and the rows of every form, in no particular order."""
    cut = day_number(plan.snapshot.date())
    subjects = enrol(plan, count, seed)
    preparation = prepare(plan, subjects, seed)
    course = draw_course(plan, preparation.zero, seed)
    fate = draw_fate(plan, subjects, preparation, course, seed)
    infusions = infuse(plan, preparation, fate.stop, course.progression, seed)
    on_ct = course_on_ct(plan, course, seed)
    participation = follow(plan, infusions, course, on_ct, fate, cut, seed)
    lesions = draw_lesions(plan, subjects, cut, seed)
    findings = read_assessments(plan, lesions, timepoints_of(plan, participation, course, on_ct, seed), seed)
    deaths = draw_deaths(plan, participation, fate, seed)
    anchors = anchors_of(subjects, preparation, infusions)
    events = draw_events(plan, anchors, participation, fate, deaths, seed)
    rows = [
        *screening_rows(plan, subjects, cut, seed),
        *visit_rows(plan, subjects, preparation, infusions, participation, lesions, findings, seed),
        *baseline_rows(plan, lesions),
        *treatment_rows(plan, subjects, preparation, infusions, participation, seed),
        *disposition_rows(plan, preparation, infusions, participation, fate, deaths, cut, seed),
        event_rows(plan, events, Trial(preparation, infusions, participation), seed),
        *therapy_rows(plan, anchors, preparation, participation, events, seed),
    ]
    return subjects, rows
