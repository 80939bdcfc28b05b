"""What lies at the path of an export: a folder, a zip or a file, and what can be told of it before it is read."""

from __future__ import annotations

import csv
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from lxml import etree

from clinical.errors import RawDataError
from raw.container import Archive, Container, Folder, SingleFile, find
from raw.encoding import CODECS
from raw.odm_header import SAFE
from specs.model.raw import CsvFormat, RawContract

ODM = (".xml", ".odm")
SAS = (".sas7bdat", ".xpt")
XLSX = (".xlsx", ".xlsm")

_LONGEST_HEADER = 2**20


@dataclass(frozen=True)
class Source:
    """An export before it is read."""

    path: Path
    container: Container

    def files(self, suffixes: tuple[str, ...]) -> list[str]:
        """Return the files with one of the endings."""
        return [name for name in self.container.names if PurePosixPath(name).suffix.lower() in suffixes]

    def header(self, file: str, style: CsvFormat) -> list[str]:
        """Return the first line of a CSV as column names, whatever is wrong with the rest; none without such a file."""
        found = find(self.container, file)
        if found is None or len(style.delimiter) != 1:
            return []
        with self.container.open(found) as stream:
            line = stream.readline(_LONGEST_HEADER).decode(CODECS[style.encoding], errors="replace")
        return [column.strip() for column in next(csv.reader([line], delimiter=style.delimiter), [])]

    def root(self) -> Any:
        """Return the root element of the only XML file, without its content; None where there is none to be read."""
        documents = self.files(ODM)
        if len(documents) != 1:
            return None
        try:
            with self.container.open(documents[0]) as stream:
                return next(etree.iterparse(stream, events=("start",), **SAFE))[1]
        except (etree.XMLSyntaxError, StopIteration, RawDataError):
            return None


def look(path: Path, contract: RawContract) -> Source:
    """Return what lies at a path.

    Raises:
        RawDataError: nothing is there, or a zip that is damaged or dangerous.
    """
    if not path.exists():
        raise RawDataError(f"{path.name}: the export is not there. Check the path that was given.")
    if path.is_dir():
        return Source(path, Folder(path))
    suffix = path.suffix.lower()
    if suffix == ".zip" or (suffix not in XLSX and zipfile.is_zipfile(path)):
        return Source(path, Archive(path, "gb18030" if contract.export.csv.encoding == "gb18030" else None))
    return Source(path, SingleFile(path))
