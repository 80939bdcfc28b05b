"""Text as a cell of a workbook keeps it."""

from __future__ import annotations

import re

#: The longest text that an Excel cell holds.
CELL = 32_767
#: What XML cannot hold, what `_x000D_` would be taken for, and the sign that marks both.
_UNSAFE = re.compile(r"\\|_(?=x)|x(?=005F_)|[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_ESCAPED = re.compile(r"\\(\\|u[0-9a-f]{4})")


def escaped(text: str) -> str:
    """Return a text of which every program for workbooks gives back each character; `unescaped` undoes it."""
    return _UNSAFE.sub(lambda found: "\\\\" if found[0] == "\\" else f"\\u{ord(found[0]):04x}", text)


def unescaped(text: str) -> str:
    """Return the text that `escaped` was given."""
    return _ESCAPED.sub(lambda found: "\\" if found[1] == "\\" else chr(int(found[1][1:], 16)), text)


def as_read(text: str) -> str:
    """Return a text as it comes back from a workbook: cut to a cell's length, with line ends of one kind."""
    cut = text[:CELL].replace("x005F_", "")
    shown = re.sub(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]", lambda found: f"_x{ord(found[0]):04X}_", cut)
    return shown.replace("_x000D_", "")
