"""What follows from the assessments: documented progression, new therapy, transplant, the end of participation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulation.assessments import UNSCHEDULED, Assessments, Visits, after_new_therapy, assess, draw_visits
from simulation.disease import CR, PD, PR, SD, Course, Fate
from simulation.draws import NEVER, Draws, Flags, Floats, Ints, earliest
from simulation.subjects import reason
from simulation.treatment import Infusions
from specs.model.simulation import SimulationPlan


@dataclass(frozen=True)
class Participation:
    """A subject's time in the trial after the first infusion; NEVER for what does not happen.

    `end` is the last day of participation and `end_reason` why it ends; `limit` the last day that the export knows.
    """

    visits: Visits
    assessments: Assessments
    documented_progression: Floats
    new_therapy: Floats
    transplant: Floats
    later_transplant: Floats
    keeps_visiting: Flags
    end: Floats
    end_reason: Ints
    limit: Floats

    @property
    def died(self) -> Flags:
        """Whether the subject's death is known to the export."""
        died = (self.end_reason == reason("death")) & (self.end <= self.limit)
        return np.asarray(died, dtype=bool)

    @property
    def seen_until(self) -> Floats:
        """The last day on which the subject can have been seen alive."""
        return self.limit - self.died


def follow(
    plan: SimulationPlan, infusions: Infusions, course: Course, on_ct: Course, fate: Fate, cut: float, seed: int
) -> Participation:
    """Return what happens to each subject from the first infusion to the end of participation or the data cut.

    `on_ct` is the course of the disease as CT shows it.
    """
    draws = Draws(seed, "after progression")
    first = infusions.first
    visits = draw_visits(plan, infusions, seed)
    end, which = earliest([fate.death, fate.left, visits.completion])
    end_reason = np.select(
        [which == 0, which == 1], [np.full(len(first), reason("death")), fate.left_reason], reason("completed")
    )
    alive_until = np.minimum(end - (end_reason == reason("death")), cut)
    hoped = assess(plan, visits, course, on_ct, first, alive_until, seed)
    documented = np.where(hoped.overall == PD, hoped.first_scan, NEVER).min(axis=1)
    new_therapy = _new_therapy(plan, course, first, documented, draws)
    transplant, later_transplant = _transplants(plan, course, first, documented, new_therapy, draws)
    leaves = draws.event_day(plan.fates.leaves_after_progression, documented, plan.fates.leaves_after)
    end_reason = np.where(leaves < end, reason("progression"), end_reason)
    end = np.minimum(end, leaves)
    limit = np.minimum(end, cut)
    keeps_visiting = draws.chance(plan.follow_up.visits_after_progression, len(first))
    scan = hoped.first_scan
    keep = (scan <= documented[:, None]) & (scan < new_therapy[:, None])
    once_more = draws.chance(plan.scans.after_progression, len(first))[:, None] & (scan < new_therapy[:, None])
    keep |= once_more & (scan <= documented[:, None] + plan.scans.after_progression_days)
    goes_on = draws.chance(plan.scans.after_new_therapy, len(first))
    keep |= goes_on[:, None] & (scan > new_therapy[:, None] + plan.scans.after_new_therapy_from)
    known_until = np.minimum(limit, alive_until)[:, None]
    keep &= hoped.last_scan <= known_until
    keep[:, :-UNSCHEDULED] &= visits.day <= known_until
    done = after_new_therapy(plan, hoped.kept(keep), new_therapy, seed)
    return Participation(
        visits=visits,
        assessments=done,
        documented_progression=documented,
        new_therapy=_until(new_therapy, limit),
        transplant=_until(transplant, limit),
        later_transplant=_until(later_transplant, limit),
        keeps_visiting=keeps_visiting,
        end=end,
        end_reason=np.where(np.isfinite(end), end_reason, -1),
        limit=limit,
    )


def attended(participation: Participation, scheduled: int) -> Flags:
    """Return which scheduled visits took place: until progression, longer for those who keep visiting."""
    visits = participation.visits
    assessed = np.isfinite(participation.assessments.first_scan[:, :scheduled])
    until = _visiting_until(participation)
    return (visits.day <= participation.seen_until[:, None]) & (assessed | (visits.day <= until[:, None]))


def missed(participation: Participation) -> Flags:
    """Return which scheduled visits were due, but did not take place."""
    visits = participation.visits
    due = (visits.closes <= participation.seen_until[:, None]) & (visits.due <= _visiting_until(participation)[:, None])
    return due & ~np.isfinite(visits.day)


def _visiting_until(participation: Participation) -> Floats:
    stops = np.minimum(participation.documented_progression, participation.new_therapy)
    return np.where(participation.keeps_visiting, NEVER, stops)


def _until(days: Floats, limit: Floats) -> Floats:
    return np.where(days <= limit, days, NEVER)


def _new_therapy(plan: SimulationPlan, course: Course, first: Floats, documented: Floats, draws: Draws) -> Floats:
    """Return the day of the first new anti-cancer therapy: after progression, or for want of a response."""
    rules = plan.therapies.new
    after = draws.event_day(rules.after_progression, documented, rules.delay)
    without = draws.event_day(rules.without_progression, first, rules.days)
    state = course.state(without)
    unsatisfied = np.isfinite(without) & ((state == PR) | (state == SD)) & (without < documented)
    return np.minimum(after, np.where(unsatisfied, without, NEVER))


def _transplants(
    plan: SimulationPlan, course: Course, first: Floats, documented: Floats, new_therapy: Floats, draws: Draws
) -> tuple[Floats, Floats]:
    """Return the days of transplants in response and after new therapy."""
    rules = plan.therapies.transplant
    day = draws.event_day(rules.in_response, first, rules.days)
    state = course.state(day)
    responding = np.isfinite(day) & ((state == CR) | (state == PR)) & (day < np.minimum(documented, new_therapy))
    later = draws.event_day(rules.after_new_therapy, new_therapy, rules.delay)
    return np.where(responding, day, NEVER), np.where(responding, NEVER, later)


def unscheduled_days(plan: SimulationPlan, participation: Participation, first: Floats, seed: int) -> Floats:
    """Return the unscheduled visits, (subjects, UNSCHEDULED + 1); the last column is the visit without assessment."""
    draws = Draws(seed, "unscheduled visits")
    days = participation.assessments.last_scan[:, -UNSCHEDULED:]
    safety = draws.event_day(plan.scans.safety_visit, first, plan.scans.safety_days)
    safety = np.where(safety <= np.minimum(participation.seen_until, _visiting_until(participation)), safety, NEVER)
    return np.concatenate([days, safety[:, None]], axis=1)
