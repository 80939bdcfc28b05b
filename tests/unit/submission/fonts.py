"""A font made for tests: Chinese characters as plain squares."""

from __future__ import annotations

from pathlib import Path

from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen


def write_font(path: Path, characters: str, *, width: int = 1000) -> Path:
    """Write a TrueType font in which each character is a square of 800 units, `width` units apart."""
    pen = TTGlyphPen(None)
    for draw, place in zip((pen.moveTo, pen.lineTo, pen.lineTo, pen.lineTo), ((0, 0), (0, 800), (800, 800), (800, 0))):
        draw(place)
    pen.closePath()
    square = pen.glyph()
    names = [".notdef", *(f"uni{ord(one):04X}" for one in characters)]
    made = FontBuilder(1000, isTTF=True)
    made.setupGlyphOrder(names)
    made.setupCharacterMap({ord(one): f"uni{ord(one):04X}" for one in characters})
    made.setupGlyf(dict.fromkeys(names, square))
    made.setupHorizontalMetrics(dict.fromkeys(names, (width, 0)))
    made.setupHorizontalHeader(ascent=800, descent=-200)
    made.setupNameTable({"familyName": "Squares", "styleName": "Regular", "psName": "Squares-Regular"})
    made.setupOS2()
    made.setupPost()
    made.save(path)
    return path
