"""Each rule on lesions on tables that break it and on some that do not; expected rows are typed by hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from checks import lesion_response_rules, lesion_rules
from checks.registry import RULES
from checks.rules import run_rules
from specs.model.study import Study

LUGANO: dict[str, Any] = {"dataset": "RS", "variable": "RSDTC", "result": "RSSTRESC"}
FACTS: dict[str, Any] = {
    "infusion": {"dataset": "EX", "variable": "EXSTDTC"},
    "response": LUGANO | {"where": {"RSTESTCD": "OVRLRESP"}},
    "metabolic_response": LUGANO
    | {"where": {"RSTESTCD": "METBRESP"}, "complete": "CMR", "partial": "PMR", "stable": "SMD", "progression": "PMD"},
    "anatomic_response": LUGANO | {"where": {"RSTESTCD": "ANATRESP"}},
    "new_lesions": LUGANO | {"where": {"RSTESTCD": "NEWLIND"}},
    "lesions": {
        "identified": {"dataset": "TU", "variable": "TUDTC"},
        "measured": {"dataset": "TR", "variable": "TRDTC"},
        "arisen": {"TUTESTCD": ["TUSPLIT", "TUMERGE"]},
        "parents": "TUGRPID",
    },
}
EX = "USUBJID | EXSTDTC\nS1 | 2024-02-01\nS2 | 2024-02-01"
TU = "USUBJID | TULNKID | TUTESTCD | TUSTRESC | TUGRPID | TUEVAL | VISITNUM | TUDTC\n"
TR = "USUBJID | TRLNKID | TRTESTCD | TRORRES | TRSTRESC | TRSTRESN | TRSTAT | TRREASND | TREVAL | VISITNUM | TRDTC\n"
RS = "USUBJID | RSTESTCD | RSSTRESC | RSEVAL | VISITNUM | RSDTC\n"
NODE = "TUMIDENT | TARGET NODAL | | INVESTIGATOR | 1 | 2024-01-05\n"
OUTSIDE = "TUMIDENT | TARGET EXTRA NODAL | | INVESTIGATOR | 1 | 2024-01-05\n"
OTHER = "TUMIDENT | NON-TARGET NODAL | | INVESTIGATOR | 1 | 2024-01-05\n"
NEW = "TUMIDENT | NEW NODAL | | INVESTIGATOR | 6 | 2024-03-01\n"
DAYS = {1: "2024-01-05", 6: "2024-03-01", 7: "2024-05-01", 8: "2024-08-01"}


def results(*rows: str) -> str:
    """Return TR: each row is subject, link id, visit, test, result; a number is in mm, `NOT DONE why` is no result."""
    lines = []
    for row in rows:
        subject, link, visit, test, *rest = row.split(maxsplit=4)
        result = rest[0] if rest else ""
        done = not result.startswith("NOT DONE")
        number = result if result.replace(".", "").isdigit() else "5" if result == "TOO SMALL" else ""
        reason = "" if done else result.removeprefix("NOT DONE").strip()
        cells = [subject, "" if link == "-" else link, test, result if done else "", (number or result) if done else ""]
        cells += [number, "" if done else "NOT DONE", reason, "INVESTIGATOR", visit, DAYS[int(visit)]]
        lines.append(" | ".join(cells))
    return TR + "\n".join(lines)


def responses(*rows: str) -> str:
    """Return RS: each row is subject, visit, test, result."""
    parts = (row.split() for row in rows)
    return RS + "\n".join(
        f"{subject} | {test} | {result} | INVESTIGATOR | {visit} | {DAYS[int(visit)]}"
        for subject, visit, test, result in parts
    )


def identified(*rows: str) -> str:
    """Return TU: each row is subject, link id and one of the kinds above."""
    return TU + "".join(rows)


ONE = identified(f"S1 | T01 | {NODE}")
TWO = identified(f"S1 | T01 | {NODE}", f"S1 | T02 | {OUTSIDE}")
SPLIT = TWO + "".join(
    f"S1 | {link} | TUSPLIT | TARGET NODAL | T01 | INVESTIGATOR | 6 | 2024-03-01\n" for link in ("T01.1", "T01.2")
)
MERGED = TWO + "S1 | T01/T02 | TUMERGE | TARGET NODAL | T01, T02 | INVESTIGATOR | 6 | 2024-03-01\n"
BOTH = ("S1 T01 1 LDIAM 30", "S1 T01 1 LPERP 20")

#: Rule: tables that break it, what is found (dataset, variable, subject, value), tables that do not.
CASES: dict[str, tuple[dict[str, str], list[str], dict[str, str]]] = {
    "LESION.NOT_IDENTIFIED": (
        {
            "TU": ONE,
            "TR": results(
                *BOTH,
                "S1 T09 1 LDIAM 30",
                "S1 T09 6 LDIAM 28",
                "S1 - 6 TUMSTATE PRESENT",
                "S2 T01 1 LDIAM 30",
                "S1 L01 6 ORVERLN 12",
            ),
        },
        ["TR TRLNKID S1", "TR TRLNKID S1 L01", "TR TRLNKID S1 T09", "TR TRLNKID S2 T01"],
        {"TU": ONE, "TR": results(*BOTH, "S1 - 1 SUMPPD 600")},
    ),
    "LESION.NEVER_MEASURED": (
        {
            "TU": identified(f"S1 | T01 | {NODE}", f"S1 | T02 | {NODE}", f"S1 | NT01 | {OTHER}"),
            "TR": results("S1 T01 1 TUMSTATE PRESENT", "S1 T02 1 LDIAM NOT DONE artefacts"),
        },
        ["TU TULNKID S1 T01", "TU TULNKID S1 T02"],
        {"TU": TWO, "TR": results(*BOTH, "S1 T02 6 LPERP 11")},
    ),
    "LESION.MISSING_AT_TIMEPOINT": (
        {
            "TU": TWO,
            "TR": results(*BOTH, "S1 T02 1 LDIAM 20", "S1 T01 6 LDIAM 28", "S1 T02 7 LDIAM 12", "S1 T02 7 LPERP 9"),
        },
        ["TU TULNKID S1 6", "TU TULNKID S1 7"],
        {
            "TU": SPLIT,
            "TR": results(
                *BOTH,
                "S1 T02 1 LDIAM 20",
                "S1 T01.1 6 LDIAM 16",
                "S1 T01.2 6 LDIAM NOT DONE artefacts",
                "S1 T02 6 LDIAM TOO SMALL",
            ),
        },
    ),
    "LESION.REASON_MISSING": (
        {
            "TU": TWO,
            "TR": results("S1 T01 6 LDIAM NOT DONE", "S1 T01 6 LPERP NOT DONE", "S1 T02 6 LDIAM NOT DONE artefacts"),
        },
        ["TR TRREASND S1"],
        {"TU": TWO, "TR": results(*BOTH, "S1 T02 6 LDIAM NOT DONE artefacts", "S1 T02 7 LDIAM")},
    ),
    "LESION.PERPENDICULAR": (
        {"TU": TWO, "TR": results("S1 T01 1 LPERP 25", "S1 T01 1 LDIAM 20", "S1 T01 6 LDIAM 20", "S1 T02 6 LPERP 30")},
        ["TR TRSTRESN S1 LDIAM=20; LPERP=25"],
        {"TU": TWO, "TR": results(*BOTH, "S1 T01 6 LDIAM 20", "S1 T01 6 LPERP 20", "S1 T01 7 LPERP 25")},
    ),
    "LESION.ONE_DIAMETER": (
        {
            "TU": TWO,
            "TR": results("S1 T01 1 LDIAM 30", "S1 T01 6 LDIAM", "S1 T01 6 LPERP 18", "S1 T02 6 LDIAM NOT DONE x"),
        },
        ["TR TRSTRESN S1 18", "TR TRSTRESN S1 30"],
        {"TU": TWO, "TR": results(*BOTH, "S1 T02 6 LDIAM NOT DONE x", "S1 T02 6 LPERP NOT DONE x")},
    ),
    "LESION.BASELINE_SIZE": (
        {
            "EX": EX,
            "TU": TWO + f"S2 | T01 | {OUTSIDE}",
            "TR": results("S1 T01 1 LDIAM 15", "S1 T01 6 LDIAM 12", "S1 T02 1 LDIAM 10.5", "S2 T01 1 LDIAM 10"),
        },
        ["TR TRSTRESN S1 15", "TR TRSTRESN S2 10"],
        {
            "EX": EX,
            "TU": SPLIT + "S2 | T01 | TUMIDENT | TARGET NODAL | | INVESTIGATOR | 6 | 2024-03-01\n",
            "TR": results("S1 T01 1 LDIAM 16", "S1 T02 1 LDIAM 11", "S1 T01.1 6 LDIAM 9", "S2 T01 6 LDIAM 9"),
        },
    ),
    "LESION.TOO_MANY_TARGETS": (
        {
            "TU": identified(
                *(f"S1 | T0{number} | {NODE}" for number in (8, 1, 2, 3, 4, 5, 6, 7)), f"S2 | T01 | {NODE}"
            ),
            "TR": results(*BOTH),
        },
        ["TU TULNKID S1 T07", "TU TULNKID S1 T08"],
        {
            "TU": SPLIT + "".join(f"S1 | T0{number} | {NODE}" for number in (3, 4, 5, 6)) + f"S1 | NT01 | {OTHER}",
            "TR": results(*BOTH),
        },
    ),
    "LESION.SPD": (
        {
            "TU": TWO,
            "TR": results(*BOTH, "S1 T02 1 LDIAM 20", "S1 T02 1 LPERP 10", "S1 N01 1 LDIAM 20", "S1 N01 1 LPERP 20")
            + "\nS1 | | SUMPPD | 802 | 802 | 802 | | | INVESTIGATOR | 1 | 2024-01-05",
        },
        ["TR TRSTRESN S1 802; of the diameters: 800"],
        {
            "TU": TWO,
            "TR": results(
                *BOTH,
                "S1 T02 1 LDIAM TOO SMALL",
                "S1 T02 1 LPERP TOO SMALL",
                "S1 - 1 SUMPPD 626",
                "S1 T01 6 LDIAM 20",
                "S1 T01 6 LPERP 10",
                "S1 T02 6 LDIAM NOT DONE x",
                "S1 - 6 SUMPPD 900",
                "S1 - 7 SUMPPD 900",
            ),
        },
    ),
    "LESION.TENFOLD": (
        {
            "TU": TWO,
            "TR": results(
                "S1 T01 1 LDIAM 60",
                "S1 T01 6 LDIAM 6",
                "S1 T01 7 LDIAM 58",
                "S1 T01 1 LPERP 55",
                "S1 T01 6 LPERP 5.5",
                "S1 T02 1 LDIAM 20",
                "S1 T02 6 LDIAM 190",
                "S1 T02 7 LDIAM 18",
                "S1 T02 1 LPERP 18",
                "S1 T02 6 LPERP TOO SMALL",
                "S1 T02 7 LPERP 1.2",
            ),
        },
        ["TR TRSTRESN S1 1.2", "TR TRSTRESN S1 190", "TR TRSTRESN S1 5.5", "TR TRSTRESN S1 6"],
        {
            "TU": TWO,
            "TR": results(
                "S1 T01 1 LDIAM 60",
                "S1 T01 6 LDIAM TOO SMALL",
                "S1 T01 7 LDIAM 0",
                "S1 T01 8 LDIAM 40",
                "S1 T01 1 LPERP 60",
                "S1 T01 6 LPERP 8",
                "S1 T01 7 LPERP 8",
                "S1 T01 8 LPERP 56",
                "S1 T02 1 LDIAM 30",
                "S1 T02 6 LDIAM 5",
                "S1 T02 1 LPERP 4",
            ),
        },
    ),
    "LESION.NEW_NOT_PD": (
        {
            "TU": ONE + f"S1 | N01 | {NEW}",
            "TR": results(*BOTH),
            "RS": responses("S1 6 OVRLRESP SD", "S1 7 OVRLRESP PD"),
        },
        ["TU TUSTRESC S1 NEW NODAL"],
        {
            "TU": ONE + f"S1 | N01 | {NEW}S2 | N01 | {NEW}",
            "TR": results(*BOTH),
            "RS": responses("S1 6 OVRLRESP PD", "S1 7 OVRLRESP CR", "S2 7 OVRLRESP SD"),
        },
    ),
    "LESION.NEW_NOT_RECORDED": (
        {
            "TU": ONE + f"S1 | N01 | {NEW.replace('6', '7').replace('2024-03-01', '2024-05-01')}",
            "TR": results(*BOTH),
            "RS": responses("S1 6 NEWLIND Y", "S1 7 NEWLIND Y", "S2 6 NEWLIND Y", "S2 7 NEWLIND N"),
        },
        ["RS RSSTRESC S1 Y", "RS RSSTRESC S2 Y"],
        {
            "TU": ONE + f"S1 | N01 | {NEW.replace('2024-03-01', '2024-03-04')}",
            "TR": results(*BOTH),
            "RS": responses("S1 6 NEWLIND Y", "S1 7 NEWLIND Y", "S2 6 NEWLIND N"),
        },
    ),
    "LESION.CR_WITH_LARGE_TARGET": (
        {
            "TU": TWO,
            "TR": results("S1 T01 6 LDIAM 16", "S1 T02 7 LDIAM 11", "S1 L04 7 FDP5PS NOT DONE x"),
            "RS": responses("S1 6 OVRLRESP CR", "S1 7 OVRLRESP CR", "S1 7 METBRESP NE"),
        },
        ["RS RSSTRESC S1 CR", "RS RSSTRESC S1 CR"],
        {
            "TU": TWO,
            "TR": results(
                "S1 T01 6 LDIAM 15", "S1 T02 6 LDIAM 10", "S1 T01 7 LDIAM 30", "S1 L04 7 FDP5PS 2", "S1 T01 8 LDIAM 30"
            ),
            "RS": responses("S1 6 OVRLRESP CR", "S1 7 OVRLRESP CR", "S1 8 OVRLRESP CR", "S1 8 METBRESP CMR"),
        },
    ),
    "LESION.CR_WITH_NON_TARGET": (
        {
            "TU": ONE + f"S1 | NT01 | {OTHER}",
            "TR": results("S1 NT01 6 TUMSTATE PRESENT", "S1 NT01 7 TUMSTATE INCREASED"),
            "RS": responses("S1 6 OVRLRESP CR", "S1 7 OVRLRESP CR"),
        },
        ["RS RSSTRESC S1 CR", "RS RSSTRESC S1 CR"],
        {
            "TU": ONE + f"S1 | NT01 | {OTHER}S1 | N01 | {NEW}",
            "TR": results(
                "S1 NT01 6 TUMSTATE ABSENT",
                "S1 N01 6 TUMSTATE PRESENT",
                "S1 NT01 7 TUMSTATE PRESENT",
                "S1 NT01 8 TUMSTATE PRESENT",
            ),
            "RS": responses("S1 6 OVRLRESP CR", "S1 7 OVRLRESP PR", "S1 8 OVRLRESP CR", "S1 8 METBRESP CMR"),
        },
    ),
    "LESION.METABOLIC_SCORE": (
        {
            "TU": ONE,
            "TR": results("S1 L04 6 FDP5PS 4", "S1 L04 7 FDP5PS 3", "S2 L04 6 FDP5PS 1"),
            "RS": responses("S1 6 METBRESP CMR", "S1 7 METBRESP PMR", "S2 6 METBRESP PMD"),
        },
        [
            "RS RSSTRESC S1 RSSTRESC=CMR; FDP5PS=4",
            "RS RSSTRESC S1 RSSTRESC=PMR; FDP5PS=3",
            "RS RSSTRESC S2 RSSTRESC=PMD; FDP5PS=1",
        ],
        {
            "TU": ONE,
            "TR": results("S1 L04 6 FDP5PS 3", "S1 L04 7 FDP5PS X", "S2 L04 6 FDP5PS 5"),
            "RS": responses("S1 6 METBRESP CMR", "S1 7 METBRESP CMR", "S2 6 METBRESP SMD", "S2 7 METBRESP CMR"),
        },
    ),
    "LESION.CT_PROGRESSION": (
        {"TU": ONE, "TR": results(), "RS": responses("S1 6 ANATRESP PD", "S1 6 METBRESP CMR", "S1 7 ANATRESP PD")},
        ["RS RSSTRESC S1 PD"],
        {
            "TU": ONE,
            "TR": results(),
            "RS": responses("S1 6 ANATRESP PD", "S1 6 METBRESP PMD", "S1 7 ANATRESP SD", "S1 7 METBRESP CMR"),
        },
    ),
    "LESION.INCREASED_NOT_PD": (
        {
            "TU": ONE + f"S1 | NT01 | {OTHER}",
            "TR": results("S1 NT01 6 TUMSTATE INCREASED", "S1 NT01 7 TUMSTATE INCREASED"),
            "RS": responses("S1 6 ANATRESP SD", "S1 7 ANATRESP PD"),
        },
        ["TR TRSTRESC S1 INCREASED"],
        {
            "TU": ONE + f"S1 | NT01 | {OTHER}",
            "TR": results("S1 NT01 6 TUMSTATE PRESENT", "S1 NT01 7 TUMSTATE INCREASED", "S1 NT01 8 TUMSTATE INCREASED"),
            "RS": responses("S1 6 ANATRESP SD", "S1 7 ANATRESP PD", "S1 8 METBRESP CMR"),
        },
    ),
    "LESION.NO_BASELINE": (
        {
            "EX": EX,
            "TU": TU
            + f"S1 | N01 | {NEW}S2 | L01 | TUMIDENT | LOCATION OF INTEREST | | INVESTIGATOR | 1 | 2024-01-05\n",
            "TR": results(*BOTH),
            "RS": responses("S1 7 OVRLRESP PD", "S1 6 OVRLRESP PD", "S2 6 OVRLRESP NE", "S2 7 OVRLRESP SD"),
        },
        ["RS RSDTC S1 2024-03-01", "RS RSDTC S2 2024-05-01"],
        {
            "EX": EX,
            "TU": ONE,
            "TR": results(*BOTH),
            "RS": responses("S1 6 OVRLRESP PD", "S2 1 OVRLRESP SD", "S2 6 OVRLRESP NE", "S3 6 OVRLRESP SD"),
        },
    ),
    "LESION.BEFORE_IDENTIFIED": (
        {
            "TU": ONE + f"S1 | N01 | {NEW}",
            "TR": results(*BOTH, "S1 N01 1 LDIAM 20", "S1 N01 1 LPERP 20", "S1 N01 6 LDIAM 20"),
        },
        ["TR TRDTC S1 2024-01-05"],
        {
            "TU": ONE + f"S1 | N01 | {NEW.replace('2024-03-01', '2024')}",
            "TR": results(*BOTH, "S1 N01 1 LDIAM 20", "S1 T09 1 LDIAM 20"),
        },
    ),
    "LESION.SPLIT_PARENT": (
        {
            "TU": MERGED,
            "TR": results(
                *BOTH, "S1 T01 6 LDIAM 20", "S1 T01 6 LPERP 20", "S1 T02 7 LDIAM 20", "S1 T01/T02 7 LDIAM 40"
            ),
        },
        ["TR TRLNKID S1 T01", "TR TRLNKID S1 T02"],
        {
            "TU": SPLIT,
            "TR": results(*BOTH, "S1 T02 7 LDIAM 20", "S1 T01.1 7 LDIAM 20", "S1 T01 7 LDIAM NOT DONE split"),
        },
    ),
}


def _run(run_rule: Callable[..., list[str]], rule: str, tables: dict[str, str], **known: Any) -> list[str]:
    return run_rule(rule, tables, settings={"facts": FACTS}, **known)


@pytest.mark.parametrize("rule", CASES)
def test_rule_fires_on_what_breaks_it(rule: str, run_rule: Callable[..., list[str]]) -> None:
    broken, expected, _ = CASES[rule]
    assert _run(run_rule, rule, broken) == expected


@pytest.mark.parametrize("rule", CASES)
def test_rule_is_silent_on_what_does_not(rule: str, run_rule: Callable[..., list[str]]) -> None:
    _, _, sound = CASES[rule]
    assert _run(run_rule, rule, sound) == []


@pytest.mark.parametrize("rule", CASES)
def test_rule_is_silent_on_datasets_without_rows(rule: str, run_rule: Callable[..., list[str]]) -> None:
    broken, _, _ = CASES[rule]
    assert _run(run_rule, rule, broken, empty=True) == []


def test_every_rule_on_lesions_has_a_case() -> None:
    modules = {lesion_rules.__name__, lesion_response_rules.__name__}
    assert {rule.id for rule in RULES.values() if rule.check.__module__ in modules} == set(CASES)


def test_each_assessor_has_lesions_of_their_own(run_rule: Callable[..., list[str]]) -> None:
    tables = {"TU": ONE, "TR": results(*BOTH).replace("INVESTIGATOR", "INDEPENDENT ASSESSOR")}
    assert _run(run_rule, "LESION.NOT_IDENTIFIED", tables) == ["TR TRLNKID S1 T01"]
    assert _run(run_rule, "LESION.NEVER_MEASURED", tables) == ["TU TULNKID S1 T01"]


def test_the_link_group_is_the_timepoint(run_rule: Callable[..., list[str]]) -> None:
    """Two visits for CT and PET of one timepoint."""
    tables = {
        "TU": TU.replace("VISITNUM", "TULNKGRP | VISITNUM") + f"S1 | T01 | {NODE.replace('| 1 |', '| | 1 |')}",
        "TR": "USUBJID | TRLNKID | TRLNKGRP | TRTESTCD | TRSTRESC | TRSTRESN | TREVAL | VISITNUM | TRDTC\n"
        "S1 | L04 | A1 | FDP5PS | 5 | 5 | INVESTIGATOR | 7 | 2024-03-02",
        "RS": "USUBJID | RSLNKGRP | RSTESTCD | RSSTRESC | RSEVAL | VISITNUM | RSDTC\n"
        "S1 | A1 | METBRESP | CMR | INVESTIGATOR | 6 | 2024-03-01\n"
        "S1 | A2 | METBRESP | CMR | INVESTIGATOR | 7 | 2024-05-01",
    }
    found = _run(run_rule, "LESION.METABOLIC_SCORE", tables)
    assert found == ["RS RSSTRESC S1 RSSTRESC=CMR; FDP5PS=5"]


def test_limits_and_terms_are_the_studys(run_rule: Callable[..., list[str]]) -> None:
    lesions = FACTS["lesions"] | {"target_nodes": "TARGET NODAL", "node_above": "35", "longest": "LDIAM"}
    tables = {"EX": EX, "TU": ONE, "TR": results(*BOTH)}
    found = run_rule("LESION.BASELINE_SIZE", tables, settings={"facts": FACTS | {"lesions": lesions}})
    assert found == ["TR TRSTRESN S1 30"]


def test_a_study_without_lesions_has_no_rules_on_them(study: Callable[..., Study]) -> None:
    found = run_rules(study({"DM": ["USUBJID"]}), {"DM": pd.DataFrame({"USUBJID": ["S1"]})}, only=["LESION"])
    assert list(found["rule"]) == ["RULE.NOT_APPLICABLE"]


def test_many_sound_results_are_no_findings(study: Callable[..., Study]) -> None:
    """Every rule on 200,000 results of 5,000 subjects."""
    subjects, visits = np.repeat(np.arange(5_000), 40), np.tile(np.repeat([1, 6, 7, 8], 10), 5_000)
    lesion = np.tile(np.repeat(np.arange(5), 2), 20_000)
    days = pd.Series(visits).map(DAYS)
    names = pd.Series(subjects.astype(str)).radd("S")
    measured = pd.DataFrame(
        {
            "USUBJID": names,
            "TRLNKID": pd.Series(lesion.astype(str)).radd("T0"),
            "TRTESTCD": np.tile(["LDIAM", "LPERP"], 100_000),
            "TRSTRESC": "20",
            "TRSTRESN": 20.0,
            "TREVAL": "INVESTIGATOR",
            "VISITNUM": visits.astype("float64"),
            "TRDTC": days,
        }
    ).astype({"TRSTRESC": "str", "TREVAL": "str", "TRTESTCD": "str"})
    first = measured[(measured["VISITNUM"] == 1) & (measured["TRTESTCD"] == "LDIAM")]
    known = first[["USUBJID", "TRLNKID", "TREVAL", "VISITNUM", "TRDTC"]].set_axis(
        ["USUBJID", "TULNKID", "TUEVAL", "VISITNUM", "TUDTC"], axis=1
    )
    known = known.assign(TUTESTCD="TUMIDENT", TUSTRESC="TARGET NODAL", TUGRPID=None)
    overall = measured.drop_duplicates(["USUBJID", "VISITNUM"])[["USUBJID", "VISITNUM", "TRDTC"]]
    overall = overall.rename(columns={"TRDTC": "RSDTC"})
    overall = overall.assign(RSTESTCD="OVRLRESP", RSSTRESC="SD", RSEVAL="INVESTIGATOR")
    infused = pd.DataFrame({"USUBJID": names.unique(), "EXSTDTC": "2024-02-01"})
    frames = {"TU": known, "TR": measured, "RS": overall, "EX": infused}
    made = study({name: list(frame.columns) for name, frame in frames.items()}, settings={"facts": FACTS})
    found = run_rules(made, frames, only=["LESION"])
    assert list(found["rule"]) == []
