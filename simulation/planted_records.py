"""Errors of identity: subjects missing, unknown or twice, records twice, keys that collide."""

from __future__ import annotations

import pandas as pd

from simulation.planting import Work, as_dates, complete_days, kind


@kind("missing_subject", "cm")
def missing_subject(work: Work) -> None:
    """Leave a record without its subject."""
    rows = work.choose("cm", work.subject("cm").notna())
    work.change("cm", rows, work.name("cm", "subject"), None)


@kind("unknown_subject", "pr")
def unknown_subject(work: Work) -> None:
    """Give a record to a subject who does not exist: a digit too many."""
    rows = work.choose("pr", work.subject("pr").notna())
    work.change("pr", rows, work.name("pr", "subject"), work.subject("pr").iloc[rows] + "0")


@kind("subject_not_in_dm", "dm")
def subject_not_in_dm(work: Work) -> None:
    """Take away the demographics of a subject."""
    work.remove("dm", work.choose("dm", work.subject("dm").notna()))


@kind("subject_twice_in_dm", "dm")
def subject_twice_in_dm(work: Work) -> None:
    """Enter a subject's demographics twice, with another age."""
    dm = work.forms["dm"]
    rows = work.choose("dm", dm["AGE"].notna())
    twice = dm.iloc[rows]
    age = (pd.to_numeric(twice["AGE"]) + 1).astype("int64").astype("str")
    work.add("dm", twice.assign(AGE=age), "AGE")


def _next_lines(work: Work, form: str, chosen: pd.DataFrame) -> pd.Series:
    """Return the line number after a subject's last one."""
    line = work.name(form, "group_repeat")
    last = pd.to_numeric(work.forms[form][line]).groupby(work.subject(form)).max()
    return (chosen[work.name(form, "subject")].map(last).astype("float64") + 1).astype("int64").astype("str")


@kind("duplicate_record", "cm")
def duplicate_record(work: Work) -> None:
    """Enter a record a second time, on a line of its own."""
    rows = work.choose("cm", work.subject("cm").notna())
    twice = work.forms["cm"].iloc[rows].drop_duplicates(work.name("cm", "subject"))
    line = work.name("cm", "group_repeat")
    work.add("cm", twice.assign(**{line: _next_lines(work, "cm", twice)}), line)


@kind("key_collision", "cm")
def key_collision(work: Work) -> None:
    """Add a record with the keys of another one, and another indication."""
    rows = work.choose("cm", work.forms["cm"]["CMINDC"].notna() & work.subject("cm").notna())
    collides = work.forms["cm"].iloc[rows]
    work.add("cm", collides.assign(CMINDC=collides["CMINDC"] + ", see line above"), "CMINDC")


@kind("overlapping_event", "ae")
def overlapping_event(work: Work) -> None:
    """Enter an event of the same term again while the first one lasts."""
    events = work.forms["ae"]
    start, end = complete_days(events["AESTDAT"]), complete_days(events["AEENDAT"])
    lasts = (end - start >= 4) & events["AETOXGR"].isin(["1", "2"]) & work.subject("ae").notna()
    rows = work.choose("ae", lasts)
    again = events.iloc[rows].drop_duplicates(work.name("ae", "subject"))
    later = pd.Series(as_dates(start[again.index] + 2), index=again.index, dtype="str")
    line = work.name("ae", "group_repeat")
    work.add("ae", again.assign(AESTDAT=later, **{line: _next_lines(work, "ae", again)}), "AESTDAT")
