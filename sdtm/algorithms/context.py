"""What a verb sees: the record's columns, the variables built so far, other forms and datasets, and where to report."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import singledispatch

import numpy as np
import pandas as pd

from clinical import provenance
from clinical.conditions import Condition, columns_of, matches
from clinical.errors import MappingError
from clinical.findings import Severity, report
from clinical.numbers import number_text
from clinical.wording import count
from specs.model.dataset import DatasetSpec, RecordSource, VariableSpec
from specs.model.maps import Map
from specs.model.study import Study
from specs.references import parse_reference

#: Prefix under which a collected frame keeps the raw columns that its derived variables still need.
KEPT = "_RAW."

#: At most this many rows of one problem are listed; a closing finding gives the full count.
LISTED = 1000


@dataclass
class Context:
    """The place in which a variable is built.

    Attributes:
        rows: the records, with a plain 0..n-1 index: raw columns and provenance, or a collected frame.
        record: the source that the rows come from, while they are collected.
        built: the variables of the dataset built so far, each aligned with `rows`.
        forms: the raw forms by name.
        datasets: finished datasets by name; `collected`: those mapped from their forms, not yet finished.
        visits: subject, event and repeat of every visit with VISITNUM, VISIT and VISITDY.
        selected: positions of `rows` that count; None means all of them.
        findings: what is found on the way; shared by all contexts made from this one.
        remembered: what verbs need again for other variables of the same rows; shared likewise.
    """

    study: Study
    spec: DatasetSpec
    rows: pd.DataFrame
    record: RecordSource | None = None
    variable: VariableSpec | None = None
    built: dict[str, pd.Series] = field(default_factory=dict)
    forms: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    datasets: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    collected: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    visits: pd.DataFrame | None = None
    selected: np.ndarray | None = None
    findings: list[pd.DataFrame] = field(default_factory=list)
    remembered: dict[str, np.ndarray] = field(default_factory=dict)

    @property
    def index(self) -> pd.Index:
        """The index of the rows that count."""
        return self.rows.index if self.selected is None else self.rows.index[self.selected]

    def of(self, variable: VariableSpec) -> Context:
        """Return the same place for another variable."""
        return replace(self, variable=variable)

    def take(self, holds: np.ndarray) -> Context:
        """Return the same place limited to those of the present rows for which `holds` is true."""
        positions = np.flatnonzero(holds) if self.selected is None else self.selected[holds]
        return replace(self, selected=positions)

    def missing(self) -> pd.Series:
        """Return missing text for every row that counts."""
        return pd.Series(np.nan, index=self.index, dtype="str")

    def column(self, text: str) -> pd.Series:
        """Return the values that a reference names, one for each row that counts.

        Raises:
            MappingError: a form or dataset says several things of a subject and is asked for one.
        """
        reference = parse_reference(text)
        if reference.kind == "variable" and reference.owner == self.spec.name:
            return self.own(reference.name)
        if reference.kind == "variable":
            return self._joined(self.datasets[reference.owner], "USUBJID", self.own("USUBJID"), reference.name, text)
        if KEPT + text in self.rows:
            return self._limited(self.rows[KEPT + text])
        if reference.kind == "own":
            return self._limited(self.rows[reference.name])
        subjects = self._limited(self.rows[provenance.SUBJECT])
        return self._joined(self.forms[reference.owner], provenance.SUBJECT, subjects, reference.name, text)

    def text(self, text: str) -> pd.Series:
        """Return the values that a reference names as text, numbers without needless decimals."""
        values = self.column(text)
        return number_text(values) if pd.api.types.is_numeric_dtype(values) else values.astype("str")

    def own(self, name: str) -> pd.Series:
        """Return a variable of this dataset that is already built."""
        return self._limited(self.built[name])

    def holds(self, condition: Condition) -> np.ndarray:
        """Return for which of the rows that count a condition holds; its columns are references."""
        if not condition:
            return np.ones(len(self.index), dtype=bool)
        return matches(pd.DataFrame({text: self.column(text) for text in columns_of(condition)}), condition)

    def report(
        self, rule: str, severity: Severity, message: str, holds: np.ndarray, value: pd.Series | None = None
    ) -> None:
        """Add a finding for each row that counts and for which `holds` is true; its key is the test. See `LISTED`."""
        count = int(holds.sum())
        if not count:
            return
        positions = (np.arange(len(self.rows)) if self.selected is None else self.selected)[holds]
        test = f"{self.spec.name}TESTCD"
        named = {one: self.built[one].iloc[positions[:LISTED]] for one in ("USUBJID", test) if one in self.built}
        shown = self.rows.iloc[positions[:LISTED]].assign(**named)
        name = self.variable.name if self.variable else ""
        listed = None if value is None else value[holds].iloc[:LISTED]
        found = report(
            rule,
            severity,
            message,
            source="raw",
            dataset=self.spec.name,
            variable=name,
            rows=shown,
            keys=[test],
            value=listed,
        )
        self.findings.append(found)
        if count > LISTED:
            closing = f"{message} The first {LISTED} of {count} rows are listed."
            self.findings.append(report(rule, severity, closing, source="raw", dataset=self.spec.name, variable=name))

    def _limited(self, values: pd.Series) -> pd.Series:
        return values if self.selected is None else values.iloc[self.selected]

    def _joined(self, table: pd.DataFrame, by: str, keys: pd.Series, name: str, text: str) -> pd.Series:
        """Return what `table` says in `name` of each key: its one value, or missing where it says nothing."""
        said = table.loc[table[name].notna().to_numpy(), [by, name]].drop_duplicates()
        values = pd.Series(said[name].to_numpy(), index=pd.Index(said[by]), dtype=table[name].dtype)
        if values.index.has_duplicates:
            several = values.index[values.index.duplicated()].nunique()
            raise MappingError(
                f"{self.spec.name}.{self.variable.name if self.variable else ''}: '{text}' takes one value a subject, "
                f"but {count(several, 'subject', verb='have')} several. Limit the form to one row a subject, or use "
                "'earliest' or 'latest'."
            )
        joined = values.reindex(keys)
        joined.index = keys.index
        return joined


@singledispatch
def evaluate_verb(verb: object, context: Context) -> pd.Series:
    """Return what a verb makes of the rows that count; `where` is already applied."""
    raise TypeError(f"no verb for {type(verb).__name__}")


def evaluate(outer: Map, context: Context) -> pd.Series:
    """Return the values of a map for the rows that count, missing where its condition does not hold."""
    if not outer.where:
        return evaluate_verb(outer, context)
    holds = context.holds(outer.where)
    return evaluate_verb(outer, context.take(holds)).reindex(context.index)
