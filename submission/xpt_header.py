"""The headers of a SAS XPT version 5 file, as bytes.

Reference: "Record Layout of a SAS Version 5 or 6 Data Set in SAS Transport (XPORT) Format" (SAS TS-140).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import accumulate

from specs.model.dataset import DatasetSpec, VariableSpec
from specs.model.submission import Encoding
from submission import sas_values
from submission.xpt_layout import MONTHS, RECORD, pad_to_record

#: The version and the system that the example of TS-140 names: this file is of no SAS release.
_SYSTEM = b"6.06    bsd4.2  "
#: type, hash, length, number, name, label, format (name, width, decimals), justification, filler, informat (name,
#: width, decimals), place in the record, and 52 bytes that version 5 does not use.
_NAMESTR = struct.Struct(">hhhh8s40s8shhhh8shhi52x")


def headers(
    spec: DatasetSpec,
    lengths: Sequence[int],
    *,
    created: datetime,
    encoding: Encoding,
    informats: Mapping[str, str] | None = None,
) -> bytes:
    """Return everything that stands before the first record of data.

    Args:
        lengths: the bytes of the variables, in order.
        informats: informats by variable, for those that have one.
    """
    stamp = stamp_of(created)
    count = len(spec.variables)
    places = [0, *accumulate(lengths)][:-1]
    described = b"".join(
        _namestr(variable, number, length, place, (informats or {}).get(variable.name), encoding)
        for number, (variable, length, place) in enumerate(zip(spec.variables, lengths, places), start=1)
    )
    records = [
        _header("LIBRARY"),
        b"SAS     SAS     SASLIB  " + _SYSTEM + b" " * 24 + stamp,
        stamp,
        _header("MEMBER", "000000000000000001600000000140"),
        _header("DSCRPTR"),
        b"SAS     " + spec.name.encode("ascii").ljust(8) + b"SASDATA " + _SYSTEM + b" " * 24 + stamp,
        stamp + b" " * 16 + spec.label.encode(encoding).ljust(40),
        _header("NAMESTR", f"000000{count:04d}".ljust(30, "0")),
    ]
    head = b"".join(record.ljust(RECORD) for record in records)
    return head + described.ljust(pad_to_record(len(described))) + _header("OBS").ljust(RECORD)


def stamp_of(created: datetime) -> bytes:
    """Return a moment as the 16 bytes `22NOV26:10:17:22`: in UTC where it has a zone, in English everywhere."""
    moment = created.astimezone(UTC) if created.tzinfo else created
    return f"{moment:%d}{MONTHS[moment.month - 1]}{moment:%y:%H:%M:%S}".encode("ascii")


def _header(what: str, rest: str = "0" * 30) -> bytes:
    return f"HEADER RECORD*******{what:<8}HEADER RECORD!!!!!!!{rest}".encode("ascii")


def _namestr(
    variable: VariableSpec, number: int, length: int, place: int, informat: str | None, encoding: Encoding
) -> bytes:
    shown = sas_values.split_format(variable.format) or ("", 0, 0)
    read = sas_values.split_format(informat) or ("", 0, 0)
    return _NAMESTR.pack(
        1 if variable.type == "Num" else 2,
        0,
        length,
        number,
        variable.name.encode("ascii").ljust(8),
        variable.label.encode(encoding).ljust(40),
        shown[0].encode("ascii").ljust(8),
        *shown[1:],
        0,
        0,
        read[0].encode("ascii").ljust(8),
        *read[1:],
        place,
    )
