"""A run folder appears whole or not at all: written under another name, and put in place by renaming.

Beside `out/demo` stand, hidden, while a run is at work: `.demo.<run id>.partial` (what it writes), `.demo.lock` (held
for as long as the process lives) and, where two names cannot be exchanged at once, `.demo.<run id>.previous` for the
moment between two renames. Whatever a killed run leaves of these the next `RunFolder.begin` clears up.
"""

from __future__ import annotations

import ctypes
import json
import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from clinical.errors import OutsideError, PipelineError, UsageError
from submission.manifest import NAME as MANIFEST

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_RUN_ID = re.compile(r"[A-Za-z0-9_-]+")


class RunFolder:
    """A run folder in the making: write into `work`, then `publish` or `abandon`.

    As a context manager it abandons what was not published:

    >>> with RunFolder.begin(Path("out/demo"), "20260131T0200-1a2b") as run:  # doctest: +SKIP
    ...     write_everything(run.work)
    ...     run.publish()
    """

    def __init__(self, final: Path, work: Path, lock: _Lock) -> None:
        self.final = final
        self.work = work
        self._lock = lock

    @classmethod
    def begin(cls, final: Path, run_id: str) -> RunFolder:
        """Return a run folder whose empty `work` folder, private to the owner, stands beside `final`.

        A publication that was killed halfway is put right, and what killed runs left is removed.

        Args:
            final: where the run will stand: nothing yet, an empty folder, or a run folder to be replaced.
            run_id: letters, digits, `-` and `_`.

        Raises:
            UsageError: `final` is something that no run has written.
            OutsideError: another run is writing there, or the disk refused.
        """
        if not _RUN_ID.fullmatch(run_id):
            raise ValueError(f"a run id has letters, digits, - and _ only, found {run_id!r}")
        final = final.resolve()
        if not final.name:
            raise UsageError(f"{final}: no place for a run folder. Name a folder inside it.")
        work = final.with_name(f".{final.name}.{run_id}.partial")
        with _disk(final.parent):
            final.parent.mkdir(parents=True, exist_ok=True)
            lock = _Lock(final)
        try:
            with _disk(final.parent):
                _put_back(final)
                _require_replaceable(final)
                for leftover in _beside(final, "partial", "previous"):
                    _delete(leftover)
                work.mkdir(mode=0o700)
        except BaseException:
            lock.release()
            raise
        return cls(final, work, lock)

    def publish(self) -> None:
        """Put the finished run in place of what stood there, and remove that.

        A kill at any moment leaves either the former run or this one, whole; between the two renames that some file
        systems need, the former one waits for the next `begin`.

        Raises:
            OutsideError: the disk refused, or a file of the former run is held open (Windows); it then still stands.
            UsageError: something that no run has written was put there meanwhile.
        """
        if not is_run_folder(self.work):
            raise RuntimeError("the manifest is written last, and before publication")
        with _disk(self.final):
            _require_replaceable(self.final)
            _flush(self.work)
            former = _replace(self.work, self.final)
            _flush_names(self.final.parent)
            if former is not None:
                _delete(former)
        self._lock.release()

    def abandon(self) -> None:
        """Remove what was written; after `publish`, or a second time, do nothing."""
        if self._lock.held:
            _delete(self.work)
            self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.abandon()


def is_run_folder(folder: Path) -> bool:
    """Return whether a folder holds the manifest of a run."""
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and {"run_id", "outputs", "status"} <= set(found)


class _Lock:
    """A lock that the operating system drops when the process dies, however it dies."""

    def __init__(self, final: Path) -> None:
        self._path = final.with_name(f".{final.name}.lock")
        self._handle = self._acquire(final)

    @property
    def held(self) -> bool:
        return self._handle is not None

    def _acquire(self, final: Path) -> int | None:
        while True:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                _lock_at_once(handle)
                if _is_still(self._path, handle):
                    return handle
                os.close(handle)
            except (BlockingIOError, PermissionError) as error:
                os.close(handle)
                raise OutsideError(
                    f"{final}: another run is writing there. Wait until it has ended, or choose another folder."
                ) from error
            except OSError:
                os.close(handle)
                raise

    def release(self) -> None:
        if self._handle is not None:
            if sys.platform != "win32":
                self._path.unlink(missing_ok=True)
            os.close(self._handle)
            self._handle = None


def _lock_at_once(handle: int) -> None:
    if sys.platform == "win32":
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_still(path: Path, handle: int) -> bool:
    """Return whether a file has kept its name; a former holder removes it, and then its lock holds nobody off."""
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


@contextmanager
def _disk(place: Path) -> Iterator[None]:
    """Turn the operating system's refusals into a message."""
    try:
        yield
    except PipelineError:
        raise
    except OSError as error:
        raise OutsideError(
            f"{place}: the run folder cannot be written ({error.strerror or error}). Check the disk's space and "
            "permissions, and that no file in it is open in another program."
        ) from error


def _beside(final: Path, *endings: str) -> list[Path]:
    pattern = re.compile(rf"\.{re.escape(final.name)}\.{_RUN_ID.pattern}\.({'|'.join(endings)})")
    return sorted(path for path in final.parent.iterdir() if pattern.fullmatch(path.name) and path.is_dir())


def _put_back(final: Path) -> None:
    """Give the former run its name back where a kill came between the two renames of a publication."""
    former = [folder for folder in _beside(final, "previous") if is_run_folder(folder)]
    if former and not final.exists():
        former[-1].rename(final)
        _flush_names(final.parent)


def _require_replaceable(final: Path) -> None:
    if not final.exists() or is_run_folder(final):
        return
    if not final.is_dir():
        raise UsageError(f"{final}: is a file. Name a folder.")
    if any(final.iterdir()):
        raise UsageError(
            f"{final}: holds files and is no run folder ({MANIFEST} of a run not found); nothing was touched. Name a "
            "new or empty folder, or a former run's."
        )


def _replace(work: Path, final: Path) -> Path | None:
    """Move `work` to `final`; return where the former run now stands, if there was one."""
    if not is_run_folder(final):
        if final.exists():
            final.rmdir()
        work.rename(final)
        return None
    if _exchange(work, final):
        return work
    former = work.with_suffix(".previous")
    final.rename(former)
    try:
        work.rename(final)
    except OSError:
        former.rename(final)
        raise
    return former


def _exchange(one: Path, other: Path) -> bool:
    """Exchange two names at once; return False, nothing done, where the system cannot (it is a call of Linux)."""
    rename = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None) if sys.platform == "linux" else None
    here, exchange = -100, 2  # AT_FDCWD, RENAME_EXCHANGE of linux/fs.h
    return rename is not None and rename(here, os.fsencode(one), here, os.fsencode(other), exchange) == 0


def _delete(folder: Path) -> None:
    """Remove a folder, its manifest first, so that a half removed run is none; what resists waits for the next run."""
    with suppress(OSError):
        (folder / MANIFEST).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)


def _flush(folder: Path) -> None:
    """Have every file and name below a folder on the disk, so that a power cut does not empty a published run."""
    for parent, _, names in os.walk(folder):
        for name in names:
            with open(os.path.join(parent, name), "r+b") as file:
                os.fsync(file.fileno())
        _flush_names(Path(parent))


def _flush_names(folder: Path) -> None:
    if sys.platform != "win32":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
