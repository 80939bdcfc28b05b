"""Chains: from a record to its rule, its sources, the raw cells, and why the others did not decide."""

from __future__ import annotations

from typing import Any

import pytest

from reports.trace import Tracer
from reports.trace_nodes import without_repetition
from specs.load import load_study
from tests.unit.reports.trace_frames import ONE, TWO, run_data

STUDY = load_study("cart1922")


def chain(dataset: str, variable: str | None = None, **keys: str) -> dict[str, Any]:
    tracer = Tracer(STUDY, run_data())
    stage = "adam" if dataset in STUDY.adam else "sdtm"
    (record,) = tracer.data.find(stage, dataset, **keys)  # type: ignore[arg-type]
    return tracer.trace(record, variable).to_json()


def names(node: dict[str, Any]) -> list[Any]:
    """Return a chain as its names only: a text, or a text and what is under it."""
    under = [names(one) for one in node.get("sources", ())]
    return [node["name"], *under]


def left_out(node: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["says"]["AVALC"], one["says"]["left out"]) for one in node.get("left_out", ())]


def test_a_duration_of_response_rests_on_two_assessments() -> None:
    found = chain("ADTTE", USUBJID=ONE, PARAMCD="DORRSP")
    assert names(found) == [
        "ADTTE DORRSP",
        ["Start of the time", ["ADRS OVR", ["RS 2", ["form rs, row 2"]]]],
        ["Event or censoring", ["ADRS OVR", ["RS 3", ["form rs, row 3"]]]],
    ]
    assert left_out(found) == [("SD", "not after the start of the time")]
    assert found["says"]["AVAL"] == "84"
    assert found["rule"] == STUDY.methods["MT.DORRSP"].text
    (cells,) = found["sources"][1]["sources"][0]["sources"][0]["sources"]
    assert cells["says"] == {
        "file": "x.xml",
        "row": "3",
        "CRF page": "12",
        "event": "M6",
        "CTDAT": "01-JUL-2024",
        "OVRLRESP": "PD",
    }


def test_a_time_without_an_assessment_ends_at_its_start() -> None:
    found = chain("ADTTE", USUBJID=TWO, PARAMCD="PFS")
    infusion = ["ADSL.TRTSDT", ["EX 1.EXSTDTC", ["form inf, row 2"]]]
    assert names(found) == ["ADTTE PFS", ["Start of the time", infusion], ["Event or censoring", infusion]]
    assert found["sources"][1]["says"]["CNSDTDSC"] == "START DATE"


def test_assessments_of_a_time_say_why_they_did_not_decide() -> None:
    assert left_out(chain("ADTTE", USUBJID=ONE, PARAMCD="PFS")) == [
        ("SD", "earlier than the date that decided"),
        ("PR", "earlier than the date that decided"),
    ]


def test_a_response_says_why_the_other_assessments_did_not_decide() -> None:
    found = chain("ADRS", USUBJID=ONE, PARAMCD="ORR3M")
    assert names(found) == ["ADRS ORR3M", ["ADRS OVR", ["RS 2", ["form rs, row 2"]]]]
    assert left_out(found) == [("SD", "is not CR or PR"), ("PD", "after study day 105")]


def test_a_response_without_assessment_has_nothing_under_it() -> None:
    assert names(chain("ADRS", USUBJID=TWO, PARAMCD="ORR3M")) == ["ADRS ORR3M"]


def test_an_adverse_event_leads_to_its_record_and_the_dates_of_the_subject() -> None:
    found = chain("ADAE", USUBJID=ONE, AESEQ="1")
    assert names(found) == [
        "ADAE 1",
        ["AE 1", ["form ae, row 1"]],
        ["ADSL.CD19SDT", ["EX 1.EXSTDTC", ["form inf, row 1"]]],
        ["ADSL.TR01SDT", ["EX 1.EXSTDTC", ["form inf, row 1"]]],
        ["ADSL.TRTSDT", ["EX 1.EXSTDTC", ["form inf, row 1"]]],
    ]
    assert found["says"]["TRTEMFL"] == "Y"
    assert found["sources"][0]["says"]["AEREL19"] == "RELATED"  # a qualifier, in SUPPAE


def test_a_derived_value_says_what_it_was_read_from() -> None:
    tracer = Tracer(STUDY, run_data())
    (record,) = tracer.data.find("adam", "ADAE", USUBJID=ONE, AESEQ="1")
    basis = {one.name: one.basis for one in tracer.trace(record).says}
    assert basis["ASTDY"] == "ASTDT 2024-01-12, ADSL.TRTSDT 2024-01-10"
    assert basis["ATOXGR"] == "AE.AETOXGR 2"
    assert "AEDECOD" not in basis  # a copy, which stands in AE


def test_a_variable_from_a_qualifier_leads_to_the_cell() -> None:
    found = chain("ADAE", "AEREL19", USUBJID=ONE, AESEQ="1")
    assert names(found) == ["ADAE 1.AEREL19", ["AE 1.AEREL19", ["form ae, row 1"]]]
    (cells,) = found["sources"][0]["sources"]
    assert cells["says"]["AEREL19"] == "Related"
    assert "AESTDAT" not in cells["says"]


def test_own_variables_are_followed_to_their_cells_and_each_once() -> None:
    tracer = Tracer(STUDY, run_data())
    (record,) = tracer.data.find("adam", "ADAE", USUBJID=ONE, AESEQ="1")
    found = without_repetition(tracer.trace(record, "TRTEMFL")).to_json()
    day, start, *others = found["sources"]
    assert day["name"] == "ADAE 1.ASTDY"
    assert [names(one) for one in day["sources"][0]["sources"][:2]] == [
        ["AE 1.AESTDTC", ["form ae, row 1"]],
        ["ADSL.TRTSDT", ["EX 1.EXSTDTC", ["form inf, row 1"]]],
    ]
    assert start == {"name": "ADAE 1.ASTDT", "says": {"Analysis Start Date": "2024-01-12"}, "above": True}
    assert [one["name"] for one in others] == ["ADAE 1.AENDY", "ADAE 1.AENDT", "ADAE 1.TRTSDT"]


@pytest.mark.parametrize(
    ("dataset", "keys", "number"),
    [("RS", {"USUBJID": ONE, "RSSEQ": "2"}, 2), ("AE", {"USUBJID": ONE, "AESEQ": "2"}, 2)],
)
def test_a_record_of_sdtm_leads_to_its_row(dataset: str, keys: dict[str, str], number: int) -> None:
    form = dataset.lower()
    assert names(chain(dataset, **keys)) == [f"{dataset} {number}", [f"form {form}, row {number}"]]


def test_a_record_made_without_an_export_has_no_row() -> None:
    data = run_data()
    table = data.table("sdtm", "AE")
    assert table is not None
    bare = table.frame.drop(columns=[name for name in table.frame if str(name).startswith("_")])
    tracer = Tracer(STUDY, type(data)(lambda stage, name: bare if (stage, name) == ("sdtm", "AE") else None))
    (record,) = tracer.data.find("sdtm", "AE", USUBJID=ONE, AESEQ="1")
    assert names(tracer.trace(record).to_json()) == ["AE 1"]
