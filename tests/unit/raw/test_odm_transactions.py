"""Transactional ODM: the state that the transactions lead to, and what they removed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from raw import Export, read_export
from specs.model.raw import RawContract

Rows = Callable[..., list[tuple[Any, ...]]]

HEAD = (
    '<ODM xmlns="http://www.cdisc.org/ns/odm/v1.3" ODMVersion="1.3.2" FileType="Transactional" '
    'CreationDateTime="2026-03-01">'
)
DM = (
    '<SubjectData SubjectKey="1" TransactionType="Insert"><SiteRef LocationOID="S1"/>'
    '<StudyEventData StudyEventOID="SCR"><FormData FormOID="F.DM"><ItemGroupData ItemGroupOID="IG.DM">'
    '<ItemData ItemOID="I.DM.SEX" Value="Male"/></ItemGroupData></FormData></StudyEventData></SubjectData>'
)


def ae(lines: str, *, subject: str = "", event: str = "", form: str = "", repeat: str = "1") -> str:
    """Return a subject's log form with attributes at each level."""
    return (
        f'<SubjectData SubjectKey="1" {subject}><StudyEventData StudyEventOID="LOG" {event}>'
        f'<FormData FormOID="F.AE" FormRepeatKey="{repeat}" {form}>{lines}</FormData></StudyEventData></SubjectData>'
    )


def line(number: int, kind: str | None, **items: str) -> str:
    """Return a line of the log; an item given as `-` is removed, as `` is null."""
    said = f' TransactionType="{kind}"' if kind else ""
    values = "".join(
        f'<ItemData ItemOID="I.AE.{item}" '
        + ('TransactionType="Remove"/>' if value == "-" else f'Value="{value}"/>' if value else 'IsNull="Yes"/>')
        for item, value in items.items()
    )
    return f'<ItemGroupData ItemGroupOID="IG.AE" ItemGroupRepeatKey="{number}"{said}>{values}</ItemGroupData>'


@pytest.fixture
def read(contract: Callable[..., RawContract], write_records: Callable[..., Path]) -> Callable[..., Export]:
    """Return a reader of a transactional file made of the given elements after the subject's enrolment."""

    def reader(*parts: str, head: str = HEAD) -> Export:
        return read_export(write_records(DM, *parts, head=head), contract())

    return reader


SHOWN = ("_ROW", "_GROUP_REPEAT", "AETERM", "AESTDAT", "AESER")


def test_an_update_changes_what_it_names_and_leaves_the_rest(read: Callable[..., Export], rows_of: Rows) -> None:
    export = read(
        ae(line(1, "Insert", AETERM="Fever", AESTDAT="03-MAR-2026", AESER="No")),
        ae(line(2, "Insert", AETERM="Nausea")),
        ae(line(1, "Update", AESER="Yes", AESTDAT="")),
        ae(line(2, "Upsert", AESER="No")),
    )
    assert rows_of(export.forms["ae"], *SHOWN) == [
        (1, "1", "Fever", None, "Yes"),
        (2, "2", "Nausea", None, "No"),
    ]
    assert export.findings.empty


def test_a_removed_item_has_no_value(read: Callable[..., Export], rows_of: Rows) -> None:
    export = read(ae(line(1, "Insert", AETERM="Fever", AESER="No")), ae(line(1, "Update", AESER="-")))
    assert rows_of(export.forms["ae"], "AETERM", "AESER") == [("Fever", None)]


def test_a_removed_record_is_left_out_and_counted(read: Callable[..., Export], rows_of: Rows) -> None:
    export = read(
        ae(line(1, "Insert", AETERM="Fever") + line(2, "Insert", AETERM="Nausea")),
        ae(line(1, "Remove")),
    )
    assert rows_of(export.forms["ae"], *SHOWN) == [(1, "2", "Nausea", None, None)]
    assert rows_of(export.findings, "rule", "severity", "form") == [("RAW.REMOVED", "note", "ae")]
    assert export.findings["message"][0] == "1 record removed in the EDC and left out."


@pytest.mark.parametrize(
    "removal",
    [
        '<SubjectData SubjectKey="1" TransactionType="Context"><StudyEventData StudyEventOID="LOG" '
        'TransactionType="Context"><FormData FormOID="F.AE" FormRepeatKey="1" TransactionType="Remove"/>'
        "</StudyEventData></SubjectData>",
        '<SubjectData SubjectKey="1"><StudyEventData StudyEventOID="LOG" TransactionType="Remove"/></SubjectData>',
    ],
    ids=["form", "event"],
)
def test_removing_a_form_or_an_event_removes_what_is_below(
    read: Callable[..., Export], rows_of: Rows, removal: str
) -> None:
    export = read(ae(line(1, "Insert", AETERM="Fever") + line(2, "Insert", AETERM="Nausea")), removal)
    assert export.forms["ae"].empty
    assert list(export.forms["dm"]["SEX"]) == ["Male"]
    assert export.findings["message"][0].startswith("2 records removed")


def test_removing_a_subject_removes_all_forms(read: Callable[..., Export], rows_of: Rows) -> None:
    export = read(
        ae(line(1, "Insert", AETERM="Fever")), '<SubjectData SubjectKey="1" TransactionType="Remove"></SubjectData>'
    )
    assert export.forms["dm"].empty
    assert export.forms["ae"].empty
    assert rows_of(export.findings, "rule", "form") == [("RAW.REMOVED", "dm"), ("RAW.REMOVED", "ae")]


def test_removing_one_form_repeat_leaves_the_others(read: Callable[..., Export], rows_of: Rows) -> None:
    export = read(
        ae(line(1, "Insert", AETERM="Fever"), repeat="1"),
        ae(line(1, "Insert", AETERM="Nausea"), repeat="2"),
        ae("", repeat="1", form='TransactionType="Remove"'),
    )
    assert rows_of(export.forms["ae"], "_FORM_REPEAT", "AETERM") == [("2", "Nausea")]


def test_a_record_inserted_after_its_removal_starts_anew(read: Callable[..., Export], rows_of: Rows) -> None:
    export = read(
        ae(line(1, "Insert", AETERM="Fever", AESER="Yes") + line(2, "Insert", AETERM="Nausea")),
        ae("", form='TransactionType="Remove"'),
        ae(line(1, "Insert", AETERM="Fever of unknown origin")),
    )
    assert rows_of(export.forms["ae"], *SHOWN) == [(1, "1", "Fever of unknown origin", None, None)]
    assert export.findings["message"][0].startswith("1 record removed")


def test_the_transaction_of_the_element_above_holds_below(read: Callable[..., Export], rows_of: Rows) -> None:
    export = read(
        ae(line(1, None, AETERM="Fever") + line(2, None, AETERM="Nausea"), subject='TransactionType="Insert"'),
        ae(line(1, None), event='TransactionType="Remove"'),
        ae(line(3, None, AETERM="Cough"), subject='TransactionType="Insert"'),
    )
    assert rows_of(export.forms["ae"], "AETERM") == [("Cough",)]


def test_context_only_says_where_and_changes_nothing(read: Callable[..., Export], rows_of: Rows) -> None:
    said = '<ItemData ItemOID="I.AE.AESER" Value="Yes" TransactionType="Update"/>'
    export = read(
        ae(line(1, "Insert", AETERM="Fever", AESER="No")),
        ae(
            '<ItemGroupData ItemGroupOID="IG.AE" ItemGroupRepeatKey="1" TransactionType="Context">'
            f'<ItemData ItemOID="I.AE.AETERM" Value="Context"/>{said}</ItemGroupData>'
            '<ItemGroupData ItemGroupOID="IG.AE" ItemGroupRepeatKey="2" TransactionType="Context"/>'
        ),
    )
    assert rows_of(export.forms["ae"], *SHOWN) == [(1, "1", "Fever", None, "Yes")]
    assert export.findings.empty


def test_the_site_of_the_subject_is_remembered(read: Callable[..., Export], rows_of: Rows) -> None:
    export = read(ae(line(1, "Insert", AETERM="Fever"), subject='TransactionType="Context"'))
    assert rows_of(export.forms["ae"], "_SITE") == [("S1",)]


def test_a_history_that_starts_in_the_middle_is_warned_of(read: Callable[..., Export], rows_of: Rows) -> None:
    export = read(
        ae(line(1, "Update", AETERM="Fever")),
        ae(line(2, "Insert", AETERM="Nausea")),
        ae(line(2, "Insert", AETERM="Cough")),
        head=HEAD.replace("<ODM ", '<ODM PriorFileOID="EXPORT.0" '),
    )
    assert rows_of(export.forms["ae"], "AETERM") == [("Fever",), ("Cough",)]
    assert rows_of(export.findings, "rule", "severity") == [
        ("RAW.CONTINUES", "warning"),
        ("RAW.INSERTED_TWICE", "warning"),
        ("RAW.NEVER_INSERTED", "warning"),
    ]


def test_a_snapshot_with_transactions_is_read_by_them(read: Callable[..., Export], rows_of: Rows) -> None:
    export = read(
        ae(line(1, "Upsert", AETERM="Fever") + line(2, "Upsert", AETERM="Nausea")),
        ae(line(1, "Remove")),
        head=HEAD.replace("Transactional", "Snapshot"),
    )
    assert rows_of(export.forms["ae"], "AETERM") == [("Nausea",)]


def test_a_transactional_file_that_says_nothing_inserts_or_updates(read: Callable[..., Export], rows_of: Rows) -> None:
    export = read(ae(line(1, None, AETERM="Fever", AESER="No")), ae(line(1, None, AESER="Yes")))
    assert rows_of(export.forms["ae"], *SHOWN) == [(1, "1", "Fever", None, "Yes")]


@pytest.mark.parametrize("blank", ["", "  "])
def test_a_blank_value_empties_an_item_as_null_does(read: Callable[..., Export], rows_of: Rows, blank: str) -> None:
    update = line(1, "Update", AESER="x").replace('Value="x"', f'Value="{blank}"')
    export = read(ae(line(1, "Insert", AETERM="Fever", AESER="No")), ae(update))
    assert rows_of(export.forms["ae"], "AETERM", "AESER") == [("Fever", None)]
