"""One run from beginning to end: plan, execute, pass the gates, publish or stop. Who executes is exchangeable."""

from __future__ import annotations

import getpass
import secrets
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from checks.gate import gate
from clinical.errors import OutsideError, UsageError
from flows.accepted import accepted_findings
from flows.finish import DRAFT_NOTE, previous_findings, publish, write_stopped
from flows.plan import Graph, plan
from flows.progress import Progress, Silent
from flows.steps import StepReport, run_step
from flows.work import Job, Store
from specs.load import study_folder
from submission.run_folder import RunFolder


@dataclass(frozen=True)
class Outcome:
    """How a run ended, in names and counts.

    `status` is `published`, `stopped` or `draft`; `folder` is the run folder, or for a stopped run the folder of its
    findings. `steps` are the steps that ran.
    """

    status: str
    study: str
    run_id: str
    folder: str
    findings: dict[str, int]
    datasets: dict[str, int]
    seconds: dict[str, float]

    @property
    def exit_code(self) -> int:
        """0 published; 1 stopped by findings, or a draft."""
        return 0 if self.status == "published" else 1


def newest(location: str) -> Path:
    """Return the export that a location means: itself, or the last by name of those that match a pattern.

    Raises:
        OutsideError: nothing matches the pattern.
    """
    if not any(sign in location for sign in "*?["):
        return Path(location)
    pattern = Path(location)
    anchor = Path(pattern.anchor) if pattern.anchor else Path()
    found = sorted(anchor.glob(str(pattern.relative_to(pattern.anchor) if pattern.anchor else pattern)))
    if not found:
        raise OutsideError(f"{location}: no export matches. Check that the transfer has arrived, and the pattern.")
    return found[-1]


#: Runs the steps of a graph and returns a report of each; False from the callback stops before the next step.
Executor = Callable[[Job, Graph, Callable[[StepReport], bool]], list[StepReport]]


def new_run_id() -> str:
    """Return an identifier that sorts by time and is never used twice."""
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%S") + "-" + secrets.token_hex(3)


def execute(
    study: str,
    *,
    out: Path,
    raw: Path | None = None,
    sdtm: Path | None = None,
    standards: tuple[str, ...] = ("sdtm", "adam"),
    only: tuple[str, ...] = (),
    cutoff: str | None = None,
    draft: bool = False,
    previous: Path | None = None,
    run_id: str | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> Outcome:
    """Run a study and return how it ended; nothing is published unless every gate is passed.

    Raises:
        PipelineError: the run could not do its work; what was published before is untouched.
    """
    started = datetime.now(UTC)
    run_id = run_id or new_run_id()
    source = raw or sdtm
    if source is None:
        raise UsageError("a run needs an export or a folder of transport files. Give --raw or --sdtm.")
    folder = str(study_folder(study).resolve())
    _require_draft_place(out, draft)
    before = previous_findings(previous)
    with RunFolder.begin(out, run_id) as place:
        job = Job(
            study=folder,
            work=str(place.work),
            run_id=run_id,
            raw=str(raw.resolve()) if raw else None,
            sdtm=str(sdtm.resolve()) if sdtm else None,
            standards=standards,
            only=tuple(name.upper() for name in only),
            cutoff=cutoff,
            draft=draft,
        )
        graph = plan(job)
        told = progress or Silent()
        told.planned(len(graph))
        reports = (executor or in_threads())(job, graph, _watcher(job, told))
        store = Store(job.work)
        passed = gate(accepted_findings(job, store)) == "pass"
        seconds = {report.step: round(report.seconds, 3) for report in reports}
        if not passed and not draft:
            stopped = write_stopped(job, store, out, before)
            return Outcome("stopped", stopped.study, run_id, str(stopped.folder), stopped.findings, {}, seconds)
        finished = publish(job, store, place, started=started, user=_user(), previous=before)
        status = "draft" if draft else "published"
        return Outcome(status, finished.study, run_id, str(out), finished.findings, finished.datasets, seconds)


def _watcher(job: Job, progress: Progress) -> Callable[[StepReport], bool]:
    """Return a callback that tells of each step, and says no to going on once a gate is not passed."""

    def watch(report: StepReport) -> bool:
        progress.finished(report)
        if not report.step.startswith("gate:") or job.draft:
            return True
        return gate(accepted_findings(job, Store(job.work))) == "pass"

    return watch


def in_threads(workers: int = 2) -> Executor:
    """Return an executor that runs independent steps side by side in threads of this process."""

    def run(job: Job, graph: Graph, go_on: Callable[[StepReport], bool]) -> list[StepReport]:
        waiting = {step: set(needs) for step, needs in graph.items()}
        running: dict[Future[StepReport], str] = {}
        reports: list[StepReport] = []
        with ThreadPoolExecutor(max_workers=workers) as pool:
            while waiting or running:
                for step in [step for step, needs in waiting.items() if not needs]:
                    del waiting[step]
                    running[pool.submit(run_step, job, step)] = step
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in done:
                    step = running.pop(future)
                    try:
                        report = future.result()
                    except BaseException:
                        waiting.clear()
                        _cancel(running)
                        raise
                    reports.append(report)
                    if not go_on(report):
                        waiting.clear()
                    for needs in waiting.values():
                        needs.discard(step)
        return reports

    return run


def _cancel(running: dict[Future[StepReport], str]) -> None:
    for future in running:
        future.cancel()


def _user() -> str:
    with suppress(Exception):
        return getpass.getuser()
    return "unknown"


def _require_draft_place(out: Path, draft: bool) -> None:
    """Refuse to put a draft where a published run stands, or a run where it would be taken for one."""
    if draft and (out / "manifest.json").is_file() and not (out / DRAFT_NOTE).is_file():
        raise UsageError(
            f"{out}: holds a published run, which a draft must not replace. Give the draft another folder with --out."
        )
