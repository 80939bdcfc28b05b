"""The package as it is sent: the m5 folder in a zip beside it, and the SHA-256 of every file.

The zip is stored, not compressed: what a compressor makes of a file differs between builds of zlib, and two runs of the
same input must give the same bytes. With fixed times, rights and order nothing else in a zip can differ.
"""

from __future__ import annotations

import re
import shutil
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from clinical.errors import OutsideError, UsageError, listed, printable
from submission.manifest import is_plain, sha256_of, standing
from submission.package import RunPaths
from submission.whole_file import whole_file
from submission.xpt_layout import occurring_twice

_AT_ONCE = 1 << 20
#: The first and the last moment that a zip can state.
_FIRST, _LAST = datetime(1980, 1, 1), datetime(2107, 12, 31, 23, 59, 58)
_RIGHTS = 0o100644 << 16
_LINE = re.compile(r"(?P<escaped>\\?)(?P<hash>[0-9a-f]{64}) [ *](?P<name>.+)")


@dataclass(frozen=True)
class Sealed:
    """Where the zip and the list stand."""

    archive: Path
    checksums: Path


def seal_package(paths: RunPaths, *, created: datetime) -> Sealed:
    """Write the zip of the m5 folder and the list of checksums into the run folder, and return both.

    The list has a line for every file of m5 and one for the zip; `sha256sum -c` takes it from inside the run folder.

    Raises:
        UsageError: there is no m5 folder, or it is empty.
        OutsideError: the files could not be written.
    """
    files = {f"m5/{name}": path for name, path in standing(paths.m5) if is_plain(path)} if paths.m5.is_dir() else {}
    if not files:
        raise UsageError(f"{paths.m5}: no files to pack. Write the datasets first.")
    sealed = Sealed(paths.archive, paths.checksums)
    try:
        with whole_file(sealed.archive) as temporary:
            _write_zip(files, temporary, created)
        lines = [_line(sha256_of(path), stored) for stored, path in files.items()]
        lines.append(_line(sha256_of(sealed.archive), sealed.archive.name))
        with whole_file(sealed.checksums) as temporary:
            temporary.write_bytes("".join(lines).encode("utf-8", "surrogateescape"))
    except OSError as error:
        raise OutsideError(
            f"{paths.root}: the package cannot be written ({error.strerror or error}). Free space."
        ) from error
    return sealed


def read_checksums(path: Path) -> dict[str, str]:
    """Return the SHA-256 of each file that a list names.

    Raises:
        UsageError: the file is no list of checksums.
        OutsideError: it cannot be read.
    """
    try:
        text = path.read_bytes().decode("utf-8", "surrogateescape")
    except OSError as error:
        raise OutsideError(f"{path}: cannot be read ({error.strerror}). Check its permissions.") from error
    lines = [_LINE.fullmatch(line) for line in text.split("\n")[:-1]]
    found = [(_unescaped(one["name"]) if one["escaped"] else one["name"], one["hash"]) for one in lines if one]
    fault = None
    if "\r" in text:
        fault = "its lines end as on Windows"
    elif not text.endswith("\n") or not lines or not all(lines):
        fault = "not every line has a checksum and a name"
    elif twice := occurring_twice(name for name, _ in found):
        fault = f"{listed([printable(name) for name in twice])} is in it twice"
    if fault:
        raise UsageError(f"{path}: no list of SHA-256 checksums, as `sha256sum` writes it: {fault}. Fetch it again.")
    return dict(found)


def _write_zip(files: Mapping[str, Path], target: Path, created: datetime) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, path in files.items():
            entry = zipfile.ZipInfo(name, _moment(created))
            entry.create_system, entry.external_attr = 3, _RIGHTS
            entry.file_size = path.stat().st_size
            with path.open("rb") as source, archive.open(entry, "w") as packed:
                shutil.copyfileobj(source, packed, _AT_ONCE)


def _moment(created: datetime) -> tuple[int, int, int, int, int, int]:
    moment = created.astimezone(UTC).replace(tzinfo=None) if created.tzinfo else created
    moment = min(max(moment, _FIRST), _LAST)
    return moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second


def _line(checksum: str, name: str) -> str:
    """Return a line as `sha256sum` writes it; a name with a backslash or a line break is escaped."""
    escaped = name.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    mark = "\\" if escaped != name else ""
    return f"{mark}{checksum}  {escaped}\n"


def _unescaped(name: str) -> str:
    return re.sub(r"\\(.)", lambda found: {"n": "\n", "r": "\r"}.get(found[1], found[1]), name)
