"""The tables of a study as data: `tables:` of `analyses.yaml`. `reports.results` computes them and names no dataset.

Every table reads analysis datasets as they were written. A condition (`where`) selects rows of the table's dataset;
`population` selects subjects by their row in ADSL, and their number is the denominator.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import (
    Field,
    PositiveFloat,
    PositiveInt,
    field_validator,
    model_validator,
)

from clinical.conditions import Condition, columns_of
from specs.model.base import SasName, Strict, Texts, Where
from specs.model.labels import AT_LEAST_ONE, CTCAE_GRADES, Grades, Labels

#: The dataset with one row a subject, by which `population` selects.
SUBJECTS = "ADSL"


#: The terms of Analysis Results Metadata 1.0.
Reason = Literal["SPECIFIED IN PROTOCOL", "SPECIFIED IN SAP", "DATA DRIVEN", "REQUESTED BY REGULATORY AGENCY"]
Purpose = Literal["PRIMARY OUTCOME MEASURE", "SECONDARY OUTCOME MEASURE", "EXPLORATORY OUTCOME MEASURE"]


class _Table(Strict):
    """What every table has. `notes` are sentences of the study's own under it.

    `reason` and `purpose` are what Define-XML says of the analysis (Analysis Results Metadata 1.0).
    """

    section: str
    title: str
    dataset: SasName
    where: Where = ()
    population: Where = ()
    notes: Texts = ()
    #: Whether the table stands open in the report; without it, short tables do.
    open: bool | None = None
    level: Annotated[float, Field(gt=0, lt=1)] = 0.95
    reason: Reason = "SPECIFIED IN SAP"
    purpose: Purpose = "EXPLORATORY OUTCOME MEASURE"

    def parameters_read(self) -> tuple[str, ...]:
        """Return the parameters (PARAMCD) that the table names."""
        return ()

    def variables(self) -> tuple[str, ...]:
        """Return the variables of the table's dataset that are read, beside those of its conditions."""
        return ()

    def conditions(self) -> tuple[Condition, ...]:
        """Return the conditions on the table's dataset."""
        return (self.where,)

    def populations(self) -> tuple[Condition, ...]:
        """Return the conditions on ADSL."""
        return (self.population,)

    def reads(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield every dataset that is read, with the variables that it must have."""
        yield SUBJECTS, ("USUBJID", *(name for one in self.populations() for name in columns_of(one)))
        asked = (name for one in self.conditions() for name in columns_of(one))
        coded = ("PARAMCD", "PARAM") if self.parameters_read() else ()
        yield self.dataset, ("USUBJID", *asked, *coded, *self.variables())


class ShareRow(Strict):
    """One row of shares: the subjects with a record of the parameter whose AVALC is one of `values`, or any record."""

    label: str | None = None
    parameter: str | None = None
    values: Texts = ("Y",)
    where: Where = ()

    @model_validator(mode="after")
    def _has_a_name(self) -> ShareRow:
        if self.label is None and self.parameter is None:
            raise ValueError("give 'label', or 'parameter', whose PARAM is the label then")
        return self


class ProportionTable(_Table):
    """Subjects of whom something is said, of all: n/N, percent and the exact confidence interval."""

    method: Literal["proportion"]
    rows: Annotated[tuple[ShareRow, ...], AT_LEAST_ONE]
    interval: bool = True

    def parameters_read(self) -> tuple[str, ...]:
        return tuple(row.parameter for row in self.rows if row.parameter)

    def variables(self) -> tuple[str, ...]:
        return ("AVALC",) if self.parameters_read() else ()

    def conditions(self) -> tuple[Condition, ...]:
        return (self.where, *(row.where for row in self.rows))


class Block(Strict):
    """Rows about one variable: subjects in each category, or, with `summary`, the numbers summed up.

    With `where`, only the subjects that it holds for are described; else those without a value are counted as missing.
    """

    label: str
    parameter: str | None = None
    variable: SasName = "AVALC"
    where: Where = ()
    categories: Labels = {}
    missing: str = "Missing"
    summary: bool = False
    decimals: Annotated[int, Field(ge=0, le=6)] = 0

    @model_validator(mode="after")
    def _counts_or_sums(self) -> Block:
        if self.summary and self.categories:
            raise ValueError("'categories' are counted and 'summary' sums numbers up; give one of them")
        return self


class CategoriesTable(_Table):
    """Subjects by category, and numbers summed up, block by block."""

    method: Literal["categories"]
    blocks: Annotated[tuple[Block, ...], AT_LEAST_ONE]
    interval: bool = False

    def parameters_read(self) -> tuple[str, ...]:
        return tuple(block.parameter for block in self.blocks if block.parameter)

    def variables(self) -> tuple[str, ...]:
        return tuple(block.variable for block in self.blocks)

    def conditions(self) -> tuple[Condition, ...]:
        return (self.where, *(block.where for block in self.blocks))


class SurvivalTable(_Table):
    """Times to an event by Kaplan-Meier, one column a parameter. AVAL is in days, CNSR 0 for an event."""

    method: Literal["survival"]
    parameters: Annotated[Labels, AT_LEAST_ONE]
    landmarks: tuple[PositiveInt, ...] = ()
    days_per_month: PositiveFloat = 30.4375
    follow_up: bool = True

    def parameters_read(self) -> tuple[str, ...]:
        return tuple(self.parameters)

    def variables(self) -> tuple[str, ...]:
        return ("AVAL", "CNSR", "EVNTDESC")


class OccurrenceTable(_Table):
    """Subjects with at least one record, and records, by the values of `levels`, by worst grade.

    `at_least` are grades beside which a column counts those that bad or worse.
    """

    method: Literal["occurrence"]
    levels: Annotated[tuple[SasName, ...], Field(max_length=2), AT_LEAST_ONE]
    head: str = "Term"
    any_label: str = "Any"
    grade: SasName | None = None
    grades: Grades = {one: one for one in CTCAE_GRADES}
    at_least: Texts = ()
    missing: str = "Missing"

    @field_validator("levels", mode="after")
    @classmethod
    def _levels_differ(cls, levels: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(levels)) < len(levels):
            raise ValueError(f"names '{levels[0]}' twice. Give two different variables, or one")
        return levels

    @model_validator(mode="after")
    def _limits_are_grades(self) -> OccurrenceTable:
        _require_grades(self.at_least, self.grades)
        return self

    def variables(self) -> tuple[str, ...]:
        return (*self.levels, *([self.grade] if self.grade else []))


class EventColumn(Strict):
    """One column of an event profile: the records with this condition, and from which day their onset is counted."""

    label: str
    where: Where
    onset: SasName
    population: Where = ()


class EventProfileTable(_Table):
    """Subjects with an event, by worst grade, with onset and duration in days, one column an event."""

    method: Literal["event_profile"]
    columns: Annotated[tuple[EventColumn, ...], AT_LEAST_ONE]
    grade: SasName
    grades: Grades = {one: one for one in CTCAE_GRADES}
    at_least: Texts = ()
    duration: SasName
    ongoing: Where
    missing: str = "Missing"

    @model_validator(mode="after")
    def _limits_are_grades(self) -> EventProfileTable:
        _require_grades(self.at_least, self.grades)
        return self

    def variables(self) -> tuple[str, ...]:
        return (self.grade, self.duration, *(one.onset for one in self.columns))

    def conditions(self) -> tuple[Condition, ...]:
        return (self.where, self.ongoing, *(one.where for one in self.columns))

    def populations(self) -> tuple[Condition, ...]:
        return (self.population, *(one.population for one in self.columns))


class ShiftTable(_Table):
    """Subjects by the grade at baseline (rows) and the worst grade after it (columns), parameter by parameter.

    Without `parameters` every one of the dataset is shown.
    """

    method: Literal["shift"]
    parameters: Labels = {}
    baseline: SasName = "BTOXGR"
    grade: SasName = "ATOXGR"
    grades: Grades = {one: one for one in ("0", *CTCAE_GRADES)}
    missing: str = "Missing"

    def parameters_read(self) -> tuple[str, ...]:
        return tuple(self.parameters)

    def variables(self) -> tuple[str, ...]:
        return ("PARAMCD", "PARAM", self.baseline, self.grade)


class DiscordanceTable(_Table):
    """The response as it was assessed (rows) by the one derived from lesions (columns), and why they differ.

    Both are rows of the dataset, paired within the subject by the variables `by`; without any, a subject has one of
    each. `why` is the variable of the derived row that says what decided. `counted` says in words what a pair is.
    """

    method: Literal["discordance"]
    assessed: Where
    derived: Where
    by: Texts = ()
    why: SasName | None = None
    counted: str = "assessments"

    def variables(self) -> tuple[str, ...]:
        return ("AVALC", "AVAL", "ADT", "ADY", *self.by, *([self.why] if self.why else []))

    def conditions(self) -> tuple[Condition, ...]:
        return (self.where, self.assessed, self.derived)


def _require_grades(found: tuple[str, ...], known: Mapping[str, str]) -> None:
    unknown = [one for one in found if one not in known]
    if unknown:
        raise ValueError(f"at_least: '{unknown[0]}' is none of the grades {', '.join(known)}; take one of them")


Table = Annotated[
    ProportionTable
    | CategoriesTable
    | SurvivalTable
    | OccurrenceTable
    | EventProfileTable
    | ShiftTable
    | DiscordanceTable,
    Field(discriminator="method"),
]


def table_reads(table: Table) -> dict[str, tuple[str, ...]]:
    """Return the datasets that a table reads, each with the variables that it must have."""
    read: dict[str, list[str]] = {}
    for dataset, variables in table.reads():
        read.setdefault(dataset, []).extend(variables)
    return {dataset: tuple(dict.fromkeys(variables)) for dataset, variables in read.items()}
