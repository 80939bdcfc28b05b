"""Therapy before the trial as days: lines of therapy, radiotherapy and transplants between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulation.draws import NEVER, Draws, Floats, Ints
from simulation.text import DAY, partly_known
from specs.model.simulation import SimulationPlan
from specs.model.simulation_therapies import PriorProcedure


@dataclass(frozen=True)
class PriorLine:
    """One line of therapy: who had it, when, which of the plan's regimens, and how much of its dates is known."""

    number: int
    subject: Ints
    start: Floats
    end: Floats
    regimen: Ints
    known_start: Ints
    known_end: Ints


@dataclass(frozen=True)
class PriorTherapy:
    """The lines of all subjects, the last one first, and per subject the days between which they lie.

    `first_end` and `last_but_one_end` are ends of lines after which another line follows; NEVER where there is none.
    """

    lines: tuple[PriorLine, ...]
    first_start: Floats
    first_end: Floats
    last_but_one_end: Floats
    last_end: Floats


@dataclass(frozen=True)
class PriorProcedures:
    """Start (NEVER: none) and length of a procedure by subject, which one it was, and how much of its date is known."""

    start: Floats
    length: Floats
    which: Ints
    known: Ints


def draw_prior(plan: SimulationPlan, consent: Floats, seed: int) -> PriorTherapy:
    """Return the lines of therapy before the trial; most of their dates are partial."""
    rules, draws = plan.therapies.prior, Draws(seed, "prior therapy")
    count = len(consent)
    lines = np.array([int(number) for number in rules.lines])[draws.pick(rules.lines.values(), count)]
    last_end = end = consent - draws.days(rules.ended_before, count)
    first_start, first_end, last_but_one = end, np.full(count, NEVER), np.full(count, NEVER)
    found = []
    for number in range(max(int(number) for number in rules.lines), 0, -1):
        here = lines >= number
        start = end - draws.days(rules.length, count)
        code = draws.pick(rules.first.values() if number == 1 else rules.later.values(), count)
        subject = np.flatnonzero(here)
        known = partly_known(rules.unknown_day, rules.unknown_month, draws, count)[subject]
        known_end = np.where(draws.chance(rules.end_better_known, len(subject)), np.minimum(known + 1, DAY), known)
        found.append(PriorLine(number, subject, start[subject], end[subject], code[subject], known, known_end))
        first_start = np.where(here, start, first_start)
        last_but_one = np.where(lines == number + 1, end, last_but_one)
        first_end = np.where((number == 1) & (lines > 1), end, first_end)
        end = np.where(here, start - draws.days(rules.between, count), end)
    return PriorTherapy(tuple(found), first_start, first_end, last_but_one, last_end)


def draw_prior_procedures(
    plan: SimulationPlan, prior: PriorTherapy, seed: int
) -> tuple[PriorProcedures, PriorProcedures]:
    """Return radiotherapy after the first line and transplants after the last line but one, never both of them."""
    rules = plan.therapies.prior
    draws = Draws(seed, "prior procedures")
    radiotherapy = _procedure(plan, rules.radiotherapy, prior.first_end, draws)
    free = np.where(np.isfinite(radiotherapy.start), NEVER, prior.last_but_one_end)
    return radiotherapy, _procedure(plan, rules.transplant, free, draws)


def _procedure(plan: SimulationPlan, rule: PriorProcedure, after: Floats, draws: Draws) -> PriorProcedures:
    prior, count = plan.therapies.prior, len(after)
    start = draws.event_day(rule.chance, after, rule.after)
    known = partly_known(prior.unknown_day, prior.unknown_month, draws, count)
    return PriorProcedures(start, draws.days(rule.length, count), draws.pick(rule.kinds.values(), count), known)
