"""Errors of dates: impossible, unreadable, in the wrong order, after death, after the snapshot, missing."""

from __future__ import annotations

import pandas as pd

from simulation.planting import Work, as_dates, complete_days, kind


@kind("impossible_date", "ae")
def impossible_date(work: Work) -> None:
    """Enter the 31st of February."""
    events = work.forms["ae"]
    rows = work.choose("ae", complete_days(events["AEENDAT"]).notna() & (events["AEOUT"].str.casefold() != "fatal"))
    work.change("ae", rows, "AEENDAT", "31-FEB-" + events["AEENDAT"].iloc[rows].str.slice(-4))


@kind("unreadable_date", "cm")
def unreadable_date(work: Work) -> None:
    """Enter a date in another layout than the form's."""
    medications = work.forms["cm"]
    days = pd.to_datetime(medications["CMSTDAT"], format="%d-%b-%Y", errors="coerce")
    rows = work.choose("cm", days.notna())
    work.change("cm", rows, "CMSTDAT", days.iloc[rows].dt.strftime("%d/%m/%y"))


def _end_before_start(work: Work, form: str, start: str, end: str) -> None:
    frame = work.forms[form]
    first, last = complete_days(frame[start]), complete_days(frame[end])
    fatal = frame["AEOUT"].str.casefold() == "fatal" if form == "ae" else pd.Series(False, index=frame.index)
    rows = work.choose(form, first.notna() & last.notna() & ~fatal)
    work.change(form, rows, end, as_dates(first.iloc[rows].to_numpy() - work.draws.days((1, 12), len(rows))))


@kind("ae_end_before_start", "ae")
def ae_end_before_start(work: Work) -> None:
    """Let an event end before it begins."""
    _end_before_start(work, "ae", "AESTDAT", "AEENDAT")


@kind("cm_end_before_start", "cm")
def cm_end_before_start(work: Work) -> None:
    """Let a medication end before it begins."""
    _end_before_start(work, "cm", "CMSTDAT", "CMENDAT")


def _death(work: Work) -> pd.Series:
    """Return the complete dates of death as day numbers by subject."""
    return complete_days(work.forms["dth"].set_index(work.name("dth", "subject"))["DTHDAT"]).dropna()


@kind("ae_after_death", "ae")
def ae_after_death(work: Work) -> None:
    """Let an ongoing event begin after the subject's death."""
    death = work.looked_up("ae", _death(work))
    rows = work.choose("ae", death.notna() & work.forms["ae"]["AEENDAT"].isna())
    work.change("ae", rows, "AESTDAT", as_dates(death.iloc[rows].to_numpy() + work.draws.days((2, 9), len(rows))))


@kind("assessment_after_death", "rs")
def assessment_after_death(work: Work) -> None:
    """Date the last assessment after the subject's death."""
    frame = work.forms["rs"]
    death = work.looked_up("rs", _death(work))
    scan = pd.concat([complete_days(frame["CTDAT"]), complete_days(frame["PETDAT"])], axis="columns").max(
        axis="columns"
    )
    last = scan == scan.groupby(work.subject("rs")).transform("max")
    rows = work.choose("rs", death.notna() & last & (work.event("rs") != work.plan.events.unscheduled))
    day = as_dates(death.iloc[rows].to_numpy() + work.draws.days((3, 20), len(rows)))
    for column in ("CTDAT", "PETDAT"):
        done = frame[column].iloc[rows].notna().to_numpy()
        work.change("rs", rows[done], column, day.filter(done))


@kind("infusion_after_death", "inf")
def infusion_after_death(work: Work) -> None:
    """Date the infusion of a later product after the subject's death."""
    frame = work.forms["inf"]
    death = work.looked_up("inf", _death(work))
    later = work.event("inf") == work.plan.products[-1].event
    rows = work.choose("inf", death.notna() & later & frame["INFDAT"].notna())
    work.change("inf", rows, "INFDAT", as_dates(death.iloc[rows].to_numpy() + work.draws.days((1, 10), len(rows))))


@kind("infusion_date_missing", "inf")
def infusion_date_missing(work: Work) -> None:
    """Leave a given infusion without its date."""
    work.change("inf", work.choose("inf", work.forms["inf"]["INFDAT"].notna()), "INFDAT", None)


@kind("death_dates_differ", "eos")
def death_dates_differ(work: Work) -> None:
    """Give the end of study another date than the death that caused it."""
    frame = work.forms["eos"]
    death = work.looked_up("eos", _death(work))
    rows = work.choose("eos", death.notna() & frame["EOSDAT"].notna())
    work.change("eos", rows, "EOSDAT", as_dates(death.iloc[rows].to_numpy() - work.draws.days((1, 15), len(rows))))


@kind("fatal_event_date_differs", "ae")
def fatal_event_date_differs(work: Work) -> None:
    """Let a fatal event end before the day of death."""
    frame = work.forms["ae"]
    start, end = complete_days(frame["AESTDAT"]), complete_days(frame["AEENDAT"])
    rows = work.choose("ae", (frame["AEOUT"].str.casefold() == "fatal") & (end > start))
    work.change("ae", rows, "AEENDAT", as_dates(end.iloc[rows].to_numpy() - 1))


@kind("date_after_snapshot", "ae")
def date_after_snapshot(work: Work) -> None:
    """Let an ongoing event begin after the export was taken."""
    frame = work.forms["ae"]
    dead = work.subject("ae").isin(work.subject("dth"))
    rows = work.choose("ae", frame["AEENDAT"].isna() & ~dead)
    cut = (work.snapshot - pd.Timestamp("1970-01-01")).days
    work.change("ae", rows, "AESTDAT", as_dates(cut + work.draws.days((5, 90), len(rows))))


@kind("response_before_infusion", "rs")
def response_before_infusion(work: Work) -> None:
    """Date the first assessment before the first infusion."""
    infusion = complete_days(work.forms["inf"]["INFDAT"]).groupby(work.subject("inf")).min()
    first = work.looked_up("rs", infusion)
    rows = work.choose("rs", first.notna() & (work.event("rs") == work.plan.assessments[0].event))
    day = as_dates(first.iloc[rows].to_numpy() - work.draws.days((1, 6), len(rows)))
    for column in ("CTDAT", "PETDAT"):
        done = work.forms["rs"][column].iloc[rows].notna().to_numpy()
        work.change("rs", rows[done], column, day.filter(done))


@kind("visit_out_of_order", "vd")
def visit_out_of_order(work: Work) -> None:
    """Date the second scheduled visit after treatment before the first one."""
    frame = work.forms["vd"]
    first, second = (assessment.event for assessment in work.plan.assessments[:2])
    day = complete_days(frame["VDDAT"])
    earlier = day[work.event("vd") == first].groupby(work.subject("vd")).min()
    before = work.looked_up("vd", earlier)
    rows = work.choose("vd", before.notna() & (work.event("vd") == second) & day.notna())
    work.change("vd", rows, "VDDAT", as_dates(before.iloc[rows].to_numpy() - work.draws.days((2, 6), len(rows))))


@kind("visit_date_missing", "vd")
def visit_date_missing(work: Work) -> None:
    """Leave a visit that took place without its date."""
    work.change("vd", work.choose("vd", work.forms["vd"]["VDDAT"].notna()), "VDDAT", None)
