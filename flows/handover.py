"""The steps that make what is handed over: transport files, Dataset-JSON, annotated CRF, Define-XML and guides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from functools import partial
from pathlib import Path

from clinical.findings import combine
from flows.accepted import accepted_findings
from flows.work import Job, StepResult, Store
from raw.form_metadata import read_form_metadata
from specs.long_text import with_continuations
from specs.model.dataset import DatasetSpec
from specs.model.study import Study
from specs.supplemental import supplemental_name, supplemental_spec
from submission import lengths, xpt
from submission.acrf import CrfPlan, check_acrf, plan_crf, write_acrf
from submission.dataset_json import write_dataset_json
from submission.dataset_json_compare import compare_dataset_json
from submission.define import check_define, write_define, write_define_html
from submission.guides import GuideContext, report_unexplained, write_adrg, write_csdrg
from submission.manifest import InputFile, describe_software
from submission.package import RunPaths, Standard
from submission.rejections import check_added, check_package
from submission.representable import check_representable
from submission.written import WrittenDataset
from submission.xpt_write import write as write_xpt
from submission.xpt_write import write_split

_STANDARDS: tuple[Standard, ...] = ("sdtm", "adam")


def measure(job: Job, store: Store, name: str) -> StepResult:
    """Note the longest value of each variable, and find what a transport file could not hold."""
    study = job.load()
    encoding = study.design.submission.text_encoding
    found = []
    for spec, standard in _tables(study, store, name):
        frame = store.load(standard, spec.name)
        measured = lengths.longest(frame, spec, encoding)
        store.note(f"longest/{spec.name}", measured)
        found.append(check_representable(frame, spec, encoding))
        found.append(lengths.check_lengths({spec.name: measured}, {spec.name: spec}))
    return StepResult(combine(found))


def write(job: Job, store: Store, name: str) -> StepResult:
    """Write the transport files of a dataset and of its supplemental qualifiers, and read them back.

    A dataset without rows has no file: it is described in Define-XML and not sent.
    """
    study = job.load()
    paths = RunPaths(Path(job.work), study.id)
    encoding = study.design.submission.text_encoding
    allotted = lengths_of(study, store)
    created = snapshot_of(store)
    rows = 0
    for spec, standard in _tables(study, store, name):
        frame = store.load(standard, spec.name)
        if frame.empty:
            continue
        path = paths.transport_file(standard, spec.name)
        path = path.with_suffix(".draft.xpt") if job.draft else path
        path.parent.mkdir(parents=True, exist_ok=True)
        own = allotted[spec.name]
        write_xpt(frame, spec, path, created=created, lengths=own, encoding=encoding)
        xpt.compare(frame, spec, path, lengths=own, encoding=encoding)
        parts: tuple[Path, ...] = ()
        most = study.design.submission.profile.most_bytes
        if most is not None and path.stat().st_size > most and not job.draft:  # a draft is sent to nobody
            parts = write_split(
                frame, spec, path.parent, most_bytes=most, created=created, lengths=own, encoding=encoding
            )
            xpt.compare_split(frame, spec, parts, lengths=own, encoding=encoding)
        store.note(f"files/{spec.name}", [paths.relative(file) for file in (path, *parts)])
        rows += len(frame)
    return StepResult(rows=rows)


def write_json(job: Job, store: Store, name: str) -> StepResult:
    """Write a dataset and its supplemental qualifiers as Dataset-JSON, and read them back."""
    study = job.load()
    paths = RunPaths(Path(job.work), study.id)
    for dataset in written_datasets(job, store, [name]):
        if dataset.rows:
            path = paths.dataset_json(dataset.standard, dataset.name)
            path.parent.mkdir(parents=True, exist_ok=True)
            write_dataset_json(dataset, path, study=study, created=snapshot_of(store))
            compare_dataset_json(dataset, path)
    return StepResult()


def write_crf(job: Job, store: Store, name: str) -> StepResult:
    """Draw the annotated CRF."""
    study = job.load()
    plan = _crf_plan(job)
    if plan is None:
        return StepResult()
    path = RunPaths(Path(job.work), study.id).annotated_crf
    path.parent.mkdir(parents=True, exist_ok=True)
    write_acrf(plan, path, created=snapshot_of(store))
    return StepResult(check_acrf(study, plan))


def write_define_xml(job: Job, store: Store, name: str) -> StepResult:
    """Describe the datasets of a standard in Define-XML, and as the page that people read."""
    study = job.load()
    paths = RunPaths(Path(job.work), study.id)
    standard: Standard = "sdtm" if name == "sdtm" else "adam"
    path = paths.define(standard)
    path.parent.mkdir(parents=True, exist_ok=True)
    plan = _crf_plan(job) if standard == "sdtm" else None
    documents = [paths.reviewers_guide(standard).name, *([paths.annotated_crf.name] if plan else [])]
    write_define(
        study,
        _of(standard, job, store),
        path,
        standard=standard,
        created=snapshot_of(store),
        pages=plan.pages if plan else None,
        value_pages=plan.value_pages if plan else None,
        documents=documents,
    )
    write_define_html(path, paths.define_page(standard))
    return StepResult()


def write_guide(job: Job, store: Store, name: str) -> StepResult:
    """Write the reviewer's guide of a standard, as PDF for the package and as DOCX for those who finish it."""
    study = job.load()
    paths = RunPaths(Path(job.work), study.id)
    standard: Standard = "sdtm" if name == "sdtm" else "adam"
    cutoff = store.noted("cutoff")
    context = GuideContext(
        study=study,
        datasets=written_datasets(job, store),
        findings=accepted_findings(job, store),
        snapshot=snapshot_of(store),
        cutoff=date.fromisoformat(cutoff) if cutoff else None,
        inputs={path: InputFile(**one) for path, one in store.noted("inputs").items()},
        software=describe_software(),
        annotated_crf=paths.annotated_crf.is_file(),
    )
    pdf = paths.reviewers_guide(standard)
    paths.drafts.mkdir(parents=True, exist_ok=True)
    write = write_csdrg if standard == "sdtm" else write_adrg
    write(context, pdf, paths.drafts / pdf.with_suffix(".docx").name)
    return StepResult()


def check_handover(job: Job, store: Store) -> StepResult:
    """Check Define-XML against the datasets and the package for what agencies reject; the guides tell what is found."""
    study = job.load()
    paths = RunPaths(Path(job.work), study.id)
    described = [one for one in _STANDARDS if paths.define(one).is_file()]
    guides = [paths.reviewers_guide(one) for one in described]
    found = [
        check_define(
            paths.define(one),
            _of(one, job, store),
            name=paths.relative(paths.define(one)),
            encoding=study.design.submission.text_encoding,
            awaited=guides,
        )
        for one in described
    ]
    return StepResult(combine([*found, check_package(paths.m5, study, in_the_making=True, awaited=guides)]))


def check_guides(job: Job, store: Store) -> StepResult:
    """Check what the guides add to the package, and whether they explain what was found."""
    study = job.load()
    added = check_added(RunPaths(Path(job.work), study.id).m5, study, store.findings())
    return StepResult(combine([added, report_unexplained(study, accepted_findings(job, store))]))


def written_datasets(job: Job, store: Store, names: Iterable[str] | None = None) -> tuple[WrittenDataset, ...]:
    """Return the datasets that the run measured, in the order of the specification, SDTM first.

    Args:
        names: only these and their supplemental qualifiers; all where it is None.
    """
    study = job.load()
    allotted = lengths_of(study, store)
    return tuple(
        WrittenDataset(
            spec=spec,
            standard=standard,
            file=files[0] if files else None,
            rows=store.rows(standard, spec.name),
            lengths=allotted[spec.name],
            load=partial(store.load, standard, spec.name),
            parts=tuple(files[1:]),
        )
        for name in ((*study.sdtm, *study.adam) if names is None else names)
        for spec, standard in _tables(study, store, name)
        if spec.name in allotted
        for files in [[Path(job.work) / path for path in store.noted(f"files/{spec.name}") or ()]]
    )


def _crf_plan(job: Job) -> CrfPlan | None:
    """Return the plan of the annotated CRF, by raw.yaml and what the export says of its forms."""
    if job.raw is None:
        return None
    study = job.load()
    return plan_crf(study, read_form_metadata(Path(job.raw), study.raw))


def lengths_of(study: Study, store: Store) -> dict[str, dict[str, int]]:
    """Return the bytes allotted to every variable that the run measured, by dataset."""
    measured = {}
    specs = {}
    for name in (*study.sdtm, *study.adam):
        for spec, _ in _tables(study, store, name):
            if (found := store.noted(f"longest/{spec.name}")) is not None:
                measured[spec.name], specs[spec.name] = found, spec
    return lengths.allot(measured, specs)


def snapshot_of(store: Store) -> datetime:
    """Return the moment of the export, which is the time that everything written states."""
    return datetime.fromisoformat(store.noted("snapshot"))


def _of(standard: Standard, job: Job, store: Store) -> tuple[WrittenDataset, ...]:
    """Return the datasets of a standard; those of the other may still be being written."""
    study = job.load()
    return written_datasets(job, store, study.sdtm if standard == "sdtm" else study.adam)


def _tables(study: Study, store: Store, name: str) -> Iterator[tuple[DatasetSpec, Standard]]:
    """Yield a dataset and its supplemental qualifiers as they were made, with the columns that continue long texts."""
    standard: Standard = "adam" if name in study.adam else "sdtm"
    made = [one for one in (name, supplemental_name(name)) if store.has(standard, one)]
    for one in made:
        own = study.adam.get(one) or study.sdtm.get(one)
        yield with_continuations(own or supplemental_spec(study, name), store.columns(standard, one)), standard
