"""Annotations as boxes: one colour a dataset, boxes side by side as long as there is room."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from specs.model.annotations import Annotation, FormAnnotations
from submission.acrf.elements import WHITE, Note
from submission.acrf.typesetting import text_height, text_width, wrapped

#: The first four are those that CDISC's Metadata Submission Guidelines for SDTM 2.0 recommend, in their order.
COLOURS = ("#BFFFFF", "#FFFF96", "#96FF96", "#FFBE9B", "#E1C8FF", "#FFC8E6")
#: What is said of no dataset's variable: records that belong together, items that only decide.
OTHER = "#E4E4E4"
NOT_SUBMITTED = "[NOT SUBMITTED]"

SIZE, DATASET_SIZE = 8.0, 10.0
#: Between a box and its text, to the sides and above.
PAD, PAD_ABOVE = 4.0, 1.5
_GAP = 3.5


@dataclass(frozen=True)
class Label:
    """The content of an annotation before it has a place."""

    text: str
    fill: str
    dashed: bool = False
    bold: bool = False
    size: float = SIZE


def colours_of(form: FormAnnotations) -> dict[str, str]:
    """Return the colour of each dataset of a form, in the order in which they are named."""
    return {one.name: COLOURS[index % len(COLOURS)] for index, one in enumerate(form.datasets)}


def dataset_labels(form: FormAnnotations) -> list[Label]:
    """Return the annotations of the datasets themselves."""
    colours = colours_of(form)
    return [Label(one.text, colours[one.name], bold=True, size=DATASET_SIZE) for one in form.datasets]


def whole_labels(form: FormAnnotations) -> list[list[Label]]:
    """Return what holds for all records of a form, one list a dataset."""
    colours = colours_of(form)
    others = [one.dataset for one in form.whole]
    groups = ([one for one in form.whole if one.dataset == name] for name in dict.fromkeys((*colours, *others)))
    return [_labels(group, colours) for group in groups if group]


def item_labels(form: FormAnnotations, item: str, collected: bool = True) -> list[Label]:
    """Return the annotations of an item; one that nothing reads is not submitted."""
    found = form.items.get(item, ())
    if not found:
        return [Label(NOT_SUBMITTED, WHITE)] if collected else []
    return _labels(found, colours_of(form))


def _labels(annotations: Iterable[Annotation], colours: Mapping[str, str]) -> list[Label]:
    """Return annotations as labels; variables of one dataset that take the same value stand in one box."""
    grouped: dict[tuple[str, ...], list[Annotation]] = {}
    for position, one in enumerate(annotations):
        alone = one.kind != "value" or one.supplemental
        grouped.setdefault((one.dataset, one.kind, one.when, str(position) if alone else ""), []).append(one)
    return [_label(group, colours) for group in grouped.values()]


def _label(group: Sequence[Annotation], colours: Mapping[str, str]) -> Label:
    first = group[0]
    names = " / ".join(_named(one, colours) for one in group)
    text = names + first.text.removeprefix(first.name) if first.kind in ("value", "constant") else first.text
    plain = first.kind in ("value", "constant")
    return Label(text, colours.get(first.dataset, OTHER) if plain else OTHER, dashed=first.kind != "value")


def _named(one: Annotation, colours: Mapping[str, str]) -> str:
    """Return a variable's name, with its dataset where the name does not begin with it and the form has several."""
    own = one.variable.startswith(one.dataset) or one.supplemental or len(colours) == 1
    return one.name if own else f"{one.dataset}.{one.name}"


def placed(labels: Iterable[Label], x: float, y: float, width: float) -> tuple[list[Note], float]:
    """Return the boxes of labels from a corner on, and the height that they take."""
    notes: list[Note] = []
    left, top, line = x, y, 0.0
    for label in labels:
        lines = wrapped(label.text, width - 2 * PAD, label.size, label.bold)
        wide = max(text_width(one, label.size, label.bold) for one in lines) + 2 * PAD
        high = text_height(len(lines), label.size) + 2 * PAD_ABOVE
        if left > x and left + wide > x + width:
            left, top, line = x, top + line + _GAP, 0.0
        notes.append(Note(left, top, wide, high, lines, label.fill, label.size, label.bold, label.dashed))
        left += wide + _GAP
        line = max(line, high)
    return notes, top + line - y if notes else 0.0
