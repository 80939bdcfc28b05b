"""Grades of laboratory results by CTCAE, from the criteria's tables; whole columns at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from adam.derive.timeline import Booleans, Floats, Integers
from specs.standards.ctcae import Bound, Direction, GradeLimit, LabCriteria, LabCriterion

#: Results and limits that differ by less than this part of the limit are equal: 3 x 1.1 is 3.3.
_TOLERANCE = 1e-12
_GRADES = (4, 3, 2, 1)
_COMPARE: Mapping[Bound, Callable[[Floats, Floats], Booleans]] = {
    "<": lambda value, limit: value < limit * (1 - _TOLERANCE),
    "<=": lambda value, limit: value <= limit * (1 + _TOLERANCE),
    ">": lambda value, limit: value > limit * (1 + _TOLERANCE),
    ">=": lambda value, limit: value >= limit * (1 - _TOLERANCE),
}


class Ungraded(IntEnum):
    """Why a result has no grade in a direction."""

    NO = 0  # it has one
    NO_CRITERION = 1
    NO_VALUE = 2
    UNIT = 3
    RANGE = 4
    BASELINE = 5
    NOT_BY_NUMBER = 6


@dataclass(frozen=True)
class LabResults:
    """Columns of equal length: test code, value, unit and range of each result, and its baseline with its range.

    Numbers are missing as NaN, text as NA. `specimen` may be None where all is blood.
    """

    test: pd.Series
    value: Floats
    unit: pd.Series
    low: Floats
    high: Floats
    base: Floats
    base_low: Floats
    base_high: Floats
    specimen: pd.Series | None = None

    def __len__(self) -> int:
        return len(self.value)


@dataclass(frozen=True)
class GradingRules:
    """What a study decides about grading.

    Args:
        graded_as: test codes that are graded as another one: `{"CA": "CACR"}`.
        terms: the terms that are graded; None: all.
        assume: conditions that count as fulfilled for everyone: `symptoms`, `anticoagulation`.
        without_baseline: a result without a baseline is graded as if that had been normal, or is not graded.
    """

    graded_as: Mapping[str, str] = field(default_factory=dict)
    terms: frozenset[str] | None = None
    assume: frozenset[str] = frozenset()
    without_baseline: Literal["normal", "ungraded"] = "normal"


@dataclass(frozen=True)
class DirectionGrades:
    """Grades 0 to 4 in one direction, NaN where there is none.

    `criterion` is the position of what grades the result, -1 for nothing; `ungraded` is a value of `Ungraded`.
    `without_baseline` marks grades for which a baseline was needed, was missing and was taken as normal.
    """

    grade: Floats
    criterion: Integers
    ungraded: npt.NDArray[np.int8]
    without_baseline: Booleans


@dataclass(frozen=True)
class LabGrades:
    """Grades in both directions."""

    low: DirectionGrades
    high: DirectionGrades


def compute_ctcae_grades(results: LabResults, criteria: LabCriteria, rules: GradingRules) -> LabGrades:
    """Return the CTCAE grades of laboratory results, low and high.

    Rule: the highest grade of which a limit is passed; 0 where none is. Limits are multiples of the result's range or
    of the baseline, or values in a unit. Where a criterion tells a normal baseline from an abnormal one, abnormal means
    beyond the baseline's own range in the criterion's direction. Limits for those with symptoms or anticoagulation
    count only if the rules assume them.
    Missing: no grade where the value is missing, where the unit is none that the criterion has limits for, or where a
    limit is unknown that could give a higher grade than the known ones do. Why there is none is returned, too.
    Reference: CTCAE v5.0, NCI, 27 November 2017.

    Example (haemoglobin in g/L, ANRLO 130 but in the last row):
        AVAL 131 -> 0;  AVAL 100 -> 1;  AVAL 99 -> 2;  AVAL 79 -> 3;  AVAL 101 without ANRLO -> missing
    """
    tests = _rows_by_text(results.test)
    counts = np.ones(len(results), dtype=bool)
    if results.specimen is not None:
        counts = (results.specimen.isin(criteria.specimens) | results.specimen.isna()).to_numpy(dtype=bool)
    return LabGrades(
        low=_grade_direction("low", tests, counts, results, criteria, rules),
        high=_grade_direction("high", tests, counts, results, criteria, rules),
    )


def _grade_direction(
    direction: Direction,
    tests: Mapping[str, Integers],
    counts: Booleans,
    results: LabResults,
    criteria: LabCriteria,
    rules: GradingRules,
) -> DirectionGrades:
    size = len(results)
    found = DirectionGrades(
        grade=np.full(size, np.nan),
        criterion=np.full(size, -1, dtype="int64"),
        ungraded=np.full(size, Ungraded.NO_CRITERION, dtype="int8"),
        without_baseline=np.zeros(size, dtype=bool),
    )
    for test, all_rows in tests.items():
        criterion = criteria.of(rules.graded_as.get(test, test), direction)
        if criterion is None or (rules.terms is not None and criterion.term not in rules.terms):
            continue
        rows = all_rows[counts[all_rows]]
        found.criterion[rows] = criteria.criteria.index(criterion)
        found.ungraded[rows] = Ungraded.UNIT if criterion.limits else Ungraded.NOT_BY_NUMBER
        for part, limits in _by_unit(criterion, results.unit, rows):
            at = _At(results, part, direction)
            grade, ungraded, assumed = _grade_rows(limits, at, rules)
            found.grade[part], found.ungraded[part], found.without_baseline[part] = grade, ungraded, assumed
        valueless = rows[np.isnan(results.value[rows])]
        found.grade[valueless], found.without_baseline[valueless] = np.nan, False
        found.ungraded[valueless] = Ungraded.NO_VALUE
    return found


def _rows_by_text(values: pd.Series) -> dict[str, Integers]:
    """Return the rows of each distinct text."""
    codes, distinct = pd.factorize(values)
    small = codes.astype("int16") if len(distinct) < 2**15 else codes
    order = np.argsort(small, kind="stable")
    ends = np.searchsorted(codes[order], np.arange(len(distinct) + 1))
    return {str(text): order[ends[place] : ends[place + 1]] for place, text in enumerate(distinct)}


def _by_unit(
    criterion: LabCriterion, unit: pd.Series, rows: Integers
) -> Iterator[tuple[Integers, tuple[GradeLimit, ...]]]:
    """Yield the rows of each unit with limits, and these; a criterion that needs no unit takes all rows."""
    if "" in criterion.limits:
        yield rows, criterion.limits[""]
        return
    units = unit.take(rows)
    for name, limits in criterion.limits.items():
        yield rows[(units == name).fillna(False).to_numpy(dtype=bool)], limits


class _At:
    """The numbers of some results; `abnormal` is 1 where the baseline is beyond its range, 0 where not, NaN unknown."""

    def __init__(self, results: LabResults, rows: Integers, direction: Direction) -> None:
        self.value, self.base = results.value[rows], results.base[rows]
        self.of: dict[str, Floats] = {"LLN": results.low[rows], "ULN": results.high[rows], "BASE": self.base}
        limit = (results.base_low if direction == "low" else results.base_high)[rows]
        beyond = self.base < limit if direction == "low" else self.base > limit
        self.abnormal = np.where(np.isnan(self.base) | np.isnan(limit), np.nan, beyond)

    def limit(self, limit: GradeLimit) -> Floats:
        """Return the limit of each result; NaN where it is unknown."""
        if not limit.of:
            return np.full(len(self.value), limit.number)
        if limit.of == "ULN and BASE":
            of = np.where(np.isnan(self.of["ULN"]), np.nan, np.fmax(self.of["ULN"], self.base))
        else:
            of = self.of[limit.of]
        return of * limit.number + limit.plus


def _grade_rows(
    limits: tuple[GradeLimit, ...], at: _At, rules: GradingRules
) -> tuple[Floats, npt.NDArray[np.int8], Booleans]:
    """Return grade, why there is none, and where a missing baseline was taken as normal."""
    size = len(at.value)
    grade, ungraded = np.zeros(size), np.zeros(size, dtype="int8")
    limits = tuple(one for one in limits if one.when in ("", *_BASELINES) or one.when in rules.assume)
    missing = _lacks_baseline(limits, at)
    undecided = np.ones(size, dtype=bool)
    for step in _GRADES:
        passed, no_range, no_baseline = (np.zeros(size, dtype=bool) for _ in range(3))
        for limit in limits:
            if limit.grade != step:
                continue
            value = at.limit(limit)
            applies = _applies(limit, at)
            if _needs_baseline(limit) and rules.without_baseline == "ungraded":
                no_baseline |= missing
                applies &= ~missing
            passed |= applies & _COMPARE[limit.bound](at.value, value)
            no_range |= applies & np.isnan(value)
        grade[undecided & passed] = step
        undecided &= ~passed
        for blocks, reason in ((no_baseline, Ungraded.BASELINE), (no_range, Ungraded.RANGE)):
            blocked = undecided & blocks
            grade[blocked], ungraded[blocked] = np.nan, reason
            undecided &= ~blocked
    return grade, ungraded, missing & ~np.isnan(grade) & (rules.without_baseline == "normal")


_BASELINES = ("baseline normal", "baseline abnormal")


def _needs_baseline(limit: GradeLimit) -> bool:
    return limit.when in _BASELINES or "BASE" in limit.of


def _lacks_baseline(limits: tuple[GradeLimit, ...], at: _At) -> Booleans:
    """Return the results whose baseline, or whether it is normal, is needed and not known."""
    missing = np.zeros(len(at.value), dtype=bool)
    if any(one.when in _BASELINES for one in limits):
        missing |= np.isnan(at.abnormal)
    if any("BASE" in one.of for one in limits):
        missing |= np.isnan(at.base)
    return missing


def _applies(limit: GradeLimit, at: _At) -> Booleans:
    """Return the results that a limit is for; without a baseline, that counts as normal and is never passed."""
    if limit.when in _BASELINES:
        abnormal: Booleans = at.abnormal == 1
        return abnormal if limit.when == "baseline abnormal" else ~abnormal
    return ~np.isnan(at.base) if limit.of == "BASE" else np.ones(len(at.value), dtype=bool)
