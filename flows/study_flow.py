"""The study flow: the same steps as Prefect tasks, with or without a Prefect server at hand.

Prefect is imported by nothing else in the product. Flow parameters are texts, tasks hand each other nothing but
counts, and no subject's value reaches the orchestrator.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact, create_table_artifact
from prefect.client.schemas.objects import State
from prefect.futures import PrefectFuture, as_completed, wait
from prefect.runtime import flow_run
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from prefect.states import Completed, Failed
from prefect.task_runners import ThreadPoolTaskRunner

from clinical.errors import PipelineError
from clinical.findings import counts_text
from clinical.wording import count
from flows.dask_cluster import dask_runner
from flows.plan import Graph
from flows.progress import Progress
from flows.runner import Outcome, execute, newest
from flows.steps import StepReport, run_step
from flows.work import Job

#: Says at the end of every short run that it still has something to send, which it then sends.
logging.getLogger("EventsWorker").setLevel(logging.ERROR)


@task(task_run_name="{step}", persist_result=False)
def run_one_step(job: dict[str, Any], step: str) -> StepReport | PipelineError:
    """Run one step; an error that the user can mend comes back as a value, so that it is told once."""
    try:
        return run_step(Job.from_json(job), step)
    except PipelineError as error:
        return error


def in_tasks() -> Callable[[Job, Graph, Callable[[StepReport], bool]], list[StepReport]]:
    """Return an executor that submits every step to the task runner of the flow that calls it."""

    def run(job: Job, graph: Graph, go_on: Callable[[StepReport], bool]) -> list[StepReport]:
        waiting = {step: set(needs) for step, needs in graph.items()}
        content = job.to_json()
        running: dict[PrefectFuture[Any], str] = {}
        reports: list[StepReport] = []
        while waiting or running:
            for step in [step for step, needs in waiting.items() if not needs]:
                del waiting[step]
                running[run_one_step.submit(content, step)] = step
            future = next(as_completed(list(running)))
            step = running.pop(future)
            report = future.result(raise_on_failure=False)
            if isinstance(report, BaseException):
                wait(list(running))  # nothing may write into a folder that is being given up
                raise report
            reports.append(report)
            if not go_on(report):
                waiting.clear()
            for needs in waiting.values():
                needs.discard(step)
        return reports

    return run


def _run_name() -> str:
    """Return the study's name: of its folder the last part only, for paths say where a machine keeps things."""
    return Path(str(flow_run.parameters["study"])).name


@flow(name="study", flow_run_name=_run_name, persist_result=False)
def study_flow(
    study: str,
    out: str,
    raw: str | None = None,
    sdtm: str | None = None,
    standards: tuple[str, ...] = ("sdtm", "adam"),
    only: tuple[str, ...] = (),
    cutoff: str | None = None,
    draft: bool = False,
    previous: str | None = None,
) -> State[Any]:
    """Run one study: read, map, check, derive, check, write, publish.

    All parameters are texts that `cdiscflow run` takes. The flow ends as Completed when the run was published, and as
    Failed with one message when findings stopped it or it could not do its work.
    """
    try:
        outcome = execute(
            study,
            out=Path(out),
            raw=newest(raw) if raw else None,
            sdtm=Path(sdtm) if sdtm else None,
            standards=standards,
            only=only,
            cutoff=cutoff,
            draft=draft,
            previous=Path(previous) if previous else None,
            executor=in_tasks(),
            progress=_told(),
        )
    except PipelineError as error:
        return Failed(message=str(error), data=error)
    _leave_artifacts(outcome)
    counts = counts_text(outcome.findings)
    if outcome.status == "published":
        return Completed(
            message=f"Published: {count(len(outcome.datasets), 'dataset')}. Findings: {counts}.", data=outcome
        )
    return Failed(message=f"{outcome.status.capitalize()} by findings: {counts}.", data=outcome)


def _leave_artifacts(outcome: Outcome) -> None:
    """Leave counts in the orchestrator's UI: no values, no subjects."""
    key = "".join(sign if sign.isalnum() else "-" for sign in outcome.study.lower())
    create_table_artifact(
        key=f"{key}-findings",
        table=[{"severity": severity, "findings": count} for severity, count in outcome.findings.items()],
        description=f"Findings of {outcome.study}",
    )
    if outcome.datasets:
        create_table_artifact(
            key=f"{key}-datasets",
            table=[{"dataset": name, "rows": rows} for name, rows in outcome.datasets.items()],
            description=f"Datasets of {outcome.study}",
        )
    create_markdown_artifact(
        key=f"{key}-run", markdown=f"Run `{outcome.run_id}` ended as **{outcome.status}** in `{outcome.folder}`."
    )


_PROGRESS: list[Progress] = []


def _told() -> Progress | None:
    return _PROGRESS[-1] if _PROGRESS else None


def _shared(parameters: dict[str, Any]) -> list[Path]:
    """Return what every worker must see: what is read, and the disk that the run folder is written to."""
    raw, sdtm, out = (parameters.get(name) for name in ("raw", "sdtm", "out"))
    read = [newest(raw)] if raw else []
    read += [Path(sdtm)] if sdtm else []
    above = [folder for folder in Path(str(out)).resolve().parents if folder.exists()]
    return [*read, *above[:1]]


def run_flow(
    parameters: dict[str, Any], *, workers: int = 2, dask: str | None = None, progress: Progress | None = None
) -> Outcome:
    """Run the study flow in this process and return how it ended.

    Args:
        parameters: those of `study_flow`.
        workers: how many steps run side by side in threads.
        dask: address of a Dask scheduler whose workers run the steps; they must see the same folders.

    Raises:
        PipelineError: as `flows.runner.execute` does.
    """
    runner: Any = ThreadPoolTaskRunner(max_workers=workers)
    if dask:
        runner = dask_runner(dask, _shared(parameters))
    heartbeat = temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None})
    if progress is not None:
        _PROGRESS.append(progress)
    try:
        with heartbeat:
            state = study_flow.with_options(task_runner=runner)(**parameters, return_state=True)
    finally:
        _PROGRESS.clear()
    result = state.data if isinstance(state.data, Outcome | PipelineError) else state.result(raise_on_failure=False)
    if isinstance(result, Outcome):
        return result
    raise result if isinstance(result, BaseException) else RuntimeError(state.message)
