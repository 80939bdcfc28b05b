"""What the clinical study data reviewer's guide says of the study for tests."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from clinical.findings import no_findings
from specs.load import load_study
from specs.model.codelists import ResolvedCodelist, ResolvedTerm
from specs.model.study import StudyDesign
from submission.guides.context import GuideContext
from submission.guides.csdrg import csdrg
from tests.unit.submission.guides.conftest import SOFTWARE, SUBJECTS, everything, rows_of, said, section, written

CREATED = datetime(2026, 1, 31, 2, 0, tzinfo=UTC)


def test_the_sections_are_those_of_the_template(context: GuideContext) -> None:
    guide = csdrg(context)

    assert [one.title for one in guide.sections] == [
        "Introduction",
        "Protocol description",
        "Subject data description",
        "Data conformance summary",
        "Appendices",
    ]
    assert guide.cover == (
        ("Study", "TINY01"),
        ("Data exported", "31 January 2026"),
        ("Data cut-off of the analysis", "31 December 2025"),
        ("Made with", "cdiscflow 9.8.7"),
    )


def test_the_design_is_said(context: GuideContext) -> None:
    design = section(csdrg(context), "Protocol design")

    assert said(design).startswith("The trial has one arm and two elements.")
    assert "Three visits are planned; days are study days, of which there is no day 0." in said(design)
    rows = rows_of(design)
    assert ["Drug A", "A", "Screening: Screening\nTreatment: Treatment"] in rows
    assert ["3", "WEEK 4", "29", ""] in rows
    assert ["Treatment", "TRT", "First dose", "The next element"] in rows


def test_the_overview_counts(context: GuideContext) -> None:
    overview = said(section(csdrg(context), "Overview"))

    assert "The package holds 5 SDTM datasets with 12 records. DM has 3 subjects." in overview
    assert "The data are those of the export of 31 January 2026." in overview
    assert "Query texts stay in the data management system." in overview
    assert "EX has no records; define.xml describes what would be there, and no file is sent." in overview
    assert "Split in the order of their records, because of their size: VS (2 parts)." in overview


def test_the_table_of_datasets(context: GuideContext) -> None:
    rows = rows_of(section(csdrg(context), "SDTM datasets"))

    assert [row[:6] for row in rows] == [
        ["DM", "Demographics", "Special purpose", "3", "3", "–"],
        ["AE", "Adverse Events", "Events", "2", "1", "1"],
        ["EX", "Exposure", "Interventions", "0", "0", "–"],
        ["VS", "Vital Signs", "Findings", "4", "3", "–"],
        ["TA", "Trial Arms", "Trial design", "2", "–", "–"],
    ]


def test_a_dataset_is_described(context: GuideContext) -> None:
    guide = csdrg(context)

    adverse = section(guide, "AE: Adverse Events")
    assert said(adverse).splitlines()[0] == (
        "AE has 2 records of 1 subject; it holds one record per adverse event per subject. The records come from the "
        "form “Adverse events”. A record is identified by STUDYID, USUBJID, AEDECOD and AESTDTC."
    )
    assert rows_of(adverse) == [["AETRTEM", "Treatment Emergent", "Derived: Flag", "1", "1"]]
    assert "Temperatures were taken in the ear." in said(section(guide, "VS: Vital Signs"))
    assert said(section(guide, "EX: Exposure")).startswith(
        "EX has no records; it would hold one record per protocol-specified study treatment, constant-dosing interval, "
        "per subject. The records would come from the form “Doses”. A record is identified by "
    )


def test_codelists_and_units_are_said(context: GuideContext) -> None:
    guide = csdrg(context)

    assert said(section(guide, "Extended codelists")) == (
        "No term was added to any codelist of CDISC controlled terminology."
    )
    assert said(section(guide, "Sponsor-defined codelists")) == (
        "Every codelist in use is one of CDISC controlled terminology."
    )
    units = section(guide, "Standard units")
    assert "Results of two tests have a standard unit each, and those of one test are converted" in said(units)
    assert rows_of(units) == [["TEMP", "C", "F (× 5/9 − 160/9)", "Rounded to 1"]]


def test_a_dictionary_is_said_with_the_variables_that_it_codes(context: GuideContext) -> None:
    said_so = {"D": {"name": "MedDRA", "version": "28.0", "variables": ["AEDECOD", "VS.VSTEST", "AE.VSTEST"]}}
    said_so["G"] = {"name": "CTCAE", "version": "5.0", "used_for": "Grades of adverse events"}
    design = StudyDesign.model_validate({"id": "X", "name": "X", "title": "X", "dictionaries": said_so})
    guide = csdrg(replace(context, study=replace(context.study, design=design)))

    assert rows_of(section(guide, "Coded data")) == [["MedDRA", "28.0", "AEDECOD in AE; VSTEST in VS"]]
    inventory = rows_of(section(guide, "Study data standards and dictionary inventory"))
    assert inventory[-2] == ["MedDRA", "28.0", "Coding of AEDECOD in AE; VSTEST in VS"]
    assert inventory[-1] == ["CTCAE", "5.0", "Grades of adverse events"]


def test_findings_are_explained_or_said_to_be_open(context: GuideContext) -> None:
    issues = section(csdrg(context), "Issues summary")

    assert said(issues).startswith("The rules report 3 warnings and 1 note.")
    assert rows_of(issues) == [
        [
            "DQ.VISIT_WINDOW",
            "SV\nSVSTDTC",
            "2",
            "The visit took place outside its planned window.",
            "The dates are as collected.",
        ],
        ["SCHEMA.KEYS", "AE", "1", "Two records have one key.", "To be explained."],
        ["DQ.UNSCHEDULED_VISIT", "SV", "1", "The visit was not planned."],
    ]
    assert "To be completed. Explain the findings of 1 rule (SCHEMA.KEYS)" in said(issues)


def test_nothing_found_is_a_sentence(context: GuideContext) -> None:
    guide = csdrg(replace(context, findings=no_findings()))

    assert said(section(guide, "Issues summary")) == "None of the rules found anything to report in these datasets."
    assert said(section(guide, "Additional conformance details")) == (
        "No issues with the conformance of these data are known."
    )


def test_no_section_is_empty_and_no_subject_is_named(context: GuideContext) -> None:
    guide = csdrg(context)
    text = everything(guide)

    assert not any(subject in text for subject in SUBJECTS)
    assert "HEADACHE" not in text
    waiting = list(guide.sections)
    while waiting:
        one = waiting.pop()
        assert one.blocks or one.sections, one.title
        waiting += one.sections


def test_a_list_of_several_published_ones_is_the_sponsors(context: GuideContext) -> None:
    """As define.xml has it: `code` is None where a list has the terms of several."""
    terms = {"COMPLETED": ResolvedTerm("COMPLETED", "C25250"), "LOST": ResolvedTerm("LOST", None, "Product lost", True)}
    joined = ResolvedCodelist("REL", "Reasons", None, True, "SDTM CT 2025-03-28", terms)
    variables = [
        replace(one, codelist="REL") if one.name == "AEREL" else one for one in context.study.sdtm["AE"].variables
    ]
    spec = replace(context.study.sdtm["AE"], variables=tuple(variables))
    datasets = (written(spec, "sdtm", USUBJID=["T-01-001"], AETERM=["HEADACHE"]),)
    study = replace(context.study, codelists={"REL": joined}, sdtm={"AE": spec})
    guide = csdrg(replace(context, study=study, datasets=datasets))

    assert rows_of(section(guide, "Extended codelists")) == []
    assert rows_of(section(guide, "Sponsor-defined codelists")) == [
        [
            "Reasons",
            "AE.AEREL",
            "Terms of several published codelists, those that the data have; added: LOST (Product lost)",
        ]
    ]


def test_what_is_coded_while_the_datasets_are_made_is_not_said_to_be_delivered(context: GuideContext) -> None:
    """In the study for tests SEX is recoded from the texts of the form; AEDECOD stands as it came."""
    own = ResolvedCodelist("SEX", "Sexes", None, True, "Sponsor", {"F": ResolvedTerm("F")})
    dictionaries = {
        "D": {"name": "MedDRA", "version": "28.0", "variables": ["AEDECOD"]},
        "S": {"name": "ISO 5218", "version": "2022", "variables": ["DM.SEX"]},
    }
    design = StudyDesign.model_validate({"id": "X", "name": "X", "title": "X", "dictionaries": dictionaries})
    study = replace(context.study, design=design, codelists={**context.study.codelists, "SEX": own})
    guide = csdrg(replace(context, study=study))

    coded = section(guide, "Coded data")
    assert rows_of(coded) == [["MedDRA", "28.0", "AEDECOD in AE"], ["ISO 5218", "2022", "SEX in DM"]]
    assert said(coded).startswith(
        "Terms were coded in the data management system; the datasets hold the codes as they were delivered. While the "
        "datasets were made, SEX in DM was set from the texts of the form."
    )
    assert "DM.SEX" not in everything(guide)


def test_a_study_without_trial_design_datasets_says_nothing_of_them(context: GuideContext) -> None:
    design = StudyDesign.model_validate(
        {
            "id": "X",
            "name": "X",
            "title": "X",
            "trial_summary": [{"parameter": "SSTDTC", "null_flavor": "NI"}],
            "criteria": [{"code": "INCL01", "text": "Adults", "category": "INCLUSION"}],
        }
    )
    guide = csdrg(replace(context, study=replace(context.study, design=design)))

    assert "TSVALNF" not in said(section(guide, "Trial design datasets"))
    criteria = section(guide, "Inclusion and exclusion criteria")
    assert said(criteria).startswith("The specification states one criterion.")
    assert rows_of(criteria) == [["INCL01", "Inclusion", "Adults"]]


def test_relationships_are_told_where_the_data_have_them() -> None:
    """Of the four relationships of cart1922 the records have one by dataset and one by record."""
    study = load_study("cart1922")
    names = ("AE", "CM", "FA", "RS", "TR", "TU")
    related = {
        "RDOMAIN": ["TU", "TR", "AE", "CM"],
        "USUBJID": [None, None, "X-1", "X-1"],
        "RELID": ["TUTR", "TUTR", "AECM1", "AECM1"],
    }
    datasets = [written(study.sdtm[name], "sdtm", USUBJID=["X-1"]) for name in names]
    datasets.append(written(study.sdtm["RELREC"], "sdtm", **related))
    context = GuideContext(study, tuple(datasets), no_findings(), CREATED, None, {}, SOFTWARE)
    guide = csdrg(context)

    assert rows_of(section(guide, "RELREC: Related Records")) == [
        ["Datasets", "TU.TULNKID (one)", "TR.TRLNKID (many)"],
        ["Records", "AE.AESEQ", "CM.CMSEQ"],
    ]
    assert "RELREC relates records to those of CM." in said(section(guide, "AE: Adverse Events"))
    assert "RELREC relates records" not in said(section(guide, "FA: Findings About Events or Interventions"))
    assert {row[0]: row[6] for row in rows_of(section(guide, "SDTM datasets"))} == {
        "AE": "CM", "CM": "AE", "FA": "–", "RS": "–", "TR": "TU", "TU": "TR", "RELREC": "–",
    }  # fmt: skip


def test_a_long_number_of_a_visit_has_all_its_digits(context: GuideContext) -> None:
    visits = {"planned": [{"visitnum": "10000.25", "visit": "DAY 1", "events": ["D1"]}]}
    design = StudyDesign.model_validate(
        {
            "id": "X",
            "name": "X",
            "title": "X",
            "visits": visits,
            "arms": [{"armcd": "A", "arm": "Drug A", "elements": [{"etcd": "T", "epoch": "TREATMENT"}]}],
            "elements": [{"etcd": "T", "element": "Treatment", "start_rule": "First dose"}],
        }
    )
    guide = csdrg(replace(context, study=replace(context.study, design=design)))

    assert ["10000.25", "DAY 1", "", ""] in rows_of(section(guide, "Protocol design"))
