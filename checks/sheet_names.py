"""Names that Excel takes for a sheet."""

from __future__ import annotations

import re

_FORBIDDEN = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
LONGEST = 31


def unique_sheet_name(name: str, taken: set[str]) -> str:
    """Return the name without what Excel forbids, at most 31 characters, unlike every name in `taken`; add it there.

    Sheets are unlike if they differ in more than upper and lower case; an equal name gets a number.
    """
    base = _FORBIDDEN.sub(" ", name).strip().strip("'").strip() or "Sheet"
    if base.casefold() == "history":  # Excel keeps this one for itself
        base = "History list"
    candidate, number = base[:LONGEST].rstrip("' "), 1
    while candidate.casefold() in taken:
        number += 1
        ending = f" ({number})"
        candidate = base[: LONGEST - len(ending)].rstrip() + ending
    taken.add(candidate.casefold())
    return candidate
