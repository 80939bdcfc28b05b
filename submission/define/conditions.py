"""Conditions as where clauses of Define-XML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from clinical.comparators import comparators_of
from clinical.conditions import Test
from submission.define.oids import item_oid

if TYPE_CHECKING:
    from odmlib.arm_1_0 import model as odm


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
        for comparator, values in comparators_of(test)
    ]
    return odm.WhereClauseDef(OID=oid, RangeCheck=checks)
