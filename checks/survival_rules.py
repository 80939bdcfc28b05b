"""Rules on contacts that say whether the subject is alive."""

from __future__ import annotations

from collections.abc import Iterator

from checks.datasets import Datasets, definitely_after
from checks.registry import Found, rule


@rule(
    "DQ.ALIVE_AFTER_DEATH",
    "error",
    "The subject is recorded as alive after the date of death. Correct the status, its date or the date of death.",
    needs={"DM": "USUBJID DTHDTC"},
    facts="alive",
)
def alive_after_death(data: Datasets, name: str) -> Iterator[Found]:
    for source in data.facts.alive:
        rows = data.rows_of(source)
        if len(rows):
            dates = data.bounds(source.dataset, source.variable).loc[rows.index]
            late = definitely_after(dates, data.reference(rows["USUBJID"], "DTHDTC"))
            yield Found(source.dataset, rows[late], source.variable, source.variable)
