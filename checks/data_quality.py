"""Data-quality rules: what a site is asked about events, deaths, dates and visits. The source value is always kept."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from checks.datasets import Datasets, definitely_after, prefix, variables_of
from checks.registry import Found, rule

#: What makes an event serious (SDTMIG 3.4, AE).
CRITERIA = ("AESCAN", "AESCONG", "AESDISAB", "AESDTH", "AESHOSP", "AESLIFE", "AESOD", "AESMIE", "AESINTV")
#: Outcomes (C66768) of an event that is over.
OVER = ("RECOVERED/RESOLVED", "RECOVERED/RESOLVED WITH SEQUELAE", "FATAL")
#: Findings that may well be recorded after death.
AFTER_DEATH = ("DD", "SS")


def _ends_before_start(data: Datasets, name: str) -> Found:
    end = f"{name}ENDTC"
    late = definitely_after(data.bounds(name, f"{name}STDTC"), data.bounds(name, end))
    return Found(name, data[name][late], end, end)


@rule(
    "DQ.AE_END_BEFORE_START",
    "error",
    "The adverse event ends before it begins. Correct the start or the end date.",
    needs={"AE": "USUBJID AESTDTC AEENDTC"},
)
def ae_end_before_start(data: Datasets, name: str) -> Iterator[Found]:
    yield _ends_before_start(data, "AE")


@rule(
    "DQ.EX_END_BEFORE_START",
    "error",
    "The dose ends before it begins. Correct the start or the end date.",
    needs={"EX": "USUBJID EXSTDTC EXENDTC"},
)
def ex_end_before_start(data: Datasets, name: str) -> Iterator[Found]:
    yield _ends_before_start(data, "EX")


def _after_death(data: Datasets, name: str, date: str) -> Found:
    frame = data[name]
    death = data.reference(frame["USUBJID"], "DTHDTC")
    return Found(name, frame[definitely_after(data.bounds(name, date), death)], date, date)


@rule(
    "DQ.AE_AFTER_DEATH",
    "error",
    "The adverse event begins after the subject's death. Correct the event's date or the date of death.",
    needs={"AE": "USUBJID AESTDTC", "DM": "USUBJID DTHDTC"},
)
def ae_after_death(data: Datasets, name: str) -> Iterator[Found]:
    yield _after_death(data, "AE", "AESTDTC")


@rule(
    "DQ.EX_AFTER_DEATH",
    "error",
    "A dose is recorded after the subject's death. Correct the dose's date or the date of death.",
    needs={"EX": "USUBJID EXSTDTC", "DM": "USUBJID DTHDTC"},
)
def ex_after_death(data: Datasets, name: str) -> Iterator[Found]:
    yield _after_death(data, "EX", "EXSTDTC")


@rule(
    "DQ.ASSESSMENT_AFTER_DEATH",
    "error",
    "An assessment is recorded after the subject's death. Correct the assessment's date or the date of death.",
    needs={"DM": "USUBJID DTHDTC"},
    each="USUBJID --DTC --TESTCD",
)
def assessment_after_death(data: Datasets, name: str) -> Iterator[Found]:
    if name not in AFTER_DEATH:
        yield _after_death(data, name, f"{prefix(name)}DTC")


@rule(
    "DQ.TREATMENT_AFTER_DEATH",
    "warning",
    "A medication, procedure or visit begins after the subject's death. Correct its date or the date of death.",
    needs={"DM": "USUBJID DTHDTC"},
    each="USUBJID --STDTC",
)
def treatment_after_death(data: Datasets, name: str) -> Iterator[Found]:
    if name in ("CM", "PR", "SV"):
        yield _after_death(data, name, f"{prefix(name)}STDTC")


@rule(
    "DQ.DEATH_DATES",
    "error",
    "The date of death differs from the one in DM. Correct one of the two dates.",
    needs={"DM": "USUBJID DTHDTC"},
    facts="death",
)
def death_dates(data: Datasets, name: str) -> Iterator[Found]:
    """DS is left to SDTM.DEATH_DISPOSITION. Dates that may mean the same day do not differ."""
    for source in data.facts.death:
        if source.dataset in data and source.dataset not in ("DM", "DS"):
            rows = data.rows_of(source)
            own = data.bounds(source.dataset, source.variable).loc[rows.index]
            in_dm = data.reference(rows["USUBJID"], "DTHDTC")
            differs = definitely_after(own, in_dm) | definitely_after(in_dm, own)
            yield Found(source.dataset, rows[differs], source.variable, source.variable)


@rule(
    "DQ.AFTER_SNAPSHOT",
    "error",
    "The date lies after the day on which the data were exported. Correct the date.",
    each="USUBJID",
    given="snapshot",
)
def after_snapshot(data: Datasets, name: str) -> Iterator[Found]:
    """Collected dates only: what is derived from them (reference dates, elements) follows."""
    collected = ("DTHDTC",) if name == "DM" else tuple(prefix(name) + part for part in ("DTC", "STDTC", "ENDTC"))
    for date in collected:
        if date in data[name] and name != "SE":
            yield Found(name, data[name][data.bounds(name, date)["low"].dt.normalize() > data.snapshot], date, date)


@rule(
    "DQ.DUPLICATE",
    "warning",
    "The record equals another one of the subject in everything but its number. Remove one, or say what differs.",
    each="USUBJID --SEQ",
)
def duplicate(data: Datasets, name: str) -> Iterator[Found]:
    frame = data[name]
    own = (f"{prefix(name)}SEQ", f"{prefix(name)}SPID", f"{prefix(name)}REFID")
    content = [variable for variable in variables_of(frame) if variable not in own]
    yield Found(name, frame[frame.duplicated(content)], f"{prefix(name)}SEQ", f"{prefix(name)}SEQ")


def _criterion_met(frame: pd.DataFrame) -> pd.Series | None:
    """Return which events meet a criterion of seriousness, or None where the study collects none."""
    criteria = [criterion for criterion in CRITERIA if criterion in frame]
    return frame[criteria].isin(["Y"]).any(axis=1) if criteria else None


@rule(
    "DQ.SERIOUS_CRITERION",
    "error",
    "The event is serious, but no criterion of seriousness is given. Enter the criterion, or correct the seriousness.",
    needs={"AE": "USUBJID AESER"},
)
def serious_criterion(data: Datasets, name: str) -> Iterator[Found]:
    frame = data["AE"]
    met = _criterion_met(frame)
    if met is not None:
        yield Found("AE", frame[frame["AESER"].eq("Y") & ~met], "AESER", "AESER")


@rule(
    "DQ.CRITERION_NOT_SERIOUS",
    "warning",
    "A criterion of seriousness is met, but the event is not serious. Correct the seriousness or the criterion.",
    needs={"AE": "USUBJID AESER"},
)
def criterion_not_serious(data: Datasets, name: str) -> Iterator[Found]:
    frame = data["AE"]
    met = _criterion_met(frame)
    if met is not None:
        yield Found("AE", frame[met & frame["AESER"].ne("Y")], "AESER", "AESER")


@rule(
    "DQ.FATAL_WITHOUT_DEATH",
    "error",
    "The event was fatal, but the subject is not recorded as dead. Enter the death, or correct the outcome.",
    needs={"AE": "USUBJID AEOUT", "DM": "USUBJID DTHFL"},
)
def fatal_without_death(data: Datasets, name: str) -> Iterator[Found]:
    frame = data["AE"]
    dead = data["DM"].loc[data["DM"]["DTHFL"].eq("Y"), "USUBJID"]
    yield Found("AE", frame[frame["AEOUT"].eq("FATAL") & ~frame["USUBJID"].isin(dead.unique())], "AEOUT", "AEOUT")


@rule(
    "DQ.GRADE5_NOT_FATAL",
    "error",
    "The event has grade 5, which means death, but its outcome is not fatal. Correct the grade or the outcome.",
    needs={"AE": "USUBJID AETOXGR AEOUT"},
)
def grade_5_not_fatal(data: Datasets, name: str) -> Iterator[Found]:
    frame = data["AE"]
    yield Found("AE", frame[frame["AETOXGR"].eq("5") & frame["AEOUT"].ne("FATAL")], "AEOUT", "AEOUT")


@rule(
    "DQ.RELATIONSHIP_MISSING",
    "warning",
    "The event's relationship to treatment is missing; it counts as related. Enter the relationship.",
    needs={"AE": "USUBJID AEREL"},
)
def relationship_missing(data: Datasets, name: str) -> Iterator[Found]:
    yield Found("AE", data["AE"][data["AE"]["AEREL"].isna()], "AEREL")


@rule(
    "DQ.GRADE_MISSING",
    "warning",
    "The event's grade is missing. Enter the grade.",
    needs={"AE": "USUBJID AETOXGR"},
)
def grade_missing(data: Datasets, name: str) -> Iterator[Found]:
    yield Found("AE", data["AE"][data["AE"]["AETOXGR"].isna()], "AETOXGR")


@rule(
    "DQ.OVERLAPPING_EVENTS",
    "warning",
    "The event begins while an earlier one of the same term still lasts. Join the two, or correct their dates.",
    needs={"AE": "USUBJID AEDECOD AESTDTC AEENDTC"},
)
def overlapping_events(data: Datasets, name: str) -> Iterator[Found]:
    """An event without an end lasts; events that meet on one day (a change of grade) do not overlap."""
    frame = data["AE"]
    forever = pd.Timestamp("9999-12-31")
    events = pd.DataFrame(
        {
            "USUBJID": frame["USUBJID"],
            "AEDECOD": frame["AEDECOD"],
            "start": data.bounds("AE", "AESTDTC")["low"],
            "end": data.bounds("AE", "AEENDTC")["low"].mask(frame["AEENDTC"].isna(), forever),
        }
    )
    events = events.dropna().sort_values(["USUBJID", "AEDECOD", "start", "end"], kind="stable")
    group = [events["USUBJID"], events["AEDECOD"]]
    lasting = events["end"].astype("int64").groupby(group, sort=False).cummax()
    before = lasting.groupby(group, sort=False).shift(1)
    overlap = (before > events["start"].astype("int64")).reindex(frame.index, fill_value=False)
    yield Found("AE", frame[overlap], "AESTDTC", "AEDECOD")


@rule(
    "DQ.RESOLVED_WITHOUT_END",
    "warning",
    "The event is over, but has no end date. Enter what is known of the end date, or correct the outcome.",
    needs={"AE": "USUBJID AEOUT AEENDTC"},
)
def resolved_without_end(data: Datasets, name: str) -> Iterator[Found]:
    frame = data["AE"]
    yield Found("AE", frame[frame["AEOUT"].isin(OVER) & frame["AEENDTC"].isna()], "AEENDTC", "AEOUT")


@rule(
    "DQ.UNSCHEDULED_VISIT",
    "note",
    "The visit was not planned. No action.",
    needs={"SV": "USUBJID VISITNUM", "TV": "VISITNUM"},
)
def unscheduled_visit(data: Datasets, name: str) -> Iterator[Found]:
    frame = data["SV"]
    unplanned = frame["VISITNUM"].notna() & ~frame["VISITNUM"].isin(data["TV"]["VISITNUM"].unique())
    yield Found("SV", frame[unplanned], "VISITNUM", "VISITNUM")


@rule(
    "DQ.VISIT_ORDER",
    "warning",
    "A planned visit took place before one that is planned earlier. Check the dates of both visits.",
    needs={"SV": "USUBJID VISITNUM SVSTDTC", "TV": "VISITNUM"},
)
def visit_order(data: Datasets, name: str) -> Iterator[Found]:
    frame = data["SV"].assign(**data.bounds("SV", "SVSTDTC")[["low", "high"]])
    planned = frame[frame["VISITNUM"].isin(data["TV"]["VISITNUM"].unique())].dropna(subset=["low", "USUBJID"])
    planned = planned.sort_values(["USUBJID", "VISITNUM"], kind="stable")
    latest = planned["low"].astype("int64").groupby(planned["USUBJID"], sort=False).cummax()
    before = latest.groupby(planned["USUBJID"], sort=False).shift(1)
    yield Found("SV", planned[before > planned["high"].astype("int64")], "SVSTDTC", "SVSTDTC")


@rule(
    "DQ.VISIT_WINDOW",
    "warning",
    "The visit took place outside its planned window. Check its date, or document the deviation.",
    needs={"SV": "USUBJID VISITNUM SVSTDTC", "DM": "USUBJID RFSTDTC"},
)
def visit_window(data: Datasets, name: str) -> Iterator[Found]:
    frame = data["SV"]
    windows = {visit.visitnum: visit.window for visit in data.study.design.visits.planned if visit.window}
    reference = data.reference(frame["USUBJID"], "RFSTDTC")["date"]
    days = (data.bounds("SV", "SVSTDTC")["date"] - reference).dt.days.astype("float64")
    day = days.where(days < 0, days + 1)
    first = frame["VISITNUM"].map({number: window[0] for number, window in windows.items()}).astype("float64")
    last = frame["VISITNUM"].map({number: window[1] for number, window in windows.items()}).astype("float64")
    yield Found("SV", frame[day.lt(first) | day.gt(last)], "SVSTDTC", "SVSTDTC")


@rule(
    "DQ.VISIT_DATE_MISSING",
    "warning",
    "The visit took place, but its date is missing. Enter the date.",
    needs={"SV": "USUBJID VISITNUM SVOCCUR SVSTDTC"},
)
def visit_date_missing(data: Datasets, name: str) -> Iterator[Found]:
    frame = data["SV"]
    yield Found("SV", frame[frame["SVOCCUR"].eq("Y") & frame["SVSTDTC"].isna()], "SVSTDTC", "VISITNUM")
