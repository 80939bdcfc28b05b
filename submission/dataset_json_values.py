"""The columns of Dataset-JSON: what is said of each, and their cells as JSON text, without a loop over rows.

Reference: CDISC Dataset-JSON Specification 1.1, Column Metadata and Supported Column Data Type Combinations; RFC 8259.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from clinical.errors import ConformanceError
from clinical.wording import agree, count
from specs.model.dataset import VariableSpec
from submission.define.facts import is_iso, measure
from submission.sas_values import temporal_kind

DataType = Literal["string", "integer", "double", "decimal", "date", "datetime", "time"]

#: The largest number up to which every whole number is a double of its own.
_EXACT_INTEGER = 2.0**53
_DAY = np.timedelta64(1, "D")
#: Characters that a JSON text may not hold as they are.
_TO_ESCAPE = r'["\\\x00-\x1f]'
_ESCAPES = {
    "\\": "\\\\",
    '"': '\\"',
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    **{chr(code): f"\\u{code:04x}" for code in range(0x20) if chr(code) not in "\b\f\n\r\t"},
}


@dataclass(frozen=True)
class Column:
    """A column: its name, the type its cells are written by, and the attributes that the file states of it.

    The two types differ for dates that are text in the data: `string`, stated as `date`.
    """

    name: str
    data_type: DataType
    attributes: dict[str, str | int]


def describe_column(
    values: pd.Series, variable: VariableSpec, *, dataset: str, length: int | None, key: int | None
) -> Column:
    """Return what the file says of a column.

    **Rule**: `length` is stated for text only, since it counts characters and a number's is counted in bytes. A --DTC
    is stated as `date` or `datetime` where define.xml has it so, which is where all of its values are complete; else as
    `string`, for Dataset-JSON has no type for partial dates.

    Args:
        length: the allotted length in bytes.
        key: the variable's place among the keys of the dataset.

    Raises:
        ConformanceError: the data are not what the specification says; in names and counts.
    """
    kind = data_type(values, variable, dataset)
    stated_kind = _type_of_text(values, variable) if kind == "string" else kind
    attributes: dict[str, str | int | None] = {
        "itemOID": f"IT.{dataset}.{variable.name}",
        "name": variable.name,
        "label": variable.label,
        "dataType": stated_kind,
        "targetDataType": _target(kind),
        "length": length if stated_kind == "string" and length else None,
        "displayFormat": variable.format if variable.type == "Num" else None,
        "keySequence": key,
    }
    return Column(variable.name, kind, {name: stated for name, stated in attributes.items() if stated is not None})


def _type_of_text(values: pd.Series, variable: VariableSpec) -> DataType:
    found = measure(values, iso=True).iso if is_iso(variable.name) else None
    return "date" if found == "date" else "datetime" if found == "datetime" else "string"


def _target(kind: DataType) -> str | None:
    return {"date": "integer", "datetime": "integer", "time": "integer", "decimal": "decimal"}.get(kind)


def data_type(values: pd.Series, variable: VariableSpec, dataset: str) -> DataType:
    """Return a column's data type: by the specification, and for a plain number by whether all values are whole.

    A column with a negative zero, or with whole numbers beyond 2**53 as doubles, is `double`: as integers they would
    be other numbers. A column without values is `integer`, unless its format makes it a date.

    Raises:
        ConformanceError: the data are not what the specification says; in names and counts.
    """
    if variable.type == "Char":
        return "string"
    where = f"{dataset}.{variable.name}"
    kind = temporal_kind(variable.format)
    if not values.notna().any():
        return kind or "integer"
    if values.dtype.kind in "Mm":
        return _temporal_type(values, kind, where, variable)
    if kind in ("date", "datetime"):
        raise ConformanceError(
            f"{where}: the data hold {values.dtype} values under the format {variable.format}. Convert them to dates."
        )
    numbers = _as_arrow(values, where)
    if pa.types.is_decimal(numbers.type):
        return "decimal"
    return "integer" if pa.types.is_integer(numbers.type) or _all_whole(numbers, where) else "double"


def _temporal_type(values: pd.Series, kind: DataType | None, where: str, variable: VariableSpec) -> DataType:
    fits = kind == "time" if values.dtype.kind == "m" else kind in ("date", "datetime")
    if kind is None or not fits:
        raise ConformanceError(
            f"{where}: the data hold {values.dtype} values and the format is {variable.format or 'missing'}. "
            "Specify DATE9., DATETIME20. or TIME8."
        )
    known = values.dropna().to_numpy()
    if kind == "date" and (parts := int((known != known.astype("datetime64[D]")).sum())):
        raise ConformanceError(
            f"{where}: {count(parts, 'value', verb='have')} a time of day under a date format. Cut it off or "
            "specify DATETIME20."
        )
    if kind == "time" and (beyond := int(((known < 0 * _DAY) | (known >= _DAY)).sum())):
        raise ConformanceError(
            f"{where}: {count(beyond, 'value', verb='are')} no time of day (below 0 or from 24 hours on). "
            "Specify a number of seconds."
        )
    return kind


def _all_whole(numbers: pa.Array, where: str) -> bool:
    floats = numbers.cast(pa.float64()).to_numpy(zero_copy_only=False)
    known = floats[~np.isnan(floats)]
    if infinite := int(np.isinf(known).sum()):
        raise ConformanceError(
            f"{where}: {count(infinite, 'value', verb='are')} infinite, which JSON cannot say. "
            f"Make {agree(infinite, 'them')} missing."
        )
    exact = (known == np.floor(known)) & (np.abs(known) <= _EXACT_INTEGER)
    return bool((exact & ~((known == 0) & np.signbit(known))).all())


def as_json(values: pd.Series, column: Column, dataset: str) -> pa.Array:
    """Return cells as JSON text; missing stays null.

    >>> as_json(pd.Series(["a", '"', None]), Column("X", "string", {}), "AE").to_pylist()
    ['"a"', '"\\\\""', None]
    """
    if not values.notna().any():
        return pa.nulls(len(values), pa.string())
    cells = _as_arrow(values, f"{dataset}.{column.name}")
    kind = column.data_type
    if kind == "string":
        return _quoted(_escaped(cells.cast(pa.string())))
    if kind == "integer":
        return cells.cast(pa.int64()).cast(pa.string())
    if kind == "double":
        shortest = cells.cast(pa.float64()).cast(pa.string())
        return pc.replace_substring_regex(shortest, "^-0$", "-0.0")
    if kind == "decimal":
        return _quoted(cells.cast(pa.string()))
    if kind == "date":
        return _quoted(cells.cast(pa.date32()).cast(pa.string()))
    return _quoted(_moments(cells, kind))


def _moments(cells: pa.Array, kind: DataType) -> pa.Array:
    """Return datetimes and times as ISO 8601, with as much of a second as there is."""
    if kind == "time":
        cells = cells.cast(pa.duration("ns")).cast(pa.int64()).cast(pa.time64("ns"))
    texts = pc.replace_substring(cells.cast(pa.string()), " ", "T")
    return pc.replace_substring_regex(texts, r"\.?0*$", "") if _has_fraction(texts) else texts


def _has_fraction(texts: pa.Array) -> bool:
    return bool(pc.any(pc.match_substring(texts, ".")).as_py())


def _quoted(texts: pa.Array) -> pa.Array:
    return pc.binary_join_element_wise('"', texts, '"', "")


def _escaped(texts: pa.Array) -> pa.Array:
    if not pc.any(pc.match_substring_regex(texts, _TO_ESCAPE)).as_py():
        return texts
    for character, escape in _ESCAPES.items():  # the backslash comes first
        texts = pc.replace_substring(texts, character, escape)
    return texts


def _as_arrow(values: pd.Series, where: str) -> pa.Array:
    try:
        cells = pa.array(values, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, UnicodeEncodeError) as error:
        raise ConformanceError(
            f"{where}: the data hold values of several types, or half a character. Correct them."
        ) from error
    return cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
