"""The verb on the size of a subject's lesions at their last measurement in a period."""

from __future__ import annotations

import numpy as np
import pandas as pd

from adam.derive.context import Context, evaluate
from adam.derive.records import records_in_period
from adam.inputs import as_numbers
from clinical.dates import complete_date
from clinical.decimals import sum_by, times
from specs.model.adam_records import LesionBurden
from specs.model.maps import Source

#: Units in which a length may stand, and what makes it mm.
_MILLIMETRES = {"mm": 1.0, "cm": 10.0}


@evaluate.register
def _lesion_burden(verb: LesionBurden, context: Context) -> pd.Series:
    """Rule: of the last measurements of each lesion in the period, the sum over the targets or the longest diameter.

    Missing: no target is identified, or one of them has no measurement (for `longest`: no lesion has). `targets` is the
    number of targets, 0 without one. Lengths without a unit of length are not used.

    Example:
        T01 30 x 20 mm, T02 4 x 1 cm -> sum of products 1000 mm2, of diameters 70 mm, longest 40 mm
    """
    targets = _targets(verb, context)
    if verb.part == "targets":
        counts = np.bincount(targets["CODE"].to_numpy(dtype="int64"), minlength=len(context))
        return pd.Series(counts.astype("float64"), index=context.base.index)
    longest = _last_lengths(verb, verb.lesions.longest, context)
    if verb.part == "longest":
        return longest.groupby("CODE")["LENGTH"].max().reindex(context.base.index).astype("float64")
    sizes = targets.merge(longest, how="left", on=["CODE", "LESION"])
    values = sizes["LENGTH"]
    if verb.part == "sum_of_products":
        other = _last_lengths(verb, verb.lesions.perpendicular, context)
        values = times(values, targets.merge(other, how="left", on=["CODE", "LESION"])["LENGTH"])
    sums = sum_by(values, values.groupby(sizes["CODE"]))
    return sums.reindex(context.base.index).astype("float64")


def _targets(verb: LesionBurden, context: Context) -> pd.DataFrame:
    """Return the target lesions that were identified in the period: CODE and LESION, each once."""
    source = verb.lesions.identified
    prefix = source.dataset[:2]
    rows = _assessed(verb, source, [f"{prefix}LNKID", f"{prefix}STRESC"], context)
    rows = rows[rows[f"{prefix}STRESC"].isin(verb.lesions.targets)]
    return rows.rename(columns={f"{prefix}LNKID": "LESION"})[["CODE", "LESION"]].dropna().drop_duplicates()


def _last_lengths(verb: LesionBurden, test: str, context: Context) -> pd.DataFrame:
    """Return the last length of each lesion in the period: CODE, LESION, LENGTH in mm."""
    source = verb.lesions.measured
    names = {f"{source.dataset[:2]}{one}": one for one in ("LNKID", "TESTCD", "STRESN", "STRESU")}
    rows = _assessed(verb, source, list(names), context).rename(columns=names)
    length = as_numbers(rows["STRESN"], source.dataset, f"{source.dataset[:2]}STRESN")
    length = times(length, rows["STRESU"].map(_MILLIMETRES).astype("float64"))
    rows = rows.assign(LESION=rows["LNKID"], LENGTH=length, DAY=complete_date(rows["DTC"]))
    rows = rows[(rows["TESTCD"] == test) & rows[["LESION", "LENGTH", "DAY"]].notna().all(axis="columns")]
    rows = rows.sort_values(["CODE", "LESION", "DAY"], kind="stable")
    return rows.drop_duplicates(["CODE", "LESION"], keep="last")[["CODE", "LESION", "LENGTH"]]


def _assessed(verb: LesionBurden, source: Source, columns: list[str], context: Context) -> pd.DataFrame:
    """Return the records in the period that the verb's evaluator made."""
    evaluator = f"{source.dataset[:2]}EVAL"
    rows = records_in_period(verb, source, [*columns, evaluator], context)
    return rows[rows[evaluator].isin(verb.evaluator)] if verb.evaluator else rows
