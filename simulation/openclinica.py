"""The export as ODM-XML 1.3 of OpenClinica: sites as studies, every event and group numbered, two versions of a CRF.

The first half of the subjects was entered in the first version of each form that the contract names, the second half in
the last one; an item with several ItemOIDs changes its own likewise.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from simulation.draws import Ints
from simulation.export import SimulatedExport, identity_names
from simulation.odm import write_document
from simulation.odm_dialect import OdmDialect, escaped, quoted, scalar
from simulation.odm_metadata import NAMESPACE, forms_of_events
from simulation.ordering import subjects_of
from simulation.text import Text, joined, padded, texts
from specs.model.raw import Column, RawContract
from specs.model.raw_formats import OpenClinicaFormat, OpenClinicaPlace
from specs.model.raw_patterns import fill

EXTENSIONS = "http://www.openclinica.org/ns/odm_ext_v130/v3.1"
VERSION = "v1.0.0"


def write_openclinica(export: SimulatedExport, contract: RawContract, path: Path) -> None:
    """Write the export as one ODM-XML file; empty items are left out."""
    write_document(OpenClinicaDialect(export, contract), path)


class OpenClinicaDialect(OdmDialect):
    """The elements of OpenClinica's ODM."""

    def __init__(self, export: SimulatedExport, contract: RawContract) -> None:
        super().__init__(export, contract)
        self.names = contract.export.formats.openclinica or OpenClinicaFormat()
        self.study = self.names.study or f"S_{export.study}"
        self._subjects = len(subjects_of(export, contract))

    def place(self, form: str) -> OpenClinicaPlace:
        """Return where the versions of a form stand."""
        return self.names.places(form, self.contract.forms[form].label)

    def header(self) -> str:
        """Return the file from its first line to the start of the clinical data."""
        return "\n".join(_header(self)) + "\n"

    def footer(self) -> str:
        """Return the end of the file; ClinicalData is opened with the first subject."""
        nobody = f'<ClinicalData StudyOID={quoted(self.study)} MetaDataVersionOID="{VERSION}">\n'
        return ("" if self._subjects else nobody) + "</ClinicalData>\n</ODM>\n"

    def site_oid(self, site: str | None) -> str:
        """Return the study that a site is; a subject without a site belongs to the study itself."""
        return self.study if site is None else fill(self.names.site, site=site)

    def subjects(self, subjects: pd.DataFrame) -> Text:
        """Return what opens each subject, and the clinical data of another site before the first one of it."""
        codes, sites = pd.factorize(subjects["site"])
        opening = [
            f'<ClinicalData StudyOID={quoted(self.site_oid(site))} MetaDataVersionOID="{VERSION}">\n'
            for site in (*sites, None)
        ]
        codes = np.where(codes < 0, len(sites), codes).astype("int64")
        first = np.arange(len(codes)) == 0
        new = first | (codes != np.roll(codes, 1))
        before = texts(
            [*opening, *(f"</ClinicalData>\n{one}" for one in opening)], np.where(first, 0, len(opening)) + codes
        )
        before = pc.if_else(pa.array(new), before, scalar(""))
        number = padded(np.arange(1, len(subjects) + 1), 1)
        keys = escaped(subjects["subject"].fillna(""))
        tag = joined('<SubjectData SubjectKey="SS_', number, '" OpenClinica:StudySubjectID="', keys)
        tag = joined(tag, '" OpenClinica:Status="available">\n')
        return joined(before, tag)

    def events(self, events: Sequence[str], event: Ints, repeat: Ints) -> Text:
        """Return what opens each row's event; all of them are numbered."""
        names = [quoted(self.names.event_name(name)) for name in events]
        opening = texts([f"<StudyEventData StudyEventOID={name}" for name in names], event)
        number = padded(np.maximum(repeat, 1), 1)
        return joined(opening, ' OpenClinica:Status="completed" StudyEventRepeatKey="', number, '">\n')

    def forms(self, forms: Sequence[str], form: Ints, subject: Ints) -> Text:
        """Return what opens each row's form in the version of its subject."""
        places = [self.place(name).form for name in forms]
        most = max(map(len, places))
        table = [
            f"<FormData FormOID={quoted(oids[min(version, len(oids) - 1)])}>\n"
            for oids in places
            for version in range(most)
        ]
        version = self.version(subject, most)
        return texts(table, form * most + version)

    def groups(self, frame: pd.DataFrame, form: str, subject: Ints) -> Text:
        """Return each row as an item group, numbered whether it repeats or not."""
        declared = self.contract.forms[form]
        repeat = identity_names(self.contract, form)["group_repeat"]
        number = escaped(frame[repeat]) if declared.repeating else pa.array(["1"] * len(frame), pa.large_string())
        opening = f'<ItemGroupData ItemGroupOID={quoted(self.group_oid(form))} ItemGroupRepeatKey="'
        pieces = [joined(opening, number, '" TransactionType="Insert">')]
        for name, column in declared.columns.items():
            pieces.append(self.item(form, name, column, escaped(frame[name]), subject))
        pieces.append(pa.repeat(scalar("</ItemGroupData>\n"), len(frame)))
        return pc.binary_join_element_wise(*pieces, scalar(""), null_handling="skip")

    def group_oid(self, form: str) -> str:
        """Return the group of items that do not repeat, else the last one of the contract's."""
        groups = self.place(form).group
        return groups[-1] if self.contract.forms[form].repeating else groups[0]

    def item(self, form: str, name: str, column: Column, values: Text, subject: Ints) -> Text:
        """Return a column's values as items, each with the OID of its version."""
        oids = self.names.item_names(form, name, column.source)
        opening = texts([f'<ItemData ItemOID={quoted(oid)} Value="' for oid in oids], self.version(subject, len(oids)))
        return joined(opening, values, '"/>')

    def version(self, subject: Ints, versions: int) -> Ints:
        """Return which version of a form each subject was entered in."""
        return subject * versions // max(self._subjects, 1)


def _header(dialect: OpenClinicaDialect) -> Iterator[str]:
    export = dialect.export
    created = export.snapshot.isoformat()
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield (
        f'<ODM xmlns="{NAMESPACE}" xmlns:OpenClinica="{EXTENSIONS}" ODMVersion="1.3" FileType="Snapshot" '
        f'FileOID={quoted(export.study + ".SIM")} Description={quoted(export.study_name)} CreationDateTime="{created}" '
        'SourceSystem="cdiscflow simulate">'
    )
    yield from _study(dialect.study, export.study_name, export.description)
    yield f'<MetaDataVersion OID="{VERSION}" Name="MetaDataVersion_{VERSION}">'
    yield from _definitions(dialect)
    yield "</MetaDataVersion></Study>"
    for site in export.sites:
        yield from _study(dialect.site_oid(site), f"{export.study_name} - {site}", f"Site {site}")
        yield f'<MetaDataVersion OID="{VERSION}" Name="MetaDataVersion_{VERSION}">'
        yield f'<Include StudyOID={quoted(dialect.study)} MetaDataVersionOID="{VERSION}"/>'
        yield "</MetaDataVersion></Study>"


def _study(oid: str, name: str, description: str) -> Iterator[str]:
    yield f"<Study OID={quoted(oid)}><GlobalVariables><StudyName>{escape(name)}</StudyName>"
    yield f"<StudyDescription>{escape(description)}</StudyDescription>"
    yield f"<ProtocolName>{escape(name)}</ProtocolName></GlobalVariables>"


def _definitions(dialect: OpenClinicaDialect) -> Iterator[str]:
    export, contract = dialect.export, dialect.contract
    for event, forms in forms_of_events(export, contract).items():
        repeating = "Yes" if event in export.repeating else "No"
        oid = quoted(dialect.names.event_name(event))
        yield f'<StudyEventDef OID={oid} Name={quoted(export.events[event])} Repeating="{repeating}" Type="Scheduled">'
        for used in forms:
            for version in dialect.place(used).form:
                yield f'<FormRef FormOID={quoted(version)} Mandatory="No"/>'
        yield "</StudyEventDef>"
    for name, form in contract.forms.items():
        for number, version in enumerate(dialect.place(name).form, 1):
            yield f'<FormDef OID={quoted(version)} Name={quoted(f"{form.label} - v{number}.0")} Repeating="No">'
            yield f'<ItemGroupRef ItemGroupOID={quoted(dialect.group_oid(name))} Mandatory="No"/></FormDef>'
    for name, form in contract.forms.items():
        repeating = "Yes" if form.repeating else "No"
        group = quoted(dialect.group_oid(name))
        yield f'<ItemGroupDef OID={group} Name={quoted(name.upper())} Repeating="{repeating}">'
        for column, declared in form.columns.items():
            for item in dialect.names.item_names(name, column, declared.source):
                yield f'<ItemRef ItemOID={quoted(item)} Mandatory="No"/>'
        yield "</ItemGroupDef>"
    for name, form in contract.forms.items():
        for column, declared in form.columns.items():
            for item in dialect.names.item_names(name, column, declared.source):
                question = f'<TranslatedText xml:lang="en">{escape(declared.label)}</TranslatedText>'
                source = quoted(declared.source or column)
                yield f'<ItemDef OID={quoted(item)} Name={source} DataType="text" Length="4000">'
                yield f"<Question>{question}</Question></ItemDef>"
