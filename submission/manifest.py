"""manifest.json: what a run read, what it wrote, and with what. Written last; a run folder without it is no run."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from clinical.errors import OutsideError, UsageError
from submission.xpt_layout import read_layout

NAME = "manifest.json"
#: The packages that can change a byte of what is written.
PACKAGES = (
    "defineutils",
    "jinja2",
    "lxml",
    "matplotlib",
    "numpy",
    "odmlib",
    "pandas",
    "pandera",
    "prefect",
    "pyarrow",
    "pydantic",
    "pyreadstat",
    "python-docx",
    "pyyaml",
    "reportlab",
    "xlsxwriter",
)


@dataclass(frozen=True)
class InputFile:
    """A file of the export. `rows` counts its records and is None where it has none."""

    sha256: str
    bytes: int
    rows: int | None


@dataclass(frozen=True)
class OutputFile:
    """A file of the run folder. `rows` and `columns` are None where the file is no table."""

    sha256: str
    bytes: int
    rows: int | None
    columns: int | None


@dataclass(frozen=True)
class Software:
    """What computed the run."""

    cdiscflow: str
    python: str
    packages: Mapping[str, str]


@dataclass(frozen=True)
class Manifest:
    """One run. The fields are the keys of manifest.json, in its order; paths have forward slashes.

    `specs` are relative to the study's folder, `inputs` to the export, `outputs` to the run folder.
    `started` and `finished` have a time zone. `cutoff` is an ISO date, or None where the data set none.
    """

    study: str
    run_id: str
    started: datetime
    finished: datetime
    user: str
    cutoff: str | None
    software: Software
    specs: Mapping[str, str]
    inputs: Mapping[str, InputFile]
    outputs: Mapping[str, OutputFile]
    findings: Mapping[str, int]
    status: str


@dataclass(frozen=True)
class Verification:
    """What no longer is as the manifest says; paths relative to the run folder, sorted."""

    changed: tuple[str, ...] = field(default=())
    missing: tuple[str, ...] = field(default=())
    unexpected: tuple[str, ...] = field(default=())

    @property
    def intact(self) -> bool:
        """Whether nothing was changed, removed or added."""
        return not (self.changed or self.missing or self.unexpected)


def sha256_of(path: Path) -> str:
    """Return a file's SHA-256 in lower-case hexadecimal, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def standing(folder: Path) -> Iterator[tuple[str, Path]]:
    """Return what stands in a folder, by relative path with forward slashes, sorted.

    That is every file, link and pipe, and every folder that holds nothing, as `empty/`. No link is followed.

    Raises:
        OSError: a folder cannot be listed.
    """

    def refuse(error: OSError) -> None:
        raise error

    found = []
    for parent, folders, files in os.walk(folder, onerror=refuse):
        place = Path(parent)
        if not folders and not files and place != folder:
            found.append((f"{place.relative_to(folder).as_posix()}/", place))
        paths = [place / name for name in files] + [place / name for name in folders if (place / name).is_symlink()]
        found += [(path.relative_to(folder).as_posix(), path) for path in paths]
    return iter(sorted(found))


def is_plain(path: Path) -> bool:
    """Return whether a path is a file itself: no link to one, no folder, no pipe."""
    return stat.S_ISREG(path.lstat().st_mode)


def describe_software(packages: Iterable[str] = PACKAGES) -> Software:
    """Return the versions in use; a package that is not installed is left out."""
    found = {name: _version(name) for name in packages}
    return Software(
        cdiscflow=_version("cdiscflow") or "unknown",
        python=platform.python_version(),
        packages={name: number for name, number in found.items() if number},
    )


def describe_outputs(folder: Path, tables: Mapping[str, tuple[int, int]] | None = None) -> dict[str, OutputFile]:
    """Return every file of a run folder but the manifest, by relative path, sorted.

    Rows and columns of transport and Parquet files come from their headers.

    Args:
        tables: rows and columns of other files that are tables, by relative path, as `findings/findings.csv`.
    """
    given = tables or {}
    outputs = {}
    for name, path in standing(folder):
        if name == NAME or not is_plain(path):
            continue
        rows, columns = given.get(name) or _shape(path)
        outputs[name] = OutputFile(sha256_of(path), path.stat().st_size, rows, columns)
    return outputs


def write_manifest(manifest: Manifest, folder: Path) -> Path:
    """Write `manifest` as manifest.json into a run folder and return its path.

    The order of keys is that of the fields; paths are sorted; times are UTC to the second.
    """
    text = json.dumps(_plain(manifest), indent=2, ensure_ascii=False) + "\n"
    path = folder / NAME
    temporary = folder / f".{NAME}.partial"
    try:
        with temporary.open("w", encoding="utf-8", newline="\n") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise OutsideError(f"{path}: cannot be written ({error.strerror}). Check the disk's space.") from error
    return path


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of a run folder.

    Raises:
        UsageError: the folder has none, or one that no run wrote.
    """
    try:
        found: dict[str, Any] = json.loads((folder / NAME).read_text(encoding="utf-8"))
        return Manifest(
            **{
                **found,
                "started": datetime.fromisoformat(found["started"]),
                "finished": datetime.fromisoformat(found["finished"]),
                "software": Software(**found["software"]),
                "inputs": {path: InputFile(**one) for path, one in found["inputs"].items()},
                "outputs": {path: OutputFile(**one) for path, one in found["outputs"].items()},
            }
        )
    except FileNotFoundError as error:
        raise UsageError(
            f"{folder}: no run folder ({NAME} is missing). Name a folder that `run` has written."
        ) from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise UsageError(
            f"{folder / NAME}: not the manifest of a run. Name a folder that `run` has written."
        ) from error
    except OSError as error:
        raise OutsideError(f"{folder / NAME}: cannot be read ({error.strerror}). Check its permissions.") from error


def verify(folder: Path) -> Verification:
    """Return what has changed in a run folder since its manifest was written; an empty folder is no change.

    Raises:
        UsageError: the folder has no manifest, or one that no run wrote.
    """
    outputs = read_manifest(folder).outputs
    present = {name: path for name, path in standing(folder) if name != NAME and not name.endswith("/")}
    return Verification(
        changed=tuple(
            name
            for name, path in present.items()
            if name in outputs
            and not (
                is_plain(path)
                and path.stat().st_size == outputs[name].bytes
                and sha256_of(path) == outputs[name].sha256
            )
        ),
        missing=tuple(sorted(set(outputs) - set(present))),
        unexpected=tuple(name for name in present if name not in outputs),
    )


def _shape(path: Path) -> tuple[int | None, int | None]:
    if path.suffix == ".xpt":
        layout = read_layout(path, encoding="latin-1")  # every byte is a character of it, and no text is shown
        return layout.rows, len(layout.variables)
    if path.suffix == ".parquet":
        metadata = pq.read_metadata(path)
        return metadata.num_rows, metadata.num_columns
    return None, None


def _plain(value: Any) -> Any:
    if isinstance(value, Manifest | Software | InputFile | OutputFile):
        return {part.name: _plain(getattr(value, part.name)) for part in fields(value)}
    if isinstance(value, Mapping):
        known = [name for name in ("error", "warning", "note") if name in value]
        return {name: _plain(value[name]) for name in [*known, *sorted(set(value) - set(known))]}
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return value


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None
