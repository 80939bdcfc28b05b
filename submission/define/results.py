"""The results of the report as Analysis Results Metadata 1.0: what was analysed, why, from which rows, and how."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from clinical.conditions import columns_of
from clinical.wording import condition_in_words
from specs.model.analyses import SUBJECTS, Table
from specs.model.study import Study
from submission.define.conditions import shared_tests, where_clause
from submission.define.gathered import Gathered
from submission.define.oids import group_oid, item_oid
from submission.define.origins import described
from submission.define.result_words import Result, results_of
from submission.define.rule_text import CONTEXT, rule_text
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
        _result(f"AR.{table_id}.{at}", table_id, table, result, study, gathered)
        for at, result in enumerate(results_of(table), 1)
    ]
    return odm.ResultDisplay(
        OID=f"RD.{table_id}",
        Name=table_id,
        Description=described(f"{table.section}: {table.title}"),
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
        "Documentation": odm.Documentation(Description=described(_documentation(table, result, study))),
        "ProgrammingCode": odm.ProgrammingCode(Context=CONTEXT, Code=odm.Code(_content=_code(table_id, result))),
    }
    if result.parameters:
        about["ParameterOID"] = item_oid(table.dataset, "PARAMCD")
    return odm.AnalysisResult(**about)


def _name(table: Table, result: Result, gathered: Gathered) -> str:
    """Return the name of the parameter that a result without a label is about."""
    code = result.parameters[0]
    return gathered.parameters.get(table.dataset, {}).get(code, code)


def _datasets(oid: str, table: Table, result: Result, gathered: Gathered) -> odm.AnalysisDatasets:
    """Return the dataset with its rows and variables, and ADSL where it selects the subjects.

    Of several datasets a comment says how they belong together. The clause has what all alternatives of a condition
    share; the documentation has the whole of it in words.
    """
    from odmlib.arm_1_0 import model as odm

    tests = [(table.dataset, shared_tests(one)) for one in (table.where, *result.conditions)]
    population = (SUBJECTS, shared_tests(result.population))
    if table.dataset == SUBJECTS:
        only = _dataset(oid, SUBJECTS, [population, *tests], result.variables, gathered)
        return odm.AnalysisDatasets(AnalysisDataset=[only])
    rows = _dataset(oid, table.dataset, tests, result.variables, gathered)
    chosen = columns_of(result.population)
    subjects = _dataset(oid, SUBJECTS, [population], chosen or ("USUBJID",), gathered)
    joined = f"Records of {table.dataset} belong to the subjects of {SUBJECTS} by USUBJID."
    comment = gathered.comment([joined], "JOIN", table.dataset)
    return odm.AnalysisDatasets(CommentOID=comment, AnalysisDataset=[rows, subjects])


def _dataset(
    oid: str, name: str, tests: list[tuple[str, Any]], variables: Sequence[str], gathered: Gathered
) -> odm.AnalysisDataset:
    from odmlib.arm_1_0 import model as odm

    known = [item_oid(name, one) for one in dict.fromkeys(variables)]
    about: dict[str, Any] = {
        "ItemGroupOID": group_oid(name),
        "AnalysisVariable": [odm.AnalysisVariable(ItemOID=one) for one in known if one in gathered.items],
    }
    if any(mapping for _, mapping in tests):
        where = f"WC.{oid}.{name}"
        gathered.where_clauses[where] = where_clause(where, tests)
        about["WhereClauseRef"] = odm.WhereClauseRef(WhereClauseOID=where)
    return odm.AnalysisDataset(**about)


def _documentation(table: Table, result: Result, study: Study) -> str:
    """Return what is done in words: the statistics, the population, the rows, and the table's notes."""
    named = [one.label for one in study.analyses.populations if one.where == result.population]
    chosen = condition_in_words(result.population)
    subjects = f"{named[0]} ({chosen})" if named else (f"subjects with {chosen}" if chosen else "all subjects of ADSL")
    rows = [condition_in_words(one) for one in (table.where, *result.conditions)]
    said = " and ".join(f"({one})" if " or " in one else one for one in rows if one)
    sentences = [
        result.statistics,
        f"Population: {subjects}.",
        *([f"Rows of {table.dataset}: {said}."] if said else []),
        *table.notes,
    ]
    return " ".join(sentences)


def _code(table_id: str, result: Result) -> str:
    return rule_text({table_id: result.rule})
