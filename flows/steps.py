"""What each step of a run does; `flows.plan` says which there are and what each needs.

A step reads and writes the run's store, so steps can be run in any order that respects their needs, in threads, in
other processes, or one by one to look at what each leaves behind.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd

import raw
from adam.build import build_adam, compute_cutoff
from checks.rules import OF_SDTM, run_rules
from checks.schema import check_dataset
from clinical.errors import ConformanceError, MappingError, listed
from clinical.findings import combine, count_by_severity, no_findings, report
from flows.handover import (
    check_guides,
    check_handover,
    measure,
    write,
    write_crf,
    write_define_xml,
    write_guide,
    write_json,
)
from flows.work import Job, StepResult, Store
from sdtm.build import collect, derive
from sdtm.inputs import Inputs
from sdtm.phases import step_graph
from sdtm.visits import build_visits
from specs.model.dataset import DatasetSpec
from specs.model.study import Study
from specs.supplemental import supplemental_name, supplemental_spec
from submission import xpt
from submission.manifest import sha256_of
from submission.xpt_layout import read_layout


@dataclass(frozen=True)
class StepReport:
    """What a step did, in counts only: rows of its table (None if it makes none), findings by severity, seconds."""

    step: str
    rows: int | None
    findings: dict[str, int]
    seconds: float


def run_step(job: Job, step: str) -> StepReport:
    """Run one step and return its report; its findings are saved in the store.

    Raises:
        PipelineError: the step could not do its work. In a draft run, a dataset that cannot be mapped is a finding
            instead, and what depends on it is left out.
    """
    began = time.perf_counter()
    kind, _, name = step.partition(":")
    store = Store(job.work)
    try:
        result = _KINDS[kind](job, store, name)
    except (MappingError, ConformanceError) as error:
        if not job.draft:
            raise
        result = StepResult(report("STEP.FAILED", "error", str(error), source="rule", dataset=name))
    except FileNotFoundError:
        if not job.draft:
            raise
        message = f"{step} was left out, since a dataset that it needs could not be built."
        result = StepResult(report("STEP.SKIPPED", "error", message, source="rule", dataset=name))
    if result.findings is not None and len(result.findings):
        store.save("findings", step.replace(":", "-"), result.findings)
    found = count_by_severity(result.findings) if result.findings is not None else {}
    return StepReport(step, result.rows, found, time.perf_counter() - began)


def _read(job: Job, store: Store, name: str) -> StepResult:
    study = job.load()
    assert job.raw is not None
    export = raw.read_export(Path(job.raw), study.raw)
    for form, frame in export.forms.items():
        store.save("raw", form, frame)
    store.note("inputs", {path: dict(one) for path, one in export.inputs.items()})
    store.note("snapshot", export.snapshot.isoformat())
    return StepResult(export.findings, sum(map(len, export.forms.values())))


def _load(job: Job, store: Store, name: str) -> StepResult:
    """Take SDTM from transport files of any origin."""
    assert job.sdtm is not None
    folder = Path(job.sdtm)
    rows = 0
    for dataset, frame in xpt.read_folder(folder, encoding=job.load().design.submission.reading_encoding).items():
        store.save("sdtm", dataset, frame)
        rows += len(frame)
    files = xpt.list_folder(folder).values()
    inputs = {path.name: {"sha256": sha256_of(path), "bytes": path.stat().st_size, "rows": None} for path in files}
    store.note("inputs", inputs)
    store.note("snapshot", newest_header(files).isoformat())
    return StepResult(rows=rows)


def newest_header(files: Iterable[Path]) -> datetime:
    """Return the newest moment that the headers of transport files state; 1960-01-01 where none states any."""
    stated = [created for path in files if (created := read_layout(path, encoding="latin-1").created) is not None]
    return max(stated, default=datetime(1960, 1, 1, tzinfo=UTC))


def _forms(job: Job, store: Store, spec: DatasetSpec) -> dict[str, pd.DataFrame]:
    return {name: store.load("raw", name) for name in spec.inputs if name in job.load().raw.forms}


def _visits(job: Job, store: Store, name: str) -> StepResult:
    visits, findings = build_visits(job.load(), store.load_all("raw"))
    store.save("collected", "visits", visits)
    return StepResult(findings, len(visits))


def _collect(job: Job, store: Store, name: str) -> StepResult:
    study = job.load()
    spec = study.sdtm[name]
    needs = step_graph(study)[f"collect:{name}"]
    inputs = Inputs(
        forms=_forms(job, store, spec),
        collected={step[8:]: store.load("collected", step[8:]) for step in needs if step.startswith("collect:")},
        datasets={step[7:]: store.load("sdtm", step[7:]) for step in needs if step.startswith("derive:")},
        visits=store.load("collected", "visits") if "visits" in needs else None,
    )
    frame, findings = collect(spec, study, inputs)
    store.save("collected", name, frame)
    return StepResult(findings, len(frame))


def _derive(job: Job, store: Store, name: str) -> StepResult:
    study = job.load()
    spec = study.sdtm[name]
    needs = step_graph(study)[f"derive:{name}"]
    inputs = Inputs(
        collected={step[8:]: store.load("collected", step[8:]) for step in needs if step.startswith("collect:")},
        datasets={step[7:]: store.load("sdtm", step[7:]) for step in needs if step.startswith("derive:")},
        visits=store.load("collected", "visits") if "visits" in needs else None,
    )
    built = derive(spec, study, store.load("collected", name), inputs)
    store.save("sdtm", name, built.frame)
    if built.supplemental is not None:
        store.save("sdtm", supplemental_name(name), built.supplemental)
    return StepResult(built.findings, len(built.frame))


def _cutoff(job: Job, store: Store, name: str) -> StepResult:
    study = job.load()
    chosen = job.cutoff or study.design.cutoff
    latest = None if chosen else compute_cutoff(_dates(store))
    store.note("cutoff", chosen or (latest.strftime("%Y-%m-%d") if latest else None))
    return StepResult()


def _dates(store: Store) -> dict[str, pd.DataFrame]:
    """Return what a cut-off is computed from: of each SDTM dataset its subjects and dates, and the flag of death."""
    wanted = {
        name: [one for one in store.columns("sdtm", name) if one in ("USUBJID", "DTHFL") or one.endswith("DTC")]
        for name in store.names("sdtm")
    }
    return {name: store.load("sdtm", name, columns) for name, columns in wanted.items()}


def cutoff_of(store: Store) -> date | None:
    """Return the cut-off of the run, or None before it is settled."""
    noted = store.noted("cutoff")
    return date.fromisoformat(noted) if noted else None


def _adam(job: Job, store: Store, name: str) -> StepResult:
    study = job.load()
    spec = study.adam[name]
    sdtm = {one: store.load("sdtm", one) for one in spec.inputs if store.has("sdtm", one)}
    adam = {one: store.load("adam", one) for one in spec.inputs if one in study.adam}
    frame, findings = build_adam(spec, study, sdtm=sdtm, adam=adam, cutoff=cutoff_of(store))
    store.save("adam", name, frame)
    return StepResult(combine([findings, _absent(spec, study, sdtm)]), len(frame))


def _absent(spec: DatasetSpec, study: Study, sdtm: Iterable[str]) -> pd.DataFrame:
    """Return a note that names the SDTM datasets of the study which are read and not there."""
    absent = sorted({name for name in spec.inputs if name in study.sdtm} - set(sdtm))
    if not absent:
        return no_findings()
    message = f"{listed(absent, 40)}: not there, and counted as empty. No action, if the study has no such data."
    return report("ADAM.DOMAIN_ABSENT", "note", message, source="rule", dataset=spec.name)


def _check(job: Job, store: Store, name: str) -> StepResult:
    study = job.load()
    if name in study.adam:
        return StepResult(check_dataset(store.load("adam", name), study.adam[name], study))
    findings = [check_dataset(store.load("sdtm", name), study.sdtm[name], study)]
    supplemental = supplemental_name(name)
    if store.has("sdtm", supplemental):
        findings.append(check_dataset(store.load("sdtm", supplemental), supplemental_spec(study, name), study))
    return StepResult(pd.concat(findings, ignore_index=True))


def _rules(job: Job, store: Store, name: str) -> StepResult:
    study = job.load()
    if name == "sdtm":
        day = datetime.fromisoformat(store.noted("snapshot")).date()
        return StepResult(run_rules(study, store.frames("sdtm"), only=OF_SDTM, snapshot=day))
    if name == "package":
        return check_handover(job, store)
    if name == "guides":
        return check_guides(job, store)
    return StepResult(run_rules(study, store.frames("sdtm", "adam"), only=("ADAM",), cutoff=cutoff_of(store)))


def _gate(job: Job, store: Store, name: str) -> StepResult:
    """Hold the place in the plan; the runner looks at the findings here."""
    return StepResult()


_KINDS: dict[str, Callable[[Job, Store, str], StepResult]] = {
    "read": _read,
    "load": _load,
    "visits": _visits,
    "collect": _collect,
    "derive": _derive,
    "cutoff": _cutoff,
    "adam": _adam,
    "check": _check,
    "rules": _rules,
    "gate": _gate,
    "measure": measure,
    "write": write,
    "json": write_json,
    "crf": write_crf,
    "define": write_define_xml,
    "guide": write_guide,
}
