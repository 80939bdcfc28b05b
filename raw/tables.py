"""Reading an export of CSV files, one a form, in a folder or in a zip (which may also hold one ODM-XML file)."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd

from clinical import findings
from clinical.errors import RawDataError, listed
from raw.container import Archive, Container, Folder, find, missing_file
from raw.delimited import read_delimited
from raw.encoding import FileFacts, verify
from raw.frames import form_frame
from raw.odm import read_odm
from raw.reading import Inputs, Reading, Told, counted, refuse, remark
from raw.snapshot import snapshot_time
from specs.model.raw import RawContract


class CsvFolder:
    """The reader of a folder of CSV files."""

    kind = "a folder of CSV files"

    def recognises(self, path: Path) -> bool:
        """Return whether the path is a folder."""
        return path.is_dir()

    def read(self, path: Path, contract: RawContract, forms: tuple[str, ...]) -> Reading:
        """Return the named forms of the folder."""
        return read_tables(Folder(path), contract, forms)


class ZipFile:
    """The reader of a zip of CSV files, or of one ODM-XML file."""

    kind = "a zip of CSV files or of one ODM-XML file"

    def recognises(self, path: Path) -> bool:
        """Return whether the path is a file named .zip, or a zip by its bytes."""
        return path.is_file() and (path.suffix.lower() == ".zip" or zipfile.is_zipfile(path))

    def read(self, path: Path, contract: RawContract, forms: tuple[str, ...]) -> Reading:
        """Return the named forms of the zip."""
        archive = Archive(path, "gb18030" if contract.export.csv.encoding == "gb18030" else None)
        documents = [name for name in archive.names if name.lower().endswith((".xml", ".odm"))]
        tables = [file_of(contract, name) for name in contract.forms if find(archive, file_of(contract, name))]
        if documents and not tables:
            if len(documents) > 1:
                raise RawDataError(
                    f"{archive.label}: the zip holds {len(documents)} XML files ({listed(documents)}), expected one. "
                    "Keep the export's own file in it."
                )
            name = documents[0]
            return read_odm(
                lambda: archive.open(name), f"{archive.label}/{name}", PurePosixPath(name).name, contract, forms
            )
        return read_tables(archive, contract, forms)


def file_of(contract: RawContract, form: str) -> str:
    """Return the name of a form's CSV file: its `file`, else the form's name and `.csv`."""
    return contract.forms[form].file or f"{form}.csv"


@dataclass
class _Found:
    """What was read so far: frames by form, facts by file, and what was noticed or is wrong."""

    frames: dict[str, pd.DataFrame] = field(default_factory=dict)
    facts: dict[str, FileFacts] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    #: By file: the first form that reads it, and the columns that none of its forms asks for.
    unused: dict[str, tuple[str, list[str]]] = field(default_factory=dict)
    told: Told = field(default_factory=list)


def read_tables(container: Container, contract: RawContract, forms: tuple[str, ...]) -> Reading:
    """Return the named forms of a set of CSV files.

    Raises:
        RawDataError: everything that is wrong with files and columns, in one error.
    """
    style = contract.export.csv
    if len(style.delimiter) != 1:
        raise RawDataError("raw.yaml: `export.csv.delimiter` must be one character. Correct it.")
    found = _Found()
    problems: list[str] = []
    for form in forms:
        try:
            _read_form(container, contract, form, found)
        except RawDataError as error:
            problems.append(str(error))
    refuse(problems)
    found.told += _report_unused(found) + _report_strangers(container, contract)
    snapshot, noticed = snapshot_time(container, style, found.facts)
    inputs: Inputs = {
        name: {"sha256": facts.sha256, "bytes": facts.bytes, "rows": found.rows[name]}
        for name, facts in sorted(found.facts.items())
    }
    metadata = {"format": "CSV", "encoding": style.encoding, "delimiter": style.delimiter}
    return Reading(found.frames, findings.combine([*found.told, *noticed]), snapshot, inputs, metadata)


def _read_form(container: Container, contract: RawContract, name: str, found: _Found) -> None:
    """Read one form into what was found."""
    form, style = contract.forms[name], contract.export.csv
    wanted = file_of(contract, name)
    file = find(container, wanted)
    if file is None:
        if not form.optional:
            raise RawDataError(missing_file(container, wanted, name))
        found.told.append(remark("RAW.NO_FORM", "The export has no file of this optional form.", form=name))
        found.frames[name], _ = form_frame(name, form, {}, np.zeros(0, dtype="int64"), wanted)
        return
    where = f"{container.label}/{file}"
    if file not in found.facts:
        with container.open(file) as stream:
            found.facts[file] = verify(stream, where, style.encoding)
    with container.open(file) as stream:
        frame, noticed, unused = read_delimited(stream, where, file, name, form, contract.identity_of(name), style)
    found.frames[name] = frame
    found.told += noticed
    found.rows[file] = len(frame)
    first, before = found.unused.get(file, (name, unused))
    found.unused[file] = (first, [column for column in before if column in unused])


def _report_unused(found: _Found) -> Told:
    told = []
    for file, (form, columns) in found.unused.items():
        if columns:
            told.append(
                remark(
                    "RAW.UNKNOWN_COLUMN",
                    f"{file}: {counted(len(columns), 'column')} that raw.yaml does not know ({listed(columns, 60)}); "
                    "not read.",
                    form=form,
                )
            )
        if not found.facts[file].ended:
            told.append(
                remark(
                    "RAW.LAST_LINE_OPEN",
                    f"{file}: the last line has no line end; see whether its last value is whole.",
                    form=form,
                )
            )
    return told


def _report_strangers(container: Container, contract: RawContract) -> Told:
    known = {find(container, file_of(contract, name)) for name in contract.forms}
    kinds = {PurePosixPath(file_of(contract, name)).suffix for name in contract.forms}
    strangers = [name for name in container.names if PurePosixPath(name).suffix in kinds and name not in known]
    if contract.export.csv.snapshot_file:
        strangers = [name for name in strangers if name != find(container, contract.export.csv.snapshot_file)]
    if not strangers:
        return []
    files = counted(len(strangers), "file")
    message = f"{files} that raw.yaml does not know ({listed(strangers, 60)}); not read."
    return [remark("RAW.UNKNOWN_FILE", message)]
