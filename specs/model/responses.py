"""The rules of a response dataset (ADRS) as data. `adam.adrs` carries them out; no parameter is named in code."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Protocol

from pydantic import BeforeValidator, Field, model_validator

from specs.model.base import SasName, Strict, Texts, Where
from specs.model.facts import Response
from specs.model.lesion_facts import Lesions
from specs.model.lugano import Lugano
from specs.model.maps import Source

#: What a flag on the rows of a timepoint response says:
#: - `baseline`: the last assessment on or before the start;
#: - `one_per_date`: the assessment of its date, which is not after death;
#: - `since_start`: besides, after the start;
#: - `to_progression`: besides, up to the first progression;
#: - `eligible`: besides, on or before every one of the dates that stop the assessment;
#: - `nearest_in_window`: of the eligible evaluable ones in an analysis visit, the one nearest the target day.
#: Where `on_start` is `counts`, "after the start" means on or after it.
RowFlag = Literal["baseline", "one_per_date", "since_start", "to_progression", "eligible", "nearest_in_window"]
SameDay = Literal["worst", "best", "last"]


class Window(Strict):
    """An analysis visit: name, number, target day and the study days that it takes in (no day 0)."""

    visit: str
    number: float
    target: int
    first: int
    last: int

    @model_validator(mode="after")
    def _days_are_ordered(self) -> Window:
        if not self.first <= self.target <= self.last:
            raise ValueError(f"window {self.visit}: the days are not ordered as first <= target <= last; correct them")
        return self


#: `planned`: the scheduled visits of study.yaml that have a window; else a list of windows.
Windows = Literal["planned"] | tuple[Window, ...]


class HasWindows(Protocol):
    """Rules with windows."""

    @property
    def windows(self) -> Windows: ...


def windows_of(rules: HasWindows) -> tuple[Window, ...]:
    """Return the windows of resolved rules, which are always a list."""
    if isinstance(rules.windows, str):
        raise TypeError("windows 'planned' are not resolved; use specs.resolve_adam")
    return rules.windows


class Confirmation(Strict):
    """A response counts only if a later assessment confirms it at least `min_days` after it.

    The first later response that is as good and far enough away confirms it. Between the two no worse response may lie;
    assessments which are not evaluable may, up to `max_not_evaluable`, and up to `max_stable` of stable disease between
    a partial response and its confirmation.
    """

    min_days: int = Field(ge=1)
    max_not_evaluable: int = Field(default=1, ge=0)
    max_stable: int = Field(default=0, ge=0)
    #: Whether a partial response may be confirmed where a partial one follows a complete one until then (PR CR PR).
    partial_after_complete: Literal["accepted", "refused"] = "accepted"
    #: What a complete response is that is not confirmed, but would be if it were a partial one.
    complete_then_partial: Literal["stable", "partial"] = "stable"


def _none(value: Any) -> Any:
    return None if value in ("none", "off", "not required") else value


#: A confirmation rule, or none; written `none` in a study's settings.
Confirmed = Annotated[Confirmation | None, BeforeValidator(_none)]
#: A study day, or none; written `none` in a study's settings.
Day = Annotated[int | None, BeforeValidator(_none)]


class ResponseFlag(Strict):
    """A flag on eligible assessments that count as a response: complete or partial and, with a rule, confirmed."""

    confirmation: Confirmed


class SharedFlag(Strict):
    """A flag on assessments that derived parameters have, too.

    `derived` says on which of their rows: on `all`, or where the row with the date that they take has it (`source`).
    """

    assessments: RowFlag
    derived: Literal["all", "source"]


class _Parameter(Strict):
    """What every parameter has: PARAM, PARAMN, PARCAT1, PARQUAL and the method that Define-XML prints."""

    param: str = Field(max_length=200)
    number: int
    category: str | None = None
    qualifier: str | None = None
    method: str | None = None


class Timepoints(_Parameter):
    """What every response at timepoints has: one row for each date, from one or several scans.

    Scans of one timepoint are one assessment, whose date is the earliest scan's for a progression and the latest scan's
    for any other response. `same_day` chooses among different responses of one timepoint or date.
    """

    response: Response
    same_day: SameDay = "worst"
    progression_date: Literal["earliest", "latest"] = "earliest"
    other_date: Literal["earliest", "latest"] = "latest"
    #: AVAL of each response; AVALC is the first value that the fact `response` gives for its kind.
    scale: dict[str, float]
    #: Variables of the source record that are kept.
    keep: Texts = ()

    @property
    def datasets(self) -> tuple[str, ...]:
        """The datasets that the response is read from."""
        return (self.response.dataset,)


class TimepointResponse(Timepoints):
    """The response at each timepoint, from records.

    Records that agree in `timepoint` are scans of one assessment; where a record has none, its date is its timepoint.
    """

    algorithm: Literal["timepoint"]
    timepoint: str | None = None
    #: What becomes of a date of which only the day is unknown: reported and not used, or completed (ADTF is D).
    partial: Literal["report", "first", "last"] = "report"


class LesionResponse(Timepoints):
    """The response at each timepoint by the Lugano 2014 criteria, from lesions and uptake.

    `lesions` is the fact that says where they stand, `evaluator` whose records are meant (--EVAL; empty: all of them),
    `criteria` the thresholds. `response` names the records of results; what each kind of response is called, too.
    """

    algorithm: Literal["lesions"]
    lesions: Lesions
    evaluator: Texts = ()
    #: --EVALID of the reader, where several made records.
    reader: Texts = ()
    #: Terms of lesions that are nodes; all others are extranodal.
    nodes: Texts = ("TARGET NODAL", "NON-TARGET NODAL", "NEW NODAL")
    #: Locations of interest that are the spleen, by --LOC.
    spleen: Texts = ("SPLEEN",)
    criteria: Lugano = Lugano()

    @property
    def datasets(self) -> tuple[str, ...]:
        return (self.lesions.identified.dataset, self.lesions.measured.dataset)


class BestResponse(_Parameter):
    """The best eligible response up to a study day; `none` where there is no evaluable one.

    Stable disease (and what is neither complete nor progression) counts from study day `stable_from` on; before, it is
    not evaluable. With `confirmation`, a response without it is at most stable disease.
    """

    algorithm: Literal["best"]
    of: SasName
    last_day: Day = None
    stable_from: Day = None
    confirmation: Confirmed = None
    none: str = "NE"


class Among(Strict):
    """Eligible assessments with one of the responses from a study day on and up to another."""

    responses: Texts
    first_day: Day = None
    last_day: Day = None
    confirmation: Confirmed = None


class AnyResponse(_Parameter, Among):
    """Y where any eligible assessment is among them, or among one of `alternatives`, else N."""

    algorithm: Literal["any"]
    of: SasName
    alternatives: tuple[Among, ...] = ()


class LastResponse(_Parameter):
    """The response at the last assessment; `none` (or missing) where there is none.

    `among` says which assessments are meant, in the terms of the flags: by default all after the start, those after a
    progression, too.
    """

    algorithm: Literal["last"]
    of: SasName
    among: Literal["since_start", "to_progression", "eligible"] = "since_start"
    none: str | None = None


class ResponseAtVisit(_Parameter):
    """Y where the eligible evaluable assessment nearest the visit's target, in its window, has one of the responses."""

    algorithm: Literal["at_visit"]
    of: SasName
    responses: Texts
    visit: str


class EqualsResponse(_Parameter):
    """Y where another parameter of the subject has one of the responses, else N."""

    algorithm: Literal["equals"]
    of: SasName
    responses: Texts


class RecordExists(_Parameter):
    """Y where the subject has such a record that is not after the cut-off, with the date of the earliest; else N.

    `result` is the variable of the record that says so (SRCVAR).
    """

    algorithm: Literal["exists"]
    of: Source
    result: str


class DateExists(_Parameter):
    """Y, with that date, where the subject has a date in ADSL; else N. `imputed` is the variable of its flag."""

    algorithm: Literal["date"]
    date: str
    imputed: str | None = None


ResponseParameter = Annotated[
    TimepointResponse
    | LesionResponse
    | BestResponse
    | AnyResponse
    | LastResponse
    | ResponseAtVisit
    | EqualsResponse
    | RecordExists
    | DateExists,
    Field(discriminator="algorithm"),
]


class ResponseRules(Strict):
    """`responses:` of an ADaM dataset.

    An assessment is eligible after `start`, up to the first progression and each of `stops`, on or before the cut-off
    and `death` (all are dates of ADSL; `baseline` names the analysis visit of what precedes the start). Every subject
    of `population` has one row for each parameter that is not a timepoint response; subjects without a start are left
    out, or have rows without an assessment that counts (`without_start`).
    """

    population: Where
    start: str
    #: What an assessment on the very date of the start is: part of the baseline, or the first that counts.
    on_start: Literal["baseline", "counts"] = "baseline"
    without_start: Literal["excluded", "included"] = "excluded"
    stops: Texts = ()
    death: str | None = None
    windows: Windows
    baseline: str = "BASELINE"
    tie: Literal["earlier", "later"] = "earlier"
    flags: dict[SasName, RowFlag | ResponseFlag | SharedFlag]
    parameters: dict[SasName, ResponseParameter]

    @model_validator(mode="after")
    def _of_is_known(self) -> ResponseRules:
        for name, parameter in self.parameters.items():
            if isinstance(parameter, Timepoints | RecordExists | DateExists):
                continue
            wanted = BestResponse if isinstance(parameter, EqualsResponse) else Timepoints
            if not isinstance(self.parameters.get(parameter.of), wanted):
                kind = "best response" if wanted is BestResponse else "response at timepoints"
                raise ValueError(f"parameter {name}: 'of' names '{parameter.of}', which is no {kind} of this dataset")
        return self
