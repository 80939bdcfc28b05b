"""What all PDF files share: fonts that are embedded, and no clock in the file.

The fonts are those of matplotlib (DejaVu, Bitstream Vera licence), since a package of fonts of its own is not worth a
dependency. They have no Chinese characters: these are set in the font that the study names, or in one that a reader of
PDF brings along and that is not embedded.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from threading import RLock

from clinical.errors import OutsideError

FAMILY = "DejaVuSans"
BOLD = "DejaVuSans-Bold"
ITALIC = "DejaVuSans-Oblique"
MONO = "DejaVuSansMono"
#: Adobe's name of a Chinese font that every PDF viewer has or replaces; it is not embedded.
NOT_EMBEDDED = "STSong-Light"
#: The study's own font for Chinese characters, in the step of a run that sets them.
_CHINESE: ContextVar[Path | None] = ContextVar("chinese", default=None)
#: Held while fonts are registered and while a document is made: steps of a run share a process.
_FONTS_IN_USE = RLock()


@contextmanager
def drawing() -> Iterator[None]:
    """Have the fonts registered, and nobody else in this process use them meanwhile.

    reportlab reads the glyphs of a document from a font by a position that all documents share, so two documents that
    are finished at once may get each other's.
    """
    with _FONTS_IN_USE:
        register_fonts()
        yield


def register_fonts() -> None:
    """Make the fonts known to reportlab, as a family with bold and italic.

    Raises:
        OutsideError: the installed matplotlib has no such fonts.
    """
    with _FONTS_IN_USE:
        _register()


@cache
def _register() -> None:
    import matplotlib
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFError, TTFont

    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    for name in (FAMILY, BOLD, ITALIC, "DejaVuSans-BoldOblique", MONO):
        path = folder / f"{name}.ttf"
        try:
            pdfmetrics.registerFont(TTFont(name, str(path)))
        except TTFError as error:
            raise OutsideError(
                f"{path}: the font is missing or damaged, and PDF files are set in it. Install matplotlib again."
            ) from error
    pdfmetrics.registerFontFamily(FAMILY, normal=FAMILY, bold=BOLD, italic=ITALIC, boldItalic="DejaVuSans-BoldOblique")


@contextmanager
def setting_chinese_in(font: Path | None) -> Iterator[None]:
    """Have Chinese characters set in a TrueType font, which is embedded; None leaves them to the reader of the PDF."""
    before = _CHINESE.set(font)
    try:
        yield
    finally:
        _CHINESE.reset(before)


def chinese() -> str:
    """Return reportlab's name of the font of Chinese characters, and make it known to reportlab.

    Raises:
        OutsideError: the study's font is damaged.
    """
    with _FONTS_IN_USE:
        return _register_chinese(_CHINESE.get())


@cache
def _register_chinese(path: Path | None) -> str:
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfbase.ttfonts import TTFError, TTFont

    if path is None:
        pdfmetrics.registerFont(UnicodeCIDFont(NOT_EMBEDDED))
        return NOT_EMBEDDED
    digest = sha256(path.read_bytes()).hexdigest()[:8]
    name = f"Chinese-{digest}"
    try:
        font = TTFont(name, str(path))
        font.face.name += f"-{digest}".encode()  # else a font of this name that was registered before is taken
        pdfmetrics.registerFont(font)
    except TTFError as error:
        raise OutsideError(
            f"{path}: the font is damaged, or none that can be embedded. Name another one under `submission: font:`."
        ) from error
    return name


def pdf_date(moment: datetime) -> str:
    """Return a moment as a PDF's metadata has it: in UTC where it has a zone.

    >>> pdf_date(datetime(2026, 1, 31, 2, 0))
    "D:20260131020000+00'00'"
    """
    moment = moment.astimezone(UTC) if moment.tzinfo else moment
    return moment.strftime("D:%Y%m%d%H%M%S+00'00'")
