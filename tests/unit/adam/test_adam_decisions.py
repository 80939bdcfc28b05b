"""Each decision of the study, with its default and with the alternative that a setting chooses."""

from __future__ import annotations

from typing import Any

import pytest

PD = "PROGRESSIVE DISEASE"


def test_clock_start(trial: Any) -> None:
    facts = {"responses": [(10, "PR"), (29, "PR"), (91, "PD")]}
    last = trial(**facts, settings={"clock_start": "TRTEDT"})

    assert trial(**facts).ends("PFS") == (0, 91, PD, None)
    assert trial(**facts).ends("TTR")[:2] == (0, 10)
    # the last infusion is on study day 15: what was assessed before it is baseline
    assert last.ends("PFS") == (0, 77, PD, None)
    assert last.ends("TTR")[:2] == (0, 15)
    assert last.timepoints("ABLFL") == [(-5, "PR", "Y"), (15, "PR", None), (77, "PD", None)]


def test_response_at_3_months_is_delivered_both_ways(trial: Any) -> None:
    analysed = trial(responses=[(29, "CR"), (91, "SD")])

    assert (analysed.response("ORR3M"), analysed.response("RSPM3")) == ("Y", "N")


def test_last_day_of_response_by_month_3(trial: Any) -> None:
    facts = {"responses": [(100, "PR")]}

    assert trial(**facts).response("ORR3M") == "Y"
    assert trial(**facts, settings={"month_3_last_day": "99"}).response("ORR3M") == "N"


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
