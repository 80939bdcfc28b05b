"""Taking a workbook in: its changes carried into the YAML it came from, or a new study from one that has no YAML."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from clinical.errors import Problem, SpecError, UsageError
from specs.excel.book import Book, read_book
from specs.excel.carried import Carried, carried_files, read_carried
from specs.excel.changes import Change, changes_between, refuse_grey
from specs.excel.edits import Edits, causes_of
from specs.excel.folders import place_study, write_files
from specs.excel.new_study import new_study
from specs.excel.references import check_references
from specs.excel.resolved import Tables, resolve, view_rows
from specs.excel.sheets import DATASETS, FILES_SHEET, ORIGIN_SHEET, VARIABLES
from specs.excel.view import view_of
from specs.load import load_study
from specs.model.study import Study
from specs.standards import Terminology, load_terminology


@dataclass(frozen=True)
class Imported:
    """What an import did: the study, its folder, what changed, and what of the workbook was not taken in.

    `open` is the number of things that `spec lint` still asks for, which a workbook of another origin cannot say.
    `former` is where the folder that was there before is kept, None where nothing was or only files of it changed.
    """

    study: str
    folder: Path
    changes: tuple[str, ...] = ()
    notes: tuple[Problem, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    open: int = 0
    former: Path | None = None


def import_workbook(path: Path, folder: Path, *, replace: bool = False, dry_run: bool = False) -> Imported:
    """Write a study's folder from a workbook, and return what was done.

    A workbook that `export_study` made gives back the YAML that it was made from, with every change of its sheets
    carried in. With `replace`, changes go into the YAML that is in the folder now, comments and layout kept; a cell that
    was changed on both sides is a problem. Any other workbook becomes a new study, whose maps are to be written.

    Args:
        path: the workbook.
        folder: the study's folder.
        replace: whether there may be a study already.
        dry_run: whether to look only, and write nothing.

    Raises:
        SpecError: anything is wrong with the workbook; all problems are in it, and nothing is written.
        UsageError: the folder is there already.
    """
    _require_free(folder, replace)
    book = read_book(path)
    problems = [*book.problems, *check_references(book)]
    carried = None
    if book.is_ours:
        sheets = ([row.cells for row in book.rows.get(name, [])] for name in (ORIGIN_SHEET, FILES_SHEET))
        carried = read_carried(*sheets, problems)
    if problems:
        raise SpecError(_in_book(book, problems))
    if carried is None:
        return _new(book, folder, replace, dry_run)
    return _edited(book, carried, folder, dry_run)


def _require_free(folder: Path, replace: bool) -> None:
    if folder.exists() and not replace and (not folder.is_dir() or any(folder.iterdir())):
        what = "is there already. Give another --out, or --replace to take the workbook's changes into it."
        raise UsageError(f"{folder}: {what}")
    if folder.exists() and replace and not (folder / "study.yaml").is_file():
        raise UsageError(f"{folder}: is no study's folder (no study.yaml), and is not replaced. Give another --out.")


def _in_book(book: Book, problems: Iterable[Problem]) -> Iterator[Problem]:
    """Yield the problems with the workbook's name in front of their place."""
    for problem in problems:
        place = problem.where if problem.where.startswith(book.file) else f"{book.file}, {problem.where}"
        yield Problem(place, problem.what)


def _new(book: Book, folder: Path, replace: bool, dry_run: bool) -> Imported:
    made = new_study(book, resolve(book.rows))
    if made.problems:
        raise SpecError(_in_book(book, made.problems))
    still_open = _open(made.texts, folder.name)
    former = None if dry_run else place_study(folder, made.texts, keep_former=replace)
    notes = tuple(_in_book(book, [*book.notes, *made.notes]))
    return Imported(made.design["id"], folder, (), notes, made.counts, still_open, former)


def _open(texts: Mapping[str, str], name: str) -> int:
    try:
        _loaded(texts, name)
    except SpecError as error:
        return len(error.problems)
    return 0


def _loaded(texts: Mapping[str, str], name: str) -> Study:
    """Return the study that files make, in a folder of its own."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / name
        write_files(folder, texts)
        return load_study(folder)


def _edited(book: Book, carried: Carried, folder: Path, dry_run: bool) -> Imported:
    base_study = _loaded(carried.texts, folder.name)
    texts = carried_files(folder) if folder.exists() else dict(carried.texts)
    study = base_study if texts == carried.texts else load_study(folder)
    edited = resolve(book.rows)
    base = resolve(view_rows(view_of(base_study, carried.texts, carried.standards).rows))
    changes = list(changes_between(base, edited))
    edits = Edits(study, texts, base, edited, _terminologies(study))
    problems = list(refuse_grey(changes))
    if study is not base_study:
        now = resolve(view_rows(view_of(study, texts, carried.standards).rows))
        problems += _conflicts(changes, base, now, edited)
    if not problems:
        edits.apply(changes)
        codelists = edits.apply_codelists()
        moved = edits.apply_order()
        problems = edits.problems
    if problems:
        raise SpecError(_in_book(book, problems))
    new = _checked(book, edits, folder.name)
    after = resolve(view_rows(view_of(new, edits.texts, carried.standards).rows))
    if lost := list(_lost(changes, edited, after)):
        raise SpecError(_in_book(book, lost))
    told = [str(change) for change in changes]
    told += [f"Codelists: {name} was changed" for name in codelists]
    told += [f"Variables: those of {name} are in another order" for name in moved]
    if not dry_run:
        place_study(folder, edits.texts, former=texts)
    return Imported(new.id, folder, tuple(told), tuple(_in_book(book, book.notes)))


def _terminologies(study: Study) -> tuple[Terminology, ...]:
    versions, own = study.design.standards, study.folder / "terminology"
    return (
        load_terminology("sdtm", versions.sdtm_terminology, own), load_terminology("adam", versions.adam_terminology, own),
    )  # fmt: skip


def _checked(book: Book, edits: Edits, name: str) -> Study:
    """Return the changed study; what its loader finds names the cell that it comes from."""
    try:
        return _loaded(edits.texts, name)
    except SpecError as error:
        raise SpecError(causes_of(error.problems, edits.causes, book.file)) from None


def _conflicts(changes: Iterable[Change], base: Tables, now: Tables, edited: Tables) -> Iterator[Problem]:
    """Yield a problem for each change of something that the folder's YAML says differently than when it was exported."""
    for change in changes:
        before, present = (tables.of(change.form).get(change.key) for tables in (base, now))
        if change.kind == "changed":
            found = present.get(change.column) if present else ""
            if present is None:
                yield Problem(
                    change.place, f"{' '.join(change.key)} is not in the folder's YAML any more. Remove the row."
                )
            elif found not in (change.old, change.new) and change.column != "Where Clause":
                what = f"is '{change.new}' here and '{found}' in the folder's YAML, and was '{change.old}'. Make them equal."
                yield Problem(change.place, what)
        elif (change.kind == "added" and present is not None) or (
            change.kind == "removed" and present is not None and before is not None and present.cells != before.cells
        ):
            what = f"{' '.join(change.key)} was {change.kind} here, and changed in the folder's YAML. Export again, and repeat it."
            yield Problem(change.place, what)
    for name, terms in edited.codelists.items():
        known = base.codelists.get(name)
        present_terms = now.codelists.get(name)
        if (known is None or known.facts != terms.facts) and (known and known.facts) != (
            present_terms and present_terms.facts
        ):
            what = f"codelist {name} was changed here and in the folder's YAML. Export again, and repeat the change."
            yield Problem(terms.rows[0].place("ID"), what)


def _lost(changes: Iterable[Change], edited: Tables, after: Tables) -> Iterator[Problem]:
    """Yield a problem for each change that the changed YAML does not show."""
    for change in changes:
        if change.row is None or change.key[0].startswith("SUPP") and change.form in (DATASETS, VARIABLES):
            continue
        shown = _same_row(change, edited, after)
        columns = [change.column] if change.kind == "changed" else list(change.row.cells)
        for column in columns:
            wanted = change.row.get(column)
            keys = (*change.form.keys, "Order", "Where Clause")
            if (
                column in keys
                or (shown is not None and shown.get(column) == wanted)
                or _says_as_much(column, shown, wanted)
            ):
                continue
            got = shown.get(column) if shown is not None else ""
            what = f"'{wanted}' cannot be said in YAML, which gives '{got}'. Put that back, or change the YAML itself."
            yield Problem(change.row.place(column), what)
    for name, terms in edited.codelists.items():
        given = after.codelists.get(name)
        if given is not None and sorted(given.facts[1]) != sorted(terms.facts[1]):
            row = next(row for row, fact in zip(terms.rows, terms.facts[1]) if fact not in given.facts[1])
            what = "code and decode of a published term are the terminology's. Put them back as they were."
            yield Problem(row.place("Term"), what)


def _says_as_much(column: str, shown: object, wanted: str) -> bool:
    return column == "Mapping" and bool(wanted)


def _same_row(change: Change, edited: Tables, after: Tables) -> object:
    rows = after.of(change.form)
    if change.key in rows:
        return rows[change.key]
    wanted = edited.where.get(change.key)
    return next(
        (row for key, row in rows.items() if after.where.get(key) == wanted and key[:2] == change.key[:2]), None
    )
