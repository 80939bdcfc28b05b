"""What the run report says, put together from the store."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any, Literal

import pandas as pd

from clinical.conditions import matches
from flows.work import Job, Store
from reports.figures import Drawing, draw_figure
from reports.headline import pick_headline
from reports.population import population_in_words
from reports.results import Results, build_results
from reports.run_report import DocumentLine, InputLine, RunSummary
from reports.summaries import DatasetLine, describe_dataset, group_findings, summarise_parameters
from specs.model.dataset import DatasetSpec
from specs.model.study import Study
from specs.supplemental import supplemental_specs
from submission.manifest import sha256_of
from submission.package import RunPaths


def summarise(
    job: Job,
    store: Store,
    paths: RunPaths,
    findings: pd.DataFrame,
    results: Results,
    drawings: tuple[Drawing, ...],
    documents: tuple[DocumentLine, ...],
) -> RunSummary:
    """Return what the report says of a run: its results, and inputs, datasets, subjects and findings in counts."""
    study = job.load()
    design = study.design
    standards = {
        "SDTMIG": design.standards.sdtmig,
        "ADaMIG": design.standards.adamig,
        "SDTM terminology": design.standards.sdtm_terminology,
        "ADaM terminology": design.standards.adam_terminology,
        **{one.name: one.version for one in design.dictionaries.values()},
    }
    inputs: dict[str, dict[str, Any]] = store.noted("inputs")
    return RunSummary(
        study_id=study.id,
        title=design.title,
        status="draft" if job.draft else "published",
        snapshot=datetime.fromisoformat(store.noted("snapshot")),
        cutoff=store.noted("cutoff"),
        standards=standards,
        inputs=tuple(InputLine(name, one.get("rows"), one["sha256"]) for name, one in inputs.items()),
        datasets=tuple(_datasets(job, study, store, paths)),
        documents=documents,
        funnel=tuple(_funnel(study, store)),
        findings=group_findings(findings),
        parameters=tuple(
            line for name in store.names("adam") for line in summarise_parameters(name, store.load("adam", name))
        ),
        headline=pick_headline(study.analyses.headline, results.records),
        figures=tuple(one for one in drawings if one.svg or len(one.data)),
        tables=results.tables,
        left_out=(*_not_drawn(drawings), *results.left_out) if store.names("adam") else (),
    )


def _datasets(job: Job, study: Study, store: Store, paths: RunPaths) -> list[DatasetLine]:
    """Return a line for each transport file that was written, in the order of the specification."""
    lines = []
    for spec, standard in _described(study):
        path = paths.transport_file(standard, spec.name)
        path = path.with_suffix(".draft.xpt") if job.draft else path
        if path.is_file():
            frame = store.load(standard, spec.name)
            lines.append(
                describe_dataset(frame, spec, standard=standard, path=paths.relative(path), sha256=sha256_of(path))
            )
    return lines


def _described(study: Study) -> list[tuple[DatasetSpec, Literal["sdtm", "adam"]]]:
    described: list[tuple[DatasetSpec, Literal["sdtm", "adam"]]] = []
    supplemental = supplemental_specs(study)
    for name, spec in study.sdtm.items():
        described.append((spec, "sdtm"))
        if name in supplemental:
            described.append((supplemental[name], "sdtm"))
    described += [(spec, "adam") for spec in study.adam.values()]
    return described


def _funnel(study: Study, store: Store) -> list[tuple[str, int]]:
    """Return how many subjects reached each step that the study names; steps without their dataset are left out."""
    steps = []
    for step in study.design.subject_flow:
        if store.has("sdtm", step.dataset):
            frame = store.load("sdtm", step.dataset)
            steps.append((step.label, int(frame.loc[matches(frame, step.where), "USUBJID"].nunique())))
    return steps


def results_of(study: Study, store: Store) -> Results:
    """Return the results that the study's analyses declare, from the analysis datasets of the run."""
    read = study.analyses.datasets_of_tables()
    return build_results(study, {name: store.load("adam", name) for name in store.names("adam") if name in read})


def drawings_of(study: Study, store: Store) -> tuple[Drawing, ...]:
    """Return the figures that the study's analyses declare; none of a run without analysis datasets."""
    read = study.analyses.datasets_of_figures()
    adam = {name: store.load("adam", name) for name in store.names("adam") if name in read}
    if not adam:
        return ()
    names = study.analyses.populations
    return tuple(
        replace(draw_figure(name, figure, adam), population=population_in_words(figure.population, names, adam))
        for name, figure in study.analyses.figures.items()
    )


def _not_drawn(drawings: tuple[Drawing, ...]) -> list[tuple[str, str]]:
    return [(one.id, " ".join(one.notes)) for one in drawings if not one.svg and one.data.empty]


def rows_written(summary: RunSummary) -> dict[str, int]:
    """Return the rows of each dataset that was written, by name."""
    return {line.name: line.rows for line in summary.datasets}
