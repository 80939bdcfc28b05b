"""Times to an event: where each starts, what ends it, what censors it, and why. No parameter is named here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from adam.derive.rows import Columns, number_column, text_column
from adam.derive.subject_dates import IMPUTED, Found, Subjects
from adam.derive.timeline import NEVER, Booleans, Floats, Integers, compute_days, to_days
from specs.model.responses import Window, windows_of
from specs.model.time_to_event import (
    Censor,
    Event,
    Gap,
    Interruption,
    LastDate,
    NoAssessment,
    SubjectState,
    TimeParameter,
    TimeRules,
    When,
)


@dataclass(frozen=True)
class Reason:
    """How a row ends: CNSR, EVNTDESC, CNSDTDSC."""

    cnsr: int
    text: str
    date_text: str | None = None


@dataclass(frozen=True)
class Times:
    """Rows of one or more parameters. `reasons` and `sources` are positions in the lists beside them."""

    codes: Integers
    starts: Integers
    days: Integers
    reasons: Integers
    sources: Integers
    sequences: Floats
    imputed: Integers
    reason_list: tuple[Reason, ...]
    source_list: tuple[tuple[str, str], ...]

    @staticmethod
    def concatenate(parts: Sequence[Times]) -> Times:
        """Return the rows of several parameters under each other."""
        reasons, sources = [], []
        reason_list: tuple[Reason, ...] = ()
        source_list: tuple[tuple[str, str], ...] = ()
        for part in parts:
            reasons.append(part.reasons + len(reason_list))
            sources.append(part.sources + len(source_list))
            reason_list += part.reason_list
            source_list += part.source_list
        joined = {
            name: np.concatenate([getattr(part, name) for part in parts])
            for name in ("codes", "starts", "days", "sequences", "imputed")
        }
        return Times(
            **joined,
            reasons=np.concatenate(reasons),
            sources=np.concatenate(sources),
            reason_list=reason_list,
            source_list=source_list,
        )

    def columns(self, at: Integers) -> Columns:
        """Return how the columns are made that say of a row how it ends, for rows in the order `at`."""
        reason, source = self.reasons[at], self.sources[at]
        return {
            "ADTF": lambda: text_column(IMPUTED, self.imputed[at]),
            "CNSR": lambda: number_column([one.cnsr for one in self.reason_list], reason),
            "EVNTDESC": lambda: text_column([one.text for one in self.reason_list], reason),
            "CNSDTDSC": lambda: text_column([one.date_text for one in self.reason_list], reason),
            "SRCDOM": lambda: text_column([dataset for dataset, _ in self.source_list], source),
            "SRCVAR": lambda: text_column([variable for _, variable in self.source_list], source),
            "SRCSEQ": lambda: pd.Series(self.sequences[at]),
        }


def derive_times(parameter: TimeParameter, rules: TimeRules, subjects: Subjects) -> Times:
    """Return one row for each subject with a start: the event, or the date and the reason of censoring.

    Rule: the event is the earliest of the parameter's events from the start on (of two on one date, the one named
    first), unless an interruption comes before it (or on its date, where the study says so). It is censored if too
    many visits were missed before it. Whoever has no event is censored for the first of the parameter's reasons that
    holds. The date of a censored subject is the last assessment that counts - up to the interruption or the missed
    visits - or the start where there is none. Where the reasons are last dates, it is the latest of them.
    Missing: a subject without a start has no row; with `rows: events`, neither has one without an event.

    Reference: ADaMIG 1.3, time-to-event variables; FDA, Clinical Trial Endpoints for the Approval of Cancer Drugs and
    Biologics (2018), on missed visits.
    """
    codes = np.arange(len(subjects))
    start = subjects.find_first(parameter.start, codes, np.full(len(codes), -NEVER))
    codes = np.flatnonzero(start.days < NEVER)
    start = start.take(codes)
    censors = [rules.censors[name] for name in parameter.censors]
    events = [_find_event(rules.events[name], subjects, codes, start.days) for name in parameter.events]
    event_days, event = _earliest(events)
    last_dates = [censor for censor in censors if isinstance(censor, LastDate)]
    if last_dates:
        ends, found = _ends_at_last_date(last_dates, events, subjects, codes, start)
        rows = np.flatnonzero((ends >= 0) & ((parameter.rows == "all") | (ends < len(events))))
        return _times(codes, start, found, ends, ends, rows, _reasons(parameter, rules))
    interrupted, interruption = _find_interruption(censors, subjects, codes, event_days)
    happened = (event_days < NEVER) & (interrupted == NEVER)
    on_assessment = np.array([rules.events[name].assessment is not None for name in parameter.events])
    until = np.where(happened, event_days - on_assessment[event], interrupted)
    last = _find_last(parameter, subjects, codes, start.days, until)
    counted = last.days < NEVER
    reasons = np.where(happened, event, -1)
    for place, censor in enumerate(censors):
        holds = (reasons < 0) & ~happened
        if isinstance(censor, Gap):
            holds = happened & _follows_gap(censor, rules, subjects, codes, last, start, event_days)
        elif isinstance(censor, NoAssessment):
            holds &= ~counted
        elif isinstance(censor, Interruption):
            holds &= interruption == place
        elif isinstance(censor, SubjectState):
            holds &= subjects.holds(censor.where, codes)
        reasons[holds] = place + len(events)
    ends = np.select([reasons < len(events), counted], [event, len(events)], len(events) + 1)
    rows = np.flatnonzero((reasons >= 0) & ((parameter.rows == "all") | (reasons < len(events))))
    return _times(codes, start, [*events, last, start], ends, reasons, rows, _reasons(parameter, rules))


def _ends_at_last_date(
    censors: Sequence[LastDate], events: Sequence[Found], subjects: Subjects, codes: Integers, start: Found
) -> tuple[Integers, list[Found]]:
    """Return the place of each subject's end in what was found (-1: none): the event, else the latest last date.

    Of two last dates on one day, the one named last. One before the start is moved to the start, after the choice.
    """
    ever, before = np.full(len(codes), NEVER), np.full(len(codes), -NEVER)
    found = [
        subjects.find_date(one, codes) if one.assessment is None else subjects.find_last(one, codes, ever, before)
        for one in censors
    ]
    event_days, event = _earliest(events)
    days = np.array([np.where(one.days < NEVER, one.days, -NEVER) for one in reversed(found)])
    latest = days.argmax(axis=0)
    place = np.where(days.max(axis=0) > -NEVER, len(events) + len(found) - 1 - latest, -1)
    ends = np.where(event_days < NEVER, event, place)
    return ends, [*events, *(one.within(start.days, ever) for one in found)]


def _find_event(event: Event, subjects: Subjects, codes: Integers, start: Integers) -> Found:
    """Return the event's date if it is not before the start; an assessment must come after it, unless it counts."""
    if event.assessment is not None:
        return subjects.find_first(event, codes, start + (event.on_start == "ignored"))
    return subjects.find_date(event, codes).since(start)


def _earliest(found: Sequence[Found]) -> tuple[Integers, Integers]:
    """Return the earliest day and the place of what has it, the first of several; NEVER where nothing was found."""
    days = np.array([one.days for one in found])
    first = days.argmin(axis=0)
    return days[first, np.arange(days.shape[1])], first


def _find_interruption(
    censors: Sequence[Censor], subjects: Subjects, codes: Integers, event_days: Integers
) -> tuple[Integers, Integers]:
    """Return the day and the place in `censors` of the earliest interruption that keeps the event from counting.

    NEVER and -1 where there is none. Without an event, any interruption is one.
    """
    earliest, which = np.full(len(codes), NEVER), np.full(len(codes), -1)
    for place, censor in enumerate(censors):
        if not isinstance(censor, Interruption):
            continue
        days = subjects.find_date(When(date=censor.date), codes).days
        too_soon = days < event_days if censor.same_day == "event" else days <= event_days
        sooner = too_soon & (days < earliest)
        earliest[sooner], which[sooner] = days[sooner], place
    return earliest, which


def _find_last(
    parameter: TimeParameter, subjects: Subjects, codes: Integers, start: Integers, until: Integers
) -> Found:
    """Return the last date that counts, on or before `until`.

    An assessment counts after a start that is a date, and from a start on that is itself an assessment; a date of ADSL
    before the start counts as the start.
    """
    assert parameter.last is not None
    if parameter.last.assessment is None:
        return subjects.find_date(parameter.last, codes).within(start, until)
    since = start + (parameter.start.assessment is None)
    return subjects.find_last(parameter.last, codes, until, since)


def _follows_gap(
    gap: Gap, rules: TimeRules, subjects: Subjects, codes: Integers, last: Found, start: Found, event_days: Integers
) -> Booleans:
    """Return which events come after too many missed visits since the last assessment (or the start)."""
    if gap.windows is None:
        return np.zeros(len(codes), dtype=bool)
    day_one = to_days(subjects.base[gap.day_one])[codes]
    since = np.where(last.days < NEVER, last.days, start.days)
    missed = count_windows_between(compute_days(since, day_one), compute_days(event_days, day_one), windows_of(rules))
    return missed >= gap.windows


def count_windows_between(after: Integers, before: Integers, windows: tuple[Window, ...]) -> Integers:
    """Return how many windows lie wholly between two study days, neither of which is in them.

    Example (windows 22-36, 77-105, 169-197):
        between 30 and 120 -> 1 (77-105); between 21 and 200 -> 3; between 22 and 197 -> 1
    """
    started = np.searchsorted(np.array([window.first for window in windows]), after, side="right")
    ended = np.searchsorted(np.array([window.last for window in windows]), before, side="left")
    missed: Integers = np.maximum(ended - started, 0)
    return missed


def _reasons(parameter: TimeParameter, rules: TimeRules) -> tuple[Reason, ...]:
    """Return how a row of the parameter can end: its events, then its censors."""
    events = [Reason(0, rules.events[name].text) for name in parameter.events]
    censors = [rules.censors[name] for name in parameter.censors]
    return (*events, *(Reason(one.cnsr, one.text, one.date_text) for one in censors))


def _times(
    codes: Integers,
    start: Found,
    found: Sequence[Found],
    ends: Integers,
    reasons: Integers,
    rows: Integers,
    reason_list: tuple[Reason, ...],
) -> Times:
    """Return the rows whose end is what was `found` at the place in `ends`."""
    every = np.arange(len(codes))
    return Times(
        codes=codes[rows],
        starts=start.days[rows],
        days=np.array([one.days for one in found])[ends, every][rows],
        reasons=reasons[rows],
        sources=ends[rows],
        sequences=np.array([one.sequences for one in found])[ends, every][rows],
        imputed=np.array([one.imputed for one in found])[ends, every][rows],
        reason_list=reason_list,
        source_list=tuple(one.source for one in found),
    )
