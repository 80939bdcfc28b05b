"""Conditions and counts in words, as people read them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clinical.conditions import Condition, Test

#: Verbs and pronouns whose singular is not the plural with an s.
_SINGULAR = {"are": "is", "were": "was", "have": "has", "do": "does", "them": "it", "their": "its"}


def count(number: int, noun: str, plural: str | None = None, *, verb: str = "") -> str:
    """Return a number with its noun and, where one is given, its verb; that is given in the plural.

    >>> count(1, "record"), count(1204, "record"), count(2, "criterion", "criteria")
    ('1 record', '1,204 records', '2 criteria')
    >>> count(1, "value", verb="are"), count(2, "value", verb="are"), count(1, "cell", verb="hold")
    ('1 value is', '2 values are', '1 cell holds')
    """
    named = f"{number:,} {noun if number == 1 else plural or noun + 's'}"
    return f"{named} {agree(number, verb)}" if verb else named


def agree(number: int, plural: str) -> str:
    """Return a verb or pronoun, given in the plural, as it stands for a number of things.

    >>> agree(1, "are"), agree(2, "are"), agree(1, "lose"), agree(1, "them")
    ('is', 'are', 'loses', 'it')
    """
    return plural if number != 1 else _SINGULAR.get(plural, plural + "s")


def condition_in_words(condition: Condition) -> str:
    """Return a condition as a phrase, empty where it holds for everything.

    ```text
    {SAFFL: "Y", ASTDY: {at_least: 1}}     SAFFL is Y and ASTDY ≥ 1
    [{SEX: M}, {SEX: {present: false}}]    (SEX is M) or (SEX is missing)
    ```
    """
    parts = [" and ".join(_test(column, test) for column, test in one.items()) for one in condition]
    parts = [part for part in parts if part]
    return parts[0] if len(parts) == 1 else " or ".join(f"({part})" for part in parts)


def one_of(values: Sequence[str]) -> str:
    """Return values as `a, b or c`."""
    return values[0] if len(values) == 1 else f"{', '.join(values[:-1])} or {values[-1]}"


def _test(column: str, test: Test) -> str:
    said = []
    if test.any_of is not None:
        said.append(f"{column} is {one_of(test.any_of)}")
    if test.none_of is not None:
        said.append(f"{column} is not {one_of(test.none_of)}")
    if test.present is not None:
        said.append(f"{column} is {'present' if test.present else 'missing'}")
    limits = (("<", test.below), ("≤", test.at_most), (">", test.above), ("≥", test.at_least))
    said += [f"{column} {sign} {limit:.15g}" for sign, limit in limits if limit is not None]
    return " and ".join(said)
