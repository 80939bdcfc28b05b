"""Leukapheresis, manufacturing, lymphodepletion and products of a simulation plan."""

from __future__ import annotations

from specs.model.base import Strict
from specs.model.simulation_basics import Chance, Days, ReasonName, Weights


class Spread(Strict):
    """A normal distribution cut off at both ends."""

    mean: float
    sd: float
    minimum: float
    maximum: float


class Leaving(Strict):
    """The chance to leave within a range of days, and why."""

    chance: Chance
    days: Days
    reasons: dict[ReasonName, float]


class Manufacturing(Strict):
    """Leukapheresis and the time until cells are there; `no_product`: the collected cells are fit for none."""

    collection: Days
    second_collection: Chance
    second_after: Days
    collection_id: str
    turnaround: Days
    failure_known: Days
    no_product: Chance
    leaving: Leaving


class Schedule(Strict):
    """One way to give the conditioning: drug -> days before the planned infusion (negative)."""

    weight: float
    days: dict[str, tuple[int, ...]]


class Conditioning(Strict):
    """Lymphodepletion: doses by drug (a share as planned, the others deviating), schedules, delays of the infusion."""

    doses: dict[str, Weights]
    as_planned: Chance = 1
    deviation: float = 0
    largest_deviation: float = 1
    unit: str
    schedules: tuple[Schedule, ...]
    delay: Chance
    delay_days: Days
    leaving: Leaving


class Split(Strict):
    """A dose given in two parts on consecutive days; sometimes the second part is not given."""

    chance: Chance
    first_part: tuple[float, float]
    second_withheld: Chance
    reason: str


class Withheld(Strict):
    """Why a product that was made is not given after an earlier one; texts by chance."""

    after_severe_syndrome: Chance
    syndrome_reason: str
    refusal: Chance
    refusal_reason: str
    deterioration: Chance
    deterioration_reason: str


class Product(Strict):
    """A cell product in the order of administration; `interval` is days after the product before."""

    product: str
    event: str
    relationship: str
    failure: Chance
    interval: Days = (0, 0)
    dose: Spread
    unit: str
    lot: str
    #: The chain of identity, such as "COI-{subject}".
    identity: str
    #: Between which minutes of the day it is given.
    minutes: Days
    split: Split
    withheld: Withheld | None = None
