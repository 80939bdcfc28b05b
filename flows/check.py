"""Checking a folder of transport files, whatever wrote them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from checks.listing import write_findings
from checks.rules import run_rules
from checks.schema import check_dataset
from clinical.findings import combine, report
from flows.steps import newest_header
from specs.load import load_study
from specs.supplemental import supplemental_name, supplemental_spec
from submission import xpt


def check_folder(study: str, folder: Path, out: Path | None) -> tuple[pd.DataFrame, Path | None]:
    """Return the findings on a folder of transport files, and where they were listed if `out` is given.

    A dataset that the study does not describe is a finding; so is a described one that is absent.
    """
    loaded = load_study(study)
    datasets = xpt.read_folder(folder)
    specs = {**loaded.sdtm, **loaded.adam}
    specs |= {supplemental_name(name): supplemental_spec(loaded, name) for name in loaded.sdtm}
    tables = [check_dataset(frame, specs[name], loaded) for name, frame in datasets.items() if name in specs]
    tables += [
        report(
            "CHECK.UNKNOWN_DATASET", "warning", f"{name} is not described by the study.", source="rule", dataset=name
        )
        for name in datasets
        if name not in specs
    ]
    described = loaded.adam if set(datasets) <= {*loaded.adam} else loaded.sdtm
    tables += [
        report("CHECK.NO_DATASET", "note", f"{name} is described, but absent.", source="rule", dataset=name)
        for name in described
        if name not in datasets
    ]
    tables.append(run_rules(loaded, datasets))
    findings = combine(tables)
    if out is None:
        return findings, None
    sites = datasets["DM"].set_index("USUBJID")["SITEID"] if "DM" in datasets else None
    created = newest_header(xpt.list_folder(folder).values())
    out.mkdir(parents=True, exist_ok=True)
    write_findings(findings, out, created=created, site_of=sites)
    return findings, out
