"""The lesions of a simulation plan: where they are, how large, and how they shrink, vanish, grow and appear.

The bounds of the factors keep the recorded sizes true to the criteria of Lugano 2014 whatever is drawn within them.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, model_validator

from specs.model.base import Strict
from specs.model.simulation_basics import Chance, Days, Weights

#: The most lesions of each kind that a subject can have.
MOST_TARGETS, MOST_NON_TARGETS, MOST_NEW = 6, 4, 2


def _factors(bounds: tuple[float, float]) -> tuple[float, float]:
    if not 0 < bounds[0] <= bounds[1]:
        raise ValueError(f"the range [{bounds[0]:g}, {bounds[1]:g}] is empty or not above 0; write [lowest, highest]")
    return bounds


#: A range of numbers above 0, both ends included.
Factors = Annotated[tuple[float, float], AfterValidator(_factors)]


def _counts(most: int, least: int) -> AfterValidator:
    def check(weights: dict[str, float]) -> dict[str, float]:
        known = {str(count) for count in range(least, most + 1)}
        if weights.keys() - known:
            wrong = ", ".join(sorted(weights.keys() - known))
            raise ValueError(f"numbers of lesions must lie between {least} and {most}; change {wrong}")
        return weights

    return AfterValidator(check)


class Region(Strict):
    """A region of the body where a lesion can be; at most one lesion of a subject is in each."""

    location: str
    weight: float
    nodal: bool = True
    sided: bool = False


class Spleen(Strict):
    """The length of the spleen in cm, normal and enlarged."""

    enlarged: Chance
    normal: Factors
    length: Factors

    @model_validator(mode="after")
    def _on_both_sides_of_normal(self) -> Spleen:
        if self.normal[1] > 12.4 or self.length[0] < 14:
            raise ValueError("spleen: a normal one ends at 12.4 cm and an enlarged one starts at 14 cm; change them")
        return self


class Progression(Strict):
    """How often progression on CT shows in each way; where it shows in none, a target lesion grows."""

    growth: Chance
    new_lesion: Chance
    non_target: Chance
    second_new_lesion: Chance
    spleen: Chance
    marrow: Chance
    #: By how many mm a growing lesion grows in a month beyond what makes it progression.
    pace: Days


class Unreadable(Strict):
    """Why a lesion, the spleen or PET was not evaluable at an assessment that was not."""

    lesion: Weights
    spleen: Weights
    spleen_too: Chance
    non_target_too: Chance
    pet: Weights


class Uptake(Strict):
    """The scores of PET and the uptake of the marrow before treatment."""

    baseline: Weights
    complete: Weights
    marrow: dict[Literal["Normal", "Focal", "Diffuse"], float]


class Wording(Strict):
    """What the forms write, each in the order given here."""

    #: Nodal, extranodal.
    kinds: tuple[str, str]
    #: Left, right.
    sides: tuple[str, str]
    #: CT alone, PET and CT in one.
    methods: tuple[str, str]
    #: Measured, too small to measure, not visible, not evaluable.
    target: tuple[str, str, str, str]
    #: Split, merged.
    changes: tuple[str, str]
    #: Present, absent, increased, not evaluable.
    non_target: tuple[str, str, str, str]
    #: Present, absent.
    new: tuple[str, str]
    #: Normal, enlarged.
    liver: tuple[str, str]
    #: Decreased, unchanged, increased.
    uptake: tuple[str, str, str]


class Lesions(Strict):
    """Lesions before treatment and what becomes of them; sizes in whole mm."""

    #: How often those have been scanned who failed screening, and how long after the visit scans are made.
    failures_scanned: Chance
    scanned: Days
    pet_same_day: Chance
    pet_and_ct_in_one: Chance
    targets: Annotated[Weights, _counts(MOST_TARGETS, 1)]
    non_targets: Annotated[Weights, _counts(MOST_NON_TARGETS, 0)]
    regions: tuple[Region, ...]
    #: Longest diameters of the largest node, of the other nodes and of extranodal lesions.
    largest: Days
    nodes: Days
    extranodal: Days
    #: The perpendicular diameter as a share of the longest one.
    width: Factors
    spleen: Spleen
    liver_enlarged: Chance
    uptake: Uptake
    #: Diameters in stable disease and in partial response as a share of those at baseline.
    stable: Factors
    partial: Factors
    #: How often a lesion other than the largest is gone in partial response, and in complete response.
    gone_in_partial: Chance
    gone_in_complete: Chance
    too_small: Chance
    #: How often CT lags behind PET, and by how many days.
    ct_lags: Chance
    ct_lag: Days
    split: Chance
    merged: Chance
    #: Pairs of regions whose lesions can merge.
    neighbours: tuple[tuple[str, str], ...]
    progression: Progression
    unreadable: Unreadable
    wording: Wording

    @model_validator(mode="after")
    def _sizes_allow_every_response(self) -> Lesions:
        rules = [
            (self.largest[0] >= 28, "largest: starts at 28 mm or more"),
            (self.nodes[0] >= 16, "nodes: measurable ones are longer than 15 mm"),
            (self.extranodal[0] >= 11, "extranodal: measurable ones are longer than 10 mm"),
            (max(self.largest[1], self.nodes[1], self.extranodal[1]) <= 150, "lesions: at most 150 mm"),
            (self.width[0] >= 0.65 and self.width[1] <= 1, "width: between 0.65 and 1"),
            (self.stable[0] >= 0.84 and self.stable[1] <= 1.06, "stable: between 0.84 and 1.06"),
            (self.partial[0] >= 0.3 and 0.62 <= self.partial[1] <= 0.66, "partial: from 0.3 to between 0.62 and 0.66"),
        ]
        wrong = [text for right, text in rules if not right]
        if wrong:
            raise ValueError(f"{'; '.join(wrong)}. Change the numbers, or responses would not be true")
        return self

    @model_validator(mode="after")
    def _regions_suffice(self) -> Lesions:
        wanted = MOST_TARGETS + MOST_NON_TARGETS + MOST_NEW
        if len(self.regions) < wanted or not any(region.nodal for region in self.regions):
            raise ValueError(f"regions: at least {wanted} are needed, one of them nodal; add some")
        known = {region.location for region in self.regions}
        unknown = sorted({location for pair in self.neighbours for location in pair} - known)
        if unknown:
            raise ValueError(f"neighbours: {', '.join(unknown)} is no region; add it there or mend its spelling")
        return self
