"""Writing a simulated export: one function a format, found by its name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from clinical.errors import UsageError, did_you_mean
from simulation.delimited import write_csv
from simulation.export import SimulatedExport
from simulation.odm import write_odm
from simulation.odm2 import write_odm2
from simulation.openclinica import write_openclinica
from simulation.rave import write_rave
from simulation.redcap import write_redcap
from simulation.sas_files import write_rave_sas, write_sas
from simulation.veeva import write_veeva
from simulation.workbook import write_xlsx
from specs.model.raw import RawContract

Writer = Callable[[SimulatedExport, RawContract, Path], None]

#: The formats that an export can be written in; a further one is a further line.
WRITERS: dict[str, Writer] = {
    "odm": write_odm,
    "csv": write_csv,
    "rave": write_rave,
    "rave-sas": write_rave_sas,
    "redcap": write_redcap,
    "openclinica": write_openclinica,
    "veeva": write_veeva,
    "xlsx": write_xlsx,
    "sas": write_sas,
    "odm2": write_odm2,
}


def write(export: SimulatedExport, contract: RawContract, path: Path, format_name: str) -> None:
    """Write an export in a format of `WRITERS`; the kinds of ODM and xlsx make a file, the others a folder.

    Raises:
        UsageError: the format is not known, or there is something at the path already.
    """
    if format_name not in WRITERS:
        known = ", ".join(WRITERS)
        raise UsageError(f"format '{format_name}' is not known.{did_you_mean(format_name, WRITERS)} Known: {known}.")
    if path.exists():
        raise UsageError(f"{path}: there is something of that name already. Remove it or choose another name.")
    WRITERS[format_name](export, contract, path)


def write_planted(planted: pd.DataFrame, path: Path) -> None:
    """Write the list of planted errors as CSV: kind, form, subject, record, column, original, planted."""
    planted.to_csv(path, index=False, encoding="utf-8", lineterminator="\n")


__all__ = ["WRITERS", "write", "write_csv", "write_odm", "write_planted"]
