"""The adverse events of a simulation plan: the sample dictionary, the rules, the syndromes, the fatal events."""

from __future__ import annotations

from typing import Literal

from specs.model.base import Strict, Texts
from specs.model.simulation_basics import Anchor, ByGrade, Chance, Days, Length, Weights

#: How an event ends, or does not.
OutcomeName = Literal["recovered", "sequelae", "recovering", "not_recovered", "fatal", "unknown"]


class DictionaryTerm(Strict):
    """A preferred term of the sample dictionary with its lowest level terms (text -> code)."""

    pt: str
    code: str
    llts: dict[str, str]


class DictionaryGroup(Strict):
    """The two levels above the preferred terms."""

    hlgt: str
    hlgt_code: str
    hlt: str
    hlt_code: str
    terms: tuple[DictionaryTerm, ...]


class DictionaryClass(Strict):
    """The highest level of the sample dictionary."""

    soc: str
    code: str
    groups: tuple[DictionaryGroup, ...]


class Related(Strict):
    """How often the investigator relates an event to what was given before it."""

    conditioning: Chance = 0
    product: Chance = 0


class EventRule(Strict):
    """An adverse event: how often, when, how long, how severe; `repeats` draws it several times."""

    term: str
    verbatim: Texts
    anchor: Anchor
    chance: Chance
    repeats: int = 1
    onset: Days
    length: Length
    grades: ByGrade
    related: Related = Related()
    serious: ByGrade = (0, 0, 0, 0)
    lasting: Chance = 0


class Syndrome(Strict):
    """CRS or ICANS: chances by product (or by the grade of an earlier syndrome: none, 1 to 4), onset days by weight."""

    aesi: str
    term: str
    verbatim: Texts
    chance: tuple[Chance, ...] = ()
    after: str | None = None
    chance_by_grade: tuple[Chance, ...] = ()
    onset: tuple[float, ...]
    grades: ByGrade
    other_scale: Chance
    length: Length
    serious: ByGrade
    conditioning: Chance = 0


class FatalEvent(Strict):
    """The event of a death that is not the disease's: terms, how long before the death it starts."""

    terms: Weights
    onset: Days
    related: Chance
    conditioning: Chance


class AdverseEvents(Strict):
    """All adverse events: those that follow rules, the syndromes, the fatal ones, and how the form writes them."""

    syndromes: tuple[Syndrome, ...]
    fatal: FatalEvent
    rules: tuple[EventRule, ...]
    outcomes: dict[OutcomeName, str]
    actions: dict[Literal["unchanged", "withdrawn", "not_applicable"], str]
    #: Of severe events that are over; of ongoing ones; of ongoing ones of subjects who are lost.
    sequelae: Chance
    recovering: Chance
    unknown: Chance
    #: Of serious events: of grade 4 ones that threaten life, of all that lead to hospital.
    threatening: Chance
    hospitalised: Chance
    #: How much less often an event after one product is related to another one given before.
    earlier_product: Chance
    related: str
    not_related: str
    criteria: dict[Literal["death", "life_threatening", "hospital", "other"], str]
    unused_criteria: tuple[str, ...] = ()
