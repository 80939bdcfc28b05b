"""Changing single values of a YAML file: everything else, comments and layout included, stays as it is."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from specs.yaml_text import Path_
from specs.yaml_words import WIDTH, document, entry, inline, item

_Node = yaml.Node


class YamlEdit:
    """The text of a YAML file that is changed value by value.

    A change replaces the characters of its value only. After each one the whole text is read again and compared with
    what it has to say; where the small change would not do (a comment inside, an odd layout), the mapping around it is
    written anew.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._root = _compose(text)
        self.content: Any = _content(self._root) or {}

    def get(self, path: Path_) -> Any:
        """Return the content at a path, or None where there is none."""
        found: Any = self.content
        for part in path:
            try:
                found = found[part]
            except (KeyError, IndexError, TypeError):
                return None
        return found

    def has(self, path: Path_) -> bool:
        """Return whether a path is there."""
        parent = self.get(path[:-1])
        return path[-1] in parent if isinstance(parent, Mapping) else self.get(path) is not None

    def set(self, path: Path_, value: Any) -> None:
        """Give a key a value; keys above it that are not there are made."""
        while len(path) > 1 and not isinstance(path[-1], int) and self.get(path[:-1]) in (None, ""):
            value, path = {path[-1]: value}, path[:-1]
        self._change(path, value, _replaced if self.has(path) else _inserted)

    def merge(self, path: Path_, value: Any) -> None:
        """Make the content at a path what `value` says, key by key: what is equal already is left alone."""
        known = self.get(path)
        if known == value and list(known or ()) == list(value or ()):
            return
        both = isinstance(known, Mapping) and isinstance(value, Mapping)
        kept = [key for key in value if key in known] if both else []
        if not kept or kept != [key for key in known if key in value] or list(value)[: len(kept)] != kept:
            self.set(path, value)
            return
        for key in [key for key in known if key not in value]:
            self.delete((*path, key))
        for key, inside in value.items():
            self.merge((*path, key), inside)

    def append(self, path: Path_, value: Any) -> None:
        """Add an item at the end of a list, which is made where there is none."""
        known = self.get(path)
        if not known:
            self.set(path, [value])
        else:
            self._change((*path, len(known)), value, _appended)

    def reorder(self, path: Path_, names: Sequence[str]) -> None:
        """Put the entries of a block mapping into the order of `names`, each with the comments above it."""
        node = _find(self._root, path)
        if list(names) == list(self.get(path)):
            return
        bounds = [_line_start(self.text, key.start_mark.index) for key, _ in node.value]
        bounds = [_above_comments(self.text, bound) for bound in bounds]
        last = self.text.find("\n", _end(self.text, node))
        bounds.append(last + 1 if last >= 0 else len(self.text))
        pieces = {
            key.value: self.text[start:end].rstrip("\n") + "\n"
            for (key, _), start, end in zip(node.value, bounds, bounds[1:])
        }
        candidate = self.text[: bounds[0]] + "".join(pieces[name] for name in names) + self.text[bounds[-1] :]
        wanted = _with(self.content, path, {name: self.get((*path, name)) for name in names})
        root = _says(candidate, wanted)
        if root is None or list(_at(_content(root), path)) != list(names):
            candidate = _replaced(self.text, self._root, path, _at(wanted, path)) or document(wanted)
            root = _compose(candidate)
        self.text, self.content, self._root = candidate, wanted, root

    def delete(self, path: Path_) -> None:
        """Remove a key or an item."""
        self._change(path, _GONE, _removed)

    def _change(self, path: Path_, value: Any, edit: Any) -> None:
        wanted = _with(self.content, path, value)
        new = not self.content
        candidate = self.text + document(wanted) if new else edit(self.text, self._root, path, value)
        depth = len(path) - 1
        root = _says(candidate, wanted)
        while root is None:
            above = path[:depth]
            candidate = _replaced(self.text, self._root, above, _at(wanted, above)) if above else document(wanted)
            root = _says(candidate, wanted) if above else _compose(document(wanted))
            depth -= 1
        assert candidate is not None
        self.text, self.content, self._root = candidate, wanted, root


def content_of(text: str) -> Any:
    """Return the content of YAML, every scalar as the text that it is.

    Raises:
        yaml.YAMLError: it is no YAML.
    """
    return _content(_compose(text))


class _Gone:
    """Stands for a value that is removed."""


_GONE = _Gone()


def _compose(text: str) -> _Node | None:
    return yaml.compose(text, Loader=yaml.CSafeLoader)


def _says(text: str | None, wanted: Any) -> _Node | None:
    """Return the nodes of a text that says what is wanted, None for one that does not."""
    try:
        root = _compose(text) if text is not None else None
    except yaml.YAMLError:
        return None
    return root if _content(root) == wanted else None


def _content(node: _Node | None) -> Any:
    if isinstance(node, yaml.MappingNode):
        return {str(key.value): _content(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_content(one) for one in node.value]
    if node is None or (not getattr(node, "style", None) and node.value in ("", "~", "null")):
        return None
    return str(node.value)


def _at(content: Any, path: Path_) -> Any:
    for part in path:
        content = content[part]
    return content


def _with(content: Any, path: Path_, value: Any) -> Any:
    """Return the content with a changed, added or removed value; what is not on the path is shared with the former."""
    changed: Any = copy.copy(content)
    part = path[0]
    if len(path) > 1:
        changed[part] = _with(content[part], path[1:], value)
    elif isinstance(value, _Gone):
        del changed[part]
    elif isinstance(changed, list) and part == len(changed):
        changed.append(value)
    else:
        changed[part] = value
    return changed


def _find(root: _Node | None, path: Path_) -> _Node:
    node = root
    for part in path:
        if isinstance(node, yaml.MappingNode):
            node = next(value for key, value in node.value if key.value == part)
        else:
            assert isinstance(node, yaml.SequenceNode)
            node = node.value[part]
    assert node is not None
    return node


def _end(text: str, node: _Node) -> int:
    """Return where a node's own text ends: block nodes reach over comments and empty lines that follow them."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style:
        last = node.value[-1] if node.value else node
        return _end(text, last[1] if isinstance(last, tuple) else last)
    end = node.end_mark.index
    if isinstance(node, yaml.ScalarNode) and node.style in ("|", ">"):
        end = len(text[:end].rstrip())
    elif isinstance(node, yaml.ScalarNode) and node.start_mark.index == end:
        end = len(text[:end].rstrip(" \n")) if text[:end].rstrip(" \n").endswith(":") else end
    return int(end)


def _line_start(text: str, place: int) -> int:
    return text.rfind("\n", 0, place) + 1


def _above_comments(text: str, start: int) -> int:
    """Return where the comment lines directly above a line begin."""
    while start:
        above = _line_start(text, start - 1)
        if not text[above:start].lstrip().startswith("#"):
            break
        start = above
    return start


def _inside_flow(root: _Node | None, path: Path_) -> bool:
    """Return whether the container at a path is written in flow style, or stands in one that is."""
    return any(bool(getattr(_find(root, path[:depth]), "flow_style", False)) for depth in range(len(path) + 1))


def _key_node(root: _Node | None, path: Path_) -> _Node:
    parent = _find(root, path[:-1])
    found: _Node = next(key for key, _ in parent.value if key.value == path[-1])
    return found


def _replaced(text: str, root: _Node | None, path: Path_, value: Any) -> str | None:
    if not path:
        return None
    node, parent = _find(root, path), _find(root, path[:-1])
    end = _end(text, node)
    if _inside_flow(root, path[:-1]):
        longer = text[: node.start_mark.index] + inline(value) + text[end:]
        return longer if len(longer.split("\n")[node.start_mark.line]) <= WIDTH else None
    if isinstance(parent, yaml.SequenceNode):
        return text[: node.start_mark.index] + item(value, parent.start_mark.column) + text[end:]
    key = _key_node(root, path)
    same_line = text[end:].split("\n", 1)[0]
    if isinstance(node, yaml.ScalarNode) and same_line.strip().startswith("#"):
        return text[: node.start_mark.index] + inline(value) + text[end:]
    return text[: key.start_mark.index] + entry(str(path[-1]), value, key.start_mark.column) + text[end:]


def _inserted(text: str, root: _Node | None, path: Path_, value: Any) -> str | None:
    node: Any = _find(root, path[:-1])
    name = str(path[-1])
    if not isinstance(node, yaml.MappingNode) or not node.value:
        return None
    if _inside_flow(root, path[:-1]):
        at = _end(text, node.value[-1][1])
        longer = f"{text[:at]}, {inline({name: value})[1:-1]}{text[at:]}"
        lines = longer.split("\n")
        return longer if len(lines[node.end_mark.line]) <= WIDTH else None
    indent = int(node.value[0][0].start_mark.column)
    at = _end(text, node.value[-1][1])
    at += len(text[at:].split("\n", 1)[0])
    return text[:at] + "\n" + " " * indent + entry(name, value, indent) + text[at:]


def _appended(text: str, root: _Node | None, path: Path_, value: Any) -> str | None:
    node = _find(root, path[:-1])
    at = _end(text, node.value[-1])
    if _inside_flow(root, path[:-1]):
        return f"{text[:at]}, {inline(value)}{text[at:]}"
    at += len(text[at:].split("\n", 1)[0])
    indent = node.start_mark.column
    return text[:at] + "\n" + " " * indent + "- " + item(value, indent) + text[at:]


def _removed(text: str, root: _Node | None, path: Path_, value: Any) -> str | None:
    node = _find(root, path[:-1])
    spans = [
        (part[0].start_mark.index, _end(text, part[1]))
        if isinstance(part, tuple)
        else (part.start_mark.index, _end(text, part))
        for part in node.value
    ]
    if len(spans) < 2:
        return None
    names = [part[0].value if isinstance(part, tuple) else number for number, part in enumerate(node.value)]
    place = names.index(path[-1])
    start, end = spans[place]
    if _inside_flow(root, path[:-1]):
        if place + 1 < len(spans):
            return text[:start] + text[spans[place + 1][0] :]
        return text[: spans[place - 1][1]] + text[end:]
    first = text.rfind("\n", 0, start) + 1
    last = text.find("\n", end)
    return text[:first] + (text[last + 1 :] if last >= 0 else "")
