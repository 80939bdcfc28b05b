"""Dates of a population: from ADSL, or of its assessments on either side of a day."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from adam.derive.timeline import NEVER, Booleans, Floats, Integers, Timeline, subject_codes, to_days
from adam.inputs import clean_column
from clinical.conditions import Condition, columns_of, matches
from specs.model.time_to_event import When

#: Imputation flags; a position in them stands for one.
IMPUTED = ("D", "M", "Y")


@dataclass(frozen=True)
class Found:
    """A day for each subject asked about, NEVER where there is none, and where it stands.

    `source` is the dataset and variable, `sequences` is the sequence number there, `imputed` a position in D, M, Y.
    """

    days: Integers
    source: tuple[str, str]
    sequences: Floats
    imputed: Integers

    def take(self, places: Integers) -> Found:
        """Return the same for some of the subjects."""
        return Found(self.days[places], self.source, self.sequences[places], self.imputed[places])

    def since(self, start: Integers) -> Found:
        """Return the same without days before the start."""
        return replace(self, days=np.where(self.days >= start, self.days, NEVER))

    def within(self, start: Integers, until: Integers) -> Found:
        """Return the same with each day moved to the start if before it, and to `until` if after it; none is none."""
        moved = np.maximum(np.minimum(self.days, until), start)
        return replace(self, days=np.where(self.days < NEVER, moved, NEVER))


@dataclass
class Subjects:
    """A population (rows of ADSL) and its dated assessments; a subject's code is its row."""

    base: pd.DataFrame
    assessments: pd.DataFrame
    #: The dataset that the assessments are from.
    dataset: str
    codes: Integers
    days: Integers
    sequences: Floats
    _timelines: dict[str, tuple[Timeline, Integers]] = field(default_factory=dict)

    @classmethod
    def of(cls, base: pd.DataFrame, assessments: pd.DataFrame, dataset: str) -> Subjects:
        """Return the population's dated assessments, each with the subject's code."""
        codes = subject_codes(pd.Index(base["USUBJID"]), assessments["USUBJID"])
        days = to_days(assessments["ADT"])
        sequences = assessments["ASEQ"].to_numpy(dtype="float64")
        return cls(base, assessments, dataset, codes, days, sequences)

    def __len__(self) -> int:
        return len(self.base)

    def timeline(self, condition: Condition) -> tuple[Timeline, Integers]:
        """Return the assessments that fulfil a condition in time, and their positions."""
        key = repr(condition)
        if key not in self._timelines:
            columns = {name: clean_column(self.assessments, name) for name in columns_of(condition)}
            frame = pd.DataFrame(columns, copy=False)
            rows = np.flatnonzero(matches(frame, condition) & (self.codes >= 0) & (self.days < NEVER))
            self._timelines[key] = Timeline(self.codes[rows], self.days[rows]), rows
        return self._timelines[key]

    def find_date(self, when: When, codes: Integers) -> Found:
        """Return a date variable of ADSL."""
        assert when.date is not None
        days = to_days(self.base[when.date])[codes]
        imputed = np.full(len(codes), -1, dtype="int64")
        if when.imputed:
            flags = clean_column(self.base, when.imputed).take(codes)
            imputed = pd.Index(IMPUTED).get_indexer(pd.Index(flags)).astype("int64")
        return Found(days, ("ADSL", when.date), np.full(len(codes), np.nan), imputed)

    def find_first(self, when: When, codes: Integers, since: Integers) -> Found:
        """Return the first assessment on or after a day, or the date variable of ADSL."""
        if when.assessment is None:
            return self.find_date(when, codes)
        timeline, rows = self.timeline(when.assessment)
        return self._found(timeline.first_from(codes, since), rows)

    def find_last(self, when: When, codes: Integers, until: Integers, since: Integers) -> Found:
        """Return the last assessment on or before `until`, but not before `since`."""
        timeline, rows = self.timeline(when.assessment or ())
        return self._found(timeline.last_until(codes, until, since), rows)

    def _found(self, places: Integers, rows: Integers) -> Found:
        found = places >= 0
        at = rows[places[found]]
        days, sequences = np.full(len(places), NEVER, dtype="int64"), np.full(len(places), np.nan)
        days[found], sequences[found] = self.days[at], self.sequences[at]
        return Found(days, (self.dataset, "ADT"), sequences, np.full(len(places), -1, dtype="int64"))

    def holds(self, condition: Condition, codes: Integers) -> Booleans:
        """Return for which subjects a condition on ADSL holds."""
        return matches(self.base, condition)[codes]
