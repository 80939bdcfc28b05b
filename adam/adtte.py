"""ADTTE, Time-to-Event Analysis Dataset: one record per subject and parameter.

Inputs: ADSL and the dataset with the assessments (ADRS). One engine carries out whatever `adam/adtte.yaml` declares.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from adam.derive.rows import Columns, finish_rows, number_column, order_rows, text_column
from adam.derive.subject_dates import Subjects
from adam.derive.subjects import derive_subject_variables
from adam.derive.time_to_event import Times, derive_times
from adam.derive.timeline import to_dates
from adam.inputs import Inputs, select_subjects
from clinical.findings import combine
from specs.model.dataset import DatasetSpec
from specs.model.time_to_event import TimeRules


def build_adtte(spec: DatasetSpec, *, inputs: Inputs) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return ADTTE in spec order, sorted by subject and PARAMCD, and what was found on the way."""
    rules: TimeRules = spec.rules.time_to_event
    base = select_subjects(inputs.datasets["ADSL"], rules.population, ())
    context = derive_subject_variables(spec, "ADSL", base, inputs)
    subjects = Subjects.of(base, inputs.datasets[rules.assessments], rules.assessments)
    times = [derive_times(parameter, rules, subjects) for parameter in rules.parameters.values()]
    names = list(rules.parameters)
    parameters = np.repeat(np.arange(len(times)), [len(one.codes) for one in times])
    whole = Times.concatenate(times)
    order = order_rows(whole.codes, parameters, whole.days, names)
    at, parameter = order.rows, parameters[order.rows]
    of = list(rules.parameters.values())
    columns: Columns = {
        "ASEQ": lambda: pd.Series(order.sequence),
        "PARAMCD": lambda: text_column(names, parameter),
        "PARAM": lambda: text_column([one.param for one in of], parameter),
        "PARAMN": lambda: number_column([one.number for one in of], parameter),
        "PARCAT1": lambda: text_column([one.category for one in of], parameter),
        "AVAL": lambda: pd.Series((whole.days - whole.starts + 1)[at].astype("float64")),
        "AVALU": lambda: text_column([rules.unit], np.zeros(len(at), dtype="int64")),
        "STARTDT": lambda: to_dates(whole.starts[at]),
        "ADT": lambda: to_dates(whole.days[at]),
        **whole.columns(at),
    }
    return finish_rows(spec, context, whole.codes[at], columns), combine(context.findings)
