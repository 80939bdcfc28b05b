"""The parameters of an analysis dataset: their names, numbers, codelists and rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from clinical.numbers import number_text
from specs.codelists import standard_codelist
from specs.model.adam import AdamRules
from specs.model.dataset import DatasetSpec
from specs.model.responses import BestResponse, EqualsResponse, LastResponse, ResponseRules, Timepoints
from specs.model.study import Study
from specs.model.time_to_event import TimeRules
from specs.standards import load_terminology
from submission.define.codelists import CodelistUses

#: The published codelist of response results, and that of yes and no.
_RESPONSES, _YES_NO = "ONCRSR", "NY"


@dataclass(frozen=True)
class Parameters:
    """The parameters in the data: PARAM by PARAMCD, PARAM by PARAMN, and the rule of each."""

    names: Mapping[str, str]
    numbers: Mapping[str, str]
    rules: Mapping[str, Any]


def parameters_of(spec: DatasetSpec, frame: pd.DataFrame | None) -> Parameters:
    """Return the parameters that the data have, in the order of PARAMN, else of PARAMCD."""
    if frame is None or "PARAMCD" not in frame or "PARAM" not in frame:
        return Parameters({}, {}, _rules(spec))
    order = "PARAMN" if "PARAMN" in frame else "PARAMCD"
    pairs = frame[list(dict.fromkeys(["PARAMCD", "PARAM", order]))].dropna(subset=["PARAMCD", "PARAM"])
    pairs = pairs.drop_duplicates().sort_values(order, kind="stable")
    names = dict(zip(pairs["PARAMCD"].astype("str"), pairs["PARAM"].astype("str")))
    numbers: dict[str, str] = {}
    if order == "PARAMN":
        numbered = pairs.dropna(subset="PARAMN")
        numbers = dict(zip(number_text(numbered["PARAMN"].astype("float64")), numbered["PARAM"].astype("str")))
    return Parameters(names, numbers, _rules(spec))


def value_codelists(spec: DatasetSpec, study: Study, codelists: CodelistUses, variable: str) -> dict[str, str]:
    """Return the codelist of AVALC or AVAL for each parameter whose values are responses, or yes and no."""
    rules = spec.rules.responses if isinstance(spec.rules, AdamRules) else None
    if rules is None:
        return {}
    found = {}
    for name in rules.parameters:
        scale = _scale(rules, name)
        oid = _of_text(spec, study, codelists, scale) if variable == "AVALC" else _of_number(spec, codelists, scale)
        if oid:
            found[name] = oid
    return found


@dataclass(frozen=True)
class _Scale:
    """The values of a parameter: those of a response at timepoints, or of yes and no, where `of` is empty."""

    of: str
    numbers: Mapping[str, float]


def _scale(rules: ResponseRules, name: str) -> _Scale:
    parameter = rules.parameters[name]
    if isinstance(parameter, Timepoints):
        return _Scale(name, parameter.scale)
    if isinstance(parameter, BestResponse | LastResponse) and not isinstance(parameter, EqualsResponse):
        source = rules.parameters[parameter.of]
        if isinstance(source, Timepoints) and (parameter.none is None or parameter.none in source.scale):
            return _Scale(parameter.of, source.scale)
        return _Scale(name, {})
    return _Scale("", {"Y": 1, "N": 0})


def _of_text(spec: DatasetSpec, study: Study, codelists: CodelistUses, scale: _Scale) -> str | None:
    if not scale.numbers:
        return None
    version = study.design.standards.sdtm_terminology
    published = standard_codelist(
        _RESPONSES if scale.of else _YES_NO, [load_terminology("sdtm", version, study.folder / "terminology")]
    )
    name = f"{spec.name}.{scale.of}" if scale.of else f"{_YES_NO}.YN"
    if published is not None and set(scale.numbers) <= set(published.terms):
        return codelists.part(name, published, scale.numbers)
    return codelists.own(name, "Responses", dict.fromkeys(scale.numbers))


def _of_number(spec: DatasetSpec, codelists: CodelistUses, scale: _Scale) -> str | None:
    texts: dict[str, list[str]] = {}
    for text, number in sorted(scale.numbers.items(), key=lambda one: one[1]):
        texts.setdefault(f"{number:.15g}", []).append(text)
    terms = {number: " or ".join(named) for number, named in texts.items()}
    name = f"{spec.name}.{scale.of}" if scale.of else f"{_YES_NO}.YN"
    title = "Response as a number" if scale.of else "Yes and no as numbers"
    return codelists.own(name, title, terms, numeric=True)


def _rules(spec: DatasetSpec) -> dict[str, Any]:
    """Return the rule of each parameter; of a time to event with the events and reasons for censoring that it names."""
    if not isinstance(spec.rules, AdamRules):
        return {}
    if spec.rules.time_to_event is not None:
        return {name: _time_rule(spec.rules.time_to_event, name) for name in spec.rules.time_to_event.parameters}
    of_dataset = spec.rules.responses or spec.rules.tumor_results
    return dict(of_dataset.parameters) if of_dataset is not None else {}


def _time_rule(rules: TimeRules, name: str) -> dict[str, Any]:
    parameter = rules.parameters[name]
    rule: dict[str, Any] = {"start": parameter.start}
    if parameter.rows != "all":
        rule["rows"] = parameter.rows
    rule["events"] = {one: rules.events[one] for one in parameter.events}
    if parameter.last is not None:
        rule["last"] = parameter.last
    rule["censors"] = {one: rules.censors[one] for one in parameter.censors}
    return rule
