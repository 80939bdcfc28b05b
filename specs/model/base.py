"""What all specification models share: strictness, names, references and conditions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from clinical.conditions import Condition, Test


class Strict(BaseModel):
    """A frozen model that refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


def _as_tuple(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else (value,)


#: One text or a list of texts, held as a tuple.
Texts = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]

#: The same with at least one text.
SomeTexts = Annotated[tuple[str, ...], Field(min_length=1), BeforeValidator(_as_tuple)]


def _sas_name(name: str) -> str:
    if not re.fullmatch(r"[A-Z_][A-Z0-9_]{0,7}", name):
        raise ValueError(
            f"'{name}' is no SAS V5 name: at most 8 upper-case letters, digits and underscores, not starting with a "
            "digit; shorten or rename it"
        )
    return name


#: A dataset's or variable's name as a version 5 transport file can hold it.
SasName = Annotated[str, AfterValidator(_sas_name)]


def _label(text: str) -> str:
    if len(text.encode()) > 40:
        raise ValueError(f"the label has {len(text.encode())} bytes and a transport file holds 40; shorten it")
    return text


#: A label of at most 40 bytes.
Label = Annotated[str, AfterValidator(_label)]


class Tested(Strict):
    """What a condition may ask of one column beside equality."""

    any_of: Annotated[tuple[str, ...] | None, BeforeValidator(_as_tuple), Field(alias="in")] = None
    none_of: Annotated[tuple[str, ...] | None, BeforeValidator(_as_tuple), Field(alias="not")] = None
    present: bool | None = None
    below: float | None = None
    at_most: float | None = None
    above: float | None = None
    at_least: float | None = None


def _condition(value: Any) -> Any:
    """Turn `{COLUMN: value | [values] | {in|not|present|below|…}}`, or a list of such, into a `Condition`."""
    if isinstance(value, tuple) and all(isinstance(part, Mapping) for part in value):
        return value
    mappings = value if isinstance(value, list) else [value]
    condition = []
    for mapping in mappings:
        if not isinstance(mapping, Mapping):
            raise ValueError("a condition is a mapping of column to value, values or test, or a list of such mappings")
        tests = {}
        for column, asked in mapping.items():
            if isinstance(asked, Mapping):
                tests[str(column)] = Test(**Tested.model_validate(dict(asked)).model_dump())
            else:
                tests[str(column)] = Test(any_of=tuple(str(one) for one in _as_tuple(asked)))
        condition.append(tests)
    return tuple(condition)


#: A row condition; see `clinical.conditions`. Empty holds everywhere.
Where = Annotated[Any, BeforeValidator(_condition)]


def no_condition() -> Condition:
    """Return the condition that holds for every row."""
    return ()
