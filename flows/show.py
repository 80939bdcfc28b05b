"""One subject's whole story in time order, from all domains: how a reviewer thinks."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.table import Table

from clinical.errors import UsageError
from clinical.findings import as_text
from flows.terminal import say_json
from flows.work import Store
from specs.model.study import Standards
from specs.standards import StandardDataset, StandardVariable, load_sdtmig
from submission.manifest import read_manifest

#: Qualifiers that say nothing in a story: grouping keys, dictionary levels, and what another column already says.
_SILENT = ("SPID", "GRPID", "LNKID", "LNKGRP", "REFID", "LLT", "HLT", "HLGT", "BODSYS", "SOC", "TEST", "STRESN", "EVAL")


@dataclass(frozen=True)
class Line:
    """One record: when it began and ended (ISO 8601 as collected), its study day, where it stands and what it says."""

    start: str
    end: str
    day: str
    domain: str
    seq: str
    what: str
    details: str


def show_subject(run: Path, subject: str, *, as_json: bool) -> None:
    """Print the story of the subject with this USUBJID or SUBJID.

    Raises:
        UsageError: the folder is no run, or the subject is not in its DM.
    """
    read_manifest(run)
    store = Store(run)
    demographics, lines = story_of(store, subject)
    if as_json:
        say_json({"subject": demographics, "records": [asdict(line) for line in lines]})
        return
    out = Console(highlight=False)
    out.print(" | ".join(f"{name}: {value}" for name, value in demographics.items() if value), soft_wrap=True)
    table = Table("Date", "Day", "Record", "What", "Details", box=None, padding=(0, 2, 0, 0))
    table.columns[1].justify = "right"
    for line in lines:
        when = line.start + (f" to {line.end}" if line.end and line.end != line.start else "")
        table.add_row(when, line.day, f"{line.domain} {line.seq}".strip(), line.what, line.details)
    out.print(table)


def story_of(store: Store, subject: str) -> tuple[dict[str, str], list[Line]]:
    """Return a subject's demographics by label, and the records of all other domains in time order.

    Records are ordered by the date that is known of them, those without any date last.
    """
    standard = load_sdtmig(Standards().sdtmig)
    subjects = store.load("sdtm", "DM")
    found = subjects[(subjects["USUBJID"] == subject) | (subjects["SUBJID"] == subject)]
    if found.empty:
        raise UsageError("--subject: no such subject in DM. Give a USUBJID or SUBJID as it stands there.")
    name = found["USUBJID"].iloc[0]
    described = standard.datasets["DM"]
    demographics = {one.label: as_text(found[one.name]).iloc[0] for one in described.variables if one.name in found}
    tables = []
    for dataset in store.names("sdtm"):
        described_as = standard.dataset(dataset)
        frame = store.load("sdtm", dataset)
        if dataset == "DM" or dataset.startswith("SUPP") or described_as is None or "USUBJID" not in frame:
            continue
        rows = frame[frame["USUBJID"] == name].reset_index(drop=True)
        if len(rows):
            tables.append(_lines(rows, described_as, _supplemental(store, dataset, name)))
    if not tables:
        return demographics, []
    table = pd.concat(tables, ignore_index=True)
    table["undated"] = ~table["start"].str.match(r"\d{4}")
    table = table.sort_values(["undated", "start", "domain"], kind="stable").drop(columns="undated")
    return demographics, [Line(*row) for row in table.to_numpy().tolist()]


def _lines(rows: pd.DataFrame, dataset: StandardDataset, supplemental: pd.Series) -> pd.DataFrame:
    """Return one line a record, as the columns of `Line`."""
    prefix = dataset.name[:2]

    def text(name: str) -> pd.Series:
        return as_text(rows[name]) if name in rows else pd.Series("", index=rows.index, dtype="str")

    def first(*names: str) -> pd.Series:
        present = [text(name) for name in names if name in rows]
        return present[0] if present else pd.Series("", index=rows.index, dtype="str")

    topic = [f"{prefix}TEST", f"{prefix}DECOD", "ELEMENT", "VISIT" if dataset.name == "SV" else "", f"{prefix}TERM"]
    topic += [f"{prefix}TRT", f"{prefix}OBJ", f"{prefix}VAL", "COVAL"]
    details = pd.Series("", index=rows.index, dtype="str")
    for variable in dataset.variables:
        if variable.name in rows and variable.name not in topic and _speaks(variable, prefix):
            value = text(variable.name)
            details = details.where(value == "", details + "; " + variable.label + ": " + value)
    seq = text(f"{prefix}SEQ")
    extra = seq.map(supplemental).astype("str").fillna("") if len(supplemental) else ""
    return pd.DataFrame(
        {
            "start": first(f"{prefix}STDTC", f"{prefix}DTC"),
            "end": first(f"{prefix}ENDTC"),
            "day": first(f"{prefix}STDY", f"{prefix}DY"),
            "domain": dataset.name,
            "seq": seq,
            "what": first(*topic),
            "details": (details + extra).str.removeprefix("; "),
        }
    )


def _speaks(variable: StandardVariable, prefix: str) -> bool:
    """Return whether a variable is worth a place in the story: qualifiers, but not codes, keys and repetitions."""
    name = variable.name.removeprefix(prefix)
    if variable.name == "EPOCH":
        return True
    return "Qualifier" in variable.role and not name.endswith("CD") and name not in _SILENT


def _supplemental(store: Store, dataset: str, subject: str) -> pd.Series:
    """Return the supplemental qualifiers of a subject's records as one text, by --SEQ."""
    if not store.has("sdtm", f"SUPP{dataset}"):
        return pd.Series(dtype="str")
    rows = store.load("sdtm", f"SUPP{dataset}")
    rows = rows[rows["USUBJID"] == subject]
    texts = "; " + rows["QLABEL"] + ": " + rows["QVAL"]
    return texts.groupby(rows["IDVARVAL"]).agg("".join)
