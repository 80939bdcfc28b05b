"""A guide set as PDF: contents with page numbers, links, and tables that go on over pages with their head."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from submission import pdf
from submission.guides.content import (
    Block,
    Bullets,
    Column,
    Guide,
    Paragraph,
    Section,
    Table,
    Text,
    ToComplete,
    numbered,
)
from submission.guides.pdf_page import IDEOGRAPHS, INK, LINE, MARGIN, document, markup, styles

_SHADE = "#e9eef4"
_ATTENTION, _ATTENTION_SHADE = "#c77700", "#fff6e0"
#: Rows up to which a low table, its caption and the sentence before it stay on one page.
_FEW = 9
#: Points: more than any page has, what may be kept together, and the height of a low table.
_TALL, _HALF_PAGE, _QUARTER_PAGE = 100_000, 330, 165


def write_pdf(guide: Guide, path: Path, *, page: tuple[float, float], author: str) -> None:
    """Write a guide as PDF.

    Args:
        page: width and height of the paper in points.
        author: the author in the file's metadata.
    """
    from reportlab.platypus.doctemplate import LayoutError

    path.parent.mkdir(parents=True, exist_ok=True)
    with pdf.drawing():
        try:
            _build(guide, path, page, author, split_rows=False)
        except LayoutError:  # a row is taller than a page
            _build(guide, path, page, author, split_rows=True)


def _build(guide: Guide, path: Path, page: tuple[float, float], author: str, *, split_rows: bool) -> None:
    story = _Setter(guide, page[0] - 2 * MARGIN, split_rows).story()
    document(guide, path, page, author).multiBuild(list(story))


class _Setter:
    """Turns the blocks of a guide into reportlab's flowables."""

    def __init__(self, guide: Guide, width: float, split_rows: bool) -> None:
        self.guide = guide
        self.width = width
        self.split_rows = split_rows
        self.styles = styles()
        self.anchors = frozenset(section.anchor for _, section in numbered(guide.sections))
        self.tables = 0

    def story(self) -> Iterator[Any]:
        """Yield the whole document: cover, contents, sections."""
        from reportlab.platypus import NextPageTemplate, PageBreak, Spacer

        yield NextPageTemplate("text")
        yield Spacer(1, 150)
        yield self._set(self.guide.title, "title")
        yield self._set(self.guide.study_title, "subtitle")
        yield self._grid(
            [[self._set(label, "head"), self._set(said, "cell")] for label, said in self.guide.cover], (30, 70)
        )
        yield PageBreak()
        yield self._set("Contents", "contents")
        yield self._contents()
        yield PageBreak()
        waiting: list[Any] = []
        for number, section in numbered(self.guide.sections):
            waiting.append(self._heading(number, section))
            for place, block in enumerate(section.blocks):
                following = section.blocks[place + 1] if place + 1 < len(section.blocks) else None
                if isinstance(block, Paragraph) and isinstance(following, Table):
                    waiting.append(self._set(block.text, "body"))
                    continue
                yield from self._block(block, waiting)
                waiting = []
        yield from waiting

    def _contents(self) -> Any:
        from reportlab.platypus import TableStyle
        from reportlab.platypus.tableofcontents import TableOfContents

        made = TableOfContents(levelStyles=[self.styles[f"toc{level}"] for level in range(3)], dotsMinLevel=0)
        made.tableStyle = TableStyle(
            [
                ("FONT", (0, 0), (-1, -1), pdf.FAMILY),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 0),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
            ]
        )
        return made

    def _heading(self, number: str, section: Section) -> Any:
        level = min(number.count("."), 2)
        title = f"{number} {section.title}"
        heading = self._set(title, f"h{level}")
        heading.bookmark = (section.anchor, level, title, markup(title))
        return heading

    def _block(self, block: Block, waiting: list[Any]) -> Iterator[Any]:
        """Yield what waits for the block (headings, and a sentence about a table) on one page with its beginning."""
        from reportlab.platypus import CondPageBreak, Spacer

        if isinstance(block, Table):
            self.tables += 1
            waiting = [*waiting, self._set(f"Table {self.tables}. {block.caption}", "caption")]
            made = [self._table(block), Spacer(1, 10)]
            low = len(block.rows) <= _FEW and self._height(self._table(block)) < _QUARTER_PAGE
            first = self._table(block if low else replace(block, rows=block.rows[:3]))
        elif isinstance(block, Bullets):
            made = [*(self._set(item, "bullet", bullet="•") for item in block.items), Spacer(1, 3)]
            first = self._set(block.items[0], "bullet", bullet="•")
        elif isinstance(block, ToComplete):
            made = [self._to_complete(block), Spacer(1, 8)]
            first = made[0]
        else:
            made = [self._set(block.text, "body")]
            first = made[0]
        yield CondPageBreak(sum(map(self._height, (*waiting, first))))
        yield from waiting
        yield from made

    def _height(self, flowable: Any) -> float:
        """Return the height of a flowable with the space before and after it, at most half a page's."""
        height = flowable.wrap(self.width, _TALL)[1] + flowable.getSpaceBefore() + flowable.getSpaceAfter()
        return float(min(height, _HALF_PAGE))

    def _set(self, words: Text | str, style: str, bullet: str | None = None) -> Any:
        from reportlab.platypus import Paragraph as Set

        marked, chosen = markup(words, self.anchors), self.styles[style]
        if IDEOGRAPHS.search(marked):
            chosen = chosen.clone(f"{style}-cjk", wordWrap="CJK")
        return Set(marked, chosen, bulletText=bullet)

    def _table(self, block: Table) -> Any:
        heads = [
            self._set(column.head, "headnumber" if column.kind == "number" else "head") for column in block.columns
        ]
        rows = [
            [self._set(cell, _cell_style(column)) for column, cell in zip(block.columns, row, strict=True)]
            for row in block.rows
        ]
        return self._grid([heads, *rows], tuple(column.width for column in block.columns), headed=True)

    def _grid(self, rows: list[list[Any]], shares: tuple[float, ...], headed: bool = False) -> Any:
        from reportlab.lib.colors import HexColor
        from reportlab.platypus import LongTable

        widths = [self.width * share / sum(shares) for share in shares]
        style = [
            ("FONT", (0, 0), (-1, -1), pdf.FAMILY),
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, HexColor(LINE)),
            ("LEFTPADDING", (0, 0), (-1, -1), 4),
            ("RIGHTPADDING", (0, 0), (-1, -1), 4),
            ("TOPPADDING", (0, 0), (-1, -1), 2.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3.5),
        ]
        if headed:
            style.append(("BACKGROUND", (0, 0), (-1, 0), HexColor(_SHADE)))
            style.append(("LINEABOVE", (0, 0), (-1, 0), 0.8, HexColor(INK)))
            if len(rows) > _FEW:
                style += [("NOSPLIT", (0, 0), (0, 2)), ("NOSPLIT", (0, -3), (0, -1))]
        return LongTable(
            rows, colWidths=widths, repeatRows=int(headed), style=style, splitInRow=int(self.split_rows), hAlign="LEFT"
        )

    def _to_complete(self, block: ToComplete) -> Any:
        from reportlab.lib.colors import HexColor
        from reportlab.platypus import Paragraph as Set
        from reportlab.platypus import Table as Grid

        marked = f'<font name="{pdf.BOLD}" color="{_ATTENTION}">To be completed.</font> {markup(block.text)}'
        style = [
            ("FONT", (0, 0), (-1, -1), pdf.FAMILY),
            ("BACKGROUND", (0, 0), (-1, -1), HexColor(_ATTENTION_SHADE)),
            ("LINEBEFORE", (0, 0), (0, -1), 2.5, HexColor(_ATTENTION)),
            ("LEFTPADDING", (0, 0), (-1, -1), 8),
            ("TOPPADDING", (0, 0), (-1, -1), 4),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 5),
        ]
        return Grid(
            [[Set(marked, self.styles["body"].clone("attention", spaceAfter=0))]], colWidths=[self.width], style=style
        )


def _cell_style(column: Column) -> str:
    return {"number": "number", "code": "code"}.get(column.kind, "cell")
