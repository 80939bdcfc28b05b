"""What holds an export's files: a folder, a zip, or nothing but the one file; a zip is never unpacked to disk."""

from __future__ import annotations

import io
import lzma
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any, BinaryIO, Protocol

from clinical.errors import OutsideError, RawDataError, did_you_mean, listed
from clinical.wording import agree, count

#: A zip is refused when it would unpack to more than this, or a file in it shrank more than clinical data can.
MAX_UNPACKED = 64 * 2**30
MAX_RATIO = 250
RATIO_MATTERS_FROM = 32 * 2**20

_DAMAGE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError)
_ZIP_ERRORS = (*_DAMAGE, NotImplementedError, UnicodeDecodeError)

#: The time of a zip's entry that was given none.
_NO_ZIP_TIME = datetime(1980, 1, 1, tzinfo=UTC)


class Container(Protocol):
    """A set of named files that can be opened again and again."""

    @property
    def label(self) -> str:
        """The container's name in messages."""

    @property
    def names(self) -> tuple[str, ...]:
        """The files in it, sorted, with forward slashes."""

    def open(self, name: str) -> BinaryIO:
        """Return the file's bytes as a stream."""

    def where(self, name: str) -> str:
        """Return the file's name in messages."""

    def stored_time(self, names: Iterable[str]) -> datetime | None:
        """Return the newest time that the container itself stores for the files, None where it stores none."""

    def outer_time(self, names: Iterable[str]) -> datetime:
        """Return the newest time of the files for want of any better."""


class Folder:
    """A folder: its files and those of the folders in it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.label = path.name or str(path)
        found = [one for pattern in ("*", "*/*") for one in path.glob(pattern) if one.is_file()]
        relative = (one.relative_to(path) for one in found)
        self.names = tuple(sorted(one.as_posix() for one in relative if not _is_litter(one.parts)))

    def open(self, name: str) -> BinaryIO:
        """Return the file's bytes as a stream."""
        return _opened(self._path / name, self.where(name))

    def where(self, name: str) -> str:
        """Return the folder's and the file's name."""
        return f"{self.label}/{name}"

    def stored_time(self, names: Iterable[str]) -> datetime | None:
        """Return None: the times of a folder's files belong to the disk, and copying or cloning changes them."""
        return None

    def outer_time(self, names: Iterable[str]) -> datetime:
        """Return the newest modification time of the files, in whole seconds."""
        newest = max((int((self._path / name).stat().st_mtime) for name in names), default=0)
        return datetime.fromtimestamp(newest, tz=UTC)


class SingleFile:
    """A file that is the whole export."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.label = path.name
        self.names = (path.name,)

    def open(self, name: str) -> BinaryIO:
        """Return the file's bytes as a stream."""
        return _opened(self._path, name)

    def where(self, name: str) -> str:
        """Return the file's name."""
        return name

    def stored_time(self, names: Iterable[str]) -> datetime | None:
        """Return None: the time of a file on a disk changes when it is copied."""
        return None

    def outer_time(self, names: Iterable[str]) -> datetime:
        """Return the file's modification time, in whole seconds."""
        return datetime.fromtimestamp(int(self._path.stat().st_mtime), tz=UTC)


def _opened(path: Path, where: str) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise OutsideError(f"{where}: the file cannot be read ({error.strerror}).") from None


class Archive:
    """A zip file, refused where it could write outside its folder or fill the memory."""

    def __init__(self, path: Path, name_encoding: str | None = None) -> None:
        self.label = path.name
        with _whole(self.label):
            self._zip = zipfile.ZipFile(path, metadata_encoding=name_encoding)
        entries = [info for info in self._zip.infolist() if not info.is_dir()]
        refuse_dangerous(self.label, entries)
        self._entries = {info.filename: info for info in entries if not _is_litter(PurePosixPath(info.filename).parts)}
        self.names = tuple(sorted(self._entries))

    def open(self, name: str) -> BinaryIO:
        """Return the unpacked bytes of the file as a stream."""
        with _whole(self.where(name)):
            return io.BufferedReader(_Entry(self._zip.open(self._entries[name]), self.where(name)), 2**16)

    def where(self, name: str) -> str:
        """Return the zip's and the file's name."""
        return f"{self.label}/{name}"

    def stored_time(self, names: Iterable[str]) -> datetime | None:
        """Return the newest time of the entries, taken as UTC; None where all of them have none (1980-01-01)."""
        newest = self.outer_time(names)
        return newest if newest > _NO_ZIP_TIME else None

    def outer_time(self, names: Iterable[str]) -> datetime:
        """Return the newest time of the entries, 1980-01-01 where they have none."""
        times = [_NO_ZIP_TIME]
        for name in names:
            try:
                times.append(datetime(*self._entries[name].date_time, tzinfo=UTC))
            except ValueError:
                continue
        return max(times)


class _Entry(io.RawIOBase):
    """A zip entry's bytes, whose damage shows as a `RawDataError`."""

    def __init__(self, stream: IO[bytes], where: str) -> None:
        self._stream = stream
        self._where = where

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer and return how many bytes came."""
        with _whole(self._where):
            block = self._stream.read(len(buffer))
        buffer[: len(block)] = block
        return len(block)

    def close(self) -> None:
        """Close the entry."""
        self._stream.close()
        super().close()


def find(container: Container, name: str) -> str | None:
    """Return the file of that name: at its exact place, else the only one of that name in any folder, else None.

    Raises:
        RawDataError: several folders have a file of that name.
    """
    if name in container.names:
        return name
    same = [one for one in container.names if PurePosixPath(one).name == name]
    if len(same) > 1:
        raise RawDataError(
            f"{container.label}: file '{name}' stands in several places ({listed(same)}). "
            "Write the right one with its folder as `file:` in raw.yaml, or remove the others."
        )
    return same[0] if same else None


def missing_file(container: Container, name: str, form: str) -> str:
    """Return the sentence that says a form's file is not there."""
    hint = did_you_mean(name, container.names)
    return (
        f"{container.label}: file '{name}' is missing; form '{form}' needs it.{hint} "
        f"Files present: {listed(container.names) or 'none'}. Fix the export, or `file:` or `optional:` in raw.yaml."
    )


def _is_litter(parts: tuple[str, ...]) -> bool:
    return any(part.startswith((".", "__MACOSX")) for part in parts)


def refuse_dangerous(label: str, entries: list[zipfile.ZipInfo]) -> None:
    """Raise where a zip's entries could write outside its folder, fill the memory, or cannot be told apart."""
    unsafe = 0
    for info in entries:
        path = PurePosixPath(info.filename.replace("\\", "/"))
        unsafe += path.is_absolute() or ".." in path.parts or ":" in path.parts[0]
    if unsafe:
        raise RawDataError(
            f"{label}: {count(unsafe, 'entry', 'entries')} of the zip {agree(unsafe, 'have')} a path that leads out "
            "of it, which is refused. Make the zip again from the export's own folder."
        )
    if len({info.filename for info in entries}) < len(entries):
        raise RawDataError(f"{label}: the zip has two entries of one name. Make the zip again.")
    if any(info.flag_bits & 1 for info in entries):
        raise RawDataError(f"{label}: the zip is encrypted. Make the zip again without a password.")
    unpacked = sum(info.file_size for info in entries)
    swollen = [
        info
        for info in entries
        if info.file_size > RATIO_MATTERS_FROM and info.file_size > MAX_RATIO * max(info.compress_size, 1)
    ]
    if swollen or unpacked > MAX_UNPACKED:
        raise RawDataError(
            f"{label}: the zip would unpack to {unpacked} bytes ({count(len(swollen), 'file')} shrank more than "
            f"{MAX_RATIO} times; at most {MAX_UNPACKED} bytes are accepted), which looks like a zip bomb and is "
            "refused. Unpack it yourself and name the folder if you trust it."
        )


@contextmanager
def _whole(where: str) -> Iterator[None]:
    """Turn the zip module's complaints into a `RawDataError`."""
    try:
        yield
    except _ZIP_ERRORS as error:
        kind = type(error).__name__
        raise RawDataError(
            f"{where}: the zip is damaged, cut short or of a kind that cannot be read ({kind}). Copy or make it again."
        ) from None
