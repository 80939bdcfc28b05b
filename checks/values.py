"""What single values must be: type, length in bytes, term, form. Whole columns in, a boolean a value out."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from checks import iso8601
from specs.model.codelists import ResolvedCodelist
from specs.model.dataset import VariableSpec

#: The longest text that a version 5 transport file holds, in bytes.
LONGEST = 200
#: Numbers from here on are not kept by a transport file.
LARGEST = 7.2e75
#: How SAS formats of dates, times and both begin.
DATE_FORMATS = ("DATE", "YYMMDD", "DDMMYY", "MMDDYY", "E8601D", "TIME", "E8601T", "IS8601")


def is_text(column: pd.Series) -> bool:
    """Return whether a column holds text."""
    return bool(pd.api.types.is_string_dtype(column.dtype))


def is_number(column: pd.Series) -> bool:
    """Return whether a column holds numbers."""
    return bool(pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_bool_dtype(column.dtype))


def is_sas_date(variable: VariableSpec) -> bool:
    """Return whether a variable is a number that SAS shows as a date, a time or both."""
    return variable.type == "Num" and (variable.format or "").upper().startswith(DATE_FORMATS)


def has_type(column: pd.Series, variable: VariableSpec) -> bool:
    """Return whether a column has its variable's type; a column without any value has every type."""
    if variable.type == "Char":
        right = is_text(column)
    elif is_sas_date(variable):
        right = bool(pd.api.types.is_datetime64_any_dtype(column.dtype))
    else:
        right = is_number(column)
    return right or bool(column.isna().all())


def fits(column: pd.Series, length: int) -> pd.Series:
    """Return which texts have at most `length` bytes in UTF-8; missing ones do."""
    lengths = pc.fill_null(pc.binary_length(pa.array(column.astype("str"))), 0)
    return pd.Series(np.asarray(lengths) <= length, index=column.index)


def is_storable(column: pd.Series) -> pd.Series:
    """Return which numbers a transport file keeps, being neither infinite nor too large; dates and missing ones are."""
    if not is_number(column):
        return pd.Series(True, index=column.index)
    return column.abs().lt(LARGEST) | column.isna()


def is_term(column: pd.Series, terms: frozenset[str]) -> pd.Series:
    """Return which values are terms; missing ones are. Numbers are compared as numbers."""
    if is_number(column):
        numbers = pd.to_numeric(pd.Series(sorted(terms), dtype="str"), errors="coerce").dropna()
        return column.isin(numbers) | column.isna()
    return column.isin(list(terms)) | column.isna()


def is_result_number(column: pd.Series) -> pd.Series:
    """Return which texts are numbers, or numbers after a sign of being below or above them, as `<5`."""
    if is_number(column):
        return column.notna()
    return column.str.fullmatch(r"(?:[<>]=?)?[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?").fillna(False).astype(bool)


def terms_of(codelist: str, codelists: Mapping[str, ResolvedCodelist]) -> frozenset[str] | None:
    """Return the terms of a variable's codelist, or of several separated by `;`; None if one is not known."""
    names = codelist.split(";")
    if any(name not in codelists for name in names):
        return None
    return frozenset(term for name in names for term in codelists[name].terms)


def has_form(column: pd.Series, kind: str) -> pd.Series:
    """Return which values are of a Define-XML type: text, integer, float, date or datetime. None may be missing."""
    if kind in ("integer", "float"):
        numbers = pd.to_numeric(column, errors="coerce")
        return numbers.notna() & (numbers.mod(1).eq(0) if kind == "integer" else True)
    if kind in ("date", "datetime") and is_text(column):
        return iso8601.is_date(column)
    return pd.Series(True, index=column.index)
