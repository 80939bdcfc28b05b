"""Events by term and worst grade."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from clinical.findings import as_text
from clinical.wording import count
from reports.results.tables import ResultTable, Scope, Sheet, count_in_words, percent_in_words, ranks
from reports.statistics import percent
from specs.model.tables import OccurrenceTable

_UNCODED = "(Not coded)"


def tabulate_occurrence(table_id: str, table: OccurrenceTable, scope: Scope) -> tuple[ResultTable, pd.DataFrame]:
    """Return subjects with at least one record, by the values of `levels` and by worst grade, and the records.

    **Rule**: a subject counts once a row, at the worst grade of its records there. Rows are sorted by the number of
    subjects, then by name; the rows of a second level under theirs.
    **Missing**: a subject of whose records in the row none has a grade is counted as such, in a column of its own.
    """
    sheet = Sheet(table_id, scope)
    rows, unknown = _leveled(table, scope.rows)
    lines = _count(rows, table)
    columns = _columns(table, bool(lines["WITHOUT"].sum()))
    sheet.header = (table.head, *(label for label, _, _ in columns), "Records")
    for line in lines.to_dict("records"):  # one turn a row of the table
        _add_line(sheet, table, {str(name): value for name, value in line.items()}, columns)
    sheet.notes.append(
        f"Subjects (percent of N={scope.total}) with at least one record; a subject counts once a row"
        + (", at the worst grade." if table.grade else ".")
    )
    if unknown:
        records = count(unknown, "record", verb="have")
        sheet.notes.append(f"{records} a {table.grade} that is none of the grades; counted as missing.")
    return sheet.table(), sheet.records()


def _leveled(table: OccurrenceTable, found: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Return subject, levels as text and rank of the grade of every record."""
    rank, unknown = ranks(found[table.grade], table.grades) if table.grade else (pd.Series(-1, index=found.index), 0)
    levels = {name: as_text(found[name]).replace("", _UNCODED) for name in table.levels}
    return pd.DataFrame({"USUBJID": found["USUBJID"], **levels, "rank": rank}), unknown


def _count(rows: pd.DataFrame, table: OccurrenceTable) -> pd.DataFrame:
    """Return a line for any record, one for each value of the first level, and one for each of the second under it.

    A line has DEPTH, the levels, ANY, one column a grade (by place), WITHOUT and RECORDS.
    """
    parts = [_count_by(rows, list(table.levels[:depth]), len(table.grades)) for depth in range(len(table.levels) + 1)]
    lines = pd.concat(parts, ignore_index=True)
    first = table.levels[0]
    size = lines[lines["DEPTH"].eq(1)].set_index(first)["ANY"]
    lines["_size"] = lines[first].map(size).fillna(np.inf)
    for name in table.levels:
        lines[name] = lines[name].fillna("")
    by = ["_size", first, "DEPTH", "ANY", *table.levels[1:]]
    ascending = [False, True, True, False, *[True] * len(table.levels[1:])]
    return lines.sort_values(by, ascending=ascending, kind="stable")


def _count_by(rows: pd.DataFrame, keys: list[str], grades: int) -> pd.DataFrame:
    """Return the lines of one depth: subjects by worst rank, and records."""
    worst = rows.groupby(["USUBJID", *keys], sort=False)["rank"].max().reset_index()
    flags = pd.DataFrame({str(place): worst["rank"].eq(place) for place in range(grades)})
    flags["WITHOUT"], flags["ANY"] = worst["rank"].lt(0), True
    if not keys:
        lines = flags.sum().to_frame().T.assign(RECORDS=len(rows))
    else:
        names = [worst[name] for name in keys]
        lines = flags.groupby(names).sum().join(rows.groupby(keys).size().rename("RECORDS")).reset_index()
    return lines.assign(DEPTH=len(keys))


#: A column of counts: its label, the places of the grades that it adds up, and what it tests.
_Column = tuple[str, Sequence[str], str]


def _columns(table: OccurrenceTable, without: bool) -> list[_Column]:
    columns: list[_Column] = [("Any grade" if table.grade else "Subjects", ("ANY",), "")]
    if table.grade:
        places = {grade: str(place) for place, grade in enumerate(table.grades)}
        columns += [
            (f"Grade {label}", (places[grade],), f"worst {table.grade} is {grade}")
            for grade, label in table.grades.items()
        ]
        columns += [
            (
                f"Grade ≥{table.grades[grade]}",
                tuple(places.values())[int(places[grade]) :],
                f"worst {table.grade} ≥ {grade}",
            )
            for grade in table.at_least
        ]
        if without:
            columns.append((table.missing, ("WITHOUT",), f"{table.grade} is missing"))
    return columns


def _add_line(sheet: Sheet, table: OccurrenceTable, line: Mapping[str, Any], columns: list[_Column]) -> None:
    total, depth = sheet.scope.total, int(line["DEPTH"])
    named = [str(line[name]) for name in table.levels[:depth]]
    label = named[-1] if named else table.any_label
    tests = [f"{name} is {value}" for name, value in zip(table.levels, named)]
    path = " / ".join(named) or table.any_label
    cells = []
    for head, parts, test in columns:
        k = sum(int(line[part]) for part in parts)
        where, group = " and ".join(filter(None, (*tests, test))), f"{path} / {head}"
        sheet.record("COUNT", k, str(k), "subjects, once a row", group=group, where=where)
        share = percent_in_words(k, total)
        sheet.record("PERCENT", percent(k, total), share, "100 × COUNT / population", group=group, where=where)
        cells.append(count_in_words(k, total))
    records = int(line["RECORDS"])
    sheet.record("RECORDS", records, str(records), "records", group=path, where=" and ".join(tests))
    sheet.row(label, *cells, str(records), indent=depth)
