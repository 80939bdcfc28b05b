"""Which record of another dataset belongs to a row of a form: the join that the verb `related` and RELREC share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from clinical import provenance
from clinical.findings import as_text

RULE = "MAP.RELATED"

_ROW = [provenance.FORM, provenance.ROW]
_KEY = [provenance.SUBJECT, "KEY"]


@dataclass(frozen=True)
class Answers:
    """One row for each row that asked.

    Attributes:
        records: the columns asked for, missing where no single record answers.
        asked: whether the row asks for a record at all.
        absent: rows that ask for a record that is not there; `several`: rows that more than one record answers.
    """

    records: pd.DataFrame
    asked: np.ndarray
    absent: np.ndarray
    several: np.ndarray


def records_of_row(rows: pd.DataFrame, finished: pd.DataFrame, columns: list[str]) -> Answers:
    """Return what the records say that were made from the same row of the form.

    Rule: joined by form and row. Several records of one row count as one where they say the same.
    """
    known = finished[[*_ROW, *columns]].drop_duplicates()
    return _answer(rows[_ROW], known, np.ones(len(rows), dtype=bool), columns)


def records_of_key(
    rows: pd.DataFrame, texts: pd.Series, finished: pd.DataFrame, key: str, columns: list[str]
) -> Answers:
    """Return what the subject's record says whose `key` is the text.

    Rule: joined by the subject of the export and the text without outer blanks; numbers in their shortest form. Several
    records with one key are a group where the key itself is asked for.
    Missing: a row without a text asks for nothing.
    """
    wanted = as_text(texts).str.strip()
    known = finished[[provenance.SUBJECT, *columns]].assign(KEY=as_text(finished[key]).str.strip())
    if key in columns:  # a group, which its records name alike
        known = known.drop_duplicates()
    asked = pd.DataFrame({provenance.SUBJECT: rows[provenance.SUBJECT].array, "KEY": wanted.array})
    return _answer(asked, known[known["KEY"].ne("")], wanted.ne("").to_numpy(dtype=bool), columns)


def _answer(rows: pd.DataFrame, known: pd.DataFrame, asked: np.ndarray, columns: list[str]) -> Answers:
    by = _ROW if provenance.ROW in rows else _KEY
    ambiguous = known.duplicated(by, keep=False).to_numpy()
    single = known.assign(_SEVERAL=ambiguous).drop_duplicates(by)
    found = rows.merge(single, on=by, how="left")
    there = found["_SEVERAL"].notna().to_numpy()
    several = asked & found["_SEVERAL"].eq(True).to_numpy(dtype=bool)
    answered = asked & there & ~several
    records = found[columns].apply(lambda values: values.where(answered))
    return Answers(records, asked, asked & ~there, several)
