"""The text that a number or a date becomes, where a file holds them as such."""

from __future__ import annotations

from datetime import date, datetime, time

from specs.model.raw_formats import DateText

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")

#: Whole numbers beyond this are written with an exponent, for a double no longer holds each of them.
_EXACT = 2**53


def number_text(value: float) -> str:
    """Return the shortest text that stands for a double; whole numbers have no decimal point.

    >>> [number_text(value) for value in (10.0, 2.50, 0.1, -0.0, 1e-7)]
    ['10', '2.5', '0.1', '0', '1e-07']
    """
    if value == int(value) and abs(value) < _EXACT:
        return str(int(value))
    return repr(value)


def date_text(value: datetime | date | time, style: DateText, *, clock: bool = False) -> str:
    """Return a date, a time or both as text; seconds only where there are any.

    Args:
        clock: whether midnight is a time of day; else a date and time at midnight is a date.

    >>> date_text(datetime(2026, 3, 1, 10, 30), "iso"), date_text(date(2026, 3, 1), "dd-mon-yyyy")
    ('2026-03-01T10:30', '01-MAR-2026')
    """
    moment = value if isinstance(value, time) else value.time() if isinstance(value, datetime) else time()
    hours = f"{moment:%H:%M:%S}" if moment.second else f"{moment:%H:%M}"
    if isinstance(value, time):
        return hours
    bare = moment == time() and not clock
    if style == "iso":
        day = f"{value.year:04d}-{value.month:02d}-{value.day:02d}"
        return day if bare else f"{day}T{hours}"
    day = f"{value.day:02d}-{_MONTHS[value.month - 1]}-{value.year:04d}"
    return day if bare else f"{day} {hours}"
