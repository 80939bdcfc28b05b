"""The steps of the SDTM stage and what each of them needs.

`visits` numbers the visits, `collect:AE` maps what AE's own forms and the visits decide, `derive:AE` adds what needs
other datasets; `specs.phases` says which variable belongs to which step.
"""

from __future__ import annotations

from specs.model.dataset import DatasetSpec
from specs.model.maps import Epoch, Map, Visit, finished_of, references_of, sources_of, walk
from specs.model.study import Study
from specs.phases import maps_of, split_phases
from specs.references import parse_reference


def step_graph(study: Study) -> dict[str, set[str]]:
    """Return each step of the SDTM stage (`visits`, `collect:AE`, `derive:AE`) with the steps it needs.

    The raw forms must have been read before any of them.
    """
    graph: dict[str, set[str]] = {"visits": set()}
    for spec in study.sdtm.values():
        phases = split_phases(spec)
        collect, derive = f"collect:{spec.name}", f"derive:{spec.name}"
        graph[collect] = _needed_by_builder(study, spec)
        graph[derive] = {collect}
        for step, variables in ((collect, phases.collected), (derive, phases.derived)):
            for variable in variables:
                for outer in maps_of(spec, variable):
                    graph[step] |= _needed_by_map(spec, outer)
    return graph


def _needed_by_map(spec: DatasetSpec, outer: Map) -> set[str]:
    references = [parse_reference(text) for text in references_of(outer)]
    needs = {f"derive:{one.owner}" for one in references if one.kind == "variable" and one.owner != spec.name}
    needs |= {f"collect:{source.dataset}" for source in sources_of(outer)}
    needs |= {f"derive:{name}" for name in finished_of(outer)}
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
        sources = [one for start in (*starts, study.design.participation_end) if start for one in start.sources]
        return {f"collect:{source.dataset}" for source in sources}
    return {f"derive:{name}" for relationship in spec.relationships for name in relationship.names()}
