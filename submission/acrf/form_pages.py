"""A form as CRF pages: its datasets, a title, what identifies the record, and a row an item with annotations beside it.

Items keep to the frame on the left; annotations stand in the margin on the right, so that no box covers the form.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from clinical import provenance
from clinical.errors import listed
from specs.model.annotations import FormAnnotations
from specs.model.raw import Form
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
    """Return the pages of a form, and on which of them (from 0) each item stands."""
    rows = [*_record_rows(sheet), *_item_rows(sheet)]
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
        places[row.item] = len(pages) - 1
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
    tall = text_height(len(lines), 13) + 8
    page.elements += [
        Shape(MARGIN, y, width - 2 * MARGIN, tall, stroke=GREY, fill=SHADE),
        Text(MARGIN + 6, y + 4, width - 2 * MARGIN - 120, tall - 8, lines, 13, bold=True),
    ]
    if sheet.form.page:
        page.elements.append(
            Text(width - MARGIN - 106, y + 6, 100, text_height(1, 9), (f"CRF page {sheet.form.page}",), 9,
                 align="right")
        )  # fmt: skip
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


def _item_rows(sheet: FormSheet) -> Iterator[_Row]:
    for name, column in sheet.form.columns.items():
        lines = wrapped(printed_label(column), _LABEL - _PAD, _SIZE)
        high = text_height(len(lines), _SIZE)
        field, tall = field_of(column, _LABEL + 2 * _PAD, 4, _FIELD)
        label: list[Box] = [Text(_PAD, 5, _LABEL - _PAD, high, lines, _SIZE)]
        if column.page and column.page != sheet.form.page:
            label.append(Text(_PAD, 5 + high, 80, text_height(1, 7), (f"CRF page {column.page}",), 7, colour=GREY))
            high += text_height(1, 7)
        labels = tuple(item_labels(sheet.annotations, name))
        yield _Row((*label, *field), labels, max(high + 2, tall) + 8, name)
