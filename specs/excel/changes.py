"""What somebody changed in a workbook: its rows compared with those of the study that it was made from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from clinical.errors import Problem
from specs.excel.book import Row
from specs.excel.resolved import Key, Tables, TermRows, shown_conditions
from specs.excel.sheets import (
    ANALYSES,
    CODELISTS,
    COMMENTS,
    DATASETS,
    DICTIONARIES,
    DOCUMENTS,
    GREY,
    METHODS,
    RESULTS,
    STUDY,
    VALUE_LEVEL,
    VARIABLES,
    SheetForm,
)


@dataclass(frozen=True)
class Change:
    """A changed cell, or a row that was added or removed; `row` is the workbook's, None where it was removed."""

    kind: Literal["changed", "added", "removed"]
    form: SheetForm
    key: Key
    column: str = ""
    old: str = ""
    new: str = ""
    row: Row | None = None

    @property
    def place(self) -> str:
        """Where the change is: a cell, or the sheet and the key of a row that is gone."""
        if self.row is None:
            return f"{self.form.name} ({' '.join(self.key)})"
        return self.row.place(self.column or (self.row.letters and next(iter(self.row.letters))) or "A")

    def __str__(self) -> str:
        name = " ".join(self.key)
        if self.kind == "changed":
            return f"{self.place}: {name}: '{_short(self.old)}' is now '{_short(self.new)}'"
        return f"{self.form.name}: {name} was {self.kind}"


def changes_between(base: Tables, edited: Tables) -> Iterator[Change]:
    """Yield every difference, sheet by sheet; codelists and orders are compared as a whole elsewhere."""
    for form in (STUDY, DATASETS, VARIABLES, VALUE_LEVEL, DICTIONARIES, METHODS, DOCUMENTS, *ANALYSES):
        before, after = base.of(form), edited.of(form)
        for key, row in after.items():
            if key not in before:
                yield Change("added", form, key, row=row)
                continue
            yield from _changed_cells(form, key, before[key], row)
            if base.where.get(key) != edited.where.get(key):
                old, new = (shown_conditions(one.where.get(key, ())) for one in (base, edited))
                yield Change("changed", form, key, "Where Clause", old, new, row)
        for key in before:
            if key not in after:
                yield Change("removed", form, key)


def _changed_cells(form: SheetForm, key: Key, before: Row, after: Row) -> Iterator[Change]:
    for column in form.columns:
        name = column.name
        if name in form.keys or name == "Order":
            continue
        if before.get(name) != after.get(name):
            yield Change("changed", form, key, name, before.get(name), after.get(name), after)


def term_changes(name: str, before: TermRows | None, after: TermRows | None) -> Iterator[str]:
    """Yield in words what was changed in a codelist: its name, terms, decodes and order."""
    if before is None or after is None:
        yield f"{CODELISTS.name}: {name} was {'added' if before is None else 'removed'}"
        return
    old, new = ({row.get("Term"): row for row in one.rows} for one in (before, after))
    first = after.rows[0]
    if before.rows[0].get("Name") != first.get("Name"):
        renamed = f"'{_short(before.rows[0].get('Name'))}' is now '{_short(first.get('Name'))}'"
        yield f"{first.place('Name')}: {name}: {renamed}"
    for term, row in new.items():
        if term not in old:
            yield f"{row.place('Term')}: {name}: '{_short(term)}' was added"
            continue
        for column in ("NCI Term Code", "Decoded Value"):
            was, now = old[term].get(column), row.get(column)
            if was != now:
                yield f"{row.place(column)}: {name} '{_short(term)}': '{_short(was)}' is now '{_short(now)}'"
    yield from (f"{CODELISTS.name}: {name}: '{_short(term)}' was removed" for term in old if term not in new)
    if [term for term in old if term in new] != [term for term in new if term in old]:
        yield f"{CODELISTS.name}: the terms of {name} are in another order"


def refuse_grey(changes: list[Change]) -> Iterator[Problem]:
    """Yield a problem for each changed cell that follows from other things."""
    for change in changes:
        if change.form in ANALYSES:
            yield Problem(change.place, _of_analyses(change))
        elif change.kind == "changed" and change.column in GREY.get(change.form.name, ()):
            yield _grey(change.place, change.old, change.new)


def _of_analyses(change: Change) -> str:
    """Return what is said of a change in the sheets that show analyses.yaml."""
    behind, table = "this sheet shows analyses.yaml and is not taken in.", f"tables.{change.key[0]} in analyses.yaml"
    if change.kind == "added":
        return f"{behind} Remove the row, and write {table}."
    if change.kind == "removed":
        return f"the row was removed: {behind} Put it back, and change {table}."
    back = f"Put '{_short(change.old)}' back" if change.old else "Empty the cell"
    return f"'{_short(change.new)}': {behind} {back}, and change {table}."


def refuse_joins(base: Tables, edited: Tables, comments: list[Row]) -> Iterator[Problem]:
    """Yield a problem for each comment on the join of an analysis that was changed or removed: it is not the study's.

    Args:
        base: the study as it was exported.
        edited: the workbook.
        comments: the rows of Comments.
    """
    rows = {row.get("ID"): row for row in comments}
    what = "this is how each analysis of the dataset joins it, which follows from analyses.yaml."
    for name in dict.fromkeys(row.get("Join Comment") for row in base.of(RESULTS).values()):
        old, row = base.comments.get(name, ""), rows.get(name)
        if name and row is None and edited.of(RESULTS):
            yield Problem(f"{COMMENTS.name} ({name})", f"the row was removed: {what} Put it back.")
        elif row is not None and row.get("Description") != old:
            back = f"Put '{_short(old)}' back; a comment of your own is another row."
            yield Problem(row.place("Description"), f"'{_short(row.get('Description'))}': {what} {back}")


def refuse_grey_terms(base: Tables, edited: Tables) -> Iterator[Problem]:
    """Yield a problem for each code of a codelist, and each data type, that was changed."""
    for name, terms in edited.codelists.items():
        known = {row.get("Term"): row for row in base.codelists[name].rows} if name in base.codelists else {}
        for row in terms.rows:
            for column in ("NCI Codelist Code", "Data Type"):
                before = known.get(row.get("Term"))
                if before is not None and before.get(column) != row.get(column):
                    yield _grey(row.place(column), before.get(column), row.get(column))


def refuse_unused(base: Tables, edited: Tables, comments: list[Row], clauses: list[Row]) -> Iterator[Problem]:
    """Yield a problem for each new comment or where clause that no row names, so that nobody would see it."""
    used = {row.get("Comment") for form in (DATASETS, VARIABLES, VALUE_LEVEL) for row in edited.of(form).values()}
    for row in comments:
        if row.get("Description") not in used and row.get("ID") not in base.comments:
            yield Problem(
                row.place("ID"), f"comment {row.get('ID')} is named by no row. Name it in a Comment, or remove it."
            )
        for column in ("Document", "Pages"):
            if row.get(column):
                yield _grey(row.place(column), "", row.get(column))
    named = {key[2] for key in edited.of(VALUE_LEVEL)}
    for row in clauses:
        if row.get("ID") not in named and row.get("ID") not in base.clauses:
            yield Problem(
                row.place("ID"),
                f"where clause {row.get('ID')} is named by no row. Name it in ValueLevel, or remove it.",
            )


def conflicts(changes: Iterable[Change], base: Tables, now: Tables, edited: Tables) -> Iterator[Problem]:
    """Yield a problem for each change of something that was changed in the YAML, too.

    Args:
        changes: what was changed in the workbook.
        base: the study as it was exported.
        now: the study as the folder's YAML says it.
        edited: the workbook.
    """
    again = "Export again, and repeat the change."
    for change in changes:
        before, present = (tables.of(change.form).get(change.key) for tables in (base, now))
        name = " ".join(change.key)
        if change.kind == "changed" and present is None:
            yield Problem(change.place, f"{name} is not in the folder's YAML any more. Remove the row.")
        elif change.kind == "changed" and present is not None and change.column != "Where Clause":
            found = present.get(change.column)
            if found not in (change.old, change.new):
                shown = (_short(change.new), _short(found), _short(change.old))
                what = "is '{}' here, '{}' in the folder's YAML, and was '{}'. Make them equal.".format(*shown)
                yield Problem(change.place, what)
        elif change.kind == "added" and present is not None:
            yield Problem(change.place, f"{name} was added here, and is in the folder's YAML, too. {again}")
        elif change.kind == "removed" and before and present and present.cells != before.cells:
            yield Problem(change.place, f"{name} was removed here, and changed in the folder's YAML. {again}")
    for name, terms in edited.codelists.items():
        was, found_terms = base.codelists.get(name), now.codelists.get(name)
        changed_here = was is None or was.facts != terms.facts
        if changed_here and (was and was.facts) != (found_terms and found_terms.facts):
            what = f"codelist {name} was changed here and in the folder's YAML. {again}"
            yield Problem(terms.rows[0].place("ID"), what)


def _grey(place: str, old: str, new: str) -> Problem:
    back = f"Put '{old}' back." if old else "Empty the cell."
    return Problem(place, f"'{_short(new)}': this follows from other things and cannot be said here. {back}")


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "…"
