"""Columns of text as they grow, and the frame of a form made of them.

A cell is text or missing: an empty cell, a cell of blanks only and a text that the contract declares as missing are
NA; any other text stays as it is, its leading and trailing blanks included. Only the columns that identify a
record (subject, site, event, repeats) are made comparable: outer blanks are taken away and full-width forms folded
(Unicode NFKC), which is reported.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from clinical import provenance
from clinical.wording import count
from raw.reading import OTHER, Told, remark
from specs.model.raw import Form

TEXT = pa.large_string()

#: The provenance columns that an export states itself, in the order in which readers hold them.
KEYS = (
    provenance.SUBJECT,
    provenance.SITE,
    provenance.EVENT,
    provenance.EVENT_REPEAT,
    provenance.FORM_REPEAT,
    provenance.GROUP_REPEAT,
)


def text_array(values: Sequence[str | None], missing: tuple[str, ...] = ()) -> Any:
    """Return texts as an Arrow array with null for empty, blank and declared missing texts.

    >>> text_array(["NA", " ", "0012", ""]).to_pylist()
    ['NA', None, '0012', None]
    """
    return _packed(values, missing).dictionary_decode()


def tidy_text(column: Any) -> Any:
    """Return an Arrow array of text with null for empty and blank texts."""
    return _without_blanks(column.dictionary_encode(), ()).dictionary_decode()


def _packed(values: Sequence[str | None], missing: tuple[str, ...]) -> Any:
    """Return texts as `text_array` does, each different text held once."""
    return _without_blanks(pa.array(values, pa.dictionary(pa.int32(), TEXT)), missing)


def _without_blanks(encoded: Any, missing: tuple[str, ...]) -> Any:
    texts = encoded.dictionary
    blank = pc.or_(pc.equal(texts, ""), pc.utf8_is_space(texts))
    if missing:
        blank = pc.or_(blank, pc.is_in(texts, value_set=pa.array(missing, TEXT)))
    if not pc.any(blank).as_py():
        return encoded
    return pa.DictionaryArray.from_arrays(encoded.indices, pc.if_else(blank, pa.scalar(None, TEXT), texts))


class Columns:
    """Text columns that grow row by row and rest in packed chunks; a column may join late and is null before."""

    CHUNK = 8_000

    def __init__(self, names: Sequence[str], missing: tuple[str, ...] = ()) -> None:
        self.names = list(names)
        self.length = 0
        self._missing = missing
        self._pending: list[list[str | None]] = []
        self._chunks: list[list[Any]] = [[] for _ in self.names]

    def add(self, row: list[str | None]) -> None:
        """Append a row: one value a column, in the order of `names`."""
        self._pending.append(row)
        self.length += 1
        if len(self._pending) >= self.CHUNK:
            self._flush()

    def join(self, name: str) -> int:
        """Add a column, null in all rows so far, and return its position."""
        self._flush()
        self.names.append(name)
        self._chunks.append([_packed([None] * self.length, ())] if self.length else [])
        return len(self.names) - 1

    def take(self) -> dict[str, Any]:
        """Return the columns as Arrow arrays and let go of them."""
        self._flush()
        columns = {}
        for name, chunks in zip(self.names, self._chunks, strict=True):
            columns[name] = pa.concat_arrays([one.dictionary_decode() for one in chunks] or [pa.array([], TEXT)])
            chunks.clear()
        self.length = 0
        return columns

    def _flush(self) -> None:
        if self._pending:
            for chunks, values in zip(self._chunks, zip(*self._pending, strict=True), strict=True):
                chunks.append(_packed(values, self._missing))
            self._pending = []


def form_frame(
    name: str, form: Form, columns: Mapping[str, Any], other: np.ndarray, file: str
) -> tuple[pd.DataFrame, Told]:
    """Return the frame of a form and what was noticed while making it.

    Args:
        columns: Arrow text arrays by name: those of `KEYS` that the export has and those of the contract; a column
            that is absent is missing in all rows.
        other: the digests of `OTHER`, one a row.
    """
    length = len(other)
    made: dict[str, Any] = {}
    for column in form.columns:
        made[column] = _series(columns.get(column), length)
    changed: dict[str, int] = {}
    keys = {}
    for key in KEYS:
        tidy, changes = _comparable(columns[key]) if key in columns else (None, 0)
        keys[key] = _series(tidy, length)
        if changes:
            changed[key] = changes
    constants = {provenance.FILE: file, provenance.FORM: name, provenance.PAGE: form.page}
    for column in provenance.COLUMNS:
        if column in constants:
            made[column] = _series(pa.repeat(pa.scalar(constants[column], TEXT), length), length)
        elif column == provenance.ROW:
            made[column] = np.arange(1, length + 1, dtype="int64")
        else:
            made[column] = keys[column]
    made[OTHER] = other
    return pd.DataFrame(made, copy=False), _report_tidied(name, changed)


def _series(values: Any, length: int) -> pd.Series:
    return pd.Series(pd.array(pa.nulls(length, TEXT) if values is None else values, dtype="str"), copy=False)


def _comparable(values: Any) -> tuple[Any, int]:
    """Return key texts without outer blanks and full-width forms, and how many rows that changed."""
    encoded = values.dictionary_encode()
    found = encoded.dictionary.to_pylist()
    tidy = [unicodedata.normalize("NFKC", text).strip() for text in found]
    if tidy == found:
        return values, 0
    differs = pa.array([new != old for new, old in zip(tidy, found, strict=True)])
    changes = pc.sum(differs.take(encoded.indices)).as_py() or 0
    return text_array(tidy).take(encoded.indices), int(changes)


def _report_tidied(name: str, changed: Mapping[str, int]) -> Told:
    tables = []
    for key, changes in changed.items():
        what = key.strip("_").lower().replace("_", " ")
        tables.append(
            remark(
                "RAW.KEY_TIDIED",
                f"The {what} of {count(changes, 'record')} had outer blanks or full-width characters; it was read "
                "without them.",
                form=name,
            )
        )
    return tables


def row_codes(columns: Sequence[pd.Series]) -> np.ndarray:
    """Return a number for each row that rows share when they are equal in all columns; missing equals missing.

    Numbers count from 0 in order of first appearance.
    """
    codes = np.zeros(len(columns[0]), dtype="int64")
    for column in columns:
        values = pd.factorize(column)[0].astype("int64") + 1
        codes = pd.factorize(codes * (values.max(initial=0) + 1) + values)[0].astype("int64")
    return codes
