"""Confirmation of responses against a second implementation: one subject at a time, from the wording of the rule."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from adam.derive.confirmation import compute_confirmed_ranks
from specs.model.responses import Confirmation

NAMES = ("NE", "PD", "NON", "SD", "PR", "CR")

#: A subject's assessments: days since the one before, and the response.
SUBJECT = st.lists(st.tuples(st.sampled_from([7, 14, 21, 28, 35]), st.sampled_from(NAMES)), max_size=7)
RULE = st.builds(
    Confirmation,
    min_days=st.sampled_from([1, 14, 28]),
    max_not_evaluable=st.integers(0, 2),
    max_stable=st.integers(0, 2),
    partial_after_complete=st.sampled_from(["accepted", "refused"]),
    complete_then_partial=st.sampled_from(["stable", "partial"]),
)


def confirms(later: Sequence[tuple[int, str]], day: int, as_partial: bool, rule: Confirmation) -> bool:
    """Return whether what comes later confirms a response of that day as a partial (or complete) one."""
    good = ("CR", "PR") if as_partial else ("CR",)
    harmless = (*good, "NE", "SD") if as_partial else (*good, "NE")
    for place, (other, name) in enumerate(later):
        if name in good and other >= day + rule.min_days:
            until = [one for _, one in later[: place + 1]]
            between = until[:-1]
            falls = as_partial and "PR" in until[until.index("CR") :] if "CR" in until else False
            return (
                all(one in harmless for one in between)
                and between.count("NE") <= rule.max_not_evaluable
                and between.count("SD") <= rule.max_stable
                and not (falls and rule.partial_after_complete == "refused")
            )
    return False


def expected(assessed: Sequence[tuple[int, str]], rule: Confirmation) -> list[str]:
    """Return what each assessment of a subject counts as."""
    counted = []
    for place, (day, name) in enumerate(assessed):
        later = assessed[place + 1 :]
        if name == "CR" and not confirms(later, day, as_partial=False, rule=rule):
            partial = rule.complete_then_partial == "partial" and confirms(later, day, as_partial=True, rule=rule)
            name = "PR" if partial else "SD"
        elif name == "PR" and not confirms(later, day, as_partial=True, rule=rule):
            name = "SD"
        counted.append(name)
    return counted


@given(subjects=st.lists(SUBJECT, min_size=1, max_size=4), rule=RULE)
@settings(max_examples=400, deadline=None)
def test_confirmed_as_the_rule_says(subjects: list[list[tuple[int, str]]], rule: Confirmation) -> None:
    assessed = [
        list(zip(np.cumsum([gap for gap, _ in subject]).tolist(), [name for _, name in subject]))
        for subject in subjects
    ]
    codes = np.repeat(np.arange(len(assessed)), [len(one) for one in assessed])
    days = np.array([day for one in assessed for day, _ in one], dtype="int64")
    ranks = np.array([NAMES.index(name) for one in assessed for _, name in one], dtype="int64")

    found = compute_confirmed_ranks(codes, days, ranks, np.ones(len(days), dtype=bool), rule)

    assert [NAMES[rank] for rank in found] == [name for one in assessed for name in expected(one, rule)]
