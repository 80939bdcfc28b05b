"""What a name in a spec refers to: a column of the record's own form, of another form, or a dataset's variable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Reference:
    """`own`: a column of the record's form; `form`: a column of form `owner`; `variable`: of dataset `owner`."""

    kind: Literal["own", "form", "variable"]
    name: str
    owner: str = ""


def parse_reference(text: str) -> Reference:
    """Return the reference that a text stands for: `COLUMN`, `form.COLUMN` or `DATASET.VARIABLE`."""
    owner, dot, name = text.partition(".")
    if not dot:
        return Reference("own", text)
    if owner.isupper():
        return Reference("variable", name, owner)
    return Reference("form", name, owner)
