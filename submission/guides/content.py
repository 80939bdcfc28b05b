"""What a reviewer's guide says, before it is set as PDF or DOCX: sections, paragraphs, lists and tables.

A guide is made once and set twice, so that both documents say the same. A `Link` leads to the section with its anchor.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Link:
    """Words that lead to a section."""

    words: str
    anchor: str


#: A text with links; in a cell of a table, a line feed begins a new paragraph.
Text = tuple[str | Link, ...]


@dataclass(frozen=True)
class Paragraph:
    """A paragraph of text."""

    text: Text


@dataclass(frozen=True)
class Bullets:
    """A list."""

    items: tuple[Text, ...]


@dataclass(frozen=True)
class ToComplete:
    """What a person has to add before the guide is final; it is set so that nobody overlooks it."""

    text: str


@dataclass(frozen=True)
class Column:
    """A column of a table: its head, its share of the width, and whether it holds numbers or something like a hash."""

    head: str
    width: float
    kind: str = "text"


@dataclass(frozen=True)
class Table:
    """A table; every row has a text for each column."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Text, ...], ...]
    caption: str


Block = Paragraph | Bullets | ToComplete | Table


@dataclass(frozen=True)
class Section:
    """A section with what it says and the sections inside it."""

    title: str
    anchor: str
    blocks: tuple[Block, ...] = ()
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True)
class Guide:
    """A whole guide. `short` is the title in the header of every page; `created` is the date of its data, in UTC."""

    title: str
    short: str
    study: str
    study_title: str
    created: datetime
    cover: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]


def text(*parts: str | Link) -> Text:
    """Return a text made of its parts, without empty ones."""
    return tuple(part for part in parts if part)


def paragraph(*parts: str | Link) -> Paragraph:
    """Return a paragraph made of its parts."""
    return Paragraph(text(*parts))


def paragraphs(texts: tuple[str, ...]) -> tuple[Paragraph, ...]:
    """Return each text as a paragraph."""
    return tuple(paragraph(one) for one in texts)


def table(caption: str, columns: tuple[Column, ...], rows: Sequence[Sequence[str | Link | Text]]) -> Table:
    """Return a table of its rows."""
    made = tuple(tuple(cell if isinstance(cell, tuple) else text(cell) for cell in row) for row in rows)
    return Table(columns, made, caption)


def numbered(sections: tuple[Section, ...], above: str = "") -> Iterator[tuple[str, Section]]:
    """Yield every section with its number, `1`, `1.1`, `1.2`, `2`, in the order of reading."""
    for place, section in enumerate(sections, start=1):
        number = f"{above}{place}"
        yield number, section
        yield from numbered(section.sections, f"{number}.")


def plain(words: Text) -> str:
    """Return a text without its links."""
    return "".join(part.words if isinstance(part, Link) else part for part in words)
