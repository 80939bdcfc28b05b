"""How SAS stores dates, times and datetimes: as numbers counted from 1960-01-01, told apart by their display format."""

from __future__ import annotations

import re
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from clinical.wording import count

Temporal = Literal["date", "datetime", "time"]

_DAY = 86_400
#: Seconds from 1960-01-01, where SAS counts from, to 1970-01-01, where datetime64 does.
_EPOCH_GAP = 3_653 * _DAY
#: The dates that SAS knows, 1582-01-01 to 19900-12-31, counted in days from 1960-01-01.
_FIRST_DAY, _LAST_DAY = -138_061, 6_552_815

# Formats that show one part only (YEAR, MONTH, QTR) are not here: they stand on plain numbers as often as on dates.
_DATES = (
    r"DATE|(DDMMYY|MMDDYY|YYMMDD|MMYY|YYMM|YYQ|YYQR)[BCDNPS]?|MONYY|YYMON|JULIAN|NENGO|MINGUO|WEEKDAT[EX]|"
    r"WORDDAT[EX]|[BE]8601DA|IS8601DA"
)
_DATETIMES = r"DATETIME|DATEAMPM|MDYAMPM|DT(DATE|MONYY|WKDATX|YEAR|YYQC)|[BE]8601D[NTXZ]|IS8601D[NTXZ]"
_TIMES = r"TIME|TIMEAMPM|TOD|HHMM|HOUR|MMSS|[BE]8601T[MXZ]|IS8601T[MXZ]"
#: A name that does not end in a digit, the width, a full stop, the decimals.
_FORMAT = re.compile(r"(\$?(?:[A-Z_][A-Z0-9_]*[A-Z_]|[A-Z_]?))?(\d{0,4})(?:\.(\d{0,2}))?")
_MOST_LETTERS = 8
_NAMES: tuple[tuple[Temporal, str], ...] = (("date", _DATES), ("datetime", _DATETIMES), ("time", _TIMES))


def split_format(sas_format: str | None) -> tuple[str, int, int] | None:
    """Return the name, width and decimals of a display format, 0 where it names none; None where it is no format.

    >>> split_format("DATE9."), split_format("8.2"), split_format("$20"), split_format(None)
    (('DATE', 9, 0), ('', 8, 2), ('$', 20, 0), ('', 0, 0))
    """
    found = _FORMAT.fullmatch((sas_format or "").strip().upper())
    if found is None or len(found[1] or "") > _MOST_LETTERS:
        return None
    return found[1] or "", int(found[2] or 0), int(found[3] or 0)


def temporal_kind(sas_format: str | None) -> Temporal | None:
    """Return what a number under this display format means, or None where it is just a number.

    >>> temporal_kind("DATE9."), temporal_kind("E8601DT19."), temporal_kind("8.2")
    ('date', 'datetime', None)
    """
    name = re.sub(r"\d*\.?\d*$", "", (sas_format or "").strip().upper())
    for kind, pattern in _NAMES:
        if re.fullmatch(pattern, name):
            return kind
    return None


def to_sas_dates(values: pd.Series) -> npt.NDArray[np.float64]:
    """Return datetime64 values as days since 1960-01-01; a time of day becomes a fraction; missing is NaN.

    >>> to_sas_dates(pd.Series(pd.to_datetime(["1960-01-01", "1970-01-01"]))).tolist()
    [0.0, 3653.0]
    """
    return to_sas_datetimes(values) / _DAY


def to_sas_datetimes(values: pd.Series) -> npt.NDArray[np.float64]:
    """Return datetime64 values as seconds since 1960-01-01 00:00:00; missing is NaN."""
    whole = values.to_numpy(dtype="datetime64[s]")
    rest = (values.to_numpy() - whole) / np.timedelta64(1, "s")
    seconds = np.where(np.isnat(whole), np.nan, whole.astype("int64").astype("float64"))
    return np.asarray(seconds + rest + _EPOCH_GAP, dtype="float64")


def to_sas_times(values: pd.Series) -> npt.NDArray[np.float64]:
    """Return timedelta64 values as seconds; missing is NaN."""
    return np.asarray(values.to_numpy() / np.timedelta64(1, "s"), dtype="float64")


def from_sas_dates(days: npt.NDArray[np.float64]) -> npt.NDArray[np.datetime64]:
    """Return SAS dates as datetime64[s]; NaN becomes NaT.

    Raises:
        OverflowError: a number lies outside the years 1582 to 19900, so it is no SAS date.
    """
    return from_sas_datetimes(days * _DAY)


def from_sas_datetimes(seconds: npt.NDArray[np.float64]) -> npt.NDArray[np.datetime64]:
    """Return SAS datetimes as datetime64[s], or datetime64[us] where one has a fraction of a second; NaN becomes NaT.

    Raises:
        OverflowError: a number lies outside the years 1582 to 19900, so it is no SAS datetime.
    """
    missing = np.isnan(seconds)
    known = np.where(missing, 0.0, seconds)
    outside = int(((known < _FIRST_DAY * _DAY) | (known >= (_LAST_DAY + 1) * _DAY)).sum())
    if outside:
        raise OverflowError(f"{count(outside, 'number', verb='are')} no date between the years 1582 and 19900")
    whole = bool((known == np.floor(known)).all())
    unit, scale = ("s", 1) if whole else ("us", 1_000_000)
    counted = np.rint(known * scale).astype("int64") - _EPOCH_GAP * scale
    moments: npt.NDArray[np.datetime64] = counted.astype(f"datetime64[{unit}]")
    moments[missing] = np.datetime64("NaT")
    return moments
