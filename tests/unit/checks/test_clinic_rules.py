"""Rules on daily grades, doses per weight and contacts, on tables that break them and on some that do not."""

from __future__ import annotations

from typing import Any

import pytest

from checks import daily_grade_rules, dose_weight_rules, survival_rules
from checks.registry import RULES
from specs.model.facts import facts_of

FACTS: dict[str, Any] = {
    "second_grade": {"where": {"AECAT": ["CRS", "ICANS"]}, "qualifier": "ASTCTGR"},
    "alive": {"dataset": "SS", "variable": "SSDTC", "where": {"SSSTRESC": "ALIVE"}},
    "dose_per_weight": {
        "dataset": "EX",
        "variable": "EXSTDTC",
        "where": {"EXCAT": "INFUSION"},
        "dose": "EXDOSE",
        "total": "EXTOTAL",
        "weight": {"dataset": "VS", "variable": "VSDTC", "where": {"VSTESTCD": "WEIGHT"}, "result": "VSSTRESN"},
        "tolerance": "0.1",
    },
    "daily_grades": {
        "dataset": "FA",
        "variable": "FADTC",
        "where": {"FATESTCD": "GRADE"},
        "result": "FASTRESN",
        "event": "FAGRPID",
        "key": "AESPID",
        "highest": "4",
        "score": {
            "where": {"FATESTCD": "ICE"},
            "grades": [
                {"at_least": "7", "at_most": "9", "grades": ["1"]},
                {"at_least": "0", "at_most": "2", "grades": ["3", "4"]},
            ],
        },
    },
}
AE = "USUBJID | AESEQ | AESPID | AECAT | AETOXGR\n"
SUPPAE = "USUBJID | IDVAR | IDVARVAL | QNAM | QVAL\n"
FA = "USUBJID | FAGRPID | FATESTCD | FADTC | FASTRESN\n"
EX = "USUBJID | EXSEQ | EXCAT | EXSTDTC | EXDOSE\n"
SUPPEX = "USUBJID | IDVAR | IDVARVAL | QNAM | QVAL\n"
VS = "USUBJID | VSTESTCD | VSDTC | VSSTRESN\n"
DM = "USUBJID | DTHDTC\nS1 | 2024-05-10\nS2 | 2024-05\nS3 |"
EVENTS = {
    "AE": AE + "S1 | 1 | 4 | CRS | 2\nS1 | 2 | 5 | ICANS | 1\nS2 | 1 | 4 | CRS | 5\n"
    "S3 | 1 | 1 | CRS | 1\nS3 | 2 | 2 | | 1\nS4 | 1 | | CRS | 1",
    "SUPPAE": SUPPAE + "S1 | AESEQ | 1 | ASTCTGR | 3\nS1 | AESEQ | 2 | ASTCTGR | 1\nS2 | AESEQ | 1 | ASTCTGR | 5\n"
    "S3 | AESEQ | 2 | ASTCTGR | 2\nS4 | AESEQ | 1 | ASTCTGR | 3",
}
GRADES = (
    "S1 | 5 | GRADE | 2024-01-02 | 1\nS2 | 4 | GRADE | 2024-01-02 | 4\nS2 | 4 | OTHER | 2024-01-02 | 9\n"
    "S3 | 1 | GRADE | 2024-01-02 | 4\nS3 | 2 | GRADE | 2024-01-02 | 4\nS1 | 4 | GRADE | 2024-01-02 | 1\n"
)

#: Rule: tables that break it, what is found (dataset, variable, subject, value), tables that do not.
CASES: dict[str, tuple[dict[str, str], list[str], dict[str, str]]] = {
    "DQ.ALIVE_AFTER_DEATH": (
        {
            "DM": DM,
            "SS": "USUBJID | SSSTRESC | SSDTC\nS1 | ALIVE | 2024-05-11\nS1 | DEAD | 2024-05-12\nS2 | ALIVE | 2024-06",
        },
        ["SS SSDTC S1 2024-05-11", "SS SSDTC S2 2024-06"],
        {
            "DM": DM,
            "SS": "USUBJID | SSSTRESC | SSDTC\nS1 | ALIVE | 2024-05-10\nS1 | DEAD | 2024-05-12\nS1 | ALIVE |\n"
            "S2 | ALIVE | 2024-05-20\nS3 | ALIVE | 2025-01-01\nS4 | ALIVE | 2025-01-01",
        },
    ),
    "CELL.DOSE_PER_KG": (
        {
            "EX": EX + "S1 | 1 | INFUSION | 2024-01-10T10:00 | 2\nS2 | 1 | INFUSION | 2024-01-10 | 1\n"
            "S3 | 1 | INFUSION | 2024-01-10 | 1",
            # 2 x 70 is 140 and not 155; the weight of the day after does not count.
            "SUPPEX": SUPPEX + "S1 | EXSEQ | 1 | EXTOTAL | 155.6\nS2 | EXSEQ | 1 | EXTOTAL | 600\n"
            "S3 | EXSEQ | 1 | EXTOTAL | 60",
            "VS": VS + "S1 | WEIGHT | 2024-01-01 | 90\nS1 | WEIGHT | 2024-01-09 | 70\nS1 | WEIGHT | 2024-01-11 | 78\n"
            "S1 | HEIGHT | 2024-01-10 | 78\nS2 | WEIGHT | 2024-01-10T23:00 | 60\nS3 | WEIGHT | 2024-01-10 | 60",
        },
        [
            "EX EXDOSE S1 EXDOSE=2; EXTOTAL=155.6; weight=70",
            "EX EXDOSE S2 EXDOSE=1; EXTOTAL=600; weight=60",
        ],
        {
            "EX": EX + "S1 | 1 | INFUSION | 2024-01-10T10:00 | 2\nS1 | 2 | OTHER | 2024-01-10 | 30\n"
            "S2 | 1 | INFUSION | 2024-01-10 | 1\nS3 | 1 | INFUSION | 2024-01-10 | 1\nS4 | 1 | INFUSION | 2024-01 | 1\n"
            "S5 | 1 | INFUSION | 2024-01-10 |",
            "SUPPEX": SUPPEX + "S1 | EXSEQ | 1 | EXTOTAL | 155.5\nS1 | EXSEQ | 2 | EXTOTAL | 1\n"
            "S3 | EXSEQ | 1 | EXTOTAL | 600\nS4 | EXSEQ | 1 | EXTOTAL | 600\nS5 | EXSEQ | 1 | EXTOTAL | 60",
            "VS": VS + "S1 | WEIGHT | 2024-01-09 | 70\nS2 | WEIGHT | 2024-01-09 | 60\nS3 | WEIGHT | 2024-01-11 | 60\n"
            "S3 | WEIGHT | 2024-01 | 60\nS4 | WEIGHT | 2024-01-01 | 60\nS5 | WEIGHT | 2024-01-01 | 60",
        },
    ),
    "CELL.DAILY_GRADE": (
        EVENTS | {"FA": FA + GRADES + "S1 | 4 | GRADE | 2024-01-03 | 2\nS1 | 5 | GRADE | 2024-01-03 | 2"},
        ["AE ASTCTGR S1 ASTCTGR=1; worst day=2", "AE ASTCTGR S1 ASTCTGR=3; worst day=2"],
        EVENTS
        | {
            "FA": FA
            + GRADES
            + "S1 | 4 | GRADE | 2024-01-03 | 3\nS1 | 4 | GRADE | 2024-01-04 |\nS4 | | GRADE | 2024-01-02 | 1"
        },
    ),
    "CELL.ICE_GRADE": (
        {
            "AE": AE + "S1 | 1 | 4 | ICANS | 3",
            "FA": FA + "S1 | 4 | GRADE | 2024-01-02 | 3\nS1 | 4 | ICE | 2024-01-02 | 9\n"
            "S1 | 4 | GRADE | 2024-01-03 | 2\nS1 | 4 | ICE | 2024-01-03 | 0",
        },
        ["FA FASTRESN S1 score=0; grade=2", "FA FASTRESN S1 score=9; grade=3"],
        {
            "AE": AE + "S1 | 1 | 4 | ICANS | 3",
            "FA": FA + "S1 | 4 | GRADE | 2024-01-02 | 1\nS1 | 4 | ICE | 2024-01-02 | 7\n"
            "S1 | 4 | GRADE | 2024-01-03 | 4\nS1 | 4 | ICE | 2024-01-03 | 2\n"
            "S1 | 4 | GRADE | 2024-01-04 | 2\nS1 | 4 | ICE | 2024-01-04 | 10\n"
            "S1 | 5 | GRADE | 2024-01-05 | 3\nS1 | 4 | ICE | 2024-01-05 | 9\nS1 | 4 | ICE | 2024-01-06 |\n"
            "S1 | | GRADE | 2024-01-05 | 3\nS1 | | ICE | 2024-01-05 | 9",
        },
    ),
}


@pytest.mark.parametrize("rule", CASES)
def test_rule_fires_on_what_breaks_it(rule, run_rule):
    broken, expected, _ = CASES[rule]
    assert run_rule(rule, broken, settings={"facts": FACTS}) == expected


@pytest.mark.parametrize("rule", CASES)
def test_rule_is_silent_on_what_does_not(rule, run_rule):
    _, _, sound = CASES[rule]
    assert run_rule(rule, sound, settings={"facts": FACTS}) == []


@pytest.mark.parametrize("rule", CASES)
def test_rule_stands_empty_datasets(rule, run_rule):
    broken, _, _ = CASES[rule]
    assert run_rule(rule, broken, empty=True, settings={"facts": FACTS}) == []


def test_every_rule_is_tested():
    modules = {one.__name__ for one in (daily_grade_rules, dose_weight_rules, survival_rules)}
    assert {rule.id for rule in RULES.values() if rule.check.__module__ in modules} == set(CASES)


def test_a_range_of_scores_is_ordered():
    wrong = {"at_least": "9", "at_most": "7", "grades": ["1"]}
    daily = FACTS["daily_grades"] | {"score": {"where": {"FATESTCD": "ICE"}, "grades": [wrong]}}
    with pytest.raises(ValueError, match="at_least is above at_most"):
        facts_of({"facts": {"daily_grades": daily}})
