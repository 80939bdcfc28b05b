"""Errors put into a simulated export on purpose, each of them listed, so that checks can be held against the list.

A kind of error is a function that chooses records and changes, adds or removes them. `error_rate` is the share of a
form's records with an error: it is divided among the kinds of that form, with at least one record a kind where any
record fits. No record gets two errors, and subjects without one are preferred.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from simulation.draws import Draws, Flags, Ints
from simulation.export import PLANTED, SimulatedExport, identity_names
from simulation.text import Text, dates
from specs.model.raw import RawContract
from specs.model.simulation import SimulationPlan

_ID, _USED = "_ID", "_USED"


class Work:
    """The forms while errors are planted into them; one kind of error at a time."""

    def __init__(self, export: SimulatedExport, plan: SimulationPlan, contract: RawContract, rate: float) -> None:
        self.plan, self.contract, self.rate = plan, contract, rate
        self.snapshot = pd.Timestamp(export.snapshot.date())
        self.forms = {
            form: with_columns(
                frame, {_ID: np.arange(len(frame), dtype="int64"), _USED: np.zeros(len(frame), dtype=bool)}
            )
            for form, frame in export.forms.items()
        }
        self.kind = ""
        self.share = 1.0
        self.draws = Draws(0, "")
        self._planted: list[pd.DataFrame] = []
        self._damaged: set[str] = set()

    def name(self, form: str, role: str) -> str:
        """Return the identity column of a form for a role such as `subject`."""
        return identity_names(self.contract, form)[role]

    def subject(self, form: str) -> pd.Series:
        """Return the subject of each record of a form."""
        return self.forms[form][self.name(form, "subject")]

    def event(self, form: str) -> pd.Series:
        """Return the event of each record of a form."""
        return self.forms[form][self.name(form, "event")]

    def looked_up(self, form: str, values: pd.Series) -> pd.Series:
        """Return a day by subject (indexed by it) for each record of a form; missing where there is none."""
        return self.subject(form).map(values).astype("float64")

    def choose(self, form: str, fits: pd.Series | Flags) -> Ints:
        """Return the positions of records to damage, in order: fitting, not damaged yet, as many as the rate says."""
        frame = self.forms[form]
        candidates = np.flatnonzero(np.asarray(fits, dtype=bool) & ~frame[_USED].to_numpy(dtype=bool))
        wanted = min(len(candidates), max(1, round(self.rate * self.share * len(frame)))) if self.rate > 0 else 0
        damaged = self.subject(form).iloc[candidates].isin(self._damaged).to_numpy(dtype=bool)
        order = np.argsort(self.draws.uniform(len(candidates)) + damaged, kind="stable")
        return np.sort(candidates[order[:wanted]])

    def change(self, form: str, rows: Ints, column: str, values: pd.Series | Text | str | None) -> None:
        """Put values into a column of some records and list them."""
        frame = self.forms[form]
        before = frame[column].iloc[rows]
        new = pd.Series(values, index=before.index, dtype="str") if not isinstance(values, pd.Series) else values
        new = pd.Series(new.to_numpy(dtype=object), index=before.index, dtype="str")
        subjects = self.subject(form).iloc[rows]
        self._list(form, subjects, frame[_ID].iloc[rows], column, before, new)
        column_values = frame[column].copy()
        column_values.iloc[rows] = new
        used = frame[_USED].to_numpy(dtype=bool, copy=True)
        used[rows] = True
        self.forms[form] = with_columns(frame, {column: column_values, _USED: used})

    def add(self, form: str, records: pd.DataFrame, column: str, *, listed: bool = True) -> None:
        """Add records (of the form's own columns) and list them under the column that makes them wrong."""
        frame = self.forms[form]
        first = int(frame[_ID].max()) + 1 if len(frame) else 0
        ids = np.arange(first, first + len(records), dtype="int64")
        added = with_columns(records, {_ID: ids, _USED: np.ones(len(records), dtype=bool)})[frame.columns]
        if listed:
            nothing = pd.Series(index=added.index, dtype="str")
            self._list(form, added[self.name(form, "subject")], added[_ID], column, nothing, added[column])
        self.forms[form] = pd.concat([frame, added], ignore_index=True)

    def remove(self, form: str, rows: Ints) -> None:
        """Remove records and list them; they have no record number any more."""
        frame = self.forms[form]
        gone = frame.iloc[rows]
        nothing = pd.Series(index=gone.index, dtype="str")
        subject = self.name(form, "subject")
        ids = pd.Series(-1, index=gone.index, dtype="int64")
        self._list(form, gone[subject], ids, subject, gone[subject], nothing)
        self.forms[form] = frame.drop(index=gone.index).reset_index(drop=True)

    def _list(
        self, form: str, subject: pd.Series, ids: pd.Series, column: str, original: pd.Series, planted: pd.Series
    ) -> None:
        self._damaged |= set(subject.dropna())
        entry = {"subject": subject, "record": ids, "original": original, "planted": planted}
        self._planted.append(pd.DataFrame(entry).assign(kind=self.kind, form=form, column=column))

    def finish(self, export: SimulatedExport) -> SimulatedExport:
        """Return the export with the errors in it and the list of them; records are numbered as they now stand."""
        forms, numbers = {}, {}
        for form, frame in self.forms.items():
            ordered = self._in_order(form, frame, list(export.events))
            numbers[form] = pd.Series(np.arange(1, len(ordered) + 1), index=ordered[_ID])
            forms[form] = ordered.drop(columns=[_ID, _USED]).reset_index(drop=True)
        return replace(export, forms=forms, planted=self._listing(numbers))

    def _listing(self, numbers: dict[str, pd.Series]) -> pd.DataFrame:
        if not self._planted:
            return pd.DataFrame({column: pd.Series(dtype="str") for column in PLANTED})
        planted = pd.concat(self._planted, ignore_index=True)
        pairs = pd.MultiIndex.from_frame(planted[["form", "record"]])
        record = pd.concat(numbers).reindex(pairs).to_numpy()
        shown = pd.Series(record, dtype="Int64").astype("str")
        return planted.assign(record=shown)[list(PLANTED)].astype("str")

    def _in_order(self, form: str, frame: pd.DataFrame, events: list[str]) -> pd.DataFrame:
        """Return records in the order of every export: subject (none: last), event, repeats, as they were before."""
        names = identity_names(self.contract, form)
        keys = pd.DataFrame({"subject": frame[names["subject"]], "event": frame[names["event"]].map(events.index)})
        for role in ("event_repeat", "group_repeat"):
            keys[role] = pd.to_numeric(frame[names[role]]).fillna(0) if role in names else 0
        by = ["subject", "event", "event_repeat", "group_repeat"]
        return frame.loc[keys.sort_values(by, kind="stable", na_position="last").index]


def with_columns(frame: pd.DataFrame, columns: Mapping[str, pd.Series | np.ndarray | str]) -> pd.DataFrame:
    """Return a frame with columns put in or replaced."""
    changed = frame.copy(deep=False)
    for name, values in columns.items():
        changed[name] = values
    return changed


Planter = Callable[[Work], None]

#: Every kind of error by its name, with the form that it concerns first.
KINDS: dict[str, tuple[str, Planter]] = {}


def kind(name: str, form: str) -> Callable[[Planter], Planter]:
    """Register a kind of error under its name."""

    def register(planter: Planter) -> Planter:
        KINDS[name] = (form, planter)
        return planter

    return register


def plant(
    export: SimulatedExport, plan: SimulationPlan, contract: RawContract, rate: float, seed: int
) -> SimulatedExport:
    """Return the export with errors of every kind for which it has a fitting record."""
    work = Work(export, plan, contract, rate)
    per_form = pd.Series([form for form, _ in KINDS.values()]).value_counts()
    for name, (form, planter) in KINDS.items():
        work.kind = name
        work.share = 1 / int(per_form[form])
        work.draws = Draws(seed, f"error {name}")
        planter(work)
    return work.finish(export)


def complete_days(column: pd.Series) -> pd.Series:
    """Return complete dates as day numbers; partial and missing ones are missing."""
    parsed = pd.to_datetime(column, format="%d-%b-%Y", errors="coerce")
    return (parsed - pd.Timestamp("1970-01-01")).dt.days.astype("float64")


def as_dates(days: pd.Series | np.ndarray) -> Text:
    """Return day numbers as DD-MON-YYYY; missing stays missing."""
    return dates(np.where(np.isnan(days), np.inf, np.asarray(days, dtype="float64")))
