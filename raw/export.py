"""A raw export, read as text with the place that each record came from, its records judged.

What kind of export it is, is said by the caller, else by `export.format` in raw.yaml, else told by the export's own
structure: endings of files, the root element of XML, the key columns of an EDC that raw.yaml knows. A further kind is
one more `raw.reading.Reader` in `READERS`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pandas as pd

from clinical import findings
from clinical.errors import RawDataError, UsageError, did_you_mean, listed
from raw.csv_readers import CsvFolder, RaveCsv, VeevaCsv
from raw.odm import OdmFile
from raw.odm2 import Odm2File
from raw.openclinica import OpenClinicaFile
from raw.quality import examine
from raw.reading import Inputs, Reader
from raw.redcap import RedcapFile
from raw.sas_readers import RaveSas, SasFolder
from raw.sheets import Workbook
from raw.source import Source, look
from specs.model.raw import RawContract

#: The kinds of export, in the order in which they are tried: the first that recognises an export reads it.
READERS: tuple[Reader, ...] = (
    RaveCsv(),
    VeevaCsv(),
    RedcapFile(),
    RaveSas(),
    SasFolder(),
    Workbook(),
    OpenClinicaFile(),
    Odm2File(),
    OdmFile(),
    CsvFolder(),
)


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


def read_export(
    path: str | Path, contract: RawContract, *, only: Iterable[str] | None = None, format_name: str | None = None
) -> Export:
    """Return the export at `path` as its contract says.

    Args:
        format_name: the kind of export, as a `name` of `READERS`; without it, what raw.yaml or the export itself says.
        only: names of forms; the others are not returned. The form that enrols subjects is read in any case, for
            the records of the others are held against it.

    Raises:
        RawDataError: the export cannot be read as the contract says; it is read whole or not at all.
        UsageError: `only` names a form that the contract has not, or the format is not known.
    """
    path = Path(path)
    asked = tuple(contract.forms) if only is None else _known_forms(tuple(only), contract)
    needed = tuple(form for form in contract.forms if form in asked or form == contract.subjects)
    source = look(path, contract)
    reading = _reader_of(source, contract, format_name).read(source, contract, needed)
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


def _reader_of(source: Source, contract: RawContract, format_name: str | None) -> Reader:
    wanted = format_name or contract.export.format
    if wanted:
        named = {reader.name: reader for reader in READERS}
        for name, reader in named.items():
            if name == wanted:
                return reader
        raise UsageError(f"format '{wanted}' is not known.{did_you_mean(wanted, named)} Known: {listed(list(named))}.")
    for reader in READERS:
        if reader.recognises(source, contract):
            return reader
    kinds = ", ".join(reader.kind for reader in reversed(READERS))
    raise RawDataError(
        f"{source.path.name}: this is no export that can be read (expected {kinds}, or a zip of one of these). "
        "Name another path, or the kind as `export.format` in raw.yaml."
    )
