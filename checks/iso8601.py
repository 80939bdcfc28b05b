"""ISO 8601 as SDTM uses it (SDTMIG 3.4, 4.4.1 to 4.4.3): is a text a date, and which moments can it mean?

Checks read dates on their own, not with the functions that made them: a mistake in one of the two then shows.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

_PART = r"(?:\d{2}|-)"
#: Year to second; an unknown part in the middle is a hyphen, unknown parts at the end are left out.
_DATE = (
    rf"(?P<year>\d{{4}}|-)(?:-(?P<month>{_PART})(?:-(?P<day>{_PART})"
    rf"(?:T(?P<hour>{_PART})(?::(?P<minute>{_PART})(?::(?P<second>\d{{2}})(?:\.\d+)?)?)?"
    r"(?P<zone>Z|[+-]\d{2}:\d{2})?)?)?)?"
)
_DURATION = (
    r"-?P(?:\d+(?:\.\d+)?W"
    r"|(?=\d|T)(?:\d+(?:\.\d+)?Y)?(?:\d+(?:\.\d+)?M)?(?:\d+(?:\.\d+)?D)?"
    r"(?:T(?=\d)(?:\d+(?:\.\d+)?H)?(?:\d+(?:\.\d+)?M)?(?:\d+(?:\.\d+)?S)?)?)"
)
_PARTS = ("year", "month", "day", "hour", "minute", "second")
_LIMITS = {"hour": 23, "minute": 59, "second": 59}


def is_date(values: pd.Series) -> pd.Series:
    """Return whether each text is a date, a date and time, one with unknown parts, or an interval of these.

    The date must exist in the calendar, and an interval must not end before it begins. A missing value is False.
    """
    return _by_unique(values, _read)["valid"]


def is_duration(values: pd.Series) -> pd.Series:
    """Return whether each text is a duration, as `P2W`, `PT36H` or `-P3D`. A missing value is False."""
    return values.str.fullmatch(_DURATION).fillna(False).astype(bool)


def is_duration_or_interval(values: pd.Series) -> pd.Series:
    """Return whether each text is a duration, or an interval of dates. A missing value is False."""
    interval = values.str.contains("/", regex=False).fillna(False).astype(bool)
    return is_duration(values) | (interval & is_date(values))


def bounds(values: pd.Series) -> pd.DataFrame:
    """Return the first and last second that each text can mean.

    Returns:
        Columns `low` and `high` (datetime64[s]), `complete` (year, month and day are known) and `date` (the day, where
        complete); aligned with `values`. A text that is no date, or has no year, gives NaT. A time zone is not
        applied: times are compared as collected.
    """
    if pd.api.types.is_datetime64_any_dtype(values):
        days = values.astype("datetime64[s]").dt.normalize()
        last = days + pd.Timedelta(hours=23, minutes=59, seconds=59)
        return pd.DataFrame({"low": days, "high": last, "complete": days.notna(), "date": days})
    return _by_unique(values, _read).drop(columns="valid")


def _by_unique(values: pd.Series, read: Callable[[pd.Series], pd.DataFrame]) -> pd.DataFrame:
    """Read each distinct text once; a missing value is read as an empty text, which is no date."""
    codes, unique = pd.factorize(values.astype("str"))
    parsed = read(pd.Series([*unique, ""], dtype="str"))
    return parsed.take(codes % len(parsed)).set_axis(values.index)


def _read(texts: pd.Series) -> pd.DataFrame:
    """Return `valid`, `low`, `high`, `complete` and `date` of each text, intervals included."""
    split = texts.str.partition("/")
    first = _read_single(split[0])
    interval = split[1] == "/"
    if not interval.any():
        return first
    second = _read_single(split[2])
    ordered = first["valid"] & second["valid"] & ~(first["low"] > second["high"])
    span = pd.DataFrame(
        {
            "valid": ordered | (first["valid"] & is_duration(split[2])),
            "low": first["low"].where(ordered),
            "high": second["high"].where(ordered),
            "complete": np.zeros(len(texts), dtype=bool),
            "date": first["date"].where(np.zeros(len(texts), dtype=bool)),
        }
    )
    return pd.DataFrame({column: first[column].where(~interval, span[column]) for column in first})


def _read_single(texts: pd.Series) -> pd.DataFrame:
    """Return `valid`, `low`, `high`, `complete` and `date` of each text that is no interval."""
    parts = texts.str.extract(f"^{_DATE}$")
    known = {name: parts[name].notna() & (parts[name] != "-") for name in _PARTS}
    number = {
        name: pd.to_numeric(parts[name].where(known[name]), errors="coerce").to_numpy("float64", na_value=np.nan)
        for name in _PARTS
    }
    single = ~texts.str.contains("\n", regex=False).to_numpy(dtype=bool)
    valid = single & parts["year"].notna().to_numpy(dtype=bool) & _ends_known(parts, known) & _in_range(number)
    year = np.where(valid, number["year"], np.nan)
    low = _moment(year, number, {"month": 1, "day": 1, "hour": 0, "minute": 0, "second": 0})
    high = _moment(year, number, {"month": 12, "day": 0, **_LIMITS})
    complete = (known["year"] & known["month"] & known["day"]).to_numpy(dtype=bool) & valid
    date = np.where(complete, low.astype("datetime64[D]"), np.datetime64("NaT", "D")).astype("datetime64[s]")
    return pd.DataFrame(
        {"valid": valid, "low": low, "high": high, "complete": complete, "date": date}, index=texts.index
    )


def _ends_known(parts: pd.DataFrame, known: dict[str, pd.Series]) -> np.ndarray:
    """Return whether the last part that is written is known: an unknown end is left out, not hyphened."""
    result = np.zeros(len(parts), dtype=bool)
    for name in _PARTS:
        written = parts[name].notna().to_numpy(dtype=bool)
        result = np.where(written, known[name].to_numpy(dtype=bool), result)
    return result


def _in_range(number: dict[str, np.ndarray]) -> np.ndarray:
    """Return whether every known part exists: month 1 to 12, the day in its month, the time on the clock."""
    month = np.nan_to_num(number["month"], nan=1)
    result = (month >= 1) & (month <= 12) & ~(number["year"] == 0)
    for name, limit in _LIMITS.items():
        result &= ~(number[name] > limit)
    #: 2000 is a leap year: without a year, 29 February may exist.
    year = np.nan_to_num(number["year"], nan=2000)
    longest = np.where(np.isnan(number["month"]), 31, _days_in(year, np.where(result, month, 1)))
    day = np.nan_to_num(number["day"], nan=1)
    possible: np.ndarray = result & (day >= 1) & (day <= longest)
    return possible


def _months(year: np.ndarray, month: np.ndarray) -> np.ndarray:
    """Return the first day of each month as datetime64[M]; both must be known."""
    count = (year.astype("int64") - 1970) * 12 + month.astype("int64") - 1
    months: np.ndarray = count.astype("datetime64[M]")
    return months


def _days_in(year: np.ndarray, month: np.ndarray) -> np.ndarray:
    start = _months(year, month)
    days: np.ndarray = ((start + 1).astype("datetime64[D]") - start.astype("datetime64[D]")).astype("int64")
    return days


def _moment(year: np.ndarray, number: dict[str, np.ndarray], unknown: dict[str, int]) -> np.ndarray:
    """Return datetime64[s] with unknown parts replaced; day 0 stands for the last of the month, no year for NaT."""
    part = {name: np.where(np.isnan(number[name]), value, number[name]) for name, value in unknown.items()}
    known = ~np.isnan(year)
    safe = np.where(known, year, 2000)
    month = np.where(known, part["month"], 1)
    day = np.where(part["day"] == 0, _days_in(safe, month), part["day"])
    seconds = part["hour"] * 3600 + part["minute"] * 60 + part["second"]
    days = _months(safe, month).astype("datetime64[D]") + np.where(known, day - 1, 0).astype("int64")
    moment = days.astype("datetime64[s]") + np.where(known, seconds, 0).astype("int64")
    return np.where(known, moment, np.datetime64("NaT", "s"))
