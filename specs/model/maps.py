"""The mapping verbs as data: what a `map:` may say. `sdtm.algorithms` holds what each of them does.

References in `column`, `columns` and `where` are of three kinds:

- `AESTDAT`: a column of the form the record comes from (or one that `stack:` made);
- `ic.ICDAT`: a column of another form, joined by subject, where that form says one thing of each subject;
- `AE.AESTDTC`: a variable of the dataset being built; of another dataset (in practice `DM.RFSTDTC`), joined by subject.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from clinical.conditions import Condition, columns_of
from specs.model.base import Strict, Where
from specs.model.map_timing import CompareDates, Epoch, LastBefore, Sequence, StudyDay, Visit
from specs.model.map_verbs import (
    Assign,
    Convert,
    Decode,
    Exists,
    Extreme,
    Function,
    Hardcode,
    Iso8601,
    NotCollected,
    Number,
    Part,
    Recode,
    ReferenceRange,
    Related,
    Source,
    Template,
    Text,
    Verb,
)

__all__ = [
    "Assign",
    "Case",
    "CompareDates",
    "Convert",
    "Decode",
    "Epoch",
    "Exists",
    "Extreme",
    "First",
    "Function",
    "Hardcode",
    "Iso8601",
    "LastBefore",
    "Map",
    "NotCollected",
    "Number",
    "Part",
    "Recode",
    "ReferenceRange",
    "Related",
    "Sequence",
    "Source",
    "StudyDay",
    "Template",
    "Text",
    "Visit",
    "When",
    "finished_of",
    "own_variables_of",
    "references_of",
    "sources_of",
    "walk",
]


class First(Verb):
    """The first source that has a value."""

    algorithm: Literal["first"]
    of: tuple[Map, ...]


class Case(Strict):
    """One branch of `when`."""

    where: Where
    map: Map


class When(Verb):
    """The map of the first case whose condition holds, else `otherwise`."""

    algorithm: Literal["when"]
    cases: tuple[Case, ...]
    otherwise: Map | None = None

    def conditions(self) -> tuple[Condition, ...]:
        return (self.where, *(case.where for case in self.cases))


Map = Annotated[
    Assign
    | Part
    | Hardcode
    | Recode
    | Decode
    | Iso8601
    | Number
    | Text
    | Convert
    | ReferenceRange
    | First
    | When
    | Template
    | Extreme
    | Exists
    | Related
    | StudyDay
    | CompareDates
    | Epoch
    | Sequence
    | LastBefore
    | Visit
    | NotCollected
    | Function,
    Field(discriminator="algorithm"),
]

for _model in (First, Case, When):
    _model.model_rebuild()


def walk(outer: Map) -> tuple[Map, ...]:
    """Return a map and all maps inside it."""
    inside: tuple[Map, ...] = ()
    if isinstance(outer, First):
        inside = outer.of
    elif isinstance(outer, When):
        inside = (*(case.map for case in outer.cases), *((outer.otherwise,) if outer.otherwise else ()))
    return (outer, *(found for inner in inside for found in walk(inner)))


def references_of(outer: Map) -> tuple[str, ...]:
    """Return every reference of a map and the maps inside it, conditions included, each once."""
    return tuple(
        dict.fromkeys(
            reference
            for one in walk(outer)
            for reference in (*one.reads(), *(name for where in one.conditions() for name in columns_of(where)))
        )
    )


def own_variables_of(outer: Map) -> tuple[str, ...]:
    """Return the variables of the same dataset that a map and the maps inside it name, each once."""
    return tuple(dict.fromkeys(name for one in walk(outer) for name in one.reads_own()))


def sources_of(outer: Map) -> tuple[Source, ...]:
    """Return what a map and the maps inside it read of other collected datasets."""
    return tuple(source for one in walk(outer) for source in one.sources())


def finished_of(outer: Map) -> tuple[str, ...]:
    """Return the finished datasets that a map and the maps inside it read records of, each once."""
    return tuple(dict.fromkeys(name for one in walk(outer) for name in one.finished()))
