"""The readers of CSV exports of one file a form: as the contract names them, Rave's views, Veeva's extracts."""

from __future__ import annotations

from raw.container import SingleFile
from raw.csv_tables import CsvTables
from raw.edc_shape import EdcShape
from raw.rave import RaveShape
from raw.reading import Reading
from raw.source import Source
from raw.tables import ContractShape, read_tables
from specs.model.raw import RawContract
from specs.model.raw_formats import FormatName, RaveFormat, TableFormat, VeevaFormat


class CsvFolder:
    """The reader of CSV files that are named as the contract names them."""

    name: FormatName = "csv"
    kind = "a folder of CSV files"

    def recognises(self, source: Source, contract: RawContract) -> bool:
        """Return whether this is a folder or a zip, of whatever files."""
        return not isinstance(source.container, SingleFile)

    def read(self, source: Source, contract: RawContract, forms: tuple[str, ...]) -> Reading:
        """Return the named forms."""
        return read_tables(CsvTables(source.container, contract.export.csv), ContractShape(contract), contract, forms)


class RaveCsv:
    """The reader of Medidata Rave clinical views as CSV."""

    name: FormatName = "rave"
    kind = "Rave clinical views as CSV"

    def recognises(self, source: Source, contract: RawContract) -> bool:
        """Return whether raw.yaml knows Rave and the first file has Rave's key columns."""
        names = contract.export.formats.rave
        return names is not None and has_keys(source, contract, names)

    def read(self, source: Source, contract: RawContract, forms: tuple[str, ...]) -> Reading:
        """Return the named forms."""
        shape = RaveShape(contract, contract.export.formats.rave or RaveFormat())
        return read_tables(CsvTables(source.container, contract.export.csv, ".csv"), shape, contract, forms)


class VeevaCsv:
    """The reader of Veeva EDC study data extracts as CSV."""

    name: FormatName = "veeva"
    kind = "Veeva extracts as CSV"

    def recognises(self, source: Source, contract: RawContract) -> bool:
        """Return whether raw.yaml knows Veeva and the first file has Veeva's key columns."""
        names = contract.export.formats.veeva
        return names is not None and has_keys(source, contract, names)

    def read(self, source: Source, contract: RawContract, forms: tuple[str, ...]) -> Reading:
        """Return the named forms."""
        names = contract.export.formats.veeva or VeevaFormat()
        shape = EdcShape(contract, names, "Veeva study data extract", first=1)
        return read_tables(CsvTables(source.container, contract.export.csv, ".csv"), shape, contract, forms)


def has_keys(source: Source, contract: RawContract, names: TableFormat) -> bool:
    """Return whether the first of the forms' files that is there has an EDC's columns for subject, event and lines."""
    keys = names.keys
    needed = {keys.subject, keys.event, keys.group_repeat} - {None, ""}
    for form, declared in contract.forms.items():
        header = source.header(names.form_name(form, declared.label) + ".csv", contract.export.csv)
        if header:
            return needed <= set(header)
    return False
