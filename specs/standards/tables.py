"""Reading and writing the standards' CSV tables: text in, text out, the header verified."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path

from clinical.errors import Problem, SpecError, listed
from clinical.wording import count

#: Where the tables that come with the software stand.
BUNDLED = Path(__file__).parent


def read_table(path: Path, columns: Sequence[str]) -> list[list[str]]:
    """Return a table's rows as lists of text in the order of `columns`; blank cells are empty text.

    Raises:
        SpecError: the file is missing, is not UTF-8, has other columns, or a row is cut short.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header, *rows = csv.reader(file)
    except FileNotFoundError:
        raise SpecError([Problem(str(path), "the file is missing. Import the package again.")]) from None
    except UnicodeDecodeError:
        raise SpecError([Problem(str(path), "is not UTF-8 text. Save it as UTF-8.")]) from None
    except ValueError:
        raise SpecError([Problem(str(path), "is empty. Import the package again.")]) from None
    if header != list(columns):
        what = (
            f"the columns are not as expected (found {listed(header)}; expected {listed(columns)}). "
            "Restore the header, or import the package again."
        )
        raise SpecError([Problem(str(path), what)])
    short = [number for number, row in enumerate(rows, 2) if len(row) != len(columns)]
    if short:
        what = (
            f"{count(len(short), 'row', verb='do')} not have {count(len(columns), 'cell')} "
            f"(lines {listed([str(n) for n in short])}). Quote cells that hold a comma."
        )
        raise SpecError([Problem(str(path), what)])
    return rows


def write_table(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a table as UTF-8 CSV with Unix line ends, so that the same content gives the same bytes."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows(rows)


def versions_at_hand(folders: Iterable[Path], prefix: str) -> list[str]:
    """Return the versions of the packages called `<prefix>-<version>` in the folders, sorted, each once."""
    found = {path.name.removeprefix(f"{prefix}-") for folder in folders for path in folder.glob(f"{prefix}-[0-9]*")}
    return sorted(found)


def unknown_version(what: str, version: str, known: Sequence[str]) -> SpecError:
    """Return the error for a version that is not at hand; it names those that are."""
    at_hand = f"Versions at hand: {listed(known)}." if known else "No version of it is at hand."
    return SpecError([Problem(f"{what} {version}", f"this version is not at hand. {at_hand}")])
