"""Whether the command line was asked to end with a line of JSON; an error has to know it, too."""

from __future__ import annotations

_asked = False


def ask(value: bool) -> bool:
    """Remember whether `--json` was given, and return it."""
    global _asked
    _asked = value
    return value


def is_asked() -> bool:
    """Return whether `--json` was given."""
    return _asked
