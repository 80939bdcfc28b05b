"""The mapped variables of a dataset, one value a subject or record, and the frame in its final shape."""

from __future__ import annotations

import pandas as pd

from adam.derive import (
    bds_values,
    burden,
    dates,
    exposure,
    numbers,
    record_values,
    records,
    toxicity,
    values,
)  # the verbs register themselves
from adam.derive.context import Context, evaluate
from adam.inputs import Inputs, as_numbers
from specs.model.dataset import DatasetSpec, VariableSpec
from specs.resolve_adam import variable_order

#: The modules whose verbs are known.
VERBS = (bds_values, burden, dates, exposure, numbers, record_values, records, toxicity, values)


def derive_subject_variables(spec: DatasetSpec, base_name: str, base: pd.DataFrame, inputs: Inputs) -> Context:
    """Return the mapped variables of a dataset for each row of `base` (`DM` or `ADSL`), in `built`, with findings."""
    context = Context(spec.name, base_name, base, inputs)
    derive_variables(spec, context)
    return context


def derive_variables(spec: DatasetSpec, context: Context) -> None:
    """Build the mapped variables of a dataset, each after those that it reads."""
    variables = {variable.name: variable for variable in spec.variables}
    for name in variable_order(spec):
        context.variable = name
        context.built[name] = convert(evaluate(variables[name].map, context), variables[name], spec.name)


def convert(values: pd.Series, variable: VariableSpec, dataset: str) -> pd.Series:
    """Return values in the type of their variable: text, float64, or dates as datetime64[s]."""
    if variable.type == "Char":
        return values if values.dtype == "str" else values.astype("str")
    if pd.api.types.is_datetime64_any_dtype(values):
        return values.astype("datetime64[s]")
    return as_numbers(values, dataset, variable.name)
