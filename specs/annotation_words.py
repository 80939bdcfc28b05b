"""The conditions of annotations in words: `DSDECOD = SCREEN FAILURE`, `"Yes"`, `Grade is "3" or "4"`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from clinical.conditions import Test
from specs.model.study import Study
from specs.record_rows import Asked, Item, Use, Variable


def listed_values(values: Iterable[str]) -> str:
    """Return values as `A`, `A or B`, `A, B or C`, each once.

    >>> listed_values(["A", "B", "A", "C"])
    'A, B or C'
    """
    once = list(dict.fromkeys(values))
    return " or ".join((*([", ".join(once[:-1])] if len(once) > 1 else []), *once[-1:]))


def condition_text(asked: Sequence[Asked], dataset: str) -> str:
    """Return what is asked of variables of the dataset itself, empty where nothing is."""
    parts = [
        f"{one.of.name} {_variable_test(one.test)}"
        for one in asked
        if isinstance(one.of, Variable) and one.of.dataset == dataset and (one.test.any_of or one.test.none_of)
    ]
    return " and ".join(dict.fromkeys(parts))


def asked_text(study: Study, item: Item, use: Use) -> str:
    """Return the answers to an item under which a use holds, empty where any answer does."""
    tests = [one.test for one in use.asked() if one.of == item]
    return " and ".join(dict.fromkeys(part for test in tests if (part := _answer(study, item, test))))


def _variable_test(test: Test) -> str:
    wanted, sign = (test.any_of, "=") if test.any_of else (test.none_of or (), "not")
    return f"{sign} {listed_values(wanted)}"


def _answer(study: Study, item: Item, test: Test) -> str:
    parts = []
    if test.any_of:
        parts.append(listed_values(f'"{text}"' for text in _as_printed(study, item, test.any_of)))
    if test.none_of:
        parts.append("not " + listed_values(f'"{text}"' for text in _as_printed(study, item, test.none_of)))
    limits = {"<": test.below, "<=": test.at_most, ">": test.above, ">=": test.at_least}
    parts += [f"{sign} {limit:.15g}" for sign, limit in limits.items() if limit is not None]
    return " and ".join(parts)


def _as_printed(study: Study, item: Item, texts: Sequence[str]) -> list[str]:
    """Return answers as the form prints them; spellings that differ in case are one answer."""
    form = study.raw.forms.get(item.form)
    column = form.columns.get(item.name) if form else None
    printed = [text for text in texts if column and text in column.choices]
    folded = {text.casefold() for text in printed}
    for text in texts:
        if text.casefold() not in folded:
            printed.append(text)
            folded.add(text.casefold())
    return printed
