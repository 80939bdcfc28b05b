"""A study's settings in its specifications: `{setting: name}` stands for what study.yaml says under `settings`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from clinical.errors import Problem, did_you_mean
from specs.yaml_text import Path_, YamlText

KEY = "setting"


def insert_settings(source: YamlText, settings: Mapping[str, Any], problems: list[Problem]) -> YamlText:
    """Return a file with every `{setting: name}` replaced by the value of that setting.

    A dotted name goes into a nested setting (`facts.response`). Places of what a setting holds are those of the
    reference. A name that is no setting is added to `problems`, and its place is one of the gaps.
    """
    insertion = _Insertion(source, settings, problems)
    return replace(source, content=insertion.of(source.content, ()), gaps=frozenset(insertion.gaps))


class _Insertion:
    """The settings that go into a file; `gaps` are the places of those that are not there."""

    def __init__(self, source: YamlText, settings: Mapping[str, Any], problems: list[Problem]) -> None:
        self.source = source
        self.settings = settings
        self.problems = problems
        self.gaps: list[Path_] = []

    def of(self, node: Any, path: Path_) -> Any:
        """Return a part of the file with the settings in their places."""
        if isinstance(node, Mapping):
            if set(node) == {KEY}:
                return self._look_up(str(node[KEY]), path)
            return {key: self.of(part, (*path, key)) for key, part in node.items()}
        if isinstance(node, list):
            return [self.of(part, (*path, index)) for index, part in enumerate(node)]
        return node

    def _look_up(self, name: str, path: Path_) -> Any:
        before = len(self.problems)
        found = _look_up(name, self.source.place(path), self.settings, self.problems)
        if len(self.problems) > before:
            self.gaps.append(path)
        return found


def _look_up(name: str, where: str, settings: Mapping[str, Any], problems: list[Problem]) -> Any:
    value: Any = settings
    for part in name.split("."):
        if not isinstance(value, Mapping) or part not in value:
            known = list(setting_names(settings))
            problems.append(
                Problem(
                    where, f"setting '{name}' is not in study.yaml.{did_you_mean(name, known)} Add it to 'settings'."
                )
            )
            return None
        value = value[part]
    return value


def setting_names(settings: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """Yield the dotted name of every setting and of every mapping of settings."""
    for name, value in settings.items():
        yield prefix + name
        if isinstance(value, Mapping):
            yield from setting_names(value, f"{prefix}{name}.")


def setting_value(settings: Mapping[str, Any], name: str) -> Any:
    """Return the value of a setting by its dotted name; KeyError if there is none."""
    value: Any = settings
    for part in name.split("."):
        if not isinstance(value, Mapping):
            raise KeyError(name)
        value = value[part]
    return value
