"""A form as CRF pages: its datasets, a title, what identifies the record, and a row an item with annotations beside it.

Items keep to the frame on the left; annotations stand in the margin on the right, so that no box covers the form.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from clinical import provenance
from clinical.errors import listed
from specs.model.annotations import FormAnnotations
from specs.model.raw import Column, Form
from submission.acrf.elements import GREY, RULE, SHADE, Box, Page, Shape, Text
from submission.acrf.fields import HEIGHT, empty_box, field_of, printed_label
from submission.acrf.notes import Label, dataset_labels, item_labels, placed, whole_labels
from submission.acrf.typesetting import UNBROKEN, text_height, wrapped

MARGIN = 36.0
TOP = 50.0
BOTTOM = 46.0
_LABEL, _FIELD, _GUTTER, _PAD = 146.0, 142.0, 8.0, 5.0
_FRAME = _LABEL + _FIELD + 3 * _PAD
_SIZE = 8.5
#: Further visits are in the table of forms by visit.
_MOST_VISITS = 16


@dataclass(frozen=True)
class FormSheet:
    """A form with the visits at which it is expected and its annotations."""

    name: str
    form: Form
    visits: tuple[str, ...]
    annotations: FormAnnotations


@dataclass(frozen=True)
class _Row:
    """A row of the form, drawn from y = 0: its elements, its annotations, and which item it shows."""

    elements: tuple[Box, ...]
    labels: tuple[Label, ...]
    height: float
    item: str
    shaded: bool = False


def form_pages(sheet: FormSheet, width: float, height: float) -> tuple[list[Page], dict[str, int]]:
    """Return the pages of a form, and on which of them (from 0) each item begins."""
    room = height - BOTTOM - _begin(Page(""), sheet, width, continued=True)
    rows = [*_record_rows(sheet), *_item_rows(sheet, width, room)]
    pages: list[Page] = []
    places: dict[str, int] = {}
    y = 0.0
    page = Page("")
    first_row = True
    for row in rows:
        tall, _ = _with_notes(row, 0, 0, width)
        if not pages or (y + tall > height - BOTTOM and not first_row):
            page = Page(f"form-{sheet.name}" + (f"-{len(pages) + 1}" if pages else ""))
            y = _begin(page, sheet, width, continued=bool(pages))
            pages.append(page)
            first_row = True
        tall, elements = _with_notes(row, MARGIN, y, width)
        page.elements += elements
        places.setdefault(row.item, len(pages) - 1)
        y += tall
        first_row = False
    return pages, places


def _with_notes(row: _Row, x: float, y: float, width: float) -> tuple[float, list[Box]]:
    """Return a row's height with its annotations, and its elements at a place."""
    left = MARGIN + _FRAME + _GUTTER
    notes, high = placed(row.labels, left, y + 3.5, width - MARGIN - left)
    tall = max(row.height, high + 7)
    frame = Shape(x, y, _FRAME, tall, stroke=RULE, fill=SHADE if row.shaded else None)
    moved = [_moved(one, x, y) for one in row.elements]
    return tall, [frame, *moved, *notes]


def _moved(one: Box, x: float, y: float) -> Box:
    return replace(one, x=one.x + x, y=one.y + y)


def _begin(page: Page, sheet: FormSheet, width: float, *, continued: bool) -> float:
    """Put the top of a page onto it and return where its rows begin."""
    notes, high = placed(dataset_labels(sheet.annotations), MARGIN, TOP, width - 2 * MARGIN)
    page.elements += notes
    y = TOP + high + (4 if high else 0)
    if not continued:
        for labels in whole_labels(sheet.annotations):
            notes, high = placed(labels, MARGIN, y, width - 2 * MARGIN)
            page.elements += notes
            y += high + 3
    y += 5
    title = sheet.form.label + (" (continued)" if continued else "")
    lines = wrapped(title, width - 2 * MARGIN - 120, 13, True)
    number = wrapped(f"CRF page {sheet.form.page}", 100, 9) if sheet.form.page else ()
    tall = max(text_height(len(lines), 13), text_height(len(number), 9) + 2) + 8
    page.elements += [
        Shape(MARGIN, y, width - 2 * MARGIN, tall, stroke=GREY, fill=SHADE),
        Text(MARGIN + 6, y + 4, width - 2 * MARGIN - 120, tall - 8, lines, 13, bold=True),
    ]
    if number:
        high = text_height(len(number), 9)
        page.elements.append(Text(width - MARGIN - 106, y + 6, 100, high, number, 9, align="right"))
    y += tall
    if continued:
        return y + 4
    for line in _remarks(sheet):
        lines = wrapped(line, width - 2 * MARGIN - 12, 8)
        page.elements.append(
            Text(MARGIN + 6, y + 3, width - 2 * MARGIN - 12, text_height(len(lines), 8), lines, 8, colour=GREY)
        )
        y += text_height(len(lines), 8) + 3
    return y + 4


def _remarks(sheet: FormSheet) -> Iterator[str]:
    if sheet.visits:
        yield "Expected at: " + listed([visit.replace(" ", UNBROKEN) for visit in sheet.visits], _MOST_VISITS)
    if sheet.form.repeating:
        yield "Log form: one entry for each record; the lines below are those of one entry."


def _record_rows(sheet: FormSheet) -> Iterator[_Row]:
    """Yield the rows that identify the record: site, subject, visit, and the line of a log form."""
    shown = [(provenance.SITE, "Site"), (provenance.SUBJECT, "Subject"), (provenance.EVENT, "Visit")]
    repeats = [name for name in (provenance.GROUP_REPEAT, provenance.FORM_REPEAT) if name in sheet.annotations.items]
    if sheet.form.repeating or repeats:
        shown.append((repeats[0] if repeats else provenance.GROUP_REPEAT, "Line"))
    for name, label in shown:
        width = 60.0 if label == "Line" else _FIELD
        elements = (
            Text(_PAD, 4, _LABEL - _PAD, text_height(1, _SIZE), (label,), _SIZE),
            empty_box(_LABEL + 2 * _PAD, 3, width),
        )
        labels = tuple(item_labels(sheet.annotations, name, collected=False))
        yield _Row(elements, labels, HEIGHT + 6, name, shaded=True)


def _item_rows(sheet: FormSheet, width: float, room: float) -> Iterator[_Row]:
    """Yield the rows of the items; one that is taller than `room` goes on in further rows."""
    most = int((room - 2 * HEIGHT) // text_height(1, _SIZE))
    for name, column in sheet.form.columns.items():
        lines = wrapped(printed_label(column), _LABEL - _PAD, _SIZE)
        texts = [lines[at : at + most] for at in range(0, len(lines), most)]
        notes = _fitting(item_labels(sheet.annotations, name), width - 2 * MARGIN - _FRAME - _GUTTER, room - 7)
        for at in range(max(len(texts), len(notes))):
            said, labels = (texts[at] if at < len(texts) else ()), (notes[at] if at < len(notes) else ())
            yield _further_row(name, said, labels) if at else _item_row(sheet, name, column, said, labels)


def _fitting(labels: Sequence[Label], width: float, room: float) -> list[Sequence[Label]]:
    """Return annotations in groups, each no taller than `room`."""
    if len(labels) < 2 or placed(labels, 0, 0, width)[1] <= room:
        return [labels]
    half = len(labels) // 2
    return [*_fitting(labels[:half], width, room), *_fitting(labels[half:], width, room)]


def _item_row(sheet: FormSheet, name: str, column: Column, lines: tuple[str, ...], labels: Sequence[Label]) -> _Row:
    high = text_height(len(lines), _SIZE)
    field, tall = field_of(column, _LABEL + 2 * _PAD, 4, _FIELD)
    label: list[Box] = [Text(_PAD, 5, _LABEL - _PAD, high, lines, _SIZE)]
    if column.page and column.page != sheet.form.page:
        page = wrapped(f"CRF page {column.page}", _LABEL - _PAD, 7)
        label.append(Text(_PAD, 5 + high, _LABEL - _PAD, text_height(len(page), 7), page, 7, colour=GREY))
        high += text_height(len(page), 7)
    return _Row((*label, *field), tuple(labels), max(high + 2, tall) + 8, name)


def _further_row(name: str, lines: tuple[str, ...], labels: Sequence[Label]) -> _Row:
    """Return a row with what an item has beyond a page."""
    shown = lines or ("(continued)",)
    high = text_height(len(shown), _SIZE)
    return _Row((Text(_PAD, 5, _LABEL - _PAD, high, shown, _SIZE),), tuple(labels), high + 10, name)
