"""Grades of laboratory results at the limits that CTCAE v5.0 (NCI, 27 November 2017) published."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from adam.derive.ctcae import GradingRules, LabGrades, LabResults, Ungraded, compute_ctcae_grades
from specs.standards.ctcae import load_ctcae
from specs.standards.terminology import load_terminology

N = None
# Test, direction, unit, LLN, ULN, baseline (LLN and ULN are those of the baseline, too), then values with their grades.
Case = tuple[str, str, str | None, float | None, float | None, float | None, str]
LIMITS: list[Case] = [
    ("HGB", "low", "g/L", 130, 170, 150, "130=0 129.9=1 100=1 99.9=2 80=2 79.9=3 20=3"),
    ("HGB", "low", "g/dL", 13, 17, 15, "13=0 12.9=1 10=1 9.9=2 8=2 7.9=3"),
    ("HGB", "low", "mmol/L", 8.1, 10.6, 9, "8.1=0 8.0=1 6.2=1 6.1=2 4.9=2 4.8=3"),
    ("HGB", "high", "g/L", 130, 170, 150, "170=0 170.1=1 190=1 190.1=2 210=2 210.1=3"),
    ("HGB", "high", "g/dL", 13, 17, 15, "17=0 17.1=1 19=1 19.1=2 21=2 21.1=3"),
    ("EOS", "high", "10^9/L", 0, 0.5, 0.2, "0.5=0 0.51=1 5=1"),
    ("EOS", "high", "10^9/L", 0, 0.5, 0.8, "0.6=0 0.8=0 0.81=1"),
    ("WBC", "high", "10^9/L", 4, 10, 6, "11=0 100=0 100.1=3"),
    ("WBC", "high", "10^6/L", 4000, 10000, 6000, "100000=0 100001=3"),
    ("HGBMET", "high", "%", 0, 1.5, 1, "1.5=0 1.6=2"),
    ("APTT", "high", "sec", 25, 36, 30, "36=0 36.1=1 54=1 54.1=2 90=2 90.1=3 900=3"),
    ("ALT", "high", "U/L", 5, 40, 40, "40=0 41=1 120=1 121=2 200=2 201=3 800=3 801=4"),
    ("ALT", "high", "U/L", 5, 40, 50, "74=0 75=1 150=1 151=2 250=2 251=3 1000=3 1001=4"),
    ("AST", "high", "U/L", 5, 40, 20, "40=0 41=1 120=1 121=2 200=2 201=3 800=3 801=4"),
    ("AST", "high", "U/L", 5, 40, 50, "74=0 75=1 150=1 151=2 250=2 251=3 1000=3 1001=4"),
    ("ALP", "high", "U/L", 30, 100, 90, "100=0 101=1 250=1 251=2 500=2 501=3 2000=3 2001=4"),
    ("ALP", "high", "U/L", 30, 100, 120, "239=0 240=1 300=1 301=2 600=2 601=3 2400=3 2401=4"),
    ("GGT", "high", "U/L", 5, 60, 50, "60=0 61=1 150=1 151=2 300=2 301=3 1200=3 1201=4"),
    ("GGT", "high", "U/L", 5, 60, 80, "159=0 160=1 200=1 201=2 400=2 401=3 1600=3 1601=4"),
    ("BICARB", "low", "mmol/L", 22, 29, 25, "22=0 21.9=1 5=1"),
    ("BILI", "high", "umol/L", 3, 20, 10, "20=0 20.1=1 30=1 30.1=2 60=2 60.1=3 200=3 200.1=4"),
    ("BILI", "high", "umol/L", 3, 20, 22, "22=0 22.1=1 33=1 33.1=2 66=2 66.1=3 220=3 220.1=4"),
    ("LDH", "high", "U/L", 120, 250, 200, "250=0 251=1 9000=1"),
    ("CD4", "low", "10^9/L", 0.6, 1.5, 1, "0.6=0 0.59=1 0.5=1 0.49=2 0.2=2 0.19=3 0.05=3 0.04=4"),
    ("CD4", "low", "10^6/L", 600, 1500, 1000, "600=0 599=1 500=1 499=2 200=2 199=3 50=3 49=4"),
    ("CHOL", "high", "mmol/L", 3, 5.2, 5, "5.2=0 5.21=1 7.75=1 7.76=2 10.34=2 10.35=3 12.92=3 12.93=4"),
    ("CHOL", "high", "mg/dL", 120, 200, 190, "200=0 201=1 300=1 301=2 400=2 401=3 500=3 501=4"),
    ("CK", "high", "U/L", 30, 200, 900, "200=0 201=1 500=1 501=2 1000=2 1001=3 2000=3 2001=4"),
    # Creatinine: by the upper limit where the baseline is high in the range, by the baseline where it is low.
    ("CREAT", "high", "umol/L", 50, 100, 99, "100=0 100.1=1 148.5=1 148.6=2 297=2 297.1=3 600=3 600.1=4"),
    ("CREAT", "high", "umol/L", 50, 100, 60, "90=0 90.1=2 180=2 180.1=3 600=3 600.1=4"),
    ("CREAT", "high", "umol/L", 50, 100, 200, "101=1 150=1 150.1=2 300=2 300.1=3 601=4"),
    ("FIBRINO", "low", "g/L", 2, 4, 3, "2=0 1.99=1 1.5=1 1.49=2 1=2 0.99=3 0.5=3 0.49=4"),
    ("FIBRINO", "low", "mg/dL", 240, 400, 300, "240=0 239=1 180=1 179=2 120=2 119=3 60=3 59=4"),
    # An abnormal baseline: the decrease from it counts; below 0.5 g/L it is grade 4 in any case.
    ("FIBRINO", "low", "g/L", 2.5, 4, 2.4, "2.4=0 2.39=1 1.81=1 1.8=2 1.21=2 1.2=3 0.61=3 0.6=4"),
    ("FIBRINO", "low", "g/L", 2, 4, 0.6, "0.6=0 0.5=1 0.49=4"),
    ("FIBRINO", "low", "mg/dL", 200, 400, 60, "60=0 50=1 49=4"),
    ("HAPTOG", "low", "g/L", 0.3, 2, 1, "0.3=0 0.29=1"),
    ("INR", "high", N, N, N, 1, "1.2=0 1.21=1 1.5=1 1.51=2 2.5=2 2.51=3"),
    ("LIPASET", "high", "U/L", 10, 60, 30, "60=0 61=1 90=1 91=2 300=2 301=3 3000=3"),
    ("AMYLASE", "high", "U/L", 20, 100, 30, "100=0 101=1 150=1 151=2 500=2 501=3"),
    ("LYM", "low", "10^9/L", 1.1, 3.5, 2, "1.1=0 1.09=1 0.8=1 0.79=2 0.5=2 0.49=3 0.2=3 0.19=4"),
    ("LYM", "low", "10^6/L", 1100, 3500, 2000, "1100=0 1099=1 800=1 799=2 499=3 200=3 199=4"),
    ("LYM", "high", "10^9/L", 1.1, 3.5, 2, "3.6=0 4=0 4.01=2 20=2 20.1=3"),
    ("LYM", "high", "10^6/L", 1100, 3500, 2000, "4000=0 4001=2 20000=2 20001=3"),
    ("NEUT", "low", "10^9/L", 1.8, 7, 4, "1.8=0 1.79=1 1.5=1 1.49=2 1=2 0.99=3 0.5=3 0.49=4 0=4"),
    ("NEUT", "low", "10^6/L", 1800, 7000, 4000, "1799=1 1500=1 1499=2 1000=2 999=3 500=3 499=4"),
    ("PLAT", "low", "10^9/L", 150, 400, 200, "150=0 149=1 75=1 74.9=2 50=2 49.9=3 25=3 24.9=4"),
    ("PLAT", "low", "10^6/L", 150000, 400000, 200000, "75000=1 74999=2 50000=2 49999=3 25000=3 24999=4"),
    ("WBC", "low", "10^9/L", 4, 10, 6, "4=0 3.9=1 3=1 2.9=2 2=2 1.9=3 1=3 0.9=4"),
    ("WBC", "low", "10^6/L", 4000, 10000, 6000, "3999=1 3000=1 2999=2 2000=2 1999=3 1000=3 999=4"),
    ("PH", "low", N, 7.35, 7.45, N, "7.35=0 7.34=1 7.3=1 7.29=3"),
    ("PH", "high", N, 7.35, 7.45, N, "7.45=0 7.46=1 7.5=1 7.51=3"),
    ("CACR", "high", "mmol/L", 2.1, 2.6, 2.4, "2.6=0 2.61=1 2.9=1 2.91=2 3.1=2 3.11=3 3.4=3 3.41=4"),
    ("CACRALB", "high", "mg/dL", 8.5, 10.5, 9, "10.5=0 10.6=1 11.5=1 11.6=2 12.5=2 12.6=3 13.5=3 13.6=4"),
    ("CACR", "low", "mmol/L", 2.1, 2.6, 2.4, "2.1=0 2.09=1 2=1 1.99=2 1.75=2 1.74=3 1.5=3 1.49=4"),
    ("CACRALB", "low", "mg/dL", 8.5, 10.5, 9, "8.5=0 8.4=1 8=1 7.9=2 7=2 6.9=3 6=3 5.9=4"),
    ("CAION", "high", "mmol/L", 1.1, 1.3, 1.2, "1.3=0 1.31=1 1.5=1 1.51=2 1.6=2 1.61=3 1.8=3 1.81=4"),
    ("CAION", "low", "mmol/L", 1.1, 1.3, 1.2, "1.1=0 1.09=1 1=1 0.99=2 0.9=2 0.89=3 0.8=3 0.79=4"),
    ("K", "high", "mmol/L", 3.5, 5, 4, "5=0 5.1=1 5.5=1 5.6=2 6=2 6.1=3 7=3 7.1=4"),
    ("K", "low", "mmol/L", 3.5, 5, 4, "3.5=0 3.4=1 3=1 2.9=3 2.5=3 2.4=4"),
    ("MG", "high", "mmol/L", 0.7, 1, 0.8, "1=0 1.01=1 1.23=1 1.24=3 3.3=3 3.31=4"),
    ("MG", "high", "mg/dL", 1.7, 2.4, 2, "2.4=0 2.5=1 3=1 3.1=3 8=3 8.1=4"),
    ("MG", "low", "mmol/L", 0.7, 1, 0.8, "0.7=0 0.69=1 0.5=1 0.49=2 0.4=2 0.39=3 0.3=3 0.29=4"),
    ("MG", "low", "mg/dL", 1.7, 2.4, 2, "1.7=0 1.6=1 1.2=1 1.1=2 0.9=2 0.8=3 0.7=3 0.6=4"),
    ("SODIUM", "high", "mmol/L", 135, 145, 140, "145=0 146=1 150=1 151=2 155=2 156=3 160=3 161=4"),
    ("SODIUM", "low", "mmol/L", 135, 145, 140, "135=0 134=1 130=1 129=2 125=2 124=3 120=3 119=4"),
    ("TRIG", "high", "mmol/L", N, N, 1, "1.7=0 1.71=1 3.42=1 3.43=2 5.7=2 5.71=3 11.4=3 11.41=4"),
    ("TRIG", "high", "mg/dL", N, N, 90, "149=0 150=1 300=1 301=2 500=2 501=3 1000=3 1001=4"),
    ("URATE", "high", "umol/L", 200, 420, 300, "420=0 421=1 900=1"),
    ("ALB", "low", "g/L", 35, 50, 40, "35=0 34.9=1 30=1 29.9=2 20=2 19.9=3"),
    ("ALB", "low", "g/dL", 3.5, 5, 4, "3.5=0 3.4=1 3=1 2.9=2 2=2 1.9=3"),
    ("GLUC", "low", "mmol/L", 3.9, 6, 5, "3.9=0 3.8=1 3=1 2.9=2 2.2=2 2.1=3 1.7=3 1.6=4"),
    ("GLUC", "low", "mg/dL", 70, 110, 90, "70=0 69=1 55=1 54=2 40=2 39=3 30=3 29=4"),
]  # fmt: skip
#: What changes where symptoms (or their consequences) are assumed.
SYMPTOMS: list[Case] = [
    ("K", "low", "mmol/L", 3.5, 5, 4, "3.5=0 3.4=2 3=2 2.9=3 2.4=4"),
    ("SODIUM", "low", "mmol/L", 135, 145, 140, "134=1 130=1 129=3 125=3 120=3 119=4"),
    ("LIPASET", "high", "U/L", 10, 60, 30, "61=1 91=2 120=2 121=3 300=3 301=4"),
    ("AMYLASE", "high", "U/L", 20, 100, 30, "151=2 200=2 201=3 500=3 501=4"),
    ("URATE", "high", "umol/L", 200, 420, 300, "420=0 421=3"),
]
#: Graded by what is done about it.
NOT_BY_NUMBER = {("GLUC", "high"), ("PHOS", "high"), ("PHOS", "low")}


def values_of(expected: str) -> dict[float, float]:
    """Return the grade of each value."""
    return {float(value): float(grade) for value, grade in (pair.split("=") for pair in expected.split())}


def results_of(rows: Sequence[Sequence[object]]) -> LabResults:
    """Return results of (test, value, unit, LLN, ULN, baseline); the baseline has the result's range."""
    test, value, unit, low, high, base = zip(*rows)
    values, lows, highs, bases = (
        np.array([np.nan if one is None else one for one in column], dtype=float) for column in (value, low, high, base)
    )
    tests, units = pd.Series(test, dtype="str"), pd.Series(unit, dtype="str")
    return LabResults(tests, values, units, lows, highs, bases, base_low=lows, base_high=highs)


def grade(rows: Sequence[Sequence[object]], **rules: object) -> LabGrades:
    return compute_ctcae_grades(results_of(rows), load_ctcae("5.0"), GradingRules(**rules))  # type: ignore[arg-type]


def one(row: Sequence[object], direction: str, **rules: object) -> float | str:
    """Return the grade of one result, or why it has none."""
    found = getattr(grade([row], **rules), direction)
    return float(found.grade[0]) if found.ungraded[0] == 0 else Ungraded(found.ungraded[0]).name


@pytest.mark.parametrize("case", LIMITS, ids=lambda case: f"{case[0]}-{case[1]}-{case[2]}-{case[5]}")
def test_values_at_the_limits_of_each_grade(case: Case) -> None:
    test, direction, unit, low, high, base, expected = case
    found = getattr(grade([(test, value, unit, low, high, base) for value in values_of(expected)]), direction)
    assert dict(zip(values_of(expected), found.grade)) == values_of(expected)
    assert not found.ungraded.any()


@pytest.mark.parametrize("case", SYMPTOMS, ids=lambda case: f"{case[0]}-{case[1]}")
def test_symptoms_may_be_assumed(case: Case) -> None:
    test, direction, unit, low, high, base, expected = case
    rows = [(test, value, unit, low, high, base) for value in values_of(expected)]
    found = getattr(grade(rows, assume=frozenset({"symptoms"})), direction)
    assert dict(zip(values_of(expected), found.grade)) == values_of(expected)


@pytest.mark.parametrize(("value", "expected"), [(1.1, 0), (1.11, 1), (1.65, 2), (1.66, 2), (2.75, 3)])
def test_inr_under_anticoagulation_goes_by_the_baseline_too(value: float, expected: int) -> None:
    assert one(("INR", value, None, None, None, 1.1), "high", assume=frozenset({"anticoagulation"})) == expected


def test_every_criterion_is_tried_at_its_limits() -> None:
    criteria = load_ctcae("5.0").criteria
    tried = {(case[0], case[1], unit) for case in LIMITS for unit in (case[2], "")}
    untried = [
        (test, each.direction, unit)
        for each in criteria
        for test in each.tests
        for unit in each.limits
        if (test, each.direction, unit) not in tried and (test not in ("CACR", "CACRALB"))
    ]
    assert untried == []
    assert {(test, each.direction) for each in criteria if not each.limits for test in each.tests} == NOT_BY_NUMBER


def test_the_tables_use_terms_of_the_terminology() -> None:
    criteria = load_ctcae("5.0")
    terms = load_terminology("SDTM", "2025-03-28").codelists
    tests = {test for each in criteria.criteria for test in each.tests}
    assert tests - set(terms["LBTESTCD"].terms) == {"CD4"}  # in older terminology only
    assert {unit for each in criteria.criteria for unit in each.units} <= set(terms["UNIT"].terms)
    assert criteria.specimens <= set(terms["SPECTYPE"].terms)


def test_a_test_has_one_criterion_in_a_direction() -> None:
    pairs = [(test, each.direction) for each in load_ctcae("5.0").criteria for test in each.tests]
    assert len(pairs) == len(set(pairs))


# Row, direction, then the grade or why there is none.
UNGRADED = {
    "no value": (("HGB", None, "g/L", 130, 170, 150), "low", "NO_VALUE"),
    "no unit": (("HGB", 70, None, 130, 170, 150), "low", "UNIT"),
    "a unit without limits": (("HGB", 70, "%", 130, 170, 150), "low", "UNIT"),
    "no unit where none is needed": (("LDH", 300, None, 120, 250, 200), "high", 1),
    "below an absolute limit without a range": (("HGB", 99, "g/L", None, None, None), "low", 2),
    "above all absolute limits without a range": (("HGB", 100, "g/L", None, None, None), "low", "RANGE"),
    "no upper limit where all are multiples": (("CK", 900, "U/L", None, None, None), "high", "RANGE"),
    "by the baseline, but grade 4 is by the range": (("CREAT", 400, "umol/L", None, None, 60), "high", "RANGE"),
    "abnormal in the other direction is normal": (("ALT", 41, "U/L", 5, 40, 3), "high", 1),
    "no criterion": (("CRP", 200, "mg/L", 0, 5, 2), "high", "NO_CRITERION"),
    "no criterion in this direction": (("PLAT", 900, "10^9/L", 150, 400, 200), "high", "NO_CRITERION"),
    "not graded by a number": (("GLUC", 30, "mmol/L", 4, 6, 5), "high", "NOT_BY_NUMBER"),
    "total calcium": (("CA", 1.4, "mmol/L", 2.1, 2.6, 2.4), "low", "NO_CRITERION"),
    "no baseline": (("ALT", 201, "U/L", 5, 40, None), "high", 3),
    "no baseline, creatinine": (("CREAT", 301, "umol/L", 50, 100, None), "high", 3),
    "a product is no rounding trap": (("CK", 3.3, "U/L", 0.1, 1.32, 1), "high", 1),  # 2.5 x 1.32
}


@pytest.mark.parametrize("name", UNGRADED)
def test_what_cannot_be_graded_says_why(name: str) -> None:
    row, direction, expected = UNGRADED[name]
    assert one(row, direction) == expected


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (("ALT", 10, "U/L", 5, 40, None), "BASELINE"),
        (("ALT", 900, "U/L", 5, 40, None), "BASELINE"),
        (("CREAT", 601, "umol/L", 50, 100, None), 4),
        (("CREAT", 101, "umol/L", 50, 100, None), "BASELINE"),
        (("CK", 201, "U/L", 30, 200, None), 1),
    ],
)
def test_results_without_a_baseline_may_stay_ungraded(row: tuple[object, ...], expected: float | str) -> None:
    assert one(row, "high", without_baseline="ungraded") == expected


def test_grades_without_a_baseline_are_marked() -> None:
    rows = [("ALT", 50, "U/L", 5, 40, None), ("ALT", 50, "U/L", 5, 40, 30), ("CK", 50, "U/L", 5, 40, None)]
    assert grade(rows).high.without_baseline.tolist() == [True, False, False]


def test_the_baseline_is_judged_by_its_own_range() -> None:
    results = results_of([("ALT", 70, "U/L", 5, 40, 50)] * 2)
    results = replace(results, base_high=np.array([60.0, 40.0]))
    found = compute_ctcae_grades(results, load_ctcae("5.0"), GradingRules()).high
    assert found.grade.tolist() == [1, 0]  # 70 is above 40, but below 1.5 x 50


def test_only_blood_is_graded() -> None:
    results = results_of([("CREAT", 5000, "umol/L", 50, 100, 60)] * 3)
    results = replace(results, specimen=pd.Series(["URINE", "SERUM", None], dtype="str"))
    found = compute_ctcae_grades(results, load_ctcae("5.0"), GradingRules()).high
    assert found.ungraded.tolist() == [Ungraded.NO_CRITERION, Ungraded.NO, Ungraded.NO]


def test_a_test_may_be_graded_as_another() -> None:
    row = ("CA", 1.4, "mmol/L", 2.1, 2.6, 2.4)
    assert one(row, "low", graded_as={"CA": "CACR"}) == 4
    found = grade([row], graded_as={"CA": "CACR"})
    assert load_ctcae("5.0").criteria[found.low.criterion[0]].term == "Hypocalcemia"


def test_only_the_terms_of_a_study_are_graded() -> None:
    row = ("HGB", 70, "g/L", 130, 170, 150)
    assert one(row, "low", terms=frozenset({"Anemia"})) == 3
    assert one(row, "high", terms=frozenset({"Anemia"})) == "NO_CRITERION"
