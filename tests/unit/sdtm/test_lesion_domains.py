"""TU, TR and RS of cart1922 from literal forms: every state a lesion can have, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from checks.schema import check_dataset
from specs.load import STUDIES, load_study

FORMS = {
    "dm": "_SUBJECT | _EVENT | SEX\n01 | SCR | Male",
    "ic": "_SUBJECT | _EVENT | ICDAT\n01 | SCR | 02-JAN-2024",
    "vd": """_SUBJECT | _EVENT | _EVENT_REPEAT | VDYN | VDDAT
        01 | SCR | . | Yes | 05-JAN-2024
        01 | M1 | . | Yes | 09-MAR-2024
        01 | M3 | . | Yes | 10-MAY-2024
        01 | UNS | 1 | Yes | 20-JUN-2024""",
    "ld": "_SUBJECT | _EVENT | LDTRT | LDDAT\n01 | LD | Fludarabine | 05-FEB-2024",
    "inf": "_SUBJECT | _EVENT | INFPROD | INFYN | INFDAT\n01 | INF1 | CD19 CAR-T | Yes | 10-FEB-2024",
    "tl": """_SUBJECT|_EVENT|_EVENT_REPEAT|TLNO|TLLOC|TLSIDE|TLTYPE|TLDAT|TLMETH|TLSTATE|TLLD|TLPD|TLCHG|TLREF|TLREAS
        01|SCR|.|T01|Cervical lymph node|Left|Nodal|05-JAN-2024|CT scan|Measured|30|20|.|.|.
        01|SCR|.|T02|Mediastinal lymph node|.|Nodal|05-JAN-2024|CT scan|Measured|40|30.5|.|.|.
        01|SCR|.|T03|Retroperitoneal lymph node|.|Nodal|05-JAN-2024|CT scan|Measured|20|16|.|.|.
        01|SCR|.|T04|Para-aortic lymph node|.|Nodal|05-JAN-2024|CT scan|Measured|22|18|.|.|.
        01|SCR|.|T05|Lung|Right|Extranodal|05-JAN-2024|CT scan|Measured|12|11|.|.|.
        01|M1|.|T01|.|.|.|09-MAR-2024|PET/CT scan|Too small to measure|.|.|.|.|.
        01|M1|.|T02.1|Mediastinal lymph node|.|Nodal|09-MAR-2024|PET/CT scan|Measured|16|10|Split|T02|.
        01|M1|.|T02.2|Mediastinal lymph node|.|Nodal|09-MAR-2024|PET/CT scan|Measured|12|9|Split|T02|.
        01|M1|.|T03/T04|Retroperitoneal lymph node|.|Nodal|09-MAR-2024|PET/CT scan|Measured|35|25|Merged|T03, T04|.
        01|M1|.|T05|.|.|.|09-MAR-2024|PET/CT scan|Not evaluable|.|.|.|.|Motion artefacts
        01|UNS|1|T01|.|.|.|20-JUN-2024|CT scan|Not visible|.|.|.|.|.""",
    "nt": """_SUBJECT | _EVENT | NTNO | NTLOC | NTTYPE | NTDAT | NTMETH | NTSTATE | NTREAS
        01 | SCR | NT01 | Inguinal lymph node | Nodal | 05-JAN-2024 | CT scan | Present | .
        01 | SCR | NT02 | Soft tissue | Extranodal | 05-JAN-2024 | CT scan | Present | .
        01 | M1 | NT01 | . | . | 09-MAR-2024 | PET/CT scan | Not evaluable | No contrast medium
        01 | M1 | NT02 | . | . | 09-MAR-2024 | PET/CT scan | Absent | .
        01 | M3 | NT01 | . | . | 10-MAY-2024 | CT scan | Increased | .""",
    "nl": """_SUBJECT | _EVENT | _EVENT_REPEAT | NLNO | NLLOC | NLTYPE | NLDAT | NLMETH | NLSTATE | NLLD | NLPD
        01 | M3 | . | N01 | Axillary lymph node | Nodal | 10-MAY-2024 | CT scan | Present | 18 | 15
        01 | M3 | . | N02 | Bone | Extranodal | 12-MAY-2024 | PET/CT scan | Present | . | .
        01 | UNS | 1 | N01 | . | . | 20-JUN-2024 | CT scan | Absent | . | .""",
    "og": """_SUBJECT|_EVENT|OGCTDAT|OGSPLEN|OGSPREAS|OGLIVER|OGPETDAT|OG5PS|OGUPT|OGMARROW|OGREAS
        01|SCR|05-JAN-2024|14.2|.|Enlarged|06-JAN-2024|5|.|Focal|.
        01|M1|09-MAR-2024|.|Images lost in part|Normal|09-MAR-2024|.|.|.|Infection at the site of the lesion
        01|M3|10-MAY-2024|11.0|.|Normal|12-MAY-2024|X|Decreased|Diffuse|.""",
    "rs": """_SUBJECT|_EVENT|CTDAT|PETDAT|ANATRESP|METBRESP|TRGRESP|NTRGRESP|NEWLYN|TRGSPD|OVRLRESP|NEREAS
        01|M1|09-MAR-2024|09-MAR-2024|NE|NE|NE|SD|No|.|Not evaluable|Motion artefacts
        01|M3|10-MAY-2024|12-MAY-2024|PD|PMD|CR|PD|Yes|1193.5|PD|.
        01|UNS|.|20-JUN-2024|.|SMD|.|.|No|.|SD|.""",
    "ps": """_SUBJECT | _EVENT | PSDAT | PSSCORE
        01 | SCR | 02-JAN-2024 | 1
        01 | LEUK | 20-JAN-2024 | 0
        01 | M1 | 09-MAR-2024 | 2""",
}

TU = """TUGRPID|TULNKID|TUTESTCD|TUTEST|TUSTRESC|TULOC|TULAT|TUMETHOD|TULOBXFL|VISITNUM|TUDTC|TUDY
    .|L01|TUMIDENT|Tumor Identification|LOCATION OF INTEREST|SPLEEN|.|CT SCAN|Y|1|2024-01-05|-36
    .|L02|TUMIDENT|Tumor Identification|LOCATION OF INTEREST|LIVER|.|CT SCAN|Y|1|2024-01-05|-36
    .|L03|TUMIDENT|Tumor Identification|LOCATION OF INTEREST|BONE MARROW|.|PET/CT SCAN|Y|1|2024-01-06|-35
    .|L04|TUMIDENT|Tumor Identification|LOCATION OF INTEREST|BODY|.|PET/CT SCAN|Y|1|2024-01-06|-35
    .|N01|TUMIDENT|Tumor Identification|NEW NODAL|AXILLARY LYMPH NODE|.|CT SCAN|.|7|2024-05-10|91
    .|N02|TUMIDENT|Tumor Identification|NEW EXTRA NODAL|BONE|.|PET/CT SCAN|.|7|2024-05-12|93
    .|NT01|TUMIDENT|Tumor Identification|NON-TARGET NODAL|INGUINAL LYMPH NODE|.|CT SCAN|Y|1|2024-01-05|-36
    .|NT02|TUMIDENT|Tumor Identification|NON-TARGET EXTRA NODAL|SOFT TISSUE|.|CT SCAN|Y|1|2024-01-05|-36
    .|T01|TUMIDENT|Tumor Identification|TARGET NODAL|CERVICAL LYMPH NODE|LEFT|CT SCAN|Y|1|2024-01-05|-36
    .|T02|TUMIDENT|Tumor Identification|TARGET NODAL|MEDIASTINAL LYMPH NODE|.|CT SCAN|Y|1|2024-01-05|-36
    T02|T02.1|TUSPLIT|Tumor Split|TARGET NODAL|MEDIASTINAL LYMPH NODE|.|PET/CT SCAN|.|6|2024-03-09|29
    T02|T02.2|TUSPLIT|Tumor Split|TARGET NODAL|MEDIASTINAL LYMPH NODE|.|PET/CT SCAN|.|6|2024-03-09|29
    .|T03|TUMIDENT|Tumor Identification|TARGET NODAL|RETROPERITONEAL LYMPH NODE|.|CT SCAN|Y|1|2024-01-05|-36
    T03, T04|T03/T04|TUMERGE|Tumor Merged|TARGET NODAL|RETROPERITONEAL LYMPH NODE|.|PET/CT SCAN|.|6|2024-03-09|29
    .|T04|TUMIDENT|Tumor Identification|TARGET NODAL|PARA-AORTIC LYMPH NODE|.|CT SCAN|Y|1|2024-01-05|-36
    .|T05|TUMIDENT|Tumor Identification|TARGET EXTRA NODAL|LUNG|RIGHT|CT SCAN|Y|1|2024-01-05|-36"""

TR_COLUMNS = "TRGRPID|TRLNKID|TRLNKGRP|TRTESTCD|TRORRES|TRORRESU|TRSTRESC|TRSTRESN|TRSTRESU|TRSTAT|TRREASND"
TR = f"""{TR_COLUMNS}|TRMETHOD|TRLOBXFL|TRDTC
    TARGET|.|7|SUMPPD|1193.5|mm2|1193.5|1193.5|mm2|.|.|.|.|2024-05-10
    .|L01|1|ORVERLN|14.2|cm|14.2|14.2|cm|.|.|CT SCAN|Y|2024-01-05
    .|L01|6|ORVERLN|.|.|.|.|.|NOT DONE|Images lost in part|CT SCAN|.|2024-03-09
    .|L01|7|ORVERLN|11.0|cm|11|11|cm|.|.|CT SCAN|.|2024-05-10
    .|L02|1|ORSTATE|Enlarged|.|ENLARGEMENT|.|.|.|.|CT SCAN|Y|2024-01-05
    .|L02|6|ORSTATE|Normal|.|NORMAL|.|.|.|.|CT SCAN|.|2024-03-09
    .|L02|7|ORSTATE|Normal|.|NORMAL|.|.|.|.|CT SCAN|.|2024-05-10
    .|L03|1|BMUPTAKE|Focal|.|FOCALLY INCREASED|.|.|.|.|PET/CT SCAN|Y|2024-01-06
    .|L03|6|BMUPTAKE|.|.|.|.|.|NOT DONE|Infection at the site of the lesion|PET/CT SCAN|.|2024-03-09
    .|L03|7|BMUPTAKE|Diffuse|.|DIFFUSELY INCREASED|.|.|.|.|PET/CT SCAN|.|2024-05-12
    .|L04|1|FDP5PS|5|.|5|5|.|.|.|PET/CT SCAN|Y|2024-01-06
    .|L04|6|FDP5PS|.|.|.|.|.|NOT DONE|Infection at the site of the lesion|PET/CT SCAN|.|2024-03-09
    .|L04|7|FDP5PS|X|.|X|.|.|.|.|PET/CT SCAN|.|2024-05-12
    .|L04|6|OTRCUPCB|.|.|.|.|.|NOT DONE|Infection at the site of the lesion|PET/CT SCAN|.|2024-03-09
    .|L04|7|OTRCUPCB|Decreased|.|DECREASED|.|.|.|.|PET/CT SCAN|.|2024-05-12
    NEW|N01|7|LDIAM|18|mm|18|18|mm|.|.|CT SCAN|.|2024-05-10
    NEW|N01|7|LPERP|15|mm|15|15|mm|.|.|CT SCAN|.|2024-05-10
    NEW|N01|7|TUMSTATE|Present|.|PRESENT|.|.|.|.|CT SCAN|.|2024-05-10
    NEW|N01|7.1|TUMSTATE|Absent|.|ABSENT|.|.|.|.|CT SCAN|.|2024-06-20
    NEW|N02|7|TUMSTATE|Present|.|PRESENT|.|.|.|.|PET/CT SCAN|.|2024-05-12
    NON-TARGET|NT01|1|TUMSTATE|Present|.|PRESENT|.|.|.|.|CT SCAN|Y|2024-01-05
    NON-TARGET|NT01|6|TUMSTATE|Not evaluable|.|NE|.|.|.|.|PET/CT SCAN|.|2024-03-09
    NON-TARGET|NT01|7|TUMSTATE|Increased|.|INCREASED|.|.|.|.|CT SCAN|.|2024-05-10
    NON-TARGET|NT02|1|TUMSTATE|Present|.|PRESENT|.|.|.|.|CT SCAN|Y|2024-01-05
    NON-TARGET|NT02|6|TUMSTATE|Absent|.|ABSENT|.|.|.|.|PET/CT SCAN|.|2024-03-09
    TARGET|T01|1|LDIAM|30|mm|30|30|mm|.|.|CT SCAN|Y|2024-01-05
    TARGET|T01|6|LDIAM|TOO SMALL TO MEASURE|mm|5|5|mm|.|.|PET/CT SCAN|.|2024-03-09
    TARGET|T01|7.1|LDIAM|NOT VISIBLE|mm|0|0|mm|.|.|CT SCAN|.|2024-06-20
    TARGET|T01|1|LPERP|20|mm|20|20|mm|.|.|CT SCAN|Y|2024-01-05
    TARGET|T01|6|LPERP|TOO SMALL TO MEASURE|mm|5|5|mm|.|.|PET/CT SCAN|.|2024-03-09
    TARGET|T01|7.1|LPERP|NOT VISIBLE|mm|0|0|mm|.|.|CT SCAN|.|2024-06-20
    TARGET|T02|1|LDIAM|40|mm|40|40|mm|.|.|CT SCAN|Y|2024-01-05
    TARGET|T02|1|LPERP|30.5|mm|30.5|30.5|mm|.|.|CT SCAN|Y|2024-01-05
    TARGET|T02.1|6|LDIAM|16|mm|16|16|mm|.|.|PET/CT SCAN|.|2024-03-09
    TARGET|T02.1|6|LPERP|10|mm|10|10|mm|.|.|PET/CT SCAN|.|2024-03-09
    TARGET|T02.2|6|LDIAM|12|mm|12|12|mm|.|.|PET/CT SCAN|.|2024-03-09
    TARGET|T02.2|6|LPERP|9|mm|9|9|mm|.|.|PET/CT SCAN|.|2024-03-09
    TARGET|T03|1|LDIAM|20|mm|20|20|mm|.|.|CT SCAN|Y|2024-01-05
    TARGET|T03|1|LPERP|16|mm|16|16|mm|.|.|CT SCAN|Y|2024-01-05
    TARGET|T03/T04|6|LDIAM|35|mm|35|35|mm|.|.|PET/CT SCAN|.|2024-03-09
    TARGET|T03/T04|6|LPERP|25|mm|25|25|mm|.|.|PET/CT SCAN|.|2024-03-09
    TARGET|T04|1|LDIAM|22|mm|22|22|mm|.|.|CT SCAN|Y|2024-01-05
    TARGET|T04|1|LPERP|18|mm|18|18|mm|.|.|CT SCAN|Y|2024-01-05
    TARGET|T05|1|LDIAM|12|mm|12|12|mm|.|.|CT SCAN|Y|2024-01-05
    TARGET|T05|6|LDIAM|.|.|.|.|.|NOT DONE|Motion artefacts|PET/CT SCAN|.|2024-03-09
    TARGET|T05|1|LPERP|11|mm|11|11|mm|.|.|CT SCAN|Y|2024-01-05
    TARGET|T05|6|LPERP|.|.|.|.|.|NOT DONE|Motion artefacts|PET/CT SCAN|.|2024-03-09"""

FULLY_ACTIVE = "Fully active, able to carry on all pre-disease performance without restriction"
RESTRICTED = (
    "Restricted in physically strenuous activity but ambulatory and able to carry out work of a light or sedentary "
    "nature, e.g., light house work, office work"
)
AMBULATORY = (
    "Ambulatory and capable of all selfcare but unable to carry out any work activities. Up and about more than 50% "
    "of waking hours"
)

RS = f"""RSLNKGRP|RSTESTCD|RSTEST|RSCAT|RSORRES|RSSTRESC|RSSTRESN|RSLOBXFL|RSEVAL|RSDTC
    6|ANATRESP|Anatomic Response|LUGANO CLASSIFICATION|NE|NE|.|.|INVESTIGATOR|2024-03-09
    7|ANATRESP|Anatomic Response|LUGANO CLASSIFICATION|PD|PD|.|.|INVESTIGATOR|2024-05-10
    .|ECOG101|ECOG1-Performance Status|ECOG|{RESTRICTED}|1|1|.|INVESTIGATOR|2024-01-02
    .|ECOG101|ECOG1-Performance Status|ECOG|{FULLY_ACTIVE}|0|0|Y|INVESTIGATOR|2024-01-20
    .|ECOG101|ECOG1-Performance Status|ECOG|{AMBULATORY}|2|2|.|INVESTIGATOR|2024-03-09
    6|METBRESP|Metabolic Response|LUGANO CLASSIFICATION|NE|NE|.|.|INVESTIGATOR|2024-03-09
    7|METBRESP|Metabolic Response|LUGANO CLASSIFICATION|PMD|PMD|.|.|INVESTIGATOR|2024-05-12
    7.1|METBRESP|Metabolic Response|LUGANO CLASSIFICATION|SMD|SMD|.|.|INVESTIGATOR|2024-06-20
    6|NEWLIND|New Lesion Indicator|LUGANO CLASSIFICATION|No|N|.|.|INVESTIGATOR|2024-03-09
    7|NEWLIND|New Lesion Indicator|LUGANO CLASSIFICATION|Yes|Y|.|.|INVESTIGATOR|2024-05-10
    7.1|NEWLIND|New Lesion Indicator|LUGANO CLASSIFICATION|No|N|.|.|INVESTIGATOR|2024-06-20
    6|NTRGRESP|Non-target Response|LUGANO CLASSIFICATION|SD|SD|.|.|INVESTIGATOR|2024-03-09
    7|NTRGRESP|Non-target Response|LUGANO CLASSIFICATION|PD|PD|.|.|INVESTIGATOR|2024-05-10
    6|OVRLRESP|Overall Response|LUGANO CLASSIFICATION|Not evaluable|NE|.|.|INVESTIGATOR|2024-03-09
    7|OVRLRESP|Overall Response|LUGANO CLASSIFICATION|PD|PD|.|.|INVESTIGATOR|2024-05-10
    7|OVRLRESP|Overall Response|LUGANO CLASSIFICATION|PD|PD|.|.|INVESTIGATOR|2024-05-12
    7.1|OVRLRESP|Overall Response|LUGANO CLASSIFICATION|SD|SD|.|.|INVESTIGATOR|2024-06-20
    6|TRGRESP|Target Response|LUGANO CLASSIFICATION|NE|NE|.|.|INVESTIGATOR|2024-03-09
    7|TRGRESP|Target Response|LUGANO CLASSIFICATION|CR|CR|.|.|INVESTIGATOR|2024-05-10"""


@pytest.fixture(scope="module")
def study() -> Any:
    """The study, loaded."""
    return load_study(STUDIES / "cart1922")


@pytest.fixture(scope="module")
def run(study: Any, form: Callable[..., pd.DataFrame], build: Callable[..., Any]) -> Any:
    """What the SDTM stage makes of the forms; those that are not given have no row."""
    forms = {}
    for name, contract in study.raw.forms.items():
        given = form(name, FORMS.get(name, "_SUBJECT"))
        if name in FORMS and "_EVENT_REPEAT" in FORMS[name]:
            given.loc[given["_EVENT"] != "UNS", "_EVENT_REPEAT"] = None
        elif name in FORMS:
            given.loc[given["_EVENT"] == "UNS", "_EVENT_REPEAT"] = "1"
        absent = {column: pd.Series(None, index=given.index, dtype="str") for column in contract.columns}
        forms[name] = given.assign(**{column: values for column, values in absent.items() if column not in given})
    return build(study, forms)


def _shown(frame: pd.DataFrame, expected: str) -> tuple[list[list[str]], list[list[str]]]:
    """Return a dataset's records and the expected ones as texts, `.` for missing."""
    header, *lines = ([cell.strip() for cell in line.split("|")] for line in expected.splitlines())
    texts = [
        frame[name].map(lambda value: f"{value:g}" if isinstance(value, float) and value == value else value)
        for name in header
    ]
    records = [["." if pd.isna(value) else str(value) for value in row] for row in zip(*texts)]
    return records, lines


@pytest.mark.parametrize(("name", "expected"), [("TU", TU), ("TR", TR), ("RS", RS)])
def test_records(name: str, expected: str, run: Any) -> None:
    records, lines = _shown(run.finished[name], expected)
    assert records == lines


def test_the_result_as_collected_is_the_kind_of_lesion(run: Any) -> None:
    assert run.finished["TU"]["TUORRES"].tolist() == run.finished["TU"]["TUSTRESC"].tolist()


def test_a_lesion_that_cannot_be_judged_keeps_its_reason(run: Any) -> None:
    columns = ["IDVAR", "QNAM", "QVAL", "QORIG"]
    assert run.listed("SUPPTR", *columns) == [["TRSEQ", "TRREASNE", "No contrast medium", "CRF"]]
    reason = run.finished["SUPPTR"]["IDVARVAL"].iloc[0]
    of_reason = run.finished["TR"].loc[run.finished["TR"]["TRSEQ"] == float(reason)]
    assert of_reason[["TRLNKID", "TRSTRESC"]].to_numpy().tolist() == [["NT01", "NE"]]


def test_no_location_in_results(study: Any) -> None:
    assert not {"TRLOC", "TRLAT", "TRDIR", "TRPORTOT"} & set(study.sdtm["TR"].names)


def test_nothing_is_left_unmapped(run: Any) -> None:
    of_lesions = run.findings[run.findings["dataset"].isin(["TU", "TR", "RS"])]
    assert of_lesions[["rule", "variable"]].to_numpy().tolist() == []


def test_the_datasets_follow_their_specification(run: Any, study: Any) -> None:
    for name in ("TU", "TR", "RS"):
        found = check_dataset(run.finished[name], study.sdtm[name], study)
        assert found[["rule", "variable"]].to_numpy().tolist() == [], name
