"""What an ADaM dataset is built from: SDTM of any origin made alike, limited to the data cut-off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from clinical.conditions import Condition, matches
from clinical.dates import complete_date, first_possible, last_possible
from clinical.errors import MappingError, listed
from clinical.wording import agree, count

Booleans = npt.NDArray[np.bool_]

#: Variables that may say when a record was made, the more telling first.
_RECORD_DATES = ("STDTC", "DTC")


@dataclass(frozen=True)
class Inputs:
    """The datasets that are read, by name; what is absent is empty, what lies after `cutoff` is left out.

    Without a cut-off given (None) nothing is left out.
    """

    datasets: Mapping[str, pd.DataFrame]
    cutoff: pd.Timestamp | None

    @cached_property
    def latest(self) -> pd.Timestamp:
        """The cut-off; without one, the latest date in the data."""
        return compute_cutoff(self.datasets) if self.cutoff is None else self.cutoff

    def rows(self, dataset: str, columns: Iterable[str]) -> pd.DataFrame:
        """Return a dataset's records up to the cut-off with USUBJID and the named columns; absent ones are missing.

        Text is NA where blank. A record belongs after the cut-off if its start (--STDTC), else its date (--DTC), can
        only be later; DM has no such date.
        """
        wanted = list(dict.fromkeys(("USUBJID", *columns)))
        frame = self.datasets.get(dataset)
        if frame is None:
            return pd.DataFrame({name: pd.Series(dtype="str") for name in wanted})
        found = pd.DataFrame({name: clean_column(frame, name) for name in wanted}, copy=False)
        return keep_rows(found, self._is_in_time(dataset, frame))

    def _is_in_time(self, dataset: str, frame: pd.DataFrame) -> Booleans:
        for suffix in _RECORD_DATES:
            name = dataset + suffix
            if name in frame and self.cutoff is not None:
                return ~(first_possible(clean_column(frame, name)) > self.cutoff).to_numpy(dtype=bool)
        return np.ones(len(frame), dtype=bool)

    def is_in_time(self, dates: pd.Series) -> pd.Series:
        """Return which dates are there and not after the cut-off."""
        return dates.notna() if self.cutoff is None else dates <= self.cutoff


def keep_rows(frame: pd.DataFrame, holds: Booleans) -> pd.DataFrame:
    """Return some rows of a frame, numbered anew; where all are kept, nothing is copied."""
    return (frame if holds.all() else frame[holds]).reset_index(drop=True)


def clean_column(frame: pd.DataFrame, name: str) -> pd.Series:
    """Return a column with blank text as NA, dates as datetime64[s]; an absent column is all missing."""
    if name not in frame:
        return pd.Series(pd.NA, index=frame.index, dtype="str")
    values = frame[name]
    if pd.api.types.is_numeric_dtype(values):
        return values.astype("float64")
    if pd.api.types.is_datetime64_any_dtype(values):
        return values.astype("datetime64[s]")
    text = values.astype("str")
    blank = text == ""
    return text.mask(blank) if blank.any() else text


def as_numbers(values: pd.Series, dataset: str, variable: str) -> pd.Series:
    """Return values as float64; text that is a number becomes that number, missing stays missing.

    Raises:
        MappingError: says how many values are text that is no number.
    """
    if pd.api.types.is_numeric_dtype(values):
        return values if values.dtype == "float64" else values.astype("float64")
    numbers = pd.to_numeric(values, errors="coerce").astype("float64")
    texts = int((values.notna() & numbers.isna()).sum())
    if texts:
        counted = count(texts, "value", verb="are")
        raise MappingError(f"{dataset}.{variable}: {counted} text and cannot be read as a number. Supply numbers.")
    return numbers


def compute_cutoff(sdtm: Mapping[str, pd.DataFrame]) -> pd.Timestamp:
    """Return the latest date of any subject in the data (midnight, datetime64[s]).

    Rule: the latest complete date in any --DTC variable. A death of which the day is unknown is dated at the latest as
    it can be completed (the first day possible, or the day after the subject's latest date), so that it is never
    after the cut-off.

    Raises:
        MappingError: there is no complete date at all.
    """
    frames = [frame for _, frame in sorted(sdtm.items()) if "USUBJID" in frame]
    parts = [
        pd.DataFrame({"USUBJID": frame["USUBJID"], "DATE": complete_date(clean_column(frame, name))})
        for frame in frames
        for name in frame.columns
        if name.endswith("DTC")
    ]
    dates = pd.concat(parts, ignore_index=True).dropna() if parts else pd.DataFrame({"DATE": []})
    if dates.empty:
        raise MappingError("SDTM: no complete date was found, so there is no data cut-off. Give one with --cutoff.")
    latest = dates["DATE"].max()
    if "DM" in sdtm:
        deaths = _undated_deaths(sdtm["DM"], dates)
        latest = max([latest, *deaths.dropna().nlargest(1)])
    return pd.Timestamp(latest).as_unit("s")


def _undated_deaths(subjects: pd.DataFrame, dates: pd.DataFrame) -> pd.Series:
    """Return the latest date to which a death without its day can be completed; missing for everyone else."""
    text, died = clean_column(subjects, "DTHDTC"), clean_column(subjects, "DTHFL") == "Y"
    undated = complete_date(text).isna() & (text.notna() | died)
    subjects, text = subjects[undated], text[undated]
    own = dates[dates["USUBJID"].isin(subjects["USUBJID"])].groupby("USUBJID")["DATE"].max()
    after = own.reindex(pd.Index(subjects["USUBJID"])).set_axis(subjects.index) + pd.Timedelta(days=1)
    first, last = first_possible(text), last_possible(text)
    completed = after.where(~(after < first), first)
    return completed.where(~(completed > last), last)


def select_subjects(adsl: pd.DataFrame, population: Condition, dates: tuple[str, ...]) -> pd.DataFrame:
    """Return ADSL's rows of a population that have all of the dates, in the order of USUBJID."""
    frame = pd.DataFrame({name: clean_column(adsl, name) for name in adsl.columns}, copy=False)
    holds = matches(frame, population) & frame[list(dates)].notna().all(axis="columns").to_numpy()
    chosen = keep_rows(frame, holds)
    if chosen["USUBJID"].is_monotonic_increasing:
        return chosen
    return chosen.sort_values("USUBJID", kind="stable").reset_index(drop=True)


def as_timestamp(cutoff: date | pd.Timestamp) -> pd.Timestamp:
    """Return a date as the timestamp that frames compare with."""
    return pd.Timestamp(cutoff).normalize().as_unit("s")


def require_inputs(dataset: str, required: Mapping[str, tuple[str, ...]], datasets: Mapping[str, pd.DataFrame]) -> None:
    """Raise unless every required dataset is there with its required variables.

    Raises:
        MappingError: names what is missing.
    """
    absent = [name for name in required if name not in datasets]
    if absent:
        raise MappingError(
            f"{dataset}: {listed(absent)} is missing (found: {listed(sorted(datasets)) or 'nothing'}). "
            f"Supply {agree(len(absent), 'them')}; {dataset} cannot be built without."
        )
    lacking = {
        name: [variable for variable in variables if variable not in datasets[name]]
        for name, variables in required.items()
    }
    if any(lacking.values()):
        what = "; ".join(f"{name} has no {listed(variables)}" for name, variables in lacking.items() if variables)
        raise MappingError(f"{dataset}: {what}. Add the variables, or change what adam/{dataset.lower()}.yaml reads.")
