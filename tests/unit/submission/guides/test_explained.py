"""Findings by rule with their explanations, and the notes on what is not explained."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from clinical.findings import combine, report
from specs.model.explanations import Explanations, FindingExplanation
from specs.model.study import Study
from submission.guides.conformance import standards_of
from submission.guides.context import GuideContext
from submission.guides.csdrg import csdrg
from submission.guides.explained import explanation_of, issues_of, report_unexplained
from tests.unit.submission.guides.conftest import said, section


def _study(study: Study, *findings: dict[str, str], waivers: list[dict[str, str]] | None = None) -> Study:
    said = Explanations.model_validate({"findings": findings})
    design = study.design.model_copy(update={"settings": {"waivers": waivers or []}})
    return replace(study, explanations=said, design=design)


def test_findings_are_counted_by_rule_and_place(tiny: Study, findings: pd.DataFrame) -> None:
    issues = issues_of(tiny, findings)

    assert [(one.severity, one.rule, one.dataset, one.number) for one in issues] == [
        ("warning", "DQ.VISIT_WINDOW", "SV", 2),
        ("warning", "SCHEMA.KEYS", "AE", 1),
        ("note", "DQ.UNSCHEDULED_VISIT", "SV", 1),
    ]
    assert issues[0].messages == ("The visit took place outside its planned window.",)
    assert [one.explanation for one in issues] == ["the dates are as collected", None, None]
    assert [one.to_explain for one in issues] == [False, True, False]


def test_the_row_that_states_the_number_of_all_is_believed(tiny: Study) -> None:
    place = {"source": "rule", "dataset": "AE", "variable": "AETERM"}
    rows = pd.DataFrame({"USUBJID": ["T-1", "T-2"]})
    listed = report("DQ.DUPLICATE", "warning", "It is there twice. Remove it.", rows=rows, **place)
    rest = report(
        "DQ.DUPLICATE", "warning", "1,234 rows in all; the first 2 are listed. It is there twice. Remove it.", **place
    )

    (issue,) = issues_of(tiny, combine([listed, rest]))

    assert issue.number == 1234
    assert issue.messages == ("It is there twice.",)


def test_what_is_gone_is_not_told(tiny: Study, findings: pd.DataFrame) -> None:
    assert issues_of(tiny, findings.assign(status="gone")) == ()


def test_the_narrowest_explanation_counts() -> None:
    given = [
        FindingExplanation(rule="CORE-000701", explanation="Everywhere."),
        FindingExplanation(rule="CORE-000701", dataset="CM", explanation="In CM."),
        FindingExplanation(rule="CORE-000701", dataset="CM", variable="EPOCH", explanation="In CM.EPOCH."),
    ]

    assert explanation_of(given, "CORE-000701", "AE", "EPOCH") == "Everywhere."
    assert explanation_of(given, "CORE-000701", "CM", "CMDTC") == "In CM."
    assert explanation_of(given, "CORE-000701", "CM", "CMDTC, EPOCH") == "In CM.EPOCH."
    assert explanation_of(given, "CORE-000700", "CM", "EPOCH") is None


def test_a_waiver_is_an_explanation(tiny: Study) -> None:
    study = _study(tiny, waivers=[{"rule": "DQ.DUPLICATE", "dataset": "AE", "reason": "Confirmed by the site"}])
    message = "It is there twice. Remove it. Waived: Confirmed by the site"

    (issue,) = issues_of(study, report("DQ.DUPLICATE", "warning", message, source="rule", dataset="AE"))

    assert issue.explanation == "Confirmed by the site"
    assert issue.messages == ("It is there twice.",)


def test_what_lacks_an_explanation_is_a_note(tiny: Study, findings: pd.DataFrame) -> None:
    notes = report_unexplained(_study(tiny), findings)

    assert notes[["rule", "severity", "key", "message"]].to_numpy().tolist() == [
        [
            "GUIDE.NOT_EXPLAINED",
            "note",
            "DQ.VISIT_WINDOW",
            "2 findings of DQ.VISIT_WINDOW in SV have no explanation for the reviewer. Add one to explanations.yaml.",
        ],
        [
            "GUIDE.NOT_EXPLAINED",
            "note",
            "SCHEMA.KEYS",
            "1 finding of SCHEMA.KEYS in AE has no explanation for the reviewer. Add one to explanations.yaml.",
        ],
    ]


def test_an_explanation_that_fits_nothing_is_a_note(tiny: Study, findings: pd.DataFrame) -> None:
    study = _study(
        tiny,
        {"rule": "DQ.VISIT_WINDOW", "explanation": "So."},
        {"rule": "SCHEMA.KEYS", "dataset": "AE", "explanation": "So."},
        {"rule": "DQ.DUPLICATE", "dataset": "VS", "explanation": "So."},
        {"rule": "CORE-000191", "explanation": "So."},
    )

    unused = report_unexplained(study, findings)
    assert unused["message"].tolist() == [
        "The explanation of DQ.DUPLICATE in VS fits no finding of this run. Keep it only if it will."
    ]

    core = report("CORE-000701", "note", "EPOCH is missing.", source="core", dataset="AE")
    assert report_unexplained(study, combine([findings, core]))["key"].tolist() == ["DQ.DUPLICATE", "CORE-000191"]


def test_a_finding_on_a_file_of_the_package_is_told_where_the_file_belongs(tiny: Study) -> None:
    sdtm, adam = "m5/datasets/tiny01/tabulations/sdtm", "m5/datasets/tiny01/analysis/adam/datasets"
    found = combine(
        [
            report("PACKAGE.START_DATE", "warning", f"{sdtm}/ts.xpt: No date.", source="rule", dataset="TS"),
            report("PACKAGE.FILE_TYPE", "warning", f"{adam}/a.html: is HTML.", source="rule"),
            report("DEFINE.UNUSED", "warning", f"{sdtm}/define.xml: Defined, but unused: A.", source="rule"),
            report("DEFINE.UNUSED", "warning", f"{adam}/define.xml: Defined, but unused: B.", source="rule"),
            report("RULE.NOT_APPLICABLE", "note", "Rules that concern nothing.", source="rule"),
        ]
    )
    assert {one.rule: standards_of(one, tiny) for one in issues_of(tiny, found)} == {
        "PACKAGE.START_DATE": ("sdtm",),
        "PACKAGE.FILE_TYPE": ("adam",),
        "DEFINE.UNUSED": ("sdtm", "adam"),
        "RULE.NOT_APPLICABLE": ("sdtm",),
    }


def test_errors_that_a_study_accepts_are_no_longer_said_to_stop_the_package(context: GuideContext) -> None:
    accepted = _study(context.study, waivers=[{"rule": "DQ.DUPLICATE", "reason": "Confirmed by the site"}])
    inputs = [
        said(section(csdrg(replace(context, study=one)), "Conformance inputs")) for one in (context.study, accepted)
    ]

    assert "What is an error stops the making of a package." in inputs[0]
    assert "What is an error stops the making of a package, unless the study accepts it and says why." in inputs[1]


def test_what_could_not_be_checked_is_a_sentence_in_every_guide(context: GuideContext) -> None:
    """A run of SDTM alone has no folder of analysis data; nothing in the data is to be explained."""
    missing = "m5/datasets/tiny01/analysis/adam/datasets: has no files, so adsl.xpt was not looked for. The FDA asks."
    found = report("PACKAGE.NOT_CHECKED", "warning", missing, source="rule")
    guide = csdrg(replace(context, findings=found))

    assert (
        "Not everything could be checked. m5/datasets/tiny01/analysis/adam/datasets: has no files, so adsl.xpt was not "
        "looked for."
    ) in said(section(guide, "Conformance inputs"))
    assert report_unexplained(_study(context.study), found).empty
