"""Figures as files: the picture, and the numbers that are drawn."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from clinical.errors import OutsideError
from reports.figures.drawing import Drawing

FOLDER = "figures"


def write_figures(folder: Path, drawings: Iterable[Drawing]) -> None:
    """Write `report/figures/<id>.svg` and `<id>.csv` into a run folder; nothing of a figure without data.

    Raises:
        OutsideError: the disk refused.
    """
    drawn = [one for one in drawings if one.svg or len(one.data)]
    place = folder / "report" / FOLDER
    try:
        if drawn:
            place.mkdir(parents=True, exist_ok=True)
        for one in drawn:
            one.data.to_csv(place / f"{one.name}.csv", index=False, encoding="utf-8", lineterminator="\n")
            if one.svg:
                (place / f"{one.name}.svg").write_text(one.svg, encoding="utf-8", newline="\n")
    except OSError as error:
        raise OutsideError(f"{place}: cannot be written ({error.strerror}). Check the disk's space.") from error
