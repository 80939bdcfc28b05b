"""Verbs of an ADaM `map:` that look at a subject's records in a period: is there one, how many, what does one say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from specs.model.adam_verb import Verb
from specs.model.base import Texts
from specs.model.facts import Sources
from specs.model.lesion_facts import Lesions
from specs.model.maps import Source

if TYPE_CHECKING:
    from specs.model.adam_maps import AdamMap


class _InPeriod(Verb):
    """What all of them share: `after` (later than a date) and `until` (on or before one) limit the records.

    With either, a record counts only if it lies in the period whatever its partial date means; a subject who lacks
    the limiting date has no record in the period.
    """

    after: AdamMap | None = None
    until: AdamMap | None = None

    def inner(self) -> tuple[AdamMap, ...]:
        return tuple(limit for limit in (self.after, self.until) if limit is not None)

    def dates(self) -> tuple[str, ...]:
        return tuple(name for limit in self.inner() for name in limit.passed_on())


class Exists(_InPeriod):
    """Y where the subject has a record in any of the sources that is not after the cut-off, else N."""

    algorithm: Literal["exists"]
    of: Sources

    def sources(self) -> tuple[Source, ...]:
        return self.of


class CountRecords(_InPeriod):
    """How many records the subject has in the sources, or how many `distinct` values of a variable in them."""

    algorithm: Literal["count"]
    of: Sources
    distinct: str | None = None

    def sources(self) -> tuple[Source, ...]:
        return self.of

    def columns(self) -> tuple[str, ...]:
        return (self.distinct,) if self.distinct else ()


class RecordValue(_InPeriod):
    """A value of the subject's earliest or latest record (`of` names its date).

    `SUPPMH.MHSTAGE` is a supplemental qualifier of the record, `MHTERM` a variable of its own.
    """

    algorithm: Literal["record_value"]
    of: Source
    value: str
    pick: Literal["earliest", "latest"] = "latest"

    def sources(self) -> tuple[Source, ...]:
        return (self.of,)

    def columns(self) -> tuple[str, ...]:
        return () if self.qualifier else (self.value,)

    def more(self) -> tuple[str, ...]:
        return (self.value.partition(".")[0],) if self.qualifier else ()

    @property
    def qualifier(self) -> str:
        """The name of the supplemental qualifier; empty for a variable of the record."""
        return self.value.partition(".")[2]


class LesionBurden(_InPeriod):
    """What the last measurements of the subject's target lesions amount to.

    `sum_of_products` (mm2) and `sum_of_diameters` (mm) are of the targets, `longest` is the longest diameter of any
    lesion that was measured (mm), `targets` the number of targets. `evaluator` is whose records are meant (--EVAL;
    empty: all of them).
    """

    algorithm: Literal["lesion_burden"]
    lesions: Lesions
    evaluator: Texts = ()
    part: Literal["sum_of_products", "sum_of_diameters", "longest", "targets"]

    def sources(self) -> tuple[Source, ...]:
        return (self.lesions.identified, self.lesions.measured)
