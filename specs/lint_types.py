"""Checks of the types that verbs and rules need: which references must be numbers, and which dates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from clinical.errors import Problem
from specs.model.adam_verb import Verb
from specs.model.dataset import DatasetSpec, VariableSpec
from specs.model.study import Study
from specs.supplemental import supplemental_name

_Kind = Literal["text", "number", "date"]
_DATE_FORMAT = "DATE9."
_WANTED: dict[_Kind, str] = {
    "number": "Name a variable of type Num that is no date.",
    "date": f"Name a date (type Num, format {_DATE_FORMAT}).",
}


def lint_verb_types(study: Study, spec: DatasetSpec, verb: Verb, where: str) -> Iterator[Problem]:
    """Yield the references of a verb that are of another type than it needs; one that is not known is not judged."""
    algorithm = str(getattr(verb, "algorithm", ""))
    wanted: tuple[tuple[_Kind, tuple[str, ...]], ...] = (("number", verb.numbers()), ("date", verb.dates()))
    for kind, references in wanted:
        for reference in dict.fromkeys(references):
            yield from _lint_kind(_kind_of(study, spec, reference), kind, f"{algorithm}: '{reference}'", where)


def lint_subject_date(study: Study, spec: DatasetSpec, name: str, where: str) -> Iterator[Problem]:
    """Yield a variable of ADSL that the rules of a dataset use as a date, and that is none."""
    reference = f"ADSL.{name}"
    yield from _lint_kind(_kind_of(study, spec, reference), "date", f"'{reference}'", where)


def _lint_kind(found: _Kind | None, wanted: _Kind, what: str, where: str) -> Iterator[Problem]:
    if found not in (None, wanted):
        yield Problem(where, f"{what} is a {found}, where a {wanted} is needed. {_WANTED[wanted]}")


def _kind_of(study: Study, spec: DatasetSpec, reference: str) -> _Kind | None:
    """Return what a reference holds; None where the study does not say. A supplemental qualifier is a text."""
    owner, dot, name = reference.rpartition(".")
    parent = study.sdtm.get(owner.removeprefix("SUPP"))
    if parent is not None and owner == supplemental_name(parent.name):
        return "text"
    dataset = (study.adam.get(owner) or study.sdtm.get(owner)) if dot else spec
    found = next((one for one in dataset.variables if one.name == name), None) if dataset else None
    return _kind(found) if found else None


def _kind(variable: VariableSpec) -> _Kind:
    if variable.type == "Char":
        return "text"
    return "date" if variable.format == _DATE_FORMAT else "number"
