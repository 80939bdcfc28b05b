"""What is wrong with the records of an export, and which of them go no further.

In this order, each step on what the step before it has left:

1. A record without a subject is an error; it is set aside.
2. A record of a subject who has no record in the form that enrols subjects is an error; it is set aside.
3. Records that share their key. The key is the subject and the form's `key` columns where the contract names some;
   else subject, event and the export's repeat numbers; in the form that enrols subjects, the subject alone.
   Where such records are also equal in all items, the first stays and the copies are left out, with a warning each
   (or all stay, where the form says `duplicates: all`). Where they differ in an item nobody can say which one is
   right: each is an error and all are set aside. (For the form that enrols subjects the first one stays, so that one
   double enrolment does not take a subject's other data away.)
   Records of a repeating form without repeat numbers have no key; only copies of each other are found among them.
4. Records of a repeating form that are equal in all items, in the same subject and event, and differ in their repeat
   numbers only: the export says that they are different lines, so all stay, with a warning for each but the first.

Equal means equal in every column of the contract and in whatever else the export holds in the record. Set aside
means: not in the forms, listed here one by one, and counted in the message.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from clinical import findings, provenance
from clinical.errors import RawDataError, did_you_mean
from clinical.wording import agree, count
from raw.frames import row_codes
from raw.reading import OTHER, Told
from specs.model.raw import Form, RawContract

_PLACE = (provenance.EVENT, provenance.EVENT_REPEAT)
_LINES = (provenance.FORM_REPEAT, provenance.GROUP_REPEAT)


def examine(forms: dict[str, pd.DataFrame], contract: RawContract) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    """Return the forms without the records that were set aside, and the findings.

    Args:
        forms: frames of a reading, the form that enrols subjects among them. The mapping is emptied on the way.
    """
    enrolled = forms[contract.subjects][provenance.SUBJECT].dropna().unique()
    kept = {}
    told: Told = []
    for name in list(forms):
        form = contract.forms[name]
        frame, found = set_aside_subjects(forms.pop(name), name, enrolled)
        told += found
        frame, found = set_aside_duplicates(frame, name, form, enrols=name == contract.subjects)
        told += found
        kept[name] = frame.drop(columns=OTHER).reset_index(drop=True)
    return kept, findings.combine(told)


def set_aside_subjects(frame: pd.DataFrame, name: str, enrolled: np.ndarray) -> tuple[pd.DataFrame, Told]:
    """Return the records of enrolled subjects, and an error for each other one."""
    subject = frame[provenance.SUBJECT]
    nobody = subject.isna().to_numpy(dtype=bool)
    unknown = ~nobody & ~subject.isin(enrolled).to_numpy(dtype=bool)
    told = _report(
        "RAW.NOSUBJECT",
        "error",
        frame[nobody],
        f"The record has no subject; {_were(nobody.sum(), name)} set aside. Enter the subject in the EDC or "
        "export again.",
    )
    told += _report(
        "RAW.UNKNOWN_SUBJECT",
        "error",
        frame[unknown],
        f"The subject has no record in the form that enrols subjects; {_were(unknown.sum(), name)} set aside. "
        "Enter the missing form or correct the subject.",
    )
    return _without(frame, nobody | unknown), told


def set_aside_duplicates(frame: pd.DataFrame, name: str, form: Form, *, enrols: bool) -> tuple[pd.DataFrame, Told]:
    """Return the records without copies and without those whose key is not theirs alone, and the findings.

    Raises:
        RawDataError: the form's `key` names a column that the form has not.
    """
    key = _key(frame, name, form, enrols)
    items = [*form.columns, OTHER]
    keyed = _keyed(frame, form, enrols)
    same_key = same_rows(frame, key, among=keyed)
    copies = _later(same_rows(frame, [*key, *items], among=same_key >= 0))
    without = [provenance.SUBJECT, *_PLACE]
    copies |= _later(same_rows(frame, [*without, *items], among=~keyed))
    told = _report_copies(frame[copies], name, form, key)
    collide = np.where(copies, -1, same_key)
    collide = np.where(np.isin(collide, _repeated(collide)), collide, -1)
    wrong = _later(collide) if enrols else collide >= 0
    told += _report_collisions(frame[collide >= 0], name, key, enrols=enrols)
    if form.repeating and not form.key:
        filled = frame[list(form.columns)].notna().any(axis=1).to_numpy(dtype=bool)
        alike = _later(same_rows(frame, [*without, *items], among=keyed & filled & ~copies & ~wrong))
        told += _report_alike(frame[alike])
    dropped = wrong if form.duplicates == "all" else wrong | copies
    return _without(frame, dropped), told


def same_rows(frame: pd.DataFrame, columns: Sequence[str], among: np.ndarray) -> np.ndarray:
    """Return a number that rows share when they are equal in all columns, -1 for a row unlike all others.

    Missing equals missing. Only the rows of `among` are looked at. After each column the rows that are already
    alone are let go, so that the work falls quickly with the columns.
    """
    result = np.full(len(frame), -1, dtype="int64")
    rows = np.flatnonzero(among)
    codes = np.zeros(len(rows), dtype="int64")
    for column in columns:
        if not len(rows):
            break
        codes = row_codes([pd.Series(codes), frame[column].iloc[rows]])
        shared = np.bincount(codes)[codes] > 1
        rows, codes = rows[shared], codes[shared]
    result[rows] = codes
    return result


def _key(frame: pd.DataFrame, name: str, form: Form, enrols: bool) -> tuple[str, ...]:
    if enrols:
        return (provenance.SUBJECT,)
    if not form.key:
        return (provenance.SUBJECT, *_PLACE, *_LINES)
    for column in form.key:
        if column not in frame:
            raise RawDataError(
                f"raw.yaml: forms.{name}.key: there is no column '{column}'.{did_you_mean(column, form.columns)} "
                "Correct the key."
            )
    return (provenance.SUBJECT, *form.key)


def _keyed(frame: pd.DataFrame, form: Form, enrols: bool) -> np.ndarray:
    """Return which records have a key at all: in a repeating form, those with a repeat number."""
    if enrols or form.key or not form.repeating:
        return np.ones(len(frame), dtype=bool)
    return frame[list(_LINES)].notna().any(axis=1).to_numpy(dtype=bool)


def _later(groups: np.ndarray) -> np.ndarray:
    """Return which rows are not the first of their group; rows of group -1 are in none."""
    return pd.Series(groups).duplicated().to_numpy(dtype=bool) & (groups >= 0)


def _repeated(groups: np.ndarray) -> np.ndarray:
    numbers, counts = np.unique(groups[groups >= 0], return_counts=True)
    return numbers[counts > 1]


def _without(frame: pd.DataFrame, rows: np.ndarray) -> pd.DataFrame:
    return frame[~rows] if rows.any() else frame


def _were(number: int, name: str) -> str:
    records = count(int(number), "record")
    return f"{records} of form '{name}' {agree(number, 'were')}"


def _report_copies(rows: pd.DataFrame, name: str, form: Form, key: tuple[str, ...]) -> Told:
    left = "kept, as the form says" if form.duplicates == "all" else "left out, the first of each is kept"
    message = f"The record equals an earlier one in all items; {_were(len(rows), name)} {left}. Delete the copy."
    return _report("RAW.DUPLICATE_RECORD", "warning", rows, message, key)


def _report_alike(rows: pd.DataFrame) -> Told:
    message = "The record equals an earlier line in all items, its number apart; both are kept. Confirm or delete one."
    return _report("RAW.DUPLICATE_RECORD", "warning", rows, message)


def _report_collisions(rows: pd.DataFrame, name: str, key: tuple[str, ...], *, enrols: bool) -> Told:
    if enrols:
        message = (
            f"The subject has several records that differ, expected one; {count(len(rows), 'record')} of form "
            f"'{name}' are concerned and the first of each subject is used. Correct or delete the wrong one."
        )
        return _report("RAW.DUPLICATE_SUBJECT", "error", rows, message)
    message = (
        f"Another record has the same key and other values; {_were(len(rows), name)} set aside. "
        "Correct or delete the wrong one."
    )
    return _report("RAW.KEY_COLLISION", "error", rows, message, key)


def _report(rule: str, severity: findings.Severity, rows: pd.DataFrame, message: str, key: Sequence[str] = ()) -> Told:
    """Return a finding for each row, keyed by its event and repeat numbers (or by the form's own key)."""
    if rows.empty:
        return []
    keys = [column for column in key if column != provenance.SUBJECT] or [*_PLACE, *_LINES]
    return [findings.report(rule, severity, message, source="raw", rows=rows, keys=keys)]
