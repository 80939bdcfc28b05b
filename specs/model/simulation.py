"""`simulation.yaml`: what a synthetic export of a study is drawn from. No number or text of a trial is in the engine.

The model behind it is a single-arm trial of one or several cell products given one after the other: screening,
leukapheresis, manufacturing, lymphodepletion, infusions, response assessments, survival follow-up. Days are whole
calendar days; a pair of days is a range with both ends in it; weights need not add up to one; a chance is 0 to 1.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Literal

from pydantic import AwareDatetime, model_validator

from clinical.wording import count
from specs.model.base import Strict, Texts
from specs.model.simulation_basics import Chance, Days, ReasonName, Weights
from specs.model.simulation_clinic import Clinic
from specs.model.simulation_events import AdverseEvents, DictionaryClass
from specs.model.simulation_lesions import Lesions
from specs.model.simulation_therapies import Therapies
from specs.model.simulation_treatment import Conditioning, Manufacturing, Product, Spread

#: The result of a response assessment.
ResponseName = Literal["CR", "PR", "SD", "PD", "NE"]


class Calendar(Strict):
    """The first consent, over how many days subjects are enrolled, and when the export was taken."""

    first_consent: date
    accrual: int
    #: Below 1 a site enrols more slowly at first.
    ramp: float = 1
    snapshot: AwareDatetime


class Site(Strict):
    """A site: its number as text, its country, its share of the subjects, and the day on which it opens."""

    site: str
    country: str
    weight: float = 1
    opens: int = 0


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
    #: Days after progression from which a death away from the site may have a partial date.
    away_after_progression: int


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
    overall: dict[ResponseName, str]
    metabolic: dict[ResponseName, str]
    anatomic: dict[ResponseName, str]
    symptoms: Chance
    symptoms_after: Days
    repeat: Chance
    repeat_after: Days
    outside_copy: Chance
    safety_visit: Chance
    safety_days: Days
    after_progression: Chance
    after_progression_days: int
    after_new_therapy: Chance
    after_new_therapy_from: int
    new_therapy_results: dict[Literal["CR", "PR", "SD", "PD"], float]


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
    lesions: Lesions
    dictionary: tuple[DictionaryClass, ...]
    adverse_events: AdverseEvents
    therapies: Therapies
    reasons: dict[ReasonName, Reason]
    events: Events
    yes: str
    no: str
    clinic: Clinic
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
        used = {rule.term for rule in events.rules} | {syndrome.term for syndrome in events.syndromes}
        used |= set(events.fatal.terms)
        used |= {term for drug in self.therapies.event_medications for term in drug.terms}
        used |= {term for procedure in self.therapies.event_procedures for term in procedure.terms}
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

    @model_validator(mode="after")
    def _clinic_fits(self) -> SimulationPlan:
        clinic, drugs = self.clinic, {drug.drug for drug in self.therapies.medications}
        syndromes = {one.aesi for one in self.adverse_events.syndromes}
        used = {clinic.vital_signs.syndrome, clinic.daily_grades.fever, clinic.daily_grades.score}
        used |= {reaction.syndrome for reaction in clinic.laboratory.reactions}
        unknown = (used - syndromes) | {one.medication for one in clinic.conditions if one.medication} - drugs
        if unknown:
            raise ValueError(f"clinic: no such syndrome or medication: {', '.join(sorted(unknown))}; mend its spelling")
        return self

    @model_validator(mode="after")
    def _parts_fit_together(self) -> SimulationPlan:
        drugs = {drug for schedule in self.conditioning.schedules for drug in schedule.days}
        if drugs - self.conditioning.doses.keys():
            missing = ", ".join(sorted(drugs - self.conditioning.doses.keys()))
            raise ValueError(f"conditioning: no dose is given for {missing}; add it under doses")
        earlier: list[str] = []
        for syndrome in self.adverse_events.syndromes:
            if syndrome.after is None and len(syndrome.chance) != len(self.products):
                given, wanted = len(syndrome.chance), len(self.products)
                raise ValueError(
                    f"syndrome {syndrome.aesi}: {count(given, 'chance')} for {count(wanted, 'product')}; give one each"
                )
            if syndrome.after is not None and (syndrome.after not in earlier or len(syndrome.chance_by_grade) != 5):
                raise ValueError(
                    f"syndrome {syndrome.aesi}: 'after' must name a syndrome above it, and chance_by_grade must have "
                    "five chances: without it, and by its grades 1 to 4"
                )
            earlier.append(syndrome.aesi)
        if self.calendar.first_consent + timedelta(days=self.calendar.accrual) > self.calendar.snapshot.date():
            raise ValueError("calendar: subjects are enrolled after the snapshot; shorten accrual or move the snapshot")
        return self
