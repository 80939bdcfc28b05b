"""The way through the elements of an ODM-XML file: each item group is handed to the table of its form."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from lxml import etree

from clinical.errors import RawDataError, listed
from clinical.wording import count
from raw.odm_header import NAMESPACE, Readable, elements
from raw.odm_items import OdmMetadata
from raw.odm_table import OdmTable
from raw.reading import Told, remark
from raw.transactions import KINDS, Kind, Removal
from specs.model.raw import RawContract

_TYPED = (
    "Any String Integer Float Date Time Datetime Boolean HexBinary Base64Binary HexFloat Base64Float PartialDate "
    "PartialTime PartialDatetime DurationDatetime IntervalDatetime IncompleteDatetime IncompleteDate IncompleteTime URI"
)

#: Elements that may be many and hold no item, and the list that holds them.
_LISTED = {"AuditRecord": "AuditRecords", "Signature": "Signatures", "Annotation": "Annotations", "Association": "ODM"}

_Place = tuple[str | None, str | None]
_Keys = tuple[str | None, ...]


class OdmWalk:
    """The way through the file's elements, and where on it we are.

    `tag`, the starts and ends of elements, and the names of forms, groups and items are for other versions and
    dialects to change.
    """

    namespace = NAMESPACE

    def __init__(self, where: str, tables: Mapping[str, OdmTable], contract: RawContract) -> None:
        self.where = where
        self.metadata = OdmMetadata()
        self.removals: list[Removal] = []
        self.transactions = False
        self.studies: dict[str, int] = {}
        self.records = 0
        self._study = contract.export.odm_study
        self._tables = _by_place(tables)
        self._known: set[_Place] = {(form.odm.form, form.odm.group) for form in contract.forms.values() if form.odm}
        self._unknown: Counter[_Place] = Counter()
        self._sites: dict[str | None, str | None] = {}
        self._order = 0
        self._defining = self._reading = False
        self._subject: str | None = None
        self._event: tuple[str | None, str | None, str | None] = (None, None, None)
        self._form: tuple[str | None, str | None] = (None, None)
        self._kinds = [Kind.UNSAID] * 3
        self._item = self.tag("ItemData")
        self._typed = frozenset(self.tag(f"ItemData{kind}") for kind in _TYPED.split())
        self._unit = self.tag("MeasurementUnitRef")
        #: Elements that may be many and hold no item; they are forgotten at once inside their own list.
        self._listed = {self.tag(name): self.tag(parent) for name, parent in _LISTED.items()}

    def tag(self, name: str) -> str:
        """Return an element's name with the namespace."""
        return f"{{{self.namespace}}}{name}"

    def starts(self) -> dict[str, Callable[[Any], None]]:
        """Return what is done where an element starts."""
        return {
            "Study": self._start_study,
            "ClinicalData": self._start_clinical_data,
            "SubjectData": self._start_subject,
            "SiteRef": self._start_site,
            "StudyEventData": self._start_event,
            "FormData": self._start_form,
        }

    def ends(self) -> dict[str, Callable[[Any], None]]:
        """Return what is done where an element ends."""
        return {
            "FormDef": self._end_form_def,
            "ItemGroupDef": self._end_group_def,
            "ItemGroupData": self._end_group,
            "ClinicalData": self._end_clinical_data,
        }

    def run(self, stream: Readable) -> None:
        """Read the stream to its end."""
        starts = {self.tag(name): action for name, action in self.starts().items()}
        ends = {self.tag(name): action for name, action in self.ends().items()}
        site = self.tag("SiteRef")
        forgotten = set(ends) | set(starts) - {site} | {self.tag("MetaDataVersion")}
        tags = [*forgotten, site, *self._listed]
        for event, element in elements(stream, self.where, tags=tags):
            tag = element.tag
            if event == "start":
                if tag in starts:
                    starts[tag](element)
                continue
            if tag in ends:
                ends[tag](element)
            if tag in forgotten or self._is_listed(element):
                self.forget(element)

    def require_study(self) -> None:
        """Raise unless the file has clinical data of exactly the study that is asked for."""
        advice = "Export the right study, or set `export.odm_study` in raw.yaml."
        if not self.studies:
            raise RawDataError(f"{self.where}: the file has no ClinicalData. Export the data, not the metadata only.")
        found = listed([f"{study} at line {line}" for study, line in sorted(self.studies.items())])
        if self._study is not None and self._study not in self.studies:
            raise RawDataError(
                f"{self.where}: no ClinicalData of study '{self._study}' (found StudyOID {found}). {advice}"
            )
        if self._study is None and len(self.studies) > 1:
            raise RawDataError(f"{self.where}: ClinicalData of several studies (found StudyOID {found}). {advice}")

    def report(self) -> Told:
        """Return notes on what was left aside: other studies, forms that the contract does not know."""
        told = []
        others = sorted(set(self.studies) - {self._study}) if self._study is not None else []
        if others:
            told.append(remark("RAW.OTHER_STUDY", f"ClinicalData of {listed(others)} in the same file; not read."))
        for (form, group), number in sorted(self._unknown.items(), key=str):
            told.append(
                remark(
                    "RAW.UNKNOWN_FORM",
                    f"Form {form}, item group {group} is not known to raw.yaml: {count(number, 'record')} not read.",
                    form=form or "",
                )
            )
        return told

    def _start_study(self, element: Any) -> None:
        self._defining = self._study is None or element.get("OID") == self._study

    def _end_form_def(self, element: Any) -> None:
        if self._defining:
            refs = {ref.get("ItemGroupOID") for ref in element.iterchildren(self.tag("ItemGroupRef"))}
            self.metadata.groups_of_form.setdefault(element.get("OID"), set()).update(refs)

    def _end_group_def(self, element: Any) -> None:
        if self._defining:
            refs = {ref.get("ItemOID") for ref in element.iterchildren(self.tag("ItemRef"))}
            self.metadata.items_of_group.setdefault(element.get("OID"), set()).update(refs)

    def _start_clinical_data(self, element: Any) -> None:
        study = element.get("StudyOID") or ""
        self.studies.setdefault(study, element.sourceline)
        self._reading = self._study in (None, study)

    def _end_clinical_data(self, element: Any) -> None:
        self._reading = False

    def _start_subject(self, element: Any) -> None:
        self._subject = element.get("SubjectKey")
        self._enter(0, element, (self._subject, None, None, None))

    def _start_site(self, element: Any) -> None:
        site = element.get("LocationOID")
        if element.getparent().tag == self.tag("SubjectData"):
            self._sites[self._subject] = site
        else:
            self._event = (*self._event[:2], site)

    def _start_event(self, element: Any) -> None:
        self._event = (element.get("StudyEventOID"), element.get("StudyEventRepeatKey"), None)
        self._enter(1, element, (self._subject, *self._event[:2], None))

    def _start_form(self, element: Any) -> None:
        self._form = (element.get("FormOID"), element.get("FormRepeatKey"))
        self._enter(2, element, (self._subject, *self._event[:2], self._form[1]))

    def _enter(self, depth: int, element: Any, keys: tuple[str | None, str | None, str | None, str | None]) -> None:
        kind = self._kind(element, self._kinds[depth - 1] if depth else Kind.UNSAID)
        self._kinds[depth] = kind
        if kind == Kind.REMOVE and self._reading:
            self._order += 1
            self.removals.append(Removal(self._order, depth, self._form[0] if depth == 2 else None, keys))

    def _kind(self, element: Any, above: Kind) -> Kind:
        """Return the transaction of an element: its own, else that of the element above."""
        said = element.get("TransactionType")
        if said is None:
            return above
        if said not in KINDS:
            raise RawDataError(
                f"{self.where}: line {element.sourceline}: TransactionType of "
                f"{etree.QName(element).localname} is not known (expected {listed(list(KINDS))}). Correct the export."
            )
        self.transactions = True
        return KINDS[said]

    def _end_group(self, element: Any) -> None:
        if self._reading:
            place = (self._form[0], element.get("ItemGroupOID"))
            self._take(element, place, self._kinds[2], element.get("ItemGroupRepeatKey"))

    def _take(self, element: Any, place: _Place, above: Kind, repeat: str | None) -> None:
        """Hand an item group to the table of its place."""
        self.records += 1
        table = self._tables.get(place)
        if table is None:
            if place not in self._known:
                self._unknown[place] += 1
            return
        kind = self._kind(element, above)
        items = self._items(element, table, kind)
        if kind == Kind.CONTEXT and items:
            kind = Kind.UPSERT
        event, event_repeat, site = self._event
        keys = (
            self._subject,
            site if site is not None else self._sites.get(self._subject),
            event,
            event_repeat,
            self._form[1],
            repeat,
        )
        self._order += 1
        self._add(table, keys, items, kind)

    def _add(self, table: OdmTable, keys: _Keys, items: list[tuple[str, str | None]], kind: Kind) -> None:
        table.add(keys, items, self._order, kind)

    def _items(self, group: Any, table: OdmTable, above: Kind) -> list[tuple[str, str | None]]:
        """Return item OID and value (None for empty) of what an item group says."""
        said = []
        for item in group.iterchildren():
            tag = item.tag
            if tag == self._item:
                value = self._value(item)
            elif tag in self._typed:
                value = "".join(item.xpath("text()")) if len(item) else item.text
            else:
                continue
            oid = item.get("ItemOID") or ""
            if len(item) or tag != self._item:
                self._add_units(item, oid, table)
            kind = above
            if item.get("TransactionType") is not None:
                kind = self._kind(item, above)
            if kind == Kind.CONTEXT:
                continue
            if kind == Kind.REMOVE or item.get("IsNull") == "Yes":
                value = None
            said.append((oid, value))
        return said

    def _value(self, item: Any) -> str | None:
        value: str | None = item.get("Value")
        return value

    def _add_units(self, item: Any, oid: str, table: OdmTable) -> None:
        for holder in (item, *item.iterchildren(self._unit)):
            unit = holder.get("MeasurementUnitOID")
            if unit is not None:
                table.add_unit(oid, unit)

    def forget(self, element: Any) -> None:
        """Empty an element that has been read and drop its elder siblings, which nobody asks for any more."""
        element.clear()
        parent = element.getparent()
        if parent is not None:
            while element.getprevious() is not None:
                del parent[0]

    def _is_listed(self, element: Any) -> bool:
        parent = element.getparent()
        return parent is not None and self._listed.get(element.tag) == parent.tag


def _by_place(tables: Mapping[str, OdmTable]) -> dict[_Place, OdmTable]:
    found: dict[_Place, OdmTable] = {}
    for name, table in tables.items():
        if table.form.odm is None:
            continue
        place = (table.form.odm.form, table.form.odm.group)
        if place in found:
            raise RawDataError(
                f"raw.yaml: forms '{found[place].name}' and '{name}' have the same `odm:` place. "
                "Keep one of them, or correct the item group."
            )
        found[place] = table
    return found
