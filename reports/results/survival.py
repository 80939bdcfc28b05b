"""Times to an event: Kaplan-Meier estimates, one column a parameter."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from clinical.wording import agree, count
from reports.results.tables import (
    ResultTable,
    Scope,
    Sheet,
    count_in_words,
    level_in_words,
    percent_in_words,
    subjects_in,
)
from reports.statistics import KaplanMeier, Quantile, kaplan_meier, median_follow_up, percent, rounded
from specs.model.tables import SurvivalTable

_QUARTILES = (("Median", "MEDIAN", 0.5), ("25th percentile", "Q1", 0.25), ("75th percentile", "Q3", 0.75))


@dataclass(frozen=True)
class _Times:
    """One parameter: its column's label, its rows with a time, and its curve in days."""

    code: str
    label: str
    rows: pd.DataFrame
    curve: KaplanMeier

    @property
    def happened(self) -> pd.Series:
        return self.rows["CNSR"].eq(0)

    @property
    def where(self) -> str:
        return f"PARAMCD is {self.code}"


def tabulate_survival(table_id: str, table: SurvivalTable, scope: Scope) -> tuple[ResultTable, pd.DataFrame]:
    """Return counts, quartiles, landmark estimates, range and follow-up of times to an event.

    **Rule**: see `reports.statistics`. Months are days divided by `days_per_month`; a landmark is that many months, in
    days. Follow-up is the median of the reverse curve.
    **Missing**: records without AVAL or CNSR are left out, with a note.
    """
    sheet = Sheet(table_id, scope)
    columns = [_times(scope, code, label, table.level) for code, label in table.parameters.items()]
    sheet.header = ("", *(one.label for one in columns))
    sheet.row("Subjects", *(_number(sheet, one, "COUNT", len(one.rows), "subjects") for one in columns))
    _add_outcomes(sheet, columns, "Events", "EVENTS", True)
    _add_outcomes(sheet, columns, "Censored", "CENSORED", False)
    level, months = level_in_words(table.level), table.days_per_month
    for label, statistic, p in _QUARTILES:
        quantiles = [one.curve.quantile(p) for one in columns]
        _add_quantiles(sheet, columns, f"{label} ({level} CI), months", statistic, quantiles)
    for month in table.landmarks:
        _add_landmark(sheet, columns, month, months)
    sheet.row("Min, max, months", *(_range(sheet, one, months) for one in columns))
    if table.follow_up:
        label = f"Median follow-up ({level} CI), months"
        followed = [median_follow_up(one.rows["AVAL"], one.happened, table.level) for one in columns]
        _add_quantiles(sheet, columns, label, "FOLLOWUP", followed)
    sheet.notes += _notes(scope, table)
    return sheet.table(table.parameters), sheet.records()


def _times(scope: Scope, code: str, label: str, level: float) -> _Times:
    rows = scope.rows_where((), code)
    rows = rows[rows["AVAL"].notna() & rows["CNSR"].notna()]
    return _Times(code, label, rows, kaplan_meier(rows["AVAL"], rows["CNSR"].eq(0), level))


def _number(sheet: Sheet, one: _Times, statistic: str, value: float, method: str) -> str:
    text = rounded(value, 0)
    return sheet.record(statistic, value, text, method, group=one.label, where=one.where, parameter=one.code)


def _add_outcomes(sheet: Sheet, columns: list[_Times], label: str, statistic: str, events: bool) -> None:
    """Add how many have the event (or are censored), and of them each EVNTDESC, the most frequent in all first."""
    chosen = [one.rows[one.happened.eq(events).to_numpy(dtype=bool)] for one in columns]
    sheet.row(label, *(_share(sheet, one, statistic, len(rows), label) for one, rows in zip(columns, chosen)))
    counts = [rows["EVNTDESC"].fillna("(not stated)").value_counts() for rows in chosen]
    total: dict[str, int] = {}
    for found in counts:
        for reason, k in found.items():
            total[str(reason)] = total.get(str(reason), 0) + int(k)
    for reason in sorted(total, key=lambda name: (-total[name], name)):
        cells = [
            _share(sheet, one, statistic, int(found.get(reason, 0)), f"{label} / {reason}", f"EVNTDESC is {reason}")
            for one, found in zip(columns, counts)
        ]
        sheet.row(reason.capitalize(), *cells, indent=1)


def _share(sheet: Sheet, one: _Times, statistic: str, k: int, what: str, test: str = "") -> str:
    cnsr = "CNSR is 0" if statistic == "EVENTS" else "CNSR is not 0"
    where = " and ".join(filter(None, (one.where, cnsr, test)))
    group, n = f"{one.label} / {what}", len(one.rows)
    named = {"group": group, "where": where, "parameter": one.code}
    sheet.record(statistic, k, str(k), "subjects", **named)
    share = percent_in_words(k, n)
    sheet.record("PERCENT", percent(k, n), share, "100 × subjects / subjects with the parameter", **named)
    return count_in_words(k, n)


def _add_quantiles(sheet: Sheet, columns: list[_Times], label: str, statistic: str, quantiles: list[Quantile]) -> None:
    per_month = sheet.scope.table.days_per_month
    level = level_in_words(sheet.scope.table.level)
    method = "reverse Kaplan-Meier" if statistic == "FOLLOWUP" else "Kaplan-Meier"
    cells = []
    for one, found in zip(columns, quantiles):
        texts = [
            sheet.record(name, days / per_month, rounded(days / per_month, 1), how, group=one.label, where=one.where,
                         parameter=one.code)
            for name, days, how in (
                (statistic, found.time, f"{method}, months"),
                (f"{statistic}_LOWER", found.lower, f"{method}, log-log {level} limit, months"),
                (f"{statistic}_UPPER", found.upper, f"{method}, log-log {level} limit, months"),
            )
        ]  # fmt: skip
        cells.append(f"{texts[0]} ({texts[1]}, {texts[2]})")
    sheet.row(label, *cells)


def _add_landmark(sheet: Sheet, columns: list[_Times], month: int, days_per_month: float) -> None:
    level = level_in_words(sheet.scope.table.level)
    cells, at_risk = [], []
    for one in columns:
        found = one.curve.at([month * days_per_month]).iloc[0]
        named = {"group": f"{one.label} / Month {month}", "where": one.where, "parameter": one.code}
        texts = [
            sheet.record(name, 100 * found[column], rounded(100 * found[column], 1), how, **named)
            for name, column, how in (
                ("SURVIVAL", "SURVIVAL", "Kaplan-Meier, percent"),
                ("LOWER", "LOWER", f"Kaplan-Meier, log-log {level} limit, percent"),
                ("UPPER", "UPPER", f"Kaplan-Meier, log-log {level} limit, percent"),
            )
        ]
        left = int(found["AT_RISK"])
        at_risk.append(sheet.record("AT_RISK", left, str(left), "subjects whose time is not shorter", **named))
        estimate = "NE" if texts[0] == "NE" else f"{texts[0]}%"
        cells.append(f"{estimate} ({texts[1]}, {texts[2]})")
    sheet.row(f"Estimate at month {month} ({level} CI)", *cells)
    sheet.row("At risk", *at_risk, indent=1)


def _range(sheet: Sheet, one: _Times, per_month: float) -> str:
    """Return the shortest and longest time, with + where it is censored."""
    days, happened = one.rows["AVAL"].to_numpy(dtype="float64"), one.happened.to_numpy(dtype=bool)
    if not len(days):
        return "NE"
    shortest, longest = days.min(), days.max()
    marks = ("" if happened[days == shortest].any() else "+", "" if happened[days == longest].all() else "+")
    named = {"group": one.label, "where": one.where, "parameter": one.code}
    texts = [
        sheet.record(name, value / per_month, rounded(value / per_month, 1) + mark, "months; + is censored", **named)
        for name, value, mark in (("MIN", shortest, marks[0]), ("MAX", longest, marks[1]))
    ]
    return ", ".join(texts)


def _notes(scope: Scope, table: SurvivalTable) -> list[str]:
    level = level_in_words(table.level)
    notes = [
        f"Kaplan-Meier; the estimate at a month is the share without event. {level} CI by the log-log transformation, "
        "for quantiles by inverting its test.",
        f"A month is {table.days_per_month:g} days. NE: not estimable (not reached, or beyond the longest time). "
        "+: censored.",
    ]
    if table.follow_up:
        notes.append("Follow-up: the reverse Kaplan-Meier method, in which the event censors.")
    for code in table.parameters:
        rows = scope.rows_where((), code)
        untimed = int(rows["AVAL"].isna().sum())
        if untimed:
            notes.append(f"{code}: {count(untimed, 'record')} without AVAL {agree(untimed, 'are')} left out.")
        unsaid = int((rows["AVAL"].notna() & rows["CNSR"].isna()).sum())
        if unsaid:
            notes.append(f"{code}: {count(unsaid, 'record')} without CNSR {agree(unsaid, 'are')} left out.")
        if len(rows) > subjects_in(rows):
            notes.append(f"{code}: several records of one subject; each counts by itself.")
    return notes
