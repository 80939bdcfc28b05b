"""define.xml of a small study, every expectation typed by hand."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from defineutils.validate.validate import DefineSchemaValidator
from lxml import etree

from clinical.errors import ConformanceError
from specs.analysis_results import results_of
from specs.load import load_study
from specs.model.analyses import Analyses
from specs.model.codelists import ResolvedCodelist, ResolvedTerm
from specs.model.dataset import DatasetSpec, ValueLevelSource
from submission.define import check_define, write_define, write_define_html
from submission.define.codelists import CodelistUses
from submission.define.namespaces import ARM, DEF, ODM, XLINK
from submission.define.parameters import value_codelists
from tests.unit.submission.define import small

PAGES = {("AE", "AETERM"): (31, 4), ("SUPPAE", "AERELLD"): (32,)}
DOCUMENTS = ("acrf.pdf", "csdrg.pdf")


@pytest.fixture(scope="module")
def sdtm(tmp_path_factory):
    path, _ = small.write_sdtm(tmp_path_factory.mktemp("sdtm"), pages=PAGES, documents=DOCUMENTS)
    return path


@pytest.fixture(scope="module")
def adam(tmp_path_factory):
    path, _ = small.write_adam(tmp_path_factory.mktemp("adam"))
    return path


def found(path: Path, tag: str, oid: str):
    one = etree.parse(path).find(f".//{tag}[@OID='{oid}']")
    assert one is not None, f"no {oid}"
    return one


def item(path: Path, oid: str) -> dict[str, str]:
    element = found(path, f"{ODM}ItemDef", oid)
    about = {key: element.get(key) for key in ("DataType", "Length", "SignificantDigits")}
    reference = element.find(f"{ODM}CodeListRef")
    about["codelist"] = reference.get("CodeListOID") if reference is not None else None
    about["label"] = element.findtext(f"{ODM}Description/{ODM}TranslatedText")
    return {key: value for key, value in about.items() if value is not None}


def item_ref(path: Path, oid: str) -> dict[str, str]:
    element = etree.parse(path).find(f".//{ODM}ItemRef[@ItemOID='{oid}']")
    return {key.replace(DEF, "def:"): value for key, value in element.attrib.items() if key != "ItemOID"}


def test_the_document_says_when_the_data_are_of(sdtm):
    root = etree.parse(sdtm).getroot()
    assert root.get("CreationDateTime") == "2026-01-31T02:05:09+00:00"
    assert root.getprevious().text == 'type="text/xsl" href="define2-1.xsl"'
    standards = [
        (one.get("Name"), one.get("Type"), one.get("PublishingSet"), one.get("Version"))
        for one in root.iter(f"{DEF}Standard")
    ]
    assert standards == [("SDTMIG", "IG", None, "3.4"), ("CDISC/NCI", "CT", "SDTM", "2025-03-28")]


def test_datasets_have_their_keys_class_file_and_comment(sdtm):
    lb = found(sdtm, f"{ODM}ItemGroupDef", "IG.LB")
    assert (lb.get("Domain"), lb.get("Repeating"), lb.get("IsReferenceData")) == ("LB", "Yes", "No")
    assert lb.get(f"{DEF}Structure") == "One record per test per subject"
    assert lb.find(f"{DEF}Class").get("Name") == "FINDINGS"
    assert lb.find(f"{DEF}leaf").get(f"{XLINK}href") == "lb.xpt"
    keys = {one.get("ItemOID"): one.get("KeySequence") for one in lb.iter(f"{ODM}ItemRef") if one.get("KeySequence")}
    assert keys == {"IT.LB.USUBJID": "1", "IT.LB.LBTESTCD": "2", "IT.LB.LBDTC": "3"}
    comment = found(sdtm, f"{DEF}CommentDef", lb.get(f"{DEF}CommentOID"))
    assert "".join(comment.itertext()).strip() == "Local laboratories only."


def test_a_dataset_without_rows_is_described_but_has_no_file(sdtm):
    tv = found(sdtm, f"{ODM}ItemGroupDef", "IG.TV")
    assert (tv.get(f"{DEF}HasNoData"), tv.get("IsReferenceData"), tv.get("Repeating")) == ("Yes", "Yes", "No")
    assert tv.find(f"{DEF}leaf") is None
    assert tv.get(f"{DEF}ArchiveLocationID") is None
    assert tv.get(f"{DEF}CommentOID") == "COM.TV"


def test_variables_have_the_type_of_their_values(sdtm):
    assert item(sdtm, "IT.AE.AETERM") == {"DataType": "text", "Length": "8", "label": "Reported Term"}
    assert item(sdtm, "IT.LB.LBDY") == {"DataType": "integer", "Length": "2", "label": "Study Day of Collection"}
    assert item(sdtm, "IT.LB.LBSTRESN") == {
        "DataType": "float", "Length": "4", "SignificantDigits": "1", "label": "Numeric Result",
    }  # fmt: skip
    assert item(sdtm, "IT.LB.LBDTC") == {"DataType": "partialDatetime", "label": "Date/Time of Collection"}


def test_a_variable_is_mandatory_by_core_has_its_role_and_says_where_it_is_empty(sdtm):
    assert item_ref(sdtm, "IT.LB.LBTESTCD") == {
        "OrderNumber": "2", "Mandatory": "Yes", "KeySequence": "2", "Role": "Topic",
    }  # fmt: skip
    assert item_ref(sdtm, "IT.LB.LBNAM") == {
        "OrderNumber": "6", "Mandatory": "No", "Role": "Record Qualifier", "def:HasNoData": "Yes",
    }  # fmt: skip
    comment = found(sdtm, f"{DEF}CommentDef", "COM.LB.LBNAM")
    assert "".join(comment.itertext()).strip() == "No data: not collected in this study."


def test_a_required_variable_of_adam_is_mandatory_only_where_no_value_is_missing(adam):
    assert item_ref(adam, "IT.ADSL.SAFFL")["Mandatory"] == "Yes"
    assert item_ref(adam, "IT.ADSL.TRT01P")["Mandatory"] == "No"


@pytest.mark.parametrize(
    ("variable", "expected"),
    [("TRTSEQP", "ADSL.TRT01P"), ("RESCUE", 'SUPPDM.QVAL where SUPPDM.QNAM = "RESCUE"')],
)
def test_a_predecessor_is_named_as_the_datasets_have_it(adam, variable, expected):
    origin = found(adam, f"{ODM}ItemDef", f"IT.ADSL.{variable}").find(f"{DEF}Origin")
    assert origin.findtext(f"{ODM}Description/{ODM}TranslatedText") == expected


def test_the_continuation_of_a_text_has_the_pages_of_the_text(tmp_path):
    comments = DatasetSpec(
        name="CO",
        label="Comments",
        class_name="SPECIAL PURPOSE",
        structure="One record per comment",
        keys=("USUBJID", "COVAL"),
        standard="SDTMIG 3.4",
        variables=(small.subject(), small.variable("COVAL", "Comment"), small.variable("COVAL1", "Comment 1")),
    )
    texts = pd.DataFrame({name: small.text("S-01") for name in comments.names})
    qualifiers = small.SUPPAE_DATA.assign(QNAM=small.text("AERELLD", "AETERM1"))
    datasets = [
        small.written(comments, texts, "sdtm", tmp_path),
        small.written(small.AE, small.AE_DATA, "sdtm", tmp_path),
        small.written(small.SUPPAE, qualifiers, "sdtm", tmp_path),
    ]
    pages = {("CO", "COVAL"): (22, 32), ("AE", "AETERM"): (4,), ("SUPPAE", "AERELLD"): (5,)}
    path = write_define(
        small.study(tmp_path), datasets, tmp_path / "define.xml", standard="sdtm", created=small.CREATED,
        pages=pages, documents=DOCUMENTS,
    )  # fmt: skip
    shown = {
        oid: found(path, f"{ODM}ItemDef", oid).find(f"{DEF}Origin/{DEF}DocumentRef/{DEF}PDFPageRef").get("PageRefs")
        for oid in ("IT.CO.COVAL1", "IT.SUPPAE.QVAL.AETERM1", "IT.SUPPAE.QVAL.AERELLD")
    }
    assert shown == {"IT.CO.COVAL1": "22 32", "IT.SUPPAE.QVAL.AETERM1": "4", "IT.SUPPAE.QVAL.AERELLD": "5"}


def test_origins_have_their_source_and_pages(sdtm):
    origin = found(sdtm, f"{ODM}ItemDef", "IT.AE.AETERM").find(f"{DEF}Origin")
    assert (origin.get("Type"), origin.get("Source")) == ("Collected", "Investigator")
    assert origin.find(f"{DEF}DocumentRef").get("leafID") == "LF.acrf.pdf"
    assert dict(origin.find(f"{DEF}DocumentRef/{DEF}PDFPageRef").attrib) == {"Type": "PhysicalRef", "PageRefs": "4 31"}
    assert dict(found(sdtm, f"{ODM}ItemDef", "IT.LB.LBNAM").find(f"{DEF}Origin").attrib) == {"Type": "Not Available"}


def test_a_result_leads_to_the_pages_of_its_test(tmp_path):
    of_variable, of_test = {("LB", "LBORRES"): (9, 7)}, {("LB", "LBORRES", "HGB"): (7,)}
    path, _ = small.write_sdtm(tmp_path, pages=of_variable, value_pages=of_test, documents=DOCUMENTS)
    pages = {
        name: found(path, f"{ODM}ItemDef", f"IT.LB.LBORRES{name}").find(f".//{DEF}PDFPageRef").get("PageRefs")
        for name in ("", ".HGB", ".COLOR")
    }
    assert pages == {"": "7 9", ".HGB": "7", ".COLOR": "7 9"}


def test_results_are_described_by_test_where_they_differ(sdtm):
    assert item(sdtm, "IT.LB.LBORRES.HGB") == {
        "DataType": "float", "Length": "4", "SignificantDigits": "1", "label": "Hemoglobin",
    }  # fmt: skip
    assert item(sdtm, "IT.LB.LBORRES.COLOR") == {"DataType": "text", "Length": "6", "label": "Color"}
    where = found(sdtm, f"{DEF}WhereClauseDef", "WC.LB.LBTESTCD.HGB").find(f"{ODM}RangeCheck")
    assert (where.get("Comparator"), where.get(f"{DEF}ItemOID")) == ("EQ", "IT.LB.LBTESTCD")
    assert where.findtext(f"{ODM}CheckValue") == "HGB"
    assert item_ref(sdtm, "IT.LB.LBSTRESN.PH")["MethodOID"] == "MT.NUMBER"


def test_qualifiers_are_described_by_their_names(sdtm):
    assert item(sdtm, "IT.SUPPAE.QVAL.AERELLD") == {
        "DataType": "text", "Length": "7", "codelist": "CL.REL", "label": "Relationship to Lymphodepletion",
    }  # fmt: skip
    assert item(sdtm, "IT.SUPPAE.QVAL.AEHOURS")["SignificantDigits"] == "2"
    origin = found(sdtm, f"{ODM}ItemDef", "IT.SUPPAE.QVAL.AERELLD").find(f"{DEF}Origin")
    assert origin.find(f"{DEF}DocumentRef/{DEF}PDFPageRef").get("PageRefs") == "32"
    assert found(sdtm, f"{ODM}ItemDef", "IT.SUPPAE.QVAL").find(f"{DEF}Origin") is None
    assert found(sdtm, f"{ODM}ItemGroupDef", "IG.SUPPAE").get("Domain") == "AE"


def test_a_standard_list_has_codes_what_the_study_may_use_and_its_extensions(sdtm):
    acn = found(sdtm, f"{ODM}CodeList", "CL.ACN")
    terms = [
        (one.get("CodedValue"), one.get(f"{DEF}ExtendedValue"), [alias.get("Name") for alias in one])
        for one in acn.iter(f"{ODM}EnumeratedItem")
    ]
    # DOSE NOT CHANGED is neither in the data nor among the export's texts.
    assert terms == [
        ("DOSE REDUCED", None, ["C49505"]),
        ("DRUG WITHDRAWN", None, ["C49502"]),
        ("SPLIT DOSE", "Yes", []),
    ]
    assert acn.find(f"{ODM}Alias").attrib == {"Context": "nci:ExtCodeID", "Name": "C66767"}
    assert acn.get(f"{DEF}StandardOID") == "STD.CT.SDTM.2025-03-28"


def test_a_list_of_the_studys_own_has_no_standard_and_may_be_ordered(sdtm):
    own = found(sdtm, f"{ODM}CodeList", "CL.REL")
    assert (own.get(f"{DEF}IsNonStandard"), own.get(f"{DEF}StandardOID")) == ("Yes", None)
    assert [(one.get("CodedValue"), one.get("Rank")) for one in own] == [("RELATED", "1"), ("NOT RELATED", "2")]


def test_codes_of_tests_have_the_names_of_the_tests(sdtm):
    terms = {
        one.get("CodedValue"): one.findtext(f"{ODM}Decode/{ODM}TranslatedText")
        for one in found(sdtm, f"{ODM}CodeList", "CL.LBTESTCD").iter(f"{ODM}CodeListItem")
    }
    assert terms == {"COLOR": "Color", "HGB": "Hemoglobin", "PH": "pH"}


def test_an_external_dictionary_is_named_with_its_version(sdtm):
    assert item(sdtm, "IT.AE.AEDECOD")["codelist"] == "CL.AEDICT"
    dictionary = found(sdtm, f"{ODM}CodeList", "CL.AEDICT").find(f"{ODM}ExternalCodeList")
    assert dictionary.attrib == {"Dictionary": "MedDRA", "Version": "28.0"}


def test_a_method_has_its_text_and_its_rule(sdtm):
    method = found(sdtm, f"{ODM}MethodDef", "MT.DAY")
    assert method.findtext(f"{ODM}Description/{ODM}TranslatedText") == "The date minus RFSTDTC, plus 1."
    formal = method.find(f"{ODM}FormalExpression")
    assert (formal.get("Context"), formal.text) == ("cdiscflow YAML", "LB.LBDY: {algorithm: study_day, date: LBDTC}")


def test_analysis_values_are_described_by_parameter(adam):
    assert item(adam, "IT.ADLB.AVAL.HGB")["SignificantDigits"] == "1"
    assert item_ref(adam, "IT.ADLB.AVAL.HGB")["MethodOID"] == "MT.NUMBER"
    origin = found(adam, f"{ODM}ItemDef", "IT.ADLB.AVAL.PH").find(f"{DEF}Origin")
    assert (origin.get("Type"), origin.get("Source")) == ("Predecessor", None)
    assert origin.findtext(f"{ODM}Description/{ODM}TranslatedText") == "LB.LBSTRESN"
    assert item(adam, "IT.ADLB.PARAMCD")["codelist"] == "CL.ADLB.PARAMCD"
    assert found(adam, f"{ODM}ItemDef", "IT.ADLB.ADT").get(f"{DEF}DisplayFormat") == "DATE9."
    assert found(adam, f"{ODM}ItemGroupDef", "IG.ADSL").get("Repeating") == "No"


def test_what_is_not_derived_has_no_method_but_its_text_as_a_comment(adam):
    assert "MethodOID" not in item_ref(adam, "IT.ADLB.CRIT1FL")
    comment = found(adam, f"{DEF}CommentDef", "COM.ADLB.CRIT1FL")
    assert "".join(comment.itertext()).strip() == "The result as a number."


def test_results_of_the_report_are_analysis_results(adam):
    display = found(adam, f"{ARM}ResultDisplay", "RD.LOW")
    assert display.findtext(f"{ODM}Description/{ODM}TranslatedText") == "Safety: Low Hemoglobin"
    result = found(adam, f"{ARM}AnalysisResult", "AR.LOW.1")
    assert (result.get("AnalysisReason"), result.get("AnalysisPurpose")) == (
        "SPECIFIED IN SAP", "PRIMARY OUTCOME MEASURE",
    )  # fmt: skip
    rows, subjects = result.iter(f"{ARM}AnalysisDataset")
    assert (rows.get("ItemGroupOID"), subjects.get("ItemGroupOID")) == ("IG.ADLB", "IG.ADSL")
    clause = found(adam, f"{DEF}WhereClauseDef", rows.find(f"{DEF}WhereClauseRef").get("WhereClauseOID"))
    tests = [
        (one.get(f"{DEF}ItemOID"), one.get("Comparator"), one.findtext(f"{ODM}CheckValue"))
        for one in clause.iter(f"{ODM}RangeCheck")
    ]
    assert tests == [("IT.ADLB.PARAMCD", "EQ", "HGB"), ("IT.ADLB.AVAL", "LT", "100")]
    documentation = result.findtext(f"{ARM}Documentation/{ODM}Description/{ODM}TranslatedText")
    assert documentation == (
        "Number and percentage of subjects with at least one such record, with the exact (Clopper-Pearson) 95% "
        "confidence interval. The denominator is every subject of the population. Population: Safety set (SAFFL is Y). "
        "Rows of ADLB: PARAMCD is HGB and AVAL < 100."
    )
    code = result.findtext(f"{ARM}ProgrammingCode/{ARM}Code")
    assert code.splitlines()[:2] == ["LOW:", "  method: proportion"]


def test_two_documents_of_the_same_data_are_equal(tmp_path, sdtm):
    other, _ = small.write_sdtm(tmp_path, pages=PAGES, documents=DOCUMENTS)
    assert other.read_bytes() == sdtm.read_bytes()


def test_a_dataset_in_several_files_names_them(tmp_path):
    datasets = small.sdtm(tmp_path)
    split = replace(datasets[0], parts=(tmp_path / "split/ae1.xpt", tmp_path / "split/ae2.xpt"))
    path = write_define(small.study(tmp_path), [split], tmp_path / "define.xml", standard="sdtm", created=small.CREATED)
    comment = found(path, f"{DEF}CommentDef", "COM.AE")
    assert "".join(comment.itertext()).strip() == (
        "Because of its size also sent in parts, in the order of the records: split/ae1.xpt, split/ae2.xpt."
    )


def test_another_validator_accepts_it(sdtm):
    assert DefineSchemaValidator(sdtm).validate_define_file().endswith("is valid")


@pytest.mark.parametrize("standard", ["sdtm", "adam"])
def test_the_page_links_to_what_is_there_and_says_nothing_of_who_made_it(standard, sdtm, adam):
    path = sdtm if standard == "sdtm" else adam
    page = write_define_html(path, path.parent / "pages" / "define.html")
    shown = page.read_text(encoding="utf-8")
    places = set(re.findall(r'\b(?:id|name)="([^"]+)"', shown))
    links = set(re.findall(r'href="#([^"]+)"', shown))
    assert links
    assert links <= places
    assert "xsl:vendor" not in shown
    assert str(path.parent) not in shown
    assert "undefined" not in re.sub(r"<script.*?</script>", "", shown, flags=re.DOTALL)
    assert (path.parent / "define2-1.xsl").read_bytes().count(b"The MIT License") == 1
    if standard == "sdtm":
        assert 'href="../acrf.pdf#page=31"' in shown
        assert 'href="../ae.xpt"' in shown


def _of_lb(tmp_path: Path, spec: DatasetSpec = small.LB, study=None, **columns) -> Path:
    """Return define.xml of the laboratory results with some other columns; what is written has no finding."""
    datasets = [small.written(spec, small.LB_DATA.assign(**columns), "sdtm", tmp_path)]
    path = write_define(
        study or small.study(tmp_path), datasets, tmp_path / "define.xml", standard="sdtm", created=small.CREATED
    )
    assert check_define(path, datasets)["message"].tolist() == []
    return path


def _levels(path: Path, oid: str) -> list[tuple[str, list[tuple[str, list[str]]]]]:
    """Return the label of each level of a value list, and its condition: variables with their values."""
    root = etree.parse(path)
    names = {one.get("OID"): one.get("Name") for one in root.iter(f"{ODM}ItemDef")}
    told = []
    for reference in found(path, f"{DEF}ValueListDef", oid):
        clause = found(path, f"{DEF}WhereClauseDef", reference.find(f"{DEF}WhereClauseRef").get("WhereClauseOID"))
        checks = [
            (names[one.get(f"{DEF}ItemOID")], [value.text for value in one.iter(f"{ODM}CheckValue")])
            for one in clause.iter(f"{ODM}RangeCheck")
        ]
        told.append((item(path, reference.get("ItemOID"))["label"], checks))
    return told


def test_values_may_be_described_where_a_number_has_a_value(tmp_path):
    level = ValueLevelSource(variable="LBNAM", where={"LBDY": "1"}, label="Laboratory on day 1")
    names = small.text("CENTRAL", None, None, None)
    path = _of_lb(tmp_path, replace(small.LB, value_level=(level,)), LBNAM=names)
    assert _levels(path, "VL.LB.LBNAM") == [("Laboratory on day 1", [("LBDY", ["1"])])]


def test_conditions_whose_names_are_alike_are_told_apart(tmp_path):
    levels = (
        ValueLevelSource(variable="LBDTC", where={"LBORRES": "A"}, label="By result"),
        ValueLevelSource(variable="LBDTC", where={"LBNAM": "A"}, label="By laboratory"),
        ValueLevelSource(variable="LBDTC", where={"LBNAM": "B 1"}, label="With a space"),
        ValueLevelSource(variable="LBDTC", where={"LBNAM": "B_1"}, label="With a line"),
    )
    path = _of_lb(
        tmp_path,
        replace(small.LB, value_level=levels),
        LBORRES=small.text("A", "x", "x", "x"),
        LBNAM=small.text("x", "A", "B 1", "B_1"),
    )
    assert _levels(path, "VL.LB.LBDTC") == [
        ("By result", [("LBORRES", ["A"])]),
        ("By laboratory", [("LBNAM", ["A"])]),
        ("With a space", [("LBNAM", ["B 1"])]),
        ("With a line", [("LBNAM", ["B_1"])]),
    ]


def test_a_list_of_numbers_has_the_type_of_its_terms(tmp_path):
    terms = {value: ResolvedTerm(value) for value in ("0.5", "1", "2.25")}
    doses = ResolvedCodelist("DOSE", "Doses", None, True, "Sponsor", terms, chosen=True)
    study = small.study(tmp_path)
    study = replace(study, codelists={**study.codelists, "DOSE": doses})
    variables = (replace(one, codelist="DOSE") if one.name == "LBSTRESN" else one for one in small.LB.variables)
    path = _of_lb(tmp_path, replace(small.LB, variables=tuple(variables)), study, LBSTRESN=[0.5, 1, 2.25, 1])
    assert item(path, "IT.LB.LBSTRESN")["DataType"] == "float"
    assert found(path, f"{ODM}CodeList", "CL.DOSE.N").get("DataType") == "float"


def test_a_parameter_without_a_number_is_in_the_list_of_parameters(tmp_path):
    numbered = small.variable("PARAMN", "Parameter (N)", "Num", origin=small.ASSIGNED)
    spec = replace(small.ADLB, variables=(*small.ADLB.variables, numbered))
    datasets = [
        small.written(small.ADSL, small.ADSL_DATA, "adam", tmp_path),
        small.written(spec, small.ADLB_DATA.assign(PARAMN=[1.5, 1.5, None]), "adam", tmp_path),
    ]
    path = write_define(
        small.study(tmp_path), datasets, tmp_path / "define.xml", standard="adam", created=small.CREATED
    )
    assert check_define(path, datasets).empty
    terms = [
        one.get("CodedValue") for one in found(path, f"{ODM}CodeList", "CL.ADLB.PARAMCD").iter(f"{ODM}CodeListItem")
    ]
    assert terms == ["HGB", "PH"]
    assert found(path, f"{ODM}CodeList", "CL.ADLB.PARAMN.N").get("DataType") == "float"


@pytest.mark.parametrize("keys", [("USUBJID",), ("STUDYID", "USUBJID")])
def test_one_record_a_subject_repeats_nothing_whether_or_not_the_study_is_a_key(tmp_path, keys):
    study_id = small.variable("STUDYID", "Study Identifier", origin=small.ASSIGNED)
    spec = replace(small.ADSL, variables=(study_id, *small.ADSL.variables), keys=keys)
    frame = small.ADSL_DATA.assign(STUDYID=small.text("TINY01", "TINY01"))
    datasets = [small.written(spec, frame, "adam", tmp_path)]
    path = write_define(
        small.study(tmp_path), datasets, tmp_path / "define.xml", standard="adam", created=small.CREATED
    )
    assert found(path, f"{ODM}ItemGroupDef", "IG.ADSL").get("Repeating") == "No"


def test_codes_that_no_map_names_have_the_names_that_stand_beside_them(tmp_path):
    """TSPARM names the parameters of TS; the preferred terms of the terminology are others."""
    codes = ResolvedCodelist(
        "TSPARMCD", "Trial Summary Parameter Test Code", "C66738", True, "SDTM CT 2025-03-28",
        {"ADDON": ResolvedTerm("ADDON", "C49703", "Test Product Added to Existing Treatment")},
    )  # fmt: skip
    spec = replace(
        small.TV,
        name="TS",
        keys=("TSPARMCD",),
        variables=(
            small.variable("TSPARMCD", "Parameter Code", codelist="TSPARMCD", origin=small.ASSIGNED),
            small.variable("TSPARM", "Parameter", origin=small.ASSIGNED),
        ),
    )
    study = small.study(tmp_path)
    study = replace(study, codelists={**study.codelists, "TSPARMCD": codes}, sdtm={"TS": spec})
    frame = pd.DataFrame({"TSPARMCD": small.text("ADDON"), "TSPARM": small.text("Added on to Existing Treatments")})
    datasets = [small.written(spec, frame, "sdtm", tmp_path)]
    path = write_define(study, datasets, tmp_path / "define.xml", standard="sdtm", created=small.CREATED)
    (term,) = found(path, f"{ODM}CodeList", "CL.TSPARMCD").iter(f"{ODM}CodeListItem")
    assert term.findtext(f"{ODM}Decode/{ODM}TranslatedText") == "Added on to Existing Treatments"


def test_a_character_that_xml_lacks_is_told_with_its_place(tmp_path):
    with pytest.raises(ConformanceError, match=r"define.xml: U\+000B .* <CheckValue>H_B</CheckValue>"):
        _of_lb(tmp_path, LBTESTCD=small.text("H\x0bB", "PH", "HGB", "COLOR"))


def test_a_limit_has_all_its_digits(tmp_path):
    analyses = {
        "tables": {
            "HIGH": {
                "section": "Safety",
                "title": "High",
                "method": "proportion",
                "dataset": "ADLB",
                "rows": [{"label": "High", "where": {"AVAL": {"at_least": "1234567.25"}}}],
            }
        }
    }
    datasets = small.adam(tmp_path)
    study = replace(small.study(tmp_path), analyses=Analyses.model_validate(analyses))
    path = write_define(study, datasets, tmp_path / "define.xml", standard="adam", created=small.CREATED)
    clause = found(path, f"{DEF}WhereClauseDef", "WC.AR.HIGH.1.ADLB")
    assert [one.text for one in clause.iter(f"{ODM}CheckValue")] == ["1234567.25"]
    said = "".join(etree.parse(path).find(f".//{ARM}Documentation").itertext())
    assert "AVAL ≥ 1234567.25" in said


def test_how_datasets_of_a_result_belong_together_is_a_comment(adam):
    datasets = etree.parse(adam).find(f".//{ARM}AnalysisDatasets")
    comment = found(adam, f"{DEF}CommentDef", datasets.get(f"{DEF}CommentOID"))
    assert "".join(comment.itertext()).strip() == "Records of ADLB belong to the subjects of ADSL by USUBJID."


def test_responses_that_share_a_number_are_both_its_meaning():
    study = load_study("cart1922")
    spec = study.adam["ADRS"]
    rules = spec.rules.responses
    scale = {"CR": 1.0, "CRi": 1.0, "PR": 2.0}
    parameters = {**rules.parameters, "OVR": rules.parameters["OVR"].model_copy(update={"scale": scale})}
    of_responses = rules.model_copy(update={"parameters": parameters})
    spec = replace(spec, rules=replace(spec.rules, responses=of_responses))
    uses = CodelistUses(study)
    oid = value_codelists(spec, study, uses, "AVAL")["OVR"]
    (made,) = [one for one in uses.build({}) if oid == one.OID]
    assert [(one.CodedValue, one.Decode.TranslatedText[0]._content) for one in made.CodeListItem] == [
        ("1", "CR or CRi"),
        ("2", "PR"),
    ]


def test_the_length_of_a_month_has_all_its_digits():
    table = {
        "section": "Efficacy",
        "title": "Survival",
        "method": "survival",
        "dataset": "ADTTE",
        "parameters": {"OS": "Overall survival"},
        "days_per_month": "30.436875",
    }
    (result,) = results_of(Analyses.model_validate({"tables": {"OS": table}}).tables["OS"])
    assert "A month is 30.436875 days." in result.statistics
