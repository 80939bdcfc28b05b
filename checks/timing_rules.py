"""Rules on dates, study days, elements, epochs and visits (SDTMIG 3.4, 4.1.3, 4.4 and 5)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from checks.datasets import Datasets, definitely_after, of_subject, prefix
from checks.pairs import more_than_one
from checks.registry import Found, rule

UNPLANNED = "UNPLAN"


@rule(
    "SDTM.DATE_ORDER",
    "error",
    "The record ends before it begins. Correct the start or the end date.",
    each="--STDTC --ENDTC",
)
def date_order(data: Datasets, name: str) -> Iterator[Found]:
    if name not in ("AE", "EX"):  # their rules are DQ.AE_END_BEFORE_START and DQ.EX_END_BEFORE_START
        end = f"{prefix(name)}ENDTC"
        late = definitely_after(data.bounds(name, f"{prefix(name)}STDTC"), data.bounds(name, end))
        yield Found(name, data[name][late], end, end)


def study_day(date: pd.Series, reference: pd.Series) -> pd.Series:
    """Return days from the reference date, which is day 1; there is no day 0 (SDTMIG 3.4, 4.4.4)."""
    days = (date - reference).dt.days.astype("float64")
    return days.where(days < 0, days + 1)


@rule(
    "SDTM.STUDY_DAY",
    "error",
    "The study day is not that of its date against RFSTDTC, or is given for a partial date. Correct the derivation.",
    needs={"DM": "USUBJID RFSTDTC"},
    each="USUBJID",
)
def study_days(data: Datasets, name: str) -> Iterator[Found]:
    frame = data[name]
    reference = None
    for part in ("", "ST", "EN"):
        day, date = f"{prefix(name)}{part}DY", f"{prefix(name)}{part}DTC"
        if day in frame and date in frame:
            if reference is None:
                reference = data.reference(frame["USUBJID"], "RFSTDTC")["date"]
            expected = study_day(data.bounds(name, date)["date"], reference)
            same = frame[day].eq(expected) | (frame[day].isna() & expected.isna())
            yield Found(name, frame[~same], day, day)


def _elements(data: Datasets) -> pd.DataFrame:
    """Return SE in the order of its dates: `low` and `high` of the start, `end_high`, `number` in the subject."""
    start = data.bounds("SE", "SESTDTC")[["low", "high"]]
    elements = data["SE"].assign(**start, end_high=data.bounds("SE", "SEENDTC")["high"])
    elements = elements.sort_values(["USUBJID", "low", "high"], kind="stable", ignore_index=True)
    return elements.assign(number=elements.groupby("USUBJID", sort=False).cumcount())


@rule(
    "SDTM.ELEMENTS_CONTIGUOUS",
    "error",
    "An element does not end when the next one starts (CORE-000352). Correct the dates that the elements rest on.",
    needs={"SE": "USUBJID SESTDTC SEENDTC"},
)
def elements_contiguous(data: Datasets, name: str) -> Iterator[Found]:
    elements = data.made("elements", _elements)
    following = elements["USUBJID"].eq(elements["USUBJID"].shift(-1))
    differs = following & elements["SEENDTC"].ne(elements["SESTDTC"].shift(-1))
    yield Found("SE", elements[differs], "SEENDTC", "SEENDTC")


@rule(
    "SDTM.ELEMENT_IN_TE",
    "error",
    "The element is not in TE, nor UNPLAN. Correct ETCD, or describe the element in the study.",
    needs={"SE": "USUBJID ETCD", "TE": "ETCD"},
)
def element_in_te(data: Datasets, name: str) -> Iterator[Found]:
    frame = data["SE"]
    known = frame["ETCD"].isin(data["TE"]["ETCD"].unique()) | frame["ETCD"].eq(UNPLANNED)
    yield Found("SE", frame[~known], "ETCD", "ETCD")


@rule(
    "SDTM.ELEMENT_IN_ARM",
    "warning",
    "The element is not one of the subject's actual arm in TA. Check the arm and what the subject received.",
    needs={"SE": "USUBJID ETCD", "TA": "ARMCD ETCD", "DM": "USUBJID ACTARMCD"},
)
def element_in_arm(data: Datasets, name: str) -> Iterator[Found]:
    frame = data["SE"]
    arm = of_subject(frame["USUBJID"], data["DM"][["ACTARMCD"]], data["DM"]["USUBJID"])["ACTARMCD"]
    planned = pd.MultiIndex.from_frame(data["TA"][["ARMCD", "ETCD"]])
    given = pd.MultiIndex.from_arrays([arm, frame["ETCD"]])
    wrong = arm.notna() & frame["ETCD"].ne(UNPLANNED) & ~given.isin(planned)
    yield Found("SE", frame[wrong], "ETCD", "ETCD")


@rule(
    "SDTM.ELEMENT_EPOCH",
    "error",
    "The epoch is not the one that TA gives the element. Correct EPOCH in SE or TA.",
    needs={"SE": "USUBJID ETCD EPOCH", "TA": "ETCD EPOCH"},
)
def element_epoch(data: Datasets, name: str) -> Iterator[Found]:
    frame = data["SE"]
    planned = pd.MultiIndex.from_frame(data["TA"][["ETCD", "EPOCH"]])
    given = pd.MultiIndex.from_frame(frame[["ETCD", "EPOCH"]])
    known = frame["ETCD"].isin(data["TA"]["ETCD"].unique())
    yield Found("SE", frame[known & ~given.isin(planned)], "EPOCH", "EPOCH")


def _position(elements: pd.DataFrame, subjects: pd.Series, moments: pd.Series, *, include: bool) -> np.ndarray:
    """Return the row number of the last element that starts by a moment (`include`: or at it), -1 for none."""
    starts = elements[["USUBJID", "low"]].assign(position=np.arange(len(elements))).dropna()
    asked = pd.DataFrame({"USUBJID": subjects, "low": moments}).dropna().reset_index()
    found = pd.merge_asof(
        asked.sort_values("low", kind="stable"),
        starts.sort_values("low", kind="stable"),
        on="low",
        by="USUBJID",
        allow_exact_matches=include,
    ).set_index("index")["position"]
    return found.reindex(subjects.index).fillna(-1).astype("int64").to_numpy()


@rule(
    "SDTM.EPOCH",
    "error",
    "EPOCH is not that of the element in SE in which the date falls. Correct the date, SE or the derivation.",
    needs={"SE": "USUBJID SESTDTC SEENDTC EPOCH"},
    each="USUBJID EPOCH",
)
def epoch(data: Datasets, name: str) -> Iterator[Found]:
    """On the day on which an element starts, both epochs are right: what came first is not known."""
    frame = data[name]
    date = next((one for one in (f"{prefix(name)}STDTC", f"{prefix(name)}DTC") if one in frame), None)
    if date is None or name == "SE":
        return
    elements = data.made("elements", _elements)
    when = data.bounds(name, date)
    earliest = _position(elements, frame["USUBJID"], when["low"], include=False)
    latest = _position(elements, frame["USUBJID"], when["high"], include=True)
    known = elements[["EPOCH", "end_high", "number"]]
    before, after = (known.reindex(place).set_axis(frame.index) for place in (earliest, latest))
    first, last = before["EPOCH"], after["EPOCH"]
    neighbours = after["number"].fillna(-1) - before["number"].fillna(-1) <= 1
    in_study = frame["USUBJID"].isin(elements["USUBJID"].unique()) & when["low"].notna()
    in_study &= ~(when["high"] > after["end_high"])
    given = frame["EPOCH"]
    other = given.notna() & given.ne(first) & given.ne(last)
    absent = given.isna() & when["complete"] & first.notna() & first.eq(last) & (name != "DS")
    yield Found(name, frame[in_study & neighbours & (other | absent)], "EPOCH", "EPOCH")


@rule(
    "SDTM.VISIT_NAME",
    "error",
    "The visit number has several names, or the name several numbers. Give each visit one number and one name.",
    each="VISITNUM VISIT",
)
def visit_name(data: Datasets, name: str) -> Iterator[Found]:
    frame = data[name]
    yield Found(name, frame[more_than_one(frame, "VISITNUM", "VISIT")], "VISIT", "VISIT")


@rule(
    "SDTM.VISIT_PLAN",
    "error",
    "The name or the planned day of the visit differs from TV. Correct the visit's mapping.",
    needs={"TV": "VISITNUM"},
    each="USUBJID VISITNUM",
)
def visit_plan(data: Datasets, name: str) -> Iterator[Found]:
    frame = data[name]
    plan = data["TV"].drop_duplicates("VISITNUM").set_index("VISITNUM")
    planned = frame["VISITNUM"].isin(plan.index)
    for variable in ("VISIT", "VISITDY"):
        if variable in frame and variable in plan:
            expected = frame["VISITNUM"].map(plan[variable])
            differs = planned & frame[variable].notna() & expected.notna() & frame[variable].ne(expected)
            yield Found(name, frame[differs], variable, variable)


@rule(
    "SDTM.UNPLANNED_VISIT",
    "error",
    "A visit that is not in TV is marked as planned. Leave SVPRESP, SVOCCUR and VISITDY empty, or add the visit to TV.",
    needs={"SV": "USUBJID VISITNUM", "TV": "VISITNUM"},
)
def unplanned_visit(data: Datasets, name: str) -> Iterator[Found]:
    frame = data["SV"]
    unplanned = ~frame["VISITNUM"].isin(data["TV"]["VISITNUM"].unique())
    for variable in ("SVPRESP", "SVOCCUR", "VISITDY"):
        if variable in frame:
            yield Found("SV", frame[unplanned & frame[variable].notna()], variable, "VISITNUM")


@rule(
    "SDTM.ONE_VISIT_RECORD",
    "error",
    "The subject has the visit more than once in SV. Number the second one as an unscheduled visit, or remove it.",
    needs={"SV": "USUBJID VISITNUM"},
)
def one_visit_record(data: Datasets, name: str) -> Iterator[Found]:
    frame = data["SV"]
    yield Found("SV", frame[frame.duplicated(["USUBJID", "VISITNUM"])], "VISITNUM", "VISITNUM")


@rule(
    "SDTM.VISIT_IN_SV",
    "warning",
    "The record belongs to a visit that the subject does not have in SV. Enter the visit's date, or correct the visit.",
    needs={"SV": "USUBJID VISITNUM"},
    each="USUBJID VISITNUM",
)
def visit_in_sv(data: Datasets, name: str) -> Iterator[Found]:
    if name == "SV":
        return
    frame = data[name]
    visits = data["SV"][["USUBJID", "VISITNUM"]].drop_duplicates()
    known = frame[["USUBJID", "VISITNUM"]].merge(visits, how="left", on=["USUBJID", "VISITNUM"], indicator=True)
    lacking = (known["_merge"] == "left_only").to_numpy() & frame["VISITNUM"].notna().to_numpy()
    yield Found(name, frame[lacking], "VISITNUM", "VISITNUM")
