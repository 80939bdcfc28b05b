"""`cdiscflow trace`: from a record of a run back to the raw cells it came from, as text or JSON."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.tree import Tree

from clinical.errors import UsageError, did_you_mean, listed
from clinical.findings import as_text
from flows.terminal import say_json
from flows.work import Store
from reports.trace import Node, Tracer
from specs.load import load_study
from specs.model.study import Study
from submission.manifest import Manifest, read_manifest

#: More records than this are not traced at once.
_MOST = 20


def trace_record(
    run: Path, dataset: str, keys: Sequence[str], variable: str | None, study: str | None, *, as_json: bool
) -> None:
    """Print the chain of the records of a dataset for which all keys (`NAME=value`) hold.

    Raises:
        UsageError: the folder is no run, the dataset or a variable is not in it, or the keys hold for no record or too
            many.
        SpecError: the study's specification is not the one that the run used.
    """
    manifest = read_manifest(run)
    described = _study_of(manifest, study)
    store = Store(run)

    @cache
    def load(stage: str, name: str) -> pd.DataFrame | None:
        return store.load(stage, name) if store.has(stage, name) else None

    tracer = Tracer(described, load)
    name = dataset.upper()
    stage = tracer.stage_of(name)
    if stage is None:
        known = [*store.names("adam"), *store.names("sdtm")]
        raise UsageError(
            f"{dataset}: the run has no such dataset.{did_you_mean(name, known)} It has {listed(known, 40)}."
        )
    frame = load(stage, name)
    assert frame is not None
    if name.startswith("SUPP"):
        parent = name.removeprefix("SUPP")
        raise UsageError(f"{name} holds qualifiers of the records of {parent}. Trace the record of {parent}.")
    spec = described.adam[name] if name in described.adam else described.sdtm[name]
    if variable is not None and variable not in spec.names:
        raise UsageError(f"--var {variable}: {name} has no such variable.{did_you_mean(variable, spec.names)}")
    rows = frame[_selected(frame, name, keys)]
    if rows.empty or len(rows) > _MOST:
        found = "no record" if rows.empty else f"{len(rows):,} records"
        raise UsageError(
            f"{name}: {found} for these keys. Give keys that name one, as USUBJID=… and PARAMCD=… or --SEQ=…."
        )
    chains = [tracer.trace(name, row, variable) for _, row in rows.iterrows()]
    if as_json:
        say_json({"records": [one.to_json() for one in chains]})
        return
    out = Console(highlight=False)
    for chain in chains:
        out.print(_tree(chain))


def _study_of(manifest: Manifest, study: str | None) -> Study:
    """Return the study that a run was made of; its files must be those of the run."""
    found = load_study(study or manifest.study.lower())
    changed = sorted(name for name, digest in manifest.specs.items() if found.files.get(name) != digest)
    if changed:
        raise UsageError(
            f"the specification has changed since the run ({listed(changed)}), so its rules are no longer known. "
            "Run the study again, or name the specification of that time with --study PATH."
        )
    return found


def _selected(frame: pd.DataFrame, dataset: str, keys: Sequence[str]) -> pd.Series:
    holds = pd.Series(True, index=frame.index)
    for key in keys:
        name, equals, value = key.partition("=")
        if not equals:
            raise UsageError("an argument has no '='. Write NAME=value, as USUBJID=… .")
        if name not in frame:
            raise UsageError(f"{dataset} has no variable '{name}'.{did_you_mean(name, frame.columns)}")
        holds &= as_text(frame[name]) == value
    return holds


def _tree(node: Node) -> Tree:
    """Return a chain as a tree for the terminal."""
    tree = Tree(_line(node))
    if node.rule:
        tree.add(f"[italic]Rule: {escape(node.rule)}[/italic]")
    for source in node.sources:
        tree.children.append(_tree(source))
    if node.left_out:
        others = tree.add("Left out")
        for one in node.left_out:
            others.children.append(_tree(one))
    return tree


def _line(node: Node) -> str:
    said = "; ".join(f"{name}: {value}" for name, value in node.says if value)
    return f"[bold]{escape(node.name)}[/bold]" + (f"  {escape(said)}" if said else "")
