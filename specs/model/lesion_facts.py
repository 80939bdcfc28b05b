"""How a study's data identify lesions and state what became of them: the fact `lesions`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Protocol

from pydantic import Field

from clinical.conditions import columns_of
from specs.model.base import Strict, Texts, Where
from specs.model.maps import Source


class Lesions(Strict):
    """Where lesions are identified and measured, what the terms mean, and the limits of the criteria in mm.

    `identified` and `measured` are records of a dataset as TU and of one as TR, with the date of each. Their variables
    have the standard's names: --LNKID links the two, --EVAL and --EVALID say who assessed, --LNKGRP (else VISITNUM) is
    the timepoint.
    """

    identified: Source
    measured: Source
    #: What --STRESC of an identification can be; other terms are no lesions, but locations to look at.
    target_nodes: Texts = ("TARGET NODAL",)
    target_extranodal: Texts = ("TARGET EXTRA NODAL",)
    non_target: Texts = ("NON-TARGET NODAL", "NON-TARGET EXTRA NODAL")
    new: Texts = ("NEW NODAL", "NEW EXTRA NODAL")
    #: Identifications of lesions that arose from others, and the variable with the link ids of those.
    arisen: Where = ()
    parents: str | None = None
    #: The tests by --TESTCD.
    longest: str = "LDIAM"
    perpendicular: str = "LPERP"
    state: str = "TUMSTATE"
    sum_of_products: str = "SUMPPD"
    score: str = "FDP5PS"
    #: Results of `state` that mean disease, and the one among them that means progression.
    present: Texts = ("PRESENT", "INCREASED")
    increased: Texts = ("INCREASED",)
    #: Scores of a complete metabolic response, and of any other.
    complete_scores: Texts = ("1", "2", "3")
    other_scores: Texts = ("4", "5")
    #: A lesion is measurable where its longest diameter is above these.
    node_above: float = 15
    extranodal_above: float = 10
    most_targets: Annotated[int, Field(ge=1)] = 6
    #: What is too small to measure has this diameter, so that no measured one is smaller.
    too_small: float = 5
    #: How far a recorded sum may lie from the sum of the products, in mm2.
    sum_margin: Annotated[float, Field(ge=0)] = 1

    @property
    def targets(self) -> tuple[str, ...]:
        """The terms of target lesions."""
        return (*self.target_nodes, *self.target_extranodal)

    @property
    def lesions(self) -> tuple[str, ...]:
        """The terms of all lesions."""
        return (*self.targets, *self.non_target, *self.new)

    def reads(self) -> Iterator[tuple[str, list[str]]]:
        """Yield the datasets that the fact names, each with the variables that it cannot do without."""
        one, other = self.identified, self.measured
        parents = [self.parents] if self.parents else []
        named = [f"{one.dataset[:2]}{name}" for name in ("LNKID", "STRESC")]
        needed = ["USUBJID", one.variable, "VISITNUM", *named, *columns_of(one.where), *columns_of(self.arisen)]
        yield one.dataset, [*needed, *parents]
        named = [f"{other.dataset[:2]}{name}" for name in ("LNKID", "TESTCD", "STRESC", "STRESN")]
        yield other.dataset, ["USUBJID", other.variable, "VISITNUM", *named, *columns_of(other.where)]


class LesionReading(Protocol):
    """What a parameter says of the lesions that it is derived from."""

    @property
    def lesions(self) -> Lesions: ...
    @property
    def evaluator(self) -> tuple[str, ...]: ...
    @property
    def reader(self) -> tuple[str, ...]: ...
    @property
    def nodes(self) -> tuple[str, ...]: ...
    @property
    def spleen(self) -> tuple[str, ...]: ...
    @property
    def keep(self) -> tuple[str, ...]: ...
