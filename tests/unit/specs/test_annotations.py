"""The annotations of forms, typed by hand from the forms and the mapping, in the study for tests and in cart1922."""

from __future__ import annotations

from pathlib import Path

import pytest

from specs.annotations import annotate
from specs.load import load_study
from specs.model.annotations import FormAnnotations

TINY = Path(__file__).parents[2] / "studies" / "tiny01"


def beside(form: FormAnnotations, item: str) -> set[tuple[str, str]]:
    """Return dataset and text of what stands beside an item."""
    return {(one.dataset, one.text) for one in form.items.get(item, ())}


def on_top(form: FormAnnotations) -> set[tuple[str, str]]:
    """Return dataset and text of what stands on top of a form."""
    return {(one.dataset, one.text) for one in form.whole}


# The study for tests


@pytest.fixture(scope="module")
def tiny() -> dict[str, FormAnnotations]:
    return annotate(load_study(TINY))


def test_an_item_has_the_variables_of_all_datasets_that_take_its_value(tiny: dict[str, FormAnnotations]) -> None:
    assert beside(tiny["dm"], "ICDAT") == {("DM", "RFICDTC"), ("DS", "DSSTDTC")}
    assert beside(tiny["ae"], "AETERM") == {("AE", "AETERM"), ("AE", "AEDECOD")}
    assert beside(tiny["ex"], "EXTIM") == {("EX", "EXSTDTC")}


def test_a_form_names_its_datasets(tiny: dict[str, FormAnnotations]) -> None:
    assert [one.text for one in tiny["dm"].datasets] == ["DM (Demographics)", "DS (Disposition)"]
    assert [one.text for one in tiny["vd"].datasets] == ["SV (Subject Visits)"]


def test_what_identifies_the_record_is_annotated(tiny: dict[str, FormAnnotations]) -> None:
    assert beside(tiny["dm"], "_SUBJECT") == {("DM", "SUBJID")}
    assert beside(tiny["dm"], "_SITE") == {("DM", "SITEID")}
    assert beside(tiny["vs"], "_EVENT") == {("VS", "VISITNUM"), ("VS", "VISIT")}
    assert beside(tiny["ae"], "_EVENT") == set()


def test_a_column_of_a_wide_form_says_which_test_it_is(tiny: dict[str, FormAnnotations]) -> None:
    assert beside(tiny["vs"], "SYSBP") == {("VS", "VSORRES when VSTESTCD = SYSBP"), ("VS", "VSORRESU = mmHg")}
    assert beside(tiny["vs"], "TEMPU") == {("VS", "VSORRESU when VSTESTCD = TEMP")}
    assert beside(tiny["vs"], "VSDAT") == {("VS", "VSDTC")}


def test_constants_of_all_records_stand_on_top(tiny: dict[str, FormAnnotations]) -> None:
    assert on_top(tiny["ex"]) == {("EX", "EXTRT = DRUG A"), ("EX", "EXDOSU = mg"), ("EX", "EXDOSFRM = TABLET")}
    assert on_top(tiny["eos"]) == {("DS", "DSCAT = DISPOSITION EVENT")}


def test_the_date_of_visits_is_that_of_sv(tiny: dict[str, FormAnnotations]) -> None:
    assert beside(tiny["vd"], "VDDAT") == {("SV", "SVSTDTC")}


def test_an_item_that_nothing_reads_has_no_annotation(study_folder) -> None:
    study_folder.replace("raw.yaml", "      AESER: Serious", "      AESER: Serious\n      AENOTE: Note")
    assert "AENOTE" not in annotate(load_study(study_folder.folder))["ae"].items


def test_an_item_that_only_decides_on_records_says_so(study_folder) -> None:
    study_folder.replace("raw.yaml", "      EXDOSE: Dose", "      EXDOSE: Dose\n      EXGIVEN: Given")
    study_folder.replace("sdtm/ex.yaml", "  - form: ex", '  - form: ex\n    where: {EXGIVEN: ["Yes", "yes"]}')
    form = annotate(load_study(study_folder.folder))["ex"]
    assert beside(form, "EXGIVEN") == {("EX", 'EXTRT = DRUG A when "Yes"')}


def test_derived_variables_are_named_only_where_an_item_has_no_other(study_folder) -> None:
    study_folder.replace("raw.yaml", "      AESER: Serious", "      AESER: Serious\n      AEDAYS: Days")
    study_folder.replace(
        "sdtm/ae.yaml",
        "  AEREL: {map: {algorithm: assign, column: AEREL}}",
        "  AEREL: {map: {algorithm: assign, column: AEDAYS}, origin: {type: Derived}, method: MT.FLAG}",
    )
    form = annotate(load_study(study_folder.folder))["ae"]
    assert beside(form, "AEDAYS") == {("AE", "Decides on AEREL")}
    assert "AEREL" not in form.items


def test_what_is_left_of_a_choice_is_called_otherwise(study_folder) -> None:
    study_folder.replace(
        "sdtm/ae.yaml",
        "  AEREL: {map: {algorithm: assign, column: AEREL}}",
        "  AEREL:\n    map:\n      algorithm: when\n      cases:\n"
        "        - {where: {AEREL: [Y, N]}, map: {algorithm: hardcode, value: ASKED}}\n"
        "      otherwise: {algorithm: hardcode, value: NOT ASKED}",
    )
    form = annotate(load_study(study_folder.folder))["ae"]
    assert beside(form, "AEREL") == {("AE", 'AEREL = ASKED when "Y" or "N"'), ("AE", "AEREL = NOT ASKED otherwise")}


# cart1922


@pytest.fixture(scope="module")
def cart() -> dict[str, FormAnnotations]:
    return annotate(load_study("cart1922"))


def test_adverse_events(cart: dict[str, FormAnnotations]) -> None:
    form = cart["ae"]
    assert beside(form, "AETERM") == {("AE", "AETERM")}
    assert beside(form, "AESOC") == {("AE", "AEBODSYS"), ("AE", "AESOC")}
    assert beside(form, "AERELLD") == {("AE", "AERELLD in SUPPAE")}
    assert [one.key for one in form.items["ASTCTGR"]] == [("SUPPAE", "ASTCTGR")]
    assert beside(form, "AECOMM") == {("CO", "COVAL")}
    assert beside(form, "_GROUP_REPEAT") == {("AE", "AESPID")}
    assert beside(form, "AEONGO") == {
        ("AE", 'AEENRTPT = ONGOING when "Yes"'),
        ("AE", 'AEENTPT = END OF STUDY or LAST CONTACT when "Yes"'),
    }


def test_infusions(cart: dict[str, FormAnnotations]) -> None:
    form = cart["inf"]
    assert {("EX", "EXCAT = CAR-T INFUSION"), ("EX", "EXROUTE = INTRAVENOUS")} <= on_top(form)
    assert beside(form, "INFDAT") == {("EC", "ECSTDTC"), ("EX", "EXSTDTC")}
    assert beside(form, "INFYN") == {("EC", "ECOCCUR")}
    assert beside(form, "INFTOTAL") == {("EX", "EXTOTCEL in SUPPEX")}


def test_target_lesions(cart: dict[str, FormAnnotations]) -> None:
    form = cart["tl"]
    assert beside(form, "TLLD") == {("TR", "TRORRES when TRTESTCD = LDIAM")}
    assert beside(form, "TLPD") == {("TR", "TRORRES when TRTESTCD = LPERP")}
    assert beside(form, "TLNO") == {("TR", "TRLNKID"), ("TU", "TULNKID")}
    assert beside(form, "TLSTATE") == {
        ("TR", 'TRORRES = TOO SMALL TO MEASURE when "Too small to measure"'),
        ("TR", 'TRORRES = NOT VISIBLE when "Not visible"'),
        ("TR", 'TRSTAT = NOT DONE when "Not evaluable"'),
    }
    assert ("RELREC", "RELREC: TU.TULNKID = TR.TRLNKID") in on_top(form)


def test_a_date_of_some_tests_names_them(cart: dict[str, FormAnnotations]) -> None:
    assert beside(cart["og"], "OGCTDAT") == {("TR", "TRDTC when TRTESTCD in (ORVERLN, ORSTATE)"), ("TU", "TUDTC")}
    assert beside(cart["og"], "OGSPLEN") == {
        ("TR", "TRORRES when TRTESTCD = ORVERLN"),
        ("TR", "TRLNKID = L01"),
        ("TR", "TRORRESU = cm"),
        ("TR", "TRMETHOD = CT SCAN"),
    }


def test_a_dataset_that_takes_one_visit_only_says_so(cart: dict[str, FormAnnotations]) -> None:
    assert [one.text for one in cart["og"].datasets] == [
        "TR (Tumor/Lesion Results)",
        "TU (Tumor/Lesion Identification) when VISIT = SCREENING",
    ]


def test_reasons_of_other_forms_and_records_that_belong_together(cart: dict[str, FormAnnotations]) -> None:
    assert beside(cart["el"], "ELREAS") == {("DS", "DSSFREAS in SUPPDS when DSDECOD = SCREEN FAILURE")}
    assert beside(cart["cm"], "CMAENO") == {("RELREC", "RELREC: CM.CMSEQ to AE.AESEQ by AESPID")}
    assert beside(cart["dth"], "DTHDAT") == {("DD", "DDDTC"), ("DM", "DTHDTC")}
    assert beside(cart["vs"], "VSREAS") == {("VS", "VSREASND when VSTESTCD = VSALL"), ("VS", "VSSTAT = NOT DONE")}


def test_a_log_that_belongs_to_no_visit_has_no_visit(cart: dict[str, FormAnnotations]) -> None:
    assert "_EVENT" not in cart["pr"].items
    assert beside(cart["lk"], "_EVENT") == {("PR", "VISITNUM"), ("PR", "VISIT")}


def test_the_name_of_a_test_stands_beside_its_code(cart: dict[str, FormAnnotations]) -> None:
    assert beside(cart["lb"], "LBTEST") == {("LB", "LBTESTCD"), ("LB", "LBTEST")}


# cdiscpilot01


def test_a_test_that_was_left_empty_is_not_done() -> None:
    form = annotate(load_study("cdiscpilot01"))["vs"]
    assert beside(form, "SYS_BP") == {
        ("VS", "VSORRES when VSTESTCD = SYSBP"),
        ("VS", "VSSTAT = NOT DONE when left empty"),
    }
    assert beside(form, "TMPTC") == {("VS", "VSTPT"), ("VS", "VSTPTNUM"), ("VS", "VSELTM"), ("VS", "VSTPTREF")}
