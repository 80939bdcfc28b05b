"""What RELREC says: which datasets and which records belong together (SDTMIG 3.4, section 8.2)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from specs.model.base import Strict


class RelatedDataset(Strict):
    """A side of a relationship between datasets: records of both sides with one value in `variable` belong together."""

    dataset: str
    variable: str
    type: Literal["ONE", "MANY"]


class RelatedRecord(Strict):
    """A side of a relationship between records: `variable` identifies the record (--SEQ) or a group of them (--GRPID).

    With `key` it is the subject's record whose `key` is the text of the form's `column`; without, the records that were
    made from the row of the form itself.
    """

    dataset: str
    variable: str
    key: str | None = None
    column: str | None = None

    @model_validator(mode="after")
    def _key_and_column(self) -> RelatedRecord:
        if (self.key is None) != (self.column is None):
            raise ValueError("give key and column together, or neither for the records of the row itself")
        return self


class Relationship(Strict):
    """A relationship of two datasets, or of two records for each row of a form."""

    #: RELID, to which the first record's identifier is added; it ends in a letter, so that no two can be alike.
    id: Annotated[str, Field(pattern=r"^[A-Z0-9]*[A-Z]$")]
    datasets: tuple[RelatedDataset, ...] = ()
    form: str | None = None
    records: tuple[RelatedRecord, ...] = ()

    @model_validator(mode="after")
    def _one_kind(self) -> Relationship:
        of_datasets = len(self.datasets) == 2 and self.form is None and not self.records
        of_records = len(self.records) == 2 and self.form is not None and not self.datasets
        if not of_datasets and not of_records:
            raise ValueError("a relationship has two 'datasets', or a 'form' and two 'records'")
        return self

    def names(self) -> tuple[str, ...]:
        """Return the datasets that it relates."""
        return (*(one.dataset for one in self.datasets), *(one.dataset for one in self.records))
