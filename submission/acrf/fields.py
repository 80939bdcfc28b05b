"""The field that a site fills in, drawn from what raw.yaml says of the item: its type, its choices, its label."""

from __future__ import annotations

import re
from dataclasses import replace

from specs.model.raw import Column
from submission.acrf.elements import GREY, WHITE, Box, Shape, Text
from submission.acrf.typesetting import text_height, text_width, wrapped

HEIGHT = 14.0
_SIZE = 8.0
_CAPTION = 6.0
#: A longer list of choices is a box to fill in, as an EDC shows it.
_MOST_CHOICES = 15
#: The narrowest box that a unit may leave beside it.
_LEAST_BOX = 40.0
#: The part of a label that states how a date or time is written.
_LAYOUT = re.compile(r"\s*\(((?:[^()]*?[\s,])?(?:DD?|MON|MM?|YYYY|YY|hh|mm)[^()]*)\)\s*$")
_TOKENS = re.compile(r"YYYY|YY|MON|MM|DD|hh|mm|ss")
_OF_TYPE = {
    "date": "YYYY-MM-DD",
    "partialDate": "YYYY-MM-DD",
    "time": "hh:mm",
    "datetime": "YYYY-MM-DD hh:mm",
}


def printed_label(column: Column) -> str:
    """Return an item's label as it stands on the form: the boxes show how a date is written, so it need not say it.

    >>> printed_label(Column(label="Start date (DD-MON-YYYY)"))
    'Start date'
    """
    layout = _layout(column)
    return _LAYOUT.sub("", column.label) if layout and layout in column.label else column.label


def _layout(column: Column) -> str | None:
    """Return how a date or time is written, None for other items."""
    found = _LAYOUT.search(column.label)
    if found and len(_TOKENS.findall(found[1])) > 1 and not column.choices:
        return found[1]
    return _OF_TYPE.get(column.type)


def field_of(column: Column, x: float, y: float, width: float) -> tuple[list[Box], float]:
    """Return the elements of an item's field with its upper left corner at a place, and its height."""
    layout = _layout(column)
    choices = column.choices or (("Yes", "No") if column.type == "boolean" else ()) or tuple(column.codes.values())
    if len(choices) > _MOST_CHOICES:
        caption = _text(f"one of {len(choices)} choices", x, y + HEIGHT + 0.5, _CAPTION, GREY)
        return [empty_box(x, y, width), caption], HEIGHT + 0.5 + caption.height
    if choices:
        return _radio_buttons(choices, x, y, width)
    if layout:
        return _date_boxes(layout, x, y, width)
    return _box_with_unit(column, x, y, width)


def _box_with_unit(column: Column, x: float, y: float, width: float) -> tuple[list[Box], float]:
    """Return a box with the unit beside it, or below it where that leaves no room for the box."""
    wanted = 70.0 if column.type in ("integer", "float") else width
    if not column.unit:
        return [empty_box(x, y, min(wanted, width))], HEIGHT
    left = width - text_width(column.unit, _SIZE) - 4
    if left >= _LEAST_BOX:
        box = empty_box(x, y, min(wanted, left))
        return [box, _text(column.unit, box.right + 4, y + 2)], HEIGHT
    lines = wrapped(column.unit, width, _SIZE)
    below = Text(x, y + HEIGHT + 1.5, width, text_height(len(lines), _SIZE), lines, _SIZE)
    return [empty_box(x, y, min(wanted, width)), below], HEIGHT + 1.5 + below.height


def empty_box(x: float, y: float, width: float) -> Shape:
    """Return a field without further meaning."""
    return Shape(x, y, width, HEIGHT, fill=WHITE)


def _text(text: str, x: float, y: float, size: float = _SIZE, colour: str = "#000000") -> Text:
    return Text(x, y, text_width(text, size), text_height(1, size), (text,), size, colour=colour)


def _radio_buttons(choices: tuple[str, ...], x: float, y: float, width: float) -> tuple[list[Box], float]:
    """Return a circle and a text a choice: side by side, or below each other where they are long."""
    elements: list[Box] = []
    widths = [12 + text_width(choice, _SIZE) for choice in choices]
    stacked = sum(widths) + 7 * (len(widths) - 1) > width and max(widths) > width / 2
    left, top, line = x, y, text_height(1, _SIZE) + 3
    for choice in choices:
        lines = wrapped(choice, width - 12, _SIZE)
        wide = 12 + max(text_width(one, _SIZE) for one in lines)
        if left > x and (stacked or left + wide > x + width):
            left, top = x, top + line
        elements.append(Shape(left, top + 2.5, 8, 8, kind="circle", fill=WHITE))
        height = text_height(len(lines), _SIZE)
        elements.append(Text(left + 12, top + 1.5, wide - 12, height, lines, _SIZE))
        left += wide + 7
        if len(lines) > 1:
            left, top = x + width, top + height - text_height(1, _SIZE)
    return elements, top + line - y


def _date_boxes(layout: str, x: float, y: float, width: float) -> tuple[list[Box], float]:
    """Return a box a part of the date or time, with what belongs into it below; what does not fit goes on below."""
    first = re.split(r"\s+or\s+|,", layout)[0]
    elements: list[Box] = []
    left, top, line = x, y, HEIGHT + 0.5 + text_height(1, _CAPTION)
    position = 0
    for found in _TOKENS.finditer(first):
        between = first[position : found.start()].strip()
        gap = text_width(between, _SIZE) + 3 if elements and between else 0.0
        wide = 9.0 * len(found[0])
        if left > x and left + gap + wide > x + width:
            left, top = x, top + line + 1
        elif gap:
            elements.append(_text(between, left + 1, top + 2))
            left += gap
        elements.append(empty_box(left, top, wide))
        caption = _text(found[0], left, top + HEIGHT + 0.5, _CAPTION, GREY)
        elements.append(replace(caption, x=left + (wide - caption.width) / 2))
        left += wide + 2
        position = found.end()
    return elements, top + line - y
