"""Shares of subjects: answers of yes or no, categories, and numbers summed up."""

from __future__ import annotations

import pandas as pd

from clinical.findings import as_text
from clinical.wording import condition_in_words, one_of
from reports.results.tables import (
    ResultTable,
    Scope,
    Sheet,
    both,
    count_in_words,
    interval_in_words,
    level_in_words,
    numbers_in_words,
    percent_in_words,
    subjects_in,
)
from reports.statistics import describe, rounded
from specs.model.tables import Block, CategoriesTable, ProportionTable, ShareRow

_QUANTILES = "Quantiles are those of the empirical distribution, averaged where they fall between two values."


def tabulate_proportions(table_id: str, table: ProportionTable, scope: Scope) -> tuple[ResultTable, pd.DataFrame]:
    """Return the shares of the population of whom each row says something.

    **Rule**: a subject counts once a row, however many records it has; the denominator is the population, so subjects
    without a record of the parameter count as not having it.
    """
    sheet = Sheet(table_id, scope)
    sheet.header = ("", "n/N", "%", *([f"{level_in_words(table.level)} CI"] if table.interval else []))
    for row in table.rows:
        _add_share(sheet, scope, row, table.interval)
    sheet.notes.append("The denominator is every subject of the population.")
    _say_how_many_lack_a_record(sheet, scope, table)
    if table.interval:
        sheet.notes.append(
            f"CI: exact (Clopper-Pearson) {level_in_words(table.level)} confidence interval, in percent."
        )
    return sheet.table(table.parameters_read()), sheet.records()


def _add_share(sheet: Sheet, scope: Scope, row: ShareRow, interval: bool) -> None:
    where = condition_in_words(row.where)
    rows = scope.rows_where(row.where, row.parameter)
    if row.parameter:
        rows = rows[rows["AVALC"].isin(row.values).to_numpy(dtype=bool)]
        where = both(f"PARAMCD is {row.parameter} and AVALC is {one_of(row.values)}", where)
    label = row.label or scope.parameter_label(str(row.parameter))
    k, n = subjects_in(rows), scope.total
    sheet.share(k, n, group=label, where=where, parameter=row.parameter or "", interval=interval)
    limits = [interval_in_words(k, n, scope.table.level)] if interval else []
    sheet.row(label, f"{k}/{n}", percent_in_words(k, n), *limits)


def _say_how_many_lack_a_record(sheet: Sheet, scope: Scope, table: ProportionTable) -> None:
    for parameter in dict.fromkeys(table.parameters_read()):
        lacking = scope.total - subjects_in(scope.rows_where((), parameter))
        if lacking:
            sheet.notes.append(
                f"{parameter}: {lacking} of the population without a record; they count as not having it."
            )


def tabulate_categories(table_id: str, table: CategoriesTable, scope: Scope) -> tuple[ResultTable, pd.DataFrame]:
    """Return the population by category, and numbers summed up, one block a variable.

    **Rule**: a subject counts once in a category. Percentages are of the population. Categories that occur without
    being declared follow the declared ones, by name.
    **Missing**: subjects without a value have a row of their own; with a condition of the block, only those for whom
    it holds.
    """
    sheet = Sheet(table_id, scope)
    limits = [f"{level_in_words(table.level)} CI"] if table.interval else []
    sheet.header = ("", f"Subjects (N={scope.total})", *limits)
    for block in table.blocks:
        rows = scope.rows_where(block.where, block.parameter)
        sheet.row(block.label)
        if block.summary:
            _add_summary(sheet, block, rows)
        else:
            _add_categories(sheet, block, rows, table.interval)
    sheet.notes.append("Percentages are of every subject of the population.")
    if table.interval:
        sheet.notes.append(
            f"CI: exact (Clopper-Pearson) {level_in_words(table.level)} confidence interval, in percent."
        )
    if any(block.summary for block in table.blocks):
        sheet.notes.append(_QUANTILES)
    return sheet.table(table.parameters_read()), sheet.records()


def _block_filter(block: Block) -> str:
    coded = f"PARAMCD is {block.parameter}" if block.parameter else ""
    return both(coded, condition_in_words(block.where))


def _add_categories(sheet: Sheet, block: Block, rows: pd.DataFrame, interval: bool) -> None:
    total, level = sheet.scope.total, sheet.scope.table.level
    values = pd.DataFrame({"USUBJID": rows["USUBJID"], "value": as_text(rows[block.variable]).replace("", pd.NA)})
    known = values.dropna().drop_duplicates()
    counts = known["value"].value_counts()
    others = {str(value): str(value) for value in sorted(set(counts.index) - set(block.categories))}
    described = rows["USUBJID"] if block.where else sheet.scope.subjects
    missing = int(described.nunique() - known["USUBJID"].nunique())
    lines = [
        (label, int(counts.get(value, 0)), f"{block.variable} is {value}")
        for value, label in {**block.categories, **others}.items()
    ]
    if missing:
        lines.append((block.missing, missing, f"{block.variable} is missing"))
    for label, k, test in lines:
        where = both(_block_filter(block), test)
        group = f"{block.label} / {label}"
        sheet.share(k, total, group=group, where=where, parameter=block.parameter or "", interval=interval)
        limits = [interval_in_words(k, total, level)] if interval else []
        sheet.row(label, count_in_words(k, total), *limits, indent=1)


def _add_summary(sheet: Sheet, block: Block, rows: pd.DataFrame) -> None:
    found, decimals = describe(rows[block.variable]), block.decimals
    named = {"group": block.label, "where": _block_filter(block), "parameter": block.parameter or ""}
    numbers = {
        "COUNT": (found.n, 0, "subjects with a value"),
        "MEAN": (found.mean, decimals + 1, "arithmetic mean"),
        "SD": (found.sd, decimals + 2, "standard deviation, n - 1"),
        "MEDIAN": (found.median, decimals + 1, "quantile, SAS definition 5"),
        "Q1": (found.q1, decimals + 1, "quantile, SAS definition 5"),
        "Q3": (found.q3, decimals + 1, "quantile, SAS definition 5"),
        "MIN": (found.smallest, decimals, "smallest value"),
        "MAX": (found.largest, decimals, "largest value"),
    }
    texts = {
        name: sheet.record(name, value, rounded(value, places), method, **named)
        for name, (value, places, method) in numbers.items()
    }
    sheet.row("n", texts["COUNT"], indent=1)
    sheet.row("Mean (SD)", f"{texts['MEAN']} ({texts['SD']})", indent=1)
    sheet.row("Median", texts["MEDIAN"], indent=1)
    sheet.row("Q1, Q3", numbers_in_words((found.q1, found.q3), decimals + 1), indent=1)
    sheet.row("Min, max", numbers_in_words((found.smallest, found.largest), decimals), indent=1)
    described = rows["USUBJID"] if block.where else sheet.scope.subjects
    missing = int(described.nunique()) - found.n
    if missing > 0:
        sheet.record("MISSING", missing, str(missing), "subjects without a value", **named)
        sheet.row(block.missing, str(missing), indent=1)
