"""Rules on time-to-event datasets (ADaMIG 1.3, BDS for Time-to-Event Analyses)."""

from __future__ import annotations

from collections.abc import Iterator

from checks.datasets import Datasets, numbers
from checks.registry import Found, rule

#: Days in each unit that AVALU may name.
DAYS_IN = {"DAYS": 1.0, "WEEKS": 7.0, "MONTHS": 30.4375, "YEARS": 365.25}
#: How far AVAL may lie from the value, in its own unit: months and years may be rounded.
TOLERANCE = {"DAYS": 1e-9, "WEEKS": 0.01, "MONTHS": 0.01, "YEARS": 0.01}


@rule(
    "ADAM.TTE_ONE_RECORD",
    "error",
    "The subject has the parameter more than once. Keep one record for each subject and parameter.",
    each="USUBJID PARAMCD CNSR",
    scope="adam",
)
def one_record(data: Datasets, name: str) -> Iterator[Found]:
    frame = data[name]
    yield Found(name, frame[frame.duplicated(["USUBJID", "PARAMCD"])], "PARAMCD", "PARAMCD")


@rule(
    "ADAM.TTE_VALUE",
    "error",
    "AVAL is not the time from STARTDT to ADT, both days included. Correct the derivation.",
    each="USUBJID PARAMCD CNSR AVAL AVALU STARTDT ADT",
    scope="adam",
)
def value(data: Datasets, name: str) -> Iterator[Found]:
    frame = data[name]
    days = (data.bounds(name, "ADT")["date"] - data.bounds(name, "STARTDT")["date"]).dt.days.astype("float64") + 1
    unit = frame["AVALU"].map(DAYS_IN).astype("float64")
    far = (numbers(frame["AVAL"]) - days / unit).abs() > frame["AVALU"].map(TOLERANCE).astype("float64")
    missing = frame["AVAL"].isna() | (days.isna() & unit.notna())
    yield Found(name, frame[far | missing], "AVAL", "AVAL")


@rule(
    "ADAM.TTE_ORDER",
    "error",
    "The event or censoring lies before the start. Correct the dates that the parameter rests on.",
    each="USUBJID PARAMCD CNSR STARTDT ADT",
    scope="adam",
)
def order(data: Datasets, name: str) -> Iterator[Found]:
    frame = data[name]
    early = data.bounds(name, "ADT")["date"] < data.bounds(name, "STARTDT")["date"]
    yield Found(name, frame[early], "ADT", "ADT")


@rule(
    "ADAM.CNSR",
    "error",
    "CNSR must be 0 for an event and a positive whole number for a reason of censoring. Correct the derivation.",
    each="USUBJID PARAMCD CNSR",
    scope="adam",
)
def censoring(data: Datasets, name: str) -> Iterator[Found]:
    frame = data[name]
    number = numbers(frame["CNSR"])
    yield Found(name, frame[~((number >= 0) & (number % 1 == 0))], "CNSR", "CNSR")


@rule(
    "ADAM.CNSR_TEXTS",
    "error",
    "EVNTDESC is given for every record, CNSDTDSC for censored ones only. Correct the texts.",
    each="USUBJID PARAMCD CNSR EVNTDESC CNSDTDSC",
    scope="adam",
)
def censoring_texts(data: Datasets, name: str) -> Iterator[Found]:
    frame = data[name]
    yield Found(name, frame[frame["EVNTDESC"].isna()], "EVNTDESC")
    wrong = frame["CNSR"].notna() & (frame["CNSR"].eq(0) != frame["CNSDTDSC"].isna())
    yield Found(name, frame[wrong], "CNSDTDSC", "CNSDTDSC")


@rule(
    "ADAM.CNSR_REASON",
    "warning",
    "Within a parameter, a value of CNSR has several reasons, or a reason several values. Give each its own.",
    each="USUBJID PARAMCD CNSR EVNTDESC",
    scope="adam",
)
def censoring_reason(data: Datasets, name: str) -> Iterator[Found]:
    frame = data[name]
    pairs = frame.loc[numbers(frame["CNSR"]).gt(0), ["PARAMCD", "CNSR", "EVNTDESC"]].dropna().drop_duplicates()
    doubtful = pairs.duplicated(["PARAMCD", "CNSR"], keep=False) | pairs.duplicated(["PARAMCD", "EVNTDESC"], keep=False)
    hit = frame[["PARAMCD", "CNSR", "EVNTDESC"]].merge(pairs[doubtful], how="left", indicator=True)["_merge"]
    yield Found(name, frame[hit.eq("both").to_numpy()], "CNSR", "CNSR")
