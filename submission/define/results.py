"""The results of the report as Analysis Results Metadata 1.0: what was analysed, why, from which rows, and how."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

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
from specs.model.study import Study
from specs.model.tables import SUBJECTS, Table
from specs.rule_text import CONTEXT
from submission.define.conditions import where_clause
from submission.define.gathered import Gathered
from submission.define.oids import group_oid, item_oid
from submission.define.origins import described
from submission.written import WrittenDataset

if TYPE_CHECKING:
    from odmlib.arm_1_0 import model as odm


def describe_results(
    study: Study, datasets: Sequence[WrittenDataset], gathered: Gathered
) -> odm.AnalysisResultDisplays | None:
    """Return the tables of `analyses.yaml` whose dataset is described, or None where there is none."""
    from odmlib.arm_1_0 import model as odm

    described_names = {one.name for one in datasets if one.rows}
    displays = [
        _display(table_id, table, study, gathered)
        for table_id, table in study.analyses.tables.items()
        if {table.dataset, SUBJECTS} <= described_names
    ]
    return odm.AnalysisResultDisplays(ResultDisplay=displays) if displays else None


def _display(table_id: str, table: Table, study: Study, gathered: Gathered) -> odm.ResultDisplay:
    from odmlib.arm_1_0 import model as odm

    results = [
        _result(result_oid(table_id, at), table_id, table, result, study, gathered)
        for at, result in enumerate(results_of(table), 1)
    ]
    return odm.ResultDisplay(
        OID=f"RD.{table_id}",
        Name=table_id,
        Description=described(display_title(table)),
        AnalysisResult=results,
    )


def _result(
    oid: str, table_id: str, table: Table, result: Result, study: Study, gathered: Gathered
) -> odm.AnalysisResult:
    from odmlib.arm_1_0 import model as odm

    about: dict[str, Any] = {
        "OID": oid,
        "AnalysisReason": table.reason,
        "AnalysisPurpose": table.purpose,
        "Description": described(result.label or _name(table, result, gathered)),
        "AnalysisDatasets": _datasets(oid, table, result, gathered),
        "Documentation": odm.Documentation(Description=described(documentation(table, result, study))),
        "ProgrammingCode": odm.ProgrammingCode(
            Context=CONTEXT, Code=odm.Code(_content=programming_code(table_id, result))
        ),
    }
    if result.parameters:
        about["ParameterOID"] = item_oid(table.dataset, "PARAMCD")
    return odm.AnalysisResult(**about)


def _name(table: Table, result: Result, gathered: Gathered) -> str:
    """Return the name of the parameter that a result without a label is about."""
    code = result.parameters[0]
    return gathered.parameters.get(table.dataset, {}).get(code, code)


def _datasets(oid: str, table: Table, result: Result, gathered: Gathered) -> odm.AnalysisDatasets:
    """Return the rows that a result rests on; of several datasets a comment says how they belong together."""
    from odmlib.arm_1_0 import model as odm

    rows = rows_of(table, result)
    about: dict[str, Any] = {"AnalysisDataset": [_dataset(oid, one, gathered) for one in rows]}
    if len(rows) > 1:
        about["CommentOID"] = gathered.comment([join_comment(table)], "JOIN", table.dataset)
    return odm.AnalysisDatasets(**about)


def _dataset(oid: str, one: AnalysisRows, gathered: Gathered) -> odm.AnalysisDataset:
    from odmlib.arm_1_0 import model as odm

    known = [item_oid(one.dataset, name) for name in one.variables]
    about: dict[str, Any] = {
        "ItemGroupOID": group_oid(one.dataset),
        "AnalysisVariable": [odm.AnalysisVariable(ItemOID=name) for name in known if name in gathered.items],
    }
    if one.tests:
        where = clause_oid(oid, one.dataset)
        gathered.where_clauses[where] = where_clause(where, [*one.tests])
        about["WhereClauseRef"] = odm.WhereClauseRef(WhereClauseOID=where)
    return odm.AnalysisDataset(**about)
