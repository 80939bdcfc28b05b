"""Sums of products of diameters by timepoint: facts in, sums out, worked by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from adam.build import build_adam
from adam.derive.lesion_sums import derive_sums, percent_change
from specs.model.study import Study
from tests.unit.adam.conftest import SUBJECT, build, sdtm_of, table, when
from tests.unit.adam.test_lesion_response import IDENTIFIED, TU, results
from tests.unit.adam.test_lugano import lesions_of, results_of

NAN = np.nan


def sums_of(lesions: str, text: str) -> list[tuple[float, float, float]]:
    """Return SUM, BASE and NADIR of each timepoint."""
    found = derive_sums(lesions_of(lesions), results_of(text))
    return [tuple(row) for row in found[["SUM", "BASE", "NADIR"]].to_numpy().tolist()]


TWO = "T01 target nodal\nT02 target extranodal"

CASES = {
    "two lesions": (TWO, "T01 30x20; T02 20x10\nT01 15x10; T02 10x10", [(800, 800, NAN), (250, 800, 800)]),
    "gone is zero": (TWO, "T01 30x20; T02 20x10\nT01 15x10; T02 0x0", [(800, 800, NAN), (150, 800, 800)]),
    "nadir is the lowest before": (
        "T01 target nodal",
        "T01 30x20\nT01 10x10\nT01 20x20\nT01 20x10",
        [(600, 600, NAN), (100, 600, 600), (400, 600, 100), (200, 600, 100)],
    ),
    "one not evaluable: no part of the sum": (
        TWO,
        "T01 30x20; T02 20x10\nT01 15x10; T02 NE\nT01 15x10; T02 10x10",
        [(800, 800, NAN), (NAN, 800, 800), (250, 800, 800)],
    ),
    "one without any record": (
        TWO,
        "T01 30x20; T02 20x10\nT01 15x10",
        [(800, 800, NAN), (NAN, 800, 800)],
    ),
    "one not measured at baseline: nothing to compare with": (
        TWO,
        "T01 30x20; T02 NE\nT01 15x10; T02 10x10",
        [(NAN, NAN, NAN), (250, NAN, NAN)],
    ),
    "one known only later: nothing to compare with": (
        TWO,
        "T01 30x20\nT01 15x10; T02 10x10",
        [(600, NAN, NAN), (250, NAN, 600)],
    ),
    "a lesion that split is the sum of its parts": (
        "T01 target nodal\nT01a target nodal T01\nT01b target nodal T01",
        "T01 30x20\nT01a 10x10; T01b 20x10",
        [(600, 600, NAN), (300, 600, 600)],
    ),
    "others are not added": (
        "T01 target nodal\nNT01 non_target nodal\nN01 new nodal",
        "T01 30x20; NT01 PRESENT\nT01 30x10; NT01 PRESENT; N01 20x20",
        [(600, 600, NAN), (300, 600, 600)],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_sums(case: str) -> None:
    lesions, text, expected = CASES[case]
    np.testing.assert_array_equal(sums_of(lesions, text), expected)


def test_subjects_do_not_mix() -> None:
    one, two = results_of("T01 30x20\nT01 10x10"), results_of("T01 40x20\nT01 20x20")
    lesions = lesions_of("T01 target nodal")
    both = pd.concat([lesions, lesions.assign(CODE=1)], ignore_index=True)
    found = derive_sums(both, pd.concat([one, two.assign(CODE=1, POINT=two["POINT"] + 2)], ignore_index=True))
    expected = [(0, 600, 600, NAN), (0, 100, 600, 600), (1, 800, 800, NAN), (1, 400, 800, 800)]
    np.testing.assert_array_equal(found[["CODE", "SUM", "BASE", "NADIR"]].to_numpy(dtype="float64"), expected)


def test_change_in_percent() -> None:
    changes = percent_change(pd.Series([150.0, 50, 0, 10, NAN, 10]), pd.Series([100.0, 100, 100, 0, 100, NAN]))
    np.testing.assert_array_equal(changes, [50, -50, -100, NAN, NAN, NAN])


def test_sums_and_changes_are_those_of_the_numbers_as_they_are_written() -> None:
    lesions = lesions_of("T01 target nodal\nT02 target nodal")
    found = derive_sums(lesions, results_of("T01 16.2x10.1; T02 11.1x1.1\nT01 1.1x1.1; T02 3x0.7"))
    assert found["SUM"].tolist() == [175.83, 3.31], "163.62 + 12.21; 1.21 + 2.1"
    assert percent_change(pd.Series([0.3]), pd.Series([0.2])).tolist() == [50.0]


def adtr(study: Study, tr: pd.DataFrame, **facts: Any) -> pd.DataFrame:
    """Return ADTR of one subject with the lesion T01."""
    sdtm = {**sdtm_of(**facts), "TU": table(TU, IDENTIFIED), "TR": tr}
    trial = build(study, sdtm)
    frame, _ = build_adam(study.adam["ADTR"], study, sdtm=sdtm, adam={"ADSL": trial.adsl, "ADRS": trial.adrs})
    return frame


def rows_of(frame: pd.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    """Return rows with missing as None."""
    return [tuple(None if pd.isna(one) else one for one in row) for row in frame[list(columns)].to_numpy(dtype=object)]


POINTS = [(-20, 1, "30x20"), (29, 6, "20x15"), (91, 7, "10x10"), (183, 8, "20x20")]


def test_rows_with_changes_and_flags(study: Study) -> None:
    frame = adtr(study, results(*POINTS), responses=[(29, "PR", 6), (91, "PR", 7), (183, "PD", 8)])
    values = ("ADY", "AVISIT", "AVAL", "BASE", "CHG", "PCHG", "NADIR", "CHGNAD", "PCHGNAD")
    assert rows_of(frame, *values) == [
        (-20, "BASELINE", 600, 600, None, None, None, None, None),
        (29, "MONTH 1", 300, 600, -300, -50, 600, -300, -50),
        (
            91,
            "MONTH 3",
            100,
            600,
            -500,
            pytest.approx(-83.3333, abs=1e-3),
            300,
            -200,
            pytest.approx(-66.6667, abs=1e-3),
        ),
        (183, "MONTH 6", 400, 600, -200, pytest.approx(-33.3333, abs=1e-3), 100, 300, 300),
    ]
    assert rows_of(frame, "PARAMCD", "VISITNUM", "ABLFL", "ANL01FL", "ANL02FL", "SRCDOM", "SRCSEQ") == [
        ("SUMPPD", 1, "Y", None, None, "TR", 1),
        ("SUMPPD", 6, None, "Y", None, "TR", 3),
        ("SUMPPD", 7, None, "Y", "Y", "TR", 5),
        ("SUMPPD", 8, None, "Y", None, "TR", 7),
    ]


@pytest.mark.parametrize(
    ("facts", "eligible"),
    [
        ({"responses": [(91, "PD", 7)]}, [29, 91]),  # the sum of the progression itself counts
        ({"new_therapy": 91}, [29, 91]),
        ({"new_therapy": 90}, [29]),
        ({"transplant": 60}, [29]),
        ({"death": 120}, [29, 91]),
        ({}, [29, 91, 183]),
    ],
)
def test_what_ends_eligibility(study: Study, facts: dict[str, Any], eligible: list[int]) -> None:
    frame = adtr(study, results(*POINTS), **facts)
    assert frame.loc[frame["ANL01FL"] == "Y", "ADY"].tolist() == eligible


def test_a_missing_sum_has_no_flag(study: Study) -> None:
    frame = adtr(study, results((-20, 1, "30x20"), (29, 6, "NE"), (91, 7, "20x15")))
    assert rows_of(frame, "ADY", "AVAL", "PCHG", "ANL01FL", "ANL02FL") == [
        (-20, 600, None, None, None),
        (29, None, None, None, None),
        (91, 300, -50, "Y", "Y"),
    ]


def test_of_two_scan_dates_the_later_one_stands(study: Study) -> None:
    tr = results((-20, 1, "30x20"), (29, 6, "20x15"))
    late = tr["TRDTC"].mask((tr["VISITNUM"] == 6) & (tr["TRTESTCD"] == "LPERP"), when(31))
    assert adtr(study, tr.assign(TRDTC=late))["ADY"].tolist() == [-20, 31]


def test_without_measurements_there_are_no_rows(study: Study) -> None:
    assert adtr(study, results()).empty
    assert list(adtr(study, results()).columns) == list(study.adam["ADTR"].names)
    assert SUBJECT not in set(adtr(study, results())["USUBJID"])
