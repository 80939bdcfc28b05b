"""What somebody changed in a workbook: its rows compared with those of the study that it was made from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from clinical.errors import Problem
from specs.excel.book import Row
from specs.excel.exported import GREY
from specs.excel.resolved import Key, Tables, shown_conditions
from specs.excel.sheets import DATASETS, DICTIONARIES, DOCUMENTS, METHODS, STUDY, VALUE_LEVEL, VARIABLES, SheetForm


@dataclass(frozen=True)
class Change:
    """A changed cell, or a row that was added or removed; `row` is the workbook's, None where it was removed."""

    kind: Literal["changed", "added", "removed"]
    form: SheetForm
    key: Key
    column: str = ""
    old: str = ""
    new: str = ""
    row: Row | None = None

    @property
    def place(self) -> str:
        """Where the change is: a cell, or the sheet and the key of a row that is gone."""
        if self.row is None:
            return f"{self.form.name} ({' '.join(self.key)})"
        return self.row.place(self.column or self.row.letters and next(iter(self.row.letters)) or "A")

    def __str__(self) -> str:
        name = " ".join(self.key)
        if self.kind == "changed":
            return f"{self.place}: {name}: '{_short(self.old)}' is now '{_short(self.new)}'"
        return f"{self.form.name}: {name} was {self.kind}"


def changes_between(base: Tables, edited: Tables) -> Iterator[Change]:
    """Yield every difference, sheet by sheet; codelists and the order of variables are compared as a whole elsewhere."""
    for form in (STUDY, DATASETS, VARIABLES, VALUE_LEVEL, DICTIONARIES, METHODS, DOCUMENTS):
        before, after = base.of(form), edited.of(form)
        for key, row in after.items():
            if key not in before:
                yield Change("added", form, key, row=row)
                continue
            yield from _changed_cells(form, key, before[key], row)
            if base.where.get(key) != edited.where.get(key):
                old, new = (shown_conditions(one.where.get(key, ())) for one in (base, edited))
                yield Change("changed", form, key, "Where Clause", old, new, row)
        for key in before:
            if key not in after:
                yield Change("removed", form, key)


def _changed_cells(form: SheetForm, key: Key, before: Row, after: Row) -> Iterator[Change]:
    for column in form.columns:
        name = column.name
        if name in form.keys or name == "Order":
            continue
        if before.get(name) != after.get(name):
            yield Change("changed", form, key, name, before.get(name), after.get(name), after)


def refuse_grey(changes: list[Change]) -> Iterator[Problem]:
    """Yield a problem for each changed cell that follows from other things."""
    for change in changes:
        if change.kind == "changed" and change.column in GREY[change.form.name]:
            shown = f"back to '{change.old}'" if change.old else "away"
            what = f"'{_short(change.new)}': this column follows from the specification and holds nothing of its own. Put it {shown}."
            yield Problem(change.place, what)


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "…"
