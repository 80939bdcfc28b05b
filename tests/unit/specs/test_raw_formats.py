"""How raw.yaml names things in other kinds of export: patterns, exceptions, and what may be wrong with them."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from specs.model.raw import RawContract
from specs.model.raw_formats import (
    Events,
    OpenClinicaFormat,
    RaveFormat,
    RedcapFormat,
    TableFormat,
    VeevaFormat,
    fill,
    unfilled,
)


def contract(**export: Any) -> RawContract:
    forms = {"dm": {"label": "Demography", "columns": {"AGE": "Age"}}}
    return RawContract.model_validate({"subjects": "dm", "forms": forms, "export": export})


def test_a_pattern_is_filled_and_read_back() -> None:
    assert fill("F_{FORM}_{form}", form="ae", FORM="AE") == "F_AE_ae"
    assert unfilled("SE_{EVENT}", "EVENT", "SE_SCR") == "SCR"
    assert unfilled("SE_{EVENT}", "EVENT", "SE_") is None
    assert unfilled("SE_{EVENT}", "EVENT", "XX_SCR") is None


@pytest.mark.parametrize(
    ("names", "ours", "theirs"),
    [
        ({}, "SCR", "SCR"),
        ({"event": "SE_{EVENT}"}, "SCR", "SE_SCR"),
        ({"event": "{event}_arm_1"}, "SCR", "scr_arm_1"),
        ({"events": {"SCR": "Screening"}}, "SCR", "Screening"),
    ],
)
def test_events_have_names_both_ways(names: dict[str, Any], ours: str, theirs: str) -> None:
    events = Events.model_validate(names)
    assert events.event_name(ours) == theirs
    assert events.our_event(theirs) == ours


def test_an_event_that_no_rule_knows_has_no_name_of_ours() -> None:
    assert Events(event="SE_{EVENT}").our_event("SCR") is None


def test_forms_and_columns_follow_a_pattern_or_an_exception() -> None:
    names = TableFormat(form="{FORM}_1", forms={"ae": "Events"}, column="x_{column}", columns={"ae.AESER": "SERIOUS"})
    assert [names.form_name(form, "") for form in ("dm", "ae")] == ["DM_1", "Events"]
    assert names.column_name("ae", "AESER", None) == "SERIOUS"
    assert names.column_name("dm", "AGE", "Age_At") == "x_age_at"
    assert TableFormat().column_name("dm", "AGE", "Age_At") == "Age_At"


def test_keys_are_those_of_the_kind_but_for_what_the_contract_names() -> None:
    keys = VeevaFormat.model_validate({"identity": {"site": "SITE", "form_repeat": ""}}).keys
    assert (keys.subject, keys.site, keys.form_repeat, keys.group_repeat) == ("SUBJID", "SITE", "", "IGSEQ")
    assert RaveFormat().keys.group_repeat == "RecordPosition"
    assert {"recordid", "savets"} <= RaveFormat().system
    assert "extra" in RaveFormat(ignored=("Extra",)).system


def test_a_redcap_instrument_is_named_by_label_in_a_label_export() -> None:
    assert RedcapFormat().instrument_name("ae", "Adverse events") == "ae"
    assert RedcapFormat(choices="label").instrument_name("ae", "Adverse events") == "Adverse events"
    assert RedcapFormat(choices="label", instrument="{FORM}").instrument_name("ae", "Adverse events") == "AE"
    assert RedcapFormat(forms={"ae": "adverse_events"}).complete_name("ae", "") == "adverse_events_complete"


def test_openclinica_has_several_places_for_a_form() -> None:
    names = OpenClinicaFormat.model_validate(
        {"form": "F_{FORM}_V1", "forms": {"ae": {"form": ["F_AE_1", "F_AE_2"], "items": {"AETERM": ["A", "B"]}}}}
    )
    assert names.places("dm", "").form == ("F_DM_V1",)
    assert names.places("dm", "").group == ("IG_DM_UNGROUPED", "IG_DM_DM")
    assert names.places("ae", "").form == ("F_AE_1", "F_AE_2")
    assert names.item_names("ae", "AETERM", None) == ("A", "B")
    assert names.item_names("ae", "AESER", None) == ("I_AE_AESER",)


@pytest.mark.parametrize(
    ("export", "found"),
    [
        (
            {"formats": {"rave": {"form": "{FROM}"}}},
            "'{FROM}' uses {FROM}; a pattern here knows {form}, {FORM}, {label}",
        ),
        ({"formats": {"rave": {"event": "{form}"}}}, "a pattern here knows {event}, {EVENT}"),
        ({"formats": {"redcap": {"numbered": "visit_{number}"}}}, "must have {event} or {EVENT} once"),
        ({"formats": {"redcap": {"numbered": "{event}_{number}_{number}"}}}, "and {number} once"),
        ({"formats": {"redcap": {"numbered": "{event}{number}"}}}, "needs something that is no digit"),
        ({"formats": {"sas": {"column": "{name"}}}, "'{name' has a brace without its partner"),
        ({"formats": {"xlsx": {"numbers": "guess"}}}, "Input should be 'refuse' or 'shortest'"),
        ({"formats": {"raven": {}}}, "Extra inputs are not permitted"),
        ({"format": "raven"}, "Input should be 'odm', 'odm2'"),
        ({"formats": {"sas": {"forms": {"dn": "X"}}}}, "export.formats.sas.forms: there is no form 'dn'."),
        (
            {"formats": {"rave": {"columns": {"dm.AGES": "X"}}}},
            "export.formats.rave.columns: there is no column 'dm.AGES'",
        ),
        (
            {"formats": {"openclinica": {"forms": {"ae": {}}}}},
            "export.formats.openclinica.forms: there is no form 'ae'",
        ),
    ],
)
def test_what_is_wrong_is_said(export: dict[str, Any], found: str) -> None:
    with pytest.raises(ValidationError) as caught:
        contract(**export)
    assert found in str(caught.value)
