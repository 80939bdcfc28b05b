"""acrf.pdf: the plan drawn by reportlab, with bookmarks by visit and by form.

Annotations are drawn as text in boxes and not as comments: they look the same in every viewer and on paper, can be
searched and copied, and cannot be moved by accident.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from clinical.errors import OutsideError
from submission.acrf.elements import BLACK, GREY, LEADING, Link, Note, Page, Shape, Text
from submission.acrf.form_pages import MARGIN
from submission.acrf.notes import PAD, PAD_ABOVE
from submission.acrf.plan import CrfPlan
from submission.acrf.typesetting import font_runs, text_width
from submission.pdf import FAMILY, drawing, pdf_date, setting_chinese_in


@dataclass(frozen=True)
class _Entry:
    """A bookmark: its title, the page that it leads to, and its level from 0."""

    title: str
    target: str
    level: int


def write_acrf(plan: CrfPlan, path: Path, *, created: datetime) -> Path:
    """Write the annotated CRF and return its path; the same plan and date give the same bytes.

    Args:
        created: the date that the file states as its own, the export's snapshot.

    Raises:
        OutsideError: the file cannot be written.
    """
    with drawing(), setting_chinese_in(plan.chinese_font):
        return _write(plan, path, created)


def _write(plan: CrfPlan, path: Path, created: datetime) -> Path:
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(
        str(path),
        pagesize=(plan.width, plan.height),
        invariant=1,
        pageCompression=0,
        pdfVersion=(1, 7),
        lang="en",
        initialFontName=FAMILY,
    )
    canvas.setTitle(f"{plan.study_id}: Annotated Case Report Form")
    canvas.setSubject(plan.title)
    canvas.setCreator("cdiscflow")
    canvas.setAuthor("")
    canvas.setDateFormatter(lambda *_: pdf_date(created))
    outline = _outline(plan)
    for number, page in enumerate(plan.layout, 1):
        for key in (page.name, *(f"bookmark-{index}" for index, one in enumerate(outline) if one.target == page.name)):
            canvas.bookmarkPage(key, fit="XYZ", left=0, top=plan.height, zoom=0)
        _draw_page(canvas, plan, page, number)
    for index, entry in enumerate(outline):
        canvas.addOutlineEntry(entry.title, f"bookmark-{index}", level=entry.level, closed=entry.level > 0)
    canvas.showOutline()
    try:
        canvas.save()
    except OSError as error:
        raise OutsideError(f"{path}: cannot be written ({error.strerror}). Check the disk's space.") from error
    return path


def _draw_page(canvas: Any, plan: CrfPlan, page: Page, number: int) -> None:
    for element in page.elements:
        if isinstance(element, Shape):
            _draw_shape(canvas, plan, element)
        elif isinstance(element, Note):
            _draw_note(canvas, plan, element)
        elif isinstance(element, Text):
            _draw_text(canvas, plan, element)
        elif isinstance(element, Link):
            area = (element.x, plan.height - element.bottom, element.right, plan.height - element.y)
            canvas.linkRect("", element.target, area, relative=0, thickness=0)
    for text in _furniture(plan, number):
        _draw_text(canvas, plan, text)
    canvas.showPage()


def _furniture(plan: CrfPlan, number: int) -> list[Text]:
    """Return what every page says at its edges."""
    width = plan.width - 2 * MARGIN
    top = [] if number == 1 else [(f"{plan.study_id} · Annotated Case Report Form", 28.0, "left")]
    lines = [*top, (f"Page {number} of {len(plan.layout)}", plan.height - 32, "right")]
    return [Text(MARGIN, y, width, 10, (text,), 8, colour=GREY, align=align) for text, y, align in lines]  # type: ignore[arg-type]


def _draw_shape(canvas: Any, plan: CrfPlan, shape: Shape) -> None:
    canvas.setLineWidth(0.6)
    if shape.stroke:
        canvas.setStrokeColor(shape.stroke)
    if shape.fill:
        canvas.setFillColor(shape.fill)
    lower = plan.height - shape.bottom
    paint = {"stroke": int(bool(shape.stroke)), "fill": int(bool(shape.fill))}
    if shape.kind == "circle":
        canvas.circle(shape.x + shape.width / 2, lower + shape.height / 2, shape.width / 2, **paint)
    else:
        canvas.rect(shape.x, lower, shape.width, shape.height, **paint)


def _draw_note(canvas: Any, plan: CrfPlan, note: Note) -> None:
    canvas.setLineWidth(0.6)
    canvas.setStrokeColor(GREY if note.dashed else BLACK)
    canvas.setFillColor(note.fill)
    if note.dashed:
        canvas.setDash(2, 2)
    canvas.rect(note.x, plan.height - note.bottom, note.width, note.height, stroke=1, fill=1)
    canvas.setDash()
    for index, line in enumerate(note.lines):
        top = note.y + PAD_ABOVE + index * note.size * LEADING
        _draw_line(canvas, line, note.x + PAD, plan.height - top - note.size, note.size, note.bold, BLACK)


def _draw_text(canvas: Any, plan: CrfPlan, text: Text) -> None:
    if text.turned:
        canvas.saveState()
        canvas.translate(text.right, plan.height - text.bottom)
        canvas.rotate(90)
        _draw_line(canvas, text.lines[0], 0, text.width - text.size, text.size, text.bold, text.colour)
        canvas.restoreState()
        return
    for index, line in enumerate(text.lines):
        room = text.width - text_width(line, text.size, text.bold)
        indent = {"left": 0.0, "centre": room / 2, "right": room}[text.align]
        baseline = plan.height - (text.y + index * text.size * LEADING) - text.size
        _draw_line(canvas, line, text.x + indent, baseline, text.size, text.bold, text.colour)


def _draw_line(canvas: Any, line: str, x: float, y: float, size: float, bold: bool, colour: str) -> None:
    canvas.setFillColor(colour)
    for font, piece in font_runs(line, bold):
        canvas.setFont(font, size)
        canvas.drawString(x, y, piece)
        x += canvas.stringWidth(piece, font, size)


def _outline(plan: CrfPlan) -> list[_Entry]:
    """Return the bookmarks: the front pages, the forms by visit, and all forms in the order of their pages."""
    entries = [_Entry(title, target, 0) for title, target in plan.front]
    for visit in plan.visits:
        entries.append(_Entry(visit.title, f"form-{visit.forms[0].name}", 1))
        entries += [_Entry(form.title, f"form-{form.name}", 2) for form in visit.forms]
    if plan.forms:
        entries.append(_Entry("All forms by page", f"form-{plan.forms[0].name}", 0))
    for form in plan.forms:
        page = f"{form.crf_page}: " if form.crf_page else ""
        entries.append(_Entry(f"{page}{form.title}", f"form-{form.name}", 1))
    return entries
