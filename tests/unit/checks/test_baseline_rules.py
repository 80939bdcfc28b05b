"""Each rule on baseline and change on a table that breaks it and on one that does not, typed by hand."""

from __future__ import annotations

import pytest

from checks import baseline_rules
from checks.registry import RULES

VALUES = "USUBJID | PARAMCD | ABLFL | AVAL | BASE\n"
CHANGES = "USUBJID | PARAMCD | AVAL | BASE | CHG | PCHG\n"

#: Rule: table that breaks it, what is found (dataset, variable, subject, value), table that does not.
CASES: dict[str, tuple[str, list[str], str]] = {
    "ADAM.BASELINE_ONCE": (
        "USUBJID | PARAMCD | ABLFL\nS1 | K | Y\nS1 | K | Y\nS1 | ALT | Y\nS2 | K |",
        ["ADLB PARAMCD S1 K"],
        "USUBJID | PARAMCD | BASETYPE | ABLFL\nS1 | K | LAST | Y\nS1 | K | WORST | Y\nS2 | K | LAST | Y",
    ),
    "ADAM.BASELINE_VALUE": (
        VALUES + "S1 | K | Y | 4 | 4\nS1 | K | | 5 | 5\nS2 | K | | 5 | 5\nS3 | K | Y | 4 |",
        ["ADLB BASE S1 5", "ADLB BASE S2 5", "ADLB BASE S3"],
        VALUES + "S1 | K | Y | 4 | 4\nS1 | K | | 5 | 4\nS1 | ALT | | 5 |\nS2 | K | Y | |",
    ),
    "ADAM.CHANGE": (
        CHANGES + "S1 | K | 5 | 4 | 2 | 25\nS2 | K | 5 | 4 | 1 | 20\nS3 | K | 5 | | 1 |\nS4 | K | 5 | 0 | 5 | 100",
        ["ADLB CHG S1 2", "ADLB CHG S3 1", "ADLB PCHG S2 20", "ADLB PCHG S4 100"],
        CHANGES + "S1 | K | 5 | 4 | 1 | 25\nS1 | K | 4 | 4 | |\nS2 | K | 5 | 0 | 5 |\nS3 | K | 0.3 | 0.1 | 0.2 | 200",
    ),
}


@pytest.mark.parametrize("rule", CASES)
def test_rule_fires_on_what_breaks_it(rule, run_rule):
    broken, expected, _ = CASES[rule]
    assert run_rule(rule, {"ADLB": broken}) == expected


@pytest.mark.parametrize("rule", CASES)
def test_rule_is_silent_on_what_does_not(rule, run_rule):
    assert run_rule(rule, {"ADLB": CASES[rule][2]}) == []


@pytest.mark.parametrize("rule", CASES)
def test_rule_is_silent_on_datasets_without_rows(rule, run_rule):
    assert run_rule(rule, {"ADLB": CASES[rule][0]}, empty=True) == []


def test_every_rule_has_a_case():
    assert {rule.id for rule in RULES.values() if rule.check.__module__ == baseline_rules.__name__} == set(CASES)
