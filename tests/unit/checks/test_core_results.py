"""What the engine answers, typed by hand, and the findings that it amounts to."""

from __future__ import annotations

from typing import Any

import pandas as pd

from checks.core.engine import Answer
from checks.core.results import findings_of
from clinical.findings import COLUMNS


def outcome(dataset: str, status: str, **given: Any) -> dict[str, Any]:
    """Return what a rule says of a dataset, as the script writes it."""
    issues = given.pop("issues", [])
    blank = {"variables": [], "message": "", "reasons": [], "count": len(issues)}
    return {"dataset": dataset, "domain": dataset, "status": status, "issues": issues, **blank, **given}


def rule(name: str, status: str, *datasets: dict[str, Any], **given: Any) -> dict[str, Any]:
    """Return what became of a rule, as the script writes it."""
    said = {"message": "Something is missing.", "published_as": [], "executability": "fully executable"}
    return {"id": name, "status": status, "datasets": list(datasets), **said, **given}


def findings(*rules: dict[str, Any], more: tuple[str, ...] = ()) -> pd.DataFrame:
    """Return the findings of an answer of some rules; of `more` rules the answer says nothing."""
    ids = [one["id"] for one in rules]
    answer = Answer.model_validate({"engine": "0.17.1", "rules": [*ids, *more], "results": list(rules)})
    return findings_of(answer, "SDTMIG 3.4")


def of(table: pd.DataFrame, name: str) -> pd.DataFrame:
    return table[table["rule"].eq(name)].reset_index(drop=True)


def test_an_issue_is_a_warning_with_subject_record_and_value() -> None:
    issue = {"dataset": "AE", "row": 7, "USUBJID": "S-1", "SEQ": 3, "value": {"AESTDTC": "2024-13"}}
    found = findings(
        rule(
            "CORE-000001",
            "issue reported",
            outcome("AE", "issue reported", issues=[issue], variables=["AESTDTC"], message="AESTDTC is no date."),
            published_as=["CG0001"],
        )
    )
    assert of(found, "CORE-000001").to_dict("records") == [
        {
            "rule": "CORE-000001",
            "severity": "warning",
            "dataset": "AE",
            "variable": "AESTDTC",
            "usubjid": "S-1",
            "key": "AESEQ=3",
            "value": "2024-13",
            "form": "",
            "row": "",
            "page": "",
            "message": "AESTDTC is no date (CG0001). Correct it, or explain it in the reviewer's guide.",
            "source": "core",
            "status": "new",
        }
    ]
    assert list(found.columns) == list(COLUMNS)


def test_several_variables_are_named_with_their_values_the_dataset_s_own_first() -> None:
    value = {"$max_dsstdtc": "2023-12-16", "AESTDTC": "2024-04-13", "USUBJID": "S-1", "DM.RFPENDTC": None}
    issue = {"dataset": "AE", "row": 1, "USUBJID": "S-1", "SEQ": 1, "value": value}
    variables = ["$max_dsstdtc", "AESTDTC", "AEENDTC", "USUBJID", "DM.RFPENDTC"]
    one = outcome("AE", "issue reported", issues=[issue], variables=variables)
    found = of(findings(rule("CORE-000717", "issue reported", one)), "CORE-000717")
    assert found["variable"].tolist() == ["AESTDTC, AEENDTC"]
    assert found["value"].tolist() == ["AESTDTC=2024-04-13; $max_dsstdtc=2023-12-16; DM.RFPENDTC="]


def test_a_variable_that_is_absent_is_left_out_of_the_values() -> None:
    value = {"VSSTAT": "NOT DONE", "VSREASND": "Not in dataset"}
    issues = [
        {"dataset": "VS", "USUBJID": "S-1", "SEQ": 5, "value": value},
        {"dataset": "VS", "USUBJID": "S-2", "SEQ": 1, "value": {"VSREASND": "Not in dataset"}},
    ]
    one = outcome("VS", "issue reported", issues=issues, variables=["VSREASND", "VSSTAT"])
    found = of(findings(rule("CORE-000774", "issue reported", one)), "CORE-000774")
    assert found["value"].tolist() == ["NOT DONE", "Not in dataset"]


def test_a_long_list_among_the_values_is_cut() -> None:
    issue = {"dataset": "TV", "row": 2, "value": {"$visits": [1.0, 2.1, None, *range(3, 50)]}}
    one = outcome("TV", "issue reported", issues=[issue], variables=["$visits"])
    found = of(findings(rule("CORE-000020", "issue reported", one)), "CORE-000020")
    assert found["value"].tolist() == [", ".join(["1", "2.1", "", *map(str, range(3, 40))]) + " and 10 more"]


def test_without_a_subject_or_sequence_the_record_s_number_is_the_key() -> None:
    trial = {"dataset": "TS", "row": 27, "SEQ": 1, "value": {"TSVAL": None}}
    whole = {"dataset": "DM", "value": {"DTHFL": None}}
    subject = {"dataset": "DM", "row": 4, "USUBJID": "S-4", "value": {"ARM": "A"}}
    found = findings(
        rule("CORE-000505", "issue reported", outcome("TS", "issue reported", issues=[trial])),
        rule("CORE-000108", "issue reported", outcome("DM", "issue reported", issues=[whole])),
        rule("CORE-000191", "issue reported", outcome("DM", "issue reported", issues=[subject])),
    )
    assert of(found, "CORE-000505")[["usubjid", "key"]].to_numpy().tolist() == [["", "TSSEQ=1; RECORD=27"]]
    assert of(found, "CORE-000108")[["usubjid", "key"]].to_numpy().tolist() == [["", ""]]
    assert of(found, "CORE-000191")[["usubjid", "key"]].to_numpy().tolist() == [["S-4", ""]]


def test_a_rule_about_metadata_names_the_variable_that_it_is_about() -> None:
    issues = [
        {"dataset": "EX", "row": 5, "value": {"variable_name": "EXDOSE", "variable_label": "Dosis"}},
        {"dataset": "EX", "row": 9, "value": {"variable_name": "EXROUTE", "variable_label": "Weg"}},
    ]
    one = outcome("EX", "issue reported", issues=issues, variables=["variable_name", "variable_label"])
    found = of(findings(rule("CORE-000398", "issue reported", one)), "CORE-000398")
    assert found[["variable", "key", "value"]].to_numpy().tolist() == [["EXDOSE", "", "Dosis"], ["EXROUTE", "", "Weg"]]


def test_what_is_said_of_the_study_as_a_whole_is_said_once() -> None:
    issue = {"dataset": "STUDY", "value": {"EX": "Not in dataset"}}
    about = [outcome("STUDY", "issue reported", issues=[issue], domain=name, variables=["EX"]) for name in ("AE", "DM")]
    found = of(findings(rule("CORE-000739", "issue reported", *about)), "CORE-000739")
    assert found[["dataset", "variable", "key"]].to_numpy().tolist() == [["", "EX", ""]]


def test_more_issues_than_are_listed_are_counted() -> None:
    issues = [{"dataset": "AE", "USUBJID": "S-1", "SEQ": number, "value": {"EPOCH": None}} for number in (1, 2)]
    one = outcome("AE", "issue reported", issues=issues, variables=["EPOCH"], count=4711)
    found = of(findings(rule("CORE-000701", "issue reported", one)), "CORE-000701")
    assert found["key"].tolist() == ["AESEQ=1", "AESEQ=2", ""]
    assert found["message"].iloc[-1].startswith("4,711 rows in all; the first 2 are listed.")


def test_a_rule_that_over_reports_says_so() -> None:
    one = outcome("AE", "issue reported", issues=[{"dataset": "AE", "value": {"EPOCH": None}}])
    known = rule("CORE-000701", "issue reported", one, executability="partially executable - possible overreporting")
    assert "known to report too much" in of(findings(known), "CORE-000701")["message"].iloc[0]


def test_messages_hold_no_value_of_the_data() -> None:
    issue = {"dataset": "AE", "row": 1, "USUBJID": "S-SECRET", "SEQ": 1, "value": {"AETERM": "SECRET"}}
    broken = outcome("CM", "execution error", reasons=["Rule format error"])
    one = outcome("AE", "issue reported", issues=[issue], variables=["AETERM"])
    found = findings(rule("CORE-000001", "execution error", one, broken))
    assert not found["message"].str.contains("SECRET").any()
    assert of(found, "CORE-000001")[["usubjid", "value"]].to_numpy().tolist() == [["S-SECRET", "SECRET"]]


def test_a_rule_that_failed_on_a_dataset_is_an_error_and_its_issues_elsewhere_stay() -> None:
    issue = {"dataset": "AE", "USUBJID": "S-1", "SEQ": 1, "value": {"AETERM": "X"}}
    found = findings(
        rule(
            "CORE-000001",
            "execution error",
            outcome("AE", "issue reported", issues=[issue], variables=["AETERM"]),
            outcome("CM", "execution error", reasons=["Rule format error"]),
            outcome("EX", "execution error", reasons=["Rule format error"]),
        )
    )
    assert len(of(found, "CORE-000001")) == 1
    assert of(found, "CORE.NOT_RUN")[["severity", "key", "message"]].to_numpy().tolist() == [
        [
            "error",
            "CORE-000001",
            "Rule CORE-000001 did not run: the engine failed on CM, EX (Rule format error). Its verdict is unknown. "
            "Check by hand what the rule asks.",
        ]
    ]


def test_an_error_that_the_engine_calls_a_success_is_no_pass() -> None:
    schema = outcome("AE", "success", reasons=["Error occurred during schema validation"])
    found = of(findings(rule("CORE-000002", "success", schema)), "CORE.NOT_RUN")
    assert found[["severity", "key"]].to_numpy().tolist() == [["error", "CORE-000002"]]


def test_a_rule_of_which_the_answer_says_nothing_is_no_pass() -> None:
    found = of(
        findings(rule("CORE-000001", "success", outcome("AE", "success")), more=("CORE-000002",)), "CORE.NOT_RUN"
    )
    assert found[["severity", "key"]].to_numpy().tolist() == [["error", "CORE-000002"]]


def test_a_rule_that_lacks_the_define_xml_file_is_a_warning() -> None:
    found = of(findings(rule("CORE-000929", "no define")), "CORE.NOT_RUN")
    assert found[["severity", "key"]].to_numpy().tolist() == [["warning", "CORE-000929"]]
    assert "--define" in found["message"].iloc[0]


def test_rules_with_nothing_to_check_are_one_note_by_reason() -> None:
    scope = outcome("AE", "skipped", reasons=["Outside scope"])
    column = outcome("EX", "skipped", reasons=["Column not found in data"])
    found = findings(
        rule("CORE-000009", "skipped", scope),
        rule("CORE-000007", "skipped", scope, column),
        rule("CORE-000003", "skipped", scope),
        rule("CORE-000001", "success", scope, outcome("CM", "success")),
    )
    assert of(found, "CORE.SKIPPED")[["severity", "message"]].to_numpy().tolist() == [
        [
            "note",
            "3 of 4 rules had nothing to check. A variable that it reads is absent (1): CORE-000007. "
            "No dataset that the rule is about (2): CORE-000003, CORE-000009.",
        ]
    ]


def test_what_was_checked_is_a_note_in_counts() -> None:
    issue = outcome("AE", "issue reported", issues=[{"dataset": "AE", "value": {"EPOCH": None}}])
    found = findings(
        rule("CORE-000001", "success", outcome("AE", "success")),
        rule("CORE-000002", "issue reported", issue),
        rule("CORE-000003", "skipped", outcome("AE", "skipped", reasons=["Outside scope"])),
        rule("CORE-000004", "no define"),
        more=("CORE-000005",),
    )
    assert of(found, "CORE.CHECKED")[["severity", "message"]].to_numpy().tolist() == [
        [
            "note",
            "CDISC CORE 0.17.1 took up 5 rules of SDTMIG 3.4: 1 passed, 1 found issues, 1 had nothing to check, "
            "2 did not run.",
        ]
    ]


def test_a_standard_without_rules_does_not_look_like_a_pass() -> None:
    found = findings_of(Answer.model_validate({"engine": "0.17.1", "rules": [], "results": []}), "ADaMIG 1.3")
    assert found[["rule", "severity", "source"]].to_numpy().tolist() == [["CORE.NOTHING_CHECKED", "warning", "core"]]
    assert "checked nothing: the cache has no rule for ADaMIG 1.3" in found["message"].iloc[0]
