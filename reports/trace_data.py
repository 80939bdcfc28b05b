"""A run's datasets as the tracer reads them: indexed once by subject and key, every value as text."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from clinical import provenance
from clinical.conditions import Condition, matches
from clinical.findings import as_text

Stage = Literal["raw", "sdtm", "adam"]
#: Returns a stage's frame, or as much of it as will be asked for; None where there is none.
Load = Callable[[str, str], pd.DataFrame | None]


class Table:
    """The rows of a dataset or form; positions are those of the frame it was made of.

    A column becomes text when it is first asked for, the rows of subjects and keys are found by a dictionary.
    """

    def __init__(self, stage: Stage, name: str, frame: pd.DataFrame) -> None:
        self.stage = stage
        self.name = name
        self.frame = frame
        self.subject = provenance.SUBJECT if stage == "raw" else "USUBJID"
        self._texts: dict[str, list[str]] = {}
        self._found: dict[tuple[str, ...], dict[tuple[str, ...], list[int]]] = {}
        self._holding: dict[int, tuple[Condition, npt.NDArray[np.bool_]]] = {}

    def __len__(self) -> int:
        return len(self.frame)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(map(str, self.frame))

    def texts(self, column: str) -> list[str]:
        """Return a column as people read it, missing as nothing; a column that is not there is missing."""
        if column not in self._texts:
            known = column in self.frame
            self._texts[column] = as_text(self.frame[column]).tolist() if known else [""] * len(self.frame)
        return self._texts[column]

    def find(self, **values: str) -> list[Record]:
        """Return the records that have these values, in the order of the rows."""
        names = tuple(values)
        if names not in self._found:
            index: dict[tuple[str, ...], list[int]] = defaultdict(list)
            for at, key in enumerate(zip(*(self.texts(name) for name in names), strict=True)):
                index[key].append(at)
            self._found[names] = index
        return [Record(self, at) for at in self._found[names].get(tuple(values.values()), ())]

    def of(self, subject: str) -> list[Record]:
        """Return the records of a subject."""
        return self.find(**{self.subject: subject})

    def holds(self, condition: Condition, at: int) -> bool:
        """Return whether a condition holds for a row; what it asks of columns that are not there is left out."""
        if id(condition) not in self._holding:
            known = [part for part in condition if all(name in self.frame for name in part)]
            none = np.zeros(len(self.frame), dtype=bool)
            held = none if condition and not known else matches(self.frame, known)
            self._holding[id(condition)] = (condition, held)
        return bool(self._holding[id(condition)][1][at])


@dataclass(frozen=True)
class Record:
    """One row of a table; `record["AVALC"]` is a text, empty where the value is missing."""

    table: Table
    at: int

    def __getitem__(self, variable: str) -> str:
        return self.table.texts(variable)[self.at]

    @property
    def dataset(self) -> str:
        """The dataset or form."""
        return self.table.name

    @property
    def subject(self) -> str:
        """USUBJID; of a raw row the subject as the export has it."""
        return self[self.table.subject]

    def has(self, variable: str) -> bool:
        """Return whether the dataset has a variable."""
        return variable in self.table.frame

    def holds(self, condition: Condition) -> bool:
        """Return whether a condition holds for the record."""
        return self.table.holds(condition, self.at)


class RunData:
    """The tables of a run, each loaded and indexed when it is first asked for."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._tables: dict[tuple[str, str], Table | None] = {}

    def table(self, stage: Stage, name: str) -> Table | None:
        """Return a dataset or form, None where the run has none of that name."""
        key = (stage, name)
        if key not in self._tables:
            frame = self._load(stage, name)
            self._tables[key] = None if frame is None else Table(stage, name, frame)
        return self._tables[key]

    def of(self, stage: Stage, name: str, subject: str) -> list[Record]:
        """Return a subject's records of a dataset; none where there is no such dataset, or it has no subjects."""
        table = self.table(stage, name)
        return table.of(subject) if table is not None and table.subject in table.frame else []

    def find(self, stage: Stage, name: str, **values: str) -> list[Record]:
        """Return the records of a dataset that have these values."""
        table = self.table(stage, name)
        return table.find(**values) if table is not None else []


def is_date(text: str) -> bool:
    """Return whether a text starts with a year and a month, as ISO 8601 dates do."""
    return len(text) >= 7 and text[4] == "-" and text[:4].isdigit() and text[5:7].isdigit()


def same_day(one: str, other: str) -> bool:
    """Return whether two dates can mean the same day; a partial date can mean every day that it leaves open."""
    one, other = one[:10], other[:10]
    return one.startswith(other) or other.startswith(one)


def listed_values(values: Iterable[str]) -> str:
    """Return values as a phrase: `CR`, `CR or PR`, `CR, PR or SD`."""
    *first, last = values
    return f"{', '.join(first)} or {last}" if first else last
