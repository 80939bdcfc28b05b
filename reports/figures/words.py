"""Where a figure's numbers come from, in words, and which pages explain them."""

from __future__ import annotations

from collections.abc import Iterator

from clinical.conditions import Condition, Test
from specs.model.figures import Figure, Rows

_LIMITS = (("below", "below"), ("at_most", "at most"), ("above", "above"), ("at_least", "at least"))


def describe_source(figure: Figure) -> str:
    """Return the datasets and filters of a figure: `ADRS where PARAMCD is ORR3M; subjects: SAFFL is Y`."""
    by_dataset: dict[str, list[str]] = {}
    for rows in figure.rows():
        words = describe_condition(rows.where)
        known = by_dataset.setdefault(rows.dataset, [])
        if words and words not in known:
            known.append(words)
    parts = [f"{name} where {', or '.join(said)}" if said else name for name, said in by_dataset.items()]
    subjects = describe_condition(figure.population)
    return "; ".join([*parts, *([f"subjects: {subjects}"] if subjects else [])])


def describe_condition(condition: Condition) -> str:
    """Return a condition in words; empty where it holds everywhere."""
    cases = [" and ".join(_describe(name, test) for name, test in case.items()) for case in condition]
    return " or ".join(f"({case})" if len(cases) > 1 and " and " in case else case for case in cases)


def _describe(name: str, test: Test) -> str:
    return " and ".join(f"{name} is {words}" for words in _tests(test))


def _tests(test: Test) -> Iterator[str]:
    if test.any_of is not None:
        yield _either(test.any_of)
    if test.none_of is not None:
        yield f"not {_either(test.none_of)}"
    if test.present is not None:
        yield "present" if test.present else "missing"
    for key, words in _LIMITS:
        limit = getattr(test, key)
        if limit is not None:
            yield f"{words} {limit:g}"


def _either(values: tuple[str, ...]) -> str:
    return values[0] if len(values) == 1 else f"{', '.join(values[:-1])} or {values[-1]}"


def traces_of(figure: Figure) -> tuple[tuple[str, str], ...]:
    """Return the dataset and PARAMCD of every parameter that a figure names; nothing in place of PARAMCD without."""
    found = [(rows.dataset, name) for rows in figure.rows() for name in _parameters(rows) or [""]]
    return tuple(dict.fromkeys(found))


def _parameters(rows: Rows) -> list[str]:
    return [name for case in rows.where if "PARAMCD" in case for name in case["PARAMCD"].any_of or ()]
