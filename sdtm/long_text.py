"""Text that is too long for one variable: its first part stays, the rest continues in SUPP--, COVALn or TSVALn.

Reference: SDTMIG 3.4, section 4.5.3.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from clinical.errors import MappingError, listed
from clinical.findings import combine, report
from clinical.wording import agree, count
from specs.long_text import LIMIT, clash, continuation, continued_variables, continues_within
from specs.model.dataset import DatasetSpec, VariableSpec

RULE = "MAP.LONG_TEXT"


@dataclass(frozen=True)
class Continued:
    """A dataset whose texts all fit: its specification and values with the continuations, and a note a variable."""

    spec: DatasetSpec
    columns: Mapping[str, pd.Series]
    findings: pd.DataFrame


def split_text(text: str) -> tuple[str, ...]:
    """Return a text in pieces of at most 200 bytes of UTF-8, each as long as a break between words allows.

    Rule: a break replaces one blank; between characters of Chinese and Japanese, and before a line break or tab, it
    replaces nothing. Only a word longer than a piece is broken, between two characters. Joined again (by a blank where
    one was replaced) the pieces are the text; blanks at its end do not count, as in every transport file.
    Missing: a text that cannot be divided without loss, because of 200 blanks in a row, is returned whole.
    Reference: SDTMIG 3.4, section 4.5.3.2.
    Example: `abc` 60 times with blanks between becomes 50 times `abc`, which are 199 bytes, and 10 times `abc`.
    """
    rest, pieces = text.rstrip(), []
    while len(rest.encode()) > LIMIT:
        end = _find_break(rest)
        if end is None:
            return (text,)
        pieces.append(rest[:end])
        rest = rest[end:].removeprefix(" ")
    return (*pieces, rest)


def _find_break(text: str) -> int | None:
    """Return how many characters the first piece has, or None where no piece fits that ends in more than blanks."""
    fitting = len(text.encode()[:LIMIT].decode(errors="ignore"))
    ends = [end for end in range(fitting, 0, -1) if not text[end - 1].isspace()]
    whole = [end for end in ends if not _is_mark(text[end])] or ends
    between_words = (end for end in whole if text[end].isspace() or _is_wide(text[end]) or _is_wide(text[end - 1]))
    return next(between_words, whole[0] if whole else None)


def _is_mark(character: str) -> bool:
    """Return whether a character is a part of the one before it, as an accent is."""
    return unicodedata.category(character).startswith("M")


def _is_wide(character: str) -> bool:
    """Return whether a character is of a script without blanks between words, or its punctuation."""
    return unicodedata.east_asian_width(character) in "WF" and not "\uac00" <= character <= "\ud7a3"


def divide(values: pd.Series) -> tuple[list[pd.Series], int]:
    """Return a column as columns of at most 200 bytes, the first with the beginnings, and how many values were divided.

    Values within the limit are not touched; continuations are missing for them.
    """
    sizes = pc.fill_null(pc.binary_length(pa.array(values.astype("str"))), 0)
    long = np.flatnonzero(np.asarray(sizes) > LIMIT)
    if not len(long):
        return [values], 0
    codes, distinct = pd.factorize(values.iloc[long])
    pieces = [split_text(text) for text in distinct.tolist()]
    columns = []
    for number in range(max(map(len, pieces))):
        column = pd.Series(None, index=values.index, dtype="str") if number else values.copy()
        parts = pd.Index([one[number] if number < len(one) else None for one in pieces], dtype="str")
        column.iloc[long] = parts.take(codes)
        columns.append(column)
    divided = np.array([len(one) > 1 for one in pieces], dtype=bool)
    return columns, int(divided[codes].sum())


def continue_long_text(spec: DatasetSpec, values: Mapping[str, pd.Series]) -> Continued:
    """Return a dataset's values with every text in variables that hold it, and a note for each variable concerned.

    Rule: the beginning stays in the variable; the rest becomes supplemental qualifiers, or COVAL1 and TSVAL1 onwards.
    Reference: SDTMIG 3.4, section 4.5.3.

    Raises:
        MappingError: the name of a continuation is that of a variable or qualifier of the dataset.
    """
    extended, built, notes = spec, dict(values), []
    for variable in continued_variables(spec):
        columns, count = divide(values[variable.name])
        if not count:
            continue
        made = tuple(continuation(spec, variable, number) for number in range(1, len(columns)))
        names = [one.name for one in made]
        if problem := clash(extended, variable.name, names):
            raise MappingError(f"{spec.name}.{variable.name}: {problem}")
        built |= dict(zip((variable.name, *names), columns, strict=True))
        extended = _extended(extended, variable, made)
        notes.append(_note(spec, variable, names, count))
    return Continued(extended, built, combine(notes))


def _extended(spec: DatasetSpec, variable: VariableSpec, made: tuple[VariableSpec, ...]) -> DatasetSpec:
    if not continues_within(spec, variable):
        return replace(spec, supplemental=(*spec.supplemental, *made))
    place = spec.names.index(variable.name) + 1
    return replace(spec, variables=(*spec.variables[:place], *made, *spec.variables[place:]))


def _note(spec: DatasetSpec, variable: VariableSpec, names: list[str], longer: int) -> pd.DataFrame:
    where = "" if continues_within(spec, variable) else f" of SUPP{spec.name}"
    subject = f"{count(longer, 'value', verb='have')} more than 200 bytes and {agree(longer, 'continue')}"
    message = f"{subject} in {listed(names)}{where}. Nothing is lost; join the parts to read them."
    return report(RULE, "note", message, source="raw", dataset=spec.name, variable=variable.name)
