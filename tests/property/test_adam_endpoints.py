"""ADRS and ADTTE against a second implementation: one subject at a time, in plain Python, from the rules' wording."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from adam.build import build_adam
from specs.load import load_study
from specs.model.study import Study

INFUSION = date(2024, 1, 10)
WINDOWS = ((22, 36), (77, 105), (169, 197), (260, 288), (351, 379), (534, 562), (717, 745))
#: A seed cannot be made smaller, so a failure is reported as it was found.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
GOODNESS = ("NE", "PD", "SD", "PR", "CR")
BADNESS = ("NE", "CR", "PR", "SD", "PD")


@dataclass
class Subject:
    """What happened to a subject, in study days (1 is the infusion); scans are (day, result, visit)."""

    scans: list[tuple[int, str, float | None]]
    death: int | None = None
    new_therapy: int | None = None
    transplant: int | None = None
    ended: int | None = None
    contacts: list[int] = field(default_factory=list)


def invent(random: Random) -> Subject:
    """Return a subject whose facts collide more often than in life."""
    days = [*range(-20, 0), *range(1, 800)]
    near = [1, 22, 29, 36, 60, 77, 91, 105, 169, 183, 197, 260, 274, 288, 365, 379, 548, 731, 745, 746]

    def some_day(low: int = -20) -> int:
        chosen = random.choice(near) if random.random() < 0.7 else random.choice(days)
        return chosen if chosen >= low else 1

    scans = []
    for visit in range(random.randint(0, 7)):
        day = some_day()
        named = float(visit) if random.random() < 0.7 else None
        for _ in range(random.choice([1, 1, 1, 2])):
            scans.append((day, random.choice(["CR", "CRi", "PR", "PR", "SD", "SD", "PD", "NE"]), named))
            day = max(1, day) + random.choice([0, 1, 3]) if day > 0 else day
    return Subject(
        scans,
        death=some_day(1) if random.random() < 0.4 else None,
        new_therapy=some_day() if random.random() < 0.3 else None,
        transplant=some_day() if random.random() < 0.2 else None,
        ended=some_day(1) if random.random() < 0.3 else None,
        contacts=[some_day(1) for _ in range(random.randint(0, 2))],
    )


# --- the second implementation -----------------------------------------------------------------------------------


def until(day: int | None, cutoff: int) -> int | None:
    return day if day is not None and day <= cutoff else None


def assessments(subject: Subject, cutoff: int) -> list[tuple[int, str]]:
    """Return (day, response) of each date, in order."""
    points: dict[Any, list[tuple[int, str]]] = {}
    for day, result, visit in subject.scans:
        if day <= cutoff:
            points.setdefault(("visit", visit) if visit is not None else ("day", day), []).append(
                (day, "CR" if result == "CRi" else result)
            )
    dates: dict[int, str] = {}
    for scans in points.values():
        worst = max((result for _, result in scans), key=BADNESS.index)
        day = (min if worst == "PD" else max)(day for day, _ in scans)
        dates[day] = max(dates.get(day, "NE"), worst, key=BADNESS.index)
    return sorted(dates.items())


@dataclass
class Facts:
    """What counts of a subject at the cut-off."""

    assessed: list[tuple[int, str]]
    progression: int | None
    eligible: list[tuple[int, str]]
    death: int | None
    new_therapy: int | None
    transplant: int | None
    discontinued: bool
    alive: int


def facts_of(subject: Subject, cutoff: int) -> Facts:
    death = until(subject.death, cutoff)
    new_therapy = until(subject.new_therapy, cutoff)
    transplant = until(subject.transplant, cutoff)
    new_therapy = new_therapy if new_therapy and new_therapy > 1 else None
    transplant = transplant if transplant and transplant > 1 else None
    alive_days = [day for day, _ in assessments(subject, cutoff) if death is None or day <= death]
    assessed = [(day, result) for day, result in assessments(subject, cutoff) if day in alive_days and day > 1]
    progression = next((day for day, result in assessed if result == "PD"), None)
    stops = [day for day in (progression, new_therapy, transplant) if day is not None]
    eligible = [(day, result) for day, result in assessed if all(day <= stop for stop in stops)]
    seen = [1, *subject.contacts, *(day for day, _, _ in subject.scans)]
    seen += [day for day in (subject.new_therapy, subject.transplant, subject.ended) if day is not None]
    seen = [day for day in seen if day <= cutoff and (death is None or day < death)]
    ended = until(subject.ended, cutoff) is not None or death is not None
    return Facts(assessed, progression, eligible, death, new_therapy, transplant, ended, max(seen, default=-99))


def expected_responses(facts: Facts) -> dict[str, str]:
    eligible = facts.eligible
    counted = ["NE" if result == "SD" and day < 22 else result for day, result in eligible if day <= 745]
    best = max(counted, key=GOODNESS.index, default="NE")
    at_month_3 = [(abs(day - 91), day, result) for day, result in eligible if 77 <= day <= 105 and result != "NE"]
    status = min(at_month_3)[2] if at_month_3 else None
    answers = {
        "ORR3M": any(result in ("CR", "PR") and day <= 105 for day, result in eligible),
        "RSPM3": status in ("CR", "PR"),
        "CRM3": status == "CR",
        "CR24": best == "CR",
        "PR24": best == "PR",
        "SD24": best == "SD",
        "PD24B": best == "PD",
        "PD24": any(result == "PD" and day <= 745 for day, result in eligible),
    }
    confirmed = [confirmed_response(eligible, place) for place, (day, _) in enumerate(eligible) if day <= 745]
    bests = {"BOR24": best, "CBOR24": max(confirmed, key=GOODNESS.index, default="NE"), "BORDER": "NE"}
    return bests | {name: "Y" if holds else "N" for name, holds in answers.items()}


def confirmed_response(eligible: list[tuple[int, str]], place: int) -> str:
    """Return what an assessment is worth if CR and PR need confirmation 28 days later."""
    day, result = eligible[place]
    if result in ("CR", "PR"):
        good_enough = ("CR",) if result == "CR" else ("CR", "PR")
        for later in range(place + 1, len(eligible)):
            between = [one for _, one in eligible[place + 1 : later]]
            if any(one not in (*good_enough, "NE") for one in between) or between.count("NE") > 1:
                break
            if eligible[later][0] >= day + 28 and eligible[later][1] in good_enough:
                return result
        result = "SD"
    return "NE" if result == "SD" and day < 22 else result


def gap(last: int, event: int) -> bool:
    return sum(last < low and high < event for low, high in WINDOWS) >= 2


def expected_time(
    facts: Facts, start: int, *, transplant: bool = True, therapy_is_event: bool = False, missed_visits: bool = True
) -> tuple[int, int]:
    """Return CNSR and AVAL of a parameter that ends with progression or death."""
    events = [day for day in (facts.progression, facts.death) if day is not None]
    if therapy_is_event and facts.new_therapy is not None:
        events.append(facts.new_therapy)
    stops = [] if facts.new_therapy is None or therapy_is_event else [(facts.new_therapy, 2)]
    stops += [] if facts.transplant is None or not transplant else [(facts.transplant, 3)]
    event = min(events, default=None)
    stop = min(stops, default=None)
    adequate = [day for day, result in facts.assessed if result != "NE" and day >= max(start, 2)]
    if event is not None and (stop is None or event <= stop[0]):
        before = [day for day in adequate if day <= event and day != facts.progression]
        last = max(before, default=start)
        return (4, last - start + 1) if missed_visits and gap(last, event) else (0, event - start + 1)
    if stop is not None:
        before = [day for day in adequate if day <= stop[0]]
        return (stop[1], max(before) - start + 1) if before else (6, 1)
    if not adequate:
        return (6, 1)
    return (5 if facts.discontinued else 1, max(adequate) - start + 1)


def expected_times(facts: Facts) -> dict[str, tuple[int, int]]:
    complete = next((day for day, result in facts.eligible if result == "CR" and day <= 745), None)
    response = next((day for day, result in facts.eligible if result in ("CR", "PR") and day <= 745), None)
    times = {
        "PFS": expected_time(facts, 1),
        "PFSSCT": expected_time(facts, 1, transplant=False),
        "PFSGAP": expected_time(facts, 1, missed_visits=False),
        "EFS": expected_time(facts, 1, therapy_is_event=True),
        "OS": (0, facts.death) if facts.death is not None else (5 if facts.discontinued else 1, max(facts.alive, 1)),
    }
    times |= {"PFSLST": times["PFS"], "OSLST": times["OS"]}  # everyone has one infusion
    held = [day for place, (day, _) in enumerate(facts.eligible) if confirmed_response(facts.eligible, place) == "CR"]
    if held and held[0] <= 745:
        times["DORCNF"] = expected_time(facts, held[0])
    if complete is not None:
        times["DORGAP"] = expected_time(facts, complete, missed_visits=False)
        times["DOR"] = expected_time(facts, complete)
        times["DORSCT"] = expected_time(facts, complete, transplant=False)
        times["TTCR"] = (0, complete)
    if response is not None:
        times["DORRSP"] = expected_time(facts, response)
        times["TTR"] = (0, response)
    return times


# --- the data ----------------------------------------------------------------------------------------------------


def iso(day: int) -> str:
    return (INFUSION + timedelta(days=day - 1 if day > 0 else day)).isoformat()


def sdtm_of(subjects: Sequence[Subject], random: Random) -> dict[str, pd.DataFrame]:
    """Return the SDTM of the subjects, rows in any order."""
    named = [(f"S-{number:04d}", subject) for number, subject in enumerate(subjects)]
    lugano = {"RSTESTCD": "OVRLRESP", "RSCAT": "LUGANO CLASSIFICATION", "RSEVAL": "INVESTIGATOR"}

    def table(columns: str, rows: list[tuple[Any, ...]]) -> pd.DataFrame:
        random.shuffle(rows)
        numbers = ("RSSEQ", "VISITNUM")
        names = columns.split()
        return pd.DataFrame(rows, columns=names).astype({n: "float64" if n in numbers else "str" for n in names})

    days = {
        name: [(who, iso(getattr(one, name))) for who, one in named if getattr(one, name) is not None]
        for name in ("death", "new_therapy", "transplant", "ended")
    }
    deaths = dict(days["death"])
    return {
        "DM": table(
            "USUBJID DTHDTC DTHFL", [(who, deaths.get(who), "Y" if who in deaths else None) for who, _ in named]
        ).assign(STUDYID="S", SUBJID="1"),
        "EX": table("USUBJID EXSTDTC", [(who, iso(1)) for who, _ in named]).assign(
            EXTRT="CD19 CAR-T CELLS", EXCAT="CAR-T INFUSION"
        ),
        "RS": table(
            "USUBJID RSSEQ RSDTC RSSTRESC VISITNUM",
            [
                (who, number, iso(day), result, visit)
                for who, one in named
                for number, (day, result, visit) in enumerate(one.scans, 1)
            ],
        ).assign(**lugano),
        "CM": table("USUBJID CMSTDTC", days["new_therapy"]).assign(CMCAT="NEW ANTI-CANCER THERAPY"),
        "PR": table("USUBJID PRSTDTC", days["transplant"]).assign(PRCAT="STEM CELL TRANSPLANT", PRTRT="ALLOGENEIC"),
        "DS": table("USUBJID DSSTDTC", days["ended"]).assign(
            DSCAT="DISPOSITION EVENT", DSSCAT="STUDY PARTICIPATION", DSDECOD="WITHDRAWAL BY SUBJECT"
        ),
        "SV": table("USUBJID SVSTDTC", [(who, iso(day)) for who, one in named for day in one.contacts]),
    }


@pytest.fixture(scope="module")
def study() -> Study:
    return load_study("cart1922")


def analyse(study: Study, sdtm: dict[str, pd.DataFrame], cutoff: int) -> dict[str, pd.DataFrame]:
    built: dict[str, pd.DataFrame] = {}
    for name in ("ADSL", "ADRS", "ADTTE"):
        built[name], _ = build_adam(
            study.adam[name], study, sdtm=sdtm, adam=dict(built), cutoff=date.fromisoformat(iso(cutoff))
        )
    return built


@settings(max_examples=12, deadline=None, phases=PHASES, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**9), cutoff=st.sampled_from([30, 91, 197, 400, 745, 2000]))
def test_both_implementations_agree(study: Study, seed: int, cutoff: int) -> None:
    random = Random(seed)
    subjects = [invent(random) for _ in range(150)]
    sdtm = sdtm_of(subjects, random)
    kept = {name: frame.copy() for name, frame in sdtm.items()}

    built = analyse(study, sdtm, cutoff)
    responses = built["ADRS"][built["ADRS"]["PARAMCD"] != "OVR"]
    found_responses = {
        who: dict(zip(rows["PARAMCD"], rows["AVALC"])) for who, rows in responses.groupby("USUBJID", sort=False)
    }
    found_times = {
        who: dict(zip(rows["PARAMCD"], zip(rows["CNSR"].astype(int), rows["AVAL"].astype(int))))
        for who, rows in built["ADTTE"].groupby("USUBJID", sort=False)
    }
    facts = {f"S-{number:04d}": facts_of(subject, cutoff) for number, subject in enumerate(subjects)}

    assert found_responses == {who: expected_responses(one) for who, one in facts.items()}
    assert found_times == {who: expected_times(one) for who, one in facts.items()}
    for name, frame in kept.items():
        pd.testing.assert_frame_equal(sdtm[name], frame)  # inputs are not changed


@settings(max_examples=5, deadline=None, phases=PHASES, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**9), cutoff=st.sampled_from([91, 400, 2000]))
def test_the_order_of_rows_does_not_matter(study: Study, seed: int, cutoff: int) -> None:
    random = Random(seed)
    sdtm = sdtm_of([invent(random) for _ in range(60)], random)
    shuffled = {name: frame.sample(frac=1, random_state=seed % 2**32) for name, frame in sdtm.items()}

    first, second = analyse(study, sdtm, cutoff), analyse(study, shuffled, cutoff)

    for name, frame in first.items():
        pd.testing.assert_frame_equal(frame, second[name])


@settings(max_examples=5, deadline=None, phases=PHASES, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**9), cutoff=st.sampled_from([1, 29, 197, 2000]))
def test_shape_of_the_datasets(study: Study, seed: int, cutoff: int) -> None:
    random = Random(seed)
    built = analyse(study, sdtm_of([invent(random) for _ in range(60)], random), cutoff)
    adrs, adtte = built["ADRS"], built["ADTTE"]
    last = pd.Timestamp(iso(cutoff))

    assert not adtte.duplicated(["USUBJID", "PARAMCD"]).any()
    assert not adrs.duplicated(["USUBJID", "PARAMCD", "ADT"]).any()
    assert (adtte["ADT"] <= last).all()
    assert (adrs["ADT"].dropna() <= last).all()
    assert (adtte["AVAL"] == (adtte["ADT"] - adtte["STARTDT"]).dt.days + 1).all()
    assert (adtte["AVAL"] >= 1).all()
    assert (adtte["CNSDTDSC"].isna() == (adtte["CNSR"] == 0)).all()
    assert not (adrs["ADY"] == 0).any()
    for frame in (adrs, adtte):
        assert (frame["ASEQ"] == frame.groupby("USUBJID").cumcount() + 1).all()
