"""Where values come from, as Define-XML says it: type, source, predecessor, pages of the annotated CRF."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from specs.model.dataset import Origin
from submission.define.gathered import Gathered

if TYPE_CHECKING:
    from odmlib.arm_1_0 import model as odm

#: Origins that have no source: a predecessor has its own, and what is not there has none.
_WITHOUT_SOURCE = ("Predecessor", "Not Available")


def origin_of(origin: Origin | None, gathered: Gathered, place: tuple[str, str]) -> list[odm.Origin]:
    """Return the origin of a variable or of a supplemental qualifier; `place` is its key among the pages."""
    from odmlib.arm_1_0 import model as odm

    if origin is None:
        return []
    about: dict[str, Any] = {"Type": origin.type}
    if origin.source and origin.type not in _WITHOUT_SOURCE:
        about["Source"] = origin.source
    if origin.type == "Predecessor" and origin.predecessor:
        about["Description"] = described(origin.predecessor)
    pages = gathered.pages.get(place, ())
    if origin.type == "Collected" and pages and gathered.acrf:
        reference = odm.PDFPageRef(Type="PhysicalRef", PageRefs=" ".join(map(str, sorted(set(pages)))))
        about["DocumentRef"] = [odm.DocumentRef(leafID=gathered.acrf, PDFPageRef=[reference])]
    return [odm.Origin(**about)]


def described(text: str) -> odm.Description:
    """Return a text as the description of something."""
    from odmlib.arm_1_0 import model as odm

    return odm.Description(TranslatedText=[odm.TranslatedText(lang="en", _content=text)])
