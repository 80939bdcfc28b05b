"""The rows and subjects that a figure is drawn from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from clinical.conditions import Condition, matches
from clinical.findings import as_text
from clinical.wording import count
from specs.model.figures import SUBJECTS, Rows, SubjectCategory

_Datasets = Mapping[str, pd.DataFrame]


@dataclass(frozen=True)
class Selection:
    """The analysis datasets, and the subjects of the figure's population (of ADSL, in the order of USUBJID)."""

    datasets: _Datasets
    subjects: pd.DataFrame

    @classmethod
    def of(cls, datasets: _Datasets, population: Condition) -> Selection:
        """Return the selection of a population."""
        subjects = datasets[SUBJECTS]
        chosen = subjects[matches(subjects, population)].sort_values("USUBJID", kind="stable")
        return cls(datasets, chosen.reset_index(drop=True))

    def rows(self, rows: Rows) -> pd.DataFrame:
        """Return the rows of the population's subjects for which the condition holds."""
        frame = self.datasets[rows.dataset]
        holds = matches(frame, rows.where) & frame["USUBJID"].isin(self.subjects["USUBJID"]).to_numpy()
        return frame[holds].reset_index(drop=True)

    def category(self, asked: SubjectCategory, subjects: pd.Series) -> pd.Series:
        """Return the label of each subject's category: of the first row; `otherwise` where none is known."""
        rows = self.rows(asked).drop_duplicates("USUBJID").set_index("USUBJID")[asked.value]
        values = as_text(rows).map(asked.categories)
        labels = subjects.map(values).astype("str")
        return labels.fillna(asked.otherwise).reset_index(drop=True)

    def value(self, name: str, subjects: pd.Series) -> pd.Series:
        """Return a variable of ADSL of each subject."""
        return subjects.map(self.subjects.set_index("USUBJID")[name]).reset_index(drop=True)


def labels_of(asked: SubjectCategory, found: pd.Series) -> tuple[str, ...]:
    """Return the labels of the legend: all categories, and that of subjects without one where there are some."""
    known = tuple(dict.fromkeys(asked.categories.values()))
    without = asked.otherwise not in known and bool((found == asked.otherwise).any())
    return (*known, asked.otherwise) if without else known


def pick_evenly(frame: pd.DataFrame, most: int) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return at most so many rows of a frame with one row a subject, evenly picked in its order, and the note on it.

    The first and the last row are always among them.
    """
    if len(frame) <= most:
        return frame, ()
    places = np.unique(np.linspace(0, len(frame) - 1, most).round().astype("int64"))
    note = (
        f"Shown: {len(places):,} of {count(len(frame), 'subject')}, evenly picked in the order of the figure, with "
        "the first and the last. The data hold all of them."
    )
    return frame.iloc[places].reset_index(drop=True), (note,)


def subjects_in_words(number: int) -> str:
    """Return a number of subjects as text."""
    return count(number, "subject")
