"""The verbs of an ADaM `map:` as data. `adam.verbs` holds what each of them does.

References are of two kinds: `TRTSDT`, a variable of the dataset being built, and `DM.AGE` (in ADSL) or `ADSL.SITEID`
(elsewhere), a variable of the dataset with one row a subject from which it is built; where each row is a record, also
`AE.AETERM`, a variable of that record. A text in place of a mapping is short for `copy`: `map: DM.AGE`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from clinical.conditions import Condition, columns_of
from specs.model.adam_bds_maps import (
    AnalysisVisit,
    Change,
    Compose,
    GroupSum,
    GroupValue,
    LastRecord,
    Number,
    ToxicityGrade,
)
from specs.model.adam_numbers import Duration, Ratio, Score, ShiftDate
from specs.model.adam_records import CountRecords, Exists, LesionBurden, RecordValue
from specs.model.adam_row_maps import AnalysisDate, CompareDates, FirstRecord, StudyDay
from specs.model.adam_verb import Verb
from specs.model.base import Strict, Where
from specs.model.facts import Sources
from specs.model.maps import Source


class Copy(Verb):
    """The value as it stands in the dataset with one row a subject."""

    algorithm: Literal["copy"]
    variable: str

    def reads(self) -> tuple[str, ...]:
        return (self.variable,)

    def passed_on(self) -> tuple[str, ...]:
        return (self.variable,)


class Constant(Verb):
    """The same value for everyone."""

    algorithm: Literal["hardcode"]
    value: str


class Cutoff(Verb):
    """The date of the data cut-off; without one given, the latest date in the data."""

    algorithm: Literal["cutoff"]


class Anchored(Strict):
    """How a date without its day is completed: the earliest anchor that may be meant, else the first day possible."""

    to: Literal["first", "last"] = "first"
    anchors: Sources = ()


class PickDate(Verb):
    """The subject's earliest or latest date among several sources, on or before the cut-off.

    `after` (a date variable) limits the choice to later dates. `partial` says what becomes of a date without its day:
    it is not used (`ignore`), not used and reported (`report`), or completed (a mapping, see `Anchored`).
    """

    algorithm: Literal["date"]
    pick: Literal["earliest", "latest"] = "earliest"
    of: Sources
    after: str | None = None
    partial: Literal["ignore", "report"] | Anchored = "ignore"

    def reads(self) -> tuple[str, ...]:
        return (self.after,) if self.after else ()

    def dates(self) -> tuple[str, ...]:
        return self.reads()

    def sources(self) -> tuple[Source, ...]:
        return (*self.of, *(self.partial.anchors if isinstance(self.partial, Anchored) else ()))


class LastKnownAlive(Verb):
    """The latest complete date on which the subject was alive: on or before the cut-off and before death."""

    algorithm: Literal["last_known_alive"]
    of: Sources
    death: str

    def reads(self) -> tuple[str, ...]:
        return (self.death,)

    def sources(self) -> tuple[Source, ...]:
        return self.of


class DeathDate(Verb):
    """The date of death, completed where it is partial; missing where it is after the cut-off.

    `partial: after_last_alive` takes the later of the first day possible and the day after the subject was last known
    alive, and never leaves what is known of the date. `unknown` does the same for a death (`died`) without any date.
    """

    algorithm: Literal["death_date"]
    date: str
    died: Where = ()
    last_alive: str
    partial: Literal["after_last_alive", "first", "last", "none"] = "after_last_alive"
    unknown: Literal["after_last_alive", "none"] = "after_last_alive"

    def reads(self) -> tuple[str, ...]:
        return (self.date, self.last_alive, *columns_of(self.died))

    def dates(self) -> tuple[str, ...]:
        return (self.last_alive,)


class DateFlag(Verb):
    """D, M or Y where a date's day, month or year was imputed (codelist DATEFL); else missing."""

    algorithm: Literal["date_flag"]
    date: str

    def reads(self) -> tuple[str, ...]:
        return (self.date,)


class Treatment(Verb):
    """The nth treatment received, in the order of first administration: its name, first or last date, or total dose.

    The total is the sum of `value` over its administrations, which must have one unit, where `unit` names the variable.
    """

    algorithm: Literal["treatment"]
    of: Sources
    name: str
    end: str | None = None
    nth: int = 1
    part: Literal["name", "start", "end", "total", "unit"]
    value: str | None = None
    unit: str | None = None

    def sources(self) -> tuple[Source, ...]:
        return self.of

    def columns(self) -> tuple[str, ...]:
        return tuple(name for name in (self.name, self.end, self.value, self.unit) if name)

    def numbers(self) -> tuple[str, ...]:
        return tuple(f"{one.dataset}.{self.value}" for one in self.of) if self.value else ()

    @model_validator(mode="after")
    def _part_has_its_variable(self) -> Treatment:
        needed = {"total": ("value", self.value), "unit": ("unit", self.unit)}.get(self.part)
        if needed and needed[1] is None:
            raise ValueError(f"treatment: part '{self.part}' needs '{needed[0]}'; name the variable")
        return self


class TreatmentSequence(Verb):
    """The names of the treatments received, in the order of first administration."""

    algorithm: Literal["treatment_sequence"]
    of: Sources
    name: str
    separator: str = "-"

    def sources(self) -> tuple[Source, ...]:
        return self.of

    def columns(self) -> tuple[str, ...]:
        return (self.name,)


class Flag(Verb):
    """Y where the condition holds, else `otherwise`."""

    algorithm: Literal["flag"]
    where: Where
    otherwise: str | None = "N"

    def own_conditions(self) -> tuple[Condition, ...]:
        return (self.where,)


class RecodeValue(Verb):
    """Another value for each value of a variable; `otherwise` for values not named, `missing` for none."""

    algorithm: Literal["recode"]
    of: AdamMap
    into: dict[str, str | None]
    otherwise: str | None = None
    missing: str | None = None

    def inner(self) -> tuple[AdamMap, ...]:
        return (self.of,)


class AdamCase(Strict):
    """One branch of `when`."""

    where: Where
    map: AdamMap


class WhenCase(Verb):
    """The map of the first case whose condition holds, else `otherwise`."""

    algorithm: Literal["when"]
    cases: tuple[AdamCase, ...]
    otherwise: AdamMap | None = None

    def own_conditions(self) -> tuple[Condition, ...]:
        return tuple(case.where for case in self.cases)

    def inner(self) -> tuple[AdamMap, ...]:
        return (*(case.map for case in self.cases), *((self.otherwise,) if self.otherwise else ()))

    def passed_on(self) -> tuple[str, ...]:
        return tuple(name for one in self.inner() for name in one.passed_on())


class FirstOf(Verb):
    """The first that has a value."""

    algorithm: Literal["first"]
    of: tuple[AdamMap, ...]

    def inner(self) -> tuple[AdamMap, ...]:
        return self.of

    def passed_on(self) -> tuple[str, ...]:
        return tuple(name for one in self.inner() for name in one.passed_on())


def _short(value: Any) -> Any:
    return {"algorithm": "copy", "variable": value} if isinstance(value, str) else value


AdamMap = Annotated[
    Annotated[
        Copy
        | Constant
        | Cutoff
        | PickDate
        | LastKnownAlive
        | DeathDate
        | DateFlag
        | Treatment
        | TreatmentSequence
        | RecordValue
        | Exists
        | Flag
        | RecodeValue
        | WhenCase
        | FirstOf
        | CountRecords
        | LesionBurden
        | Duration
        | ShiftDate
        | Ratio
        | Score
        | AnalysisDate
        | StudyDay
        | CompareDates
        | FirstRecord
        | LastRecord
        | GroupValue
        | GroupSum
        | Number
        | Change
        | Compose
        | AnalysisVisit
        | ToxicityGrade,
        Field(discriminator="algorithm"),
    ],
    BeforeValidator(_short),
]

_RECURSIVE = (
    RecodeValue,
    AdamCase,
    WhenCase,
    FirstOf,
    Exists,
    RecordValue,
    CountRecords,
    LesionBurden,
    Duration,
    Ratio,
)
for _model in _RECURSIVE:
    _model.model_rebuild(_types_namespace={"AdamMap": AdamMap})


def walk_adam(outer: AdamMap) -> tuple[AdamMap, ...]:
    """Return a map and all maps inside it."""
    return (outer, *(found for inner in outer.inner() for found in walk_adam(inner)))


def adam_references(outer: AdamMap) -> tuple[str, ...]:
    """Return every reference of a map and the maps inside it, conditions included, each once."""
    return tuple(dict.fromkeys(name for one in walk_adam(outer) for name in one.reads()))


def adam_inputs(outer: AdamMap) -> tuple[str, ...]:
    """Return the datasets whose records a map and the maps inside it read, supplemental qualifiers included."""
    walked = walk_adam(outer)
    return tuple(dict.fromkeys((*(one.dataset for one in adam_sources(outer)), *(n for v in walked for n in v.more()))))


def adam_sources(outer: AdamMap) -> tuple[Source, ...]:
    """Return the records of other datasets that a map and the maps inside it read."""
    return tuple(source for one in walk_adam(outer) for source in one.sources())
