"""YAML read as text with the place of every key: no scalar is ever converted and no key given twice."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from clinical.errors import Problem, SpecError

Path_ = tuple[str | int, ...]


@dataclass
class YamlText:
    """The content of a YAML file, all scalars text, and the line of each key and item by its path.

    `gaps` are the paths of references that lead nowhere, which is reported; no value stands there.
    """

    file: str
    content: Any
    lines: dict[Path_, int] = field(default_factory=dict)
    gaps: frozenset[Path_] = frozenset()

    def place(self, path: Path_) -> str:
        """Return `file:line: path` for the nearest recorded ancestor of a path."""
        known = [part for part in path if isinstance(part, str | int)]
        names = ".".join(str(part) for part in known if not isinstance(part, int))
        for length in range(len(known), -1, -1):
            line = self.lines.get(tuple(known[:length]))
            if line is not None:
                return f"{self.file}:{line}" + (f": {names}" if names else "")
        return self.file + (f": {names}" if names else "")


def read_yaml(path: Path, shown: str) -> YamlText:
    """Return a YAML file's content as text; `shown` is how the file is named in messages.

    An empty value is None. Raises SpecError for broken YAML, a key given twice, anchors and aliases.
    """
    try:
        text = path.read_text(encoding="utf-8")
        root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except UnicodeDecodeError as error:
        raise SpecError([Problem(shown, f"is not UTF-8 (byte {error.start}). Save it as UTF-8.")]) from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{shown}:{mark.line + 1}" if mark else shown
        what = str(getattr(error, "problem", None) or "cannot be read")
        line = text.splitlines()[mark.line] if mark and mark.line < len(text.splitlines()) else ""
        if "\t" in line[: len(line) - len(line.lstrip())]:
            raise SpecError([Problem(where, "is indented with a tab. YAML takes spaces only; replace it.")]) from None
        raise SpecError([Problem(where, f"is not valid YAML: {what}. Mend the syntax there.")]) from None
    result = YamlText(shown, None)
    problems = [
        Problem(f"{shown}:{event.start_mark.line + 1}", "anchors and aliases are not allowed. Write the part out.")
        for event in yaml.parse(text, Loader=yaml.CSafeLoader)
        if event.start_mark and (isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None))
    ]
    if problems:
        raise SpecError(problems)
    result.content = _convert(root, (), result.lines, shown, problems) if root is not None else {}
    if problems:
        raise SpecError(problems)
    return result


def _convert(node: yaml.Node, path: Path_, lines: dict[Path_, int], shown: str, problems: list[Problem]) -> Any:
    line = node.start_mark.line + 1
    lines.setdefault(path, line)
    if isinstance(node, yaml.MappingNode):
        content: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            key_line = key_node.start_mark.line + 1
            if key in content:
                first = lines[(*path, key)]
                problems.append(
                    Problem(f"{shown}:{key_line}", f"key '{key}' is already given in line {first}. Keep one of them.")
                )
                continue
            lines[(*path, key)] = key_line
            content[key] = _convert(value_node, (*path, key), lines, shown, problems)
        return content
    if isinstance(node, yaml.SequenceNode):
        return [_convert(item, (*path, index), lines, shown, problems) for index, item in enumerate(node.value)]
    assert isinstance(node, yaml.ScalarNode)
    plain = not node.style  # one of the two loaders says None, the other an empty text
    return None if plain and node.value in ("", "~", "null") else str(node.value)
