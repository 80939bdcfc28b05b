"""The rows of a dataset with several rows a subject: their order, ASEQ, and columns that are built whole."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from adam.derive.columns import number_column as number_column
from adam.derive.columns import take_values as take_values
from adam.derive.columns import text_column as text_column
from adam.derive.context import Context
from adam.derive.subjects import convert
from adam.derive.timeline import Floats, Integers, Places, group_rows, subject_day_keys
from specs.model.dataset import DatasetSpec


@dataclass(frozen=True)
class RowOrder:
    """Rows sorted by subject, PARAMCD and date: `rows` are their former positions, `sequence` is ASEQ."""

    rows: Integers
    sequence: Floats

    def sequence_of(self, positions: Integers) -> Floats:
        """Return ASEQ of rows by their former positions; NaN for -1."""
        by_position = np.full(len(self.rows) + 1, np.nan)  # the last one is the row of position -1
        by_position[self.rows] = self.sequence
        return by_position[positions]


def order_rows(codes: Integers, parameters: Integers | Places, days: Integers, names: Sequence[str]) -> RowOrder:
    """Return the order by subject, PARAMCD in the alphabet, and date; `parameters` are positions in `names`."""
    alphabetical = np.empty(len(names), dtype="int64")
    alphabetical[np.argsort(np.array(names))] = np.arange(len(names))
    rows = np.argsort(subject_day_keys(codes * len(names) + alphabetical[parameters], days), kind="stable")
    starts, groups = group_rows(codes[rows])
    return RowOrder(rows, (np.arange(len(rows)) - starts[groups] + 1).astype("float64"))


#: How a column is made; only those that the specification has are.
Columns = dict[str, Callable[[], pd.Series]]


def finish_rows(spec: DatasetSpec, context: Context, codes: Integers, columns: Columns) -> pd.DataFrame:
    """Return the dataset in spec order: the columns given, and the subject's variables in every row of the subject."""
    finished = {
        variable.name: convert(columns[variable.name](), variable, spec.name)
        if variable.name in columns
        else context.built[variable.name].take(codes).reset_index(drop=True)
        for variable in spec.variables
    }
    return pd.DataFrame(finished, copy=False)
