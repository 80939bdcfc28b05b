"""How exports of other kinds than CSV and ODM-XML 1.3 name the forms, columns, events and keys of the contract.

A kind says it once, by patterns, for all forms; `forms`, `columns` and `events` name the exceptions. In a pattern
`{form}` and `{column}` are our name in small letters, `{FORM}` and `{COLUMN}` in capitals, `{label}` is the form's
label and `{name}` the column's name as the CSV has it (`source`, else our own). `{EVENT}` is our event as it is;
`{event}` is it in small letters, and is read back in capitals.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar, Literal

from clinical.errors import did_you_mean
from specs.model.base import Strict, Texts
from specs.model.raw_patterns import (
    ColumnPattern,
    EventPattern,
    FormPattern,
    FormPatterns,
    ItemPatterns,
    NumberedPattern,
    SitePattern,
    column_words,
    fill,
    form_words,
    unfilled,
)

#: The names by which `export.format` and the command line call the kinds of export.
FormatName = Literal["odm", "odm2", "openclinica", "csv", "rave", "rave-sas", "redcap", "veeva", "xlsx", "sas"]

#: The texts of a date: as SAS and Excel dates are written where the contract wants text.
DateText = Literal["iso", "dd-mon-yyyy"]


class Identity(Strict):
    """Which columns of a table name the subject, site, event and repeats.

    In a CSV a form may override each of them; an empty name says that there is no such column.
    """

    subject: str | None = None
    site: str | None = None
    event: str | None = None
    event_repeat: str | None = None
    form_repeat: str | None = None
    group_repeat: str | None = None


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


class Events(Strict):
    """How an export names events: by a pattern, with exceptions (our name: the export's)."""

    event: EventPattern = "{EVENT}"
    events: dict[str, str] = {}

    def event_name(self, event: str) -> str:
        """Return the export's name of one of our events."""
        return self.events.get(event) or fill(self.event, event=event.lower(), EVENT=event)

    def our_event(self, name: str) -> str | None:
        """Return our name of an event of the export, None where the pattern does not know it."""
        for ours, theirs in self.events.items():
            if theirs == name:
                return ours
        if "{event}" in self.event:
            found = unfilled(self.event, "event", name)
            return found.upper() if found is not None else None
        return unfilled(self.event, "EVENT", name)


class TableFormat(Events):
    """What kinds of export that hold a table a form share."""

    KEYS: ClassVar[Identity] = Identity()
    #: Columns that an EDC adds and that are no data.
    SYSTEM: ClassVar[tuple[str, ...]] = ()

    form: FormPattern = "{form}"
    forms: dict[str, str] = {}
    column: ColumnPattern = "{name}"
    #: `form.column` of ours: its name in the export.
    columns: dict[str, str] = {}
    identity: Identity = Identity()
    #: Further columns that are no data: neither read nor compared nor reported.
    ignored: Texts = ()

    @property
    def keys(self) -> Identity:
        """Return the identity columns: those of the kind, where the contract does not name others."""
        return self.KEYS.model_copy(update=self.identity.model_dump(exclude_none=True))

    @property
    def system(self) -> frozenset[str]:
        """Return the columns that are no data, in small letters."""
        return frozenset(name.casefold() for name in (*self.SYSTEM, *self.ignored))

    def form_name(self, form: str, label: str) -> str:
        """Return the export's name of a form."""
        return self.forms.get(form) or fill(self.form, **form_words(form, label))

    def column_name(self, form: str, column: str, source: str | None) -> str:
        """Return the export's name of a column."""
        return self.columns.get(f"{form}.{column}") or fill(self.column, **column_words(source or column))


class RaveFormat(TableFormat):
    """Medidata Rave clinical views, as CSV or as SAS files."""

    KEYS = Identity(
        subject="Subject",
        site="SiteNumber",
        event="Folder",
        event_repeat="InstanceRepeatNumber",
        form_repeat="PageRepeatNumber",
        group_repeat="RecordPosition",
    )
    SYSTEM = _words(
        "UserID ProjectId Project StudyId EnvironmentName SubjectId StudySiteId SiteId Site SiteNumber SiteGroup "
        "StudyEnvSiteNumber Subject InstanceId InstanceName InstanceRepeatNumber FolderId FolderOID Folder FolderName "
        "FolderSeq TargetDays DataPageId DataPageName PageRepeatNumber RecordDate RecordId RecordPosition RecordActive "
        "MinCreated MaxUpdated SaveTS"
    )

    form: FormPattern = "{FORM}"
    #: The text of a date item: `raw`, as the site typed it, from X_RAW; `parts`, put together of X_DD, X_MM and
    #: X_YYYY as DD-MON-YYYY with UN and UNK for unknown parts.
    dates: Literal["raw", "parts"] = "raw"
    active: str = "RecordActive"
    #: The endings of the year, month and day columns, and of the interpolated date.
    year: str = "_YYYY"
    month: str = "_MM"
    day: str = "_DD"
    raw: str = "_RAW"
    interpolated: str = "_INT"


class VeevaFormat(TableFormat):
    """Veeva EDC study data extracts as CSV."""

    KEYS = Identity(
        subject="SUBJID",
        site="SITENUM",
        event="EVENT",
        event_repeat="ESEQ",
        form_repeat="FSEQ",
        group_repeat="IGSEQ",
    )
    SYSTEM = _words(
        "STUDYID SITENUM SITE SITECNTRY SUBJID SUBJSTAT EGROUP EGSEQ EVENT EVENTNAME ESEQ ESTAT FORM FORMNAME FSEQ "
        "FSTAT ITEMGRP IGSEQ DCREATED DLASTMOD LASTRUN"
    )

    form: FormPattern = "{FORM}"


class RedcapFormat(TableFormat):
    """A REDCap project as one CSV; `form` is the instrument's name, `instrument` how a repeating row names it."""

    KEYS = Identity(
        subject="record_id",
        site="redcap_data_access_group",
        event="redcap_event_name",
        group_repeat="redcap_repeat_instance",
    )
    SYSTEM = ("redcap_repeat_instrument", "redcap_survey_identifier")

    column: ColumnPattern = "{column}"
    #: Whether choices were exported as their codes or as their labels.
    choices: Literal["raw", "label"] = "raw"
    repeat_instrument: str = "redcap_repeat_instrument"
    #: How the occurrences of a repeating event are named where each is an event of its own, so that instruments can
    #: repeat in it; without it they are instances of one event.
    numbered: NumberedPattern | None = None
    instrument: FormPattern | None = None
    complete: FormPattern = "{form}_complete"

    def instrument_name(self, form: str, label: str) -> str:
        """Return how a row of a repeating instrument names the form."""
        pattern = self.instrument or ("{label}" if self.choices == "label" else "")
        return fill(pattern, **form_words(form, label)) if pattern else self.form_name(form, label)

    def numbered_name(self, event: str, number: str) -> str:
        """Return the name of an occurrence of one of our events that is an event of its own."""
        return fill(self.numbered or "", event=event.lower(), EVENT=event, number=number)

    def our_numbered(self, name: str) -> tuple[str, str] | None:
        """Return our event and the number of an occurrence that is an event of its own, None for other events."""
        pattern = re.escape(self.numbered or "").replace(re.escape("{number}"), r"(?P<number>\d+)")
        for word in ("event", "EVENT"):
            pattern = pattern.replace(re.escape("{" + word + "}"), rf"(?P<{word}>.+)")
        found = re.fullmatch(pattern, name) if self.numbered else None
        if found is None:
            return None
        words = found.groupdict()
        return words.get("EVENT") or words["event"].upper(), words["number"]

    def complete_name(self, form: str, label: str) -> str:
        """Return the column that says whether the instrument is complete."""
        return fill(self.complete, **form_words(self.form_name(form, label), label))


class XlsxFormat(TableFormat):
    """A workbook with a sheet a form; its identity columns are those of the CSV, unless named here."""

    form: FormPattern = "{FORM}"
    #: What a cell that is a number and no text becomes; `refuse`: the workbook is not read.
    numbers: Literal["refuse", "shortest"] = "refuse"
    #: The same for cells that are dates.
    dates: Literal["refuse"] | DateText = "refuse"


class SasFormat(TableFormat):
    """A folder of SAS files, one a form; its identity columns are those of the CSV, unless named here."""

    #: The encoding of transport files, which do not say it themselves; SAS7BDAT files do.
    encoding: str | None = None
    #: The text of a number with a SAS date format.
    dates: DateText = "iso"


class OpenClinicaPlace(Strict):
    """The versions of a form: FormOIDs, ItemGroupOIDs and, by column of ours, ItemOIDs where the rule is not enough."""

    form: Texts = ()
    group: Texts = ()
    items: dict[str, Texts] = {}


class OpenClinicaFormat(Events):
    """ODM-XML 1.3 with OpenClinica's extensions; several FormOIDs and ItemOIDs may be versions of one form."""

    #: The StudyOID of the study itself; its sites are studies of their own.
    study: str | None = None
    site: SitePattern = "{site}"
    event: EventPattern = "SE_{EVENT}"
    form: FormPatterns = ("F_{FORM}",)
    group: FormPatterns = ("IG_{FORM}_UNGROUPED", "IG_{FORM}_{FORM}")
    item: ItemPatterns = ("I_{FORM}_{COLUMN}",)
    forms: dict[str, OpenClinicaPlace] = {}

    def places(self, form: str, label: str) -> OpenClinicaPlace:
        """Return where the versions of a form stand."""
        own = self.forms.get(form, OpenClinicaPlace())
        words = form_words(form, label)
        return OpenClinicaPlace(
            form=own.form or tuple(fill(pattern, **words) for pattern in self.form),
            group=own.group or tuple(fill(pattern, **words) for pattern in self.group),
            items=own.items,
        )

    def item_names(self, form: str, column: str, source: str | None) -> tuple[str, ...]:
        """Return the ItemOIDs that may hold a column, the first filled one counts."""
        own = self.forms.get(form, OpenClinicaPlace()).items.get(column)
        words = form_words(form) | column_words(source or column)
        return own or tuple(fill(pattern, **words) for pattern in self.item)


class Formats(Strict):
    """The kinds of export that a study may come in beside ODM-XML and CSV."""

    rave: RaveFormat | None = None
    redcap: RedcapFormat | None = None
    openclinica: OpenClinicaFormat | None = None
    veeva: VeevaFormat | None = None
    xlsx: XlsxFormat | None = None
    sas: SasFormat | None = None

    def strangers(self, forms: Mapping[str, Iterable[str]]) -> Iterator[str]:
        """Yield what the kinds say of forms and columns that the contract does not have."""
        for kind in type(self).model_fields:
            said = getattr(self, kind)
            if said is None:
                continue
            for form in said.forms:
                if form not in forms:
                    yield f"export.formats.{kind}.forms: there is no form '{form}'.{did_you_mean(form, forms)}"
            for path in getattr(said, "columns", {}):
                form, _, column = path.partition(".")
                if column not in forms.get(form, ()):
                    yield f"export.formats.{kind}.columns: there is no column '{path}' (expected such as ae.AETERM)"
