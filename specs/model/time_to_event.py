"""The rules of a time-to-event dataset (ADTTE) as data. `adam.adtte` carries them out for whatever parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from specs.model.base import SasName, Strict, Texts, Where
from specs.model.responses import Windows


class When(Strict):
    """A date of a subject: a date variable of ADSL, or that of an assessment that fulfils a condition.

    As a start the first such assessment is meant, as an event the first after the start, as the last date of a
    censored subject the last one that counts.
    """

    date: str | None = None
    assessment: Where | None = None
    #: The variable of ADSL that flags `date` as imputed.
    imputed: str | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> When:
        if (self.date is None) == (self.assessment is None):
            raise ValueError("give either 'date' (a variable of ADSL) or 'assessment' (a condition on its rows)")
        return self


class Event(When):
    """Something that ends the time: the date, or the first such assessment after the start. `text` is EVNTDESC.

    An assessment on the very date of the start is no event, unless `on_start` is `counts`.
    """

    text: str
    on_start: Literal["ignored", "counts"] = "ignored"


class _Censor(Strict):
    """What every reason for censoring has: CNSR, EVNTDESC and CNSDTDSC."""

    cnsr: int = Field(ge=1)
    text: str
    date_text: str


class Interruption(_Censor):
    """A date (of ADSL) after which assessments and events no longer count; the last assessment on or before it does.

    An event on that very date counts, unless `same_day` is `censored`.
    """

    reason: Literal["interruption"]
    date: str
    same_day: Literal["event", "censored"] = "event"


def _windows(value: Any) -> Any:
    return None if value in ("none", "off") else value


class Gap(_Censor):
    """An event after missed visits: at least `windows` of them lie wholly between the last assessment and the event.

    The windows are counted in study days from `day_one`, a date of ADSL. `windows: none` turns the rule off.
    """

    reason: Literal["gap"]
    windows: Annotated[int | None, BeforeValidator(_windows)]
    day_one: str


class NoAssessment(_Censor):
    """There is neither an event nor an assessment after the start: censored at the start."""

    reason: Literal["no_assessment"]


class SubjectState(_Censor):
    """A condition on the subject (in ADSL) holds, as that the study was discontinued."""

    reason: Literal["subject"]
    where: Where


class Otherwise(_Censor):
    """None of the others."""

    reason: Literal["otherwise"]


class LastDate(When, _Censor):
    """A date at which a subject without an event was last known to have none: that of ADSL, or the last assessment.

    Of several that a parameter names, the latest is the date of censoring; of two on one date, the one named last. A
    date before the start counts as the start.
    """

    reason: Literal["last_date"]


Censor = Annotated[
    Interruption | Gap | NoAssessment | SubjectState | Otherwise | LastDate, Field(discriminator="reason")
]


class TimeParameter(Strict):
    """A parameter: where its time starts, what ends it, what censors it, and which date a censored subject has.

    Events and interruptions on one date go by their order here. `rows: events` leaves out whoever has no event. Where
    the censors are `last_date`s, these have the date, and there is no `last`.
    """

    param: str = Field(max_length=200)
    number: int
    category: str | None = None
    method: str | None = None
    start: When
    events: Texts
    last: When | None = None
    censors: Texts = ()
    rows: Literal["all", "events"] = "all"


def _inherit(value: Any) -> Any:
    """Fill in a parameter that is `like` another one with what it does not say itself."""
    if not isinstance(value, Mapping):
        return value
    return {name: _complete(name, value, ()) for name in value}


def _complete(name: str, parameters: Mapping[str, Any], seen: tuple[str, ...]) -> Any:
    said = parameters[name]
    if not isinstance(said, Mapping) or "like" not in said:
        return said
    model = str(said["like"])
    if model not in parameters or model in (*seen, name):
        raise ValueError(f"parameter {name} is like '{model}', which is no other parameter; name one that is")
    own = {key: part for key, part in said.items() if key != "like"}
    inherited = _complete(model, parameters, (*seen, name))
    return {**inherited, **own} if isinstance(inherited, Mapping) else own


class TimeRules(Strict):
    """`time_to_event:` of an ADaM dataset.

    `assessments` names the dataset with the dated assessments. `events` and `censors` are defined once and named by
    the parameters. A subject of `population` has a row for each parameter whose start it has.
    """

    population: Where
    assessments: SasName
    windows: Windows
    unit: str = "DAYS"
    events: dict[str, Event]
    censors: dict[str, Censor]
    parameters: Annotated[dict[SasName, TimeParameter], BeforeValidator(_inherit)]

    def last_dates(self, parameter: TimeParameter) -> tuple[When, ...]:
        """Return the dates that a censored subject of a parameter may have."""
        if parameter.last is not None:
            return (parameter.last,)
        censors = [self.censors[name] for name in parameter.censors]
        return tuple(censor for censor in censors if isinstance(censor, LastDate))

    @model_validator(mode="after")
    def _names_are_known(self) -> TimeRules:
        for name, parameter in self.parameters.items():
            unknown = [one for one in parameter.events if one not in self.events]
            unknown += [one for one in parameter.censors if one not in self.censors]
            if unknown:
                raise ValueError(f"parameter {name} names events or censors that are not defined: {', '.join(unknown)}")
            reasons = [self.censors[one].reason for one in parameter.censors]
            if "last_date" in reasons:
                _require_last_dates_only(name, parameter, reasons)
                continue
            if parameter.last is None:
                raise ValueError(f"parameter {name} has no 'last'; say which date a censored subject has")
            if parameter.rows == "all" and "otherwise" not in reasons:
                raise ValueError(f"parameter {name}: no censor has the reason 'otherwise'; add one, or 'rows: events'")
            if reasons.count("gap") > 1:
                raise ValueError(f"parameter {name} has {reasons.count('gap')} gap rules; keep one")
        return self


def _require_last_dates_only(name: str, parameter: TimeParameter, reasons: Sequence[str]) -> None:
    if set(reasons) != {"last_date"}:
        raise ValueError(f"parameter {name} mixes the reason 'last_date' with others; name one kind only")
    if parameter.last is not None:
        raise ValueError(f"parameter {name} has 'last' beside censors that are a 'last_date'; remove 'last'")
