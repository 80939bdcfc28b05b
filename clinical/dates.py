"""Partial dates as SDTM keeps them (ISO 8601, unknown parts left unknown) and study days.

Text is parsed once per distinct value, so the cost is that of the distinct dates, not of the rows.
Reference: SDTMIG 3.4, sections 4.4.1 to 4.4.4; ADaMIG 1.3, section 3.3.
"""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import pandas as pd

PARTS = ("year", "month", "day", "hour", "minute", "second")
_DATE_PARTS = PARTS[:3]
_TIME_PARTS = PARTS[3:]

#: Texts that stand for an unknown part wherever a part is expected.
UNKNOWN = ("UN", "UNK", "NK", "UK", "--", "-", "??", "?", "UNKN", "UNUN")

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_TOKENS = {
    "YYYY": ("year", r"\d{4}"),
    "YY": ("year2", r"\d{2}"),
    "MON": ("monthname", "|".join(_MONTHS)),
    "MM": ("month", r"\d{2}"),
    "M": ("month", r"\d{1,2}"),
    "DD": ("day", r"\d{2}"),
    "D": ("day", r"\d{1,2}"),
    "hh": ("hour", r"\d{2}"),
    "h": ("hour", r"\d{1,2}"),
    "mm": ("minute", r"\d{2}"),
    "ss": ("second", r"\d{2}"),
}
_TOKEN = re.compile("YYYY|YY|MON|MM|M|DD|D|hh|h|mm|ss")

_ISO = re.compile(
    r"(?P<year>\d{4}|-)(?:-(?P<month>\d{2}|-)(?:-(?P<day>\d{2}|-))?)?"
    r"(?:T(?P<hour>\d{2}|-)(?::(?P<minute>\d{2}|-)(?::(?P<second>\d{2}(?:\.\d+)?))?)?)?",
    re.ASCII,
)


@lru_cache
def compile_format(layout: str, unknown: tuple[str, ...] = UNKNOWN) -> re.Pattern[str]:
    """Return the pattern of a layout such as `DD-MON-YYYY hh:mm`.

    Tokens: `YYYY YY MM M MON DD D hh h mm ss`; everything else stands for itself. Any part may be one of `unknown`.

    Raises:
        ValueError: the layout has no token, or one twice.
    """
    missing = "|".join(re.escape(text) for text in sorted(unknown, key=len, reverse=True))
    pattern, seen, position = "", set(), 0
    for token in _TOKEN.finditer(layout):
        name, digits = _TOKENS[token.group()]
        part = {"year2": "year", "monthname": "month"}.get(name, name)
        if part in seen:
            raise ValueError(f"date layout '{layout}' names the {part} twice")
        seen.add(part)
        pattern += re.escape(layout[position : token.start()]) + f"(?P<{name}>{digits}|{missing})"
        position = token.end()
    if not seen:
        raise ValueError(f"date layout '{layout}' has no part; use YYYY YY MM M MON DD D hh h mm ss")
    return re.compile(pattern + re.escape(layout[position:]), re.IGNORECASE | re.ASCII)


def parse_text(
    values: pd.Series, layouts: Sequence[str], *, pivot: int | None = None, unknown: tuple[str, ...] = UNKNOWN
) -> pd.DataFrame:
    """Return the parts of dates or times written in one of several layouts.

    Args:
        values: collected text; surrounding blanks do not count, full-width digits count as digits.
        layouts: tried in order; the first that fits the whole text is taken.
        pivot: the first year that a two-digit year can mean; two-digit years do not fit without it.

    Returns:
        A frame aligned with `values`: the columns of `PARTS` (text, NA where unknown) and `fits` (bool; True for
        missing text). Whether the parts make a possible date is for `is_possible` to say.
    """
    patterns = [compile_format(layout, unknown) for layout in layouts]
    absent = {text.upper() for text in unknown}

    def parse(text: str) -> tuple[str | None, ...] | None:
        for pattern in patterns:
            found = pattern.fullmatch(unicodedata.normalize("NFKC", text).strip())
            if not found:
                continue
            parts = {name: part for name, part in found.groupdict().items() if part and part.upper() not in absent}
            if "year2" in parts:
                if pivot is None:
                    continue
                year = pivot - pivot % 100 + int(parts.pop("year2"))
                parts["year"] = str(year if year >= pivot else year + 100)
            if "monthname" in parts:
                parts["month"] = f"{_MONTHS.index(parts.pop('monthname').upper()) + 1:02d}"
            return tuple(parts[part].zfill(2) if part in parts else None for part in PARTS)
        return None

    return _parts_by_distinct_text(values, parse)


def parse_iso(values: pd.Series) -> pd.DataFrame:
    """Return the parts of ISO 8601 text: the columns of `PARTS` (text, NA where unknown) and `fits` (bool)."""

    def parse(text: str) -> tuple[str | None, ...] | None:
        found = _ISO.fullmatch(text)
        return tuple(None if part in (None, "-") else part for part in found.groups()) if found else None

    return _parts_by_distinct_text(values, parse)


def _parts_by_distinct_text(values: pd.Series, parse: Callable[[str], tuple[str | None, ...] | None]) -> pd.DataFrame:
    codes, distinct = pd.factorize(values)
    parsed = [parse(str(text)) for text in distinct]
    none = (None,) * len(PARTS)
    table = pd.DataFrame([one or none for one in parsed] + [none], columns=list(PARTS), dtype="str")
    table["fits"] = [one is not None for one in parsed] + [True]
    result = table.take(codes)  # a missing value has code -1: the last row
    result.index = values.index
    return result


def is_possible(parts: pd.DataFrame) -> np.ndarray:
    """Return, for each row of parts, whether they can be a date and time at all (no month 13, no 30 February).

    A day in an unknown month may be up to 31, 29 February needs a leap year or an unknown one.
    """
    codes, distinct = pd.factorize(_joined(parts))
    verdicts = np.array([_possible(*text.split("|")) for text in distinct], dtype=bool)
    return verdicts[codes]


def _joined(parts: pd.DataFrame) -> pd.Series:
    known = parts.fillna("")
    return known["year"].str.cat(known[list(PARTS[1:])], sep="|")


def _possible(year: str, month: str, day: str, hour: str, minute: str, second: str) -> bool:
    if month and not 1 <= int(month) <= 12:
        return False
    if day:
        last = 31 if not month else monthrange(int(year) if year and int(year) > 0 else 2000, int(month))[1]
        if not 1 <= int(day) <= last:
            return False
    if year and int(year) == 0:
        return False
    return (not hour or int(hour) <= 23) and (not minute or int(minute) <= 59) and (not second or float(second) < 60)


def assemble_iso(parts: pd.DataFrame) -> pd.Series:
    """Return ISO 8601 text from parts: unknown parts at the end are left off, inside they become `-`.

    Example:
        year 2023, month 06             -> `2023-06`
        year 2023, day 15               -> `2023---15`
        month 12, day 15                -> `--12-15`
        2023, 06, hour 08               -> `2023-06--T08`
        nothing                         -> NA
    """
    codes, distinct = pd.factorize(_joined(parts))
    texts = pd.array([_assemble(text.split("|")) for text in distinct], dtype="str")
    return pd.Series(texts.take(codes), index=parts.index, dtype="str")


def _assemble(parts: list[str]) -> str | None:
    date, time = parts[:3], parts[3:]
    while time and not time[-1]:
        time.pop()
    if not time:
        while date and not date[-1]:
            date.pop()
    if not date:
        return None
    text = "-".join(part or "-" for part in date)
    return text + "T" + ":".join(part or "-" for part in time) if time else text


def complete_date(values: pd.Series) -> pd.Series:
    """Return the calendar date of ISO 8601 text as datetime64[s]; NaT where the date is partial, impossible or missing.

    A time of day is dropped.
    """
    return _days(values, lambda year, month, day: (year, month, day) if month and day else None)


def first_possible(values: pd.Series) -> pd.Series:
    """Return the earliest date that partial ISO 8601 text can mean (datetime64[s]); NaT without a year."""
    return _days(values, _first_day)


def last_possible(values: pd.Series) -> pd.Series:
    """Return the latest date that partial ISO 8601 text can mean (datetime64[s]); NaT without a year."""
    return _days(values, _last_day)


def first_moment(values: pd.Series) -> pd.Series:
    """Return the earliest second that partial ISO 8601 text can mean (datetime64[s]); NaT without a year."""
    return _moments(values, _first_day, 0, 0)


def last_moment(values: pd.Series) -> pd.Series:
    """Return the latest second that partial ISO 8601 text can mean (datetime64[s]); NaT without a year."""
    return _moments(values, _last_day, 23, 59)


def _first_day(year: int, month: int, day: int) -> tuple[int, int, int]:
    return (year, month or 1, day or 1)


def _last_day(year: int, month: int, day: int) -> tuple[int, int, int]:
    month = month or 12
    return (year, month, day or (monthrange(year, month)[1] if month <= 12 else 31))


_Choice = Callable[[int, int, int], tuple[int, int, int] | None]


def _days(values: pd.Series, choose: _Choice) -> pd.Series:
    codes, distinct = pd.factorize(values)
    days = np.full(len(distinct) + 1, "NaT", dtype="datetime64[D]")
    for position, text in enumerate(distinct):
        found = _ISO.fullmatch(str(text))
        day = _day(found, choose) if found else None
        if day:
            days[position] = np.datetime64(day, "D")
    return pd.Series(days[codes].astype("datetime64[s]"), index=values.index)


def _moments(values: pd.Series, choose: _Choice, hour: int, minute: int) -> pd.Series:
    """Return moments with unknown parts of the date by `choose`, an unknown hour, minute (or second) as given."""
    codes, distinct = pd.factorize(values)
    moments = np.full(len(distinct) + 1, "NaT", dtype="datetime64[s]")
    for position, text in enumerate(distinct):
        found = _ISO.fullmatch(str(text))
        day = _day(found, choose) if found else None
        if found and day:
            unknown = (hour, minute, minute)
            parts = [
                int(float(part)) if part and part != "-" else other
                for part, other in zip(found.groups()[3:], unknown, strict=True)
            ]
            if parts[0] <= 23 and parts[1] <= 59 and parts[2] <= 59:
                moments[position] = np.datetime64("{}T{:02d}:{:02d}:{:02d}".format(day, *parts), "s")
    return pd.Series(moments[codes], index=values.index)


def _day(found: re.Match[str], choose: _Choice) -> str | None:
    """Return the day that `choose` makes of the date's parts (0 where unknown) as YYYY-MM-DD, if a calendar has it."""
    if found["year"] == "-":
        return None
    year, month, day = (int(part) if part and part != "-" else 0 for part in found.groups()[:3])
    chosen = choose(year, month, day) if year else None
    if chosen and 1 <= chosen[1] <= 12 and 1 <= chosen[2] <= monthrange(chosen[0], chosen[1])[1]:
        return "{:04d}-{:02d}-{:02d}".format(*chosen)
    return None


def compare_dates(dates: pd.Series, references: pd.Series) -> pd.Series:
    """Return `before`, `on` or `after`: where each date lies to its reference, both ISO 8601 text.

    Two dates on one day are told apart by their times if both have one, else the date is `on` its reference.

    Missing:
        either is missing or has no year, or a part that would decide is unknown.

    Example:
        2014-03 to 2014-01-11                   -> after
        2013-05 to 2013-05-05                   -> NA
        2014-01-02T10:00 to 2014-01-02          -> on
        2014-01-02T10:00 to 2014-01-02T10:30    -> before
    """
    before = last_moment(dates) < first_moment(references)
    after = first_moment(dates) > last_moment(references)
    same = complete_date(dates).eq(complete_date(references)) & ~before & ~after
    outcome = np.select([before, same, after], ["before", "on", "after"], default="")
    return pd.Series(outcome, index=dates.index, dtype="str").mask(outcome == "")


def compute_study_day(date: pd.Series, reference: pd.Series) -> pd.Series:
    """Return the study day of complete dates: the reference date is day 1, the day before it day -1.

    Args:
        date, reference: datetime64 Series with the same index.

    Returns:
        float64 whole numbers; NaN where either date is missing. There is no day 0.

    Reference:
        SDTMIG 3.4, section 4.4.4; ADaMIG 1.3, section 3.3.2 (ADY).

    Example:
        2024-03-01 against 2024-03-01 -> 1; 2024-02-29 -> -1; 2024-03-02 -> 2
    """
    days: pd.Series = (date.dt.normalize() - reference.dt.normalize()).dt.days.astype("float64")
    return days.where(days < 0, days + 1)
