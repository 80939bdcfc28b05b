"""`cdiscflow trace`: from a record of a run back to the raw cells it came from, as text, JSON or a page."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.markup import escape
from rich.tree import Tree

from clinical.errors import UsageError, did_you_mean, listed
from clinical.findings import as_text
from clinical.wording import count
from flows.terminal import say_json
from flows.trace_load import load_subjects
from flows.work import Store
from reports.trace import Tracer
from reports.trace_data import Record, RunData
from reports.trace_html import write_chains
from reports.trace_nodes import Node, without_repetition
from specs.load import load_study
from specs.model.study import Study
from submission.manifest import Manifest, read_manifest

#: More records than this are not traced at once.
_MOST = 20


def trace_record(
    run: Path,
    dataset: str,
    keys: Sequence[str],
    variable: str | None,
    study: str | None,
    *,
    as_json: bool,
    html: Path | None = None,
) -> None:
    """Print the chain of the records of a dataset for which all keys (`NAME=value`) hold, or write it as a page.

    Raises:
        UsageError: the folder is no run, the study's specification is not the one that the run used, the dataset or a
            variable is not in the run, or the keys hold for no record or too many.
        OutsideError: the page cannot be written.
    """
    manifest = read_manifest(run)
    described = _study_of(manifest, study)
    name = dataset.upper()
    store = Store(run)
    frame = _frame_of(store, dataset, name)
    spec = described.adam[name] if name in described.adam else described.sdtm[name]
    known = (*spec.names, *(one.name for one in spec.supplemental))
    if variable is not None and variable not in known:
        raise UsageError(f"--var {variable}: {name} has no such variable.{did_you_mean(variable, known)}")
    rows = frame[_selected(frame, name, keys)]
    if rows.empty or len(rows) > _MOST:
        found = "no record" if rows.empty else count(len(rows), "record")
        raise UsageError(
            f"{name}: {found} for these keys. Give keys that name one, as USUBJID=… and PARAMCD=… or --SEQ=…."
        )
    chains = _chains(described, store, name, rows, keys, variable)
    if html is not None:
        write_chains(html, chains, described, dataset=name, keys=keys, variable=variable)
    if as_json:
        content = {"records": [one.to_json() for one in chains]}
        say_json(content if html is None else {"status": "written", "exit_code": 0, "records": len(chains)})
    elif html is not None:
        what = count(len(chains), "record")
        Console(highlight=False, soft_wrap=True).print(f"Wrote the chain of {what} to {html}", markup=False)
    else:
        out = Console(highlight=False)
        for chain in chains:
            out.print(_tree(chain))


def _frame_of(store: Store, given: str, name: str) -> pd.DataFrame:
    """Return a dataset of a run that has records of its own."""
    stage = next((one for one in ("adam", "sdtm") if store.has(one, name)), None)
    if stage is None:
        known = [*store.names("adam"), *store.names("sdtm")]
        raise UsageError(
            f"{given}: the run has no such dataset.{did_you_mean(name, known)} It has {listed(known, 40)}."
        )
    if name.startswith("SUPP"):
        parent = name.removeprefix("SUPP")
        raise UsageError(f"{name} holds qualifiers of the records of {parent}. Trace the record of {parent}.")
    return store.load(stage, name)


def _chains(
    study: Study, store: Store, name: str, rows: pd.DataFrame, keys: Sequence[str], variable: str | None
) -> list[Node]:
    """Return the chains of some rows of a dataset, from the data of their subjects only."""
    subjects = rows["USUBJID"].dropna().unique().tolist() if "USUBJID" in rows else []
    data = RunData(load_subjects(store, subjects))
    table = data.table("adam" if store.has("adam", name) else "sdtm", name)
    assert table is not None
    tracer = Tracer(study, data)
    places = _selected(table.frame, name, keys).to_numpy().nonzero()[0]
    return [without_repetition(tracer.trace(Record(table, int(at)), variable)) for at in places]


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
    empty = "missing" if node.kind == "value" else ""
    says = () if node.above and node.kind == "raw" else node.says
    said = "; ".join(f"{one.name}: {one.value or empty}" for one in says if one.value or empty)
    above = "  [italic](see above)[/italic]" if node.above else ""
    return f"[bold]{escape(node.name)}[/bold]" + (f"  {escape(said)}" if said else "") + above
