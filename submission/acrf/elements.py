"""What a page consists of: texts, fields, annotations and lines with their places; nothing here draws.

Lengths are points; x counts from the left and y from the top edge of the page, as one reads.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

#: Grey of frames and captions, and the shade behind titles: the CRF is grey, so that annotations stand out.
BLACK, GREY, RULE, SHADE, WHITE = "#000000", "#595959", "#BFBFBF", "#EDEDED", "#FFFFFF"

#: Line height over text size.
LEADING = 1.25


@dataclass(frozen=True)
class Box:
    """A rectangle."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.y + self.height

    def overlaps(self, other: Box) -> bool:
        """Return whether two boxes have an area in common; edges may touch."""
        near = 0.01
        across = min(self.right, other.right) - max(self.x, other.x)
        down = min(self.bottom, other.bottom) - max(self.y, other.y)
        return across > near and down > near


@dataclass(frozen=True)
class Text(Box):
    """Lines of text from the upper left corner of the box on; `turned` text reads upwards in its box."""

    lines: tuple[str, ...] = ()
    size: float = 9
    bold: bool = False
    colour: str = BLACK
    align: Literal["left", "centre", "right"] = "left"
    turned: bool = False


@dataclass(frozen=True)
class Shape(Box):
    """A rectangle, or a circle that fills the box; `stroke` or `fill` may be absent."""

    kind: Literal["box", "circle"] = "box"
    stroke: str | None = GREY
    fill: str | None = None


@dataclass(frozen=True)
class Note(Box):
    """An annotation: a coloured box with text; dashed where nobody enters the value on the form."""

    lines: tuple[str, ...] = ()
    fill: str = WHITE
    size: float = 8
    bold: bool = False
    dashed: bool = False


@dataclass(frozen=True)
class Link(Box):
    """An area that leads to the page named `target`."""

    target: str = ""


@dataclass
class Page:
    """A page in the making; `name` is what links and bookmarks call it."""

    name: str
    elements: list[Box] = field(default_factory=list)

    def of(self, *kinds: type[Box]) -> list[Box]:
        """Return the elements of certain kinds, in order."""
        return [one for one in self.elements if isinstance(one, kinds)]
