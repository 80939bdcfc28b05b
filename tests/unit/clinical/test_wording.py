"""Conditions in the words that stand beside a number."""

from __future__ import annotations

import pytest

from clinical.conditions import Test as ColumnTest
from clinical.wording import condition_in_words


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ((), ""),
        (({"A": ColumnTest(any_of=("x",))},), "A is x"),
        (
            ({"A": ColumnTest(any_of=("x", "y", "z")), "B": ColumnTest(present=True)},),
            "A is x, y or z and B is present",
        ),
        (({"A": ColumnTest(none_of=("x",))}, {"B": ColumnTest(present=False)}), "(A is not x) or (B is missing)"),
        (({"A": ColumnTest(at_least=1, at_most=365)},), "A ≤ 365 and A ≥ 1"),
        (({"A": ColumnTest(above=0, below=2.5)},), "A < 2.5 and A > 0"),
    ],
)
def test_a_condition_in_words(condition, words):
    assert condition_in_words(condition) == words
