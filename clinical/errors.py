"""The errors that a user sees: one message, one stable exit code, no traceback.

A message has the shape **where: what is wrong (found, expected). What to do.** and holds names and counts,
never a subject's values. Anything that is not a `PipelineError` is a bug.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches


class PipelineError(Exception):
    """Stop the run with a message for the user; `exit_code` is what the process returns."""

    exit_code = 1


class UsageError(PipelineError):
    """The command was given arguments that do not fit together."""

    exit_code = 2


class RawDataError(PipelineError):
    """The raw export cannot be read as its contract says."""

    exit_code = 11


class MappingError(PipelineError):
    """A mapping could not be carried out on the data it was given."""

    exit_code = 12


class ConformanceError(PipelineError):
    """A dataset breaks a rule that no specification can allow."""

    exit_code = 13


class OutsideError(PipelineError):
    """The outside world failed: a disk, a server, a missing tool."""

    exit_code = 14


@dataclass(frozen=True)
class Problem:
    """One thing wrong with a specification: its place and a sentence that says what to do."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


class SpecError(PipelineError):
    """A specification is wrong; `problems` holds everything found, not only the first."""

    exit_code = 10

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(dict.fromkeys(problems))
        super().__init__("\n".join(map(str, self.problems)))


def did_you_mean(found: str, known: Iterable[str]) -> str:
    """Return `" Did you mean 'NY'?"` for the nearest known name, or an empty text."""
    by_folded = {name.casefold(): name for name in known}
    near = get_close_matches(found.casefold(), by_folded, n=1, cutoff=0.6)
    return f" Did you mean '{by_folded[near[0]]}'?" if near else ""


def printable(name: str) -> str:
    r"""Return the name of a file as it can stand in a message: what breaks a line or steers a terminal as an escape.

    >>> print(printable("dm.xpt"), printable("受试者.pdf"), printable("a\nb\x1b[2J.txt"))
    dm.xpt 受试者.pdf a\nb\x1b[2J.txt
    """
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode("ascii") for sign in name)


def listed(names: Sequence[str], limit: int = 12) -> str:
    """Return names as `a, b, c and 4 more`."""
    shown = ", ".join(names[:limit])
    return f"{shown} and {len(names) - limit} more" if len(names) > limit else shown
