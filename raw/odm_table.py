"""One form of the contract while its item groups come by in ODM-XML, and the frame it becomes."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

import numpy as np
import pandas as pd

from clinical import findings
from clinical.errors import listed
from clinical.wording import count
from raw.frames import KEYS, Columns, form_frame
from raw.odm_items import OdmMetadata, assign, ranks
from raw.reading import Told, remark
from raw.transactions import CLEARED, Kind, Removal, Settled, settle, without_cleared
from specs.model.raw import Form


class OdmTable:
    """The records of a form: keys and those items that may serve a column, one row an item group."""

    def __init__(self, name: str, form: Form) -> None:
        self.name = name
        self.form = form
        self._columns = Columns(KEYS)
        self._positions: dict[str, int] = {}
        self._blank: list[str | None] = []
        self._order = array("q")
        self._kinds = array("b")
        self._others = array("q")
        self._unknown: Counter[str] = Counter()
        self._units: dict[str, set[str]] = {}
        self._twice = 0

    @property
    def rows(self) -> int:
        """Return how many item groups were seen."""
        return len(self._order)

    def add(
        self,
        keys: Sequence[str | None],
        items: Sequence[tuple[str, str | None]],
        order: int,
        kind: Kind,
    ) -> None:
        """Append an item group: the values of `KEYS`, item OIDs with values (None for empty), and its transaction."""
        row: list[str | None] = [*keys, *self._blank]
        others = []
        positions = self._positions
        for item, value in items:
            position = positions.get(item)
            if position is None:
                position = self._meet(item)
            if not position:
                self._unknown[item] += 1
                others.append(f"{item}\x1e{value or ''}")
                continue
            if position >= len(row):
                row.extend([None] * (position + 1 - len(row)))
            said = value if value and not value.isspace() else CLEARED
            if row[position] is not None and row[position] != said and kind == Kind.UNSAID:
                self._twice += 1
            row[position] = said
        self._columns.add(row)
        self._order.append(order)
        self._kinds.append(kind)
        self._others.append(_digest(others) if others else 0)

    def add_unit(self, item: str, unit: str) -> None:
        """Note that an item came with a measurement unit."""
        self._units.setdefault(item, set()).add(unit)

    def finish(
        self, file: str, metadata: OdmMetadata, removals: Sequence[Removal] | None
    ) -> tuple[pd.DataFrame, Told, list[str]]:
        """Return the frame, what was noticed, and what is wrong with the file for this form.

        Args:
            removals: those of subjects, events and forms where the file has transactions, else None.
        """
        rows = self.rows
        place = self.form.odm
        promised = metadata.items_of_group.get(place.group, set()) if place else set()
        found, problems = assign(self.name, self.form, {*promised, *self._positions_wanted()})
        if not place and not self.form.optional:
            problems.append(f"form '{self.name}' has no `odm:` place in raw.yaml. Name its form and item group there.")
        problems += metadata.problems(self.name, self.form, found, rows)
        columns = self._columns.take()
        self._count_unserved(columns, set(found.values()))
        order, kinds, others = (_as_numpy(one) for one in (self._order, self._kinds, self._others))
        told = self._report()
        if removals is None:
            columns = without_cleared(columns)
        else:
            mine = [one for one in removals if one.form is None or (place and one.form == place.form)]
            settled = settle(columns, order, kinds, mine)
            columns, others = settled.columns, others[settled.last]
            told += self._report_settled(settled)
        served = {column: columns[item] for column, item in found.items() if item in columns}
        keys = {key: columns[key] for key in KEYS}
        frame, noticed = form_frame(self.name, self.form, {**served, **keys}, others, file)
        return frame, [*told, *noticed], problems

    def _positions_wanted(self) -> list[str]:
        return self._columns.names[len(KEYS) :]

    def _meet(self, item: str) -> int:
        """Give an item its position, 0 where no column of the contract can want it."""
        position = 0
        if ranks(self.form, item):
            position = self._columns.join(item)
            self._blank.append(None)
        self._positions[item] = position
        return position

    def _count_unserved(self, columns: dict[str, Any], served: set[str]) -> None:
        for item in self._positions_wanted():
            if item not in served:
                values = columns[item]
                self._unknown[item] += len(values) - values.null_count

    def _report(self) -> Told:
        told = []
        if self._unknown:
            names = [f"{item} ({number})" for item, number in sorted(self._unknown.items())]
            told.append(
                remark(
                    "RAW.UNKNOWN_ITEM",
                    f"{count(len(names), 'item')} that raw.yaml does not know, with the number of values: "
                    f"{listed(names, 50)}; not read.",
                    form=self.name,
                )
            )
        if self._twice:
            told.append(
                remark(
                    "RAW.ITEM_TWICE",
                    f"{count(self._twice, 'time')} an item stands twice in one item group with different values; "
                    "the last was read.",
                    form=self.name,
                    severity="error",
                )
            )
        for item, units in sorted(self._units.items()):
            told.append(
                remark(
                    "RAW.UNIT_IN_ODM",
                    f"Item {item} comes with {count(len(units), 'measurement unit')} ({listed(sorted(units))}), "
                    "which is not read; raw.yaml must have the unit as an item or a constant.",
                    form=self.name,
                    severity="warning" if len(units) > 1 else "note",
                )
            )
        return told

    def _report_settled(self, settled: Settled) -> Told:
        notes: list[tuple[int, str, findings.Severity, str]] = [
            (settled.removed, "RAW.REMOVED", "note", "removed in the EDC and left out"),
            (settled.inserted_twice, "RAW.INSERTED_TWICE", "warning", "inserted again though already there; updated"),
            (
                settled.never_inserted,
                "RAW.NEVER_INSERTED",
                "warning",
                "updated without having been inserted; the file may lack the start of the history",
            ),
        ]
        return [
            remark(rule, f"{count(number, 'record')} {what}.", form=self.name, severity=severity)
            for number, rule, severity, what in notes
            if number
        ]


def _digest(texts: list[str]) -> int:
    digest = blake2b("\x1f".join(texts).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def _as_numpy(values: Any) -> np.ndarray:
    return np.array(values)
