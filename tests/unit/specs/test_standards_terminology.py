"""Controlled terminology: facts typed by hand, pairing of test codes and names, a study's own packages, errors."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest

from clinical.errors import SpecError
from specs.standards import (
    Codelist,
    Term,
    Terminology,
    load_sdtmig,
    load_terminology,
    paired_decode,
    write_terminology,
)
from specs.standards.tables import BUNDLED

REFERENCE = Path(__file__).parents[3].parent / "shared" / "standards"

needs_reference = pytest.mark.skipif(
    not REFERENCE.is_dir(), reason="the reference tables (../shared/standards) are not beside this repository"
)

SOURCE = "SDTM CT 2031-03-28"
SMALL = Terminology(
    "SDTM",
    "2031-03-28",
    {
        "NY": Codelist(
            id="NY",
            name="No Yes Response",
            code="C66742",
            extensible=False,
            terms={
                "Y": Term("Y", "C49488", "Yes"),
                "N": Term("N", "C49487", "No"),
                "NA": Term("NA", "C48660", "Not Applicable"),
            },
            source=SOURCE,
        ),
        "ARMNULRS": Codelist(
            id="ARMNULRS",
            name="Arm Null Reason",
            code="C142179",
            extensible=True,
            terms={
                "ASSIGNED, NOT TREATED": Term("ASSIGNED, NOT TREATED", "C142238", "Subject Assigned, Not Treated"),
            },
            source=SOURCE,
        ),
    },
)


@pytest.fixture(scope="module")
def sdtm() -> Terminology:
    return load_terminology("SDTM", "2025-03-28")


@pytest.mark.parametrize(
    ("codelist", "code", "name", "extensible"),
    [
        ("NY", "C66742", "No Yes Response", False),
        ("ARMNULRS", "C142179", "Arm Null Reason", True),
        ("NCOMPLT", "C66727", "Completion/Reason for Non-Completion", True),
        ("PROTMLST", "C114118", "Protocol Milestone", True),
        ("OTHEVENT", "C150811", "Other Disposition Event Response", True),
        ("ONCRTSCD", "C96782", "Oncology Response Assessment Test Code", True),
        ("ONCRTS", "C96781", "Oncology Response Assessment Test Name", True),
        ("TRTESTCD", "C96779", "Tumor or Lesion Properties Test Code", True),
        ("UNIT", "C71620", "Unit", True),
        ("RACE", "C74457", "Race", False),
        ("DPETSCRS", "C202306", "London Deauville Criteria Point Scale 2014", False),
    ],
)
def test_codelists(sdtm: Terminology, codelist: str, code: str, name: str, extensible: bool) -> None:
    found = sdtm.codelists[codelist]
    assert (found.id, found.code, found.name, found.extensible) == (codelist, code, name, extensible)
    assert found.source == "SDTM CT 2025-03-28"


@pytest.mark.parametrize(
    ("codelist", "value", "code"),
    [
        ("NY", "Y", "C49488"),
        ("NY", "N", "C49487"),
        ("NY", "NA", "C48660"),
        ("NY", "U", "C17998"),
        ("SEX", "F", "C16576"),
        ("SEX", "M", "C20197"),
        ("ONCRSCAT", "LUGANO CLASSIFICATION", "C126025"),
        ("ONCRSR", "CR", "C4870"),
        ("ONCRSR", "CRi", "C103385"),
        ("PROTMLST", "INFORMED CONSENT OBTAINED", "C16735"),
        ("VSTESTCD", "SYSBP", "C25298"),
        ("VSTEST", "Systolic Blood Pressure", "C25298"),
    ],
)
def test_terms(sdtm: Terminology, codelist: str, value: str, code: str) -> None:
    term = sdtm.codelists[codelist].terms[value]
    assert (term.value, term.code) == (value, code)


def test_decodes_are_preferred_terms(sdtm: Terminology) -> None:
    assert sdtm.codelists["NY"].terms["NA"].decode == "Not Applicable"
    assert sdtm.codelists["ACN"].terms["DOSE NOT CHANGED"].decode == "Dose Not Changed"


def test_terms_of_the_lymphoma_response(sdtm: Terminology) -> None:
    assert {"CR", "PR", "SD", "PD", "NE", "CMR", "PMR", "SMD", "PMD"} <= set(sdtm.codelists["ONCRSR"].terms)
    assert not {"NMR", "CAR", "PAR", "SAD", "PAD"} & set(sdtm.codelists["ONCRSR"].terms)
    assert "LUGANO 2014" not in sdtm.codelists["ONCRSCAT"].terms
    assert set(sdtm.codelists["DPETSCRS"].terms) == {"1", "2", "3", "4", "5", "X"}
    assert set(sdtm.codelists["ARMNULRS"].terms) == {
        "ASSIGNED, NOT TREATED",
        "NOT ASSIGNED",
        "SCREEN FAILURE",
        "UNPLANNED TREATMENT",
    }


def test_adam_terminology() -> None:
    adam = load_terminology("adam", "2026-03-27")
    assert (adam.name, adam.version, adam.source) == ("ADaM", "2026-03-27", "ADaM CT 2026-03-27")
    assert list(adam.codelists["DATEFL"].terms) == ["D", "M", "Y"]
    assert adam.codelists["DATEFL"].code == "C81223"
    assert set(adam.codelists["SBJTSTAT"].terms) == {"COMPLETED", "DISCONTINUED", "ONGOING"}
    assert "LOCF" in adam.codelists["DTYPE"].terms


@pytest.mark.parametrize(
    ("codes", "names", "code", "name"),
    [
        ("VSTESTCD", "VSTEST", "SYSBP", "Systolic Blood Pressure"),
        ("VSTESTCD", "VSTEST", "TEMP", "Temperature"),
        ("LBTESTCD", "LBTEST", "ALT", "Alanine Aminotransferase"),
        ("ONCRTSCD", "ONCRTS", "OVRLRESP", "Overall Response"),
        ("TRTESTCD", "TRTEST", "LDIAM", "Longest Diameter"),
        ("TSPARMCD", "TSPARM", "TITLE", "Trial Title"),
    ],
)
def test_test_codes_and_names_are_paired(sdtm: Terminology, codes: str, names: str, code: str, name: str) -> None:
    assert paired_decode(sdtm.codelists[codes], sdtm.codelists[names])[code] == name


@pytest.mark.parametrize(
    "pair",
    [
        ("VSTESTCD", "VSTEST"),
        ("LBTESTCD", "LBTEST"),
        ("EGTESTCD", "EGTEST"),
        ("ONCRTSCD", "ONCRTS"),
        ("TUTESTCD", "TUTEST"),
        ("TRTESTCD", "TRTEST"),
        ("SSTESTCD", "SSTEST"),
        ("SCTESTCD", "SCTEST"),
        ("DTHDXCD", "DTHDX"),
        ("FATESTCD", "FATEST"),
        ("TSPARMCD", "TSPARM"),
        ("ECOG1TC", "ECOG1TN"),
    ],
)
def test_every_test_code_has_a_name(sdtm: Terminology, pair: tuple[str, str]) -> None:
    codes, names = (sdtm.codelists[one] for one in pair)
    assert set(paired_decode(codes, names)) == set(codes.terms)


def test_a_code_without_a_partner_is_left_out() -> None:
    codes = Codelist("XTESTCD", "Codes", "C1", True, {"A": Term("A", "C10", "a"), "B": Term("B", "", "b")}, "")
    names = Codelist("XTEST", "Names", "C2", True, {"Alpha": Term("Alpha", "C10", "a"), "": Term("", "", "")}, "")
    assert paired_decode(codes, names) == {"A": "Alpha"}


def test_a_package_survives_the_round_trip(tmp_path: Path) -> None:
    folder = write_terminology(SMALL, tmp_path)
    assert folder == tmp_path / "sdtm-2031-03-28"
    assert (folder / "codelists.csv").read_text(encoding="utf-8") == (
        "id,code,name,extensible\nARMNULRS,C142179,Arm Null Reason,Yes\nNY,C66742,No Yes Response,No\n"
    )
    assert (folder / "terms.csv").read_text(encoding="utf-8") == (
        "codelist,order,value,code,decode\n"
        'ARMNULRS,1,"ASSIGNED, NOT TREATED",C142238,"Subject Assigned, Not Treated"\n'
        "NY,1,Y,C49488,Yes\nNY,2,N,C49487,No\nNY,3,NA,C48660,Not Applicable\n"
    )
    loaded = load_terminology("SDTM", "2031-03-28", tmp_path)
    assert loaded == SMALL
    assert list(loaded.codelists["NY"].terms) == ["Y", "N", "NA"]


def test_bundled_packages_are_as_we_would_write_them(tmp_path: Path) -> None:
    bundled = BUNDLED / "terminology"
    for publication, version in (("SDTM", "2025-03-28"), ("ADaM", "2026-03-27")):
        written = write_terminology(load_terminology(publication, version), tmp_path)
        for table in ("codelists.csv", "terms.csv"):
            assert (written / table).read_bytes() == (bundled / written.name / table).read_bytes()


def test_a_studys_own_package_comes_first_and_a_new_one_is_seen(tmp_path: Path) -> None:
    own = Terminology("SDTM", "2025-03-28", {"NY": SMALL.codelists["NY"]})
    write_terminology(own, tmp_path)
    assert list(load_terminology("SDTM", "2025-03-28", tmp_path).codelists) == ["NY"]
    write_terminology(Terminology("SDTM", "2025-03-28", SMALL.codelists), tmp_path)
    assert list(load_terminology("SDTM", "2025-03-28", tmp_path).codelists) == ["ARMNULRS", "NY"]
    assert "VSTESTCD" in load_terminology("SDTM", "2025-03-28").codelists


def test_an_unknown_version_names_those_at_hand(tmp_path: Path) -> None:
    write_terminology(SMALL, tmp_path)
    with pytest.raises(SpecError) as caught:
        load_terminology("SDTM", "1999-01-01", tmp_path)
    assert str(caught.value) == (
        "SDTM terminology 1999-01-01: this version is not at hand. Versions at hand: 2025-03-28, 2031-03-28."
    )
    with pytest.raises(SpecError, match=r"No version of it is at hand\."):
        load_terminology("NOSUCH", "2025-03-28")


@pytest.mark.parametrize(
    ("table", "content", "message"),
    [
        ("codelists.csv", "id,code,name\nNY,C66742,No Yes Response\n", "the columns are not as expected"),
        ("codelists.csv", "", "is empty"),
        ("codelists.csv", "id,code,name,extensible\nNY,C66742,No Yes Response,no\n", "neither Yes nor No: NY"),
        ("terms.csv", "codelist,order,value,code,decode\nNY,1,Y\n", "1 row does not have 5 cells (lines 2)"),
        ("terms.csv", "codelist,order,value,code,decode\nNYY,1,Y,C49488,Yes\n", "codelists.csv does not have: NYY"),
        ("terms.csv", "codelist,order,value,code,decode\nNY,first,Y,C49488,Yes\n", "an order that is no number: NY"),
        (
            "terms.csv",
            "codelist,order,value,code,decode\nNY,1,Y,C49488,Yes\nNY,2,Y,C49488,Yes\n",
            "terms twice in their codelist: NY Y",
        ),
    ],
)
def test_an_unsound_package_is_refused(tmp_path: Path, table: str, content: str, message: str) -> None:
    folder = write_terminology(Terminology("SDTM", "2031-03-28", {"NY": SMALL.codelists["NY"]}), tmp_path)
    (folder / table).write_text(content, encoding="utf-8")
    with pytest.raises(SpecError) as caught:
        load_terminology("SDTM", "2031-03-28", tmp_path)
    assert message in str(caught.value)
    assert str(folder / table) in str(caught.value)


def test_a_missing_or_wrongly_encoded_table_is_refused(tmp_path: Path) -> None:
    folder = write_terminology(SMALL, tmp_path)
    (folder / "terms.csv").write_bytes("codelist,order,value,code,decode\nNY,1,é,C1,é\n".encode("latin-1"))
    with pytest.raises(SpecError, match=r"is not UTF-8 text\. Save it as UTF-8\."):
        load_terminology("SDTM", "2031-03-28", tmp_path)
    (folder / "terms.csv").unlink()
    with pytest.raises(SpecError, match="the file is missing"):
        load_terminology("SDTM", "2031-03-28", tmp_path)


def test_a_term_is_small_and_a_package_can_be_sent_to_another_process(sdtm: Terminology) -> None:
    assert not hasattr(sdtm.codelists["NY"].terms["Y"], "__dict__")
    assert pickle.loads(pickle.dumps(SMALL)) == SMALL
    assert hash(SMALL.codelists["NY"]) == hash(SMALL.codelists["NY"])


def test_every_codelist_is_wanted_by_something(sdtm: Terminology) -> None:
    used = {
        codelist
        for dataset in load_sdtmig("3.4").datasets.values()
        for variable in dataset.variables
        for codelist in variable.codelists
    }
    scales = "DPETSCRS ECOG1TC ECOG1TN ECOG101OR ECOG101STR KPSS01TC KPSS01TN KPSS0101OR KPSS0101STR"
    trial_summary = "INTMODEL INTTYPE OBSSMO STYPE TBLIND TCNTRL TINDTP TPHASE TTYPE"
    assert set(sdtm.codelists) == used | set(scales.split()) | set(trial_summary.split())


@needs_reference
@pytest.mark.parametrize(
    ("publication", "version", "file"),
    [("SDTM", "2025-03-28", "ct-sdtm-2025-03-28.json"), ("ADaM", "2026-03-27", "ct-adam-2026-03-27.json")],
)
def test_terminology_agrees_with_the_reference(publication: str, version: str, file: str) -> None:
    reference = json.loads((REFERENCE / file).read_text(encoding="utf-8"))
    for key, codelist in load_terminology(publication, version).codelists.items():
        facts = reference[key]
        assert (codelist.code, codelist.name, codelist.extensible) == (
            facts["code"],
            facts["name"],
            facts["extensible"],
        )
        terms = [(term["value"], term["code"], term["preferred_term"]) for term in facts["terms"]]
        assert [(term.value, term.code, term.decode) for term in codelist.terms.values()] == terms, key
