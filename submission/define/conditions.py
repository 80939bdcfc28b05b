"""Conditions as where clauses of Define-XML."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from clinical.conditions import Condition, Test
from submission.define.oids import item_oid

if TYPE_CHECKING:
    from odmlib.arm_1_0 import model as odm

_LIMITS = (("below", "LT"), ("at_most", "LE"), ("above", "GT"), ("at_least", "GE"))


def equals(oid: str, dataset: str, tests: Mapping[str, tuple[str, ...]]) -> odm.WhereClauseDef:
    """Return the clause that each variable has one of its values."""
    return where_clause(oid, [(dataset, {name: Test(any_of=values) for name, values in tests.items()})])


def where_clause(oid: str, tests: list[tuple[str, Mapping[str, Test]]]) -> odm.WhereClauseDef:
    """Return the clause that all tests hold, each on variables of its dataset."""
    from odmlib.arm_1_0 import model as odm

    checks = [
        odm.RangeCheck(
            Comparator=comparator,
            SoftHard="Soft",
            ItemOID=item_oid(dataset, variable),
            CheckValue=[odm.CheckValue(_content=value) for value in values],
        )
        for dataset, mapping in tests
        for variable, test in mapping.items()
        for comparator, values in _checks(test)
    ]
    return odm.WhereClauseDef(OID=oid, RangeCheck=checks)


def shared_tests(condition: Condition) -> dict[str, Test]:
    """Return the tests that every alternative of a condition has: Define-XML knows no "or" between variables."""
    alternatives = list(condition)
    if not alternatives:
        return {}
    first, *others = alternatives
    return {name: test for name, test in first.items() if all(one.get(name) == test for one in others)}


def _checks(test: Test) -> Iterator[tuple[str, tuple[str, ...]]]:
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
