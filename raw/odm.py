"""Reading CDISC ODM-XML 1.3.2: clinical data as a snapshot or as transactions.

The file is streamed: each element is forgotten once its record is in the columns, so that memory follows the data
and not the XML. A record is an ItemGroupData; its keys are SubjectKey, the subject's (or event's) SiteRef,
StudyEventOID, StudyEventRepeatKey, FormRepeatKey and ItemGroupRepeatKey. Values come from ItemData and from the typed
ItemDataXxx; IsNull and a missing Value mean an empty item.

Reference: CDISC Operational Data Model 1.3.2, section 3.1.4 (ClinicalData).
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from clinical import findings
from clinical.errors import listed
from raw.odm_header import OdmHeader, read_header
from raw.odm_table import OdmTable
from raw.odm_walk import OdmWalk
from raw.reading import Inputs, Reading, Told, refuse, remark
from specs.model.raw import RawContract


class OdmFile:
    """The reader of a file of ODM-XML."""

    kind = "an ODM-XML file"

    def recognises(self, path: Path) -> bool:
        """Return whether the path is a file named .xml or .odm."""
        return path.is_file() and path.suffix.lower() in (".xml", ".odm")

    def read(self, path: Path, contract: RawContract, forms: tuple[str, ...]) -> Reading:
        """Return the named forms of the file."""
        return read_odm(lambda: path.open("rb"), path.name, path.name, contract, forms)


def read_odm(
    open_file: Callable[[], BinaryIO], where: str, name: str, contract: RawContract, forms: tuple[str, ...]
) -> Reading:
    """Return the named forms of an ODM-XML file.

    Args:
        open_file: opens the file anew; it is read twice, the first time only up to its root element.
        where: the file in messages.
        name: the file in provenance and inputs.

    Raises:
        RawDataError: the file is damaged, no ODM 1.3, of another study, or does not hold what the contract asks.
    """
    with open_file() as stream:
        header = read_header(stream, where)
    tables = {form: OdmTable(form, contract.forms[form]) for form in forms}
    walk = OdmWalk(where, tables, contract)
    with open_file() as stream:
        hashed = _Hashed(stream)
        walk.run(hashed)
        inputs: Inputs = {name: {"sha256": hashed.digest.hexdigest(), "bytes": hashed.size, "rows": walk.records}}
    walk.require_study()
    told = _report_header(header) + walk.report()
    removals = walk.removals if header.transactional or walk.transactions else None
    frames = {}
    problems: list[str] = []
    for form in forms:
        frames[form], noticed, wrong = tables.pop(form).finish(name, walk.metadata, removals)
        told += noticed
        problems += [f"{where}: {one}" for one in wrong]
    refuse(problems)
    metadata = header.facts | {"study": listed(sorted(walk.studies))}
    return Reading(frames, findings.combine(told), header.snapshot, inputs, metadata)


class _Hashed:
    """A stream that keeps the digest and the size of what was read from it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.digest = sha256()
        self.size = 0

    def read(self, size: int = -1) -> bytes:
        block = self._stream.read(size)
        self.digest.update(block)
        self.size += len(block)
        return block


def _report_header(header: OdmHeader) -> Told:
    if header.transactional and header.continues:
        message = (
            "The file is transactional and follows an earlier file (PriorFileOID); what only that one holds is "
            "missing here."
        )
        return [remark("RAW.CONTINUES", message, severity="warning")]
    return []
