"""The single results of a table: rows, blocks, parameters or columns, with what is computed said in words.

They are what Analysis Results Metadata describe; define.xml and the workbook say the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import singledispatch
from typing import Any

from clinical.comparators import shared_tests
from clinical.conditions import Condition, Test, columns_of
from clinical.wording import condition_in_words
from specs.model.study import Study
from specs.model.tables import (
    SUBJECTS,
    Block,
    CategoriesTable,
    DiscordanceTable,
    EventColumn,
    EventProfileTable,
    OccurrenceTable,
    ProportionTable,
    ShareRow,
    ShiftTable,
    SurvivalTable,
    Table,
)
from specs.rule_text import plain, rule_text


@dataclass(frozen=True)
class Result:
    """A result: what is computed, of which rows and variables, and the rule as data.

    Without a label it is called as its parameter is.
    """

    label: str | None
    statistics: str
    variables: tuple[str, ...]
    rule: Any
    population: Condition
    parameters: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class AnalysisRows:
    """The rows of a dataset that a result rests on: the tests that hold, each of a dataset, and the variables."""

    dataset: str
    tests: tuple[tuple[str, Mapping[str, Test]], ...]
    variables: tuple[str, ...]


def result_oid(table_id: str, at: int) -> str:
    """Return the identifier of a table's result; the first one is 1."""
    return f"AR.{table_id}.{at}"


def clause_oid(result: str, dataset: str) -> str:
    """Return the identifier of the condition on a result's rows of a dataset."""
    return f"WC.{result}.{dataset}"


def display_title(table: Table) -> str:
    """Return what a table is called among all others."""
    return f"{table.section}: {table.title}"


def rows_of(table: Table, result: Result) -> list[AnalysisRows]:
    """Return the rows of the table's dataset, and those of ADSL where it selects the subjects.

    The tests are what all alternatives of a condition share; the documentation has the whole of it in words.
    """
    tests = [(table.dataset, shared_tests(one)) for one in (table.where, *result.conditions)]
    population = (SUBJECTS, shared_tests(result.population))
    if table.dataset == SUBJECTS:
        return [_rows(SUBJECTS, [population, *tests], result.variables)]
    chosen = columns_of(result.population) or ("USUBJID",)
    return [_rows(table.dataset, tests, result.variables), _rows(SUBJECTS, [population], chosen)]


def _rows(dataset: str, tests: list[tuple[str, dict[str, Test]]], variables: tuple[str, ...]) -> AnalysisRows:
    held = tuple((owner, mapping) for owner, mapping in tests if mapping)
    return AnalysisRows(dataset, held, tuple(dict.fromkeys(variables)))


def join_comment(table: Table) -> str:
    """Return how the records of a table's dataset and those of ADSL belong together."""
    return f"Records of {table.dataset} belong to the subjects of {SUBJECTS} by USUBJID."


def documentation(table: Table, result: Result, study: Study) -> str:
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


def programming_code(table_id: str, result: Result) -> str:
    """Return the rule of a result as YAML."""
    return rule_text({table_id: result.rule})


@singledispatch
def results_of(table: Table) -> list[Result]:
    """Return the results of a table in the order in which they are shown."""
    raise TypeError(f"no results are described of a table by {table.method}")


@results_of.register
def _proportion(table: ProportionTable) -> list[Result]:
    return [_share(table, row) for row in table.rows]


def _share(table: ProportionTable, row: ShareRow) -> Result:
    coded: tuple[Condition, ...] = ()
    if row.parameter:
        coded = (({"PARAMCD": Test(any_of=(row.parameter,)), "AVALC": Test(any_of=row.values)},),)
    interval = (
        f", with the exact (Clopper-Pearson) {_percent(table.level)} confidence interval" if table.interval else ""
    )
    return Result(
        label=row.label,
        statistics=f"Number and percentage of subjects with at least one such record{interval}. "
        "The denominator is every subject of the population.",
        variables=("AVALC",) if row.parameter else columns_of(row.where),
        rule=_only(table, "rows", row),
        population=table.population,
        parameters=(row.parameter,) if row.parameter else (),
        conditions=(*coded, row.where),
    )


@results_of.register
def _categories(table: CategoriesTable) -> list[Result]:
    return [_block(table, block) for block in table.blocks]


def _block(table: CategoriesTable, block: Block) -> Result:
    if block.summary:
        statistics = f"Number, mean, standard deviation, median, quartiles, minimum and maximum of {block.variable}."
    else:
        interval = f", with the exact (Clopper-Pearson) {_percent(table.level)} confidence interval"
        statistics = (
            f"Number and percentage of subjects by {block.variable}{interval if table.interval else ''}. "
            "The denominator is every subject of the population."
        )
    return Result(
        label=block.label,
        statistics=statistics,
        variables=(block.variable,),
        rule=_only(table, "blocks", block),
        population=table.population,
        parameters=(block.parameter,) if block.parameter else (),
        conditions=(*_of_parameter(block.parameter), block.where),
    )


@results_of.register
def _survival(table: SurvivalTable) -> list[Result]:
    months = f" and the share without event at {_listed(table.landmarks)} months" if table.landmarks else ""
    reverse = " Follow-up by the reverse Kaplan-Meier method." if table.follow_up else ""
    statistics = (
        f"Kaplan-Meier estimates of AVAL, CNSR 0 being an event: quartiles and median{months}, with "
        f"{_percent(table.level)} confidence limits by the log-log transformation. A month is "
        f"{table.days_per_month:.15g} days.{reverse}"
    )
    return [
        Result(
            label=label,
            statistics=statistics,
            variables=("AVAL", "CNSR", "EVNTDESC"),
            rule=_rule(table) | {"parameters": {code: label}},
            population=table.population,
            parameters=(code,),
            conditions=_of_parameter(code),
        )
        for code, label in table.parameters.items()
    ]


@results_of.register
def _occurrence(table: OccurrenceTable) -> list[Result]:
    worst = f", by the worst {table.grade}" if table.grade else ""
    statistics = (
        f"Number and percentage of subjects with at least one record, and number of records, by "
        f"{' and '.join(table.levels)}{worst}. A subject counts once a row."
    )
    return [Result(table.title, statistics, table.variables(), _rule(table), table.population)]


@results_of.register
def _profile(table: EventProfileTable) -> list[Result]:
    return [_event(table, column) for column in table.columns]


def _event(table: EventProfileTable, column: EventColumn) -> Result:
    statistics = (
        f"Number and percentage of subjects with an event, by the worst {table.grade}; time to the first onset "
        f"({column.onset}) and duration of events that have ended ({table.duration}), in days."
    )
    return Result(
        label=column.label,
        statistics=statistics,
        variables=(table.grade, column.onset, table.duration),
        rule=_only(table, "columns", column),
        population=_both(table.population, column.population),
        conditions=(column.where,),
    )


@results_of.register
def _shift(table: ShiftTable) -> list[Result]:
    statistics = (
        f"Number and percentage of subjects by the grade at baseline ({table.baseline}) and the worst grade after it "
        f"({table.grade}), for each parameter."
    )
    codes = tuple(table.parameters)
    chosen: tuple[Condition, ...] = (({"PARAMCD": Test(any_of=codes)},),) if codes else ()
    variables = ("PARAMCD", table.baseline, table.grade)
    return [Result(table.title, statistics, variables, _rule(table), table.population, codes or ("",), chosen)]


@results_of.register
def _discordance(table: DiscordanceTable) -> list[Result]:
    pairs = f", paired by {' and '.join(table.by)}" if table.by else ""
    statistics = (
        f"Cross-tabulation of AVALC as assessed by AVALC as derived from lesions{pairs}; what is counted: "
        f"{table.counted}. The agreement is of those that have both."
    )
    either: Condition = (*table.assessed, *table.derived)
    variables = ("AVALC", *table.by, *([table.why] if table.why else []))
    return [Result(table.title, statistics, variables, _rule(table), table.population, ("",), (either,))]


def _only(table: Table, part: str, one: Any) -> dict[str, Any]:
    """Return a table as data with a single one of its rows, blocks or columns."""
    return _rule(table) | {part: [plain(one)]}


def _rule(table: Table) -> dict[str, Any]:
    """Return what is computed as data, without what is said elsewhere or is for the page only."""
    said: dict[str, Any] = plain(table)
    return {
        key: one for key, one in said.items() if key not in ("section", "title", "notes", "open", "reason", "purpose")
    }


def _of_parameter(code: str | None) -> tuple[Condition, ...]:
    return (({"PARAMCD": Test(any_of=(code,))},),) if code else ()


def _both(first: Condition, second: Condition) -> Condition:
    """Return the condition that both hold."""
    if not first or not second:
        return first or second
    return tuple({**one, **other} for one in first for other in second)


def _listed(numbers: tuple[int, ...]) -> str:
    texts = [str(one) for one in numbers]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


def _percent(level: float) -> str:
    return f"{level * 100:g}%"
