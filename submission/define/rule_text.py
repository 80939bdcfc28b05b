"""A rule as the YAML that states it: the formal text of a method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import yaml
from pydantic import BaseModel

from clinical.conditions import Test

#: The language of formal texts.
CONTEXT = "cdiscflow YAML"
_TEST_KEYS = {"any_of": "in", "none_of": "not"}


def rule_text(rules: Mapping[str, Any]) -> str:
    """Return rules by name as YAML; the same rule under several names is written once, under all of them."""
    named: dict[str, list[str]] = {}
    for name, rule in rules.items():
        named.setdefault(_yaml(plain(rule)), []).append(name)
    parts = []
    for text, names in named.items():
        head = ", ".join(names)
        parts.append(
            f"{head}:\n{_indented(text)}" if "\n" in text or len(head) + len(text) > 110 else f"{head}: {text}"
        )
    return "\n".join(parts)


def plain(value: Any) -> Any:
    """Return a part of a specification as YAML has it, without what is the default."""
    if isinstance(value, BaseModel):
        return {_key(value, name): plain(one) for name, one in value if not _is_default(value, name, one)}
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
    if len(value) == 1 and not isinstance(value[0], BaseModel):
        return plain(value[0])
    return [plain(one) for one in value]


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


def _yaml(value: Any) -> str:
    text: str = yaml.safe_dump(value, default_flow_style=None, sort_keys=False, allow_unicode=True, width=100)
    return text.removesuffix("\n").removesuffix("\n...")


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())
