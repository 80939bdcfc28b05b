"""Each decision of the study, with its default and with the alternative that a setting chooses.

`DECISIONS` leads from the question to the hand-worked cases that answer it; those which have a file of their own are
named with it. `CENSORING` has one case for each reason for censoring.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.unit.adam.conftest import build, sdtm_of, table, with_settings

PD = "PROGRESSIVE DISEASE"
TESTS = Path(__file__).parents[2]

DECISIONS: dict[str, tuple[str, ...]] = {
    "clock start": ("test_clock_start", "test_the_last_infusion_as_the_clock"),
    "response at 3 months": (
        "test_response_at_3_months_is_delivered_both_ways",
        "test_last_day_of_response_by_month_3",
        "test_last_day_of_the_24_months",
    ),
    "visit windows": ("test_visit_windows", "unit/adam/test_adrs.py::test_analysis_visits"),
    "minimum of stable disease": ("test_minimum_of_stable_disease",),
    "confirmation of a response": (
        "test_confirmation",
        "test_without_confirmation_one_response_is_enough",
        "test_confirmed_response_beside_the_unconfirmed",
        "unit/adam/test_derivation_parts.py::test_confirmed",
    ),
    "stem cell transplant": ("test_transplant",),
    "new anti-cancer therapy": ("test_new_therapy", "test_partial_start_of_new_therapy"),
    "event after missed assessments": ("test_event_after_missed_visits",),
    "different responses on one day": ("test_different_responses_on_one_day",),
    "several scan dates in one timepoint": ("test_several_scan_dates_in_one_timepoint",),
    "partial date of death": ("test_partial_death_date", "test_death_without_any_date"),
    "lymphodepletion": ("test_lymphodepletion_is_no_infusion",),
    "cells per kg": ("test_dose_in_cells_per_kg_or_in_total",),
    "grades by CTCAE, and by ASTCT beside them": ("unit/adam/test_adae.py::test_grades_stay_as_they_were_recorded",),
    "PET missing or not evaluable": (
        "unit/adam/test_lugano.py::test_table",
        "unit/adam/test_lesion_response.py::test_thresholds_are_settings",
    ),
    "related adverse events": ("unit/adam/test_adae.py::test_relationship",),
    "where new therapy stands in SDTM": ("test_where_new_therapy_stands",),
    "where a transplant stands in SDTM": ("test_where_a_transplant_stands",),
    "what the registry record does not say": ("unit/checks/test_sdtm_rules.py::test_rule_fires_on_what_breaks_it",),
    "who can be evaluated for efficacy": ("test_evaluable_for_efficacy",),
    "per protocol": ("test_per_protocol",),
    "baseline": ("test_baseline_ends_on_a_date",),
    "bulky disease": ("test_bulky_disease",),
}

#: CNSR, then facts, the parameter, and AVAL, EVNTDESC and CNSDTDSC. Windows: 22-36, 77-105, 169-197, …
CENSORING: list[tuple[int, str, dict[str, Any], int, str, str | None]] = [
    (0, "PFS", {"responses": [(29, "SD"), (91, "PD")]}, 91, PD, None),
    (0, "PFS", {"responses": [(29, "SD")], "death": 60}, 60, "DEATH", None),
    (0, "EFS", {"responses": [(29, "SD")], "new_therapy": 60}, 60, "NEW ANTI-CANCER THERAPY", None),
    (0, "TTR", {"responses": [(29, "PR")]}, 29, "COMPLETE OR PARTIAL RESPONSE", None),
    (0, "TTCR", {"responses": [(29, "CR")]}, 29, "COMPLETE RESPONSE", None),
    (1, "PFS", {"responses": [(29, "SD")]}, 29, "ONGOING WITHOUT EVENT AT DATA CUTOFF", "LAST ADEQUATE ASSESSMENT"),
    (1, "OS", {"contacts": [300]}, 300, "ALIVE AT DATA CUTOFF", "LAST KNOWN ALIVE"),
    (
        2,
        "PFS",
        {"responses": [(29, "SD"), (91, "PD")], "new_therapy": 60},
        29,
        "NEW ANTI-CANCER THERAPY",
        "LAST ADEQUATE ASSESSMENT ON OR BEFORE NEW ANTI-CANCER THERAPY",
    ),
    (
        3,
        "PFS",
        {"responses": [(29, "PR"), (91, "PD")], "transplant": 60},
        29,
        "STEM CELL TRANSPLANT",
        "LAST ADEQUATE ASSESSMENT ON OR BEFORE STEM CELL TRANSPLANT",
    ),
    (
        4,
        "PFS",
        {"responses": [(29, "SD")], "death": 198},
        29,
        "EVENT AFTER TWO OR MORE MISSED OR INADEQUATE ASSESSMENTS",
        "LAST ADEQUATE ASSESSMENT BEFORE GAP",
    ),
    (
        5,
        "PFS",
        {"responses": [(29, "SD")], "ended": (60, "WITHDRAWAL BY SUBJECT")},
        29,
        "DISCONTINUED STUDY WITHOUT EVENT",
        "LAST ADEQUATE ASSESSMENT",
    ),
    (
        5,
        "OS",
        {"ended": (60, "WITHDRAWAL BY SUBJECT"), "contacts": [50]},
        60,
        "DISCONTINUED STUDY ALIVE",
        "LAST KNOWN ALIVE",
    ),
    (6, "PFS", {"responses": [(29, "NE")]}, 1, "NO ADEQUATE POST-BASELINE ASSESSMENT", "START DATE"),
]


def _below(above: pd.DataFrame, more: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of two tables."""
    return pd.concat([above, more], ignore_index=True)


@pytest.mark.parametrize("question", DECISIONS)
def test_each_decision_leads_to_its_cases(question: str) -> None:
    for test in DECISIONS[question]:
        path, _, name = test.rpartition("::")
        source = (TESTS / path if path else Path(__file__)).read_text(encoding="utf-8")
        assert name in {node.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)}, test


@pytest.fixture(scope="module")
def censored(trials: Any) -> Any:
    """All cases of `CENSORING`, each one subject of one trial."""
    return trials({str(number): case[2] for number, case in enumerate(CENSORING)})


@pytest.mark.parametrize("number", range(len(CENSORING)))
def test_censoring(censored: Any, number: int) -> None:
    cnsr, parameter, _, days, text, date_text = CENSORING[number]

    assert censored.ends(parameter, str(number)) == (cnsr, days, text, date_text)


def test_clock_start(trial: Any) -> None:
    facts = {"responses": [(10, "PR"), (29, "PR"), (91, "PD")]}
    last = trial(**facts, settings={"clock_start": "TRTEDT"})

    assert trial(**facts).ends("PFS") == (0, 91, PD, None)
    assert trial(**facts).ends("TTR")[:2] == (0, 10)
    # the last infusion is on study day 15: what was assessed before it is baseline
    assert last.ends("PFS") == (0, 77, PD, None)
    assert last.ends("TTR")[:2] == (0, 15)
    assert last.timepoints("ABLFL") == [(-5, "PR", "Y"), (15, "PR", None), (77, "PD", None)]


def test_the_last_infusion_as_the_clock(trials: Any) -> None:
    """Infusions on study days 1 and 15; PFSLST and OSLST count from day 15."""
    analysed = trials(
        {
            "progression": {"responses": [(29, "SD"), (91, "PD")], "death": 200},
            "progression between the infusions": {"responses": [(10, "PD"), (29, "SD")]},
            "no assessment after the last": {"responses": [(10, "SD")], "contacts": [40]},
            "two windows missed": {"responses": [(29, "SD")], "death": 198},
            "new therapy between the infusions": {"responses": [(29, "PD")], "new_therapy": 12},
            "one infusion": {"infusions": [(1, "CD19 CAR-T CELLS")], "responses": [(29, "SD"), (91, "PD")]},
        }
    )

    assert {name: (analysed.ends("PFSLST", name) or ())[:2] for name in analysed.adsl["USUBJID"]} == {
        "progression": (0, 77),
        "progression between the infusions": (1, 15),  # it was there before the clock starts; PFS has it
        "no assessment after the last": (6, 1),
        "two windows missed": (4, 15),  # windows are counted in study days, as for PFS
        "new therapy between the infusions": (6, 1),
        "one infusion": (0, 91),
    }
    assert analysed.ends("PFS", "progression between the infusions") == (0, 10, PD, None)
    assert analysed.ends("OSLST", "progression") == (0, 186, "DEATH", None)
    assert analysed.ends("OSLST", "no assessment after the last")[:2] == (1, 26)
    assert analysed.time("PFSLST", "progression")["STARTDT"] == "2024-01-24"


def test_response_at_3_months_is_delivered_both_ways(trial: Any) -> None:
    analysed = trial(responses=[(29, "CR"), (91, "SD")])

    assert (analysed.response("ORR3M"), analysed.response("RSPM3")) == ("Y", "N")


def test_last_day_of_response_by_month_3(trial: Any) -> None:
    facts = {"responses": [(100, "PR")]}

    assert trial(**facts).response("ORR3M") == "Y"
    assert trial(**facts, settings={"month_3_last_day": "99"}).response("ORR3M") == "N"


def test_last_day_of_the_24_months(trial: Any) -> None:
    facts = {"responses": [(100, "SD"), (500, "CR"), (600, "PD")]}
    one_year = trial(**facts, settings={"month_24_last_day": "379"})

    assert (trial(**facts).response("BOR24"), trial(**facts).response("PD24")) == ("CR", "Y")
    assert trial(**facts).ends("DOR") == (0, 101, PD, None)
    assert (one_year.response("BOR24"), one_year.response("PD24"), one_year.ends("DOR")) == ("SD", "N", None)


def test_visit_windows(trial: Any) -> None:
    facts = {"responses": [(60, "PR")], "death": 200}
    windows = [
        {"visit": "WEEK 8", "number": "8", "target": "57", "first": "50", "last": "64"},
        {"visit": "MONTH 3", "number": "12", "target": "91", "first": "77", "last": "105"},
    ]
    other = trial(**facts, settings={"visit_windows": windows})

    assert trial(**facts).timepoints("AVISIT") == [(60, "PR", None)]
    assert trial(**facts).ends("PFS")[:2] == (4, 60)
    assert other.timepoints("AVISIT", "AVISITN", "AWTDIFF") == [(60, "PR", "WEEK 8", 8, 3)]
    assert other.ends("PFS") == (0, 200, "DEATH", None)  # only one window is missed now


def test_minimum_of_stable_disease(trial: Any) -> None:
    facts = {"responses": [(15, "SD")]}

    assert trial(**facts).response("BOR24") == "NE"
    assert trial(**facts, settings={"stable_from_day": "none"}).response("BOR24") == "SD"


CONFIRMATION = {"min_days": "28"}


CONFIRMED: dict[str, tuple[list[tuple[int, str]], str, str, tuple[int, int] | None, tuple[int, int] | None]] = {
    "complete twice": ([(29, "CR"), (91, "CR"), (183, "PD")], "CR", "Y", (0, 155), (0, 155)),
    "partial, then complete": ([(29, "PR"), (91, "CR"), (183, "PD")], "PR", "Y", None, (0, 155)),
    "too soon": ([(29, "CR"), (50, "CR"), (91, "PD")], "SD", "N", None, None),
    "lost": ([(29, "PR"), (91, "SD"), (183, "PD")], "SD", "N", None, None),
    "before stable disease counts": ([(15, "PR"), (29, "PD")], "PD", "N", None, None),
    "one not evaluable between": ([(29, "PR"), (60, "NE"), (91, "PR")], "PR", "Y", None, (1, 63)),
    "two not evaluable between": ([(29, "PR"), (50, "NE"), (60, "NE"), (91, "PR")], "SD", "N", None, None),
}


@pytest.fixture(scope="module")
def confirmed(trials: Any) -> Any:
    """All cases of confirmation in one trial that requires it."""
    cases = {name: {"responses": case[0]} for name, case in CONFIRMED.items()}
    return trials(cases, settings={"confirmation": CONFIRMATION})


@pytest.mark.parametrize("name", CONFIRMED)
def test_confirmation(confirmed: Any, name: str) -> None:
    _, best, orr3m, dor, dorrsp = CONFIRMED[name]

    assert (confirmed.response("BOR24", name), confirmed.response("ORR3M", name)) == (best, orr3m)
    assert (confirmed.ends("DOR", name) or ())[:2] == (dor or ())
    assert (confirmed.ends("DORRSP", name) or ())[:2] == (dorrsp or ())


def test_without_confirmation_one_response_is_enough(trial: Any) -> None:
    analysed = trial(responses=[(29, "CR"), (50, "CR"), (91, "PD")])

    assert analysed.response("BOR24") == "CR"
    assert analysed.ends("DOR") == (0, 63, PD, None)


def test_confirmed_response_beside_the_unconfirmed(trial: Any) -> None:
    """CBOR24, ANL06FL and DORCNF ask for confirmation, whatever the primary analysis does."""
    facts = {"responses": [(29, "CR"), (50, "CR"), (91, "CR"), (120, "NE"), (183, "PD")]}
    once = trial(responses=[(29, "CR"), (50, "CR"), (91, "PD")])
    later = trial(**facts, settings={"confirmed_response": {"min_days": "56", "max_not_evaluable": "0"}})

    # day 29 by day 91 (62 days later), day 50 by day 91 (41 days)
    assert trial(**facts).timepoints("ANL05FL", "ANL06FL") == [
        (29, "CR", "Y", "Y"),
        (50, "CR", "Y", "Y"),
        (91, "CR", "Y", None),
        (120, "NE", None, None),
        (183, "PD", None, None),
    ]
    assert (trial(**facts).response("CBOR24"), trial(**facts).ends("DORCNF")) == ("CR", (0, 155, PD, None))
    # unconfirmed: a best response and a duration, but neither a confirmed one nor its duration
    assert (once.response("BOR24"), once.response("CBOR24")) == ("CR", "SD")
    assert (once.ends("DOR"), once.ends("DORCNF")) == ((0, 63, PD, None), None)
    assert [row[2] for row in later.timepoints("ANL06FL")] == ["Y", None, None, None, None]


def test_transplant(trial: Any) -> None:
    facts = {"responses": [(29, "PR"), (91, "CR"), (183, "PD")], "transplant": 60}
    ignored = trial(**facts, settings={"eligible_until": ["NACTDT"]})

    assert trial(**facts).ends("PFS")[0] == 3
    assert trial(**facts).ends("PFSSCT") == (0, 183, PD, None)
    assert trial(**facts).response("BOR24") == "PR"
    assert ignored.response("BOR24") == "CR"


def test_new_therapy(trial: Any) -> None:
    facts = {"responses": [(29, "SD"), (91, "PD")]}
    strict = {"event_on_date_of_new_therapy": "censored"}

    assert trial(**facts, new_therapy=60).ends("PFS")[0] == 2
    assert trial(**facts, new_therapy=60).ends("EFS") == (0, 60, "NEW ANTI-CANCER THERAPY", None)
    assert trial(**facts, new_therapy=91).ends("PFS") == (0, 91, PD, None)
    assert trial(**facts, new_therapy=91, settings=strict).ends("PFS")[:2] == (2, 91)
    assert trial(**facts, new_therapy=92, settings=strict).ends("PFS") == (0, 91, PD, None)


def test_event_after_missed_visits(trial: Any) -> None:
    facts = {"responses": [(29, "SD")], "death": 300}

    assert trial(**facts).ends("PFS")[:2] == (4, 29)
    assert trial(**facts, settings={"missed_visits": "4"}).ends("PFS") == (0, 300, "DEATH", None)
    assert trial(**facts, settings={"missed_visits": "none"}).ends("PFS") == (0, 300, "DEATH", None)
    assert trial(**facts).ends("PFSGAP") == (0, 300, "DEATH", None)


def test_missed_visits_ignored_in_a_duration(trial: Any) -> None:
    analysed = trial(responses=[(91, "CR"), (400, "PD")])

    assert analysed.ends("DOR")[:2] == (4, 1)
    assert analysed.ends("DORGAP") == (0, 310, PD, None)
    # what else censors still does
    assert trial(responses=[(91, "CR"), (400, "PD")], new_therapy=300).ends("DORGAP")[:2] == (2, 1)
    assert trial(responses=[(91, "CR"), (400, "PD")], transplant=300).ends("DORGAP")[:2] == (3, 1)
    assert trial(responses=[(29, "NE")], death=300).ends("PFSGAP") == (0, 300, "DEATH", None)
    assert trial(responses=[(29, "NE")]).ends("PFSGAP")[:2] == (6, 1)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("worst", {"PD SD PR CR NE": "PD", "SD PR CR NE": "SD", "PR CR NE": "PR", "CR NE": "CR", "NE CRi": "CR"}),
        ("best", {"NE PD SD CR PR": "CR", "NE PD": "PD", "SD PR": "PR"}),
        ("last", {"PD CR SD": "SD", "CR PD": "PD", "PD NE": "NE"}),
    ],
)
def test_different_responses_on_one_day(trials: Any, rule: str, expected: dict[str, str]) -> None:
    cases = {results: {"responses": [(29, result) for result in results.split()]} for results in expected}
    analysed = trials(cases, settings={"same_day_response": rule})

    assert {results: analysed.timepoints(subject=results) for results in expected} == {
        results: [(29, result)] for results, result in expected.items()
    }


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, [(30, "PR"), (90, "PD")]),
        ({"progression_date": "latest"}, [(30, "PR"), (93, "PD")]),
        ({"other_response_date": "earliest"}, [(27, "PR"), (90, "PD")]),
    ],
)
def test_several_scan_dates_in_one_timepoint(trial: Any, settings: dict[str, str], expected: list[Any]) -> None:
    responses = [(27, "PR", 6), (30, "PR", 6), (90, "PD", 7), (93, "PD", 7)]

    assert trial(responses=responses, settings=settings or {"same_day_response": "worst"}).timepoints() == expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [("after_last_alive", "2024-05-13"), ("first", "2024-05-01"), ("last", "2024-05-31"), ("none", None)],
)
def test_partial_death_date(trial: Any, rule: str, expected: str | None) -> None:
    death = trial(death="2024-05", contacts=["2024-05-12", "2024-04-01"], settings={"partial_death_date": rule}).adsl[
        "DTHDT"
    ]

    assert [
        None if date is None else date.date().isoformat() for date in death.astype(object).where(death.notna(), None)
    ] == [expected]


def test_death_without_any_date(trial: Any) -> None:
    facts = {"responses": [(29, "SD")], "died": True}

    assert trial(**facts).ends("OS") == (0, 30, "DEATH", None)
    assert trial(**facts, settings={"unknown_death_date": "none"}).ends("OS")[0] == 1


def test_partial_start_of_new_therapy(trial: Any) -> None:
    facts = {"responses": [("2024-02-07", "SD"), ("2024-04-09", "PD")], "new_therapy": "2024-04"}
    first_day = {"partial_therapy_date": {"to": "first"}}
    last_day = {"partial_therapy_date": {"to": "last"}}

    # the progression may have come first, so it counts
    assert trial(**facts).ends("PFS") == (0, 91, PD, None)
    assert trial(**facts, settings=first_day).ends("PFS")[:2] == (2, 29)
    assert trial(**facts, settings=last_day).ends("PFS") == (0, 91, PD, None)


def test_where_new_therapy_stands(trial: Any, study: Any) -> None:
    facts = {"responses": [(29, "SD"), (91, "PD")], "radiotherapy": 60}
    drugs_only = {**study.design.settings["facts"], "new_therapy": study.design.settings["facts"]["new_therapy"][:1]}

    assert trial(**facts).ends("PFS")[0] == 2
    assert trial(**facts, settings={"facts": drugs_only}).ends("PFS") == (0, 91, PD, None)


def test_where_a_transplant_stands(trial: Any, study: Any) -> None:
    facts = {"responses": [(29, "PR"), (91, "PD")], "transplant": 60}
    by_name = {"dataset": "PR", "variable": "PRSTDTC", "where": {"PRTRT": "HAPLOIDENTICAL"}}
    other = {**study.design.settings["facts"], "transplant": by_name}

    assert trial(**facts).ends("PFS")[0] == 3
    assert trial(**facts, settings={"facts": other}).ends("PFS") == (0, 91, PD, None)


def test_lymphodepletion_is_no_infusion(study: Any) -> None:
    """Lymphodepletion from day -5 on is in EX, or where the study says so in CM; the clock starts at the infusion."""
    sdtm = sdtm_of(responses=[(29, "PR")])
    subject = sdtm["DM"]["USUBJID"].iloc[0]
    row = [(subject, 3, "FLUDARABINE", "LYMPHODEPLETION", "2024-01-05", "2024-01-07")]
    in_ex = {**sdtm, "EX": _below(sdtm["EX"], table("USUBJID EXSEQ EXTRT EXCAT EXSTDTC EXENDTC", row))}
    row = [(subject, "LYMPHODEPLETION", "2024-01-05")]
    in_cm = {**sdtm, "CM": _below(sdtm["CM"], table("USUBJID CMCAT CMSTDTC", row))}
    source = {"dataset": "CM", "variable": "CMSTDTC", "where": {"CMCAT": "LYMPHODEPLETION"}}
    other = with_settings(study, {"facts": {**study.design.settings["facts"], "lymphodepletion": source}})

    for analysed in (build(study, in_ex), build(other, in_cm)):
        dates = analysed.adsl[["TRTSDT", "TR01SDT", "LDSDT"]].iloc[0].dt.strftime("%Y-%m-%d")
        assert dates.tolist() == ["2024-01-10", "2024-01-10", "2024-01-05"]
        assert analysed.adsl["TRTSEQA"].tolist() == ["CD19 CAR-T CELLS-CD22 CAR-T CELLS"]
    assert build(study, in_cm).adsl["LDSDT"].isna().all()


@pytest.mark.parametrize(("unit", "dose"), [("10^6 Therapeutic Cells/kg", 2.0), ("10^6 Therapeutic Cells", 140.0)])
def test_dose_in_cells_per_kg_or_in_total(study: Any, unit: str, dose: float) -> None:
    sdtm = sdtm_of()
    adsl = build(study, {**sdtm, "EX": sdtm["EX"].assign(EXDOSE=dose, EXDOSU=unit)}).adsl

    assert adsl[["DOSE01A", "DOSE01U", "DOSE02A", "DOSE02U"]].to_numpy().tolist() == [[dose, unit, dose, unit]]


def test_evaluable_for_efficacy(trial: Any, study: Any) -> None:
    facts = {"responses": [(29, "NE")], "death": 60}
    source = study.design.settings["evaluable_assessment"]
    any_result = {**source, "where": {**source["where"], "RSSTRESC": ["CR", "CRi", "PR", "SD", "PD", "NE"]}}

    assert trial(**facts).adsl["EFFFL"].tolist() == ["N"]
    assert trial(**facts, settings={"evaluable_assessment": any_result}).adsl["EFFFL"].tolist() == ["Y"]


def test_per_protocol(trial: Any) -> None:
    one_product = {"infusions": [(1, "CD19 CAR-T CELLS")]}

    assert trial().adsl["PPROTFL"].tolist() == ["Y"]
    assert trial(**one_product).adsl["PPROTFL"].tolist() == ["N"]
    assert trial(**one_product, settings={"per_protocol": {"SAFFL": "Y"}}).adsl["PPROTFL"].tolist() == ["Y"]


def test_baseline_ends_on_a_date(study: Any) -> None:
    """ECOG 1 before lymphodepletion, 2 before the infusion."""
    sdtm = sdtm_of()
    subject = sdtm["DM"]["USUBJID"].iloc[0]
    ecog = table(
        "USUBJID RSSEQ RSTESTCD RSDTC", [(subject, 1, "ECOG101", "2024-01-04"), (subject, 2, "ECOG101", "2024-01-09")]
    )
    row = [(subject, 3, "FLUDARABINE", "LYMPHODEPLETION", "2024-01-05", "2024-01-07")]
    sdtm["EX"] = _below(sdtm["EX"], table("USUBJID EXSEQ EXTRT EXCAT EXSTDTC EXENDTC", row))
    sdtm["RS"] = _below(sdtm["RS"].assign(RSSTRESN=None), ecog.assign(RSSTRESN=[1.0, 2.0]))
    earlier = with_settings(study, {"baseline_until": "LDSDT"})

    assert build(study, sdtm).adsl["ECOGBL"].tolist() == [2]
    assert build(earlier, sdtm).adsl["ECOGBL"].tolist() == [1]


def test_bulky_disease(study: Any) -> None:
    sdtm = sdtm_of()
    subject = sdtm["DM"]["USUBJID"].iloc[0]
    tr = table(
        "USUBJID TRLNKID TRTESTCD TRDTC TRSTRESU TREVAL",
        [(subject, "T01", "LDIAM", "2024-01-02", "mm", "INVESTIGATOR")],
    )
    sdtm["TR"] = tr.assign(TRSTRESN=[74.0], TRSTRESC="74")
    smaller = with_settings(study, {"bulky": {"LDIAMBL": {"at_least": "50"}}})

    assert build(study, sdtm).adsl["BULKYFL"].tolist() == ["N"]
    assert build(smaller, sdtm).adsl["BULKYFL"].tolist() == ["Y"]


def test_a_sensitivity_analysis_is_a_few_lines_of_yaml(trial: Any) -> None:
    """PFS from the last infusion, without the rule of missed visits."""
    last_infusion = {
        "like": "PFS",
        "param": "PFS from the Last Infusion (Days)",
        "number": "20",
        "start": {"date": "TRTEDT"},
        "censors": ["no_assessment", "new_therapy", "transplant", "discontinued", "ongoing"],
    }
    analysed = trial(responses=[(29, "SD")], death=300, parameters={"PFSLAST": last_infusion})

    assert analysed.ends("PFS")[:2] == (4, 29)
    assert analysed.ends("PFSLAST") == (0, 286, "DEATH", None)
