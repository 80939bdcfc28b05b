"""ADLB of cart1922 on hand-worked cases: baseline, change, visits, shifts, grades and flags. Day 1 is 2024-01-10."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from adam.build import build_adam
from specs.model.study import Study

SUBJECT = "CART1922-001"
#: Test: name, unit, lower and upper limit.
TESTS = {
    "HGB": ("Hemoglobin", "g/L", 130.0, 170.0),
    "PLAT": ("Platelets", "10^9/L", 150.0, 400.0),
    "ALT": ("Alanine Aminotransferase", "U/L", 5.0, 40.0),
    "CRP": ("C Reactive Protein", "mg/L", 0.0, 5.0),
    "CA": ("Calcium", "mmol/L", 2.1, 2.6),
    "K": ("Potassium", "mmol/L", 3.5, 5.0),
}
NUMBERS = ("LBSEQ", "LBSTRESN", "LBSTNRLO", "LBSTNRHI", "VISITNUM")

Build = Callable[..., pd.DataFrame]


def lb_of(rows: Sequence[tuple[Any, ...]], **facts: Any) -> pd.DataFrame:
    """Return LB of (test, LBDTC, result); facts replace a column of all records. Text is a result without a number."""
    records = []
    for number, (test, date, result) in enumerate(rows, 1):
        name, unit, low, high = TESTS[test]
        value = result if isinstance(result, int | float) else None
        indicator = None if value is None else "LOW" if value < low else "HIGH" if value > high else "NORMAL"
        records.append(
            {
                "USUBJID": SUBJECT,
                "LBSEQ": number,
                "LBTESTCD": test,
                "LBTEST": name,
                "LBCAT": "CHEMISTRY",
                "LBSTRESC": None if result is None else str(result),
                "LBSTRESN": value,
                "LBSTRESU": unit,
                "LBSTNRLO": low,
                "LBSTNRHI": high,
                "LBNRIND": indicator,
                "LBSPEC": "BLOOD",
                "LBDTC": date,
                "LBSTAT": "NOT DONE" if result is None else None,
                **facts,
            }
        )
    frame = pd.DataFrame(records)
    return frame.astype({name: "float64" if name in NUMBERS else "str" for name in frame.columns})


@pytest.fixture(scope="session")
def findings_of(study: Study) -> Callable[..., tuple[pd.DataFrame, pd.DataFrame]]:
    """Return a function of the rows of `lb_of` that builds ADLB, infused on 2024-01-10 or not, and its findings."""

    def analyse(
        rows: Sequence[tuple[Any, ...]], infused: str | None = "2024-01-10", **facts: Any
    ) -> tuple[pd.DataFrame, pd.DataFrame]:
        adsl = pd.DataFrame({"STUDYID": ["CART1922"], "USUBJID": [SUBJECT], "SAFFL": ["Y" if infused else "N"]})
        adsl["TRTSDT"] = pd.Series([infused], dtype="datetime64[s]")
        return build_adam(study.adam["ADLB"], study, sdtm={"LB": lb_of(rows, **facts)}, adam={"ADSL": adsl})

    return analyse


@pytest.fixture(scope="session")
def adlb(findings_of: Callable[..., tuple[pd.DataFrame, pd.DataFrame]]) -> Build:
    """Return a function of the rows of `lb_of` that builds ADLB."""
    return lambda rows, **facts: findings_of(rows, **facts)[0]


def seen(frame: pd.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    """Return columns of all rows in their order; missing is None, dates are ISO text."""
    found = frame.assign(ADT=frame["ADT"].dt.strftime("%Y-%m-%d"))[list(columns)]
    return [tuple(None if pd.isna(value) else value for value in row) for row in found.to_numpy(dtype=object)]


def test_baseline_change_and_shift(adlb: Build) -> None:
    rows = [
        ("PLAT", "2024-01-02", 200.0),
        ("PLAT", "2024-01-09", 160.0),
        ("PLAT", "2024-01-17", 40.0),
        ("PLAT", "2024-02-07", 180.0),
    ]
    frame = adlb(rows)
    assert seen(frame, "ADY", "AVAL", "ABLFL", "BASE", "CHG", "PCHG", "SHIFT1", "SHIFT2") == [
        (-8, 200, None, 160, None, None, None, None),
        (-1, 160, "Y", 160, None, None, None, None),
        (8, 40, None, 160, -120, -75, "NORMAL to LOW", "0 to 3"),
        (29, 180, None, 160, 20, 12.5, "NORMAL to NORMAL", "0 to 0"),
    ]
    assert set(frame["PARAM"]) == {"Platelets (10^9/L)"}


def test_changes_are_those_of_the_numbers_as_they_are_written(adlb: Build) -> None:
    rows = [
        ("CA", "2024-01-09", 2.29),
        ("CA", "2024-01-17", 2.3),
        ("CA", "2024-01-24", 1.89),
        ("CA", "2024-01-31", 2.3),
    ]
    assert seen(adlb(rows), "CHG") == [(None,), (0.01,), (-0.4,), (0.01,)]
    assert seen(adlb([("K", "2024-01-09", 4.0), ("K", "2024-01-17", 4.4)]), "CHG", "PCHG") == [(None, None), (0.4, 10)]


def test_a_sample_on_the_day_of_infusion_may_be_the_baseline(adlb: Build) -> None:
    rows = [("K", "2024-01-10T08:00", 4.0), ("K", "2024-01-10T06:00", 3.0), ("K", "2024-01-11", 5.0)]
    assert seen(adlb(rows), "ADT", "AVAL", "ABLFL", "ONTRTFL", "CHG") == [
        ("2024-01-10", 4.0, "Y", None, None),
        ("2024-01-10", 3.0, None, None, None),
        ("2024-01-11", 5.0, None, "Y", 1.0),
    ]


def test_a_result_without_a_number_can_be_the_baseline(adlb: Build) -> None:
    rows = [("CRP", "2024-01-02", 3.0), ("CRP", "2024-01-09", "<1"), ("CRP", "2024-01-17", 90.0)]
    assert seen(adlb(rows), "AVAL", "AVALC", "ABLFL", "BASE", "BASEC", "CHG") == [
        (3, None, None, None, "<1", None),
        (None, "<1", "Y", None, "<1", None),
        (90, None, None, None, "<1", None),
    ]


def test_tests_that_were_not_done_have_no_row(adlb: Build) -> None:
    assert len(adlb([("K", "2024-01-02", 4.0), ("K", "2024-01-03", None)])) == 1


def test_no_percentage_of_a_baseline_of_0(adlb: Build) -> None:
    rows = [("CRP", "2024-01-09", 0.0), ("CRP", "2024-01-17", 5.0)]
    assert seen(adlb(rows), "CHG", "PCHG") == [(None, None), (5, None)]


def test_analysis_visits_and_the_record_nearest_their_target(adlb: Build) -> None:
    rows = [
        ("K", "2024-01-09", 4.0),  # baseline
        ("K", "2024-01-11", 4.1),  # day 2
        ("K", "2024-01-16", 4.2),  # day 7, one from the target 8
        ("K", "2024-01-18", 4.3),  # day 9, one from it, too, but later
        ("K", "2024-01-20", 4.4),  # day 11: the last of week 1
        ("K", "2024-01-21", 4.5),  # day 12: the first of week 2
        ("K", "2024-02-07", 4.6),  # day 29
        ("K", "2026-05-01", 4.7),  # after all windows
    ]
    assert seen(adlb(rows), "ADY", "AVISIT", "AVISITN", "AWTARGET", "AWTDIFF", "ANL01FL") == [
        (-1, "BASELINE", 0, None, None, "Y"),
        (2, "WEEK 1", 1, 8, 6, None),
        (7, "WEEK 1", 1, 8, 1, "Y"),
        (9, "WEEK 1", 1, 8, 1, None),
        (11, "WEEK 1", 1, 8, 3, None),
        (12, "WEEK 2", 2, 15, 3, "Y"),
        (29, "MONTH 1", 6, 29, 0, "Y"),
        (843, None, None, None, None, None),
    ]


def test_grades_in_both_directions(adlb: Build) -> None:
    rows = [
        ("K", "2024-01-09", 4.0),
        ("K", "2024-01-12", 3.2),
        ("K", "2024-01-13", 6.5),
        ("K", "2024-01-14", 2.4),
    ]
    frame = adlb(rows)
    assert seen(frame, "ATOXGRL", "ATOXGRLN", "ATOXGRH", "ATOXGRHN", "ATOXGR", "ATOXGRN", "SHIFT2") == [
        ("0", 0, "0", 0, "0", 0, None),
        ("1", 1, "0", 0, "1", 1, "0 to 1"),
        ("0", 0, "3", 3, "3", 3, "0 to 3"),
        ("4", 4, "0", 0, "4", 4, "0 to 4"),
    ]
    assert seen(frame, "ATOXDSCL", "ATOXDSCH")[0] == ("Hypokalemia", "Hyperkalemia")


def test_an_abnormal_baseline_decides_on_later_grades(adlb: Build) -> None:
    rows = [("ALT", "2024-01-09", 50.0), ("ALT", "2024-01-12", 74.0), ("ALT", "2024-01-13", 160.0)]
    assert seen(adlb(rows), "AVAL", "ATOXGRH", "BTOXGRH") == [(50, "0", "0"), (74, "0", "0"), (160, "2", "0")]


def test_worst_grades_after_baseline_are_flagged_once(adlb: Build) -> None:
    rows = [
        ("HGB", "2024-01-09", 75.0),  # worse, but before the infusion
        ("HGB", "2024-01-12", 90.0),
        ("HGB", "2024-01-13", 105.0),
        ("HGB", "2024-01-14", 85.0),
    ]
    assert seen(adlb(rows), "AVAL", "ATOXGRL", "ANL02FL", "ANL03FL") == [
        (75, "3", None, None),
        (90, "2", "Y", "Y"),
        (105, "1", None, None),
        (85, "2", None, None),
    ]


def test_total_calcium_is_graded_as_corrected_in_this_study(adlb: Build) -> None:
    assert seen(adlb([("CA", "2024-01-09", 1.7)]), "ATOXDSCL", "ATOXGRL") == [("Hypocalcemia", "3")]


def test_without_an_infusion_there_is_no_baseline(
    findings_of: Callable[..., tuple[pd.DataFrame, pd.DataFrame]],
) -> None:
    frame, findings = findings_of([("ALT", "2024-01-09", 130.0)], infused=None)
    assert seen(frame, "ADY", "ABLFL", "BASE", "ATOXGRH") == [(None, None, None, "2")]
    assert seen_findings(findings) == [
        (
            "ADAM.GRADE_BASELINE",
            "note",
            "Alanine aminotransferase increased (CTCAE 5.0): 1 of 1 results were graded as if the baseline had been "
            "normal: it, or its range, is missing. Nothing needs to be done where there was none.",
        )
    ]


def seen_findings(findings: pd.DataFrame) -> list[tuple[str, ...]]:
    return [tuple(row) for row in findings[["rule", "severity", "message"]].to_numpy()]


def test_each_kind_of_missing_grade_is_told(findings_of: Callable[..., tuple[pd.DataFrame, pd.DataFrame]]) -> None:
    rows = [("PLAT", "2024-01-09", 160.0), ("PLAT", "2024-01-12", "clumped"), ("PLAT", "2024-01-13", 80.0)]
    frame, findings = findings_of(rows, LBSTNRLO=None)
    assert seen(frame, "ATOXGRL") == [(None,), (None,), (None,)]
    assert seen_findings(findings) == [
        (
            "ADAM.GRADE_VALUE",
            "note",
            "Platelet count decreased (CTCAE 5.0): 1 of 3 results have no number and so no grade. "
            "Correct result or unit where they are wrong.",
        ),
        (
            "ADAM.GRADE_RANGE",
            "warning",
            "Platelet count decreased (CTCAE 5.0): 2 of 3 results have no grade, as the reference range that it "
            "depends on is missing. Supply the laboratory's reference range.",
        ),
    ]
    frame, findings = findings_of([("PLAT", "2024-01-13", 20.0)], LBSTRESU="%")
    assert seen(frame, "ATOXGRL") == [(None,)]
    assert seen_findings(findings) == [
        (
            "ADAM.GRADE_UNIT",
            "warning",
            "Platelet count decreased (CTCAE 5.0): 1 of 1 results have no grade, as their unit is none of those of "
            "the criterion (found %; expected 10^9/L, 10^6/L). Correct the unit, or convert to one of these in "
            "units.yaml.",
        )
    ]


def test_values_after_the_cutoff_are_left_out(study: Study) -> None:
    design = study.design.model_copy(update={"cutoff": "2024-01-12"})
    adsl = pd.DataFrame({"STUDYID": ["CART1922"], "USUBJID": [SUBJECT]})
    adsl["TRTSDT"] = pd.Series(["2024-01-10"], dtype="datetime64[s]")
    lb = lb_of([("K", "2024-01-12", 4.0), ("K", "2024-01-13", 5.0)])
    cut = replace(study, design=design)
    frame, _ = build_adam(cut.adam["ADLB"], cut, sdtm={"LB": lb}, adam={"ADSL": adsl})
    assert seen(frame, "ADT") == [("2024-01-12",)]
