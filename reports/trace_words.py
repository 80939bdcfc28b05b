"""Conditions in words, as a reader of a page has them: `SAFFL is Y and ADY is at most 105`."""

from __future__ import annotations

from collections.abc import Iterator

from clinical.conditions import Condition, Test
from reports.trace_data import listed_values


def in_words(condition: Condition) -> str:
    """Return a condition as a phrase; an empty one, which always holds, as nothing."""
    alternatives = (
        " and ".join(f"{name} {part}" for name, test in mapping.items() for part in _parts(test))
        for mapping in condition
    )
    return "; or ".join(alternatives)


def _parts(test: Test) -> Iterator[str]:
    if test.any_of is not None:
        yield f"is {listed_values(test.any_of)}"
    if test.none_of is not None:
        yield f"is not {listed_values(test.none_of)}"
    if test.present is not None:
        yield "is present" if test.present else "is missing"
    limits = (("below", test.below), ("at most", test.at_most), ("above", test.above), ("at least", test.at_least))
    yield from (f"is {word} {limit:g}" for word, limit in limits if limit is not None)
