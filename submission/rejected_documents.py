"""What agencies reject of documents: define.xml with its stylesheet and links, and PDF files."""

from __future__ import annotations

import mmap
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from submission.package_folder import STANDARDS, Fault, PackageFolder
from submission.pdf import NOT_EMBEDDED

_HREF = "{http://www.w3.org/1999/xlink}href"
_VERSION = re.compile(rb"%PDF-(\d\.\d)")
_VERSIONS = (b"1.4", b"1.5", b"1.6", b"1.7")
#: In a trailer: an encryption dictionary, by reference or in place.
_ENCRYPTED = re.compile(rb"/Encrypt\s*(\d+\s+\d+\s+R|<<)")
_FONT_OUTSIDE = re.compile(rb"/BaseFont\s*/" + NOT_EMBEDDED.encode())


def no_define(package: PackageFolder) -> Iterator[Fault]:
    """Return a fault for each folder of datasets without define.xml.

    **Reference**: FDA Technical Rejection Criteria for Study Data, 1736; NMPA guideline, 2.3; PMDA Technical
    Conformance Guide.
    """
    for standard in STANDARDS:
        name = f"{package.folder(standard)}/define.xml"
        if package.has(standard) and name not in package.files:
            yield Fault(name, "is not there. Datasets are described by a define.xml in their folder.")


def unreadable_define(package: PackageFolder) -> Iterator[Fault]:
    """Return define.xml files that are not well-formed; what hangs on them is not checked.

    **Reference**: Define-XML 2.1 (an XML document of ODM).
    """
    for name, tree in package.defines.items():
        if tree is None:
            yield Fault(name, "is not well-formed XML. Write it again.")


def dangling_links(package: PackageFolder) -> Iterator[Fault]:
    """Return the files that a define.xml names and that are not in the package.

    **Rule**: each xlink:href but an address on the web is a file beside define.xml, or in the package by a relative
    path.
    **Reference**: Define-XML 2.1 (def:leaf).
    """
    for name, tree in _readable(package):
        for link in _links(tree):
            target = _target(name, link)
            if target not in package.files and target not in package.awaited:
                yield Fault(name, f"names {link}, which is not in the package. Add the file, or take the link out.")


def undescribed(package: PackageFolder) -> Iterator[Fault]:
    """Return transport files that the define.xml of their folder does not name; parts go with their dataset.

    **Reference**: FDA Study Data Technical Conformance Guide, 4.1.4.5 (define.xml describes every dataset).
    """
    named = {_target(name, link) for name, tree in _readable(package) for link in _links(tree)}
    described = {name for name, _ in _readable(package)}
    for one in package.transport:
        whole = package.whole_of(one) or one
        if f"{package.folder(one.standard)}/define.xml" in described and whole.name not in named:
            yield Fault(one.name, "is not named by define.xml. Describe the dataset, or take it out.", one.dataset)


def no_stylesheet(package: PackageFolder) -> Iterator[Fault]:
    """Return define.xml files that name no stylesheet, or one that does not stand beside them.

    **Reference**: FDA Study Data Technical Conformance Guide, 4.1.4.5; NMPA guideline, 3.2.
    """
    for name, tree in _readable(package):
        links = [
            found[1]
            for node in tree.xpath("/processing-instruction('xml-stylesheet')")
            if (found := re.search(r"""href\s*=\s*["']([^"']+)["']""", node.text or ""))
        ]
        if not links:
            yield Fault(name, "names no stylesheet (<?xml-stylesheet …?>). Add one, and its file beside define.xml.")
        for link in links:
            if _target(name, link) not in package.files:
                yield Fault(name, f"names the stylesheet {link}, which is not there. Add the file.")


def bad_pdf(package: PackageFolder) -> Iterator[Fault]:
    """Return PDF files that are none, or of a version that is not taken.

    **Rule**: versions 1.4 to 1.7, PDF/A among them.
    **Reference**: ICH eCTD Specification 3.2.2, appendix 7; FDA Portable Document Format Specifications; NMPA technical
    requirements for electronic dossiers.
    """
    for name, path in _pdfs(package):
        with path.open("rb") as file:
            found = _VERSION.match(file.read(16))
        if found is None:
            yield Fault(name, "is no PDF file (it does not begin with %PDF-). Write it again.")
        elif found[1] not in _VERSIONS:
            yield Fault(name, f"is of PDF version {found[1].decode()}; 1.4 to 1.7 are taken. Save it as one of these.")


def encrypted_pdf(package: PackageFolder) -> Iterator[Fault]:
    """Return PDF files that are encrypted or protected by a password.

    **Reference**: ICH eCTD Specification 3.2.2, appendix 7 (no security settings); ISO 32000-1, 7.6.
    """
    for name, path in _pdfs(package):
        if path.stat().st_size and _has(path, _ENCRYPTED):
            yield Fault(name, "is encrypted or protected. Save it without a password and without restrictions.")


def fonts_outside(package: PackageFolder) -> Iterator[Fault]:
    """Return PDF files of ours with Chinese characters in a font that is not embedded.

    **Reference**: ICH eCTD Specification 3.2.2, appendix 7 (fonts are embedded); FDA Portable Document Format
    Specifications.
    """
    for name, path in _pdfs(package):
        if path.stat().st_size and _has(path, _FONT_OUTSIDE):
            what = f"sets Chinese in {NOT_EMBEDDED}, which is not embedded."
            yield Fault(name, f"{what} Name a font in study.yaml, as `font` of `submission`.")


def _has(path: Path, what: re.Pattern[bytes]) -> bool:
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as stored:
        return what.search(stored) is not None


def _pdfs(package: PackageFolder) -> Iterator[tuple[str, Path]]:
    return ((name, path) for name, path in package.files.items() if path.suffix.lower() == ".pdf" and path.is_file())


def _readable(package: PackageFolder) -> Iterator[tuple[str, Any]]:
    return ((name, tree) for name, tree in package.defines.items() if tree is not None)


def _links(tree: Any) -> list[str]:
    """Return the links of a define.xml but those to the web, each once."""
    found = (element.get(_HREF) for element in tree.iter() if isinstance(element.tag, str))
    return list(dict.fromkeys(link for link in found if link and not link.startswith(("https:", "http:"))))


def _target(define: str, link: str) -> str | None:
    """Return the name that a link leads to, from `m5/` on; None for an address, or for what is no link.

    Names are compared as they are written, since not every file system tells `AE.xpt` from `ae.xpt` and a slash from a
    backslash, and the agency's may.
    """
    try:
        parts = urlsplit(link)
    except ValueError:  # `file://[`
        return None
    if parts.scheme or parts.netloc:
        return None
    return posixpath.normpath(posixpath.join(posixpath.dirname(define), unquote(parts.path)))
