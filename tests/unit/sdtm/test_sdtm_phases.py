"""The steps of the SDTM stage and what they need."""

from __future__ import annotations

from graphlib import TopologicalSorter

import pytest

from sdtm.phases import step_graph
from specs.load import load_study
from specs.phases import split_phases, variable_graph


@pytest.mark.parametrize(
    ("step", "needs"),
    [
        ("visits", set()),
        ("collect:DM", set()),
        ("collect:EX", set()),
        ("collect:VS", {"visits"}),
        ("collect:SV", {"visits"}),
        ("collect:SE", {"collect:DS", "collect:EX"}),
        ("collect:TA", set()),
        ("derive:DM", {"collect:DM", "collect:EX", "collect:DS", "collect:VS"}),
        ("derive:EX", {"collect:EX", "derive:DM"}),
        ("derive:AE", {"collect:AE", "derive:DM", "collect:SE"}),
        ("derive:DS", {"collect:DS", "derive:DM", "collect:SE"}),
        ("derive:SE", {"collect:SE"}),
    ],
)
def test_needs_of_a_step(step, needs, tiny) -> None:
    assert step_graph(tiny)[step] == needs


@pytest.mark.parametrize("name", ["cart1922", "cdiscpilot01"])
def test_steps_of_the_studies_can_be_ordered(name) -> None:
    study = load_study(name)
    order = list(TopologicalSorter(step_graph(study)).static_order())
    assert len(order) == 1 + 2 * len(study.sdtm)


def test_variables_are_split_by_what_they_wait_for(tiny) -> None:
    phases = split_phases(tiny.sdtm["DM"])
    late = {variable.name for variable in phases.derived}
    assert late == {
        "RFSTDTC",
        "RFENDTC",
        "RFXSTDTC",
        "RFXENDTC",
        "RFPENDTC",
        "ARMCD",
        "ARM",
        "ACTARMCD",
        "ACTARM",
        "ARMNRS",
        "WEEK4",
    }
    names = [variable.name for variable in phases.derived]
    assert names.index("RFXSTDTC") < names.index("ARMNRS")
    collected = {variable.name for variable in phases.collected}
    assert not late & collected
    assert {"USUBJID", "RFICDTC", "SEX"} <= collected


def test_visits_are_collected_and_what_rests_on_a_derived_variable_is_derived(tiny) -> None:
    phases = split_phases(tiny.sdtm["VS"])
    assert {variable.name for variable in phases.derived} == {"VSSEQ", "VSLOBXFL", "EPOCH", "VSDY"}
    assert variable_graph(tiny.sdtm["VS"])["VSSTRESC"] == {"VSSTRESN"}
    assert variable_graph(tiny.sdtm["VS"])["VSSTRESN"] == {"VSORRES", "VSORRESU", "VSTESTCD"}
