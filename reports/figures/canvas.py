"""The canvas that figures are drawn on: sizes, colours, legends. No state is shared between two figures.

Colours are told apart with the common kinds of colour blindness, and in grey print by lightness and pattern.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

INK, SOFT, LINE, PAPER = "#16232e", "#566673", "#dfe5ea", "#ffffff"
#: The width of every figure in inches of 96 pixels, and the parts of it beside the axes.
WIDTH = 7.5
RIGHT, BOTTOM = 0.3, 0.55
#: Sizes of text in points; 9 points are 12 pixels.
SMALL, NORMAL = 9.0, 10.0
#: Height of a line of text, and of one of a legend, in inches.
TEXT_LINE, LEGEND_LINE = 0.2, 0.19
#: Width of a character in inches, on the wide side.
CHARACTER = 0.078

#: Colour and pattern of categories in their order: complete response is dark, progression is striped.
CATEGORY_STYLES = (
    ("#0b5d7a", ""),
    ("#6fb7cf", ""),
    ("#e6ac35", ".."),
    ("#c4532d", "////"),
    ("#aeb8c1", ""),
    ("#7a5aa6", "xx"),
    ("#2f8f5b", "\\\\\\\\"),
    ("#e6a3bf", ""),
)
#: For subjects without a category.
NO_CATEGORY = ("#ffffff", "")
#: From the mildest grade to the worst.
GRADE_STYLES = (
    ("#fbe6c5", ""),
    ("#f2b877", ""),
    ("#dd7f45", ""),
    ("#ab3d28", ""),
    ("#5c1420", ""),
    ("#2b0a12", ""),
    ("#8796a3", ""),
    ("#dfe5ea", ""),
)
#: Colour and dashes of curves.
CURVE_STYLES: tuple[tuple[str, Any], ...] = (
    ("#0b5d7a", "-"),
    ("#c4532d", (0, (5, 1.6))),
    ("#7a5aa6", (0, (1.2, 1.2))),
    ("#2f8f5b", (0, (6, 1.5, 1.2, 1.5))),
)
MARKERS = {
    "circle": "o",
    "square": "s",
    "triangle": "^",
    "diamond": "D",
    "cross": "X",
    "plus": "P",
    "star": "*",
    "down": "v",
    "bar": "|",
}

_STYLE = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # comes with matplotlib, so that every machine measures text alike
    "font.size": SMALL,
    "axes.labelsize": NORMAL,
    "axes.labelcolor": INK,
    "axes.edgecolor": SOFT,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "text.color": INK,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "grid.color": LINE,
    "grid.linewidth": 0.8,
    "legend.fontsize": SMALL,
    "legend.frameon": False,
    "hatch.linewidth": 0.7,
    "hatch.color": PAPER,
    "path.simplify": False,
    "text.parse_math": False,
}


@contextmanager
def style(salt: str) -> Iterator[None]:
    """Draw in this block with our settings alone, whatever the machine's are; `salt` makes ids of the figure's own."""
    from matplotlib import style as styles

    with styles.context({**_STYLE, "svg.hashsalt": salt}, after_reset=True):
        yield


def new_canvas(height: float) -> Canvas:
    """Return an empty canvas of the common width; `height` is in inches."""
    from matplotlib.figure import Figure as Canvas

    canvas = Canvas(figsize=(WIDTH, height))
    canvas.patch.set_alpha(0)
    return canvas


def add_axes(canvas: Canvas, *, left: float, bottom: float, top: float, right: float = RIGHT) -> Axes:
    """Return axes that leave so many inches on each side."""
    height = canvas.get_figheight()
    place = (left / WIDTH, bottom / height, (WIDTH - left - right) / WIDTH, (height - bottom - top) / height)
    axes = canvas.add_axes(place)
    axes.patch.set_alpha(0)
    return axes


@dataclass(frozen=True)
class Key:
    """One entry of a legend: its words and what is drawn beside them (an artist of matplotlib)."""

    label: str
    artist: Any


def patch_key(label: str, look: tuple[str, str]) -> Key:
    """Return the entry of a filled area."""
    from matplotlib.patches import Patch

    return Key(label, Patch(facecolor=look[0], edgecolor=edge_of(look), hatch=look[1] or None, linewidth=0.6))


def marker_key(label: str, shape: str, face: str, edge: str = INK) -> Key:
    """Return the entry of a mark."""
    from matplotlib.lines import Line2D

    size = marker_size(shape)
    line = Line2D([], [], linestyle="", marker=shape, color=edge, markerfacecolor=face, markersize=size)
    return Key(label, line)


def legend_height(keys: Sequence[Key], left: float = 0.1) -> float:
    """Return the inches that a legend takes."""
    return LEGEND_LINE * math.ceil(len(keys) / _columns(keys, left)) if keys else 0.0


def _columns(keys: Sequence[Key], left: float) -> int:
    """Return the most columns in which a legend, filled line by line, is no wider than the canvas."""
    widths = [len(key.label) * CHARACTER + 0.45 for key in keys]
    fitting = [
        count
        for count in range(1, len(keys) + 1)
        if sum(max(widths[place::count]) for place in range(count)) <= WIDTH - left
    ]
    return max(fitting, default=1)


def add_legend(
    canvas: Canvas, keys: Sequence[Key], *, below_top: float = 0.0, left: float = 0.1, head: str = ""
) -> None:
    """Draw a legend in the upper margin, line by line, `below_top` inches under the edge; `head` stands left of it."""
    if not keys:
        return
    height, count = canvas.get_figheight(), _columns(keys, left)
    keys = [key for column in range(count) for key in keys[column::count]]  # matplotlib fills column by column
    if head:
        place = (0.1 / WIDTH, 1 - (below_top + 0.015) / height)
        canvas.text(*place, head, va="top", color=SOFT, fontweight="bold")
    canvas.legend(
        [key.artist for key in keys],
        [key.label for key in keys],
        loc="upper left",
        bbox_to_anchor=(left / WIDTH, 1 - below_top / height),
        ncols=count,
        borderaxespad=0,
        borderpad=0,
        handlelength=1.5,
        handletextpad=0.6,
        columnspacing=1.4,
        labelspacing=0.45,
    )


def marker_size(shape: str) -> float:
    """Return a size at which the shapes look alike large."""
    return {"*": 10.0, "D": 6.0, "s": 6.2}.get(shape, 7.0)


def tint(colour: str) -> str:
    """Return a colour half way to white, for areas on which marks of the full colour stand."""
    return "#" + "".join(f"{(int(colour[place : place + 2], 16) + 255) // 2:02x}" for place in (1, 3, 5))


def edge_of(look: tuple[str, str]) -> str:
    """Return the colour of an area's edge and pattern: white on dark colours, dark on light ones."""
    red, green, blue = (int(look[0][place : place + 2], 16) for place in (1, 3, 5))
    return PAPER if 0.299 * red + 0.587 * green + 0.114 * blue < 140 else SOFT


def category_looks(labels: Sequence[str], known: int) -> dict[str, tuple[str, str]]:
    """Return colour and pattern of each label; those after the first `known` have no category."""
    return {
        label: CATEGORY_STYLES[place % len(CATEGORY_STYLES)] if place < known else NO_CATEGORY
        for place, label in enumerate(labels)
    }


def month_ticks(last: float, every: int) -> list[int]:
    """Return ticks from 0 to at least the last month, `every` so many months, or a multiple where they get crowded."""
    step = every * max(1, math.ceil(last / every / 15))
    return list(range(0, math.ceil(max(last, step) / step) * step + 1, step))


def text_width(texts: Sequence[str]) -> float:
    """Return the inches that the longest of some texts takes."""
    return max((len(text) for text in texts), default=0) * CHARACTER
