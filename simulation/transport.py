"""SAS transport files of version 8: names of up to 32 characters, texts of any length up to 32767 bytes.

Reference: SAS Technical Support, record layout of a SAS version 8 or 9 data set in SAS transport format (TS-140.2).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd

_RECORD = 80
_SYSTEM = "X64_10PRO"[:8]


@dataclass(frozen=True)
class Variable:
    """A column of a transport file: text as bytes of one width, or doubles; `display` is its format, as DATE9."""

    name: str
    label: str
    column: np.ndarray
    display: str = ""

    @property
    def numeric(self) -> bool:
        """Return whether it holds numbers."""
        return bool(self.column.dtype.kind == "f")

    @property
    def width(self) -> int:
        """Return its bytes in an observation."""
        return 8 if self.numeric else int(self.column.dtype.itemsize)


def text_variable(name: str, label: str, values: pd.Series) -> Variable:
    """Return texts as a variable as wide as the longest one in UTF-8, at least one byte; missing is blank."""
    codes, distinct = pd.factorize(values)
    table = [*(str(text).encode() for text in distinct), b" "]
    width = max(map(len, table))
    padded = np.array([text.ljust(width) for text in table], dtype=f"S{width}")
    return Variable(name, label, padded[codes])


def write_transport(path: Path, name: str, label: str, variables: list[Variable], created: datetime) -> None:
    """Write a data set as a transport file that says it was made at the given time."""
    stamp = created.strftime("%d%b%y:%H:%M:%S").upper()
    rows = len(variables[0].column) if variables else 0
    head = [
        _header("LIBV8", "0" * 30),
        _fixed(("SAS", 8), ("SAS", 8), ("SASLIB", 8), ("9.4", 8), (_SYSTEM, 8), ("", 24), (stamp, 16)),
        _fixed((stamp, 16), ("", 64)),
        _header("MEMBV8", "000000000000000001600000000140"),
        _header("DSCPTV8", "0" * 30),
        _fixed(("SAS", 8), (name, 32), ("SASDATA", 8), ("9.4", 8), (_SYSTEM, 8), (stamp, 16)),
        _fixed((stamp, 16), ("", 16), (_cut(label, 40), 40), ("DATA", 8)),
        _header("NAMSTV8", f"000000{len(variables):04d}" + "0" * 20),
        _descriptions(variables),
        _header("OBSV8", f"{rows:>15}" + " " * 15),
    ]
    with path.open("wb") as file:
        file.writelines(head)
        size = file.write(_observations(variables, rows))
        file.write(b" " * (-size % _RECORD))


def _header(name: str, rest: str) -> bytes:
    return f"HEADER RECORD*******{name:<8}HEADER RECORD!!!!!!!{rest:<30}  ".encode()


def _fixed(*parts: tuple[str, int]) -> bytes:
    return b"".join(text.encode().ljust(width) for text, width in parts)


def _cut(text: str, size: int) -> str:
    """Return a text of at most so many bytes in UTF-8."""
    return text.encode()[:size].decode(errors="ignore")


def _descriptions(variables: list[Variable]) -> bytes:
    described, position = [], 0
    for number, variable in enumerate(variables, 1):
        described.append(_description(variable, number, position))
        position += variable.width
    text = b"".join(described)
    return text.ljust(-(-len(text) // _RECORD) * _RECORD)


def _description(variable: Variable, number: int, position: int) -> bytes:
    letters = variable.display.rstrip("0123456789.")
    digits = variable.display[len(letters) :].rstrip(".")
    label = _cut(variable.label, 40)
    first = struct.pack(">4h", 1 if variable.numeric else 2, 0, variable.width, number)
    names = _fixed((variable.name[:8], 8), (label, 40), (letters, 8))
    shown = struct.pack(">3h", int(digits or 0), 0, 0)
    read = _fixed(("", 2), ("", 8)) + struct.pack(">2hi", 0, 0, position)
    long_name = _fixed((variable.name, 32)) + struct.pack(">h", len(label.encode()))
    return first + names + shown + read + long_name + b"\0" * 18


def _observations(variables: list[Variable], rows: int) -> bytes:
    if not rows:
        return b""
    parts = [
        _ibm(variable.column) if variable.numeric else variable.column.view("u1").reshape(rows, variable.width)
        for variable in variables
    ]
    return np.concatenate(parts, axis=1).tobytes()


def _ibm(values: np.ndarray) -> np.ndarray:
    """Return doubles as IBM doubles, eight bytes a row; missing is a period."""
    known = np.isfinite(values)
    fraction, exponent = np.frexp(np.where(known, np.abs(values), 0.0))
    sixteens = -(-exponent // 4)
    digits = np.ldexp(fraction, 56 - (4 * sixteens - exponent)).astype("uint64")
    sign = np.signbit(np.where(known, values, 0.0)).astype("uint64") << np.uint64(63)
    whole = sign | ((sixteens + 64).astype("uint64") << np.uint64(56)) | digits
    whole = np.where(digits == 0, np.uint64(0), whole)
    whole = np.where(known, whole, np.uint64(ord(".") << 56))
    return whole.astype(">u8").view("u1").reshape(len(values), 8)
