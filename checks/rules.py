"""Run the rules across datasets; a rule that could not run is a finding of its own, never a pass."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date

import pandas as pd

from checks import (  # the rules register themselves
    adam_rules,
    baseline_rules,
    cell_therapy_rules,
    daily_grade_rules,
    data_quality,
    derived_response_rules,
    dose_quality,
    dose_weight_rules,
    lesion_response_rules,
    lesion_rules,
    parameter_rules,
    response_quality,
    sdtm_rules,
    sdtm_subject_rules,
    supplemental_rules,
    survival_rules,
    timing_rules,
    trial_design_rules,
    tte_rules,
)
from checks.capping import report_rows
from checks.datasets import Datasets, prefix
from checks.fact_columns import fact_columns
from checks.registry import RULES, Found, Rule
from clinical.findings import combine, no_findings, report
from specs.model.study import Study

#: The modules whose rules are run.
MODULES = (
    sdtm_rules,
    sdtm_subject_rules,
    timing_rules,
    trial_design_rules,
    supplemental_rules,
    data_quality,
    dose_quality,
    survival_rules,
    response_quality,
    cell_therapy_rules,
    dose_weight_rules,
    daily_grade_rules,
    lesion_rules,
    lesion_response_rules,
    adam_rules,
    tte_rules,
    baseline_rules,
    parameter_rules,
    derived_response_rules,
)
#: The first parts of the ids of rules that need no analysis dataset.
OF_SDTM = ("SDTM", "DQ", "CELL", "LESION")
NOT_RUN = "RULE.NOT_RUN"
NOT_APPLICABLE = "RULE.NOT_APPLICABLE"
FAILED = "RULE.FAILED"


def run_rules(
    study: Study,
    datasets: Mapping[str, pd.DataFrame],
    *,
    only: Collection[str] | None = None,
    cutoff: date | None = None,
    snapshot: date | None = None,
) -> pd.DataFrame:
    """Return what the rules find in the datasets, with a note on every rule that could not run.

    Args:
        only: rule ids, or their first parts (`SDTM`, `DQ`, `CELL`, `LESION`, `ADAM`); None runs all.
        cutoff: the data cut-off, where it is not the study's own.
        snapshot: the day on which the data were exported; nothing can have been recorded of a later one.

    Rules about something that is no part of the study are named together in one note.
    """
    data = Datasets(study, datasets, cutoff, snapshot)
    tables: dict[str, pd.DataFrame] = {}
    inapplicable = []
    able = []
    for rule in RULES.values():
        if only is not None and rule.id not in only and rule.id.partition(".")[0] not in only:
            continue
        lacking, outside = _lacking(rule, data)
        tables[rule.id] = no_findings()  # keeps the order of the rules
        if outside:
            inapplicable.append(rule.id)
        elif lacking:
            message = f"Rule {rule.id} did not run for lack of {', '.join(lacking)}. Supply it, or accept the gap."
            tables[rule.id] = report(NOT_RUN, "note", message, source="rule").assign(key=rule.id)
        else:
            able.append(rule)
    tables |= _run(able, data)
    if inapplicable:
        message = f"Rules that concern nothing in this study ({len(inapplicable)}): {', '.join(inapplicable)}."
        tables[NOT_APPLICABLE] = report(NOT_APPLICABLE, "note", message, source="rule")
    return combine(tables.values())


def _run(rules: Sequence[Rule], data: Datasets) -> dict[str, pd.DataFrame]:
    """Return the findings of each rule; an exception becomes the rule's one finding, which names its type only.

    Rules that look at datasets one by one are run dataset by dataset, so that each dataset is read once for all.
    """
    found: dict[str, list[pd.DataFrame]] = {rule.id: [] for rule in rules}
    failed: dict[str, pd.DataFrame] = {}
    places = {name: place for place, name in enumerate(data)}
    work = [(rule, name) for rule in rules for name in _names(rule, data)]
    for rule, name in sorted(work, key=lambda one: -1 if one[0].each is None else places[one[1]]):
        if rule.id in failed:
            continue
        try:
            found[rule.id] += [_listed(rule, data, rows) for rows in rule.check(data, name) if len(rows.rows)]
        except Exception as error:
            kind = type(error).__name__
            message = f"Rule {rule.id} failed with {kind}: its verdict is unknown. Report this as a defect."
            failed[rule.id] = report(FAILED, "error", message, source="rule").assign(key=rule.id)
    return {name: combine(tables) for name, tables in found.items()} | failed


def _listed(rule: Rule, data: Datasets, found: Found) -> pd.DataFrame:
    return report_rows(
        rule.id,
        rule.severity,
        rule.message,
        source="rule",
        dataset=found.dataset,
        variable=found.variable,
        rows=found.rows,
        keys=data.keys_of(found.dataset),
        value=found.value,
    )


def _names(rule: Rule, data: Datasets) -> Iterator[str]:
    """Yield the datasets that a rule looks at one by one, or the first of those it needs."""
    if rule.each is None:
        yield next(iter(rule.needs), "")
        return
    scopes = {"sdtm": data.sdtm, "supplemental": data.supplemental, "adam": data.adam, "all": tuple(data)}
    for name in scopes[rule.scope]:
        if data.has(name, *(variable.replace("--", prefix(name)) for variable in rule.each)):
            yield name


def _lacking(rule: Rule, data: Datasets) -> tuple[list[str], bool]:
    """Return what a rule needs and is not there, and whether that is because the study has no such thing.

    Of a fact with several sources those that are there suffice; any other fact needs all that it names.
    """
    lacking, outside = data.lacking(rule.needs)
    lacking += [f"the day of the {name}" for name in rule.given if getattr(data, name) is None]
    for name in rule.facts:
        fact = getattr(data.facts, name)
        needed = fact_columns(fact)
        if not needed:
            return [f"fact {name}"], True
        present = {dataset: columns for dataset, columns in needed.items() if dataset in data}
        missing, beyond = data.lacking(present if present and isinstance(fact, tuple) else needed)
        lacking += missing
        outside |= beyond and not present
    if not lacking and rule.each is not None and not any(_names(rule, data)):
        return [f"a dataset with {' and '.join(rule.each)}"], True
    return lacking, outside
