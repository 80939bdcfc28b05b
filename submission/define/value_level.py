"""What a variable is where another one has a value: results by test, qualifiers by name, values by parameter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from clinical.conditions import Test, matches
from specs.long_text import continuation_name
from specs.model.dataset import DatasetSpec, Origin, ValueLevelSource, VariableSpec
from specs.model.study import Study
from submission.define.codelists import CodelistUses
from submission.define.facts import ValueFacts, distinct_texts, measure, values_by
from submission.define.items import Kind
from submission.define.parameters import Parameters, value_codelists

#: Results of a finding that may differ by test, without the dataset's prefix.
_RESULTS = ("ORRES", "STRESC", "STRESN")
_ANALYSIS = ("AVAL", "AVALC")


@dataclass(frozen=True)
class Level:
    """What a variable is where the variables in `where` have one of their values.

    `page` is the variable's name among the pages, in the dataset `paged` where that is another one; `rule` makes it,
    for the formal text of the method.
    """

    where: Mapping[str, tuple[str, ...]]
    label: str
    kind: Kind
    codelist: str | None
    origin: Origin | None
    method: str | None
    page: str
    rule: Any = None
    paged: str | None = None


def levels_of(
    variable: VariableSpec, spec: DatasetSpec, frame: pd.DataFrame, study: Study, codelists: CodelistUses,
    parameters: Parameters,
) -> list[Level]:  # fmt: skip
    """Return what a variable is by value; nothing where it is the same everywhere."""
    if spec.name.startswith("SUPP"):
        return list(_qualifiers(spec, frame, study, codelists)) if variable.name == "QVAL" else []
    code = _code_variable(variable, spec)
    said = [level for level in spec.value_level if level.variable == variable.name]
    if code is None or variable.name not in frame or code not in frame:
        return list(_said_levels(said, variable, frame, study, codelists, {}))
    by_code = values_by(frame, code, variable.name)
    names = parameters.names or study.decodes.get(f"{spec.name}.{_name_of(code)}", {})
    lists = value_codelists(spec, study, codelists, variable.name)
    levels = list(_said_levels(said, variable, frame, study, codelists, names, lists, parameters.rules))
    covered = {value for level in levels for value in level.where.get(code, ())}
    for value, values in by_code.items():
        if value not in covered:
            words = _codelist_of_words(variable, spec, values, codelists)
            levels.append(
                Level(
                    where={code: (value,)},
                    label=names.get(value, variable.label),
                    kind=_kind(measure(values, encoding=encoding_of(study), sas_format=variable.format)),
                    codelist=lists.get(value) or words,
                    origin=variable.origin,
                    method=variable.method,
                    page=variable.name,
                )
            )
    levels.sort(key=lambda level: _rank(level, code, names))
    return levels if said or any(level.codelist for level in levels) or _differ(levels) else []


def encoding_of(study: Study) -> str:
    """Return the encoding in which the bytes of text are counted; ASCII text has as many in UTF-8."""
    encoding = study.design.submission.text_encoding
    return "utf-8" if encoding == "ascii" else encoding


def result_with_number(variable: VariableSpec, spec: DatasetSpec) -> bool:
    """Return whether a variable is a result beside which its number stands: its codelist is for words only."""
    return variable.name.endswith("STRESC") and f"{variable.name[:-1]}N" in spec.names


def _codelist_of_words(
    variable: VariableSpec, spec: DatasetSpec, values: pd.Series, codelists: CodelistUses
) -> str | None:
    """Return the codelist of the results of a test whose values are all among its terms, or None."""
    if variable.codelist is None or not result_with_number(variable, spec):
        return None
    seen = distinct_texts(values)
    return codelists.use(variable.codelist, seen) if codelists.has_all(variable.codelist, seen) else None


def _code_variable(variable: VariableSpec, spec: DatasetSpec) -> str | None:
    """Return the variable by whose values this one may differ, or None."""
    test = f"{spec.name[:2]}TESTCD"
    if test in spec.names and variable.name in {f"{spec.name[:2]}{one}" for one in _RESULTS}:
        return test
    return "PARAMCD" if "PARAMCD" in spec.names and variable.name in _ANALYSIS else None


def _name_of(code: str) -> str:
    return code.removesuffix("CD")


def _said_levels(
    said: list[ValueLevelSource], variable: VariableSpec, frame: pd.DataFrame, study: Study, codelists: CodelistUses,
    names: Mapping[str, str], lists: Mapping[str, str] | None = None, rules: Mapping[str, Any] | None = None,
) -> Iterator[Level]:  # fmt: skip
    """Yield what the specification says by value, where the data have such rows."""
    for level in said:
        rows = matches(frame, ({name: Test(any_of=values) for name, values in level.where.items()},))
        values = frame.loc[rows, variable.name]
        if not values.notna().any():
            continue
        codes = [value for one in level.where.values() for value in one]
        codelist = codelists.use(level.codelist, distinct_texts(values)) if level.codelist else None
        yield Level(
            where=level.where,
            label=level.label or (names.get(codes[0], variable.label) if len(codes) == 1 else variable.label),
            kind=_said_kind(level, measure(values, encoding=encoding_of(study), sas_format=variable.format)),
            codelist=codelist or (lists or {}).get(codes[0]),
            origin=level.origin or variable.origin,
            method=level.method or variable.method,
            page=variable.name,
            rule=(rules or {}).get(codes[0]),
        )


def _said_kind(level: ValueLevelSource, facts: ValueFacts) -> Kind:
    kind = Kind("text", max(1, facts.length)) if level.codelist else _kind(facts)
    if "type" in level.model_fields_set and level.type == "float" and kind.type == "integer":
        return Kind("float", kind.length, 0)
    if level.type in ("date", "datetime"):
        return Kind(level.type)
    return Kind("text", level.length or kind.length) if level.length and kind.type == "text" else kind


def _kind(facts: ValueFacts) -> Kind:
    return Kind(*(facts.number_type or ("text", max(1, facts.length), None)))


def _differ(levels: list[Level]) -> bool:
    return len({(level.kind.type, level.kind.decimals, level.codelist, level.method) for level in levels}) > 1


def _rank(level: Level, code: str, names: Mapping[str, str]) -> tuple[int, str]:
    order = list(names)
    first = level.where.get(code, ("",))[0]
    return (order.index(first) if first in order else len(order), first)


def _qualifiers(spec: DatasetSpec, frame: pd.DataFrame, study: Study, codelists: CodelistUses) -> Iterator[Level]:
    """Yield what each supplemental qualifier is, by QNAM, in the order of the specification."""
    known = qualifiers_of(spec, study)
    by_name = values_by(frame, "QNAM", "QVAL")
    order = list(known)
    for name in sorted(by_name, key=lambda one: (order.index(one) if one in known else len(order), one)):
        qualifier = known.get(name) or _continued(name, known)
        if qualifier is None:
            continue
        facts = measure(by_name[name], encoding=encoding_of(study))
        codelist = codelists.use(qualifier.codelist, distinct_texts(by_name[name])) if qualifier.codelist else None
        kind = Kind("text", facts.length) if codelist or qualifier.type == "Char" else _kind(facts)
        yield Level(
            where={"QNAM": (name,)},
            label=qualifier.label,
            kind=kind,
            codelist=codelist,
            origin=qualifier.origin,
            method=qualifier.method,
            page=qualifier.name,
            rule=qualifier.map,
            paged=_owner(qualifier, spec, study),
        )


def _owner(qualifier: VariableSpec, spec: DatasetSpec, study: Study) -> str:
    """Return the dataset of a qualifier, or of the variable whose text it continues."""
    parent = study.sdtm[spec.name.removeprefix("SUPP")]
    return spec.name if qualifier in parent.supplemental else parent.name


def qualifiers_of(spec: DatasetSpec, study: Study) -> dict[str, VariableSpec]:
    """Return the supplemental qualifiers of a SUPP-- dataset by QNAM, and the variables that it may continue."""
    parent = study.sdtm.get(spec.name.removeprefix("SUPP"))
    if parent is None:
        return {}
    return {one.name: one for one in (*parent.supplemental, *parent.variables)}


def _continued(name: str, known: Mapping[str, VariableSpec]) -> VariableSpec | None:
    """Return the variable whose long text a qualifier of this name continues, or None."""
    number = len(name) - len(name.rstrip("0123456789"))
    tail = name[len(name) - number :]
    found = (one for one in known.values() if tail and continuation_name(one.name, int(tail)) == name)
    return next(found, None)
