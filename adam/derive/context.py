"""What a verb sees while a dataset with one row a subject is built."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import singledispatch

import pandas as pd

from adam.derive.timeline import Booleans, Integers, subject_codes
from adam.inputs import Inputs, clean_column, keep_rows
from clinical.conditions import Condition, columns_of, matches
from clinical.findings import Severity, report
from specs.model.maps import Source
from specs.model.responses import Window


@dataclass
class Context:
    """One row a subject: `base` (DM for ADSL, ADSL for the others), what is `built`, and which dates were imputed.

    All Series have the index 0, 1, … of `base`, whose rows are in the order of USUBJID. `variable` is the one being
    built. `imputed` holds, for a date variable, its imputation flags. Where `base` has one row a record, `others` are
    the datasets besides that its rows point to: the frame, and the row in it (-1: none) for each row of `base`;
    `windows` are its analysis visits.
    """

    dataset: str
    base_name: str
    base: pd.DataFrame
    inputs: Inputs
    built: dict[str, pd.Series] = field(default_factory=dict)
    imputed: dict[str, pd.Series] = field(default_factory=dict)
    findings: list[pd.DataFrame] = field(default_factory=list)
    variable: str = ""
    others: Mapping[str, tuple[pd.DataFrame, Integers]] = field(default_factory=dict)
    windows: tuple[Window, ...] = ()
    _made: dict[str, pd.DataFrame] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._subjects = pd.Index(self.base["USUBJID"])

    def __len__(self) -> int:
        return len(self.base)

    def value(self, reference: str) -> pd.Series:
        """Return the variable that a reference names: one of the base dataset or another, without a dot one built."""
        owner, dot, name = reference.partition(".")
        if not dot:
            return self.built[reference]
        if owner not in self.others:
            return clean_column(self.base, name)
        frame, places = self.others[owner]
        return pd.Series(pd.api.extensions.take(clean_column(frame, name).array, places, allow_fill=True))

    def holds(self, condition: Condition) -> Booleans:
        """Return for which subjects a condition on variables holds."""
        frame = pd.DataFrame({name: self.value(name) for name in columns_of(condition)}, index=self.base.index)
        return matches(frame, condition)

    def codes(self, subjects: pd.Series) -> Integers:
        """Return the row of each subject, -1 for one that the base dataset does not have."""
        return subject_codes(self._subjects, subjects)

    def records(self, source: Source, columns: Sequence[str] = (), *, unknown_subjects: bool = False) -> pd.DataFrame:
        """Return the subjects' records of a source up to the cut-off: CODE, DTC (its date), and `columns`.

        Records of subjects that the base dataset does not have are left out, or have the code -1.
        """
        wanted = dict.fromkeys(("USUBJID", source.variable, *columns))
        rows = self.inputs.rows(source.dataset, (*wanted, *columns_of(source.where)))
        holds = matches(rows, source.where)
        codes = self.codes(rows["USUBJID"])
        if not unknown_subjects:
            holds &= codes >= 0
        kept = {name: rows[name] for name in wanted} | {"CODE": pd.Series(codes), "DTC": rows[source.variable]}
        return keep_rows(pd.DataFrame(kept, copy=False), holds)

    def once(self, key: str, make: Callable[[], pd.DataFrame]) -> pd.DataFrame:
        """Return a table that several variables are taken from; it is made for the first of them."""
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    def constant(self, value: str | None) -> pd.Series:
        """Return the same text for everyone."""
        return pd.Series(value, index=self.base.index, dtype="str")

    def spread(self, codes: Integers, values: pd.Series) -> pd.Series:
        """Return values by subject from at most one row a subject; everyone else's is missing."""
        result = values.set_axis(codes).reindex(self.base.index)
        return result.astype(values.dtype)

    def report(
        self,
        rule: str,
        severity: Severity,
        message: str,
        rows: pd.DataFrame,
        *,
        dataset: str,
        variable: str,
        keys: Sequence[str] = (),
    ) -> None:
        """Add one finding for each of the rows; the variable's value is its value."""
        if len(rows):
            value = variable if variable in rows else None
            about = {"dataset": dataset, "variable": variable}
            self.findings.append(
                report(rule, severity, message, source="rule", rows=rows, keys=keys, value=value, **about)
            )


def report_undated(rows: pd.DataFrame, context: Context, dataset: str, variable: str) -> None:
    """Report records of assessments without a complete date, which are not used."""
    context.report(
        "ADAM.PARTIAL_ASSESSMENT_DATE",
        "warning",
        "The assessment has no complete date, so it is not used. Complete the date.",
        rows,
        dataset=dataset,
        variable=variable,
        keys=[f"{dataset[:2]}SEQ"],
    )


@singledispatch
def evaluate(verb: object, context: Context) -> pd.Series:
    """Return a verb's values, one a subject."""
    raise TypeError(f"no derivation is registered for {type(verb).__name__}")
