"""Which changes of a workbook can be looked at further although others are wrong, so that all is told at once."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from clinical.errors import Problem
from specs.excel.book import Book, Cell
from specs.excel.changes import Change
from specs.excel.references import empty_cells
from specs.excel.resolved import Tables, TermRows
from specs.excel.sheets import CODELISTS, COMMENTS, VALUE_LEVEL, VARIABLES, WHERE_CLAUSES

_PLACE = re.compile(r"(?P<sheet>\w+( \w+)?)!(?P<letter>[A-Z]+)(?P<row>\d+) \((?P<column>[^)]*)\)")


@dataclass(frozen=True)
class Rest:
    """What is left of a workbook without its faults: `is_whole` says whether no row that is new or gone was left out.

    Where one was, other rows may rest on it, and whether they fit the study cannot be said.
    """

    changes: tuple[Change, ...]
    edited: Tables
    is_whole: bool


class Faults:
    """The cells of a workbook that are wrong."""

    def __init__(self, book: Book, problems: Iterable[Problem]) -> None:
        told = {cell for problem in problems if (cell := _cell_of(problem))}
        empty = {(sheet, row.number, name) for (sheet, name), rows in empty_cells(book).items() for row in rows}
        self._cells: set[Cell] = {*told, *book.faulty, *empty}
        self._rows = {(sheet, row) for sheet, row, _ in self._cells}
        self._sheets = {sheet for sheet, _, _ in self._cells}

    def has(self, problem: Problem) -> bool:
        """Return whether a problem is about one of the cells, so that it is told already."""
        return _cell_of(problem) in self._cells

    def is_in_cell(self, change: Change) -> bool:
        """Return whether a changed cell is wrong, or what it refers to; in a row that is new or gone, any cell."""
        if change.kind != "changed" or change.row is None:
            return self.is_in_row(change)
        return (change.form.name, change.row.number, change.column) in self._cells or self._refers_to_wrong(change)

    def is_in_row(self, change: Change) -> bool:
        """Return whether a row has a wrong cell or refers to one; a row that is gone may have a wrong name."""
        if change.row is None:
            return self._may_be_misspelt(change)
        return (change.form.name, change.row.number) in self._rows or self._refers_to_wrong(change)

    def _refers_to_wrong(self, change: Change) -> bool:
        """Return whether the sheet that a change refers to by an ID has a wrong cell."""
        behind = {"Where Clause": WHERE_CLAUSES.name, "Comment": COMMENTS.name}
        asked = (
            {change.column} if change.kind == "changed" else behind.keys() & (change.row.cells if change.row else {})
        )
        return any(behind.get(column) in self._sheets for column in asked)

    def _may_be_misspelt(self, change: Change) -> bool:
        """Return whether a row of the sheet has a wrong key, so that it may be the one that seems to be gone."""
        forms = (VARIABLES, VALUE_LEVEL) if change.form in (VARIABLES, VALUE_LEVEL) else (change.form,)
        keys = {(form.name, key) for form in forms for key in form.keys}
        return bool(keys & {(sheet, column) for sheet, _, column in self._cells})

    def rest(self, changes: Sequence[Change], base: Tables, edited: Tables) -> Rest:
        """Return the changes in rows without a fault, and the workbook as if it had no others."""
        left = [change for change in changes if self.is_in_row(change)]
        lists, lists_are_whole = self._codelists(base, edited)
        whole = lists_are_whole and all(change.kind == "changed" for change in left)
        order = base.order if left or VARIABLES.name in self._sheets else edited.order
        tables = replace(edited, codelists=lists, order=order)
        return Rest(tuple(change for change in changes if change not in left), tables, whole)

    def _codelists(self, base: Tables, edited: Tables) -> tuple[dict[str, TermRows], bool]:
        """Return the codelists, those with a wrong row as they were; and whether that leaves none of them out."""
        if CODELISTS.name not in self._sheets:
            return dict(edited.codelists), True
        rows = {number for sheet, number, _ in self._cells if sheet == CODELISTS.name}
        wrong = {name for name, one in edited.codelists.items() if rows & {row.number for row in one.rows}}
        kept = {name: one for name, one in edited.codelists.items() if name not in wrong}
        return {**base.codelists, **kept}, not wrong - base.codelists.keys()


def _cell_of(problem: Problem) -> Cell | None:
    """Return the cell that a problem names, None where it names none."""
    found = _PLACE.search(problem.where)
    return (found["sheet"], int(found["row"]), found["column"]) if found else None
