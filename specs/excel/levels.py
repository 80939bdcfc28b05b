"""Carrying changed rows of ValueLevel into YAML: qualifiers, value-level metadata, methods of parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from specs.excel.changes import Change
from specs.excel.facts import level_source, level_where, origin_source, variable_source
from specs.excel.resolved import Key
from specs.excel.sheets import VALUE_LEVEL
from specs.yaml_edit import YamlEdit
from specs.yaml_text import Path_

if TYPE_CHECKING:
    from specs.excel.edits import Edits

_SECTIONS = ("responses", "time_to_event", "tumor_results")
_LEVEL_KEYS = {"Label": "label", "Length": "length", "Codelist": "codelist", "Method": "method", "Data Type": "type"}
_ORIGIN = ("Origin", "Source", "Pages", "Predecessor")


class LevelEdits:
    """Changes of the sheet ValueLevel; `edits` are the files that they go into."""

    def __init__(self, edits: Edits) -> None:
        self.edits = edits

    def apply(self, changes: Sequence[Change]) -> None:
        """Carry the changes in: changed cells first, then rows that are gone from the last on, then new ones."""
        gone: list[tuple[str, int]] = []
        for change in changes:
            dataset = change.key[0]
            if dataset.startswith("SUPP"):
                self._qualifier(change)
            elif dataset in self.edits.study.adam:
                self._parameter(change)
            elif dataset not in self.edits.study.sdtm:
                continue
            elif change.kind == "added":
                self._add_level(change)
            elif change.kind == "removed":
                gone += [(dataset, self._index(change.key))]
            else:
                self._level(change)
        for dataset, index in sorted(gone, reverse=True):
            self._file(dataset).delete(("value_level", index))

    def _file(self, dataset: str) -> YamlEdit:
        return self.edits.file(self.edits.file_of(dataset))

    def _qualifier(self, change: Change) -> None:
        edits = self.edits
        parent = change.key[0].removeprefix("SUPP")
        if parent not in edits.study.sdtm:
            if change.kind != "removed":
                edits.refuse(change, f"'{parent}' is no dataset of the study. Correct the name of the SUPP-- dataset.")
            return
        tables = edits.base if change.kind == "removed" else edits.edited
        name = tables.qualifier(change.key)
        if name is None:
            if change.kind != "removed":
                edits.refuse(
                    change, "a qualifier's where clause is QNAM EQ and its name, for QVAL. Correct the where clause."
                )
            return
        path: Path_ = ("supplemental", name)
        file = self._file(parent)
        if change.kind == "removed":
            if file.has(path) and name not in self._still_qualifiers(change.key[0]):
                file.delete(path)
            return
        assert change.row is not None
        edits.causes[edits.file_of(parent), f"supplemental.{name}"] = change.row.place("Label")
        if change.kind == "added":
            if file.has(path):
                return
            source = variable_source(change.row, None, edits.problems, sdtm=True)
            for key in ("core", "role"):
                source.pop(key, None)
            file.set(path, source)
        elif change.column == "Where Clause":
            edits.refuse(change, "another name for a qualifier is another qualifier. Add a row, and remove this one.")
        else:
            edits.set_fact(file, path, change)

    def _still_qualifiers(self, dataset: str) -> set[str]:
        """Return the qualifiers that the workbook has in other rows."""
        edited = self.edits.edited
        keys = [key for key in edited.of(VALUE_LEVEL) if key[0] == dataset]
        return {name for key in keys if (name := edited.qualifier(key))}

    def _parameter(self, change: Change) -> None:
        """Carry a changed method of an ADaM parameter; the rest of value-level metadata follows from the rules."""
        edits = self.edits
        conditions = edits.edited.where.get(change.key, ())
        if change.kind == "changed" and change.column == "Method" and len(conditions) == 1:
            file, name = self._file(change.key[0]), conditions[0][2][0]
            paths: list[Path_] = [(section, "parameters", name) for section in _SECTIONS]
            known = [path for path in paths if file.has(path)]
            if known and change.new:
                file.set((*known[0], "method"), change.new)
                return
        edits.refuse(
            change,
            "value-level metadata of ADaM follows from the rules of its parameters; only Method can be changed here. "
            "Put this back, and change the YAML.",
        )

    def _index(self, key: Key) -> int:
        """Return the place of a value-level row in its file, -1 where it is not there any more."""
        levels = self._file(key[0]).get(("value_level",)) or []
        wanted = level_where(self.edits.base.where.get(key, ()))
        found = [at for at, one in enumerate(levels) if one["variable"] == key[1] and _same(one["where"], wanted)]
        return found[0] if found else -1

    def _level(self, change: Change) -> None:
        assert change.row is not None
        file, index = self._file(change.key[0]), self._index(change.key)
        path: Path_ = ("value_level", index)
        edits = self.edits
        edits.causes[edits.file_of(change.key[0]), "value_level"] = change.row.place(change.column)
        if change.column == "Where Clause":
            where = level_where(edits.edited.where[change.key])
            if where is None:
                edits.refuse(change, "value-level metadata here knows EQ and IN, one for each variable. Write it so.")
            else:
                file.merge((*path, "where"), where)
        elif change.column in _ORIGIN:
            file.merge((*path, "origin"), origin_source(change.row, file.get((*path, "origin")) or {}))
        elif change.column in _LEVEL_KEYS and change.new:
            file.set((*path, _LEVEL_KEYS[change.column]), change.new)
        elif change.column in _LEVEL_KEYS and file.has((*path, _LEVEL_KEYS[change.column])):
            file.delete((*path, _LEVEL_KEYS[change.column]))
        elif change.new:
            edits.refuse(change, f"value-level metadata here has no {change.column}. Empty the cell.")

    def _add_level(self, change: Change) -> None:
        assert change.row is not None
        where = level_where(self.edits.edited.where[change.key])
        if where is None:
            self.edits.refuse(change, "value-level metadata here knows EQ and IN, one for each variable. Write it so.")
            return
        self._file(change.key[0]).append(("value_level",), level_source(change.row, change.key[1], where))


def _same(said: Any, wanted: Any) -> bool:
    return {key: _listed(value) for key, value in said.items()} == {
        key: _listed(value) for key, value in (wanted or {}).items()
    }


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value)
