"""A run in miniature for the tests of chains: three subjects of cart1922, every cell typed by hand."""

from __future__ import annotations

from typing import Any

import pandas as pd

from reports.trace_data import RunData

ONE, TWO, THREE = "CART1922-01-0001", "CART1922-01-0002", "CART1922-01-0003"
_DATES = ("TRTSDT", "TR01SDT", "CD19SDT", "NACTDT", "SCTDT", "DTHDT", "LSTALVDT", "ADT", "STARTDT", "ASTDT", "AENDT")


def table(columns: str, *rows: tuple[Any, ...]) -> pd.DataFrame:
    """Return a literal table; dates of analysis datasets are dates, None is missing."""
    frame = pd.DataFrame(list(rows), columns=columns.split())
    for name in frame:
        if name in _DATES:
            frame[name] = pd.to_datetime(frame[name]).astype("datetime64[ms]")
        elif not pd.api.types.is_numeric_dtype(frame[name]):
            frame[name] = frame[name].astype("str")
    return frame


#: Subject one: SD, then PR, then PD. Subject two: infused, without assessment. Subject three: never infused.
ADSL = table(
    "USUBJID SAFFL TRTSDT TR01SDT CD19SDT NACTDT SCTDT DTHDT LSTALVDT EOSSTT",
    (ONE, "Y", "2024-01-10", "2024-01-10", "2024-01-10", None, None, None, "2024-07-01", "ONGOING"),
    (TWO, "Y", "2024-02-01", "2024-02-01", "2024-02-01", None, None, None, "2024-03-01", "ONGOING"),
    (THREE, "N", None, None, None, None, None, None, "2024-03-05", "DISCONTINUED"),
)
ADRS = table(
    "USUBJID ASEQ PARAMCD PARAM PARAMN AVAL AVALC ADT ADY AVISIT VISITNUM ANL01FL ANL02FL ANL03FL ANL04FL ANL05FL "
    "SRCDOM SRCVAR SRCSEQ",
    (ONE, 1, "ORR3M", "Response by Month 3", 3, 1, "Y", "2024-04-09", 91, None, None, *[None] * 5, "ADRS", "AVALC", 3),
    (ONE, 2, "OVR", "Overall Response", 1, 3, "SD", "2024-02-07", 29, "MONTH 1", 6, *"YYYY", None, "RS", "RSSTRESC", 1),
    (ONE, 3, "OVR", "Overall Response", 1, 2, "PR", "2024-04-09", 91, "MONTH 3", 7, *"YYYYY", "RS", "RSSTRESC", 2),
    (
        ONE,
        4,
        "OVR",
        "Overall Response",
        1,
        4,
        "PD",
        "2024-07-01",
        174,
        "MONTH 6",
        8,
        *"YYYY",
        None,
        "RS",
        "RSSTRESC",
        3,
    ),
    (TWO, 1, "ORR3M", "Response by Month 3", 3, 0, "N", None, None, None, None, *[None] * 5, None, None, None),
)
ADTTE = table(
    "USUBJID ASEQ PARAMCD PARAM PARAMN AVAL AVALU STARTDT ADT CNSR EVNTDESC CNSDTDSC SRCDOM SRCVAR SRCSEQ",
    (ONE, 1, "DORRSP", "Duration of Response", 7, 84, "DAYS", "2024-04-09", "2024-07-01", 0, "PROGRESSIVE DISEASE",
     None, "ADRS", "ADT", 4),
    (ONE, 2, "PFS", "Progression-Free Survival", 1, 174, "DAYS", "2024-01-10", "2024-07-01", 0, "PROGRESSIVE DISEASE",
     None, "ADRS", "ADT", 4),
    (TWO, 1, "PFS", "Progression-Free Survival", 1, 1, "DAYS", "2024-02-01", "2024-02-01", 6,
     "NO ADEQUATE POST-BASELINE ASSESSMENT", "START DATE", "ADSL", "TRTSDT", None),
)  # fmt: skip
ADAE = table(
    "USUBJID AESEQ TRTSDT AETERM AEDECOD AESTDTC ASTDT ASTDY AENDT AENDY TRTEMFL AEREL AEREL19 ASTDY19 AREL19 AETOXGR "
    "ATOXGR",
    (ONE, 1, "2024-01-10", "FEVER", "Pyrexia", "2024-01-12", "2024-01-12", 3, None, None, "Y", "RELATED", "RELATED", 3,
     "RELATED", "2", "2"),
    (ONE, 2, "2024-01-10", "NAUSEA", "Nausea", "2024-01-01", "2024-01-01", -9, None, None, None, "NOT RELATED", None,
     -9, "NOT RELATED", "1", "1"),
)  # fmt: skip

_FROM = "_FILE _FORM _ROW _PAGE _SUBJECT _EVENT _EVENT_REPEAT"
RS = table(
    f"USUBJID RSSEQ RSTESTCD RSCAT RSSTRESC RSEVAL RSDTC VISITNUM {_FROM}",
    *(
        (ONE, seq, "OVRLRESP", "LUGANO CLASSIFICATION", result, "INVESTIGATOR", day, visit, "x.xml", "rs", seq, "12",
         "01-0001", event, None)
        for seq, result, day, visit, event in (
            (1, "SD", "2024-02-07", 6, "M1"), (2, "PR", "2024-04-09", 7, "M3"), (3, "PD", "2024-07-01", 8, "M6")
        )
    ),
)  # fmt: skip
EX = table(
    f"USUBJID EXSEQ EXTRT EXCAT EXSTDTC {_FROM}",
    (ONE, 1, "CD19 CAR-T CELLS", "CAR-T INFUSION", "2024-01-10T10:30", "x.xml", "inf", 1, "8", "01-0001", "INF1", None),
    (TWO, 1, "CD19 CAR-T CELLS", "CAR-T INFUSION", "2024-02-01T09:00", "x.xml", "inf", 2, "8", "01-0002", "INF1", None),
)
AE = table(
    f"USUBJID AESEQ AETERM AEDECOD AEREL AETOXGR AESTDTC AEENDTC {_FROM}",
    (ONE, 1, "FEVER", "Pyrexia", "RELATED", "2", "2024-01-12", None, "x.xml", "ae", 1, "31", "01-0001", "LOG", None),
    (
        ONE,
        2,
        "NAUSEA",
        "Nausea",
        "NOT RELATED",
        "1",
        "2024-01-01",
        None,
        "x.xml",
        "ae",
        2,
        "31",
        "01-0001",
        "LOG",
        None,
    ),
)
SUPPAE = table(
    "USUBJID IDVAR IDVARVAL QNAM QLABEL QVAL",
    (ONE, "AESEQ", "1", "AEREL19", "Relationship to CD19 CAR-T Cells", "RELATED"),
)
_RAW = "_FILE _ROW _PAGE _SUBJECT _EVENT _EVENT_REPEAT"
FORM_RS = table(
    f"CTDAT OVRLRESP {_RAW}",
    ("07-FEB-2024", "SD", "x.xml", 1, "12", "01-0001", "M1", None),
    ("09-APR-2024", "PR", "x.xml", 2, "12", "01-0001", "M3", None),
    ("01-JUL-2024", "PD", "x.xml", 3, "12", "01-0001", "M6", None),
)
FORM_INF = table(
    f"INFDAT INFTIM INFPROD {_RAW}",
    ("10-JAN-2024", "10:30", "CD19 CAR-T", "x.xml", 1, "8", "01-0001", "INF1", None),
    ("01-FEB-2024", "09:00", "CD19 CAR-T", "x.xml", 2, "8", "01-0002", "INF1", None),
)
FORM_AE = table(
    f"AETERM AESTDAT AEREL19 {_RAW}",
    ("Fever", "12-JAN-2024", "Related", "x.xml", 1, "31", "01-0001", "LOG", None),
    ("Nausea", "01-JAN-2024", None, "x.xml", 2, "31", "01-0001", "LOG", None),
)
FRAMES = {
    ("adam", "ADSL"): ADSL,
    ("adam", "ADRS"): ADRS,
    ("adam", "ADTTE"): ADTTE,
    ("adam", "ADAE"): ADAE,
    ("sdtm", "RS"): RS,
    ("sdtm", "EX"): EX,
    ("sdtm", "AE"): AE,
    ("sdtm", "SUPPAE"): SUPPAE,
    ("raw", "rs"): FORM_RS,
    ("raw", "inf"): FORM_INF,
    ("raw", "ae"): FORM_AE,
}


def run_data() -> RunData:
    """Return the run."""
    return RunData(lambda stage, name: FRAMES.get((stage, name)))
