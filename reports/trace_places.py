"""Names and anchors of the trace pages of a run: what a table, a figure or another page links to."""

from __future__ import annotations

import re
from hashlib import sha256

from reports.trace_data import Record

#: The folder of the pages, beside the report's own page.
FOLDER = "trace"


def page_name(dataset: str, paramcd: str = "") -> str:
    """Return the file name of a parameter's page: `adrs-orr3m.html`; of a dataset without parameters `adae.html`."""
    return f"{dataset}-{paramcd}.html".lower() if paramcd else f"{dataset}.html".lower()


def anchor_of(text: str) -> str:
    """Return a text as an anchor: lower case, everything but letters and digits a hyphen."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-") or "none"


def subject_anchor(subject: str) -> str:
    """Return the anchor of a subject, which no other has: `cart1922-01-0002`; `01-001-` and eight digits for `01_001`.

    The digits are those of a hash of the name, where the anchor alone does not say which name it stands for.
    """
    anchor = anchor_of(subject)
    if anchor.upper() == subject:
        return anchor
    return f"{anchor}-{sha256(subject.encode()).hexdigest()[:8]}"


def record_anchor(record: Record) -> str:
    """Return the anchor of an analysis record: its subject, and its number where a subject may have several."""
    number = number_of(record)
    subject = subject_anchor(record.subject)
    return f"{subject}-{number}" if number else subject


def number_of(record: Record) -> str:
    """Return an analysis record's number within its subject: ASEQ, else the number of the record it was made of."""
    if record["ASEQ"]:
        return record["ASEQ"]
    names = [name for name in record.table.names if name.endswith("SEQ") and name != "SRCSEQ"]
    return next((record[name] for name in names if record[name]), "")


def place_of(record: Record) -> str:
    """Return where the run's pages show an analysis record; nothing for a record of SDTM."""
    if record.table.stage != "adam":
        return ""
    return f"{page_name(record.dataset, record['PARAMCD'])}#{record_anchor(record)}"
