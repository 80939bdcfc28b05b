"""A dataset as it was published: what every document about the datasets is made from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from specs.model.dataset import DatasetSpec
from submission.package import Standard


@dataclass(frozen=True)
class WrittenDataset:
    """A dataset with its specification in the order in which it was written.

    `file` is its transport file, None where it has no rows, since a dataset without rows is described but not sent.
    `parts` are the files in the folder `split` beside it, where it is larger than the agency takes. `lengths` are the
    allotted lengths in bytes by variable, numbers included.
    `load` reads the frame; nothing keeps it.
    """

    spec: DatasetSpec
    standard: Standard
    file: Path | None
    rows: int
    lengths: Mapping[str, int]
    load: Callable[[], pd.DataFrame]
    parts: tuple[Path, ...] = ()

    @property
    def name(self) -> str:
        """The dataset's name, in upper case."""
        return self.spec.name
