"""Writing a study as a workbook that a person reads and an import takes back without loss."""

from __future__ import annotations

from pathlib import Path

from clinical.errors import UsageError
from specs.excel.carried import carried_files, file_rows, origin_rows
from specs.excel.sheets import FILES_SHEET, ORIGIN_SHEET, SHEETS
from specs.excel.view import STANDARDS, StandardName, view_of
from specs.excel.writing import write_workbook
from specs.load import load_study, study_folder


def export_study(
    study: str | Path, path: Path, *, standards: tuple[StandardName, ...] = STANDARDS, replace: bool = False
) -> dict[str, int]:
    """Write the workbook of a study, and return the number of rows of each sheet.

    Args:
        study: a study under `specs/studies/`, or the path of such a folder.
        path: the workbook.
        standards: the standards whose datasets the sheets show; the YAML files are always all in it.
        replace: whether a workbook of that name may be replaced, edits in it included.

    Raises:
        SpecError: the specification is wrong.
        UsageError: the workbook is there already, or is no .xlsx.
    """
    if path.suffix.lower() != ".xlsx":
        raise UsageError(f"{path}: is no name of a workbook. Give one that ends with .xlsx.")
    if path.exists() and not replace:
        raise UsageError(f"{path}: is there already, perhaps with edits. Import it first, or give --replace.")
    loaded = load_study(study)
    texts = carried_files(study_folder(study))
    rows = view_of(loaded, texts, standards).rows
    path.parent.mkdir(parents=True, exist_ok=True)
    written = path.with_name(f".{path.name}.partial")
    try:
        extra = {
            ORIGIN_SHEET: list(origin_rows(loaded.id, standards, texts)),
            FILES_SHEET: list(file_rows(texts)),
        }
        write_workbook(written, f"Specification of {loaded.id}", rows | extra)
        written.replace(path)
    finally:
        written.unlink(missing_ok=True)
    return {form.name: len(rows.get(form.name, [])) for form in SHEETS}
