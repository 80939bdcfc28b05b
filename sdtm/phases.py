"""What comes first: which variables wait for other datasets, and in which order the datasets are built.

A dataset is built in two steps. `collect` maps what its own forms hold, or runs its builder; `derive` adds what needs
other datasets (study days, epochs, visits, reference dates, --SEQ). So DM can take its reference dates from collected EX and DS while
their own study days wait for DM.
"""

from __future__ import annotations

from dataclasses import dataclass
from graphlib import TopologicalSorter

from specs.lint import variable_graph
from specs.model.dataset import DatasetSpec, VariableSpec
from specs.model.maps import Epoch, Extreme, LastBefore, Map, Sequence, StudyDay, Visit, references_of, sources_of, walk
from specs.model.study import Study
from specs.references import parse_reference

_DERIVING = (Epoch, Extreme, LastBefore, Sequence, StudyDay, Visit)


@dataclass(frozen=True)
class Phases:
    """The variables of a dataset with a map, split by step and in the order in which they can be built."""

    collected: tuple[VariableSpec, ...]
    derived: tuple[VariableSpec, ...]
    #: References to raw columns that derived variables need; a collected frame keeps them.
    kept: tuple[str, ...]


def split_phases(spec: DatasetSpec) -> Phases:
    """Return which variables of a dataset are collected and which are derived."""
    variables = {one.name: one for one in (*spec.variables, *spec.supplemental)}
    mapped = {name: _maps(spec, one) for name, one in variables.items()}
    graph = variable_graph(spec)
    order = [name for name in TopologicalSorter(graph).static_order() if mapped.get(name)]
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


def _maps(spec: DatasetSpec, variable: VariableSpec) -> list[Map]:
    own = [variable.map] if variable.map is not None else []
    return own + [record.map[variable.name] for record in spec.records if variable.name in record.map]


def _waits(outer: Map, dataset: str) -> bool:
    if any(isinstance(one, _DERIVING) for one in walk(outer)):
        return True
    references = [parse_reference(text) for text in references_of(outer)]
    return any(one.kind == "variable" and one.owner != dataset for one in references)


def step_graph(study: Study) -> dict[str, set[str]]:
    """Return each step of the SDTM stage (`visits`, `collect:AE`, `derive:AE`) with the steps it needs.

    The raw forms must have been read before any of them.
    """
    graph: dict[str, set[str]] = {"visits": set()}
    for spec in study.sdtm.values():
        graph[f"collect:{spec.name}"] = _needed_by_builder(study, spec)
        graph[f"derive:{spec.name}"] = {f"collect:{spec.name}"}
        for variable in split_phases(spec).derived:
            for outer in _maps(spec, variable):
                graph[f"derive:{spec.name}"] |= _needed_by_map(spec, outer)
    return graph


def _needed_by_map(spec: DatasetSpec, outer: Map) -> set[str]:
    references = [parse_reference(text) for text in references_of(outer)]
    needs = {f"derive:{one.owner}" for one in references if one.kind == "variable" and one.owner != spec.name}
    needs |= {f"collect:{source.dataset}" for source in sources_of(outer)}
    if any(isinstance(one, Epoch) for one in walk(outer)):
        needs.add("collect:SE")
    if any(isinstance(one, Visit) for one in walk(outer)):
        needs.add("visits")
    return needs


def _needed_by_builder(study: Study, spec: DatasetSpec) -> set[str]:
    if spec.builder == "sv":
        return {"visits"}
    if spec.builder == "se":
        starts = [element.start for element in study.design.elements]
        sources = [one for start in (*starts, study.design.participation_end) if start for one in start.of]
        return {f"collect:{source.dataset}" for source in sources}
    return set()
