"""Where values come from, as Define-XML says it: type, source, predecessor, pages of the annotated CRF."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from specs.model.dataset import Origin
from submission.define.gathered import Gathered

if TYPE_CHECKING:
    from odmlib.arm_1_0 import model as odm

#: Origins that have no source: a predecessor has its own, and what is not there has none.
_WITHOUT_SOURCE = ("Predecessor", "Not Available")


def origin_of(
    origin: Origin | None, gathered: Gathered, place: tuple[str, str], tests: Sequence[str] = ()
) -> list[odm.Origin]:
    """Return the origin of a variable or of a supplemental qualifier.

    Args:
        place: its key among the pages.
        tests: the codes of the tests of which it is, where it is of some only.
    """
    from odmlib.arm_1_0 import model as odm

    if origin is None:
        return []
    about: dict[str, Any] = {"Type": origin.type}
    if origin.source and origin.type not in _WITHOUT_SOURCE:
        about["Source"] = origin.source
    if origin.type == "Predecessor" and origin.predecessor:
        about["Description"] = described(origin.predecessor)
    of_tests = [gathered.value_pages.get((*place, test), ()) for test in tests]
    pages = [page for found in of_tests for page in found] if of_tests and all(of_tests) else gathered.pages.get(place)
    if origin.type == "Collected" and pages and gathered.acrf:
        reference = odm.PDFPageRef(Type="PhysicalRef", PageRefs=" ".join(map(str, sorted(set(pages)))))
        about["DocumentRef"] = [odm.DocumentRef(leafID=gathered.acrf, PDFPageRef=[reference])]
    return [odm.Origin(**about)]


def described(text: str) -> odm.Description:
    """Return a text as the description of something."""
    from odmlib.arm_1_0 import model as odm

    return odm.Description(TranslatedText=[odm.TranslatedText(lang="en", _content=text)])
