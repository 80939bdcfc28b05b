"""What a chain is made of: records and values, each with what it says, its rule and what it rests on."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple


class Said(NamedTuple):
    """A value that a record has: the variable, the value as people read it, its label, and what its map read."""

    name: str
    value: str
    label: str = ""
    basis: str = ""


#: An analysis record, a heading, one variable, a record of SDTM, a row of the export, a record left out.
Kind = Literal["analysis", "heading", "value", "collected", "raw", "left_out"]


@dataclass(frozen=True, eq=False)
class Node:
    """A record or a raw row: its name, what it says, the rule that made it, what it rests on, what was left out.

    `title` says what it is, `place` is the page and anchor of the run's pages that shows the record, where one may.
    """

    name: str
    says: tuple[Said, ...] = ()
    rule: str | None = None
    sources: tuple[Node, ...] = ()
    left_out: tuple[Node, ...] = field(default=())
    kind: Kind = "analysis"
    title: str = ""
    place: str = ""
    #: Whether its cells, or what it rests on, stand further up in the same chain.
    above: bool = False

    def to_json(self) -> dict[str, Any]:
        """Return the tree as JSON values."""
        content: dict[str, Any] = {"name": self.name, "says": {one.name: one.value for one in self.says}}
        if self.rule:
            content["rule"] = self.rule
        if self.sources:
            content["sources"] = [one.to_json() for one in self.sources]
        if self.left_out:
            content["left_out"] = [one.to_json() for one in self.left_out]
        if self.above:
            content["above"] = True
        return content


def without_repetition(chain: Node) -> Node:
    """Return a chain in which a variable or a raw row is shown where it first stands, elsewhere said to be above."""
    return _first_only(chain, set())


def _first_only(node: Node, seen: set[Node]) -> Node:
    if node.kind == "raw" or (node.kind == "value" and node.sources):
        if node in seen:
            return replace(node, rule=None, sources=(), left_out=(), above=True)
        seen.add(node)
    if not node.sources:
        return node
    sources = tuple(_first_only(one, seen) for one in node.sources)
    same = all(one is other for one, other in zip(sources, node.sources, strict=True))
    return node if same else replace(node, sources=sources)
