"""Rules on the trial's design: TA, TE, TV, TI and TS agree with each other (SDTMIG 3.4, 7)."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from checks.datasets import Datasets
from checks.pairs import more_than_one
from checks.registry import Found, rule


@rule(
    "SDTM.TSVAL",
    "error",
    "A trial summary parameter has either a value or a null flavor, never both and never neither (CORE-000149, 150). "
    "Correct the parameter in the study.",
    needs={"TS": "TSPARMCD TSVAL TSVALNF"},
)
def summary_value(data: Datasets, name: str) -> Iterator[Found]:
    frame = data["TS"]
    yield Found("TS", frame[frame["TSVAL"].notna() == frame["TSVALNF"].notna()], "TSVAL", "TSPARMCD")


@rule(
    "SDTM.TS_ARMS",
    "error",
    "The number of arms in TS differs from the arms in TA. Correct NARMS or the arms of the study.",
    needs={"TS": "TSPARMCD TSVAL", "TA": "ARMCD"},
)
def number_of_arms(data: Datasets, name: str) -> Iterator[Found]:
    frame = data["TS"]
    stated = frame["TSPARMCD"].eq("NARMS") & frame["TSVAL"].notna()
    right = pd.to_numeric(frame["TSVAL"], errors="coerce").eq(data["TA"]["ARMCD"].nunique())
    yield Found("TS", frame[stated & ~right], "TSVAL", "TSVAL")


@rule(
    "SDTM.CODE_NAME",
    "error",
    "A code has several names, or a name several codes. Give each one code and one name.",
    each="STUDYID",
    scope="all",
)
def code_name(data: Datasets, name: str) -> Iterator[Found]:
    frame = data[name]
    pairs = {
        "DM": (("ARMCD", "ARM"), ("ACTARMCD", "ACTARM")),
        "TA": (("ARMCD", "ARM"), ("ETCD", "ELEMENT")),
        "TE": (("ETCD", "ELEMENT"),),
        "TI": (("IETESTCD", "IETEST"),),
        "TS": (("TSPARMCD", "TSPARM"),),
        "SE": (("ETCD", "ELEMENT"),),
    }
    for code, text in pairs.get(name, ()):
        if code in frame and text in frame:
            yield Found(name, frame[more_than_one(frame, code, text)], code, code)


@rule(
    "SDTM.TA_ELEMENT",
    "error",
    "TA has an element that TE does not describe, or names it differently. Correct the arms or the elements.",
    needs={"TA": "ARMCD ETCD", "TE": "ETCD ELEMENT"},
)
def arm_element(data: Datasets, name: str) -> Iterator[Found]:
    frame = data["TA"]
    described = data["TE"].drop_duplicates("ETCD").set_index("ETCD")["ELEMENT"]
    wrong = ~frame["ETCD"].isin(described.index)
    if "ELEMENT" in frame:
        wrong |= frame["ELEMENT"].notna() & frame["ELEMENT"].ne(frame["ETCD"].map(described))
    yield Found("TA", frame[wrong], "ETCD", "ETCD")


@rule(
    "SDTM.TE_UNUSED",
    "warning",
    "No arm in TA has the element. Remove it from the study, or add it to an arm.",
    needs={"TE": "ETCD", "TA": "ETCD"},
)
def unused_element(data: Datasets, name: str) -> Iterator[Found]:
    frame = data["TE"]
    yield Found("TE", frame[~frame["ETCD"].isin(data["TA"]["ETCD"].unique())], "ETCD", "ETCD")


@rule(
    "SDTM.TV_ARM",
    "error",
    "TV has an arm that is not in TA. Correct the arm of the visit, or leave it empty for all arms.",
    needs={"TV": "VISITNUM ARMCD", "TA": "ARMCD"},
)
def visit_arm(data: Datasets, name: str) -> Iterator[Found]:
    frame = data["TV"]
    wrong = frame["ARMCD"].notna() & ~frame["ARMCD"].isin(data["TA"]["ARMCD"].unique())
    yield Found("TV", frame[wrong], "ARMCD", "ARMCD")


@rule(
    "SDTM.IE_CRITERION",
    "error",
    "The criterion is not in TI. Correct IETESTCD, or add the criterion to the study.",
    needs={"IE": "USUBJID IETESTCD", "TI": "IETESTCD"},
)
def criterion(data: Datasets, name: str) -> Iterator[Found]:
    frame = data["IE"]
    yield Found("IE", frame[~frame["IETESTCD"].isin(data["TI"]["IETESTCD"].unique())], "IETESTCD", "IETESTCD")
