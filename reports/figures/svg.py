"""A drawn canvas as one SVG element that can stand in a page or alone."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING

from lxml import etree

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "{http://www.w3.org/1999/xlink}href"
#: The page's own fonts; the font that text was measured with is wider than each of them.
FONTS = (
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'Noto Sans', 'Liberation Sans', Arial, sans-serif"
)
_MEASURED = "'DejaVu Sans'"
_REFERENCE = re.compile(r"#([A-Za-z_][\w.-]*)")
#: More digits than a pixel can show.
_LONG = re.compile(r"(\d+\.\d{2})\d+")
#: Characters that XML 1.0 does not allow (2.2, Char).
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def to_svg(canvas: Canvas, *, name: str, title: str, description: str) -> str:
    """Return a canvas as the text of one `svg` element with a title and a description.

    The same canvas gives the same text. Nothing in it points outside it, and no id in it is that of another figure.
    Characters of a text that XML does not allow are left out.
    """
    written = io.BytesIO()
    canvas.savefig(written, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    drawn = _ILLEGAL.sub("", written.getvalue().decode()).encode()
    root = etree.fromstring(drawn, etree.XMLParser(resolve_entities=False, no_network=True))
    _clean(root, name)
    for place, (tag, text) in enumerate((("title", title), ("desc", description))):
        element = etree.Element(f"{{{_SVG}}}{tag}", id=f"{name}-{tag}")
        element.text = _ILLEGAL.sub("", text)
        root.insert(place, element)
    root.set("role", "img")
    root.set("aria-labelledby", f"{name}-title {name}-desc")
    root.set("style", "stroke-linejoin: round; stroke-linecap: butt")
    etree.cleanup_namespaces(root)
    return str(etree.tostring(root, encoding="unicode")) + "\n"


def _clean(root: etree._Element, name: str) -> None:
    """Drop metadata, styles for everything and ids that nothing refers to; make the other ids the figure's own."""
    used = {
        found for element in root.iter() for value in element.attrib.values() for found in _REFERENCE.findall(value)
    }
    for element in list(root.iter()):
        if not isinstance(element.tag, str):
            element.getparent().remove(element)
            continue
        if etree.QName(element).localname in ("metadata", "style"):
            element.getparent().remove(element)
            continue
        given = element.attrib.pop("id", None)
        if given in used:
            element.set("id", f"{name}-{given}")
        for key, value in element.attrib.items():
            element.set(key, f"#{name}-{value[1:]}" if key == _XLINK else _shorten(value, name))


def _shorten(value: str, name: str) -> str:
    return _LONG.sub(r"\1", value.replace("url(#", f"url(#{name}-").replace(_MEASURED, FONTS))
