"""Which event of the export is which visit."""

from __future__ import annotations

import pandas as pd
import pytest

from clinical.errors import MappingError
from sdtm.visits import build_visits

PLANNED = [
    {"visitnum": "1", "visit": "SCREENING", "day": "-7", "events": "SCR"},
    {"visitnum": "2", "visit": "BASELINE", "day": "1", "events": ["BL", "Base line"]},
    {"visitnum": "3", "visit": "MONTH 1", "day": "29", "events": "M1"},
    {"visitnum": "4", "visit": "MONTH 2", "day": "57"},
]
DATES = {
    "form": "vd",
    "where": {"VDYN": "Yes"},
    "start": {"algorithm": "iso8601", "columns": "VDDAT", "formats": "DD-MON-YYYY"},
}
UNSCHEDULED = {"numbering": "after_last", "events": "UNS", "visit": "UNSCHEDULED {visitnum}"}


def visits_of(bench, forms, **design):
    bench.design = {"visits": {"planned": PLANNED, **design}}
    return build_visits(bench.study, forms)


def listed(visits, *names):
    columns = names or ("_SUBJECT", "_EVENT", "_EVENT_REPEAT", "VISITNUM", "VISIT")
    return [
        tuple(None if pd.isna(value) else value for value in row)
        for row in visits[list(columns)].itertuples(index=False)
    ]


def test_planned_events_take_number_name_and_day(bench, form) -> None:
    forms = {
        "vs": form("vs", "_SUBJECT|_EVENT\n1|BL\n1|SCR\n1|BL\n2|Base line"),
        "lb": form("lb", "_SUBJECT|_EVENT\n1|SCR\n1|M1"),
    }
    visits, findings = visits_of(bench, forms)
    assert listed(visits, "_SUBJECT", "_EVENT", "VISITNUM", "VISIT", "VISITDY", "PLANNED") == [
        ("1", "SCR", 1.0, "SCREENING", -7.0, True),
        ("1", "BL", 2.0, "BASELINE", 1.0, True),
        ("1", "M1", 3.0, "MONTH 1", 29.0, True),
        ("2", "Base line", 2.0, "BASELINE", 1.0, True),
    ]
    assert findings.empty


def test_unscheduled_visits_are_numbered_after_the_last_scheduled_one(bench, form) -> None:
    forms = {
        "vd": form(
            "vd",
            """
            _SUBJECT | _EVENT | _EVENT_REPEAT | VDYN | VDDAT
            1        | SCR    | 1             | Yes  | 01-JAN-2024
            1        | BL     | 1             | Yes  | 08-JAN-2024
            1        | UNS    | 1             | Yes  | 20-JAN-2024
            1        | UNS    | 2             | Yes  | 10-JAN-2024
            1        | UNS    | 3             | Yes  | 03-JAN-2024
            1        | UNS    | 4             | Yes  | 08-JAN-2024
            1        | M1     | 1             | No   | .
            1        | UNS    | 5             | Yes  | 10-FEB-2024
            """,
        )
    }
    visits, findings = visits_of(bench, forms, dates=DATES, unscheduled=UNSCHEDULED)
    assert listed(visits, "_EVENT", "_EVENT_REPEAT", "VISITNUM", "VISIT", "DTC") == [
        ("SCR", "1", 1.0, "SCREENING", "2024-01-01"),
        ("UNS", "3", 1.1, "UNSCHEDULED 1.1", "2024-01-03"),
        ("BL", "1", 2.0, "BASELINE", "2024-01-08"),
        ("UNS", "4", 2.1, "UNSCHEDULED 2.1", "2024-01-08"),
        ("UNS", "2", 2.2, "UNSCHEDULED 2.2", "2024-01-10"),
        ("UNS", "1", 2.3, "UNSCHEDULED 2.3", "2024-01-20"),
        ("UNS", "5", 2.4, "UNSCHEDULED 2.4", "2024-02-10"),
        ("M1", "1", 3.0, "MONTH 1", None),
    ]
    assert findings.empty


def test_ten_unscheduled_visits_are_numbered_in_hundredths(bench, form) -> None:
    lines = ["_SUBJECT|_EVENT|_EVENT_REPEAT|VDYN|VDDAT", "1|SCR|1|Yes|01-JAN-2024"]
    lines += [f"1|UNS|{repeat}|Yes|{repeat + 1:02d}-JAN-2024" for repeat in range(1, 11)]
    lines += ["2|SCR|1|Yes|01-JAN-2024", "2|UNS|1|Yes|02-JAN-2024"]
    visits, _ = visits_of(bench, {"vd": form("vd", "\n".join(lines))}, dates=DATES, unscheduled=UNSCHEDULED)
    numbers = visits.loc[visits["_SUBJECT"] == "1", "VISITNUM"].tolist()
    assert numbers == [1.0, 1.01, 1.02, 1.03, 1.04, 1.05, 1.06, 1.07, 1.08, 1.09, 1.1]
    assert visits.loc[visits["_SUBJECT"] == "2", "VISITNUM"].tolist() == [1.0, 1.1]


def test_unscheduled_visit_that_cannot_be_numbered_is_reported(bench, form) -> None:
    forms = {
        "vd": form(
            "vd",
            """
            _SUBJECT | _EVENT | _EVENT_REPEAT | VDYN | VDDAT
            1        | SCR    | 1             | Yes  | 05-JAN-2024
            1        | UNS    | 1             | Yes  | UN-JAN-2024
            1        | UNS    | 2             | Yes  | 01-JAN-2024
            1        | UNS    | 3             | Yes  | 06-JAN-2024
            """,
        ),
        "vs": form("vs", "_SUBJECT|_EVENT|_EVENT_REPEAT\n1|UNS|4"),
    }
    visits, findings = visits_of(bench, forms, dates=DATES, unscheduled=UNSCHEDULED)
    assert listed(visits) == [("1", "SCR", "1", 1.0, "SCREENING"), ("1", "UNS", "3", 1.1, "UNSCHEDULED 1.1")]
    assert findings["rule"].tolist() == ["MAP.VISIT"] * 3
    assert findings["key"].tolist() == [f"_EVENT=UNS; _EVENT_REPEAT={repeat}" for repeat in (1, 2, 4)]


def test_number_in_the_name_of_the_event(bench, form) -> None:
    forms = {"ds": form("ds", "_SUBJECT|_EVENT\n1|Unscheduled 1.1\n1|Unscheduled 13.2\n1|SCR")}
    unscheduled = {
        "numbering": "from_name",
        "pattern": r"Unscheduled (\d+\.\d+)",
        "visit": "UNSCHEDULED {visitnum}",
    }
    visits, findings = visits_of(bench, forms, unscheduled=unscheduled)
    assert listed(visits, "VISITNUM", "VISIT", "VISITDY", "PLANNED") == [
        (1.0, "SCREENING", -7.0, True),
        (1.1, "UNSCHEDULED 1.1", None, False),
        (13.2, "UNSCHEDULED 13.2", None, False),
    ]
    assert findings.empty


def test_name_without_a_number(bench, form) -> None:
    forms = {"vs": form("vs", "_SUBJECT|_EVENT\n1|Extra")}
    unscheduled = {"numbering": "from_name", "events": "Extra", "pattern": r"Unscheduled (\d+)", "visit": "EXTRA"}
    visits, findings = visits_of(bench, forms, unscheduled=unscheduled)
    assert visits.empty
    assert findings["rule"].tolist() == ["MAP.VISIT"]


def test_events_that_the_study_does_not_list_are_reported_by_name(bench, form) -> None:
    forms = {"ae": form("ae", "_SUBJECT|_EVENT\n1|LOG\n1|LOGG\n2|LOGG\n2|WEEK 99\n3|.")}
    visits, findings = visits_of(bench, forms, others="LOG")
    assert visits.empty
    assert findings[["rule", "severity", "value"]].to_numpy().tolist() == [
        ["MAP.EVENT", "warning", "LOGG"],
        ["MAP.EVENT", "warning", "WEEK 99"],
    ]
    assert findings["message"].iloc[0].startswith("2 events of the export have a name that study.yaml does not list")


def test_event_that_is_numbered_but_not_planned(bench, form) -> None:
    planned = [*PLANNED, {"visitnum": "99", "visit": "END OF STUDY", "events": "EOS", "planned": "false"}]
    visits, _ = visits_of(bench, {"vs": form("vs", "_SUBJECT|_EVENT\n1|EOS")}, planned=planned)
    assert listed(visits, "VISITNUM", "PLANNED") == [(99.0, False)]


def test_two_dates_of_one_visit_are_an_error(bench, form) -> None:
    rows = "_SUBJECT|_EVENT|_EVENT_REPEAT|VDYN|VDDAT\n1|SCR|1|Yes|05-JAN-2024\n1|SCR|1|Yes|06-JAN-2024"
    with pytest.raises(MappingError, match="form vd: 1 event has several rows"):
        visits_of(bench, {"vd": form("vd", rows)}, dates=DATES)


def test_date_that_cannot_be_read_is_reported(bench, form) -> None:
    rows = "_SUBJECT|_EVENT|_EVENT_REPEAT|VDYN|VDDAT\n1|SCR|1|Yes|soon"
    visits, findings = visits_of(bench, {"vd": form("vd", rows)}, dates=DATES)
    assert listed(visits, "VISITNUM", "DTC") == [(1.0, None)]
    assert findings["rule"].tolist() == ["MAP.DATE_FORMAT"]


def test_export_without_any_event(bench, form) -> None:
    visits, findings = visits_of(bench, {"dm": form("dm", "_SUBJECT\n1")}, unscheduled=UNSCHEDULED)
    assert visits.empty
    assert findings.empty


def test_export_without_any_row(bench, form) -> None:
    forms = {"vd": form("vd", "_SUBJECT|VDYN|VDDAT")}
    visits, findings = visits_of(bench, forms, unscheduled=UNSCHEDULED, dates=DATES)
    assert visits.empty
    assert findings.empty


def test_forms_are_not_changed(bench, form) -> None:
    forms = {"vd": form("vd", "_SUBJECT|_EVENT|_EVENT_REPEAT|VDYN|VDDAT\n1|SCR|1|Yes|05-JAN-2024")}
    before = forms["vd"].copy()
    visits_of(bench, forms, dates=DATES, unscheduled=UNSCHEDULED)
    assert forms["vd"].equals(before)
