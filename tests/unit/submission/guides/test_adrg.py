"""What the analysis data reviewer's guide says of two subjects of cart1922, in the words of its specification."""

from __future__ import annotations

import re
from dataclasses import replace

from specs.load import load_study
from specs.model.explanations import Explanations
from submission.guides.adrg import adrg
from submission.guides.context import GuideContext
from tests.unit.submission.guides.conftest import everything, rows_of, said, section, written


def test_the_sections_are_those_of_the_template(analysed: GuideContext) -> None:
    assert [one.title for one in adrg(analysed).sections] == [
        "Introduction",
        "Protocol description",
        "Analysis considerations related to multiple analysis datasets",
        "Analysis data creation and processing issues",
        "Analysis dataset descriptions",
        "Data conformance summary",
        "Submission of programs",
    ]


def test_populations_are_counted(analysed: GuideContext) -> None:
    populations = section(adrg(analysed), "Populations")

    assert "counted below of 2 subjects." in said(populations)
    numbers = {row[1]: (row[0], row[2]) for row in rows_of(populations)}
    assert numbers["SAFFL"] == ("Safety", "1")
    assert numbers["PPROTFL"] == ("Per-Protocol", "0")
    assert numbers["ENRLFL"] == ("Enrolled", "2")
    assert numbers["EFFFL"] == ("Efficacy Evaluable", "–")
    assert "IMPDVFL" not in numbers


def test_imputed_dates_have_flag_and_method(analysed: GuideContext) -> None:
    rows = rows_of(section(adrg(analysed), "Imputation of dates"))

    assert ["ADSL", "DIAGDT", "DIAGDTF"] in [row[:3] for row in rows]
    assert next(row[3] for row in rows if row[2] == "DIAGDTF").startswith(
        "MHSTDTC of the record of the initial diagnosis"
    )


def test_censoring_is_listed_by_number(analysed: GuideContext) -> None:
    rows = rows_of(section(adrg(analysed), "Censoring"))

    assert [row[0] for row in rows] == ["0", "0", "0", "0", "0", "1", "1", "2", "3", "4", "5", "5", "6"]
    assert ["0", "NEW ANTI-CANCER THERAPY", "–", "EFS"] in rows
    assert ["1", "ALIVE AT DATA CUTOFF", "LAST KNOWN ALIVE", "OS and OSLST"] in rows


def test_decisions_are_sentences_with_the_values_in_force(analysed: GuideContext) -> None:
    said_so = [row[1] for row in rows_of(section(adrg(analysed), "Decisions"))]

    assert "Stable disease counts from study day 22 on; before, it is not evaluable." in said_so
    assert "Complete and partial responses count without confirmation." in said_so
    assert not any("after_last_alive" in one or "{" in one for one in said_so)


def test_parameters_have_counts_and_derivation(analysed: GuideContext) -> None:
    times = section(adrg(analysed), "ADTTE: Time-to-Event Analysis Dataset")

    assert "Two parameters are in the data." in said(times)
    rows = rows_of(times)
    assert [
        "OS",
        "Overall Survival (Days)",
        "1",
        "1",
        "From TRTSDT to death; without death censored at LSTALVDT.",
    ] in rows
    assert "have no records in these data." in said(times)


def test_every_variable_is_counted_once_under_its_origin(analysed: GuideContext) -> None:
    found = re.search(
        r"Of (\d+) variables, (.*)\.", said(section(adrg(analysed), "ADSL: Subject-Level Analysis Dataset"))
    )

    assert found is not None
    kinds = re.findall(r"(\d+) (?:is|are) (copied|derived|assigned)", found[2])
    assert [kind for _, kind in kinds] == ["copied", "derived", "assigned"]
    assert sum(int(number) for number, _ in kinds) == int(found[1])


def test_dependencies_and_results(analysed: GuideContext) -> None:
    guide = adrg(analysed)

    assert ["ADTTE", "–", "ADSL, ADRS"] in rows_of(section(guide, "Data dependencies"))
    results = rows_of(section(guide, "Results by dataset"))
    assert ["ADTTE", "Table", "Progression-Free, Event-Free and Overall Survival", "Efficacy"] in results
    files = {row[0]: row[2] for row in rows_of(section(guide, "How the datasets were made"))}
    assert files == dict(analysed.study.files)


def test_the_python_in_use_makes_no_difference(analysed: GuideContext) -> None:
    other = replace(analysed.software, python="3.13.0", packages={"numpy": "2.5.0"})

    assert adrg(replace(analysed, software=other)) == adrg(analysed)


def test_a_study_whose_sdtm_and_adsl_are_given(analysed: GuideContext) -> None:
    study = load_study("oncorecist")
    response = {"USUBJID": ["X-1"], "PARAMCD": ["BOR"], "PARAM": ["Best Overall Response"]}
    given = replace(analysed, study=study, datasets=(written(study.adam["ADRS"], "adam", **response),), cutoff=None)

    guide = adrg(given)

    assert "ADSL was given with SDTM and is used as it is" in said(
        section(guide, "Comparison of SDTM and ADaM content")
    )
    assert said(section(guide, "Data cut-off")) == "No data cut-off was applied."
    assert "Arms, elements and visits are not part of this study's specification" in everything(guide)
    assert "To be completed. Say in words which decisions the three settings" in said(section(guide, "Decisions"))
    assert said(section(guide, "Data dependencies")).startswith(
        "A dataset is made when all that it reads is there; the subjects are those of ADSL, which was given."
    )
    assert "ADSL was given with the source data, and is not among them." in everything(guide)


def test_settings_without_sentences_are_to_be_completed(analysed: GuideContext) -> None:
    silent = replace(analysed.study, explanations=Explanations())

    assert "To be completed." in said(section(adrg(replace(analysed, study=silent)), "Decisions"))


def test_a_dataset_without_records_is_described_and_not_sent(analysed: GuideContext) -> None:
    study = analysed.study
    given = (written(study.adam["ADSL"], "adam", USUBJID=["X-1"]), written(study.adam["ADAE"], "adam", USUBJID=[]))
    guide = adrg(replace(analysed, datasets=given))

    assert said(section(guide, "Overview")).startswith(
        "One analysis dataset is part of the package. ADAE has no records; define.xml describes what would be there, "
        "and no file is sent."
    )
    assert said(section(guide, "ADAE: Adverse Events Analysis Dataset")).startswith(
        "ADAE has no records; it would hold one record per subject per adverse event."
    )
