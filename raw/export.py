"""A raw export, read as text with the place that each record came from, its records judged.

What an export is, is told by what its path is: an ODM-XML file, a folder of CSV files, a zip of either. A further
kind (Rave, REDCap, XLSX, SAS, ODM 2.0) is one more `raw.reading.Reader` in `READERS`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd

from clinical import findings
from clinical.errors import RawDataError, UsageError, did_you_mean
from raw.odm import OdmFile
from raw.quality import examine
from raw.reading import Inputs, Reader
from raw.tables import CsvFolder, ZipFile
from specs.model.raw import RawContract

#: The kinds of export, in the order in which they are tried.
READERS: tuple[Reader, ...] = (CsvFolder(), OdmFile(), ZipFile())


@dataclass(frozen=True)
class Export:
    """A raw export.

    Attributes:
        forms: one frame a form: the contract's columns in its order, then `clinical.provenance.COLUMNS`; all text
            with NA for empty, but _ROW, the record's number in the form in file order from 1 (int64). Records that
            were set aside are not in it and the numbers of the others stay.
        findings: what is wrong with records or was not read, in the shape of `clinical.findings`.
        snapshot: when the export was taken, in UTC.
        inputs: of each file, by its path in the export: `sha256`, `bytes` and `rows` (records).
        metadata: what the export says of itself, as `format`, `file_type`, `study`, `source_system`.
    """

    forms: dict[str, pd.DataFrame]
    findings: pd.DataFrame
    snapshot: datetime
    inputs: Inputs
    metadata: dict[str, str]


def read_export(path: str | Path, contract: RawContract, *, only: Iterable[str] | None = None) -> Export:
    """Return the export at `path` as its contract says.

    Args:
        only: names of forms; the others are not returned. The form that enrols subjects is read in any case, for
            the records of the others are held against it.

    Raises:
        RawDataError: the export cannot be read as the contract says; it is read whole or not at all.
        UsageError: `only` names a form that the contract has not.
    """
    path = Path(path)
    asked = tuple(contract.forms) if only is None else _known_forms(tuple(only), contract)
    needed = tuple(form for form in contract.forms if form in asked or form == contract.subjects)
    reading = _reader_of(path).read(path, contract, needed)
    forms, found = examine(reading.forms, contract)
    return Export(
        forms={form: forms[form] for form in needed if form in asked},
        findings=findings.combine([reading.findings, found]),
        snapshot=reading.snapshot,
        inputs=reading.inputs,
        metadata=reading.metadata,
    )


def _known_forms(names: tuple[str, ...], contract: RawContract) -> tuple[str, ...]:
    for name in names:
        if name not in contract.forms:
            raise UsageError(f"form '{name}' is not in raw.yaml.{did_you_mean(name, contract.forms)}")
    return names


def _reader_of(path: Path) -> Reader:
    if not path.exists():
        raise RawDataError(f"{path.name}: the export is not there. Check the path that was given.")
    for reader in READERS:
        if reader.recognises(path):
            return reader
    kinds = ", ".join(reader.kind for reader in READERS)
    raise RawDataError(f"{path.name}: this is no export that can be read (expected {kinds}). Name another path.")
