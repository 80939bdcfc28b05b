"""Columns of text from codes, days and numbers: what a site would have typed, as Arrow arrays; NA where nothing is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from simulation.draws import Draws, Flags, Floats, Ints

#: An Arrow array of large strings.
Text = Any

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_EPOCH = date(1970, 1, 1)

#: How much of a date is known.
YEAR, MONTH, DAY = 0, 1, 2


def day_number(day: date) -> float:
    """Return a calendar day as days since 1970-01-01."""
    return float((day - _EPOCH).days)


def texts(values: Sequence[str | None], codes: Ints) -> Text:
    """Return the text of each code; a negative code and an empty text are missing."""
    table = pa.array([value or None for value in values] + [None], type=pa.large_string())
    return table.take(pa.array(np.where(codes < 0, len(values), codes)))


def constant(value: str | None, size: int) -> Text:
    """Return the same text in every row."""
    return texts([value], np.zeros(size, dtype="int64"))


def flags(values: Flags, yes: str, no: str | None) -> Text:
    """Return one text for True and another one (or none) for False."""
    return texts([no, yes], values.astype("int64"))


def only(where: Flags, column: Text) -> Text:
    """Return a column with missing values where `where` is False."""
    return pc.if_else(pa.array(where), column, pa.scalar(None, pa.large_string()))


def dates(days: Floats, known: Ints | None = None) -> Text:
    """Return days as DD-MON-YYYY; unknown parts as UN-MON-YYYY or UN-UNK-YYYY; missing where not finite."""
    real = np.isfinite(days)
    if not real.any():
        return pa.nulls(len(days), pa.large_string())
    first, last = int(days[real].min()), int(days[real].max())
    calendar = [_EPOCH + timedelta(days=day) for day in range(first, last + 1)]
    table = [f"UN-UNK-{day.year}" for day in calendar]
    table += [f"UN-{_MONTHS[day.month - 1]}-{day.year}" for day in calendar]
    table += [f"{day.day:02d}-{_MONTHS[day.month - 1]}-{day.year}" for day in calendar]
    level = np.full(len(days), DAY, dtype="int64") if known is None else known
    offset = np.where(real, days, first).astype("int64") - first
    return texts(table, np.where(real, level * len(calendar) + offset, -1))


def clock(minutes: Floats) -> Text:
    """Return minutes of the day as hh:mm; missing where not finite."""
    table = [f"{hour:02d}:{rest:02d}" for hour in range(24) for rest in range(60)]
    real = np.isfinite(minutes)
    return texts(table, np.where(real, np.where(real, minutes, 0), -1).astype("int64"))


def numbers(values: Floats, decimals: int) -> Text:
    """Return numbers rounded and without superfluous zeros; missing where not finite."""
    real = np.isfinite(values)
    scaled = np.round(np.where(real, values, 0) * 10**decimals).astype("int64")
    unique, codes = np.unique(scaled, return_inverse=True)
    table = [_decimal(int(number), decimals) for number in unique]
    return texts(table, np.where(real, codes, -1))


def _decimal(scaled: int, decimals: int) -> str:
    if not decimals:
        return str(scaled)
    sign, digits = ("-" if scaled < 0 else ""), f"{abs(scaled):0{decimals + 1}d}"
    return (sign + digits[:-decimals] + "." + digits[-decimals:]).rstrip("0").rstrip(".")


def joined(*parts: Text | str) -> Text:
    """Return parts written one after the other; missing where one of them is."""
    wide = [pa.scalar(part, pa.large_string()) if isinstance(part, str) else part for part in parts]
    return pc.binary_join_element_wise(*wide, pa.scalar("", pa.large_string()))


def filled(template: str, **parts: Text) -> Text:
    """Return a template such as `"{site}-{number}"` filled from columns; missing where one of them is."""
    pieces: list[Text | str] = []
    rest = template
    while "{" in rest:
        before, _, rest = rest.partition("{")
        name, _, rest = rest.partition("}")
        pieces += [before, parts[name]]
    return joined(*pieces, rest)


def padded(values: Ints, digits: int) -> Text:
    """Return whole numbers with leading zeros."""
    unique, codes = np.unique(values, return_inverse=True)
    return texts([f"{int(number):0{digits}d}" for number in unique], codes.astype("int64"))


def mixed_case(column: Text, upper: float, lower: float, draws: Draws) -> Text:
    """Return a column with a share of its texts in capitals and another one in small letters."""
    drawn = draws.uniform(len(column))
    loud = pc.if_else(pa.array(drawn < upper), pc.utf8_upper(column), column)
    return pc.if_else(pa.array(drawn >= 1 - lower), pc.utf8_lower(column), loud)


def partly_known(day_unknown: float, month_unknown: float, draws: Draws, size: int) -> Ints:
    """Return how much of each date is known: YEAR, MONTH or DAY."""
    drawn = draws.uniform(size)
    levels = np.where(drawn < month_unknown + day_unknown, MONTH, DAY)
    return np.where(drawn < month_unknown, YEAR, levels).astype("int64")


def content(lines: Text) -> memoryview:
    """Return the bytes of all texts of an array, one after the other, without copying them."""
    _, offset_buffer, data = lines.buffers()
    offsets = np.frombuffer(offset_buffer, dtype="int64")[lines.offset : lines.offset + len(lines) + 1]
    return memoryview(data)[int(offsets[0]) : int(offsets[-1])]
