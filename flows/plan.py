"""Which steps a run has and what each needs: nothing else says what comes first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from clinical.errors import UsageError, did_you_mean, listed
from flows.work import Job
from sdtm.phases import step_graph
from specs.model.study import Study

Graph = dict[str, set[str]]


def plan(job: Job) -> Graph:
    """Return the steps of a run with the steps that each needs.

    `read` or `load` comes first, then `visits`, `collect:AE`, `derive:AE` and so on as the specs say. `gate:sdtm`
    stands between SDTM and ADaM and `gate:adam` after ADaM: a gate needs every check before it, and the runner stops
    there at errors. Then the transport files are written, and after them, where the run is whole, the documents that go
    with them and the checks of the package.

    Raises:
        UsageError: `only` names a dataset that the study does not have.
    """
    study = job.load()
    _require_known(job, study)
    if job.raw is not None and not study.raw.forms:
        raise UsageError(f"{study.design.id}: the study has no raw.yaml, so its SDTM is given. Use 'adam' with --sdtm.")
    adam = _adam_wanted(job, study)
    sdtm = _sdtm_wanted(job, study, adam)
    graph: Graph = {}
    gate = _add_sdtm(graph, study, sdtm) if job.raw is not None else _add_load(graph)
    if adam:
        gate = _add_adam(graph, study, adam, gate)
    written = [name for name in (*sdtm, *adam) if name in _published(job, study)]
    for name in written:
        stage, made = ("adam", f"adam:{name}") if name in study.adam else ("sdtm", f"derive:{name}")
        graph[f"measure:{name}"] = {made}
        graph[f"gate:{stage}"].add(f"measure:{name}")
    for name in written:
        graph[f"write:{name}"] = {gate}
    if written and whole(job):
        _add_documents(graph, study, written)
    return graph


def whole(job: Job) -> bool:
    """Return whether a run makes a package: not of some datasets only, and not as a draft."""
    return not job.only and not job.draft


def _require_known(job: Job, study: Study) -> None:
    known = (*study.sdtm, *study.adam)
    for name in job.only:
        if name not in known:
            raise UsageError(
                f"--only {name}: the study has no such dataset.{did_you_mean(name, known)} It has {listed(known, 40)}."
            )


def _published(job: Job, study: Study) -> set[str]:
    sdtm = study.sdtm if job.raw is not None and "sdtm" in job.standards else {}
    adam = study.adam if "adam" in job.standards else {}
    names = {*sdtm, *adam}
    return names & set(job.only) if job.only else names


def _adam_wanted(job: Job, study: Study) -> list[str]:
    """Return the ADaM datasets to build: those asked for and those that they read."""
    if "adam" not in job.standards:
        return []
    graph = {
        f"adam:{name}": {f"adam:{one}" for one in spec.inputs if one in study.adam} for name, spec in study.adam.items()
    }
    wanted = [f"adam:{name}" for name in study.adam if not job.only or name in job.only]
    reached = _closure(graph, wanted)
    return [name for name in study.adam if f"adam:{name}" in reached]


def _sdtm_wanted(job: Job, study: Study, adam: Iterable[str]) -> list[str]:
    """Return the SDTM datasets to finish: those asked for and those that the ADaM datasets read."""
    if job.raw is None:
        return []
    if not job.only:
        return list(study.sdtm)
    read = {name.removeprefix("SUPP") for one in adam for name in study.adam[one].inputs}
    return [name for name in study.sdtm if name in job.only or name in read]


def _add_load(graph: Graph) -> str:
    graph["load"] = set()
    return "load"


def _add_sdtm(graph: Graph, study: Study, names: list[str]) -> str:
    graph["read"] = set()
    steps = step_graph(study)
    for step in _closure(steps, [f"derive:{name}" for name in names]):
        graph[step] = steps[step] | {"read"}
    finished = [step.removeprefix("derive:") for step in graph if step.startswith("derive:")]
    for name in finished:
        graph[f"check:{name}"] = {f"derive:{name}"}
    graph["rules:sdtm"] = {f"derive:{name}" for name in finished} | {"read"}
    graph["gate:sdtm"] = {"rules:sdtm", *(f"check:{name}" for name in finished)}
    return "gate:sdtm"


def _add_adam(graph: Graph, study: Study, names: list[str], before: str) -> str:
    graph["cutoff"] = {before}
    for name in names:
        graph[f"adam:{name}"] = {"cutoff", *(f"adam:{one}" for one in study.adam[name].inputs if one in study.adam)}
        graph[f"check:{name}"] = {f"adam:{name}"}
    graph["rules:adam"] = {f"adam:{name}" for name in names}
    graph["gate:adam"] = {"rules:adam", *(f"check:{name}" for name in names)}
    return "gate:adam"


def _add_documents(graph: Graph, study: Study, written: Iterable[str]) -> None:
    """Add what goes with the datasets: Dataset-JSON, annotated CRF, Define-XML, guides; and the check of all of it.

    The guides tell of findings, so they wait for every step that may have some, the check of the package among them;
    what they add to it is checked once they are there.
    """
    before = set(graph)
    standards = {
        "sdtm": [one for one in written if one in study.sdtm],
        "adam": [one for one in written if one in study.adam],
    }
    made = [name for name, datasets in standards.items() if datasets]
    for name in written:
        graph[f"json:{name}"] = {f"write:{name}"}
    if standards["sdtm"] and study.raw.forms:
        graph["crf"] = {f"write:{name}" for name in standards["sdtm"]}
    for standard in made:
        graph[f"define:{standard}"] = {f"write:{name}" for name in standards[standard]}
    graph["rules:package"] = set(graph) - before
    for standard in made:
        graph[f"guide:{standard}"] = {"rules:package"}
    graph["rules:guides"] = {f"guide:{standard}" for standard in made}
    graph["gate:package"] = {"rules:guides"}


def _closure(graph: Mapping[str, set[str]], wanted: Iterable[str]) -> list[str]:
    """Return the wanted steps and everything they need, in the order of the graph."""
    reached: set[str] = set()
    waiting = list(wanted)
    while waiting:
        step = waiting.pop()
        if step not in reached:
            reached.add(step)
            waiting.extend(graph[step])
    return [step for step in graph if step in reached]
