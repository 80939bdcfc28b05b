"""A dataset as a transport file holds it, and what such a file could not hold without a change."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from clinical.errors import ConformanceError, listed
from clinical.provenance import is_provenance
from specs.model.dataset import DatasetSpec, VariableSpec
from submission import sas_values

_NAME = re.compile(r"[A-Z_][A-Z0-9_]{0,7}")
_MOST_LABEL_BYTES = 40
_MOST_BYTES = 200
#: pyreadstat writes the largest number there is in place of any number from here on.
_TOO_LARGE = 2.0**249
#: The smallest number above zero that the format holds; anything nearer to zero would become zero.
_SMALLEST = 16.0**-65
_EXACT_INTEGER = 2**53


class Refused(Exception):
    """A column cannot be written as it is; the text says what is wrong and what to do, in counts."""


def prepare(frame: pd.DataFrame, spec: DatasetSpec) -> dict[str, pd.Series]:
    """Return what is to be written, in order: object columns of text (no NA) and float64 columns.

    Raises:
        ConformanceError: a transport file could not hold the data as they are; all reasons, in names and counts.
    """
    problems = [*_metadata_problems(spec), *_presence_problems(frame, spec)]
    columns: dict[str, pd.Series] = {}
    for variable in () if problems else spec.variables:
        values = frame[variable.name]
        try:
            columns[variable.name] = text_column(values) if variable.type == "Char" else number_column(values, variable)
        except Refused as refusal:
            problems.append(f"{spec.name}.{variable.name}: {refusal}")
    if not problems and len(frame) and _last_row_is_blank(columns):
        problems.append(
            f"{spec.name}: the last row is blank in every variable and would be lost on reading, which takes it for "
            "padding. Remove rows without values."
        )
    if problems:
        raise ConformanceError("\n".join(problems))
    return columns


def _metadata_problems(spec: DatasetSpec) -> list[str]:
    problems = []
    if not spec.variables:
        problems.append(f"{spec.name}: the specification has no variable. Add its variables.")
    for what, name in [("the dataset's name", spec.name), *(("a variable's name", name) for name in spec.names)]:
        if not _NAME.fullmatch(name):
            problems.append(
                f"{spec.name}: {what} is {name} and must be at most 8 upper-case letters, digits and underscores, "
                "not starting with a digit. Rename it."
            )
    if twice := sorted({name for name in spec.names if spec.names.count(name) > 1}):
        problems.append(f"{spec.name}: variables are specified twice ({listed(twice)}). Remove one of them.")
    labels = [(spec.name, spec.label), *((f"{spec.name}.{one.name}", one.label) for one in spec.variables)]
    for where, label in labels:
        if (size := len(label.encode())) > _MOST_LABEL_BYTES:
            problems.append(f"{where}: the label has {size} bytes, at most 40 fit. Shorten it.")
    return problems


def _presence_problems(frame: pd.DataFrame, spec: DatasetSpec) -> list[str]:
    present = [str(column) for column in frame.columns if not is_provenance(str(column))]
    problems = []
    if twice := sorted({name for name in present if present.count(name) > 1}):
        problems.append(f"{spec.name}: columns occur twice in the data ({listed(twice)}). Rename or drop one of them.")
    if missing := [name for name in spec.names if name not in present]:
        problems.append(
            f"{spec.name}: specified but not in the data: {listed(missing)}. Build them or take them out of the spec."
        )
    if unknown := [name for name in present if name not in spec.names]:
        problems.append(f"{spec.name}: in the data but not specified: {listed(unknown)}. Specify them or drop them.")
    return problems


def _last_row_is_blank(columns: Mapping[str, pd.Series]) -> bool:
    return all(values.dtype == object and values.iloc[-1] == "" for values in columns.values())


def text_column(values: pd.Series) -> pd.Series:
    """Return text as objects, which pyreadstat writes twice as fast as `str`: missing as '', no blanks at the end.

    Raises:
        Refused: not text, longer than 200 bytes, or holding what no transport file can.
    """
    texts = _as_arrow(values)
    sizes = pc.binary_length(texts)
    too_long = _count(pc.greater(sizes, _MOST_BYTES))
    if too_long:
        longest = pc.max(sizes).as_py()
        raise Refused(
            f"{too_long} values are longer than 200 bytes (the longest has {longest}). Shorten them, or continue them "
            "in supplemental qualifiers."
        )
    if nul := _count(pc.match_substring(texts, "\0")):
        raise Refused(f"{nul} values hold a NUL character, which ends a text on reading. Remove it.")
    return pd.Series(texts.to_numpy(zero_copy_only=False), dtype=object)


def number_column(values: pd.Series, variable: VariableSpec) -> pd.Series:
    """Return numbers as float64; dates and datetimes counted from 1960-01-01 as the variable's format asks.

    Raises:
        Refused: not numbers, infinite, too large, too near to zero, or dates without a date format and vice versa.
    """
    numbers = pd.Series(_temporal(values, variable) if values.notna().any() else np.full(len(values), np.nan))
    size = numbers.abs()
    if infinite := int(np.isinf(size).sum()):
        raise Refused(f"{infinite} values are infinite. Make them missing or correct the derivation.")
    if beyond := int((size >= _TOO_LARGE).sum()):
        raise Refused(f"{beyond} values are beyond 9.04e74, the most a transport file holds. Use another unit.")
    if tiny := int(((size > 0) & (size < _SMALLEST)).sum()):
        raise Refused(f"{tiny} values are nearer to zero than 5.4e-79 and would become zero. Use another unit.")
    return numbers


def _as_arrow(values: pd.Series) -> pa.Array:
    if not values.notna().any():
        return pa.array([""] * len(values), type=pa.large_string())
    if not isinstance(values.dtype, pd.StringDtype):
        kind = pd.api.types.infer_dtype(values, skipna=True)
        if kind not in ("string", "categorical"):
            raise Refused(f"the data hold {kind} values and the specification says Char. Correct one of them.")
    try:
        texts = pa.array(values.astype("str"), type=pa.large_string(), from_pandas=True)
    except UnicodeEncodeError as error:
        raise Refused("values hold half a character (a lone surrogate), which is no text. Correct them.") from error
    return pc.utf8_rtrim(pc.fill_null(texts, ""), characters=" ")


def _temporal(values: pd.Series, variable: VariableSpec) -> np.ndarray:
    kind = sas_values.temporal_kind(variable.format)
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        raise Refused("the data hold datetimes with a time zone. Convert them to plain datetimes.")
    if values.dtype.kind == "M":
        if kind == "date":
            return _whole_days(sas_values.to_sas_dates(values))
        if kind == "datetime":
            return sas_values.to_sas_datetimes(values)
        raise Refused(
            f"the data hold dates and the format is {variable.format or 'missing'}. Specify DATE9. or DATETIME20."
        )
    if values.dtype.kind == "m":
        if kind == "time":
            return sas_values.to_sas_times(values)
        raise Refused(f"the data hold times and the format is {variable.format or 'missing'}. Specify TIME8.")
    if kind in ("date", "datetime"):
        raise Refused(f"the data hold {values.dtype} values under the format {variable.format}. Convert them to dates.")
    return _plain_numbers(values)


def _whole_days(days: np.ndarray) -> np.ndarray:
    if parts := int((days % 1 > 0).sum()):
        raise Refused(f"{parts} values have a time of day under a date format. Cut it off or specify DATETIME20.")
    return days


def _plain_numbers(values: pd.Series) -> np.ndarray:
    kind = pd.api.types.infer_dtype(values, skipna=True)
    if kind not in ("floating", "integer", "boolean", "mixed-integer-float"):
        raise Refused(f"the data hold {kind} values and the specification says Num. Correct one of them.")
    known = values.dropna()
    if kind == "integer" and bool(((known > _EXACT_INTEGER) | (known < -_EXACT_INTEGER)).any()):
        raise Refused("whole numbers beyond 2**53 lose digits. Specify the variable as Char.")
    return values.to_numpy(dtype="float64", na_value=np.nan)


def _count(flags: pa.Array) -> int:
    return int(pc.sum(flags).as_py() or 0)
