"""The rules on the response derived from lesions, each on a table that breaks it and on one that does not."""

from __future__ import annotations

from checks import derived_response_rules
from checks.registry import RULES

FACTS = {
    "derived_response": {
        "assessed": {"dataset": "ADRS", "where": {"PARAMCD": "OVR", "ANL03FL": "Y"}},
        "derived": {"dataset": "ADRS", "where": {"PARAMCD": "OVRDER"}},
    }
}
HEADER = "USUBJID | PARAMCD | VISITNUM | AVALC | ANL03FL | RSPCRIT | RSPLNKID\n"


def test_another_response_than_the_lesions_say(run_rule) -> None:
    rows = HEADER + (
        "S1 | OVR | 7 | SD | Y | |\nS1 | OVRDER | 7 | PD | | TARGET GROWTH | T02\n"
        "S1 | OVR | 8 | PR | | |\nS1 | OVRDER | 8 | PD | | NEW LESION | N01\n"
        "S2 | OVR | 7 | PR | Y | |\nS2 | OVRDER | 7 | CR | | UPTAKE |"
    )
    found = run_rule("ADAM.RESPONSE_DIFFERS", {"ADRS": rows}, settings={"facts": FACTS})
    assert found == [
        "ADRS AVALC S1 assessed SD; derived PD: TARGET GROWTH T02",
        "ADRS AVALC S2 assessed PR; derived CR: UPTAKE",
    ]


def test_the_same_response_is_silent(run_rule) -> None:
    rows = HEADER + "S1 | OVR | 7 | SD | Y | |\nS1 | OVRDER | 7 | SD | | SUM OF PRODUCTS |\nS1 | OVR | 8 | PR | Y | |"
    assert run_rule("ADAM.RESPONSE_DIFFERS", {"ADRS": rows}, settings={"facts": FACTS}) == []


def test_a_response_without_lesions_is_noted(run_rule) -> None:
    rows = HEADER + "S1 | OVR | 7 | SD | Y | |\nS1 | OVR | 8 | PR | Y | |\nS1 | OVRDER | 8 | PD | | UPTAKE |"
    assert run_rule("ADAM.RESPONSE_NOT_DERIVED", {"ADRS": rows}, settings={"facts": FACTS}) == ["ADRS AVALC S1 SD"]


def test_every_rule_has_a_test() -> None:
    module = derived_response_rules.__name__
    assert {rule.id for rule in RULES.values() if rule.check.__module__ == module} == {
        "ADAM.RESPONSE_DIFFERS",
        "ADAM.RESPONSE_NOT_DERIVED",
    }
