"""What the maps of a dataset do with a row of a form, read from the specification alone.

A row of a form becomes one record, or with a stack several; each is a `RecordRow`, in which helper columns stand for
constants or for items. A map turns it into uses: an item whose text becomes the variable's value, or a constant, each
under what is still open of the conditions once the row's constants have decided the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache

import pandas as pd

from clinical.conditions import Condition, Test
from specs.model.dataset import DatasetSpec, RecordSource, StackRow, VariableSpec
from specs.model.maps import (
    Assign,
    CompareDates,
    First,
    Hardcode,
    LastBefore,
    Map,
    Number,
    Recode,
    StudyDay,
    When,
)
from specs.model.study import Study
from specs.references import parse_reference


@dataclass(frozen=True, order=True)
class Item:
    """An item of a form; `name` begins with an underscore for what identifies the record (`_EVENT`)."""

    form: str
    name: str


@dataclass(frozen=True)
class Known:
    """A helper column that holds the same text in every such record; None where it has no value."""

    text: str | None


@dataclass(frozen=True)
class Variable:
    """A variable of a dataset, which a condition or map names."""

    dataset: str
    name: str


Meaning = Item | Known | Variable


@dataclass(frozen=True)
class Asked:
    """A test that the row's constants do not decide."""

    of: Item | Variable
    test: Test


#: What is open of a condition: all tests of one of the alternatives must hold; no alternative: it holds.
Open = tuple[tuple[Asked, ...], ...]


@dataclass(frozen=True)
class Use:
    """What a map makes of a row: a constant, or the value of items.

    `when` holds the conditions that are open; `instead` what was asked before, where this is what is left.
    """

    items: tuple[Item, ...] = ()
    value: str | None = None
    when: tuple[Open, ...] = ()
    instead: tuple[Asked, ...] = ()

    def asked(self) -> tuple[Asked, ...]:
        """Return every open test."""
        return tuple(one for condition in self.when for alternative in condition for one in alternative)


@dataclass(frozen=True)
class RecordRow:
    """One record that a row of a form becomes: the record's source, and the row of its stack, if it has one."""

    record: RecordSource
    row: StackRow | None = None

    @property
    def read(self) -> tuple[Item, ...]:
        """The items that the row of the stack takes from the form."""
        columns = self.row.columns.values() if self.row is not None else ()
        return tuple(Item(self.record.form, name) for name in columns)

    def meaning(self, reference: str) -> Meaning:
        """Return what a reference stands for in this record."""
        found = parse_reference(reference)
        if found.kind == "variable":
            return Variable(found.owner, found.name)
        if found.kind == "form":
            return Item(found.owner, found.name)
        if self.row is not None and self.record.stack is not None:
            if found.name in self.row.constants:
                return Known(self.row.constants[found.name])
            if found.name in self.row.columns:
                return Item(self.record.form, self.row.columns[found.name])
            if any(found.name in (*one.constants, *one.columns) for one in self.record.stack.rows):
                return Known(None)
        return Item(self.record.form, found.name)

    def open(self, condition: Condition) -> Open | None:
        """Return what is open of a condition, None where the row's constants say that it does not hold."""
        alternatives: list[tuple[Asked, ...]] = []
        for mapping in condition:
            meanings = [(self.meaning(column), test) for column, test in mapping.items()]
            if any(isinstance(one, Known) and not _holds(test, one.text) for one, test in meanings):
                continue
            asked = tuple(Asked(one, test) for one, test in meanings if not isinstance(one, Known))
            if not asked:
                return ()
            alternatives.append(asked)
        return None if condition and not alternatives else tuple(alternatives)


def rows_of(spec: DatasetSpec) -> tuple[RecordRow, ...]:
    """Return the records that the forms of a dataset become."""
    return tuple(
        RecordRow(record, row) for record in spec.records for row in (record.stack.rows if record.stack else (None,))
    )


def uses_of(study: Study, variable: VariableSpec, row: RecordRow) -> tuple[Use, ...]:
    """Return what the variable's map makes of a row."""
    outer: Map | None = row.record.map.get(variable.name, variable.map)
    return tuple(_uses(study, variable, outer, row, ())) if outer is not None else ()


def _uses(
    study: Study,
    variable: VariableSpec,
    outer: Map,
    row: RecordRow,
    above: tuple[Open, ...],
    instead: tuple[Asked, ...] = (),
) -> Iterator[Use]:
    here = row.open(outer.where)
    if here is None:
        return
    when = (*above, here) if here else above
    if isinstance(outer, First):
        for inner in outer.of:
            found = tuple(_uses(study, variable, inner, row, when, instead))
            yield from found
            instead += tuple(Asked(item, Test(present=True)) for use in found for item in use.items)
    elif isinstance(outer, When):
        yield from _cases(study, variable, outer, row, when, instead)
    else:
        use = _use(study, variable, outer, row)
        if use is not None:
            yield replace(use, when=when, instead=instead)


def _cases(
    study: Study,
    variable: VariableSpec,
    outer: When,
    row: RecordRow,
    when: tuple[Open, ...],
    instead: tuple[Asked, ...],
) -> Iterator[Use]:
    """Yield the uses of the cases that can hold; the first that holds in any event ends them."""
    for case in outer.cases:
        here = row.open(case.where)
        if here is None:
            continue
        yield from _uses(study, variable, case.map, row, (*when, here) if here else when, instead)
        if not here:
            return
        instead += tuple(one for alternative in here for one in alternative)
    if outer.otherwise is not None:
        yield from _uses(study, variable, outer.otherwise, row, when, instead)


def _use(study: Study, variable: VariableSpec, one: Map, row: RecordRow) -> Use | None:
    if isinstance(one, Hardcode):
        return Use(value=one.value)
    if isinstance(one, StudyDay | CompareDates | LastBefore):
        return None
    meanings = [row.meaning(reference) for reference in one.reads()]
    if isinstance(one, Assign | Recode | Number) and isinstance(meanings[0], Known):
        text = meanings[0].text
        return Use(value=_recoded(study, variable, one, text)) if text is not None else None
    items = tuple(dict.fromkeys(meaning for meaning in meanings if isinstance(meaning, Item)))
    return Use(items=items) if items else None


def _recoded(study: Study, variable: VariableSpec, one: Assign | Recode | Number, text: str) -> str:
    if isinstance(one, Recode):
        codelist = study.codelists.get(one.codelist or variable.codelist or "")
        return (codelist.submission_value(text) if codelist else None) or text
    if isinstance(one, Assign) and one.case:
        return text.upper() if one.case == "upper" else text.lower()
    return text


@cache
def _holds(test: Test, text: str | None) -> bool:
    return bool(test.holds(pd.Series([text], dtype="str"))[0])


def items_of(condition: Condition, row: RecordRow) -> Mapping[Item, Test]:
    """Return the items that a condition asks for a value of, whichever or a certain one."""
    asked = (one for alternative in row.open(condition) or () for one in alternative)
    return {one.of: one.test for one in asked if isinstance(one.of, Item) and one.test.present is not False}
