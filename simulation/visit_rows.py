"""The rows of visit dates and of response assessments with the lesions that they rest on."""

from __future__ import annotations

import numpy as np

from simulation.assessments import UNSCHEDULED
from simulation.disease import NE, STATES
from simulation.draws import NEVER, Draws, Flags, Floats, Ints
from simulation.export import Rows
from simulation.lesion_findings import Findings
from simulation.lesion_rows import Places, lesion_rows
from simulation.lesions import Lesions
from simulation.participation import Participation, attended, missed, unscheduled_days
from simulation.subjects import Subjects
from simulation.text import Text, constant, dates, numbers, only, texts
from simulation.treatment import Infusions, Preparation
from specs.model.simulation import SimulationPlan


def visit_rows(
    plan: SimulationPlan,
    subjects: Subjects,
    preparation: Preparation,
    infusions: Infusions,
    participation: Participation,
    lesions: Lesions,
    findings: Findings,
    seed: int,
) -> list[Rows]:
    """Return the rows of the forms vd and rs, and those of lesions at the assessments."""
    first = infusions.first
    unscheduled = unscheduled_days(plan, participation, first, seed)
    repeat = _repeat_numbers(unscheduled)
    places = _places(plan, findings, repeat)
    return [
        *_before_follow_up(plan, subjects, preparation, infusions, participation.limit),
        *_follow_up(plan, participation, seed),
        _unscheduled(plan, unscheduled, repeat),
        _responses(plan, participation, findings, places, seed),
        *lesion_rows(plan, lesions, findings, places, seed),
    ]


def _before_follow_up(
    plan: SimulationPlan, subjects: Subjects, preparation: Preparation, infusions: Infusions, limit: Floats
) -> list[Rows]:
    """Return the visits from screening to the last infusion; a product that was not made has none."""
    events = plan.events
    days = [
        (events.screening, subjects.visit),
        (events.collection, preparation.collection),
        (events.conditioning, preparation.conditioning),
    ]
    rows = []
    for event, day in days:
        took_place = day <= limit
        rows.append(_took_place(plan, event, np.flatnonzero(took_place), day[took_place]))
    for at, product in enumerate(plan.products):
        took_place = infusions.planned[:, at] <= limit
        rows.append(_took_place(plan, product.event, np.flatnonzero(took_place), infusions.planned[took_place, at]))
        without = np.flatnonzero(not_made(preparation, limit, at))
        why = constant(plan.reasons["manufacturing"].dose, len(without))
        rows.append(_not_done(plan, product.event, without, why))
    return rows


def not_made(preparation: Preparation, limit: Floats, product: int) -> Flags:
    """Return who got lymphodepletion, but not this product, because it was not made."""
    return (preparation.conditioning <= limit) & ~preparation.made[:, product]


def _took_place(plan: SimulationPlan, event: str, subject: Ints, day: Floats) -> Rows:
    return Rows("vd", subject, event, {"VDYN": constant(plan.yes, len(subject)), "VDDAT": dates(day)})


def _not_done(plan: SimulationPlan, event: str, subject: Ints, why: Text) -> Rows:
    return Rows("vd", subject, event, {"VDYN": constant(plan.no, len(subject)), "VDREAS": why})


def _follow_up(plan: SimulationPlan, participation: Participation, seed: int) -> list[Rows]:
    draws = Draws(seed, "missed visits")
    events = [assessment.event for assessment in plan.assessments]
    took_place = attended(participation, len(events))
    absent = missed(participation)
    subject, column = np.nonzero(took_place)
    absent_subject, absent_column = np.nonzero(absent)
    reasons = plan.follow_up.missed_reasons
    why = texts(list(reasons), draws.pick(reasons.values(), len(absent_subject)))
    yes, no = constant(plan.yes, len(subject)), constant(plan.no, len(absent_subject))
    return [
        Rows("vd", subject, events, {"VDYN": yes, "VDDAT": dates(participation.visits.day[took_place])}, column),
        Rows("vd", absent_subject, events, {"VDYN": no, "VDREAS": why}, absent_column),
    ]


def _repeat_numbers(unscheduled: Floats) -> Ints:
    """Return 1, 2, … for the unscheduled visits of a subject by date; 0 where there is none."""
    order = np.argsort(unscheduled, axis=1, kind="stable")
    rank = np.argsort(order, axis=1, kind="stable") + 1
    return np.where(np.isfinite(unscheduled), rank, 0).astype("int64")


def _unscheduled(plan: SimulationPlan, days: Floats, repeat: Ints) -> Rows:
    took_place = np.isfinite(days)
    subject, _ = np.nonzero(took_place)
    items = {"VDYN": constant(plan.yes, len(subject)), "VDDAT": dates(days[took_place])}
    return Rows("vd", subject, plan.events.unscheduled, items, event_repeat=repeat[took_place])


def _places(plan: SimulationPlan, findings: Findings, repeat: Ints) -> Places:
    """Return the events of the assessments: one for each scheduled visit, then the unscheduled visits."""
    times, scheduled = findings.times, len(plan.assessments)
    events = (*(assessment.event for assessment in plan.assessments), plan.events.unscheduled)
    numbers = np.concatenate([np.zeros((len(repeat), scheduled), dtype="int64"), repeat[:, :UNSCHEDULED]], axis=1)
    return Places(events, np.minimum(times.column, scheduled), numbers[times.subject, times.column])


def _responses(
    plan: SimulationPlan, participation: Participation, findings: Findings, places: Places, seed: int
) -> Rows:
    draws = Draws(seed, "not evaluable")
    done, rules, times = participation.assessments, plan.scans, findings.times
    made = np.isfinite(done.first_scan)
    why = rules.not_evaluable_reasons
    overall = done.overall[made]
    anatomic = [rules.anatomic[state] for state in STATES]
    items = {
        "CTDAT": dates(times.ct),
        "PETDAT": dates(times.pet),
        "ANATRESP": texts(anatomic, done.anatomic[made]),
        "METBRESP": texts([rules.metabolic[state] for state in STATES], times.metabolic),
        "TRGRESP": texts(anatomic, findings.targets.response),
        "NTRGRESP": texts(anatomic, findings.non_target_response),
        "NEWLYN": texts([plan.no, plan.yes], findings.with_new_lesion),
        "TRGSPD": numbers(np.where(np.isnan(findings.targets.sum), NEVER, findings.targets.sum), 0),
        "OVRLRESP": texts([rules.overall[state] for state in STATES], overall),
        "NEREAS": only(overall == NE, texts(list(why), draws.pick(why.values(), len(overall)))),
    }
    return Rows("rs", times.subject, places.events, items, places.code, places.repeat)
