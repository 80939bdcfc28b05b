"""Values of a table or a figure in the order in which they are shown, each with its label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field

#: More categories than this cannot be told apart by colour and pattern.
MOST_CATEGORIES = 8


def _each_once(values: Sequence[Any]) -> list[str]:
    """Return values as text; ValueError where one is given twice, since only one of them would be shown."""
    texts = [str(one) for one in values]
    twice = [one for at, one in enumerate(texts) if one in texts[:at]]
    if twice:
        raise ValueError(f"'{twice[0]}' is given twice; keep one of them")
    return texts


def _some(value: Any) -> Any:
    if not value:
        raise ValueError("is empty; give at least one")
    return value


#: What may not be empty.
AT_LEAST_ONE = AfterValidator(_some)


def _labelled(value: Any) -> Any:
    """Turn a list of values into values that are their own labels; a number is the text of it."""
    if isinstance(value, list | tuple):
        return {one: one for one in _each_once(value)}
    return {str(one): label for one, label in value.items()} if isinstance(value, Mapping) else value


def _labelled_or_one(value: Any) -> Any:
    return {value: value} if isinstance(value, str) else _labelled(value)


#: Values in the order in which they are shown, each with its label; a list has values that say enough themselves.
Labels = Annotated[dict[str, str], BeforeValidator(_labelled_or_one)]
#: Grades, the mildest first.
Grades = Annotated[Labels, AT_LEAST_ONE]
CTCAE_GRADES = ("1", "2", "3", "4", "5")
#: Values in the order of legend and colours, each with its label; a list stands for values that say enough themselves.
Categories = Annotated[dict[str, str], BeforeValidator(_labelled), Field(min_length=1, max_length=MOST_CATEGORIES)]
