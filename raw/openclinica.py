"""Reading OpenClinica's ODM-XML 1.3 (and LibreClinica's): subjects by their study id, sites as studies, CRF versions.

The subject is OpenClinica:StudySubjectID, not the SubjectKey, which is a number of the database. A site is a study of
its own, so ClinicalData comes once a site and its StudyOID names it. A form has a FormOID for each version of the CRF,
and an item whose definition changed has a new ItemOID: all of them feed one form of the contract, and of the items that
serve one column the one that holds a value counts. What the site removed (Status `removed`) is left out and listed.

Reference: OpenClinica ODM extensions, version 3.1.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from clinical.errors import RawDataError, listed
from clinical.wording import count
from raw.frames import KEYS, Columns
from raw.odm import OdmFile, document, read_odm
from raw.odm_table import OdmTable
from raw.odm_walk import OdmWalk
from raw.reading import Reading, Told, remark
from raw.records import Records, list_records
from raw.source import Source
from raw.transactions import Kind
from specs.model.raw import OdmPlace, RawContract
from specs.model.raw_formats import FormatName, OpenClinicaFormat
from specs.model.raw_patterns import unfilled

_NAMESPACE = "http://www.openclinica.org/ns/"
_REMOVED = ("removed", "auto-removed", "auto removed", "deleted", "invalid")


class OpenClinicaFile:
    """The reader of a file of ODM-XML that OpenClinica exported, alone or in a zip or folder."""

    name: FormatName = "openclinica"
    kind = "an ODM-XML file of OpenClinica"

    def recognises(self, source: Source, contract: RawContract) -> bool:
        """Return whether raw.yaml knows OpenClinica and the root element of the only XML file names its extensions."""
        if contract.export.formats.openclinica is None or not OdmFile().recognises(source, contract):
            return False
        root = source.root()
        return root is not None and any(uri.startswith(_NAMESPACE) for uri in root.nsmap.values())

    def read(self, source: Source, contract: RawContract, forms: tuple[str, ...]) -> Reading:
        """Return the named forms of the file."""
        return read_odm(*document(source), in_its_names(contract), forms, walk_of=OpenClinicaWalk)


def in_its_names(contract: RawContract) -> RawContract:
    """Return the contract with the first of OpenClinica's places of each form, which stands for all versions."""
    names = contract.export.formats.openclinica or OpenClinicaFormat()
    forms = {}
    for name, form in contract.forms.items():
        places = names.places(name, form.label)
        forms[name] = form.model_copy(update={"odm": OdmPlace(form=places.form[0], group=places.group[0])})
    return contract.model_copy(update={"forms": forms})


class OpenClinicaWalk(OdmWalk):
    """The way through the elements of OpenClinica's ODM, its names turned into the contract's on the way."""

    def __init__(self, where: str, tables: dict[str, OdmTable], contract: RawContract) -> None:
        super().__init__(where, tables, contract)
        self._names = contract.export.formats.openclinica or OpenClinicaFormat()
        self._study = None
        self._repeating_events = set(contract.export.repeating_events)
        self._contract = contract
        self._form_names: dict[str, str] = {}
        self._group_names: dict[str, str] = {}
        #: By group (its name in the contract) and ItemOID: the column's name.
        self._item_names: dict[tuple[str, str], str] = {}
        self._site: str | None = None
        self._wanted = {self._names.study} if self._names.study else None
        self._removed = [False] * 3
        self._left: dict[str, Columns] = {}
        self._unknown_events: dict[str, int] = {}
        for name in contract.forms:
            self._name_places(name)

    def starts(self) -> dict[str, Any]:
        """Return what is done where an element starts; a site's study includes the study's metadata."""
        return super().starts() | {"Include": self._start_include}

    def require_study(self) -> None:
        """Raise unless the file has clinical data of the study or its sites."""
        if not self.studies:
            asked = f" of study '{self._names.study}' or its sites" if self._names.study else ""
            raise RawDataError(
                f"{self.where}: the file has no ClinicalData{asked}. Export the data, not the metadata only, or "
                "correct `export.formats.openclinica.study` in raw.yaml."
            )

    def report(self) -> Told:
        """Return notes on what was left aside."""
        told = super().report()
        for form, columns in self._left.items():
            number = columns.length
            message = f"Removed in the EDC; {count(number, 'record')} of form '{form}' left out."
            left = Records(columns.take(), np.zeros(number, dtype="int64"))
            told += list_records("RAW.INACTIVE", "note", message, form, self._contract.forms[form], left)
        if self._unknown_events:
            names = listed([f"{name} ({number})" for name, number in sorted(self._unknown_events.items())])
            message = (
                f"Events do not follow `event` or `events` of OpenClinica in raw.yaml ({names} times); kept as they "
                "are. Add them there."
            )
            told.append(remark("RAW.UNKNOWN_EVENT", message, severity="warning"))
        return told

    def _name_places(self, name: str) -> None:
        form = self._contract.forms[name]
        assert form.odm is not None
        places = self._names.places(name, form.label)
        self._form_names |= dict.fromkeys(places.form, form.odm.form)
        self._group_names |= dict.fromkeys(places.group, form.odm.group)
        for column, declared in form.columns.items():
            for item in self._names.item_names(name, column, declared.source):
                self._item_names[form.odm.group, item] = declared.source or column

    def _start_include(self, element: Any) -> None:
        """Note that the study that is being defined is a site of the wanted one."""
        study = element.getparent().getparent()
        if self._wanted is not None and element.get("StudyOID") in self._wanted and study is not None:
            self._wanted.add(study.get("OID"))

    def _start_clinical_data(self, element: Any) -> None:
        study = element.get("StudyOID") or ""
        self._reading = self._wanted is None or study in self._wanted
        if self._reading:
            self.studies.setdefault(study, element.sourceline)
        own = study == self._names.study
        self._site = None if own else unfilled(self._names.site, "site", study) or study

    def _start_subject(self, element: Any) -> None:
        study_id = _extension(element, "StudySubjectID")
        self._subject = element.get("SubjectKey") if study_id is None else study_id
        self._sites[self._subject] = self._site
        self._enter(0, element, (self._subject, None, None, None))
        self._removed = [_is_removed(element), False, False]

    def _start_event(self, element: Any) -> None:
        super()._start_event(element)
        name = element.get("StudyEventOID") or ""
        event = self._names.our_event(name)
        if event is None:
            self._unknown_events[name] = self._unknown_events.get(name, 0) + 1
            event = name
        repeat = element.get("StudyEventRepeatKey")
        if repeat in ("1", "-1") and event not in self._repeating_events:
            repeat = None
        self._event = (event, repeat, None)
        self._removed = [self._removed[0], _is_removed(element), False]

    def _kind(self, element: Any, above: Kind) -> Kind:
        """Return the transaction of an element; OpenClinica says Insert of everything that is there."""
        return above if element.get("TransactionType") == "Insert" else super()._kind(element, above)

    def _start_form(self, element: Any) -> None:
        super()._start_form(element)
        oid = element.get("FormOID")
        repeat = element.get("FormRepeatKey")
        self._form = (self._form_names.get(oid, oid), None if repeat == "1" else repeat)
        self._removed = [*self._removed[:2], _is_removed(element)]

    def _end_form_def(self, element: Any) -> None:
        if self._defining:
            oid = element.get("OID")
            groups = {ref.get("ItemGroupOID") for ref in element.iterchildren(self.tag("ItemGroupRef"))}
            ours = {self._group_names.get(group, group) for group in groups}
            self.metadata.groups_of_form.setdefault(self._form_names.get(oid, oid), set()).update(ours)

    def _end_group_def(self, element: Any) -> None:
        if self._defining:
            group = self._group_names.get(element.get("OID"), element.get("OID"))
            items = {ref.get("ItemOID") for ref in element.iterchildren(self.tag("ItemRef"))}
            ours = {self._item_names.get((group, item), item) for item in items}
            self.metadata.items_of_group.setdefault(group, set()).update(ours)

    def _end_group(self, element: Any) -> None:
        if not self._reading:
            return
        oid = element.get("ItemGroupOID")
        place = (self._form[0], self._group_names.get(oid, oid))
        repeat = element.get("ItemGroupRepeatKey")
        table = self._tables.get(place)
        if repeat == "1" and table is not None and not table.form.repeating:
            repeat = None
        self._take(element, place, self._kinds[2], repeat)

    def _items(self, group: Any, table: OdmTable, above: Kind) -> list[tuple[str, str | None]]:
        """Return the column (else the ItemOID) and value of what an item group says; a filled item goes before."""
        assert table.form.odm is not None
        here = table.form.odm.group
        said = [(self._item_names.get((here, oid), oid), value) for oid, value in super()._items(group, table, above)]
        filled = {column for column, value in said if value}
        return [(column, value) for column, value in said if value or column not in filled]

    def _add(self, table: OdmTable, keys: Any, items: list[tuple[str, str | None]], kind: Kind) -> None:
        if not any(self._removed):
            super()._add(table, keys, items, kind)
            return
        self._left.setdefault(table.name, Columns(KEYS)).add(list(keys))


def _extension(element: Any, name: str) -> str | None:
    """Return an attribute of OpenClinica's own, in whatever version of its namespace."""
    for attribute, value in element.attrib.items():
        if attribute.startswith("{" + _NAMESPACE) and attribute.endswith("}" + name):
            return str(value)
    return None


def _is_removed(element: Any) -> bool:
    return (_extension(element, "Status") or "").strip().lower() in _REMOVED
