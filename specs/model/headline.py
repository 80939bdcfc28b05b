"""The large figures at the head of a report as data: `headline:` of `analyses.yaml`."""

from __future__ import annotations

import re

from pydantic import model_validator

from specs.model.base import Strict, Where

_PLACE = re.compile(r"\{([^{}]*)\}")


class HeadlineItem(Strict):
    """One large figure: what it is called, the number, and a sentence under it.

    `table` is the id of a table, `where` selects among its records in the results (PARAMCD, GROUP). `value` and
    `detail` are texts in which `{STATISTIC}` stands for the number of the first such record, as it is shown in the
    table. Where a number of `value` is not estimable, `not_estimable` stands in place of the whole.
    """

    label: str
    table: str
    where: Where = ()
    value: str
    detail: str = ""
    not_estimable: str = "Not estimable"

    @model_validator(mode="after")
    def _value_has_a_number(self) -> HeadlineItem:
        if not places_of(self.value):
            raise ValueError("'value' names no statistic; write one as {PERCENT} or {MEDIAN}")
        return self


def places_of(text: str) -> tuple[str, ...]:
    """Return the statistics that a text names in braces, each once."""
    return tuple(dict.fromkeys(_PLACE.findall(text)))


def fill_places(text: str, numbers: dict[str, str]) -> str:
    """Return a text with the numbers in the place of their names."""
    return _PLACE.sub(lambda found: numbers[found[1]], text)
