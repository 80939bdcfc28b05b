"""The page that people read: define.xml through the stylesheet that the package defineutils ships."""

from __future__ import annotations

import os
import re
from importlib import resources
from pathlib import Path

from clinical.errors import ConformanceError, OutsideError
from submission.define.namespaces import DEF, XLINK
from submission.define.write import STYLESHEET

#: What the stylesheet says of the program that applied it; a page is the same whoever made it.
_PROCESSOR = re.compile(rb"\s*<!--\s*xsl:version = .*?-->\s*", re.DOTALL)


def write_define_html(define_xml: Path, page: Path) -> Path:
    """Write a define.xml as a page, and the stylesheet beside define.xml; return the page's path.

    The page may stand in another folder: its links lead from there to the files that define.xml names.

    The stylesheet is that of Lex Jansen (MIT licence, stated at its head); a browser that applies it to define.xml
    itself shows the same.

    Raises:
        ConformanceError: define.xml is no XML that the stylesheet can show.
        OutsideError: a file cannot be read or written.
    """
    from lxml import etree

    stylesheet = (resources.files("defineutils.definehtml") / STYLESHEET).read_bytes()
    try:
        transform = etree.XSLT(etree.fromstring(stylesheet))
        document = etree.fromstring(define_xml.read_bytes())
        for leaf in document.iter(f"{DEF}leaf"):
            named = define_xml.parent / (leaf.get(f"{XLINK}href") or "")
            leaf.set(f"{XLINK}href", Path(os.path.relpath(named, page.parent)).as_posix())
        shown = bytes(transform(document))
        page.parent.mkdir(parents=True, exist_ok=True)
        define_xml.with_name(STYLESHEET).write_bytes(stylesheet)
        page.write_bytes(_PROCESSOR.sub(b"\n", shown))
    except (etree.XMLSyntaxError, etree.XSLTApplyError) as error:
        raise ConformanceError(
            f"{define_xml.name}: the stylesheet cannot show it ({error}). Write the file again."
        ) from error
    except OSError as error:
        where = error.filename or define_xml
        raise OutsideError(f"{where}: {error.strerror}. Free space or change the rights.") from error
    return page
