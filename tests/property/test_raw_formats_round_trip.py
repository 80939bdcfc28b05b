"""Any text that an export can hold comes back from every kind of export as it was written."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from raw import Export, read_export
from simulation import SimulatedExport
from simulation.write import WRITERS, write
from specs.model.raw import RawContract

KEYS = {
    "subject": "SUBJID",
    "site": "SITEID",
    "event": "EVENT",
    "event_repeat": "EVENTSEQ",
    "form_repeat": "FORMSEQ",
    "group_repeat": "LINE",
}
CONTRACT = RawContract.model_validate(
    {
        "export": {
            "csv": {"snapshot_file": "snapshot.txt"},
            "formats": {"rave": {}, "veeva": {}, "redcap": {"event": "{event}_arm_1"}, "openclinica": {}},
        },
        "identity": KEYS,
        "subjects": "dm",
        "forms": {
            "dm": {"label": "Demographics", "columns": {"SEX": "Sex"}},
            "ae": {"label": "Events", "repeating": True, "columns": {"TERM": "Term", "DOSE": "Dose"}},
        },
    }
)
PLACES = {name: {"odm": {"form": f"F.{name.upper()}", "group": f"IG.{name.upper()}"}} for name in CONTRACT.forms}

#: What XML 1.0, CSV and SAS can all hold; a text of blanks is none, and SAS drops blanks at the end.
TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cn"], include_characters="\t\n\r\"'&<>,=_x0D"), max_size=12
)
ROWS = st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=6)


def exported(rows: list[tuple[str, str]]) -> SimulatedExport:
    """Return an export of one subject with a line of events a row."""
    keys = ["01-1", "01", "LOG", None, None]
    names = list(KEYS.values())
    lines = [[*keys, str(line), *texts] for line, texts in enumerate(rows, 1)]
    events = pd.DataFrame(lines, columns=[*names, "TERM", "DOSE"], dtype="str")
    subject = pd.DataFrame([["01-1", "01", "SCR", None, None, None, "Male"]], columns=[*names, "SEX"], dtype="str")
    return SimulatedExport(
        forms={"dm": subject, "ae": events.replace("", None)},
        planted=pd.DataFrame(),
        snapshot=datetime(2026, 3, 1, 6, 30, tzinfo=UTC),
        study="T",
        study_name="Trial",
        description="A trial",
        events={"SCR": "Screening", "LOG": "Logs"},
        sites=("01",),
    )


def round_trip(export: SimulatedExport, kind: str) -> Export:
    forms = {name: form.model_dump(exclude_unset=True) | PLACES[name] for name, form in CONTRACT.forms.items()}
    contract = RawContract.model_validate(CONTRACT.model_dump(exclude_unset=True) | {"forms": forms})
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "export.xlsx" if kind == "xlsx" else "export.xml" if "odm" in kind else "export")
        path = path.with_suffix(".xml") if kind == "openclinica" else path
        write(export, contract, path, kind)
        return read_export(path, contract)


@pytest.mark.parametrize("kind", sorted(WRITERS))
@settings(max_examples=12, deadline=None)
@given(rows=ROWS)
def test_texts_come_back(kind: str, rows: list[tuple[str, str]]) -> None:
    frame = round_trip(exported(rows), kind).forms["ae"]
    sas = kind in ("sas", "rave-sas")
    for at, column in enumerate(("TERM", "DOSE")):
        texts = [row[at].rstrip(" ") if sas else row[at] for row in rows]
        expected = [text if text.strip() else None for text in texts]
        found = frame[column].astype(object)
        assert list(found.where(found.notna(), None)) == expected
    assert list(frame["_GROUP_REPEAT"]) == [str(line) for line in range(1, len(rows) + 1)]
