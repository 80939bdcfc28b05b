"""What only the data say of a variable: whether it has values, how long they are, how many decimals, which dates."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pandas as pd

from clinical.numbers import number_text

#: A date of this and the next centuries as days since 1960.
_DATE_DIGITS = 5
_NUMBER = re.compile(r"-?(\d+)(?:\.(\d+))?")
_DATE = r"\d{4}-\d\d-\d\d"
#: Forms of ISO 8601, the first that all values have being the type; what is left has missing parts (`2020---12`).
_FORMS = (
    ("date", re.compile(_DATE)),
    ("partialDate", re.compile(rf"\d{{4}}(-\d\d)?|{_DATE}")),
    ("datetime", re.compile(rf"{_DATE}T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?")),
    ("partialDatetime", re.compile(rf"\d{{4}}(-\d\d)?|{_DATE}(T\d\d(:\d\d(:\d\d(\.\d+)?)?)?(Z|[+-]\d\d:\d\d)?)?")),
    ("durationDatetime", re.compile(r"[+-]?P[0-9YMWDTHS.,]+")),
    ("intervalDatetime", re.compile(r"[^/]+/[^/]+")),
    ("incompleteDatetime", re.compile(r"[0-9T:.+Z-]+")),
)
#: Variables whose values are ISO 8601: dates, durations, planned times, intervals.
_ISO_NAME = re.compile(r"[A-Z0-9]*(DTC|DUR|ELTM|EVLINT|STINT|ENINT)")


@dataclass(frozen=True)
class ValueFacts:
    """What a variable's values are like.

    `length` is that of the longest in bytes. `digits` and `decimals` are the most before and after the point, None
    where not all values are numbers. `iso` is the ISO 8601 type of all values, if they have one.
    """

    filled: bool = False
    length: int = 0
    digits: int | None = None
    decimals: int | None = None
    iso: str | None = None

    @property
    def number_type(self) -> tuple[str, int, int | None] | None:
        """The Define-XML type of numbers, with length and decimals, or None where not all values are numbers."""
        if self.digits is None or self.decimals is None:
            return None
        if self.decimals == 0:
            return "integer", self.digits, None
        return "float", self.digits + self.decimals, self.decimals


def measure(values: pd.Series, encoding: str = "utf-8") -> ValueFacts:
    """Return what values are like; each distinct one is looked at once."""
    present = values.dropna()
    if present.empty:
        return ValueFacts()
    if pd.api.types.is_datetime64_any_dtype(present):
        return ValueFacts(filled=True, length=8, digits=_DATE_DIGITS, decimals=0)
    distinct = pd.Series(present.unique())
    if pd.api.types.is_numeric_dtype(distinct):
        texts = [_plain(text) for text in number_text(distinct.astype("float64")).tolist()]
        return ValueFacts(True, 8, *_digits(texts))
    texts = distinct.astype("str").tolist()
    return ValueFacts(True, max(len(text.encode(encoding)) for text in texts), *_digits(texts), _iso(texts))


def measure_by(frame: pd.DataFrame, code: str, variable: str) -> dict[str, ValueFacts]:
    """Return what a variable's values are like for each value of another one, in the order of these.

    Values of `code` without a value of the variable are left out.
    """
    pairs = frame[[code, variable]].dropna().drop_duplicates()
    return {str(key): measure(group) for key, group in pairs.groupby(code, sort=True)[variable]}


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


def _digits(texts: Iterable[str]) -> tuple[int | None, int | None]:
    found = [_NUMBER.fullmatch(text) for text in texts]
    if any(one is None for one in found):
        return None, None
    matched = [one for one in found if one is not None]
    return max(len(one[1]) for one in matched), max(len(one[2] or "") for one in matched)


def _plain(text: str) -> str:
    """Return a number without an exponent."""
    return format(Decimal(text), "f") if "e" in text or "inf" in text else text


def _iso(texts: list[str]) -> str | None:
    for name, form in _FORMS:
        if all(form.fullmatch(text) for text in texts):
            return name
    return None
