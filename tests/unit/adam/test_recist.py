"""RECIST 1.1 endpoints of oncorecist on hand-worked cases: assessments by study day in, response and its day out.

Day 1 is the randomization. A response is confirmed 28 days later; stable disease counts from day 43 on. `PR 43, CR 71`
are two assessments; `CR@71` is CR with the date of day 71, `MISSING` has no date.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest

from adam.build import build_adam
from specs.load import load_study
from specs.model.study import Study
from tests.unit.adam.conftest import table, with_settings

START = date(2024, 1, 1)
FULL = {"NON": "NON-CR/NON-PD"}
SHORT = {"NON-CR/NON-PD": "NON"}

#: Assessments; BOR; CBOR.
BEST = {
    "nothing": ("", "MISSING", "MISSING"),
    "only not evaluable": ("NE 22, NE 50", "NE@22", "NE@22"),
    "CR, confirmed after 28 days": ("SD 22, CR 43, CR 71", "CR@43", "CR@43"),
    "CR again after 27 days": ("CR 43, CR 70", "CR@43", "SD@43"),
    "CR at the last assessment": ("SD 43, CR 64", "CR@64", "SD@43"),
    "CR confirmed as PR only": ("CR 43, PR 71", "CR@43", "SD@43"),
    "PR, then CR": ("PR 43, CR 71", "CR@71", "PR@43"),
    "PR, then two CR": ("PR 43, CR 71, CR 99", "CR@71", "CR@71"),
    "PR, confirmed after 28 days": ("PR 43, PR 71", "PR@43", "PR@43"),
    "PR again after 27 days": ("PR 43, PR 70", "PR@43", "SD@43"),
    "PR, confirmed by the third": ("PR 43, PR 57, PR 71", "PR@43", "PR@43"),
    "one NE between": ("PR 43, NE 57, PR 71", "PR@43", "PR@43"),
    "two NE between": ("PR 43, NE 50, NE 60, PR 71", "PR@43", "SD@43"),
    "one NE between CR": ("CR 43, NE 57, CR 71", "CR@43", "CR@43"),
    "SD between PR": ("PR 43, SD 57, PR 71", "PR@43", "SD@43"),
    "SD between CR": ("CR 43, SD 57, CR 71", "CR@43", "SD@43"),
    "NON-CR/NON-PD between PR": ("PR 43, NON 57, PR 71", "PR@43", "SD@43"),
    "CR, PR, CR": ("CR 43, PR 57, CR 85", "CR@43", "PR@57"),
    "PR, CR, PR": ("PR 43, CR 57, PR 71", "CR@57", "SD@43"),
    "SD on day 42": ("SD 42", "NE@42", "NE@42"),
    "SD on day 43": ("SD 43", "SD@43", "SD@43"),
    "NON-CR/NON-PD on day 42": ("NON 42", "NE@42", "NE@42"),
    "NON-CR/NON-PD on day 43": ("NON 42, NON 43", "NON@43", "NON@43"),
    "SD is better than NON-CR/NON-PD": ("NON 43, SD 64", "SD@64", "SD@64"),
    "NON-CR/NON-PD is better than PD": ("NON 43, PD 64", "NON@43", "NON@43"),
    "unconfirmed CR before day 43": ("CR 22", "CR@22", "NE@22"),
    "confirmed CR before day 43": ("CR 22, CR 50", "CR@22", "CR@22"),
    "unconfirmed PR before day 43, then PD": ("PR 22, PD 50", "PR@22", "PD@50"),
    "PD first": ("PD 22, CR 50, CR 90", "PD@22", "PD@22"),
    "PD before the confirmation": ("PR 43, PD 57, PR 71", "PR@43", "SD@43"),
    "on the day of randomization": ("CR 1, CR 29", "CR@1", "CR@1"),
    "before randomization": ("CR -7", "MISSING", "MISSING"),
    "PD before randomization": ("PD -7, SD 43", "SD@43", "SD@43"),
    "CR and PD on one date": ("CR 43, PD 43", "PD@43", "PD@43"),
    "SD and NON-CR/NON-PD on one date": ("SD 43, NON 43", "NON@43", "NON@43"),
    "NE and PR on one date": ("NE 43, PR 43, PR 71", "PR@43", "PR@43"),
}

#: Settings of confirmation; assessments; CBOR.
SETTINGS = [
    ({"max_stable": 1}, "PR 43, SD 57, PR 71", "PR@43"),
    ({"max_stable": 1}, "PR 43, SD 50, SD 57, PR 71", "SD@43"),
    ({"max_stable": 1}, "CR 43, SD 57, CR 71", "SD@43"),
    ({"max_stable": 1}, "PR 43, NON 57, PR 71", "SD@43"),
    ({"max_stable": 1}, "PR 43, SD 57, PD 64, PR 71", "SD@43"),
    ({"max_not_evaluable": 2}, "PR 43, NE 50, NE 60, PR 71", "PR@43"),
    ({"max_not_evaluable": 0}, "PR 43, NE 57, PR 71", "SD@43"),
    ({"min_days": 14}, "PR 43, PR 57", "PR@43"),
    ({"partial_after_complete": "accepted"}, "PR 43, CR 57, PR 71", "PR@43"),
    ({"partial_after_complete": "accepted"}, "CR 43, PR 57, CR 85", "PR@57"),
    ({"complete_then_partial": "partial"}, "CR 43, PR 71", "PR@43"),
    ({"complete_then_partial": "partial"}, "CR 43, PR 70", "SD@43"),
    ({"complete_then_partial": "partial"}, "CR 43, PR 57, CR 85", "PR@43"),
    ({"complete_then_partial": "partial"}, "CR 43, CR 71, PR 99", "CR@43"),
    ({"complete_then_partial": "partial"}, "CR 43, SD 57, PR 71", "SD@43"),
]

#: Assessments; the parameters that are not N, with their day.
ANSWERS = {
    "no assessment": ("", {}),
    "response, then stable in the window": ("PR 22, SD 50", {"RSP": 22, "CB": 22, "CCB": 50, "BCP": 22}),
    "confirmed response": (
        "PR 22, PR 50",
        {"RSP": 22, "CRSP": 22, "CB": 22, "CCB": 22, "BCP": 22, "CBCP": 22},
    ),
    "the first response is not the confirmed one": (
        "PR 22, SD 36, PR 43, PR 71",
        {"RSP": 22, "CRSP": 43, "CB": 22, "CCB": 43, "BCP": 22, "CBCP": 43},
    ),
    "stable before the window": ("SD 42", {}),
    "stable in the window": ("SD 43", {"CB": 43, "CCB": 43}),
    "not measurable, stable in the window": ("NON 43", {"CB": 43, "CCB": 43}),
    "unconfirmed response in the window": ("PR 22, PR 43", {"RSP": 22, "CB": 22, "CCB": 43, "BCP": 22}),
    "stable before the response": ("SD 43, PR 64", {"RSP": 64, "CB": 43, "CCB": 43, "BCP": 64}),
    "progression": ("SD 22, PD 43, PD 64", {"PD": 43}),
    "response after progression": ("PD 22, CR 43, CR 71", {"PD": 22}),
}
YES_NO = ("PD", "RSP", "CRSP", "CB", "CCB", "BCP", "CBCP")


def day_of(day: int) -> date:
    """Return the date of a study day; there is no day 0."""
    return START + timedelta(days=day - 1 if day > 0 else day)


def adsl_of(subjects: Mapping[str, Mapping[str, int]]) -> pd.DataFrame:
    """Return ADSL from study days; a subject without `randomized` is randomized on day 1, `randomized: 0` is not."""
    columns = ["RANDDT", "LSTALVDT", "DTHDT"]
    frame = pd.DataFrame({"STUDYID": "X", "USUBJID": list(subjects)}, dtype="str")
    days = [{"RANDDT": 1, "LSTALVDT": 100} | dict(facts) for facts in subjects.values()]
    dates = [[day_of(one[name]) if one.get(name) else None for name in columns] for one in days]
    return frame.join(pd.DataFrame(dates, columns=columns).apply(pd.to_datetime).astype("datetime64[s]"))


def rs_of(subject: str, text: str) -> list[list[Any]]:
    """Return the records of `PR 43, CR 71`; a day may be ISO 8601 text."""
    rows = []
    for number, part in enumerate(filter(None, text.split(", ")), 1):
        result, when = part.split()
        written = when if len(when) >= 4 else day_of(int(when)).isoformat()
        rows.append([subject, number, "OVRLRESP", "INVESTIGATOR", FULL.get(result, result), written])
    return rows


def analyse(
    study: Study,
    cases: Mapping[str, str],
    facts: Mapping[str, Mapping[str, int]] | None = None,
    targets: tuple[str, ...] = (),
) -> dict[str, pd.DataFrame]:
    """Return ADRS and ADTTE of subjects by their assessments."""
    rs = [row for subject, text in cases.items() for row in rs_of(subject, text)]
    tu = [[subject, 7, "INVESTIGATOR", "TARGET", "SCREENING"] for subject in targets]
    sdtm = {
        "RS": table("USUBJID RSSEQ RSTESTCD RSEVAL RSSTRESC RSDTC", rs),
        "TU": table("USUBJID TUSEQ TUEVAL TUSTRESC VISIT", tu),
    }
    adam = {"ADSL": adsl_of({subject: (facts or {}).get(subject, {}) for subject in cases})}
    for name in ("ADRS", "ADTTE"):
        adam[name], _ = build_adam(study.adam[name], study, sdtm=sdtm, adam=adam)
    return adam


def shown(adrs: pd.DataFrame, parameter: str) -> dict[str, str]:
    """Return each subject's response with its study day, as `CR@71`."""
    rows = adrs[adrs["PARAMCD"] == parameter]
    days = (rows["ADT"] - pd.Timestamp(START)).dt.days
    days += (days >= 0).astype("int64")
    texts = rows["AVALC"].replace(SHORT) + ("@" + days.astype("Int64").astype("str")).where(days.notna(), "")
    return dict(zip(rows["USUBJID"], texts))


@pytest.fixture(scope="module")
def recist() -> Study:
    return load_study("oncorecist")


@pytest.fixture(scope="module")
def best(recist: Study) -> pd.DataFrame:
    return analyse(recist, {name: text for name, (text, _, _) in BEST.items()})["ADRS"]


@pytest.mark.parametrize("name", BEST)
def test_best_response(best: pd.DataFrame, name: str) -> None:
    assert (shown(best, "BOR")[name], shown(best, "CBOR")[name]) == BEST[name][1:]


@pytest.mark.parametrize(("changes", "text", "expected"), SETTINGS)
def test_settings_of_confirmation(recist: Study, changes: dict[str, Any], text: str, expected: str) -> None:
    rule = {**recist.design.settings["confirmation"], **changes}
    adrs = analyse(with_settings(recist, {"confirmation": rule}), {"A": text})["ADRS"]

    assert shown(adrs, "CBOR") == {"A": expected}


def test_a_complete_response_that_counts_as_partial_is_no_complete_one(recist: Study) -> None:
    rule = {**recist.design.settings["confirmation"], "complete_then_partial": "partial"}
    adrs = analyse(with_settings(recist, {"confirmation": rule}), {"A": "CR 43, PR 71"})["ADRS"]

    assert shown(adrs, "CRSP") == {"A": "Y@43"}
    assert shown(adrs, "CBCP") == {"A": "Y@43"}


@pytest.fixture(scope="module")
def answers(recist: Study) -> pd.DataFrame:
    return analyse(recist, {name: text for name, (text, _) in ANSWERS.items()})["ADRS"]


@pytest.mark.parametrize("name", ANSWERS)
def test_yes_and_no(answers: pd.DataFrame, name: str) -> None:
    expected = dict.fromkeys(YES_NO, "N") | {key: f"Y@{day}" for key, day in ANSWERS[name][1].items()}

    assert {parameter: shown(answers, parameter)[name] for parameter in YES_NO} == expected


def test_last_assessment_counts_after_progression_and_may_be_missing(recist: Study) -> None:
    cases = {"after progression": "PD 22, SD 43", "only before randomization": "SD -7", "none": ""}
    adrs = analyse(recist, cases)["ADRS"]
    rows = adrs[adrs["PARAMCD"] == "LSTA"]

    assert shown(adrs, "LSTA")["after progression"] == "SD@43"
    assert rows["USUBJID"][rows["AVALC"].isna() & rows["AVAL"].isna()].tolist() == ["none", "only before randomization"]


def test_death_is_a_date_of_adsl_and_measurable_disease_a_record(recist: Study) -> None:
    adrs = analyse(recist, {"A": "", "B": ""}, {"A": {"DTHDT": 30}}, targets=("B",))["ADRS"]
    rows = adrs.set_index(["PARAMCD", "USUBJID"]).loc[["DEATH", "MDIS"], ["AVALC", "SRCDOM", "SRCVAR", "SRCSEQ"]]

    assert shown(adrs, "DEATH") == {"A": "Y@30", "B": "N"}
    assert shown(adrs, "MDIS") == {"A": "N", "B": "Y"}
    assert rows.loc[("DEATH", "A")].tolist()[1:3] == ["ADSL", "DTHDT"]
    assert rows.loc[("MDIS", "B")].tolist() == ["Y", "TU", "TUSTRESC", 7]
    assert rows.loc[[("DEATH", "B"), ("MDIS", "A")], "SRCDOM"].isna().all()


def test_subjects_without_randomization_have_rows_that_rest_on_nothing(recist: Study) -> None:
    built = analyse(recist, {"A": "CR 43, CR 71"}, {"A": {"RANDDT": 0}})
    rows = built["ADRS"]

    assert shown(rows, "BOR") == {"A": "MISSING"}
    assert rows.loc[rows["PARAMCD"] == "OVR", ["ANL01FL", "ANL02FL"]].isna().all(axis=None)
    assert built["ADTTE"].empty


def test_a_date_without_its_day_is_completed_and_flagged(recist: Study) -> None:
    """February 2024 has 29 days; the assessment decides, so that the flag goes with it to the derived rows."""
    adrs = analyse(recist, {"A": "SD 43, PR 2024-02"})["ADRS"].set_index("PARAMCD")

    assert shown(adrs.reset_index(), "RSP") == {"A": "Y@60"}
    assert adrs.loc[["RSP", "BOR", "BCP", "LSTA"], "ADTF"].tolist() == ["D"] * 4
    assert adrs.loc[["CB", "CBOR", "PD", "DEATH"], "ADTF"].isna().all()


def test_a_date_without_its_month_is_not_completed(recist: Study) -> None:
    assert shown(analyse(recist, {"A": "SD 43, PR 2024"})["ADRS"], "BOR") == {"A": "SD@43"}


def test_a_completed_date_beside_a_complete_one_is_not_imputed(recist: Study) -> None:
    adrs = analyse(recist, {"A": "PR 2024-02, PR 60"})["ADRS"]

    assert adrs.loc[adrs["PARAMCD"] == "OVR", "ADTF"].isna().tolist() == [True]


def test_flags_of_derived_rows(recist: Study) -> None:
    """ANL01FL is on every derived row, ANL02FL where the assessment with their date has it."""
    adrs = analyse(recist, {"A": "SD -7, PR 43, PD 64, SD 85"})["ADRS"]
    assessed, derived = adrs[adrs["PARAMCD"] == "OVR"], adrs[adrs["PARAMCD"] != "OVR"]

    assert assessed["ANL01FL"].notna().tolist() == [False, True, True, True]
    assert assessed["ANL02FL"].notna().tolist() == [False, True, True, False]
    assert derived["ANL01FL"].eq("Y").all()
    flagged = derived["PARAMCD"][derived["ANL02FL"] == "Y"].tolist()
    assert flagged == ["BCP", "BOR", "CB", "CBOR", "CCB", "PD", "RSP"]


#: Assessments and dates of ADSL by study day; parameter: CNSR, AVAL, EVNTDESC (None: no row).
TIMES: dict[str, tuple[str, dict[str, int], dict[str, tuple[int, int, str] | None]]] = {
    "no assessment, alive": (
        "",
        {},
        {"OS": (1, 100, "Alive"), "PFS": (1, 1, "Randomization"), "RSD": None},
    ),
    "last alive before randomization": ("", {"LSTALVDT": -5}, {"OS": (1, 1, "Randomization")}),
    "last alive on the day of randomization: the one named last": (
        "",
        {"LSTALVDT": 1},
        {"OS": (1, 1, "Randomization")},
    ),
    "never seen alive": ("", {"LSTALVDT": 0}, {"OS": (1, 1, "Randomization")}),
    "death": ("", {"DTHDT": 30}, {"OS": (0, 30, "Death"), "PFS": (0, 30, "Death")}),
    "death on the day of randomization": ("", {"DTHDT": 1}, {"OS": (0, 1, "Death"), "PFS": (0, 1, "Death")}),
    "progression, then death": (
        "SD 22, PD 43",
        {"DTHDT": 60},
        {"OS": (0, 60, "Death"), "PFS": (0, 43, "Disease Progression")},
    ),
    "progression on the day of randomization": ("PD 1", {}, {"PFS": (0, 1, "Disease Progression")}),
    "progression before randomization": ("PD -7", {}, {"PFS": (1, 1, "Randomization")}),
    "assessed, no event": ("SD 22, SD 43", {}, {"PFS": (1, 43, "Last Tumor Assessment"), "RSD": None}),
    "assessed on the day of randomization only": ("SD 1", {}, {"PFS": (1, 1, "Randomization")}),
    "response, then progression": (
        "PR 22, PR 43, PD 64",
        {},
        {"PFS": (0, 64, "Disease Progression"), "RSD": (0, 43, "Disease Progression")},
    ),
    "response at the last assessment": ("PR 22", {}, {"RSD": (1, 1, "Last Tumor Assessment")}),
    "response, then death": ("PR 22, PR 43", {"DTHDT": 50}, {"RSD": (0, 29, "Death")}),
}


@pytest.fixture(scope="module")
def times(recist: Study) -> pd.DataFrame:
    cases = {name: text for name, (text, _, _) in TIMES.items()}
    return analyse(recist, cases, {name: facts for name, (_, facts, _) in TIMES.items()})["ADTTE"]


@pytest.mark.parametrize("name", TIMES)
def test_times(times: pd.DataFrame, name: str) -> None:
    rows = times[times["USUBJID"] == name].set_index("PARAMCD")
    found = {
        parameter: (int(row["CNSR"]), int(row["AVAL"]), row["EVNTDESC"])
        for parameter, row in rows[["CNSR", "AVAL", "EVNTDESC"]].iterrows()
    }

    assert {parameter: found.get(parameter) for parameter in TIMES[name][2]} == TIMES[name][2]


def test_the_same_on_any_order_of_records(recist: Study) -> None:
    forth = analyse(recist, {name: text for name, (text, _, _) in BEST.items()})["ADRS"]
    back = analyse(recist, {name: BEST[name][0] for name in reversed(BEST)})["ADRS"]

    pd.testing.assert_frame_equal(forth, back)
