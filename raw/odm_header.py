"""The root element of an ODM-XML file: what it says of itself, and whether it may be read at all.

Reference: CDISC Operational Data Model 1.3.2, section 3.1.2 (ODM).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from lxml import etree

from clinical.errors import RawDataError
from raw.instants import parse_instant

NAMESPACE = "http://www.cdisc.org/ns/odm/v1.3"


@dataclass(frozen=True)
class OdmVersion:
    """A version of ODM: its name, its namespace, and the numbers that a file may give for it."""

    name: str
    namespace: str
    numbers: tuple[str, ...]


ODM_1_3 = OdmVersion("1.3.2", NAMESPACE, ("1.3", "1.3.0", "1.3.1", "1.3.2"))
ODM_2_0 = OdmVersion("2.0", "http://www.cdisc.org/ns/odm/v2.0", ("2.0", "2.0.0"))

FILE_TYPES = ("Snapshot", "Transactional")

#: What libxml2 is told: no DTD from elsewhere, no entity replaced, no network, and its own limits kept.
SAFE = {"resolve_entities": False, "no_network": True, "load_dtd": False, "dtd_validation": False, "huge_tree": False}


@dataclass(frozen=True)
class OdmHeader:
    """The attributes of the root element that matter here."""

    file_type: str
    snapshot: datetime
    facts: dict[str, str]

    @property
    def transactional(self) -> bool:
        """Return whether the file is a history of transactions."""
        return self.file_type == "Transactional"

    @property
    def continues(self) -> bool:
        """Return whether the file says that it follows an earlier one."""
        return "prior_file" in self.facts


class Readable(Protocol):
    """What gives bytes on demand."""

    def read(self, size: int = -1, /) -> bytes:
        """Return at most `size` bytes, none at the end."""


def read_header(stream: Readable, where: str, version: OdmVersion = ODM_1_3) -> OdmHeader:
    """Return what the root element says.

    Raises:
        RawDataError: not XML, a DTD, not ODM, another version, an unknown FileType, no CreationDateTime.
    """
    root = next(elements(stream, where, events=("start",)))[1]
    _refuse_dtd(root, where)
    _require_odm(root, where, version)
    file_type = root.get("FileType")
    if file_type not in FILE_TYPES:
        raise RawDataError(
            f"{where}: line {root.sourceline}: FileType of ODM is not known (expected Snapshot or Transactional). "
            f"Export the data again as an ODM {version.name} snapshot."
        )
    created = root.get("CreationDateTime")
    if created is None:
        raise RawDataError(
            f"{where}: line {root.sourceline}: ODM has no CreationDateTime, which is the snapshot's time. "
            "Export the data again, or add it."
        )
    snapshot = parse_instant(created, f"{where}: line {root.sourceline}: CreationDateTime")
    return OdmHeader(file_type, snapshot, _facts(root, version))


def elements(
    stream: Readable, where: str, *, events: tuple[str, ...] = ("start", "end"), tags: Sequence[str] | None = None
) -> Iterator[tuple[str, Any]]:
    """Yield the events of parsing a stream.

    Raises:
        RawDataError: the stream is not one whole well-formed document; the message has the line and no text of it.
    """
    parsing = etree.iterparse(stream, events=events, tag=tags, **SAFE)
    try:
        yield from parsing
    except etree.XMLSyntaxError:
        raise _damaged(where, parsing.error_log) from None
    if parsing.error_log.filter_from_errors():
        raise _damaged(where, parsing.error_log)


def _damaged(where: str, log: Any) -> RawDataError:
    """Return the first complaint of the parser as an error."""
    complaint = next(iter(log), None)
    if complaint is None:
        return RawDataError(f"{where}: line 1: the file is empty. Export or copy it again.")
    kind = complaint.type_name.removeprefix("ERR_")
    return RawDataError(
        f"{where}: line {complaint.line}: this is not well-formed XML ({kind}). The file is damaged, cut short or no "
        "XML; export or copy it again."
    )


def _refuse_dtd(root: Any, where: str) -> None:
    """Raise where the file brings a DTD: ODM needs none, and entities can read files or fill the memory."""
    if root.getroottree().docinfo.internalDTD is not None:
        raise RawDataError(
            f"{where}: the file has a document type declaration (<!DOCTYPE>), which is refused because its entities "
            "can read other files or fill the memory; ODM needs none. Remove the declaration or export the data again."
        )


def _require_odm(root: Any, where: str, expected: OdmVersion) -> None:
    name = etree.QName(root)
    place = f"{where}: line {root.sourceline}"
    if name.localname != "ODM":
        raise RawDataError(
            f"{place}: this is no ODM file (found the root element <{name.localname}>, expected <ODM>). "
            f"Export the data as CDISC ODM-XML {expected.name}."
        )
    version = root.get("ODMVersion")
    if name.namespace != expected.namespace or (version is not None and version not in expected.numbers):
        found = f"namespace {name.namespace or 'none'}, ODMVersion {version or 'none'}"
        raise RawDataError(
            f"{place}: this version of ODM cannot be read (found {found}; expected namespace "
            f"{expected.namespace}, ODMVersion {expected.name}). Export the data as CDISC ODM-XML {expected.name}."
        )


def _facts(root: Any, version: OdmVersion) -> dict[str, str]:
    names = {
        "FileType": "file_type",
        "FileOID": "file",
        "PriorFileOID": "prior_file",
        "ODMVersion": "version",
        "SourceSystem": "source_system",
        "SourceSystemVersion": "source_system_version",
        "Originator": "originator",
        "Granularity": "granularity",
    }
    found = {ours: root.get(theirs) for theirs, ours in names.items()}
    return {"format": f"ODM-XML {version.name}", **{name: text for name, text in found.items() if text}}
