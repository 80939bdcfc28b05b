"""Collected dates and times: the layouts in which a study writes them, and the parts that a text of one has.

Reference: SDTMIG 3.4, sections 4.4.1 and 4.4.2.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import pandas as pd

from clinical.dates import PARTS, Parts, parts_of_texts

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

    def parse(text: str) -> Parts | None:
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

    return parts_of_texts(values, parse)
