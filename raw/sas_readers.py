"""The readers of SAS files, one a form: named as the contract names forms, or as Rave's views."""

from __future__ import annotations

from pathlib import PurePosixPath

from clinical.errors import RawDataError, listed
from raw.odm import tables_in
from raw.rave import RaveShape
from raw.reading import Reading
from raw.sas_tables import SasTables
from raw.source import SAS, Source
from raw.tables import ContractShape, read_tables
from specs.model.raw import RawContract
from specs.model.raw_formats import FormatName, RaveFormat, SasFormat


class SasFolder:
    """The reader of SAS7BDAT and transport files."""

    name: FormatName = "sas"
    kind = "a folder of SAS files (.sas7bdat, .xpt)"

    def recognises(self, source: Source, contract: RawContract) -> bool:
        """Return whether there are SAS files, and no CSV that a form names.

        Raises:
            RawDataError: there is a form's CSV too, and nobody says which of them is meant.
        """
        files, tables = source.files(SAS), tables_in(source, contract)
        names = contract.export.formats.sas or SasFormat()
        wanted = {names.form_name(form, one.label).casefold() for form, one in contract.forms.items()}
        if tables and any(PurePosixPath(file).stem.casefold() in wanted for file in files):
            raise RawDataError(
                f"{source.path.name}: there are SAS files ({listed(files)}) and CSV files ({listed(tables)}) of the "
                "same forms. Remove those that are not meant, or name the kind as `export.format` in raw.yaml."
            )
        return bool(files) and not tables

    def read(self, source: Source, contract: RawContract, forms: tuple[str, ...]) -> Reading:
        """Return the named forms."""
        names = contract.export.formats.sas or SasFormat()
        return read_tables(_carrier(source, contract), ContractShape(contract, names), contract, forms)


class RaveSas:
    """The reader of Medidata Rave clinical views as SAS files."""

    name: FormatName = "rave-sas"
    kind = "Rave clinical views as SAS files"

    def recognises(self, source: Source, contract: RawContract) -> bool:
        """Return whether raw.yaml knows Rave and the first SAS file has Rave's key columns."""
        names = contract.export.formats.rave
        if names is None or not SasFolder().recognises(source, contract):
            return False
        carrier = _carrier(source, contract)
        keys = names.keys
        needed = {key.casefold() for key in (keys.subject, keys.event, keys.group_repeat) if key}
        for form, declared in contract.forms.items():
            file = carrier.find(names.form_name(form, declared.label))
            if file is not None:
                return needed <= {column.casefold() for column in carrier.header(file)}
        return False

    def read(self, source: Source, contract: RawContract, forms: tuple[str, ...]) -> Reading:
        """Return the named forms."""
        shape = RaveShape(contract, contract.export.formats.rave or RaveFormat())
        return read_tables(_carrier(source, contract), shape, contract, forms)


def _carrier(source: Source, contract: RawContract) -> SasTables:
    names = contract.export.formats.sas or SasFormat()
    return SasTables(source.container, names, contract.export.csv.snapshot_file)
