"""What `analyses.yaml` may get wrong beyond its shape: datasets, variables, parameters, ids."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from clinical.conditions import Condition, columns_of
from clinical.errors import Problem, did_you_mean, listed
from specs.model.adam import AdamRules
from specs.model.analyses import Analyses
from specs.model.figures import Figure, KaplanMeierFigure, SpiderFigure, SwimmerFigure, WaterfallFigure, figure_reads
from specs.model.headline import HeadlineItem, places_of
from specs.model.study import Study
from specs.model.tables import CategoriesTable, EventProfileTable, SurvivalTable, Table, table_reads
from specs.results_dataset import COLUMNS, statistics_of
from specs.yaml_text import YamlText


def lint_analyses(study: Study, analyses: Analyses, place: YamlText) -> list[Problem]:
    """Return everything wrong with the analyses of a study; `place` is their file."""
    problems: list[Problem] = []
    for name, table in analyses.tables.items():
        problems += _lint_table(study, table, place.place(("tables", name)))
    for name, figure in analyses.figures.items():
        problems += _lint_figure(study, figure, place.place(("figures", name)))
        if name in analyses.tables:
            what = "is the id of a table too. Give the figure another one: both have a place in one report."
            problems.append(Problem(place.place(("figures", name)), what))
    for number, item in enumerate(analyses.headline):
        if item.table not in analyses.tables:
            what = f"there is no table '{item.table}'.{did_you_mean(item.table, analyses.tables)}"
            problems.append(Problem(place.place(("headline", number)), what))
        else:
            problems += _lint_headline(item, analyses.tables[item.table], place, number)
    return problems


def _lint_headline(item: HeadlineItem, table: Table, place: YamlText, number: int) -> Iterator[Problem]:
    """Yield statistics, parameters and columns that the table's results do not have: the item would not be shown."""
    known = statistics_of(table)
    for key, text in (("value", item.value), ("detail", item.detail)):
        for name in places_of(text):
            if name not in known:
                what = f"table {item.table} has no statistic '{name}'.{did_you_mean(name, known)}"
                yield Problem(place.place(("headline", number, key)), f"{what} It has {listed(known, len(known))}.")
    where, parameters = place.place(("headline", number, "where")), table.parameters_read()
    for name in columns_of(item.where):
        if name not in COLUMNS:
            yield Problem(where, f"the results have no column '{name}'.{did_you_mean(name, COLUMNS)}")
    for name in dict.fromkeys(_parameters_asked([item.where])):
        if parameters and name not in parameters:
            yield Problem(where, f"table {item.table} has no parameter '{name}'.{did_you_mean(name, parameters)}")


def _lint_table(study: Study, table: Table, where: str) -> Iterator[Problem]:
    yield from _lint_reads(study, table_reads(table), where)
    yield from _lint_types(study, table, where)
    asked = (*table.parameters_read(), *_parameters_asked(table.conditions()))
    yield from _lint_parameters(study, table.dataset, asked, where)


def _lint_figure(study: Study, figure: Figure, where: str) -> Iterator[Problem]:
    yield from _lint_reads(study, figure_reads(figure), where)
    for rows in figure.rows():
        yield from _lint_parameters(study, rows.dataset, _parameters_asked([rows.where]), where)
    if isinstance(figure, KaplanMeierFigure | SpiderFigure):
        yield from _lint_drawn(study, figure.dataset, figure.time, where)
    if isinstance(figure, WaterfallFigure | SpiderFigure):
        yield from _lint_drawn(study, figure.dataset, figure.value, where)
    if isinstance(figure, SwimmerFigure):
        for name in (figure.start, *figure.end, *(mark.date for mark in figure.marks)):
            if not name.endswith("DT"):
                yield Problem(where, f"'{name}' is no date. Name a variable that ends in DT.")


def _lint_drawn(study: Study, dataset: str, name: str, where: str) -> Iterator[Problem]:
    if not_a_number := _not_a_number(study, dataset, name):
        hint = _hint(not_a_number, "Name a number.")
        yield Problem(where, f"{dataset}.{name} is {not_a_number} and cannot be drawn. {hint}")


def _not_a_number(study: Study, dataset: str, name: str) -> str:
    """Return what a variable is that is no number; nothing where it is one, or where nothing is known of it."""
    spec = study.adam.get(dataset)
    if spec is None or name not in spec.names:
        return ""
    variable = spec.variable(name)
    if variable.type != "Num":
        return "text"
    is_date = (variable.format or "").startswith(("DATE", "TIME"))  # of SAS: DATE9., DATETIME20., TIME5.
    return f"a date ({variable.format})" if is_date else ""


def _hint(not_a_number: str, of_text: str) -> str:
    return of_text if not_a_number == "text" else "Name a number, such as days."


def _lint_reads(study: Study, reads: Mapping[str, Sequence[str]], where: str) -> Iterator[Problem]:
    for dataset, variables in reads.items():
        spec = study.adam.get(dataset)
        if dataset in study.unread:
            continue
        if spec is None:
            yield Problem(where, f"there is no ADaM dataset '{dataset}'.{did_you_mean(dataset, study.adam)}")
            continue
        for name in variables:
            if name not in spec.names:
                yield Problem(where, f"{dataset} has no variable '{name}'.{did_you_mean(name, spec.names)}")


def _parameters_asked(conditions: Sequence[Condition]) -> list[str]:
    tests = [one["PARAMCD"] for condition in conditions for one in condition if "PARAMCD" in one]
    return [name for test in tests for name in (*(test.any_of or ()), *(test.none_of or ()))]


def _lint_parameters(study: Study, dataset: str, asked: Sequence[str], where: str) -> Iterator[Problem]:
    known = parameters_of(study, dataset)
    for name in dict.fromkeys(asked):
        if known is not None and name not in known:
            yield Problem(where, f"{dataset} has no parameter '{name}'.{did_you_mean(name, known)}")


def _lint_types(study: Study, table: Table, where: str) -> Iterator[Problem]:
    """Yield texts and dates that are asked for as numbers."""
    numbers: tuple[str, ...] = ()
    if isinstance(table, CategoriesTable):
        numbers = tuple(block.variable for block in table.blocks if block.summary)
    elif isinstance(table, SurvivalTable):
        numbers = ("AVAL", "CNSR")
    elif isinstance(table, EventProfileTable):
        numbers = (table.duration, *(one.onset for one in table.columns))
    for name in dict.fromkeys(numbers):
        if not_a_number := _not_a_number(study, table.dataset, name):
            hint = _hint(not_a_number, "Count its categories instead.")
            yield Problem(where, f"{table.dataset}.{name} is {not_a_number} and cannot be summed up. {hint}")


def parameters_of(study: Study, dataset: str) -> Collection[str] | None:
    """Return the parameters that a dataset's rules make; None where the specification does not name them."""
    return tuple(names) if (names := parameter_names(study, dataset)) else None


def parameter_names(study: Study, dataset: str) -> Mapping[str, str]:
    """Return the parameters that a dataset's rules make, PARAM by PARAMCD; none where no rule names them."""
    spec = study.adam.get(dataset)
    rules = spec.rules if spec else None
    if not isinstance(rules, AdamRules):
        return {}
    made = (rules.responses, rules.time_to_event, rules.tumor_results)
    return {name: parameter.param for one in made if one is not None for name, parameter in one.parameters.items()}
