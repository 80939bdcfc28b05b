"""What the command line says: a bar while a run is at work, a short summary after it, one message for an error."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pandas as pd
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from clinical.findings import count_by_severity, counts_text
from clinical.wording import count
from flows.runner import Outcome
from flows.steps import StepReport

STDERR = Console(stderr=True, highlight=False, soft_wrap=True)


class Bar:
    """A progress bar on a terminal; silent in a pipe."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description:<18}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=STDERR,
            disable=not STDERR.is_terminal,
            transient=True,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def planned(self, steps: int) -> None:
        """Show how many steps there are."""
        self._task = self._progress.add_task("starting", total=steps)

    def finished(self, report: StepReport) -> None:
        """Move the bar by one step."""
        if self._task is not None:
            self._progress.update(self._task, advance=1, description=report.step)


def tell(outcome: Outcome, *, as_json: bool) -> None:
    """Say how a run ended: where its files are, how many datasets and findings."""
    if as_json:
        say_json({**_plain(outcome), "exit_code": outcome.exit_code})
        return
    counts = counts_text(outcome.findings)
    out = Console(highlight=False, soft_wrap=True)
    if outcome.status == "stopped":
        out.print(f"Stopped by findings: {counts}. Nothing was published.")
        out.print(f"They are listed in {outcome.folder}/findings/findings.xlsx")
        return
    if out.is_terminal and outcome.datasets:
        table = Table("Dataset", "Rows", box=None, padding=(0, 2))
        table.columns[1].justify = "right"
        for name, rows in outcome.datasets.items():
            table.add_row(name, f"{rows:,}")
        out.print(table)
    word = "Published" if outcome.status == "published" else "Written as a draft"
    out.print(f"{word}: {outcome.study}, {count(len(outcome.datasets), 'dataset')}. Findings: {counts}.")
    out.print(f"Folder: {outcome.folder}")
    out.print(f"Report: {outcome.folder}/report/index.html")


def _plain(outcome: Outcome) -> dict[str, Any]:
    return {
        "status": outcome.status,
        "study": outcome.study,
        "run_id": outcome.run_id,
        "folder": outcome.folder,
        "findings": outcome.findings,
        "datasets": outcome.datasets,
        "seconds": outcome.seconds,
    }


def say_json(content: dict[str, Any]) -> None:
    """Print one line of JSON to standard output; in ASCII where that cannot show it as it is."""
    line = json.dumps(content, ensure_ascii=False)
    try:
        line.encode(sys.stdout.encoding or "ascii")
    except UnicodeEncodeError:  # another code page, or the name of a file that is no text
        line = json.dumps(content)
    sys.stdout.write(line + "\n")


def tell_findings(findings: pd.DataFrame, listed: Path | None, *, as_json: bool) -> int:
    """Print findings by rule, without values, and return the exit code: 1 where there is an error."""
    counts = count_by_severity(findings)
    code = 1 if counts["error"] else 0
    if as_json:
        say_json({"status": "findings" if code else "passed", "exit_code": code, "findings": counts})
        return code
    out = Console(highlight=False)
    table = Table("Severity", "Rule", "Dataset", "Count", box=None, padding=(0, 2))
    by_rule = findings.value_counts(["severity", "rule", "dataset"], sort=False).reset_index()
    for row in by_rule.astype("str").to_numpy().tolist():
        table.add_row(*row)
    if len(findings):
        out.print(table)
    out.print(counts_text(counts) + ".")
    if listed is not None:
        out.print(f"Listed in {listed}/findings.xlsx", soft_wrap=True)
    return code
