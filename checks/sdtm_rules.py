"""Rules on identifiers, flags and results in any SDTM dataset (SDTMIG 3.4)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from checks.datasets import Datasets, numbers, prefix
from checks.pairs import more_than_one
from checks.registry import Found, rule


@rule(
    "SDTM.SUBJECT_IN_DM",
    "error",
    "The subject is not in DM. Correct the subject's number, or enter the demographics.",
    needs={"DM": "USUBJID"},
    each="USUBJID",
    scope="all",
)
def subject_in_dm(data: Datasets, name: str) -> Iterator[Found]:
    frame = data[name]
    if name != "DM" and not data.is_adam(name):
        unknown = ~frame["USUBJID"].isin(data["DM"]["USUBJID"].unique())
        if name == "RELREC":
            unknown &= frame["USUBJID"].notna()
        yield Found(name, frame[unknown], "USUBJID", "USUBJID")


@rule(
    "SDTM.ONE_DM_RECORD",
    "error",
    "The subject has more than one record in DM. Remove the extra demographics.",
    needs={"DM": "USUBJID"},
)
def one_dm_record(data: Datasets, name: str) -> Iterator[Found]:
    frame = data["DM"]
    yield Found("DM", frame[frame["USUBJID"].duplicated()], "USUBJID", "USUBJID")


@rule(
    "SDTM.STUDYID",
    "error",
    "STUDYID is not the study's identifier. Correct `id` or the mapping of STUDYID in the specification.",
    each="STUDYID",
    scope="all",
)
def study_identifier(data: Datasets, name: str) -> Iterator[Found]:
    frame = data[name]
    yield Found(name, frame[frame["STUDYID"].ne(data.study.id)], "STUDYID", "STUDYID")


@rule(
    "SDTM.DOMAIN",
    "error",
    "DOMAIN is not the name of the dataset. Correct the mapping of DOMAIN in the specification.",
    each="DOMAIN",
)
def domain(data: Datasets, name: str) -> Iterator[Found]:
    frame = data[name]  # a split dataset, as LBCH, has the domain LB
    yield Found(name, frame[~frame["DOMAIN"].isin([name, name[:2]])], "DOMAIN", "DOMAIN")


@rule(
    "SDTM.FLAG",
    "error",
    "The flag has another value than Y; where it does not hold it is empty. Correct its mapping.",
    each="USUBJID",
)
def flags(data: Datasets, name: str) -> Iterator[Found]:
    frame = data[name]
    for flag in ("DTHFL", f"{prefix(name)}LOBXFL", f"{prefix(name)}BLFL", f"{prefix(name)}DRVFL"):
        if flag in frame:
            yield Found(name, frame[frame[flag].notna() & frame[flag].ne("Y")], flag, flag)


@rule(
    "SDTM.TEST_NAME",
    "error",
    "The test code has several names, or the name several codes. Give each test one code and one name.",
    each="--TESTCD --TEST",
)
def test_name(data: Datasets, name: str) -> Iterator[Found]:
    frame = data[name]
    code = f"{prefix(name)}TESTCD"
    yield Found(name, frame[more_than_one(frame, code, f"{prefix(name)}TEST")], code, code)


@rule(
    "SDTM.NOT_DONE_RESULT",
    "error",
    "A result is given for a test that was not done. Remove the result, or correct the status.",
    each="--STAT --ORRES",
)
def not_done_result(data: Datasets, name: str) -> Iterator[Found]:
    frame = data[name]
    result = f"{prefix(name)}ORRES"
    not_done = frame[f"{prefix(name)}STAT"].eq("NOT DONE")
    yield Found(name, frame[not_done & frame[result].notna()], result, result)


@rule(
    "SDTM.REASON_NOT_DONE",
    "error",
    "A reason for a missing test is given, but the test is not marked NOT DONE. Correct the status or the reason.",
    each="--STAT --REASND",
)
def reason_not_done(data: Datasets, name: str) -> Iterator[Found]:
    frame = data[name]
    reason = f"{prefix(name)}REASND"
    wrong = frame[reason].notna() & frame[f"{prefix(name)}STAT"].ne("NOT DONE")
    yield Found(name, frame[wrong], reason, reason)


@rule(
    "SDTM.RESULT_MISSING",
    "warning",
    "The record has neither a result nor the status NOT DONE. Enter the result, or mark the test as not done.",
    each="--ORRES --TESTCD",
)
def result_missing(data: Datasets, name: str) -> Iterator[Found]:
    frame = data[name]
    empty = frame[f"{prefix(name)}ORRES"].isna()
    for other in ("STAT", "DRVFL"):
        if prefix(name) + other in frame:
            empty &= frame[prefix(name) + other].isna()
    yield Found(name, frame[empty], f"{prefix(name)}ORRES")


@rule(
    "SDTM.RESULT_NUMBER",
    "error",
    "The numeric result differs from the result as text. Correct the derivation of the standard result.",
    each="--STRESC --STRESN",
)
def result_number(data: Datasets, name: str) -> Iterator[Found]:
    frame = data[name]
    read = numbers(frame[f"{prefix(name)}STRESC"]).to_numpy()
    given = numbers(frame[f"{prefix(name)}STRESN"]).to_numpy()
    same = np.isclose(read, given, rtol=1e-9, atol=0, equal_nan=True)
    yield Found(name, frame[~np.isnan(given) & ~same], f"{prefix(name)}STRESN", f"{prefix(name)}STRESN")


@rule(
    "SDTM.RESULT_NUMBER_MISSING",
    "warning",
    "The result as text is a number, but the numeric result is empty. Map the standard result as a number.",
    each="--STRESC --STRESN",
)
def result_number_missing(data: Datasets, name: str) -> Iterator[Found]:
    frame = data[name]
    read = numbers(frame[f"{prefix(name)}STRESC"])
    variable = f"{prefix(name)}STRESN"
    yield Found(name, frame[read.notna() & frame[variable].isna()], variable, f"{prefix(name)}STRESC")
