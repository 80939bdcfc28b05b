"""How good a response is, as a number; `specs.model.facts.Response` says which terms have which rank."""

from __future__ import annotations

from specs.model.facts import COMPLETE, NEITHER, NOT_EVALUABLE, PARTIAL, PROGRESSION, STABLE

__all__ = ["COMPLETE", "NEITHER", "NONE", "NOT_EVALUABLE", "PARTIAL", "PROGRESSION", "RANKS", "STABLE"]

RANKS = range(COMPLETE + 1)
#: Not assessed at all.
NONE = -1
