"""A study's design and everything loaded of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from specs.model.analyses import Analyses
from specs.model.base import Strict, Texts, Where
from specs.model.codelists import ResolvedCodelist
from specs.model.dataset import DatasetSpec, VariableSource
from specs.model.explanations import Explanations
from specs.model.maps import Map, Source
from specs.model.raw import RawContract
from specs.model.submission import Submission


class Standards(Strict):
    """The versions that the study follows."""

    sdtmig: str = "3.4"
    adamig: str = "1.3"
    sdtm_terminology: str = "2025-03-28"
    adam_terminology: str = "2026-03-27"


class Dictionary(Strict):
    """An external dictionary, as MedDRA, with its version; never shipped.

    `variables` take their values from it, in whatever dataset they stand (`AEDECOD`), or in one (`CM.CMDECOD`).
    `used_for` says in words what else it serves, for the reviewer's guides.
    """

    name: str
    version: str
    variables: Texts = ()
    used_for: str | None = None


class ElementStart(Strict):
    """How the start of an element shows in the data: the earliest or latest of the sources, and `days` after it.

    An element that starts days after something else is there only for subjects who were `seen` on that day or later.
    """

    pick: Literal["earliest", "latest"] = "earliest"
    of: tuple[Source, ...]
    days: int = Field(default=0, ge=0)
    seen: tuple[Source, ...] = ()

    @model_validator(mode="after")
    def _days_need_to_be_seen(self) -> ElementStart:
        if bool(self.days) != bool(self.seen):
            raise ValueError("give 'days' and 'seen' together: until when a subject was seen decides on the start")
        return self

    @property
    def sources(self) -> tuple[Source, ...]:
        """Everything that the start reads."""
        return (*self.of, *self.seen)


class Element(Strict):
    """A trial element (TE), with the rule that says when a subject is in it (SE)."""

    etcd: str
    element: str
    start_rule: str
    end_rule: str | None = None
    duration: str | None = None
    start: ElementStart | None = None


class ArmElement(Strict):
    """An element's place in an arm (TA)."""

    etcd: str
    epoch: str
    branch: str | None = None
    transition: str | None = None


class Arm(Strict):
    """A planned path through the trial."""

    armcd: str
    arm: str
    elements: tuple[ArmElement, ...]


class PlannedVisit(Strict):
    """A scheduled visit (TV): number, name, planned day, window in study days, and the export's event names.

    A visit that the export never has (its data come from elsewhere) has no `events`.
    """

    visitnum: float
    visit: str
    day: int | None = None
    window: tuple[int, int] | None = None
    events: Texts = ()
    start_rule: str | None = None
    end_rule: str | None = None
    #: Whether TV describes it; an event that is no visit (a log form) has no number and is left out of the list.
    planned: bool = True


class UnscheduledVisits(Strict):
    """How unplanned events are numbered and named.

    `after_last`: the number of the last scheduled visit before it, plus 0.1, 0.2, …; `from_name`: the number that
    `pattern` (a regular expression with one group) finds in the event's name. `visit` may hold `{visitnum}`.
    """

    numbering: Literal["after_last", "from_name"]
    events: Texts = ()
    pattern: str | None = None
    visit: str = "UNSCHEDULED {visitnum}"


class VisitDates(Strict):
    """The form that states when a visit took place, and how."""

    form: str
    start: Map
    end: Map | None = None
    where: Where = ()
    #: The column with the reason why it did not take place.
    reason: str | None = None


class Visits(Strict):
    """`visits:` of study.yaml; `others` are events of the export that are no visits, such as log forms.

    An event that is none of these is reported.
    """

    planned: tuple[PlannedVisit, ...] = ()
    unscheduled: UnscheduledVisits | None = None
    dates: VisitDates | None = None
    others: Texts = ()


class Criterion(Strict):
    """An inclusion or exclusion criterion (TI)."""

    code: str
    text: str
    category: Literal["INCLUSION", "EXCLUSION"]


class SummaryParameter(Strict):
    """One row of TS: a value, or the reason why there is none (ISO 21090 null flavor)."""

    parameter: str
    value: str | None = None
    #: The codelist whose term the value is; its C-code becomes TSVALCD.
    codelist: str | None = None
    null_flavor: str | None = None
    code: str | None = None
    reference: str | None = None
    version: str | None = None
    group: str | None = None


class FlowStep(Strict):
    """A step of the subjects' way through the trial, for the report: the subjects with such a row."""

    label: str
    dataset: str
    where: Where = ()


class StudyDesign(Strict):
    """`study.yaml`."""

    id: str
    name: str
    title: str
    standards: Standards = Standards()
    dictionaries: dict[str, Dictionary] = {}
    #: The latest date that counts; `--cutoff` overrides it; without both it is the latest date in the data.
    cutoff: str | None = None
    submission: Submission = Submission()
    #: Variables that every SDTM dataset with subjects has, as STUDYID and USUBJID.
    common: dict[str, VariableSource] = {}
    arms: tuple[Arm, ...] = ()
    elements: tuple[Element, ...] = ()
    #: The subject's last day in the trial: the end of the last element.
    participation_end: ElementStart | None = None
    visits: Visits = Visits()
    criteria: tuple[Criterion, ...] = ()
    trial_summary: tuple[SummaryParameter, ...] = ()
    #: The steps that the report counts subjects by, from consent to the last visit.
    subject_flow: tuple[FlowStep, ...] = ()
    #: The study's decisions that ADaM rules refer to by name.
    settings: dict[str, Any] = {}


class Method(Strict):
    """How a variable is derived, in the words that Define-XML prints."""

    name: str
    text: str
    type: Literal["Computation", "Imputation"] = "Computation"


def _factors(value: Any) -> Any:
    return {unit: {"factor": factor} if isinstance(factor, str) else factor for unit, factor in value.items()}


def _fraction(value: Any) -> Any:
    """Turn a fraction such as `5/9` into its number; any other text is left to pydantic."""
    try:
        return float(Fraction(value)) if isinstance(value, str) and "/" in value else value
    except (ValueError, ZeroDivisionError):
        return value


#: A decimal number, or a fraction of two whole ones.
Ratio = Annotated[float, BeforeValidator(_fraction)]


class Conversion(Strict):
    """standard = collected × factor + offset; each may be written as a fraction."""

    factor: Ratio
    offset: Ratio = 0.0


class Quantity(Strict):
    """The standard unit of a test, the conversions to it, and how many decimals a converted value keeps."""

    standard: str
    decimals: int | None = None
    #: The range a converted value may have without being implausible.
    plausible: tuple[float, float] | None = None
    conversions: Annotated[dict[str, Conversion], BeforeValidator(_factors)] = {}

    @model_validator(mode="after")
    def _in_order(self) -> Quantity:
        if self.plausible and self.plausible[0] > self.plausible[1]:
            raise ValueError("plausible: the lower limit is above the upper one; write [lower, upper]")
        return self


@dataclass(frozen=True)
class Study:
    """Everything a study says, resolved and linted; what every stage is handed.

    `files` maps each YAML file (relative to the study's folder) to its SHA-256. `unread` names the datasets and files
    that cannot be used as they are, of which the linter says nothing further; it is empty in a study that was loaded.
    """

    folder: Path
    design: StudyDesign
    raw: RawContract
    sdtm: Mapping[str, DatasetSpec]
    adam: Mapping[str, DatasetSpec]
    codelists: Mapping[str, ResolvedCodelist]
    methods: Mapping[str, Method]
    units: Mapping[str, Quantity]
    decodes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    analyses: Analyses = field(default_factory=Analyses)
    explanations: Explanations = field(default_factory=Explanations)
    unread: frozenset[str] = frozenset()

    @property
    def id(self) -> str:
        """The study identifier, as in STUDYID."""
        return self.design.id

    @property
    def chinese_font(self) -> Path | None:
        """The font of Chinese characters in PDF files, None where the study names none."""
        font = self.design.submission.font
        return self.folder / font if font else None
