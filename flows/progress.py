"""Who is told of a run's progress: a bar on a terminal, nobody in a pipe."""

from __future__ import annotations

from typing import Protocol

from flows.steps import StepReport


class Progress(Protocol):
    """Told of every step; names and counts only."""

    def planned(self, steps: int) -> None:
        """Say how many steps there are."""

    def finished(self, report: StepReport) -> None:
        """Say that a step has ended."""


class Silent:
    """Tells nobody."""

    def planned(self, steps: int) -> None:
        """Do nothing."""

    def finished(self, report: StepReport) -> None:
        """Do nothing."""
