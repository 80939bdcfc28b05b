"""The visits at which something is measured, and what each of them falls into: a syndrome, the days before a death."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulation.adverse_events import Events
from simulation.disease import Course
from simulation.draws import NEVER, Flags, Floats, Ints
from simulation.export import Rows
from simulation.participation import Participation, attended
from simulation.subjects import Subjects
from simulation.text import Text
from simulation.treatment import Infusions, Preparation
from specs.model.simulation import SimulationPlan


@dataclass(frozen=True)
class Life:
    """What happens to the subjects, as far as visits and logs tell of it; `sex` by position in the plan."""

    subjects: Subjects
    sex: Ints
    preparation: Preparation
    infusions: Infusions
    course: Course
    participation: Participation
    events: Events
    cut: float


@dataclass(frozen=True)
class Occasions:
    """Visits that took place, by subject and then by event; `event` counts in `names`."""

    subject: Ints
    event: Ints
    day: Floats
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.subject)

    def at(self, where: Flags) -> Occasions:
        """Return some of the visits."""
        return Occasions(self.subject[where], self.event[where], self.day[where], self.names)

    def of(self, *events: str) -> Flags:
        """Return which visits belong to one of the events."""
        return np.isin(self.event, [self.names.index(event) for event in events])

    def rows(self, form: str, items: dict[str, Text]) -> Rows:
        """Return a row of a form for each visit."""
        return Rows(form, self.subject, self.names, items, self.event)


def occasions(plan: SimulationPlan, life: Life) -> Occasions:
    """Return the visits from screening to the last one after the infusion; an infusion that was not given is none."""
    events, participation = plan.events, life.participation
    names = [events.screening, events.collection, events.conditioning]
    names += [product.event for product in plan.products] + [one.event for one in plan.assessments]
    before = np.stack([life.subjects.visit, life.preparation.collection, life.preparation.conditioning], axis=1)
    after = np.where(attended(participation, len(plan.assessments)), participation.visits.day, NEVER)
    days = np.concatenate([before, life.infusions.given, after], axis=1)
    took_place = days <= participation.seen_until[:, None]
    subject, event = np.nonzero(took_place)
    return Occasions(subject, event, days[took_place], tuple(names))


def until_death(life: Life, visits: Occasions) -> Floats:
    """Return the days from each visit to the subject's death; NEVER without one."""
    death = np.where(life.participation.died, life.participation.end, NEVER)
    return death[visits.subject] - visits.day


def grade_at(plan: SimulationPlan, life: Life, visits: Occasions, syndrome: str, after: int = 0) -> Ints:
    """Return the highest grade of a syndrome begun before each visit that lasts, or ended up to `after` days before."""
    place = [one.aesi for one in plan.adverse_events.syndromes].index(syndrome)
    grade = np.zeros(len(visits), dtype="int64")
    for toxicity in life.infusions.toxicity:
        episode = toxicity.episodes[place]
        lasts = (episode.start[visits.subject] < visits.day) & (visits.day <= episode.end[visits.subject] + after)
        grade = np.maximum(grade, np.where(lasts, episode.astct[visits.subject], 0))
    return grade


def countries(plan: SimulationPlan) -> list[str]:
    """Return the country of each site."""
    return [site.country for site in plan.sites]


def infusion_minute(plan: SimulationPlan, visits: Occasions, minutes: list[Floats]) -> Floats:
    """Return the minute of the infusion on the day of each visit; NEVER on other days."""
    found = np.full(len(visits), NEVER)
    for product, minute in zip(plan.products, minutes, strict=True):
        found = np.where(visits.of(product.event), minute[visits.subject], found)
    return found
