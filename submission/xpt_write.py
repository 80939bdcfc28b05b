"""Writing SAS XPT version 5 transport files: whole frames, streams of rows, and parts of a size.

A chunk of rows becomes a table of bytes, one column of the frame after the other, and is written at once. Nothing is
done row by row, and no more than a chunk is held besides the data.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import accumulate, pairwise
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from clinical.errors import ConformanceError, OutsideError, listed
from specs.model.dataset import DatasetSpec
from specs.model.submission import Encoding
from submission.whole_file import whole_file
from submission.xpt_columns import Column, informat_problems, metadata_problems, prepare
from submission.xpt_header import headers
from submission.xpt_layout import RECORD, expected_size, pad_to_record

#: Chunks that stay in the processor's cache are fastest; of wide records at least so many are taken at a time.
_CHUNK_BYTES = 1 << 21
_CHUNK_ROWS = 512
_MOST_CHUNK_BYTES = 1 << 26
#: What whole numbers of Arrow that a double may not hold become.
_WHOLE_NUMBERS = {pa.int64(): pd.Int64Dtype(), pa.uint64(): pd.UInt64Dtype()}


def write(
    frame: pd.DataFrame,
    spec: DatasetSpec,
    path: Path,
    *,
    created: datetime,
    lengths: Mapping[str, int] | None = None,
    encoding: Encoding = "ascii",
    informats: Mapping[str, str] | None = None,
) -> None:
    """Write `frame` as a transport file with the names, labels, formats and order of `spec`.

    Two calls with the same arguments write the same bytes: the clock stands nowhere in the file. The file appears
    under `path` when it is whole, readable by its owner only. Provenance columns stay out. Missing text is written
    as blanks, and blanks at the end of a text are padding, as the format has it. No rows make a file with no
    observations.

    Args:
        frame: text, numbers, datetime64 under a date or datetime format, timedelta64 under a time format.
        created: the moment the headers state: the export's snapshot, never the clock.
        lengths: the bytes allotted to variables; one that is not named has its specification's length, else that of
            its longest value (text) or 8 (numbers).
        encoding: of text and labels; limits are counted in its bytes.

    Raises:
        ConformanceError: the file could not hold the data as they are; all reasons at once, in names and counts.
        OutsideError: the disk refused.
    """
    if problems := informat_problems(spec, informats or {}):
        raise ConformanceError("\n".join(problems))
    columns = prepare(frame, spec, encoding=encoding, lengths=lengths)
    head = headers(spec, _lengths(columns), created=created, encoding=encoding, informats=informats)
    _write_file(path, spec.name, head, _records(columns, 0, len(frame)))


def write_batches(
    batches: Iterable[pd.DataFrame | pa.RecordBatch],
    spec: DatasetSpec,
    path: Path,
    *,
    created: datetime,
    lengths: Mapping[str, int],
    encoding: Encoding = "ascii",
    informats: Mapping[str, str] | None = None,
) -> int:
    """Write a stream of frames or Arrow record batches as one transport file and return how many rows it has.

    No more than one batch is held at a time, so every text variable needs a length before the first row is seen:
    by `lengths` or by its specification. All else is as `write` has it.

    Raises:
        ConformanceError: a length is missing, or a batch could not be held as it is; no file appears then.
        OutsideError: the disk refused.
    """
    problems = [*metadata_problems(spec, encoding), *informat_problems(spec, informats or {})]
    fixed = {one.name: lengths.get(one.name) or one.length or 0 for one in spec.variables if one.type == "Char"}
    if unknown := [name for name, length in fixed.items() if not length]:
        problems.append(
            f"{spec.name}: no length is known for {listed(unknown)}. Give one, for rows are seen once only."
        )
    if problems:
        raise ConformanceError("\n".join(problems))
    fixed |= {one.name: lengths.get(one.name) or one.length or 8 for one in spec.variables if one.type == "Num"}
    ordered = [fixed[name] for name in spec.names]
    head = headers(spec, ordered, created=created, encoding=encoding, informats=informats)
    return _write_file(path, spec.name, head, _batch_records(batches, spec, fixed, encoding))


def write_split(
    frame: pd.DataFrame,
    spec: DatasetSpec,
    folder: Path,
    *,
    most_bytes: int,
    created: datetime,
    lengths: Mapping[str, int] | None = None,
    encoding: Encoding = "ascii",
) -> tuple[Path, ...]:
    """Write `frame` in parts of at most `most_bytes` each and return their files; none where one file is small enough.

    The parts follow the order of the rows and have equal lengths. They stand in `folder`/split as `lb1.xpt`,
    `lb2.xpt`, … and hold datasets of these names, since a file is named after its dataset. FDA asks for them beside the
    whole file, in a folder of this name (Study Data Technical Conformance Guide, on the size of datasets).

    Raises:
        ConformanceError: as `write`, or a single row is larger than `most_bytes`, or a part has the name of one that
            stands there.
        OutsideError: the disk refused.
    """
    columns = prepare(frame, spec, encoding=encoding, lengths=lengths)
    bounds = part_bounds(_lengths(columns), len(frame), most_bytes, spec.name)
    if len(bounds) < 2:
        return ()
    split = folder / "split"
    split.mkdir(parents=True, exist_ok=True)
    files = []
    for number, (start, stop) in enumerate(bounds, start=1):
        part = part_spec(spec, number)
        head = headers(part, _lengths(columns), created=created, encoding=encoding)
        files.append(split / f"{part.name.lower()}.xpt")
        if files[-1].exists():
            raise ConformanceError(
                f"{spec.name}: its part {part.name} has the name of another dataset's part. Rename one of the datasets."
            )
        _write_file(files[-1], part.name, head, _records(columns, start, stop))
    return tuple(files)


def part_spec(spec: DatasetSpec, number: int) -> DatasetSpec:
    """Return the specification of a part: its name ends in its number, and is cut to the 8 characters of a name."""
    ending = str(number)
    return replace(spec, name=spec.name[: 8 - len(ending)] + ending)


def part_bounds(lengths: Sequence[int], rows: int, most_bytes: int, where: str) -> list[tuple[int, int]]:
    """Return the rows of each part, from and up to, as even as possible; a single part where one file is enough.

    >>> part_bounds([100], 100, 5_000, "LB")
    [(0, 34), (34, 67), (67, 100)]

    Raises:
        ConformanceError: not even one row fits.
    """
    room = (most_bytes - expected_size(lengths, 0)) // RECORD * RECORD
    fitting = room // sum(lengths)
    if fitting < 1 and rows:
        raise ConformanceError(f"{where}: a file of one row is larger than {most_bytes} bytes. Raise the limit.")
    parts = -(-rows // fitting) if rows else 1
    size, longer = divmod(rows, parts)
    starts = [number * size + min(number, longer) for number in range(parts + 1)]
    return list(pairwise(starts))


def _lengths(columns: Iterable[Column]) -> list[int]:
    return [column.length for column in columns]


def _records(columns: Sequence[Column], start: int, stop: int) -> Iterator[npt.NDArray[np.uint8]]:
    """Yield the rows from `start` up to `stop` in chunks: tables of bytes, a record a row.

    A chunk is to be used before the next one is asked for, since its memory is used again.
    """
    lengths = _lengths(columns)
    places = [*accumulate(lengths, initial=0)]
    step = max(_CHUNK_BYTES // places[-1], min(_CHUNK_ROWS, _MOST_CHUNK_BYTES // places[-1]), 1)
    table = np.empty((min(step, stop - start), places[-1]), dtype=np.uint8)
    for begin in range(start, stop, step):
        chunk = table[: stop - begin]
        for column, place in zip(columns, places):
            column.fill(chunk[:, place : place + column.length], begin)
        yield chunk


def _batch_records(
    batches: Iterable[pd.DataFrame | pa.RecordBatch],
    spec: DatasetSpec,
    lengths: Mapping[str, int],
    encoding: Encoding,
) -> Iterator[npt.NDArray[np.uint8]]:
    for batch in batches:
        if isinstance(batch, pd.DataFrame):
            frame = batch
        else:  # with a missing value among them, whole numbers would become doubles, and dates objects of Python
            frame = batch.to_pandas(types_mapper=_WHOLE_NUMBERS.get, date_as_object=False)
        columns = prepare(frame, spec, encoding=encoding, lengths=lengths)
        yield from _records(columns, 0, len(frame))


def _write_file(path: Path, name: str, head: bytes, records: Iterable[npt.NDArray[np.uint8]]) -> int:
    """Write a file that appears whole or not at all and return its rows."""
    try:
        with whole_file(path) as temporary, temporary.open("wb") as file:
            file.write(head)
            rows = _write_records(file, records, name)
    except OSError as error:
        raise OutsideError(
            f"{path}: cannot be written ({error.strerror or error}). Check the disk's space and permissions."
        ) from error
    return rows


def _write_records(file: BinaryIO, records: Iterable[npt.NDArray[np.uint8]], name: str) -> int:
    rows, width, last_is_blank = 0, 1, False
    for chunk in records:
        file.write(chunk.reshape(-1).data)
        rows += len(chunk)
        width = chunk.shape[1]
        last_is_blank = bool((chunk[-1] == ord(" ")).all())
    if last_is_blank and width < RECORD:
        raise ConformanceError(
            f"{name}: the last row is blank in every variable, and a row has {width} bytes. In rows shorter than "
            f"{RECORD} bytes it would be lost on reading, which takes it for padding. Remove rows without values."
        )
    file.write(b" " * (pad_to_record(rows * width) - rows * width))
    return rows
