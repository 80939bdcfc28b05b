"""What passes between the readers of `raw` and the judgement of their records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import pandas as pd

from clinical import findings, provenance
from clinical.errors import RawDataError
from raw.source import Source
from specs.model.raw import RawContract
from specs.model.raw_formats import FormatName

#: A column of a reading beside the contract's: a digest of what the record holds outside the contract, 0 for nothing.
OTHER = "_OTHER"

#: Findings tables that are still apart.
Told = list[pd.DataFrame]

#: Of each file: `sha256`, `bytes` and `rows` (records).
Inputs = dict[str, dict[str, str | int]]


@dataclass(frozen=True)
class Reading:
    """An export as it was read, before any record is judged.

    `forms` holds one frame a form with the contract's columns, `clinical.provenance.COLUMNS` and `OTHER`.
    """

    forms: dict[str, pd.DataFrame]
    findings: pd.DataFrame
    snapshot: datetime
    inputs: Inputs
    metadata: dict[str, str]


class Reader(Protocol):
    """One kind of export. A further kind is a module with such a class, entered in `raw.export.READERS`."""

    @property
    def name(self) -> FormatName:
        """The name by which raw.yaml and the command line call the kind."""

    @property
    def kind(self) -> str:
        """The kind's name in messages, as `a folder of CSV files`."""

    def recognises(self, source: Source, contract: RawContract) -> bool:
        """Return whether the export is of this kind, by names, first bytes and column names only."""

    def read(self, source: Source, contract: RawContract, forms: tuple[str, ...]) -> Reading:
        """Return the named forms of the export."""


def remark(
    rule: str, message: str, *, form: str = "", severity: findings.Severity = "note", variable: str = ""
) -> pd.DataFrame:
    """Return one finding about a form (or, without one, about the export) as a whole."""
    place = pd.DataFrame({provenance.FORM: pd.Series([form], dtype="str")})
    return findings.report(rule, severity, message, source="raw", rows=place, variable=variable)


def refuse(problems: list[str]) -> None:
    """Raise all problems as one error, if there are any."""
    if problems:
        raise RawDataError("\n".join(dict.fromkeys(problems)))
