"""Verbs for analysis datasets with one row for each record of an SDTM dataset (ADAE, ADCM, ADLB)."""

from __future__ import annotations

from typing import Literal

from specs.model.adam_bds_maps import BdsVerb
from specs.model.adam_verb import Verb
from specs.model.base import SasName, SomeTexts, Strict, Texts, Where
from specs.model.responses import Windows


class AnalysisRecords(Strict):
    """`records:` of an ADaM dataset: one row for each record of `dataset` for which `where` holds.

    Only subjects of ADSL for whom `population` holds have rows. The maps of the variables may read the record
    (`AE.AETERM`), its supplemental qualifiers (`SUPPAE.ASTCTGR`, by QNAM) and the subject (`ADSL.TRTSDT`).
    """

    dataset: SasName
    where: Where = ()
    population: Where = ()
    #: The analysis visits that the verb `analysis_visit` tells.
    windows: Windows = ()


class AnalysisDate(Verb):
    """The date of the record; a partial one is completed within what is known of it, or left out (`to: none`).

    A partial date is the `anchor`, where it can mean that day, else the first or last day that it can mean (`to`).
    `not_before` and `not_after` narrow what it can mean. A date after the cut-off is missing, and so is one without
    its year.
    """

    algorithm: Literal["analysis_date"]
    of: str
    to: Literal["first", "last", "none"]
    anchor: str | None = None
    not_before: Texts = ()
    not_after: Texts = ()

    def reads(self) -> tuple[str, ...]:
        return (self.of, *([self.anchor] if self.anchor else []), *self.not_before, *self.not_after)

    def dates(self) -> tuple[str, ...]:
        return (self.anchor,) if self.anchor else ()


class StudyDay(Verb):
    """The day of a date counted from another: that date is day 1, the day before it day -1.

    `before: missing` leaves out days before the reference.
    """

    algorithm: Literal["study_day"]
    date: str
    reference: str
    before: Literal["keep", "missing"] = "keep"

    def reads(self) -> tuple[str, ...]:
        return (self.date, self.reference)

    def dates(self) -> tuple[str, ...]:
        return (self.date, self.reference)


class CompareDates(Verb):
    """Y where a date is after (on or after, before, on or before) another one, else missing."""

    algorithm: Literal["compare_dates"]
    date: str
    order: Literal["after", "on_or_after", "before", "on_or_before"]
    reference: str

    def reads(self) -> tuple[str, ...]:
        return (self.date, self.reference)

    def dates(self) -> tuple[str, ...]:
        return (self.date, self.reference)


class FirstRecord(Verb):
    """Y on one record of each group: of those for which `where` holds the first by `order`, else missing.

    `by` names the group (USUBJID for the subject). With `highest`, only records with the group's highest value of that
    number compete. Missing values come last in `order`.
    """

    algorithm: Literal["first_record"]
    by: SomeTexts
    where: Where = ()
    highest: str | None = None
    order: SomeTexts

    def reads(self) -> tuple[str, ...]:
        others = (*self.by, *([self.highest] if self.highest else []), *self.order)
        return tuple(dict.fromkeys((*super().reads(), *others)))

    def numbers(self) -> tuple[str, ...]:
        return (self.highest,) if self.highest else ()

    def own_conditions(self) -> tuple[Where, ...]:
        return (self.where,)


#: The verbs that need rows with records.
RowVerb = AnalysisDate | StudyDay | CompareDates | FirstRecord | BdsVerb
