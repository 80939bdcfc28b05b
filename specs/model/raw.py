"""The contract of a raw export: its forms, columns, encodings, and which columns identify a record."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, model_validator

from specs.model.base import Strict, Texts
from specs.model.raw_formats import FormatName, Formats
from specs.model.raw_formats import Identity as Identity

ItemType = Literal["text", "integer", "float", "date", "partialDate", "time", "datetime", "boolean"]


class Column(Strict):
    """One collected item: `source` is its name in the export where it differs from ours."""

    label: str
    source: str | None = None
    type: ItemType = "text"
    optional: bool = False
    choices: tuple[str, ...] = ()
    #: Codes that a raw export has in place of texts: code -> text. Other texts stay as they are.
    codes: dict[str, str] = {}
    unit: str | None = None
    page: str | None = None


def _column(value: Any) -> Any:
    return {"label": value} if isinstance(value, str) else value


class OdmPlace(Strict):
    """Where a form's rows stand in ODM-XML: the form and the item group by OID."""

    form: str
    group: str


class Form(Strict):
    """One table of the export: one row a form (or a line of a repeating group)."""

    label: str
    page: str | None = None
    file: str | None = None
    odm: OdmPlace | None = None
    identity: Identity = Identity()
    #: Columns which, with the subject, make a record unique; none: the export's own repeat keys.
    key: tuple[str, ...] = ()
    repeating: bool = False
    optional: bool = False
    #: The events at which the form is expected, by their names in the export; for the annotated CRF.
    events: Texts = ()
    #: What stays of records that are equal in key and in all items: the first `one`, or `all` of them.
    duplicates: Literal["one", "all"] = "one"
    columns: dict[str, Annotated[Column, BeforeValidator(_column)]]


class CsvFormat(Strict):
    """How the CSV files are written; verified, never guessed."""

    encoding: Literal["utf-8", "utf-8-sig", "gb18030", "ascii"] = "utf-8"
    delimiter: str = ","
    #: Texts that mean an empty cell, beside the empty cell itself.
    missing: tuple[str, ...] = ()
    #: A file inside the export that states its snapshot time as ISO 8601 on the first line.
    snapshot_file: str | None = None


class Export(Strict):
    """The shape of the export as a whole; `formats` says how the kinds beside CSV and ODM-XML name things."""

    csv: CsvFormat = CsvFormat()
    #: The StudyOID of ODM-XML, where several studies share a file.
    odm_study: str | None = None
    #: The kind of every export of the study; without it the export's own structure says it.
    format: FormatName | None = None
    formats: Formats = Formats()
    #: Events that a subject may pass several times. Kinds that number every event number all others once, and that
    #: number is not read.
    repeating_events: Texts = ()


class RawContract(Strict):
    """`raw.yaml`: the export, the identity columns, the form that enrols a subject, and every form."""

    export: Export = Export()
    identity: Identity = Identity()
    #: What events that are no planned visits are called for people.
    event_names: dict[str, str] = {}
    #: The form with one row a subject; a subject who is not there is unknown to DM.
    subjects: str
    forms: dict[str, Form]

    @classmethod
    def none(cls) -> RawContract:
        """Return the contract of a study that has no export: its SDTM is given."""
        return cls.model_construct(subjects="", forms={})

    @model_validator(mode="after")
    def _subjects_is_a_form(self) -> RawContract:
        if self.subjects not in self.forms:
            raise ValueError(f"subjects: form '{self.subjects}' is not among the forms")
        for name in self.forms:
            if name != name.lower():
                raise ValueError(f"form '{name}': form names are lower case, dataset names upper case")
        strangers = list(self.export.formats.strangers({name: form.columns for name, form in self.forms.items()}))
        if strangers:
            raise ValueError("; ".join(strangers))
        return self

    def identity_of(self, form: str) -> Identity:
        """Return the identity columns of a form: its own, else those of the export."""
        own = self.forms[form].identity.model_dump(exclude_none=True)
        return self.identity.model_copy(update=own)
