"""The pages before the forms: title, contents, how to read annotations, and which form belongs to which visit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from clinical.wording import count
from specs.model.annotations import FormAnnotations
from specs.model.study import Study
from submission.acrf.elements import GREY, RULE, SHADE, WHITE, Box, Link, Page, Shape, Text
from submission.acrf.form_pages import BOTTOM, MARGIN, TOP
from submission.acrf.notes import COLOURS, NOT_SUBMITTED, OTHER, Label, placed
from submission.acrf.typesetting import text_height, text_width, wrapped

T = TypeVar("T")

_SIZE = 9.0
_ROW = 18.0
#: Columns of the schedule on one page: more visits go onto a further page.
_VISITS_A_PAGE = 16
_FORM_COLUMN = 240.0
_LINE = 15.0
_LONGEST_VISIT = 150.0


@dataclass(frozen=True)
class ListedForm:
    """A form as the contents name it."""

    name: str
    label: str
    crf_page: str
    annotations: FormAnnotations

    @property
    def datasets(self) -> str:
        """The datasets that it gives records or variables to."""
        return ", ".join(one.name for one in self.annotations.datasets) or NOT_SUBMITTED


@dataclass(frozen=True)
class Contents:
    """What the front pages say: the study, its forms in order, and the forms of each visit."""

    study: Study
    forms: Sequence[ListedForm]
    visits: Mapping[str, Sequence[str]]
    width: float
    height: float

    def bookmarks(self) -> tuple[tuple[str, str], ...]:
        """Return title and page name of what the outline names before the forms."""
        given = [("Title page", "title"), ("Contents", "contents"), ("How to read the annotations", "legend")]
        return (*given, *([("Forms by visit", "schedule")] if self.visits else []))


def _batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Yield the items in groups of at most a size."""
    return (items[start : start + size] for start in range(0, len(items), size))


def front_pages(contents: Contents, numbers: Mapping[str, int]) -> list[Page]:
    """Return the front pages; `numbers` gives the page of each form, and none yet while pages are counted."""
    return [
        _title_page(contents),
        *_contents_pages(contents, numbers),
        _legend_page(contents),
        *_schedule_pages(contents, numbers),
    ]


def _line(
    text: str, x: float, y: float, width: float, size: float = _SIZE, bold: bool = False, colour: str = "#000000"
) -> Text:
    lines = wrapped(text, width, size, bold)
    return Text(x, y, width, text_height(len(lines), size), lines, size, bold, colour)


def _heading(text: str, width: float) -> list[Box]:
    return [
        _line(text, MARGIN, TOP, width - 2 * MARGIN, 16, True),
        Shape(MARGIN, TOP + 26, width - 2 * MARGIN, 0.6, stroke=None, fill=GREY),
    ]


def _title_page(contents: Contents) -> Page:
    study, width = contents.study.design, contents.width
    page = Page("title")
    y = 190.0
    for text, size, bold, colour in (
        (study.name, 14.0, True, GREY),
        ("Annotated Case Report Form", 26.0, True, "#000000"),
        (study.title, 12.0, False, "#000000"),
    ):
        line = _line(text, MARGIN + 24, y, width - 2 * MARGIN - 48, size, bold, colour)
        page.elements.append(line)
        y = line.bottom + 16
    page.elements.append(Shape(MARGIN + 24, y, width - 2 * MARGIN - 48, 1.2, stroke=None, fill=GREY))
    y += 18
    facts = [
        ("Study identifier", contents.study.id),
        ("Standard", f"SDTMIG {study.standards.sdtmig}"),
        ("Terminology", f"SDTM {study.standards.sdtm_terminology}"),
        ("Forms", count(len(contents.forms), "unique form")),
    ]
    for name, value in facts:
        page.elements += [
            _line(name, MARGIN + 24, y, 110, 10, colour=GREY),
            _line(value, MARGIN + 140, y, width - 2 * MARGIN - 164, 10),
        ]
        y += 18
    note = "Every form is shown and annotated once, wherever it is used. " + (
        "Bookmarks lead to the forms by visit, and to all forms in the order of their pages."
        if contents.visits
        else "Bookmarks lead to all forms in the order of their pages. The study's form definitions do not say at "
        "which visits the forms are expected, so there are no bookmarks by visit."
    )
    page.elements.append(_line(note, MARGIN + 24, y + 18, width - 2 * MARGIN - 48, 10))
    return page


def _contents_pages(contents: Contents, numbers: Mapping[str, int]) -> Iterator[Page]:
    width = contents.width
    room = int((contents.height - BOTTOM - TOP - 60) // _ROW)
    columns = (MARGIN + 6, MARGIN + 66, width - MARGIN - 190, width - MARGIN - 40)
    for number, forms in enumerate(_batches(contents.forms, room)):
        page = Page("contents" + (f"-{number + 1}" if number else ""))
        page.elements += _heading("Contents" + (" (continued)" if number else ""), width)
        y = TOP + 36
        titles = ("CRF page", "Form", "Datasets", "Page")
        wide = [columns[1] - columns[0] - 4, 90, 90, 34]
        page.elements += [
            replace(_line(text, x, y, width, 8, True, GREY), align="right" if text == "Page" else "left")
            for text, x, width in zip(titles, columns, wide)
        ]
        y += _ROW
        for form in forms:
            page.elements += _contents_row(form, numbers.get(form.name, 0), columns, y, width)
            y += _ROW
        yield page


def _contents_row(form: ListedForm, number: int, columns: Sequence[float], y: float, width: float) -> list[Box]:
    label = _one_line(form.label, columns[2] - columns[1] - 10)
    dots = _leader(columns[1] + text_width(label, _SIZE) + 6, columns[2] - 8, y)
    datasets = _one_line(form.datasets, columns[3] - columns[2] - 6)
    return [
        _line(_one_line(form.crf_page, 54), columns[0], y, 54),
        Text(columns[1], y, text_width(label, _SIZE), text_height(1, _SIZE), (label,), _SIZE),
        *dots,
        Text(columns[2], y, text_width(datasets, _SIZE), text_height(1, _SIZE), (datasets,), _SIZE, colour=GREY),
        Text(columns[3], y, 34, text_height(1, _SIZE), (str(number),), _SIZE, align="right"),
        Link(MARGIN, y - 3, width - 2 * MARGIN, _ROW - 1, f"form-{form.name}"),
    ]


def _leader(left: float, right: float, y: float) -> list[Box]:
    """Return the dots from a title to what stands on the right."""
    step = text_width(" .", _SIZE)
    count = int((right - left) // step)
    if count < 2:
        return []
    dots = " ." * count
    return [Text(right - count * step, y, count * step, text_height(1, _SIZE), (dots,), _SIZE, colour=RULE)]


def _one_line(text: str, width: float, size: float = _SIZE) -> str:
    """Return a text, cut with an ellipsis where it does not fit into a line."""
    lines = wrapped(text, width, size)
    return lines[0] if len(lines) == 1 else wrapped(text, width - 12, size)[0] + " …"


def _legend_page(contents: Contents) -> Page:
    page = Page("legend")
    page.elements += _heading("How to read the annotations", contents.width)
    y = TOP + 42
    for label, meaning in _legend(contents.study):
        notes, high = placed([label], MARGIN + 6, y, 210)
        text = _line(meaning, MARGIN + 236, y + 1, contents.width - 2 * MARGIN - 242)
        page.elements += [*notes, text]
        y += max(high, text.height) + 11
    y += 6
    page.elements.append(_line("Colours of the datasets of a form, in the order in which they are named", MARGIN + 6, y,
                               contents.width - 2 * MARGIN - 12, bold=True))  # fmt: skip
    words = ("first", "second", "third", "fourth", "fifth", "sixth")
    labels = [Label(f"{word} dataset", fill) for word, fill in zip(words, COLOURS)]
    notes, high = placed(labels, MARGIN + 6, y + 18, contents.width - 2 * MARGIN - 12)
    page.elements += notes
    closing = (
        "Labels, choices and the order of items are those of the study's form definitions. Annotations are made from "
        "the mapping that builds the datasets. A visit's number and name follow from the visit at which a form is "
        "entered. Variables that are derived or assigned without an item of a form are not annotated."
    )
    page.elements.append(_line(closing, MARGIN + 6, y + 18 + high + 16, contents.width - 2 * MARGIN - 12, colour=GREY))
    return page


def _legend(study: Study) -> list[tuple[Label, str]]:
    first = COLOURS[0]
    return [
        (
            Label("AE (Adverse Events)", first, bold=True, size=10),
            "A dataset to which the form gives records or variables. Its variables have its colour.",
        ),
        (Label("AETERM", first), "The item's value is the variable's value, in submission terms where there are any."),
        (Label("AELLT / AEDECOD", first), "Several variables have the item's value."),
        (
            Label("VSORRES when VSTESTCD = TEMP", first),
            "The item becomes the variable in the records of that test, or under that condition.",
        ),
        (Label("AESPECFY in SUPPAE", first), "A supplemental qualifier: AESPECFY is QNAM, the item's value is QVAL."),
        (
            Label("EXCAT = LYMPHODEPLETION", first, dashed=True),
            "A constant: it holds for all records of the form where it stands on top, else for those of the item.",
        ),
        (
            Label('AEENRTPT = ONGOING when "Yes"', first, dashed=True),
            "A constant that the answer in quotation marks gives.",
        ),
        (Label("DM.DTHDTC", first), "The dataset is named where the variable's name does not show it."),
        (
            Label("RELREC: CM.CMSEQ to AE.AESEQ by AESPID", OTHER, dashed=True),
            "Records of two datasets that RELREC relates, and the variable by which they are found.",
        ),
        (
            Label("Decides on records of EX", OTHER, dashed=True),
            "The item becomes no variable; it decides which records or values there are.",
        ),
        (Label(NOT_SUBMITTED, WHITE), "The item is in no dataset."),
    ]


def _schedule_pages(contents: Contents, numbers: Mapping[str, int]) -> Iterator[Page]:
    """Yield the forms by visit as a table of check marks."""
    titles = {visit: _one_line(visit, _LONGEST_VISIT, 8) for visit in contents.visits}
    tall = max((text_width(title, 8) for title in titles.values()), default=0) + 8
    room = int((contents.height - BOTTOM - TOP - 40 - tall) // _LINE)
    pages = 0
    for visits in _batches(list(contents.visits), _VISITS_A_PAGE):
        for forms in _batches(contents.forms, room):
            pages += 1
            page = Page("schedule" + (f"-{pages}" if pages > 1 else ""))
            page.elements += _heading("Forms by visit" + (" (continued)" if pages > 1 else ""), contents.width)
            wide = (contents.width - 2 * MARGIN - _FORM_COLUMN) / _VISITS_A_PAGE
            y = TOP + 38 + tall
            page.elements += _visit_titles([titles[visit] for visit in visits], y - tall, tall, wide)
            for index, form in enumerate(forms):
                marks = [form.name in contents.visits[visit] for visit in visits]
                number = numbers.get(form.name, 0)
                page.elements += _schedule_row(form, number, marks, y + index * _LINE, wide, shaded=bool(index % 2))
            yield page


def _visit_titles(titles: Sequence[str], y: float, tall: float, wide: float) -> Iterator[Box]:
    high = text_height(1, 8)
    for column, title in enumerate(titles):
        x = MARGIN + _FORM_COLUMN + column * wide + (wide - high) / 2
        yield Text(x, y, high, tall - 4, (title,), 8, turned=True)


def _schedule_row(
    form: ListedForm, number: int, marks: Sequence[bool], y: float, wide: float, *, shaded: bool
) -> Iterator[Box]:
    """Yield a form with its page and a check mark for each visit at which it is expected."""
    left = MARGIN + _FORM_COLUMN
    high = text_height(1, 8)
    yield Shape(MARGIN, y, _FORM_COLUMN + len(marks) * wide, _LINE, stroke=RULE, fill=SHADE if shaded else None)
    label = _one_line(form.label, _FORM_COLUMN - 34, 8)
    yield Text(MARGIN + 4, y + 2.5, text_width(label, 8), high, (label,), 8)
    yield Text(left - 28, y + 2.5, 24, high, (str(number),), 8, colour=GREY, align="right")
    yield Link(MARGIN, y, _FORM_COLUMN, _LINE, f"form-{form.name}")
    for column, mark in enumerate(marks):
        if mark:
            yield Text(left + column * wide, y + 2.5, wide, high, ("✓",), 8, align="centre")
