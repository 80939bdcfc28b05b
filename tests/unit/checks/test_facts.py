"""The facts that a study states about its data."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from clinical import conditions
from specs.model.facts import Facts, facts_of


def test_a_study_without_facts_states_none():
    assert facts_of({}) == Facts()
    assert facts_of({"facts": None}).response is None


def test_one_source_or_several_are_read_alike():
    source = {"dataset": "EX", "variable": "EXSTDTC", "where": {"EXCAT": "INFUSION"}}
    one, several = facts_of({"facts": {"infusion": source}}), facts_of({"facts": {"infusion": [source]}})
    assert one == several
    assert one.infusion[0].where == ({"EXCAT": conditions.Test(any_of=("INFUSION",))},)


def test_responses_have_ranks_from_complete_to_not_evaluable():
    response = {"dataset": "RS", "variable": "RSDTC", "result": "RSSTRESC", "complete": ["CR", "CRi"]}
    read = facts_of({"facts": {"response": response}}).response
    assert read is not None
    assert read.ranks == {"CR": 5, "CRi": 5, "PR": 4, "SD": 3, "PD": 1, "NE": 0}


def test_a_response_may_be_neither_complete_nor_progression():
    response = {"dataset": "RS", "variable": "RSDTC", "result": "RSSTRESC", "neither": "NON-CR/NON-PD"}
    read = facts_of({"facts": {"response": response}}).response
    assert read is not None
    assert sorted(read.ranks, key=read.ranks.__getitem__) == ["NE", "PD", "NON-CR/NON-PD", "SD", "PR", "CR"]


def test_a_plausible_range_is_ordered():
    dose = {"dataset": "EX", "variable": "EXDOSE", "unit": "EXDOSU", "plausible": ["10", "0.1"]}
    with pytest.raises(ValidationError, match="the lower limit is above the upper one"):
        facts_of({"facts": {"doses": [dose]}})


def test_an_unknown_fact_is_refused():
    with pytest.raises(ValidationError, match="infusions"):
        facts_of({"facts": {"infusions": []}})


def test_what_is_treated_is_an_adverse_event():
    medication = {"dataset": "CM", "variable": "CMSTDTC", "where": {"CMTRT": "TOCILIZUMAB"}}
    event = {"dataset": "CE", "variable": "CESTDTC", "end": "CEENDTC"}
    with pytest.raises(ValidationError, match="second grades are in AE"):
        facts_of({"facts": {"rescue": {"medication": medication, "event": event}}})
