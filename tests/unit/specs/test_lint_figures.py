"""What the linter says of the figures and headlines of analyses.yaml."""

from __future__ import annotations

import shutil

import pytest

from specs.load import STUDIES, load_study
from tests.unit.specs.conftest import StudyFolder

FILE = "analyses.yaml"
TABLE = """tables:
  ORR:
    section: Efficacy
    title: Response
    method: proportion
    dataset: ADRS
    rows: [{parameter: ORR3M}]
"""
CURVES = """figures:
  CURVES:
    kind: kaplan_meier
    section: Efficacy
    title: Survival
    caption: Who lives.
    population: {SAFFL: "Y"}
    dataset: ADTTE
    curves:
      - {label: Overall survival, where: {PARAMCD: OS}}
"""
SWIMMER = """figures:
  SWIMMER:
    kind: swimmer
    section: Efficacy
    title: Follow-up
    caption: Each bar is a subject.
    dataset: ADSL
    start: TRTSDT
    end: LSTALVDT
    colour: {dataset: ADRS, where: {PARAMCD: BOR24}, value: AVALC, categories: [CR, PR]}
    marks:
      - {label: Death, shape: cross, date: DTHDT}
      - {label: Response, shape: circle, category: CR, dataset: ADRS, where: {PARAMCD: OVR}, date: ADT}
"""
HEADLINE = (
    TABLE
    + """headline:
  - {label: Response, table: ORR, where: {PARAMCD: ORR3M}, value: "{PERCENT}%"}
"""
)


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    folder = tmp_path_factory.mktemp("figures") / "cart1922"
    shutil.copytree(STUDIES / "cart1922", folder, ignore=shutil.ignore_patterns("sample"))
    return StudyFolder(folder)


@pytest.mark.parametrize("content", [CURVES, SWIMMER, HEADLINE])
def test_sound_figures_load(original, content):
    analyses = load_study(original.write(FILE, content).folder).analyses
    assert len(analyses.figures) + len(analyses.headline) == 1


@pytest.mark.parametrize(
    ("content", "old", "new", "expected"),
    [
        (CURVES, "dataset: ADTTE", "dataset: ADTTT", "there is no ADaM dataset 'ADTTT'. Did you mean 'ADTTE'?"),
        (CURVES, "PARAMCD: OS", "PARAMCD: OSS", "ADTTE has no parameter 'OSS'. Did you mean 'OS'?"),
        (CURVES, "{SAFFL:", "{SAFL:", "ADSL has no variable 'SAFL'. Did you mean 'SAFFL'?"),
        (CURVES, "kaplan_meier", "kaplan_mayer", "kind 'kaplan_mayer' is not known. Did you mean 'kaplan_meier'?"),
        (CURVES, "    caption: Who lives.\n", "", "key 'caption' is missing. Add it."),
        (CURVES, "    curves:", "    censored: CNSRR\n    curves:", "ADTTE has no variable 'CNSRR'. Did you mean"),
        (
            CURVES,
            "    curves:",
            "    time: PARAM\n    curves:",
            "ADTTE.PARAM is text and cannot be drawn. Name a number.",
        ),
        (SWIMMER, "start: TRTSDT", "start: TRTSDDT", "ADSL has no variable 'TRTSDDT'. Did you mean 'TRTSDT'?"),
        (SWIMMER, "end: LSTALVDT", "end: EOSSTT", "'EOSSTT' is no date. Name a variable that ends in DT."),
        (SWIMMER, "    end: LSTALVDT\n", "    end: []\n", "figures.SWIMMER.end: 'end' is empty. Name at least 1."),
        (SWIMMER, "    end: LSTALVDT\n", "    end:\n", "figures.SWIMMER.end: 'end' is empty. Name at least 1."),
        (SWIMMER, "    end: LSTALVDT\n", "", "key 'end' is missing. Add it."),
        (
            CURVES,
            "    curves:",
            "    time: ADT\n    curves:",
            "ADTTE.ADT is a date (DATE9.) and cannot be drawn. Name a number, such as days.",
        ),
        (SWIMMER, "date: ADT}", "date: AADT}", "ADRS has no variable 'AADT'. Did you mean 'ADT'?"),
        (SWIMMER, "shape: cross", "shape: crosses", "'circle', 'square', 'triangle'"),
        (SWIMMER, "category: CR,", "category: XX,", "'XX' is none of the categories CR, PR; take one"),
        (SWIMMER, "value: AVALC", "value: AVALCC", "ADRS has no variable 'AVALCC'. Did you mean 'AVALC'?"),
        (SWIMMER, "PARAMCD: BOR24", "PARAMCD: BOR2", "ADRS has no parameter 'BOR2'. Did you mean 'BOR24'?"),
        (HEADLINE, "table: ORR", "table: ORRR", "there is no table 'ORRR'. Did you mean 'ORR'?"),
        (HEADLINE, "{PERCENT}%", "65%", "'value' names no statistic"),
        (
            HEADLINE,
            "{PERCENT}%",
            "{PERCNT}%",
            "analyses.yaml:9: headline.value: table ORR has no statistic 'PERCNT'. Did you mean 'PERCENT'? It has "
            "COUNT, N, PERCENT, LOWER, UPPER.",
        ),
        (
            HEADLINE,
            'value: "{PERCENT}%"',
            'value: "{PERCENT}%", detail: "{MEDIAN} months"',
            "headline.detail: table ORR has no statistic 'MEDIAN'.",
        ),
        (
            HEADLINE,
            "where: {PARAMCD: ORR3M}",
            "where: {PARAMCD: ORR3}",
            "headline.where: table ORR has no parameter 'ORR3'. Did you mean 'ORR3M'?",
        ),
        (
            HEADLINE,
            "where: {PARAMCD: ORR3M}",
            "where: {GROUPS: x}",
            "headline.where: the results have no column 'GROUPS'. Did you mean 'GROUP'?",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(original, content, old, new, expected):
    assert content.count(old) == 1
    problems = original.write(FILE, content.replace(old, new)).problems()
    assert len(problems) == 1, problems
    assert problems[0].startswith("cart1922/analyses.yaml:")
    assert expected in problems[0]


def test_a_figure_with_the_id_of_a_table_is_told(original):
    problems = original.write(FILE, TABLE + CURVES.replace("CURVES:", "ORR:")).problems()
    assert [one.partition(": ")[2] for one in problems] == [
        "figures.ORR: is the id of a table too. Give the figure another one: both have a place in one report."
    ]
