"""The export as a workbook: a sheet a form, every cell a text."""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

import xlsxwriter

from clinical.errors import UsageError
from simulation.export import SimulatedExport, identity_names
from simulation.ordering import PlacedForm, place_forms, subjects_of
from specs.model.raw import RawContract
from specs.model.raw_formats import XlsxFormat

#: What a sheet holds.
_ROWS = 1_048_576
_CHARACTERS = 32_767


def write_xlsx(export: SimulatedExport, contract: RawContract, path: Path) -> None:
    """Write one workbook, which says that it was made at the snapshot time.

    Raises:
        UsageError: a form has more rows, or a value more characters, than a sheet can hold.
    """
    names = contract.export.formats.xlsx or XlsxFormat()
    forms = [form.in_order() for form in place_forms(export, contract, subjects_of(export, contract))]
    for form in forms:
        if len(form.frame) >= _ROWS:
            raise UsageError(f"xlsx: form '{form.name}' has {len(form.frame)} rows and a sheet holds {_ROWS}. Use csv.")
    path.parent.mkdir(parents=True, exist_ok=True)
    with xlsxwriter.Workbook(str(path), {"constant_memory": True}) as book:
        book.set_properties({"title": export.study_name, "created": export.snapshot.astimezone(UTC)})
        for form in forms:
            _write_sheet(book, form, contract, names)


def _write_sheet(book: xlsxwriter.Workbook, form: PlacedForm, contract: RawContract, names: XlsxFormat) -> None:
    declared = contract.forms[form.name]
    keys = identity_names(contract, form.name)
    columns = {column: names.column_name(form.name, column, one.source) for column, one in declared.columns.items()}
    named = dict(zip(keys.values(), keys.values(), strict=True)) | columns
    sheet = book.add_worksheet(names.form_name(form.name, declared.label))
    for at, name in enumerate(named.values()):
        sheet.write_string(0, at, name)
    values = form.frame[list(named)].astype(object)
    table = values.where(values.notna(), None)
    for row, cells in enumerate(table.itertuples(index=False, name=None), 1):
        for at, text in enumerate(cells):
            if text is not None:
                if len(text) > _CHARACTERS:
                    raise UsageError(f"xlsx: form '{form.name}' has a text of more than {_CHARACTERS} characters.")
                sheet.write_string(row, at, text)
