"""What an ADaM dataset may refer to: variables of its own, of ADSL, of records; dates; conditions; numbers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from clinical.conditions import Condition, columns_of
from clinical.errors import Problem, did_you_mean
from specs.lint_types import lint_subject_date
from specs.model.dataset import DatasetSpec
from specs.model.maps import Source
from specs.model.study import Study
from specs.resolve_adam import SUBJECTS
from specs.supplemental import supplemental_name
from specs.yaml_text import YamlText


@dataclass(frozen=True)
class LintedAdam:
    """A dataset with what is needed to name a place in its file."""

    study: Study
    spec: DatasetSpec
    place: YamlText

    def at(self, *path: str | int) -> str:
        """Return the place of a path in the dataset's file, as messages name it."""
        return self.place.place(path)

    def names_of(self, dataset: str) -> Collection[str] | None:
        """Return the variables of a dataset that the study builds; None for any other, which may have any variable.

        Of a dataset that cannot be read nothing is known either. Of SUPP-- these are the names of the qualifiers.
        """
        if {dataset, dataset.removeprefix("SUPP")} & self.study.unread:
            return None
        parent = self.study.sdtm.get(dataset.removeprefix("SUPP"))
        if parent is not None and dataset == supplemental_name(parent.name):
            return [one.name for one in parent.supplemental]
        spec = self.study.adam.get(dataset) or self.study.sdtm.get(dataset)
        return spec.names if spec else None

    def owners(self) -> tuple[str, ...]:
        """Return the datasets that a reference of a map may name."""
        subjects = SUBJECTS[str(self.spec.builder)]
        records = self.spec.rules.records
        return (subjects, records.dataset, supplemental_name(records.dataset)) if records else (subjects,)


def lint_adam_source(dataset: LintedAdam, source: Source, where: str) -> Iterator[Problem]:
    """Yield variables of a source and of its condition that its dataset does not have."""
    for name in (source.variable, *columns_of(source.where)):
        yield from lint_name(dataset.names_of(source.dataset), source.dataset, name, where)


def lint_name(known: Collection[str] | None, dataset: str, name: str, where: str) -> Iterator[Problem]:
    """Yield a variable that is none of those `known` of its dataset; None is known of a dataset that has any."""
    if known is not None and name not in known:
        yield Problem(where, f"{dataset} has no variable '{name}'.{did_you_mean(name, known)}")


def lint_date(dataset: LintedAdam, name: str, where: str) -> Iterator[Problem]:
    """Yield a date that ADSL does not have; of an ADSL that is given, one that it is not required to have."""
    known = dataset.names_of("ADSL")
    yield from lint_name(known, "ADSL", name, where)
    yield from lint_subject_date(dataset.study, dataset.spec, name, where)
    given = known is None and "ADSL" not in dataset.study.unread
    if given and name not in dataset.spec.rules.required.get("ADSL", ()):
        yield Problem(where, f"rests on ADSL.{name}, and ADSL is given. Name {name} under 'required'.")


def lint_adam_condition(dataset: LintedAdam, owner: str, condition: Condition, where: str) -> Iterator[Problem]:
    """Yield variables of a condition that the dataset it is on does not have."""
    for name in columns_of(condition):
        yield from lint_name(dataset.names_of(owner), owner, name, where)


def lint_numbers(dataset: LintedAdam, section: str, numbers: Mapping[str, int]) -> Iterator[Problem]:
    """Yield parameters that have a PARAMN twice: PARAMN and PARAMCD go one to one."""
    seen: dict[int, str] = {}
    for name, number in numbers.items():
        first = seen.setdefault(number, name)
        if first != name:
            place = dataset.at(section, "parameters", name)
            yield Problem(place, f"number {number} is that of {first} already. Give each parameter its own.")
