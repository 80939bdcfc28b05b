"""SDTMIG and ADaMIG as tables: datasets with their variables, and how a study's variable name finds its entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from itertools import groupby
from operator import itemgetter
from typing import cast

from specs.standards import adam_names
from specs.standards.entry import Core, DataType, StandardVariable
from specs.standards.tables import BUNDLED, read_table, unknown_version, versions_at_hand

SDTM_DATASETS = ("name", "label", "class", "structure", "keys")
SDTM_VARIABLES = ("dataset", "order", "name", "label", "type", "role", "core", "codelist", "format")
ADAM_STRUCTURES = ("name", "label", "class", "subclass", "parent", "structure", "keys")
ADAM_VARIABLES = ("structure", "order", "name", "label", "type", "core", "codelist", "values")


@dataclass(frozen=True)
class StandardDataset:
    """A dataset of SDTMIG or a structure of ADaMIG; `keys` are natural keys, a proposal that a study may replace.

    `class_name` and `subclass` are spelt as in the Define-XML terminology (`SPECIAL PURPOSE`, `TIME-TO-EVENT`).
    """

    name: str
    label: str
    class_name: str
    structure: str
    keys: tuple[str, ...]
    variables: tuple[StandardVariable, ...]
    subclass: str = ""

    @cached_property
    def by_name(self) -> dict[str, StandardVariable]:
        """The variables by name, in the standard's order."""
        return {variable.name: variable for variable in self.variables}


@dataclass(frozen=True)
class Standard:
    """An implementation guide in one version: `SDTMIG` or `ADaMIG`."""

    name: str
    version: str
    datasets: Mapping[str, StandardDataset] = field(hash=False)

    def dataset(self, name: str) -> StandardDataset | None:
        """Return a dataset or structure by name, or None; any SUPPxx is served from SUPPQUAL under its own name."""
        if name in self.datasets:
            return self.datasets[name]
        if name.startswith("SUPP") and 5 <= len(name) <= 8 and "SUPPQUAL" in self.datasets:
            return replace(
                self.datasets["SUPPQUAL"], name=name, label=f"Supplemental Qualifiers for {name.removeprefix('SUPP')}"
            )
        return None

    def find_variable(self, dataset: str, name: str) -> StandardVariable | None:
        """Return what the standard says of a variable of a dataset or structure, or None where it says nothing.

        In ADaM, names with placeholders are resolved: `TR01SDT` gives the entry TRxxSDT with name and label filled
        in; see `specs.standards.adam_names` for the order in which entries are tried. An exact name always wins.
        """
        found = self.dataset(dataset)
        if found is None:
            return None
        if name in found.by_name:
            return found.by_name[name]
        return self._resolve_adam(found, name) if self.name == "ADaMIG" else None

    def _resolve_adam(self, dataset: StandardDataset, name: str) -> StandardVariable | None:
        own = dataset.variables
        adsl = () if dataset.name == "ADSL" else self.datasets["ADSL"].variables
        timing = self.datasets["BDS"].variables
        return (
            adam_names.resolve(own, name)
            or adam_names.as_permitted(adam_names.resolve(adsl, name))
            or adam_names.numeric_version((*own, *adsl), name)
            or adam_names.user_defined_timing(timing, name)
        )


@cache
def load_sdtmig(version: str) -> Standard:
    """Return the datasets of an SDTMIG version, in submission order: special purpose, general classes, design.

    Raises:
        SpecError: the version is not at hand; the message names those that are.
    """
    folder = BUNDLED / f"sdtmig-{version}"
    if not folder.is_dir():
        raise unknown_version("SDTMIG", version, versions_at_hand([BUNDLED], "sdtmig"))
    rows = read_table(folder / "variables.csv", SDTM_VARIABLES)
    variables = {
        dataset: tuple(
            StandardVariable(
                name=name,
                label=label,
                type=cast(DataType, data_type),
                role=role,
                core=cast(Core, core),
                codelists=_split(codelist),
                format=content,
                order=int(order),
            )
            for _, order, name, label, data_type, role, core, codelist, content in group
        )
        for dataset, group in groupby(rows, key=itemgetter(0))
    }
    datasets = {
        name: StandardDataset(name, label, class_name, structure, tuple(keys.split()), variables[name])
        for name, label, class_name, structure, keys in read_table(folder / "datasets.csv", SDTM_DATASETS)
    }
    return Standard("SDTMIG", version, datasets)


@cache
def load_adamig(version: str) -> Standard:
    """Return the structures of an ADaMIG version: ADSL, BDS and TTE, the latter with all of BDS behind its own.

    Raises:
        SpecError: the version is not at hand; the message names those that are.
    """
    folder = BUNDLED / f"adamig-{version}"
    if not folder.is_dir():
        raise unknown_version("ADaMIG", version, versions_at_hand([BUNDLED], "adamig"))
    rows = read_table(folder / "variables.csv", ADAM_VARIABLES)
    own = {
        structure: tuple(
            StandardVariable(
                name=name,
                label=label,
                type=cast(DataType, data_type),
                role="",
                core=cast(Core, core),
                codelists=_split(codelist),
                format="",
                order=int(order),
                values=_split(values),
            )
            for _, order, name, label, data_type, core, codelist, values in group
        )
        for structure, group in groupby(rows, key=itemgetter(0))
    }
    datasets = {}
    for name, label, class_name, subclass, parent, structure, keys in read_table(
        folder / "structures.csv", ADAM_STRUCTURES
    ):
        variables = _extend(own[parent], own[name]) if parent else own[name]
        datasets[name] = StandardDataset(
            name, label, class_name, structure, tuple(keys.split()), variables, subclass=subclass
        )
    return Standard("ADaMIG", version, datasets)


def _split(cell: str) -> tuple[str, ...]:
    return tuple(cell.split(";")) if cell else ()


def _extend(parent: tuple[StandardVariable, ...], own: tuple[StandardVariable, ...]) -> tuple[StandardVariable, ...]:
    """Return the parent structure's variables with the structure's own in their places, numbered through."""
    merged = {variable.name: variable for variable in parent} | {variable.name: variable for variable in own}
    return tuple(replace(variable, order=order) for order, variable in enumerate(merged.values(), 1))
