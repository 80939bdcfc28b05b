"""Facts about cell therapy that rules compare: doses per body weight, and grades of an event day by day."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from specs.model.base import Strict, Where
from specs.model.maps import Source


class Measurement(Source):
    """Results of a test: `variable` is the date, `result` the number in the standard unit."""

    result: str


class DosePerWeight(Source):
    """Doses that are given per kg of body weight and as a total: `variable` is the date of the dose.

    `dose` is the variable with the dose per kg, `total` the supplemental qualifier of the dataset with the total. The
    last `weight` on or before the dose must fit both, give or take `tolerance`, a part of the total.
    """

    dose: str
    total: str
    weight: Measurement
    tolerance: Annotated[float, Field(gt=0)] = 0.1


class ScoreGrades(Strict):
    """The grades that a range of a score stands for."""

    at_least: float
    at_most: float
    grades: tuple[float, ...]

    @model_validator(mode="after")
    def _range_is_ordered(self) -> ScoreGrades:
        if self.at_least > self.at_most:
            raise ValueError("at_least is above at_most; write the lower limit first")
        return self


class DailyScore(Strict):
    """The score that decides the grade of a day, as the ICE score does for ICANS; scores in no range decide nothing."""

    where: Where
    grades: tuple[ScoreGrades, ...]


class DailyGrades(Source):
    """Grades of an adverse event day by day: `variable` is the day, `result` the number.

    `event` is the variable whose text is the `key` of the event in AE. The worst day is the event's second grade, of
    which a day shows no more than `highest` (a grade of 5 is the event's alone).
    """

    result: str
    event: str
    key: str
    highest: float = 4
    score: DailyScore | None = None
