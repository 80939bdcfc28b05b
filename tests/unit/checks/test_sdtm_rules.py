"""Each SDTM rule on a table that breaks it and on one that does not; expected rows are typed by hand."""

from __future__ import annotations

import pytest

from checks import sdtm_rules, sdtm_subject_rules, supplemental_rules, timing_rules, trial_design_rules
from checks.registry import RULES
from checks.rules import MODULES

DM = "USUBJID\nS1\nS2"

LINKED = "USUBJID | RDOMAIN | IDVAR | RELTYPE | RELID\n | TU | TULNKID | ONE | TUTR\n | TR | TRLNKID | MANY | TUTR"

#: Rule: tables that break it, what is found (dataset, variable, subject, value), tables that do not.
CASES: dict[str, tuple[dict[str, str], list[str], dict[str, str]]] = {
    "SDTM.SUBJECT_IN_DM": (
        {
            "DM": DM,
            "AE": "USUBJID | AETERM\nS1 | Fever\nS9 | Fever",
            "SUPPAE": "USUBJID | QNAM\nS8 | X",
            "RELREC": "USUBJID | RELID\n | 1\nS7 | 2",
            "ADSL": "USUBJID\nS6",
        },
        ["AE USUBJID S9 S9", "RELREC USUBJID S7 S7", "SUPPAE USUBJID S8 S8"],
        {"DM": DM, "AE": "USUBJID | AETERM\nS1 | Fever"},
    ),
    "SDTM.ONE_DM_RECORD": (
        {"DM": "USUBJID | SITEID\nS1 | 1\nS1 | 2\nS2 | 1"},
        ["DM USUBJID S1 S1"],
        {"DM": DM},
    ),
    "SDTM.STUDYID": (
        {"AE": "STUDYID | USUBJID\nSTUDY1 | S1\nSTUDY2 | S2\n | S3"},
        ["AE STUDYID S2 STUDY2", "AE STUDYID S3"],
        {"AE": "STUDYID | USUBJID\nSTUDY1 | S1"},
    ),
    "SDTM.DOMAIN": (
        {"AE": "DOMAIN | USUBJID\nAE | S1\nCM | S2"},
        ["AE DOMAIN S2 CM"],
        {"AE": "DOMAIN | USUBJID\nAE | S1"},
    ),
    "SDTM.FLAG": (
        {
            "DM": "USUBJID | DTHFL\nS1 | Y\nS2 | N\nS3 |",
            "VS": "USUBJID | VSLOBXFL\nS1 | Y\nS2 | 1",
        },
        ["DM DTHFL S2 N", "VS VSLOBXFL S2 1"],
        {"DM": "USUBJID | DTHFL\nS1 | Y\nS2 |"},
    ),
    "SDTM.TEST_NAME": (
        {
            "VS": "USUBJID | VSTESTCD | VSTEST\nS1 | SYSBP | Systolic\nS2 | SYSBP | Systolic Blood Pressure\n"
            "S1 | TEMP | Temperature\nS2 | |"
        },
        ["VS VSTESTCD S1 SYSBP", "VS VSTESTCD S2 SYSBP"],
        {"VS": "USUBJID | VSTESTCD | VSTEST\nS1 | TEMP | Temperature\nS2 | TEMP | Temperature\nS2 | PULSE | Pulse"},
    ),
    "SDTM.NOT_DONE_RESULT": (
        {"VS": "USUBJID | VSORRES | VSSTAT\nS1 | 37 | NOT DONE\nS2 | | NOT DONE\nS3 | 37 |"},
        ["VS VSORRES S1 37"],
        {"VS": "USUBJID | VSORRES | VSSTAT\nS2 | | NOT DONE\nS3 | 37 |"},
    ),
    "SDTM.REASON_NOT_DONE": (
        {"VS": "USUBJID | VSREASND | VSSTAT\nS1 | Refused |\nS2 | Refused | NOT DONE\nS3 | |"},
        ["VS VSREASND S1 Refused"],
        {"VS": "USUBJID | VSREASND | VSSTAT\nS2 | Refused | NOT DONE\nS3 | |"},
    ),
    "SDTM.RESULT_MISSING": (
        {"VS": "USUBJID | VSTESTCD | VSORRES | VSSTAT\nS1 | TEMP | |\nS2 | TEMP | 37 |\nS3 | TEMP | | NOT DONE"},
        ["VS VSORRES S1"],
        {"VS": "USUBJID | VSTESTCD | VSORRES | VSDRVFL\nS1 | TEMP | | Y\nS2 | TEMP | 37 |"},
    ),
    "SDTM.RESULT_NUMBER": (
        {"VS": "USUBJID | VSSTRESC | VSSTRESN\nS1 | 37.5 | 37\nS2 | 37.0 | 37\nS3 | LOW | 3\nS4 | LOW |"},
        ["VS VSSTRESN S1 37", "VS VSSTRESN S3 3"],
        {"VS": "USUBJID | VSSTRESC | VSSTRESN\nS2 | 37.0 | 37\nS4 | <5 |\nS5 | 0.1 | 0.1"},
    ),
    "SDTM.RESULT_NUMBER_MISSING": (
        {"VS": "USUBJID | VSSTRESC | VSSTRESN\nS1 | 37.5 |\nS2 | <5 |"},
        ["VS VSSTRESN S1 37.5"],
        {"VS": "USUBJID | VSSTRESC | VSSTRESN\nS1 | 37.5 | 37.5\nS2 | <5 |"},
    ),
    "SDTM.ARM_IN_TA": (
        {
            "DM": "USUBJID | ARMCD | ARM | ACTARMCD | ACTARM\nS1 | A | Arm A | A | Arm A\n"
            "S2 | B | Arm B | A | Arm A\nS3 | A | Arm A | A | Arm B\nS4 | | | |",
            "TA": "ARMCD | ARM\nA | Arm A\nA | Arm A",
        },
        ["DM ACTARMCD S3 A", "DM ARMCD S2 B"],
        {
            "DM": "USUBJID | ARMCD | ARM | ACTARMCD | ACTARM\nS1 | A | Arm A | A | Arm A\nS4 | | | |",
            "TA": "ARMCD | ARM\nA | Arm A",
        },
    ),
    "SDTM.ARM_NULL_REASON": (
        {
            "DM": "USUBJID | ARMCD | ACTARMCD | ARMNRS\nS1 | | | \nS2 | A | A | SCREEN FAILURE\n"
            "S3 | A | | ASSIGNED, NOT TREATED\nS4 | A | |"
        },
        ["DM ARMNRS S1", "DM ARMNRS S2 SCREEN FAILURE", "DM ARMNRS S4"],
        {"DM": "USUBJID | ARMCD | ACTARMCD | ARMNRS\nS1 | A | A |\nS3 | A | | ASSIGNED, NOT TREATED"},
    ),
    "SDTM.UNTREATED": (
        {
            "DM": "USUBJID | ARMNRS\nS1 | SCREEN FAILURE\nS2 | UNPLANNED TREATMENT\nS3 |",
            "EX": "USUBJID\nS1\nS2\nS3",
        },
        ["DM ARMNRS S1 SCREEN FAILURE"],
        {"DM": "USUBJID | ARMNRS\nS1 | SCREEN FAILURE\nS3 |", "EX": "USUBJID\nS3"},
    ),
    "SDTM.UNTREATED_REFERENCE": (
        {"DM": "USUBJID | ARMNRS | RFSTDTC\nS1 | SCREEN FAILURE | 2023-01-01\nS2 | | 2023-01-01"},
        ["DM RFSTDTC S1 2023-01-01"],
        {"DM": "USUBJID | ARMNRS | RFSTDTC\nS1 | SCREEN FAILURE |\nS2 | | 2023-01-01"},
    ),
    "SDTM.DEATH_FLAG": (
        {"DM": "USUBJID | DTHFL | DTHDTC\nS1 | | 2023-01\nS2 | Y | 2023-01\nS3 | Y |"},
        ["DM DTHFL S1 2023-01"],
        {"DM": "USUBJID | DTHFL | DTHDTC\nS2 | Y | 2023-01\nS3 | Y |\nS4 | |"},
    ),
    "SDTM.DEATH_DATE_MISSING": (
        {"DM": "USUBJID | DTHFL | DTHDTC\nS1 | Y |\nS2 | Y | 2023-01"},
        ["DM DTHDTC S1"],
        {"DM": "USUBJID | DTHFL | DTHDTC\nS2 | Y | 2023-01\nS4 | |"},
    ),
    "SDTM.DEATH_DISPOSITION": (
        {
            "DM": "USUBJID | DTHDTC\nS1 | 2023-01-02\nS2 | 2023-01-02\nS3 |",
            "DS": "USUBJID | DSDECOD | DSSTDTC\nS1 | DEATH | 2023-01-03\nS2 | DEATH | 2023-01-02\nS3 | DEATH | 2023",
        },
        ["DS DSSTDTC S1 2023-01-03", "DS DSSTDTC S3 2023"],
        {
            "DM": "USUBJID | DTHDTC\nS2 | 2023-01-02\nS4 |",
            "DS": "USUBJID | DSDECOD | DSSTDTC\nS2 | DEATH | 2023-01-02\nS4 | COMPLETED | 2023-02-02\nS4 | DEATH |",
        },
    ),
    "SDTM.RFXSTDTC": (
        {
            "DM": "USUBJID | RFXSTDTC\nS1 | 2023-01-02\nS2 | 2023-01-05\nS3 |\nS4 | 2023-01-01",
            "EX": "USUBJID | EXSTDTC\nS1 | 2023-01-03\nS1 | 2023-01-02\nS2 | 2023-01-04\nS2 | 2023-01-05\n"
            "S3 | 2023-01-01",
        },
        ["DM RFXSTDTC S2 2023-01-05", "DM RFXSTDTC S3", "DM RFXSTDTC S4 2023-01-01"],
        {
            "DM": "USUBJID | RFXSTDTC\nS1 | 2023-01-02\nS2 | 2023-01-02\nS3 |\nS4 | 2023-01",
            "EX": "USUBJID | EXSTDTC\nS1 | 2023-01-03\nS1 | 2023-01-02\nS2 | 2023-01-02T10:00\nS3 |\n"
            "S4 | 2023-01\nS4 | 2023-01-20",
        },
    ),
    "SDTM.RFXENDTC": (
        {
            "DM": "USUBJID | RFXENDTC\nS1 | 2023-01-02",
            "EX": "USUBJID | EXSTDTC | EXENDTC\nS1 | 2023-01-01 | 2023-01-02\nS1 | 2023-01-03 |",
        },
        ["DM RFXENDTC S1 2023-01-02"],
        {
            "DM": "USUBJID | RFXENDTC\nS1 | 2023-01-03\nS2 |",
            "EX": "USUBJID | EXSTDTC | EXENDTC\nS1 | 2023-01-01 | 2023-01-02\nS1 | 2023-01-03 |",
        },
    ),
    "SDTM.RFICDTC": (
        {
            "DM": "USUBJID | RFICDTC\nS1 | 2023-01-02\nS2 |\nS3 | 2023-01-02",
            "DS": "USUBJID | DSDECOD | DSSTDTC\nS1 | INFORMED CONSENT OBTAINED | 2023-01-01\n"
            "S1 | INFORMED CONSENT OBTAINED | 2023-01-02\nS2 | INFORMED CONSENT OBTAINED | 2023-01-01\n"
            "S3 | COMPLETED | 2023-01-02",
        },
        ["DM RFICDTC S1 2023-01-02", "DM RFICDTC S2", "DM RFICDTC S3 2023-01-02"],
        {
            "DM": "USUBJID | RFICDTC\nS1 | 2023-01-01\nS2 |",
            "DS": "USUBJID | DSDECOD | DSSTDTC\nS1 | INFORMED CONSENT OBTAINED | 2023-01-01\nS1 | COMPLETED | 2022",
        },
    ),
    "SDTM.REFERENCE_DATES": (
        {
            "DM": "USUBJID | RFSTDTC | RFENDTC | RFPENDTC\nS1 | 2023-01-02 | 2023-01-01 | 2023-02\n"
            "S2 | 2023-01-02 | 2023-03-02 | 2023-02"
        },
        ["DM RFENDTC S1 2023-01-01", "DM RFPENDTC S2 2023-02"],
        {"DM": "USUBJID | RFSTDTC | RFENDTC | RFPENDTC\nS1 | 2023-01-02 | 2023-01 | 2023-02\nS2 | | |"},
    ),
    "SDTM.CONSENT_FIRST": (
        {"DM": "USUBJID | RFICDTC | RFSTDTC\nS1 | 2023-01-02 | 2023-01-01\nS2 | 2023-01-02 | 2023-01-02"},
        ["DM RFSTDTC S1 2023-01-01"],
        {"DM": "USUBJID | RFICDTC | RFSTDTC\nS2 | 2023-01-02 | 2023-01-02\nS3 | 2023-01-15 | 2023-01"},
    ),
    "SDTM.DATE_ORDER": (
        {
            "CM": "USUBJID | CMSTDTC | CMENDTC\nS1 | 2023-01-02 | 2023-01-01\nS2 | 2023-02 | 2023-01-31\n"
            "S3 | 2023 | 2023"
        },
        ["CM CMENDTC S1 2023-01-01", "CM CMENDTC S2 2023-01-31"],
        {
            "CM": "USUBJID | CMSTDTC | CMENDTC\nS1 | 2023-01-20 | 2023-01\nS2 | 2023-01-01T10:00 | 2023-01-01\n"
            "S3 | | 2023\nS4 | 2023-01---T10:00 | 2022"
        },
    ),
    "SDTM.STUDY_DAY": (
        {
            "DM": "USUBJID | RFSTDTC\nS1 | 2023-01-10\nS2 |",
            "AE": "USUBJID | AESTDTC | AESTDY | AEENDTC | AEENDY\nS1 | 2023-01-10 | 0 | 2023-01-11 | 2\n"
            "S1 | 2023-01-09 | -1 | 2023-01 | 5\nS2 | 2023-01-09 | 1 | |\nS1 | 2023-01-12 | | |",
        },
        ["AE AEENDY S1 5", "AE AESTDY S1", "AE AESTDY S1 0", "AE AESTDY S2 1"],
        {
            "DM": "USUBJID | RFSTDTC\nS1 | 2023-01-10T08:00\nS2 |",
            "AE": "USUBJID | AESTDTC | AESTDY\nS1 | 2023-01-10 | 1\nS1 | 2023-01-09T23:00 | -1\nS1 | 2023-01 |\n"
            "S2 | 2023-01-09 |\nS1 | 2024-01-10 | 366",
        },
    ),
    "SDTM.ELEMENTS_CONTIGUOUS": (
        {
            "SE": "USUBJID | ETCD | SESTDTC | SEENDTC\nS1 | A | 2023-01-01 | 2023-01-04\n"
            "S1 | B | 2023-01-05 | 2023-02\n"
            "S2 | A | 2023-01-01 | 2023-01-05\nS2 | B | 2023-01-04 |"
        },
        ["SE SEENDTC S1 2023-01-04", "SE SEENDTC S2 2023-01-05"],
        {
            "SE": "USUBJID | ETCD | SESTDTC | SEENDTC\nS1 | B | 2023-01-05 | 2023-02\n"
            "S1 | A | 2023-01-01 | 2023-01-05\n"
            "S2 | A | 2023-01-01 |"
        },
    ),
    "SDTM.ELEMENT_IN_TE": (
        {"SE": "USUBJID | ETCD\nS1 | A\nS1 | X\nS2 | UNPLAN", "TE": "ETCD\nA"},
        ["SE ETCD S1 X"],
        {"SE": "USUBJID | ETCD\nS1 | A\nS2 | UNPLAN", "TE": "ETCD\nA"},
    ),
    "SDTM.ELEMENT_IN_ARM": (
        {
            "SE": "USUBJID | ETCD\nS1 | A\nS1 | B\nS2 | B",
            "TA": "ARMCD | ETCD\nX | A\nY | B",
            "DM": "USUBJID | ACTARMCD\nS1 | X\nS2 |",
        },
        ["SE ETCD S1 B"],
        {
            "SE": "USUBJID | ETCD\nS1 | A\nS1 | UNPLAN\nS2 | B",
            "TA": "ARMCD | ETCD\nX | A\nY | B",
            "DM": "USUBJID | ACTARMCD\nS1 | X\nS2 | Y",
        },
    ),
    "SDTM.ELEMENT_EPOCH": (
        {"SE": "USUBJID | ETCD | EPOCH\nS1 | A | SCREENING\nS2 | A | TREATMENT", "TA": "ETCD | EPOCH\nA | SCREENING"},
        ["SE EPOCH S2 TREATMENT"],
        {"SE": "USUBJID | ETCD | EPOCH\nS1 | A | SCREENING\nS2 | UNPLAN |", "TA": "ETCD | EPOCH\nA | SCREENING"},
    ),
    "SDTM.EPOCH": (
        {
            "SE": "USUBJID | ETCD | SESTDTC | SEENDTC | EPOCH\nS1 | A | 2023-01-01 | 2023-01-10 | SCREENING\n"
            "S1 | B | 2023-01-10 | 2023-02-10 | TREATMENT",
            "AE": "USUBJID | AETERM | AESTDTC | EPOCH\nS1 | a | 2023-01-05 | TREATMENT\nS1 | b | 2023-01-15 |\n"
            "S1 | c | 2022-12-01 | SCREENING",
        },
        ["AE EPOCH S1", "AE EPOCH S1 SCREENING", "AE EPOCH S1 TREATMENT"],
        {
            "SE": "USUBJID | ETCD | SESTDTC | SEENDTC | EPOCH\nS1 | A | 2023-01-01 | 2023-01-10 | SCREENING\n"
            "S1 | B | 2023-01-10 | 2023-02-10 | TREATMENT\nS2 | A | 2023-02-01 | 2023-03-01 | SCREENING\n"
            "S2 | B | 2023-03-01 | 2023-04-01 | TREATMENT\nS2 | C | 2023-04-01 | 2024-12-31 | FOLLOW-UP",
            "AE": "USUBJID | AESTDTC | EPOCH\nS1 | 2023-01-05 | SCREENING\nS1 | 2023-01-10 | SCREENING\n"
            "S1 | 2023-01-10 | TREATMENT\nS1 | 2023-01 |\nS1 | 2022-12-01 |\nS1 | |\nS1 | 2023-01-01 |\n"
            "S1 | 2024-01-01 | TREATMENT\nS2 | 2023 | TREATMENT\nS9 | 2023-01-05 |",
        },
    ),
    "SDTM.VISIT_NAME": (
        {"VS": "USUBJID | VISITNUM | VISIT\nS1 | 1 | SCREENING\nS2 | 1 | VISIT 1\nS3 | 2 | BASELINE"},
        ["VS VISIT S1 SCREENING", "VS VISIT S2 VISIT 1"],
        {
            "VS": "USUBJID | VISITNUM | VISIT\nS1 | 1 | SCREENING\nS2 | 1 | SCREENING\n"
            "S3 | 1.1 | UNSCHEDULED 1.1\nS3 | |"
        },
    ),
    "SDTM.VISIT_PLAN": (
        {
            "TV": "VISITNUM | VISIT | VISITDY\n1 | SCREENING | -5\n2 | BASELINE |",
            "VS": "USUBJID | VISITNUM | VISIT | VISITDY\nS1 | 1 | VISIT 1 | -5\nS2 | 1 | SCREENING | 4",
        },
        ["VS VISIT S1 VISIT 1", "VS VISITDY S2 4"],
        {
            "TV": "VISITNUM | VISIT | VISITDY\n1 | SCREENING | -5\n2 | BASELINE |",
            "VS": "USUBJID | VISITNUM | VISIT | VISITDY\nS1 | 1 | SCREENING | -5\nS2 | 3.1 | UNSCHEDULED 3.1 |",
        },
    ),
    "SDTM.UNPLANNED_VISIT": (
        {
            "TV": "VISITNUM\n1",
            "SV": "USUBJID | VISITNUM | SVPRESP | VISITDY\nS1 | 1.1 | Y |\nS2 | 1.1 | | 5\nS3 | 1 | Y | 1",
        },
        ["SV SVPRESP S1 1.1", "SV VISITDY S2 1.1"],
        {"TV": "VISITNUM\n1", "SV": "USUBJID | VISITNUM | SVPRESP | VISITDY\nS1 | 1.1 | |\nS3 | 1 | Y | 1"},
    ),
    "SDTM.ONE_VISIT_RECORD": (
        {"SV": "USUBJID | VISITNUM\nS1 | 1\nS1 | 1\nS2 | 1"},
        ["SV VISITNUM S1 1"],
        {"SV": "USUBJID | VISITNUM\nS1 | 1\nS1 | 2\nS2 | 1"},
    ),
    "SDTM.VISIT_IN_SV": (
        {"SV": "USUBJID | VISITNUM\nS1 | 1", "VS": "USUBJID | VISITNUM\nS1 | 1\nS1 | 2\nS2 | 1\nS2 |"},
        ["VS VISITNUM S1 2", "VS VISITNUM S2 1"],
        {"SV": "USUBJID | VISITNUM\nS1 | 1\nS1 | 2", "VS": "USUBJID | VISITNUM\nS1 | 1\nS1 | 1\nS2 |"},
    ),
    "SDTM.TSVAL": (
        {"TS": "TSPARMCD | TSVAL | TSVALNF\nTITLE | A study |\nTPHASE | |\nSPONSOR | X | NI"},
        ["TS TSVAL SPONSOR", "TS TSVAL TPHASE"],
        {"TS": "TSPARMCD | TSVAL | TSVALNF\nTITLE | A study |\nTPHASE | | NI"},
    ),
    "SDTM.TS_ARMS": (
        {"TS": "TSPARMCD | TSVAL\nNARMS | 1\nTITLE | A study", "TA": "ARMCD\nA\nB"},
        ["TS TSVAL 1"],
        {"TS": "TSPARMCD | TSVAL\nNARMS | 2\nTITLE | A study", "TA": "ARMCD\nA\nA\nB"},
    ),
    "SDTM.CODE_NAME": (
        {"TE": "STUDYID | ETCD | ELEMENT\nS | A | Screening\nS | B | Screening"},
        ["TE ETCD A", "TE ETCD B"],
        {"TE": "STUDYID | ETCD | ELEMENT\nS | A | Screening\nS | B | Treatment", "AE": "STUDYID\nS"},
    ),
    "SDTM.TA_ELEMENT": (
        {
            "TA": "ARMCD | ETCD | ELEMENT\nX | A | Screening\nX | B | Other\nX | C | Third",
            "TE": "ETCD | ELEMENT\nA | Screening\nB | Treatment",
        },
        ["TA ETCD B", "TA ETCD C"],
        {"TA": "ARMCD | ETCD | ELEMENT\nX | A | Screening", "TE": "ETCD | ELEMENT\nA | Screening\nB | Treatment"},
    ),
    "SDTM.TE_UNUSED": (
        {"TE": "ETCD\nA\nB", "TA": "ETCD\nA"},
        ["TE ETCD B"],
        {"TE": "ETCD\nA", "TA": "ETCD\nA"},
    ),
    "SDTM.TV_ARM": (
        {"TV": "VISITNUM | ARMCD\n1 | X\n2 |\n3 | Y", "TA": "ARMCD\nX"},
        ["TV ARMCD Y"],
        {"TV": "VISITNUM | ARMCD\n1 | X\n2 |", "TA": "ARMCD\nX"},
    ),
    "SDTM.IE_CRITERION": (
        {"IE": "USUBJID | IETESTCD\nS1 | INCL01\nS2 | INCL09", "TI": "IETESTCD\nINCL01"},
        ["IE IETESTCD S2 INCL09"],
        {"IE": "USUBJID | IETESTCD\nS1 | INCL01", "TI": "IETESTCD\nINCL01"},
    ),
    "SDTM.SUPP_PARENT": (
        {
            "AE": "USUBJID | AESEQ\nS1 | 1\nS1 | 2",
            "SUPPAE": "USUBJID | RDOMAIN | IDVAR | IDVARVAL | QNAM | QVAL\nS1 | AE | AESEQ | 1 | X | a\n"
            "S1 | AE | AESEQ | 3 | X | a\nS2 | AE | AESEQ | 1 | X | a\nS1 | CM | CMSEQ | 1 | X | a\n"
            "S1 | AE | AESPID | 1 | X | a",
        },
        [
            "SUPPAE IDVARVAL S1 1",
            "SUPPAE IDVARVAL S1 1",
            "SUPPAE IDVARVAL S1 3",
            "SUPPAE IDVARVAL S2 1",
        ],
        {
            "DM": "USUBJID\nS1",
            "AE": "USUBJID | AESEQ\nS1 | 1\nS1 | 12",
            "SUPPAE": "USUBJID | RDOMAIN | IDVAR | IDVARVAL | QNAM | QVAL\nS1 | AE | AESEQ | 12 | X | a",
            "SUPPDM": "USUBJID | RDOMAIN | IDVAR | IDVARVAL | QNAM | QVAL\nS1 | DM | | | X | a",
        },
    ),
    "SDTM.SUPP_UNIQUE": (
        {
            "SUPPAE": "USUBJID | RDOMAIN | IDVAR | IDVARVAL | QNAM | QVAL\nS1 | AE | AESEQ | 1 | X | a\n"
            "S1 | AE | AESEQ | 1 | X | b\nS1 | AE | AESEQ | 1 | Y | b",
        },
        ["SUPPAE QNAM S1 X"],
        {
            "SUPPAE": "USUBJID | RDOMAIN | IDVAR | IDVARVAL | QNAM | QVAL\nS1 | AE | AESEQ | 1 | X | a\n"
            "S1 | AE | AESEQ | 2 | X | a\nS2 | AE | AESEQ | 1 | X | a",
        },
    ),
    "SDTM.SUPP_VALUE": (
        {"SUPPAE": "USUBJID | RDOMAIN | IDVAR | IDVARVAL | QNAM | QVAL\nS1 | AE | AESEQ | 1 | X |"},
        ["SUPPAE QVAL S1"],
        {"SUPPAE": "USUBJID | RDOMAIN | IDVAR | IDVARVAL | QNAM | QVAL\nS1 | AE | AESEQ | 1 | X | a"},
    ),
    "SDTM.SUPP_NAME": (
        {
            "AE": "USUBJID | AETERM\nS1 | Fever",
            "SUPPAE": "USUBJID | RDOMAIN | IDVAR | IDVARVAL | QNAM | QVAL | QLABEL\nS1 | AE | | | TOOLONGNAME | a | L\n"
            "S2 | AE | | | AETERM | a | L\nS3 | AE | | | X | a | 12345678901234567890123456789012345678901\n"
            "S4 | AE | | | ASTCTGR | a | Grade",
        },
        ["SUPPAE QNAM S1 TOOLONGNAME", "SUPPAE QNAM S2 AETERM", "SUPPAE QNAM S3 X"],
        {"SUPPAE": "USUBJID | RDOMAIN | IDVAR | IDVARVAL | QNAM | QVAL | QLABEL\nS4 | AE | | | ASTCTGR | a | Grade"},
    ),
    "SDTM.SUPP_DM": (
        {"SUPPDM": "USUBJID | IDVAR | IDVARVAL\nS1 | USUBJID | S1\nS2 | |"},
        ["SUPPDM IDVAR S1 USUBJID"],
        {"SUPPDM": "USUBJID | IDVAR | IDVARVAL\nS2 | |"},
    ),
    "SDTM.CO_RECORD": (
        {
            "AE": "USUBJID | AESEQ\nS1 | 1\nS2 | 2",
            "CO": "USUBJID | RDOMAIN | IDVAR | IDVARVAL\nS1 | AE | AESEQ | 2\nS1 | AE | AESEQ |\n"
            "S1 | CM | CMSEQ | 1\nS2 | AE | AESEQ | 2.0",
        },
        ["CO IDVARVAL S1", "CO IDVARVAL S1 1", "CO IDVARVAL S1 2", "CO IDVARVAL S2 2.0"],
        {
            "AE": "USUBJID | AESEQ\nS1 | 1",
            "CO": "USUBJID | RDOMAIN | IDVAR | IDVARVAL\nS1 | AE | AESEQ | 1\nS1 | | |\nS1 | AE | |",
        },
    ),
    "SDTM.RELREC": (
        {
            "TU": "USUBJID | TULNKID\nS1 | T01",
            "TR": "USUBJID | TRLNKID\nS1 | T01",
            "RELREC": "USUBJID | RDOMAIN | IDVAR | IDVARVAL | RELID\nS1 | TU | TULNKID | T01 | 1\n"
            "S1 | TR | TRLNKID | T02 | 1\nS1 | TR | TRLNKID | T01 | 2\n | TU | TULNKID | | 3\n | XX | XXLNKID | | 3\n"
            " | TU | TULNKID | | 4\n | TR | TRLNKGRP | | 4",
        },
        [
            "RELREC IDVAR TRLNKGRP",
            "RELREC IDVAR XXLNKID",
            "RELREC IDVARVAL S1 T01",
            "RELREC IDVARVAL S1 T02",
        ],
        {
            "TU": "USUBJID | TULNKID\nS1 | T01",
            "TR": "USUBJID | TRLNKID\nS1 | T01",
            "RELREC": "USUBJID | RDOMAIN | IDVAR | IDVARVAL | RELID\nS1 | TU | TULNKID | T01 | 1\n"
            "S1 | TR | TRLNKID | T01 | 1\n | TU | TULNKID | | 3\n | TR | TRLNKID | | 3",
        },
    ),
    "SDTM.RELREC_LINK": (
        {
            "TU": "USUBJID | TULNKID\nS1 | T01\nS2 | T02",
            "TR": "USUBJID | TRLNKID\nS1 | T01\nS1 | T02\nS1 |\nS2 | T02\nS2 | T03",
            "RELREC": LINKED,
        },
        ["TR TRLNKID S1 T02", "TR TRLNKID S2 T03"],
        {
            "TU": "USUBJID | TULNKID\nS1 | T01\nS1 | T09",
            "TR": "USUBJID | TRLNKID | TRLNKGRP\nS1 | T01 | 1\nS1 | T01 | 6\nS1 | | 7",
            "RS": "USUBJID | RSLNKGRP\nS1 | 6",
            "RELREC": LINKED + "\n | TR | TRLNKGRP | MANY | TRRS\n | RS | RSLNKGRP | ONE | TRRS",
        },
    ),
}

#: Tested by themselves below, as they need more than tables.
ALONE = {"SDTM.SUPP_CODELIST"}


@pytest.mark.parametrize("rule", CASES)
def test_rule_fires_on_what_breaks_it(rule, run_rule):
    broken, expected, _ = CASES[rule]
    assert run_rule(rule, broken) == expected


@pytest.mark.parametrize("rule", CASES)
def test_rule_is_silent_on_what_does_not(rule, run_rule):
    _, _, sound = CASES[rule]
    assert run_rule(rule, sound) == []


@pytest.mark.parametrize("rule", CASES)
def test_rule_is_silent_on_datasets_without_rows(rule, run_rule):
    broken, _, _ = CASES[rule]
    assert run_rule(rule, broken, empty=True) == []


def test_every_sdtm_rule_has_a_case():
    modules = {
        module.__name__
        for module in (sdtm_rules, sdtm_subject_rules, timing_rules, trial_design_rules, supplemental_rules)
    }
    assert modules <= {module.__name__ for module in MODULES}
    assert {rule.id for rule in RULES.values() if rule.check.__module__ in modules} == set(CASES) | ALONE


def test_supplemental_values_are_held_to_the_qualifiers_codelist(run_rule, variable, dataset, codelist):
    spec = dataset("AE", [variable("USUBJID")], supplemental=(variable("AEREL19", codelist="REL"),))
    known = {"specs": {"AE": spec}, "codelists": {"REL": codelist("REL", ["RELATED", "NOT RELATED"])}}
    head = "USUBJID | RDOMAIN | IDVAR | IDVARVAL | QNAM | QVAL\n"
    wrong = {"SUPPAE": head + "S1 | AE | AESEQ | 1 | AEREL19 | PERHAPS\nS2 | AE | AESEQ | 1 | OTHER | PERHAPS"}
    assert run_rule("SDTM.SUPP_CODELIST", wrong, **known) == ["SUPPAE AEREL19 S1 PERHAPS"]
    right = {"SUPPAE": head + "S1 | AE | AESEQ | 1 | AEREL19 | RELATED"}
    assert run_rule("SDTM.SUPP_CODELIST", right, **known) == []


def test_a_split_dataset_has_the_domain_and_the_qualifiers_of_the_whole(run_rule):
    tables = {
        "LBCH": "USUBJID | DOMAIN | LBSEQ\nS1 | LB | 1\nS1 | VS | 2",
        "LBHE": "USUBJID | DOMAIN | LBSEQ\nS1 | LB | 3",
        "SUPPLBCH": "USUBJID | RDOMAIN | IDVAR | IDVARVAL | QNAM | QVAL\nS1 | LB | LBSEQ | 1 | X | a\n"
        "S1 | LB | LBSEQ | 3 | X | a",
        "RELREC": "USUBJID | RDOMAIN | IDVAR | IDVARVAL | RELID\nS1 | LB | LBSEQ | 1 | A\nS1 | LB | LBSEQ | 3 | A\n"
        "S1 | LB | LBSEQ | 1 | B\nS1 | LB | LBSEQ | 9 | B",
    }
    assert run_rule("SDTM.DOMAIN", tables) == ["LBCH DOMAIN S1 VS"]
    assert run_rule("SDTM.SUPP_PARENT", tables) == ["SUPPLBCH IDVARVAL S1 3"]
    assert run_rule("SDTM.RELREC", tables) == ["RELREC IDVARVAL S1 9"]
