"""Confirmed response: a later assessment that is at least as good, with nothing worse in between."""

from __future__ import annotations

import numpy as np

from adam.derive.ranks import COMPLETE, PARTIAL
from adam.derive.timeline import Booleans, Integers, Timeline, is_first
from specs.model.responses import Confirmation


def compute_confirmed(
    codes: Integers, days: Integers, ranks: Integers, counts: Booleans, rule: Confirmation
) -> Booleans:
    """Return which responses are confirmed; rows are sorted by subject and day, `counts` are those that matter.

    Rule: a complete response by a complete response, a partial one by a partial or complete one, at least `min_days`
    later. No worse response lies between; at most `max_not_evaluable` assessments between are not evaluable.

    Example (min_days 28, days 30, 60, 90):
        PR PR --  -> the first is confirmed
        PR NE PR  -> the first is confirmed
        CR PR CR  -> the complete responses are not confirmed; the partial one is
        PR SD PR  -> none is confirmed
    """
    rows = np.flatnonzero(counts)
    confirmed = np.zeros(len(codes), dtype=bool)
    for rank in (PARTIAL, COMPLETE):
        held = _confirmed_at(codes[rows], days[rows], ranks[rows], rank, rule)
        confirmed[rows[held]] = True
    return confirmed


def _confirmed_at(codes: Integers, days: Integers, ranks: Integers, rank: int, rule: Confirmation) -> Integers:
    """Return the positions of responses of one rank that a response of the same or a better rank confirms."""
    worse = (ranks > 0) & (ranks < rank)
    stretch: Integers = np.cumsum(worse | is_first(codes), dtype="int64")  # a worse response ends a stretch
    not_evaluable = np.cumsum(ranks == 0)
    own, confirming = np.flatnonzero(ranks == rank), np.flatnonzero(ranks >= rank)
    timeline = Timeline(stretch[confirming], days[confirming])
    found = timeline.first_from(stretch[own], days[own] + rule.min_days)
    own, later = own[found >= 0], confirming[found[found >= 0]]
    held: Integers = own[not_evaluable[later] - not_evaluable[own] <= rule.max_not_evaluable]
    return held
