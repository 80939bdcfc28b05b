"""How wide texts are and where their lines break, with two fonts: DejaVu, and a Chinese one for what DejaVu lacks."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from functools import cache

from submission.acrf.elements import LEADING
from submission.pdf import BOLD, FAMILY, chinese, register_fonts

#: A space at which no line breaks; it is written as an ordinary one.
UNBROKEN = "\N{NO-BREAK SPACE}"

#: Chinese punctuation with which no line begins.
_CLOSING = "，。、；：？！）】》」』”’"


@cache
def _glyphs(font: str) -> frozenset[int]:
    from reportlab.pdfbase import pdfmetrics

    register_fonts()
    return frozenset(pdfmetrics.getFont(font).face.charToGlyph)


def font_runs(text: str, bold: bool = False) -> Iterator[tuple[str, str]]:
    """Yield a text in pieces of one font each, as (font, piece)."""
    latin = BOLD if bold else FAMILY
    known = _glyphs(latin)
    start = 0
    for end in range(1, len(text) + 1):
        if end == len(text) or (ord(text[end]) in known) != (ord(text[start]) in known):
            if ord(text[start]) in known:
                yield latin, text[start:end]
            else:
                yield chinese(), text[start:end]
            start = end


def text_width(text: str, size: float, bold: bool = False) -> float:
    """Return the width of a line in points."""
    return sum(_piece_width(piece, font, size) for font, piece in font_runs(text, bold))


@cache
def _piece_width(text: str, font: str, size: float) -> float:
    from reportlab.pdfbase.pdfmetrics import stringWidth

    return float(stringWidth(text, font, size))


def text_height(lines: int, size: float) -> float:
    """Return the height of some lines in points."""
    return lines * size * LEADING


def wrapped(text: str, width: float, size: float, bold: bool = False) -> tuple[str, ...]:
    """Return the lines into which a text breaks: between words, between Chinese characters, at need inside a word."""
    lines: list[str] = []
    line = ""
    for part in _parts(text, width, size, bold):
        joined = line + part
        if not line or text_width(joined.rstrip(), size, bold) <= width:
            line = joined if line else part.lstrip()
        else:
            lines.append(line.rstrip())
            line = part.lstrip()
    return tuple(one.replace(UNBROKEN, " ") for one in (*lines, line.rstrip()) if one) or ("",)


def _parts(text: str, width: float, size: float, bold: bool) -> Iterator[str]:
    """Yield the pieces of a text that stay together."""
    word = ""
    for character in text.replace("\n", " "):
        chinese = ord(character) >= 0x2E80 or (bool(word) and ord(word[-1]) >= 0x2E80)
        if word and (character == " " or (chinese and character not in _CLOSING)):
            yield from _fitting(word, width, size, bold)
            word = ""
        word += character
    yield from _fitting(word, width, size, bold)


def _fitting(word: str, width: float, size: float, bold: bool) -> Iterator[str]:
    while len(word) > 1 and text_width(word.strip(), size, bold) > width:
        beginnings = [word[:length].strip() for length in range(1, len(word))]
        length = max(1, bisect_right(beginnings, width, key=lambda one: text_width(one, size, bold)))
        yield word[:length]
        word = word[length:]
    if word:
        yield word
