"""CSV files as tables: in a folder, in a zip, or a file alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from clinical.errors import RawDataError
from raw.container import Container, find, missing_file
from raw.delimited import collect_rows, read_header, read_rows
from raw.encoding import FileFacts, verify
from raw.layout import Layout
from raw.reading import Inputs, Told, remark
from raw.records import Records
from raw.snapshot import snapshot_time
from raw.tables import Closing
from specs.model.raw import CsvFormat


class CsvTables:
    """The carrier of CSV files; each is read once to verify it, then again for its records."""

    any_case = False

    def __init__(self, container: Container, style: CsvFormat, suffix: str = "") -> None:
        if len(style.delimiter) != 1:
            raise RawDataError("raw.yaml: `export.csv.delimiter` must be one character. Correct it.")
        self._container = container
        self._style = style
        self._suffix = suffix
        self._facts: dict[str, FileFacts] = {}

    def find(self, wanted: str) -> str | None:
        """Return the file of that name."""
        return find(self._container, wanted + self._suffix)

    def absent(self, wanted: str, form: str) -> str:
        """Return the sentence that says a form's file is not there."""
        return missing_file(self._container, wanted + self._suffix, form)

    def where(self, table: str) -> str:
        """Return the file with its folder or zip."""
        return self._container.where(table)

    def header(self, table: str) -> list[str]:
        """Return the column names, after the file was found to be text of the declared encoding."""
        where = self.where(table)
        if table not in self._facts:
            with self._container.open(table) as stream:
                self._facts[table] = verify(stream, where, self._style.encoding)
        with self._container.open(table) as stream:
            return read_header(stream, where, self._style)

    def read(self, table: str, layout: Layout) -> Records:
        """Return what a layout asks of the file's records."""
        with self._container.open(table) as stream:
            return collect_rows(read_rows(stream, self.where(table), self._style), layout, self._style.missing)

    def strangers(self, wanted: Sequence[str]) -> list[str]:
        """Return files of the same kind that no form names."""
        files = [name + self._suffix for name in wanted]
        known = {find(self._container, file) for file in files}
        if self._style.snapshot_file:
            known.add(find(self._container, self._style.snapshot_file))
        kinds = {PurePosixPath(file).suffix for file in files}
        return [name for name in self._container.names if PurePosixPath(name).suffix in kinds and name not in known]

    def close(self, rows: dict[str, int], form_of: dict[str, str]) -> Closing:
        """Return the facts of the files, the snapshot time and how they are written."""
        told: Told = [
            remark(
                "RAW.LAST_LINE_OPEN",
                f"{table}: the last line has no line end; see whether its last value is whole.",
                form=form_of[table],
            )
            for table, facts in self._facts.items()
            if not facts.ended
        ]
        snapshot, noticed = snapshot_time(self._container, self._style.snapshot_file, self._facts)
        inputs: Inputs = {
            name: {"sha256": facts.sha256, "bytes": facts.bytes, "rows": rows[name]}
            for name, facts in sorted(self._facts.items())
        }
        metadata = {"format": "CSV", "encoding": self._style.encoding, "delimiter": self._style.delimiter}
        return Closing(inputs, snapshot, [*told, *noticed], metadata)
