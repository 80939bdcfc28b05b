"""The results of a study from its analysis datasets, as `analyses.yaml` declares them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pandas as pd

from clinical.errors import listed
from reports.population import population_in_words
from reports.results.discordance import tabulate_discordance
from reports.results.occurrence import tabulate_occurrence
from reports.results.profile import tabulate_event_profile
from reports.results.shares import tabulate_categories, tabulate_proportions
from reports.results.shift import tabulate_shift
from reports.results.survival import tabulate_survival
from reports.results.tables import Results, ResultTable, Scope, as_records
from specs.model.study import Study
from specs.model.tables import Table, table_reads

_METHODS: dict[str, Callable[[str, Any, Scope], tuple[ResultTable, pd.DataFrame]]] = {
    "proportion": tabulate_proportions,
    "categories": tabulate_categories,
    "survival": tabulate_survival,
    "occurrence": tabulate_occurrence,
    "event_profile": tabulate_event_profile,
    "shift": tabulate_shift,
    "discordance": tabulate_discordance,
}


def build_results(study: Study, adam: Mapping[str, pd.DataFrame]) -> Results:
    """Return the tables of a study, and every number in them as a record.

    A table whose dataset or variable is not there is left out, and said so. A study without analyses has no results.
    """
    tables, records, left_out = [], [], []
    for name, table in study.analyses.tables.items():
        lacking = _lacking(table, adam)
        if lacking:
            left_out.append((name, lacking))
            continue
        made, numbers = _METHODS[table.method](name, table, Scope.of(table, adam))
        population = population_in_words(table.population, study.analyses.populations, adam)
        tables.append(replace(made, population=population, open=table.open))
        records.append(numbers)
    return Results(
        tables=tuple(tables),
        records=pd.concat(records, ignore_index=True) if records else as_records([]),
        left_out=tuple(left_out),
    )


def _lacking(table: Table, adam: Mapping[str, pd.DataFrame]) -> str:
    """Return what a table needs and does not have, in a sentence; nothing if it has everything."""
    for dataset, variables in table_reads(table).items():
        if dataset not in adam:
            return f"{dataset} was not made in this run."
        absent = [name for name in variables if name not in adam[dataset]]
        if absent:
            return f"{dataset} has no {listed(absent)}."
    return ""
