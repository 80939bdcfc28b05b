"""Verbs of an ADaM `map:` that reckon: with dates, with numbers, with conditions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from clinical.conditions import Condition, columns_of
from specs.model.adam_verb import Verb
from specs.model.base import Where

if TYPE_CHECKING:
    from specs.model.adam_maps import AdamMap


class Duration(Verb):
    """end - start + 1 in days, or that number of days in months; without `inclusive`, end - start."""

    algorithm: Literal["duration"]
    start: str
    end: AdamMap
    unit: Literal["days", "months"] = "days"
    days_per_month: float = 30.4375
    inclusive: bool = True

    def reads(self) -> tuple[str, ...]:
        return (self.start,)

    def dates(self) -> tuple[str, ...]:
        return (self.start, *self.end.passed_on())

    def inner(self) -> tuple[AdamMap, ...]:
        return (self.end,)


class ShiftDate(Verb):
    """A date that lies `days` after another (before it, if negative), but not before the date `not_before`."""

    algorithm: Literal["shift_date"]
    date: str
    days: int
    not_before: str | None = None

    def reads(self) -> tuple[str, ...]:
        return (self.date, *([self.not_before] if self.not_before else []))

    def dates(self) -> tuple[str, ...]:
        return self.reads()


class Ratio(Verb):
    """The numerator divided by a power of the denominator, times a factor; rounded if `decimals` are given."""

    algorithm: Literal["ratio"]
    numerator: AdamMap
    denominator: AdamMap
    power: Annotated[int, Field(ge=1, le=3)] = 1
    factor: float = 1
    decimals: Annotated[int, Field(ge=0)] | None = None

    def inner(self) -> tuple[AdamMap, ...]:
        return (self.numerator, self.denominator)


class Score(Verb):
    """How many of the conditions hold; missing where a variable that one of them reads is missing."""

    algorithm: Literal["score"]
    points: Annotated[tuple[Where, ...], Field(min_length=1)]

    def own_conditions(self) -> tuple[Condition, ...]:
        return self.points

    def reads(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for point in self.points for name in columns_of(point)))
