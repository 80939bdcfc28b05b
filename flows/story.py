"""One subject's records of all domains in time order, each as a line, and lines that belong together as one."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from clinical.errors import UsageError
from clinical.findings import as_text
from flows.story_records import record_lines
from flows.work import Store
from specs.model.study import Standards
from specs.standards import load_sdtmig

#: Datasets that say nothing of their own about a subject.
_SILENT = ("DM", "RELREC")


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


COLUMNS = ["start", "end", "day", "domain", "seq", "what", "details"]


def demographics_of(store: Store, subject: str) -> dict[str, str]:
    """Return what DM says of the subject with this USUBJID or SUBJID, by label; USUBJID stands under `USUBJID`.

    Raises:
        UsageError: the subject is not in DM.
    """
    subjects = store.load("sdtm", "DM")
    found = subjects[(subjects["USUBJID"] == subject) | (subjects["SUBJID"] == subject)]
    if found.empty:
        raise UsageError("--subject: no such subject in DM. Give a USUBJID or SUBJID as it stands there.")
    described = load_sdtmig(Standards().sdtmig).datasets["DM"]
    return {one.label: as_text(found[one.name]).iloc[0] for one in described.variables if one.name in found}


def story_of(store: Store, subject: str) -> tuple[dict[str, str], pd.DataFrame]:
    """Return a subject's demographics by label, and the records of all other domains in time order.

    The records have the columns of `Line`, and `group`, `heading` and `brief` for `grouped`. They are ordered by the
    date that is known of them; without any, by that of their visit or, for a comment, of the record that it is on; the
    others stand last.
    """
    demographics = demographics_of(store, subject)
    name = demographics["Unique Subject Identifier"]
    standard = load_sdtmig(Standards().sdtmig)
    tables = []
    for dataset in store.names("sdtm"):
        described = standard.dataset(dataset)
        if dataset in _SILENT or dataset.startswith("SUPP") or described is None:
            continue
        rows = _of_subject(store, dataset, name)
        if len(rows):
            tables.append(record_lines(rows, described, _of_subject(store, f"SUPP{dataset}", name)))
    if not tables:
        return demographics, pd.DataFrame(columns=[*COLUMNS, "group", "heading", "brief"])
    table = _dated(pd.concat(tables, ignore_index=True))
    table["undated"] = ~table["order"].str.match(r"\d{4}")
    return demographics, table.sort_values(["undated", "order", "domain"], kind="stable").reset_index(drop=True)


def lines_of(table: pd.DataFrame) -> list[Line]:
    """Return the records of a story as lines."""
    return [Line(*row) for row in table[COLUMNS].to_numpy().tolist()]


def grouped(table: pd.DataFrame) -> list[Line]:
    """Return a story with the findings of one domain, date and visit in one line each.

    A dose as collected (EC) that EX has of the same treatment and start is left out.
    """
    given = set(table.loc[table["domain"] == "EX", ["what", "start"]].itertuples(index=False, name=None))
    doses = pd.Series(list(zip(table["what"], table["start"], strict=True)), index=table.index)
    table = table[~((table["domain"] == "EC") & table["start"].ne("") & doses.isin(given))]
    lines = []
    for _, rows in table.groupby("group", sort=False):
        first = rows.iloc[0]
        if not first["brief"]:
            lines += lines_of(rows)
            continue
        start = first["start"] if rows["start"].eq(first["start"]).all() else first["start"][:10]
        seq = first["seq"] if len(rows) == 1 else ""
        briefs = "; ".join(rows["brief"])
        lines.append(Line(start, "", first["day"], first["domain"], seq, first["heading"], briefs))
    return lines


def _of_subject(store: Store, dataset: str, subject: str) -> pd.DataFrame:
    """Return the records of a subject; none where the dataset is not there or has no subjects."""
    frame = store.load("sdtm", dataset) if store.has("sdtm", dataset) else pd.DataFrame()
    return frame[frame["USUBJID"] == subject].reset_index(drop=True) if "USUBJID" in frame else frame.iloc[:0]


def _dated(table: pd.DataFrame) -> pd.DataFrame:
    """Return lines with the date by which they are ordered."""
    dated = table[table["start"].ne("")]
    visits = (
        dated[dated["domain"].eq("SV") & dated["visit"].ne("")].drop_duplicates("visit").set_index("visit")["start"]
    )
    records = (dated["domain"] + " " + dated["seq"]).drop_duplicates()
    parents = pd.Series(dated.loc[records.index, "start"].to_numpy(), index=records, dtype="str")
    order = table["start"].mask(table["start"].eq(""), table["on"].map(parents))
    order = order.fillna(table["visit"].map(visits)).astype("str").fillna("")
    return table.assign(order=order)
