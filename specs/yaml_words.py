"""Content as YAML that `specs.yaml_text` reads back as the same text."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

#: The longest line that is written in one piece.
WIDTH = 120
_EMPTY = ("", "~", "null")
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def inline(content: Any) -> str:
    """Return text, a list or a mapping in flow style, on one line: `{type: Collected, pages: ["31"]}`."""
    if isinstance(content, Mapping):
        return "{" + ", ".join(f"{scalar(str(key))}: {inline(value)}" for key, value in content.items()) + "}"
    if isinstance(content, Sequence) and not isinstance(content, str):
        return "[" + ", ".join(inline(value) for value in content) + "]"
    return scalar(content)


def scalar(text: str | None) -> str:
    """Return a text plain where YAML reads it as it stands, else in double quotes; None is nothing."""
    if text is None:
        return "null"
    plain = (
        text not in _EMPTY
        and text.isprintable()
        and not _converted(text)
        and _reads_as(f"{{{text}: [{text}]}}", {text: [text]})
    )
    return text if plain else _quoted(text)


def entry(key: str, content: Any, indent: int) -> str:
    """Return `key: content` for a block mapping; on one line where it fits, else a block or folded text."""
    margin = " " * indent
    line = f"{scalar(key)}: {inline(content)}"
    if len(margin + line) <= WIDTH:
        return line
    head = f"{scalar(key)}:"
    if isinstance(content, str):
        return _folded(head, content, indent) or line
    if isinstance(content, Mapping) and content:
        parts = [f"{margin}  {entry(str(name), value, indent + 2)}" for name, value in content.items()]
        return "\n".join([head, *parts])
    if isinstance(content, Sequence) and content:
        return "\n".join([head, *(f"{margin}  - {item(value, indent + 2)}" for value in content)])
    return line


def item(content: Any, indent: int) -> str:
    """Return what stands behind the `- ` of a block sequence whose items are indented by `indent`."""
    line = inline(content)
    if len(line) + indent + 2 <= WIDTH or not isinstance(content, Mapping) or not content:
        return line
    margin = " " * (indent + 2)
    return f"\n{margin}".join(entry(str(name), value, indent + 2) for name, value in content.items())


def document(content: Mapping[str, Any], comment: str = "") -> str:
    """Return a file: a comment, then each key of a mapping with blocks two levels deep."""
    lines = [f"# {line}" for line in comment.splitlines()]
    for key, value in content.items():
        if isinstance(value, Mapping) and value:
            lines.append(f"{scalar(key)}:")
            lines += [f"  {entry(str(name), inside, 2)}" for name, inside in value.items()]
        elif (
            isinstance(value, Sequence)
            and not isinstance(value, str)
            and any(isinstance(one, Mapping) for one in value)
        ):
            lines.append(f"{scalar(key)}:")
            lines += [f"  - {item(one, 2)}" for one in value]
        else:
            lines.append(entry(key, value, 0))
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return '"' + "".join(_ESCAPES.get(one) or (one if one.isprintable() else _escape(ord(one))) for one in text) + '"'


def _escape(code: int) -> str:
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _converted(text: str) -> bool:
    """Whether another reader of YAML would make a number, a date or a truth of the text: those are quoted."""
    try:
        return not isinstance(yaml.safe_load(text), str)
    except (yaml.YAMLError, ValueError):
        return True


def _folded(head: str, text: str, indent: int) -> str | None:
    """Return a text over several lines, or None where folding would change its blanks."""
    if text != " ".join(text.split()) or not text.isprintable():
        return None
    margin = " " * (indent + 2)
    wrapped = textwrap.wrap(text, WIDTH - len(margin), break_long_words=False, break_on_hyphens=False)
    result = "\n".join([f"{head} >-", *(margin + line for line in wrapped)])
    return result if _reads_as(result + "\n", {head[:-1]: text}) else None


def _reads_as(written: str, expected: Any) -> bool:
    try:
        return bool(_texts(yaml.compose(written, Loader=yaml.CSafeLoader)) == expected)
    except yaml.YAMLError:
        return False


def _texts(node: yaml.Node | None) -> Any:
    if isinstance(node, yaml.MappingNode):
        return {_texts(key): _texts(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_texts(one) for one in node.value]
    return None if node is None else str(node.value)
