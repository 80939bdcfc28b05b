"""What stands on an annotated CRF: the annotations of a form, of its items, and of the datasets that it feeds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from specs.record_rows import Item
from specs.supplemental import supplemental_name

Kind = Literal["value", "constant", "source", "relationship"]


@dataclass(frozen=True)
class Annotation:
    """What stands beside an item, or on top of a form where the item's name is empty.

    `value`: the variable takes the item's value; `constant`: it is `value`; `source`: the item only decides about the
    variable, or about which records there are; `relationship`: a sentence on RELREC. `when` is the condition, `tests`
    are the test codes of the records in which the variable is so, empty for all of the form's.
    """

    item: Item
    dataset: str
    variable: str
    kind: Kind = "value"
    supplemental: bool = False
    value: str = ""
    when: str = ""
    tests: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """Dataset and variable as define.xml knows them: a qualifier stands in SUPP-- under its QNAM."""
        return (supplemental_name(self.dataset) if self.supplemental else self.dataset, self.variable)

    @property
    def name(self) -> str:
        """The variable as it is written: `AETERM`, `AERELLD in SUPPAE`."""
        return f"{self.variable} in {supplemental_name(self.dataset)}" if self.supplemental else self.variable

    @property
    def text(self) -> str:
        """The whole annotation."""
        if self.kind == "relationship":
            return self.value
        if self.kind == "source":
            return f"Decides on {self.name}" if self.variable else f"Decides on records of {self.dataset}"
        return self.name + (f" = {self.value}" if self.value else "") + _condition(self.when)


def _condition(when: str) -> str:
    return f" {when}" if when.startswith("otherwise") else f" when {when}" if when else ""


@dataclass(frozen=True)
class FormDataset:
    """A dataset that a form gives records or variables to; `when` says at which events, where not at all of them.

    `tests` are the test codes of its records, empty where there are none or the data decide.
    """

    name: str
    label: str
    when: str = ""
    tests: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The annotation of the dataset: `AE (Adverse Events)`."""
        return f"{self.name} ({self.label})" + _condition(self.when)


@dataclass(frozen=True)
class FormAnnotations:
    """All that is said of a form: its datasets, what holds for the form as a whole, and its items.

    Items that identify the record are called as in maps: `_SUBJECT`, `_EVENT`, `_GROUP_REPEAT`.
    """

    form: str
    datasets: tuple[FormDataset, ...] = ()
    whole: tuple[Annotation, ...] = ()
    items: Mapping[str, tuple[Annotation, ...]] = field(default_factory=dict)

    def all(self) -> tuple[Annotation, ...]:
        """Return every annotation of the form."""
        return (*self.whole, *(one for group in self.items.values() for one in group))
