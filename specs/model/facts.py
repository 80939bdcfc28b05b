"""Where a study's data say what its rules and analyses ask of them: infusion, response, new therapy, death, …

`settings: {facts: …}` of study.yaml. No category, test or term of a study is written in code; whoever needs the
infusions asks for the fact `infusion`. A fact that a study does not state is None or empty: what rests on it does not
apply to the study.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from specs.model.base import Strict, Texts, Where
from specs.model.cell_facts import DailyGrades, DosePerWeight
from specs.model.lesion_facts import Lesions
from specs.model.maps import Source

#: How good a response is, as a number; `Response` says which terms have which.
NOT_EVALUABLE, PROGRESSION, NEITHER, STABLE, PARTIAL, COMPLETE = range(6)


def _as_tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else (value,)


#: One source or a list of sources, held as a tuple.
Sources = Annotated[tuple[Source, ...], BeforeValidator(_as_tuple)]


class Response(Source):
    """A response to treatment: `variable` is its date, `result` its value; the other fields say what a value means."""

    result: str
    complete: Texts = ("CR",)
    partial: Texts = ("PR",)
    stable: Texts = ("SD",)
    #: Neither complete response nor progression, as NON-CR/NON-PD where no lesion can be measured (RECIST 1.1).
    neither: Texts = ()
    progression: Texts = ("PD",)
    not_evaluable: Texts = ("NE",)
    #: Values that count, but that the site is asked about, as CRi in a lymphoma trial.
    unusual: Texts = ()

    @property
    def ranks(self) -> dict[str, int]:
        """How good each value is: 5 complete, 4 partial, 3 stable, 2 neither, 1 progression, 0 not evaluable."""
        return {value: rank for rank, values in enumerate(self.groups) for value in values}

    @property
    def groups(self) -> tuple[tuple[str, ...], ...]:
        """The values of each rank, the worst rank first; a rank that the study does not have is empty."""
        return (self.not_evaluable, self.progression, self.neither, self.stable, self.partial, self.complete)


class Answer(Source):
    """A question that was answered: `variable` is the date, `result` the answer; `yes` says which answers are yes."""

    result: str
    yes: Texts = ("Y",)


class Dose(Strict):
    """An administered dose: where it stands, its unit, the terms the unit may have, and the range that is plausible.

    A range of None means that any number is; no `units` means that any term of the unit's codelist is.
    """

    dataset: str
    variable: str
    unit: str
    where: Where = ()
    units: Texts = ()
    plausible: tuple[float, float] | None = None

    @model_validator(mode="after")
    def _range_is_ordered(self) -> Dose:
        if self.plausible and self.plausible[0] > self.plausible[1]:
            raise ValueError("plausible: the lower limit is above the upper one; write [lower, upper]")
        return self


class Rows(Strict):
    """Some rows of a dataset."""

    dataset: str
    where: Where = ()


class Implication(Strict):
    """Subjects with a row in `rows` must have a row in `need`: a duration of response needs a response."""

    rows: Rows
    need: Rows


class Episode(Source):
    """Events that last: `variable` is the date on which one begins, `end` the date on which it is over."""

    end: str


class SecondGrade(Strict):
    """Adverse events that are graded on a second scale beside CTCAE, as CRS and ICANS are on that of ASTCT.

    `where` says which records of AE they are; the second grade is the supplemental qualifier `qualifier` of AE, the
    first one the variable `grade`. Grades that lie more than `apart` from each other are queried.
    """

    where: Where
    qualifier: str
    grade: str = "AETOXGR"
    apart: Annotated[float, Field(ge=0)] = 1


class Rescue(Strict):
    """Medication against an adverse event, as tocilizumab against CRS.

    `medication` is given for that event only, `alternatives` for others as well; `variable` is the date of the first
    dose. It belongs to an event that lasts on that date, give or take `days`. An event of the second grade
    `expected_from` or above is expected to be treated with one of them.
    """

    medication: Source
    event: Episode
    alternatives: Sources = ()
    days: Annotated[int, Field(ge=0)] = 3
    expected_from: float = 2

    @model_validator(mode="after")
    def _event_is_in_ae(self) -> Rescue:
        if self.event.dataset != "AE":
            raise ValueError(f"rescue: event is in {self.event.dataset}, and second grades are in AE; name rows of AE")
        return self


class DerivedResponse(Strict):
    """Analysis rows with the response as it was assessed, and those with the one derived from lesions.

    Both are rows of one dataset with AVALC; `by` pairs them within the subject. `why` names the variables of the
    derived rows that say what decided.
    """

    assessed: Rows
    derived: Rows
    by: str = "VISITNUM"
    why: Texts = ("RSPCRIT", "RSPLNKID")

    @model_validator(mode="after")
    def _rows_are_of_one_dataset(self) -> DerivedResponse:
        if self.assessed.dataset != self.derived.dataset:
            raise ValueError("derived_response: 'assessed' and 'derived' name two datasets; name rows of one")
        return self


class Facts(Strict):
    """`settings: facts:` of study.yaml."""

    #: The treatment from which the analysis counts (its first date is the clock's start).
    infusion: Sources = ()
    #: Therapy against the disease that is not the study's.
    new_therapy: Sources = ()
    transplant: Sources = ()
    #: The response that the analysis uses: the investigator's at each timepoint.
    response: Response | None = None
    #: Informed consent; RFICDTC is the earliest.
    consent: Sources = ()
    #: Every place where a date of death stands.
    death: Sources = ()
    doses: tuple[Dose, ...] = ()
    implications: tuple[Implication, ...] = ()
    #: Collection of the cells that a product is made of.
    leukapheresis: Sources = ()
    lymphodepletion: Sources = ()
    #: The products in the order in which they are to be given, one source each.
    products: Sources = ()
    #: Events that the infused cells cause, so that none begins before them.
    special_interest: Sources = ()
    second_grade: SecondGrade | None = None
    rescue: Rescue | None = None
    #: How lesions are identified and measured.
    lesions: Lesions | None = None
    #: The response on PET and that on CT, at each timepoint.
    metabolic_response: Response | None = None
    anatomic_response: Response | None = None
    #: The response as assessed, and as derived from lesions.
    derived_response: DerivedResponse | None = None
    #: Whether there are new lesions at a timepoint.
    new_lesions: Answer | None = None
    #: Contacts on which the subject was alive.
    alive: Sources = ()
    dose_per_weight: DosePerWeight | None = None
    daily_grades: DailyGrades | None = None


def facts_of(settings: Mapping[str, Any]) -> Facts:
    """Return the facts that `settings` state under `facts`; none stated make an empty `Facts`.

    Raises:
        pydantic.ValidationError: a fact has an unknown key or a value of the wrong shape.
    """
    return Facts.model_validate(settings.get("facts") or {})
