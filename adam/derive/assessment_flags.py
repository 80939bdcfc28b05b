"""Flags on assessments: which are the baseline, which count, which stand for a visit, which are a response."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from adam.derive.assessments import Assessments, compute_windows
from adam.derive.confirmation import compute_confirmed_ranks
from adam.derive.ranks import NOT_EVALUABLE, PARTIAL
from adam.derive.timeline import Booleans, Integers, is_first, is_last
from specs.model.responses import Confirmation, ResponseFlag, RowFlag, SharedFlag, Window


def compute_flags(
    assessments: Assessments,
    flags: Mapping[str, RowFlag | ResponseFlag | SharedFlag],
    windows: tuple[Window, ...],
    tie: str,
) -> dict[str, Booleans]:
    """Return each flag's rows; what the flags mean says `specs.model.responses.RowFlag`."""
    meanings: dict[str, Booleans] = {
        "one_per_date": assessments.alive,
        "since_start": assessments.since_start,
        "to_progression": assessments.to_progression,
        "eligible": assessments.eligible,
        "baseline": is_baseline(assessments),
        "nearest_in_window": nearest_in_window(assessments, windows, tie),
    }
    held = {}
    for name, flag in flags.items():
        if isinstance(flag, ResponseFlag):
            held[name] = assessments.eligible & (counted_ranks(assessments, flag.confirmation) >= PARTIAL)
        else:
            held[name] = meanings[flag.assessments if isinstance(flag, SharedFlag) else flag]
    return held


def counted_ranks(assessments: Assessments, rule: Confirmation | None) -> Integers:
    """Return what each response counts as: itself or, with a rule of confirmation, what is confirmed of it."""
    if rule is None:
        return assessments.ranks
    return compute_confirmed_ranks(assessments.codes, assessments.days, assessments.ranks, assessments.eligible, rule)


def is_baseline(assessments: Assessments) -> Booleans:
    """Return the last assessment of each subject before the first day that counts."""
    before = np.flatnonzero(assessments.alive & assessments.before_start)
    result = np.zeros(len(assessments), dtype=bool)
    result[before[is_last(assessments.codes[before])]] = True
    return result


def nearest_in_window(assessments: Assessments, windows: tuple[Window, ...], tie: str) -> Booleans:
    """Return, for each subject and window, the eligible evaluable assessment nearest the window's target."""
    window = compute_windows(assessments.study_days, windows)
    rows = np.flatnonzero(assessments.eligible & (assessments.ranks != NOT_EVALUABLE) & (window >= 0))
    result = np.zeros(len(assessments), dtype=bool)
    window, codes, days = window[rows], assessments.codes[rows], assessments.study_days[rows]
    distance = np.abs(days - np.array([one.target for one in windows], dtype="int64")[window])
    order = np.lexsort((-days if tie == "later" else days, distance, window, codes))
    visits = codes[order] * len(windows) + window[order]
    result[rows[order[is_first(visits)]]] = True
    return result
