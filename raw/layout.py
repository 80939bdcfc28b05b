"""The header of a table held against the contract: where keys and columns stand, and what is missing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from clinical import provenance
from clinical.errors import RawDataError, did_you_mean, listed
from raw.reading import refuse
from specs.model.raw import Form, Identity


@dataclass(frozen=True)
class Asked:
    """What is asked of a form's table, in the names that the table uses.

    Attributes:
        columns: the contract's columns: our name -> the table's.
        optional: those of our columns that may be absent.
        identity: the key columns; `own` are the roles that the form itself names.
        extra: columns that a reader asks for itself, read where they are there.
        ignored: columns, in small letters, that are no data: neither compared nor reported.
    """

    columns: dict[str, str]
    optional: frozenset[str]
    identity: Identity
    own: frozenset[str] = frozenset()
    extra: dict[str, str] = field(default_factory=dict)
    ignored: Collection[str] = frozenset()


@dataclass(frozen=True)
class Layout:
    """Where in a row what is asked for stands.

    `others` are positions that nobody asks for, compared when records are held against each other.
    """

    columns: dict[str, int]
    keys: dict[str, int]
    others: tuple[int, ...]

    @property
    def names(self) -> list[str]:
        """Return the keys and columns that the table has."""
        return [*self.keys, *self.columns]

    @property
    def positions(self) -> list[int]:
        """Return their positions, in the order of `names`."""
        return [*self.keys.values(), *self.columns.values()]


def ask(form: Form, identity: Identity) -> Asked:
    """Return what a contract asks of a form's CSV."""
    return Asked(
        columns={name: column.source or name for name, column in form.columns.items()},
        optional=frozenset(name for name, column in form.columns.items() if column.optional),
        identity=identity,
        own=frozenset(role for role, column in form.identity.model_dump().items() if column),
    )


def lay_out(
    header: Sequence[str], where: str, name: str, form: Form, asked: Asked, *, any_case: bool = False
) -> Layout:
    """Return where in a table what is asked for stands.

    Args:
        any_case: whether names that differ in capitals only are the same, as in SAS.

    Raises:
        RawDataError: everything that is missing, in one error.
    """
    places = _Places(header, any_case)
    problems = []
    columns = {}
    for column, source in asked.columns.items():
        position = places.find(source)
        if position is not None:
            columns[column] = position
        elif column not in asked.optional:
            problems.append(missing_column(where, source, name, header))
    keys, absent = _key_places(places, form, asked)
    problems += [missing_column(where, column, name, header) for column in absent]
    if provenance.SUBJECT not in keys and not asked.identity.subject:
        problems.append(f"raw.yaml: form '{name}' has no subject column. Name it as `identity.subject`.")
    refuse(problems)
    for column, source in asked.extra.items():
        position = places.find(source)
        if position is not None:
            columns[column] = position
    used = {*columns.values(), *keys.values()}
    others = tuple(
        position
        for position, column in enumerate(header)
        if position not in used and column.casefold() not in asked.ignored
    )
    return Layout(columns, keys, others)


def refuse_twice(header: Sequence[str], where: str) -> None:
    """Raise where a column name stands twice."""
    twice = sorted({column for column in header if header.count(column) > 1})
    if twice:
        shown = listed([column or "(unnamed)" for column in twice])
        raise RawDataError(f"{where}: column names stand more than once ({shown}). Export the file again.")


def missing_column(where: str, column: str, form: str, header: Sequence[str]) -> str:
    """Return the sentence that says a column is not there."""
    return (
        f"{where}: column '{column}' is missing; form '{form}' needs it.{did_you_mean(column, header)} "
        f"Columns present: {listed(header, 60)}. Fix the export or raw.yaml."
    )


class _Places:
    """The positions of a header's columns by name."""

    def __init__(self, header: Sequence[str], any_case: bool) -> None:
        self._exact = {column: position for position, column in enumerate(header)}
        self._folded = {column.casefold(): position for column, position in self._exact.items()} if any_case else {}

    def find(self, column: str) -> int | None:
        """Return a column's position."""
        position = self._exact.get(column)
        return self._folded.get(column.casefold()) if position is None else position


def _key_places(places: _Places, form: Form, asked: Asked) -> tuple[dict[str, int], list[str]]:
    """Return the positions of the keys that the table has, and the key columns that it lacks and must have.

    Subject, site and event must be there when the contract names a column for them, and so must every key that the
    form itself names. A repeat key that the form only inherits may be absent; but a repeating form must have its
    form repeat or its group repeat. A form says with an empty name that it has no such key.
    """
    named = {f"_{role.upper()}": column for role, column in asked.identity.model_dump().items() if column}
    must = {provenance.SUBJECT, provenance.SITE, provenance.EVENT} | {f"_{role.upper()}" for role in asked.own}
    found = {key: places.find(column) for key, column in named.items()}
    keys = {key: position for key, position in found.items() if position is not None}
    absent = [column for key, column in named.items() if key in must and key not in keys]
    lines = {provenance.FORM_REPEAT, provenance.GROUP_REPEAT} & set(named)
    if form.repeating and lines and not lines & set(keys):
        absent += [named[key] for key in sorted(lines) if named[key] not in absent]
    return keys, absent
