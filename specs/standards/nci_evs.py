"""Importer of the terminology files that NCI EVS publishes: ODM-XML (`….odm.xml`) and tab-delimited text (`….txt`).

Both hold the same package; what is read of it is each codelist's id, code, name and extensibility and each term's
value, code and preferred term. Definitions and synonyms are passed over. A file that is not what it should be is one
`SpecError` with everything found wrong in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import BinaryIO

from lxml import etree

from clinical.errors import Problem, SpecError, did_you_mean, listed
from clinical.wording import count
from specs.standards.terminology import Codelist, Term, Terminology, source_of, spelt

ODM = "{http://www.cdisc.org/ns/odm/v1.3}"
NCI = "{http://ncicb.nci.nih.gov/xml/odm/EVS/CDISC}"

#: The text file's columns that are read; synonyms, definitions and `Standard and Date` may stand beside them.
COLUMNS = (
    "Code",
    "Codelist Code",
    "Codelist Extensible (Yes/No)",
    "Codelist Name",
    "CDISC Submission Value",
    "NCI Preferred Term",
)
STATED = "Standard and Date"

AGAIN = "Download the file again from NCI EVS."
SHOWN_PROBLEMS = 20

_DATE = r"\d{4}-\d{2}-\d{2}"
_FILE_NAME = re.compile(rf"(?P<name>.+?)[ _](?:Terminology|CT)(?:[ _](?P<version>{_DATE}))?(?:[ _.].*)?")
_STATED = re.compile(rf"(?P<name>.+) CT (?P<version>{_DATE})")
_FILE_OID = re.compile(rf"CDISC_CT\.(?P<name>.+)\.(?P<version>{_DATE})")
_STUDY_NAME = re.compile(r"CDISC (?P<name>.+) Controlled Terminology")


@dataclass
class _Found:
    """What has been read of a file so far; codelists are drafts whose terms and source follow."""

    path: Path
    name: str | None = None
    version: str | None = None
    codelists: dict[str, Codelist] = field(default_factory=dict)
    terms: dict[str, dict[str, Term]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def complain(self, place: str, what: str) -> None:
        self.problems.append(Problem(f"{self.path}, {place}" if place else str(self.path), what))

    def state(self, match: re.Match[str] | None) -> None:
        """Note the publication and version that the file states of itself; what is known already stays."""
        for part, value in (match.groupdict() if match else {}).items():
            if getattr(self, part) is None:
                setattr(self, part, value)

    def add_codelist(self, place: str, code: str, key: str, name: str, extensible: str) -> None:
        """Add a codelist, or say what it lacks."""
        lacking = [what for what, value in (("code", code), ("submission value", key), ("name", name)) if not value]
        if lacking:
            self.complain(place, f"the codelist has no {listed(lacking)}. {AGAIN}")
        if extensible not in ("Yes", "No"):
            self.complain(place, f"the codelist's extensible is neither Yes nor No (found '{extensible}'). {AGAIN}")
        if any(code == known or key == one.id for known, one in self.codelists.items()):
            self.complain(place, f"codelist '{key}' ({code}) is there twice. {AGAIN}")
        self.terms.setdefault(code, {})
        self.codelists.setdefault(code, Codelist(key, name, code, extensible == "Yes", {}, ""))

    def add_term(self, place: str, codelist: str, value: str, code: str, decode: str) -> None:
        """Add a term to the codelist of that code, or say what is wrong with it; without decode the value serves."""
        lacking = [what for what, part in (("submission value", value), ("code", code)) if not part]
        if lacking:
            self.complain(place, f"the term has no {listed(lacking)}. {AGAIN}")
        if codelist not in self.terms:
            self.complain(place, f"the term belongs to codelist {codelist}, which does not stand before it. {AGAIN}")
            return
        term = Term(value, code, decode or value)
        if self.terms[codelist].setdefault(value, term) != term:
            self.complain(place, f"'{value}' is twice in codelist {codelist}, with different codes. {AGAIN}")


def import_terminology(path: Path, publication: str | None = None, version: str | None = None) -> Terminology:
    """Return the terminology package in a file of NCI EVS.

    Args:
        path: the ODM-XML or the tab-delimited text file; which of them it is, the content tells.
        publication: `SDTM`, `ADaM`, …; may be left out where the file or its name states it.
        version: the package's date, `2025-09-26`; likewise. Neither may contradict what the file says of itself.

    Raises:
        SpecError: the file is missing, cut short, in another encoding or of another layout, declares a document type,
            or publication or version is unknown.
    """
    if not path.is_file():
        raise SpecError([Problem(str(path), "there is no such file. Give the path of the downloaded package.")])
    with path.open("rb") as file:
        beginning = file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()
    if not beginning:
        raise SpecError([Problem(str(path), f"the file is empty. {AGAIN}")])
    found = _read_odm(path) if beginning.startswith(b"<") else _read_text(path)
    if not found.codelists and not found.problems:
        found.complain("", f"there is no codelist in it. {AGAIN}")
    for code, codelist in found.codelists.items():
        if not found.terms[code] and not found.problems:
            found.complain(f"codelist {codelist.id}", f"it has no terms; the file may be cut short. {AGAIN}")
    name, dated = _identify(found, publication, version)
    if found.problems:
        raise SpecError(_first(found))
    return _package(found, name, dated)


def _package(found: _Found, name: str, version: str) -> Terminology:
    source = source_of(name, version)
    whole = [
        Codelist(draft.id, draft.name, code, draft.extensible, found.terms[code], source)
        for code, draft in found.codelists.items()
    ]
    return Terminology(name, version, {one.id: one for one in sorted(whole, key=lambda one: one.id)})


def _first(found: _Found) -> list[Problem]:
    """Return the first problems and, where there are more, how many."""
    more = len(found.problems) - SHOWN_PROBLEMS
    rest = [Problem(str(found.path), f"{more} more of this kind. {AGAIN}")] if more > 0 else []
    return found.problems[:SHOWN_PROBLEMS] + rest


def _identify(found: _Found, publication: str | None, version: str | None) -> tuple[str, str]:
    """Return publication and version: as given, else as the file states, else as its name does."""
    for what, given, stated in (("publication", publication, found.name), ("version", version, found.version)):
        if given and stated and given.casefold() != stated.casefold():
            found.complain("", f"the {what} is another (file states {stated}, given {given}). Give the right one.")
    found.state(_FILE_NAME.fullmatch(found.path.name))
    name, dated = publication or found.name, version or found.version
    if not name:
        found.complain("", "neither the file nor its name states the publication. Give it, as SDTM or ADaM.")
    if not dated:
        found.complain("", "neither the file nor its name states the version. Give the package's date, as 2025-09-26.")
    elif not _is_date(dated):
        found.complain(
            "", f"the version is no date (found '{dated}', expected as 2025-09-26). Give the package's date."
        )
    return spelt(name or ""), dated or ""


def _is_date(text: str) -> bool:
    try:
        return bool(re.fullmatch(_DATE, text)) and bool(date.fromisoformat(text))
    except ValueError:
        return False


def _read_text(path: Path) -> _Found:
    """Read the tab-delimited file: a row without `Codelist Code` begins a codelist, the others are its terms."""
    found = _Found(path)
    lines = _lines(path)
    _, header = next(lines, (1, []))
    missing = [column for column in COLUMNS if column not in header]
    if missing:
        near = did_you_mean(missing[0], header)
        what = (
            f"columns are missing: {listed(missing)} (found: {listed(header)}).{near} "
            "Give the tab-delimited text file as NCI EVS publishes it."
        )
        raise SpecError([Problem(f"{path}, line 1", what)])
    places = [header.index(column) for column in COLUMNS]
    stated = header.index(STATED) if STATED in header else None
    for number, cells in lines:
        where = f"line {number}"
        if len(cells) != len(header):
            what = (
                f"the row is cut short or broken (found {count(len(cells), 'cell')}, expected {len(header)}). {AGAIN}"
            )
            found.complain(where, what)
            continue
        code, codelist, extensible, name, value, decode = (cells[place].strip() for place in places)
        if codelist:
            found.add_term(where, codelist, value, code, decode)
        else:
            found.add_codelist(where, code, value, name, extensible)
        if stated is not None and found.version is None:
            found.state(_STATED.fullmatch(cells[stated].strip()))
    return found


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield line number and cells of each line that is not blank; quotes are ordinary characters in these files."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                text = line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
            except UnicodeDecodeError as error:
                what = (
                    f"the text is not UTF-8 (byte {error.start + 1} of the line). Save it as UTF-8, or use the ODM-XML."
                )
                raise SpecError([Problem(f"{path}, line {number}", what)]) from None
            if text.strip():
                yield number, text.split("\t")


def _read_odm(path: Path) -> _Found:
    """Read the ODM-XML as a stream; one codelist at a time is held as a tree."""
    found = _Found(path)
    with path.open("rb") as file:
        try:
            _stream_odm(found, file)
        except etree.XMLSyntaxError as error:
            what = f"the XML is cut short or damaged ({error.msg}). {AGAIN}"
            raise SpecError([Problem(f"{path}, line {error.lineno or 0}", what)]) from None
    return found


def _stream_odm(found: _Found, file: BinaryIO) -> None:
    # Neither entities nor document types are wanted; without `huge_tree` the parser keeps its own limits as well.
    stream = etree.iterparse(
        file, events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    root: etree._Element | None = None
    for event, element in stream:
        if root is None:
            root = element
            _require_odm(found, root)
        elif event == "end" and element.tag == f"{ODM}StudyName":
            found.state(_STUDY_NAME.fullmatch((element.text or "").strip()))
        elif event == "end" and element.tag == f"{ODM}CodeList":
            _read_codelist(found, element)
            _release(element)


def _require_odm(found: _Found, root: etree._Element) -> None:
    """Refuse document types and other documents than ODM 1.3; note the publication and version it states."""
    if root.getroottree().docinfo.doctype:
        what = "the file declares a document type, which could define entities; it is not read. Remove the declaration."
        raise SpecError([Problem(str(found.path), what)])
    if root.tag != f"{ODM}ODM":
        what = f"this is no ODM 1.3 document (found <{root.tag}>, expected <{ODM}ODM>). Give NCI EVS's ….odm.xml."
        raise SpecError([Problem(str(found.path), what)])
    if _is_date(root.get("SourceSystemVersion", "")):
        found.version = root.get("SourceSystemVersion")
    found.state(_FILE_OID.fullmatch(root.get("FileOID", "")))


def _read_codelist(found: _Found, element: etree._Element) -> None:
    code = element.get(f"{NCI}ExtCodeID", "")
    key = (element.findtext(f"{NCI}CDISCSubmissionValue") or "").strip()
    place = f"line {element.sourceline}, codelist {key or code}"
    extensible = element.get(f"{NCI}CodeListExtensible", "")
    found.add_codelist(place, code, key, element.get("Name", ""), extensible)
    for item in element.iterchildren(f"{ODM}EnumeratedItem"):
        decode = (item.findtext(f"{NCI}PreferredTerm") or "").strip()
        where = f"line {item.sourceline}, codelist {key or code}"
        found.add_term(where, code, item.get("CodedValue", ""), item.get(f"{NCI}ExtCodeID", ""), decode)


def _release(element: etree._Element) -> None:
    """Free a codelist that has been read and what stands before it."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
