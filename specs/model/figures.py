"""The figures of a study as data: `figures:` of `analyses.yaml`. `reports.figures` draws them and names no dataset.

Every figure reads analysis datasets as they were written. A condition (`where`) selects rows of the dataset it stands
beside; `population` selects the subjects, by their row in ADSL.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PositiveFloat, PositiveInt, model_validator

from clinical.conditions import Condition, columns_of
from specs.model.base import SasName, Strict, Where
from specs.model.labels import Categories

#: The dataset with one row a subject, by which `population` selects.
SUBJECTS = "ADSL"

Percent = Annotated[float, Field(ge=0, le=100)]
MarkShape = Literal["circle", "square", "triangle", "diamond", "cross", "plus", "star", "down", "bar"]


def _several(value: Any) -> Any:
    """Turn one name into a list of it, and nothing into an empty one."""
    return value if isinstance(value, list | tuple) else [] if value is None else [value]


class Rows(Strict):
    """Some rows of an analysis dataset."""

    dataset: SasName
    where: Where = ()

    def reads(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield the dataset with the variables that are read of it."""
        yield self.dataset, ("USUBJID", *columns_of(self.where))


class SubjectCategory(Rows):
    """What colours a subject: the value of the subject's (first) row; `otherwise` labels those without one."""

    value: SasName
    categories: Categories
    otherwise: str = "None"

    def reads(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        yield from super().reads()
        yield self.dataset, (self.value,)


class _Figure(Strict):
    """What every figure has. `caption` is the one sentence that says what to see in it."""

    section: str
    title: str
    caption: str
    population: Where = ()

    def rows(self) -> tuple[Rows, ...]:
        """Return the rows that the figure is drawn from, those of its own dataset first."""
        raise NotImplementedError

    def variables(self) -> tuple[str, ...]:
        """Return the variables that are read of the first of `rows`, beside those of its condition."""
        return ()

    def reads(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        """Yield every dataset that is read, with the variables that it must have."""
        rows = self.rows()
        yield SUBJECTS, ("USUBJID", *columns_of(self.population))
        yield rows[0].dataset, self.variables()
        for one in rows:
            yield from one.reads()


class Curve(Strict):
    """One curve of a Kaplan-Meier figure: the rows with this condition."""

    label: str
    where: Where


class KaplanMeierFigure(_Figure):
    """The share of subjects without an event by time, with pointwise confidence limits and the numbers at risk.

    `time` is in days; `censored` is 0 for an event. `every` is the distance of ticks and numbers at risk in months.
    """

    kind: Literal["kaplan_meier"]
    dataset: SasName
    curves: Annotated[tuple[Curve, ...], Field(min_length=1, max_length=4)]
    time: SasName = "AVAL"
    censored: SasName = "CNSR"
    days_per_month: PositiveFloat = 30.4375
    every: PositiveInt = 3
    #: The last month shown; without it, that of the longest time.
    last: PositiveInt | None = None
    level: Annotated[float, Field(gt=0, lt=1)] = 0.95
    band: bool = True
    axis: str = "Without event"

    def rows(self) -> tuple[Rows, ...]:
        return tuple(Rows(dataset=self.dataset, where=one.where) for one in self.curves)

    def variables(self) -> tuple[str, ...]:
        return (self.time, self.censored)


class Mark(Strict):
    """Something that happened on a date: rows of a dataset, or, without one, a date of the figure's own dataset."""

    label: str
    shape: MarkShape
    dataset: SasName | None = None
    where: Where = ()
    date: SasName
    #: The category whose colour the mark has; without one it is dark.
    category: str | None = None


class SwimmerFigure(_Figure):
    """A bar for each subject from the first to the last day of follow-up, with what happened on the way.

    `start` and `end` are dates of the dataset, which has one row a subject; of several `end` the first that is there
    counts. Subjects of whom `ongoing` holds get an arrow.
    """

    kind: Literal["swimmer"]
    dataset: SasName
    where: Where = ()
    label: SasName = "SUBJID"
    start: SasName
    end: Annotated[tuple[SasName, ...], Field(min_length=1), BeforeValidator(_several)]
    ongoing: Where | None = None
    colour: SubjectCategory
    marks: Annotated[tuple[Mark, ...], Field(max_length=10)] = ()
    days_per_month: PositiveFloat = 30.4375
    every: PositiveInt = 3
    most_subjects: PositiveInt = 100

    @model_validator(mode="after")
    def _marks_have_known_categories(self) -> SwimmerFigure:
        for mark in self.marks:
            if mark.category is not None and mark.category not in self.colour.categories:
                known = ", ".join(self.colour.categories)
                raise ValueError(f"mark '{mark.label}': '{mark.category}' is none of the categories {known}; take one")
        return self

    def rows(self) -> tuple[Rows, ...]:
        marks = [Rows(dataset=one.dataset, where=one.where) for one in self.marks if one.dataset]
        return (Rows(dataset=self.dataset, where=self.where), self.colour, *marks)

    def variables(self) -> tuple[str, ...]:
        own = [one for one in self.marks if not one.dataset]
        asked: list[Condition] = [one.where for one in own] + ([self.ongoing] if self.ongoing else [])
        columns = [name for where in asked for name in columns_of(where)]
        return (self.label, self.start, *self.end, *(one.date for one in own), *columns)

    def reads(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        yield from super().reads()
        for mark in self.marks:
            if mark.dataset:
                yield mark.dataset, (mark.date,)


class _Change(_Figure):
    """What waterfall and spider share: a change by subject, coloured, with lines at `lines`."""

    dataset: SasName
    where: Where = ()
    value: SasName = "PCHG"
    label: SasName = "SUBJID"
    axis: str
    colour: SubjectCategory
    lines: tuple[float, ...] = ()
    #: Values above are drawn at this height, with a note and an arrow.
    ceiling: float | None = None
    most_subjects: PositiveInt = 100

    def rows(self) -> tuple[Rows, ...]:
        return (Rows(dataset=self.dataset, where=self.where), self.colour)


class WaterfallFigure(_Change):
    """The best (lowest or highest) value of each subject as a bar, from the highest to the lowest."""

    kind: Literal["waterfall"]
    best: Literal["lowest", "highest"] = "lowest"

    def variables(self) -> tuple[str, ...]:
        return (self.value,)

    def reads(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        yield from super().reads()
        yield SUBJECTS, (self.label,)


class SpiderFigure(_Change):
    """The values of each subject over time as a line. `time` is in study days; `baseline` selects rows at day 0."""

    kind: Literal["spider"]
    time: SasName = "ADY"
    baseline: Where | None = None
    days_per_month: PositiveFloat = 30.4375
    every: PositiveInt = 3

    def variables(self) -> tuple[str, ...]:
        return (self.value, self.time, *(columns_of(self.baseline) if self.baseline else ()))

    def reads(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        yield from super().reads()
        yield SUBJECTS, (self.label,)


class Group(Strict):
    """One bar of a figure of grades: the events with this condition.

    With `population`, the bar is of those subjects of the figure's population for whom it holds (in ADSL).
    """

    label: str
    where: Where
    population: Where = ()


class GradesFigure(_Figure):
    """Subjects by the worst grade of each term (or group of events), in percent of the population.

    Give `term`, the variable with the terms, or `groups`. Terms of fewer than `at_least` percent are left out, and all
    but the `most_terms` most frequent ones, both with a note.
    """

    kind: Literal["grades"]
    dataset: SasName
    where: Where = ()
    term: SasName | None = None
    groups: tuple[Group, ...] = ()
    grade: SasName
    grades: Categories
    without_grade: str = "No grade"
    at_least: Percent = 0
    most_terms: PositiveInt = 25

    @model_validator(mode="after")
    def _one_of_term_and_groups(self) -> GradesFigure:
        if bool(self.term) == bool(self.groups):
            raise ValueError("give either 'term' or 'groups': the terms of a variable, or bars of your own")
        return self

    def rows(self) -> tuple[Rows, ...]:
        return (Rows(dataset=self.dataset, where=self.where),)

    def reads(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        yield from super().reads()
        for one in self.groups:
            yield SUBJECTS, columns_of(one.population)

    def variables(self) -> tuple[str, ...]:
        grouped = [name for one in self.groups for name in columns_of(one.where)]
        return (self.grade, *([self.term] if self.term else []), *grouped)


class ResponseBarFigure(_Figure):
    """The share of subjects with each response at each visit; `not_assessed` labels those of the population without."""

    kind: Literal["response_bar"]
    dataset: SasName
    where: Where = ()
    visit: SasName = "AVISIT"
    order: SasName = "AVISITN"
    value: SasName = "AVALC"
    categories: Categories
    not_assessed: str | None = "Not assessed"

    def rows(self) -> tuple[Rows, ...]:
        return (Rows(dataset=self.dataset, where=self.where),)

    def variables(self) -> tuple[str, ...]:
        return (self.visit, self.order, self.value)


Figure = Annotated[
    KaplanMeierFigure | SwimmerFigure | WaterfallFigure | SpiderFigure | GradesFigure | ResponseBarFigure,
    Field(discriminator="kind"),
]


def figure_reads(figure: Figure) -> dict[str, tuple[str, ...]]:
    """Return the datasets that a figure reads, each with the variables that it must have."""
    read: dict[str, list[str]] = {}
    for dataset, variables in figure.reads():
        read.setdefault(dataset, []).extend(variables)
    return {dataset: tuple(dict.fromkeys(variables)) for dataset, variables in read.items()}
