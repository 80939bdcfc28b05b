"""Rules on analysis datasets: subjects, flags, days, imputation, and the way back to the source (ADaMIG 1.3)."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

from checks.datasets import Datasets, numbers, of_subject, prefix, variables_of
from checks.registry import Found, rule
from checks.timing_rules import study_day
from clinical.conditions import matches

#: Population flags of ADaMIG 1.3, 3.2.3.
POPULATIONS = ("FASFL", "SAFFL", "ITTFL", "PPROTFL", "COMPLFL", "RANDFL", "ENRLFL")
#: Analysis dates with their relative days.
DAYS = (("ADT", "ADY"), ("ASTDT", "ASTDY"), ("AENDT", "AENDY"))
#: Analysis dates with the ending of the SDTM date that they are made of.
ORIGINS = (("ADT", "DTC"), ("ASTDT", "STDTC"), ("AENDT", "ENDTC"))


@rule(
    "ADAM.ADSL_SUBJECTS",
    "error",
    "ADSL must have one record for each subject of DM and no other. Correct the derivation of ADSL.",
    needs={"ADSL": "USUBJID", "DM": "USUBJID"},
)
def adsl_subjects(data: Datasets, name: str) -> Iterator[Found]:
    analysed, enrolled = data["ADSL"], data["DM"]
    extra = analysed["USUBJID"].duplicated() | ~analysed["USUBJID"].isin(enrolled["USUBJID"].unique())
    yield Found("ADSL", analysed[extra], "USUBJID", "USUBJID")
    yield Found("DM", enrolled[~enrolled["USUBJID"].isin(analysed["USUBJID"].unique())], "USUBJID", "USUBJID")


def _differences(data: Datasets, name: str, origin: str) -> Iterator[Found]:
    """Yield, for each variable of both, the rows that differ from the subject's record in `origin`, if it has one."""
    frame, source = data[name], data[origin]
    shared = [variable for variable in variables_of(frame) if variable in source and variable != "USUBJID"]
    expected = of_subject(frame["USUBJID"], source[shared], source["USUBJID"])
    known = frame["USUBJID"].isin(source["USUBJID"].unique())
    for variable in shared:
        same = frame[variable].eq(expected[variable]) | (frame[variable].isna() & expected[variable].isna())
        yield Found(name, frame[known & ~same], variable, variable)


@rule(
    "ADAM.SAME_AS_DM",
    "error",
    "The value differs from the variable of the same name in DM. Copy it unchanged, or rename the variable.",
    needs={"ADSL": "USUBJID", "DM": "USUBJID"},
)
def same_as_dm(data: Datasets, name: str) -> Iterator[Found]:
    yield from _differences(data, "ADSL", "DM")


@rule(
    "ADAM.SAME_AS_ADSL",
    "error",
    "The value differs from the variable of the same name in ADSL. Copy it unchanged, or rename the variable.",
    needs={"ADSL": "USUBJID"},
    each="USUBJID",
    scope="adam",
)
def same_as_adsl(data: Datasets, name: str) -> Iterator[Found]:
    if name != "ADSL":
        yield from _differences(data, name, "ADSL")


@rule(
    "ADAM.SUBJECT_IN_ADSL",
    "error",
    "The subject is not in ADSL. Correct the derivation.",
    needs={"ADSL": "USUBJID"},
    each="USUBJID",
    scope="adam",
)
def subject_in_adsl(data: Datasets, name: str) -> Iterator[Found]:
    frame = data[name]
    yield Found(name, frame[~frame["USUBJID"].isin(data["ADSL"]["USUBJID"].unique())], "USUBJID", "USUBJID")


@rule(
    "ADAM.POPULATION_FLAG",
    "error",
    "A population flag is Y or N for every subject, and its number 1 or 0. Correct the flag.",
    needs={"ADSL": "USUBJID"},
)
def population_flags(data: Datasets, name: str) -> Iterator[Found]:
    frame = data["ADSL"]
    for flag in POPULATIONS:
        if flag in frame:
            yield Found("ADSL", frame[~frame[flag].isin(["Y", "N"])], flag, flag)
            number = f"{flag[:-1]}N"
            if number in frame:
                wrong = frame[flag].isin(["Y", "N"]) & frame[number].ne(frame[flag].map({"Y": 1.0, "N": 0.0}))
                yield Found("ADSL", frame[wrong], number, number)


@rule(
    "ADAM.RECORD_FLAG",
    "error",
    "An analysis flag has another value than Y; where it does not hold it is empty. Correct the flag.",
    each="USUBJID",
    scope="adam",
)
def record_flags(data: Datasets, name: str) -> Iterator[Found]:
    frame = data[name]
    for flag in (one for one in variables_of(frame) if re.fullmatch(r"ANL\d\dFL|ABLFL|AOCC[0-9A-Z]*FL", one)):
        yield Found(name, frame[frame[flag].notna() & frame[flag].ne("Y")], flag, flag)


@rule(
    "ADAM.SAFETY_TREATED",
    "error",
    "A subject of the safety population has no start of treatment. Correct SAFFL, or the dose's date.",
    needs={"ADSL": "USUBJID SAFFL TRTSDT"},
)
def safety_treated(data: Datasets, name: str) -> Iterator[Found]:
    frame = data["ADSL"]
    yield Found("ADSL", frame[frame["SAFFL"].eq("Y") & frame["TRTSDT"].isna()], "TRTSDT")


@rule(
    "ADAM.TREATMENT_START",
    "error",
    "TRTSDT is not the date of the subject's first infusion. Correct the derivation, or the infusion's date.",
    needs={"ADSL": "USUBJID TRTSDT"},
    facts="infusion",
)
def treatment_start(data: Datasets, name: str) -> Iterator[Found]:
    frame = data["ADSL"]
    first = data.first_of(data.facts.infusion, frame["USUBJID"])
    start = data.bounds("ADSL", "TRTSDT")["date"]
    later = first["low"] > data.cutoff if data.cutoff is not None else pd.Series(False, index=frame.index)
    differs = first["complete"] & start.ne(first["date"]) & ~later
    groundless = (first["low"].isna() | later) & start.notna()
    yield Found("ADSL", frame[differs | groundless], "TRTSDT", "TRTSDT")


@rule(
    "ADAM.RELATIVE_DAY",
    "error",
    "The relative day is not that of its date against TRTSDT. Correct the derivation; there is no day 0.",
    needs={"ADSL": "USUBJID TRTSDT"},
    each="USUBJID",
    scope="adam",
)
def relative_days(data: Datasets, name: str) -> Iterator[Found]:
    frame = data[name]
    for date, day in DAYS:
        if date in frame and day in frame:
            start = data.reference(frame["USUBJID"], "TRTSDT", "ADSL")["date"]
            expected = study_day(data.bounds(name, date)["date"], start)
            same = frame[day].eq(expected) | (frame[day].isna() & expected.isna())
            yield Found(name, frame[~same], day, day)


@rule(
    "ADAM.AFTER_CUTOFF",
    "error",
    "The date lies after the data cut-off. Leave the record out, or censor it at the cut-off.",
    each="USUBJID",
    scope="adam",
    given="cutoff",
)
def after_cutoff(data: Datasets, name: str) -> Iterator[Found]:
    frame = data[name]
    for date in (one for one in variables_of(frame) if one.endswith("DT")):
        yield Found(name, frame[data.bounds(name, date)["low"] > data.cutoff], date, date)


def imputation(texts: pd.Series) -> pd.Series:
    """Return what must be imputed to make a date of an ISO 8601 text: D, M or Y; missing where nothing must be."""
    result = pd.Series(pd.NA, index=texts.index, dtype="str")
    result = result.mask(texts.notna(), "Y")
    result = result.mask(texts.str.match(r"\d{4}", na=False), "M")
    result = result.mask(texts.str.match(r"\d{4}-\d{2}", na=False), "D")
    return result.mask(texts.str.match(r"\d{4}-\d{2}-\d{2}", na=False))


def _imputed_wrongly(data: Datasets, name: str, date: str, texts: pd.Series) -> Found:
    """Return the rows whose flag does not say what was imputed; without the flag, those that needed one."""
    frame = data[name]
    flag = f"{date}F"
    given = frame[flag] if flag in frame else pd.Series(pd.NA, index=frame.index, dtype="str")
    expected = imputation(texts)
    wrong = ~(given.eq(expected) | (given.isna() & expected.isna())) & texts.notna() & frame[date].notna()
    return Found(name, frame[wrong], flag, flag if flag in frame else None)


@rule(
    "ADAM.IMPUTATION_FLAG",
    "error",
    "The imputation flag does not say which part of the date was unknown. Set it to D, M or Y, or leave it empty.",
    each="USUBJID",
    scope="adam",
)
def imputation_flag(data: Datasets, name: str) -> Iterator[Found]:
    frame = data[name]
    for flag in (one for one in variables_of(frame) if one.endswith("DTF")):
        wrong = frame[flag].notna() & ~frame[flag].isin(["D", "M", "Y"])
        if flag[:-1] in frame:
            wrong |= frame[flag].notna() & frame[flag[:-1]].isna()
        yield Found(name, frame[wrong], flag, flag)
    for date, ending in ORIGINS:
        collected = next((one for one in variables_of(frame) if re.fullmatch(f"[A-Z0-9]{{2}}{ending}", one)), None)
        if date in frame and collected:
            yield _imputed_wrongly(data, name, date, frame[collected])
    if name == "ADSL" and "DTHDT" in frame and data.has("DM", "USUBJID", "DTHDTC"):
        died = of_subject(frame["USUBJID"], data["DM"][["DTHDTC"]], data["DM"]["USUBJID"])["DTHDTC"]
        yield _imputed_wrongly(data, name, "DTHDT", died.astype("str"))


def _sequence(data: Datasets, name: str) -> str:
    """Return the variable that numbers a dataset's records within the subject."""
    return "ASEQ" if data.is_adam(name) and "ASEQ" in data[name] else f"{prefix(name)}SEQ"


def at_source(data: Datasets, rows: pd.DataFrame, domain: str) -> pd.Series:
    """Return the index of each row's source record; -1 where there is none. Without SRCSEQ the subject's first."""
    target = data[domain]
    sequence = _sequence(data, domain)
    own = numbers(target[sequence]) if sequence in target else pd.Series(np.nan, index=target.index)
    known = pd.DataFrame({"USUBJID": target["USUBJID"], "SRCSEQ": own})
    known["found"] = np.arange(len(known))
    asked = pd.DataFrame({"USUBJID": rows["USUBJID"], "SRCSEQ": numbers(rows["SRCSEQ"])})
    numbered = asked.merge(known.dropna().drop_duplicates(["USUBJID", "SRCSEQ"]), how="left")["found"]
    anyone = asked[["USUBJID"]].merge(known[["USUBJID", "found"]].drop_duplicates("USUBJID"), how="left")["found"]
    return numbered.set_axis(rows.index).where(rows["SRCSEQ"].notna(), anyone.set_axis(rows.index)).fillna(-1)


def _sources(data: Datasets, name: str) -> Iterator[tuple[str, str | None, pd.DataFrame]]:
    """Yield the rows of an analysis dataset for each source dataset that is there, and each of its variables."""
    traced = data[name][data[name]["SRCDOM"].notna()]
    for (domain, variable), rows in traced.groupby(["SRCDOM", "SRCVAR"], dropna=False, sort=True):
        if data.has(str(domain), "USUBJID"):
            yield str(domain), variable if isinstance(variable, str) else None, rows


@rule(
    "ADAM.SOURCE_DATASET",
    "error",
    "SRCDOM names a dataset that the study does not have. Correct the derivation.",
    each="USUBJID SRCDOM",
    scope="adam",
)
def source_dataset(data: Datasets, name: str) -> Iterator[Found]:
    frame = data[name]
    unknown = [
        domain for domain in frame["SRCDOM"].dropna().unique() if domain not in data and not data.belongs(domain)
    ]
    yield Found(name, frame[frame["SRCDOM"].isin(unknown)], "SRCDOM", "SRCDOM")


@rule(
    "ADAM.SOURCE_ROW",
    "error",
    "SRCDOM, SRCVAR and SRCSEQ point at no record and variable of the subject. Correct the derivation.",
    each="USUBJID SRCDOM SRCVAR SRCSEQ",
    scope="adam",
)
def source_row(data: Datasets, name: str) -> Iterator[Found]:
    wrong = pd.Series(False, index=data[name].index)
    for domain, variable, rows in _sources(data, name):
        absent = variable is not None and variable not in data[domain] and not domain.startswith("SUPP")
        wrong.loc[rows.index] = absent | at_source(data, rows, domain).eq(-1)
    yield Found(name, data[name][wrong], "SRCSEQ", "SRCSEQ")


@rule(
    "ADAM.SOURCE_DATE",
    "error",
    "ADT differs from the complete date that it says it comes from. Correct the derivation.",
    each="USUBJID SRCDOM SRCVAR SRCSEQ ADT",
    scope="adam",
)
def source_date(data: Datasets, name: str) -> Iterator[Found]:
    frame = data[name]
    wrong = pd.Series(False, index=frame.index)
    dates = data.bounds(name, "ADT")["date"]
    for domain, variable, rows in _sources(data, name):
        if variable and variable in data[domain] and variable.endswith(("DTC", "DT")):
            place = at_source(data, rows, domain)
            found = place[place.ge(0)].astype("int64")
            origin = data.bounds(domain, variable)["date"].take(found.to_numpy()).set_axis(found.index)
            wrong.loc[found.index] = origin.notna() & origin.ne(dates.loc[found.index])
    yield Found(name, frame[wrong], "ADT", "ADT")


@rule(
    "ADAM.IMPLIED",
    "error",
    "The subject has this parameter without what it rests on. Correct the derivation of one of the two.",
    needs={},
    facts="implications",
)
def implied(data: Datasets, name: str) -> Iterator[Found]:
    for implication in data.facts.implications:
        rows, need = implication.rows, implication.need
        if rows.dataset in data and need.dataset in data:
            frame, other = data[rows.dataset], data[need.dataset]
            owners = other.loc[matches(other, need.where), "USUBJID"]
            lacking = matches(frame, rows.where) & ~frame["USUBJID"].isin(owners.unique()).to_numpy()
            yield Found(rows.dataset, frame[lacking], "PARAMCD" if "PARAMCD" in frame else "USUBJID")
