"""One subject's whole story in time order, from all domains: how a reviewer thinks."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from flows.story import grouped, lines_of, story_of
from flows.terminal import say_json
from flows.work import Store
from submission.manifest import read_manifest


def show_subject(run: Path, subject: str, *, as_json: bool) -> None:
    """Print the story of the subject with this USUBJID or SUBJID; JSON has every record, the table groups findings.

    Raises:
        UsageError: the folder is no run, or the subject is not in its DM.
    """
    read_manifest(run)
    demographics, story = story_of(Store(run), subject)
    if as_json:
        say_json({"subject": demographics, "records": [asdict(line) for line in lines_of(story)]})
        return
    out = Console(highlight=False)
    out.print(" | ".join(f"{name}: {value}" for name, value in demographics.items() if value), soft_wrap=True)
    table = Table("Date", "Day", "Record", "What", "Details", box=None, padding=(0, 2, 0, 0))
    table.columns[1].justify = "right"
    for line in grouped(story):
        when = line.start + (f" to {line.end}" if line.end and line.end != line.start else "")
        table.add_row(when, line.day, f"{line.domain} {line.seq}".strip(), line.what, line.details)
    out.print(table)
