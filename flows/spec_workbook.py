"""The specification as a workbook on the command line: what was written, what changed, what was left out."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import typer

from clinical.errors import UsageError
from clinical.wording import count
from flows.terminal import say_json
from specs.excel import Imported, export_study, import_workbook
from specs.excel.view import STANDARDS
from specs.load import STUDIES

#: How many changes are printed; with --json all of them are told.
_SHOWN = 20


def export_spec(study: str, out: Path, standard: str | None, *, replace: bool, as_json: bool) -> None:
    """Write the workbook of a study and tell how many rows its sheets have."""
    chosen = tuple(name for name in STANDARDS if standard in (None, name))
    if not chosen:
        raise UsageError(f"--standard {standard}: is not known. Give sdtm or adam, or leave it out for both.")
    rows = export_study(study, out, standards=chosen, replace=replace)
    if as_json:
        say_json({"status": "written", "exit_code": 0, "workbook": str(out), "rows": rows})
        return
    counts = ", ".join(f"{number:,} in {name}" for name, number in rows.items() if number)
    typer.echo(f"Wrote {out}: {counts}.")


def import_spec(study: str, file: Path, *, replace: bool, dry_run: bool, as_json: bool) -> None:
    """Take a workbook in and tell what changed and what is left to do."""
    bundled = STUDIES / study
    folder = bundled if bundled.is_dir() and not Path(study).exists() else Path(study)
    done = import_workbook(file, folder, replace=replace, dry_run=dry_run)
    if as_json:
        say_json(
            {
                "status": "looked" if dry_run else "imported",
                "exit_code": 0,
                "study": done.study,
                "folder": str(done.folder),
                "changes": list(done.changes),
                "notes": [str(note) for note in done.notes],
                "counts": dict(done.counts),
                "open": list(map(str, done.open)),
                "former": str(done.former) if done.former else None,
            }
        )
        return
    for note in done.notes:
        typer.echo(f"Note: {note}")
    _tell_new(done) if done.counts else _tell_changes(done)
    if done.former:
        typer.echo(f"The folder that was there is kept as {done.former}")
    typer.echo(f"Nothing was written (--dry-run): {done.folder}" if dry_run else f"Folder: {done.folder}")


def _tell_changes(done: Imported) -> None:
    for change in done.changes[:_SHOWN]:
        typer.echo(change)
    if len(done.changes) > _SHOWN:
        typer.echo(f"… and {len(done.changes) - _SHOWN} more; --json tells all.")
    told = count(len(done.changes), "change") if done.changes else "nothing was changed"
    typer.echo(f"{done.study}: {told}.")


def _tell_new(done: Imported) -> None:
    counts = ", ".join(count(number, name.removesuffix("s")) for name, number in done.counts.items())
    typer.echo(f"{done.study}: a new study with {counts}.")
    if done.open:
        _tell_open(done)


def _tell_open(done: Imported) -> None:
    """Tell what is to be filled in, place by place or, of many places, file by file, and where to begin."""
    places = count(len(done.open), "place")
    typer.echo(f"A workbook does not say where records come from and how they are mapped. {places} to fill in or mend:")
    if len(done.open) <= _SHOWN:
        for problem in done.open:
            typer.echo(f"  {problem}")
    else:
        files = Counter(problem.where.partition(":")[0].partition("/")[2] for problem in done.open)
        typer.echo(f"  {', '.join(f'{file} {number}' for file, number in files.items())}")
    typer.echo(
        "Begin with raw.yaml, the forms of the export; then give each dataset its records and maps. "
        f"`cdiscflow spec lint {done.folder}` lists every place."
    )
