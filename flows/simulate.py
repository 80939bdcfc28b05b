"""Writing a synthetic export of a study."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from simulation import load_plan, simulate
from simulation.write import write, write_planted
from specs.load import load_study


def simulate_export(
    study: str, subjects: int, seed: int, out: Path, export_format: str, error_rate: float
) -> dict[str, Any]:
    """Write a synthetic export and return what was written, in counts.

    Raises:
        UsageError: the format is not known.
        SpecError: the study has no simulation plan, or it does not fit its contract.
    """
    loaded = load_study(study)
    export = simulate(load_plan(loaded.folder), loaded.raw, subjects=subjects, seed=seed, error_rate=error_rate)
    write(export, loaded.raw, out, export_format)
    if error_rate > 0:
        write_planted(export.planted, out.with_name(out.name + ".errors.csv"))
    return {
        "study": loaded.id,
        "subjects": subjects,
        "records": sum(map(len, export.forms.values())),
        "planted": len(export.planted),
        "export": str(out),
    }
