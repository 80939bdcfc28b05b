"""The export as Veeva EDC study data extracts: a CSV a form, every event, form and item group numbered from 1."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from simulation.delimited import write_frame
from simulation.export import SimulatedExport, identity_names
from simulation.ordering import PlacedForm, place_forms, subjects_of
from specs.model.raw import RawContract
from specs.model.raw_formats import VeevaFormat


def write_veeva(export: SimulatedExport, contract: RawContract, folder: Path) -> None:
    """Write one CSV a form into a new folder, and the snapshot time where the contract names a file for it."""
    folder.mkdir(parents=True)
    names = contract.export.formats.veeva or VeevaFormat()
    for form in place_forms(export, contract, subjects_of(export, contract)):
        name = names.form_name(form.name, contract.forms[form.name].label)
        with (folder / f"{name}.csv").open("wb") as file:
            write_frame(_table(form.in_order(), export, contract, names), contract, file)
    if contract.export.csv.snapshot_file:
        path = folder / contract.export.csv.snapshot_file
        path.write_bytes(f"{export.snapshot.isoformat()}\n".encode())


def _table(form: PlacedForm, export: SimulatedExport, contract: RawContract, names: VeevaFormat) -> pd.DataFrame:
    frame = form.frame.reset_index(drop=True)
    declared = contract.forms[form.name]
    ours = identity_names(contract, form.name)
    keys = names.keys
    nothing = pd.Series(index=frame.index, dtype="str")
    event = frame[ours["event"]]
    line = frame[ours["group_repeat"]] if declared.repeating else nothing.fillna("1")
    columns = {
        "STUDYID": nothing.fillna(export.study),
        str(keys.site): frame[ours["site"]],
        str(keys.subject): frame[ours["subject"]],
        "EGROUP": event.map(export.events).astype("str"),
        str(keys.event): event.map({name: names.event_name(name) for name in export.events}).astype("str"),
        str(keys.event_repeat): pd.Series(np.maximum(form.repeat, 1)).astype("str"),
        "ESTAT": nothing.fillna("submitted"),
        "FORM": nothing.fillna(names.form_name(form.name, declared.label)),
        str(keys.form_repeat): nothing.fillna("1"),
        "FSTAT": nothing.fillna("submitted"),
        str(keys.group_repeat): line,
        "DLASTMOD": nothing.fillna(export.snapshot.strftime("%Y-%m-%dT%H:%M:%SZ")),
    }
    for name, column in declared.columns.items():
        columns[names.column_name(form.name, name, column.source)] = frame[name]
    return pd.DataFrame(columns)
