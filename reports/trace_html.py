"""Trace pages as HTML: no script, nothing fetched, the same bytes for the same data."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from clinical.errors import OutsideError
from reports.trace_groups import ValueGroup
from reports.trace_nodes import Node, Said
from reports.trace_pages import TracePage
from reports.trace_places import FOLDER, subject_anchor
from specs.model.study import Study

#: What the line of a record of SDTM says: its topic, its result or degree, its date.
_TOPICS = ("TESTCD", "TRT", "DECOD", "TERM")
_RESULTS = ("STRESC", "TOXGR", "DOSE")
_DATES = ("DTC", "STDTC")
#: What the line of an analysis record says.
_ANALYSIS = ("AVALC", "STARTDT", "ADT", "EVNTDESC", "CNSDTDSC")
#: What says where a raw row stands.
_PLACE = ("file", "row", "CRF page", "event", "repeat")
#: How many levels of a chain are open on a page of its own.
_OPEN = 3


@dataclass(frozen=True)
class Stamp:
    """What all pages of a run say of it."""

    study_id: str
    title: str
    draft: bool
    cutoff: str | None


def write_trace_pages(folder: Path, pages: Sequence[TracePage], stamp: Stamp) -> list[Path]:
    """Write the pages and their index into `report/trace/` of a run folder and return their paths.

    Raises:
        OutsideError: the disk refused.
    """
    known = {
        f"{page.name}#{record.anchor}"
        for page in pages
        for section in page.sections
        for subject in section.subjects
        for record in subject.records
    }
    environment = _environment(known)
    place = folder / "report" / FOLDER
    index = environment.get_template("trace_index.html").render(pages=pages, stamp=stamp)
    template = environment.get_template("trace_page.html")
    environment.globals["names"] = [page.name for page in pages]
    texts = {"index.html": index, **{page.name: template.render(page=page, stamp=stamp) for page in pages}}
    return [_write(place / name, text) for name, text in texts.items()]


def write_chains(
    path: Path,
    chains: Sequence[Node],
    study: Study,
    *,
    dataset: str,
    keys: Sequence[str],
    variable: str | None = None,
) -> Path:
    """Write chains as one page that stands alone, readable by its owner only, and return its path.

    Raises:
        OutsideError: the disk refused.
    """
    spec = study.adam.get(dataset) or study.sdtm[dataset]
    wanted = ("--var", variable) if variable else ()
    page = _environment(()).get_template("trace_chain.html")
    stamp = Stamp(study.id, study.design.title, False, None)
    command = " ".join(("cdiscflow trace RUN", dataset, *keys, *wanted))
    text = page.render(chains=chains, stamp=stamp, dataset=dataset, label=spec.label, command=command, open=_OPEN)
    return _write(path, text)


def _write(path: Path, text: str) -> Path:
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _replace(path, text)
    except OSError as error:
        raise OutsideError(
            f"{path}: cannot be written ({error.strerror}). Check the folder and the disk's space."
        ) from error
    return path


def _replace(path: Path, text: str) -> None:
    """Write a file that only its owner reads beside `path`, and put it in its place, whatever stood there."""
    number, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with open(number, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _environment(known: Iterable[str]) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": lambda count: f"{count:,}",
        "gist": _gist,
        "cells": _cells,
        "anchor": subject_anchor,
        "left_over": _left_over,
        "linked": _linked,
    }
    environment.globals["known"] = frozenset(known)
    environment.filters["chain"] = _chain(environment)
    return environment


def _chain(environment: Environment) -> Callable[[Node, int], Markup]:
    """Return what renders a chain with its first levels open; what several chains share is rendered once."""
    made: dict[tuple[Node, bool], Markup] = {}

    def render(node: Node, levels: int = 0) -> Markup:
        if levels > 0:
            return Markup(macro(node, levels))
        if (node, False) not in made:
            made[node, False] = Markup(macro(node, 0))
        return made[node, False]

    environment.filters["chain"] = render
    macro = environment.get_template("trace_node.html").module.chain  # type: ignore[attr-defined]
    return render


def _gist(node: Node) -> list[str]:
    """Return what the line of a node says beside its name."""
    values = {one.name: one.value for one in node.says}
    if node.kind == "value":
        return []
    if node.kind == "raw":
        page = [f"CRF page {values['CRF page']}"] if "CRF page" in values else []
        event = " ".join(values[name] for name in ("event", "repeat") if name in values)
        return [values.get("file", ""), *page, *([f"event {event}"] if "event" in values else [])]
    if node.kind == "left_out":
        return [one.value for one in node.says if one.name != "left out"]
    if node.kind == "heading":
        return [one.value for one in node.says]
    if node.kind == "analysis":
        return [values[name] for name in _ANALYSIS if name in values]
    found = ((part, one.value) for one in node.says for part in [_part(node, one.name)] if one.value)
    parts = dict(found)
    kinds = ([parts[name] for name in names if name in parts][:1] for names in (_TOPICS, _RESULTS, _DATES))
    return [value for kind in kinds for value in kind]


def _part(node: Node, name: str) -> str:
    """Return a variable's name without the prefix of its dataset: RSTESTCD -> TESTCD."""
    return name[2:] if re.match(node.name[:2], name) else name


def _cells(node: Node) -> list[Said]:
    """Return what a node's body lists and its line does not: a raw row's cells without its place, no title twice."""
    if node.above or node.kind in ("value", "heading"):
        return []
    known = _PLACE if node.kind == "raw" else ("PARAM",)
    return [one for one in node.says if one.name not in known]


def _linked(rule: str, dataset: str, own: str, pages: Iterable[str]) -> Markup:
    """Return a rule in which the names of other parameters of its dataset lead to their pages."""
    codes = {page.removeprefix(f"{dataset.lower()}-").removesuffix(".html").upper(): page for page in pages}
    parts = re.split(r"\b([A-Z][A-Z0-9]+)\b", rule)
    return Markup("").join(
        Markup('<a href="{}">{}</a>').format(codes[part], part) if part in codes and part != own else escape(part)
        for part in parts
    )


def _left_over(group: ValueGroup, shown: Iterable[str]) -> int:
    """Return how many subjects of a value a page does not show."""
    return group.subjects - len(set(group.listed) & set(shown))
