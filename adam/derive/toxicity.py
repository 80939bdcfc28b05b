"""The verb that grades laboratory results, and what it reports of those that it cannot grade."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from adam.derive.bds_values import places_in_group
from adam.derive.columns import number_column, text_column
from adam.derive.context import Context, evaluate
from adam.derive.ctcae import DirectionGrades, GradingRules, LabGrades, LabResults, Ungraded, compute_ctcae_grades
from adam.derive.timeline import Booleans, Floats, Integers
from clinical.errors import listed
from clinical.findings import Severity, report
from specs.model.adam_bds_maps import Grading, ToxicityGrade
from specs.standards.ctcae import LabCriteria, LabCriterion, load_ctcae

_TEXTS = ("0", "1", "2", "3", "4")


@dataclass(frozen=True)
class _Kind:
    """How a reason for a missing grade is reported."""

    rule: str
    severity: Severity
    what: str
    to_do: str


_KINDS = {
    Ungraded.NO_VALUE: _Kind(
        "ADAM.GRADE_VALUE", "note", "have no number and so no grade", "Correct result or unit where they are wrong."
    ),
    Ungraded.UNIT: _Kind(
        "ADAM.GRADE_UNIT",
        "warning",
        "have no grade, as their unit is none of those of the criterion",
        "Correct the unit, or convert to one of these in units.yaml.",
    ),
    Ungraded.RANGE: _Kind(
        "ADAM.GRADE_RANGE",
        "warning",
        "have no grade, as the reference range that it depends on is missing",
        "Supply the laboratory's reference range.",
    ),
    Ungraded.BASELINE: _Kind(
        "ADAM.GRADE_BASELINE",
        "note",
        "have no grade, as the baseline that it depends on, or its range, is missing",
        "Nothing needs to be done where there was none.",
    ),
    Ungraded.NOT_BY_NUMBER: _Kind(
        "ADAM.GRADE_BY_MANAGEMENT",
        "note",
        "have no grade, as the criterion has no numbers",
        "Grade the adverse event, or leave the term out of 'terms'.",
    ),
}
_ASSUMED = _Kind(
    "ADAM.GRADE_BASELINE",
    "note",
    "were graded as if the baseline had been normal: it, or its range, is missing",
    "Nothing needs to be done where there was none.",
)


@evaluate.register
def _toxicity_grade(verb: ToxicityGrade, context: Context) -> pd.Series:
    """Rule: the grade of the result by the criteria, see `adam.derive.ctcae`.

    Of both directions (`any`), the grade that is not 0; 0 where each criterion that the test has gives 0.
    Missing: no criterion for the test, or the result could not be graded, which is reported once for each term.
    """
    criteria = load_ctcae(verb.grading.version)
    table = context.once(_key(verb), lambda: _grade(verb, criteria, context))
    if verb.part == "term":
        terms = [one.term for one in criteria.criteria]
        return text_column(terms, table[f"{verb.direction} criterion"].to_numpy())
    places = _places(table, verb.direction)
    return text_column(_TEXTS, places) if verb.part == "grade" else number_column([0, 1, 2, 3, 4], places)


def _key(verb: ToxicityGrade) -> str:
    """Return a name of the grades that a verb is about, whatever part of them it tells."""
    return repr(verb.model_copy(update={"direction": "any", "part": "grade"}))


def _places(table: pd.DataFrame, direction: str) -> Integers:
    """Return each grade as a position in 0, 1, 2, 3, 4, -1 for none."""
    if direction != "any":
        return table[direction].fillna(-1).to_numpy().astype("int64")
    grades = table[["low", "high"]].to_numpy()
    unknown = np.isnan(grades) & (table[["low criterion", "high criterion"]].to_numpy() >= 0)
    highest = np.nan_to_num(grades, nan=-1).max(axis=1)
    return np.where((highest == 0) & unknown.any(axis=1), -1, highest).astype("int64")


def _grade(verb: ToxicityGrade, criteria: LabCriteria, context: Context) -> pd.DataFrame:
    """Return the grades and criteria of both directions; report what has no grade."""
    results, rules = _results(verb, context), _rules(verb.grading)
    grades = compute_ctcae_grades(results, criteria, rules)
    context.findings += _reports(grades, results, criteria, context.dataset)
    return pd.DataFrame(
        {
            "low": grades.low.grade,
            "high": grades.high.grade,
            "low criterion": grades.low.criterion,
            "high criterion": grades.high.criterion,
        }
    )


def _rules(grading: Grading) -> GradingRules:
    return GradingRules(
        graded_as=grading.graded_as,
        terms=frozenset(grading.terms) or None,
        assume=frozenset(grading.assume),
        without_baseline=grading.without_baseline,
    )


def _results(verb: ToxicityGrade, context: Context) -> LabResults:
    value, low, high = (
        context.value(name).to_numpy(dtype="float64", na_value=np.nan) for name in (verb.value, verb.low, verb.high)
    )
    baseline = places_in_group(context, verb.by, (context.value(verb.baseline) == "Y").to_numpy(dtype=bool))
    return LabResults(
        test=context.value(verb.test),
        value=value,
        unit=context.value(verb.unit),
        low=low,
        high=high,
        base=_at(value, baseline),
        base_low=_at(low, baseline),
        base_high=_at(high, baseline),
        specimen=context.value(verb.specimen) if verb.specimen else None,
    )


def _at(values: Floats, places: Integers) -> Floats:
    return np.append(values, np.nan)[places]


def _reports(grades: LabGrades, results: LabResults, criteria: LabCriteria, dataset: str) -> Iterator[pd.DataFrame]:
    """Yield a finding for each direction, criterion and kind of grade that is missing or rests on an assumption."""
    for variable, found in (("ATOXGRL", grades.low), ("ATOXGRH", grades.high)):
        graded = np.bincount(found.criterion[found.criterion >= 0], minlength=len(criteria.criteria))
        for place in np.flatnonzero(graded):
            of = found.criterion == place
            for kind, holds in _kinds(found, of):
                criterion = criteria.criteria[place]
                message = _message(kind, criterion, criteria.version, int(holds.sum()), int(graded[place]))
                if kind.rule == "ADAM.GRADE_UNIT":
                    message += _units(criterion, results.unit[holds])
                yield report(
                    kind.rule,
                    kind.severity,
                    f"{message}. {kind.to_do}",
                    source="rule",
                    dataset=dataset,
                    variable=variable,
                )


def _kinds(found: DirectionGrades, of: Booleans) -> Iterator[tuple[_Kind, Booleans]]:
    for reason, kind in _KINDS.items():
        yield from _if_any(kind, of & (found.ungraded == reason))
    yield from _if_any(_ASSUMED, of & found.without_baseline)


def _if_any(kind: _Kind, holds: Booleans) -> Iterator[tuple[_Kind, Booleans]]:
    if holds.any():
        yield kind, holds


def _message(kind: _Kind, criterion: LabCriterion, version: str, count: int, total: int) -> str:
    return f"{criterion.term} (CTCAE {version}): {count:,} of {total:,} results {kind.what}"


def _units(criterion: LabCriterion, units: pd.Series) -> str:
    found = sorted(units.dropna().unique()) + (["no unit"] if units.isna().any() else [])
    return f" (found {listed(found)}; expected {listed(criterion.units)})"
