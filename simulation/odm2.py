"""The export as ODM-XML 2.0: forms are item groups that hold an item group, values are elements."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import pandas as pd
import pyarrow.compute as pc

from simulation.draws import Ints
from simulation.export import SimulatedExport
from simulation.odm import write_document
from simulation.odm_dialect import OdmDialect, escaped, quoted
from simulation.odm_metadata import VERSION, footer, forms_of_events, item_oid, place_of
from simulation.text import Text, joined, texts
from specs.model.raw import Column, RawContract

NAMESPACE = "http://www.cdisc.org/ns/odm/v2.0"

#: The types that ODM 2.0 has under another name or not at all.
_TYPES = {"text": "text", "integer": "integer", "float": "float"}


def write_odm2(export: SimulatedExport, contract: RawContract, path: Path) -> None:
    """Write the export as one ODM-XML 2.0 file; empty items are left out."""
    write_document(Odm2Dialect(export, contract), path)


class Odm2Dialect(OdmDialect):
    """The elements of ODM 2.0."""

    closings = ("</ItemGroupData>", "</StudyEventData>", "</SubjectData>")

    def header(self) -> str:
        """Return the file from its first line to the start of the clinical data."""
        return "\n".join(_header(self.export, self.contract)) + "\n"

    def footer(self) -> str:
        """Return the end of the file."""
        return footer()

    def subjects(self, subjects: pd.DataFrame) -> Text:
        """Return what opens each subject."""
        keys = escaped(subjects["subject"].fillna(""))
        site = joined('<SiteRef LocationOID="', escaped(subjects["site"]), '"/>\n')
        return joined('<SubjectData SubjectKey="', keys, '">', pc.fill_null(site, ""))

    def forms(self, forms: Sequence[str], form: Ints, subject: Ints) -> Text:
        """Return what opens each row's form, an item group too."""
        oids = [place_of(self.contract, name).form for name in forms]
        return texts([f"<ItemGroupData ItemGroupOID={quoted(oid)}>\n" for oid in oids], form)

    def item(self, form: str, name: str, column: Column, values: Text, subject: Ints) -> Text:
        """Return a column's values as items with a value element, missing where the value is."""
        oid = quoted(item_oid(form, column.source or name))
        return joined(f"<ItemData ItemOID={oid}><Value>", values, "</Value></ItemData>")


def _header(export: SimulatedExport, contract: RawContract) -> Iterator[str]:
    created = export.snapshot.isoformat()
    study, name = quoted(export.study), quoted(export.study_name)
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield (
        f'<ODM xmlns="{NAMESPACE}" ODMVersion="2.0" FileType="Snapshot" FileOID={quoted(export.study + ".SIM")} '
        f'CreationDateTime="{created}" SourceSystem="cdiscflow simulate">'
    )
    yield f"<Study OID={study} StudyName={name} ProtocolName={name}>"
    yield f"<Description>{_translated(export.description)}</Description>"
    yield f'<MetaDataVersion OID="{VERSION}" Name="Version 1">'
    yield from _events(export, contract)
    yield from _groups(contract)
    yield from _items(contract)
    yield "</MetaDataVersion></Study>"
    yield "<AdminData>"
    effective = export.snapshot.date().isoformat()
    for site in export.sites:
        yield f"<Location OID={quoted(site)} Name={quoted('Site ' + site)}>"
        yield f'<MetaDataVersionRef StudyOID={study} MetaDataVersionOID="{VERSION}" EffectiveDate="{effective}"/>'
        yield "</Location>"
    yield "</AdminData>"
    yield f'<ClinicalData StudyOID={study} MetaDataVersionOID="{VERSION}">'


def _events(export: SimulatedExport, contract: RawContract) -> Iterator[str]:
    for event, forms in forms_of_events(export, contract).items():
        repeating = event in export.repeating
        kind = "Unscheduled" if repeating else "Scheduled"
        yield (
            f"<StudyEventDef OID={quoted(event)} Name={quoted(export.events[event])} "
            f'Repeating="{"Yes" if repeating else "No"}" Type="{kind}">'
        )
        for number, form in enumerate(forms, 1):
            yield _reference("ItemGroup", place_of(contract, form).form, number)
        yield "</StudyEventDef>"


def _groups(contract: RawContract) -> Iterator[str]:
    """Yield the forms, then the groups inside them."""
    members: dict[str, list[str]] = {}
    for name in contract.forms:
        members.setdefault(place_of(contract, name).form, []).append(name)
    for oid, names in members.items():
        label = contract.forms[names[0]].label
        yield f'<ItemGroupDef OID={quoted(oid)} Name={quoted(label)} Repeating="No" Type="Form">'
        for number, name in enumerate(names, 1):
            yield _reference("ItemGroup", place_of(contract, name).group, number)
        yield "</ItemGroupDef>"
    for name, form in contract.forms.items():
        oid, kind = quoted(place_of(contract, name).group), "Dynamic" if form.repeating else "No"
        yield f'<ItemGroupDef OID={oid} Name={quoted(name.upper())} Repeating="{kind}" Type="Section">'
        for number, (column, declared) in enumerate(form.columns.items(), 1):
            yield _reference("Item", item_oid(name, declared.source or column), number)
        yield "</ItemGroupDef>"


def _items(contract: RawContract) -> Iterator[str]:
    for name, form in contract.forms.items():
        for column, declared in form.columns.items():
            source = declared.source or column
            kind = _TYPES.get(declared.type, declared.type)
            oid = quoted(item_oid(name, source))
            yield f"<ItemDef OID={oid} Name={quoted(source)} DataType={quoted(kind)}>"
            yield f"<Question>{_translated(declared.label)}</Question></ItemDef>"


def _reference(kind: str, oid: str, number: int) -> str:
    return f'<{kind}Ref {kind}OID={quoted(oid)} OrderNumber="{number}" Mandatory="No"/>'


def _translated(text: str) -> str:
    return f'<TranslatedText xml:lang="en" Type="text/plain">{escape(text)}</TranslatedText>'
