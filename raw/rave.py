"""Medidata Rave clinical views: one table a form, with columns of Rave's own beside the items.

An item X comes with further columns: X_RAW is what the site typed, X_STD the code of a choice, X_UN a unit, X_YYYY,
X_MM and X_DD the parts of a date. X itself is typed, so it is empty where the text does not fit its type, as for a
partial date; it is read only where there is no X_RAW. X_INT is a date that Rave has completed by a rule of its own: it
was not collected, and is never read.

Records are lines of a log (RecordPosition from 1) or stand for the form itself (RecordPosition 0). A form that the
contract calls `repeating` is a log.

Reference: Medidata Rave help, header information in clinical views.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from clinical import provenance
from clinical.errors import RawDataError
from clinical.wording import agree, count
from raw.edc_shape import EdcShape
from raw.frames import TEXT
from raw.layout import Asked
from raw.reading import Told, refuse, remark
from raw.records import Records, list_records
from specs.model.raw import RawContract
from specs.model.raw_formats import RaveFormat

ACTIVE = "_ACTIVE"
RECORD = "_RECORD"

_YES = ("1", "1.0", "true", "yes", "y")
_NO = ("0", "0.0", "false", "no", "n")

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


@dataclass(frozen=True)
class _Choice:
    """Which columns of a view are read for an item; `family` are all that belong to it."""

    column: str
    parts: dict[str, str]
    family: frozenset[str]


class RaveShape(EdcShape):
    """The shape of Rave's views."""

    def __init__(self, contract: RawContract, names: RaveFormat) -> None:
        super().__init__(contract, names, "Medidata Rave clinical views", first=0)
        self._rave = names

    def ask(self, form: str, header: Sequence[str], where: str) -> Asked:
        """Return which columns of a view are read for each item.

        Raises:
            RawDataError: an interpolated date is asked for, or a date without the text that was typed.
        """
        asked = super().ask(form, header, where)
        present = {column.casefold() for column in header}
        columns: dict[str, str] = {}
        extra: dict[str, str] = {}
        ignored = set(asked.ignored)
        problems = []
        for name, column in asked.columns.items():
            problem = self._interpolated(form, name, column, present)
            if problem:
                problems.append(problem)
                continue
            choice = self._choose(name, column, present)
            ignored |= choice.family
            extra |= choice.parts
            if choice.parts:
                continue
            columns[name] = choice.column
            if choice.column.casefold() not in present and choice.column != column and name not in asked.optional:
                problems.append(self._only_typed(form, column, where))
        refuse(problems)
        extra |= {ACTIVE: self._rave.active, RECORD: "RecordId"}
        return replace(asked, columns=columns, extra=extra, ignored=frozenset(ignored))

    def settle(self, form: str, records: Records) -> tuple[Records, Told]:
        """Return the active records that are lines (of a log) or not (of any other form)."""
        records, told = self._only_active(form, records)
        records, noticed = self._only_lines(form, records)
        records, also = super().settle(form, records)
        self._put_dates_together(form, records)
        return records, [*told, *noticed, *also]

    def _choose(self, name: str, column: str, present: set[str]) -> _Choice:
        """Return what is read for an item: what was typed, the parts of its date, or the item itself."""
        rave = self._rave
        ends = {"Y": rave.year, "M": rave.month, "D": rave.day}
        parts = {f"_{part}_{name}": column + end for part, end in ends.items()}
        is_date = all(one.casefold() in present for one in parts.values())
        family = [column, column + rave.raw, column + rave.interpolated, *(parts.values() if is_date else ())]
        folded = frozenset(one.casefold() for one in family)
        typed = (column + rave.raw).casefold() in present
        interpolated = (column + rave.interpolated).casefold() in present
        if is_date and rave.dates == "parts":
            return _Choice(column, parts, folded)
        if typed or is_date or interpolated:
            return _Choice(column + rave.raw, {}, folded)
        return _Choice(column, {}, frozenset())

    def _interpolated(self, form: str, name: str, column: str, present: set[str]) -> str:
        """Return what is wrong with asking for an interpolated date, empty where it is none."""
        ending = self._rave.interpolated
        stem = column.removesuffix(ending)
        siblings = (stem, stem + self._rave.raw, stem + self._rave.year)
        if stem == column or not any(one.casefold() in present for one in siblings):
            return ""
        return (
            f"raw.yaml: form '{form}', column {name}: '{column}' is a date that Rave has completed where day or month "
            f"is unknown; it was not collected and is never read. Ask for '{stem}', which is read as it was typed."
        )

    def _only_typed(self, form: str, column: str, where: str) -> str:
        return (
            f"{where}: column '{column + self._rave.raw}' is missing; form '{form}' needs it, for the date '{column}' "
            "is empty where only a part of it is known. Export the views with raw columns, or say "
            "`export.formats.rave.dates: parts` in raw.yaml."
        )

    def _only_active(self, form: str, records: Records) -> tuple[Records, Told]:
        said = records.texts(ACTIVE).str.strip().str.lower()
        unknown = ~(said.isin([*_YES, *_NO]) | said.isna()).to_numpy(dtype=bool)
        if unknown.any():
            raise RawDataError(
                f"{self.table_of(form)}: {self._rave.active} is neither 0 nor 1 in "
                f"{count(int(unknown.sum()), 'record')}. Export the view again, or name the right column as "
                "`export.formats.rave.active` in raw.yaml."
            )
        inactive = said.isin(_NO).to_numpy(dtype=bool)
        left = records.keep(inactive) if inactive.any() else Records({}, np.zeros(0, dtype="int64"))
        message = (
            f"The record is inactive in the EDC; {count(int(inactive.sum()), 'record')} of form '{form}' left out."
        )
        told = list_records("RAW.INACTIVE", "note", message, form, self._contract.forms[form], left, RECORD)
        return records.keep(~inactive), told

    def _only_lines(self, form: str, records: Records) -> tuple[Records, Told]:
        """Return the lines of a log, or what is no line of any other form."""
        if provenance.GROUP_REPEAT not in records.columns:
            return records, []
        position = records.texts(provenance.GROUP_REPEAT).str.strip()
        lines = ~(position.isna() | position.eq("0")).to_numpy(dtype=bool)
        declared = self._contract.forms[form]
        if not declared.repeating:
            if lines.any() and not self._has_log(form):
                raise RawDataError(
                    f"{self.table_of(form)}: {count(int(lines.sum()), 'record', verb='are')} in a log (RecordPosition "
                    f"above 0), and raw.yaml does not call form '{form}' `repeating`. Correct raw.yaml."
                )
            return records.keep(~lines), []
        header = records.keep(~lines)
        filled = np.zeros(len(header.other), dtype=bool)
        for column in declared.columns:
            filled |= header.texts(column).notna().to_numpy(dtype=bool)
        message = (
            "The record stands for the form and not for a line of its log, but holds items of it; "
            f"{count(int(filled.sum()), 'record')} of form '{form}' left out. Let a form of its own read them."
        )
        if self._has_header_form(form):
            return records.keep(lines), []
        told = list_records("RAW.HEADER_RECORD", "warning", message, form, declared, header.keep(filled), RECORD)
        empty = int((~filled).sum())
        if empty:
            records_without = f"{count(empty, 'record')} without items {agree(empty, 'stand')}"
            what = f"{records_without} for the form, not for a line; left out."
            told.append(remark("RAW.HEADER_RECORD", what, form=form))
        return records.keep(lines), told

    def _has_log(self, form: str) -> bool:
        return self._shares_table(form, repeating=True)

    def _has_header_form(self, form: str) -> bool:
        return self._shares_table(form, repeating=False)

    def _shares_table(self, form: str, *, repeating: bool) -> bool:
        table = self.table_of(form)
        return any(
            other != form and declared.repeating == repeating and self.table_of(other) == table
            for other, declared in self._contract.forms.items()
        )

    def _put_dates_together(self, form: str, records: Records) -> None:
        for name in self._contract.forms[form].columns:
            if f"_Y_{name}" in records.columns:
                year, month, day = (records.columns[f"_{part}_{name}"] for part in "YMD")
                records.columns[name] = date_text(year, month, day)


def date_text(year: Any, month: Any, day: Any) -> Any:
    """Return the parts of dates as DD-MON-YYYY, missing where all parts are.

    >>> date_text(pa.array(["2026", "2026"]), pa.array(["3", None]), pa.array(["9", None])).to_pylist()
    ['09-MAR-2026', 'UN-UNK-2026']
    """
    names = {str(number): name for number, name in enumerate(_MONTHS, 1)}
    names |= {f"{number:02d}": name for number, name in enumerate(_MONTHS, 1)}
    encoded = month.dictionary_encode()
    months = pa.array([names.get(text, text) for text in encoded.dictionary.to_pylist()], TEXT).take(encoded.indices)
    nothing = pc.and_(pc.and_(pc.is_null(year), pc.is_null(month)), pc.is_null(day))
    parts = (
        pc.fill_null(pc.utf8_lpad(day.cast(TEXT), 2, "0"), "UN"),
        pc.fill_null(months, "UNK"),
        pc.fill_null(year.cast(TEXT), "UNKN"),
    )
    text = pc.binary_join_element_wise(*parts, pa.scalar("-", TEXT))
    return pc.if_else(nothing, pa.scalar(None, TEXT), text)
