"""Verbs on dates: the earliest or latest of several sources, last known alive, death, and what was imputed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from adam.derive.context import Context, evaluate
from adam.derive.timeline import Timeline, to_dates, to_days
from clinical.dates import complete_date, first_possible, last_possible
from specs.model.adam_maps import Anchored, DateFlag, DeathDate, LastKnownAlive, PickDate
from specs.model.maps import Source

_DAY = pd.Timedelta(days=1)


@evaluate.register
def _pick_date(verb: PickDate, context: Context) -> pd.Series:
    """Rule: the earliest (latest) date of the records, after `after` and not after the cut-off.

    Missing: no such date. Partial dates are left out, reported or completed as `partial` says; of a complete and a
    completed date on one day the complete one is taken. Imputation flag: D where the day was completed, M where the
    month was, too.
    """
    rows = _dated_records(verb.of, context)
    after = context.value(verb.after).take(rows["CODE"].to_numpy()).set_axis(rows.index) if verb.after else None
    rows["DATE"] = complete_date(rows["DTC"])
    rows["FLAG"] = pd.Series(pd.NA, index=rows.index, dtype="str")
    if isinstance(verb.partial, Anchored):
        rows = _complete_partial(rows, after, verb.partial, context)
    partial = rows["DATE"].isna() & first_possible(rows["DTC"]).notna()
    if verb.partial == "report":
        context.report(
            "ADAM.PARTIAL_DATE",
            "warning",
            f"The date is partial and was not used for {context.dataset}.{context.variable}. Complete the date.",
            rows[partial],
            dataset=verb.of[0].dataset,
            variable=verb.of[0].variable,
        )
    usable = context.inputs.is_in_time(rows["DATE"])
    if after is not None:
        usable &= rows["DATE"] > after
    latest = verb.pick == "latest"
    rows = rows[usable].sort_values(["CODE", "DATE"], kind="stable")
    rows = rows.sort_values(["CODE", "DATE", "FLAG"], kind="stable", na_position="last" if latest else "first")
    rows = rows.drop_duplicates("CODE", keep="last" if latest else "first")
    codes = rows["CODE"].to_numpy()
    context.imputed[context.variable] = context.spread(codes, rows["FLAG"])
    return context.spread(codes, rows["DATE"])


def _dated_records(sources: Sequence[Source], context: Context) -> pd.DataFrame:
    """Return the records of all sources under each other: USUBJID, CODE, DTC and the date under its own name."""
    parts = [context.records(source)[["USUBJID", "CODE", "DTC"]] for source in sources]
    rows = pd.concat(parts, ignore_index=True)
    return rows.assign(**{sources[0].variable: rows["DTC"]})


def _complete_partial(rows: pd.DataFrame, after: pd.Series | None, rule: Anchored, context: Context) -> pd.DataFrame:
    """Return the rows with partial dates completed.

    Rule: the earliest anchor that the partial date can mean, else the first (last) day that it can mean. A date that
    must be after another is completed to the day after that one at the earliest.
    """
    first, last = first_possible(rows["DTC"]), last_possible(rows["DTC"])
    if after is not None:
        first = first.where(~(first <= after), after + _DAY)
    holds = (rows["DATE"].isna() & first.notna() & (first <= last)).to_numpy()
    days = to_days(last if rule.to == "last" else first)
    if rule.anchors:
        anchors = _dated_records(rule.anchors, context)
        dates = complete_date(anchors["DTC"])
        known = dates.notna().to_numpy()
        anchor_days = to_days(dates)[known]
        timeline = Timeline(anchors["CODE"].to_numpy()[known], anchor_days)
        found = timeline.first_from(rows["CODE"].to_numpy(), to_days(first))
        candidate = np.append(anchor_days, 0)[found]
        days = np.where((found >= 0) & (candidate <= to_days(last)), candidate, days)
    completed = to_dates(days).set_axis(rows.index)
    flags = rows["FLAG"].where(~holds, compute_date_flags(rows["DTC"]))
    return rows.assign(DATE=rows["DATE"].where(~holds, completed), FLAG=flags)


def compute_date_flags(texts: pd.Series) -> pd.Series:
    """Return D for a partial date with a known month, M with a known year only, Y without; missing for others."""
    first, last = first_possible(texts), last_possible(texts)
    same_month = first.dt.to_period("M") == last.dt.to_period("M")
    levels = np.select([first.isna(), complete_date(texts).notna(), same_month], [2, 3, 0], 1)
    return pd.Series(pd.array(["D", "M", "Y", None], dtype="str").take(levels), index=texts.index)


@evaluate.register
def _last_known_alive(verb: LastKnownAlive, context: Context) -> pd.Series:
    """Rule: the latest complete date of the records that is not after the cut-off and before the date of death.

    A partial date of death leaves every date that it can still follow. Missing: there is no such date.
    """
    rows = _dated_records(verb.of, context)
    dates = complete_date(rows["DTC"])
    death = context.value(verb.death)
    codes = rows["CODE"].to_numpy()
    complete = complete_date(death).take(codes).set_axis(rows.index)
    possible = last_possible(death).take(codes).set_axis(rows.index)
    alive = context.inputs.is_in_time(dates) & ~(dates >= complete) & ~(dates > possible)
    return dates[alive].groupby(rows["CODE"][alive]).max().reindex(context.base.index).astype("datetime64[s]")


@evaluate.register
def _death_date(verb: DeathDate, context: Context) -> pd.Series:
    """Rule: the date of death; a partial one is the later of the first day possible and the day after last alive.

    What is known of the date is never left: the completed date is at most the last day possible. A death without any
    date is the day after last alive (flag Y). Missing: no death, or a death after the cut-off.

    Example:
        2024-05-17                          -> 2024-05-17
        2024-05, last alive 2024-04-20      -> 2024-05-01, D
        2024-05, last alive 2024-05-12      -> 2024-05-13, D
        2024-05, last alive 2024-05-31      -> 2024-05-31, D
    """
    text = context.value(verb.date)
    complete, first, last = complete_date(text), first_possible(text), last_possible(text)
    alive = context.value(verb.last_alive)
    after_alive = first.where(~(alive + _DAY > first), alive + _DAY)
    choices = {
        "after_last_alive": after_alive.where(~(after_alive > last), last),
        "first": first,
        "last": last,
        "none": first.where(first.isna()),
    }
    date = complete.where(complete.notna(), choices[verb.partial])
    undated = context.holds(verb.died) & first.isna().to_numpy() if verb.died else np.zeros(len(context), dtype=bool)
    if verb.unknown == "after_last_alive":
        date = date.where(~undated, alive + _DAY)
    context.report(
        "ADAM.DEATH_WITHOUT_DATE",
        "warning",
        "The subject died on an unknown date; the day after the last known alive is used. Find out the date of death.",
        context.base[undated],
        dataset=context.base_name,
        variable=verb.date.rpartition(".")[2],
    )
    date = date.where(context.inputs.is_in_time(date))
    context.imputed[context.variable] = compute_date_flags(text).where(date.notna() & complete.isna())
    return date


@evaluate.register
def _date_flag(verb: DateFlag, context: Context) -> pd.Series:
    """Rule: D, M or Y where the day, the month or the year of the date was imputed. Missing: it was not."""
    flags = context.imputed.get(verb.date)
    return context.constant(None) if flags is None else flags.astype("str")
