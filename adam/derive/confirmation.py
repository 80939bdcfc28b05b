"""Confirmed response: a later assessment that is at least as good, with nothing worse in between."""

from __future__ import annotations

import numpy as np

from adam.derive.ranks import COMPLETE, PARTIAL, STABLE
from adam.derive.timeline import Booleans, Integers, Timeline, is_first
from specs.model.responses import Confirmation


def compute_confirmed_ranks(
    codes: Integers, days: Integers, ranks: Integers, counts: Booleans, rule: Confirmation
) -> Integers:
    """Return what each response counts as; rows are sorted by subject and day, `counts` are those that matter.

    Rule: a complete response is confirmed by a complete one, a partial one by a partial or complete one, by the first
    such that is at least `min_days` later. No worse response lies between, but for `max_stable` stable diseases between
    a partial response and its confirmation; at most `max_not_evaluable` assessments between are not evaluable. With
    `partial_after_complete: refused` a partial response is not confirmed where a partial one follows a complete one
    until its confirmation. A response without confirmation is stable disease; with `complete_then_partial: partial` a
    complete one is a partial response where a partial one follows as it would have to for confirming one.

    Example (min_days 28, days 30, 60, 90):
        PR PR --  -> PR SD --
        PR NE PR  -> PR NE SD
        CR PR CR  -> SD PR SD; with complete_then_partial: PR PR SD
        PR SD PR  -> SD SD SD; with max_stable 1: PR SD SD
    """
    rows = np.flatnonzero(counts)
    at = (codes[rows], days[rows], ranks[rows])
    counted = ranks.copy()
    counted[ranks >= PARTIAL] = STABLE
    counted[rows[_confirmed(*at, PARTIAL, PARTIAL, rule)]] = PARTIAL
    if rule.complete_then_partial == "partial":
        counted[rows[_confirmed(*at, COMPLETE, PARTIAL, rule)]] = PARTIAL
    counted[rows[_confirmed(*at, COMPLETE, COMPLETE, rule)]] = COMPLETE
    return counted


def _confirmed(
    codes: Integers, days: Integers, ranks: Integers, rank: int, as_rank: int, rule: Confirmation
) -> Integers:
    """Return the positions of responses of one rank that a later one confirms as a response of `as_rank`."""
    worse = (ranks > 0) & (ranks < as_rank)
    if as_rank == PARTIAL and rule.max_stable:
        worse &= ranks != STABLE
    stretch: Integers = np.cumsum(worse | is_first(codes), dtype="int64")  # a worse response ends a stretch
    own, confirming = np.flatnonzero(ranks == rank), np.flatnonzero(ranks >= as_rank)
    timeline = Timeline(stretch[confirming], days[confirming])
    found = timeline.first_from(stretch[own], days[own] + rule.min_days)
    later = confirming[found[found >= 0]]
    own = own[found >= 0]
    holds = _count_between(ranks == 0, own, later) <= rule.max_not_evaluable
    if as_rank == PARTIAL:
        holds &= _count_between(ranks == STABLE, own, later) <= rule.max_stable
        if rule.partial_after_complete == "refused":
            holds &= ~_partial_follows_complete(ranks, own, later)
    held: Integers = own[holds]
    return held


def _count_between(holds: Booleans, own: Integers, later: Integers) -> Integers:
    """Return in how many rows after `own`, up to `later`, something holds."""
    count = np.cumsum(holds, dtype="int64")
    between: Integers = count[later] - count[own]
    return between


def _partial_follows_complete(ranks: Integers, own: Integers, later: Integers) -> Booleans:
    """Return where, after `own` and up to `later`, a partial response comes after a complete one."""
    complete, partial = np.flatnonzero(ranks == COMPLETE), np.flatnonzero(ranks == PARTIAL)
    first_complete = np.append(complete, len(ranks))[np.searchsorted(complete, own, side="right")]
    last_partial = np.append(-1, partial)[np.searchsorted(partial, later, side="right")]
    follows: Booleans = first_complete < last_partial
    return follows
