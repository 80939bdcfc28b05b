"""Rules on supplemental qualifiers, comments and related records (SDTMIG 3.4, 5.1 and 8)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

from checks.datasets import Datasets
from checks.registry import Found, rule
from clinical.findings import as_text

_NEEDED = "USUBJID RDOMAIN IDVAR IDVARVAL QNAM QVAL"


def _dangling(data: Datasets, frame: pd.DataFrame, parent: str | None = None) -> np.ndarray:
    """Return which rows point at no record of their subject: RDOMAIN, IDVAR and IDVARVAL.

    `parent` is the dataset that they must point into. Without it (RELREC) it is any dataset of RDOMAIN, and IDVAR
    without a value stands for all of its records.
    """
    result = np.zeros(len(frame), dtype=bool)
    for (domain, variable), rows in frame.groupby(["RDOMAIN", "IDVAR"], dropna=False, sort=False):
        names = (parent,) if parent else data.of_domain(str(domain))
        found = np.zeros(len(rows), dtype=bool)
        for name in names:
            if not data.has(name, "USUBJID"):
                continue
            target = data[name]
            if not isinstance(variable, str):
                found |= rows["USUBJID"].isin(target["USUBJID"].unique()).to_numpy()
            elif variable in target:
                records = pd.DataFrame({"USUBJID": target["USUBJID"], "IDVARVAL": as_text(target[variable])})
                asked = pd.DataFrame({"USUBJID": rows["USUBJID"], "IDVARVAL": as_text(rows["IDVARVAL"])})
                merged = asked.merge(records.drop_duplicates(), how="left", indicator=True)["_merge"]
                found |= merged.eq("both").to_numpy()
                found |= rows["IDVARVAL"].isna().to_numpy() & (parent is None)
        result[frame.index.get_indexer(rows.index)] = ~found
    return result


@rule(
    "SDTM.SUPP_PARENT",
    "error",
    "The supplemental qualifier points at no record of its dataset. Correct RDOMAIN, IDVAR or IDVARVAL.",
    each=_NEEDED,
    scope="supplemental",
)
def supplemental_parent(data: Datasets, name: str) -> Iterator[Found]:
    frame = data[name]
    parent = name.removeprefix("SUPP")
    wrong = _dangling(data, frame, parent) | ~frame["RDOMAIN"].isin([parent, parent[:2]]).to_numpy()
    yield Found(name, frame[wrong], "IDVARVAL", "IDVARVAL")


@rule(
    "SDTM.SUPP_UNIQUE",
    "error",
    "The record has the same qualifier more than once. Keep one, or name the others differently.",
    each=_NEEDED,
    scope="supplemental",
)
def supplemental_unique(data: Datasets, name: str) -> Iterator[Found]:
    frame = data[name]
    again = frame.duplicated(["RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "QNAM"])
    yield Found(name, frame[again], "QNAM", "QNAM")


@rule(
    "SDTM.SUPP_VALUE",
    "error",
    "The supplemental qualifier has no value. Leave the record out.",
    each=_NEEDED,
    scope="supplemental",
)
def supplemental_value(data: Datasets, name: str) -> Iterator[Found]:
    frame = data[name]
    yield Found(name, frame[frame["QVAL"].isna()], "QVAL")


@rule(
    "SDTM.SUPP_NAME",
    "error",
    "The qualifier's name is no variable name of 8 characters, is a variable of the dataset itself, or has a label "
    "over 40 bytes. Rename it.",
    each=f"{_NEEDED} QLABEL",
    scope="supplemental",
)
def supplemental_name(data: Datasets, name: str) -> Iterator[Found]:
    frame = data[name]
    parent = data.get(name.removeprefix("SUPP"), pd.DataFrame())
    names = frame["QNAM"].dropna().unique()
    wrong = {text for text in names if text in parent or not re.fullmatch("[A-Z_][A-Z0-9_]{0,7}", text)}
    long = [text for text in frame["QLABEL"].dropna().unique() if len(text.encode()) > 40]
    yield Found(name, frame[frame["QNAM"].isin(wrong) | frame["QLABEL"].isin(long)], "QNAM", "QNAM")


@rule(
    "SDTM.SUPP_DM",
    "error",
    "A qualifier of DM names a record; DM has one record a subject. Leave IDVAR and IDVARVAL empty.",
    needs={"SUPPDM": "USUBJID IDVAR IDVARVAL"},
)
def supplemental_dm(data: Datasets, name: str) -> Iterator[Found]:
    frame = data["SUPPDM"]
    yield Found("SUPPDM", frame[frame["IDVAR"].notna() | frame["IDVARVAL"].notna()], "IDVAR", "IDVAR")


@rule(
    "SDTM.SUPP_CODELIST",
    "error",
    "The value is not in the qualifier's codelist. Add it to codelists.yaml, or query the site.",
    each=_NEEDED,
    scope="supplemental",
)
def supplemental_codelist(data: Datasets, name: str) -> Iterator[Found]:
    frame = data[name]
    spec = data.study.sdtm.get(name.removeprefix("SUPP"))
    for variable in spec.supplemental if spec else ():
        codelist = data.study.codelists.get(variable.codelist or "")
        if codelist:
            rows = frame["QNAM"].eq(variable.name) & frame["QVAL"].notna()
            yield Found(name, frame[rows & ~frame["QVAL"].isin(list(codelist.terms))], variable.name, "QVAL")


@rule(
    "SDTM.CO_RECORD",
    "error",
    "The comment points at no record. Correct RDOMAIN, IDVAR or IDVARVAL, or leave all three empty.",
    needs={"CO": "USUBJID RDOMAIN IDVAR IDVARVAL"},
)
def commented_record(data: Datasets, name: str) -> Iterator[Found]:
    """A comment without IDVAR is on the whole domain of RDOMAIN, one without RDOMAIN on the subject."""
    rows = data["CO"][data["CO"]["RDOMAIN"].notna()]
    half = rows["IDVAR"].notna() & rows["IDVARVAL"].isna()
    yield Found("CO", rows[half | _dangling(data, rows)], "IDVARVAL", "IDVARVAL")


@rule(
    "SDTM.RELREC",
    "error",
    "The relationship points at no record or variable, or relates a single record. Correct RDOMAIN, IDVAR, IDVARVAL or "
    "RELID.",
    needs={"RELREC": "USUBJID RDOMAIN IDVAR IDVARVAL RELID"},
)
def related_records(data: Datasets, name: str) -> Iterator[Found]:
    """Relationships of records, and of datasets as a whole (USUBJID is missing), where IDVAR must be a variable."""
    frame = data["RELREC"]
    single = ~frame.duplicated(["USUBJID", "RELID"], keep=False).to_numpy()
    of_subject = frame["USUBJID"].notna().to_numpy()
    dangling = np.zeros(len(frame), dtype=bool)
    dangling[of_subject] = _dangling(data, frame[of_subject])
    dangling[~of_subject] = ~_variable_is_there(data, frame[~of_subject])
    known = [domain for domain in frame["RDOMAIN"].dropna().unique() if data.of_domain(domain)]
    dangling |= ~frame["RDOMAIN"].isin(known).to_numpy()
    wrong = single | dangling
    value = frame["IDVARVAL"].where(of_subject, frame["IDVAR"])
    yield Found("RELREC", frame[wrong & of_subject], "IDVARVAL", value[wrong & of_subject])
    yield Found("RELREC", frame[wrong & ~of_subject], "IDVAR", value[wrong & ~of_subject])


def _variable_is_there(data: Datasets, frame: pd.DataFrame) -> np.ndarray:
    """Return which rows name, in IDVAR, a variable that a dataset of their RDOMAIN has."""
    pairs = {
        (domain, variable)
        for domain, variable in frame[["RDOMAIN", "IDVAR"]].dropna().drop_duplicates().to_numpy().tolist()
        if any(data.has(one, variable) for one in data.of_domain(domain))
    }
    return (
        pd.MultiIndex.from_frame(frame[["RDOMAIN", "IDVAR"]]).isin(list(pairs)) if pairs else np.zeros(len(frame), bool)
    )


@rule(
    "SDTM.RELREC_LINK",
    "error",
    "The record is linked to one that is not there (as a measurement to a lesion that was never identified). Correct "
    "the link, or enter the other record.",
    needs={"RELREC": "USUBJID RDOMAIN IDVAR RELTYPE RELID"},
)
def related_datasets(data: Datasets, name: str) -> Iterator[Found]:
    """Records of the side MANY whose --LNKID no record of the side ONE of their subject has.

    A --LNKGRP groups records, and a group need not have another side.
    """
    frame = data["RELREC"]
    links = frame[frame["USUBJID"].isna() & frame["IDVAR"].str.endswith("LNKID").fillna(False).astype(bool)]
    sides = links.merge(links, on="RELID", suffixes=("", "_ONE"))
    sides = sides[sides["RELTYPE"].eq("MANY") & sides["RELTYPE_ONE"].eq("ONE")]
    for row in sides[["RDOMAIN", "IDVAR", "RDOMAIN_ONE", "IDVAR_ONE"]].drop_duplicates().to_numpy().tolist():
        domain, variable, other, key = map(str, row)
        owners = [data[one] for one in data.of_domain(other) if data.has(one, "USUBJID", key)]
        known = pd.concat([one[["USUBJID", key]] for one in owners]) if owners else None
        for one in data.of_domain(domain):
            if known is None or not data.has(one, "USUBJID", variable):
                continue
            rows = data[one][data[one][variable].notna()]
            linked = pd.MultiIndex.from_frame(rows[["USUBJID", variable]]).isin(pd.MultiIndex.from_frame(known))
            yield Found(one, rows[~linked], variable, variable)
