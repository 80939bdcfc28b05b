"""Where a study's data say what its rules and analyses ask of them: infusion, response, new therapy, death, …

`settings: {facts: …}` of study.yaml. No category, test or term of a study is written in code; whoever needs the
infusions asks for the fact `infusion`. A fact that a study does not state is None or empty: what rests on it does not
apply to the study.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, model_validator

from specs.model.base import Strict, Texts, Where
from specs.model.maps import Source


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
    progression: Texts = ("PD",)
    not_evaluable: Texts = ("NE",)
    #: Values that count, but that the site is asked about, as CRi in a lymphoma trial.
    unusual: Texts = ()

    @property
    def ranks(self) -> dict[str, int]:
        """How good each value is: 4 complete, 3 partial, 2 stable, 1 progression, 0 not evaluable."""
        groups = (self.not_evaluable, self.progression, self.stable, self.partial, self.complete)
        return {value: rank for rank, values in enumerate(groups) for value in values}


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


def facts_of(settings: Mapping[str, Any]) -> Facts:
    """Return the facts that `settings` state under `facts`; none stated make an empty `Facts`.

    Raises:
        pydantic.ValidationError: a fact has an unknown key or a value of the wrong shape.
    """
    return Facts.model_validate(settings.get("facts") or {})
