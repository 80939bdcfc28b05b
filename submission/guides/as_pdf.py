"""A guide set as PDF: bookmarks, contents with page numbers, links, and tables that go on over pages.

Fonts are embedded. Chinese and Japanese characters, which these fonts lack, are set in STSong-Light, which a reader of
PDF brings along and which is not embedded.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from submission import pdf
from submission.guides.content import (
    Block,
    Bullets,
    Column,
    Guide,
    Link,
    Paragraph,
    Section,
    Table,
    Text,
    ToComplete,
    numbered,
)
from submission.guides.wording import day

_CHINESE = "STSong-Light"
_IDEOGRAPHS = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef]+")
_INK, _LINE, _SHADE, _LINK = "#1d2733", "#9aa7b5", "#e9eef4", "#1b4f8a"
_ATTENTION, _ATTENTION_SHADE = "#c77700", "#fff6e0"
#: Rows up to which a table, its caption and the sentence before it stay on one page.
_FEW = 9
#: Points: more than any page has, and what a table may take to be kept whole.
_TALL, _HALF_PAGE = 100_000, 330


def write_pdf(guide: Guide, path: Path, *, page: tuple[float, float], author: str) -> None:
    """Write a guide as PDF.

    Args:
        page: width and height of the paper in points.
        author: the author in the file's metadata.
    """
    from reportlab.platypus.doctemplate import LayoutError

    pdf.register_fonts()
    if _IDEOGRAPHS.search(repr(guide)):
        _register_chinese()
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        _build(guide, path, page, author, split_rows=False)
    except LayoutError:  # a row is taller than a page
        _build(guide, path, page, author, split_rows=True)


def _build(guide: Guide, path: Path, page: tuple[float, float], author: str, *, split_rows: bool) -> None:
    story = _Setter(guide, page[0] - 2 * _MARGIN, split_rows).story()
    _document(guide, path, page, author).multiBuild(list(story))


_MARGIN = 62.0


def _register_chinese() -> None:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont

    pdfmetrics.registerFont(UnicodeCIDFont(_CHINESE))


def markup(words: Text | str, anchors: frozenset[str] = frozenset()) -> str:
    """Return a text as reportlab's markup; links to sections that are not there are plain words."""
    parts = (words,) if isinstance(words, str) else words
    return "".join(_part(part, anchors) for part in parts).replace("\n", "<br/>")


def _part(part: str | Link, anchors: frozenset[str]) -> str:
    words = escape(part.words if isinstance(part, Link) else part)
    words = _IDEOGRAPHS.sub(lambda found: f'<font name="{_CHINESE}">{found[0]}</font>', words)
    if isinstance(part, Link) and part.anchor in anchors:
        return f'<a href="#{part.anchor}" color="{_LINK}">{words}</a>'
    return words


def _document(guide: Guide, path: Path, page: tuple[float, float], author: str) -> Any:
    """Return reportlab's document with head, foot, bookmarks and contents."""
    from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate
    from reportlab.platypus import Paragraph as Set

    style = _styles()["running"]
    width, height = page
    inner = width - 2 * _MARGIN

    class Document(BaseDocTemplate):  # type: ignore[misc]
        total = 0

        def beforeDocument(self) -> None:
            self.canv.setDateFormatter(lambda *_: pdf.pdf_date(guide.created))

        def afterFlowable(self, flowable: Any) -> None:
            bookmark = getattr(flowable, "bookmark", None)
            if bookmark is None:
                return
            anchor, level, title, shown = bookmark
            self.canv.bookmarkHorizontal(anchor, 0, self.frame._y + flowable.height + 6)
            self.canv.addOutlineEntry(title, anchor, level, closed=level > 0)
            self.notify("TOCEntry", (level, shown, self.page, anchor))

        def _endBuild(self) -> None:
            self.total = self.page
            super()._endBuild()

    def running(canvas: Any, document: Any) -> None:
        canvas.saveState()
        canvas.setStrokeColor(_LINE)
        canvas.setLineWidth(0.5)
        canvas.line(_MARGIN, height - 46, width - _MARGIN, height - 46)
        canvas.line(_MARGIN, 46, width - _MARGIN, 46)
        left, right = f"Study {guide.study}", guide.short
        _line(canvas, Set, style, (left, right), inner, height - 42)
        total = document.total or document.page
        _line(canvas, Set, style, (day(guide.created), f"Page {document.page} of {total}"), inner, 32)
        canvas.restoreState()

    frame = Frame(_MARGIN, 54, inner, height - 108, leftPadding=0, rightPadding=0, topPadding=4, bottomPadding=0)
    cover = Frame(_MARGIN, 54, inner, height - 108, leftPadding=0, rightPadding=0, id="cover")
    document = Document(
        str(path), pagesize=page, invariant=1, initialFontName=pdf.FAMILY, lang="en-GB", displayDocTitle=1,
        title=f"{guide.title}, {guide.study}", author=author, subject=guide.study_title, creator="cdiscflow",
    )  # fmt: skip
    document.addPageTemplates([PageTemplate("cover", [cover]), PageTemplate("text", [frame], onPage=running)])
    return document


def _line(
    canvas: Any, paragraph: Callable[..., Any], style: Any, words: tuple[str, str], width: float, y: float
) -> None:
    """Draw two texts on one line, one at each margin."""
    from reportlab.lib.enums import TA_RIGHT

    for one, alignment in zip(words, (style.alignment, TA_RIGHT), strict=True):
        placed = paragraph(markup(one), style.clone("placed", alignment=alignment))
        placed.wrapOn(canvas, width, 20)
        placed.drawOn(canvas, _MARGIN, y)


def _styles() -> dict[str, Any]:
    from reportlab.lib.colors import HexColor
    from reportlab.lib.enums import TA_RIGHT
    from reportlab.lib.styles import ParagraphStyle

    ink = HexColor(_INK)
    body = ParagraphStyle(
        "body", fontName=pdf.FAMILY, bulletFontName=pdf.FAMILY, fontSize=9, leading=13, textColor=ink, spaceAfter=6
    )
    cell = body.clone("cell", fontSize=7.6, leading=10, spaceAfter=0)
    styles = {
        "body": body,
        "bullet": body.clone("bullet", leftIndent=14, bulletIndent=4, spaceAfter=3),
        "cell": cell,
        "number": cell.clone("number", alignment=TA_RIGHT),
        "code": cell.clone("code", fontName=pdf.MONO, fontSize=6.6, leading=9),
        "head": cell.clone("head", fontName=pdf.BOLD),
        "headnumber": cell.clone("headnumber", fontName=pdf.BOLD, alignment=TA_RIGHT),
        "caption": body.clone("caption", fontName=pdf.BOLD, fontSize=8, leading=11, spaceBefore=4, spaceAfter=4),
        "running": body.clone("running", fontSize=7.5, leading=9, spaceAfter=0),
        "title": body.clone("title", fontName=pdf.BOLD, fontSize=22, leading=28, spaceAfter=16),
        "subtitle": body.clone("subtitle", fontSize=12, leading=17, spaceAfter=34),
        "contents": body.clone("contents", fontName=pdf.BOLD, fontSize=14, leading=18, spaceAfter=10),
    }
    for level, (size, before) in enumerate(((14, 16), (11, 12), (9.5, 9))):
        styles[f"h{level}"] = body.clone(
            f"h{level}", fontName=pdf.BOLD, fontSize=size, leading=size * 1.3, spaceBefore=before, spaceAfter=5
        )
        styles[f"toc{level}"] = body.clone(
            f"toc{level}", fontName=pdf.BOLD if level == 0 else pdf.FAMILY, fontSize=9 - 0.5 * (level > 1), leading=13,
            leftIndent=16 * level, spaceBefore=5 if level == 0 else 0, spaceAfter=0, rightIndent=20,
        )  # fmt: skip
    return styles


class _Setter:
    """Turns the blocks of a guide into reportlab's flowables."""

    def __init__(self, guide: Guide, width: float, split_rows: bool) -> None:
        self.guide = guide
        self.width = width
        self.split_rows = split_rows
        self.styles = _styles()
        self.anchors = frozenset(section.anchor for _, section in numbered(guide.sections))
        self.tables = 0

    def story(self) -> Iterator[Any]:
        """Yield the whole document: cover, contents, sections."""
        from reportlab.platypus import NextPageTemplate, PageBreak, Spacer
        from reportlab.platypus.tableofcontents import TableOfContents

        yield NextPageTemplate("text")
        yield Spacer(1, 150)
        yield self._set(self.guide.title, "title")
        yield self._set(self.guide.study_title, "subtitle")
        yield self._grid(
            [[self._set(label, "head"), self._set(said, "cell")] for label, said in self.guide.cover], (30, 70)
        )
        yield PageBreak()
        yield self._set("Contents", "contents")
        yield TableOfContents(levelStyles=[self.styles[f"toc{level}"] for level in range(3)], dotsMinLevel=0)
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
            first = self._table(replace(block, rows=block.rows[:_FEW] if len(block.rows) <= _FEW else block.rows[:3]))
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
        if _IDEOGRAPHS.search(marked):
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
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, -1), 0.4, HexColor(_LINE)),
            ("LEFTPADDING", (0, 0), (-1, -1), 4),
            ("RIGHTPADDING", (0, 0), (-1, -1), 4),
            ("TOPPADDING", (0, 0), (-1, -1), 2.5),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3.5),
        ]
        if headed:
            style.append(("BACKGROUND", (0, 0), (-1, 0), HexColor(_SHADE)))
            style.append(("LINEABOVE", (0, 0), (-1, 0), 0.8, HexColor(_INK)))
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
