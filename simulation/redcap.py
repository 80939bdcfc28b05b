"""The export as a REDCap project: one CSV, a row an event or an instance of a repeating instrument."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from clinical.errors import UsageError
from simulation.delimited import write_frame
from simulation.draws import Ints
from simulation.export import SimulatedExport, identity_names
from simulation.ordering import PlacedForm, place_forms, subjects_of
from specs.model.raw import RawContract
from specs.model.raw_formats import RedcapFormat

#: Subjects whose rows are built at a time.
_CHUNK = 2_000


@dataclass(frozen=True)
class _Rows:
    """Where each row of a form stands in a chunk of the project, and which row that is."""

    form: PlacedForm
    row: Ints


def write_redcap(export: SimulatedExport, contract: RawContract, folder: Path) -> None:
    """Write a new folder with the project's CSV, and the snapshot time where the contract names a file for it.

    Raises:
        UsageError: a repeating form has rows in a repeating event, which REDCap can hold only if the occurrences are
            events of their own (`numbered`).
    """
    names = contract.export.formats.redcap or RedcapFormat()
    subjects = subjects_of(export, contract)
    forms = [form.in_order() for form in place_forms(export, contract, subjects)]
    if names.numbered is None:
        _refuse_double_repeats(forms, contract)
    folder.mkdir(parents=True)
    with (folder / f"{export.study}_DATA.csv").open("wb") as file:
        for start in range(0, max(len(subjects), 1), _CHUNK):
            chunk = range(start, start + _CHUNK)
            table = _table([form.within(chunk) for form in forms], subjects, export, contract, names)
            write_frame(table, contract, file, header=not start)
    if contract.export.csv.snapshot_file:
        path = folder / contract.export.csv.snapshot_file
        path.write_bytes(f"{export.snapshot.isoformat()}\n".encode())


def _refuse_double_repeats(forms: Sequence[PlacedForm], contract: RawContract) -> None:
    for form in forms:
        if contract.forms[form.name].repeating and (form.repeat > 0).any():
            raise UsageError(
                f"redcap: form '{form.name}' repeats inside a repeating event, which REDCap cannot hold. Name its "
                "occurrences by `numbered` of the format in raw.yaml, or choose another format."
            )


def _table(
    forms: Sequence[PlacedForm | None],
    subjects: pd.DataFrame,
    export: SimulatedExport,
    contract: RawContract,
    names: RedcapFormat,
) -> pd.DataFrame:
    """Return the rows of a chunk of subjects with all columns of the project."""
    present = [form for form in forms if form is not None]
    rows, keys = _rows(present, contract)
    count = len(keys)
    columns = _key_columns(keys, present, subjects, export, contract, names)
    placed = {one.form.name: one for one in rows}
    for name, declared in contract.forms.items():
        own = placed.get(name)
        source = np.full(count, -1, dtype="int64")
        if own is not None:
            source[own.row] = np.arange(len(own.row))
        taken = pa.array(source, mask=source < 0)
        for column, one in declared.columns.items():
            item = names.column_name(name, column, one.source)
            values = pa.nulls(count, pa.large_string())
            if own is not None:
                values = pa.array(own.form.frame[column], type=pa.large_string()).take(taken)
            columns[item] = pd.Series(values, dtype="str")
        done = "Complete" if names.choices == "label" else "2"
        complete = np.where(source < 0, "", done)
        columns[names.complete_name(name, declared.label)] = pd.Series(complete, dtype="str")
    return pd.DataFrame(columns)


def _rows(forms: Sequence[PlacedForm], contract: RawContract) -> tuple[list[_Rows], pd.DataFrame]:
    """Return where each form's rows stand in the project, and the keys of the project's rows in order.

    Forms that do not repeat share a row an event; a second record of one of them needs a second row.
    """
    parts = []
    for at, form in enumerate(forms):
        keys = pd.DataFrame({"subject": form.subject, "event": form.event, "repeat": form.repeat})
        repeating = contract.forms[form.name].repeating
        own = keys.groupby(["subject", "event", "repeat"], sort=False).cumcount()
        parts.append(keys.assign(instrument=at + 1 if repeating else 0, own=own, form=at))
    if not parts:
        return [], pd.DataFrame({name: np.zeros(0, dtype="int64") for name in ("subject", "event", "repeat")})
    every = pd.concat(parts, ignore_index=True)
    order = ["subject", "event", "repeat", "instrument", "own"]
    keys = every[order].drop_duplicates().sort_values(order, kind="stable").reset_index(drop=True)
    numbered = every.merge(keys.assign(row=np.arange(len(keys))), on=order, how="left")
    rows = [
        _Rows(form, numbered.loc[numbered["form"] == at, "row"].to_numpy(dtype="int64"))
        for at, form in enumerate(forms)
    ]
    lines = [
        pd.DataFrame({"row": one.row, "line": one.form.frame[identity_names(contract, one.form.name)["group_repeat"]]})
        for one in rows
        if contract.forms[one.form.name].repeating
    ]
    line = pd.concat(lines).set_index("row")["line"] if lines else pd.Series(dtype="str")
    return rows, keys.assign(line=line.reindex(np.arange(len(keys))).astype("str"))


def _key_columns(
    keys: pd.DataFrame,
    forms: Sequence[PlacedForm],
    subjects: pd.DataFrame,
    export: SimulatedExport,
    contract: RawContract,
    names: RedcapFormat,
) -> dict[str, pd.Series]:
    """Return the project's own columns."""
    instruments = pd.Series(
        [None, *(names.instrument_name(form.name, contract.forms[form.name].label) for form in forms)], dtype="str"
    )
    own = names.keys
    if keys.empty:
        instrument = instance = event = pd.Series(dtype="str")
    else:
        instrument = _picked(instruments, keys["instrument"])
        event = _event_names(keys, export, names)
        repeat = keys["repeat"].where(keys["repeat"] > 0).astype("Int64").astype("str").replace("<NA>", None)
        instance = keys["line"].where(keys["instrument"] > 0, repeat if names.numbered is None else None)
    return {
        str(own.subject): _picked(subjects["subject"], keys["subject"]),
        str(own.event): event,
        names.repeat_instrument: instrument,
        str(own.group_repeat): instance.astype("str"),
        str(own.site): _picked(subjects["site"], keys["subject"]),
    }


def _event_names(keys: pd.DataFrame, export: SimulatedExport, names: RedcapFormat) -> pd.Series:
    """Return the event of each row; an occurrence of a repeating one by its own name where the project has such."""
    numbers = range(1, int(keys["repeat"].max()) + 1) if names.numbered is not None else ()
    plain = [*(names.event_name(event) for event in export.events), None]
    numbered = [[*(names.numbered_name(event, str(number)) for event in export.events), None] for number in numbers]
    table = pd.Series([name for block in (plain, *numbered) for name in block], dtype="str")
    block = keys["repeat"] if names.numbered is not None else 0
    return _picked(table, keys["event"].replace(-1, len(export.events)) + block * len(plain))


def _picked(values: pd.Series, places: pd.Series) -> pd.Series:
    return values.iloc[places.to_numpy(dtype="int64")].reset_index(drop=True)
