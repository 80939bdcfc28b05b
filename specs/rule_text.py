"""A rule as the YAML that states it: the formal text of a method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import yaml
from pydantic import BaseModel

from clinical.conditions import Test
from specs.model.adam_maps import Copy

#: The language of formal texts.
CONTEXT = "cdiscflow YAML"
_WIDTH = 96
#: What says which kind of rule it is; the other keys stand as the model has them.
_FIRST = ("algorithm", "method", "reason")
_TEST_KEYS = {"any_of": "in", "none_of": "not"}


def rule_text(rules: Mapping[str, Any]) -> str:
    """Return rules by name as YAML; the same rule under several names is written once, under all of them."""
    named: dict[str, tuple[Any, list[str]]] = {}
    for name, rule in rules.items():
        said = plain(rule)
        named.setdefault(_flow(said), (said, []))[1].append(name)
    return "\n".join("\n".join(_entry(", ".join(names), rule)) for rule, names in named.values())


def plain(value: Any) -> Any:
    """Return a part of a specification as YAML has it, without what is the default."""
    if isinstance(value, Copy):
        return value.variable
    if isinstance(value, BaseModel):
        said = {_key(value, name): plain(one) for name, one in value if not _is_default(value, name, one)}
        return {key: said[key] for key in sorted(said, key=lambda key: key not in _FIRST)}
    if isinstance(value, Test):
        return _test(value)
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return _sequence(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _sequence(value: Sequence[Any]) -> Any:
    """Return a list; one text or one mapping of tests stands for itself, as YAML may have it."""
    single = value[0] if len(value) == 1 else None
    if isinstance(single, str | int | float) or _is_tests(single):
        return plain(single)
    return [plain(one) for one in value]


def _is_tests(value: Any) -> bool:
    return isinstance(value, Mapping) and bool(value) and all(isinstance(one, Test) for one in value.values())


def _key(model: BaseModel, name: str) -> str:
    return type(model).model_fields[name].alias or name


def _is_default(model: BaseModel, name: str, value: Any) -> bool:
    field = type(model).model_fields[name]
    return not field.is_required() and bool(value == field.get_default(call_default_factory=True))


def _test(test: Test) -> Any:
    said = {
        _TEST_KEYS.get(one.name, one.name): plain(getattr(test, one.name))
        for one in fields(test)
        if getattr(test, one.name) is not None
    }
    return said["in"] if list(said) == ["in"] else said


def _entry(key: str, value: Any) -> list[str]:
    """Return the lines of a key with its value: on one line where that fits."""
    line = f"{key}: {_flow(value)}"
    if len(line) <= _WIDTH or not isinstance(value, dict | list):
        return [line]
    return [f"{key}:", *(f"  {one}" for one in _block(value))]


def _block(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [line for key, one in value.items() for line in _entry(_flow(key), one)]
    lines = []
    for one in value:
        flow = _flow(one)
        inner = [flow] if len(flow) <= _WIDTH or not isinstance(one, dict | list) else _block(one)
        lines += [f"{'- ' if not at else '  '}{line}" for at, line in enumerate(inner)]
    return lines


def _flow(value: Any) -> str:
    """Return a value as YAML on one line."""
    text: str = yaml.safe_dump(value, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10**6)
    return text.removesuffix("\n").removesuffix("\n...")
