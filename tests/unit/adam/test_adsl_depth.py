"""ADSL of the study in depth: populations, doses, periods, end of treatment, cause of death, baseline.

One trial of five subjects, typed by hand. Study day 1 is 2024-01-10, the cut-off 2024-12-31.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest

from adam.build import build_adam
from tests.unit.adam.conftest import sdtm_of, table

A, B = "CD19 CAR-T CELLS", "CD22 CAR-T CELLS"
UNIT = "10^6 Therapeutic Cells/kg"

FACTS: dict[str, dict[str, Any]] = {
    "both": {"responses": [(29, "PR"), (91, "NE")]},
    "one": {"infusions": [(1, A)], "responses": [(29, "NE")], "death": 61, "contacts": [50]},
    "reversed": {"infusions": [(15, A), (1, B)], "responses": [(1, "SD")], "ended": (200, "WITHDRAWAL BY SUBJECT")},
    "same day": {"infusions": [("2024-01-10T09:00", A), ("2024-01-10T14:00", B)], "responses": [(29, "CRi")]},
    "never": {"infusions": []},
}

#: What ADSL says of each subject, dates as ISO text.
EXPECTED: dict[str, dict[str, Any]] = {
    "both": {
        "EFFFL": "Y", "EFFFN": 1, "IMPDVFL": "N", "PPROTFL": "Y", "PPROTFN": 1, "LEUKFL": "Y", "LEUKFN": 1,
        "DOSE01A": 2.5, "DOSE01U": UNIT, "DOSE02A": 1.5, "TRTINTD": 14, "LEUKTRTD": 40,
        "AP01SDT": "2024-01-10", "AP01EDT": "2024-01-23", "AP02SDT": "2024-01-24", "AP02EDT": "2024-12-31",
        "EOT01STT": "COMPLETED", "EOT02STT": "COMPLETED", "EOTSTT": "COMPLETED", "DCTREAS": None,
        "PFUDURD": 357, "DTHCAUS": None, "LDDTHELD": None,
    },
    "one": {
        # not evaluable is no evaluable assessment
        "EFFFL": "N", "EFFFN": 0, "PPROTFL": "N", "PPROTFN": 0, "LEUKFL": "N", "LEUKFN": 0,
        "DOSE01A": 1, "DOSE02A": None, "DOSE02U": None, "TRTINTD": None,
        "AP01SDT": "2024-01-10", "AP01EDT": "2024-03-10", "AP02SDT": None, "AP02EDT": None,
        "EOT01STT": "COMPLETED", "EOT02STT": "DISCONTINUED", "DCT02RS": "DEATH", "EOTSTT": "DISCONTINUED",
        "DCTREAS": "DEATH", "DTHCAUS": "SEPSIS", "LDDTHELD": 60,
    },
    "reversed": {
        # an assessment on the day of infusion is baseline; the sequence is not the planned one
        "EFFFL": "N", "PPROTFL": "N", "TRT01A": B, "DOSE01A": 1, "AP01EDT": "2024-01-23", "AP02EDT": "2024-07-27",
        "EOT01STT": "ONGOING", "EOT02STT": "ONGOING", "EOTSTT": "ONGOING",
    },
    "same day": {
        # an important deviation; a period never ends before it starts
        "EFFFL": "Y", "IMPDVFL": "Y", "PPROTFL": "N", "TRTINTD": 0,
        "AP01SDT": "2024-01-10", "AP01EDT": "2024-01-10", "AP02SDT": "2024-01-10", "AP02EDT": "2024-12-31",
    },
    "never": {
        "EFFFL": "N", "PPROTFL": "N", "DOSE01A": None, "AP01SDT": None, "AP01EDT": None, "PFUDURD": None,
        "EOT01STT": "ONGOING", "EOTSTT": "ONGOING",
    },
}  # fmt: skip

BASELINE: dict[str, dict[str, Any]] = {
    "both": {
        "DIAGHIST": "MANTLE CELL LYMPHOMA", "DIAGDT": "2021-09-01", "DIAGDTF": "D", "RELREFBL": "REFRACTORY",
        "AASTGBL": "III", "PRLINES": 2, "PRSCTFL": "Y", "BRIDGFL": "Y", "ECOGBL": 2,
        "LDHBL": 300, "LDHULBL": 240, "LDHRATBL": 1.25, "LDHHIFL": "Y",
        "HEIGHTBL": 175, "WEIGHTBL": 70, "BMIBL": 22.9,
        "NTARGBL": 2, "SPDBL": 80 * 40 + 30 * 20, "LDIAMBL": 80, "BULKYFL": "Y", "EXNSITBL": 1,
        "BMUPTBL": "FOCALLY INCREASED",
        # 60 years: no; stage III, LDH 1.25, ECOG 2, one site and the marrow: four points
        "IPIBL": 4, "IPIGRBL": "HIGH",
    },
    "one": {
        "AASTGBL": None, "PRLINES": 0, "PRSCTFL": "N", "BRIDGFL": "N", "LDHRATBL": 1, "LDHHIFL": "N",
        "NTARGBL": 1, "SPDBL": 600, "LDIAMBL": 74, "BULKYFL": "N", "EXNSITBL": 0, "IPIBL": None, "IPIGRBL": None,
    },
    # never infused: the last record up to the cut-off
    "never": {"ECOGBL": 1, "NTARGBL": 0, "SPDBL": None, "BULKYFL": None, "EXNSITBL": None, "LDHHIFL": None},
}  # fmt: skip


@pytest.fixture(scope="module")
def adsl(study: Any) -> pd.DataFrame:
    """ADSL of the five subjects."""
    parts = [sdtm_of(**facts, subject=subject) for subject, facts in FACTS.items()]
    sdtm = {name: pd.concat([part[name] for part in parts], ignore_index=True) for name in parts[0]}
    sdtm["EX"] = sdtm["EX"].assign(EXDOSE=1.0, EXDOSU=UNIT)
    more = table(
        "USUBJID EXSEQ EXTRT EXCAT EXSTDTC EXENDTC EXDOSU",
        [("both", 3, A, "CAR-T INFUSION", "2024-01-11", "2024-01-11", UNIT)],
    ).assign(EXDOSE=1.5)
    sdtm["EX"] = pd.concat([sdtm["EX"], more], ignore_index=True)
    sdtm["EX"].loc[(sdtm["EX"]["USUBJID"] == "both") & (sdtm["EX"]["EXTRT"] == B), "EXDOSE"] = 1.5
    procedures = [
        ("both", "CELL COLLECTION", "LEUKAPHERESIS", "2023-12-01"),
        ("both", "PRIOR THERAPY", "AUTOLOGOUS STEM CELL TRANSPLANT", "2022-05"),
        ("one", "PRIOR THERAPY", "RADIOTHERAPY, NECK 30 GY", "2022-05"),
    ]
    sdtm["PR"] = pd.concat([sdtm["PR"], table("USUBJID PRCAT PRTRT PRSTDTC", procedures)], ignore_index=True)
    drugs = [
        ("both", "PRIOR THERAPY", "2021-10"), ("both", "PRIOR THERAPY", "2023"), ("both", "BRIDGING", "2023-12-20"),
    ]  # fmt: skip
    sdtm["CM"] = pd.concat([sdtm["CM"], table("USUBJID CMCAT CMSTDTC", drugs)], ignore_index=True)
    ends = [
        ("both", "DISPOSITION EVENT", A, "COMPLETED", "2024-01-11"),
        ("both", "DISPOSITION EVENT", B, "COMPLETED", "2024-01-24"),
        ("one", "DISPOSITION EVENT", A, "COMPLETED", "2024-01-10"),
        ("one", "DISPOSITION EVENT", B, "DEATH", "2024-03-10"),
    ]
    sdtm["DS"] = pd.concat([sdtm["DS"], table("USUBJID DSCAT DSSCAT DSDECOD DSSTDTC", ends)], ignore_index=True)
    deviations = [("both", "NOT IMPORTANT", "2024-02-01"), ("same day", "IMPORTANT", "2024-02-01")]
    sdtm["DV"] = table("USUBJID DVCAT DVSTDTC", deviations)
    sdtm["DD"] = table(
        "USUBJID DDTESTCD DDSTRESC DDDTC",
        [("one", "AUTOPIND", "N", "2024-03-10"), ("one", "PRCDTH", "SEPSIS", "2024-03-10")],
    )
    spec = study.adam["ADSL"]
    return build_adam(spec, study, sdtm={**sdtm, **baseline(sdtm["RS"])}, adam={}, cutoff=date(2024, 12, 31))[0]


def baseline(rs: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return what is known of the subjects' baseline."""
    ecog = [
        ("both", 90, "ECOG101", "2023-12-01", 1.0), ("both", 91, "ECOG101", "2024-01-05", 2.0),
        ("both", 92, "ECOG101", "2024-02-07", 0.0), ("one", 90, "ECOG101", "2024-01-05", 0.0),
        ("never", 90, "ECOG101", "2024-01-05", 1.0),
    ]  # fmt: skip
    status = pd.DataFrame(ecog, columns=["USUBJID", "RSSEQ", "RSTESTCD", "RSDTC", "RSSTRESN"])
    mh = table(
        "USUBJID MHSEQ MHCAT MHEVDTYP MHTERM MHSTDTC",
        [
            ("both", 1, "GENERAL MEDICAL HISTORY", None, "GASTRITIS", "2019"),
            ("both", 2, "PRIMARY DIAGNOSIS", "INITIAL DIAGNOSIS", "MANTLE CELL LYMPHOMA", "2021-09"),
            ("both", 3, "PRIMARY DIAGNOSIS", "PROGRESSION", "MANTLE CELL LYMPHOMA", "2023-05-06"),
        ],
    )
    suppmh = table(
        "USUBJID IDVAR IDVARVAL QNAM QVAL",
        [("both", "MHSEQ", "2", "MHSTAGE", "III"), ("both", "MHSEQ", "2", "MHRELREF", "REFRACTORY")],
    )
    lb = table(
        "USUBJID LBTESTCD LBDTC LBSTRESU",
        [
            ("both", "LDH", "2023-12-01", "U/L"), ("both", "LDH", "2024-01-05", "U/L"),
            ("both", "LDH", "2024-01-11", "U/L"), ("one", "LDH", "2024-01-05", "U/L"),
        ],
    ).assign(LBSTRESN=[200.0, 300.0, 900.0, 240.0], LBSTNRHI=[250.0, 240.0, 240.0, 240.0])  # fmt: skip
    vs = table(
        "USUBJID VSTESTCD VSDTC VSSTRESU",
        [("both", "HEIGHT", "2023-12-01", "cm"), ("both", "WEIGHT", "2024-01-05", "kg")],
    ).assign(VSSTRESN=[175.0, 70.0])
    tu = table(
        "USUBJID TULNKID TUSTRESC TULOC TUEVAL VISITNUM TUDTC",
        [
            ("both", "T01", "TARGET NODAL", "NECK", "INVESTIGATOR", 1, "2024-01-02"),
            ("both", "T02", "TARGET EXTRA NODAL", "LUNG", "INVESTIGATOR", 1, "2024-01-02"),
            ("both", "NT01", "NON-TARGET EXTRA NODAL", "LUNG", "INVESTIGATOR", 1, "2024-01-02"),
            ("both", "N01", "NEW EXTRA NODAL", "BONE", "INVESTIGATOR", 6, "2024-02-07"),
            ("one", "T01", "TARGET NODAL", "NECK", "INVESTIGATOR", 1, "2024-01-02"),
        ],
    )
    sizes = [
        ("both", "T01", "LDIAM", 80.0), ("both", "T01", "LPERP", 40.0), ("both", "T02", "LDIAM", 30.0),
        ("both", "T02", "LPERP", 20.0), ("one", "T01", "LDIAM", 74.0), ("one", "T01", "LPERP", 600 / 74),
    ]  # fmt: skip
    tr = pd.DataFrame(sizes, columns=["USUBJID", "TRLNKID", "TRTESTCD", "TRSTRESN"])
    tr = tr.assign(TRSTRESU="mm", TRSTRESC="x", TRDTC="2024-01-02", TREVAL="INVESTIGATOR")
    marrow = table(
        "USUBJID TRLNKID TRTESTCD TRSTRESC TRDTC TREVAL",
        [
            ("both", "L03", "BMUPTAKE", "FOCALLY INCREASED", "2024-01-02", "INVESTIGATOR"),
            ("both", "L03", "BMUPTAKE", "NORMAL", "2024-02-07", "INVESTIGATOR"),
        ],
    )
    return {
        "RS": pd.concat([rs, status], ignore_index=True),
        "MH": mh, "SUPPMH": suppmh, "LB": lb, "VS": vs, "TU": tu,
        "TR": pd.concat([tr, marrow], ignore_index=True),
    }  # fmt: skip


def shown(adsl: pd.DataFrame, subject: str, names: Any) -> dict[str, Any]:
    """Return some variables of a subject, dates as ISO text, missing as None."""
    row = adsl.set_index("USUBJID").loc[subject, list(names)]
    return {
        name: None if pd.isna(one) else one.date().isoformat() if isinstance(one, pd.Timestamp) else one
        for name, one in row.items()
    }


@pytest.mark.parametrize("subject", EXPECTED)
def test_populations_periods_and_ends(adsl: pd.DataFrame, subject: str) -> None:
    assert shown(adsl, subject, EXPECTED[subject]) == EXPECTED[subject]


@pytest.mark.parametrize("subject", BASELINE)
def test_baseline(adsl: pd.DataFrame, subject: str) -> None:
    assert shown(adsl, subject, BASELINE[subject]) == pytest.approx(BASELINE[subject])
