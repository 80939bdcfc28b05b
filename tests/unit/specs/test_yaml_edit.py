"""Changing a value of a YAML file leaves every other character where it is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specs.yaml_edit import YamlEdit, content_of
from specs.yaml_words import document, inline, scalar

TEXT = """\
# A comment at the top.
name: AE   # why
keys: [A, "1", B]
text: >-
  Two lines
  of text.

variables:
  # the first
  ONE: {map: {column: X}, label: One}
  TWO:
    label: Two # here
    map:
      cases:
        - {where: {A: "Y"}}   # a case
        - where: {B: N}
  # the last
  END: {}
after: yes
"""


@pytest.mark.parametrize(
    ("path", "value", "old", "new"),
    [
        (("name",), "CM", "name: AE   # why", "name: CM   # why"),
        (("keys",), ["A"], 'keys: [A, "1", B]', "keys: [A]"),
        (("keys", 1), "2", 'keys: [A, "1", B]', 'keys: [A, "2", B]'),
        (("text",), "One.", "text: >-\n  Two lines\n  of text.\n", "text: One.\n"),
        (("variables", "ONE", "label"), "a: b", "label: One}", 'label: "a: b"}'),
        (("variables", "ONE", "map", "column"), "Z", "{column: X}", "{column: Z}"),
        (("variables", "TWO", "label"), "Zwei", "label: Two # here", "label: Zwei # here"),
        (("variables", "TWO", "map", "cases", 0, "where", "A"), "N", '{A: "Y"}', "{A: N}"),
        (("variables", "TWO", "length"), "8", "- where: {B: N}\n", '- where: {B: N}\n    length: "8"\n'),
        (("variables", "ONE", "length"), "8", "label: One}", 'label: One, length: "8"}'),
        (("variables", "NEW"), {"map": {"a": "b"}}, "  END: {}\n", "  END: {}\n  NEW: {map: {a: b}}\n"),
        (("new", "deep"), "1.10", "after: yes\n", 'after: yes\nnew: {deep: "1.10"}\n'),
    ],
)  # fmt: skip
def test_setting_a_value(path: tuple[str | int, ...], value: Any, old: str, new: str) -> None:
    assert TEXT.count(old) == 1
    edit = YamlEdit(TEXT)
    edit.set(path, value)
    assert edit.text == TEXT.replace(old, new)
    assert edit.get(path) == value


@pytest.mark.parametrize(
    ("path", "old", "new"),
    [
        (("name",), "name: AE   # why\n", ""),
        (("keys", 1), 'keys: [A, "1", B]', "keys: [A, B]"),
        (("keys", 2), 'keys: [A, "1", B]', 'keys: [A, "1"]'),
        (("text",), "text: >-\n  Two lines\n  of text.\n", ""),
        (("variables", "ONE", "map"), "{map: {column: X}, label: One}", "{label: One}"),
        (("variables", "ONE", "label"), "{map: {column: X}, label: One}", "{map: {column: X}}"),
        (("variables", "TWO", "map", "cases", 0), '        - {where: {A: "Y"}}   # a case\n', ""),
    ],
)
def test_removing_a_value(path: tuple[str | int, ...], old: str, new: str) -> None:
    edit = YamlEdit(TEXT)
    edit.delete(path)
    assert edit.text == TEXT.replace(old, new)


def test_items_are_added_at_the_end_of_a_list() -> None:
    edit = YamlEdit(TEXT)
    edit.append(("keys",), "C")
    edit.append(("variables", "TWO", "map", "cases"), {"where": {"C": "X"}})
    expected = TEXT.replace(", B]", ", B, C]")
    assert edit.text == expected.replace("- where: {B: N}\n", "- where: {B: N}\n        - {where: {C: X}}\n")


def test_entries_move_with_the_comments_above_them() -> None:
    edit = YamlEdit("v:\n  # a\n  A: 1\n  B:\n    c: 2\n  # d\n  D: 3\nw: 4\n")
    edit.reorder(("v",), ["D", "A", "B"])
    assert edit.text == "v:\n  # d\n  D: 3\n  # a\n  A: 1\n  B:\n    c: 2\nw: 4\n"


def test_a_file_that_is_empty_gets_its_first_key() -> None:
    edit = YamlEdit("# Methods.\n")
    edit.set(("methods", "MT.A"), {"name": "A", "text": "B"})
    assert edit.text == "# Methods.\nmethods:\n  MT.A: {name: A, text: B}\n"


def test_long_texts_are_folded() -> None:
    edit = YamlEdit("methods:\n  A: {name: A, text: B}\n")
    edit.set(("methods", "A", "text"), "word " * 30 + "end")
    assert edit.text.splitlines()[:4] == ["methods:", "  A:", "    name: A", "    text: >-"]
    assert max(len(line) for line in edit.text.splitlines()) <= 120


CONTENT = st.recursive(
    st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1, max_size=6), inner, max_size=3),
    max_leaves=8,
)


@given(st.text(max_size=40))
@settings(max_examples=120)
def test_scalars_are_read_back_as_they_were(text: str) -> None:
    assert content_of(f"a: {scalar(text)}\n") == {"a": text}


@given(
    CONTENT, st.sampled_from([("name",), ("keys", 1), ("variables", "ONE"), ("variables", "TWO", "map", "cases", 0)])
)
@settings(max_examples=60, deadline=None)
def test_any_content_can_be_put_anywhere(content: Any, path: tuple[str | int, ...]) -> None:
    edit = YamlEdit(TEXT)
    edit.set(path, content)
    assert edit.get(path) == content
    assert content_of(edit.text) == edit.content
    assert edit.get(("after",)) == "yes"


@given(st.dictionaries(st.text(min_size=1, max_size=8), CONTENT, min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_documents_are_read_back_as_they_were(content: dict[str, Any]) -> None:
    assert content_of(document(content, "A comment.")) == content
    assert content_of(f"a: {inline(content)}\n") == {"a": content}
