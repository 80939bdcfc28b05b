"""What an implementation guide says of one variable."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

DataType = Literal["Char", "Num"]
Core = Literal["Req", "Exp", "Perm", "Cond"]


@dataclass(frozen=True)
class StandardVariable:
    """A variable as the guide defines it.

    `codelists` are submission values of codelists (`NY`); `values` are permitted values where the guide lists them
    without a codelist; `format` is what the guide says of the content (`ISO 8601 duration`, `MedDRA`). ADaM
    variables have no role. An empty label means that the study gives it (ADaM's user-defined dates).
    """

    name: str
    label: str
    type: DataType
    role: str
    core: Core
    codelists: tuple[str, ...]
    format: str
    order: int
    values: tuple[str, ...] = ()
