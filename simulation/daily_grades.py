"""The form fx: CRS and ICANS day by day, from the first day of the event to its last one."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulation.adverse_events import event_lines
from simulation.draws import Draws, Flags, Floats, Ints, ranks_within
from simulation.export import Rows
from simulation.occasions import Life
from simulation.text import Text, dates, numbers, padded, texts
from specs.model.simulation import SimulationPlan


@dataclass(frozen=True)
class DailyCourse:
    """The days of events: the event by position, the day, the grade, and whether the worst day is over."""

    event: Ints
    day: Floats
    grade: Ints
    past_worst: Flags


def daily_grade_rows(plan: SimulationPlan, life: Life, seed: int) -> list[Rows]:
    """Return the rows of the form fx for both syndromes."""
    rules, rows = plan.clinic.daily_grades, []
    lines = event_lines(life.events)
    syndromes = [one.aesi for one in plan.adverse_events.syndromes]
    for place, syndrome in enumerate((rules.fever, rules.score)):
        draws = Draws(seed, f"daily grades of {syndrome}")
        source = len(plan.adverse_events.rules) + syndromes.index(syndrome)
        course = _course(plan, life, np.flatnonzero(life.events.source == source), draws)
        own = _fever(plan, course, draws) if syndrome == rules.fever else _score(plan, course, draws)
        items = {
            "FXAENO": padded(lines[course.event], 1),
            "FXDAT": dates(course.day),
            "FXGRADE": padded(course.grade, 1),
            **own,
        }
        order = (course.day, np.full(len(course.day), float(place)))
        rows.append(Rows("fx", life.events.subject[course.event], plan.events.log, items, order=order))
    return rows


def _course(plan: SimulationPlan, life: Life, events: Ints, draws: Draws) -> DailyCourse:
    """Return the days of some events: the grade rises to that of the event, stays a while and falls again."""
    rules, count = plan.clinic.daily_grades, len(events)
    start, end = life.events.start[events], life.events.end[events]
    known = life.participation.seen_until[life.events.subject[events]]
    length = np.minimum(np.minimum(end, known) - start + 1, rules.longest).astype("int64")
    worst = np.floor(draws.uniform(count) * (length + 1) / 2).astype("int64")
    step = draws.days((1, 2), count)
    gone = draws.chance(rules.gone, count) & (end <= known) & (end - start + 1 <= rules.longest)
    which = np.repeat(np.arange(count), length)
    number = ranks_within(which) - 1
    distance = np.abs(number - worst[which])
    grade = np.maximum(life.events.astct[events][which] - np.ceil(distance / step[which]), 1)
    last = (number == length[which] - 1) & (distance > 0)
    grade = np.where(last & gone[which], 0, grade).astype("int64")
    return DailyCourse(events[which], start[which] + number, grade, number > worst[which])


def _fever(plan: SimulationPlan, course: DailyCourse, draws: Draws) -> dict[str, Text]:
    """Return temperature, vasopressors and oxygen as the grade of the day demands them."""
    rules, grade = plan.clinic.daily_grades, course.grade
    drawn = draws.uniform((4, len(grade)))
    feverish = (grade >= 1) & ~(course.past_worst & (drawn[0] < rules.treated))
    (low, high), (least, most) = rules.temperature["fever"], rules.temperature["none"]
    degrees = np.where(feverish, low + (high - low) * drawn[1] ** 2, least + (most - least) * drawn[1])
    by_oxygen, by_both = drawn[2] < rules.by_oxygen, drawn[3] < rules.by_both
    oxygen = np.where((grade >= 2) & (by_oxygen | by_both), grade - 1, 0)
    # Without the oxygen of its grade a grade from 3 on comes of vasopressors; then low flow oxygen at most.
    oxygen = np.where((grade >= 3) & (oxygen == 0) & (drawn[3] > 1 - rules.by_both), 1, oxygen)
    pressors = np.where((grade >= 3) & (~by_oxygen | by_both), grade - 2, 0)
    return {
        "FXTEMP": numbers(degrees, 1),
        "FXPRESS": texts([rules.pressors[name] for name in ("none", "one", "several")], pressors),
        "FXOXY": texts([rules.oxygen[name] for name in ("none", "low", "high", "pressure")], oxygen),
    }


def _score(plan: SimulationPlan, course: DailyCourse, draws: Draws) -> dict[str, Text]:
    bounds = np.array(plan.clinic.daily_grades.ice)[course.grade]
    drawn = bounds[:, 0] + np.floor(draws.uniform(len(course.grade)) * (bounds[:, 1] - bounds[:, 0] + 1))
    return {"FXICE": numbers(drawn, 0)}
