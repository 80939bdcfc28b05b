"""Where a figure's numbers come from, in words, and which pages explain them."""

from __future__ import annotations

from clinical.conditions import Condition, Test
from clinical.wording import condition_in_words
from specs.model.figures import Figure, Rows


def describe_source(figure: Figure) -> str:
    """Return the datasets and filters of a figure: `ADRS where PARAMCD is ORR3M; subjects: SAFFL is Y`."""
    by_dataset: dict[str, list[Condition]] = {}
    for rows in figure.rows():
        by_dataset.setdefault(rows.dataset, []).append(rows.where)
    parts = []
    for name, conditions in by_dataset.items():
        words = [condition_in_words(one) for one in _joined(conditions)]
        said = ", or ".join(dict.fromkeys(one for one in words if one))
        parts.append(f"{name} where {said}" if said else name)
    subjects = condition_in_words(figure.population)
    return "; ".join([*parts, *([f"subjects: {subjects}"] if subjects else [])])


def _joined(conditions: list[Condition]) -> list[Condition]:
    """Return conditions of which those that ask one column for different values, and else the same, are one."""
    joined: list[Condition] = []
    for condition in conditions:
        both = _union(joined[-1], condition) if joined else None
        if both is None:
            joined.append(condition)
        else:
            joined[-1] = both
    return joined


def _union(one: Condition, other: Condition) -> Condition | None:
    """Return the condition that holds where either does, if they differ in the values of one column alone."""
    if len(one) != 1 or len(other) != 1 or list(one[0]) != list(other[0]):
        return None
    differing = [name for name in one[0] if one[0][name] != other[0][name]]
    if len(differing) != 1:
        return None
    first, second = one[0][differing[0]], other[0][differing[0]]
    values = tuple(dict.fromkeys((*(first.any_of or ()), *(second.any_of or ()))))
    if Test(any_of=first.any_of) != first or Test(any_of=second.any_of) != second or not values:
        return None
    return ({**one[0], differing[0]: Test(any_of=values)},)


def traces_of(figure: Figure) -> tuple[tuple[str, str], ...]:
    """Return the dataset and PARAMCD of every parameter that a figure names; nothing in place of PARAMCD without."""
    found = [(rows.dataset, name) for rows in figure.rows() for name in _parameters(rows) or [""]]
    return tuple(dict.fromkeys(found))


def _parameters(rows: Rows) -> list[str]:
    return [name for case in rows.where if "PARAMCD" in case for name in case["PARAMCD"].any_of or ()]
