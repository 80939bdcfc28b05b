"""Verbs for records with values: baseline, change, analysis visits, toxicity grades (ADLB and its like)."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import model_validator

from specs.model.adam_verb import Verb
from specs.model.base import SomeTexts, Strict, Texts, Where

_PLACEHOLDER = re.compile(r"\{([A-Z][A-Z0-9]*(?:\.[A-Z_][A-Z0-9_]*)?)\}")


class LastRecord(Verb):
    """Y on one record of each group: of those for which `where` holds the last by `order`, else missing.

    Missing values come first in `order`.
    """

    algorithm: Literal["last_record"]
    by: SomeTexts
    where: Where = ()
    order: SomeTexts

    def reads(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*super().reads(), *self.by, *self.order)))

    def own_conditions(self) -> tuple[Where, ...]:
        return (self.where,)


class GroupValue(Verb):
    """On every record of a group the value of its first record for which `where` holds."""

    algorithm: Literal["group_value"]
    of: str
    by: SomeTexts
    where: Where

    def reads(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*super().reads(), self.of, *self.by)))

    def own_conditions(self) -> tuple[Where, ...]:
        return (self.where,)


class Number(Verb):
    """The number that a text is; a text that is none is reported and has none."""

    algorithm: Literal["number"]
    of: str

    def reads(self) -> tuple[str, ...]:
        return (self.of,)


class GroupSum(Verb):
    """On every record of a group the sum of a value over those for which `where` holds; without `of`, their number."""

    algorithm: Literal["group_sum"]
    of: str | None = None
    by: SomeTexts
    where: Where = ()

    def reads(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((*super().reads(), *([self.of] if self.of else []), *self.by)))

    def numbers(self) -> tuple[str, ...]:
        return (self.of,) if self.of else ()

    def own_conditions(self) -> tuple[Where, ...]:
        return (self.where,)


class Change(Verb):
    """The difference of a value from another, or that difference in percent of the other."""

    algorithm: Literal["change"]
    of: str
    base: str
    unit: Literal["absolute", "percent"] = "absolute"

    def reads(self) -> tuple[str, ...]:
        return (self.of, self.base)

    def numbers(self) -> tuple[str, ...]:
        return (self.of, self.base)


class Compose(Verb):
    """A text with variables in it (`{BNRIND} to {ANRIND}`); missing where one of them is."""

    algorithm: Literal["compose"]
    text: str

    def reads(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(_PLACEHOLDER.findall(self.text)))

    def parts(self) -> list[str]:
        """Return fixed text and references in turn, fixed text first."""
        return _PLACEHOLDER.split(self.text)

    @model_validator(mode="after")
    def _has_variables(self) -> Compose:
        if not self.reads():
            raise ValueError("the text names no variable; write one as {BNRIND}, or use 'hardcode'")
        return self


class AnalysisVisit(Verb):
    """The window of `records: windows` that a study day lies in: its name, number, target or the distance from it."""

    algorithm: Literal["analysis_visit"]
    day: str
    part: Literal["visit", "number", "target", "distance"]

    def reads(self) -> tuple[str, ...]:
        return (self.day,)

    def numbers(self) -> tuple[str, ...]:
        return (self.day,)


class Grading(Strict):
    """What a study decides about grading laboratory results.

    `graded_as` are tests that are graded as another one (`{CA: CACR}`: total calcium stands for the corrected one);
    `terms` limits grading to some terms of the criteria. `assume` are conditions that no result says: `symptoms`
    (where they decide between two grades, the higher one is given) and `anticoagulation`. A result without the baseline
    that its criterion needs is graded as if that had been `normal`, or stays `ungraded`.
    """

    criteria: Literal["CTCAE"] = "CTCAE"
    version: str = "5.0"
    graded_as: dict[str, str] = {}
    terms: Texts = ()
    assume: tuple[Literal["symptoms", "anticoagulation"], ...] = ()
    without_baseline: Literal["normal", "ungraded"] = "normal"


class ToxicityGrade(Verb):
    """The toxicity grade of a laboratory result: low, high, or the one that is not 0 (`any`); or the criterion's term.

    `baseline` is the flag of the baseline record, `by` what has one; its value and range decide where the criteria go
    by the baseline.
    """

    algorithm: Literal["toxicity_grade"]
    direction: Literal["low", "high", "any"]
    part: Literal["grade", "number", "term"] = "grade"
    test: str
    unit: str
    specimen: str | None = None
    value: str = "AVAL"
    low: str = "ANRLO"
    high: str = "ANRHI"
    baseline: str = "ABLFL"
    by: SomeTexts = ("USUBJID", "PARAMCD")
    grading: Grading = Grading()

    @model_validator(mode="after")
    def _a_term_has_a_direction(self) -> ToxicityGrade:
        if self.part == "term" and self.direction == "any":
            raise ValueError("a term has a direction; set 'direction' to low or high")
        return self

    def reads(self) -> tuple[str, ...]:
        specimen = [self.specimen] if self.specimen else []
        return (self.test, self.unit, *specimen, self.value, self.low, self.high, self.baseline, *self.by)

    def numbers(self) -> tuple[str, ...]:
        return (self.value, self.low, self.high)


#: The verbs of this module; they need rows with records.
BdsVerb = LastRecord | GroupValue | Number | GroupSum | Change | Compose | AnalysisVisit | ToxicityGrade
