"""Taking a workbook in: its changes carried into the YAML it came from, or a new study from one that has no YAML."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from clinical.errors import Problem, SpecError, UsageError
from specs.excel.book import Book, Row, read_book
from specs.excel.carried import Carried, carried_files, read_carried
from specs.excel.changes import Change, changes_between, conflicts, refuse_grey, refuse_grey_terms, refuse_unused
from specs.excel.edits import Edits, causes_of
from specs.excel.folders import place_study, write_files
from specs.excel.new_study import new_study
from specs.excel.references import check_references
from specs.excel.resolved import Tables, TermRows, resolve, view_rows
from specs.excel.sheets import COMMENTS, DATASETS, FILES_SHEET, ORIGIN_SHEET, VARIABLES, WHERE_CLAUSES
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
    carried in. With `replace`, changes go into the YAML that is in the folder now, comments and layout kept; a cell
    that was changed on both sides is a problem. Any other workbook becomes a new study, whose maps are to be written.

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
    problems = [*book.problems, *(() if book.is_incomplete else check_references(book))]
    carried = None
    if book.is_ours:
        origin, files = ([row.cells for row in book.rows.get(name, [])] for name in (ORIGIN_SHEET, FILES_SHEET))
        carried = read_carried(origin, files, problems)
    if not book.is_ours:
        return _new(book, problems, folder, replace, dry_run)
    if problems or carried is None:
        raise SpecError(_in_book(book, problems))
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


def _new(book: Book, problems: Sequence[Problem], folder: Path, replace: bool, dry_run: bool) -> Imported:
    made = new_study(book, resolve(book.rows))
    if problems or made.problems:
        raise SpecError(_in_book(book, [*problems, *made.problems]))
    still_open = _open(made.texts, folder.name)
    former = None if dry_run else place_study(folder, made.texts, keep_former=replace)
    notes = tuple(_in_book(book, [*book.notes, *made.notes]))
    return Imported(made.design["id"], folder, (), notes, made.counts, still_open, former)


def _open(texts: Mapping[str, str], name: str) -> int:
    """Return how many problems the linter has with files."""
    try:
        with tempfile.TemporaryDirectory() as place:
            _loaded(texts, Path(place) / name)
    except SpecError as error:
        return len(error.problems)
    return 0


def _loaded(texts: Mapping[str, str], folder: Path) -> Study:
    """Return the study that files make; they are written into a folder."""
    write_files(folder, texts)
    return load_study(folder)


def _edited(book: Book, carried: Carried, folder: Path, dry_run: bool) -> Imported:
    with tempfile.TemporaryDirectory() as place:
        return _carry(book, carried, folder, Path(place), dry_run)


def _carry(book: Book, carried: Carried, folder: Path, place: Path, dry_run: bool) -> Imported:
    """Carry the changes of a workbook of ours into the folder's YAML; `place` is for files on the way."""
    base_study = _loaded(carried.texts, place / "base" / folder.name)
    texts = carried_files(folder) if folder.exists() else dict(carried.texts)
    study = base_study if texts == carried.texts else load_study(folder)
    edited = resolve(book.rows)
    base = _tables(base_study, carried.texts, carried)
    changes = list(changes_between(base, edited))
    edits = Edits(study, texts, base, edited, _terminologies(study))
    problems = [
        *refuse_grey(changes),
        *refuse_grey_terms(base, edited),
        *refuse_unused(base, edited, book.of(COMMENTS), book.of(WHERE_CLAUSES)),
    ]
    if study is not base_study:
        problems += conflicts(changes, base, _tables(study, texts, carried), edited)
    if not problems:
        edits.apply(changes)
        problems = edits.problems
    if problems:
        raise SpecError(_in_book(book, problems))
    new = _checked(book, edits, place / "new" / folder.name)
    after = _tables(new, edits.texts, carried)
    if lost := list(_lost(changes, base, edited, after)):
        raise SpecError(_in_book(book, lost))
    if not dry_run:
        place_study(folder, edits.texts, former=texts)
    told = (*map(str, changes), *edits.told)
    return Imported(new.id, folder, told, tuple(_in_book(book, book.notes)))


def _tables(study: Study, texts: Mapping[str, str], carried: Carried) -> Tables:
    return resolve(view_rows(view_of(study, texts, carried.standards).rows))


def _terminologies(study: Study) -> tuple[Terminology, ...]:
    versions, own = study.design.standards, study.folder / "terminology"
    return (
        load_terminology("sdtm", versions.sdtm_terminology, own),
        load_terminology("adam", versions.adam_terminology, own),
    )


def _checked(book: Book, edits: Edits, folder: Path) -> Study:
    """Return the changed study; what its loader finds names the cell that it comes from."""
    try:
        return _loaded(edits.texts, folder)
    except SpecError as error:
        raise SpecError(causes_of(error.problems, edits.causes, book.file)) from None


def _lost(changes: Iterable[Change], base: Tables, edited: Tables, after: Tables) -> Iterator[Problem]:
    """Yield a problem for each change that the changed YAML does not show."""
    for change in changes:
        if change.row is None and change.key in after.of(change.form) and not change.key[0].startswith("SUPP"):
            yield Problem(change.place, "the row was removed, but the study still has it. Put the row back.")
        if change.row is None or (change.key[0].startswith("SUPP") and change.form in (DATASETS, VARIABLES)):
            continue
        shown = _same_row(change, edited, after)
        columns = [change.column] if change.kind == "changed" else list(change.row.cells)
        for column in columns:
            wanted = change.row.get(column)
            keys = (*change.form.keys, "Order", "Where Clause")
            if (
                column in keys
                or (shown is not None and shown.get(column) == wanted)
                or (column == "Mapping" and wanted)
            ):
                continue
            got = shown.get(column) if shown is not None else ""
            what = f"'{wanted}' cannot be said in YAML, which gives '{got}'. Put that back, or change the YAML itself."
            yield Problem(change.row.place(column), what)
    for name, terms in edited.codelists.items():
        yield from _lost_terms(terms, base.codelists.get(name), after.codelists.get(name))


def _lost_terms(terms: TermRows, base: TermRows | None, after: TermRows | None) -> Iterator[Problem]:
    """Yield a problem for each code and decode of a term that the changed YAML does not show."""
    known = {term for term, _, _ in base.facts[1]} if base else set()
    given = {term: facts for term, *facts in after.facts[1]} if after else {}
    for row in terms.rows:
        term = row.get("Term")
        for column, got in zip(("NCI Term Code", "Decoded Value"), given.get(term, ())):
            if row.get(column) != got and (row.get(column) or term in known):
                what = f"'{row.get(column)}': the terminology has '{got}' for {term}, which stays. Put that back."
                yield Problem(row.place(column), what)


def _same_row(change: Change, edited: Tables, after: Tables) -> Row | None:
    rows = after.of(change.form)
    if change.key in rows:
        return rows[change.key]
    wanted = edited.where.get(change.key)
    return next(
        (row for key, row in rows.items() if after.where.get(key) == wanted and key[:2] == change.key[:2]), None
    )
