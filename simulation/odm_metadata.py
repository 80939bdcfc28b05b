"""The part of ODM-XML 1.3.2 that describes an export: study, events, forms, item groups and items."""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

import pandas as pd

from simulation.export import SimulatedExport
from specs.model.raw import Column, Form, OdmPlace, RawContract

VERSION = "MDV.1"

NAMESPACE = "http://www.cdisc.org/ns/odm/v1.3"


def place_of(contract: RawContract, form: str) -> OdmPlace:
    """Return the OIDs of a form: the contract's, else made from its name."""
    return contract.forms[form].odm or OdmPlace(form=f"F.{form.upper()}", group=f"IG.{form.upper()}")


def item_oid(form: str, column: str) -> str:
    """Return the OID of an item: `I.AE.AETERM`."""
    return f"I.{form.upper()}.{column}"


def forms_of_events(export: SimulatedExport, contract: RawContract) -> dict[str, list[str]]:
    """Return the forms of each event, in the order of the contract: those expected there, and those with records.

    An EDC's metadata are its schedule: a form is part of a visit that no subject has reached yet.
    """
    found: dict[str, list[str]] = {event: [] for event in export.events}
    for form, declared in contract.forms.items():
        event = contract.identity_of(form).event
        here = set(declared.events)
        if form in export.forms and event is not None:
            here |= set(export.forms[form][event].dropna().unique())
        for name in found:
            if name in here:
                found[name].append(form)
    return found


def header(export: SimulatedExport, contract: RawContract) -> str:
    """Return the file from its first line to the start of the clinical data."""
    created = export.snapshot.isoformat()
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<ODM xmlns="{NAMESPACE}" ODMVersion="1.3.2" FileType="Snapshot" FileOID={_attribute(export.study + ".SIM")} '
        f'CreationDateTime="{created}" SourceSystem="cdiscflow simulate">',
        f"<Study OID={_attribute(export.study)}>",
        "<GlobalVariables>",
        f"<StudyName>{escape(export.study_name)}</StudyName>",
        f"<StudyDescription>{escape(export.description)}</StudyDescription>",
        f"<ProtocolName>{escape(export.study_name)}</ProtocolName>",
        "</GlobalVariables>",
        *_units(contract),
        f'<MetaDataVersion OID="{VERSION}" Name="Version 1">',
        *_protocol(export),
        *_events(export, contract),
        *_forms(contract),
        *_groups(contract),
        *_items(export, contract),
        "</MetaDataVersion>",
        "</Study>",
        "<AdminData>",
        *_locations(export),
        "</AdminData>",
        f'<ClinicalData StudyOID={_attribute(export.study)} MetaDataVersionOID="{VERSION}">',
    ]
    return "\n".join(lines) + "\n"


def footer() -> str:
    """Return the end of the file."""
    return "</ClinicalData>\n</ODM>\n"


def _attribute(value: str) -> str:
    return quoteattr(value, {"\n": "&#10;", "\t": "&#9;"})


def _yes_no(value: bool) -> str:
    return "Yes" if value else "No"


def _unit_names(contract: RawContract) -> list[str]:
    return sorted({column.unit for form in contract.forms.values() for column in form.columns.values() if column.unit})


def _units(contract: RawContract) -> Iterator[str]:
    units = _unit_names(contract)
    if not units:
        return
    yield "<BasicDefinitions>"
    for unit in units:
        name = _attribute(unit)
        yield f"<MeasurementUnit OID={_attribute('MU.' + unit)} Name={name}><Symbol>"
        yield f'<TranslatedText xml:lang="en">{escape(unit)}</TranslatedText></Symbol></MeasurementUnit>'
    yield "</BasicDefinitions>"


def _protocol(export: SimulatedExport) -> Iterator[str]:
    yield "<Protocol>"
    for number, event in enumerate(export.events, 1):
        yield f'<StudyEventRef StudyEventOID={_attribute(event)} OrderNumber="{number}" Mandatory="No"/>'
    yield "</Protocol>"


def _events(export: SimulatedExport, contract: RawContract) -> Iterator[str]:
    for event, forms in forms_of_events(export, contract).items():
        repeating = event in export.repeating
        kind = "Unscheduled" if repeating else "Scheduled"
        yield (
            f"<StudyEventDef OID={_attribute(event)} Name={_attribute(export.events[event])} "
            f'Repeating="{_yes_no(repeating)}" Type="{kind}">'
        )
        for number, form in enumerate(forms, 1):
            oid = _attribute(place_of(contract, form).form)
            yield f'<FormRef FormOID={oid} OrderNumber="{number}" Mandatory="No"/>'
        yield "</StudyEventDef>"


def _forms(contract: RawContract) -> Iterator[str]:
    groups: dict[str, tuple[Form, list[str]]] = {}
    for name, form in contract.forms.items():
        place = place_of(contract, name)
        groups.setdefault(place.form, (form, []))[1].append(place.group)
    for oid, (form, members) in groups.items():
        yield f'<FormDef OID={_attribute(oid)} Name={_attribute(form.label)} Repeating="No">'
        for number, group in enumerate(members, 1):
            yield f'<ItemGroupRef ItemGroupOID={_attribute(group)} OrderNumber="{number}" Mandatory="No"/>'
        yield "</FormDef>"


def _groups(contract: RawContract) -> Iterator[str]:
    for name, form in contract.forms.items():
        oid = _attribute(place_of(contract, name).group)
        yield f'<ItemGroupDef OID={oid} Name={_attribute(name.upper())} Repeating="{_yes_no(form.repeating)}">'
        for number, (column, declared) in enumerate(form.columns.items(), 1):
            item = _attribute(item_oid(name, declared.source or column))
            yield f'<ItemRef ItemOID={item} OrderNumber="{number}" Mandatory="No"/>'
        yield "</ItemGroupDef>"


def _items(export: SimulatedExport, contract: RawContract) -> Iterator[str]:
    for name, form in contract.forms.items():
        for column, declared in form.columns.items():
            values = export.forms[name][column] if name in export.forms else pd.Series(dtype="str")
            yield _item(item_oid(name, declared.source or column), declared.source or column, declared, values)


def _item(oid: str, name: str, declared: Column, values: pd.Series) -> str:
    longest = values.str.len().max()
    length = f' Length="{int(longest) if longest == longest and longest else 1}"'
    if declared.type not in ("text", "integer", "float"):
        length = ""
    digits = ""
    if declared.type == "float":
        decimals = values.str.replace(r"^[^.]*\.?", "", regex=True).str.len().max()
        digits = f' SignificantDigits="{int(decimals) if decimals == decimals else 0}"'
    question = f'<Question><TranslatedText xml:lang="en">{escape(declared.label)}</TranslatedText></Question>'
    unit = f"<MeasurementUnitRef MeasurementUnitOID={_attribute('MU.' + declared.unit)}/>" if declared.unit else ""
    kind = f'DataType="{declared.type}"{length}{digits}'
    return f"<ItemDef OID={_attribute(oid)} Name={_attribute(name)} {kind}>{question}{unit}</ItemDef>"


def _locations(export: SimulatedExport) -> Iterator[str]:
    effective = export.snapshot.date().isoformat()
    for site in export.sites:
        reference = f'StudyOID={_attribute(export.study)} MetaDataVersionOID="{VERSION}" EffectiveDate="{effective}"'
        yield f'<Location OID={_attribute(site)} Name={_attribute("Site " + site)} LocationType="Site">'
        yield f"<MetaDataVersionRef {reference}/></Location>"
