"""SAS XPT version 5 transport files: one dataset a file, written, read back and compared.

`write` refuses what the format would spoil in silence. Files are read by a library of other origin (pyreadstat, known
to this module only), so that what was written is not judged by those who wrote it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyreadstat

from clinical.errors import ConformanceError, RawDataError, listed
from specs.model.dataset import DatasetSpec
from specs.model.submission import Encoding
from submission import sas_values
from submission.xpt_layout import Layout, read_layout
from submission.xpt_write import part_spec, write, write_batches, write_split

__all__ = [
    "XptFile", "read", "list_folder", "read_folder", "compare", "compare_split",
    "write", "write_batches", "write_split",
]  # fmt: skip


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
    cells = _read_cells(path, layout, encoding)
    columns: dict[str, pd.Series] = {}
    for variable in layout.variables:
        values = cells[variable.name]
        if variable.type == "Char":
            text = pd.Series(values, dtype="str")
            columns[variable.name] = text.mask(text == "")
        else:
            columns[variable.name] = _numbers_read(values, variable.format, f"{path.name}: {variable.name}")
    return XptFile(
        name=layout.name,
        label=layout.label,
        frame=pd.DataFrame(columns, index=pd.RangeIndex(layout.rows)),
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
    file = read(path, encoding="utf-8" if encoding == "ascii" else encoding)
    differences = list(_described_differently(spec, file, lengths or {}))
    if len(file.frame) != len(frame):
        differences.append(f"{len(file.frame)} rows, expected {len(frame)}")
    elif not differences:
        for variable in spec.variables:
            if count := _cells_that_differ(frame[variable.name], file.frame[variable.name]):
                differences.append(f"{variable.name} differs in {count} cells")
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
            f"{spec.name}: its parts hold {start} rows, expected {len(frame)}. Nothing was published."
        )


def _read_cells(path: Path, layout: Layout, encoding: str) -> dict[str, Any]:
    """Return the stored values by name in upper case: lists of text, and of numbers."""
    named = None if encoding.replace("_", "-").lower() in ("utf-8", "utf8", "ascii") else encoding
    try:
        cells, _ = pyreadstat.read_xport(path, encoding=named, disable_datetime_conversion=True, output_format="dict")
    except UnicodeDecodeError as error:
        raise RawDataError(
            f"{path.name}: not all text is UTF-8. Name the encoding that the file was written in (windows-1252 and "
            "gb18030 are common), or write it again as UTF-8 or ASCII."
        ) from error
    except pyreadstat.ReadstatError as error:
        raise RawDataError(f"{path.name}: cannot be read as {encoding} ({error}). Export the file again.") from error
    columns = {str(name).upper(): values for name, values in cells.items()}
    rows = {len(values) for values in columns.values()}
    if list(columns) != [variable.name for variable in layout.variables] or rows - {layout.rows - layout.blank_rows}:
        raise RawDataError(f"{path.name}: headers and data do not agree. Export the file again.")
    if layout.blank_rows:  # the library takes these for padding, whatever their length
        return {name: [*values, *[""] * layout.blank_rows] for name, values in columns.items()}
    return columns


def _numbers_read(values: Any, sas_format: str, where: str) -> pd.Series:
    numbers = np.asarray(values, dtype="float64")
    if beyond := int(np.isinf(numbers).sum()):
        raise RawDataError(f"{where}: {beyond} numbers are too large to be read. Export the file again without them.")
    convert = {"date": sas_values.from_sas_dates, "datetime": sas_values.from_sas_datetimes}.get(
        sas_values.temporal_kind(sas_format) or ""
    )
    if convert is None:
        return pd.Series(numbers)
    try:
        return pd.Series(convert(numbers))
    except OverflowError as error:
        raise RawDataError(f"{where}: under format {sas_format} {error}. Correct the values or the format.") from error


def _described_differently(spec: DatasetSpec, file: XptFile, lengths: Mapping[str, int]) -> list[str]:
    found: list[str] = []
    if (file.name, file.label) != (spec.name, spec.label):
        found.append("the dataset's name or label")
    if list(file.labels) != list(spec.names):
        return [*found, "the variables or their order"]
    for variable in spec.variables:
        name = variable.name
        described = (file.types[name], file.labels[name], _bare(file.formats[name]))
        if described != (variable.type, variable.label, _bare(variable.format)):
            found.append(f"{name}'s type, label or format")
        if file.lengths[name] != lengths.get(name, file.lengths[name]):
            found.append(f"{name}'s length")
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
