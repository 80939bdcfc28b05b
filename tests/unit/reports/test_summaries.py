"""Counts for display: findings grouped, datasets described, parameters summed up."""

from __future__ import annotations

import pandas as pd

from clinical.findings import combine, no_findings, report
from reports.summaries import (
    DatasetLine,
    FindingGroup,
    ParameterLine,
    describe_dataset,
    group_findings,
    summarise_parameters,
)
from specs.model.dataset import DatasetSpec


def rows(*records):
    return pd.DataFrame(records, columns=["USUBJID", "_FORM", "_ROW", "_PAGE"])


def test_findings_are_grouped_by_rule_variable_and_message():
    findings = combine(
        [
            report("N1", "note", "A partial date stays partial.", source="rule", dataset="CM", variable="CMSTDTC",
                   rows=rows(("S1", "cm", 1, "22"), ("S1", "cm", 2, "22"), ("S2", "prior", 1, "9"))),
            report("W1", "warning", "One.", source="rule", dataset="AE", rows=rows(("S1", "ae", 1, ""))),
            report("W2", "warning", "Two.", source="rule", dataset="AE", variable="AEREL",
                   rows=rows(("S1", "ae", 1, "31"), ("S3", "ae", 2, "31"))),
            report("E1", "error", "The export has no DM form.", source="raw"),
        ]
    )  # fmt: skip
    assert group_findings(findings) == (
        FindingGroup("error", "E1", "", "", "The export has no DM form.", 1, 0, ()),
        FindingGroup("warning", "W2", "AE", "AEREL", "Two.", 2, 2, ("ae p. 31",)),
        FindingGroup("warning", "W1", "AE", "", "One.", 1, 1, ("ae",)),
        FindingGroup("note", "N1", "CM", "CMSTDTC", "A partial date stays partial.", 3, 2, ("cm p. 22", "prior p. 9")),
    )


def test_findings_that_are_gone_are_not_counted():
    findings = report("W1", "warning", "One.", source="rule", rows=rows(("S1", "ae", 1, ""), ("S2", "ae", 2, "")))
    findings["status"] = ["gone", "open"]
    assert [group.count for group in group_findings(findings)] == [1]


def test_no_findings_make_no_groups():
    assert group_findings(no_findings()) == ()


def test_a_datasets_line_counts_what_is_published():
    frame = pd.DataFrame(
        {"USUBJID": ["S1", "S1", "S2"], "AESEQ": [1.0, 2.0, 1.0], "_FORM": ["ae"] * 3, "_ROW": [1, 2, 3]}
    )
    spec = DatasetSpec("AE", "Adverse Events", "EVENTS", "", (), "", ())
    assert describe_dataset(frame, spec, standard="sdtm", path="m5/ae.xpt", sha256="ab") == DatasetLine(
        "sdtm", "AE", "Adverse Events", 3, 2, 2, "m5/ae.xpt", "ab"
    )


def test_trial_design_has_no_subjects():
    spec = DatasetSpec("TA", "Trial Arms", "TRIAL DESIGN", "", (), "", ())
    line = describe_dataset(pd.DataFrame({"ARMCD": ["A"]}), spec, standard="sdtm", path="ta.xpt", sha256="")
    assert line.subjects is None


def test_a_time_to_event_has_events_censorings_and_their_reasons():
    frame = pd.DataFrame(
        [
            ("S1", "OS", "Overall Survival", 1.0, "ALIVE AT DATA CUTOFF"),
            ("S2", "OS", "Overall Survival", 0.0, "DEATH"),
            ("S3", "OS", "Overall Survival", 1.0, "ALIVE AT DATA CUTOFF"),
            ("S1", "DOR", "Duration of Remission", 2.0, "NEW ANTI-CANCER THERAPY"),
        ],
        columns=["USUBJID", "PARAMCD", "PARAM", "CNSR", "EVNTDESC"],
    )
    assert summarise_parameters("ADTTE", frame) == (
        ParameterLine(
            "ADTTE", "OS", "Overall Survival", 3, 3, (("Event", 1), ("Censored", 2)),
            (("DEATH", 1), ("ALIVE AT DATA CUTOFF", 2)),
        ),
        ParameterLine(
            "ADTTE", "DOR", "Duration of Remission", 1, 1, (("Censored", 1),), (("NEW ANTI-CANCER THERAPY", 1),)
        ),
    )  # fmt: skip


def test_other_parameters_are_counted_by_result():
    frame = pd.DataFrame(
        [("S1", "ORR3M", "Remission", "N"), ("S2", "ORR3M", "Remission", "Y"), ("S3", "ORR3M", "Remission", "Y")]
        + [(f"S{n}", "OVR", "Response", result) for n, result in enumerate(["PD", "PD", "ZZ", "CR", None, "AA", "AA"])]
        + [("S1", "WEIGHT", "Weight (kg)", None)],
        columns=["USUBJID", "PARAMCD", "PARAM", "AVALC"],
    )
    assert [
        (line.paramcd, line.records, line.subjects, line.shares) for line in summarise_parameters("ADRS", frame)
    ] == [
        ("ORR3M", 3, 3, (("Y", 2), ("N", 1))),
        ("OVR", 7, 7, (("CR", 1), ("PD", 2), ("AA", 2), ("ZZ", 1))),
        ("WEIGHT", 1, 1, ()),
    ]


def test_free_text_is_not_listed():
    frame = pd.DataFrame(
        {
            "USUBJID": [f"S{n}" for n in range(13)],
            "PARAMCD": "TXT",
            "PARAM": "Text",
            "AVALC": [f"V{n}" for n in range(13)],
        }
    )
    assert [line.shares for line in summarise_parameters("ADXX", frame)] == [()]


def test_a_dataset_without_parameters_has_none():
    assert summarise_parameters("ADSL", pd.DataFrame({"USUBJID": ["S1"]})) == ()


def test_nothing_is_changed():
    findings = report("W1", "warning", "One.", source="rule", rows=rows(("S1", "ae", 1, "")))
    before = findings.copy()
    group_findings(findings)
    pd.testing.assert_frame_equal(findings, before)
