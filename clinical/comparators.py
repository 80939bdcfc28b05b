"""Conditions as metadata state them: comparators with values, all of which hold."""

from __future__ import annotations

from collections.abc import Iterator

from clinical.conditions import Condition, Test

_LIMITS = (("below", "LT"), ("at_most", "LE"), ("above", "GT"), ("at_least", "GE"))


def shared_tests(condition: Condition) -> dict[str, Test]:
    """Return the tests that every alternative of a condition has: Define-XML knows no "or" between variables."""
    alternatives = list(condition)
    if not alternatives:
        return {}
    first, *others = alternatives
    return {name: test for name, test in first.items() if all(one.get(name) == test for one in others)}


def comparators_of(test: Test) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the comparators of Define-XML that state a test, each with its values; one that is missing is empty."""
    if test.any_of is not None:
        yield ("EQ" if len(test.any_of) == 1 else "IN"), test.any_of
    if test.none_of is not None:
        yield ("NE" if len(test.none_of) == 1 else "NOTIN"), test.none_of
    if test.present is not None:
        yield ("NE" if test.present else "EQ"), ("",)
    for name, comparator in _LIMITS:
        limit = getattr(test, name)
        if limit is not None:
            yield comparator, (f"{limit:.15g}",)
