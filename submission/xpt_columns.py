"""A dataset as a transport file holds it, and what such a file could not hold without a change."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from clinical.errors import ConformanceError, listed
from clinical.provenance import is_provenance
from clinical.wording import agree, count
from specs.model.dataset import DatasetSpec, VariableSpec
from specs.model.submission import Encoding
from submission import ibm, sas_values, xpt_text
from submission.xpt_layout import occurring_twice
from submission.xpt_text import MOST_BYTES, MOST_LABEL_BYTES, Refused

_NAME = re.compile(r"[A-Z_][A-Z0-9_]{0,7}")
_EXACT_INTEGER = 2**53
#: A version 5 header has four digits for the number of variables.
_MOST_VARIABLES = 9_999
#: The bytes that a number may have.
_NUMBER_LENGTHS = range(3, 9)


@dataclass(frozen=True)
class TextColumn:
    """A text variable to be written: Arrow text in the file's encoding, and its length in bytes."""

    length: int
    texts: pa.Array

    def fill(self, table: npt.NDArray[np.uint8], start: int) -> None:
        """Fill a table of bytes, `length` a row, with the rows from `start` on."""
        table.view(f"V{self.length}")[:, 0] = xpt_text.pad(self.texts.slice(start, len(table)), self.length)


@dataclass(frozen=True)
class NumberColumn:
    """A number to be written: doubles, and its length in bytes."""

    length: int
    numbers: npt.NDArray[np.float64]

    def fill(self, table: npt.NDArray[np.uint8], start: int) -> None:
        """Fill a table of bytes, `length` a row, with the rows from `start` on."""
        numbers = ibm.to_ibm(self.numbers[start : start + len(table)])
        if self.length == ibm.LENGTH:
            table.view(">u8")[:, 0] = numbers
        else:
            table[:] = numbers.astype(">u8").view(np.uint8).reshape(-1, ibm.LENGTH)[:, : self.length]


Column = TextColumn | NumberColumn


def prepare(
    frame: pd.DataFrame, spec: DatasetSpec, *, encoding: Encoding, lengths: Mapping[str, int] | None = None
) -> tuple[Column, ...]:
    """Return what is to be written, in order.

    Args:
        lengths: the bytes of variables; one that is not named has its specification's length, else that of its
            longest value (text) or 8 (numbers).

    Raises:
        ConformanceError: a transport file could not hold the data as they are; all reasons, in names and counts.
    """
    problems = [*metadata_problems(spec, encoding), *_presence_problems(frame, spec)]
    columns: list[Column] = []
    for variable in () if problems else spec.variables:
        values, length = frame[variable.name], (lengths or {}).get(variable.name) or variable.length
        try:
            if variable.type == "Char":
                columns.append(text_column(values, length, encoding))
            else:
                columns.append(number_column(values, variable, length))
        except Refused as refusal:
            problems.append(f"{spec.name}.{variable.name}: {refusal}")
    if problems:
        raise ConformanceError("\n".join(problems))
    return tuple(columns)


def metadata_problems(spec: DatasetSpec, encoding: Encoding) -> list[str]:
    """Return what of a specification a transport file cannot say."""
    problems = []
    if not 0 < len(spec.variables) <= _MOST_VARIABLES:
        problems.append(
            f"{spec.name}: the specification has no variable. Add its variables."
            if not spec.variables
            else f"{spec.name}: {len(spec.variables)} variables, at most {_MOST_VARIABLES} fit. Split the dataset."
        )
    for what, name in [("the dataset's name", spec.name), *(("a variable's name", name) for name in spec.names)]:
        if not _NAME.fullmatch(name):
            problems.append(
                f"{spec.name}: {what} is {name} and must be at most 8 upper-case letters, digits and underscores, "
                "not starting with a digit. Rename it."
            )
    if twice := occurring_twice(spec.names):
        problems.append(f"{spec.name}: variables are specified twice ({listed(twice)}). Remove one of them.")
    for variable in spec.variables:
        if wrong := _format_problem(variable.format, variable, "a", "format"):
            problems.append(f"{spec.name}.{variable.name}: {wrong}")
    labels = [(spec.name, spec.label), *((f"{spec.name}.{one.name}", one.label) for one in spec.variables)]
    return [*problems, *(f"{where}: {wrong}" for where, label in labels if (wrong := _label_problem(label, encoding)))]


def informat_problems(spec: DatasetSpec, informats: Mapping[str, str]) -> list[str]:
    """Return what of informats a transport file cannot say."""
    problems = []
    if unknown := [name for name in informats if name not in spec.names]:
        problems.append(
            f"{spec.name}: informats are given for variables that are not specified ({listed(unknown)}). Drop them."
        )
    for variable in spec.variables:
        if wrong := _format_problem(informats.get(variable.name), variable, "an", "informat"):
            problems.append(f"{spec.name}.{variable.name}: {wrong}")
    return problems


def _format_problem(given: str | None, variable: VariableSpec, article: str, what: str) -> str | None:
    parts = sas_values.split_format(given)
    if parts is None:
        return f"{given} is no SAS {what}. Write it as DATE9., 8.2 or $20."
    kind = "Char" if parts[0].startswith("$") else "Num"
    if any(parts) and kind != variable.type:
        of = "text" if kind == "Char" else "numbers"
        return f"{given} is {article} {what} of {of} and the variable is {variable.type}. Correct one of them."
    return None


def _label_problem(label: str, encoding: Encoding) -> str | None:
    if encoding == "ascii" and not label.isascii():
        return "the label holds characters that ASCII does not have. Write it in ASCII, or name another encoding."
    if (size := len(label.encode(encoding))) > MOST_LABEL_BYTES:
        return f"the label has {size} bytes, at most {MOST_LABEL_BYTES} fit. Shorten it."
    return None


def _presence_problems(frame: pd.DataFrame, spec: DatasetSpec) -> list[str]:
    present = [str(column) for column in frame.columns if not is_provenance(str(column))]
    found, specified = set(present), set(spec.names)
    problems = []
    if twice := occurring_twice(present):
        problems.append(f"{spec.name}: columns occur twice in the data ({listed(twice)}). Rename or drop one of them.")
    if missing := [name for name in spec.names if name not in found]:
        problems.append(
            f"{spec.name}: specified but not in the data: {listed(missing)}. Build them or take them out of the spec."
        )
    if unknown := [name for name in present if name not in specified]:
        problems.append(f"{spec.name}: in the data but not specified: {listed(unknown)}. Specify them or drop them.")
    return problems


def text_column(values: pd.Series, length: int | None, encoding: Encoding) -> TextColumn:
    """Return text in the file's encoding; without a length it has that of the longest value, at least 1.

    Raises:
        Refused: not text, too long, in characters that the encoding does not have, or holding a NUL.
    """
    texts = xpt_text.as_arrow(values)
    if nul := xpt_text.count_nul(texts):
        raise Refused(f"{count(nul, 'value', verb='hold')} a NUL character, which ends a text on reading. Remove it.")
    if encoding == "ascii" and not xpt_text.is_ascii(texts):
        beyond = xpt_text.count(xpt_text.beyond_ascii(texts))
        raise Refused(
            f"{count(beyond, 'value', verb='hold')} characters that ASCII does not have. Write them in ASCII, or name "
            "another encoding."
        )
    coded = xpt_text.encode(texts, encoding)
    longest = xpt_text.longest_of(coded)
    if longest > MOST_BYTES:
        longer = xpt_text.count_longer(coded, MOST_BYTES)
        raise Refused(
            f"{count(longer, 'value', verb='are')} longer than 200 bytes (the longest has {longest}). "
            f"Shorten {agree(longer, 'them')}, or continue in supplemental qualifiers."
        )
    length = max(longest, 1) if length is None else length
    if not 0 < length <= MOST_BYTES:
        raise Refused(f"the length is {length}, which a text cannot have. Give one from 1 to 200.")
    if longest > length:
        longer = xpt_text.count_longer(coded, length)
        raise Refused(
            f"{count(longer, 'value', verb='are')} longer than the variable's {count(length, 'byte')} (the longest has "
            f"{longest}). Raise the length or shorten {agree(longer, 'them')}."
        )
    return TextColumn(length, coded)


def number_column(values: pd.Series, variable: VariableSpec, length: int | None) -> NumberColumn:
    """Return numbers as float64; dates and datetimes counted from 1960-01-01 as the variable's format asks.

    Raises:
        Refused: not numbers, infinite, too large, too near to zero, not exact in the variable's length, or dates
            without a date format and vice versa.
    """
    length = ibm.LENGTH if length is None else length
    if length not in _NUMBER_LENGTHS:
        raise Refused(f"the length is {length}, which a number cannot have. Give one from 3 to 8.")
    numbers = _temporal(values, variable) if values.notna().any() else np.full(len(values), np.nan)
    size = np.abs(numbers)
    if infinite := int(np.isinf(size).sum()):
        raise Refused(
            f"{count(infinite, 'value', verb='are')} infinite. Make {agree(infinite, 'them')} missing or correct the "
            "derivation."
        )
    if beyond := int((size >= ibm.BEYOND).sum()):
        values_beyond = count(beyond, "value", verb="are")
        raise Refused(f"{values_beyond} 7.24e75 or beyond, more than a transport file holds. Use another unit.")
    if tiny := int(np.count_nonzero(size[size < ibm.SMALLEST])):
        raise Refused(
            f"{count(tiny, 'value', verb='are')} nearer to zero than 5.4e-79 and would become zero. Use another unit."
        )
    if length < ibm.LENGTH and (changed := ibm.count_inexact(numbers, length)):
        raise Refused(
            f"{count(changed, 'value', verb='lose')} digits in {length} bytes. Raise the variable's length, up to 8."
        )
    return NumberColumn(length, numbers)


def _temporal(values: pd.Series, variable: VariableSpec) -> npt.NDArray[np.float64]:
    kind = sas_values.temporal_kind(variable.format)
    if isinstance(values.dtype, pd.DatetimeTZDtype):
        raise Refused("the data hold datetimes with a time zone. Convert them to plain datetimes.")
    if values.dtype.kind == "M":
        if kind == "date":
            return _days(values)
        if kind == "datetime":
            return _moments(values)
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


def _days(values: pd.Series) -> npt.NDArray[np.float64]:
    known = values.dropna().to_numpy()
    if parts := np.count_nonzero(known != known.astype("datetime64[D]")):
        timed = count(int(parts), "value", verb="have")
        raise Refused(f"{timed} a time of day under a date format. Cut it off or specify DATETIME20.")
    days = sas_values.to_sas_dates(values)
    _read_again(sas_values.from_sas_dates, days)
    return days


def _moments(values: pd.Series) -> npt.NDArray[np.float64]:
    seconds = sas_values.to_sas_datetimes(values)
    known = values.notna().to_numpy()
    again = _read_again(sas_values.from_sas_datetimes, seconds[known])
    if finer := np.count_nonzero(again != values[known].to_numpy()):
        timed = count(int(finer), "value", verb="have")
        raise Refused(f"{timed} finer fractions of a second than a number of SAS holds. Round them to milliseconds.")
    return seconds


def _read_again(
    read: Callable[[npt.NDArray[np.float64]], npt.NDArray[np.datetime64]], numbers: npt.NDArray[np.float64]
) -> npt.NDArray[np.datetime64]:
    try:
        return read(numbers)
    except OverflowError as error:
        raise Refused(f"{error}, which SAS does not know. Correct them or specify the variable as Char.") from error


def _plain_numbers(values: pd.Series) -> npt.NDArray[np.float64]:
    if values.dtype == np.float64:
        return values.to_numpy()
    kind = pd.api.types.infer_dtype(values, skipna=True)
    if kind not in ("floating", "integer", "boolean", "mixed-integer-float"):
        raise Refused(f"the data hold {kind} values and the specification says Num. Correct one of them.")
    numbers = values.to_numpy(dtype="float64", na_value=np.nan)
    known = values.dropna()
    beyond = kind == "integer" and bool(((known > _EXACT_INTEGER) | (known < -_EXACT_INTEGER)).any())
    # Objects of Python are compared with floats by their exact values.
    if beyond or (values.dtype == object and (known.to_numpy() != numbers[values.notna()]).any()):
        raise Refused("whole numbers beyond 2**53 lose digits. Specify the variable as Char.")
    return numbers
