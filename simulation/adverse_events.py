"""Adverse events as numbers: which term, when, how severe; one element an event, all subjects together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np

from simulation.disease import Fate
from simulation.disposition_rows import Deaths
from simulation.draws import NEVER, Draws, Flags, Floats, Ints, ranks_within
from simulation.participation import Participation
from simulation.subjects import Subjects
from simulation.treatment import Infusions, Preparation
from specs.model.simulation import SimulationPlan
from specs.model.simulation_events import EventRule, Syndrome

#: The position of a rule that is no rule: the event of a death.
FATAL = -1


@dataclass(frozen=True)
class Events:
    """Adverse events: subject, term (preferred term by position), source (rule or syndrome), days and grades.

    `source` counts the rules first, then the syndromes; FATAL is the event of a death. `product` is the product whose
    infusion the event follows (-1: none in particular). An end of NEVER lasts beyond what is known.
    """

    subject: Ints
    term: Ints
    source: Ints
    start: Floats
    end: Floats
    grade: Ints
    astct: Ints
    product: Ints

    def __len__(self) -> int:
        return len(self.subject)

    def at(self, where: Flags | Ints) -> Events:
        """Return some of the events, by flags or positions."""
        return Events(*(getattr(self, field.name)[where] for field in fields(self)))


def joined_events(parts: Sequence[Events]) -> Events:
    """Return several sets of events as one."""
    return Events(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Events)))


def listing_order(events: Events) -> tuple[Floats, Floats]:
    """Return what orders the lines of the form ae within a subject: start, then term."""
    return events.start, events.term.astype("float64")


def event_lines(events: Events) -> Ints:
    """Return the line that each event has in the form ae."""
    start, term = listing_order(events)
    order = np.lexsort((term, start, events.subject))
    lines = np.zeros(len(events), dtype="int64")
    lines[order] = ranks_within(events.subject[order])
    return lines


def preferred_terms(plan: SimulationPlan) -> list[str]:
    """Return the preferred terms of the dictionary in its order."""
    return [term.pt for soc in plan.dictionary for group in soc.groups for term in group.terms]


@dataclass(frozen=True)
class Anchors:
    """The days from which events and medications are counted."""

    consent: Floats
    collection: Floats
    conditioning: Floats
    infusions: Infusions

    def days(self, anchor: str) -> list[tuple[Floats, int]]:
        """Return the days of an anchor, with the product they belong to (-1: none)."""
        if anchor == "infusion":
            given = self.infusions.given
            return [(given[:, at], at) for at in range(given.shape[1])]
        if anchor == "first_infusion":
            return [(self.infusions.first, -1)]
        return [(np.asarray(getattr(self, anchor)), -1)]


def anchors_of(subjects: Subjects, preparation: Preparation, infusions: Infusions) -> Anchors:
    """Return the anchors of all subjects."""
    return Anchors(subjects.consent, preparation.collection, preparation.conditioning, infusions)


def draw_events(
    plan: SimulationPlan, anchors: Anchors, participation: Participation, fate: Fate, deaths: Deaths, seed: int
) -> Events:
    """Return the adverse events of all subjects, by subject and day, none overlapping another one of its term."""
    rules = plan.adverse_events
    terms = preferred_terms(plan)
    parts = [_fatal(plan, terms, anchors, participation, deaths, Draws(seed, "fatal events"))]
    for at, syndrome in enumerate(rules.syndromes):
        parts += _syndromes(terms, at + len(rules.rules), syndrome, at, anchors.infusions)
    for at, rule in enumerate(rules.rules):
        parts += _by_rule(terms, at, rule, anchors, Draws(seed, f"event {at} {rule.term}"))
    events = joined_events(parts)
    events = events.at(events.start <= participation.seen_until[events.subject])
    return _without_overlaps(events)


def _fatal(
    plan: SimulationPlan, terms: list[str], anchors: Anchors, participation: Participation, deaths: Deaths, draws: Draws
) -> Events:
    rules = plan.adverse_events.fatal
    subject = np.flatnonzero(deaths.term >= 0)
    count = len(subject)
    death = participation.end[subject]
    lead = draws.days(rules.onset, count)
    start = np.maximum(death - lead, anchors.infusions.first[subject] + 1)
    named = np.array([terms.index(term) for term in rules.terms], dtype="int64")
    nothing = np.full(count, -1, dtype="int64")
    return Events(
        subject=subject,
        term=named[deaths.term[subject]],
        source=np.full(count, FATAL, dtype="int64"),
        start=np.minimum(start, death),
        end=death,
        grade=np.full(count, 5, dtype="int64"),
        astct=np.zeros(count, dtype="int64"),
        product=nothing,
    )


def _syndromes(terms: list[str], source: int, syndrome: Syndrome, place: int, infusions: Infusions) -> Iterator[Events]:
    term = terms.index(syndrome.term)
    for product, toxicity in enumerate(infusions.toxicity):
        episode = toxicity.episodes[place]
        subject = np.flatnonzero(np.isfinite(episode.start))
        count = len(subject)
        yield Events(
            subject=subject,
            term=np.full(count, term, dtype="int64"),
            source=np.full(count, source, dtype="int64"),
            start=episode.start[subject],
            end=episode.end[subject],
            grade=episode.ctcae[subject],
            astct=episode.astct[subject],
            product=np.full(count, product, dtype="int64"),
        )


def _by_rule(terms: list[str], source: int, rule: EventRule, anchors: Anchors, draws: Draws) -> Iterator[Events]:
    term = terms.index(rule.term)
    for anchor, product in anchors.days(rule.anchor):
        for _ in range(rule.repeats):
            started = draws.event_day(rule.chance, anchor, rule.onset)
            subject = np.flatnonzero(np.isfinite(started))
            count = len(subject)
            length = rule.length
            days = draws.lognormal_days(length.median, length.spread, length.minimum, count)
            lasts = draws.chance(rule.lasting, count)
            yield Events(
                subject=subject,
                term=np.full(count, term, dtype="int64"),
                source=np.full(count, source, dtype="int64"),
                start=started[subject],
                end=np.where(lasts, NEVER, started[subject] + days),
                grade=draws.pick(rule.grades, count) + 1,
                astct=np.zeros(count, dtype="int64"),
                product=np.full(count, product, dtype="int64"),
            )


def _without_overlaps(events: Events) -> Events:
    """Return the events by subject, term and start without those that overlap an earlier or a fatal one of their term.

    The fatal event itself stays; what of its term would reach into it goes.
    """
    fatal = events.source == FATAL
    fatal_start = np.full((int(events.subject.max(initial=0)) + 1,), NEVER)
    fatal_term = np.full(len(fatal_start), -1, dtype="int64")
    fatal_start[events.subject[fatal]] = events.start[fatal]
    fatal_term[events.subject[fatal]] = events.term[fatal]
    same = (fatal_term[events.subject] == events.term) & ~fatal
    events = events.at(~(same & (events.end >= fatal_start[events.subject])))
    order = np.lexsort((events.end, events.start, events.term, events.subject))
    events = events.at(order)
    group = events.subject * (int(events.term.max(initial=0)) + 1) + events.term
    return events.at(events.start > _latest_end_before(group, events.end))


def _latest_end_before(group: Ints, end: Floats) -> Floats:
    """Return the latest end among the rows before each row in its (sorted) group; minus NEVER for the first."""
    if not len(group):
        return end
    finite = np.where(np.isfinite(end), end, 1e6)
    # A running maximum that starts anew with each group: later groups lie higher.
    step = 1e7
    index = np.cumsum(np.concatenate(([False], group[1:] != group[:-1]))) * step
    running = np.maximum.accumulate(index + finite) - index
    first = np.concatenate(([True], group[1:] != group[:-1]))
    before = np.concatenate(([-NEVER], running[:-1]))
    return np.where(first, -NEVER, before)
