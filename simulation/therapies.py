"""Medications and procedures: prior lines, bridging, prophylaxis, treatment of events, new therapy, transplants."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from simulation.adverse_events import Anchors, Events, event_lines, preferred_terms
from simulation.draws import NEVER, Draws, Floats, Ints
from simulation.export import Rows
from simulation.participation import Participation
from simulation.prior_therapy import PriorTherapy, draw_prior_procedures
from simulation.text import DAY, Text, constant, dates, flags, padded, partly_known, texts
from simulation.treatment import Preparation
from specs.model.simulation import SimulationPlan
from specs.model.simulation_basics import ByGrade, Days
from specs.model.simulation_therapies import Drug

CM, PR = "cm", "pr"


@dataclass(frozen=True)
class Course:
    """Courses of one kind of medication or procedure: who, from when to when (NEVER: it goes on), and what."""

    form: str
    kind: str
    subject: Ints
    start: Floats
    end: Floats
    name: Text
    indication: str | None
    drug: Drug | None = None
    #: How much is known of the start and the end; None: as the plan's partial dates say.
    known: tuple[Ints, Ints] | None = None
    #: The adverse events for which it is given, by position.
    event: Ints | None = None


def draw_courses(
    plan: SimulationPlan,
    anchors: Anchors,
    prior: PriorTherapy,
    preparation: Preparation,
    participation: Participation,
    events: Events,
    seed: int,
) -> list[Course]:
    """Return the courses of all medications and procedures."""
    return [
        *_prior(plan, prior),
        *_bridging(plan, preparation, seed),
        *_anchored(plan, anchors, seed),
        *_for_events(plan, events, seed),
        *_new_therapy(plan, participation, seed),
        *_transplants(plan, participation, seed),
        *_prior_procedures(plan, prior, seed),
    ]


def therapy_rows(
    plan: SimulationPlan, courses: Sequence[Course], participation: Participation, events: Events, seed: int
) -> list[Rows]:
    """Return the rows of the forms cm and pr."""
    lines = event_lines(events)
    return [_rows(plan, at, course, lines, participation, seed) for at, course in enumerate(courses)]


def _rows(plan: SimulationPlan, at: int, course: Course, lines: Ints, participation: Participation, seed: int) -> Rows:
    """Return a course's rows as far as the export knows them: nothing starts after the last day, ends may be open."""
    keep = course.start <= participation.seen_until[course.subject]
    subject, start, end = course.subject[keep], course.start[keep], course.end[keep]
    open_end = end > participation.seen_until[subject]
    known = _known(plan, at, course, seed)
    shown_end = np.where(open_end, NEVER, end)
    items = {
        f"{course.form.upper()}TRT": course.name.filter(keep),
        f"{course.form.upper()}CAT": constant(course.kind, len(subject)),
        f"{course.form.upper()}INDC": constant(course.indication, len(subject)),
        f"{course.form.upper()}STDAT": dates(start, known[0][keep]),
        f"{course.form.upper()}ENDAT": dates(shown_end, known[1][keep]),
    }
    if course.form == CM:
        drug = course.drug
        for column, value in (
            ("CMDOSE", drug.dose if drug else None),
            ("CMDOSU", drug.unit if drug else None),
            ("CMROUTE", drug.route if drug else None),
        ):
            items[column] = constant(value, len(subject))
        items["CMONGO"] = flags(open_end, plan.yes, plan.no)
        if course.event is not None:
            items["CMAENO"] = padded(lines[course.event[keep]], 1)
    return Rows(course.form, subject, plan.events.log, items, order=(start, np.full(len(subject), float(at))))


def _known(plan: SimulationPlan, at: int, course: Course, seed: int) -> tuple[Ints, Ints]:
    if course.known is not None:
        return course.known
    count = len(course.subject)
    exact = np.full(count, DAY, dtype="int64")
    if course.form != CM or course.kind != plan.therapies.medication_kinds["concomitant"]:
        return exact, exact
    draws = Draws(seed, f"partial dates of medication {at}")
    levels = []
    for column in ("cm.CMSTDAT", "cm.CMENDAT"):
        unknown = plan.partial_dates.get(column)
        levels.append(partly_known(unknown.day, unknown.month, draws, count) if unknown else exact)
    return levels[0], levels[1]


def _of(
    form: str, kind: str, day: Floats, length: Floats, name: Text, indication: str | None, drug: Drug | None = None
) -> Course:
    """Return a course for everybody who has a day; `day`, `length` and `name` have one element a subject."""
    subject = np.flatnonzero(np.isfinite(day))
    start = day[subject]
    return Course(form, kind, subject, start, start + length[subject], name.take(subject), indication, drug)


def _prior(plan: SimulationPlan, prior: PriorTherapy) -> Iterator[Course]:
    """Yield the lines of therapy before the trial, the last one first."""
    rules, kind = plan.therapies.prior, plan.therapies.medication_kinds["prior"]
    for line in prior.lines:
        names = texts(list(rules.first if line.number == 1 else rules.later), line.regimen)
        known = (line.known_start, line.known_end)
        yield Course(CM, kind, line.subject, line.start, line.end, names, rules.indication, None, known)


def _prior_procedures(plan: SimulationPlan, prior: PriorTherapy, seed: int) -> Iterator[Course]:
    """Yield radiotherapy and transplants before the trial."""
    rules, kind = plan.therapies.prior, plan.therapies.procedure_kinds["prior"]
    done = draw_prior_procedures(plan, prior, seed)
    for rule, procedure in zip((rules.radiotherapy, rules.transplant), done, strict=True):
        names = texts(list(rule.kinds), procedure.which)
        course = _of(PR, kind, procedure.start, procedure.length, names, rules.indication)
        known_days = procedure.known[course.subject]
        yield replace(course, known=(known_days, known_days))


def _bridging(plan: SimulationPlan, preparation: Preparation, seed: int) -> Iterator[Course]:
    """Yield bridging therapy, which ends before lymphodepletion."""
    kinds, rules, draws = plan.therapies, plan.therapies.bridging, Draws(seed, "bridging")
    count = len(preparation.collection)
    last = np.where(np.isfinite(preparation.second_collection), preparation.second_collection, preparation.collection)
    latest = np.where(np.isfinite(preparation.conditioning), preparation.conditioning, NEVER) - 1
    for form, chance, names in ((CM, rules.medication, rules.regimens), (PR, rules.radiotherapy, rules.sites)):
        start = draws.event_day(chance, last, rules.start)
        start = np.where(start < np.minimum(latest, preparation.left), start, NEVER)
        end = np.minimum(start + draws.days(rules.length, count), latest)
        length = np.where(np.isfinite(start), end - np.where(np.isfinite(start), start, 0), 0)
        name = texts(list(names), draws.pick(names.values(), count))
        kind = kinds.medication_kinds["bridging"] if form == CM else kinds.procedure_kinds["bridging"]
        yield _of(form, kind, start, length, name, rules.indication)


def _anchored(plan: SimulationPlan, anchors: Anchors, seed: int) -> Iterator[Course]:
    """Yield what is given at a time: diseases beside the lymphoma, prophylaxis, premedication, planned procedures."""
    count, kinds = len(anchors.consent), plan.therapies.medication_kinds
    for at, rule in enumerate(plan.therapies.medications):
        draws = Draws(seed, f"medication {at}")
        for anchor, _ in anchors.days(rule.anchor):
            start = draws.event_day(rule.chance, anchor, rule.start)
            length = draws.days(rule.length, count) if rule.length else np.full(count, NEVER)
            course = _of(CM, kinds["concomitant"], start, length, constant(rule.drug, count), rule.indication, rule)
            # What is given with an infusion is written down on the day.
            exact = _exact(len(course.subject)) if rule.anchor == "infusion" else None
            yield replace(course, known=exact)
    for at, procedure in enumerate(plan.therapies.procedures):
        draws = Draws(seed, f"procedure {at}")
        for anchor, _ in anchors.days(procedure.anchor):
            start = draws.event_day(procedure.chance, anchor, procedure.start)
            start = np.maximum(start, anchors.consent)
            length = draws.days(procedure.length, count)
            name = constant(procedure.procedure, count)
            yield _of(PR, plan.therapies.procedure_kinds["other"], start, length, name, procedure.indication)


def _for_events(plan: SimulationPlan, events: Events, seed: int) -> Iterator[Course]:
    """Yield what is given or done for adverse events, by grade; the indication is the event's preferred term."""
    kinds = plan.therapies.medication_kinds
    for at, rule in enumerate(plan.therapies.event_medications):
        for term in rule.terms:
            draws = Draws(seed, f"medication {at} for {term}")
            event, start, end = _at_event(plan, events, term, rule.chance, rule.start, rule.length, draws)
            here, exact = events.subject[event], _exact(len(event))
            name = constant(rule.drug, len(here))
            yield Course(CM, kinds["concomitant"], here, start, end, name, term, rule, exact, event)
    for at, done in enumerate(plan.therapies.event_procedures):
        for term in done.terms:
            draws = Draws(seed, f"procedure {at} for {term}")
            event, start, end = _at_event(plan, events, term, done.chance, done.start, done.length, draws)
            here = events.subject[event]
            name = constant(done.procedure, len(here))
            yield Course(PR, plan.therapies.procedure_kinds["other"], here, start, end, name, term)


def _at_event(
    plan: SimulationPlan, events: Events, term: str, chance: ByGrade, start: Days, length: Days, draws: Draws
) -> tuple[Ints, Floats, Floats]:
    """Return event (by position), start and end of what is given for the events of a term while they last."""
    here = np.flatnonzero(events.term == preferred_terms(plan).index(term))
    grade = np.clip(events.grade[here], 1, 4) - 1
    day = events.start[here] + draws.days(start, len(here))
    happens = draws.chance(np.array(chance)[grade], len(here)) & (day <= events.end[here])
    end = day + draws.days(length, len(here))
    return here[happens], day[happens], end[happens]


def _exact(count: int) -> tuple[Ints, Ints]:
    known = np.full(count, DAY, dtype="int64")
    return known, known


def _new_therapy(plan: SimulationPlan, participation: Participation, seed: int) -> Iterator[Course]:
    """Yield the first new anti-cancer therapy: systemic as medication, radiotherapy and surgery as procedure."""
    rules, draws = plan.therapies.new, Draws(seed, "new therapy")
    count = len(participation.new_therapy)
    drawn = draws.pick(rules.kinds.values(), count)
    medication, procedure = plan.therapies.medication_kinds["new"], plan.therapies.procedure_kinds["new"]
    for at, name in enumerate(rules.kinds):
        weights: dict[str, float] = getattr(rules, name)
        names = texts(list(weights), draws.pick(weights.values(), count))
        length = draws.days(rules.length[name], count)
        day = np.where(drawn == at, participation.new_therapy, NEVER)
        form, kind = (CM, medication) if name == "systemic" else (PR, procedure)
        yield _of(form, kind, day, length, names, rules.indication)


def _transplants(plan: SimulationPlan, participation: Participation, seed: int) -> Iterator[Course]:
    rules, draws = plan.therapies.transplant, Draws(seed, "transplants")
    count = len(participation.transplant)
    for day in (participation.transplant, participation.later_transplant):
        name = texts(list(rules.procedures), draws.pick(rules.procedures.values(), count))
        yield _of(PR, plan.therapies.procedure_kinds["transplant"], day, np.zeros(count), name, rules.indication)
