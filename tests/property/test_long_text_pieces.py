"""Divided text: whatever is collected, its pieces fit and give it back."""

from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from sdtm.long_text import divide, split_text

words = st.one_of(
    st.text(alphabet="abcé", max_size=30),
    st.text(alphabet="发热患者，。", max_size=90),
    st.sampled_from(["", " ", "\n", "\t", "e\u0301", "😀" * 20, "x" * 250, "환자"]),
)
texts = st.lists(words, min_size=1, max_size=60).map(" ".join) | st.lists(words, max_size=40).map("".join)


def _restores(pieces: tuple[str, ...], text: str) -> bool:
    """Return whether the pieces are the text, with at most one blank left out between each two."""
    for number, piece in enumerate(pieces):
        if number:
            text = text.removeprefix(" ")
        if not text.startswith(piece):
            return False
        text = text[len(piece) :]
    return not text.strip()


@given(texts)
def test_pieces_fit_and_restore_the_text(text: str) -> None:
    pieces = split_text(text)
    assert all(len(piece.encode()) <= 200 for piece in pieces)
    assert all(piece.strip() and piece == piece.rstrip() for piece in pieces[: len(pieces) - 1])
    assert _restores(pieces, text)


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters=" "), min_size=200))
def test_text_without_a_blank_is_restored_exactly(text: str) -> None:
    pieces = split_text(text)
    assert "".join(pieces) == text.rstrip() or pieces == (text,)


@given(st.lists(st.none() | texts, min_size=1, max_size=8))
def test_columns_hold_the_pieces_of_each_row(values: list[str | None]) -> None:
    column = pd.Series(values, dtype="str")
    columns, count = divide(column)
    rows = [
        [part for part in row if isinstance(part, str)] for row in zip(*(one.tolist() for one in columns), strict=True)
    ]
    long = [isinstance(text, str) and len(text.encode()) > 200 for text in values]
    expected = [list(split_text(text)) if over else [text] for text, over in zip(values, long, strict=True)]
    assert rows == [[part for part in row if part is not None] for row in expected]
    assert count == sum(len(row) > 1 for row in expected)
