"""The profile of selected events: how many, how bad, when and how long."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from clinical.conditions import matches
from clinical.wording import condition_in_words, count
from reports.results.tables import ResultTable, Scope, Sheet, both, count_in_words, numbers_in_words, ranks
from reports.statistics import describe, rounded
from specs.model.tables import EventColumn, EventProfileTable


@dataclass(frozen=True)
class _Event:
    """One column: its records in its population, the worst rank of each subject, and the size of the population."""

    column: EventColumn
    rows: pd.DataFrame
    worst: pd.Series
    unknown: int
    total: int

    @property
    def where(self) -> str:
        own = condition_in_words(self.column.population)
        return both(condition_in_words(self.column.where), f"ADSL: {own}" if own else "")


def tabulate_event_profile(table_id: str, table: EventProfileTable, scope: Scope) -> tuple[ResultTable, pd.DataFrame]:
    """Return subjects with each event, by worst grade, and the onset and duration of the events.

    **Rule**: a subject counts once a column, at the worst grade. Onset is the subject's earliest, in study days (day 1
    is the day of the infusion that the variable counts from). Duration is that of each record with one; records
    without are counted as ongoing where `ongoing` holds, else as without an end.
    """
    sheet = Sheet(table_id, scope)
    events = [_event(table, scope, column) for column in table.columns]
    sheet.header = ("", *(f"{one.column.label} (N={one.total})" for one in events))
    sheet.row("Subjects with an event", *(_share(sheet, one, one.worst.index.size, "", "") for one in events))
    _add_grades(sheet, table, events)
    sheet.row("Events", *(_count(sheet, one, "RECORDS", one.rows, "") for one in events))
    _add_onset(sheet, events)
    _add_duration(sheet, table, events)
    sheet.notes += [
        "A subject counts once, at the worst grade. Percentages are of the N of the column.",
        "Onset: the subject's first, day 1 being the day of the infusion. Duration: of each event that has ended.",
    ]
    unknown = sum(one.unknown for one in events)
    if unknown:
        records = count(unknown, "record", verb="have")
        sheet.notes.append(f"{records} a {table.grade} that is none of the grades; counted as missing.")
    return sheet.table(), sheet.records()


def _event(table: EventProfileTable, scope: Scope, column: EventColumn) -> _Event:
    chosen = scope.adsl.loc[matches(scope.adsl, column.population), "USUBJID"]
    subjects = scope.subjects[scope.subjects.isin(chosen)]
    rows = scope.rows_where(column.where)
    rows = rows[rows["USUBJID"].isin(subjects)]
    rank, unknown = ranks(rows[table.grade], table.grades)
    return _Event(column, rows, rank.groupby(rows["USUBJID"]).max(), unknown, len(subjects))


def _share(sheet: Sheet, one: _Event, k: int, what: str, test: str) -> str:
    group = f"{one.column.label} / {what}" if what else one.column.label
    sheet.share(k, one.total, group=group, where=both(one.where, test))
    return count_in_words(k, one.total)


def _count(sheet: Sheet, one: _Event, statistic: str, rows: pd.DataFrame, test: str) -> str:
    where = both(one.where, test)
    return sheet.record(statistic, len(rows), str(len(rows)), "records", group=one.column.label, where=where)


def _add_grades(sheet: Sheet, table: EventProfileTable, events: Sequence[_Event]) -> None:
    places = {grade: place for place, grade in enumerate(table.grades)}
    for grade, label in table.grades.items():
        _add_grade(sheet, events, f"Worst grade {label}", [places[grade]], f"worst {table.grade} is {grade}")
    for grade in table.at_least:
        worse = list(range(places[grade], len(places)))
        _add_grade(sheet, events, f"Grade ≥{table.grades[grade]}", worse, f"worst {table.grade} ≥ {grade}")
    if any(one.worst.lt(0).any() for one in events):
        _add_grade(sheet, events, f"Grade: {table.missing}", [-1], f"{table.grade} is missing")


def _add_grade(sheet: Sheet, events: Sequence[_Event], label: str, places: list[int], test: str) -> None:
    cells = [_share(sheet, one, int(one.worst.isin(places).sum()), label, test) for one in events]
    sheet.row(label, *cells, indent=1)


def _add_onset(sheet: Sheet, events: Sequence[_Event]) -> None:
    onsets = [one.rows.groupby("USUBJID")[one.column.onset].min() for one in events]
    _add_days(sheet, "Onset, day", "ONSET", events, onsets, [one.column.onset for one in events])
    late = [int(values.isna().sum()) for values in onsets]
    if any(late):
        cells = [_share(sheet, one, k, "no onset", f"{one.column.onset} is missing") for one, k in zip(events, late)]
        sheet.row("Subjects without a day of onset", *cells, indent=1)


def _add_duration(sheet: Sheet, table: EventProfileTable, events: Sequence[_Event]) -> None:
    durations = [one.rows[table.duration] for one in events]
    _add_days(sheet, "Duration, days", "DURATION", events, durations, [table.duration for _ in events])
    lacking = [one.rows[one.rows[table.duration].isna()] for one in events]
    ongoing = [matches(rows, table.ongoing) for rows in lacking]
    test = f"{table.duration} is missing"
    cells = [
        _count(sheet, one, "ONGOING", rows[held], both(test, condition_in_words(table.ongoing)))
        for one, rows, held in zip(events, lacking, ongoing)
    ]
    sheet.row("Events ongoing", *cells, indent=1)
    if any((~held).any() for held in ongoing):
        cells = [
            _count(sheet, one, "NO_END", rows[~held], f"{test}, not ongoing")
            for one, rows, held in zip(events, lacking, ongoing)
        ]
        sheet.row("Events without a known end", *cells, indent=1)


def _add_days(
    sheet: Sheet, label: str, statistic: str, events: Sequence[_Event], days: Sequence[pd.Series], names: Sequence[str]
) -> None:
    """Add number, median with quartiles, and range of days."""
    lines: list[list[str]] = [[], [], []]
    for one, values, name in zip(events, days, names):
        found = describe(values)
        named = {"group": one.column.label, "where": one.where}
        for part, value, decimals in (
            ("COUNT", found.n, 0), ("MEDIAN", found.median, 1), ("Q1", found.q1, 1), ("Q3", found.q3, 1),
            ("MIN", found.smallest, 0), ("MAX", found.largest, 0),
        ):  # fmt: skip
            sheet.record(f"{statistic}_{part}", value, rounded(value, decimals), f"days of {name}", **named)
        lines[0].append(str(found.n))
        lines[1].append(f"{rounded(found.median, 1)} ({numbers_in_words((found.q1, found.q3), 1)})")
        lines[2].append(numbers_in_words((found.smallest, found.largest), 0))
    sheet.row(label)
    for text, cells in zip(("n", "Median (Q1, Q3)", "Min, max"), lines):
        sheet.row(text, *cells, indent=1)
