"""What the trial says, in large figures: numbers picked from the records of the results."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from clinical.conditions import matches
from specs.model.headline import HeadlineItem, fill_places, places_of

#: How a number that is not estimable is shown in the results.
NOT_ESTIMABLE = "NE"


@dataclass(frozen=True)
class Headline:
    """A large figure as it is shown; `table` is the id of the table that it stands in."""

    label: str
    value: str
    detail: str
    table: str


def pick_headline(items: Iterable[HeadlineItem], records: pd.DataFrame) -> tuple[Headline, ...]:
    """Return the large figures of which all numbers are among the records, in their order.

    **Rule**: a number is the TEXT of the first record of the table, for which the condition holds, with its STATISTIC.
    **Missing**: an item whose table, or one of whose numbers, is not there is left out.
    """
    return tuple(found for item in items if (found := _pick(item, records)) is not None)


def _pick(item: HeadlineItem, records: pd.DataFrame) -> Headline | None:
    own = records[(records["ANALYSIS"] == item.table).to_numpy() & matches(records, item.where)]
    first = own.drop_duplicates("STATISTIC")
    numbers: dict[str, str] = dict(zip(first["STATISTIC"], first["TEXT"], strict=True))
    asked = (*places_of(item.value), *places_of(item.detail))
    if not all(name in numbers for name in asked):
        return None
    unknown = any(numbers[name] == NOT_ESTIMABLE for name in places_of(item.value))
    value = item.not_estimable if unknown else fill_places(item.value, numbers)
    return Headline(item.label, value, fill_places(item.detail, numbers), item.table)
