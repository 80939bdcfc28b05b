"""Whether a text file is written in the encoding that its contract declares; nothing is guessed or replaced."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from hashlib import sha256
from typing import BinaryIO

from clinical.errors import RawDataError

BLOCK = 4 * 2**20

#: The codec that decodes each declared encoding; UTF-8 may have a byte order mark.
CODECS = {"utf-8": "utf-8-sig", "utf-8-sig": "utf-8-sig", "gb18030": "gb18030", "ascii": "ascii"}

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True)
class FileFacts:
    """A file's digest and size, and whether its last line is ended."""

    sha256: str
    bytes: int
    ended: bool


def verify(stream: BinaryIO, where: str, declared: str) -> FileFacts:
    """Return a file's facts after reading it once to see that it is text of the declared encoding.

    Raises:
        RawDataError: it is empty, holds bytes that the encoding does not know, NUL bytes or another encoding's
            byte order mark, or is declared GB18030 and is UTF-8.
    """
    digest = sha256()
    size = lines = 0
    last = b""
    utf8 = _Utf8Evidence()
    # Neither UTF-8 nor GB18030 has a line feed inside a character: whole lines decode by themselves.
    while block := b"".join(stream.readlines(BLOCK)):
        if not size:
            _refuse_mark(block, where, declared)
        digest.update(block)
        _require_text(block, where, declared, size, lines)
        if declared == "gb18030":
            utf8.look(block)
        size += len(block)
        lines += block.count(b"\n")
        last = block[-1:]
    if not size:
        raise RawDataError(f"{where}: the file is empty (expected a line with the column names). Export it again.")
    if utf8.certain:
        raise RawDataError(
            f"{where}: the file is declared gb18030 and is UTF-8. "
            "Declare `export.csv.encoding: utf-8` in raw.yaml, or export it again."
        )
    return FileFacts(digest.hexdigest(), size, last in (b"\n", b"\r"))


class _Utf8Evidence:
    """Whether text that decodes as GB18030 is UTF-8 in truth: all of it is valid UTF-8 and some of it Chinese."""

    def __init__(self) -> None:
        self._valid = True
        self._chinese = False

    def look(self, block: bytes) -> None:
        if self._valid and not block.isascii():
            try:
                text = block.decode("utf-8")
            except UnicodeDecodeError:
                self._valid = False
            else:
                self._chinese = self._chinese or any("\u4e00" <= character <= "\u9fff" for character in text)

    @property
    def certain(self) -> bool:
        return self._valid and self._chinese


def _refuse_mark(block: bytes, where: str, declared: str) -> None:
    if block.startswith(_UTF16):
        raise RawDataError(
            f"{where}: the file starts with the byte order mark of UTF-16 (expected {declared}). "
            "Export it again as UTF-8."
        )
    if block.startswith(codecs.BOM_UTF8) and CODECS[declared] != "utf-8-sig":
        raise RawDataError(
            f"{where}: the file is declared {declared} and starts with the byte order mark of UTF-8. "
            "Declare `export.csv.encoding: utf-8` in raw.yaml, or export it again."
        )


def _require_text(block: bytes, where: str, declared: str, before: int, lines: int) -> None:
    """Raise where bytes of the block cannot be decoded, naming line and offset.

    Args:
        before: bytes before this block; its first line is line `lines + 1`.
    """
    try:
        block.decode("utf-8" if CODECS[declared] == "utf-8-sig" else declared)
    except UnicodeDecodeError as error:
        line = lines + block.count(b"\n", 0, error.start) + 1
        raise RawDataError(
            f"{where}: line {line}, byte {before + error.start}: bytes that are not {declared}. "
            f"{_advice(block, error.start, declared)}"
        ) from None
    at = block.find(b"\0")
    if at >= 0:
        line = lines + block.count(b"\n", 0, at) + 1
        raise RawDataError(
            f"{where}: line {line}, byte {before + at}: a NUL byte, which no text has. "
            "The file is damaged or UTF-16; export it again as UTF-8."
        )


def _advice(block: bytes, at: int, declared: str) -> str:
    """Return what to do, after trying the other encoding on the line that could not be decoded."""
    start = block.rfind(b"\n", 0, at) + 1
    end = block.find(b"\n", at)
    line = block[start : end if end >= 0 else len(block)]
    for other in ("utf-8", "gb18030"):
        if CODECS[other] == CODECS[declared]:
            continue
        try:
            line.decode(other)
        except UnicodeDecodeError:
            continue
        return (
            f"The line reads as {other}: declare `export.csv.encoding: {other}` in raw.yaml if the whole file is so, "
            "or export it again."
        )
    return "Declare the file's encoding in raw.yaml, or export it again as UTF-8."
