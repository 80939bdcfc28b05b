"""The rules of a dataset of tumour measurements (ADTR) as data. `adam.adtr` carries them out."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from specs.model.base import SasName, Strict, Texts, Where
from specs.model.lesion_facts import Lesions
from specs.model.maps import Source
from specs.model.responses import Windows

#: What a flag on the rows says:
#: - `baseline`: the sum before the start;
#: - `eligible`: a sum after the start, up to the first progression, death and each of the dates that stop;
#: - `lowest`: of the eligible ones with a change from baseline the lowest, of equal ones the first.
SumFlag = Literal["baseline", "eligible", "lowest"]


class SumOfProducts(Strict):
    """The sum of the products of diameters of all target lesions at each timepoint with CT, in mm2.

    `lesions` is the fact that says where they stand, `evaluator` whose records are meant (--EVAL; empty: all of them),
    `reader` whose, where several made records (--EVALID). `date` is the scan whose date a timepoint takes.
    """

    algorithm: Literal["sum_of_products"]
    param: str = Field(max_length=200)
    number: int
    method: str | None = None
    lesions: Lesions
    evaluator: Texts = ()
    reader: Texts = ()
    nodes: Texts = ("TARGET NODAL", "NON-TARGET NODAL", "NEW NODAL")
    spleen: Texts = ("SPLEEN",)
    date: Literal["earliest", "latest"] = "latest"
    #: Variables of the records of measurements that are kept.
    keep: Texts = ()


class TumorResults(Strict):
    """`tumor_results:` of an ADaM dataset.

    Dates are those of ADSL. `progression` are the rows of another dataset whose first date after `start` is the last
    that counts; `baseline` names the analysis visit of what precedes the start.
    """

    population: Where
    start: str
    stops: Texts = ()
    death: str | None = None
    progression: Source | None = None
    windows: Windows
    baseline: str = "BASELINE"
    flags: dict[SasName, SumFlag] = {}
    parameters: Annotated[dict[SasName, SumOfProducts], Field(min_length=1)]
