"""From TU and TR to the response at each timepoint, as records that assessments are made of."""

from __future__ import annotations

import numpy as np
import pandas as pd

from adam.derive.context import Context, report_undated
from adam.derive.lugano import derive_lugano
from adam.derive.timeline import Integers, to_days
from adam.inputs import as_numbers, keep_rows
from clinical.conditions import columns_of, matches
from clinical.dates import complete_date
from clinical.decimals import times
from specs.model.lesion_facts import LesionReading
from specs.model.maps import Source
from specs.model.responses import LesionResponse

#: The column with the timepoint of a record.
TIMEPOINT = "POINT"

#: Units in which a length may stand, and what makes it mm; the spleen is read in cm.
_MILLIMETRES = {"mm": 1.0, "cm": 10.0}
#: The tests that a criterion rests on; any other record of the timepoint stands for the rest.
_TESTS = {
    "TARGET GROWTH": "LDIAM",
    "NEW LESION": "TUMSTATE",
    "NON-TARGET INCREASED": "TUMSTATE",
    "REGROWTH": "TUMSTATE",
    "SPLEEN": "ORVERLN",
    "UPTAKE": "FDP5PS",
    "MARROW": "BMUPTAKE",
}


def lesion_records(parameter: LesionResponse, context: Context, start: Integers) -> pd.DataFrame:
    """Return one record for each scan date of each timepoint after the start, with the response of the timepoint.

    Args:
        start: the clock's start by subject, as days.

    Returns:
        CODE, DTC, RANK, POINT, --SEQ of the record that the criterion rests on (else the first of the date), RSPCRIT,
        RSPLNKID, and the variables that the parameter keeps.

    Rule: baseline is the last reading of each lesion and test on or before the start.
    Missing: subjects without baseline, or with records of several readers, are reported and have no response; lengths
    without a unit and records without a complete date are reported and not used.
    """
    lesions, results = read_lesions(parameter, context, start)
    read = derive_lugano(lesions, results, parameter.criteria)
    read = read.rename(columns={"RESPONSE": "RANK", "CRITERION": "RSPCRIT", "LESION": "RSPLNKID"})
    rows = results.merge(read[["POINT", "RANK", "RSPCRIT", "RSPLNKID"]], on="POINT")
    asked = rows["RSPCRIT"].map(_TESTS)
    decided = (rows["TEST"] == asked) & (rows["RSPLNKID"].isna() | (rows["RSPLNKID"] == rows["LESION"]))
    sequence = f"{parameter.response.dataset}SEQ"
    order = rows.assign(LATER=~decided).sort_values(["CODE", "DAY", "POINT", "LATER", sequence], kind="stable")
    return order.drop_duplicates(["POINT", "DAY"]).reset_index(drop=True)


def read_lesions(parameter: LesionReading, context: Context, start: Integers) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the lesions and their results from baseline on, as `derive_lugano` takes them, and what is kept."""
    dataset = parameter.lesions.measured.dataset
    lesions = _lesions(parameter, context)
    results = _from_baseline(_results(parameter, context, lesions), start, context, dataset)
    _report_unidentified(lesions, results, context, dataset)
    return lesions, results


def _lesions(parameter: LesionReading, context: Context) -> pd.DataFrame:
    """Return every identified lesion: CODE, LESION, KIND, NODAL, PARENTS; the spleen has the kind `spleen`."""
    fact = parameter.lesions
    prefix = fact.identified.dataset[:2]
    kind, link, location = f"{prefix}STRESC", f"{prefix}LNKID", f"{prefix}LOC"
    wanted = [kind, link, location, *columns_of(fact.arisen), *([fact.parents] if fact.parents else [])]
    rows = _assessed(parameter, fact.identified, wanted, context)
    kinds = dict.fromkeys(fact.targets, "target") | dict.fromkeys(fact.non_target, "non_target")
    kinds |= dict.fromkeys(fact.new, "new")
    found = rows[kind].map(kinds).astype("str")
    arisen = matches(rows, fact.arisen) if fact.arisen and fact.parents else np.zeros(len(rows), dtype=bool)
    parents = rows[fact.parents] if fact.parents else pd.Series(None, index=rows.index, dtype="str")
    frame = pd.DataFrame(
        {
            "CODE": rows["CODE"],
            "LESION": rows[link],
            "KIND": found.mask(found.isna() & rows[location].isin(parameter.spleen), "spleen"),
            "NODAL": rows[kind].isin(parameter.nodes),
            "PARENTS": parents.where(arisen),
        }
    )
    known = frame["KIND"].notna() & frame["LESION"].notna()
    return frame[known].drop_duplicates(["CODE", "LESION"]).reset_index(drop=True)


def _results(parameter: LesionReading, context: Context, lesions: pd.DataFrame) -> pd.DataFrame:
    """Return the results with a complete date: CODE, POINT, DAY, DTC, LESION, TEST, NUMBER, TEXT, and what is kept."""
    fact = parameter.lesions
    dataset, prefix = fact.measured.dataset, fact.measured.dataset[:2]
    parts = ("LNKID", "LNKGRP", "TESTCD", "STRESC", "STRESN", "STRESU", "SEQ", "EVALID")
    names = {one: f"{prefix}{one}" for one in parts}
    rows = _assessed(parameter, fact.measured, [*names.values(), "VISITNUM", *parameter.keep], context)
    rows = _of_one_reader(_dated(rows, context, fact.measured), names["EVALID"], context, dataset)
    tests = {fact.longest: "LDIAM", fact.perpendicular: "LPERP", fact.state: "TUMSTATE", fact.score: "FDP5PS"}
    test = rows[names["TESTCD"]].replace(tests)
    states = dict.fromkeys(fact.present, "PRESENT") | dict.fromkeys(fact.increased, "INCREASED")
    text = rows[names["STRESC"]]
    point = rows[names["LNKGRP"]].fillna(rows["VISITNUM"].astype("str")).fillna(rows["DTC"])
    frame = pd.DataFrame(
        {
            "CODE": rows["CODE"],
            "DTC": rows["DTC"],
            "DAY": to_days(complete_date(rows["DTC"])),
            "POINT": pd.factorize(rows["CODE"].astype("str") + "\x1f" + point)[0],
            "LESION": rows[names["LNKID"]],
            "TEST": test,
            "NUMBER": _lengths(rows, test, names, context, dataset),
            "TEXT": text.where(test != "TUMSTATE", text.replace(states)),
            **{name: rows[name] for name in parameter.keep},
            names["SEQ"]: as_numbers(rows[names["SEQ"]], dataset, names["SEQ"]),
        }
    )
    spleen = lesions.loc[lesions["KIND"] == "spleen", ["CODE", "LESION"]].assign(SPLEEN=True)
    of_spleen = frame[["CODE", "LESION"]].merge(spleen, how="left", on=["CODE", "LESION"])["SPLEEN"].notna()
    frame = frame[(frame["TEST"] != "ORVERLN") | of_spleen.to_numpy()].reset_index(drop=True)
    return frame.assign(POINT=_in_time(frame))


def _assessed(parameter: LesionReading, source: Source, columns: list[str], context: Context) -> pd.DataFrame:
    """Return the records of a source that the parameter's evaluator, and its reader where it names one, made."""
    prefix = source.dataset[:2]
    rows = context.records(source, list(dict.fromkeys((*columns, f"{prefix}EVAL", f"{prefix}EVALID"))))
    for name, wanted in ((f"{prefix}EVAL", parameter.evaluator), (f"{prefix}EVALID", parameter.reader)):
        if wanted:
            rows = keep_rows(rows, rows[name].isin(wanted).to_numpy())
    return rows


def _dated(rows: pd.DataFrame, context: Context, source: Source) -> pd.DataFrame:
    """Return the records with a complete date; report the others."""
    dated = complete_date(rows["DTC"]).notna().to_numpy()
    report_undated(rows[~dated], context, source.dataset, source.variable)
    return keep_rows(rows, dated)


def _of_one_reader(rows: pd.DataFrame, reader: str, context: Context, dataset: str) -> pd.DataFrame:
    """Return the records of subjects whom one reader read; report the others."""
    readers = rows.assign(READER=rows[reader].fillna(""))[["CODE", "READER"]].drop_duplicates()
    several = readers.loc[readers["CODE"].duplicated(), "CODE"].unique()
    context.report(
        "ADAM.LESION_READERS",
        "warning",
        "Several readers measured the subject's lesions, so no response is derived from them. Name the reader whose "
        "records are meant.",
        _subjects(several, context),
        dataset=dataset,
        variable="USUBJID",
    )
    return keep_rows(rows, ~rows["CODE"].isin(several).to_numpy())


def _subjects(codes: np.ndarray, context: Context) -> pd.DataFrame:
    return pd.DataFrame({"USUBJID": context.value("USUBJID").take(np.sort(codes)).to_numpy()})


def _lengths(rows: pd.DataFrame, test: pd.Series, names: dict[str, str], context: Context, dataset: str) -> pd.Series:
    """Return diameters in mm and the length of organs in cm; a number without such a unit is reported and missing."""
    length = test.isin(["LDIAM", "LPERP", "ORVERLN"]) & rows[names["STRESN"]].notna()
    factor = rows[names["STRESU"]].map(_MILLIMETRES).astype("float64")
    factor = factor.where(test != "ORVERLN", factor / 10)
    context.report(
        "ADAM.LESION_UNIT",
        "warning",
        "The length is in no unit of length that the analysis knows (mm, cm), so it is not used. Correct the unit.",
        rows[length & factor.isna()],
        dataset=dataset,
        variable=names["STRESU"],
        keys=[names["SEQ"]],
    )
    return times(as_numbers(rows[names["STRESN"]], dataset, names["STRESN"]), factor.where(length, 1.0))


def _in_time(frame: pd.DataFrame) -> pd.Series:
    """Return the timepoints numbered by subject and their first date."""
    first = frame.groupby("POINT")["DAY"].transform("min")
    points = frame.assign(FIRST=first)[["CODE", "FIRST", "POINT"]].drop_duplicates()
    order = points.sort_values(["CODE", "FIRST", "POINT"])
    return frame["POINT"].map(pd.Series(np.arange(len(order)), index=order["POINT"]))


def _from_baseline(results: pd.DataFrame, start: Integers, context: Context, dataset: str) -> pd.DataFrame:
    """Return the results of baseline, as one timepoint, and after it; report subjects who have none.

    Missing: a timepoint that began by the start of treatment is baseline; what was read of it later is left out and
    reported.
    """
    before = results["DAY"].to_numpy() <= start[results["CODE"].to_numpy()]
    begun = results["POINT"].isin(results.loc[before, "POINT"]).to_numpy()
    after = results[~begun]
    context.report(
        "ADAM.LESIONS_AROUND_START",
        "warning",
        "The lesions of this timepoint were read partly before and partly after the start of treatment; what was read "
        "after it is in no response. Check the dates and the visit.",
        results[begun & ~before],
        dataset=dataset,
        variable=f"{dataset[:2]}DTC",
        keys=[f"{dataset[:2]}SEQ"],
    )
    early = results[before].sort_values(["CODE", "DAY"], kind="stable")
    read = early[early["NUMBER"].notna() | early["TEXT"].notna()]
    read = read.drop_duplicates(["CODE", "LESION", "TEST"], keep="last")
    baseline = read.assign(POINT=read.groupby("CODE")["POINT"].transform("max"))
    without = after.loc[~after["CODE"].isin(baseline["CODE"]), "CODE"].unique()
    context.report(
        "ADAM.LESIONS_WITHOUT_BASELINE",
        "warning",
        "The subject has no lesions before treatment to compare with, so no response is derived from lesions. Enter "
        "the baseline assessment.",
        _subjects(without, context),
        dataset=dataset,
        variable="USUBJID",
    )
    kept: pd.DataFrame = pd.concat([baseline, after[~after["CODE"].isin(without)]], ignore_index=True)
    return kept


def _report_unidentified(lesions: pd.DataFrame, results: pd.DataFrame, context: Context, dataset: str) -> None:
    """Report subjects with results of whom no target and no non-target lesion is identified."""
    known = lesions.loc[lesions["KIND"].isin(["target", "non_target"]), "CODE"]
    context.report(
        "ADAM.LESIONS_NOT_IDENTIFIED",
        "warning",
        "The subject has results of lesions, but no target and no non-target lesion is identified, so CT is not "
        "evaluable in the derived response. Identify the lesions.",
        _subjects(results.loc[~results["CODE"].isin(known), "CODE"].unique(), context),
        dataset=dataset,
        variable="USUBJID",
    )
