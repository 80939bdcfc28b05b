"""Results as files: the results dataset, and each table as it is shown."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from clinical.errors import OutsideError
from reports.results.tables import Results, ResultTable

#: What indents a row label in a table's CSV.
_INDENT = "  "


def write_results(folder: Path, results: Results) -> None:
    """Write `report/results.csv` and `report/tables/<id>.csv` into a run folder; nothing where there are no tables.

    Raises:
        OutsideError: the disk refused.
    """
    if not results.tables:
        return
    report = folder / "report"
    try:
        (report / "tables").mkdir(parents=True, exist_ok=True)
        results.records.to_csv(report / "results.csv", index=False, encoding="utf-8", lineterminator="\n")
        for table in results.tables:
            path = report / "tables" / f"{table.id.lower()}.csv"
            path.write_text(_csv(table), encoding="utf-8", newline="\n")
    except OSError as error:
        raise OutsideError(f"{report}: cannot be written ({error.strerror}). Check the disk's space.") from error


def _csv(table: ResultTable) -> str:
    """Return a table's rows under its heads; labels are indented, notes are left to the page."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.header)
    writer.writerows((_INDENT * indent + row[0], *row[1:]) for row, indent in zip(table.rows, table.indents))
    return text.getvalue()
