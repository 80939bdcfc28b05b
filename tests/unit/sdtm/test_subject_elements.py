"""SE, Subject Elements."""

from __future__ import annotations

import pytest

from sdtm.se import build_se

ELEMENTS = [
    {
        "etcd": "SCRN",
        "element": "Screening",
        "start_rule": "Consent",
        "start": {"of": [{"dataset": "DS", "variable": "DSSTDTC", "where": {"DSDECOD": "CONSENT"}}]},
    },
    {
        "etcd": "TRT",
        "element": "Treatment",
        "start_rule": "First dose",
        "start": {"of": [{"dataset": "EX", "variable": "EXSTDTC"}]},
    },
    {
        "etcd": "FU",
        "element": "Follow-up",
        "start_rule": "Last dose",
        "start": {"pick": "latest", "of": [{"dataset": "EX", "variable": "EXENDTC"}]},
    },
    {"etcd": "LTFU", "element": "Long-term follow-up", "start_rule": "Never seen in the data"},
]
ARM = {
    "armcd": "A",
    "arm": "A",
    "elements": [
        {"etcd": "SCRN", "epoch": "SCREENING"},
        {"etcd": "TRT", "epoch": "TREATMENT"},
        {"etcd": "FU", "epoch": "FOLLOW-UP"},
    ],
}
END = {"pick": "latest", "of": [{"dataset": "DS", "variable": "DSSTDTC", "where": {"DSDECOD": "COMPLETED"}}]}


@pytest.fixture
def build(bench, table, helpers):
    def run(ds: str, ex: str, **design):
        bench.design = {"arms": [ARM], "elements": ELEMENTS, "participation_end": END, **design}
        collected = {"DS": table("USUBJID|DSSTDTC|DSDECOD\n" + ds), "EX": table("USUBJID|EXSTDTC|EXENDTC\n" + ex)}
        elements, findings = build_se(helpers.dataset("SE"), bench.study, collected, None)
        names = ["USUBJID", "ETCD", "TAETORD", "EPOCH", "SESTDTC", "SEENDTC"]
        return [helpers.values(row) for _, row in elements[names].iterrows()], findings

    return run


def test_each_element_ends_where_the_next_one_starts(build) -> None:
    elements, findings = build(
        "S-1|2024-01-01|CONSENT\nS-1|2024-03-01|COMPLETED\nS-2|2024-01-05|CONSENT",
        "S-1|2024-01-10T09:30|2024-01-20\nS-1|2024-01-17|2024-01-25",
    )
    assert elements == [
        ["S-1", "SCRN", 1.0, "SCREENING", "2024-01-01", "2024-01-10T09:30"],
        ["S-1", "TRT", 2.0, "TREATMENT", "2024-01-10T09:30", "2024-01-25"],
        ["S-1", "FU", 3.0, "FOLLOW-UP", "2024-01-25", "2024-03-01"],
        ["S-2", "SCRN", 1.0, "SCREENING", "2024-01-05", None],
    ]
    assert findings.empty


def test_end_of_participation_on_the_day_of_the_last_start(build) -> None:
    elements, _ = build("S-1|2024-01-10|COMPLETED", "S-1|2024-01-10T09:30|.")
    assert elements == [["S-1", "TRT", 2.0, "TREATMENT", "2024-01-10T09:30", "2024-01-10"]]


@pytest.mark.parametrize(("end", "expected"), [("2024-01-09", None), ("2024-01", "2024-01"), ("2023", None)])
def test_end_of_participation_before_the_last_start_is_left_out(end, expected, build) -> None:
    elements, _ = build(f"S-1|{end}|COMPLETED", "S-1|2024-01-10|.")
    assert elements == [["S-1", "TRT", 2.0, "TREATMENT", "2024-01-10", expected]]


def test_elements_in_another_order_stand_by_date_and_are_reported(build) -> None:
    elements, findings = build("S-1|2024-01-15|CONSENT", "S-1|2024-01-10|.")
    assert [row[1] for row in elements] == ["TRT", "SCRN"]
    assert findings[["rule", "severity", "usubjid", "key", "value"]].to_numpy().tolist() == [
        ["SE.ORDER", "warning", "S-1", "ETCD=SCRN", "2024-01-15"]
    ]


def test_elements_on_one_date_stand_in_the_order_of_the_arm(build) -> None:
    elements, findings = build("S-1|2024-01-10|CONSENT", "S-1|2024-01-10|2024-01-10")
    assert [(row[1], row[5]) for row in elements] == [("SCRN", "2024-01-10"), ("TRT", "2024-01-10"), ("FU", None)]
    assert findings.empty


def test_nothing_ends_without_an_end_of_participation(build) -> None:
    elements, _ = build("S-1|2024-01-01|CONSENT\nS-1|2024-03-01|COMPLETED", "S-1|.|.", participation_end=None)
    assert elements == [["S-1", "SCRN", 1.0, "SCREENING", "2024-01-01", None]]


def test_place_that_differs_between_arms_is_missing(build) -> None:
    other = {
        "armcd": "B",
        "arm": "B",
        "elements": [{"etcd": "SCRN", "epoch": "SCREENING"}, {"etcd": "FU", "epoch": "FOLLOW-UP"}],
    }
    elements, _ = build("S-1|2024-01-01|CONSENT", "S-1|2024-01-10|2024-01-20", arms=[ARM, other])
    assert [row[1:4] for row in elements] == [
        ["SCRN", 1.0, "SCREENING"],
        ["TRT", 2.0, "TREATMENT"],
        ["FU", None, "FOLLOW-UP"],
    ]


def test_no_subject_yet(build) -> None:
    elements, findings = build("S-1|.|.", "S-1|.|.")
    assert elements == []
    assert findings.empty


def test_an_element_may_start_days_after_something_else_for_who_was_seen_by_then(build) -> None:
    seen = [{"dataset": "DS", "variable": "DSSTDTC", "where": {"DSDECOD": ["CONTACT", "COMPLETED"]}}]
    start = {"pick": "latest", "of": [{"dataset": "EX", "variable": "EXENDTC"}], "days": 28, "seen": seen}
    elements = [*ELEMENTS[:2], {**ELEMENTS[2], "start": start}]
    found, findings = build(
        "S-1|2024-02-22|CONTACT\nS-2|2024-02-21|CONTACT\nS-3|2024-06-01|COMPLETED",
        "S-1|2024-01-10|2024-01-25\nS-2|2024-01-10|2024-01-25\nS-3|2024-01-10|2024-01",
        elements=elements,
    )
    assert [row[:2] + row[4:] for row in found] == [
        ["S-1", "TRT", "2024-01-10", "2024-02-22"],
        ["S-1", "FU", "2024-02-22", None],
        ["S-2", "TRT", "2024-01-10", None],
        ["S-3", "TRT", "2024-01-10", "2024-06-01"],
    ]
    assert findings[["rule", "severity", "usubjid", "key", "value"]].to_numpy().tolist() == [
        ["SE.PARTIAL_START", "warning", "S-3", "ETCD=FU", "2024-01"]
    ]
