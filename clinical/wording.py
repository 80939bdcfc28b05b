"""Conditions in words, as people read them beside a number."""

from __future__ import annotations

from collections.abc import Sequence

from clinical.conditions import Condition, Test


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
