"""Which item of an ODM item group is which column of the contract, and what the file's own metadata promise.

A column takes the item whose OID is, in this order, the column's `source`, the column's name, or ends with a dot
and the column's name (`I.AE.AETERM` for AETERM). An item serves one column. Which item it is is decided when the
whole file has been seen, so that it does not depend on the order of the items.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from clinical.errors import did_you_mean, listed
from specs.model.raw import Form


def ranks(form: Form, item: str) -> dict[str, int]:
    """Return for each column that the item may serve how well it fits: 1 by source, 2 by name, 3 by name's ending.

    >>> ranks(Form(label="Events", columns={"AETERM": "Term"}), "I.AE.AETERM")
    {'AETERM': 3}
    """
    fits = {}
    for name, column in form.columns.items():
        if item == column.source:
            fits[name] = 1
        elif item == name:
            fits[name] = 2
        elif item.endswith("." + name):
            fits[name] = 3
    return fits


def assign(name: str, form: Form, items: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    """Return column to item OID, and a sentence for each column that two items claim alike."""
    fits = {item: ranks(form, item) for item in sorted(set(items))}
    taken: dict[str, str] = {}
    problems = []
    for rank in (1, 2, 3):
        free = [column for column in form.columns if column not in taken]
        for column in free:
            claims = [item for item in fits if fits[item].get(column) == rank and item not in taken.values()]
            if len(claims) > 1:
                problems.append(
                    f"form '{name}': items {listed(claims)} all fit column '{column}'. "
                    f"Name the right one as `source` of {column} in raw.yaml."
                )
            if claims:
                taken[column] = claims[0]
    return taken, problems


@dataclass
class OdmMetadata:
    """The forms, item groups and items that the file's MetaDataVersions define; all empty where there are none."""

    groups_of_form: dict[str, set[str]] = field(default_factory=dict)
    items_of_group: dict[str, set[str]] = field(default_factory=dict)

    def problems(self, name: str, form: Form, found: dict[str, str], rows: int) -> list[str]:
        """Return what the contract asks of a form and the file cannot hold, by its metadata.

        Args:
            found: column to item OID, as far as items are known.
            rows: how many records of the form the file has.
        """
        if form.odm is None or not self.items_of_group:
            return []
        known = self.items_of_group.get(form.odm.group)
        forms = self.groups_of_form
        if not rows and not form.optional and (known is None or (forms and form.odm.form not in forms)):
            return [self._absent(name, form)]
        if known is None:
            return []
        absent = [column for column, one in form.columns.items() if column not in found and not one.optional]
        return [self._lacking(name, form, known, absent)] if absent else []

    def _absent(self, name: str, form: Form) -> str:
        assert form.odm is not None
        if form.odm.group not in self.items_of_group:
            kind, wanted, present = "item group", form.odm.group, sorted(self.items_of_group)
        else:
            kind, wanted, present = "form", form.odm.form, sorted(self.groups_of_form)
        return (
            f"{kind} '{wanted}' is missing; form '{name}' needs it.{did_you_mean(wanted, present)} "
            f"Present: {listed(present)}. Fix the export, or `odm:` or `optional:` of '{name}' in raw.yaml."
        )

    def _lacking(self, name: str, form: Form, known: set[str], absent: list[str]) -> str:
        assert form.odm is not None
        wanted = [form.columns[column].source or column for column in absent]
        items = "item" if len(absent) == 1 else "items"
        tails = {item.rpartition(".")[2]: item for item in sorted(known)}
        hints = "".join(dict.fromkeys(did_you_mean(one, [*tails, *tails.values()]) for one in wanted))
        return (
            f"item group '{form.odm.group}' has no {items} {listed(wanted)}; form '{name}' needs them.{hints} "
            f"Items present: {listed(sorted(known))}. Fix the export, or `source:` or `optional:` in raw.yaml."
        )
