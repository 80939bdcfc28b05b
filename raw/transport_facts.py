"""Whether a SAS transport file is whole; readers of it do not notice when its end is missing.

A transport file is a row of records of 80 bytes; observations follow the record OBS, one after the other without
regard to these 80 bytes, and the last record is filled up with blanks. Version 8 says how many observations there are.

Reference: SAS Technical Support, record layout of a SAS version 5 or 6 data set in transport format (TS-140), and of
version 8 (TS-140.2).
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import BinaryIO

from clinical.errors import RawDataError

_RECORD = 80
_BLOCK = _RECORD * 50_000
_MEMBER = b"HEADER RECORD*******MEMB"
_OBSERVATIONS = b"HEADER RECORD*******OBS"


@dataclass(frozen=True)
class TransportFacts:
    """A file's digest and size; of a transport file, where its observations start and how many it promises."""

    sha256: str
    size: int
    start: int = 0
    promised: int | None = None
    #: The last bytes of the file.
    tail: bytes = b""

    def require_whole(self, where: str, rows: int, width: int) -> None:
        """Raise where the observations are cut short.

        Args:
            rows: how many observations were read.
            width: the bytes of an observation.
        """
        spare = (self.size - self.start) % width if width else 0
        filled = self.tail[len(self.tail) - spare :].strip(b" ") if spare else b""
        short = self.promised is not None and rows < self.promised
        if short or spare >= max(_RECORD, 1) or filled:
            expected = f", expected {self.promised}" if short else ""
            raise RawDataError(
                f"{where}: the transport file is cut short (found {rows} whole observations{expected}). Export or copy "
                "it again."
            )


def scan(stream: BinaryIO, where: str) -> TransportFacts:
    """Return the facts of a transport file after reading it once.

    Raises:
        RawDataError: it is not made of records of 80 bytes, or holds several data sets.
    """
    digest = sha256()
    size = start = members = 0
    promised = None
    tail = b""
    while block := _filled(stream):
        digest.update(block)
        members += _count_records(block, _MEMBER)
        at = _find_record(block, _OBSERVATIONS)
        if at is not None and not start:
            start = size + at + _RECORD
            number = block[at + 48 : at + 63].strip()
            promised = int(number) if block[at + 23 : at + 25] == b"V8" and number.isdigit() else None
        size += len(block)
        tail = (tail + block)[-4 * _RECORD :]
    if size % _RECORD or not start:
        raise RawDataError(
            f"{where}: this is no whole transport file (found {size} bytes, expected records of 80 with the header "
            "OBS). It is damaged, cut short or of another kind; export or copy it again."
        )
    if members > 1:
        raise RawDataError(f"{where}: the transport file holds {members} data sets, expected one. Export each alone.")
    return TransportFacts(digest.hexdigest(), size, start, promised, tail)


def _filled(stream: BinaryIO) -> bytes:
    """Return the next block, shorter only at the end."""
    parts = []
    wanted = _BLOCK
    while wanted and (part := stream.read(wanted)):
        parts.append(part)
        wanted -= len(part)
    return b"".join(parts)


def _find_record(block: bytes, beginning: bytes) -> int | None:
    """Return where a record with that beginning starts."""
    at = block.find(beginning)
    while at >= 0 and at % _RECORD:
        at = block.find(beginning, at + 1)
    return at if at >= 0 else None


def _count_records(block: bytes, beginning: bytes) -> int:
    number, at = 0, block.find(beginning)
    while at >= 0:
        number += at % _RECORD == 0
        at = block.find(beginning, at + 1)
    return number
