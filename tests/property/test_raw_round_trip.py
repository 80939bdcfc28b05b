"""Any text goes through CSV and ODM-XML unchanged; every record is kept or listed; transactions follow a model."""

from __future__ import annotations

import csv
import io
import tempfile
from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from raw import Export, read_export
from raw.quality import same_rows
from specs.model.raw import RawContract

CONTRACT = RawContract.model_validate(
    {
        "export": {"csv": {"snapshot_file": "snapshot.txt"}},
        "identity": {"subject": "SUBJID", "group_repeat": "LINE"},
        "subjects": "dm",
        "forms": {
            "dm": {"label": "Demographics", "odm": {"form": "DM", "group": "DM"}, "columns": {"SEX": "Sex"}},
            "ae": {
                "label": "Events",
                "odm": {"form": "AE", "group": "AE"},
                "repeating": True,
                "columns": {"A": "First", "B": "Second"},
            },
        },
    }
)

#: What both XML 1.0 and a CSV can hold. (No carriage return: ODM has it as a reference, which is tested with the rest.)
TEXTS = st.text(
    st.characters(
        exclude_categories=["Cs", "Cc", "Cn"], exclude_characters="\ufffe\uffff", include_characters="\t\n\r"
    ),
    max_size=12,
)
ROWS = st.lists(st.tuples(TEXTS, TEXTS), max_size=12)


def read(files: dict[str, str], name: str = "") -> Export:
    with tempfile.TemporaryDirectory() as folder:
        for file, text in ({"snapshot.txt": "2026-03-01"} | files).items():
            Path(folder, file).write_bytes(text.encode())
        return read_export(Path(folder, name), CONTRACT)


def as_csv(head: list[str], rows: list[list[str]]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([head, *rows])
    return text.getvalue()


def as_odm(elements: str, file_type: str = "Snapshot") -> str:
    return (
        f'<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" FileType="{file_type}" CreationDateTime="2026-03-01">'
        '<ClinicalData StudyOID="S"><SubjectData SubjectKey="1"><StudyEventData StudyEventOID="E">'
        f'<FormData FormOID="DM"><ItemGroupData ItemGroupOID="DM"/></FormData></StudyEventData>{elements}'
        "</SubjectData></ClinicalData></ODM>"
    )


def cells(export: Export) -> list[list[str | None]]:
    frame = export.forms["ae"][["_GROUP_REPEAT", "A", "B"]].astype(object)
    return frame.where(frame.notna(), None).to_numpy().tolist()


@settings(max_examples=40, deadline=None)
@given(ROWS)
def test_any_text_comes_through_csv_and_odm_as_it_is(rows: list[tuple[str, str]]) -> None:
    numbered = [[str(line), *row] for line, row in enumerate(rows, 1)]
    expected = [[line, *(text if text.strip() else None for text in row)] for line, *row in numbered]
    table = as_csv(["SUBJID", "LINE", "A", "B"], [["1", *row] for row in numbered])
    assert cells(read({"dm.csv": "SUBJID,SEX\n1,\n", "ae.csv": table})) == expected
    groups = "".join(
        f'<ItemGroupData ItemGroupOID="AE" ItemGroupRepeatKey="{line}"><ItemData ItemOID="A" Value={quoted(first)}/>'
        f'<ItemData ItemOID="X.B" Value={quoted(second)}/></ItemGroupData>'
        for line, first, second in numbered
    )
    elements = f'<StudyEventData StudyEventOID="E"><FormData FormOID="AE">{groups}</FormData></StudyEventData>'
    assert cells(read({"x.xml": as_odm(elements)}, "x.xml")) == expected


def quoted(text: str) -> str:
    return quoteattr(text, {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


RECORD = st.tuples(
    st.sampled_from(["1", "2", "3", ""]), st.sampled_from(["1", "2", ""]), st.sampled_from("xy"), st.sampled_from("xy ")
)


@settings(max_examples=40, deadline=None)
@given(st.lists(RECORD, max_size=12))
def test_every_record_is_kept_or_listed_once(records: list[tuple[str, ...]]) -> None:
    table = as_csv(["SUBJID", "LINE", "A", "B"], [list(record) for record in records])
    export = read({"dm.csv": "SUBJID,SEX\n1,F\n2,M\n", "ae.csv": table})
    kept = export.forms["ae"]["_ROW"].tolist()
    listed = export.findings[export.findings["row"] != ""]
    aside = [int(row) for row in listed["row"] if int(row) not in kept]
    assert sorted(kept + aside) == list(range(1, len(records) + 1))
    assert kept == sorted(kept)
    for _, row in export.forms["ae"].iterrows():
        subject, line, first, second = records[row["_ROW"] - 1]
        assert (row["_SUBJECT"], row["A"]) == (subject, first)
        assert pd.isna(row["B"]) == (second == " ")
        assert pd.isna(row["_GROUP_REPEAT"]) == (line == "")


KINDS = st.sampled_from(["Insert", "Update", "Upsert", "Remove", "Context"])
VALUES = st.sampled_from([None, "", "u", "v"])
OPERATION = st.tuples(
    st.sampled_from(["record", "form", "event"]), st.sampled_from("12"), st.sampled_from("12"), KINDS, VALUES, VALUES
)


@settings(max_examples=80, deadline=None)
@given(st.lists(OPERATION, max_size=14))
def test_transactions_lead_where_applying_them_one_by_one_leads(operations: list[tuple[str | None, ...]]) -> None:
    state: dict[tuple[str | None, str | None], dict[str, str | None]] = {}
    elements = []
    for level, form, line, kind, first, second in operations:
        said = {"A": first, "B": second}
        if level == "record":
            elements.append(_record(form, line, kind, said))
            if kind == "Remove":
                state.pop((form, line), None)
            elif kind != "Context":
                record = state.setdefault((form, line), {"A": None, "B": None})
                record.update({item: value or None for item, value in said.items() if value is not None})
        else:
            elements.append(_removal(level, form))
            state = {key: record for key, record in state.items() if level == "form" and key[0] != form}
    export = read({"x.xml": as_odm("".join(elements), "Transactional")}, "x.xml")
    frame = export.forms["ae"].astype(object)
    frame = frame.where(frame.notna(), None)
    found = {(row["_FORM_REPEAT"], row["_GROUP_REPEAT"]): {"A": row["A"], "B": row["B"]} for _, row in frame.iterrows()}
    assert found == state
    assert list(found) == list(state)


def _record(form: str | None, line: str | None, kind: str | None, said: dict[str, str | None]) -> str:
    items = "".join(
        f'<ItemData ItemOID="{item}" Value="{value}"/>' for item, value in said.items() if value is not None
    )
    return (
        f'<StudyEventData StudyEventOID="L"><FormData FormOID="AE" FormRepeatKey="{form}"><ItemGroupData '
        f'ItemGroupOID="AE" ItemGroupRepeatKey="{line}" TransactionType="{kind}">{items}</ItemGroupData></FormData>'
        "</StudyEventData>"
    )


def _removal(level: str | None, form: str | None) -> str:
    if level == "event":
        return '<StudyEventData StudyEventOID="L" TransactionType="Remove"/>'
    return (
        f'<StudyEventData StudyEventOID="L"><FormData FormOID="AE" FormRepeatKey="{form}" TransactionType="Remove"/>'
        "</StudyEventData>"
    )


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["a", "b", None]), st.sampled_from(["a", "b", None]), st.booleans())))
def test_same_rows_are_those_that_are_equal(rows: list[tuple[str | None, str | None, bool]]) -> None:
    frame = pd.DataFrame({"X": [row[0] for row in rows], "Y": [row[1] for row in rows]}, dtype="str")
    before = frame.copy()
    among = np.array([row[2] for row in rows], dtype=bool)
    groups = same_rows(frame, ["X", "Y"], among=among)
    for one, first in enumerate(rows):
        twins = [two for two, second in enumerate(rows) if second == first and first[2] and two != one]
        assert (groups[one] >= 0) == bool(twins)
        assert all(groups[two] == groups[one] for two in twins)
    pd.testing.assert_frame_equal(frame, before)
