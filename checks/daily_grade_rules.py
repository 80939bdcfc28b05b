"""Rules on the grades of CRS and ICANS day by day: against the event's grade, and against the score of the day."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from checks.datasets import Datasets, numbers, stated
from checks.registry import Found, rule
from checks.second_grades import graded_events, second_grade_of
from clinical.conditions import matches
from clinical.findings import as_text
from specs.model.cell_facts import DailyGrades


def _daily(data: Datasets) -> DailyGrades:
    return stated(data.facts.daily_grades)


def _grades(data: Datasets) -> pd.DataFrame:
    """Return USUBJID, EVENT, DAY and GRADE of every day with a grade and an event."""
    fact = _daily(data)
    rows = data.rows_of(fact)
    rows = rows[rows[fact.event].notna()]
    return pd.DataFrame(
        {
            "USUBJID": rows["USUBJID"],
            "EVENT": as_text(rows[fact.event]),
            "DAY": rows[fact.variable].str.slice(0, 10),
            "GRADE": numbers(rows[fact.result]),
        }
    ).dropna(subset=["USUBJID", "GRADE"])


@rule(
    "CELL.DAILY_GRADE",
    "warning",
    "The event's grade is not the worst one of its days (such as the ASTCT grade of CRS or ICANS). Correct the grade "
    "of the event or of the day.",
    needs={},
    facts="daily_grades second_grade",
)
def daily_grade(data: Datasets, name: str) -> Iterator[Found]:
    """Events without a graded day are left out."""
    fact, events = _daily(data), graded_events(data)
    worst = _grades(data).groupby(["USUBJID", "EVENT"], as_index=False)["GRADE"].max()
    asked = pd.DataFrame({"USUBJID": events["USUBJID"], "EVENT": as_text(events[fact.key])})
    daily = asked.merge(worst, how="left", on=["USUBJID", "EVENT"])["GRADE"].set_axis(events.index)
    event = numbers(events["second"])
    differs = events["meant"] & event.notna() & daily.notna() & event.clip(upper=fact.highest).ne(daily)
    qualifier = second_grade_of(data).qualifier
    value = f"{qualifier}=" + events["second"] + "; worst day=" + as_text(daily)
    yield Found("AE", events[differs], qualifier, value[differs])


@rule(
    "CELL.ICE_GRADE",
    "warning",
    "The day's grade is not the one that the day's score stands for (such as an ICE score of 7 to 9 for ICANS of grade "
    "1). Correct the score or the grade, or confirm that another sign decided the grade.",
    needs={},
    facts="daily_grades",
)
def score_and_grade(data: Datasets, name: str) -> Iterator[Found]:
    fact = _daily(data)
    if fact.score is None:
        return
    frame = data[fact.dataset]
    rows = frame[matches(frame, fact.score.where)]
    asked = pd.DataFrame({"USUBJID": rows["USUBJID"], "EVENT": as_text(rows[fact.event]), "DAY": rows[fact.variable]})
    days = ["USUBJID", "EVENT", "DAY"]
    worst = _grades(data).dropna(subset=["DAY"]).groupby(days, as_index=False)["GRADE"].max()
    grade = (
        asked.assign(DAY=asked["DAY"].str.slice(0, 10)).merge(worst, how="left", on=days)["GRADE"].set_axis(rows.index)
    )
    score = numbers(rows[fact.result])
    contradicts = np.zeros(len(rows), dtype=bool)
    for level in fact.score.grades:
        contradicts |= score.between(level.at_least, level.at_most).to_numpy() & ~grade.isin(level.grades).to_numpy()
    contradicts &= grade.notna().to_numpy()
    value = "score=" + as_text(score) + "; grade=" + as_text(grade)
    yield Found(fact.dataset, rows[contradicts], fact.result, value[contradicts])
