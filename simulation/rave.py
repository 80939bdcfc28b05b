"""The export as Medidata Rave clinical views: a table a form, with Rave's own columns and those that go with an item.

A date item has, beside its text (X_RAW), a typed date that is empty where it is partial, an interpolated date and its
parts; a number has its text, a choice a code, an item with a unit the unit. A few lines of logs are also there as
inactive records, as a site leaves them behind.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from simulation.delimited import write_frame
from simulation.draws import Flags
from simulation.export import SimulatedExport, identity_names
from simulation.ordering import PlacedForm, place_forms, subjects_of
from specs.model.raw import Column, RawContract
from specs.model.raw_formats import RaveFormat

_DATE = r"^(?P<day>\d\d|UN)-(?P<month>[A-Z]{3})-(?P<year>\d{4})$"
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_NUMBER = r"^-?\d+(?:\.\d+)?$"

#: One log line in so many has an inactive twin, whose RecordPosition is as much higher.
_INACTIVE_EVERY = 40
_INACTIVE_AFTER = 500


@dataclass(frozen=True)
class View:
    """A clinical view: its columns as text, and which of them Rave holds as numbers or as dates."""

    name: str
    frame: pd.DataFrame
    numbers: tuple[str, ...]
    dates: tuple[str, ...]
    labels: dict[str, str]


def write_rave(export: SimulatedExport, contract: RawContract, folder: Path) -> None:
    """Write one CSV a view into a new folder, and the snapshot time where the contract names a file for it."""
    folder.mkdir(parents=True)
    for view in views(export, contract):
        with (folder / f"{view.name}.csv").open("wb") as file:
            write_frame(view.frame, contract, file)
    if contract.export.csv.snapshot_file:
        path = folder / contract.export.csv.snapshot_file
        path.write_bytes(f"{export.snapshot.isoformat()}\n".encode())


def views(export: SimulatedExport, contract: RawContract) -> list[View]:
    """Return the views of an export."""
    names = contract.export.formats.rave or RaveFormat()
    subjects = subjects_of(export, contract)
    return [
        _view(number, form.in_order(), export, contract, names)
        for number, form in enumerate(place_forms(export, contract, subjects), 1)
    ]


def _view(number: int, form: PlacedForm, export: SimulatedExport, contract: RawContract, names: RaveFormat) -> View:
    declared = contract.forms[form.name]
    frame, inactive = _with_inactive(form.frame, form.name, contract)
    rows = np.sort(np.concatenate([np.arange(len(form.frame)), np.flatnonzero(inactive)]))
    built = _system(number, form, frame, rows, export, contract, names)
    active = np.ones(len(frame), dtype="int64")
    active[inactive_rows(inactive)] = 0
    built[names.active] = pd.Series(active, index=frame.index).astype("str")
    numbers: list[str] = []
    dates: list[str] = []
    labels: dict[str, str] = {}
    for name, column in declared.columns.items():
        item = names.column_name(form.name, name, column.source)
        made = _item(item, column, frame[name], names)
        labels |= dict.fromkeys(made, column.label)
        numbers += [one for one in made if one == item and column.type in ("integer", "float")]
        numbers += [one for one in made if one in (item + names.year, item + names.month, item + names.day)]
        dates += [one for one in made if one in (item, item + names.interpolated) and is_date(column)]
        built |= made
    return View(names.form_name(form.name, declared.label), pd.DataFrame(built), tuple(numbers), tuple(dates), labels)


def _with_inactive(frame: pd.DataFrame, form: str, contract: RawContract) -> tuple[pd.DataFrame, Flags]:
    """Return the rows of a log with a twin after some of them, and which rows these are."""
    chosen = np.zeros(len(frame), dtype=bool)
    if not contract.forms[form].repeating:
        return frame.reset_index(drop=True), chosen
    chosen[_INACTIVE_EVERY // 2 :: _INACTIVE_EVERY] = True
    line = identity_names(contract, form)["group_repeat"]
    twins = frame[chosen].copy()
    twins[line] = (pd.to_numeric(twins[line]) + _INACTIVE_AFTER).astype("Int64").astype("str")
    place = np.concatenate([np.arange(len(frame)), np.flatnonzero(chosen) + 0.5])
    both = pd.concat([frame, twins], ignore_index=True)
    return both.iloc[np.argsort(place, kind="stable")].reset_index(drop=True), chosen


def inactive_rows(chosen: Flags) -> np.ndarray:
    """Return where the twins stand among all rows."""
    return np.asarray(np.flatnonzero(chosen) + np.arange(1, int(chosen.sum()) + 1))


def _system(
    number: int,
    form: PlacedForm,
    frame: pd.DataFrame,
    rows: np.ndarray,
    export: SimulatedExport,
    contract: RawContract,
    names: RaveFormat,
) -> dict[str, pd.Series]:
    """Return Rave's own columns."""
    keys = names.keys
    ours = identity_names(contract, form.name)
    declared = contract.forms[form.name]
    nothing = pd.Series(index=frame.index, dtype="str")
    subject, site, event = form.subject[rows], frame[ours["site"]], frame[ours["event"]]
    repeat = form.repeat[rows]
    saved = export.snapshot.strftime("%Y-%m-%dT%H:%M:%S")
    position = frame[ours["group_repeat"]] if declared.repeating else nothing.fillna("0")
    page = pd.Series(pd.factorize(pd.Series(subject * 1000 + form.event[rows]))[0] + number * 1_000_000)
    return {
        "userid": nothing.fillna("1"),
        "projectid": nothing.fillna("1"),
        "project": nothing.fillna(export.study),
        "studyid": nothing.fillna("1"),
        "environmentName": nothing.fillna("Prod"),
        "subjectId": _text(pd.Series(subject + 1)),
        "StudySiteId": _text(pd.Series(pd.factorize(site, sort=True)[0] + 1)),
        str(keys.subject): frame[ours["subject"]],
        str(keys.site): site,
        "Site": "Site " + site,
        "instanceId": _text(pd.Series(subject * 1000 + form.event[rows] * 10 + repeat)),
        "InstanceName": event.map(export.events).astype("str"),
        str(keys.event_repeat): _text(pd.Series(np.maximum(repeat - 1, 0))),
        str(keys.event): event.map({name: names.event_name(name) for name in export.events}).astype("str"),
        "FolderName": event.map(export.events).astype("str"),
        "FolderSeq": _text(pd.Series(form.event[rows] + 1)),
        "TargetDays": nothing,
        "DataPageId": _text(page),
        "DataPageName": nothing.fillna(declared.label),
        str(keys.form_repeat): nothing.fillna("0"),
        "RecordDate": nothing,
        "RecordId": _text(pd.Series(np.arange(len(frame)) + number * 10_000_000)),
        str(keys.group_repeat): position,
        names.active: nothing,
        "MinCreated": nothing.fillna(saved),
        "MaxUpdated": nothing.fillna(saved),
        "SaveTS": nothing.fillna(saved),
    }


def _text(values: pd.Series) -> pd.Series:
    return values.astype("str")


def is_date(column: Column) -> bool:
    """Return whether an item is entered as DD-MON-YYYY."""
    return "DD-MON-YYYY" in column.label


def _item(item: str, column: Column, values: pd.Series, names: RaveFormat) -> dict[str, pd.Series]:
    """Return the columns of an item."""
    if is_date(column):
        return _date_item(item, values, names)
    made = {item: values}
    if column.type in ("integer", "float"):
        made = {item: values.where(values.str.fullmatch(_NUMBER).fillna(False).astype(bool)), item + names.raw: values}
    if column.choices:
        codes = {choice: str(code) for code, choice in enumerate(column.choices, 1)}
        made[f"{item}_STD"] = values.map(codes).astype("str")
    if column.unit:
        made[f"{item}_UN"] = pd.Series(column.unit, index=values.index, dtype="str").where(values.notna())
    return made


def _date_item(item: str, values: pd.Series, names: RaveFormat) -> dict[str, pd.Series]:
    """Return the columns of a date: typed, as entered, interpolated, and its parts."""
    codes, distinct = pd.factorize(values)
    parts = pd.Series(distinct, dtype="str").str.extract(_DATE)
    month = parts["month"].map({name: str(number) for number, name in enumerate(_MONTHS, 1)})
    day = pd.to_numeric(parts["day"], errors="coerce").astype("Int64").astype("str").replace("<NA>", None)
    known = pd.to_datetime(
        pd.DataFrame({"year": parts["year"], "month": month.fillna("1"), "day": day.fillna("1")}).astype("float64"),
        errors="coerce",
    )
    iso = known.dt.strftime("%Y-%m-%dT00:00:00")
    real = known.notna()
    table = {
        item: iso.where(real & month.notna() & day.notna()),
        item + names.raw: pd.Series(distinct, dtype="str"),
        item + names.interpolated: iso,
        item + names.year: parts["year"].where(real),
        item + names.month: month.where(real),
        item + names.day: day.where(real),
    }
    return {name: _taken(column, codes, values.index) for name, column in table.items()}


def _taken(column: pd.Series, codes: np.ndarray, index: pd.Index) -> pd.Series:
    """Return the distinct values of a column row by row; code -1 is missing."""
    table = pd.concat([column.astype("str"), pd.Series([None], dtype="str")], ignore_index=True)
    return pd.Series(table.array.take(np.where(codes < 0, len(column), codes)), index=index)
