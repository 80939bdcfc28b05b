"""ADEX and ADCM of cart1922 on hand-worked cases. The first infusion is on 2024-01-10, the second on 2024-01-25."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import pytest

from adam.build import build_adam
from specs.model.study import Study
from tests.unit.adam.conftest import table

SUBJECT = "CART1922-001"
CELLS, MG = "10^6 Therapeutic Cells/kg", "mg/m2"


@pytest.fixture(scope="module")
def adsl() -> pd.DataFrame:
    dates = {"TRTSDT": "2024-01-10", "TR01SDT": "2024-01-10", "TR02SDT": "2024-01-25", "NACTDT": "2024-06-01"}
    frame = pd.DataFrame({"STUDYID": ["CART1922"], "USUBJID": [SUBJECT], "SAFFL": ["Y"]})
    return frame.assign(
        **{name: pd.Series([date], dtype="datetime64[s]") for name, date in dates.items()},
        DCUTDT=pd.Series(["2024-12-31"], dtype="datetime64[s]"),
    )


def seen(frame: pd.DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    """Return columns of all rows in their order; missing is None, dates are ISO text."""
    found = frame.copy()
    for name in found.columns:
        if pd.api.types.is_datetime64_any_dtype(found[name]):
            found[name] = found[name].dt.strftime("%Y-%m-%d")
    return [tuple(None if pd.isna(one) else one for one in row) for row in found[list(columns)].to_numpy(dtype=object)]


def exposure(study: Study, adsl: pd.DataFrame, rows: Sequence[Sequence[Any]]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return ADEX of (EXTRT, EXDOSE, EXDOSU, EXSTDTC, total cells), and its findings."""
    ex = [
        [SUBJECT, number, row[0], "CAR-T INFUSION" if "CAR-T" in row[0] else "LYMPHODEPLETION", *row[1:4]]
        for number, row in enumerate(rows, 1)
    ]
    supp = [[SUBJECT, "EX", "EXSEQ", str(number), "EXTOTCEL", row[4]] for number, row in enumerate(rows, 1) if row[4]]
    sdtm = {
        "EX": table("USUBJID EXSEQ EXTRT EXCAT EXDOSE EXDOSU EXSTDTC", ex).astype({"EXDOSE": "float64"}),
        "SUPPEX": table("USUBJID RDOMAIN IDVAR IDVARVAL QNAM QVAL", supp),
    }
    return build_adam(study.adam["ADEX"], study, sdtm=sdtm, adam={"ADSL": adsl})


def test_doses_totals_and_days(study: Study, adsl: pd.DataFrame) -> None:
    frame, findings = exposure(
        study,
        adsl,
        [
            ("FLUDARABINE", 30.0, MG, "2024-01-05", None),
            ("FLUDARABINE", 25.0, MG, "2024-01-06", None),
            ("CD19 CAR-T CELLS", 1.5, CELLS, "2024-01-10T09:00", "100"),
            ("CD19 CAR-T CELLS", 0.5, CELLS, "2024-01-11T09:00", "33.5"),
            ("CD22 CAR-T CELLS", 2.0, CELLS, "2024-01-25T09:00", "130"),
        ],
    )
    columns = ("PARAMCD", "AVAL", "ADY", "ADY1", "ADY2", "DOSETOT", "DOSENUM", "CELLTOT", "CELLSUM", "ANL01FL")
    assert seen(frame, *columns) == [
        ("CD19DOSE", 1.5, 1, 1, None, 2.0, 2, 100, 133.5, "Y"),
        ("CD19DOSE", 0.5, 2, 2, None, 2.0, 2, 33.5, 133.5, None),
        ("CD22DOSE", 2.0, 16, 16, 1, 2.0, 1, 130, 130, "Y"),
        ("FLUDOSE", 30, -5, None, None, 55, 2, None, None, "Y"),
        ("FLUDOSE", 25, -4, None, None, 55, 2, None, None, None),
    ]
    assert findings.empty


def test_totals_are_those_of_the_numbers_as_they_are_written(study: Study, adsl: pd.DataFrame) -> None:
    rows = [("FLUDARABINE", dose, MG, f"2024-01-0{day}", None) for day, dose in enumerate((305.7, 305.7, 305.7), 3)]
    frame, _ = exposure(study, adsl, rows)
    assert seen(frame, "DOSETOT") == [(917.1,)] * 3


def test_a_dose_in_another_unit_is_no_value_and_makes_no_total(study: Study, adsl: pd.DataFrame) -> None:
    rows = [("FLUDARABINE", 30.0, MG, "2024-01-05", None), ("FLUDARABINE", 50.0, "mg", "2024-01-06", None)]
    frame, _ = exposure(study, adsl, rows)
    assert seen(frame, "AVAL", "DOSETOT") == [(30, None), (None, None)]


def test_cells_that_are_no_number_are_reported(study: Study, adsl: pd.DataFrame) -> None:
    frame, findings = exposure(study, adsl, [("CD19 CAR-T CELLS", 1.5, CELLS, "2024-01-10", "about 100")])
    assert seen(frame, "CELLTOT", "CELLSUM") == [(None, None)]
    assert findings[["rule", "usubjid", "key"]].to_numpy().tolist() == [["ADAM.NOT_A_NUMBER", SUBJECT, "EXSEQ=1"]]


# Category, start, end, ongoing; then ASTDT, flag, AENDT, flag, PREFL, ONTRTFL, NACTCMFL.
MEDICATIONS = {
    "over before": (
        ("CONCOMITANT MEDICATION", "2024-01-01", "2024-01-09", None),
        ("2024-01-01", None, "2024-01-09", None, "Y", None, None),
    ),
    "into treatment": (
        ("CONCOMITANT MEDICATION", "2024-01-01", "2024-01-10", None),
        ("2024-01-01", None, "2024-01-10", None, "Y", "Y", None),
    ),
    "during": (
        ("CONCOMITANT MEDICATION", "2024-01-10", "2024-01-12", None),
        ("2024-01-10", None, "2024-01-12", None, None, "Y", None),
    ),
    "ongoing": (
        ("CONCOMITANT MEDICATION", "2024-01-02", None, "ONGOING"),
        ("2024-01-02", None, None, None, "Y", "Y", None),
    ),
    "prior therapy without end": (
        ("PRIOR THERAPY", "2023-05", None, None),
        ("2023-05-01", "D", None, None, "Y", None, None),
    ),
    "partial dates": (
        ("CONCOMITANT MEDICATION", "2024-02", "2024-03", None),
        ("2024-02-01", "D", "2024-03-31", "D", None, "Y", None),
    ),
    "start within the month of the end": (
        ("CONCOMITANT MEDICATION", "2024", "2024-03-15", None),
        ("2024-01-01", "M", "2024-03-15", None, "Y", "Y", None),
    ),
    "no start": (
        ("CONCOMITANT MEDICATION", None, "2024-03-15", None),
        (None, None, "2024-03-15", None, "Y", "Y", None),
    ),
    "after new therapy": (
        ("CONCOMITANT MEDICATION", "2024-06-02", "2024-06-03", None),
        ("2024-06-02", None, "2024-06-03", None, None, "Y", "Y"),
    ),
}


@pytest.mark.parametrize("name", MEDICATIONS)
def test_medications_in_time(name: str, study: Study, adsl: pd.DataFrame) -> None:
    facts, expected = MEDICATIONS[name]
    cm = table("USUBJID CMSEQ CMTRT CMCAT CMSTDTC CMENDTC CMENRTPT", [[SUBJECT, 1, "DRUG", *facts]])
    frame, _ = build_adam(study.adam["ADCM"], study, sdtm={"CM": cm}, adam={"ADSL": adsl})
    assert seen(frame, "ASTDT", "ASTDTF", "AENDT", "AENDTF", "PREFL", "ONTRTFL", "NACTCMFL") == [expected]


def test_first_medications_on_treatment_are_flagged(study: Study, adsl: pd.DataFrame) -> None:
    rows = [
        [SUBJECT, 1, "A", "CONCOMITANT MEDICATION", "2024-01-01", "2024-01-02"],  # over before
        [SUBJECT, 2, "B", "CONCOMITANT MEDICATION", "2024-01-15", "2024-01-16"],
        [SUBJECT, 3, "A", "CONCOMITANT MEDICATION", "2024-01-12", "2024-01-13"],
        [SUBJECT, 4, "A", "CONCOMITANT MEDICATION", "2024-01-20", "2024-01-21"],
    ]
    cm = table("USUBJID CMSEQ CMTRT CMCAT CMSTDTC CMENDTC", rows)
    frame, _ = build_adam(study.adam["ADCM"], study, sdtm={"CM": cm}, adam={"ADSL": adsl})
    assert seen(frame, "CMSEQ", "AOCCFL", "AOCCPFL") == [
        (1, None, None),
        (2, None, "Y"),
        (3, "Y", "Y"),
        (4, None, None),
    ]
