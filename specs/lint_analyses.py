"""What `analyses.yaml` may get wrong beyond its shape: datasets, variables, parameters, ids."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from clinical.errors import Problem, did_you_mean
from specs.model.adam import AdamRules
from specs.model.analyses import Analyses, CategoriesTable, SurvivalTable, Table, table_reads
from specs.model.study import Study
from specs.yaml_text import YamlText


def lint_analyses(study: Study, analyses: Analyses, place: YamlText) -> list[Problem]:
    """Return everything wrong with the analyses of a study; `place` is their file."""
    problems: list[Problem] = []
    for name, table in analyses.tables.items():
        problems += _lint_table(study, table, place.place(("tables", name)))
    for name in analyses.figures:
        if name in analyses.tables:
            what = "is the id of a table too. Give the figure another one: both have a place in one report."
            problems.append(Problem(place.place(("figures", name)), what))
    return problems


def _lint_table(study: Study, table: Table, where: str) -> Iterator[Problem]:
    for dataset, variables in table_reads(table).items():
        spec = study.adam.get(dataset)
        if spec is None:
            yield Problem(where, f"there is no ADaM dataset '{dataset}'.{did_you_mean(dataset, study.adam)}")
            continue
        for name in variables:
            if name not in spec.names:
                yield Problem(where, f"{dataset} has no variable '{name}'.{did_you_mean(name, spec.names)}")
    yield from _lint_types(study, table, where)
    known = parameters_of(study, table.dataset)
    tests = [one["PARAMCD"] for condition in table.conditions() for one in condition if "PARAMCD" in one]
    asked = [name for test in tests for name in (*(test.any_of or ()), *(test.none_of or ()))]
    for name in dict.fromkeys((*table.parameters_read(), *asked)):
        if known is not None and name not in known:
            what = f"{table.dataset} has no parameter '{name}'.{did_you_mean(name, known)}"
            yield Problem(where, what)


def _lint_types(study: Study, table: Table, where: str) -> Iterator[Problem]:
    """Yield texts that are asked for as numbers."""
    numbers: tuple[str, ...] = ()
    if isinstance(table, CategoriesTable):
        numbers = tuple(block.variable for block in table.blocks if block.summary)
    elif isinstance(table, SurvivalTable):
        numbers = ("AVAL", "CNSR")
    spec = study.adam.get(table.dataset)
    for name in numbers:
        if spec is not None and name in spec.names and spec.variable(name).type != "Num":
            yield Problem(
                where, f"{table.dataset}.{name} is text and cannot be summed up. Count its categories instead."
            )


def parameters_of(study: Study, dataset: str) -> Collection[str] | None:
    """Return the parameters that a dataset's rules make; None where the specification does not name them."""
    spec = study.adam.get(dataset)
    rules = spec.rules if spec else None
    if not isinstance(rules, AdamRules):
        return None
    for one in (rules.responses, rules.time_to_event):
        if one is not None:
            return tuple(one.parameters)
    return None
