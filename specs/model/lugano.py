"""The Lugano 2014 criteria as settings: every threshold by which lesions and uptake become a response."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from specs.model.base import Strict, Texts

Millimetres = Annotated[float, Field(ge=0)]
Centimetres = Annotated[float, Field(ge=0)]
Percent = Annotated[float, Field(ge=0)]


class Growth(Strict):
    """What makes one target lesion progress: all three at once, each counted from the lesion's nadir."""

    #: A node, and an extranodal lesion, must be longer than this.
    node_above: Millimetres = 15
    extranodal_above: Millimetres = 10
    #: By how much the product of the diameters must have grown.
    product: Percent = 50
    #: By how much either diameter must have grown, for a lesion of up to `boundary` at its nadir and for a longer one.
    increment: Millimetres = 5
    larger_increment: Millimetres = 10
    boundary: Millimetres = 20
    #: The nadir: the diameters at the timepoint of the smallest product, or the smallest diameters ever recorded.
    nadir: Literal["smallest_product", "smallest_diameters"] = "smallest_product"


class Spleen(Strict):
    """The craniocaudal length of the spleen, in cm; above `normal` it is enlarged by the difference."""

    normal: Centimetres = 13
    #: By how much the enlargement must have shrunk from baseline for a partial response (more than).
    regression: Percent = 50
    #: By how much the enlargement must have grown from its nadir to be progression (more than).
    growth: Percent = 50
    #: By how many cm a spleen of normal size must have grown (at least).
    new_growth: Centimetres = 2


class Lugano(Strict):
    """Settings of the lesion-derived response (Cheson et al. 2014); defaults are the published values."""

    #: Longest diameter up to which a node is normal again.
    normal_node: Millimetres = 15
    #: Fall of the sum of products from baseline that is a partial response (at least).
    partial: Percent = 50
    growth: Growth = Growth()
    #: New lesions that count when they were measured: longer than these; without a diameter they always count.
    new_node_above: Millimetres = 15
    new_extranodal_above: Millimetres = 0
    spleen: Spleen = Spleen()
    #: Deauville scores without lymphoma, and those with it.
    complete_scores: Texts = ("1", "2", "3", "X")
    active_scores: Texts = ("4", "5")
    decreased: Texts = ("DECREASED",)
    unchanged: Texts = ("UNCHANGED",)
    increased: Texts = ("INCREASED",)
    marrow_normal: Texts = ("NORMAL", "NEGATIVE")
    marrow_focal: Texts = ("FOCALLY INCREASED",)
    #: What a complete response on CT is worth where PET was not done or not evaluable.
    ct_complete_without_pet: Literal["PR", "CR"] = "PR"

    @model_validator(mode="after")
    def _scores_are_apart(self) -> Lugano:
        both = sorted({*self.complete_scores} & {*self.active_scores})
        if both:
            raise ValueError(f"scores {', '.join(both)} stand under complete_scores and active_scores; keep one")
        return self
