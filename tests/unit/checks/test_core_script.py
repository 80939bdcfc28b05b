"""The parts of the script that need no engine: what it reads of a rule, an outcome and a value, what it refuses."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from checks.core import run_rules
from checks.core.engine import SCRIPT

ASKED = {"standard": "sdtmig", "version": "3-4", "define": None, "limit": 2}


def reference(rule: str) -> dict[str, Any]:
    return {"Rule_Identifier": {"Id": rule, "Version": "1"}}


RULE = {
    "core_id": "CORE-000929",
    "rule_type": "Define Item Metadata Check against Library Metadata",
    "executability": "fully executable",
    "actions": [{"name": "generate", "params": {"message": "The code is not published."}}],
    "authorities": [
        {
            "Organization": "CDISC",
            "Standards": [
                {"Name": "SDTMIG", "Version": "3.4", "References": [reference("CG0001"), reference("CG0001")]},
                {"Name": "SDTMIG", "Version": "3.3", "References": [reference("CG9999")]},
                {"Name": "TIG", "Version": "1.0", "References": [reference("TIG0001")]},
            ],
        },
        {"Organization": "FDA", "Standards": [{"Name": "SDTMIG", "Version": "3.4", "References": [reference("FB1")]}]},
    ],
}


def test_a_rule_on_the_define_xml_file_is_not_started_without_one() -> None:
    assert run_rules.run_rule(None, RULE, ASKED) == {
        "id": "CORE-000929",
        "message": "The code is not published.",
        "published_as": ["CG0001", "FB1"],
        "executability": "fully executable",
        "status": "no define",
        "datasets": [],
    }


def test_an_outcome_is_cut_to_the_limit_and_keeps_its_count() -> None:
    issues = [
        {"value": {"EPOCH": None}, "dataset": "AE", "row": 1, "USUBJID": "S-1", "SEQ": 1},
        {"value": {"EPOCH": None}, "dataset": "AE", "row": ""},
        {"value": {"EPOCH": None}, "dataset": "AE", "row": 3},
    ]
    said = {
        "executionStatus": "issue reported",
        "dataset": "AE",
        "domain": "AE",
        "variables": ["EPOCH", "AESEQ"],
        "message": "EPOCH is missing.",
        "errors": issues,
    }
    assert run_rules.summary(said, 2) == {
        "dataset": "AE",
        "domain": "AE",
        "status": "issue reported",
        "variables": ["AESEQ", "EPOCH"],
        "message": "EPOCH is missing.",
        "reasons": [],
        "count": 3,
        "issues": [
            {"dataset": "AE", "row": 1, "USUBJID": "S-1", "SEQ": 1, "value": {"EPOCH": None}},
            {"dataset": "AE", "row": None, "USUBJID": None, "SEQ": None, "value": {"EPOCH": None}},
        ],
    }


def test_of_an_error_the_kind_is_kept_and_its_text_is_not() -> None:
    failed = {"dataset": "AE", "error": "Rule format error", "message": "could not read 'S-SECRET'"}
    said = {"executionStatus": "execution error", "dataset": "AE", "domain": None, "errors": [failed]}
    found = run_rules.summary(said, 2)
    assert (found["reasons"], found["count"], found["issues"]) == (["Rule format error"], 0, [])
    assert "SECRET" not in json.dumps(found)


def test_values_become_what_json_has() -> None:
    class Number:
        def item(self) -> float:
            return 2.5

    value = {"a": {"y", "x"}, "b": (1, None), "c": float("nan"), "d": Number(), "e": float("inf"), "f": True}
    expected = {"a": ["x", "y"], "b": [1, None], "c": None, "d": 2.5, "e": None, "f": True}
    assert run_rules.plain(value) == expected


@pytest.mark.parametrize("event", ["socket.connect", "socket.getaddrinfo", "socket.sendto"])
def test_connections_are_refused(event: str) -> None:
    with pytest.raises(PermissionError):
        run_rules.refuse_network(event, ())


def test_other_events_pass() -> None:
    run_rules.refuse_network("open", ())


def _answer(cache: Path) -> dict[str, Any]:
    asked = {**ASKED, "cache": str(cache), "files": [], "terminology": [], "encoding": "utf-8"}
    done = subprocess.run(
        [sys.executable, str(SCRIPT)], input=json.dumps(asked), capture_output=True, encoding="utf-8", check=True
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_a_file_of_the_cache_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    assert _answer(tmp_path) == {"lacking": "rules_dictionary.pkl"}
    (tmp_path / "rules_dictionary.pkl").write_bytes(pickle.dumps({}))
    (tmp_path / "rules.pkl").write_bytes(b"")
    assert _answer(tmp_path) == {"lacking": "rules.pkl"}


def test_an_interpreter_without_the_engine_fails_by_name(tmp_path: Path) -> None:
    (tmp_path / "rules_dictionary.pkl").write_bytes(pickle.dumps({"sdtmig/3-4": ["CORE-000929"]}))
    (tmp_path / "rules.pkl").write_bytes(pickle.dumps({"CORE-000929": RULE}))
    (tmp_path / "standards_details.pkl").write_bytes(pickle.dumps({}))
    assert _answer(tmp_path) == {"failed": "ModuleNotFoundError"}


def test_a_part_that_the_cache_lacks_is_named_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "standards_details.pkl").write_bytes(pickle.dumps({}))
    with pytest.raises(run_rules.Lacking, match=r"the standard \(standards/sdtmig/3-5 in standards_details\.pkl\)"):
        run_rules.part(tmp_path, "standards_details", "standards/sdtmig/3-5", "the standard")
