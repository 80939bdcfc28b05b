"""Whether a package, or a whole run folder, still is what it was when it was sealed."""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from clinical.errors import OutsideError, UsageError, listed
from submission import manifest
from submission.manifest import Verification, is_plain, sha256_of, standing
from submission.package import ARCHIVE, CHECKSUMS
from submission.sealed import read_checksums

_AT_ONCE = 1 << 20


@dataclass(frozen=True)
class Verified:
    """What was found.

    `files` counts the sealed files that were looked for. `seal` is the SHA-256 of the list of checksums itself, which
    whoever keeps it elsewhere can compare; None where there is no list.
    """

    what: Literal["run folder", "package"]
    found: Verification
    files: int
    seal: str | None


def verify_package(folder: Path) -> Verified:
    """Return what has changed in a run folder, a folder that holds m5 with its list of checksums, or an m5 folder that
    has its list beside it.

    A run folder is held against its manifest, its package also against the list. The zip may be absent outside a run
    folder; where it is changed, its content is told, too. A link in place of a file is a change, whatever it leads to.

    Raises:
        UsageError: the folder is none of these.
        OutsideError: a file cannot be read.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder. Name a run folder, or a folder with m5 and its *{CHECKSUMS}.")
    try:
        if (folder / manifest.NAME).is_file():
            return _verify_run(folder)
        if (folder / "m5").is_dir() or any(folder.glob(f"*{CHECKSUMS}")):
            return _verify_listed(_checksums_in(folder, folder), folder / "m5")
        return _verify_listed(_checksums_in(folder.resolve().parent, folder), folder)
    except OSError as error:
        raise OutsideError(
            f"{error.filename or folder}: cannot be read ({error.strerror}). Check its rights."
        ) from error


def _verify_run(folder: Path) -> Verified:
    by_manifest = manifest.verify(folder)
    files = len(manifest.read_manifest(folder).outputs)
    lists = sorted(folder.glob(f"*{CHECKSUMS}"))
    if not lists:
        return Verified("run folder", by_manifest, files, None)
    package = _verify_listed(_checksums_in(folder, folder), folder / "m5")
    return Verified("run folder", _joined(by_manifest, package.found), files, package.seal)


def _checksums_in(place: Path, asked: Path) -> Path:
    lists = sorted(place.glob(f"*{CHECKSUMS}"))
    if len(lists) == 1:
        return lists[0]
    found = listed([path.name for path in lists]) if lists else "none"
    raise UsageError(
        f"{asked}: one list of checksums is expected in {place} (*{CHECKSUMS}; found {found}). Name a run folder, or "
        "put m5 and its list side by side."
    )


def _verify_listed(checksums: Path, m5: Path) -> Verified:
    expected = read_checksums(checksums)
    seal = sha256_of(checksums)
    archives = [name for name in expected if _is_archive(name)]
    packed = {name: checksum for name, checksum in expected.items() if name not in archives}
    present = {f"m5/{name}": _sha256_if_plain(path) for name, path in standing(m5)} if m5.is_dir() else {}
    found = _difference(packed, present)
    looked_for = len(packed)
    for name in archives:
        archive = checksums.parent / name
        if not os.path.lexists(archive):
            continue
        looked_for += 1
        if _sha256_if_plain(archive) != expected[name]:
            found = _joined(found, Verification(changed=(name,)), _inside(archive, packed))
    return Verified("package", found, looked_for, seal)


def _is_archive(name: str) -> bool:
    return name.endswith(ARCHIVE) and "/" not in name


def _sha256_if_plain(path: Path) -> str | None:
    """Return a file's checksum; None for a link and the like, whose content is not its own."""
    return sha256_of(path) if is_plain(path) else None


def _difference(expected: Mapping[str, str], present: Mapping[str, str | None], where: str = "") -> Verification:
    return Verification(
        changed=tuple(where + name for name in sorted(set(expected) & set(present)) if expected[name] != present[name]),
        missing=tuple(where + name for name in sorted(set(expected) - set(present))),
        unexpected=tuple(where + name for name in sorted(set(present) - set(expected))),
    )


def _inside(archive: Path, expected: Mapping[str, str]) -> Verification:
    """Return how the content of a changed zip differs; nothing where it can no longer be read."""
    if not is_plain(archive):
        return Verification()
    try:
        with zipfile.ZipFile(archive) as opened:
            present = {entry.filename: _sha256_inside(opened, entry) for entry in opened.infolist()}
    except Exception:  # each way to compress has errors of its own, and that it is changed is told already
        return Verification()
    return _difference(expected, present, f"{archive.name}: ")


def _sha256_inside(opened: zipfile.ZipFile, entry: zipfile.ZipInfo) -> str:
    digest = hashlib.sha256()
    with opened.open(entry) as file:
        while piece := file.read(_AT_ONCE):
            digest.update(piece)
    return digest.hexdigest()


def _joined(*parts: Verification) -> Verification:
    return Verification(
        *(
            tuple(sorted({name for part in parts for name in getattr(part, what)}))
            for what in ("changed", "missing", "unexpected")
        )
    )
