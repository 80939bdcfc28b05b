"""The time at which an export of tables was taken; never the clock."""

from __future__ import annotations

import os
from codecs import BOM_UTF8
from collections.abc import Iterable
from datetime import UTC, datetime

from clinical.errors import RawDataError
from raw.container import Container, find
from raw.instants import parse_instant
from raw.reading import Told, remark


def snapshot_time(
    container: Container, snapshot_file: str | None, names: Iterable[str], inside: datetime | None = None
) -> tuple[datetime, Told]:
    """Return the snapshot time in UTC, and a note where it is only the time of files on a disk.

    The first of: the first line of the declared snapshot file; the newest time that the files themselves state
    (`inside`); the newest time that a zip stores for its files; SOURCE_DATE_EPOCH; the newest modification time of the
    files in a folder (1980-01-01 for a zip without times). A folder's file times come last because copying or cloning
    the export changes them.

    Raises:
        RawDataError: the snapshot file or SOURCE_DATE_EPOCH holds no time.
    """
    names = tuple(names)
    stated = find(container, snapshot_file) if snapshot_file else None
    if stated:
        with container.open(stated) as stream:
            line = stream.read(200).removeprefix(BOM_UTF8).partition(b"\n")[0]
        text = line.decode("ascii") if line.isascii() else ""
        return parse_instant(text, f"{container.where(stated)}: line 1"), []
    if inside is not None:
        return inside, []
    told = []
    if snapshot_file:
        told.append(remark("RAW.NO_SNAPSHOT_FILE", f"The snapshot file {snapshot_file} is not in the export."))
    instant = container.stored_time(names) or source_date_epoch()
    if instant is None:
        instant = container.outer_time(names)
        told.append(
            remark(
                "RAW.SNAPSHOT_GUESSED",
                "The export states no snapshot time; the newest time of its files was taken, which copying them "
                "changes. Add a snapshot file, or set SOURCE_DATE_EPOCH.",
            )
        )
    return instant, told


def source_date_epoch() -> datetime | None:
    """Return the instant of the environment variable SOURCE_DATE_EPOCH, None where it is not set."""
    text = os.environ.get("SOURCE_DATE_EPOCH", "").strip()
    if not text:
        return None
    try:
        return datetime.fromtimestamp(int(text), tz=UTC)
    except (ValueError, OverflowError, OSError):
        raise RawDataError(
            "SOURCE_DATE_EPOCH: expected the seconds since 1970-01-01 as a whole number. Correct or unset it."
        ) from None
