"""Reading an export that holds a table a form, whatever carries the tables and however they name things.

A carrier knows files: CSV in a folder or a zip, sheets of a workbook, SAS files. A shape knows names: those of the
contract itself, or those of an EDC such as Rave or Veeva. Any shape can come in any carrier.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import numpy as np
import pandas as pd

from clinical import findings
from clinical.errors import RawDataError, listed
from clinical.wording import count
from raw.frames import form_frame
from raw.layout import Asked, Layout, ask, lay_out
from raw.reading import Inputs, Reading, Told, refuse, remark
from raw.records import Records, our_events
from specs.model.raw import RawContract
from specs.model.raw_formats import TableFormat


@dataclass(frozen=True)
class Closing:
    """What a carrier says when all tables are read."""

    inputs: Inputs
    snapshot: datetime
    told: Told
    metadata: dict[str, str]


class Carrier(Protocol):
    """Named tables that are read one by one."""

    @property
    def any_case(self) -> bool:
        """Return whether column names that differ in capitals only are the same."""

    def find(self, wanted: str) -> str | None:
        """Return the table that a form names, None where there is none."""

    def absent(self, wanted: str, form: str) -> str:
        """Return the sentence that says a form's table is not there."""

    def where(self, table: str) -> str:
        """Return the table's name in messages."""

    def header(self, table: str) -> list[str]:
        """Return the names of a table's columns."""

    def read(self, table: str, layout: Layout) -> Records:
        """Return what a layout asks of a table."""

    def strangers(self, wanted: Sequence[str]) -> list[str]:
        """Return tables that no form names."""

    def close(self, rows: dict[str, int], form_of: dict[str, str]) -> Closing:
        """Return what is known of the files, given the number of records and the (first) form by table."""


class Shape(Protocol):
    """How tables and columns are named, and what has to be done to records before they are ours."""

    @property
    def kind(self) -> str:
        """The kind's name in the export's metadata, empty for none of its own."""

    def table_of(self, form: str) -> str:
        """Return the name of a form's table."""

    def ask(self, form: str, header: Sequence[str], where: str) -> Asked:
        """Return what is asked of a table with these columns."""

    def settle(self, form: str, records: Records) -> tuple[Records, Told]:
        """Return the records that count, their keys as ours, and what was noticed."""


class ContractShape:
    """Tables named as the contract names those of CSV, or by a format's patterns."""

    kind = ""

    def __init__(self, contract: RawContract, names: TableFormat | None = None) -> None:
        self._contract = contract
        self._names = names

    def table_of(self, form: str) -> str:
        """Return the file of a form's CSV, or the format's name of the form."""
        if self._names is None:
            return file_of(self._contract, form)
        return self._names.form_name(form, self._contract.forms[form].label)

    def ask(self, form: str, header: Sequence[str], where: str) -> Asked:
        """Return the contract's columns and identity."""
        asked = ask(self._contract.forms[form], self._contract.identity_of(form))
        if self._names is None:
            return asked
        names = self._names
        own = names.identity.model_dump(exclude_none=True)
        return Asked(
            columns=columns_of(self._contract, form, names),
            optional=asked.optional,
            identity=asked.identity.model_copy(update=own),
            own=asked.own,
            ignored=names.system,
        )

    def settle(self, form: str, records: Records) -> tuple[Records, Told]:
        """Return all records with our names of events."""
        return records, our_events(records, self._names, form) if self._names else []


def file_of(contract: RawContract, form: str) -> str:
    """Return the name of a form's CSV file: its `file`, else the form's name and `.csv`."""
    return contract.forms[form].file or f"{form}.csv"


def columns_of(contract: RawContract, form: str, names: TableFormat) -> dict[str, str]:
    """Return the contract's columns of a form as a format names them: our name -> the export's."""
    columns = contract.forms[form].columns
    return {column: names.column_name(form, column, one.source) for column, one in columns.items()}


@dataclass
class _Found:
    """What was read so far: frames by form, records by table, and what was noticed or is wrong."""

    frames: dict[str, pd.DataFrame] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    #: By table: the first form that reads it, and the columns that none of its forms asks for.
    unused: dict[str, tuple[str, list[str]]] = field(default_factory=dict)
    told: Told = field(default_factory=list)


def read_tables(carrier: Carrier, shape: Shape, contract: RawContract, forms: tuple[str, ...]) -> Reading:
    """Return the named forms of an export of tables.

    Raises:
        RawDataError: everything that is wrong with files and columns, in one error.
    """
    found = _Found()
    problems: list[str] = []
    for form in forms:
        try:
            _read_form(carrier, shape, contract, form, found)
        except RawDataError as error:
            problems.append(str(error))
    refuse(problems)
    closing = carrier.close(found.rows, {table: form for table, (form, _) in found.unused.items()})
    strangers = carrier.strangers([shape.table_of(form) for form in contract.forms])
    told = [*found.told, *_report_unused(found), *closing.told, *_report_strangers(strangers)]
    metadata = closing.metadata
    if shape.kind:
        metadata = metadata | {"format": f"{shape.kind}, {metadata['format']}"}
    return Reading(found.frames, findings.combine(told), closing.snapshot, closing.inputs, metadata)


def _read_form(carrier: Carrier, shape: Shape, contract: RawContract, name: str, found: _Found) -> None:
    """Read one form into what was found."""
    form = contract.forms[name]
    wanted = shape.table_of(name)
    table = carrier.find(wanted)
    if table is None:
        if not form.optional:
            raise RawDataError(carrier.absent(wanted, name))
        found.told.append(remark("RAW.NO_FORM", "The export has no file of this optional form.", form=name))
        found.frames[name], _ = form_frame(name, form, {}, np.zeros(0, dtype="int64"), wanted)
        return
    header = carrier.header(table)
    where = carrier.where(table)
    layout = lay_out(header, where, name, form, shape.ask(name, header, where), any_case=carrier.any_case)
    records = carrier.read(table, layout)
    found.rows[table] = len(records.other)
    records, told = shape.settle(name, records)
    found.told += told
    found.frames[name], noticed = form_frame(name, form, records.columns, records.other, table)
    found.told += noticed
    unused = [header[position] or "(unnamed)" for position in layout.others]
    first, before = found.unused.get(table, (name, unused))
    found.unused[table] = (first, [column for column in before if column in unused])


def _report_unused(found: _Found) -> Told:
    return [
        remark(
            "RAW.UNKNOWN_COLUMN",
            f"{table}: {count(len(columns), 'column')} that raw.yaml does not know ({listed(columns, 60)}); not read.",
            form=form,
        )
        for table, (form, columns) in found.unused.items()
        if columns
    ]


def _report_strangers(strangers: Sequence[str]) -> Told:
    if not strangers:
        return []
    files = count(len(strangers), "file")
    message = f"{files} that raw.yaml does not know ({listed(list(strangers), 60)}); not read."
    return [remark("RAW.UNKNOWN_FILE", message)]
