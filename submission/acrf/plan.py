"""Which page of the annotated CRF shows what, decided before anything is drawn."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from specs.annotations import annotate
from specs.events import event_title, events_of
from specs.model.annotations import Annotation, FormAnnotations
from specs.model.form_metadata import FormMetadata
from specs.model.study import Study
from submission.acrf.elements import Page
from submission.acrf.form_pages import FormSheet, form_pages
from submission.acrf.front_pages import Contents, ListedForm, front_pages
from submission.pdf import setting_chinese_in

KeyT = TypeVar("KeyT", tuple[str, str], tuple[str, str, str])

#: US letter for the FDA, A4 for the others, in points.
LETTER, A4 = (612.0, 792.0), (595.28, 841.89)


@dataclass(frozen=True)
class PlannedForm:
    """A form with its pages, counted from 1 in the whole file."""

    name: str
    title: str
    page: int
    pages: int
    crf_page: str = ""


@dataclass(frozen=True)
class PlannedVisit:
    """An event by its title with the forms expected there, in the order of the file."""

    title: str
    forms: tuple[PlannedForm, ...]


@dataclass(frozen=True)
class CrfPlan:
    """The annotated CRF before it is drawn.

    `pages` says where collected variables stand: by (dataset, variable), or (SUPP--, QNAM) for a qualifier; the
    values are physical page numbers from 1. `value_pages` says the same by (dataset, variable, test code), for
    value-level metadata of datasets whose maps say the test codes. `visits` is empty where no form says at which
    events it is expected.
    """

    study_id: str
    title: str
    width: float
    height: float
    layout: tuple[Page, ...]
    forms: tuple[PlannedForm, ...]
    visits: tuple[PlannedVisit, ...]
    pages: Mapping[tuple[str, str], tuple[int, ...]]
    value_pages: Mapping[tuple[str, str, str], tuple[int, ...]]
    front: tuple[tuple[str, str], ...] = field(default=())
    chinese_font: Path | None = None

    @property
    def places(self) -> dict[str, int]:
        """The number of each page by the name that links have for it."""
        return {page.name: number for number, page in enumerate(self.layout, 1)}


def plan_crf(study: Study, metadata: FormMetadata | None = None) -> CrfPlan | None:
    """Return the plan of the annotated CRF, None for a study without forms or without SDTM of its own making.

    Args:
        metadata: what the export says of its forms; it completes events, their names and choices where raw.yaml
            has none.
    """
    if not study.raw.forms or not study.sdtm:
        return None
    with setting_chinese_in(study.chinese_font):
        return _plan(_completed(study, metadata or FormMetadata()))


def _plan(study: Study) -> CrfPlan:
    width, height = LETTER if study.design.submission.agency == "fda" else A4
    annotations = annotate(study)
    expected = _expected(study)
    sheets = [_sheet(study, name, annotations[name], expected) for name in _in_order(study)]
    laid = {sheet.name: form_pages(sheet, width, height) for sheet in sheets}
    listed = [ListedForm(one.name, one.form.label, one.form.page or "", one.annotations) for one in sheets]
    contents = Contents(study, listed, expected, width, height)
    counts = {name: len(pages) for name, (pages, _) in laid.items()}
    forms = _numbered(sheets, counts, first=len(front_pages(contents, {})) + 1)
    numbers = {form.name: form.page for form in forms}
    front = front_pages(contents, numbers)
    by_name = {form.name: form for form in forms}
    shown = list(_shown(study, annotations, numbers, {name: places for name, (_, places) in laid.items()}))
    return CrfPlan(
        study_id=study.id,
        title=study.design.title,
        width=width,
        height=height,
        layout=(*front, *(page for sheet in sheets for page in laid[sheet.name][0])),
        forms=tuple(forms),
        visits=tuple(
            PlannedVisit(title, tuple(by_name[name] for name in members)) for title, members in expected.items()
        ),
        pages=_pages_by(shown, lambda one, _: [one.key]),
        value_pages=_pages_by(shown, lambda one, tests: [(*one.key, test) for test in one.tests or tests]),
        front=contents.bookmarks(),
        chinese_font=study.chinese_font,
    )


def _numbered(sheets: Sequence[FormSheet], counts: Mapping[str, int], first: int) -> list[PlannedForm]:
    """Return the forms with the number of their first page, one after the other."""
    forms = []
    for sheet in sheets:
        forms.append(PlannedForm(sheet.name, sheet.form.label, first, counts[sheet.name], sheet.form.page or ""))
        first += counts[sheet.name]
    return forms


def _sheet(study: Study, name: str, annotations: FormAnnotations, expected: Mapping[str, tuple[str, ...]]) -> FormSheet:
    visits = tuple(title for title, forms in expected.items() if name in forms)
    return FormSheet(name, study.raw.forms[name], visits, annotations)


def _completed(study: Study, metadata: FormMetadata) -> Study:
    """Return the study with what raw.yaml leaves open of its forms taken from the export's metadata."""
    forms = {}
    for name, form in study.raw.forms.items():
        columns = {
            column: declared
            if declared.choices or declared.codes
            else declared.model_copy(update={"choices": metadata.choices.get((name, column), ())})
            for column, declared in form.columns.items()
        }
        events = form.events or metadata.events.get(name, ())
        forms[name] = form.model_copy(update={"columns": columns, "events": events})
    titles = {**metadata.titles, **study.raw.event_names}
    return replace(study, raw=study.raw.model_copy(update={"forms": forms, "event_names": titles}))


def _expected(study: Study) -> dict[str, tuple[str, ...]]:
    """Return the forms of each visit by its title, visits in the order of study.yaml, other events in that of mention.

    Several events may be one visit.
    """
    names = _in_order(study)
    mentioned = (event for name in names for event in study.raw.forms[name].events)
    found: dict[str, set[str]] = {}
    for event in dict.fromkeys((*events_of(study), *mentioned)):
        forms = {name for name in names if event in study.raw.forms[name].events}
        if forms:
            found.setdefault(event_title(study, event), set()).update(forms)
    return {title: tuple(name for name in names if name in forms) for title, forms in found.items()}


def _in_order(study: Study) -> list[str]:
    """Return the forms by their CRF pages; those without one follow in the order of raw.yaml."""
    forms = study.raw.forms
    return sorted(forms, key=lambda name: (not forms[name].page, _natural(forms[name].page or "")))


def _natural(text: str) -> list[tuple[int, str]]:
    """Return a sort key by which page 9 comes before page 10."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.findall(r"\d+|\D+", text)]


def _shown(
    study: Study,
    annotations: Mapping[str, FormAnnotations],
    numbers: Mapping[str, int],
    places: Mapping[str, Mapping[str, int]],
) -> Iterator[tuple[Annotation, tuple[str, ...], int]]:
    """Yield the annotations of collected variables with the form's tests and the page."""
    collected = {
        (spec.name, one.name)
        for spec in study.sdtm.values()
        for one in (*spec.variables, *spec.supplemental)
        if one.origin is not None and one.origin.type == "Collected"
    }
    for form in annotations.values():
        tests = {one.name: one.tests for one in form.datasets}
        for one in form.all():
            if (one.dataset, one.variable) in collected and one.kind in ("value", "constant"):
                page = numbers[form.form] + places[form.form].get(one.item.name, 0)
                yield one, tests.get(one.dataset, ()), page


def _pages_by(
    shown: Iterable[tuple[Annotation, tuple[str, ...], int]],
    keys_of: Callable[[Annotation, tuple[str, ...]], Iterable[KeyT]],
) -> dict[KeyT, tuple[int, ...]]:
    found: dict[KeyT, set[int]] = defaultdict(set)
    for one, tests, page in shown:
        for key in keys_of(one, tests):
            found[key].add(page)
    return {key: tuple(sorted(found[key])) for key in sorted(found)}
