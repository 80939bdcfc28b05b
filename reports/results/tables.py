"""Tables of results: what is shown, and the same numbers as records."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from clinical.conditions import Condition, matches
from clinical.findings import as_text
from clinical.wording import condition_in_words, one_of
from reports.statistics import exact_interval, percent, rounded
from specs.model.tables import SUBJECTS
from specs.results_dataset import COLUMNS


@dataclass(frozen=True)
class ResultTable:
    """A table as people read it.

    `header` has the column heads, the first that of the row labels; `indents` one number a row. `traces` are the
    datasets, with PARAMCD or nothing, that stand behind it.
    """

    id: str
    section: str
    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    indents: tuple[int, ...]
    notes: tuple[str, ...]
    source: str
    traces: tuple[tuple[str, str], ...]
    #: The population by its name, with the number of its subjects; empty where it has none.
    population: str = ""
    #: Whether it stands open in the report; None leaves that to its length.
    open: bool | None = None


@dataclass(frozen=True)
class Results:
    """The results of a study: tables, and `records` with one row a number (see `COLUMNS`).

    `left_out` names the tables that could not be made, each with the reason in a sentence.
    """

    tables: tuple[ResultTable, ...]
    records: pd.DataFrame
    left_out: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Scope:
    """What a table is computed from: the rows that its condition and population leave, and the population's subjects.

    `rows` and `subjects` keep the order of the datasets.
    """

    table: Any
    rows: pd.DataFrame
    subjects: pd.Series
    adsl: pd.DataFrame

    @classmethod
    def of(cls, table: Any, adam: Mapping[str, pd.DataFrame]) -> Scope:
        """Return the scope of a table."""
        adsl, rows = adam[SUBJECTS], adam[table.dataset]
        subjects = adsl.loc[matches(adsl, table.population), "USUBJID"].drop_duplicates()
        kept = matches(rows, table.where) & rows["USUBJID"].isin(subjects).to_numpy(dtype=bool)
        return cls(table, rows[kept], subjects, adsl)

    @property
    def total(self) -> int:
        """The number of subjects in the population."""
        return len(self.subjects)

    def rows_where(self, condition: Condition, parameter: str | None = None) -> pd.DataFrame:
        """Return the rows of a parameter for which a condition holds."""
        kept = matches(self.rows, condition)
        if parameter is not None:
            kept &= self.rows["PARAMCD"].eq(parameter).to_numpy(dtype=bool)
        return self.rows[kept]

    def parameter_label(self, parameter: str) -> str:
        """Return a parameter's PARAM, or its code where it has no row."""
        named = self.rows.loc[self.rows["PARAMCD"].eq(parameter), "PARAM"].dropna()
        return str(named.iloc[0]) if len(named) else parameter


@dataclass
class Sheet:
    """A table in the making: each number is recorded as it is shown."""

    id: str
    scope: Scope
    header: tuple[str, ...] = ()
    notes: list[str] = field(default_factory=list)
    _rows: list[tuple[str, ...]] = field(default_factory=list)
    _indents: list[int] = field(default_factory=list)
    _records: list[tuple[Any, ...]] = field(default_factory=list)

    def row(self, label: str, *cells: str, indent: int = 0) -> None:
        """Add a row; cells that are not given are blank."""
        blank = ("",) * (len(self.header) - 1 - len(cells))
        self._rows.append((label, *cells, *blank))
        self._indents.append(indent)

    def record(
        self, statistic: str, value: float, text: str, method: str, *, group: str, where: str = "", parameter: str = ""
    ) -> str:
        """Record a number and return its text; `where` is its filter beside that of the table."""
        table = self.scope.table
        own = condition_in_words(table.where)
        self._records.append(
            (
                self.id, table.section, table.title, table.dataset, both(own, where),
                population_in_words(table.population), parameter, group, statistic, float(value), text, method,
            )
        )  # fmt: skip
        return text

    def share(self, k: int, n: int, *, group: str, where: str = "", parameter: str = "", interval: bool = False) -> str:
        """Record a count and its percentage, and the interval if asked; return `14 (43.8%)`."""
        named = {"group": group, "where": where, "parameter": parameter}
        self.record("COUNT", k, str(k), "subjects", **named)
        self.record("N", n, str(n), "subjects of the denominator", **named)
        self.record("PERCENT", percent(k, n), percent_in_words(k, n), "100 × COUNT / N", **named)
        if interval:
            lower, upper = exact_interval(k, n, self.scope.table.level)
            method = f"exact (Clopper-Pearson) {level_in_words(self.scope.table.level)} limit"
            self.record("LOWER", 100 * lower, rounded(100 * lower, 1), method, **named)
            self.record("UPPER", 100 * upper, rounded(100 * upper, 1), method, **named)
        return count_in_words(k, n)

    def table(self, parameters: Iterable[str] = ()) -> ResultTable:
        """Return the finished table; `parameters` are those that stand behind it."""
        table, codes = self.scope.table, tuple(dict.fromkeys(parameters))
        coded = f"PARAMCD is {one_of(codes)}" if codes else ""
        where = both(condition_in_words(table.where), coded)
        source = f"{table.dataset} where {where}" if where else table.dataset
        return ResultTable(
            id=self.id,
            section=table.section,
            title=table.title,
            header=self.header,
            rows=tuple(self._rows),
            indents=tuple(self._indents),
            notes=(*self.notes, *table.notes),
            source=f"{source}; subjects: {population_in_words(table.population)}",
            traces=tuple((table.dataset, code) for code in codes) or ((table.dataset, ""),),
        )

    def records(self) -> pd.DataFrame:
        """Return the numbers recorded, one row each."""
        return as_records(self._records)


def as_records(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    """Return recorded numbers as a frame with the columns of the results dataset."""
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(COLUMNS)
    types = {name: "float64" if name == "VALUE" else "str" for name in COLUMNS}
    return pd.DataFrame({name: pd.Series(values, dtype=types[name]) for name, values in zip(COLUMNS, columns)})


def both(one: str, other: str) -> str:
    """Return two phrases that must hold as one; either may be empty."""
    if one and other:
        return " and ".join(f"({part})" if " or (" in part else part for part in (one, other))
    return one or other


def population_in_words(population: Condition) -> str:
    """Return the condition on the subjects in words."""
    return condition_in_words(population) or "all"


def level_in_words(level: float) -> str:
    """Return a confidence level as `95%`."""
    return f"{100 * level:g}%"


def percent_in_words(k: int, n: int) -> str:
    """Return a percentage with one decimal, half up; only nothing is 0.0 and only all is 100.0."""
    text = rounded(percent(k, n), 1)
    if k and text == "0.0":
        return "<0.1"
    return ">99.9" if text == "100.0" and k < n else text


def count_in_words(k: int, n: int) -> str:
    """Return `14 (43.8%)`, and `0` for nobody."""
    return f"{k} ({percent_in_words(k, n)}%)" if k else "0"


def interval_in_words(k: int, n: int, level: float) -> str:
    """Return the exact interval in percent as `26.4, 62.3`."""
    lower, upper = exact_interval(k, n, level)
    return f"{rounded(100 * lower, 1)}, {rounded(100 * upper, 1)}"


def ranks(values: pd.Series, grades: Mapping[str, str]) -> tuple[pd.Series, int]:
    """Return each grade's place among the grades, -1 where missing or none of them, and how many are none of them."""
    texts = as_text(values).replace("", pd.NA)
    places = {grade: place for place, grade in enumerate(grades)}
    found = texts.map(places).fillna(-1).astype("int64")
    unknown = int((found.eq(-1) & texts.notna()).sum())
    return found, unknown


def subjects_in(rows: pd.DataFrame) -> int:
    """Return how many subjects have a row."""
    return int(rows["USUBJID"].nunique())


def numbers_in_words(values: Iterable[float], decimals: int) -> str:
    """Return numbers with so many decimals, `NE` where missing, with commas between."""
    return ", ".join(rounded(float(value), decimals) for value in np.asarray(list(values), dtype="float64"))
