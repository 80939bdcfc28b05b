"""The forms as the metadata of an ODM-XML 1.3 export describe them: their events, and the choices of their items.

Reference: CDISC Operational Data Model 1.3.2, section 3.1.3 (StudyEventDef, ItemGroupDef, ItemDef, CodeList).
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from lxml import etree

from raw.odm_header import NAMESPACE, elements
from raw.source import ODM, look
from specs.model.form_metadata import FormMetadata
from specs.model.raw import RawContract

_TAGS = tuple(
    f"{{{NAMESPACE}}}{name}"
    for name in ("Study", "StudyEventDef", "ItemGroupDef", "ItemDef", "CodeList", "ClinicalData")
)


def read_form_metadata(path: Path, contract: RawContract) -> FormMetadata:
    """Return what an export's metadata say of the contract's forms; nothing where it is no ODM-XML 1.3.

    Raises:
        RawDataError: nothing is at the path, or the file is damaged.
    """
    source = look(path, contract)
    root = source.root()
    if root is None or etree.QName(root).namespace != NAMESPACE:
        return FormMetadata()
    file = source.files(ODM)[0]
    found = _Described(contract)
    with source.container.open(file) as stream:
        for event, element in elements(stream, source.container.where(file), tags=_TAGS):
            name = etree.QName(element).localname
            if name == "ClinicalData":
                break
            if name == "Study" and event == "start":
                found.study = element.get("OID")
            elif event == "end" and found.is_ours:
                found.take(name, element)
    return found.metadata()


class _Described:
    """Gathers the definitions of one study."""

    def __init__(self, contract: RawContract) -> None:
        self.contract = contract
        self.study: str | None = None
        self.forms_of: dict[str, list[str]] = defaultdict(list)
        self.titles: dict[str, str] = {}
        self.items: dict[str, tuple[str, str | None]] = {}
        self.groups: dict[str, list[str]] = defaultdict(list)
        self.codelists: dict[str, tuple[str, ...]] = {}

    @property
    def is_ours(self) -> bool:
        """Whether the definitions are those of the study that the contract reads."""
        return self.contract.export.odm_study in (None, self.study)

    def take(self, name: str, element: Any) -> None:
        """Remember a definition."""
        oid = element.get("OID")
        if name == "StudyEventDef":
            self.titles[oid] = element.get("Name") or oid
            self.forms_of[oid] += [one.get("FormOID") for one in element.iter(f"{{{NAMESPACE}}}FormRef")]
        elif name == "ItemGroupDef":
            self.groups[oid] += [one.get("ItemOID") for one in element.iter(f"{{{NAMESPACE}}}ItemRef")]
        elif name == "ItemDef":
            reference = element.find(f"{{{NAMESPACE}}}CodeListRef")
            self.items[oid] = (element.get("Name"), reference.get("CodeListOID") if reference is not None else None)
        elif name == "CodeList":
            self.codelists[oid] = tuple(_texts(element))

    def metadata(self) -> FormMetadata:
        """Return what was gathered, by the contract's names."""
        events: dict[str, tuple[str, ...]] = {}
        choices: dict[tuple[str, str], tuple[str, ...]] = {}
        for name, form in self.contract.forms.items():
            if form.odm is None:
                continue
            events[name] = tuple(event for event, forms in self.forms_of.items() if form.odm.form in forms)
            defined = dict(self.items[oid] for oid in self.groups.get(form.odm.group, ()) if oid in self.items)
            for column, declared in form.columns.items():
                codelist = defined.get(declared.source or column)
                if codelist in self.codelists:
                    choices[name, column] = self.codelists[codelist]
        return FormMetadata({name: found for name, found in events.items() if found}, self.titles, choices)


def _texts(codelist: Any) -> list[str]:
    """Return the texts of a codelist: the decode of an item, else its value."""
    found = []
    for item in codelist.iter(f"{{{NAMESPACE}}}CodeListItem", f"{{{NAMESPACE}}}EnumeratedItem"):
        decode = item.find(f"{{{NAMESPACE}}}Decode/{{{NAMESPACE}}}TranslatedText")
        found.append((decode.text if decode is not None else None) or item.get("CodedValue"))
    return found
