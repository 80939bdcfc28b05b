"""Partial dates as SDTM keeps them (ISO 8601, unknown parts left unknown) and study days.

Text is parsed once per distinct value, so the cost is that of the distinct dates, not of the rows.
Reference: SDTMIG 3.4, sections 4.4.1 to 4.4.4; ADaMIG 1.3, section 3.3.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from typing import TypeVar

import numpy as np
import pandas as pd

Result = TypeVar("Result")

PARTS = ("year", "month", "day", "hour", "minute", "second")

#: A text, or None where unknown, for each of `PARTS`.
Parts = tuple[str | None, ...]

_ISO_DATE = r"(?P<year>\d{4}|-)(?:-(?P<month>\d{2}|-)(?:-(?P<day>\d{2}|-))?)?"
_ISO_TIME = r"(?P<hour>\d{2}|-)(?::(?P<minute>\d{2}|-)(?::(?P<second>\d{2}(?:\.\d+)?))?)?"
_ISO = re.compile(f"{_ISO_DATE}(?:T{_ISO_TIME})?", re.ASCII)
_DATE = re.compile(_ISO_DATE, re.ASCII)
_TIME = re.compile(_ISO_TIME, re.ASCII)


def parse_iso(values: pd.Series) -> pd.DataFrame:
    """Return the parts of ISO 8601 text: the columns of `PARTS` (text, NA where unknown) and `fits` (bool)."""

    def parse(text: str) -> Parts | None:
        found = _ISO.fullmatch(text)
        return tuple(None if part in (None, "-") else part for part in found.groups()) if found else None

    return parts_of_texts(values, parse)


def parts_of_texts(values: pd.Series, parse: Callable[[str], Parts | None]) -> pd.DataFrame:
    """Return the parts that `parse` finds in each text (None: it does not fit), computed once a distinct text.

    The columns are those of `PARTS` and `fits`, which is True for missing text.
    """
    codes, distinct = _factorize(values)
    parsed = [parse(text) for text in distinct]
    none = (None,) * len(PARTS)
    table = pd.DataFrame([one or none for one in parsed] + [none], columns=list(PARTS), dtype="str")
    table["fits"] = [one is not None for one in parsed] + [True]
    result = table.take(codes)  # a missing value has code -1: the last row
    result.index = values.index
    return result


def _factorize(values: pd.Series) -> tuple[np.ndarray, list[str]]:
    """Return the number of each value's text, -1 for missing, and the distinct texts."""
    codes, distinct = pd.factorize(values)
    return codes, [str(text) for text in distinct.to_numpy(dtype=object)]


def is_possible(parts: pd.DataFrame) -> np.ndarray:
    """Return, for each row of parts, whether they can be a date and time at all (no month 13, no 30 February).

    A day in an unknown month may be up to 31, 29 February needs a leap year or an unknown one.
    """
    codes, distinct = _factorize(_joined(parts))
    verdicts = np.array([_possible(*text.split("|")) for text in distinct], dtype=bool)
    possible: np.ndarray = verdicts[codes]
    return possible


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
    codes, distinct = _factorize(_joined(parts))
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
    """Return the day that `choose` makes of each date's parts (0 where unknown), whatever the time of day."""
    codes, distinct = _factorize(values)
    days = np.append(_days_of([text.partition("T") for text in distinct], choose), np.datetime64("NaT"))
    return pd.Series(days[codes].astype("datetime64[s]"), index=values.index)


def _moments(values: pd.Series, choose: _Choice, hour: int, minute: int) -> pd.Series:
    """Return moments with unknown parts of the date by `choose`, an unknown hour, minute (or second) as given."""
    codes, distinct = _factorize(values)
    split = [text.partition("T") for text in distinct]
    seconds = _by_text([time for _, _, time in split], lambda time: _seconds(time, hour, minute))
    since = np.array([-1 if one is None else one for one in seconds], dtype="int64")
    moments = _days_of(split, choose).astype("datetime64[s]") + since.astype("timedelta64[s]")
    moments[since < 0] = np.datetime64("NaT")
    return pd.Series(np.append(moments, np.datetime64("NaT"))[codes], index=values.index)


def _days_of(split: list[tuple[str, str, str]], choose: _Choice) -> np.ndarray:
    """Return the day of each text split at its `T` as datetime64[D]; NaT where either half is not ISO 8601."""
    days = _by_text([date for date, _, _ in split], lambda date: _day(date, choose))
    timed = _by_text([separator + time for _, separator, time in split], _is_time)
    return np.array(
        [day if sound and day else "NaT" for day, sound in zip(days, timed, strict=True)], dtype="datetime64[D]"
    )


def _by_text(texts: list[str], compute: Callable[[str], Result]) -> list[Result]:
    """Return what `compute` makes of each text, computed once for texts that are equal."""
    known = {text: compute(text) for text in dict.fromkeys(texts)}
    return [known[text] for text in texts]


def _is_time(text: str) -> bool:
    return not text or bool(_TIME.fullmatch(text, 1))


def _day(text: str, choose: _Choice) -> str | None:
    """Return the day that `choose` makes of the date's parts as YYYY-MM-DD, if a calendar has it."""
    found = _DATE.fullmatch(text)
    if not found or found["year"] == "-":
        return None
    year, month, day = (int(part) if part and part != "-" else 0 for part in found.groups())
    chosen = choose(year, month, day) if year else None
    if chosen and 1 <= chosen[1] <= 12 and 1 <= chosen[2] <= monthrange(chosen[0], chosen[1])[1]:
        return "{:04d}-{:02d}-{:02d}".format(*chosen)
    return None


def _seconds(text: str, hour: int, minute: int) -> int | None:
    """Return the seconds since midnight of a time with unknown parts as given; None for one that no clock shows."""
    found = _TIME.fullmatch(text) if text else None
    parts = found.groups() if found else (None, None, None)
    hours, minutes, seconds = (
        int(float(part)) if part and part != "-" else other
        for part, other in zip(parts, (hour, minute, minute), strict=True)
    )
    return hours * 3600 + minutes * 60 + seconds if hours <= 23 and minutes <= 59 and seconds <= 59 else None


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
