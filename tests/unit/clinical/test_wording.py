"""Conditions and counts in words."""

from __future__ import annotations

import pytest

from clinical.conditions import Test as ColumnTest
from clinical.wording import agree, condition_in_words, count


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


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (0, "0 values are"),
        (1, "1 value is"),
        (2, "2 values are"),
        (1000, "1,000 values are"),
    ],
)
def test_a_count_with_its_noun_and_verb(number: int, words: str) -> None:
    assert count(number, "value", verb="are") == words
    assert count(number, "value") == words.rsplit(" ", 1)[0]


def test_a_noun_may_have_a_plural_of_its_own() -> None:
    assert count(1, "entry", "entries") == "1 entry"
    assert count(3, "entry", "entries", verb="have") == "3 entries have"


@pytest.mark.parametrize(
    ("plural", "singular"),
    [
        ("are", "is"),
        ("were", "was"),
        ("have", "has"),
        ("do", "does"),
        ("hold", "holds"),
        ("lose", "loses"),
        ("them", "it"),
    ],
)
def test_verbs_and_pronouns_agree_with_the_number(plural: str, singular: str) -> None:
    assert [agree(number, plural) for number in (0, 1, 2)] == [plural, singular, plural]
