"""The export as SAS files: a transport file (version 8) a form, numbers as numbers, partial dates as text.

Rave's views come as SAS files too, with their typed dates as SAS date and time.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from simulation.export import SimulatedExport, identity_names
from simulation.ordering import PlacedForm, place_forms, subjects_of
from simulation.rave import views
from simulation.transport import Variable, text_variable, write_transport
from specs.model.raw import RawContract
from specs.model.raw_formats import SasFormat

#: Whole numbers and decimals as SAS shows them: the only texts that a number brings back unchanged.
_SHORTEST = r"^(?:0|-?[1-9]\d{0,14}|-?(?:0|[1-9]\d{0,9})\.\d{0,4}[1-9])$"
_SAS_EPOCH = np.datetime64("1960-01-01T00:00:00", "s")


def write_sas(export: SimulatedExport, contract: RawContract, folder: Path) -> None:
    """Write one transport file a form into a new folder; the files say the snapshot time."""
    folder.mkdir(parents=True)
    names = contract.export.formats.sas or SasFormat()
    for form in place_forms(export, contract, subjects_of(export, contract)):
        label = contract.forms[form.name].label
        name = names.form_name(form.name, label)
        variables = _variables(form.in_order(), contract, names)
        write_transport(folder / f"{name}.xpt", name.upper(), label, variables, export.snapshot)


def write_rave_sas(export: SimulatedExport, contract: RawContract, folder: Path) -> None:
    """Write one transport file a clinical view into a new folder; the files say the snapshot time."""
    folder.mkdir(parents=True)
    for view in views(export, contract):
        variables = []
        for column in view.frame:
            name, values = str(column), view.frame[column]
            label = view.labels.get(name, name)
            if name in view.numbers:
                variables.append(
                    Variable(name, label, pd.to_numeric(values).to_numpy(dtype="float64", na_value=np.nan))
                )
            elif name in view.dates:
                variables.append(Variable(name, label, _sas_moments(values), "DATETIME19"))
            else:
                variables.append(text_variable(name, label, values))
        write_transport(folder / f"{view.name}.xpt", view.name, view.name, variables, export.snapshot)


def _variables(form: PlacedForm, contract: RawContract, names: SasFormat) -> list[Variable]:
    keys = identity_names(contract, form.name)
    variables = [text_variable(column, role, form.frame[column]) for role, column in keys.items()]
    for name, column in contract.forms[form.name].columns.items():
        values = form.frame[name]
        item = names.column_name(form.name, name, column.source)
        if column.type in ("integer", "float") and values.dropna().str.fullmatch(_SHORTEST).all():
            variables.append(Variable(item, column.label, _numbers(values), "BEST12"))
        else:
            variables.append(text_variable(item, column.label, values))
    return variables


def _numbers(values: pd.Series) -> np.ndarray:
    return pd.to_numeric(values).to_numpy(dtype="float64", na_value=np.nan)


def _sas_moments(values: pd.Series) -> np.ndarray:
    """Return dates and times as seconds since 1960."""
    moments = pd.to_datetime(values, format="%Y-%m-%dT%H:%M:%S").to_numpy().astype("datetime64[s]")
    seconds = (moments - _SAS_EPOCH).astype("float64")
    return np.where(np.isnat(moments), np.nan, seconds)
