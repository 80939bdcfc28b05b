"""The sheets with their references followed: what the rows of a workbook, or of a study's view, say together."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from specs.excel.book import Row
from specs.excel.cell_text import as_read
from specs.excel.conditions import read_values, written_value
from specs.excel.sheets import (
    ANALYSES,
    CODELISTS,
    COMMENTS,
    CRITERIA,
    DATASETS,
    DICTIONARIES,
    DOCUMENTS,
    METHODS,
    SHEETS,
    STUDY,
    VALUE_LEVEL,
    VARIABLES,
    WHERE_CLAUSES,
    SheetForm,
)

Key = tuple[str, ...]
#: A condition of value-level metadata: variable, comparator and values, in order.
Conditions = tuple[tuple[str, str, tuple[str, ...]], ...]

#: The variables of every SUPP-- dataset; any other name under one is a qualifier.
SUPP_VARIABLES = (
    "STUDYID", "RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "QNAM", "QLABEL", "QVAL", "QORIG", "QEVAL",
)  # fmt: skip


@dataclass(frozen=True)
class TermRows:
    """A codelist: its rows, in order."""

    rows: tuple[Row, ...]

    @property
    def facts(self) -> tuple[str, tuple[tuple[str, str, str], ...]]:
        """Name, and of each term the text, the code and the decode."""
        terms = tuple((row.get("Term"), row.get("NCI Term Code"), row.get("Decoded Value")) for row in self.rows)
        return self.rows[0].get("Name"), terms


@dataclass
class Tables:
    """Rows by sheet and key; `Comment` holds the comment's text, `where` the conditions of value-level rows."""

    rows: dict[str, dict[Key, Row]]
    where: dict[Key, Conditions]
    codelists: dict[str, TermRows]
    order: dict[str, list[str]] = field(default_factory=dict)
    clauses: dict[str, Conditions] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)

    def of(self, form: SheetForm) -> dict[Key, Row]:
        """Return the rows of a sheet by their key."""
        return self.rows[form.name]

    def qualifier(self, key: Key) -> str | None:
        """Return the supplemental qualifier that a value-level row describes, or None."""
        conditions = self.where.get(key, ())
        named = len(conditions) == 1 and conditions[0][:2] == ("QNAM", "EQ")
        return conditions[0][2][0] if named and key[0].startswith("SUPP") and key[1] == "QVAL" else None


def key_variables(row: Row) -> list[str]:
    """Return the key variables of a dataset's row: names with commas, semicolons or blanks between them."""
    return [name for name in re.split(r"[,;\s]+", row.get("Key Variables")) if name]


def view_rows(rows: Mapping[str, Iterable[Mapping[str, str]]]) -> dict[str, list[Row]]:
    """Return the rows of a view as those of a workbook that was read."""
    columns = {(form.name, column.name): column for form in SHEETS for column in form.columns}
    return {
        sheet: [
            Row(sheet, number, {name: columns[sheet, name].clean(as_read(text)) for name, text in cells.items()})
            for number, cells in enumerate(found, 2)
        ]
        for sheet, found in rows.items()
    }


def resolve(rows: Mapping[str, list[Row]]) -> Tables:
    """Return the sheets' rows by key, comments and where clauses followed.

    A row of Variables with a SUPP-- dataset and another name than its own variables is a qualifier, too.
    """
    comments = {row.get("ID"): row.get("Description") for row in rows.get(COMMENTS.name, [])}
    clauses = _clauses(rows.get(WHERE_CLAUSES.name, []))
    found: dict[str, dict[Key, Row]] = {}
    for form in (STUDY, DATASETS, VARIABLES, VALUE_LEVEL, DICTIONARIES, METHODS, DOCUMENTS, *ANALYSES):
        found[form.name] = {
            tuple(row.get(key) for key in form.keys): _with_comment(row, comments) for row in rows.get(form.name, [])
        }
    found[DATASETS.name] = {key: _with_commas(row) for key, row in found[DATASETS.name].items()}
    where = {key: clauses.get(key[2], ()) for key in found[VALUE_LEVEL.name]}
    where |= {key: clauses.get(row.get("Where Clause"), ()) for key, row in found[CRITERIA.name].items()}
    for key in [key for key in found[VARIABLES.name] if key[0].startswith("SUPP") and key[1] not in SUPP_VARIABLES]:
        row = found[VARIABLES.name].pop(key)
        longer = (key[0], "QVAL", f"QNAM EQ {key[1]}")
        found[VALUE_LEVEL.name][longer] = row
        where[longer] = (("QNAM", "EQ", (key[1],)),)
    return Tables(found, where, _codelists(rows), _order(rows), clauses, comments)


def _with_commas(row: Row) -> Row:
    """Return a dataset's row with commas between its key variables, whatever stands between them."""
    keys = key_variables(row)
    return replace(row, cells={**row.cells, "Key Variables": ", ".join(keys)}) if keys else row


def _with_comment(row: Row, comments: Mapping[str, str]) -> Row:
    name = row.get("Comment")
    return replace(row, cells={**row.cells, "Comment": comments.get(name, "")}) if name else row


def _clauses(rows: Iterable[Row]) -> dict[str, Conditions]:
    clauses: dict[str, Conditions] = {}
    for row in rows:
        values = read_values(row.get("Comparator"), row.get("Value"))
        one = (row.get("Variable"), row.get("Comparator"), values)
        if row.get("Comparator") == "IN" and len(values) == 1:
            one = (row.get("Variable"), "EQ", values)
        clauses[row.get("ID")] = (*clauses.get(row.get("ID"), ()), one)
    return clauses


def shown_conditions(conditions: Conditions) -> str:
    """Return conditions as people write them: `PARAMCD EQ BOR24 and AVISIT IN A, B`."""
    parts = [f"{variable} {comparator} {written_value(values)[1]}" for variable, comparator, values in conditions]
    return " and ".join(parts)


def _codelists(rows: Mapping[str, list[Row]]) -> dict[str, TermRows]:
    grouped: dict[str, list[Row]] = {}
    for row in rows.get(CODELISTS.name, []):
        grouped.setdefault(row.get("ID"), []).append(row)
    return {name: TermRows(tuple(_ordered(group))) for name, group in grouped.items()}


def _order(rows: Mapping[str, list[Row]]) -> dict[str, list[str]]:
    """Return the variables of each dataset in their order."""
    grouped: dict[str, list[Row]] = {}
    for row in rows.get(VARIABLES.name, []):
        grouped.setdefault(row.get("Dataset"), []).append(row)
    return {name: [row.get("Variable") for row in _ordered(group)] for name, group in grouped.items()}


def _ordered(rows: list[Row]) -> list[Row]:
    """Return rows by the number in their column Order; one without a number stays behind the row that it stands below.

    Where the numbers do not rise from row to row, the sheet was sorted by another column, and such rows come last.
    """
    numbers = [int(row.get("Order")) for row in rows if row.get("Order").isdecimal()]
    if numbers == sorted(numbers):
        return rows
    last = max(numbers) + 1
    return sorted(rows, key=lambda row: int(row.get("Order")) if row.get("Order").isdecimal() else last)
