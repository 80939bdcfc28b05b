"""A dataset's specification: as YAML says it (`…Source`), and resolved against the standard (`…Spec`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from specs.model.base import Label, SasName, Strict, Texts, Where
from specs.model.maps import Map
from specs.model.relationships import Relationship

OriginType = Literal["Collected", "Derived", "Assigned", "Protocol", "Predecessor", "Not Available"]


class Origin(Strict):
    """Where a variable's values come from (Define-XML 2.1, def:Origin)."""

    type: OriginType
    source: Literal["Subject", "Investigator", "Vendor", "Sponsor"] | None = None
    pages: Texts = ()
    predecessor: str | None = None


class VariableSource(Strict):
    """What a study says of a variable; what the standard already says is inherited."""

    label: Label | None = None
    type: Literal["Char", "Num"] | None = None
    length: int | None = None
    format: str | None = None
    codelist: str | None = None
    core: Literal["Req", "Exp", "Perm", "Cond"] | None = None
    role: str | None = None
    origin: Origin | None = None
    method: str | None = None
    comment: str | None = None
    #: Who judged the value; QEVAL of a supplemental qualifier (SDTMIG 3.4, 8.4.1).
    evaluator: str | None = None
    map: Map | None = None


class StackRow(Strict):
    """One row that a wide form becomes: helper columns with constants, and helper columns copied from the form.

    With `differs`, the row is made only where the two columns of the form have different values.
    """

    constants: dict[str, str] = {}
    columns: dict[str, str] = {}
    where: Where = ()
    differs: tuple[str, str] | None = None


class Stack(Strict):
    """How a wide form becomes several records; a row without a value in `keep` is not made."""

    rows: tuple[StackRow, ...]
    keep: Texts = ()


class RecordSource(Strict):
    """Rows of one form that become records; several sources are stacked under each other."""

    form: str
    where: Where = ()
    stack: Stack | None = None
    #: Maps that hold for these records only, before the variable's own.
    map: dict[str, Map] = {}


class ValueLevelSource(Strict):
    """What holds for a variable only where a condition does (Define-XML value-level metadata)."""

    variable: str
    where: dict[str, Texts]
    label: str | None = None
    type: Literal["text", "integer", "float", "date", "datetime"] = "text"
    length: int | None = None
    codelist: str | None = None
    origin: Origin | None = None
    method: str | None = None


#: The classes of tabulated data that Define-XML names (CDISC codelist General Observation Class).
SdtmClass = Literal[
    "INTERVENTIONS",
    "EVENTS",
    "FINDINGS",
    "FINDINGS ABOUT",
    "SPECIAL PURPOSE",
    "TRIAL DESIGN",
    "STUDY REFERENCE",
    "RELATIONSHIP",
]


class DatasetSource(Strict):
    """One YAML file under `sdtm/`; file and dataset have the same name."""

    dataset: SasName
    label: Label | None = None
    structure: str | None = None
    class_name: SdtmClass | None = None
    keys: tuple[str, ...] = ()
    #: The module of `sdtm` that builds it; without one the records are mapped and nothing else is needed.
    builder: str | None = None
    records: tuple[RecordSource, ...] = ()
    variables: dict[str, VariableSource]
    supplemental: dict[SasName, VariableSource] = {}
    value_level: tuple[ValueLevelSource, ...] = ()
    comment: str | None = None
    #: What RELREC says (builder `relrec`): which datasets and which records belong together.
    relationships: tuple[Relationship, ...] = ()


@dataclass(frozen=True)
class VariableSpec:
    """A variable with everything known of it. `length` is in bytes and None where the data decide."""

    name: str
    label: str
    type: Literal["Char", "Num"]
    length: int | None
    core: str | None
    role: str | None
    codelist: str | None
    format: str | None
    origin: Origin | None
    method: str | None
    comment: str | None
    map: Any = None
    evaluator: str | None = None


@dataclass(frozen=True)
class DatasetSpec:
    """A dataset with its variables in the order in which they are written.

    `inputs` are the forms (lower case) and datasets (upper case) that it is built from. `rules` holds what only ADaM
    has (parameters, derivations); its type is the ADaM model's.
    """

    name: str
    label: str
    class_name: str
    structure: str
    keys: tuple[str, ...]
    standard: str
    variables: tuple[VariableSpec, ...]
    inputs: tuple[str, ...] = ()
    builder: str | None = None
    records: tuple[RecordSource, ...] = ()
    supplemental: tuple[VariableSpec, ...] = ()
    value_level: tuple[ValueLevelSource, ...] = ()
    comment: str | None = None
    rules: Any = None
    relationships: tuple[Relationship, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The variables' names in order."""
        return tuple(variable.name for variable in self.variables)

    def variable(self, name: str) -> VariableSpec:
        """Return a variable, or a supplemental one, by name; KeyError if there is none."""
        for variable in (*self.variables, *self.supplemental):
            if variable.name == name:
                return variable
        raise KeyError(f"{self.name}.{name}")
