"""The medications and procedures of a simulation plan."""

from __future__ import annotations

from typing import Literal

from specs.model.base import Strict, Texts
from specs.model.simulation_basics import Anchor, ByGrade, Chance, Days, Weights


class Drug(Strict):
    """What is written of a medication."""

    drug: str
    indication: str | None = None
    dose: str | None = None
    unit: str | None = None
    route: str | None = None


class Medication(Drug):
    """A medication counted from an anchor day; without `length` it goes on."""

    anchor: Anchor
    chance: Chance
    start: Days
    length: Days | None = None


class EventMedication(Drug):
    """A medication given for an adverse event, by its grade."""

    terms: Texts
    chance: ByGrade
    start: Days
    length: Days


class PriorProcedure(Strict):
    """A procedure after a line of therapy before the trial: the first line, or the last one but one."""

    chance: Chance
    kinds: Weights
    after: Days
    length: Days = (0, 0)


class Prior(Strict):
    """Lines of therapy before the trial, from the last one backwards; radiotherapy and transplants between them."""

    lines: Weights
    first: Weights
    later: Weights
    indication: str
    ended_before: Days
    length: Days
    between: Days
    unknown_day: Chance
    unknown_month: Chance
    #: How often the end of a line is better known than its start.
    end_better_known: Chance
    radiotherapy: PriorProcedure
    transplant: PriorProcedure


class Bridging(Strict):
    """Therapy between leukapheresis and conditioning."""

    medication: Chance
    regimens: Weights
    radiotherapy: Chance
    sites: Weights
    indication: str
    start: Days
    length: Days


class NewTherapy(Strict):
    """Anti-cancer therapy after the products: after progression, or without it."""

    after_progression: Chance
    delay: Days
    without_progression: Chance
    days: Days
    kinds: dict[Literal["systemic", "radiotherapy", "surgery"], float]
    systemic: Weights
    radiotherapy: Weights
    surgery: Weights
    indication: str
    length: dict[Literal["systemic", "radiotherapy", "surgery"], Days]


class Transplant(Strict):
    """Stem cell transplants: in response, and after new therapy."""

    in_response: Chance
    days: Days
    after_new_therapy: Chance
    delay: Days
    procedures: Weights
    indication: str


class Procedure(Strict):
    """A procedure counted from an anchor day."""

    procedure: str
    indication: str | None = None
    anchor: Anchor
    chance: Chance
    start: Days
    length: Days = (0, 0)


class EventProcedure(Strict):
    """A procedure done for an adverse event, by its grade."""

    procedure: str
    terms: Texts
    chance: ByGrade
    start: Days
    length: Days = (0, 0)


class Therapies(Strict):
    """Medications and procedures, and the texts of their kinds."""

    medication_kinds: dict[Literal["prior", "bridging", "concomitant", "new"], str]
    procedure_kinds: dict[Literal["prior", "bridging", "new", "transplant", "other"], str]
    prior: Prior
    bridging: Bridging
    new: NewTherapy
    transplant: Transplant
    medications: tuple[Medication, ...]
    event_medications: tuple[EventMedication, ...]
    procedures: tuple[Procedure, ...]
    event_procedures: tuple[EventProcedure, ...]
