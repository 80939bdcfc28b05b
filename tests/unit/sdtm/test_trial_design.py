"""TA, TE, TI, TV, TS."""

from __future__ import annotations

import pytest

from sdtm import trial_design

DESIGN = {
    "arms": [
        {
            "armcd": "A",
            "arm": "Drug A",
            "elements": [
                {"etcd": "SCRN", "epoch": "SCREENING", "branch": "Randomized to A"},
                {"etcd": "TRT", "epoch": "TREATMENT", "transition": "Ends on progression"},
            ],
        },
        {"armcd": "P", "arm": "Placebo", "elements": [{"etcd": "SCRN", "epoch": "SCREENING"}]},
    ],
    "elements": [
        {"etcd": "SCRN", "element": "Screen", "start_rule": "Consent", "end_rule": "Two weeks after consent"},
        {"etcd": "TRT", "element": "Treatment", "start_rule": "First dose", "duration": "P26W"},
    ],
    "visits": {
        "planned": [
            {"visitnum": "1", "visit": "SCREENING", "day": "-7", "start_rule": "Consent", "end_rule": "End of day"},
            {"visitnum": "1.5", "visit": "CALL"},
            {"visitnum": "99", "visit": "LOG", "planned": "false"},
        ]
    },
    "criteria": [{"code": "INCL01", "text": "Adult", "category": "INCLUSION"}],
    "trial_summary": [
        {"parameter": "TTYPE", "value": "SAFETY", "codelist": "TTYPE"},
        {"parameter": "TTYPE", "value": "EFFICACY", "codelist": "TTYPE"},
        {"parameter": "AGEMAX", "null_flavor": "PINF"},
        {"parameter": "INDIC", "value": "Flu", "code": "6142004", "reference": "SNOMED"},
        {"parameter": "NARMS", "value": "2"},
    ],
}


@pytest.fixture
def build(bench, helpers):
    def run(builder, *names, numbers=()):
        bench.design = DESIGN
        variables = [helpers.variable(name, kind="Num" if name in numbers else "Char") for name in names]
        frame, findings = builder(helpers.dataset("TX", *variables), bench.study, {}, None)
        assert findings.empty
        assert list(frame) == list(names)
        return [helpers.values(row) for _, row in frame.iterrows()]

    return run


def test_trial_arms(build) -> None:
    names = ("ARMCD", "ARM", "TAETORD", "ETCD", "ELEMENT", "TABRANCH", "TATRANS", "EPOCH")
    assert build(trial_design.build_ta, *names, numbers=("TAETORD",)) == [
        ["A", "Drug A", 1.0, "SCRN", "Screen", "Randomized to A", None, "SCREENING"],
        ["A", "Drug A", 2.0, "TRT", "Treatment", None, "Ends on progression", "TREATMENT"],
        ["P", "Placebo", 1.0, "SCRN", "Screen", None, None, "SCREENING"],
    ]


def test_trial_elements(build) -> None:
    assert build(trial_design.build_te, "ETCD", "ELEMENT", "TESTRL", "TEENRL", "TEDUR") == [
        ["SCRN", "Screen", "Consent", "Two weeks after consent", None],
        ["TRT", "Treatment", "First dose", None, "P26W"],
    ]


def test_trial_visits(build) -> None:
    names = ("VISITNUM", "VISIT", "VISITDY", "ARMCD", "TVSTRL", "TVENRL")
    assert build(trial_design.build_tv, *names, numbers=("VISITNUM", "VISITDY")) == [
        [1.0, "SCREENING", -7.0, None, "Consent", "End of day"],
        [1.5, "CALL", None, None, None, None],
    ]


def test_trial_criteria(build) -> None:
    assert build(trial_design.build_ti, "IETESTCD", "IETEST", "IECAT") == [["INCL01", "Adult", "INCLUSION"]]


def test_trial_summary(build) -> None:
    names = ("TSSEQ", "TSPARMCD", "TSPARM", "TSVAL", "TSVALNF", "TSVALCD", "TSVCDREF", "TSVCDVER")
    assert build(trial_design.build_ts, *names, numbers=("TSSEQ",)) == [
        [1.0, "TTYPE", "Trial Type", "SAFETY", None, "C49667", "CDISC CT", "2025-03-28"],
        [2.0, "TTYPE", "Trial Type", "EFFICACY", None, "C49666", "CDISC CT", "2025-03-28"],
        [1.0, "AGEMAX", "Planned Maximum Age of Subjects", None, "PINF", None, None, None],
        [1.0, "INDIC", "Trial Disease/Condition Indication", "Flu", None, "6142004", "SNOMED", None],
        [1.0, "NARMS", "Planned Number of Arms", "2", None, None, None, None],
    ]
