"""Rules on arms, deaths and reference dates of subjects (SDTMIG 3.4; rule numbers are CDISC CORE's)."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from checks.datasets import Datasets, definitely_after, of_subject
from checks.registry import Found, rule

#: Terms of ARMNRS (C142179) for subjects who got no treatment.
UNTREATED = ("SCREEN FAILURE", "NOT ASSIGNED", "ASSIGNED, NOT TREATED")


@rule(
    "SDTM.ARM_IN_TA",
    "error",
    "The arm's code and name are not those of a planned arm in TA. Correct the arm, or the arms of the study.",
    needs={"DM": "USUBJID ARMCD ARM ACTARMCD ACTARM", "TA": "ARMCD ARM"},
)
def arm_in_ta(data: Datasets, name: str) -> Iterator[Found]:
    frame = data["DM"]
    planned = pd.MultiIndex.from_frame(data["TA"][["ARMCD", "ARM"]].drop_duplicates())
    for code, arm in (("ARMCD", "ARM"), ("ACTARMCD", "ACTARM")):
        given = pd.MultiIndex.from_frame(frame[[code, arm]])
        wrong = (frame[code].notna() | frame[arm].notna()).to_numpy(dtype=bool) & ~given.isin(planned)
        yield Found("DM", frame[wrong], code, code)


@rule(
    "SDTM.ARM_NULL_REASON",
    "error",
    "ARMNRS must say why the planned or the actual arm is empty, and only then. Correct ARMNRS or the arm.",
    needs={"DM": "USUBJID ARMCD ACTARMCD ARMNRS"},
)
def arm_null_reason(data: Datasets, name: str) -> Iterator[Found]:
    frame = data["DM"]
    empty = frame["ARMCD"].isna() | frame["ACTARMCD"].isna()
    yield Found("DM", frame[empty != frame["ARMNRS"].notna()], "ARMNRS", "ARMNRS")


@rule(
    "SDTM.UNTREATED",
    "error",
    "DM says that the subject was not treated, but exposure is recorded. Correct ARMNRS or the exposure.",
    needs={"DM": "USUBJID ARMNRS", "EX": "USUBJID"},
)
def untreated(data: Datasets, name: str) -> Iterator[Found]:
    frame = data["DM"]
    wrong = frame["ARMNRS"].isin(UNTREATED) & frame["USUBJID"].isin(data["EX"]["USUBJID"].unique())
    yield Found("DM", frame[wrong], "ARMNRS", "ARMNRS")


@rule(
    "SDTM.UNTREATED_REFERENCE",
    "error",
    "A subject without treatment has a reference start date (CORE-000758). Leave RFSTDTC empty.",
    needs={"DM": "USUBJID ARMNRS RFSTDTC"},
)
def untreated_reference(data: Datasets, name: str) -> Iterator[Found]:
    frame = data["DM"]
    yield Found("DM", frame[frame["ARMNRS"].isin(UNTREATED) & frame["RFSTDTC"].notna()], "RFSTDTC", "RFSTDTC")


@rule(
    "SDTM.DEATH_FLAG",
    "error",
    "A date of death is given without the death flag. Set DTHFL to Y, or remove the date.",
    needs={"DM": "USUBJID DTHFL DTHDTC"},
)
def death_flag(data: Datasets, name: str) -> Iterator[Found]:
    frame = data["DM"]
    yield Found("DM", frame[frame["DTHDTC"].notna() & frame["DTHFL"].isna()], "DTHFL", "DTHDTC")


@rule(
    "SDTM.DEATH_DATE_MISSING",
    "warning",
    "The subject died, but no date of death is given. Enter what is known of the date.",
    needs={"DM": "USUBJID DTHFL DTHDTC"},
)
def death_date_missing(data: Datasets, name: str) -> Iterator[Found]:
    frame = data["DM"]
    yield Found("DM", frame[frame["DTHFL"].eq("Y") & frame["DTHDTC"].isna()], "DTHDTC")


@rule(
    "SDTM.DEATH_DISPOSITION",
    "error",
    "The date of death in DS differs from DM (CORE-000034). Correct one of the two dates.",
    needs={"DS": "USUBJID DSDECOD DSSTDTC", "DM": "USUBJID DTHDTC"},
)
def death_disposition(data: Datasets, name: str) -> Iterator[Found]:
    frame = data["DS"]
    in_dm = of_subject(frame["USUBJID"], data["DM"][["DTHDTC"]], data["DM"]["USUBJID"])["DTHDTC"]
    date = frame["DSSTDTC"]
    same = (date == in_dm) | (date.isna() & in_dm.isna())
    yield Found("DS", frame[frame["DSDECOD"].eq("DEATH") & ~same], "DSSTDTC", "DSSTDTC")


def _extreme_differs(data: Datasets, reference: str, dates: list[str], *, latest: bool) -> pd.DataFrame:
    """Return DM's records whose `reference` is not the subject's earliest (or latest) of the dates in EX.

    With unknown parts: no date may certainly lie beyond the reference, and one of them must be its beginning or
    its continuation (a date may be kept without its time).
    """
    frame = data["DM"]
    exposure = data["EX"]
    tables = [
        data.bounds("EX", name).assign(USUBJID=exposure["USUBJID"], text=exposure[name].astype("str")) for name in dates
    ]
    given = pd.concat(tables, ignore_index=True).dropna(subset=["low", "USUBJID"])
    own = data.bounds("DM", reference)[["low", "high"]].set_axis(["own_low", "own_high"], axis=1)
    joined = given.merge(own.assign(USUBJID=frame["USUBJID"], own=frame[reference]), on="USUBJID", how="left")
    beyond = joined["low"] > joined["own_high"] if latest else joined["high"] < joined["own_low"]
    day = joined["text"].str.slice(0, 10)
    equal = (joined["text"] == joined["own"]) | (day == joined["own"])
    exposed = frame["USUBJID"].isin(given["USUBJID"].unique())
    right = frame["USUBJID"].isin(joined.loc[equal, "USUBJID"].unique())
    right &= ~frame["USUBJID"].isin(joined.loc[beyond, "USUBJID"].unique())
    return frame[(exposed & ~right) | (~exposed & frame[reference].notna())]


@rule(
    "SDTM.RFXSTDTC",
    "error",
    "RFXSTDTC is not the subject's earliest EXSTDTC (CORE-000239). Correct the exposure dates or the derivation.",
    needs={"DM": "USUBJID RFXSTDTC", "EX": "USUBJID EXSTDTC"},
)
def first_exposure(data: Datasets, name: str) -> Iterator[Found]:
    yield Found("DM", _extreme_differs(data, "RFXSTDTC", ["EXSTDTC"], latest=False), "RFXSTDTC", "RFXSTDTC")


@rule(
    "SDTM.RFXENDTC",
    "error",
    "RFXENDTC is not the subject's latest EXENDTC or EXSTDTC. Correct the exposure dates or the derivation.",
    needs={"DM": "USUBJID RFXENDTC", "EX": "USUBJID EXSTDTC EXENDTC"},
)
def last_exposure(data: Datasets, name: str) -> Iterator[Found]:
    dates = ["EXSTDTC", "EXENDTC"]
    yield Found("DM", _extreme_differs(data, "RFXENDTC", dates, latest=True), "RFXENDTC", "RFXENDTC")


@rule(
    "SDTM.RFICDTC",
    "error",
    "RFICDTC is not the earliest informed consent in DS (CORE-000370). Correct the consent's date or the derivation.",
    needs={"DM": "USUBJID RFICDTC"},
    facts="consent",
)
def informed_consent(data: Datasets, name: str) -> Iterator[Found]:
    frame = data["DM"]
    first = data.first_of(data.facts.consent, frame["USUBJID"])
    own = data.bounds("DM", "RFICDTC")
    same = own["low"].dt.normalize().eq(first["low"].dt.normalize()) & own["complete"].eq(first["complete"])
    neither = own["low"].isna() & first["low"].isna()
    yield Found("DM", frame[~(same | neither)], "RFICDTC", "RFICDTC")


@rule(
    "SDTM.REFERENCE_DATES",
    "error",
    "A reference period of the subject ends before it begins. Correct the dates that it rests on.",
    needs={"DM": "USUBJID"},
)
def reference_dates(data: Datasets, name: str) -> Iterator[Found]:
    pairs = (("RFSTDTC", "RFENDTC"), ("RFXSTDTC", "RFXENDTC"), ("RFENDTC", "RFPENDTC"), ("RFICDTC", "RFPENDTC"))
    for start, end in pairs:
        if data.has("DM", start, end):
            late = definitely_after(data.bounds("DM", start), data.bounds("DM", end))
            yield Found("DM", data["DM"][late], end, end)


@rule(
    "SDTM.CONSENT_FIRST",
    "error",
    "Treatment began before informed consent. Correct the date of consent or of the treatment.",
    needs={"DM": "USUBJID RFICDTC"},
)
def consent_first(data: Datasets, name: str) -> Iterator[Found]:
    for start in ("RFSTDTC", "RFXSTDTC"):
        if data.has("DM", start):
            early = definitely_after(data.bounds("DM", "RFICDTC"), data.bounds("DM", start))
            yield Found("DM", data["DM"][early], start, start)
