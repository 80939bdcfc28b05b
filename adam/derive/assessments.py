"""Assessments from records: scans of one timepoint and several on one date become one; which of them count."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from adam.derive.context import Context, report_undated
from adam.derive.lesion_records import TIMEPOINT, lesion_records
from adam.derive.ranks import NOT_EVALUABLE, PROGRESSION, RANKS
from adam.derive.timeline import (
    NEVER,
    Booleans,
    Floats,
    Integers,
    compute_days,
    group_rows,
    is_first,
    is_last,
    subject_day_keys,
    to_days,
)
from adam.inputs import keep_rows
from clinical.dates import complete_date, first_possible, last_possible
from specs.model.facts import Response
from specs.model.responses import LesionResponse, SameDay, TimepointResponse, Timepoints, Window
from specs.resolve_adam import LESION_ROW


@dataclass(frozen=True)
class Reference:
    """By subject, as days since 1970-01-01, NEVER without one: the clock's start, the last day that counts, death.

    `first` is the first day that counts: that of the start, or the day after it.
    """

    start: Integers
    first: Integers
    stop: Integers
    death: Integers


@dataclass(frozen=True)
class Assessments:
    """One assessment a subject and date, sorted by both.

    `rows` are positions in `records`, where each comes from; `sequences` are the records' --SEQ. `imputed` says whose
    day was completed.
    """

    codes: Integers
    days: Integers
    ranks: Integers
    rows: Integers
    records: pd.DataFrame
    sequences: Floats
    study_days: Integers
    imputed: Booleans
    alive: Booleans
    before_start: Booleans
    since_start: Booleans
    to_progression: Booleans
    eligible: Booleans

    def __len__(self) -> int:
        return len(self.codes)


def derive_assessments(parameter: Timepoints, context: Context, reference: Reference) -> Assessments:
    """Return a timepoint response's assessments: one row for each subject of the context and date.

    Rule: records of one timepoint are one assessment with the response that `same_day` chooses; its date is the
    earliest scan's for a progression, else the latest scan's (both can be set). Of several assessments on one date the
    response is chosen likewise. Missing: records without a result are no assessments; without a complete date (where
    the study does not complete it), or with a result that is not among the responses, they are reported and left out.
    """
    if isinstance(parameter, LesionResponse):
        timepoint: str | None = TIMEPOINT
        records = lesion_records(parameter, context, reference.start)
    else:
        assert isinstance(parameter, TimepointResponse)
        timepoint, records = parameter.timepoint, _usable_records(parameter, context)
    sequences: Floats = records[f"{parameter.response.dataset}SEQ"].to_numpy(dtype="float64", na_value=np.nan)
    dates = records["DATE"] if "DATE" in records else complete_date(records["DTC"])
    codes, days = records["CODE"].to_numpy(), to_days(dates)
    known = _known_dates(records, codes, days)
    rows = _sorted(subject_day_keys(codes, days), sequences)
    codes, days, ranks = codes[rows], days[rows], records["RANK"].to_numpy()[rows]
    if timepoint:
        points = _timepoints(records[timepoint].take(rows), codes, days)
        chosen, first, last = _choose(points, days, ranks, parameter.same_day)
        progressed = ranks[chosen] == PROGRESSION
        earliest = np.where(progressed, parameter.progression_date == "earliest", parameter.other_date == "earliest")
        codes, ranks, rows = codes[chosen], ranks[chosen], rows[chosen]
        days = np.where(earliest, first, last)
    records = records[[name for name in (*parameter.keep, *LESION_ROW) if name in records]]  # the rest is done with
    chosen, _, _ = _choose(subject_day_keys(codes, days), days, ranks, parameter.same_day)
    at = (codes[chosen], days[chosen], ranks[chosen], rows[chosen])
    return _with_flags(*at, records, sequences, known, reference)


def _known_dates(records: pd.DataFrame, codes: Integers, days: Integers) -> Integers | None:
    """Return subject and day of the records whose date was not completed; None where no date was."""
    if "IMPUTED" not in records or not records["IMPUTED"].any():
        return None
    known: Integers = subject_day_keys(codes, days)[~records["IMPUTED"].to_numpy(dtype=bool)]
    return known


def _sorted(keys: Integers, sequences: Floats) -> Integers:
    """Return the rows in the order of their key, then of their sequence number."""
    after = np.nan_to_num(sequences)
    in_order = (keys[1:] > keys[:-1]) | ((keys[1:] == keys[:-1]) & (after[1:] >= after[:-1]))
    return np.arange(len(keys)) if in_order.all() else np.lexsort((after, keys))


def _usable_records(parameter: TimepointResponse, context: Context) -> pd.DataFrame:
    """Return the records with a known response and a date, with CODE, RANK, DATE and IMPUTED; report the others."""
    response = parameter.response
    sequence = f"{response.dataset}SEQ"
    timepoint = [parameter.timepoint] if parameter.timepoint else []
    rows = context.records(response, [response.result, sequence, *timepoint, *parameter.keep], unknown_subjects=True)
    assessed = rows[response.result].notna().to_numpy()
    known = rows["CODE"].to_numpy() >= 0
    _report_without_start(rows[assessed & ~known], context, response.dataset)
    rows = keep_rows(rows, assessed & known)
    codes, distinct = pd.factorize(rows[response.result])
    ranks = np.array([response.ranks.get(str(value), -1) for value in distinct] + [-1])[codes]
    dates = complete_date(rows["DTC"])
    complete = dates.notna().to_numpy()
    if parameter.partial != "report" and not complete.all():
        dates = dates.where(complete, _completed(rows["DTC"], parameter.partial, context))
    dated = dates.notna().to_numpy()
    _report_unusable(rows[ranks < 0], rows[(ranks >= 0) & ~dated], response, context)
    return keep_rows(rows.assign(RANK=ranks, DATE=dates, IMPUTED=~complete), (ranks >= 0) & dated)


def _completed(texts: pd.Series, to: str, context: Context) -> pd.Series:
    """Return the first or last day of the month for dates with a known month only, at most the cut-off; else NaT."""
    first, last = first_possible(texts), last_possible(texts)
    if context.inputs.cutoff is not None:
        last = last.where(~(last > context.inputs.cutoff), context.inputs.cutoff)
    same_month = (first.dt.year == last.dt.year) & (first.dt.month == last.dt.month)
    return (last if to == "last" else first).where(same_month)


def _report_unusable(unknown: pd.DataFrame, undated: pd.DataFrame, response: Response, context: Context) -> None:
    keys = [f"{response.dataset}SEQ"]
    context.report(
        "ADAM.UNKNOWN_RESPONSE",
        "warning",
        "The response is none of the terms that the analysis knows, so it is not used. Correct the response.",
        unknown,
        dataset=response.dataset,
        variable=response.result,
        keys=keys,
    )
    report_undated(undated, context, response.dataset, response.variable)


def _report_without_start(rows: pd.DataFrame, context: Context, dataset: str) -> None:
    outside = rows.drop_duplicates("USUBJID")
    context.report(
        "ADAM.RESPONSE_WITHOUT_START",
        "warning",
        "The subject has assessments, but no date at which the analysis starts, and so no row here. "
        "Check the subject's first treatment.",
        outside,
        dataset=dataset,
        variable="USUBJID",
    )


def _timepoints(values: pd.Series, codes: Integers, days: Integers) -> Integers:
    """Return a number for each timepoint of a subject; where a record has none, its date is its timepoint."""
    places, distinct = pd.factorize(values)
    point = np.where(places >= 0, places, len(distinct) + NEVER + days)
    numbers: Integers = pd.factorize(codes * (len(distinct) + 2 * NEVER) + point)[0]
    return numbers


def _choose(
    groups: Integers, days: Integers, ranks: Integers, same_day: SameDay
) -> tuple[Integers, Integers, Integers]:
    """Return, for each group, the row whose response stands, and the first and last day of the group.

    Rows are sorted by subject and day. Of several rows with the response that stands, the first is taken for a
    progression, else the last.
    """
    order = np.arange(len(groups)) if (groups[1:] >= groups[:-1]).all() else np.argsort(groups, kind="stable")
    days, ranks = days[order], ranks[order]
    starts, group = group_rows(groups[order])
    if len(starts) == 0:
        return order, days, days
    ends = np.append(starts[1:], len(order)) - 1
    if same_day == "last":
        return order[ends], days[starts], days[ends]
    wanted = ranks if same_day == "best" else np.where(ranks == NOT_EVALUABLE, 0, len(RANKS) - ranks)
    standing = np.flatnonzero(wanted == np.maximum.reduceat(wanted, starts)[group])
    first, last = standing[is_first(group[standing])], standing[is_last(group[standing])]
    return order[np.where(ranks[first] == PROGRESSION, first, last)], days[starts], days[ends]


def _with_flags(
    codes: Integers,
    days: Integers,
    ranks: Integers,
    rows: Integers,
    records: pd.DataFrame,
    sequences: Floats,
    known: Integers | None,
    reference: Reference,
) -> Assessments:
    start, first = reference.start[codes], reference.first[codes]
    alive = days <= reference.death[codes]
    since_start = alive & (days >= first)
    progression = first_day(codes, days, since_start & (ranks == PROGRESSION), len(reference.start))
    to_progression = since_start & (days <= progression[codes])
    return Assessments(
        codes,
        days,
        ranks,
        rows,
        records,
        sequences,
        study_days=compute_days(days, start),
        imputed=np.zeros(len(codes), dtype=bool) if known is None else ~np.isin(subject_day_keys(codes, days), known),
        alive=alive,
        before_start=(days < first) & (start < NEVER),
        since_start=since_start,
        to_progression=to_progression,
        eligible=to_progression & (days <= reference.stop[codes]),
    )


def first_day(codes: Integers, days: Integers, holds: Booleans, subjects: int) -> Integers:
    """Return each subject's first day on which something holds, NEVER without one; rows are sorted by subject, day."""
    result = np.full(subjects, NEVER, dtype="int64")
    found = np.flatnonzero(holds)[::-1]  # the earliest is written last
    result[codes[found]] = days[found]
    return result


def compute_windows(study_days: Integers, windows: tuple[Window, ...]) -> Integers:
    """Return the position of the window that each study day lies in, -1 for none; windows do not overlap."""
    if not windows:
        return np.full(len(study_days), -1, dtype="int64")
    first = np.array([window.first for window in windows])
    last = np.array([window.last for window in windows])
    found = np.searchsorted(first, study_days, side="right") - 1
    return np.where((found >= 0) & (study_days <= last[np.maximum(found, 0)]), found, -1)
