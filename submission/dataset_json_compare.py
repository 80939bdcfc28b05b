"""Reading Dataset-JSON back: the file must hold the data that it was made from, cell by cell.

Nothing of the writer is used: JSON is read by the standard library, dates by numpy.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from clinical.errors import ConformanceError, listed
from clinical.wording import count
from submission.written import WrittenDataset

_ROWS_AT_ONCE = 20_000
_UNITS = {"date": "D", "datetime": "us"}


def compare_dataset_json(dataset: WrittenDataset, path: Path) -> None:
    """Read a JSON file and its NDJSON back and require that they hold the dataset, cell by cell.

    Numbers are compared bit by bit, text exactly, missing equals missing. The two files must have the same content.

    Raises:
        ConformanceError: they differ; the message has names and counts.
    """
    frame = dataset.load()
    lines = path.with_suffix(".ndjson")
    with lines.open("rb") as by_line:
        try:
            differences = _differences(frame, dataset, json.loads(by_line.readline()), _read(by_line))
        except (ValueError, TypeError, KeyError, OverflowError) as error:
            differences = [f"a line or a value cannot be read ({type(error).__name__})"]
    _require_none(lines, differences)
    _require_none(path, [] if _same_content(path, lines) else [f"another content than {lines.name}"])


def _require_none(path: Path, differences: Sequence[str]) -> None:
    if differences:
        raise ConformanceError(
            f"{path.name}: the file does not hold the data it was made from ({listed(differences)}). "
            "Nothing was published; please report this with the versions in manifest.json."
        )


def _read(file: BinaryIO) -> Iterator[list[list[Any]]]:
    while lines := list(islice(file, _ROWS_AT_ONCE)):
        yield json.loads(b"[" + b",".join(lines) + b"]")


def _differences(
    frame: pd.DataFrame, dataset: WrittenDataset, head: dict[str, Any], pieces: Iterator[list[list[Any]]]
) -> list[str]:
    described = [(column["name"], column["label"]) for column in head["columns"]]
    if described != [(variable.name, variable.label) for variable in dataset.spec.variables]:
        return ["the variables, their labels or their order"]
    names = [name for name, _ in described]
    kinds = {column["name"]: column["dataType"] for column in head["columns"]}
    wrong = dict.fromkeys(names, 0)
    read = 0
    for rows in pieces:
        expected = frame.iloc[read : read + len(rows)]
        read += len(rows)
        if len(expected) != len(rows):
            continue
        for name, cells in zip(names, zip(*rows, strict=True), strict=True):
            wrong[name] += _cells_that_differ(expected[name], cells, kinds[name])
    found = [f"{name} differs in {count(cells, 'cell')}" for name, cells in wrong.items() if cells]
    if not read == head["records"] == len(frame):
        found.append(f"{count(read, 'row')} and {count(head['records'], 'record')}, expected {len(frame):,}")
    return found


def _cells_that_differ(expected: pd.Series, found: Sequence[Any], kind: str) -> int:
    """Return how many cells are others than they should be."""
    missing = expected.isna().to_numpy(dtype=bool)
    whole = kind == "integer" or expected.dtype.kind in "iu"
    cells = pa.array(found, type=pa.int64() if whole else pa.float64() if kind == "double" else pa.string())
    absent = cells.is_null().to_numpy(zero_copy_only=False)
    both = ~missing & ~absent
    differs = missing != absent
    if both.all():
        differs = ~_equal(expected, cells, kind)
    elif both.any():
        differs[both] = ~_equal(expected[both], cells.filter(pa.array(both)), kind)
    return int(differs.sum())


def _equal(expected: pd.Series, found: pa.Array, kind: str) -> npt.NDArray[np.bool_]:
    """Return which values are the same; none is missing."""
    if kind in ("string", "decimal") or (kind in _UNITS and expected.dtype.kind != "M"):  # a --DTC is text
        texts = pa.array(expected.astype("str"), type=pa.string(), from_pandas=True)
        same = pc.equal(texts, found).to_numpy(zero_copy_only=False)
    elif kind == "time":
        same = expected.to_numpy() == pd.to_timedelta(found.to_pandas()).to_numpy()
    elif kind in _UNITS:
        moments = found.to_numpy(zero_copy_only=False).astype("str").astype(f"datetime64[{_UNITS[kind]}]")
        same = expected.to_numpy() == moments
    elif kind == "integer":
        same = expected.to_numpy() == found.to_numpy()
    else:
        same = expected.to_numpy(dtype="float64").view("int64") == found.to_numpy().view("int64")
    return np.asarray(same, dtype=bool)


def _same_content(whole: Path, by_line: Path) -> bool:
    """Return whether a JSON file has the head and the rows of an NDJSON file, read side by side."""
    with whole.open("rb") as first, by_line.open("rb") as second:
        if first.readline() != second.readline()[:-2] + b', "rows": [\n':
            return False
        separator = b""
        while rows := b"".join(islice(second, _ROWS_AT_ONCE)):
            expected = separator + rows.replace(b"]\n[", b"],\n[")[:-1]
            if first.read(len(expected)) != expected:
                return False
            separator = b",\n"
        return first.read() == b"\n]}\n"
