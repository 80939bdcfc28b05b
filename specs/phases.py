"""In which order a dataset's variables can be built, and which of them wait for other datasets.

A dataset is built in two steps: one maps what its own forms and the visits decide, or runs its builder; the other adds
what needs other datasets (study days, epochs, reference dates, --SEQ). So DM can take its reference dates from
collected EX and DS while their own study days wait for DM.
"""

from __future__ import annotations

from dataclasses import dataclass
from graphlib import TopologicalSorter

from specs.model.dataset import DatasetSpec, VariableSpec
from specs.model.maps import (
    Epoch,
    Exists,
    Extreme,
    LastBefore,
    Map,
    Related,
    Sequence,
    finished_of,
    own_variables_of,
    references_of,
    walk,
)
from specs.references import parse_reference

_DERIVING = (Epoch, Exists, Extreme, LastBefore, Related, Sequence)


@dataclass(frozen=True)
class Phases:
    """The variables of a dataset with a map, split by step and in the order in which they can be built."""

    collected: tuple[VariableSpec, ...]
    derived: tuple[VariableSpec, ...]
    #: References to raw columns that derived variables need; a collected frame keeps them.
    kept: tuple[str, ...]


def split_phases(spec: DatasetSpec) -> Phases:
    """Return which variables of a dataset are collected and which are derived.

    Raises:
        graphlib.CycleError: variables need each other (the linter reports it).
    """
    variables = {one.name: one for one in (*spec.variables, *spec.supplemental)}
    mapped = {name: maps_of(spec, one) for name, one in variables.items()}
    graph = variable_graph(spec)
    # In the order of the names where nothing else decides, so that every process has the same.
    ordered = TopologicalSorter({name: sorted(needed) for name, needed in graph.items()}).static_order()
    order = [name for name in ordered if mapped.get(name)]
    late = {name for name in order if any(_waits(one, spec.name) for one in mapped[name])}
    for name in order:
        if graph[name] & late:
            late.add(name)
    references = [text for name in order if name in late for one in mapped[name] for text in references_of(one)]
    return Phases(
        collected=tuple(variables[name] for name in order if name not in late),
        derived=tuple(variables[name] for name in order if name in late),
        kept=tuple(dict.fromkeys(text for text in references if parse_reference(text).kind != "variable")),
    )


def maps_of(spec: DatasetSpec, variable: VariableSpec) -> tuple[Map, ...]:
    """Return every map that a variable has: its own and those of single record sources."""
    own: tuple[Map, ...] = (variable.map,) if variable.map is not None else ()
    return (*own, *(record.map[variable.name] for record in spec.records if variable.name in record.map))


def variable_graph(spec: DatasetSpec) -> dict[str, set[str]]:
    """Return, for each variable of a dataset, the variables of the same dataset that must come before it."""
    variables = (*spec.variables, *spec.supplemental)
    names = {variable.name for variable in variables}
    graph: dict[str, set[str]] = {}
    for variable in variables:
        needed: set[str] = set()
        for outer in maps_of(spec, variable):
            needed |= set(own_variables_of(outer))
            references = [parse_reference(text) for text in references_of(outer)]
            needed |= {one.name for one in references if one.kind == "variable" and one.owner == spec.name}
        graph[variable.name] = needed & names
    return graph


def finished_before(spec: DatasetSpec) -> set[str]:
    """Return the datasets that must be finished before this one can be."""
    maps = [one for variable in (*spec.variables, *spec.supplemental) for one in maps_of(spec, variable)]
    references = [parse_reference(text) for outer in maps for text in references_of(outer)]
    needed = {one.owner for one in references if one.kind == "variable"}
    needed |= {name for outer in maps for name in finished_of(outer)}
    needed |= {name for one in spec.relationships for name in one.names()}
    return needed - {spec.name}


def _waits(outer: Map, dataset: str) -> bool:
    if any(isinstance(one, _DERIVING) for one in walk(outer)):
        return True
    references = [parse_reference(text) for text in references_of(outer)]
    return any(one.kind == "variable" and one.owner != dataset for one in references)
