"""Each data-quality rule on a table that breaks it and on one that does not; expected rows are typed by hand."""

from __future__ import annotations

from datetime import date

import pytest

from checks import data_quality, dose_quality, response_quality
from checks.registry import RULES
from checks.rules import run_rules

DEAD = "USUBJID | DTHDTC\nS1 | 2023-03-10\nS2 | 2023-03\nS3 |"
INFUSED = "USUBJID | EXCAT | EXSTDTC\nS1 | INFUSION | 2023-01-10\nS2 | INFUSION | 2023-01-10\nS3 | OTHER | 2023-01-01"
RS = "USUBJID | RSTESTCD | RSDTC | RSSTRESC\n"

#: Rule: tables that break it, what is found (dataset, variable, subject, value), tables that do not.
CASES: dict[str, tuple[dict[str, str], list[str], dict[str, str]]] = {
    "DQ.AE_END_BEFORE_START": (
        {"AE": "USUBJID | AESTDTC | AEENDTC\nS1 | 2023-01-05 | 2023-01-04\nS2 | 2023-02 | 2023-01"},
        ["AE AEENDTC S1 2023-01-04", "AE AEENDTC S2 2023-01"],
        {"AE": "USUBJID | AESTDTC | AEENDTC\nS1 | 2023-01-05 | 2023-01\nS2 | 2023-02 |\nS3 | | 2023-01-01"},
    ),
    "DQ.EX_END_BEFORE_START": (
        {"EX": "USUBJID | EXSTDTC | EXENDTC\nS1 | 2023-01-05T10:00 | 2023-01-05T09:00"},
        ["EX EXENDTC S1 2023-01-05T09:00"],
        {"EX": "USUBJID | EXSTDTC | EXENDTC\nS1 | 2023-01-05T10:00 | 2023-01-05"},
    ),
    "DQ.AE_AFTER_DEATH": (
        {"DM": DEAD, "AE": "USUBJID | AESTDTC\nS1 | 2023-03-11\nS2 | 2023-04-01\nS2 | 2023-03-31\nS3 | 2024"},
        ["AE AESTDTC S1 2023-03-11", "AE AESTDTC S2 2023-04-01"],
        {"DM": DEAD, "AE": "USUBJID | AESTDTC\nS1 | 2023-03-10T23:00\nS1 | 2023-03\nS2 | 2023-03-31\nS3 | 2024"},
    ),
    "DQ.EX_AFTER_DEATH": (
        {"DM": DEAD, "EX": "USUBJID | EXSTDTC\nS1 | 2023-03-11"},
        ["EX EXSTDTC S1 2023-03-11"],
        {"DM": DEAD, "EX": "USUBJID | EXSTDTC\nS1 | 2023-03-10"},
    ),
    "DQ.ASSESSMENT_AFTER_DEATH": (
        {
            "DM": DEAD,
            "RS": RS + "S1 | OVRLRESP | 2023-03-12 | PD",
            "SS": "USUBJID | SSTESTCD | SSDTC\nS1 | SURVSTAT | 2023-03-20",
        },
        ["RS RSDTC S1 2023-03-12"],
        {"DM": DEAD, "RS": RS + "S1 | OVRLRESP | 2023-03-10 | PD"},
    ),
    "DQ.TREATMENT_AFTER_DEATH": (
        {"DM": DEAD, "CM": "USUBJID | CMSTDTC\nS1 | 2023-03-11", "DS": "USUBJID | DSSTDTC\nS1 | 2023-03-12"},
        ["CM CMSTDTC S1 2023-03-11"],
        {"DM": DEAD, "CM": "USUBJID | CMSTDTC\nS1 | 2023-03-01"},
    ),
    "DQ.DEATH_DATES": (
        {
            "DM": "USUBJID | DTHDTC\nS1 | 2023-03-10\nS2 | 2023-03",
            "AE": "USUBJID | AEOUT | AEENDTC\nS1 | FATAL | 2023-03-12\nS2 | FATAL | 2023-04-01",
        },
        ["AE AEENDTC S1 2023-03-12", "AE AEENDTC S2 2023-04-01"],
        {
            "DM": "USUBJID | DTHDTC\nS1 | 2023-03-10\nS2 | 2023-03",
            "AE": "USUBJID | AEOUT | AEENDTC\nS1 | FATAL | 2023-03-10\nS2 | FATAL | 2023-03-01\n"
            "S1 | RECOVERED/RESOLVED | 2023-02-01",
        },
    ),
    "DQ.DUPLICATE": (
        {
            "AE": "USUBJID | AESEQ | AETERM | AESTDTC | _ROW\nS1 | 1 | Fever | 2023 | 1\nS1 | 2 | Fever | 2023 | 2\n"
            "S2 | 1 | Fever | 2023 | 3"
        },
        ["AE AESEQ S1 2"],
        {"AE": "USUBJID | AESEQ | AETERM | AESTDTC\nS1 | 1 | Fever | 2023\nS1 | 2 | Fever | 2023-01"},
    ),
    "DQ.SERIOUS_CRITERION": (
        {"AE": "USUBJID | AESER | AESDTH | AESHOSP\nS1 | Y | N |\nS2 | Y | | Y\nS3 | N | N | N"},
        ["AE AESER S1 Y"],
        {"AE": "USUBJID | AESER | AESDTH | AESHOSP\nS2 | Y | | Y\nS3 | N | N | N\nS4 | | |"},
    ),
    "DQ.CRITERION_NOT_SERIOUS": (
        {"AE": "USUBJID | AESER | AESHOSP\nS1 | N | Y\nS2 | Y | Y\nS3 | | Y"},
        ["AE AESER S1 N", "AE AESER S3"],
        {"AE": "USUBJID | AESER | AESHOSP\nS2 | Y | Y\nS3 | N |"},
    ),
    "DQ.FATAL_WITHOUT_DEATH": (
        {"DM": "USUBJID | DTHFL\nS1 |\nS2 | Y", "AE": "USUBJID | AEOUT\nS1 | FATAL\nS2 | FATAL"},
        ["AE AEOUT S1 FATAL"],
        {"DM": "USUBJID | DTHFL\nS1 |\nS2 | Y", "AE": "USUBJID | AEOUT\nS1 | RECOVERED/RESOLVED\nS2 | FATAL"},
    ),
    "DQ.GRADE5_NOT_FATAL": (
        {"AE": "USUBJID | AETOXGR | AEOUT\nS1 | 5 | RECOVERED/RESOLVED\nS2 | 5 |\nS3 | 5 | FATAL"},
        ["AE AEOUT S1 RECOVERED/RESOLVED", "AE AEOUT S2"],
        {"AE": "USUBJID | AETOXGR | AEOUT\nS1 | 4 | FATAL\nS3 | 5 | FATAL"},
    ),
    "DQ.RELATIONSHIP_MISSING": (
        {"AE": "USUBJID | AEREL\nS1 |\nS2 | RELATED"},
        ["AE AEREL S1"],
        {"AE": "USUBJID | AEREL\nS2 | RELATED"},
    ),
    "DQ.GRADE_MISSING": (
        {"AE": "USUBJID | AETOXGR\nS1 |\nS2 | 1"},
        ["AE AETOXGR S1"],
        {"AE": "USUBJID | AETOXGR\nS2 | 1"},
    ),
    "DQ.OVERLAPPING_EVENTS": (
        {
            "AE": "USUBJID | AEDECOD | AESTDTC | AEENDTC\nS1 | Fever | 2023-01-01 | 2023-01-10\n"
            "S1 | Fever | 2023-01-09 | 2023-01-12\nS2 | Fever | 2023-01-01 |\nS2 | Fever | 2023-02-01 | 2023-02-02\n"
            "S3 | Fever | 2023-01-01 | 2023-03-01\nS3 | Fever | 2023-01-02 | 2023-01-03\n"
            "S3 | Fever | 2023-02-01 | 2023-02-03"
        },
        ["AE AESTDTC S1 Fever", "AE AESTDTC S2 Fever", "AE AESTDTC S3 Fever", "AE AESTDTC S3 Fever"],
        {
            "AE": "USUBJID | AEDECOD | AESTDTC | AEENDTC\nS1 | Fever | 2023-01-01 | 2023-01-10\n"
            "S1 | Fever | 2023-01-10 | 2023-01-12\nS1 | Rash | 2023-01-05 | 2023-01-12\nS2 | Fever | 2023-01-05 |\n"
            "S3 | Fever | | 2023-01-05\nS3 | Fever | 2023-01-01 | 2023-01-02\nS4 | | 2023-01-01 |\nS4 | | 2023-01-02 |"
        },
    ),
    "DQ.RESOLVED_WITHOUT_END": (
        {"AE": "USUBJID | AEOUT | AEENDTC\nS1 | RECOVERED/RESOLVED |\nS2 | NOT RECOVERED/NOT RESOLVED |"},
        ["AE AEENDTC S1 RECOVERED/RESOLVED"],
        {"AE": "USUBJID | AEOUT | AEENDTC\nS1 | RECOVERED/RESOLVED | 2023\nS2 | NOT RECOVERED/NOT RESOLVED |"},
    ),
    "DQ.DOSE_UNIT_MISSING": (
        {
            "EX": "USUBJID | EXDOSE | EXDOSU\nS1 | 2 |\nS2 | 2 | mg\nS3 | |",
            "CM": "USUBJID | CMDOSE | CMDOSU\nS1 | 2 |",
        },
        ["EX EXDOSU S1 2"],
        {"EX": "USUBJID | EXDOSE | EXDOSU\nS2 | 2 | mg\nS3 | |"},
    ),
    "DQ.DOSE_UNIT": (
        {
            "EX": "USUBJID | EXCAT | EXDOSE | EXDOSU\nS1 | INFUSION | 2 | CELLS\nS2 | OTHER | 2 | mg\n"
            "S3 | INFUSION | 2 | 10^6 CELLS/kg"
        },
        ["EX EXDOSU S1 CELLS"],
        {"EX": "USUBJID | EXCAT | EXDOSE | EXDOSU\nS2 | OTHER | 2 | mg\nS3 | INFUSION | 2 |"},
    ),
    "DQ.DOSE_IMPLAUSIBLE": (
        {
            "EX": "USUBJID | EXCAT | EXDOSE | EXDOSU\nS1 | INFUSION | 2000000 | u\nS2 | OTHER | 500 | mg\n"
            "S3 | INFUSION | 0.01 | u"
        },
        ["EX EXDOSE S1 2000000", "EX EXDOSE S3 0.01"],
        {"EX": "USUBJID | EXCAT | EXDOSE | EXDOSU\nS2 | OTHER | 500 | mg\nS3 | INFUSION | 10 | u\nS4 | INFUSION | |"},
    ),
    "DQ.UNSCHEDULED_VISIT": (
        {"TV": "VISITNUM\n1", "SV": "USUBJID | VISITNUM\nS1 | 1\nS1 | 1.1\nS2 |"},
        ["SV VISITNUM S1 1.1"],
        {"TV": "VISITNUM\n1", "SV": "USUBJID | VISITNUM\nS1 | 1\nS2 |"},
    ),
    "DQ.VISIT_DATE_MISSING": (
        {"SV": "USUBJID | VISITNUM | SVOCCUR | SVSTDTC\nS1 | 1 | Y | \nS1 | 2 | Y | 2023-01-01"},
        ["SV SVSTDTC S1 1"],
        {"SV": "USUBJID | VISITNUM | SVOCCUR | SVSTDTC\nS1 | 1 | N | \nS1 | 2.1 |  | "},
    ),
    "DQ.VISIT_ORDER": (
        {
            "TV": "VISITNUM\n1\n2\n3",
            "SV": "USUBJID | VISITNUM | SVSTDTC\nS1 | 1 | 2023-02-01\nS1 | 2 | 2023-01-01\nS1 | 3 | 2023-01-05\n"
            "S2 | 1 | 2023-01-01",
        },
        ["SV SVSTDTC S1 2023-01-01", "SV SVSTDTC S1 2023-01-05"],
        {
            "TV": "VISITNUM\n1\n2\n3",
            "SV": "USUBJID | VISITNUM | SVSTDTC\nS1 | 1 | 2023-02-01\nS1 | 1.1 | 2023-01-01\nS1 | 2 | 2023-02-01\n"
            "S1 | 3 | 2023-02\nS2 | 1 | 2023-01-01\nS2 | 2 |",
        },
    ),
    "DQ.INFUSION_DATE_MISSING": (
        {"EX": "USUBJID | EXCAT | EXSTDTC\nS1 | INFUSION |\nS2 | OTHER |\nS3 | INFUSION | 2023-01"},
        ["EX EXSTDTC S1"],
        {"EX": "USUBJID | EXCAT | EXSTDTC\nS2 | OTHER |\nS3 | INFUSION | 2023-01"},
    ),
    "DQ.RESPONSE_WITHOUT_INFUSION": (
        {
            "EX": INFUSED,
            "RS": RS
            + "S1 | OVRLRESP | 2023-02-01 | CR\nS3 | OVRLRESP | 2023-02-01 | PR\nS3 | OVRLRESP | 2023-02-02 | NE\n"
            "S3 | TRGRESP | 2023-02-01 | PR",
        },
        ["RS RSDTC S3 PR"],
        {"EX": INFUSED, "RS": RS + "S1 | OVRLRESP | 2023-02-01 | CR\nS3 | OVRLRESP | 2023-02-02 | NE"},
    ),
    "DQ.AE_WITHOUT_INFUSION": (
        {
            "EX": INFUSED,
            "AE": "USUBJID\nS1\nS3\nS3\nS4",
            "DM": "USUBJID | ARMNRS\nS1 |\nS3 |\nS4 | SCREEN FAILURE\nS5 |",
        },
        ["DM USUBJID S3"],
        {"EX": INFUSED, "AE": "USUBJID\nS1\nS4", "DM": "USUBJID | ARMNRS\nS1 |\nS4 | SCREEN FAILURE\nS5 |"},
    ),
    "DQ.SAME_DATE_RESPONSES": (
        {
            "RS": RS
            + "S1 | OVRLRESP | 2023-02-01 | CR\nS1 | OVRLRESP | 2023-02-01 | PR\nS2 | OVRLRESP | 2023-02-01 | CR\n"
            "S2 | OVRLRESP | 2023-02-01 | CR\nS2 | OVRLRESP | 2023-03-01 | PD"
        },
        ["RS RSSTRESC S1 CR", "RS RSSTRESC S1 PR"],
        {
            "RS": RS + "S1 | OVRLRESP | 2023-02-01 | CR\nS1 | TRGRESP | 2023-02-01 | PR\nS1 | OVRLRESP | 2023-02 | PD\n"
            "S2 | OVRLRESP | 2023-02-01 | PD\nS1 | OVRLRESP | 2023-02 | CR"
        },
    ),
    "DQ.RESPONSE_UNKNOWN": (
        {
            "RS": RS
            + "S1 | OVRLRESP | 2023-02-01 | uCR\nS2 | OVRLRESP | 2023-02-01 | CRi\nS2 | METBRESP | 2023-02-01 | CMR"
        },
        ["RS RSSTRESC S1 uCR"],
        {"RS": RS + "S1 | OVRLRESP | 2023-02-01 | NE\nS1 | OVRLRESP | 2023-03-01 |"},
    ),
    "DQ.RESPONSE_UNUSUAL": (
        {"RS": RS + "S1 | OVRLRESP | 2023-02-01 | CRi\nS2 | OVRLRESP | 2023-02-01 | CR"},
        ["RS RSSTRESC S1 CRi"],
        {"RS": RS + "S2 | OVRLRESP | 2023-02-01 | CR"},
    ),
    "DQ.RESPONSE_BEFORE_INFUSION": (
        {
            "EX": INFUSED,
            "RS": RS + "S1 | OVRLRESP | 2023-01-10 | PR\nS2 | OVRLRESP | 2022-12 | SD\nS1 | OVRLRESP | 2023-01-11 | CR",
        },
        ["RS RSDTC S1 2023-01-10", "RS RSDTC S2 2022-12"],
        {
            "EX": INFUSED,
            "RS": RS + "S1 | OVRLRESP | 2023-01-11 | CR\nS2 | OVRLRESP | 2023-01 | CR\nS3 | OVRLRESP | 2020 | CR",
        },
    ),
    "DQ.CR_THEN_PR": (
        {
            "EX": INFUSED,
            "RS": RS
            + "S1 | OVRLRESP | 2023-02-01 | CR\nS1 | OVRLRESP | 2023-02-15 | NE\nS1 | OVRLRESP | 2023-03-01 | PR\n"
            "S2 | OVRLRESP | 2023-03-01 | SD\nS2 | OVRLRESP | 2023-02-01 | CRi",
        },
        ["RS RSSTRESC S1 PR", "RS RSSTRESC S2 SD"],
        {
            "EX": INFUSED,
            "RS": RS
            + "S1 | OVRLRESP | 2023-02-01 | CR\nS1 | OVRLRESP | 2023-03-01 | PD\nS1 | OVRLRESP | 2023-04-01 | PR\n"
            "S2 | OVRLRESP | 2023-01-05 | CR\nS2 | OVRLRESP | 2023-02-01 | PR\nS2 | OVRLRESP | 2023-03-01 | CR",
        },
    ),
    "DQ.RESPONSE_AFTER_PD": (
        {
            "EX": INFUSED,
            "CM": "USUBJID | CMCAT | CMSTDTC\nS1 | NEW | 2023-01-20\nS2 | PRIOR | 2023-03-05",
            "RS": RS
            + "S1 | OVRLRESP | 2023-02-01 | PD\nS1 | OVRLRESP | 2023-03-01 | SD\nS1 | OVRLRESP | 2023-04-01 | CR\n"
            "S2 | OVRLRESP | 2023-03-01 | PD\nS2 | OVRLRESP | 2023-04-01 | PR",
        },
        ["RS RSSTRESC S1 CR", "RS RSSTRESC S2 PR"],
        {
            "EX": INFUSED,
            "CM": "USUBJID | CMCAT | CMSTDTC\nS1 | NEW | 2023-02-01",
            "PR": "USUBJID | PRCAT | PRSTDTC\nS2 | TRANSPLANT | 2023-03-15",
            "RS": RS + "S1 | OVRLRESP | 2023-02-01 | PD\nS1 | OVRLRESP | 2023-04-01 | CR\n"
            "S2 | OVRLRESP | 2023-03-01 | PD\nS2 | OVRLRESP | 2023-04-01 | PR\nS2 | OVRLRESP | 2023-05-01 | PD",
        },
    ),
    "DQ.NEW_THERAPY_BEFORE_INFUSION": (
        {
            "EX": INFUSED,
            "CM": "USUBJID | CMCAT | CMSTDTC\nS1 | NEW | 2023-01-09\nS2 | PRIOR | 2023-01-01\nS2 | NEW | 2023-01",
        },
        ["CM CMSTDTC S1 2023-01-09"],
        {"EX": INFUSED, "CM": "USUBJID | CMCAT | CMSTDTC\nS1 | NEW | 2023-01-10\nS3 | NEW | 2022-01-01"},
    ),
}

#: Tested by themselves below, as they need more of a study than tables.
ALONE = {"DQ.VISIT_WINDOW", "DQ.AFTER_SNAPSHOT", "DQ.UNIT_MISSING", "DQ.RESULT_IMPLAUSIBLE"}


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


def test_every_data_quality_rule_has_a_case():
    modules = {data_quality.__name__, dose_quality.__name__, response_quality.__name__}
    assert {rule.id for rule in RULES.values() if rule.check.__module__ in modules} == set(CASES) | ALONE


def test_nothing_is_dated_after_the_export(table, study):
    frames = {
        "AE": table("USUBJID | AESTDTC | AEENDTC\nS1 | 2024-05-01 | 2024-05\nS2 | 2024-05-02T01:00 | 2024-06"),
        "DM": table("USUBJID | RFPENDTC | DTHDTC\nS1 | 2024-06-01 | 2024-05-03"),
        "SE": table("USUBJID | SESTDTC\nS1 | 2024-06-01"),
    }
    made = study({name: list(frame.columns) for name, frame in frames.items()})
    found = run_rules(made, frames, only=["DQ.AFTER_SNAPSHOT"], snapshot=date(2024, 5, 1))
    assert found[["dataset", "variable", "usubjid", "value"]].to_numpy().tolist() == [
        ["AE", "AESTDTC", "S2", "2024-05-02T01:00"],
        ["AE", "AEENDTC", "S2", "2024-06"],
        ["DM", "DTHDTC", "S1", "2024-05-03"],
    ]


def test_a_rule_that_needs_a_day_did_not_run_without_it(table, study):
    made = study({"AE": ["USUBJID", "AESTDTC"]})
    found = run_rules(made, {"AE": table("USUBJID | AESTDTC\nS1 | 2024")}, only=["DQ.AFTER_SNAPSHOT"])
    assert found[["rule", "severity", "message"]].to_numpy().tolist() == [
        [
            "RULE.NOT_RUN",
            "note",
            "Rule DQ.AFTER_SNAPSHOT did not run for lack of the day of the snapshot. Supply it, or accept the gap.",
        ]
    ]


def test_visits_are_held_to_their_windows(run_rule):
    planned = [
        {"visitnum": "6", "visit": "MONTH 1", "window": ["22", "36"], "events": "M1"},
        {"visitnum": "7", "visit": "MONTH 3", "events": "M3"},
    ]
    tables = {
        "DM": "USUBJID | RFSTDTC\nS1 | 2023-01-01",
        "SV": "USUBJID | VISITNUM | SVSTDTC\nS1 | 6 | 2023-01-21\nS1 | 6 | 2023-01-22\nS1 | 6 | 2023-02-05\n"
        "S1 | 6 | 2023-02-06\nS1 | 7 | 2024-01-01\nS1 | 6 | 2023\nS2 | 6 | 2024-01-01",
    }
    found = run_rule("DQ.VISIT_WINDOW", tables, design={"visits": {"planned": planned}})
    assert found == ["SV SVSTDTC S1 2023-01-21", "SV SVSTDTC S1 2023-02-06"]


def test_results_are_held_to_their_units(run_rule):
    units = {"LDIAM": {"standard": "mm", "plausible": ["0", "300"]}}
    tables = {
        "TR": "USUBJID | TRTESTCD | TRORRES | TRORRESU | TRSTRESN\nS1 | LDIAM | 15 | | \nS2 | LDIAM | 15 | mm | 15\n"
        "S3 | LDIAM | TOO SMALL | | \nS4 | TUMSTATE | 1 | | \nS5 | LDIAM | 3000 | mm | 3000\n"
        "S6 | OTHER | 9999 | mm | 9999"
    }
    assert run_rule("DQ.UNIT_MISSING", tables, units=units) == ["TR TRORRESU S1 15"]
    assert run_rule("DQ.RESULT_IMPLAUSIBLE", tables, units=units) == ["TR TRSTRESN S5 3000"]
