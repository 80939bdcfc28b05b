"""The laboratory of a simulation plan: tests with units and ranges, panels, and what changes the values."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from specs.model.base import Strict, Texts
from specs.model.simulation_basics import Chance, Days, Weights


class LabUnit(Strict):
    """A unit, the factor by which the plan's values become values in it, and the decimals of results."""

    unit: str
    factor: float = 1
    decimals: int = 0


class LabTest(Strict):
    """A test: its name (also by country), units by system, reference range (also by sex), and values.

    Values and ranges are those of a unit with factor 1; values are log-normal about the median. `of` makes the value a
    multiple (`median`) of the sum of other tests above it. Below `limit` a result is written as such.
    """

    name: str
    names: dict[str, str] = {}
    units: dict[str, LabUnit]
    range: tuple[float, float]
    ranges: dict[str, tuple[float, float]] = {}
    of: Texts = ()
    median: float
    spread: float
    lowest: float
    highest: float
    limit: float | None = None


class LabVisit(Strict):
    """The panel of a visit, and how many days before it the sample is taken."""

    panel: str
    before: Days = (0, 0)


class LabEffect(Strict):
    """Factors by test between two days since something."""

    since: Literal["conditioning", "first_infusion", "progression"]
    days: Days
    tests: dict[str, float]


class LabReaction(Strict):
    """Factors by test and ASTCT grade while a syndrome lasts and some days after."""

    syndrome: str
    after: int
    tests: dict[str, tuple[float, float, float, float]]


class Laboratory(Strict):
    """Local laboratories: what they measure at which visit, in which units, and how often they fail to."""

    name: str
    system: str
    #: Country -> the system of units of its laboratories where it is another one.
    systems: dict[str, str] = {}
    tests: dict[str, LabTest]
    panels: dict[str, Texts]
    visits: dict[str, LabVisit]
    effects: tuple[LabEffect, ...]
    reactions: tuple[LabReaction, ...]
    #: Reason of a screen failure -> factors of the results that it tells of.
    failures: dict[str, dict[str, float]] = {}
    #: By how much the ranges of laboratories differ (a share).
    range_shift: float
    minutes: Days
    before_infusion: Days
    not_done: Chance
    reasons: Weights
    #: Unit -> how some write it, and how often.
    variants: dict[str, Texts] = {}
    variant: Chance = 0

    @model_validator(mode="after")
    def _parts_fit_together(self) -> Laboratory:
        named = {test for panel in self.panels.values() for test in panel}
        named |= {test for effect in self.effects for test in effect.tests}
        named |= {test for reaction in self.reactions for test in reaction.tests}
        named |= {test for factors in self.failures.values() for test in factors}
        for name, test in self.tests.items():
            missing = {self.system, *self.systems.values()} - test.units.keys()
            if missing:
                raise ValueError(f"test {name} has no unit of {', '.join(sorted(missing))}; add it under units")
        if named - self.tests.keys():
            raise ValueError(f"tests are not described: {', '.join(sorted(named - self.tests.keys()))}; add them")
        late = {part for at, test in enumerate(self.tests.values()) for part in set(test.of) - set([*self.tests][:at])}
        if late:
            raise ValueError(f"tests under 'of' must stand above: {', '.join(sorted(late))}; move them up")
        panels = {visit.panel for visit in self.visits.values()} - self.panels.keys()
        if panels:
            raise ValueError(f"panels are not described: {', '.join(sorted(panels))}; add them")
        return self
