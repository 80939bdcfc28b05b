"""What all parts of a simulation plan share: chances, ranges of days, weights, lengths."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from specs.model.base import Strict

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
