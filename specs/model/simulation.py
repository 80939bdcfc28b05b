"""`simulation.yaml`: what a synthetic export of a study is drawn from. No number or text of a trial is in the engine.

The model behind it is a single-arm trial of one or several cell products given one after the other: screening,
leukapheresis, manufacturing, lymphodepletion, infusions, response assessments, survival follow-up. Days are whole
calendar days; a pair of days is a range with both ends in it; weights need not add up to one; a chance is 0 to 1.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, AwareDatetime, Field, model_validator

from specs.model.base import Strict, Texts

Chance = Annotated[float, Field(ge=0, le=1)]


def _range(days: tuple[int, int]) -> tuple[int, int]:
    if days[0] > days[1]:
        raise ValueError(f"the range [{days[0]}, {days[1]}] ends before it starts; write [earliest, latest]")
    return days


#: Earliest and latest day, both included.
Days = Annotated[tuple[int, int], AfterValidator(_range)]


def _weights(weights: dict[str, float]) -> dict[str, float]:
    if any(weight < 0 for weight in weights.values()) or not sum(weights.values()) > 0:
        raise ValueError("weights must not be negative, and one of them must be above 0")
    return weights


#: Text -> how often it is drawn, relative to the others.
Weights = Annotated[dict[str, float], AfterValidator(_weights)]

#: One chance for each of the grades 1 to 4.
ByGrade = tuple[Chance, Chance, Chance, Chance]

#: The day from which days are counted.
Anchor = Literal["consent", "collection", "conditioning", "first_infusion", "infusion"]

#: Why somebody leaves the trial or does not get a product.
ReasonName = Literal[
    "completed",
    "death",
    "withdrawal",
    "lost",
    "progression",
    "adverse_event",
    "physician",
    "screen_failure",
    "manufacturing",
]


class Length(Strict):
    """How many days something lasts: log-normal about a median, at least `minimum`."""

    median: float
    spread: float = 0.6
    minimum: int = 0


class Calendar(Strict):
    """The first consent, over how many days subjects are enrolled, and when the export was taken."""

    first_consent: date
    accrual: int
    snapshot: AwareDatetime


class Site(Strict):
    """A site: its number as text, its country, its share of the subjects, and the day on which it opens."""

    site: str
    country: str
    weight: float = 1
    opens: int = 0


class Spread(Strict):
    """A normal distribution cut off at both ends."""

    mean: float
    sd: float
    minimum: float
    maximum: float


class Demography(Strict):
    """Age, sex, and race and ethnicity by country."""

    age: Spread
    sex: Weights
    race: dict[str, Weights]
    ethnicity: dict[str, Weights]


class Screening(Strict):
    """From consent to the decision on eligibility."""

    visit: Days
    decision: Days
    failure: Chance
    failure_reasons: Weights
    withdrawal: Chance = 0


class Leaving(Strict):
    """The chance to leave within a range of days, and why."""

    chance: Chance
    days: Days
    reasons: dict[ReasonName, float]


class Manufacturing(Strict):
    """Leukapheresis and the time until cells are there."""

    collection: Days
    second_collection: Chance
    second_after: Days
    collection_id: str
    turnaround: Days
    failure_known: Days
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
    split: Split
    withheld: Withheld | None = None


class Course(Strict):
    """A course of the disease after infusion; days are counted from the first infusion.

    A subject is stable until `partial`, in partial response until `complete`, and so on until progression, which a
    share of `cured` never see. The progression comes `margin` days or more after the best response.
    """

    share: float
    partial: Days | None = None
    complete: Days | None = None
    cured: Chance
    median: float
    shape: float = 1
    margin: int


class Fates(Strict):
    """Deaths and departures after the first infusion; yearly rates for those who withdraw or are lost."""

    after_progression_median: float
    after_progression_shape: float = 1
    long_survivors: Chance
    early_toxic_death: Chance
    early_toxic_days: Days
    late_toxic_death: Chance
    late_toxic_days: Days
    other_death: Chance
    other_death_days: Days
    disease_causes: Weights
    other_causes: Weights
    withdrawal_rate: float
    lost_rate: float
    leaves_after_progression: Chance
    leaves_after: Days


class FollowUp(Strict):
    """How visits keep to their day, and how assessments are made."""

    jitter: float
    late: Chance
    late_by: Days
    early: Chance
    early_by: Days
    missed: Chance
    missed_two: Chance
    missed_reasons: Weights
    visits_after_progression: Chance
    completion: Days


class Scans(Strict):
    """CT and PET of an assessment, and what the readers write."""

    no_assessment: Chance
    ct_before: Days
    no_ct: Chance
    no_pet: Chance
    other_pet_day: Chance
    pet_shift: Days
    not_evaluable: Chance
    not_evaluable_reasons: Weights
    residual_mass: Chance
    pet_only_progression: Chance
    overall: dict[Literal["CR", "PR", "SD", "PD", "NE"], str]
    metabolic: dict[Literal["CR", "PR", "SD", "PD", "NE"], str]
    anatomic: dict[Literal["CR", "PR", "SD", "PD", "NE"], str]
    symptoms: Chance
    symptoms_after: Days
    repeat: Chance
    repeat_after: Days
    outside_copy: Chance
    safety_visit: Chance
    safety_days: Days
    after_progression: Chance
    after_new_therapy: Chance
    new_therapy_results: dict[Literal["CR", "PR", "SD", "PD"], float]


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


class AdverseEvents(Strict):
    """All adverse events. `never_infused`: whether those of subjects without any product are in the export."""

    never_infused: bool = False
    syndromes: tuple[Syndrome, ...]
    fatal: FatalEvent
    rules: tuple[EventRule, ...]
    outcomes: dict[Literal["recovered", "sequelae", "recovering", "not_recovered", "fatal", "unknown"], str]
    actions: dict[Literal["unchanged", "withdrawn", "not_applicable"], str]
    related: str
    not_related: str
    criteria: dict[Literal["death", "life_threatening", "hospital", "other"], str]
    unused_criteria: tuple[str, ...] = ()


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


class Prior(Strict):
    """Lines of therapy before the trial, from the last one backwards."""

    lines: Weights
    first: Weights
    later: Weights
    indication: str
    ended_before: Days
    length: Days
    between: Days
    unknown_day: Chance
    unknown_month: Chance


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
    length: Days


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
    procedure_kinds: dict[Literal["bridging", "new", "transplant", "other"], str]
    prior: Prior
    bridging: Bridging
    new: NewTherapy
    transplant: Transplant
    medications: tuple[Medication, ...]
    event_medications: tuple[EventMedication, ...]
    procedures: tuple[Procedure, ...]
    event_procedures: tuple[EventProcedure, ...]


class Reason(Strict):
    """How each form writes a reason: end of study, end of treatment, dose not given."""

    study: str
    treatment: str
    dose: str


class PartialDate(Strict):
    """How often the day, or day and month, of a date are unknown."""

    day: Chance = 0
    month: Chance = 0


class CaseMix(Strict):
    """Columns (`form.COLUMN`) whose text some sites write in capitals, others in small letters."""

    upper: Chance
    lower: Chance
    columns: Texts


class Events(Strict):
    """The events that are no assessment and no infusion, as the export names them."""

    screening: str
    collection: str
    conditioning: str
    unscheduled: str
    log: str
    end_of_treatment: str
    end_of_study: str


class Assessment(Strict):
    """A scheduled visit after the first infusion; taken from `visits:` of study.yaml."""

    event: str
    name: str
    day: int
    window: tuple[int, int]


class Header(Strict):
    """The study as the export names it; taken from study.yaml."""

    oid: str
    name: str
    description: str


class SimulationPlan(Strict):
    """Everything a synthetic export is drawn from: `simulation.yaml`, with names and visits of `study.yaml`."""

    study: Header
    assessments: tuple[Assessment, ...]
    event_names: dict[str, str]
    calendar: Calendar
    sites: tuple[Site, ...]
    subject_key: str
    subject_digits: int = 4
    demography: Demography
    screening: Screening
    manufacturing: Manufacturing
    conditioning: Conditioning
    products: tuple[Product, ...]
    courses: dict[str, Course]
    fates: Fates
    follow_up: FollowUp
    scans: Scans
    dictionary: tuple[DictionaryClass, ...]
    adverse_events: AdverseEvents
    therapies: Therapies
    reasons: dict[ReasonName, Reason]
    events: Events
    yes: str
    no: str
    partial_dates: dict[str, PartialDate] = {}
    case_mix: CaseMix

    @property
    def snapshot(self) -> datetime:
        """When the export was taken."""
        return self.calendar.snapshot

    @model_validator(mode="after")
    def _terms_are_in_the_dictionary(self) -> SimulationPlan:
        known = {term.pt for soc in self.dictionary for group in soc.groups for term in group.terms}
        events = self.adverse_events
        used = {rule.term for rule in (*events.rules, *events.syndromes)} | set(events.fatal.terms)
        therapies = self.therapies
        for rule in (*therapies.event_medications, *therapies.event_procedures):
            used |= set(rule.terms)
        if used - known:
            missing = ", ".join(f"'{term}'" for term in sorted(used - known))
            raise ValueError(f"terms are not in the dictionary: {missing}; add them there or mend their spelling")
        return self

    @model_validator(mode="after")
    def _countries_have_people(self) -> SimulationPlan:
        countries = {site.country for site in self.sites}
        for name, known in (("race", self.demography.race), ("ethnicity", self.demography.ethnicity)):
            if countries - known.keys():
                missing = ", ".join(sorted(countries - known.keys()))
                raise ValueError(f"demography: {name} says nothing of {missing}; add it")
        return self
