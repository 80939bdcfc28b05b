"""Laboratory criteria of CTCAE as tables: which tests a term grades, and the limits of each grade.

The tables hold numbers and names only, of what NCI published (version 5.0: 27 November 2017).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Literal, cast

from specs.standards.tables import BUNDLED, read_table, unknown_version, versions_at_hand

CRITERIA = ("criterion", "term", "direction", "tests", "undecided")
LIMITS = ("criterion", "unit", "grade", "when", "bound", "number", "of", "plus")
SPECIMENS = ("specimen",)

Direction = Literal["low", "high"]
Bound = Literal["<", "<=", ">", ">="]
#: What a limit is a multiple of; an empty one is a value in the limit's unit.
Of = Literal["", "LLN", "ULN", "BASE", "ULN and BASE"]


@dataclass(frozen=True)
class GradeLimit:
    """A value beyond the limit has at least the grade: `bound` `number` times `of`, plus `plus`.

    `when` says for whom: everyone (empty), those with a normal or abnormal baseline, or those for whom something is
    assumed that no laboratory value says (`symptoms`, `anticoagulation`).
    """

    grade: int
    when: str
    bound: Bound
    number: float
    of: Of
    plus: float


@dataclass(frozen=True)
class LabCriterion:
    """How results of some tests are graded in one direction.

    `tests` are terms of LBTESTCD. `limits` are by unit; the unit is empty where no limit depends on it. A criterion
    without limits is graded by what is done about it and never by a number. `undecided` names what numbers leave open.
    """

    name: str
    term: str
    direction: Direction
    tests: tuple[str, ...]
    undecided: str
    limits: Mapping[str, tuple[GradeLimit, ...]] = field(hash=False)

    @property
    def units(self) -> tuple[str, ...]:
        """The units with limits of their own; empty where any unit will do."""
        return tuple(unit for unit in self.limits if unit)

    @property
    def conditions(self) -> frozenset[str]:
        """What limits of this criterion depend on, beside the value and its range."""
        return frozenset(limit.when for limits in self.limits.values() for limit in limits if limit.when)


@dataclass(frozen=True)
class LabCriteria:
    """The laboratory criteria of a version; they hold for the `specimens` (terms of LBSPEC)."""

    version: str
    criteria: tuple[LabCriterion, ...]
    specimens: frozenset[str]

    def of(self, test: str, direction: Direction) -> LabCriterion | None:
        """Return the criterion that grades a test in a direction, or None."""
        return self._by_test.get((test, direction))

    @property
    def _by_test(self) -> dict[tuple[str, str], LabCriterion]:
        return {(test, one.direction): one for one in self.criteria for test in one.tests}


@cache
def load_ctcae(version: str) -> LabCriteria:
    """Return the laboratory criteria of a CTCAE version.

    Raises:
        SpecError: the version is not at hand; the message names those that are.
    """
    folder = BUNDLED / f"ctcae-{version}"
    if not folder.is_dir():
        raise unknown_version("CTCAE", version, versions_at_hand([BUNDLED], "ctcae"))
    limits: dict[str, dict[str, tuple[GradeLimit, ...]]] = {}
    rows = read_table(folder / "limits.csv", LIMITS)
    for (name, unit), group in groupby(rows, key=itemgetter(0, 1)):
        before = limits.setdefault(name, {}).get(unit, ())
        limits[name][unit] = (*before, *(_limit(row) for row in group))
    criteria = tuple(
        LabCriterion(name, term, cast(Direction, direction), tuple(tests.split(";")), undecided, limits.get(name, {}))
        for name, term, direction, tests, undecided in read_table(folder / "criteria.csv", CRITERIA)
    )
    return LabCriteria(version, criteria, frozenset(row[0] for row in read_table(folder / "specimens.csv", SPECIMENS)))


def ctcae_versions() -> list[str]:
    """Return the versions of CTCAE with laboratory criteria at hand."""
    return versions_at_hand([BUNDLED], "ctcae")


def _limit(row: list[str]) -> GradeLimit:
    _, _, grade, when, bound, number, of, plus = row
    return GradeLimit(int(grade), when, cast(Bound, bound), float(number), cast(Of, of), float(plus or 0))
