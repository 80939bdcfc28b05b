"""Reading CDISC ODM-XML 2.0: forms are item groups that hold item groups, and values are elements.

A record is an ItemGroupData that stands in another one; the outermost is the form. Items that stand in the outermost
itself are a record too, whose group is the form. The keys are those of ODM 1.3, the form's repeat being the outermost
group's. Of an item with several values the texts are joined by semicolons, in the order of SeqNum.

Reference: CDISC Operational Data Model 2.0, ClinicalData.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lxml import etree

from raw.odm import OdmFile, document, read_odm
from raw.odm_header import ODM_2_0
from raw.odm_walk import OdmWalk
from raw.reading import Reading
from raw.source import Source
from raw.transactions import Kind
from specs.model.raw import RawContract
from specs.model.raw_formats import FormatName


class Odm2File:
    """The reader of a file of ODM-XML 2.0, alone or in a zip or folder."""

    name: FormatName = "odm2"
    kind = "an ODM-XML 2.0 file"

    def recognises(self, source: Source, contract: RawContract) -> bool:
        """Return whether there is one XML file whose root is ODM 2.0."""
        root = source.root() if OdmFile().recognises(source, contract) else None
        return root is not None and etree.QName(root).namespace == ODM_2_0.namespace

    def read(self, source: Source, contract: RawContract, forms: tuple[str, ...]) -> Reading:
        """Return the named forms of the file."""
        return read_odm(*document(source), contract, forms, version=ODM_2_0, walk_of=Odm2Walk)


class Odm2Walk(OdmWalk):
    """The way through the elements of ODM 2.0."""

    namespace = ODM_2_0.namespace

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        #: The item groups that are open, from the form inwards: what each does, and whether it holds another one.
        self._open: list[tuple[Kind, bool]] = []

    def starts(self) -> dict[str, Callable[[Any], None]]:
        """Return what is done where an element starts; an item group may open a form."""
        inherited = super().starts()
        del inherited["FormData"]
        return inherited | {"ItemGroupData": self._start_group}

    def ends(self) -> dict[str, Callable[[Any], None]]:
        """Return what is done where an element ends."""
        inherited = super().ends()
        del inherited["FormDef"]
        return inherited

    def forget(self, element: Any) -> None:
        """Empty an element; the items before a group inside a form are still needed."""
        if element.tag == self.tag("ItemGroupData") and self._open:
            element.clear()
        else:
            super().forget(element)

    def _end_group_def(self, element: Any) -> None:
        super()._end_group_def(element)
        if self._defining:
            groups = {ref.get("ItemGroupOID") for ref in element.iterchildren(self.tag("ItemGroupRef"))}
            if groups or element.get("Type") == "Form":
                self.metadata.groups_of_form.setdefault(element.get("OID"), set()).update(groups)

    def _start_group(self, element: Any) -> None:
        if not self._open:
            self._form = (element.get("ItemGroupOID"), element.get("ItemGroupRepeatKey"))
            self._enter(2, element, (self._subject, *self._event[:2], self._form[1]))
            self._open.append((self._kinds[2], False))
            return
        above = self._open[-1][0]
        self._open[-1] = (above, True)
        self._open.append((self._kind(element, above), False))

    def _end_group(self, element: Any) -> None:
        kind, holds = self._open.pop()
        if not self._reading:
            return
        place = (self._form[0], element.get("ItemGroupOID"))
        inside = bool(self._open)
        if inside and (not holds or self._has_items(element)):
            self._take(element, place, kind, element.get("ItemGroupRepeatKey"))
        elif not inside and (self._has_items(element) or (not holds and place in self._known)):
            self._take(element, place, kind, None)

    def _has_items(self, element: Any) -> bool:
        return next(element.iterchildren(self._item), None) is not None

    def _value(self, item: Any) -> str | None:
        values = [(int(value.get("SeqNum") or 0), value.text or "") for value in item.iterchildren(self.tag("Value"))]
        if len(values) == 1:
            return values[0][1]
        return ";".join(text for _, text in sorted(values, key=lambda one: one[0])) if values else None
