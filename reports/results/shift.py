"""Shift of grades from baseline to the worst after it."""

from __future__ import annotations

import pandas as pd

from clinical.wording import count
from reports.results.tables import ResultTable, Scope, Sheet, count_in_words, ranks
from specs.model.tables import ShiftTable


def tabulate_shift(table_id: str, table: ShiftTable, scope: Scope) -> tuple[ResultTable, pd.DataFrame]:
    """Return subjects by grade at baseline (rows) and worst grade after it (columns), parameter by parameter.

    **Rule**: the table's condition selects the records after baseline; a subject counts once a parameter, at the worst
    grade of these. Percentages are of the subjects with a record of the parameter. Grades at baseline that nobody has
    are not shown.
    **Missing**: a grade that is missing has a row, or a column, of its own.
    """
    sheet = Sheet(table_id, scope)
    rows = pd.DataFrame({name: scope.rows[name] for name in ("USUBJID", "PARAMCD", "PARAM")})
    rows["before"], no_grade = ranks(scope.rows[table.baseline], table.grades)
    rows["after"], no_grade_after = ranks(scope.rows[table.grade], table.grades)
    worst = rows.groupby(["PARAMCD", "USUBJID"], sort=False)[["before", "after"]].max().reset_index()
    labels = rows.drop_duplicates("PARAMCD").set_index("PARAMCD")["PARAM"]
    chosen = dict(table.parameters) or {str(code): str(label) for code, label in labels.items()}
    places = [*range(len(table.grades)), -1]
    heads = [*(f"Grade {label}" for label in table.grades.values()), table.missing]
    sheet.header = ("Parameter / grade at baseline", *heads, "Subjects")
    for code, label in chosen.items():
        mine = worst[worst["PARAMCD"].eq(code)]
        shown = label if code != label else scope.parameter_label(code)
        counts = mine.groupby(["before", "after"]).size()
        sheet.row(shown, *[""] * len(heads), str(len(mine)))
        for before, head in zip(places, heads):
            line = [int(counts.get((before, after), 0)) for after in places]
            if not sum(line):
                continue
            for k, after in zip(line, heads):
                where = f"PARAMCD is {code}; {table.baseline}: {head}; worst {table.grade}: {after}"
                sheet.share(k, len(mine), group=f"{shown} / {head} to {after}", where=where, parameter=code)
            sheet.row(head, *(count_in_words(k, len(mine)) for k in line), str(sum(line)), indent=1)
    sheet.notes.append("Subjects (percent of those with a record of the parameter) at the worst grade after baseline.")
    if no_grade or no_grade_after:
        sheet.notes.append(
            f"{count(no_grade + no_grade_after, 'grade', verb='are')} none of those shown; counted as missing."
        )
    return sheet.table(chosen), sheet.records()
