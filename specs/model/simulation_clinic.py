"""What a simulation plan says of visits and logs: history, vital signs, daily grades, contacts, comments."""

from __future__ import annotations

from typing import Literal

from specs.model.base import Strict, Texts
from specs.model.simulation_basics import Chance, Days, Weights
from specs.model.simulation_laboratory import Laboratory
from specs.model.simulation_treatment import Spread

#: A column of vital signs that holds a plain number.
SignName = Literal["SYSBP", "DIABP", "PULSE", "RESP", "OXYSAT"]


class Lymphoma(Strict):
    """The history of the lymphoma; the first diagnosis is so many days before the first line of therapy."""

    histologies: Weights
    before_first_line: Days
    status: Weights
    stages: Weights


class Condition(Strict):
    """A condition beside the lymphoma, with or without the lasting medication that it explains.

    `before` counts the days from its start to the start of the medication, or to consent; `length` is that of a
    condition that is over.
    """

    term: str
    medication: str | None = None
    chance: Chance
    before: Days
    ended: Chance = 0
    length: Days = (1, 1)


class Performance(Strict):
    """The ECOG performance status at some events and at every visit after the infusion."""

    screening: Weights
    #: Reason of a screen failure -> the score that it tells of.
    failures: dict[str, str] = {}
    events: Texts
    better: Chance
    worse: Chance
    after_progression: int
    #: Days before a death -> by how much the score is worse from then on.
    dying: dict[int, int]


class Body(Strict):
    """Height in cm by sex, body mass index, and how the weight changes from visit to visit (a share)."""

    height: dict[str, Spread]
    bmi: Spread
    drift: float


class VitalUnits(Strict):
    """The units in which a site measures."""

    temperature: Literal["C", "F"] = "C"
    weight: Literal["kg", "LB"] = "kg"
    height: Literal["cm", "in"] = "cm"


class VitalSigns(Strict):
    """Vital signs at every visit; on the day of an infusion they are taken before it.

    `during` shifts them while a syndrome lasts, `fever` is the temperature then.
    """

    body: Body
    units: dict[str, VitalUnits]
    signs: dict[SignName, Spread]
    temperature: Spread
    fever: Spread
    syndrome: str
    during: dict[SignName, float]
    minutes: Days
    before_infusion: Days
    weighed: Texts
    not_measured: Chance
    reasons: Weights

    def units_of(self, country: str) -> VitalUnits:
        """Return the units of a country's sites; metric ones where nothing is said."""
        return self.units.get(country, VitalUnits())


class DailyGrades(Strict):
    """Grades of the syndromes day by day: one of them by fever, vasopressors and oxygen, the other by the ICE score."""

    fever: str
    score: str
    longest: int
    #: Of the days after the worst one: those without fever thanks to treatment.
    treated: Chance
    #: Of events that are over: those whose last day has no grade any more.
    gone: Chance
    temperature: dict[Literal["fever", "none"], tuple[float, float]]
    #: The range of the ICE score for the grades 0 to 4.
    ice: tuple[Days, Days, Days, Days, Days]
    pressors: dict[Literal["none", "one", "several"], str]
    oxygen: dict[Literal["none", "low", "high", "pressure"], str]
    #: From grade 2: graded by oxygen alone; by oxygen and vasopressors.
    by_oxygen: Chance
    by_both: Chance


class Survival(Strict):
    """Contacts with those who come to no visits any more, at the data cut, at a death and at a loss."""

    every: Days
    before_cut: Days
    #: Days until a death is heard of that happened away from the site, and from the last contact until one is lost.
    heard_after: Days
    statuses: dict[Literal["alive", "dead", "unknown"], str]


class Deviation(Strict):
    """A deviation: its text (`{visit}`, `{days}` where it has them), its kind, whether it is important."""

    term: str
    kind: str
    important: bool = False


class DrawnDeviation(Deviation):
    """A deviation that happens to a share of the subjects, days after consent."""

    chance: Chance
    days: Days


class Deviations(Strict):
    """Deviations that the data show, and others."""

    missed: Deviation
    out_of_window: Deviation
    not_measured: Deviation
    delay: Deviation
    delay_from: int
    others: tuple[DrawnDeviation, ...]


class Comments(Strict):
    """Comments on subjects (days after consent) and on serious events; every text is as likely as the others."""

    subjects: Chance
    days: Days
    texts: Texts
    serious: Chance
    event_texts: Texts


class Clinic(Strict):
    """Everything that is recorded beside treatment, adverse events, therapies and responses."""

    lymphoma: Lymphoma
    conditions: tuple[Condition, ...]
    performance: Performance
    vital_signs: VitalSigns
    laboratory: Laboratory
    daily_grades: DailyGrades
    survival: Survival
    deviations: Deviations
    comments: Comments
    autopsy: Chance
