"""How an EDC's tables differ from the contract's: names, keys counted from 0 or 1, columns of its own."""

from __future__ import annotations

from collections.abc import Sequence

from raw.layout import Asked
from raw.reading import Told
from raw.records import Records, our_events, our_repeats
from raw.tables import columns_of
from specs.model.raw import RawContract
from specs.model.raw_formats import TableFormat


class EdcShape:
    """The shape of an EDC that numbers every event, form and line.

    Args:
        kind: the EDC's name in the export's metadata.
        first: the number of what occurs once.
    """

    def __init__(self, contract: RawContract, names: TableFormat, kind: str, first: int) -> None:
        self.kind = kind
        self._contract = contract
        self._names = names
        self._first = first

    def table_of(self, form: str) -> str:
        """Return the EDC's name of a form."""
        return self._names.form_name(form, self._contract.forms[form].label)

    def ask(self, form: str, header: Sequence[str], where: str) -> Asked:
        """Return the contract's columns as the EDC names them, with the EDC's own keys."""
        declared = self._contract.forms[form].columns
        return Asked(
            columns=columns_of(self._contract, form, self._names),
            optional=frozenset(name for name, column in declared.items() if column.optional),
            identity=self._names.keys,
            ignored=self._names.system,
        )

    def settle(self, form: str, records: Records) -> tuple[Records, Told]:
        """Return the records with our names of events and our repeats."""
        told = our_events(records, self._names, form)
        our_repeats(records, self._contract.forms[form], self._contract.export.repeating_events, first=self._first)
        return records, told
