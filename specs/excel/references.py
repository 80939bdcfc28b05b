"""What a workbook may get wrong by itself: rows given twice, names that are nowhere defined, words, lengths."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import get_args

from clinical.errors import Problem, did_you_mean, listed
from specs.excel.book import Book, Row
from specs.excel.resolved import SUPP_VARIABLES, key_variables
from specs.excel.sheets import (
    CODELISTS,
    COMMENTS,
    COMPARATORS,
    CORES,
    CRITERIA,
    DATA_TYPES,
    DATASETS,
    DICTIONARIES,
    FORMER_ORIGINS,
    METHOD_TYPES,
    METHODS,
    ORIGINS,
    RESULTS,
    SHEETS,
    SOURCES,
    VALUE_LEVEL,
    VARIABLES,
    WHERE_CLAUSES,
    SheetForm,
)
from specs.model.adam import AdamClass
from specs.model.dataset import SdtmClass

#: Columns that hold one of some words.
_WORDS: tuple[tuple[SheetForm, str, Collection[str]], ...] = (
    (VARIABLES, "Data Type", DATA_TYPES),
    (VARIABLES, "Origin", (*ORIGINS, *FORMER_ORIGINS)),
    (VARIABLES, "Source", SOURCES),
    (VARIABLES, "Core", CORES),
    (VALUE_LEVEL, "Data Type", DATA_TYPES),
    (VALUE_LEVEL, "Origin", (*ORIGINS, *FORMER_ORIGINS)),
    (VALUE_LEVEL, "Source", SOURCES),
    (WHERE_CLAUSES, "Comparator", COMPARATORS),
    (METHODS, "Type", METHOD_TYPES),
)
#: A needed column whose cells say something when they are empty.
_MAY_BE_EMPTY = {("Study", "Value")}
_LABEL = 40
_NAME = re.compile(r"[A-Z_][A-Z0-9_]{0,7}")


def check_references(book: Book) -> Iterator[Problem]:
    """Yield everything that is wrong with a workbook without looking at the standards."""
    yield from _twice(book)
    yield from _empty(book)
    for form, column, words in _WORDS:
        yield from _one_of(book, form, column, words)
    if book.is_ours:
        yield from _classes(book)
    yield from _names(book)
    if not book.is_incomplete:  # what a sheet or column that is not there would say is not known
        yield from _undefined(book)
    yield from _lengths(book)
    yield from _where_clauses(book)
    yield from _codelists(book)


def _twice(book: Book) -> Iterator[Problem]:
    for form in SHEETS:
        first: dict[tuple[str, ...], int] = {}
        for row in book.of(form) if form.keys else ():
            key = tuple(row.get(name) for name in form.keys)
            if all(key) and first.setdefault(key, row.number) != row.number:
                place = row.place(form.keys[-1])
                yield Problem(place, f"{' '.join(key)} stands in row {first[key]} already. Keep one of the two rows.")


def _empty(book: Book) -> Iterator[Problem]:
    """Yield a problem for each column that every row needs and that has empty cells."""
    for name, rows in empty_cells(book).items():
        others = f" So are rows {listed([str(row.number) for row in rows[1:]])}." if len(rows) > 1 else ""
        yield Problem(rows[0].place(name[1]), f"is empty, expected a text. Fill it in.{others}")


def empty_cells(book: Book) -> dict[tuple[str, str], list[Row]]:
    """Return the rows with an empty cell by sheet and column, where every row needs a text.

    In a condition of an analysis no value stands for one that is missing; value-level metadata needs one.
    """
    levels = {row.get("Where Clause") for row in book.of(VALUE_LEVEL)}
    found: dict[tuple[str, str], list[Row]] = {}
    for form in SHEETS:
        for column in form.columns:
            name = (form.name, column.name)
            if not column.needed or column.name not in book.columns.get(form.name, ()) or name in _MAY_BE_EMPTY:
                continue
            for row in book.of(form):
                is_analysis = form is WHERE_CLAUSES and book.is_ours and row.get("ID") not in levels
                if not row.get(column.name) and not (is_analysis and column.name == "Value"):
                    found.setdefault(name, []).append(row)
    return found


def _one_of(book: Book, form: SheetForm, column: str, words: Collection[str]) -> Iterator[Problem]:
    for row in book.of(form):
        found = row.get(column)
        if found and found not in words:
            what = f"'{found}' is not known.{did_you_mean(found, words)} Expected {listed(tuple(words))}."
            yield Problem(row.place(column), what)


def _classes(book: Book) -> Iterator[Problem]:
    for row in book.of(DATASETS):
        found = row.get("Class")
        words = get_args(AdamClass if row.get("Purpose") == "Analysis" else SdtmClass)
        if found and found not in words:
            what = f"'{found}' is no class of a dataset.{did_you_mean(found, words)} Expected {listed(words)}."
            yield Problem(row.place("Class"), what)


def _names(book: Book) -> Iterator[Problem]:
    for form, column in ((DATASETS, "Dataset"), (VARIABLES, "Variable")):
        for row in book.of(form):
            found = row.get(column)
            if found and not _NAME.fullmatch(found):
                what = f"'{found}' is no SAS V5 name, expected at most 8 of A-Z, 0-9 and _. Rename it."
                yield Problem(row.place(column), what)
    for form, column in ((DATASETS, "Description"), (VARIABLES, "Label")):
        for row in book.of(form):
            size = len(row.get(column).encode())
            if size > _LABEL:
                what = (
                    f"the label has {size} bytes, expected at most {_LABEL}, which a transport file holds. Shorten it."
                )
                yield Problem(row.place(column), what)


def _undefined(book: Book) -> Iterator[Problem]:
    """Yield a problem for each reference to a row that is nowhere."""
    datasets = {row.get("Dataset") for row in book.of(DATASETS)}
    known = {*datasets, *(f"SUPP{name}" for name in datasets if name)}
    for form in (VARIABLES, VALUE_LEVEL, WHERE_CLAUSES):
        yield from _unknown(book, form, "Dataset", known, DATASETS)
    for form in (VARIABLES, VALUE_LEVEL):
        lists = {row.get("ID") for one in (CODELISTS, DICTIONARIES) for row in book.of(one)}
        yield from _unknown(book, form, "Codelist", lists, CODELISTS)
        yield from _unknown(book, form, "Method", {row.get("ID") for row in book.of(METHODS)}, METHODS)
    comments = {row.get("ID") for row in book.of(COMMENTS)}
    for form in (DATASETS, VARIABLES, VALUE_LEVEL):
        yield from _unknown(book, form, "Comment", comments, COMMENTS)
    if not book.is_ours:  # in ours, no change of the sheet is taken in, whatever it names
        yield from _unknown(book, RESULTS, "Join Comment", comments, COMMENTS)
    for form in (VALUE_LEVEL, CRITERIA):
        clauses = {row.get("ID") for row in book.of(WHERE_CLAUSES)}
        yield from _unknown(book, form, "Where Clause", clauses, WHERE_CLAUSES)
    yield from _unknown_variables(book, known)


def _unknown(book: Book, form: SheetForm, column: str, known: Collection[str], owner: SheetForm) -> Iterator[Problem]:
    names = [name for name in known if name]
    for row in book.of(form):
        found = row.get(column)
        if found and found not in known:
            near = did_you_mean(found, names)
            what = f"'{found}' is not in sheet {owner.name}.{near} Add it there, or correct the name."
            yield Problem(row.place(column), what)


def _unknown_variables(book: Book, datasets: Collection[str]) -> Iterator[Problem]:
    by_dataset: dict[str, list[str]] = {}
    for row in book.of(VARIABLES):
        by_dataset.setdefault(row.get("Dataset"), []).append(row.get("Variable"))
    for name in datasets:
        if name.startswith("SUPP"):
            by_dataset.setdefault(name, []).extend(SUPP_VARIABLES)
    for row in book.of(DATASETS):
        names = by_dataset.get(row.get("Dataset"), [])
        for key in key_variables(row):
            if key not in names:
                yield _no_variable(row, "Key Variables", key, row.get("Dataset"), names)
    for form in (VALUE_LEVEL, WHERE_CLAUSES):
        for row in book.of(form):
            dataset, variable = row.get("Dataset"), row.get("Variable")
            names = by_dataset.get(dataset, [])
            if dataset in datasets and variable and variable not in names:
                yield _no_variable(row, "Variable", variable, dataset, names)


def _no_variable(row: Row, column: str, found: str, dataset: str, names: Collection[str]) -> Problem:
    near = did_you_mean(found, names)
    what = f"'{found}' is no variable of {dataset} in sheet Variables.{near} Add it there, or correct it."
    return Problem(row.place(column), what)


def _lengths(book: Book) -> Iterator[Problem]:
    for form in (VARIABLES, VALUE_LEVEL):
        for row in book.of(form):
            found = row.get("Length")
            is_number = DATA_TYPES.get(row.get("Data Type")) == "Num"
            most = 8 if book.is_ours and is_number and form is VARIABLES else 200
            if found and not (found.isdecimal() and 1 <= int(found) <= most):
                yield Problem(row.place("Length"), f"'{found}', expected a whole number from 1 to {most}. Correct it.")


def _where_clauses(book: Book) -> Iterator[Problem]:
    for row in book.of(WHERE_CLAUSES):
        if row.get("Comparator") in ("LT", "LE", "GT", "GE") and not _is_number(row.get("Value")):
            what = (
                f"'{row.get('Value')}' is compared by {row.get('Comparator')}, expected a number. Correct one of them."
            )
            yield Problem(row.place("Value"), what)
    owners = {row.get("ID"): row.get("Dataset") for row in book.of(WHERE_CLAUSES)}
    for row in book.of(VALUE_LEVEL):
        owner = owners.get(row.get("Where Clause"), row.get("Dataset"))
        if owner != row.get("Dataset"):
            clause = row.get("Where Clause")
            what = f"'{clause}' is a condition on {owner}, expected one on {row.get('Dataset')}. Correct it."
            yield Problem(row.place("Where Clause"), what)


def _is_number(text: str) -> bool:
    return re.fullmatch(r"[+-]?\d+(\.\d+)?", text.strip()) is not None


def _codelists(book: Book) -> Iterator[Problem]:
    """Yield a problem where two rows of one codelist contradict each other."""
    first: dict[str, Mapping[str, tuple[str, int]]] = {}
    for row in book.of(CODELISTS):
        said = {name: (row.get(name), row.number) for name in ("Name", "NCI Codelist Code")}
        known = first.setdefault(row.get("ID"), said)
        for name, (text, _) in said.items():
            expected, number = known[name]
            if text != expected:
                what = f"'{text}', but row {number} of codelist {row.get('ID')} has '{expected}'. Give them one."
                yield Problem(row.place(name), what)
