"""The last mile: findings listed, report and manifest written, and the run folder put in place.

Nothing here decides whether a run may be published: the gate does.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from checks.listing import compare_with_previous, read_findings, write_findings
from clinical.errors import UsageError
from clinical.findings import count_by_severity
from flows.accepted import accepted_findings
from flows.documents import documents_of
from flows.handover import snapshot_of
from flows.plan import whole
from flows.summary import drawings_of, results_of, rows_written, summarise
from flows.trace_pages import write_run_trace
from flows.work import Job, Store
from reports.figures import write_figures
from reports.results import write_results
from reports.run_report import write_report
from submission.manifest import InputFile, Manifest, describe_outputs, describe_software, write_manifest
from submission.package import RunPaths
from submission.run_folder import RunFolder
from submission.sealed import seal_package

DRAFT_NOTE = "DRAFT.txt"
#: The folder of findings in that of a stopped run.
_FINDINGS = "findings"


@dataclass(frozen=True)
class Finished:
    """What was put in place, in names and counts."""

    study: str
    folder: Path
    findings: dict[str, int]
    datasets: dict[str, int]


def previous_findings(run: Path | None) -> pd.DataFrame | None:
    """Return the findings of the run that `--previous` names, or None; read before the work, which may replace them.

    Raises:
        UsageError: there are none.
        RawDataError: the file is no list of findings.
    """
    if run is None:
        return None
    listed = run / _FINDINGS / "findings.csv"
    if not listed.is_file():
        raise UsageError(f"--previous {run}: no findings/findings.csv in it. Name a run folder.")
    return read_findings(listed)


def write_stopped(job: Job, store: Store, out: Path, previous: pd.DataFrame | None) -> Finished:
    """Leave the findings of a stopped run in `<out>.stopped`, beside what stays published, and return where."""
    folder = _stopped_folder(out)
    clear_stopped(folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / _FINDINGS).mkdir(mode=0o700, exist_ok=True)  # the folder around it may be somebody's, and open to others
    findings = _list_findings(job, store, folder / _FINDINGS, previous)
    return Finished(job.load().id, folder, count_by_severity(findings), {})


def _stopped_folder(out: Path) -> Path:
    return out.resolve().with_name(f"{out.resolve().name}.stopped")


def clear_stopped(folder: Path) -> None:
    """Remove the findings of an earlier stopped run, and its folder if nothing else is in it."""
    findings = folder / _FINDINGS
    if findings.is_dir() and not findings.is_symlink():
        shutil.rmtree(findings)
    with suppress(OSError):  # somebody's files are in it, or it is not there
        folder.rmdir()


def publish(
    job: Job, store: Store, place: RunFolder, *, started: datetime, user: str, previous: pd.DataFrame | None
) -> Finished:
    """Complete the run folder and put it in place."""
    study = job.load()
    paths = RunPaths(place.work, study.id)
    findings = _list_findings(job, store, paths.findings, previous)
    if job.draft:
        (place.work / DRAFT_NOTE).write_text(
            "A draft: written in spite of what its findings say, and not for submission.\n",
            encoding="utf-8",
            newline="\n",
        )
    results, drawings = results_of(study, store), drawings_of(study, store)
    write_results(place.work, results)
    write_figures(place.work, drawings)
    write_run_trace(job, store, place.work)
    if whole(job) and paths.m5.is_dir():  # a study in the making may have no dataset yet
        seal_package(paths, created=snapshot_of(store))
    summary = summarise(job, store, paths, findings, results, drawings, documents_of(paths))
    write_report(place.work, summary)  # last, since it links to what is there
    counts = count_by_severity(findings)
    manifest = Manifest(
        study=study.id,
        run_id=job.run_id,
        started=started,
        finished=datetime.now(UTC),
        user=user,
        cutoff=summary.cutoff,
        software=describe_software(),
        specs=study.files,
        inputs={name: InputFile(**one) for name, one in store.noted("inputs").items()},
        outputs=describe_outputs(place.work, {"findings/findings.csv": (len(findings), len(findings.columns))}),
        findings=counts,
        status="draft" if job.draft else "published",
    )
    write_manifest(manifest, place.work)
    place.publish()
    with suppress(OSError):
        clear_stopped(_stopped_folder(place.final))  # what stopped an earlier run is settled now
    return Finished(study.id, place.final, counts, rows_written(summary))


def _list_findings(job: Job, store: Store, folder: Path, previous: pd.DataFrame | None) -> pd.DataFrame:
    findings = accepted_findings(job, store)
    if previous is not None:
        findings = compare_with_previous(findings, previous)
    sites = store.load("sdtm", "DM").set_index("USUBJID")["SITEID"] if store.has("sdtm", "DM") else None
    created = datetime.fromisoformat(store.noted("snapshot"))
    folder.mkdir(parents=True, exist_ok=True)
    write_findings(findings, folder, created=created, site_of=sites)
    return findings
