"""What an ODM-XML file consists of beside order: the texts of its elements, as ODM 1.3.2 has them."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from simulation.draws import Ints
from simulation.export import SimulatedExport, identity_names
from simulation.odm_metadata import footer, header, item_oid, place_of
from simulation.text import Text, joined, texts
from specs.model.raw import Column, RawContract

_ESCAPES = (
    ("&", "&amp;"),
    ("<", "&lt;"),
    (">", "&gt;"),
    ('"', "&quot;"),
    ("\t", "&#9;"),
    ("\n", "&#10;"),
    ("\r", "&#13;"),
)


class OdmDialect:
    """The elements of ODM 1.3.2, in whole columns.

    Attributes:
        closings: what ends a form, an event and a subject.
    """

    closings = ("</FormData>", "</StudyEventData>", "</SubjectData>")

    def __init__(self, export: SimulatedExport, contract: RawContract) -> None:
        self.export = export
        self.contract = contract

    def header(self) -> str:
        """Return the file from its first line to the start of the clinical data."""
        return header(self.export, self.contract)

    def footer(self) -> str:
        """Return the end of the file."""
        return footer()

    def subjects(self, subjects: pd.DataFrame) -> Text:
        """Return what opens each subject; `subjects` has the columns subject and site."""
        keys = escaped(subjects["subject"].fillna(""))
        site = joined('<SiteRef LocationOID="', escaped(subjects["site"]), '"/>\n')
        return joined('<SubjectData SubjectKey="', keys, '">', pc.fill_null(site, ""))

    def events(self, events: Sequence[str], event: Ints, repeat: Ints) -> Text:
        """Return what opens each row's event; repeat 0 is none."""
        opening = texts([f"<StudyEventData StudyEventOID={quoted(name)}" for name in events], event)
        last = int(repeat.max(initial=0))
        keys = [">\n", *(f' StudyEventRepeatKey="{number}">\n' for number in range(1, last + 1))]
        return joined(opening, texts(keys, repeat))

    def forms(self, forms: Sequence[str], form: Ints, subject: Ints) -> Text:
        """Return what opens each row's form."""
        oids = [place_of(self.contract, name).form for name in forms]
        return texts([f"<FormData FormOID={quoted(oid)}>\n" for oid in oids], form)

    def groups(self, frame: pd.DataFrame, form: str, subject: Ints) -> Text:
        """Return each row as an item group; empty items are left out."""
        declared = self.contract.forms[form]
        repeat = identity_names(self.contract, form).get("group_repeat")
        pieces = [scalar(f"<ItemGroupData ItemGroupOID={quoted(self.group_oid(form))}")]
        if repeat is not None:
            pieces.append(joined(' ItemGroupRepeatKey="', escaped(frame[repeat]), '"'))
        pieces.append(scalar(">"))
        for name, column in declared.columns.items():
            pieces.append(self.item(form, name, column, escaped(frame[name]), subject))
        pieces.append(scalar("</ItemGroupData>\n"))
        pieces = [pa.repeat(piece, len(frame)) if isinstance(piece, pa.Scalar) else piece for piece in pieces]
        return pc.binary_join_element_wise(*pieces, scalar(""), null_handling="skip")

    def group_oid(self, form: str) -> str:
        """Return the OID of a form's item group."""
        return place_of(self.contract, form).group

    def item(self, form: str, name: str, column: Column, values: Text, subject: Ints) -> Text:
        """Return a column's values as items, missing where the value is."""
        return joined(f'<ItemData ItemOID={quoted(item_oid(form, column.source or name))} Value="', values, '"/>')


def escaped(column: pd.Series) -> Text:
    """Return text as it may stand in an attribute's value."""
    values = pa.array(column, type=pa.large_string())
    if not pc.any(pc.match_substring_regex(values, '[&<>"\\t\\r\\n]')).as_py():
        return values
    for character, entity in _ESCAPES:
        values = pc.replace_substring(values, pattern=character, replacement=entity)
    return values


def scalar(text: str) -> pa.Scalar:
    """Return a text as an Arrow scalar."""
    return pa.scalar(text, pa.large_string())


def quoted(text: str) -> str:
    """Return a text as an attribute's value with its quotes."""
    return '"' + text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;") + '"'
