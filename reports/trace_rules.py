"""What the rules of an analysis dataset say of its subjects and parameters, whichever kind they are."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from clinical.conditions import Condition
from specs.model.dataset import DatasetSpec
from specs.model.study import Study


def population_of(spec: DatasetSpec) -> Condition:
    """Return the condition on ADSL that a subject must fulfil to have records; nothing where every subject has."""
    return next((rules.population for rules in _rules_of(spec)), ())


def rule_of(study: Study, spec: DatasetSpec, paramcd: str) -> str:
    """Return the rule of a parameter in the words of its method; nothing where its rules name none."""
    found = (getattr(rules, "parameters", {}).get(paramcd) for rules in _rules_of(spec))
    methods = (study.methods.get(getattr(one, "method", None) or "") for one in found)
    return next((one.text for one in methods if one is not None), "")


def _rules_of(spec: DatasetSpec) -> Iterator[Any]:
    """Yield the rules that make the rows of a dataset; those of single records have no parameters of their own."""
    rules = spec.rules
    kinds = (rules.responses, rules.time_to_event, rules.records, rules.tumor_results)
    yield from (one for one in kinds if one is not None)
