"""Which variables of which datasets the facts of a study are read from."""

from __future__ import annotations

from collections.abc import Iterator

from clinical.conditions import columns_of
from specs.model.cell_facts import DailyGrades, DosePerWeight, Measurement
from specs.model.facts import Answer, DerivedResponse, Dose, Episode, Implication, Rescue, Response, SecondGrade
from specs.model.lesion_facts import Lesions
from specs.model.maps import Source

#: What rules read of a SUPP-- dataset.
QUALIFIERS = ("USUBJID", "IDVAR", "IDVARVAL", "QNAM", "QVAL")


def fact_columns(fact: object) -> dict[str, tuple[str, ...]]:
    """Return the variables that a fact (one field of `Facts`) reads, by dataset; empty where it is not stated."""
    needed: dict[str, list[str]] = {}
    for one in fact if isinstance(fact, tuple) else (fact,):
        for name, columns in _reads(one):
            needed.setdefault(name, []).extend(columns)
    return {name: tuple(dict.fromkeys(columns)) for name, columns in needed.items()}


def _reads(fact: object) -> Iterator[tuple[str, list[str]]]:
    """Yield dataset and variables of everything that one fact names."""
    if isinstance(fact, Source):
        yield fact.dataset, ["USUBJID", fact.variable, *columns_of(fact.where), *_own_columns(fact)]
    if isinstance(fact, DosePerWeight):
        yield f"SUPP{fact.dataset}", list(QUALIFIERS)
        yield from _reads(fact.weight)
    elif isinstance(fact, DailyGrades):
        yield "AE", ["USUBJID", fact.key]
    elif isinstance(fact, Dose):
        yield fact.dataset, [fact.variable, fact.unit, *columns_of(fact.where)]
    elif isinstance(fact, Implication):
        for rows in (fact.rows, fact.need):
            yield rows.dataset, ["USUBJID", *columns_of(rows.where)]
    elif isinstance(fact, DerivedResponse):
        for part in (fact.assessed, fact.derived):
            yield part.dataset, ["USUBJID", "AVALC", fact.by, *fact.why, *columns_of(part.where)]
    elif isinstance(fact, SecondGrade):
        yield "AE", ["USUBJID", fact.grade, *columns_of(fact.where)]
        yield "SUPPAE", list(QUALIFIERS)
    elif isinstance(fact, Lesions):
        yield from fact.reads()
    elif isinstance(fact, Rescue):
        for source in (fact.medication, fact.event, *fact.alternatives):
            yield from _reads(source)


def _own_columns(fact: Source) -> list[str]:
    """Return what a fact reads of its records beside their date and what `where` asks."""
    if isinstance(fact, DailyGrades):
        return [fact.result, fact.event, *(columns_of(fact.score.where) if fact.score else ())]
    if isinstance(fact, Response | Answer | Measurement):
        return [fact.result]
    if isinstance(fact, DosePerWeight):
        return [fact.dose]
    return [fact.end] if isinstance(fact, Episode) else []
