"""Checking a folder of transport files, whatever wrote them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import pandas as pd

from checks.core.check import CoreOptions, check_with_core
from checks.listing import write_findings
from checks.rules import OF_SDTM, run_rules
from checks.schema import check_dataset
from clinical.errors import UsageError
from clinical.findings import combine, report
from flows.steps import newest_header
from specs.load import load_study
from specs.supplemental import supplemental_specs
from submission import xpt


def check_folder(
    study: str,
    folder: Path,
    out: Path | None,
    core: CoreOptions | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> tuple[pd.DataFrame, Path | None]:
    """Return the findings on a folder of transport files, and where they were listed if `out` is given.

    A dataset that the study does not describe is a finding; so is a described one that is absent. With `core`, the
    CDISC CORE engine checks the folder too; `say` is called before something that takes long.
    """
    loaded = load_study(study)
    datasets = xpt.read_folder(folder, encoding=loaded.design.submission.reading_encoding)
    specs = {**loaded.sdtm, **loaded.adam}
    specs |= {spec.name: spec for spec in supplemental_specs(loaded).values()}
    tables = [check_dataset(frame, specs[name], loaded) for name, frame in datasets.items() if name in specs]
    tables += [
        report(
            "CHECK.UNKNOWN_DATASET", "warning", f"{name} is not described by the study.", source="rule", dataset=name
        )
        for name in datasets
        if name not in specs
    ]
    analysis = set(datasets) <= {*loaded.adam}
    described = loaded.adam if analysis else loaded.sdtm
    tables += [
        report("CHECK.NO_DATASET", "note", f"{name} is described, but absent.", source="rule", dataset=name)
        for name in described
        if name not in datasets
    ]
    both = [OF_SDTM, *([("ADAM",)] if {*loaded.adam} & {*datasets} else [])]
    stages = [("ADAM",)] if analysis else both
    tables += [run_rules(loaded, datasets, only=stage) for stage in stages]
    files = xpt.list_folder(folder)
    if core is not None:
        standard: Literal["sdtm", "adam"] = "adam" if analysis else "sdtm"
        empty = [name for name, frame in datasets.items() if frame.empty]
        tables.append(check_with_core(loaded, files, core, standard=standard, empty=empty, say=say))
    findings = combine(tables)
    if out is None:
        return findings, None
    subjects = datasets.get("DM", pd.DataFrame())
    sites = subjects.set_index("USUBJID")["SITEID"] if {"USUBJID", "SITEID"} <= set(subjects) else None
    created = newest_header(files.values())
    out.mkdir(parents=True, exist_ok=True)
    write_findings(findings, out, created=created, site_of=sites)
    return findings, out


def core_options(folder: Path, cache: Path | None, define: Path | None, python: Path | None) -> CoreOptions | None:
    """Return what the command line says of the CDISC CORE engine, or None where it is not asked for.

    The folder's own define.xml is taken where none is named.

    Raises:
        UsageError: a Define-XML file or an interpreter is named without a cache.
    """
    if cache is None:
        if define is not None or python is not None:
            raise UsageError("--define and --core-python belong to --core. Name the engine's cache with --core CACHE.")
        return None
    own = folder / "define.xml"
    return CoreOptions(cache, define or (own if own.is_file() else None), python)
