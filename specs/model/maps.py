"""The mapping verbs as data: what a `map:` may say. `sdtm.algorithms` holds what each of them does.

References in `column`, `columns` and `where` are of three kinds:

- `AESTDAT`: a column of the form the record comes from (or one that `stack:` made);
- `ic.ICDAT`: a column of another form, joined by subject, where that form has one row a subject;
- `AE.AESTDTC`: a variable of the dataset being built; of another dataset (in practice `DM.RFSTDTC`), joined by subject.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from clinical.conditions import Condition, columns_of
from specs.model.base import Strict, Texts, Where


class _Map(Strict):
    """What all verbs share: `where` limits the rows; the others stay missing."""

    where: Where = ()

    def reads(self) -> tuple[str, ...]:
        """Return the references that the verb reads, `where` excepted."""
        return ()

    def reads_own(self) -> tuple[str, ...]:
        """Return the names of variables of the same dataset that the verb reads."""
        return ()

    def inner(self) -> tuple[Map, ...]:
        """Return the maps inside this one."""
        return ()

    def conditions(self) -> tuple[Condition, ...]:
        """Return the conditions that decide for which rows the verb, or a case of it, holds."""
        return (self.where,)


class Assign(_Map):
    """Take the collected text as it stands, without surrounding blanks; `case` turns it upper or lower case."""

    algorithm: Literal["assign"]
    column: str
    case: Literal["upper", "lower"] | None = None

    def reads(self) -> tuple[str, ...]:
        return (self.column,)


class Hardcode(_Map):
    """The same value in every row."""

    algorithm: Literal["hardcode"]
    value: str


class Recode(_Map):
    """The codelist's submission value for the export's text; a text it does not know is a finding.

    `codelist` defaults to the variable's own. `decode` takes the term's decode in place of its value.
    """

    algorithm: Literal["recode"]
    column: str
    codelist: str | None = None
    decode: bool = False

    def reads(self) -> tuple[str, ...]:
        return (self.column,)


class Decode(_Map):
    """The name that belongs to a code, by equal C-code in the paired codelist (VSTEST for VSTESTCD)."""

    algorithm: Literal["decode"]
    variable: str

    def reads_own(self) -> tuple[str, ...]:
        return (self.variable,)


class Iso8601(_Map):
    """Date, time or both as ISO 8601 with unknown parts left unknown (SDTMIG 3.4, 4.4.1 and 4.4.2).

    `columns` are read side by side (date, then time; or year, month, day), `formats` name their layout with the tokens
    `YYYY YY MM M MON DD D HH mm ss`; of several formats for one column the first that fits is taken. `pivot` is the
    first year that a two-digit year can mean; `unknown` adds texts that stand for an unknown part (`00`, say).
    """

    algorithm: Literal["iso8601"]
    columns: Texts
    formats: Annotated[tuple[Texts, ...], BeforeValidator(lambda value: _formats(value))]
    pivot: int | None = None
    unknown: Texts = ()

    def reads(self) -> tuple[str, ...]:
        return self.columns


def _formats(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


class Number(_Map):
    """The collected text as a number; text that is no number is a finding."""

    algorithm: Literal["number"]
    column: str

    def reads(self) -> tuple[str, ...]:
        return (self.column,)


class Text(_Map):
    """A number of the same dataset as text, without needless decimals; --STRESC of a numeric result."""

    algorithm: Literal["text"]
    variable: str

    def reads_own(self) -> tuple[str, ...]:
        return (self.variable,)


class Convert(_Map):
    """A number times the factor (plus the offset) that `units.yaml` gives from its unit to the test's standard unit.

    `result` is `value` (the converted number) or `unit` (the standard unit's name). `by` names the variable whose value
    chooses the quantity, usually --TESTCD.
    """

    algorithm: Literal["convert"]
    value: str
    unit: str
    by: str
    result: Literal["value", "unit"] = "value"

    def reads_own(self) -> tuple[str, ...]:
        return (self.value, self.unit, self.by)


class First(_Map):
    """The first source that has a value."""

    algorithm: Literal["first"]
    of: tuple[Map, ...]

    def inner(self) -> tuple[Map, ...]:
        return self.of


class Case(Strict):
    """One branch of `when`."""

    where: Where
    map: Map


class When(_Map):
    """The map of the first case whose condition holds, else `otherwise`."""

    algorithm: Literal["when"]
    cases: tuple[Case, ...]
    otherwise: Map | None = None

    def inner(self) -> tuple[Map, ...]:
        return (*(case.map for case in self.cases), *((self.otherwise,) if self.otherwise else ()))

    def conditions(self) -> tuple[Condition, ...]:
        return (self.where, *(case.where for case in self.cases))


class Template(_Map):
    """Text with references in braces, as `{_SITE}-{_SUBJECT}`; missing where any part is missing."""

    algorithm: Literal["template"]
    text: str

    def reads(self) -> tuple[str, ...]:
        return tuple(re.findall(r"\{([^}]+)\}", self.text))


class Source(Strict):
    """Dates of one variable of a collected dataset, for `earliest` and `latest`."""

    dataset: str
    variable: str
    where: Where = ()


class Extreme(_Map):
    """The subject's earliest or latest date among several datasets (compared by what is known of each)."""

    algorithm: Literal["earliest", "latest"]
    of: tuple[Source, ...]
    #: Keep the date only, without its time.
    date_only: bool = False


class StudyDay(_Map):
    """Days from the reference date, no day 0 (SDTMIG 3.4, 4.4.4); missing for a partial date."""

    algorithm: Literal["study_day"]
    date: str
    reference: str = "DM.RFSTDTC"

    def reads(self) -> tuple[str, ...]:
        return (self.reference,)

    def reads_own(self) -> tuple[str, ...]:
        return (self.date,)


class Epoch(_Map):
    """The epoch of the element of SE in which the date falls (SDTMIG 3.4, 4.1.3)."""

    algorithm: Literal["epoch"]
    date: str

    def reads_own(self) -> tuple[str, ...]:
        return (self.date,)


class Sequence(_Map):
    """--SEQ: 1, 2, … within the subject in the order of the dataset's keys, then of the collected record."""

    algorithm: Literal["sequence"]


class LastBefore(_Map):
    """Y on the last record with a result before the reference date, by test; --LOBXFL (SDTMIG 3.4, 4.5.9)."""

    algorithm: Literal["last_before"]
    date: str
    result: str
    by: tuple[str, ...]
    reference: str = "DM.RFXSTDTC"
    #: Whether a record on the reference date itself counts where times do not decide.
    same_day: bool = True

    def reads(self) -> tuple[str, ...]:
        return (self.reference,)

    def reads_own(self) -> tuple[str, ...]:
        return (self.date, self.result, *self.by)


class Visit(_Map):
    """VISITNUM, VISIT or VISITDY of the record's event, from the study's visits; unscheduled events included."""

    algorithm: Literal["visit"]
    part: Literal["VISITNUM", "VISIT", "VISITDY"]


class NotCollected(_Map):
    """Nothing was collected: an Expected variable that stays empty on purpose."""

    algorithm: Literal["not_collected"]


class Function(_Map):
    """A named function of `sdtm.algorithms.functions`, for a rule too odd for a verb."""

    algorithm: Literal["function"]
    name: str
    columns: Texts = ()

    def reads(self) -> tuple[str, ...]:
        return self.columns


Map = Annotated[
    Assign
    | Hardcode
    | Recode
    | Decode
    | Iso8601
    | Number
    | Text
    | Convert
    | First
    | When
    | Template
    | Extreme
    | StudyDay
    | Epoch
    | Sequence
    | LastBefore
    | Visit
    | NotCollected
    | Function,
    Field(discriminator="algorithm"),
]

for _model in (First, Case, When):
    _model.model_rebuild()


def walk(outer: Map) -> tuple[Map, ...]:
    """Return a map and all maps inside it."""
    return (outer, *(found for inner in outer.inner() for found in walk(inner)))


def references_of(outer: Map) -> tuple[str, ...]:
    """Return every reference of a map and the maps inside it, conditions included, each once."""
    return tuple(
        dict.fromkeys(
            reference
            for one in walk(outer)
            for reference in (*one.reads(), *(name for where in one.conditions() for name in columns_of(where)))
        )
    )


def own_variables_of(outer: Map) -> tuple[str, ...]:
    """Return the variables of the same dataset that a map and the maps inside it name, each once."""
    return tuple(dict.fromkeys(name for one in walk(outer) for name in one.reads_own()))


def sources_of(outer: Map) -> tuple[Source, ...]:
    """Return what a map reads of other collected datasets."""
    return tuple(source for one in walk(outer) if isinstance(one, Extreme) for source in one.of)
