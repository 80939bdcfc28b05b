"""The rows of contacts, deviations and comments."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from simulation.disposition_rows import Deaths
from simulation.draws import NEVER, Draws, Flags, Floats, Ints
from simulation.export import Rows
from simulation.occasions import Life, Occasions
from simulation.participation import attended, missed
from simulation.subjects import reason
from simulation.text import DAY, Text, constant, dates, filled, flags, numbers, texts
from specs.model.simulation import SimulationPlan
from specs.model.simulation_clinic import Deviation


def contact_rows(plan: SimulationPlan, life: Life, deaths: Deaths, seed: int) -> list[Rows]:
    """Return the rows of the form ss: alive while contacts go on, dead or unknown at the end."""
    rules, draws = plan.clinic.survival, Draws(seed, "contacts")
    participation = life.participation
    count = len(participation.end)
    gone = np.minimum(participation.documented_progression, participation.new_therapy)
    gone = np.where(participation.keeps_visiting, NEVER, gone)
    first = np.where(np.isfinite(gone), gone, life.cut).min(initial=life.cut)
    number = int((life.cut - first) // rules.every[0])
    days = gone[:, None] + np.cumsum(draws.days(rules.every, (count, number)), axis=1)
    subject, column = np.nonzero(days <= participation.seen_until[:, None])
    ongoing = np.flatnonzero(~(participation.end <= life.cut))
    last = np.maximum(life.cut - draws.days(rules.before_cut, count), life.subjects.consent)[ongoing]
    died = np.flatnonzero(participation.died)
    heard = participation.end + np.where(deaths.known == DAY, 0, draws.days(rules.heard_after, count))
    sought = participation.end + draws.days(rules.heard_after, count)
    lost = np.flatnonzero((participation.end_reason == reason("lost")) & (sought <= life.cut))
    return [
        _contacts(plan, subject, days[subject, column], rules.statuses["alive"], 0),
        _contacts(plan, ongoing, last, rules.statuses["alive"], 1),
        _contacts(plan, died, np.minimum(heard, life.cut)[died], rules.statuses["dead"], 2),
        _contacts(plan, lost, sought[lost], rules.statuses["unknown"], 2),
    ]


def _contacts(plan: SimulationPlan, subject: Ints, day: Floats, status: str, place: int) -> Rows:
    items = {"SSDAT": dates(day), "SSSTAT": constant(status, len(subject))}
    return Rows("ss", subject, plan.events.log, items, order=(day, np.full(len(subject), float(place))))


def deviation_rows(plan: SimulationPlan, life: Life, visits: Occasions, measured: Flags, seed: int) -> Iterator[Rows]:
    """Yield the rows of the form dv: what the other forms show, then what the plan adds."""
    rules, participation = plan.clinic.deviations, life.participation
    names = [assessment.name for assessment in plan.assessments]
    absent = missed(participation)
    subject, column = np.nonzero(absent)
    yield _deviations(plan, rules.missed, subject, participation.visits.due[absent], visit=texts(names, column))
    outside = _outside(plan, life)
    subject, column = np.nonzero(outside)
    day = participation.visits.day[outside]
    yield _deviations(plan, rules.out_of_window, subject, day, visit=texts(names, column))
    without = visits.at(~measured)
    events = texts([plan.event_names.get(name, name) for name in visits.names], without.event)
    yield _deviations(plan, rules.not_measured, without.subject, without.day, visit=events)
    yield _delays(plan, life)
    known = participation.seen_until
    for at, rule in enumerate(rules.others):
        draws = Draws(seed, f"deviation {at} {rule.term}")
        happened = draws.event_day(rule.chance, life.subjects.consent, rule.days)
        subject = np.flatnonzero(happened <= np.minimum(known, life.cut))
        yield _deviations(plan, rule, subject, happened[subject])


def _outside(plan: SimulationPlan, life: Life) -> Flags:
    """Return which visits took place outside their window."""
    visits = life.participation.visits
    came = attended(life.participation, len(plan.assessments))
    off = np.where(came, visits.day, 0) - np.where(came, visits.due, 0)
    earliest = np.array([one.window[0] - one.day for one in plan.assessments])
    latest = np.array([one.window[1] - one.day for one in plan.assessments])
    return came & ((off < earliest) | (off > latest))


def _delays(plan: SimulationPlan, life: Life) -> Rows:
    """Return the first infusions that came later after lymphodepletion than planned."""
    rules, preparation = plan.clinic.deviations, life.preparation
    lead = np.array([-min(min(days) for days in one.days.values()) for one in plan.conditioning.schedules])
    given = np.isfinite(life.infusions.first) & (life.infusions.first <= life.participation.seen_until)
    since = np.where(given, preparation.zero, 0) - np.where(given, preparation.conditioning, 0)
    late = np.where(given, since - lead[preparation.schedule], 0)
    subject = np.flatnonzero(late >= rules.delay_from)
    return _deviations(plan, rules.delay, subject, preparation.zero[subject], days=numbers(late[subject], 0))


def _deviations(plan: SimulationPlan, rule: Deviation, subject: Ints, day: Floats, **parts: Text) -> Rows:
    term = filled(rule.term, **parts) if parts else constant(rule.term, len(subject))
    important = np.full(len(subject), rule.important)
    items = {
        "DVTERM": term,
        "DVKIND": constant(rule.kind, len(subject)),
        "DVIMP": flags(important, plan.yes, plan.no),
        "DVSTDAT": dates(day),
    }
    return Rows("dv", subject, plan.events.log, items, order=(day,))


def comment_rows(plan: SimulationPlan, life: Life, seed: int) -> Rows:
    """Return the rows of the form gc."""
    rules, draws = plan.clinic.comments, Draws(seed, "comments")
    day = draws.event_day(rules.subjects, life.subjects.consent, rules.days)
    subject = np.flatnonzero(day <= life.participation.seen_until)
    words = texts(rules.texts, draws.pick(np.ones(len(rules.texts)), len(day))[subject])
    return Rows("gc", subject, plan.events.log, {"GCDAT": dates(day[subject]), "GCTEXT": words}, order=(day[subject],))
