"""The rows of a response dataset and its columns: parameters' rows under each other, sorted, each column made once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from adam.derive.assessment_flags import compute_flags, is_baseline
from adam.derive.assessments import Assessments, compute_windows
from adam.derive.rows import Columns, RowOrder, number_column, order_rows, take_values, text_column
from adam.derive.subject_dates import IMPUTED
from adam.derive.timeline import NEVER, Booleans, Floats, Integers, Places, compute_days, to_dates
from adam.inputs import clean_column
from specs.model.responses import (
    BestResponse,
    LastResponse,
    LesionResponse,
    ResponseParameter,
    ResponseRules,
    SharedFlag,
    Timepoints,
    Window,
    windows_of,
)
from specs.resolve_adam import LESION_ROW

#: The place of the text of a flag that is set, and of one that is not.
_YES = (np.int16(0), np.int16(-1))


@dataclass(frozen=True)
class Origin:
    """Where rows come from outside this dataset: dataset, variable and sequence numbers, and which rows do."""

    dataset: str
    variable: str
    holds: Booleans
    sequences: Floats


@dataclass(frozen=True)
class Block:
    """A parameter's rows. `places` are positions in `names`; `sources` are rows of the whole (-1: none).

    A timepoint response has its `assessments`, one for each row; a derived parameter has None. `imputed` are positions
    in D, M, Y (-1: not imputed); None leaves it to the row that is the source.
    """

    name: str
    parameter: ResponseParameter
    names: tuple[str | None, ...]
    codes: Integers
    days: Integers
    places: Integers
    sources: Integers
    assessments: Assessments | None = None
    origin: Origin | None = None
    imputed: Integers | None = None

    def __len__(self) -> int:
        return len(self.codes)


@dataclass(frozen=True)
class ResponseRows:
    """All rows of a dataset, block after block; `start` is the clock's start by subject."""

    dataset: str
    blocks: Sequence[Block]
    rules: ResponseRules
    start: Integers

    @cached_property
    def order(self) -> RowOrder:
        """The rows' order by subject, PARAMCD and date."""
        return order_rows(self._codes, self._parameters, self._days, [block.name for block in self.blocks])

    @cached_property
    def codes(self) -> Integers:
        """The rows' subjects, in order."""
        return self._codes[self.order.rows]

    def columns(self) -> Columns:
        """Return how each column is made."""
        return {
            "ASEQ": lambda: pd.Series(self.order.sequence),
            **self._parameter_columns(),
            **self._value_columns(),
            "ADT": lambda: to_dates(self._days[self.order.rows]),
            "ADTF": lambda: text_column(IMPUTED, self._imputed[self.order.rows]),
            "ADY": self._study_days,
            **self._visit_columns(),
            **{name: partial(self._flag, name) for name in self.rules.flags},
            **{name: partial(self._kept, name) for block in self._timepoints for name in _keeps(block)},
            **self._source_columns(),
        }

    @cached_property
    def _codes(self) -> Integers:
        return np.concatenate([block.codes for block in self.blocks])

    @cached_property
    def _days(self) -> Integers:
        return np.concatenate([block.days for block in self.blocks])

    @cached_property
    def _parameters(self) -> Places:
        """The position of each row's block."""
        return np.repeat(np.arange(len(self.blocks), dtype="int16"), [len(block) for block in self.blocks])

    @cached_property
    def _parameter(self) -> Places:
        return self._parameters[self.order.rows]

    @property
    def _timepoints(self) -> list[Block]:
        return [block for block in self.blocks if block.assessments is not None]

    @property
    def _windows(self) -> tuple[Window, ...]:
        return windows_of(self.rules)

    def _parameter_columns(self) -> Columns:
        of = [block.parameter for block in self.blocks]
        return {
            "PARAMCD": lambda: text_column([block.name for block in self.blocks], self._parameter),
            "PARAM": lambda: text_column([one.param for one in of], self._parameter),
            "PARAMN": lambda: number_column([one.number for one in of], self._parameter),
            "PARCAT1": lambda: text_column([one.category for one in of], self._parameter),
            "PARQUAL": lambda: text_column([one.qualifier for one in of], self._parameter),
        }

    def _value_columns(self) -> Columns:
        """AVALC and AVAL: Y is 1, N is 0, a response has the number that its timepoint response gives it."""
        texts: list[str | None] = []
        numbers: list[float] = []
        offsets = []
        for block in self.blocks:
            offsets.append(len(texts))
            texts += block.names
            parameter = block.parameter
            timepoint = parameter
            if isinstance(parameter, BestResponse | LastResponse):
                timepoint = self.rules.parameters[parameter.of]
            scale = timepoint.scale if isinstance(timepoint, Timepoints) else {"Y": 1.0, "N": 0.0}
            numbers += [scale.get(name or "", np.nan) for name in block.names]
        places = [(block.places + offset).astype("int16") for block, offset in zip(self.blocks, offsets)]
        values = np.concatenate(places)
        return {
            "AVALC": lambda: text_column(texts, values[self.order.rows]),
            "AVAL": lambda: number_column(numbers, values[self.order.rows]),
        }

    def _study_days(self) -> pd.Series:
        days, start = self._days[self.order.rows], self.start[self.codes]
        return pd.Series(np.where((days < NEVER) & (start < NEVER), compute_days(days, start), np.nan))

    @cached_property
    def _visits(self) -> Places:
        """The position of each row's window; baseline comes after the last window, -1 is none."""
        visits = np.full(len(self._codes), -1, dtype="int16")
        for rows, block in self._slices:
            if block.assessments is not None:
                window = compute_windows(block.assessments.study_days, self._windows)
                visits[rows] = np.where(is_baseline(block.assessments), len(self._windows), window)
        return visits[self.order.rows]

    def _visit_columns(self) -> Columns:
        windows = self._windows
        return {
            "AVISIT": lambda: text_column([*(one.visit for one in windows), self.rules.baseline], self._visits),
            "AVISITN": lambda: number_column([*(one.number for one in windows), 0], self._visits),
            "AWTARGET": lambda: number_column([*(one.target for one in windows), np.nan], self._visits),
            "AWTDIFF": self._target_distance,
            "AWLO": lambda: number_column([*(one.first for one in windows), np.nan], self._visits),
            "AWHI": lambda: number_column([*(one.last for one in windows), np.nan], self._visits),
            "AWU": lambda: text_column([*("DAYS" for _ in windows), None], self._visits),
        }

    def _target_distance(self) -> pd.Series:
        targets = number_column([*(one.target for one in self._windows), np.nan], self._visits)
        return (self._study_days() - targets).abs()

    @cached_property
    def _flags(self) -> dict[str, Booleans]:
        """Which rows have each flag, in their first order."""
        flags = {name: np.zeros(len(self._codes), dtype=bool) for name in self.rules.flags}
        for rows, block in self._slices:
            if block.assessments is not None:
                held = compute_flags(block.assessments, self.rules.flags, self._windows, self.rules.tie)
                for name, holds in held.items():
                    flags[name][rows] = holds
        for name, flag in self.rules.flags.items():
            if isinstance(flag, SharedFlag):
                self._share(flags[name], flag)
        return flags

    def _share(self, held: Booleans, flag: SharedFlag) -> None:
        """Set a flag on rows of derived parameters: on all of them, or where the row with their date has it."""
        for rows, block in self._slices:
            if block.assessments is None:
                held[rows] = self._at_source(held, block, False) if flag.derived == "source" else True

    def _at_source(self, values: npt.NDArray[Any], block: Block, otherwise: Any) -> npt.NDArray[Any]:
        """Return, for each row of a derived block, the value of the row whose date it takes; else `otherwise`.

        Blocks follow those that they take from.
        """
        dated = (block.sources >= 0) & (block.days < NEVER)
        return np.where(dated, values[block.sources], otherwise)

    @cached_property
    def _slices(self) -> list[tuple[slice, Block]]:
        """The blocks with their rows."""
        ends = np.cumsum([len(block) for block in self.blocks]).tolist()
        return [(slice(end - len(block), end), block) for end, block in zip(ends, self.blocks)]

    @cached_property
    def _imputed(self) -> Places:
        """What was imputed of each row's date, as a position in D, M, Y (-1: nothing), in their first order."""
        imputed = np.full(len(self._codes), -1, dtype="int16")
        for rows, block in self._slices:
            imputed[rows] = self._at_source(imputed, block, -1) if block.imputed is None else block.imputed
        return imputed

    def _flag(self, name: str) -> pd.Series:
        return text_column(["Y"], np.where(self._flags[name][self.order.rows], *_YES))

    @cached_property
    def _records(self) -> Integers:
        """The position of each row's source record among those of all timepoint responses, -1 for derived rows."""
        records, offset = np.full(len(self._codes), -1, dtype="int64"), 0
        for rows, block in self._slices:
            if block.assessments is not None:
                records[rows] = block.assessments.rows + offset
                offset += len(block.assessments.records)
        return records

    def _kept(self, name: str) -> pd.Series:
        """Return a variable of each row's source record; missing for derived rows."""
        parts = [clean_column(one.assessments.records, name) for one in self._timepoints if one.assessments is not None]
        kept = pd.concat(parts, ignore_index=True) if len(parts) > 1 else parts[0]
        return take_values(kept, self._records[self.order.rows])

    def _source_columns(self) -> Columns:
        """Where a value comes from: a record, or the row of this dataset that decided; missing where none did."""
        origins = [block.origin for block in self.blocks]
        datasets = [*(one.dataset if one else None for one in origins), self.dataset]
        variables = [*(one.variable if one else None for one in origins), "AVALC"]
        return {
            "SRCDOM": lambda: text_column(datasets, self._source_places),
            "SRCVAR": lambda: text_column(variables, self._source_places),
            "SRCSEQ": self._source_sequence,
        }

    @cached_property
    def _sources(self) -> Integers:
        return np.concatenate([block.sources for block in self.blocks])

    @cached_property
    def _source_places(self) -> Places:
        """The block of a row from elsewhere, the number of blocks for one from this dataset, -1 for none."""
        places = np.where(self._sources >= 0, len(self.blocks), -1).astype("int16")
        for place, (rows, block) in enumerate(self._slices):
            if block.origin is not None:
                places[rows] = np.where(block.origin.holds, place, -1)
        return places[self.order.rows]

    def _source_sequence(self) -> pd.Series:
        sequences = self.order.sequence_of(self._sources)
        for rows, block in self._slices:
            if block.origin is not None:
                sequences[rows] = block.origin.sequences
        return pd.Series(sequences[self.order.rows])


def _keeps(block: Block) -> tuple[str, ...]:
    """Return the variables that a block keeps of its records, and what a response derived from lesions says besides."""
    parameter = block.parameter
    if isinstance(parameter, LesionResponse):
        return (*parameter.keep, *LESION_ROW)
    return parameter.keep if isinstance(parameter, Timepoints) else ()
