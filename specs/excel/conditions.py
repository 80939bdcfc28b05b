"""Where clauses: conditions of value-level metadata as the workbook writes them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Mapping

#: The longest identifier of a where clause that is made from its condition.
_LONGEST = 60


def written_value(values: tuple[str, ...]) -> tuple[str, str]:
    """Return comparator and value of a condition: one value as it stands, several as `A, B`.

    Of several values, those with a comma or a quote stand in quotes, as in CSV.
    """
    if len(values) == 1:
        return "EQ", values[0]
    return "IN", ", ".join(_quoted(value) for value in values)


def read_values(comparator: str, value: str) -> tuple[str, ...]:
    """Return the values of a where clause's row."""
    if comparator not in ("IN", "NOTIN"):
        return (value,)
    return tuple(next(csv.reader(io.StringIO(value), skipinitialspace=True), ()))


def clause_id(dataset: str, variable: str, where: Mapping[str, tuple[str, ...]], taken: Collection[str]) -> str:
    """Return an identifier made from the condition, with a number behind it where it is taken."""
    words = [re.sub(r"[^A-Za-z0-9]+", "_", value).strip("_") for values in where.values() for value in values]
    name = ".".join(["WC", dataset, variable, *words])[:_LONGEST]
    number, unique = 1, name
    while unique in taken:
        number += 1
        unique = f"{name}.{number}"
    return unique


def _quoted(value: str) -> str:
    plain = value and value == value.strip() and not set(value) & set('",\n')
    return value if plain else '"' + value.replace('"', '""') + '"'
