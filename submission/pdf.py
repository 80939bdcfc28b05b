"""What all PDF files share: fonts that are embedded, and no clock in the file.

The fonts are those of matplotlib (DejaVu, Bitstream Vera licence), since a package of fonts of its own is not worth a
dependency. They have no Chinese characters.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path

FAMILY = "DejaVuSans"
BOLD = "DejaVuSans-Bold"
ITALIC = "DejaVuSans-Oblique"
MONO = "DejaVuSansMono"


@cache
def register_fonts() -> None:
    """Make the fonts known to reportlab, as a family with bold and italic."""
    import matplotlib
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont

    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    for name in (FAMILY, BOLD, ITALIC, "DejaVuSans-BoldOblique", MONO):
        pdfmetrics.registerFont(TTFont(name, str(folder / f"{name}.ttf")))
    pdfmetrics.registerFontFamily(FAMILY, normal=FAMILY, bold=BOLD, italic=ITALIC, boldItalic="DejaVuSans-BoldOblique")


def pdf_date(moment: datetime) -> str:
    """Return a moment as a PDF's metadata has it.

    >>> pdf_date(datetime(2026, 1, 31, 2, 0))
    "D:20260131020000+00'00'"
    """
    return moment.strftime("D:%Y%m%d%H%M%S+00'00'")
