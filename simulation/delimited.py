"""The export as a folder of delimited text files, one a form, as the contract's `csv` says."""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from typing import BinaryIO

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from simulation.export import SimulatedExport, identity_names
from simulation.text import Text, content, joined
from specs.model.raw import RawContract

#: Rows that are written at a time.
_CHUNK = 100_000


def write_csv(export: SimulatedExport, contract: RawContract, folder: Path) -> None:
    """Write one file a form into a new folder, and the snapshot time where the contract names a file for it.

    Identity columns come first, then the form's columns under the names that the export has for them. Empty is missing.
    """
    folder.mkdir(parents=True)
    for form, frame in export.forms.items():
        declared = contract.forms[form]
        path = folder / (declared.file or f"{form}.csv")
        with path.open("wb") as file:
            write_frame(frame.rename(columns=source_names(contract, form)), contract, file)
    snapshot_file = contract.export.csv.snapshot_file
    if snapshot_file:
        (folder / snapshot_file).write_bytes(f"{export.snapshot.isoformat()}\n".encode())


def source_names(contract: RawContract, form: str) -> dict[str, str]:
    """Return the columns that the export names otherwise than the contract does: our name -> the export's."""
    columns = contract.forms[form].columns
    return {name: column.source for name, column in columns.items() if column.source}


def exported_columns(contract: RawContract, form: str) -> list[str]:
    """Return the columns of a form's file in order."""
    renamed = source_names(contract, form)
    columns = [renamed.get(name, name) for name in contract.forms[form].columns]
    return [*identity_names(contract, form).values(), *columns]


def write_frame(frame: pd.DataFrame, contract: RawContract, file: BinaryIO, *, header: bool = True) -> None:
    """Write a table, with its header or after an earlier part of it, in the contract's encoding and delimiter."""
    layout = contract.export.csv
    encoding = "utf-8" if layout.encoding == "utf-8-sig" else layout.encoding
    if header:
        if layout.encoding == "utf-8-sig":
            file.write(codecs.BOM_UTF8)
        file.write((layout.delimiter.join(frame.columns) + "\n").encode(encoding))
    for start in range(0, len(frame), _CHUNK):
        lines = _lines(frame.iloc[start : start + _CHUNK], layout.delimiter)
        file.write(lines if encoding in ("utf-8", "ascii") else bytes(lines).decode("utf-8").encode(encoding))


def _lines(frame: pd.DataFrame, delimiter: str) -> memoryview:
    """Return rows as lines; a cell is quoted where its text needs it."""
    special = "[" + re.escape(delimiter) + '"\\r\\n]'
    cells = [pc.fill_null(_cells(frame[name], special), "") for name in frame.columns]
    rows = pc.binary_join_element_wise(*cells, pa.scalar(delimiter, pa.large_string()))
    return content(joined(rows, "\n"))


def _cells(column: pd.Series, special: str) -> Text:
    values = pa.array(column, type=pa.large_string())
    needs = pc.match_substring_regex(values, special)
    if not pc.any(needs).as_py():
        return values
    return pc.if_else(needs, joined('"', pc.replace_substring(values, '"', '""'), '"'), values)
