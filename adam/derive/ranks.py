"""How good a response is, as a number; `specs.model.facts.Response` says which terms have which rank."""

from __future__ import annotations

NOT_EVALUABLE, PROGRESSION, STABLE, PARTIAL, COMPLETE = range(5)
RANKS = range(5)
#: Not assessed at all.
NONE = -1
