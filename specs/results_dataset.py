"""The results dataset: its columns, and the statistics that each kind of table puts into it.

`reports.results` computes them; here stands what may be asked of them.
"""

from __future__ import annotations

from functools import singledispatch

from specs.model.tables import (
    CategoriesTable,
    DiscordanceTable,
    EventProfileTable,
    OccurrenceTable,
    ProportionTable,
    ShiftTable,
    SurvivalTable,
    Table,
)

#: VALUE alone is a number.
COLUMNS = (
    "ANALYSIS", "SECTION", "TITLE", "DATASET", "FILTER", "POPULATION", "PARAMCD", "GROUP", "STATISTIC", "VALUE", "TEXT",
    "METHOD",
)  # fmt: skip
_SHARE = ("COUNT", "N", "PERCENT")
_LIMITS = ("LOWER", "UPPER")
_SPREAD = ("MEDIAN", "Q1", "Q3", "MIN", "MAX")


@singledispatch
def statistics_of(table: Table) -> tuple[str, ...]:
    """Return the statistics that a table may have; some only where the data have what they count."""
    raise TypeError(f"no statistics are known of a table by {table.method}")


@statistics_of.register
def _proportion(table: ProportionTable) -> tuple[str, ...]:
    return (*_SHARE, *(_LIMITS if table.interval else ()))


@statistics_of.register
def _categories(table: CategoriesTable) -> tuple[str, ...]:
    summed = ("MEAN", "SD", *_SPREAD, "MISSING") if any(block.summary for block in table.blocks) else ()
    return (*_SHARE, *(_LIMITS if table.interval else ()), *summed)


@statistics_of.register
def _survival(table: SurvivalTable) -> tuple[str, ...]:
    quantiles = ("MEDIAN", "Q1", "Q3", *(("FOLLOWUP",) if table.follow_up else ()))
    limited = [f"{name}{end}" for name in quantiles for end in ("", "_LOWER", "_UPPER")]
    landmarks = ("SURVIVAL", *_LIMITS, "AT_RISK") if table.landmarks else ()
    return ("COUNT", "EVENTS", "CENSORED", "PERCENT", *limited, *landmarks, "MIN", "MAX")


@statistics_of.register
def _occurrence(table: OccurrenceTable) -> tuple[str, ...]:
    return ("COUNT", "PERCENT", "RECORDS")


@statistics_of.register
def _profile(table: EventProfileTable) -> tuple[str, ...]:
    days = [f"{what}_{name}" for what in ("ONSET", "DURATION") for name in ("COUNT", *_SPREAD)]
    return (*_SHARE, "RECORDS", *days, "ONGOING", "NO_END")


@statistics_of.register(ShiftTable | DiscordanceTable)
def _crossed(table: ShiftTable | DiscordanceTable) -> tuple[str, ...]:
    return _SHARE
