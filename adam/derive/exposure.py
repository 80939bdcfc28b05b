"""Verbs on treatments received one after the other: name, dates and order."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from adam.derive.context import Context, evaluate
from adam.inputs import as_numbers
from clinical.dates import complete_date, first_possible
from clinical.decimals import sum_by
from specs.model.adam_maps import Treatment, TreatmentSequence
from specs.model.maps import Source


@evaluate.register
def _treatment(verb: Treatment, context: Context) -> pd.Series:
    """Rule: of the nth treatment by first administration: its name, its earliest start, its latest end, or its total.

    The end of an administration is its start where no end is given. The total is the sum of the doses of all its
    administrations. Missing: there was no nth treatment, or none of its dates is complete; for the total, a dose or its
    unit is missing, or the units differ.

    Example (total):
        1.0 and 1.5 10^6 Therapeutic Cells/kg -> 2.5
    """
    courses = _courses(verb.of, verb.name, verb.end, context)
    nth = courses[courses["NTH"] == verb.nth]
    if verb.part in ("total", "unit"):
        return _dose(verb, nth, context)
    column = {"name": verb.name, "start": "START", "end": "END"}[verb.part]
    return context.spread(nth["CODE"].to_numpy(), nth[column])


def _dose(verb: Treatment, nth: pd.DataFrame, context: Context) -> pd.Series:
    """Return the total dose of each subject's nth treatment, or its unit; both are missing where units differ."""
    rows = pd.concat([_administrations(verb, source, context) for source in verb.of], ignore_index=True)
    rows = rows.merge(nth[["CODE", verb.name]], on=["CODE", verb.name])
    units = rows[verb.unit].fillna("") if verb.unit else pd.Series("1", index=rows.index, dtype="str")
    groups = units.groupby(rows["CODE"])
    lowest = groups.min()
    alike = (lowest == groups.max()) & (lowest != "")
    if verb.part == "unit":
        found = lowest.where(alike)
    else:
        doses = rows["DOSE"].groupby(rows["CODE"])
        summed = alike & (doses.count() == doses.size())
        found = sum_by(rows["DOSE"], doses).where(summed)
        _report_not_summed(verb, rows[rows["CODE"].isin(summed.index[~summed])], context)
    return context.spread(found.index.to_numpy(), found)


def _administrations(verb: Treatment, source: Source, context: Context) -> pd.DataFrame:
    """Return the administrations of one source, their DATASET and --SEQ, and DOSE where a dose is read."""
    sequence = f"{source.dataset[:2]}SEQ"
    columns = [name for name in (verb.name, verb.value, verb.unit) if name]
    rows = context.records(source, [*columns, sequence])
    if verb.value:
        rows = rows.assign(DOSE=as_numbers(rows[verb.value], source.dataset, verb.value))
    return rows.assign(DATASET=source.dataset)


def _report_not_summed(verb: Treatment, rows: pd.DataFrame, context: Context) -> None:
    """Report the administrations of a treatment whose total is not known, unless no dose was given for any of them."""
    if not rows["DOSE"].notna().any():
        return
    for dataset, own in rows.groupby("DATASET", sort=True):
        context.report(
            "ADAM.DOSE_NOT_SUMMED",
            "warning",
            f"The doses of a treatment cannot be summed for {context.dataset}.{context.variable}: one has no number or "
            "no unit, or the units differ. Correct them.",
            own,
            dataset=str(dataset),
            variable=str(verb.value),
            keys=[f"{str(dataset)[:2]}SEQ"],
        )


@evaluate.register
def _treatment_sequence(verb: TreatmentSequence, context: Context) -> pd.Series:
    """Rule: the treatments' names by first administration, separated. Missing: no treatment.

    Example:
        CD19 CAR-T CELLS on 2024-01-10, CD22 CAR-T CELLS on 2024-01-24 -> CD19 CAR-T CELLS-CD22 CAR-T CELLS
    """
    courses = _courses(verb.of, verb.name, None, context)
    result = context.constant(None)
    for number in range(1, int(courses["NTH"].max()) + 1 if len(courses) else 1):
        nth = courses[courses["NTH"] == number]
        names = context.spread(nth["CODE"].to_numpy(), nth[verb.name])
        longer = names if number == 1 else result + verb.separator + names
        result = result.where(names.isna(), longer)
    return result


def _courses(sources: Sequence[Source], name: str, end: str | None, context: Context) -> pd.DataFrame:
    key = f"{sources!r} {name} {end}"
    return context.once(key, lambda: _make_courses(sources, name, end, context))


def _make_courses(sources: Sequence[Source], name: str, end: str | None, context: Context) -> pd.DataFrame:
    """Return one row for each treatment of a subject: CODE, its name, NTH (1, 2, …), START and END.

    Treatments are in the order of their first administration by date and time; the order of records decides a tie.
    """
    columns = [name, *([end] if end else [])]
    rows = pd.concat([context.records(source, columns) for source in sources], ignore_index=True)
    rows = rows[rows[name].notna()]
    start = complete_date(rows["DTC"])
    stop = complete_date(rows[end]) if end else start
    stop = stop.where(context.inputs.is_in_time(stop), start)
    rows = rows.assign(DAY=first_possible(rows["DTC"]), START=start, STOP=stop)
    rows = rows.sort_values(["CODE", "DAY", "DTC"], kind="stable")
    dates = rows.groupby(["CODE", name], sort=False).agg(START=("START", "min"), END=("STOP", "max"))
    courses = dates.reset_index()
    return courses.assign(NTH=courses.groupby("CODE", sort=False).cumcount() + 1)
