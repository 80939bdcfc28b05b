"""What only the data say of a variable: whether it has values, how long they are, how many decimals, which dates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pandas as pd

from clinical.numbers import number_text
from submission.sas_values import temporal_kind, to_sas_datetimes, to_sas_times

#: A date of this and the next centuries as days since 1960.
_DATE_DIGITS = 5
_NUMBER = r"-?[0-9]+(\.[0-9]+)?"
_DATE = r"\d{4}-\d\d-\d\d"
#: Forms of ISO 8601, the first that all values have being the type; what is left has missing parts (`2020---12`).
_FORMS = (
    ("date", _DATE),
    ("partialDate", rf"\d{{4}}(-\d\d)?|{_DATE}"),
    ("datetime", rf"{_DATE}T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?"),
    ("partialDatetime", rf"\d{{4}}(-\d\d)?|{_DATE}(T\d\d(:\d\d(:\d\d(\.\d+)?)?)?(Z|[+-]\d\d:\d\d)?)?"),
    ("durationDatetime", r"[+-]?P[0-9YMWDTHS.,]+"),
    ("intervalDatetime", r"[^/]+/[^/]+"),
    ("incompleteDatetime", r"[0-9T:.+Z-]+"),
)
#: Variables whose values are ISO 8601: dates, durations, planned times, intervals.
_ISO_NAME = re.compile(r"[A-Z0-9]*(DTC|DUR|ELTM|EVLINT|STINT|ENINT)")


@dataclass(frozen=True)
class ValueFacts:
    """What a variable's values are like.

    `length` is that of the longest in bytes. `digits` and `decimals` are the most before and after the point, None
    where not all values are numbers. `iso` is the ISO 8601 type of all values, if they have one. `gaps` says that some
    are missing.
    """

    filled: bool = False
    length: int = 0
    digits: int | None = None
    decimals: int | None = None
    iso: str | None = None
    gaps: bool = False

    @property
    def number_type(self) -> tuple[str, int, int | None] | None:
        """The Define-XML type of numbers, with length and decimals, or None where not all values are numbers."""
        if self.digits is None or self.decimals is None:
            return None
        if self.decimals == 0:
            return "integer", self.digits, None
        return "float", self.digits + self.decimals, self.decimals


def measure(
    values: pd.Series, *, iso: bool = False, encoding: str = "utf-8", sas_format: str | None = None
) -> ValueFacts:
    """Return what values are like; each distinct one is looked at once.

    Args:
        iso: whether to tell the ISO 8601 type.
        sas_format: the display format, by which moments are stored as days or as seconds.
    """
    present = values.dropna()
    gaps = len(present) < len(values)
    if present.empty:
        return ValueFacts(gaps=gaps)
    distinct = pd.Series(present.unique())
    if pd.api.types.is_timedelta64_dtype(distinct):
        distinct = pd.Series(to_sas_times(distinct))
    elif pd.api.types.is_datetime64_any_dtype(distinct):
        if temporal_kind(sas_format) != "datetime":
            return ValueFacts(filled=True, length=8, digits=_DATE_DIGITS, decimals=0, gaps=gaps)
        distinct = pd.Series(to_sas_datetimes(distinct))
    if pd.api.types.is_numeric_dtype(distinct):
        return ValueFacts(True, 8, *_digits(_number_texts(distinct)), gaps=gaps)
    texts = distinct.astype("str")
    return ValueFacts(True, _longest(texts, encoding), *_digits(texts), _iso(texts) if iso else None, gaps)


def values_by(frame: pd.DataFrame, code: str, variable: str) -> dict[str, pd.Series]:
    """Return the distinct values that a variable has for each value of another one, sorted by these.

    Values of `code` without a value of the variable are left out.
    """
    pairs = frame[[code, variable]].dropna().drop_duplicates()
    return {str(key): group for key, group in pairs.groupby(code, sort=True)[variable]}


def is_iso(name: str) -> bool:
    """Return whether a character variable of this name has values of ISO 8601.

    >>> [is_iso(name) for name in ("AESTDTC", "EXDUR", "AETERM")]
    [True, True, False]
    """
    return bool(_ISO_NAME.fullmatch(name))


def distinct_texts(values: pd.Series) -> tuple[str, ...]:
    """Return the distinct values as text, sorted; numbers in their shortest form."""
    present = values.dropna()
    if pd.api.types.is_numeric_dtype(present):
        numbers = pd.Series(np.sort(present.unique()), dtype="float64")
        return tuple(number_text(numbers).tolist())
    return tuple(sorted(str(one) for one in present.unique()))


def _number_texts(numbers: pd.Series) -> pd.Series:
    """Return numbers as text without exponents, to 12 significant digits.

    What binary arithmetic leaves behind in a quotient (14.499999999999998 for 14.5) is no digit of the value.
    """
    rounded = np.char.mod("%.12g", numbers.to_numpy(dtype="float64", na_value=np.nan)).astype("float64")
    texts = number_text(pd.Series(rounded, index=numbers.index))
    short = texts.str.contains("e", regex=False)
    if short.any():
        texts = texts.mask(short, pd.Series([format(Decimal(one), "f") for one in texts[short]], texts.index[short]))
    return texts


def _longest(texts: pd.Series, encoding: str) -> int:
    lengths: pd.Series = texts.str.encode(encoding).map(len)
    return int(lengths.max())


def _digits(texts: pd.Series) -> tuple[int | None, int | None]:
    if not texts.str.fullmatch(_NUMBER).all():
        return None, None
    whole = texts.str.replace(r"^-|\..*$", "", regex=True).str.len().max()
    decimals = texts.str.replace(r"^-?\d+\.?", "", regex=True).str.len().max()
    return int(whole), int(decimals)


def _iso(texts: pd.Series) -> str | None:
    return next((name for name, form in _FORMS if texts.str.fullmatch(form).all()), None)
