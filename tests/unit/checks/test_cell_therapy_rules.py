"""Each rule on cell therapy on tables that break it and on some that do not; expected rows are typed by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from checks import cell_therapy_rules
from checks.registry import RULES
from checks.rules import run_rules

INFUSED = (
    "USUBJID | EXCAT | EXSTDTC\nS1 | INFUSION | 2023-01-20T10:00\nS1 | INFUSION | 2023-01-10T10:00\n"
    "S2 | INFUSION | 2023-01-10\nS3 | OTHER | 2023-01-01"
)
PR = "USUBJID | PRCAT | PRSTDTC\n"
EX = "USUBJID | EXCAT | EXSTDTC\nS1 | INFUSION | 2023-01-10T10:00\nS2 | INFUSION | 2023-01-10\nS3 | INFUSION |\n"
PRODUCTS = "USUBJID | EXTRT | EXSTDTC\n"
EVENTS = "USUBJID | AECAT | AESTDTC\n"
AE = "USUBJID | AESEQ | AECAT | AETOXGR\n"
SUPPAE = "USUBJID | IDVAR | IDVARVAL | QNAM | QVAL\n"
CRS = "USUBJID | AESEQ | AECAT | AESTDTC | AEENDTC | AETOXGR\n"
CM = "USUBJID | CMTRT | CMSTDTC\n"
GRADE_2 = "S1 | AESEQ | 1 | ASTCTGR | 2\n"

#: Rule: tables that break it, what is found (dataset, variable, subject, value), tables that do not.
CASES: dict[str, tuple[dict[str, str], list[str], dict[str, str]]] = {
    "CELL.LEUKAPHERESIS_MISSING": (
        {"EX": INFUSED, "PR": PR + "S2 | BRIDGING | 2023-01-01\nS3 | OTHER | 2023-01-01"},
        ["EX EXSTDTC S1 2023-01-10T10:00", "EX EXSTDTC S2 2023-01-10"],
        {"EX": INFUSED, "PR": PR + "S1 | COLLECTION | 2022-12-01\nS2 | COLLECTION |"},
    ),
    "CELL.LEUKAPHERESIS_AFTER_INFUSION": (
        {
            "EX": INFUSED,
            "PR": PR + "S1 | COLLECTION | 2023-01-15\nS1 | BRIDGING | 2023-01-01\nS2 | COLLECTION | 2023-02",
        },
        ["EX EXSTDTC S1 2023-01-10T10:00", "EX EXSTDTC S2 2023-01-10"],
        {
            "EX": INFUSED,
            "PR": PR + "S1 | COLLECTION | 2022-12-01\nS1 | COLLECTION | 2023-01-15\nS2 | COLLECTION | 2023-01\n"
            "S3 | COLLECTION | 2024-01-01",
        },
    ),
    "CELL.LYMPHODEPLETION_MISSING": (
        {"EX": EX + "S2 | LYMPHODEPLETION | 2023-01-05"},
        ["EX EXSTDTC S1 2023-01-10T10:00", "EX EXSTDTC S3"],
        {"EX": EX + "S1 | LYMPHODEPLETION |\nS2 | LYMPHODEPLETION | 2023-01-05\nS3 | LYMPHODEPLETION | 2023-01-05"},
    ),
    "CELL.LYMPHODEPLETION_AFTER_INFUSION": (
        {"EX": EX + "S1 | LYMPHODEPLETION | 2023-01-11\nS2 | LYMPHODEPLETION | 2023-01-05"},
        ["EX EXSTDTC S1 2023-01-11"],
        {"EX": EX + "S1 | LYMPHODEPLETION | 2023-01-10\nS2 | LYMPHODEPLETION | 2023\nS3 | LYMPHODEPLETION | 2024"},
    ),
    "CELL.PRODUCT_ORDER": (
        {"EX": PRODUCTS + "S1 | CELLS B | 2023-01-09\nS1 | CELLS A | 2023-01-10\nS1 | CELLS B | 2023-01-20"},
        ["EX EXSTDTC S1 2023-01-09"],
        {
            "EX": PRODUCTS + "S1 | CELLS A | 2023-01-10\nS1 | CELLS B | 2023-01-20\nS1 | CELLS A | 2023-06-01\n"
            "S2 | CELLS B | 2023-01-10\nS3 | CELLS A | 2023-01-10T12:00\nS3 | CELLS B | 2023-01-10\n"
            "S4 | CELLS A |\nS4 | CELLS B | 2023-01-10"
        },
    ),
    "CELL.PRODUCT_SKIPPED": (
        {"EX": PRODUCTS + "S1 | CELLS B | 2023-01-10\nS1 | CELLS B | 2023-01-20\nS2 | CELLS A | 2023-01-10"},
        ["EX EXSTDTC S1 2023-01-10", "EX EXSTDTC S1 2023-01-20"],
        {"EX": PRODUCTS + "S1 | CELLS A |\nS1 | CELLS B | 2023-01-20\nS2 | CELLS A | 2023-01-10"},
    ),
    "CELL.EVENT_BEFORE_INFUSION": (
        {"EX": INFUSED, "AE": EVENTS + "S1 | CRS | 2023-01-09\nS2 | ICANS | 2022\nS2 | | 2022-12-01"},
        ["AE AESTDTC S1 2023-01-09", "AE AESTDTC S2 2022"],
        {"EX": INFUSED, "AE": EVENTS + "S1 | CRS | 2023-01-10\nS2 | ICANS | 2023-01\nS3 | CRS | 2022-01-01"},
    ),
    "CELL.EVENT_WITHOUT_INFUSION": (
        {"EX": INFUSED, "AE": EVENTS + "S3 | CRS | 2023-01-12\nS4 | ICANS |\nS4 | | 2023-01-01"},
        ["AE AESTDTC S3", "AE AESTDTC S4"],
        {"EX": EX, "AE": EVENTS + "S1 | CRS | 2023-01-12\nS3 | CRS | 2023-01-12\nS4 | | 2023-01-01"},
    ),
    "CELL.SECOND_GRADE_MISSING": (
        {
            "AE": AE + "S1 | 1 | CRS | 2\nS1 | 2 | ICANS | 1\nS2 | 1 | CRS | 1\nS3 | 1 | | 1",
            "SUPPAE": SUPPAE + "S1 | AESEQ | 1 | ASTCTGR | 2\nS2 | AESEQ | 1 | OTHER | 2\nS3 | AESEQ | 1 | OTHER | 2",
        },
        ["AE ASTCTGR S1", "AE ASTCTGR S2"],
        {"AE": AE + "S1 | 1 | CRS | 2\nS1 | 2 | | 1", "SUPPAE": SUPPAE + GRADE_2},
    ),
    "CELL.SECOND_GRADE_UNEXPECTED": (
        {"AE": AE + "S1 | 1 | | 2\nS1 | 2 | CRS | 2", "SUPPAE": SUPPAE + GRADE_2 + "S1 | AESEQ | 2 | ASTCTGR | 1"},
        ["AE ASTCTGR S1 2"],
        {"AE": AE + "S1 | 1 | CRS | 2\nS2 | 1 | | 2", "SUPPAE": SUPPAE + GRADE_2},
    ),
    "CELL.SECOND_GRADE_DIFFERS": (
        {
            "AE": AE + "S1 | 1 | CRS | 4\nS2 | 1 | ICANS | 1",
            "SUPPAE": SUPPAE + GRADE_2 + "S2 | AESEQ | 1 | ASTCTGR | 3",
        },
        ["AE ASTCTGR S1 AETOXGR=4; ASTCTGR=2", "AE ASTCTGR S2 AETOXGR=1; ASTCTGR=3"],
        {
            "AE": AE + "S1 | 1 | CRS | 3\nS2 | 1 | ICANS |\nS3 | 1 | | 5",
            "SUPPAE": SUPPAE + GRADE_2 + "S2 | AESEQ | 1 | ASTCTGR | 3\nS3 | AESEQ | 1 | ASTCTGR | 1",
        },
    ),
    "CELL.RESCUE_WITHOUT_EVENT": (
        {
            "AE": CRS + "S1 | 1 | CRS | 2023-01-12 | 2023-01-15 | 2\nS2 | 1 | ICANS | 2023-01-12 | 2023-01-15 | 2",
            "CM": CM + "S1 | TOCILIZUMAB | 2023-01-18\nS1 | TOCILIZUMAB | 2023-01-09\nS2 | TOCILIZUMAB | 2023-01-12\n"
            "S3 | TOCILIZUMAB |",
        },
        ["CM CMSTDTC S1 2023-01-09", "CM CMSTDTC S1 2023-01-18", "CM CMSTDTC S2 2023-01-12", "CM CMSTDTC S3"],
        {
            "AE": CRS + "S1 | 1 | CRS | 2023-01-12 | 2023-01-15 | 2\nS2 | 1 | CRS | 2023-01-12 | | 2\n"
            "S3 | 1 | CRS | | | 2",
            "CM": CM + "S1 | TOCILIZUMAB | 2023-01-10\nS1 | TOCILIZUMAB | 2023-01-17\nS1 | TOCILIZUMAB | 2023-01\n"
            "S2 | TOCILIZUMAB | 2023-03-01\nS3 | TOCILIZUMAB | 2023-03-01\nS4 | DEXAMETHASONE | 2023-01-01",
        },
    ),
    "CELL.RESCUE_MISSING": (
        {
            "AE": CRS + "S1 | 1 | CRS | 2023-01-12 | 2023-01-15 | 2\nS2 | 1 | CRS | 2023-01-12 | 2023-01-15 | 2",
            "SUPPAE": SUPPAE + GRADE_2 + "S2 | AESEQ | 1 | ASTCTGR | 3",
            "CM": CM + "S1 | TOCILIZUMAB | 2023-02-12\nS2 | PARACETAMOL | 2023-01-12",
        },
        ["AE ASTCTGR S1 2", "AE ASTCTGR S2 3"],
        {
            "AE": CRS + "S1 | 1 | CRS | 2023-01-12 | 2023-01-15 | 2\nS2 | 1 | CRS | 2023-01-12 | 2023-01-15 | 2\n"
            "S3 | 1 | ICANS | 2023-01-12 | 2023-01-15 | 3\nS4 | 1 | CRS | 2023-01-12 | 2023-01-15 | 1",
            "SUPPAE": SUPPAE + GRADE_2 + "S2 | AESEQ | 1 | ASTCTGR | 3\nS3 | AESEQ | 1 | ASTCTGR | 3\n"
            "S4 | AESEQ | 1 | ASTCTGR | 1",
            "CM": CM + "S1 | TOCILIZUMAB | 2023-01-13\nS2 | DEXAMETHASONE | 2023-01",
        },
    ),
}


@pytest.mark.parametrize("rule", CASES)
def test_rule_fires_on_what_breaks_it(rule: str, run_rule: Callable[..., list[str]]) -> None:
    broken, expected, _ = CASES[rule]
    assert run_rule(rule, broken) == expected


@pytest.mark.parametrize("rule", CASES)
def test_rule_is_silent_on_what_does_not(rule: str, run_rule: Callable[..., list[str]]) -> None:
    _, _, sound = CASES[rule]
    assert run_rule(rule, sound) == []


@pytest.mark.parametrize("rule", CASES)
def test_rule_is_silent_on_datasets_without_rows(rule: str, run_rule: Callable[..., list[str]]) -> None:
    broken, _, _ = CASES[rule]
    assert run_rule(rule, broken, empty=True) == []


def test_every_rule_on_cell_therapy_has_a_case() -> None:
    assert {rule.id for rule in RULES.values() if rule.check.__module__ == cell_therapy_rules.__name__} == set(CASES)


def test_the_order_of_products_is_the_studys(run_rule: Callable[..., list[str]]) -> None:
    products = [{"dataset": "EX", "variable": "EXSTDTC", "where": {"EXTRT": f"CELLS {name}"}} for name in "CBA"]
    tables = {"EX": PRODUCTS + "S1 | CELLS A | 2023-01-10\nS1 | CELLS B | 2023-01-20\nS1 | CELLS C | 2023-01-30"}
    found = run_rule("CELL.PRODUCT_ORDER", tables, settings={"facts": {"products": products}})
    assert found == ["EX EXSTDTC S1 2023-01-10", "EX EXSTDTC S1 2023-01-20"]


def test_how_far_grades_may_lie_apart_is_the_studys(run_rule: Callable[..., list[str]]) -> None:
    second = {"where": {"AECAT": "CRS"}, "qualifier": "ASTCTGR", "apart": "0"}
    tables = {"AE": AE + "S1 | 1 | CRS | 3", "SUPPAE": SUPPAE + GRADE_2}
    found = run_rule("CELL.SECOND_GRADE_DIFFERS", tables, settings={"facts": {"second_grade": second}})
    assert found == ["AE ASTCTGR S1 AETOXGR=3; ASTCTGR=2"]


def test_a_study_without_the_facts_is_not_asked(
    study: Callable[..., Any], table: Callable[[str], pd.DataFrame]
) -> None:
    made = study({"AE": ["USUBJID", "AESEQ"]})
    found = run_rules(made, {"AE": table("USUBJID | AESEQ\nS1 | 1")}, only=["CELL"])
    assert found["rule"].tolist() == ["RULE.NOT_APPLICABLE"]
    assert f"({sum(name.startswith('CELL.') for name in RULES)})" in found["message"].iloc[0]


@pytest.mark.parametrize("absent", ["CM", "AE"])
def test_rescue_is_not_judged_without_its_datasets(
    absent: str, study: Callable[..., Any], table: Callable[[str], pd.DataFrame]
) -> None:
    """Without events every medication would be queried; without medications none would be."""
    broken, _, _ = CASES["CELL.RESCUE_WITHOUT_EVENT"]
    frames = {name: table(text) for name, text in broken.items()}
    rescue = {
        "medication": {"dataset": "CM", "variable": "CMSTDTC", "where": {"CMTRT": "TOCILIZUMAB"}},
        "event": {"dataset": "AE", "variable": "AESTDTC", "end": "AEENDTC", "where": {"AECAT": "CRS"}},
    }
    made = study({name: list(frame.columns) for name, frame in frames.items()}, settings={"facts": {"rescue": rescue}})
    del frames[absent]
    found = run_rules(made, frames, only=["CELL.RESCUE_WITHOUT_EVENT"])
    assert found["rule"].tolist() == ["RULE.NOT_RUN"]
    assert f"dataset {absent}" in found["message"].iloc[0]
