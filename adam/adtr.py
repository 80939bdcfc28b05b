"""ADTR, Tumour Results Analysis Dataset: the sum of products of diameters at each timepoint, and its changes.

Inputs: ADSL, the datasets with lesions and their measurements (TU, TR), and that with the progression (ADRS).
"""

from __future__ import annotations

from functools import partial

import numpy as np
import pandas as pd

from adam.derive.assessments import compute_windows, first_day
from adam.derive.context import Context
from adam.derive.lesion_records import read_lesions
from adam.derive.lesion_sums import DIAMETERS, derive_sums, percent_change
from adam.derive.rows import Columns, finish_rows, number_column, order_rows, text_column
from adam.derive.subjects import derive_subject_variables
from adam.derive.timeline import NEVER, Booleans, Integers, compute_days, to_dates, to_days
from adam.inputs import Inputs, clean_column, select_subjects
from clinical.decimals import minus
from clinical.findings import combine
from specs.model.dataset import DatasetSpec
from specs.model.responses import windows_of
from specs.model.tumor_results import SumOfProducts, TumorResults


def build_adtr(spec: DatasetSpec, *, inputs: Inputs) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return ADTR in spec order, sorted by subject, PARAMCD and date, and what was found on the way."""
    rules: TumorResults = spec.rules.tumor_results
    base = select_subjects(inputs.datasets["ADSL"], rules.population, (rules.start,))
    context = derive_subject_variables(spec, "ADSL", base, inputs)
    start = to_days(base[rules.start])
    parts = [_sums(parameter, context, start) for parameter in rules.parameters.values()]
    parameters = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    rows = pd.concat(parts, ignore_index=True)
    names = list(rules.parameters)
    codes, days = rows["CODE"].to_numpy(dtype="int64"), rows["DAY"].to_numpy(dtype="int64")
    order = order_rows(codes, parameters, days, names)
    rows = rows.assign(PARAMETER=parameters).take(order.rows).reset_index(drop=True)
    rows["ADY"] = compute_days(rows["DAY"].to_numpy(dtype="int64"), start[codes[order.rows]])
    rows["LAST"] = _last_day(rules, context, start)[rows["CODE"].to_numpy(dtype="int64")]
    columns: Columns = {
        "ASEQ": lambda: pd.Series(order.sequence),
        **_parameter_columns(rules, rows),
        **_value_columns(rows),
        **_visit_columns(rules, rows),
        **{name: partial(_flag_column, meaning, rows) for name, meaning in rules.flags.items()},
        **{name: partial(clean_column, rows, name) for one in rules.parameters.values() for name in one.keep},
    }
    return finish_rows(spec, context, rows["CODE"].to_numpy(dtype="int64"), columns), combine(context.findings)


def _sums(parameter: SumOfProducts, context: Context, start: Integers) -> pd.DataFrame:
    """Return one row a timepoint: CODE, POINT, DAY, SUM, BASE, NADIR, SEQ, and what is kept of its records.

    **Rule**: the date is the earliest or latest of the records of target lesions' diameters; without any, of all
    records of the timepoint. SEQ and what is kept are those of the record of that date with the lowest --SEQ.
    """
    lesions, results = read_lesions(parameter, context, start)
    sums = derive_sums(lesions, results)
    targets = pd.MultiIndex.from_frame(lesions.loc[lesions["KIND"] == "target", ["CODE", "LESION"]])
    measured = pd.MultiIndex.from_frame(results[["CODE", "LESION"]]).isin(targets) & results["TEST"].isin(DIAMETERS)
    sequence = f"{parameter.lesions.measured.dataset[:2]}SEQ"
    dated = results.assign(OTHER=~measured, DATE=results["DAY"] * (1 if parameter.date == "earliest" else -1))
    dated = dated.sort_values(["CODE", "POINT", "OTHER", "DATE", sequence], kind="stable").drop_duplicates("POINT")
    kept = dated[["POINT", "DAY", sequence, *parameter.keep]].rename(columns={sequence: "SEQ"})
    return sums.merge(kept, on="POINT")


def _last_day(rules: TumorResults, context: Context, start: Integers) -> Integers:
    """Return the last day that counts by subject: the first of progression, death and every date that stops."""
    dates = [*rules.stops, *([rules.death] if rules.death else [])]
    ends = [np.full(len(start), NEVER, dtype="int64"), *(to_days(context.base[name]) for name in dates)]
    if rules.progression:
        rows = context.records(rules.progression)
        rows = rows.assign(DAY=to_days(rows["DTC"])).sort_values(["CODE", "DAY"], kind="stable")
        codes, days = rows["CODE"].to_numpy(dtype="int64"), rows["DAY"].to_numpy(dtype="int64")
        ends.append(first_day(codes, days, days > start[codes], len(start)))
    last: Integers = np.minimum.reduce(ends)
    return last


def _parameter_columns(rules: TumorResults, rows: pd.DataFrame) -> Columns:
    of = list(rules.parameters.values())
    place = rows["PARAMETER"].to_numpy(dtype="int64")
    return {
        "PARAMCD": lambda: text_column(list(rules.parameters), place),
        "PARAM": lambda: text_column([one.param for one in of], place),
        "PARAMN": lambda: number_column([one.number for one in of], place),
        "SRCDOM": lambda: text_column([one.lesions.measured.dataset for one in of], place),
        "SRCVAR": lambda: text_column([f"{one.lesions.measured.dataset[:2]}STRESN" for one in of], place),
        "SRCSEQ": lambda: rows["SEQ"].astype("float64"),
    }


def _value_columns(rows: pd.DataFrame) -> Columns:
    """AVAL and its changes; at baseline there is none."""
    later = rows["ADY"] > 1
    value, base, nadir = (rows[name] for name in ("SUM", "BASE", "NADIR"))
    return {
        "AVAL": lambda: value,
        "BASE": lambda: base,
        "CHG": lambda: minus(value, base).where(later),
        "PCHG": lambda: percent_change(value, base).where(later),
        "NADIR": lambda: nadir.where(later),
        "CHGNAD": lambda: minus(value, nadir).where(later),
        "PCHGNAD": lambda: percent_change(value, nadir).where(later),
    }


def _visit_columns(rules: TumorResults, rows: pd.DataFrame) -> Columns:
    windows, days = windows_of(rules), rows["ADY"].to_numpy(dtype="int64")
    visits = np.where(days <= 1, len(windows), compute_windows(days, windows))
    targets = number_column([*(one.target for one in windows), np.nan], visits)
    return {
        "ADT": lambda: to_dates(rows["DAY"].to_numpy(dtype="int64")),
        "ADY": lambda: rows["ADY"].astype("float64"),
        "AVISIT": lambda: text_column([*(one.visit for one in windows), rules.baseline], visits),
        "AVISITN": lambda: number_column([*(one.number for one in windows), 0], visits),
        "AWTARGET": lambda: targets,
        "AWTDIFF": lambda: (rows["ADY"] - targets).abs(),
    }


def _flagged(meaning: str, rows: pd.DataFrame) -> Booleans:
    """Return the rows with a flag; what the flags mean says `specs.model.tumor_results.SumFlag`."""
    known, later = rows["SUM"].notna().to_numpy(), (rows["ADY"] > 1).to_numpy()
    if meaning == "baseline":
        return known & ~later
    eligible: Booleans = known & later & (rows["DAY"] <= rows["LAST"]).to_numpy()
    if meaning == "eligible":
        return eligible
    change = percent_change(rows["SUM"], rows["BASE"])
    found = rows.assign(CHANGE=change)[eligible & change.notna().to_numpy()]
    lowest = found.sort_values(["CHANGE", "DAY"], kind="stable").drop_duplicates(["CODE", "PARAMETER"]).index
    return rows.index.isin(lowest)


def _flag_column(meaning: str, rows: pd.DataFrame) -> pd.Series:
    return text_column(["Y"], np.where(_flagged(meaning, rows), 0, -1))
