"""The page of a guide in PDF: head and foot, styles, bookmarks, and the markup of texts.

Fonts are embedded. Chinese and Japanese characters, which these fonts lack, are set in the font that the study names,
else in one that a reader of PDF brings along and that is not embedded.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from submission import pdf
from submission.guides.content import Guide, Link, Text
from submission.guides.wording import day

IDEOGRAPHS = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef]+")
INK, LINE, LINK = "#1d2733", "#9aa7b5", "#1b4f8a"
#: The margin at each side, in points.
MARGIN = 62.0


def markup(words: Text | str, anchors: frozenset[str] = frozenset()) -> str:
    """Return a text as reportlab's markup; links to sections that are not there are plain words."""
    parts = (words,) if isinstance(words, str) else words
    return "".join(_part(part, anchors) for part in parts).replace("\n", "<br/>")


def _part(part: str | Link, anchors: frozenset[str]) -> str:
    words = escape(part.words if isinstance(part, Link) else part)
    words = IDEOGRAPHS.sub(lambda found: f'<font name="{pdf.chinese()}">{found[0]}</font>', words)
    if isinstance(part, Link) and part.anchor in anchors:
        return f'<a href="#{part.anchor}" color="{LINK}">{words}</a>'
    return words


def document(guide: Guide, path: Path, page: tuple[float, float], author: str) -> Any:
    """Return reportlab's document with head, foot, bookmarks and contents."""
    from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate
    from reportlab.platypus import Paragraph as Set

    style = styles()["running"]
    width, height = page
    inner = width - 2 * MARGIN

    class Document(BaseDocTemplate):  # type: ignore[misc]
        total = 0

        def beforeDocument(self) -> None:
            self.canv.setDateFormatter(lambda *_: pdf.pdf_date(guide.created))
            self.canv.showOutline()

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
        canvas.setStrokeColor(LINE)
        canvas.setLineWidth(0.5)
        canvas.line(MARGIN, height - 46, width - MARGIN, height - 46)
        canvas.line(MARGIN, 46, width - MARGIN, 46)
        left, right = f"Study {guide.study}", guide.short
        _line(canvas, Set, style, (left, right), inner, height - 42)
        total = document.total or document.page
        _line(canvas, Set, style, (day(guide.created), f"Page {document.page} of {total}"), inner, 32)
        canvas.restoreState()

    frame = Frame(MARGIN, 54, inner, height - 108, leftPadding=0, rightPadding=0, topPadding=4, bottomPadding=0)
    cover = Frame(MARGIN, 54, inner, height - 108, leftPadding=0, rightPadding=0, id="cover")
    document = Document(
        str(path), pagesize=page, invariant=1, initialFontName=pdf.FAMILY, lang="en-GB", displayDocTitle=1,
        title=f"{guide.title}, {guide.study}", author=author, subject=guide.study_title, creator="cdiscflow",
        pageCompression=0,  # what zlib makes of a page differs between its builds
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
        placed.drawOn(canvas, MARGIN, y)


def styles() -> dict[str, Any]:
    """Return reportlab's styles by name."""
    from reportlab.lib.colors import HexColor
    from reportlab.lib.enums import TA_RIGHT
    from reportlab.lib.styles import ParagraphStyle

    ink = HexColor(INK)
    body = ParagraphStyle(
        "body", fontName=pdf.FAMILY, bulletFontName=pdf.FAMILY, fontSize=9, leading=13, textColor=ink, spaceAfter=6
    )
    cell = body.clone("cell", fontSize=7.6, leading=10, spaceAfter=0)
    made = {
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
        made[f"h{level}"] = body.clone(
            f"h{level}", fontName=pdf.BOLD, fontSize=size, leading=size * 1.3, spaceBefore=before, spaceAfter=5
        )
        made[f"toc{level}"] = body.clone(
            f"toc{level}", fontName=pdf.BOLD if level == 0 else pdf.FAMILY, fontSize=9 - 0.5 * (level > 1), leading=12,
            leftIndent=16 * level, spaceBefore=5 if level == 0 else 0, spaceAfter=0, rightIndent=20,
        )  # fmt: skip
    return made
