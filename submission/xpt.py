"""SAS XPT version 5 transport files: one dataset a file, written, read back and compared.

`write` refuses what the format would spoil in silence. Files are read by a library of other origin (pyreadstat, known
to this module only), so that what was written is not judged by those who wrote it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyreadstat

from clinical.errors import ConformanceError, RawDataError, listed
from clinical.wording import count
from specs.model.dataset import DatasetSpec
from specs.model.submission import Encoding
from submission import sas_values
from submission.xpt_layout import Layout, expected_size, pad_to_record, read_layout
from submission.xpt_write import part_spec, write, write_batches, write_split

__all__ = [
    "XptFile", "read", "list_folder", "read_folder", "compare", "compare_split",
    "write", "write_batches", "write_split",
]  # fmt: skip

#: So many cells are read back at once; as objects of Python they take some hundred bytes each.
_CELLS_AT_ONCE = 1_000_000


@dataclass(frozen=True)
class XptFile:
    """A transport file in memory; the mappings are keyed by variable, in the file's order.

    `frame`: text as `str` with NA for blanks, numbers as float64, dates and datetimes as datetime64[s], times as
    seconds. `lengths` are in bytes. `created` is the moment the header states.
    """

    name: str
    label: str
    frame: pd.DataFrame
    labels: Mapping[str, str]
    types: Mapping[str, Literal["Char", "Num"]]
    formats: Mapping[str, str]
    informats: Mapping[str, str]
    lengths: Mapping[str, int]
    created: datetime | None


def read(path: Path, *, encoding: str = "utf-8") -> XptFile:
    """Return a transport file of any origin.

    The encoding is never guessed, for a wrong guess reads without an error: UTF-8 (which ASCII is part of) unless
    the caller names another one, and bytes that are not in it are refused.

    Raises:
        RawDataError: not a version 5 transport file, cut off, damaged, in another encoding.
        OutsideError: the file is missing or cannot be read.
    """
    layout = read_layout(path, encoding=encoding)
    cells = _read_cells(path, path.name, layout, encoding, layout.rows, layout.blank_rows)
    return XptFile(
        name=layout.name,
        label=layout.label,
        frame=_frame_of(cells, path.name, layout, layout.rows),
        labels={variable.name: variable.label for variable in layout.variables},
        types={variable.name: variable.type for variable in layout.variables},
        formats={variable.name: variable.format for variable in layout.variables},
        informats={variable.name: variable.informat for variable in layout.variables},
        lengths={variable.name: variable.length for variable in layout.variables},
        created=layout.created,
    )


def list_folder(folder: Path) -> dict[str, Path]:
    """Return the transport files of a folder by dataset name in upper case, sorted; other files are passed over.

    Raises:
        RawDataError: there is none, or a file's name is not that of the dataset inside.
    """
    if not folder.is_dir():
        raise RawDataError(f"{folder}: no such folder. Name the folder that holds dm.xpt.")
    files = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".xpt" and path.is_file())
    if not files:
        raise RawDataError(f"{folder}: holds no transport file (*.xpt). Name the folder that holds dm.xpt.")
    found: dict[str, Path] = {}
    for path in files:
        name = read_layout(path, encoding="latin-1").name
        if name != path.stem.upper():
            raise RawDataError(f"{path.name}: holds the dataset {name}. Name the file {name.lower()}.xpt.")
        if name in found:
            raise RawDataError(f"{folder}: holds {name} twice ({found[name].name}, {path.name}). Remove one of them.")
        found[name] = path
    return found


def read_folder(
    folder: Path, *, only: Collection[str] | None = None, encoding: str = "utf-8"
) -> dict[str, pd.DataFrame]:
    """Return the datasets of a folder of transport files of any origin, by name in upper case.

    Args:
        only: the datasets wanted; one that is not there is left out.

    Raises:
        RawDataError: as `list_folder` and `read`.
    """
    files = list_folder(folder)
    return {name: read(path, encoding=encoding).frame for name, path in files.items() if only is None or name in only}


def compare(
    frame: pd.DataFrame,
    spec: DatasetSpec,
    path: Path,
    *,
    lengths: Mapping[str, int] | None = None,
    encoding: Encoding = "ascii",
) -> None:
    """Read a transport file back and require that it holds `frame` as `spec` describes it, cell by cell.

    Numbers are compared exactly, text exactly but for blanks at its end; order, names, labels, formats and the
    number of rows likewise, and the lengths of the variables named in `lengths`.

    Raises:
        ConformanceError: they differ; the message has names and counts.
    """
    layout = read_layout(path, encoding=encoding)
    differences = list(_described_differently(spec, layout, lengths or {}))
    if layout.rows != len(frame):
        differences.append(f"{count(layout.rows, 'row')}, expected {len(frame)}")
    elif not differences:
        wrong = dict.fromkeys(spec.names, 0)
        for start, found in _pieces(path, layout, encoding):
            expected = frame.iloc[start : start + len(found)]
            for name in wrong:
                wrong[name] += _cells_that_differ(expected[name], found[name])
        differences += [f"{name} differs in {count(cells, 'cell')}" for name, cells in wrong.items() if cells]
    if differences:
        raise ConformanceError(
            f"{path.name}: the transport file does not hold the data it was made from ({listed(differences)}). "
            "Nothing was published; please report this with the versions in manifest.json."
        )


def compare_split(
    frame: pd.DataFrame,
    spec: DatasetSpec,
    paths: Sequence[Path],
    *,
    lengths: Mapping[str, int] | None = None,
    encoding: Encoding = "ascii",
) -> None:
    """Read the parts of a split dataset back and require that they hold `frame`, one after the other.

    Raises:
        ConformanceError: they differ, or the parts' lengths do.
    """
    start = 0
    for number, path in enumerate(paths, start=1):
        layout = read_layout(path, encoding=encoding)
        lengths = lengths or {variable.name: variable.length for variable in layout.variables}
        rows = frame.iloc[start : start + layout.rows]
        compare(rows, part_spec(spec, number), path, lengths=lengths, encoding=encoding)
        start += layout.rows
    if start != len(frame):
        raise ConformanceError(
            f"{spec.name}: its parts hold {count(start, 'row')}, expected {len(frame)}. Nothing was published."
        )


def _pieces(path: Path, layout: Layout, encoding: str) -> Iterator[tuple[int, pd.DataFrame]]:
    """Yield the rows in pieces, each with the number of its first row: read by the library as a file of its own."""
    width = layout.record_length
    step = max(1, _CELLS_AT_ONCE // len(layout.variables))
    with path.open("rb") as file:
        head = file.read(expected_size((variable.length for variable in layout.variables), 0))
        for start in range(0, max(layout.rows, 1), step):
            rows = min(step, layout.rows - start)
            records = file.read(rows * width)
            blank_rows = rows - -(-len(records.rstrip(b" ")) // width)
            piece = BytesIO(head + records.ljust(pad_to_record(len(records))))
            cells = _read_cells(piece, path.name, layout, encoding, rows, blank_rows)
            yield start, _frame_of(cells, path.name, layout, rows)


def _frame_of(cells: Mapping[str, Any], where: str, layout: Layout, rows: int) -> pd.DataFrame:
    """Return stored values as text with NA for blanks, numbers, dates and datetimes."""
    columns: dict[str, pd.Series] = {}
    for variable in layout.variables:
        values = cells[variable.name]
        if variable.type == "Char":
            text = pd.Series(values, dtype="str")
            columns[variable.name] = text.mask(text == "")
        else:
            columns[variable.name] = _numbers_read(values, variable.format, f"{where}: {variable.name}")
    return pd.DataFrame(columns, index=pd.RangeIndex(rows))


def _read_cells(
    source: Path | BytesIO, where: str, layout: Layout, encoding: str, rows: int, blank_rows: int
) -> dict[str, Any]:
    """Return the stored values by name in upper case: lists of text, and of numbers.

    Args:
        rows: how many there are, with the blank ones at the end.
        blank_rows: those at the end that are blank, which the library takes for padding, whatever their length.
    """
    named = None if encoding.replace("_", "-").lower() in ("utf-8", "utf8", "ascii") else encoding
    try:
        cells, _ = pyreadstat.read_xport(source, encoding=named, disable_datetime_conversion=True, output_format="dict")
    except UnicodeDecodeError as error:
        raise RawDataError(
            f"{where}: not all text is UTF-8. Name the encoding that the file was written in (windows-1252 and "
            "gb18030 are common), or write it again as UTF-8 or ASCII."
        ) from error
    except pyreadstat.ReadstatError as error:
        raise RawDataError(f"{where}: cannot be read as {encoding} ({error}). Export the file again.") from error
    columns = {str(name).upper(): values for name, values in cells.items()}
    found = {len(values) for values in columns.values()}
    if list(columns) != [variable.name for variable in layout.variables] or found - {rows - blank_rows}:
        raise RawDataError(f"{where}: headers and data do not agree. Export the file again.")
    if blank_rows:
        return {name: [*values, *[""] * blank_rows] for name, values in columns.items()}
    return columns


def _numbers_read(values: Any, sas_format: str, where: str) -> pd.Series:
    numbers = np.asarray(values, dtype="float64")
    if beyond := int(np.isinf(numbers).sum()):
        raise RawDataError(
            f"{where}: {count(beyond, 'number', verb='are')} too large to be read. Export the file again without them."
        )
    convert = {"date": sas_values.from_sas_dates, "datetime": sas_values.from_sas_datetimes}.get(
        sas_values.temporal_kind(sas_format) or ""
    )
    if convert is None:
        return pd.Series(numbers)
    try:
        return pd.Series(convert(numbers))
    except OverflowError as error:
        raise RawDataError(f"{where}: under format {sas_format} {error}. Correct the values or the format.") from error


def _described_differently(spec: DatasetSpec, layout: Layout, lengths: Mapping[str, int]) -> list[str]:
    found: list[str] = []
    if (layout.name, layout.label) != (spec.name, spec.label):
        found.append("the dataset's name or label")
    if [stored.name for stored in layout.variables] != list(spec.names):
        return [*found, "the variables or their order"]
    for variable, stored in zip(spec.variables, layout.variables, strict=True):
        described = (stored.type, stored.label, _bare(stored.format))
        if described != (variable.type, variable.label, _bare(variable.format)):
            found.append(f"{stored.name}'s type, label or format")
        if stored.length != lengths.get(stored.name, stored.length):
            found.append(f"{stored.name}'s length")
    return found


def _bare(sas_format: str | None) -> str:
    """Return a format for comparison: `date9.` and `DATE9` are one."""
    return (sas_format or "").upper().removesuffix(".")


def _cells_that_differ(expected: pd.Series, found: pd.Series) -> int:
    """Return how many cells differ; missing equals missing."""
    given = expected.reset_index(drop=True)
    if isinstance(found.dtype, pd.StringDtype):
        given = given.astype("str").str.rstrip(" ")
        given = given.mask(given == "")
    elif given.dtype.kind == "m":
        given = pd.Series(sas_values.to_sas_times(given))
    elif found.dtype.kind == "f":
        given = pd.Series(given.to_numpy(dtype="float64", na_value=np.nan))
    both_missing = given.isna() & found.isna()
    return int((~((given == found).fillna(False).astype(bool) | both_missing)).sum())
