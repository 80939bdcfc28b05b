"""A guide set as DOCX, for the people who finish it: heading styles, real tables, a field with the contents.

The same guide gives the same bytes: dates are those of the data, and the parts of the file are stored as they are.
"""

from __future__ import annotations

import re
import zipfile
from datetime import UTC
from io import BytesIO
from pathlib import Path
from typing import Any

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
    text,
)
from submission.guides.wording import day

_FONT, _FAR_EASTERN, _MONO = "Arial", "SimSun", "Courier New"
_SHADE, _ATTENTION_SHADE, _LINK, _INK = "E9EEF4", "FFF2CC", "1B4F8A", "1D2733"
_MARGIN = 62.0
#: The style of what a person has to complete, so that all such places can be found.
TO_COMPLETE = "To Complete"


def write_docx(guide: Guide, path: Path, *, page: tuple[float, float], author: str) -> None:
    """Write a guide as DOCX.

    Args:
        page: width and height of the paper in points.
        author: the author in the file's properties.
    """
    document = _Setter(guide, page).document(author)
    made = BytesIO()
    document.save(made)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_without_clock(made, guide))


def _without_clock(made: BytesIO, guide: Guide) -> bytes:
    """Return the file with the guide's date on each part and nothing compressed, since compression differs by build."""
    stamp = guide.created.timetuple()[:6]
    result = BytesIO()
    with zipfile.ZipFile(made) as parts, zipfile.ZipFile(result, "w", zipfile.ZIP_STORED) as target:
        for name in parts.namelist():
            entry = zipfile.ZipInfo(name, date_time=(max(stamp[0], 1980), *stamp[1:]))
            entry.create_system = 0
            target.writestr(entry, parts.read(name))
    return result.getvalue()


class _Setter:
    """Turns a guide into a document of python-docx."""

    def __init__(self, guide: Guide, page: tuple[float, float]) -> None:
        import docx

        self.guide = guide
        self.page = page
        self.made: Any = docx.Document()
        self.anchors = frozenset(section.anchor for _, section in numbered(guide.sections))
        self.bookmarks = 0
        self.tables = 0

    def document(self, author: str) -> Any:
        """Return the whole document."""
        self._properties(author)
        self._styles()
        self._page()
        self._cover()
        self._contents()
        for number, section in numbered(self.guide.sections):
            self._heading(number, section)
            for block in section.blocks:
                self._block(block)
        return self.made

    def _properties(self, author: str) -> None:
        properties = self.made.core_properties
        created = self.guide.created.astimezone(UTC).replace(tzinfo=None)
        properties.created = properties.modified = created
        properties.author = properties.last_modified_by = author
        properties.title = f"{self.guide.title}, {self.guide.study}"
        properties.subject, properties.comments, properties.language = self.guide.study_title, "", "en-GB"
        properties.revision = 1

    def _styles(self) -> None:
        from docx.enum.style import WD_STYLE_TYPE
        from docx.oxml.ns import qn
        from docx.shared import Pt, RGBColor

        styles = self.made.styles
        sizes = {
            "Normal": 10,
            "Title": 24,
            "Subtitle": 13,
            "Caption": 9,
            "Heading 1": 15,
            "Heading 2": 12,
            "Heading 3": 10,
        }
        for name, size in sizes.items():
            style = styles[name]
            style.font.name, style.font.size = _FONT, Pt(size)
            style.font.color.rgb = RGBColor.from_string(_INK)
            fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
            for part in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
                fonts.attrib.pop(qn(part), None)
            fonts.set(qn("w:ascii"), _FONT)
            fonts.set(qn("w:hAnsi"), _FONT)
            fonts.set(qn("w:eastAsia"), _FAR_EASTERN)
        for name in ("Heading 1", "Heading 2", "Heading 3", "Caption"):
            styles[name].paragraph_format.keep_with_next = True
        styles["Caption"].paragraph_format.space_after = Pt(3)
        for name in ("Header", "Footer"):
            styles[name].paragraph_format.tab_stops.clear_all()
        for level in (1, 2, 3):
            contents = styles.add_style(f"toc {level}", WD_STYLE_TYPE.PARAGRAPH)
            contents.base_style = styles["Normal"]
            contents.paragraph_format.left_indent = Pt(16 * (level - 1))
            contents.paragraph_format.space_after = Pt(2)
        attention = styles.add_style(TO_COMPLETE, WD_STYLE_TYPE.PARAGRAPH)
        attention.base_style = styles["Normal"]
        attention.element.get_or_add_pPr().append(_element("w:shd", val="clear", color="auto", fill=_ATTENTION_SHADE))

    def _page(self) -> None:
        from docx.shared import Pt

        section = self.made.sections[0]
        section.page_width, section.page_height = (Pt(size) for size in self.page)
        section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Pt(_MARGIN)
        section.different_first_page_header_footer = True
        self._running(section.header.paragraphs[0], f"Study {self.guide.study}", self.guide.short)
        foot = section.footer.paragraphs[0]
        self._running(foot, day(self.guide.created), "Page ")
        _field(foot, "PAGE", "1")
        foot.add_run(" of ")
        _field(foot, "NUMPAGES", "1")

    def _running(self, paragraph: Any, left: str, right: str) -> None:
        from docx.enum.text import WD_TAB_ALIGNMENT
        from docx.shared import Pt

        paragraph.paragraph_format.tab_stops.add_tab_stop(Pt(self.page[0] - 2 * _MARGIN), WD_TAB_ALIGNMENT.RIGHT)
        paragraph.add_run(f"{left}\t{right}")

    def _cover(self) -> None:
        self.made.add_paragraph(self.guide.title, style="Title")
        self.made.add_paragraph(self.guide.study_title, style="Subtitle")
        rows = tuple((text(label), text(said)) for label, said in self.guide.cover)
        self._grid((Column("", 30), Column("", 70)), rows)
        self.made.add_page_break()

    def _contents(self) -> None:
        """Add the contents: a field that Word fills with page numbers when the document is opened."""
        heading = self.made.add_paragraph()
        run = heading.add_run("Contents")
        run.bold = True
        entries = [(number, one) for number, one in numbered(self.guide.sections) if number.count(".") < 3]
        for place, (number, section) in enumerate(entries):
            line = self.made.add_paragraph(style=f"toc {number.count('.') + 1}")
            if place == 0:
                _begin(line, 'TOC \\o "1-3" \\h \\z \\u')
            self._write(line, (Link(f"{number} {section.title}", section.anchor),))
            if place == len(entries) - 1:
                line.add_run()._r.append(_element("w:fldChar", fldCharType="end"))
        self.made.settings.element.append(_element("w:updateFields", val="true"))
        self.made.add_page_break()

    def _heading(self, number: str, section: Section) -> None:
        heading = self.made.add_heading(level=min(number.count(".") + 1, 3))
        self.bookmarks += 1
        name = _bookmark(section.anchor)
        heading._p.append(_element("w:bookmarkStart", id=str(self.bookmarks), name=name))
        heading.add_run(f"{number} {section.title}")
        heading._p.append(_element("w:bookmarkEnd", id=str(self.bookmarks)))

    def _block(self, block: Block) -> None:
        if isinstance(block, Paragraph):
            self._write(self.made.add_paragraph(), block.text)
        elif isinstance(block, Bullets):
            for item in block.items:
                self._write(self.made.add_paragraph(style="List Bullet"), item)
        elif isinstance(block, ToComplete):
            paragraph = self.made.add_paragraph(style=TO_COMPLETE)
            paragraph.add_run("To be completed. ").bold = True
            paragraph.add_run(block.text)
        else:
            self.tables += 1
            self.made.add_paragraph(f"Table {self.tables}. {block.caption}", style="Caption")
            self._table(block)
            self.made.add_paragraph().paragraph_format.space_after = 0

    def _write(self, paragraph: Any, words: Text, size: float | None = None, font: str | None = None) -> None:
        """Write a text into a paragraph; a link leads to the bookmark of its section."""
        from docx.shared import Pt, RGBColor

        for part in words:
            linked = isinstance(part, Link) and part.anchor in self.anchors
            run = paragraph.add_run(part.words if isinstance(part, Link) else part)
            if size:
                run.font.size = Pt(size)
            if font:
                run.font.name = font
            if isinstance(part, Link) and linked:
                run.font.color.rgb = RGBColor.from_string(_LINK)
                hyperlink = _element("w:hyperlink", anchor=_bookmark(part.anchor), history="1")
                hyperlink.append(run._r)
                paragraph._p.append(hyperlink)

    def _table(self, block: Table) -> None:
        heads = tuple(text(column.head) for column in block.columns)
        made = self._grid(block.columns, (heads, *block.rows))
        head = made.rows[0]
        head._tr.get_or_add_trPr().append(_element("w:tblHeader", val="true"))
        for cell in head.cells:
            cell._tc.get_or_add_tcPr().append(_element("w:shd", val="clear", color="auto", fill=_SHADE))
            for run in cell.paragraphs[0].runs:
                run.bold = True

    def _grid(self, columns: tuple[Column, ...], rows: tuple[tuple[Text, ...], ...]) -> Any:
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Pt

        made = self.made.add_table(rows=len(rows), cols=len(columns), style="Table Grid")
        made.autofit = False
        whole = self.page[0] - 2 * _MARGIN
        total = sum(column.width for column in columns)
        widths = [Pt(whole * column.width / total) for column in columns]
        for column, width in zip(made.columns, widths, strict=True):
            column.width = width
        for line, row in zip(made.rows, rows, strict=True):
            line._tr.get_or_add_trPr().append(_element("w:cantSplit", val="true"))
            for cell, column, width, words in zip(line.cells, columns, widths, row, strict=True):
                cell.width = width
                paragraph = cell.paragraphs[0]
                paragraph.paragraph_format.space_after = Pt(1)
                if column.kind == "number":
                    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
                code = column.kind == "code"
                self._write(paragraph, words, size=7 if code else 8, font=_MONO if code else None)
        return made


def _bookmark(anchor: str) -> str:
    """Return a bookmark's name, which has letters, digits and underscores only, and at most 40 of them."""
    return "s_" + re.sub(r"[^A-Za-z0-9]", "_", anchor)[:38]


def _element(tag: str, **attributes: str) -> Any:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    made = OxmlElement(tag)
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), value)
    return made


def _begin(paragraph: Any, instruction: str) -> None:
    """Begin a field in a paragraph; what follows, up to its end, is its result."""
    paragraph.add_run()._r.append(_element("w:fldChar", fldCharType="begin"))
    said = _element("w:instrText")
    said.text = instruction
    paragraph.add_run()._r.append(said)
    paragraph.add_run()._r.append(_element("w:fldChar", fldCharType="separate"))


def _field(paragraph: Any, instruction: str, shown: str) -> None:
    _begin(paragraph, instruction)
    paragraph.add_run(shown)
    paragraph.add_run()._r.append(_element("w:fldChar", fldCharType="end"))
