"""Running rules: what cannot run is said, what fails is no pass, and a study's facts decide what applies."""

from __future__ import annotations

import pandas as pd
import pytest

from checks import capping
from checks.registry import RULES, Found, Rule, rule
from checks.rules import OF_SDTM, run_rules

AE = "USUBJID | AESTDTC | AEENDTC\nS1 | 2023-01-05 | 2023-01-04"


@pytest.fixture
def extra_rule(monkeypatch):
    """Register rules for one test only."""
    monkeypatch.setattr("checks.registry.RULES", dict(RULES))
    monkeypatch.setattr("checks.rules.RULES", own := {})
    return lambda one: own.setdefault(one.id, one)


def test_a_finding_names_the_rule_the_record_and_what_to_do(table, study):
    frame = table(
        "USUBJID | AETERM | AESTDTC | AEENDTC | _FORM | _ROW | _PAGE\nS1 | Rash | 2023-01-05 | 2023-01-04 | ae | 7 | 31"
    )
    spec_keys = {"AE": ["USUBJID", "AETERM", "AESTDTC", "AEENDTC"]}
    made = study(spec_keys)
    found = run_rules(made, {"AE": frame}, only=["DQ.AE_END_BEFORE_START"])
    assert found.iloc[0].to_dict() == {
        "rule": "DQ.AE_END_BEFORE_START",
        "severity": "error",
        "dataset": "AE",
        "variable": "AEENDTC",
        "usubjid": "S1",
        "key": "",
        "value": "2023-01-04",
        "form": "ae",
        "row": "7",
        "page": "31",
        "message": "The adverse event ends before it begins. Correct the start or the end date.",
        "source": "rule",
        "status": "new",
    }


def test_the_key_is_that_of_the_specification(table, study, dataset, variable):
    spec = dataset(
        "AE", [variable(name) for name in ("USUBJID", "AETERM", "AESTDTC", "AEENDTC")], ("USUBJID", "AETERM")
    )
    frame = table("USUBJID | AETERM | AESTDTC | AEENDTC\nS1 | Rash | 2023-01-05 | 2023-01-04")
    found = run_rules(study(specs={"AE": spec}), {"AE": frame}, only=["DQ.AE_END_BEFORE_START"])
    assert found["key"].tolist() == ["AETERM=Rash"]


def test_a_rule_without_its_dataset_did_not_run(table, study):
    made = study({"AE": ["USUBJID", "AESTDTC"], "DM": ["USUBJID", "DTHDTC"]})
    found = run_rules(made, {"AE": table("USUBJID | AESTDTC\nS1 | 2023")}, only=["DQ.AE_AFTER_DEATH"])
    assert found[["rule", "severity", "key", "message"]].to_numpy().tolist() == [
        [
            "RULE.NOT_RUN",
            "note",
            "DQ.AE_AFTER_DEATH",
            "Rule DQ.AE_AFTER_DEATH did not run for lack of dataset DM. Supply it, or accept the gap.",
        ]
    ]


def test_a_rule_without_a_variable_of_the_specification_did_not_run(table, study):
    made = study({"AE": ["USUBJID", "AESTDTC", "AEENDTC"]})
    found = run_rules(made, {"AE": table("USUBJID | AESTDTC\nS1 | 2023")}, only=["DQ.AE_END_BEFORE_START"])
    assert found["rule"].tolist() == ["RULE.NOT_RUN"]
    assert "for lack of variable AE.AEENDTC." in found["message"].iloc[0]


@pytest.mark.parametrize(
    ("rule_id", "datasets"),
    [
        ("DQ.AE_AFTER_DEATH", {"AE": ["USUBJID", "AESTDTC"]}),  # the study has no DM
        ("DQ.AE_END_BEFORE_START", {"AE": ["USUBJID", "AESTDTC"]}),  # it collects no end
        ("DQ.CR_THEN_PR", {"AE": ["USUBJID", "AESTDTC"]}),  # it states no response
        ("SDTM.TEST_NAME", {"AE": ["USUBJID", "AESTDTC"]}),  # it has no findings domain
    ],
)
def test_what_is_no_part_of_the_study_is_named_in_one_note(table, study, rule_id, datasets):
    found = run_rules(study(datasets), {"AE": table("USUBJID | AESTDTC\nS1 | 2023")}, only=[rule_id])
    assert found[["rule", "severity", "message"]].to_numpy().tolist() == [
        ["RULE.NOT_APPLICABLE", "note", f"Rules that concern nothing in this study (1): {rule_id}."]
    ]


def test_a_fact_in_several_datasets_needs_one_of_them(table, study):
    settings = {
        "facts": {
            "death": [
                {"dataset": "AE", "variable": "AEENDTC", "where": {"AEOUT": "FATAL"}},
                {"dataset": "DD", "variable": "DDDTC"},
            ]
        }
    }
    made = study({"DM": ["USUBJID", "DTHDTC"], "DD": ["USUBJID", "DDDTC"]}, settings=settings)
    frames = {"DM": table("USUBJID | DTHDTC\nS1 | 2023-01-01")}
    with_one = frames | {"DD": table("USUBJID | DDDTC\nS1 | 2023-01-02")}
    assert run_rules(made, with_one, only=["DQ.DEATH_DATES"])["rule"].tolist() == ["DQ.DEATH_DATES"]
    assert run_rules(made, frames, only=["DQ.DEATH_DATES"])["rule"].tolist() == ["RULE.NOT_APPLICABLE"]


def test_a_rule_that_fails_is_an_error_with_the_exceptions_type_only(table, study, extra_rule):
    def check(data, name):
        raise ValueError("S1 has 2023-01-05")

    extra_rule(Rule("X.BROKEN", "warning", "…", check))
    found = run_rules(study({"AE": ["USUBJID"]}), {"AE": table(AE)})
    assert found[["rule", "severity", "key", "message"]].to_numpy().tolist() == [
        [
            "RULE.FAILED",
            "error",
            "X.BROKEN",
            "Rule X.BROKEN failed with ValueError: its verdict is unknown. Report this as a defect.",
        ]
    ]


def test_many_rows_are_listed_up_to_a_limit_with_the_full_count(study, extra_rule, monkeypatch):
    monkeypatch.setattr(capping, "LIMIT", 2)
    extra_rule(Rule("X.ALL", "warning", "Wrong.", lambda data, name: [Found("AE", data["AE"], "AETERM", "AETERM")]))
    frame = pd.DataFrame({"USUBJID": ["S1", "S2", "S3"], "AETERM": ["a", "b", "c"]})
    found = run_rules(study({"AE": ["USUBJID", "AETERM"]}), {"AE": frame})
    assert found[["usubjid", "value", "message"]].to_numpy().tolist() == [
        ["S1", "a", "Wrong."],
        ["S2", "b", "Wrong."],
        ["", "", "3 rows in all; the first 2 are listed. Wrong."],
    ]


def test_only_takes_rule_ids_and_their_first_parts(table, study):
    made = study({"AE": ["STUDYID", "USUBJID", "AESTDTC", "AEENDTC"]})
    frames = {"AE": table("STUDYID | USUBJID | AESTDTC | AEENDTC\nOTHER | S1 | 2023-01-05 | 2023-01-04")}
    assert "SDTM.STUDYID" not in set(run_rules(made, frames, only=["DQ"])["rule"])
    assert "DQ.AE_END_BEFORE_START" not in set(run_rules(made, frames, only=["SDTM"])["rule"])
    assert {"DQ.AE_END_BEFORE_START", "SDTM.STUDYID"} <= set(run_rules(made, frames)["rule"])


def test_no_datasets_make_notes_and_nothing_else(study):
    found = run_rules(study({"AE": ["USUBJID", "AEREL"], "DM": ["USUBJID"]}), {})
    assert set(found["severity"]) == {"note"}
    assert set(found["rule"]) == {"RULE.NOT_RUN", "RULE.NOT_APPLICABLE"}


def test_a_rule_id_is_registered_once():
    with pytest.raises(ValueError, match=r"DQ\.DUPLICATE is registered twice"):
        rule("DQ.DUPLICATE", "note", "…")(lambda data, name: [])


def test_every_rule_says_in_a_sentence_what_is_wrong_and_what_to_do():
    for one in RULES.values():
        sentences = one.message.rstrip(".").split(". ")
        assert one.message.endswith("."), one.id
        assert len(sentences) > 1, one.id
        assert all(sentence[0].isupper() for sentence in sentences), one.id


def test_blanks_are_missing_and_inputs_are_left_as_they_were(study):
    frame = pd.DataFrame({"USUBJID": ["S1", "S2"], "AEREL": ["", "RELATED"]}, index=[4, 2], dtype="str")
    before = frame.copy(deep=True)
    found = run_rules(study({"AE": ["USUBJID", "AEREL"]}), {"AE": frame}, only=["DQ.RELATIONSHIP_MISSING"])
    assert found["usubjid"].tolist() == ["S1"]
    pd.testing.assert_frame_equal(frame, before)


def test_no_rule_fails_on_columns_of_the_wrong_type(study):
    """A column without values may come as text, and what should be a number may be text: the schema says so."""
    names = "USUBJID VSTESTCD VSORRES VSSTRESC VSSTRESN VSSEQ VISITNUM VSDTC VSDY"
    vital = pd.DataFrame({name: pd.Series(["x", None], dtype="str") for name in names.split()})
    names = "USUBJID PARAMCD AVAL AVALU STARTDT ADT ADY CNSR EVNTDESC CNSDTDSC SRCDOM SRCVAR SRCSEQ"
    times = pd.DataFrame({name: pd.Series(["x", None], dtype="str") for name in names.split()}).assign(SRCDOM="VS")
    subjects = pd.DataFrame({name: pd.Series(["x"], dtype="str") for name in ("USUBJID", "RFSTDTC", "TRTSDT")})
    frames = {"VS": vital, "ADTTE": times, "DM": subjects, "ADSL": subjects, "SV": vital, "TV": vital}
    found = run_rules(study({name: list(frame.columns) for name, frame in frames.items()}), frames)
    assert found.loc[found["rule"] == "RULE.FAILED", "message"].tolist() == []


def test_the_rules_of_sdtm_are_all_but_those_of_adam() -> None:
    assert {rule.partition(".")[0] for rule in RULES} == {*OF_SDTM, "ADAM"}
