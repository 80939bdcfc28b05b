"""Leukapheresis, manufacturing, lymphodepletion and the infusions of one product after the other."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simulation.draws import NEVER, Draws, Flags, Floats, Ints, earliest
from simulation.subjects import Subjects, reason
from simulation.toxicity import Toxicity, draw_toxicity, worst_before
from specs.model.simulation import SimulationPlan
from specs.model.simulation_treatment import Leaving, Product


@dataclass(frozen=True)
class Preparation:
    """From leukapheresis to the planned first infusion; NEVER for what did not happen."""

    collection: Floats
    second_collection: Floats
    #: Whether each product was made, and when its failure was known: (subjects, products).
    made: Flags
    failure_known: Floats
    conditioning: Floats
    schedule: Ints
    #: The day of the first infusion.
    zero: Floats
    #: The day on which the subject leaves before any product, and why.
    left: Floats
    left_reason: Ints


#: Why a product was not given although it was made; positions in `withheld_reasons`.
SYNDROME, REFUSAL, DETERIORATION, PROGRESSION = range(4)


@dataclass(frozen=True)
class Infusions:
    """The infusions of each product: (subjects, products); NEVER for a product that was not given.

    `planned` is the day on which a product was to be given; `withheld` says why it was not (-1: other cause).
    """

    given: Floats
    planned: Floats
    withheld: Ints
    split: Flags
    second_withheld: Flags
    toxicity: tuple[Toxicity, ...]

    @property
    def last_part(self) -> Floats:
        """The day of the last part of each product."""
        return np.where(self.split & ~self.second_withheld, self.given + 1, self.given)

    @property
    def first(self) -> Floats:
        """The day of the first infusion of any product."""
        return np.asarray(self.given.min(axis=1), dtype="float64")

    @property
    def last(self) -> Floats:
        """The day of the last infusion of any product; NEVER for those without one."""
        days = np.where(np.isfinite(self.given), self.last_part, -NEVER).max(axis=1)
        return np.where(np.isfinite(days), days, NEVER)


def prepare(plan: SimulationPlan, subjects: Subjects, seed: int) -> Preparation:
    """Return leukapheresis, manufacturing and lymphodepletion of every subject."""
    draws = Draws(seed, "preparation")
    count, making = len(subjects), plan.manufacturing
    eligible = np.where(subjects.eligible, subjects.decision, NEVER)
    collection = eligible + draws.days(making.collection, count)
    second = draws.event_day(making.second_collection, collection, making.second_after)
    failure = np.array([product.failure for product in plan.products])
    made = ~draws.chance(failure, (count, len(plan.products)))
    made &= ~draws.chance(making.no_product, count)[:, None]
    known = collection[:, None] + draws.days(making.failure_known, (count, len(plan.products)))
    last = np.where(np.isfinite(second), second, collection)
    turnaround = draws.days(making.turnaround, count)
    conditioning = last + turnaround
    without_product = np.where(made.any(axis=1), NEVER, known.max(axis=1) + draws.days((0, 8), count))
    leaves, leaves_reason = _leave(making.leaving, collection, draws)
    left, cause = earliest([leaves, without_product])
    left_reason = np.where(cause == 0, leaves_reason, reason("manufacturing"))
    conditioning = np.where(left <= conditioning, NEVER, conditioning)
    left = np.where(np.isfinite(conditioning), NEVER, left)
    schedule = draws.pick([one.weight for one in plan.conditioning.schedules], count)
    lead = np.array([-min(min(days) for days in one.days.values()) for one in plan.conditioning.schedules])
    late = np.where(draws.chance(plan.conditioning.delay, count), draws.days(plan.conditioning.delay_days, count), 0)
    zero = conditioning + lead[schedule] + late
    stops, stop_reason = _leave(plan.conditioning.leaving, zero, draws)
    return Preparation(
        collection=collection,
        second_collection=np.where(second < np.minimum(left, NEVER), second, NEVER),
        made=made,
        failure_known=np.where(made, NEVER, known),
        conditioning=conditioning,
        schedule=schedule,
        zero=np.where(np.isfinite(stops), NEVER, zero),
        left=np.minimum(left, stops),
        left_reason=np.where(np.isfinite(stops), stop_reason, left_reason),
    )


def _leave(leaving: Leaving, start: Floats, draws: Draws) -> tuple[Floats, Ints]:
    """Return when subjects leave and for which reason."""
    day = draws.event_day(leaving.chance, start, leaving.days)
    positions = np.array([reason(name) for name in leaving.reasons], dtype="int64")
    return day, positions[draws.pick(leaving.reasons.values(), len(start))]


def infuse(plan: SimulationPlan, preparation: Preparation, stop: Floats, progression: Floats, seed: int) -> Infusions:
    """Return the infusions; `stop` is the day on which a subject dies or leaves, `progression` that of the disease."""
    draws = Draws(seed, "infusions")
    shape = preparation.made.shape
    given, planned = np.full(shape, NEVER), np.full(shape, NEVER)
    withheld = np.full(shape, -1, dtype="int64")
    split, second_withheld = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    last = np.full(shape[0], NEVER)
    toxicities: list[Toxicity] = []
    for at, product in enumerate(plan.products):
        interval = draws.days(product.interval, shape[0])
        day = np.where(np.isfinite(last), last + interval, preparation.zero)
        why = _withhold(product, day, last, progression, toxicities, draws)
        wanted = preparation.made[:, at] & (day < stop)
        planned[:, at] = np.where(wanted, day, NEVER)
        withheld[:, at] = np.where(wanted, why, -1)
        given[:, at] = np.where(wanted & (why < 0), day, NEVER)
        parted = draws.chance(product.split.chance, shape[0]) & np.isfinite(given[:, at]) & (day + 1 < stop)
        split[:, at] = parted
        second_withheld[:, at] = parted & draws.chance(product.split.second_withheld, shape[0])
        toxicities.append(draw_toxicity(plan, at, given[:, at], stop, Draws(seed, f"toxicity of {product.event}")))
        last = np.where(np.isfinite(given[:, at]), given[:, at], last)
    return Infusions(given, planned, withheld, split, second_withheld, tuple(toxicities))


def _withhold(
    product: Product, day: Floats, last: Floats, progression: Floats, toxicities: list[Toxicity], draws: Draws
) -> Ints:
    """Return why a product is not given after an earlier one: -1 where it is."""
    rules, count = product.withheld, len(day)
    drawn = draws.uniform((3, count))
    why = np.full(count, -1, dtype="int64")
    if rules is None:
        return why
    why[drawn[2] < rules.deterioration] = DETERIORATION
    why[drawn[1] < rules.refusal] = REFUSAL
    severe = worst_before(toxicities, day) >= 3
    why[severe & (drawn[0] < rules.after_severe_syndrome)] = SYNDROME
    why[progression < day] = PROGRESSION
    return np.where(np.isfinite(last), why, -1)
