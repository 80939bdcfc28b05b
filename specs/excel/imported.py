"""Taking a workbook in: its changes carried into the YAML it came from, or a new study from one that has no YAML."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from clinical.errors import Problem, SpecError, UsageError
from specs.excel.book import Book, Row, read_book
from specs.excel.carried import Carried, carried_files, read_carried
from specs.excel.changes import (
    Change,
    changes_between,
    conflicts,
    refuse_grey,
    refuse_grey_terms,
    refuse_joins,
    refuse_unused,
)
from specs.excel.edits import Edits, causes_of
from specs.excel.faults import Faults, Rest
from specs.excel.folders import place_study, write_files
from specs.excel.new_study import new_study
from specs.excel.references import check_references
from specs.excel.resolved import Tables, TermRows, resolve, view_rows
from specs.excel.sheets import ANALYSES, COMMENTS, DATASETS, FILES_SHEET, ORIGIN_SHEET, VARIABLES, WHERE_CLAUSES
from specs.excel.view import view_of
from specs.load import load_study
from specs.model.study import Study
from specs.standards import Terminology, load_terminology


@dataclass(frozen=True)
class Imported:
    """What an import did: the study, its folder, what changed, and what of the workbook was not taken in.

    `open` is what `spec lint` still asks for, which a workbook of another origin cannot say.
    `former` is where the folder that was there before is kept, None where nothing was or only files of it changed.
    """

    study: str
    folder: Path
    changes: tuple[str, ...] = ()
    notes: tuple[Problem, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    open: tuple[Problem, ...] = ()
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
    problems = [*book.problems, *check_references(book)]
    carried = None
    if book.is_ours:
        unreadable: list[Problem] = []
        origin, files = ([row.cells for row in book.rows.get(name, [])] for name in (ORIGIN_SHEET, FILES_SHEET))
        carried = read_carried(origin, files, unreadable)
        problems += unreadable
    if not book.is_ours:
        return _new(book, problems, folder, replace, dry_run)
    if book.is_incomplete or carried is None:
        raise SpecError(_in_book(book, problems))
    with tempfile.TemporaryDirectory() as place:
        return _Edited(book, carried, folder, Path(place), problems).take_in(dry_run)


def _require_free(folder: Path, replace: bool) -> None:
    if folder.exists() and not replace and (not folder.is_dir() or any(folder.iterdir())):
        what = "is there already. Give another --out, or --replace to take the workbook's changes into it."
        raise UsageError(f"{folder}: {what}")
    if folder.exists() and replace and not (folder / "study.yaml").is_file():
        raise UsageError(f"{folder}: is no study's folder (no study.yaml), and is not replaced. Give another --out.")


def _in_book(book: Book, problems: Iterable[Problem]) -> Iterator[Problem]:
    """Yield the problems with the workbook's name in front of their place; the loader names a file of the study."""
    for problem in problems:
        is_placed = problem.where.startswith(book.file) or ".yaml" in problem.where
        place = problem.where if is_placed else f"{book.file}, {problem.where}"
        yield Problem(place, problem.what)


def _new(book: Book, problems: Sequence[Problem], folder: Path, replace: bool, dry_run: bool) -> Imported:
    made = new_study(book, resolve(book.rows))
    if problems or made.problems:
        raise SpecError(_in_book(book, [*problems, *made.problems]))
    still_open = _open(made.texts, folder.name)
    former = None if dry_run else place_study(folder, made.texts, keep_former=replace)
    notes = tuple(_in_book(book, [*book.notes, *made.notes]))
    return Imported(made.design["id"], folder, (), notes, made.counts, still_open, former)


def _open(texts: Mapping[str, str], name: str) -> tuple[Problem, ...]:
    """Return what the linter has against files."""
    try:
        with tempfile.TemporaryDirectory() as place:
            _loaded(texts, Path(place) / name)
    except SpecError as error:
        return tuple(problem for problem in error.problems if problem.where != name)  # what was not checked follows
    return ()


def _loaded(texts: Mapping[str, str], folder: Path) -> Study:
    """Return the study that files make; they are written into a folder."""
    write_files(folder, texts)
    return load_study(folder)


class _Edited:
    """The changes of a workbook of ours on their way into the folder's YAML; `place` is for files on the way.

    `problems` begins with what is wrong with the workbook by itself. What else is wrong is looked for in the changes
    that do not rest on that, so that one import tells all of it.
    """

    def __init__(self, book: Book, carried: Carried, folder: Path, place: Path, problems: Iterable[Problem]) -> None:
        self.book, self.carried, self.folder, self.place = book, carried, folder, place
        self.problems = list(problems)
        self.base_study = _loaded(carried.texts, place / "base" / folder.name)
        self.texts = carried_files(folder) if folder.exists() else dict(carried.texts)
        self.study = self.base_study if self.texts == carried.texts else load_study(folder)
        self.base = self._tables(self.base_study, carried.texts)
        self.edited = resolve(book.rows)
        gone = [form for form in ANALYSES if form.name not in book.rows]
        self.changes = [one for one in changes_between(self.base, self.edited) if one.form not in gone]

    def take_in(self, dry_run: bool) -> Imported:
        """Carry the changes in, and put the folder in its place."""
        self._refuse()
        edits, study = self._carry()
        if self.problems or study is None:
            raise SpecError(_in_book(self.book, self.problems))
        if not dry_run:
            place_study(self.folder, edits.texts, former=self.texts)
        told = (*map(str, self.changes), *edits.told)
        return Imported(study.id, self.folder, told, tuple(_in_book(self.book, (*self.book.notes, *edits.notes))))

    def _refuse(self) -> None:
        """Add what no edit can do: change what follows from other things, or what the YAML changed, too."""
        faults = Faults(self.book, self.problems)
        sound = [change for change in self.changes if not faults.is_in_cell(change)]
        comments, clauses = self.book.of(COMMENTS), self.book.of(WHERE_CLAUSES)
        found = [*refuse_grey(sound), *refuse_grey_terms(self.base, self.edited)]
        found += refuse_joins(self.base, self.edited, comments)
        if not self.problems:
            found += refuse_unused(self.base, self.edited, comments, clauses)
        if self.study is not self.base_study:
            now = self._tables(self.study, self.texts)
            found += conflicts(sound, self.base, now, self.edited)
        self.problems += [problem for problem in found if not faults.has(problem)]
        self.changes = [change for change in self.changes if change.form not in ANALYSES]

    def _carry(self) -> tuple[Edits, Study | None]:
        """Return the edited files and the study that they make; None where it cannot be made."""
        faults = Faults(self.book, self.problems)
        sound = [change for change in self.changes if not faults.is_in_cell(change)]
        edits = self._edits(sound, faults.rest(sound, self.base, self.edited).edited)
        self.problems += edits.problems
        rest = self._rest()
        if self.problems:
            edits = self._edits(rest.changes, rest.edited)
        if not rest.is_whole:
            what = (
                "whether the other changes fit the study was not checked, since rows that are new or gone have "
                "mistakes. Mend these first."
            )
            self.problems.append(Problem(self.book.file, what))
            return edits, None
        study, found = self._load(edits, "new")
        self.problems += found
        if study is None and len(self._rest().changes) < len(rest.changes):
            rest = self._rest()  # without the rows that the loader named
            edits = self._edits(rest.changes, rest.edited)
            study = self._load(edits, "rest")[0] if rest.is_whole else None
        if study is not None:
            self.problems += _lost(rest.changes, self.base, rest.edited, self._tables(study, edits.texts))
        return edits, study

    def _rest(self) -> Rest:
        """Return what is left without the rows that problems are about: all where there is none."""
        if not self.problems:
            return Rest(tuple(self.changes), self.edited, True)
        return Faults(self.book, self.problems).rest(self.changes, self.base, self.edited)

    def _load(self, edits: Edits, name: str) -> tuple[Study | None, list[Problem]]:
        """Return the study that edited files make; what its loader finds names the cell that it comes from."""
        try:
            return _loaded(edits.texts, self.place / name / self.folder.name), []
        except SpecError as error:
            return None, list(causes_of(error.problems, edits.causes, self.book.file))

    def _edits(self, changes: Sequence[Change], edited: Tables) -> Edits:
        edits = Edits(self.study, self.texts, self.base, edited, _terminologies(self.study))
        edits.apply(changes)
        return edits

    def _tables(self, study: Study, texts: Mapping[str, str]) -> Tables:
        return resolve(view_rows(view_of(study, texts, self.carried.standards).rows))


def _terminologies(study: Study) -> tuple[Terminology, ...]:
    versions, own = study.design.standards, study.folder / "terminology"
    return (
        load_terminology("sdtm", versions.sdtm_terminology, own),
        load_terminology("adam", versions.adam_terminology, own),
    )


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
