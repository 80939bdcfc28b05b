"""The tables of analyses.yaml as the sheets of Analysis Results Metadata: displays, results, and their criteria."""

from __future__ import annotations

from collections.abc import Iterator

from clinical.comparators import comparators_of
from specs.analysis_results import (
    AnalysisRows,
    Result,
    clause_oid,
    display_title,
    documentation,
    join_comment,
    programming_code,
    result_oid,
    results_of,
    rows_of,
)
from specs.excel.conditions import written_value
from specs.excel.sheets import COMMENTS, CRITERIA, DISPLAYS, RESULTS, WHERE_CLAUSES
from specs.lint_analyses import parameter_names
from specs.model.study import Study
from specs.model.tables import SUBJECTS, Table
from specs.rule_text import CONTEXT

#: The sheet that a row belongs to, and its cells.
SheetRow = tuple[str, dict[str, str | None]]


def analysis_rows(study: Study) -> Iterator[SheetRow]:
    """Yield the rows of the sheets on the tables of a study, and of the conditions that they name."""
    joined = {one.dataset: one for one in study.analyses.tables.values() if one.dataset != SUBJECTS}
    for dataset, table in joined.items():
        yield COMMENTS.name, {"ID": _join_id(dataset), "Description": join_comment(table)}
    for table_id, table in study.analyses.tables.items():
        yield DISPLAYS.name, {"ID": table_id, "Title": display_title(table)}
        for at, result in enumerate(results_of(table), 1):
            yield from _result_rows(study, table_id, table, result, result_oid(table_id, at))


def _result_rows(study: Study, table_id: str, table: Table, result: Result, oid: str) -> Iterator[SheetRow]:
    yield (
        RESULTS.name,
        {
            "Display": table_id,
            "ID": oid,
            "Description": result.label or _name(study, table, result),
            "Reason": table.reason,
            "Purpose": table.purpose,
            "Join Comment": None if table.dataset == SUBJECTS else _join_id(table.dataset),
            "Documentation": documentation(table, result, study),
            "Programming Context": CONTEXT,
            "Programming Code": programming_code(table_id, result),
        },
    )
    for one in rows_of(table, result):
        clause = clause_oid(oid, one.dataset)
        yield (
            CRITERIA.name,
            {
                "Display": table_id,
                "Result": oid,
                "Dataset": one.dataset,
                "Variables": ", ".join(f"{one.dataset}.{name}" for name in one.variables),
                "Where Clause": clause if one.tests else None,
            },
        )
        yield from _clause_rows(clause, one)


def _join_id(dataset: str) -> str:
    return f"COM.JOIN.{dataset}"


def _name(study: Study, table: Table, result: Result) -> str:
    """Return the name of the parameter that a result without a label is about."""
    code = result.parameters[0]
    return parameter_names(study, table.dataset).get(code, code)


def _clause_rows(clause: str, one: AnalysisRows) -> Iterator[SheetRow]:
    for dataset, tests in one.tests:
        for variable, test in tests.items():
            for comparator, values in comparators_of(test):
                cells = {"ID": clause, "Dataset": dataset, "Variable": variable, "Comparator": comparator}
                yield WHERE_CLAUSES.name, {**cells, "Value": written_value(values)[1]}
