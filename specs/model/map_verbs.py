"""The mapping verbs that hold no other verb, as data; `specs.model.maps` adds those that do."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from clinical.conditions import Condition
from specs.model.base import Strict, Texts, Where


class Source(Strict):
    """Records of a collected dataset: those with a value in `variable` for which `where` holds.

    Both name variables that the dataset's own forms decide; what waits for other datasets (study days, epochs, --SEQ)
    is not there yet.
    """

    dataset: str
    variable: str
    where: Where = ()


class Verb(Strict):
    """What all verbs share: `where` limits the rows; the others stay missing."""

    where: Where = ()

    def reads(self) -> tuple[str, ...]:
        """Return the references that the verb reads, `where` excepted."""
        return ()

    def reads_own(self) -> tuple[str, ...]:
        """Return the names of variables of the same dataset that the verb reads."""
        return ()

    def sources(self) -> tuple[Source, ...]:
        """Return the records of collected datasets that the verb reads."""
        return ()

    def finished(self) -> tuple[str, ...]:
        """Return the names of the finished datasets that the verb reads."""
        return ()

    def conditions(self) -> tuple[Condition, ...]:
        """Return the conditions that decide for which rows the verb, or a case of it, holds."""
        return (self.where,)


class Assign(Verb):
    """Take the collected text as it stands, without surrounding blanks; `case` turns it upper or lower case."""

    algorithm: Literal["assign"]
    column: str
    case: Literal["upper", "lower"] | None = None

    def reads(self) -> tuple[str, ...]:
        return (self.column,)


class Part(Verb):
    """One part of a collected text that a separator divides: part 1 of `701-1015` is `701`.

    Missing where the text has fewer parts.
    """

    algorithm: Literal["part"]
    column: str
    separator: Annotated[str, Field(min_length=1)]
    number: Annotated[int, Field(ge=1)]

    def reads(self) -> tuple[str, ...]:
        return (self.column,)


class Hardcode(Verb):
    """The same value in every row."""

    algorithm: Literal["hardcode"]
    value: str


class Recode(Verb):
    """The codelist's submission value for the export's text; a text it does not know is a finding.

    `codelist` defaults to the variable's own. `decode` takes the term's decode in place of its value.
    """

    algorithm: Literal["recode"]
    column: str
    codelist: str | None = None
    decode: bool = False

    def reads(self) -> tuple[str, ...]:
        return (self.column,)


class Decode(Verb):
    """The name that belongs to a code, by equal C-code in the paired codelist (VSTEST for VSTESTCD)."""

    algorithm: Literal["decode"]
    variable: str

    def reads_own(self) -> tuple[str, ...]:
        return (self.variable,)


def _formats(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class Iso8601(Verb):
    """Date, time or both as ISO 8601 with unknown parts left unknown (SDTMIG 3.4, 4.4.1 and 4.4.2).

    `columns` are read side by side (date, then time; or year, month, day), `formats` name their layout with the tokens
    `YYYY YY MM M MON DD D hh h mm ss`; of several formats for one column the first that fits is taken. `pivot` is the
    first year that a two-digit year can mean; `unknown` adds texts that stand for an unknown part (`00`, say).
    """

    algorithm: Literal["iso8601"]
    columns: Texts
    formats: Annotated[tuple[Texts, ...], BeforeValidator(_formats)]
    pivot: int | None = None
    unknown: Texts = ()

    def reads(self) -> tuple[str, ...]:
        return self.columns


class Number(Verb):
    """The collected text as a number; text that is no number is a finding."""

    algorithm: Literal["number"]
    column: str

    def reads(self) -> tuple[str, ...]:
        return (self.column,)


class Text(Verb):
    """A number of the same dataset as text, without needless decimals; --STRESC of a numeric result."""

    algorithm: Literal["text"]
    variable: str

    def reads_own(self) -> tuple[str, ...]:
        return (self.variable,)


class Convert(Verb):
    """A number times the factor (plus the offset) that `units.yaml` gives from its unit to the test's standard unit.

    `result` is `value` (the converted number), `text` (the same as text, with the sign of a result such as `<5`, which
    has no number) or `unit` (the standard unit's name). `by` names the variable whose value chooses the quantity,
    usually --TESTCD. With `limit` the value is a limit of the reference range: what is wrong with the unit is said of
    the result, and plausible ranges are for results.
    """

    algorithm: Literal["convert"]
    value: str
    unit: str
    by: str
    result: Literal["value", "text", "unit"] = "value"
    limit: bool = False

    def reads_own(self) -> tuple[str, ...]:
        return (self.value, self.unit, self.by)


class ReferenceRange(Verb):
    """LOW, NORMAL or HIGH by where a number lies to the limits of its reference range; --NRIND.

    `text` names the result as text; where it is below or above a limit of measurement (`<5`), that decides if it can.
    """

    algorithm: Literal["reference_range"]
    value: str
    low: str
    high: str
    text: str | None = None

    def reads_own(self) -> tuple[str, ...]:
        return (self.value, self.low, self.high, *([self.text] if self.text else []))


class Template(Verb):
    """Text with references in braces, as `{_SITE}-{_SUBJECT}`; missing where any part is missing."""

    algorithm: Literal["template"]
    text: str

    def reads(self) -> tuple[str, ...]:
        return tuple(re.findall(r"\{([^}]+)\}", self.text))


class Extreme(Verb):
    """The subject's earliest or latest date among several datasets (compared by what is known of each)."""

    algorithm: Literal["earliest", "latest"]
    of: tuple[Source, ...]
    #: Keep the date only, without its time.
    date_only: bool = False

    def sources(self) -> tuple[Source, ...]:
        return self.of


class Exists(Verb):
    """`value` for a subject who has a record in any of the sources; missing for the others."""

    algorithm: Literal["exists"]
    of: tuple[Source, ...]
    value: str = "Y"

    def sources(self) -> tuple[Source, ...]:
        return self.of


class Related(Verb):
    """A variable of the record in another dataset that belongs to this one.

    Without `key` it is the record that was made from the same row of the form; with it, the subject's record whose
    `key` is the text of `column`, as the line of an adverse event that a medication was given for.
    """

    algorithm: Literal["related"]
    dataset: str
    variable: str
    key: str | None = None
    column: str | None = None

    @model_validator(mode="after")
    def _key_and_column(self) -> Related:
        if (self.key is None) != (self.column is None):
            raise ValueError("related: give key and column together, or neither for the record of the same row")
        return self

    def reads(self) -> tuple[str, ...]:
        return (self.column,) if self.column else ()

    def finished(self) -> tuple[str, ...]:
        return (self.dataset,)


class NotCollected(Verb):
    """Nothing was collected: an Expected variable that stays empty on purpose."""

    algorithm: Literal["not_collected"]


class Function(Verb):
    """A named function of `sdtm.algorithms.functions`, for a rule too odd for a verb."""

    algorithm: Literal["function"]
    name: str
    columns: Texts = ()

    def reads(self) -> tuple[str, ...]:
        return self.columns
