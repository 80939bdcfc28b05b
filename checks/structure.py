"""What a dataset must be as a whole: its columns, names and order, its keys, the order of its rows, its numbering."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

from checks.capping import report_rows
from checks.datasets import prefix, record_keys, variables_of
from checks.pairs import more_than_one
from checks.values import is_sas_date, is_text
from clinical.findings import Severity, combine, report
from clinical.wording import count
from specs.model.dataset import DatasetSpec

#: The longest label that a transport file holds, in bytes.
LONGEST_LABEL = 40
_NAME = re.compile(r"[A-Z_][A-Z0-9_]{0,7}")
_DATE_NAME = re.compile(r"[A-Z0-9]+DTM?")


def check_structure(frame: pd.DataFrame, spec: DatasetSpec) -> pd.DataFrame:
    """Return what of a dataset's columns, keys, order and numbering does not follow its specification."""
    return combine(
        (
            *_check_names(frame, spec),
            *_check_columns(frame, spec),
            *_check_keys(frame, spec),
            *_check_order(frame, spec),
            *_check_sequence(frame, spec),
            *_check_parameters(frame, spec),
        )
    )


def _whole(rule: str, message: str, spec: DatasetSpec, variable: str = "") -> pd.DataFrame:
    return report(rule, "error", message, source="schema", dataset=spec.name, variable=variable)


def _rows(
    rule: str, message: str, spec: DatasetSpec, rows: pd.DataFrame, variable: str, severity: Severity = "error"
) -> pd.DataFrame:
    return report_rows(
        rule,
        severity,
        message,
        source="schema",
        dataset=spec.name,
        variable=variable,
        rows=rows,
        keys=record_keys(spec.keys),
        value=variable or None,
    )


def _check_names(frame: pd.DataFrame, spec: DatasetSpec) -> Iterator[pd.DataFrame]:
    """Names of 8 characters, labels of 40 bytes, and a SAS format for every numeric date."""
    for name in variables_of(frame):
        if not _NAME.fullmatch(name):
            what = "The variable's name is no SAS V5 name of at most 8 upper-case letters, digits and underscores."
            yield _whole("SCHEMA.NAME", f"{what} Rename it.", spec, name)
    for variable in spec.variables:
        if len(variable.label.encode()) > LONGEST_LABEL:
            what = f"The variable's label has more than {LONGEST_LABEL} bytes. Shorten it."
            yield _whole("SCHEMA.LABEL", what, spec, variable.name)
        if variable.type == "Num" and _DATE_NAME.fullmatch(variable.name) and not is_sas_date(variable):
            what = "The numeric date has no SAS date format. Give it one, as DATE9."
            yield _whole("SCHEMA.FORMAT", what, spec, variable.name)


def _check_columns(frame: pd.DataFrame, spec: DatasetSpec) -> Iterator[pd.DataFrame]:
    """No column beside the specification's, and those in its order."""
    names = variables_of(frame)
    for name in names:
        if name not in spec.names:
            yield _whole(
                "SCHEMA.EXTRA", "The variable is not in the specification. Add it there, or drop it.", spec, name
            )
    known = [name for name in names if name in spec.names]
    if known != [name for name in spec.names if name in known]:
        what = "The variables are not in the order of the specification. Write them in that order."
        yield _whole("SCHEMA.COLUMN_ORDER", what, spec)


def _check_keys(frame: pd.DataFrame, spec: DatasetSpec) -> Iterator[pd.DataFrame]:
    """A warning where --SEQ still tells the records apart, else an error."""
    keys = [key for key in spec.keys if key in frame]
    if keys:
        sequence = f"{prefix(spec.name)}SEQ"
        severity: Severity = "warning" if sequence in frame and sequence not in keys else "error"
        rows = frame[frame.duplicated(keys, keep=False)]
        what = f"Several records have the same {', '.join(keys)}. Correct the records, or the keys of the dataset."
        yield _rows("SCHEMA.KEYS", what, spec, rows, "", severity)


def _check_order(frame: pd.DataFrame, spec: DatasetSpec) -> Iterator[pd.DataFrame]:
    """Rows ascend by the keys, then by --SEQ; missing values come first."""
    sequence = f"{prefix(spec.name)}SEQ"
    keys = [key for key in (*spec.keys, sequence) if key in frame] if spec.keys else []
    misplaced = np.zeros(max(len(frame) - 1, 0), dtype=bool)
    undecided = ~misplaced
    for key in dict.fromkeys(keys):
        above, below = _compare_neighbours(frame[key])
        misplaced |= undecided & above
        undecided &= ~(above | below)
    if misplaced.any():
        records = count(int(misplaced.sum()), "record", verb="come")
        what = f"{records} before one that should come first. Sort by {', '.join(keys)}."
        yield _whole("SCHEMA.ORDER", what, spec)


def _compare_neighbours(column: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return, for each row but the last, whether its value is above and whether it is below the next one's."""
    here = column.iloc[:-1].reset_index(drop=True)
    following = column.iloc[1:].reset_index(drop=True)
    above = (here > following) | (here.notna() & following.isna())
    below = (here < following) | (here.isna() & following.notna())
    return above.to_numpy(dtype=bool), below.to_numpy(dtype=bool)


def _check_sequence(frame: pd.DataFrame, spec: DatasetSpec) -> Iterator[pd.DataFrame]:
    """--SEQ (ASEQ in analysis datasets): a positive whole number, once in the subject."""
    for name in (f"{prefix(spec.name)}SEQ", "ASEQ"):
        if name in frame and "USUBJID" in frame and not is_text(frame[name]):
            number = frame[name]
            rows = frame[~(number.gt(0) & number.mod(1).eq(0))]
            yield _rows("SCHEMA.SEQ", f"{name} is no positive whole number. Correct the numbering.", spec, rows, name)
            rows = frame[frame.duplicated(["USUBJID", name], keep=False) & number.notna()]
            what = f"{name} is not unique within the subject. Correct the numbering."
            yield _rows("SCHEMA.SEQ", what, spec, rows, name)


def _check_parameters(frame: pd.DataFrame, spec: DatasetSpec) -> Iterator[pd.DataFrame]:
    """PARAM and PARAMCD one to one; AVAL and AVALC one to one within PARAMCD (ADaMIG 1.3, 3.3.4)."""
    if "PARAMCD" in frame and "PARAM" in frame:
        rows = frame[more_than_one(frame, "PARAMCD", "PARAM")]
        what = "A parameter has several names, or a name several codes. Give each parameter one code and one name."
        yield _rows("SCHEMA.PARAM", what, spec, rows, "PARAMCD")
    if {"PARAMCD", "AVAL", "AVALC"} <= set(frame.columns):
        rows = frame[more_than_one(frame, "AVAL", "AVALC", within=["PARAMCD"])]
        what = (
            "Within the parameter a value of AVAL has several texts in AVALC, or a text several values. Make them one."
        )
        yield _rows("SCHEMA.AVAL_AVALC", what, spec, rows, "AVALC")
