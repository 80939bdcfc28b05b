"""Dated rows of subjects, sorted once, so that the first or last before a date is found for all subjects at a time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from adam.inputs import Booleans as Booleans

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
#: Positions in a short list (parameters, visits, texts), of which there is one a row.
Places = npt.NDArray[np.int16]

#: A day later than any date; stands for a date that never comes.
NEVER = 2**20 - 1
_BITS = 21


def to_days(dates: pd.Series, missing: int = NEVER) -> Integers:
    """Return dates as whole days since 1970-01-01; a missing date is `missing`."""
    days = dates.to_numpy().astype("datetime64[D]")
    return np.where(np.isnat(days), missing, days.astype("int64"))


def to_dates(days: Integers) -> pd.Series:
    """Return whole days since 1970-01-01 as datetime64[s]; NEVER becomes NaT."""
    dates = days.astype("datetime64[D]")
    dates[days >= NEVER] = np.datetime64("NaT")
    return pd.Series(dates.astype("datetime64[s]"))


def subject_codes(subjects: pd.Index, usubjid: pd.Series) -> Integers:
    """Return the position of each subject in `subjects`, -1 for one that is not there."""
    places, distinct = pd.factorize(usubjid)
    known = subjects.get_indexer(pd.Index(distinct)).astype("int64")
    codes: Integers = np.append(known, -1)[places]  # a missing subject has the place -1
    return codes


def first_of_best(codes: Integers, scores: Integers) -> Integers:
    """Return the position of the first row with the highest score of each subject; rows are sorted by subject."""
    starts, groups = group_rows(codes)
    best = np.flatnonzero(scores == np.maximum.reduceat(scores, starts)[groups]) if len(starts) else starts
    return best[is_first(groups[best])]


def group_rows(keys: Integers) -> tuple[Integers, Integers]:
    """Return where each run of equal keys starts, and the number of the run that each row belongs to."""
    new = is_first(keys)
    return np.flatnonzero(new), np.cumsum(new) - 1


def is_first(keys: Integers) -> Booleans:
    """Return which rows have another key than the row before."""
    return np.append(True, keys[1:] != keys[:-1]) if len(keys) else np.zeros(0, dtype=bool)


def is_last(keys: Integers) -> Booleans:
    """Return which rows have another key than the row after."""
    return np.append(keys[1:] != keys[:-1], True) if len(keys) else np.zeros(0, dtype=bool)


def compute_days(days: Integers, reference: Integers) -> Integers:
    """Return study days: the reference is day 1, the day before it day -1 (ADaMIG 1.3, section 3.3.2)."""
    difference: Integers = days - reference
    return difference + (difference >= 0)


class Timeline:
    """Rows with a subject's code (0, 1, …) and a day.

    Rows on one day keep their order. All answers are positions of rows as they were given, -1 where there is none.
    """

    def __init__(self, codes: Integers, days: Integers) -> None:
        keys = subject_day_keys(codes, days)
        in_order = bool((keys[1:] >= keys[:-1]).all())
        self._order = None if in_order else np.argsort(keys, kind="stable")
        self._keys = keys if self._order is None else keys[self._order]

    def first_from(self, codes: Integers, days: Integers) -> Integers:
        """Return, for each subject asked about, the first row on or after the day."""
        found = np.searchsorted(self._keys, subject_day_keys(codes, days), side="left")
        return self._row(found, codes)

    def last_until(self, codes: Integers, days: Integers, since: Integers) -> Integers:
        """Return, for each subject asked about, the last row on or before `days` and not before `since`."""
        found = np.searchsorted(self._keys, subject_day_keys(codes, days), side="right") - 1
        rows = self._row(found, codes)
        soonest = np.searchsorted(self._keys, subject_day_keys(codes, since), side="left")
        return np.where(found >= soonest, rows, -1)

    def _row(self, found: Integers, codes: Integers) -> Integers:
        inside = (found >= 0) & (found < len(self._keys))
        rows = np.full(len(found), -1, dtype="int64")
        at = found[inside]
        same = (self._keys[at] >> _BITS) == codes[inside]
        rows[inside] = np.where(same, at if self._order is None else self._order[at], -1)
        return rows


def subject_day_keys(codes: Integers, days: Integers) -> Integers:
    """Return one number that sorts by subject, then day."""
    keys: Integers = (codes.astype("int64") << _BITS) + np.clip(days, -NEVER, NEVER) + 2 ** (_BITS - 1)
    return keys
