"""Putting a study's files in their place: the folder is whole, or stays as it was."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from clinical.errors import UsageError


def write_files(folder: Path, texts: Mapping[str, str]) -> None:
    """Write files by their path in a folder; line ends stay what they are."""
    for path, text in texts.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode("utf-8"))


def place_study(
    folder: Path, texts: Mapping[str, str], *, former: Mapping[str, str] | None = None, keep_former: bool = False
) -> Path | None:
    """Make a folder hold the files, and return where the one that was there is kept, None where it is not.

    Everything is written into a folder beside it first; then the two change places.

    Args:
        former: the files of the folder that these replace; all others of the folder, such as samples, stay.
        keep_former: whether the folder that was there is kept as `<folder>.former`.
    """
    partial = folder.with_name(f".{folder.name}.partial")
    kept = folder.with_name(f"{folder.name}.former" if keep_former else f".{folder.name}.former")
    there = folder.is_dir() and any(folder.iterdir())
    if there and kept.exists():
        raise UsageError(f"{kept}: is there already, from a former import. Look at it, and remove it.")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        if there and not keep_former:
            shutil.copytree(folder, partial)
            for path in (former or {}).keys() - texts.keys():
                (partial / path).unlink()
        changed = {path: text for path, text in texts.items() if (former or {}).get(path) != text or not there}
        partial.mkdir(parents=True, exist_ok=True)
        write_files(partial, changed)
        if not there:
            shutil.rmtree(folder, ignore_errors=True)
            partial.rename(folder)
            return None
        _exchange(folder, partial, kept)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    if keep_former:
        return kept
    shutil.rmtree(kept)
    return None


def _exchange(folder: Path, partial: Path, kept: Path) -> None:
    folder.rename(kept)
    try:
        partial.rename(folder)
    except OSError:
        kept.rename(folder)
        raise
