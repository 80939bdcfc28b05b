"""From TU and TR to the response at each timepoint, as records that assessments are made of."""

from __future__ import annotations

import numpy as np
import pandas as pd

from adam.derive.context import Context
from adam.derive.lugano import derive_lugano
from adam.derive.timeline import Integers, to_days
from adam.inputs import keep_rows
from clinical.dates import complete_date
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

    Rule: the last timepoint on or before the start is baseline, earlier ones do not count. Missing: subjects without
    baseline are reported and have no response; so are lengths without a unit.
    """
    lesions, results = _lesions(parameter, context), _results(parameter, context)
    results = _from_baseline(results, start, context, parameter.response.dataset)
    read = derive_lugano(lesions, results, parameter.criteria)
    read = read.rename(columns={"RESPONSE": "RANK", "CRITERION": "RSPCRIT", "LESION": "RSPLNKID"})
    rows = results.merge(read[["POINT", "RANK", "RSPCRIT", "RSPLNKID"]], on="POINT")
    asked = rows["RSPCRIT"].map(_TESTS)
    decided = (rows["TEST"] == asked) & (rows["RSPLNKID"].isna() | (rows["RSPLNKID"] == rows["LESION"]))
    sequence = f"{parameter.response.dataset}SEQ"
    order = rows.assign(LATER=~decided).sort_values(["CODE", "DAY", "POINT", "LATER", sequence], kind="stable")
    return order.drop_duplicates(["POINT", "DAY"]).reset_index(drop=True)


def _lesions(parameter: LesionResponse, context: Context) -> pd.DataFrame:
    """Return every identified lesion: CODE, LESION, KIND, NODAL, PARENTS; the spleen has the kind `spleen`."""
    fact = parameter.lesions
    prefix = fact.identified.dataset[:2]
    kind, link, location = f"{prefix}STRESC", f"{prefix}LNKID", f"{prefix}LOC"
    arisen = [name for mapping in fact.arisen for name in mapping]
    wanted = [kind, link, location, *arisen, *([fact.parents] if fact.parents else [])]
    rows = _assessed(parameter, fact.identified, wanted, context)
    kinds = dict.fromkeys(fact.targets, "target") | dict.fromkeys(fact.non_target, "non_target")
    kinds |= dict.fromkeys(fact.new, "new")
    found = rows[kind].map(kinds).astype("str").where(~rows[location].isin(parameter.spleen), "spleen")
    parents = rows[fact.parents] if fact.parents else pd.Series(None, index=rows.index, dtype="str")
    frame = pd.DataFrame(
        {
            "CODE": rows["CODE"],
            "LESION": rows[link],
            "KIND": found,
            "NODAL": rows[kind].isin(parameter.nodes),
            "PARENTS": parents,
        }
    )
    known = frame["KIND"].notna() & frame["LESION"].notna()
    return frame[known].drop_duplicates(["CODE", "LESION"]).reset_index(drop=True)


def _results(parameter: LesionResponse, context: Context) -> pd.DataFrame:
    """Return the results with a complete date: CODE, POINT, DAY, DTC, LESION, TEST, NUMBER, TEXT, and what is kept."""
    fact = parameter.lesions
    prefix = fact.measured.dataset[:2]
    names = {one: f"{prefix}{one}" for one in ("LNKID", "LNKGRP", "TESTCD", "STRESC", "STRESN", "STRESU", "SEQ")}
    wanted = [*names.values(), "VISITNUM", *parameter.keep]
    rows = _assessed(parameter, fact.measured, wanted, context)
    rows = keep_rows(rows, complete_date(rows["DTC"]).notna().to_numpy())
    point = rows[names["LNKGRP"]].fillna(rows["VISITNUM"].astype("str")).fillna(rows["DTC"])
    number = _lengths(rows, names, context, fact.measured.dataset)
    kept = {name: rows[name] for name in dict.fromkeys((names["SEQ"], *parameter.keep))}
    frame = pd.DataFrame(
        {
            "CODE": rows["CODE"],
            "DTC": rows["DTC"],
            "DAY": to_days(complete_date(rows["DTC"])),
            "POINT": pd.factorize(rows["CODE"].astype("str") + "\x1f" + point)[0],
            "LESION": rows[names["LNKID"]],
            "TEST": rows[names["TESTCD"]],
            "NUMBER": number,
            "TEXT": rows[names["STRESC"]],
            **kept,
        }
    )
    spleen = _lesions(parameter, context)
    spleen = spleen[spleen["KIND"] == "spleen"][["CODE", "LESION"]].assign(SPLEEN=True)
    of_spleen = frame[["CODE", "LESION"]].merge(spleen, how="left", on=["CODE", "LESION"])["SPLEEN"].notna()
    frame = frame[(frame["TEST"] != "ORVERLN") | of_spleen.to_numpy()].reset_index(drop=True)
    return frame.assign(POINT=_in_time(frame))


def _assessed(parameter: LesionResponse, source: Source, columns: list[str], context: Context) -> pd.DataFrame:
    """Return the records of a source that the parameter's evaluator made."""
    evaluator = f"{source.dataset[:2]}EVAL"
    rows = context.records(source, [*columns, evaluator])
    if not parameter.evaluator:
        return rows
    return keep_rows(rows, rows[evaluator].isin(parameter.evaluator).to_numpy())


def _lengths(rows: pd.DataFrame, names: dict[str, str], context: Context, dataset: str) -> pd.Series:
    """Return diameters in mm and the length of organs in cm; a number without such a unit is reported and missing."""
    length = rows[names["TESTCD"]].isin(["LDIAM", "LPERP", "ORVERLN"]) & rows[names["STRESN"]].notna()
    factor = rows[names["STRESU"]].map(_MILLIMETRES).astype("float64")
    factor = factor.where(rows[names["TESTCD"]] != "ORVERLN", factor / 10)
    context.report(
        "ADAM.LESION_UNIT",
        "warning",
        "The length is in no unit of length that the analysis knows (mm, cm), so it is not used. Correct the unit.",
        rows[length & factor.isna()],
        dataset=dataset,
        variable=names["STRESU"],
        keys=[names["SEQ"]],
    )
    return rows[names["STRESN"]].astype("float64") * factor.where(length, 1.0)


def _in_time(frame: pd.DataFrame) -> pd.Series:
    """Return the timepoints numbered by subject and their first date."""
    first = frame.groupby("POINT")["DAY"].transform("min")
    points = frame.assign(FIRST=first)[["CODE", "FIRST", "POINT"]].drop_duplicates()
    order = points.sort_values(["CODE", "FIRST", "POINT"])
    return frame["POINT"].map(pd.Series(np.arange(len(order)), index=order["POINT"]))


def _from_baseline(results: pd.DataFrame, start: Integers, context: Context, dataset: str) -> pd.DataFrame:
    """Return the results of baseline and after it; report subjects who have none."""
    points = results.groupby("POINT").agg(CODE=("CODE", "first"), DAY=("DAY", "min"))
    before = points[points["DAY"].to_numpy() <= start[points["CODE"].to_numpy()]]
    baseline = before.reset_index().groupby("CODE")["POINT"].max()
    first = results["CODE"].map(baseline)
    without = results[first.isna()].drop_duplicates("CODE")
    context.report(
        "ADAM.LESIONS_WITHOUT_BASELINE",
        "warning",
        "The subject has no lesions before treatment to compare with, so no response is derived from lesions. Enter "
        "the baseline assessment.",
        without.assign(USUBJID=context.value("USUBJID").take(without["CODE"].to_numpy()).to_numpy()),
        dataset=dataset,
        variable="USUBJID",
    )
    return results[(results["POINT"] >= first).to_numpy()].reset_index(drop=True)
