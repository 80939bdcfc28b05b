"""What datasets and variables refer to, gathered while they are described: each thing is defined once."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from submission.define.codelists import CodelistUses
from submission.define.conditions import equals
from submission.define.oids import comment_oid, where_oid

if TYPE_CHECKING:
    from odmlib.arm_1_0 import model as odm


@dataclass
class Gathered:
    """The definitions of one define.xml in the order in which they were met.

    `pages` are those of the annotated CRF by dataset and variable, `value_pages` those by dataset, variable and test
    code; `acrf` is the identifier of that file, if there is one. `rules` are the rules under each method, by the name
    of what they make. `parameters` are the names of each dataset's parameters.
    """

    codelists: CodelistUses
    pages: Mapping[tuple[str, str], tuple[int, ...]] = field(default_factory=dict)
    acrf: str | None = None
    value_pages: Mapping[tuple[str, str, str], tuple[int, ...]] = field(default_factory=dict)
    items: dict[str, odm.ItemDef] = field(default_factory=dict)
    value_lists: dict[str, odm.ValueListDef] = field(default_factory=dict)
    where_clauses: dict[str, odm.WhereClauseDef] = field(default_factory=dict)
    comments: dict[str, str] = field(default_factory=dict)
    rules: dict[str, dict[str, Any]] = field(default_factory=dict)
    parameters: dict[str, Mapping[str, str]] = field(default_factory=dict)
    _named: dict[str, Hashable] = field(default_factory=dict)

    def unique(self, oid: str, of: Hashable) -> str:
        """Return the identifier of a thing, with a number after it where another thing has that one already."""
        numbered = oid
        at = 1
        while self._named.setdefault(numbered, of) != of:
            at += 1
            numbered = f"{oid}.{at}"
        return numbered

    def comment(self, texts: Iterable[str | None], *name: str) -> str | None:
        """Return the identifier of a comment with these sentences, or None where there is none."""
        said = " ".join(text.strip() for text in texts if text)
        if not said:
            return None
        oid = comment_oid(*name)
        self.comments[oid] = said
        return oid

    def method(self, oid: str | None, name: str, rule: Any) -> str | None:
        """Note that a method makes what is called `name` by a rule, and return the method's identifier."""
        if oid is not None:
            rules = self.rules.setdefault(oid, {})
            if rule is not None:
                rules[name] = rule
        return oid

    def where(self, dataset: str, tests: Mapping[str, tuple[str, ...]]) -> str:
        """Return the identifier of the condition that variables of a dataset have one of their values."""
        oid = self.unique(where_oid(dataset, tests), (dataset, *tests.items()))
        if oid not in self.where_clauses:
            self.where_clauses[oid] = equals(oid, dataset, tests)
        return oid
