"""An ADaM dataset's specification as YAML says it; `specs.resolve_adam` joins it with ADaMIG."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import model_validator

from specs.model.adam_maps import AdamMap
from specs.model.adam_row_maps import AnalysisRecords
from specs.model.base import Label, SasName, Strict, Texts
from specs.model.dataset import Origin
from specs.model.responses import ResponseRules
from specs.model.study import Method
from specs.model.time_to_event import TimeRules
from specs.model.tumor_results import TumorResults


class AdamVariableSource(Strict):
    """What a study says of an ADaM variable; what ADaMIG says is inherited.

    A variable without a `map` is one that the dataset's rules make (AVAL, ADT, CNSR, …).
    """

    label: Label | None = None
    type: Literal["Char", "Num"] | None = None
    length: int | None = None
    format: str | None = None
    codelist: str | None = None
    core: Literal["Req", "Exp", "Perm", "Cond"] | None = None
    origin: Origin | None = None
    method: str | None = None
    comment: str | None = None
    map: AdamMap | None = None


#: The classes of analysis data that Define-XML names (CDISC codelist General Observation Class).
AdamClass = Literal[
    "SUBJECT LEVEL ANALYSIS DATASET",
    "BASIC DATA STRUCTURE",
    "OCCURRENCE DATA STRUCTURE",
    "REFERENCE DATA STRUCTURE",
    "DEVICE LEVEL ANALYSIS DATASET",
    "MEDICAL DEVICE BASIC DATA STRUCTURE",
    "MEDICAL DEVICE OCCURRENCE DATA STRUCTURE",
    "ADAM OTHER",
]


class AdamSource(Strict):
    """One YAML file under `adam/`; file and dataset have the same name, variables stand in their final order.

    `follows` is the structure of ADaMIG (OCCDS: of its companion for occurrences). `required` names datasets without
    which this one cannot be built, with the variables that they must have; every other dataset or variable that is
    absent counts as empty. `methods` are texts for Define-XML, shared with the study's other datasets.
    """

    dataset: SasName
    follows: Literal["ADSL", "BDS", "TTE", "OCCDS"]
    label: Label
    structure: str | None = None
    class_name: AdamClass | None = None
    keys: Texts = ()
    required: dict[SasName, Texts]
    variables: dict[SasName, AdamVariableSource]
    responses: ResponseRules | None = None
    time_to_event: TimeRules | None = None
    tumor_results: TumorResults | None = None
    records: AnalysisRecords | None = None
    methods: dict[str, Method] = {}
    comment: str | None = None

    @model_validator(mode="after")
    def _rules_fit_the_structure(self) -> AdamSource:
        known = ("responses", "time_to_event", "records", "tumor_results")
        given = [name for name in known if getattr(self, name) is not None]
        if self.follows == "ADSL" and given:
            raise ValueError(f"{self.dataset} follows ADSL, whose variables have a map; remove '{given[0]}'")
        of_structure = {"OCCDS": ("records",), "TTE": ("time_to_event",)}
        wanted = of_structure.get(self.follows, ("responses", "records", "tumor_results"))
        if self.follows != "ADSL" and (len(given) != 1 or given[0] not in wanted):
            raise ValueError(
                f"{self.dataset} follows {self.follows}: give {' or '.join(map(repr, wanted))}, and no other"
            )
        return self


@dataclass(frozen=True)
class AdamRules:
    """What `DatasetSpec.rules` holds for an ADaM dataset; windows are lists."""

    required: dict[str, tuple[str, ...]]
    responses: ResponseRules | None = None
    time_to_event: TimeRules | None = None
    tumor_results: TumorResults | None = None
    records: AnalysisRecords | None = None
