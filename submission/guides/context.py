"""What the guides are made from, and what is counted in each dataset for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import pandas as pd

from clinical.conditions import columns_of, matches
from specs.model.dataset import DatasetSpec
from specs.model.study import Study
from submission.manifest import InputFile, Software
from submission.written import WrittenDataset


@dataclass(frozen=True)
class GuideContext:
    """Everything that a guide is made from.

    `datasets` are those that were written, of both standards, SUPP-- and RELREC among them. `findings` is the table of
    the run; that of `check` may be added. `snapshot` is the moment of the export, which dates the guide. `inputs` are
    the files that the run read. `annotated_crf` says whether acrf.pdf is in the package.
    """

    study: Study
    datasets: tuple[WrittenDataset, ...]
    findings: pd.DataFrame
    snapshot: datetime
    cutoff: date | None
    inputs: Mapping[str, InputFile]
    software: Software
    annotated_crf: bool = True

    @property
    def created(self) -> datetime:
        """The moment of the export in UTC, as which a moment without a time zone is read."""
        return self.snapshot.replace(tzinfo=UTC) if self.snapshot.tzinfo is None else self.snapshot.astimezone(UTC)

    def of_standard(self, standard: str) -> tuple[WrittenDataset, ...]:
        """Return the datasets of a standard, in the order in which they were given."""
        return tuple(one for one in self.datasets if one.standard == standard)


@dataclass(frozen=True)
class Counted:
    """A parameter (PARAMCD, PARAM) or qualifier (QNAM, QLABEL) with its records and subjects."""

    name: str
    label: str
    records: int
    subjects: int


@dataclass(frozen=True)
class DatasetFacts:
    """What is counted in one dataset.

    `subjects` is None where it has no USUBJID. `flagged` are the subjects with Y by flag, `steps` those at each step of
    the study's subject flow that the dataset tells. `relations` are the RELIDs of RELREC.
    """

    written: WrittenDataset
    subjects: int | None
    parts: tuple[Counted, ...] = ()
    flagged: Mapping[str, int] = field(default_factory=dict)
    steps: Mapping[str, int] = field(default_factory=dict)
    relations: frozenset[str] = frozenset()

    @property
    def spec(self) -> DatasetSpec:
        """The dataset's specification."""
        return self.written.spec

    @property
    def name(self) -> str:
        """The dataset's name."""
        return self.written.name

    @property
    def rows(self) -> int:
        """The number of its records."""
        return self.written.rows


def measure(written: WrittenDataset, study: Study) -> DatasetFacts:
    """Return what is counted in a dataset; it is read once and not kept."""
    if not written.rows:
        return DatasetFacts(written, 0 if "USUBJID" in written.spec.names else None)
    frame = written.load()
    if "USUBJID" not in frame:
        return DatasetFacts(written, None)
    named = ("QNAM", "QLABEL") if "QNAM" in frame else ("PARAMCD", "PARAM")
    return DatasetFacts(
        written,
        subjects=int(frame["USUBJID"].nunique()),
        parts=_parts(frame, *named),
        flagged=_flagged(frame) if written.name == "ADSL" else {},
        steps=_steps(frame, written.name, study),
        relations=frozenset(frame["RELID"].dropna().unique()) if "RELID" in frame else frozenset(),
    )


def _parts(frame: pd.DataFrame, name: str, label: str) -> tuple[Counted, ...]:
    if name not in frame or label not in frame:
        return ()
    groups = frame.groupby([name, label], sort=False)["USUBJID"].agg(["size", "nunique"]).reset_index()
    return tuple(Counted(str(one[0]), str(one[1]), int(one[2]), int(one[3])) for one in groups.to_numpy())


def _flagged(frame: pd.DataFrame) -> dict[str, int]:
    return {name: int(frame[name].eq("Y").sum()) for name in frame.columns if name.endswith("FL")}


def _steps(frame: pd.DataFrame, dataset: str, study: Study) -> dict[str, int]:
    """Return the subjects of every step that this dataset tells and has the variables for."""
    steps = {}
    for step in study.design.subject_flow:
        if step.dataset == dataset and set(columns_of(step.where)) <= set(frame.columns):
            steps[step.label] = int(frame.loc[matches(frame, step.where), "USUBJID"].nunique())
    return steps
