"""The moment that an export states of itself."""

from __future__ import annotations

from datetime import UTC, datetime

from clinical.errors import RawDataError


def parse_instant(text: str, where: str) -> datetime:
    """Return an ISO 8601 date or date and time in UTC; without an offset it is taken as UTC.

    Raises:
        RawDataError: the text is no ISO 8601 date.
    """
    try:
        instant = datetime.fromisoformat(text.strip())
    except ValueError:
        raise RawDataError(
            f"{where}: the snapshot time is no ISO 8601 date and time (expected such as 2026-03-01T06:00:00Z). "
            "Correct it in the export."
        ) from None
    return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
