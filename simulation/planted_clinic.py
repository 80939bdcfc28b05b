"""Errors of measurements and contacts: units, decimal points, scores, a life after death."""

from __future__ import annotations

import pandas as pd

from simulation.planting import Work, as_dates, complete_days, kind
from simulation.text import numbers
from simulation.vital_signs import POUND


@kind("lab_unit_missing", "lb")
def lab_unit_missing(work: Work) -> None:
    """Leave a laboratory result without its unit."""
    work.change("lb", work.choose("lb", work.forms["lb"]["LBORRESU"].notna()), "LBORRESU", None)


@kind("lab_value_tenfold", "lb")
def lab_value_tenfold(work: Work) -> None:
    """Put the decimal point of a laboratory result one place too far."""
    _multiplied(work, "lb", "LBORRES", 10)


@kind("weight_in_pounds_as_kg", "vs")
def weight_in_pounds_as_kg(work: Work) -> None:
    """Enter a weight in pounds and call it kg."""
    frame = work.forms["vs"]
    weight = pd.to_numeric(frame["WEIGHT"], errors="coerce")
    rows = work.choose("vs", weight.notna() & (frame["WEIGHTU"] == "kg"))
    work.change("vs", rows, "WEIGHT", numbers(weight.iloc[rows].to_numpy(dtype="float64") / POUND, 1))


@kind("ice_score_contradicts", "fx")
def ice_score_contradicts(work: Work) -> None:
    """Enter an ICE score of grade 1 on a day of grade 3."""
    frame = work.forms["fx"]
    highest = work.plan.clinic.daily_grades.ice[1][1]
    rows = work.choose("fx", frame["FXICE"].notna() & (frame["FXGRADE"] == "3"))
    work.change("fx", rows, "FXICE", str(highest))


@kind("survival_after_death", "ss")
def survival_after_death(work: Work) -> None:
    """Date a contact with a living subject after the death."""
    death = work.looked_up("ss", complete_days(work.forms["dth"].set_index(work.name("dth", "subject"))["DTHDAT"]))
    alive = work.forms["ss"]["SSSTAT"] == work.plan.clinic.survival.statuses["alive"]
    rows = work.choose("ss", death.notna() & alive)
    work.change("ss", rows, "SSDAT", as_dates(death.iloc[rows].to_numpy() + work.draws.days((2, 9), len(rows))))


@kind("cell_total_wrong", "inf")
def cell_total_wrong(work: Work) -> None:
    """Put the decimal point of the total number of cells one place too far."""
    _multiplied(work, "inf", "INFTOTAL", 10)


def _multiplied(work: Work, form: str, column: str, factor: int) -> None:
    value = pd.to_numeric(work.forms[form][column], errors="coerce")
    rows = work.choose(form, value > 0)
    work.change(form, rows, column, numbers(value.iloc[rows].to_numpy(dtype="float64") * factor, 3))
