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
from pathlib import PurePosixPath
from typing import BinaryIO

from clinical import findings
from clinical.errors import RawDataError, listed
from raw.container import Archive, find
from raw.odm_header import ODM_1_3, OdmHeader, OdmVersion, read_header
from raw.odm_table import OdmTable
from raw.odm_walk import OdmWalk
from raw.reading import Inputs, Reading, Told, refuse, remark
from raw.source import ODM, Source
from raw.tables import file_of
from specs.model.raw import RawContract
from specs.model.raw_formats import FormatName


class OdmFile:
    """The reader of a file of ODM-XML 1.3, alone or in a zip or folder."""

    name: FormatName = "odm"
    kind = "an ODM-XML file"

    def recognises(self, source: Source, contract: RawContract) -> bool:
        """Return whether there is a file named .xml or .odm, and no table that a form names."""
        return bool(source.files(ODM)) and not tables_in(source, contract)

    def read(self, source: Source, contract: RawContract, forms: tuple[str, ...]) -> Reading:
        """Return the named forms of the file."""
        return read_odm(*document(source), contract, forms)


def document(source: Source) -> tuple[Callable[[], BinaryIO], str, str]:
    """Return how to open the only XML file of an export, and its names in messages and in provenance.

    Raises:
        RawDataError: there are several, or none.
    """
    found = source.files(ODM)
    holder = source.container
    if len(found) != 1:
        what = "zip" if isinstance(holder, Archive) else "folder"
        raise RawDataError(
            f"{holder.label}: the {what} holds {len(found)} XML files ({listed(found) or 'none'}), expected one. "
            "Keep the export's own file in it."
        )
    return lambda: holder.open(found[0]), holder.where(found[0]), PurePosixPath(found[0]).name


def tables_in(source: Source, contract: RawContract) -> list[str]:
    """Return the CSV files of the contract's forms that an export holds."""
    files = (file_of(contract, form) for form in contract.forms)
    return [file for file in files if find(source.container, file)]


def read_odm(
    open_file: Callable[[], BinaryIO],
    where: str,
    name: str,
    contract: RawContract,
    forms: tuple[str, ...],
    *,
    version: OdmVersion = ODM_1_3,
    walk_of: type[OdmWalk] = OdmWalk,
) -> Reading:
    """Return the named forms of an ODM-XML file.

    Args:
        open_file: opens the file anew; it is read twice, the first time only up to its root element.
        where: the file in messages.
        name: the file in provenance and inputs.
        version: the version of ODM that the file must have, and `walk_of` the way through its elements.

    Raises:
        RawDataError: the file is damaged, no ODM 1.3, of another study, or does not hold what the contract asks.
    """
    with open_file() as stream:
        header = read_header(stream, where, version)
    tables = {form: OdmTable(form, contract.forms[form]) for form in forms}
    walk = walk_of(where, tables, contract)
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
