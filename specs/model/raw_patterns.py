"""Patterns by which an export names things: text with words in braces that stand for our names."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator


def _knows(*known: str) -> AfterValidator:
    """Return the check that a pattern uses no other words than these."""

    def check(pattern: str) -> str:
        wrong = [word for word in re.findall(r"\{([^{}]*)\}", pattern) if word not in known]
        allowed = ", ".join("{" + word + "}" for word in known)
        if wrong:
            raise ValueError(f"'{pattern}' uses {{{wrong[0]}}}; a pattern here knows {allowed}")
        if re.search(r"[{}]", re.sub(r"\{[^{}]*\}", "", pattern)):
            raise ValueError(f"'{pattern}' has a brace without its partner")
        return pattern

    return AfterValidator(check)


def _as_tuple(value: Any) -> Any:
    return value if isinstance(value, list | tuple) else (value,)


def _tells_event_and_number(pattern: str) -> str:
    """Return the pattern; raise ValueError if a name made with it cannot be read back."""
    if len(re.findall(r"\{event\}|\{EVENT\}", pattern)) != 1 or pattern.count("{number}") != 1:
        raise ValueError(f"'{pattern}' must have {{event}} or {{EVENT}} once, and {{number}} once")
    if re.search(r"\}\d*\{", pattern):
        raise ValueError(f"'{pattern}' needs something that is no digit between the event and {{number}}")
    return pattern


FormPattern = Annotated[str, _knows("form", "FORM", "label")]
FormPatterns = Annotated[tuple[FormPattern, ...], BeforeValidator(_as_tuple)]
ColumnPattern = Annotated[str, _knows("name", "column", "COLUMN")]
ItemPattern = Annotated[str, _knows("form", "FORM", "name", "column", "COLUMN")]
ItemPatterns = Annotated[tuple[ItemPattern, ...], BeforeValidator(_as_tuple)]
EventPattern = Annotated[str, _knows("event", "EVENT")]
NumberedPattern = Annotated[str, _knows("event", "EVENT", "number"), AfterValidator(_tells_event_and_number)]
SitePattern = Annotated[str, _knows("site")]


def fill(pattern: str, **words: str) -> str:
    """Return a pattern with its words filled in.

    >>> fill("F_{FORM}", form="ae", FORM="AE")
    'F_AE'
    """
    for word, text in words.items():
        pattern = pattern.replace("{" + word + "}", text)
    return pattern


def form_words(form: str, label: str = "") -> dict[str, str]:
    """Return the words of a form for `fill`."""
    return {"form": form.lower(), "FORM": form.upper(), "label": label}


def column_words(name: str) -> dict[str, str]:
    """Return the words of a column for `fill`."""
    return {"name": name, "column": name.lower(), "COLUMN": name.upper()}


def unfilled(pattern: str, word: str, text: str) -> str | None:
    """Return what stands for a word in a text made by the pattern, None where the text is not made by it.

    >>> unfilled("{EVENT}_arm_1", "EVENT", "SCR_arm_1")
    'SCR'
    """
    before, _, after = pattern.partition("{" + word + "}")
    inside = len(text) - len(before) - len(after)
    if inside <= 0 or not (text.startswith(before) and text.endswith(after)):
        return None
    return text[len(before) : len(before) + inside]
