"""The state that a history of ODM transactions leads to.

Every item group in the file is one row here, in document order, and says for each item a value, that it is empty
(`CLEARED`), or nothing. A record is what subject, event, event repeat, form, form repeat and group repeat name. Its
state is, item by item, the last thing said of it after the last Remove of the record itself or of anything above it.

Reference: CDISC Operational Data Model 1.3.2, section 2.9 (TransactionType).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from clinical import provenance
from raw.frames import TEXT, row_codes

#: Said of an item: it has no value. No XML document can hold this character.
CLEARED = "\0"


class Kind(IntEnum):
    """What a transaction does; UNSAID where neither the element nor one above it says."""

    UNSAID = 0
    INSERT = 1
    UPDATE = 2
    UPSERT = 3
    REMOVE = 4
    CONTEXT = 5


KINDS = {kind.name.title(): kind for kind in Kind if kind}


class Removal(NamedTuple):
    """A Remove above the item group: of a subject (depth 0), one of its events (1) or one of their forms (2)."""

    order: int
    depth: int
    form: str | None
    keys: tuple[str | None, str | None, str | None, str | None]


@dataclass(frozen=True)
class Settled:
    """The records that are left: their columns, the row that first spoke of each, and what was counted."""

    columns: dict[str, Any]
    first: np.ndarray
    last: np.ndarray
    removed: int
    inserted_twice: int
    never_inserted: int


#: The columns that each depth adds to the one above it: subject, event, form, item group.
_DEPTHS = (
    (provenance.SUBJECT,),
    (provenance.EVENT, provenance.EVENT_REPEAT),
    (provenance.FORM_REPEAT,),
    (provenance.GROUP_REPEAT,),
)


def settle(columns: dict[str, Any], order: np.ndarray, kinds: np.ndarray, removals: list[Removal]) -> Settled:
    """Return the state after all transactions of one form.

    Args:
        columns: Arrow text arrays, one row an item group in document order; keys and items. It is emptied on the
            way, so that each column exists once.
        order: the place of each row in the order of all transactions of the file.
        kinds: the `Kind` of each row; CONTEXT only where the group says nothing of any item.
        removals: those of subjects, events and this form, in order.
    """
    codes = _codes_by_depth(columns, removals)
    alive = _alive(codes, order, kinds, removals) & (kinds != Kind.CONTEXT)
    record = codes[-1][: len(order)]
    touched = np.unique(record[kinds != Kind.CONTEXT])
    rows = np.flatnonzero(alive)
    record, kinds = record[rows], kinds[rows]
    groups, left = pd.factorize(record)
    first = np.full(len(left), len(order), dtype="int64")
    np.minimum.at(first, groups, rows)
    last = np.full(len(left), -1, dtype="int64")
    np.maximum.at(last, groups, rows)
    opens = rows == first[groups]
    settled = {}
    for name in list(columns):
        settled[name] = _cleared_to_null(_last_said(columns.pop(name), rows, groups, len(left)))
    return Settled(
        settled,
        first,
        last,
        removed=len(touched) - len(left),
        inserted_twice=int((~opens & (kinds == Kind.INSERT)).sum()),
        never_inserted=int((opens & (kinds == Kind.UPDATE)).sum()),
    )


def without_cleared(columns: dict[str, Any]) -> dict[str, Any]:
    """Return the columns with null where an item was said to be empty; for a file without transactions."""
    return {name: _cleared_to_null(columns.pop(name)) for name in list(columns)}


def _codes_by_depth(columns: dict[str, Any], removals: list[Removal]) -> list[np.ndarray]:
    """Return at each depth a number for what a row (then: a removal) names there."""
    keys = [provenance.SUBJECT, provenance.EVENT, provenance.EVENT_REPEAT, provenance.FORM_REPEAT]
    removed = dict(zip(keys, zip(*(removal.keys for removal in removals), strict=True), strict=False))
    found = []
    above: list[pd.Series] = []
    for added in _DEPTHS:
        for key in added:
            tail = pa.array(removed.get(key, [None] * len(removals)), TEXT)
            above.append(pd.Series(pd.array(pa.concat_arrays([columns[key], tail]), dtype="str")))
        codes = row_codes(above)
        found.append(codes)
        above = [pd.Series(codes)]
    return found


def _alive(codes: list[np.ndarray], order: np.ndarray, kinds: np.ndarray, removals: list[Removal]) -> np.ndarray:
    """Return which rows no Remove follows, at any depth."""
    length = len(order)
    alive = np.ones(length, dtype=bool)
    orders = np.array([removal.order for removal in removals], dtype="int64")
    depths = np.array([removal.depth for removal in removals], dtype="int64")
    for depth, named in enumerate(codes):
        ends = np.full(named.max(initial=-1) + 1, -1, dtype="int64")
        at = depths == depth
        np.maximum.at(ends, named[length:][at], orders[at])
        if depth == len(codes) - 1:
            own = kinds == Kind.REMOVE
            np.maximum.at(ends, named[:length][own], order[own])
        alive &= order > ends[named[:length]]
    return alive


def _last_said(values: Any, rows: np.ndarray, groups: np.ndarray, length: int) -> Any:
    """Return for each record the last value that one of its rows gives, null where none does."""
    if len(rows) == length:
        return values.take(pa.array(rows))
    said = values.is_valid().to_numpy(zero_copy_only=False)[rows]
    last = np.full(length, -1, dtype="int64")
    np.maximum.at(last, groups[said], rows[said])
    return values.take(pa.array(last, mask=last < 0))


def _cleared_to_null(values: Any) -> Any:
    cleared = pc.equal(values, CLEARED)
    return pc.if_else(cleared, pa.scalar(None, TEXT), values) if pc.any(cleared).as_py() else values
