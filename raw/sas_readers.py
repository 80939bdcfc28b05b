"""The readers of SAS files, one a form: named as the contract names forms, or as Rave's views."""

from __future__ import annotations

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
        """Return whether there are SAS files, and no CSV that a form names."""
        return bool(source.files(SAS)) and not tables_in(source, contract)

    def read(self, source: Source, contract: RawContract, forms: tuple[str, ...]) -> Reading:
        """Return the named forms."""
        names = contract.export.formats.sas or SasFormat()
        return read_tables(_carrier(source, contract), ContractShape(contract, names), contract, forms)


class RaveSas:
    """The reader of Medidata Rave clinical views as SAS files."""

    name: FormatName = "rave-sas"
    kind = "Rave clinical views as SAS files"

    def recognises(self, source: Source, contract: RawContract) -> bool:
        """Return whether raw.yaml knows Rave and the enrolling form's SAS file has Rave's key columns."""
        names = contract.export.formats.rave
        if names is None or not SasFolder().recognises(source, contract):
            return False
        carrier = _carrier(source, contract)
        file = carrier.find(names.form_name(contract.subjects, contract.forms[contract.subjects].label))
        if file is None:
            return False
        keys = names.keys
        needed = {key.casefold() for key in (keys.subject, keys.event, keys.group_repeat) if key}
        return needed <= {column.casefold() for column in carrier.header(file)}

    def read(self, source: Source, contract: RawContract, forms: tuple[str, ...]) -> Reading:
        """Return the named forms."""
        shape = RaveShape(contract, contract.export.formats.rave or RaveFormat())
        return read_tables(_carrier(source, contract), shape, contract, forms)


def _carrier(source: Source, contract: RawContract) -> SasTables:
    names = contract.export.formats.sas or SasFormat()
    return SasTables(source.container, names, contract.export.csv.snapshot_file)
