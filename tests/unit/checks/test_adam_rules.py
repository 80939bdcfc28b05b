"""Each ADaM rule on a table that breaks it and on one that does not; expected rows are typed by hand."""

from __future__ import annotations

import pytest

from checks import adam_rules, parameter_rules, tte_rules
from checks.registry import RULES

ADSL = "USUBJID | TRTSDT\nS1 | 2023-01-10\nS2 |"
LB = "USUBJID | LBSEQ | LBSTRESN | LBSTRESU\n"
ADLB = "USUBJID | PARAMCD | AVAL | SRCDOM | SRCSEQ\n"
TTE = "USUBJID | PARAMCD | AVAL | AVALU | STARTDT | ADT | CNSR\n"

#: Rule: tables that break it, what is found (dataset, variable, subject, value), tables that do not.
CASES: dict[str, tuple[dict[str, str], list[str], dict[str, str]]] = {
    "ADAM.ADSL_SUBJECTS": (
        {"DM": "USUBJID\nS1\nS2", "ADSL": "USUBJID\nS1\nS1\nS9"},
        ["ADSL USUBJID S1 S1", "ADSL USUBJID S9 S9", "DM USUBJID S2 S2"],
        {"DM": "USUBJID\nS1\nS2", "ADSL": "USUBJID\nS1\nS2"},
    ),
    "ADAM.SAME_AS_DM": (
        {
            "DM": "USUBJID | AGE | SEX | RACE\nS1 | 50 | F |\nS2 | 60 | M | ASIAN",
            "ADSL": "USUBJID | AGE | SEX | RACE | TRT01P\nS1 | 51 | F | | X\nS2 | 60 | M | | X",
        },
        ["ADSL AGE S1 51", "ADSL RACE S2"],
        {
            "DM": "USUBJID | AGE | SEX\nS1 | 50 | F\nS2 | | M",
            "ADSL": "USUBJID | AGE | SEX\nS1 | 50 | F\nS2 | | M\nS9 | 1 | F",
        },
    ),
    "ADAM.SAME_AS_ADSL": (
        {
            "ADSL": "USUBJID | SEX | TRTSDT\nS1 | F | 2023-01-10\nS2 | M |",
            "ADRS": "USUBJID | SEX | TRTSDT | AVALC\nS1 | F | 2023-01-11 | CR\nS2 | F | | PD",
        },
        ["ADRS SEX S2 F", "ADRS TRTSDT S1 2023-01-11"],
        {
            "ADSL": "USUBJID | SEX | TRTSDT\nS1 | F | 2023-01-10\nS2 | M |",
            "ADRS": "USUBJID | SEX | TRTSDT | AVALC\nS1 | F | 2023-01-10 | CR\nS2 | M | | PD",
        },
    ),
    "ADAM.SUBJECT_IN_ADSL": (
        {"ADSL": ADSL, "ADRS": "USUBJID\nS1\nS9"},
        ["ADRS USUBJID S9 S9"],
        {"ADSL": ADSL, "ADRS": "USUBJID\nS1"},
    ),
    "ADAM.POPULATION_FLAG": (
        {"ADSL": "USUBJID | SAFFL | SAFFN | ENRLFL\nS1 | Y | 0 | Y\nS2 | | | N\nS3 | N | 0 | U"},
        ["ADSL ENRLFL S3 U", "ADSL SAFFL S2", "ADSL SAFFN S1 0"],
        {"ADSL": "USUBJID | SAFFL | SAFFN\nS1 | Y | 1\nS3 | N | 0"},
    ),
    "ADAM.RECORD_FLAG": (
        {"ADRS": "USUBJID | ANL01FL | ABLFL\nS1 | N |\nS2 | Y | Y\nS3 | | 1"},
        ["ADRS ABLFL S3 1", "ADRS ANL01FL S1 N"],
        {"ADRS": "USUBJID | ANL01FL | ABLFL\nS1 | |\nS2 | Y | Y"},
    ),
    "ADAM.SAFETY_TREATED": (
        {"ADSL": "USUBJID | SAFFL | TRTSDT\nS1 | Y |\nS2 | N |\nS3 | Y | 2023-01-01"},
        ["ADSL TRTSDT S1"],
        {"ADSL": "USUBJID | SAFFL | TRTSDT\nS2 | N |\nS3 | Y | 2023-01-01"},
    ),
    "ADAM.TREATMENT_START": (
        {
            "EX": "USUBJID | EXCAT | EXSTDTC\nS1 | INFUSION | 2023-01-10\nS1 | INFUSION | 2023-01-20\n"
            "S1 | OTHER | 2023-01-05\nS2 | OTHER | 2023-01-05",
            "ADSL": "USUBJID | TRTSDT\nS1 | 2023-01-05\nS2 | 2023-01-05",
        },
        ["ADSL TRTSDT S1 2023-01-05", "ADSL TRTSDT S2 2023-01-05"],
        {
            "EX": "USUBJID | EXCAT | EXSTDTC\nS1 | INFUSION | 2023-01-10T09:00\nS3 | INFUSION | 2023-01",
            "ADSL": "USUBJID | TRTSDT\nS1 | 2023-01-10\nS2 |\nS3 | 2023-01-01",
        },
    ),
    "ADAM.RELATIVE_DAY": (
        {
            "ADSL": ADSL,
            "ADRS": "USUBJID | ADT | ADY\nS1 | 2023-01-10 | 0\nS1 | 2023-01-12 | 3\nS2 | 2023-01-12 | 3\n"
            "S1 | 2023-01-11 |",
        },
        ["ADRS ADY S1", "ADRS ADY S1 0", "ADRS ADY S2 3"],
        {
            "ADSL": ADSL,
            "ADRS": "USUBJID | ADT | ADY\nS1 | 2023-01-10 | 1\nS1 | 2023-01-09 | -1\nS2 | 2023-01-12 |\nS1 | |",
        },
    ),
    "ADAM.IMPUTATION_FLAG": (
        {
            "DM": "USUBJID | DTHDTC\nS1 | 2023-05\nS2 | 2023-05-05",
            "ADSL": "USUBJID | DTHDT | DTHDTF\nS1 | 2023-05-01 |\nS2 | 2023-05-05 | D",
            "ADAE": "USUBJID | AESTDTC | ASTDT | ASTDTF | AENDTF\nS1 | 2023-05 | 2023-05-01 | M | X\n"
            "S2 | 2023-05-02 | 2023-05-02 | D |\nS3 | 2023 | 2023-01-01 | |\nS4 | 2023-05 | | D |",
        },
        [
            "ADAE AENDTF S1 X",
            "ADAE ASTDTF S1 M",
            "ADAE ASTDTF S2 D",
            "ADAE ASTDTF S3",
            "ADAE ASTDTF S4 D",
            "ADSL DTHDTF S1",
            "ADSL DTHDTF S2 D",
        ],
        {
            "DM": "USUBJID | DTHDTC\nS1 | 2023-05\nS2 |",
            "ADSL": "USUBJID | DTHDT | DTHDTF\nS1 | 2023-05-01 | D\nS2 | |",
            "ADAE": "USUBJID | AESTDTC | ASTDT | ASTDTF\nS1 | 2023-05 | 2023-05-01 | D\nS2 | 2023 | 2023-01-01 | M\n"
            "S3 | 2023-05-02T10:00 | 2023-05-02 |\nS4 | | 2023-01-01 | Y\nS5 | 2023-05 | |",
        },
    ),
    "ADAM.PARAM_UNIT": (
        {
            "LB": LB + "S1 | 1 | 5 | mmol/L\nS1 | 2 | 6 | mmol/L\nS2 | 1 | 90 | mg/dL\nS3 | 1 | 7 |",
            "ADLB": ADLB + "S1 | GLUC | 5 | LB | 1\nS1 | GLUC | 6 | LB | 2\nS2 | GLUC | 90 | LB | 1\n"
            "S3 | GLUC | 7 | LB | 1",
        },
        ["ADLB PARAMCD S2 mg/dL"],
        {
            # two parameters, one unit each; a value that was converted has not the record's unit
            "LB": LB + "S1 | 1 | 5 | mmol/L\nS1 | 2 | 6 | U/L\nS2 | 1 | 90 | mg/dL\nS3 | 1 | 7 |",
            "ADLB": ADLB + "S1 | GLUC | 5 | LB | 1\nS1 | ALT | 6 | LB | 2\nS2 | GLUC | 5 | LB | 1\n"
            "S3 | GLUC | 7 | LB | 1\nS3 | GLUC | 7 | ADSL |",
        },
    ),
    "ADAM.SOURCE_DATASET": (
        {"RS": "USUBJID\nS1", "ADRS": "USUBJID | SRCDOM\nS1 | RS\nS2 | XX\nS3 |"},
        ["ADRS SRCDOM S2 XX"],
        {"RS": "USUBJID\nS1", "ADRS": "USUBJID | SRCDOM\nS1 | RS\nS3 |"},
    ),
    "ADAM.SOURCE_ROW": (
        {
            "RS": "USUBJID | RSSEQ | RSDTC\nS1 | 1 | 2023-02-01\nS2 | 4 | 2023-02-01",
            "ADSL": "USUBJID | TRTSDT\nS1 | 2023-01-10",
            "ADTTE": "USUBJID | SRCDOM | SRCVAR | SRCSEQ\nS1 | RS | RSDTC | 1\nS1 | RS | RSDTC | 4\n"
            "S1 | RS | RSOTHER | 1\n"
            "S3 | ADSL | TRTSDT |",
        },
        ["ADTTE SRCSEQ S1 1", "ADTTE SRCSEQ S1 4", "ADTTE SRCSEQ S3"],
        {
            "RS": "USUBJID | RSSEQ | RSDTC\nS1 | 1 | 2023-02-01\nS2 | 4 | 2023-02-01",
            "ADSL": "USUBJID | TRTSDT\nS1 | 2023-01-10",
            "ADTTE": "USUBJID | SRCDOM | SRCVAR | SRCSEQ\nS1 | RS | RSDTC | 1\nS2 | RS | RSDTC | 4\n"
            "S1 | ADSL | TRTSDT |\n"
            "S9 | | |",
        },
    ),
    "ADAM.SOURCE_DATE": (
        {
            "RS": "USUBJID | RSSEQ | RSDTC\nS1 | 1 | 2023-02-01\nS2 | 4 | 2023-02-01",
            "ADSL": "USUBJID | TRTSDT\nS1 | 2023-01-10",
            "ADTTE": "USUBJID | SRCDOM | SRCVAR | SRCSEQ | ADT\nS1 | RS | RSDTC | 1 | 2023-02-02\n"
            "S2 | RS | RSDTC | 4 | 2023-02-01\nS1 | ADSL | TRTSDT | | 2023-01-11\nS2 | RS | RSDTC | 4 |",
        },
        ["ADTTE ADT S1 2023-01-11", "ADTTE ADT S1 2023-02-02", "ADTTE ADT S2"],
        {
            "RS": "USUBJID | RSSEQ | RSDTC | RSSTRESC\nS1 | 1 | 2023-02-01T08:30 | CR\nS2 | 4 | 2023-02 | CR",
            "ADTTE": "USUBJID | SRCDOM | SRCVAR | SRCSEQ | ADT\nS1 | RS | RSDTC | 1 | 2023-02-01\n"
            "S2 | RS | RSDTC | 4 | 2023-02-28\nS1 | RS | RSSTRESC | 1 | 2023-05-05",
        },
    ),
    "ADAM.IMPLIED": (
        {
            "ADRS": "USUBJID | PARAMCD | AVALC\nS1 | CR24 | Y\nS2 | CR24 | N",
            "ADTTE": "USUBJID | PARAMCD\nS1 | DOR\nS2 | DOR\nS2 | PFS",
        },
        ["ADTTE PARAMCD S2"],
        {
            "ADRS": "USUBJID | PARAMCD | AVALC\nS1 | CR24 | Y\nS2 | CR24 | N",
            "ADTTE": "USUBJID | PARAMCD\nS1 | DOR\nS2 | PFS",
        },
    ),
    "ADAM.TTE_ONE_RECORD": (
        {"ADTTE": "USUBJID | PARAMCD | CNSR\nS1 | OS | 0\nS1 | OS | 1\nS1 | PFS | 0"},
        ["ADTTE PARAMCD S1 OS"],
        {"ADTTE": "USUBJID | PARAMCD | CNSR\nS1 | OS | 0\nS2 | OS | 1\nS1 | PFS | 0"},
    ),
    "ADAM.TTE_VALUE": (
        {
            "ADTTE": TTE
            + "S1 | OS | 9 | DAYS | 2023-01-01 | 2023-01-10 | 0\nS2 | OS | | DAYS | 2023-01-01 | 2023-01-10 | 0\n"
            "S3 | OS | 1 | MONTHS | 2023-01-01 | 2023-03-01 | 0\nS4 | OS | 5 | DAYS | | 2023-03-01 | 0"
        },
        ["ADTTE AVAL S1 9", "ADTTE AVAL S2", "ADTTE AVAL S3 1", "ADTTE AVAL S4 5"],
        {
            "ADTTE": TTE + "S1 | OS | 10 | DAYS | 2023-01-01 | 2023-01-10 | 0\n"
            "S2 | OS | 2 | MONTHS | 2023-01-01 | 2023-03-02 | 0\nS3 | OS | 1 | DAYS | 2023-01-01 | 2023-01-01 | 1"
        },
    ),
    "ADAM.TTE_ORDER": (
        {"ADTTE": TTE + "S1 | OS | 0 | DAYS | 2023-01-02 | 2023-01-01 | 0"},
        ["ADTTE ADT S1 2023-01-01"],
        {"ADTTE": TTE + "S1 | OS | 1 | DAYS | 2023-01-01 | 2023-01-01 | 0"},
    ),
    "ADAM.CNSR": (
        {"ADTTE": "USUBJID | PARAMCD | CNSR\nS1 | OS |\nS2 | OS | -1\nS3 | OS | 0.5\nS4 | OS | 0"},
        ["ADTTE CNSR S1", "ADTTE CNSR S2 -1", "ADTTE CNSR S3 0.5"],
        {"ADTTE": "USUBJID | PARAMCD | CNSR\nS3 | OS | 6\nS4 | OS | 0"},
    ),
    "ADAM.CNSR_TEXTS": (
        {
            "ADTTE": "USUBJID | PARAMCD | CNSR | EVNTDESC | CNSDTDSC\nS1 | OS | 0 | DEATH | LAST KNOWN ALIVE\n"
            "S2 | OS | 1 | ALIVE |\nS3 | OS | 0 | |"
        },
        ["ADTTE CNSDTDSC S1 LAST KNOWN ALIVE", "ADTTE CNSDTDSC S2", "ADTTE EVNTDESC S3"],
        {
            "ADTTE": "USUBJID | PARAMCD | CNSR | EVNTDESC | CNSDTDSC\nS1 | OS | 0 | DEATH |\n"
            "S2 | OS | 1 | ALIVE | LAST KNOWN ALIVE"
        },
    ),
    "ADAM.CNSR_REASON": (
        {
            "ADTTE": "USUBJID | PARAMCD | CNSR | EVNTDESC\nS1 | OS | 1 | ALIVE\nS2 | OS | 1 | WITHDREW\n"
            "S3 | PFS | 1 | ONGOING\n"
            "S4 | PFS | 0 | DEATH\nS5 | PFS | 0 | PROGRESSIVE DISEASE"
        },
        ["ADTTE CNSR S1 1", "ADTTE CNSR S2 1"],
        {
            "ADTTE": "USUBJID | PARAMCD | CNSR | EVNTDESC\nS1 | OS | 1 | ALIVE\nS3 | PFS | 1 | ONGOING\n"
            "S4 | PFS | 0 | DEATH\nS5 | PFS | 0 | PROGRESSIVE DISEASE"
        },
    ),
}

#: Tested by itself below, as it needs a cut-off.
ALONE = {"ADAM.AFTER_CUTOFF"}


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


def test_every_adam_rule_has_a_case():
    modules = {adam_rules.__name__, parameter_rules.__name__, tte_rules.__name__}
    assert {rule.id for rule in RULES.values() if rule.check.__module__ in modules} == set(CASES) | ALONE


def test_no_date_lies_after_the_cut_off(run_rule):
    tables = {"ADTTE": "USUBJID | ADT | STARTDT\nS1 | 2023-06-30 | 2023-01-01\nS2 | 2023-07-01 | 2023-01-01"}
    found = run_rule("ADAM.AFTER_CUTOFF", tables, design={"cutoff": "2023-06-30"})
    assert found == ["ADTTE ADT S2 2023-07-01"]
    assert run_rule("ADAM.AFTER_CUTOFF", tables, design={"cutoff": "2023-07-01"}) == []


def test_a_treatment_that_starts_after_the_cutoff_is_not_expected(run_rule):
    tables = {
        "EX": "USUBJID | EXCAT | EXSTDTC\nS1 | INFUSION | 2023-07-10\nS2 | INFUSION | 2023-07-10",
        "ADSL": "USUBJID | TRTSDT\nS1 | \nS2 | 2023-07-10",
    }
    found = run_rule("ADAM.TREATMENT_START", tables, design={"cutoff": "2023-06-30"})
    assert found == ["ADSL TRTSDT S2 2023-07-10"]
