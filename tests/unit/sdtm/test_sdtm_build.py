"""Building datasets: from forms to finished SDTM, on the study for tests."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from clinical import provenance
from clinical.errors import MappingError
from sdtm.build import collect
from sdtm.inputs import Inputs


@pytest.fixture(scope="module")
def forms(form):
    return {
        "dm": form(
            "dm",
            """
            _SUBJECT | _SITE | AGE | SEX    | COUNTRY | ICDAT
            1        | 701   | 63  | Female | DEU     | 01-JAN-2024
            2        | 701   | 71  | Male   | DEU     | 02-JAN-2024
            3        | 702   | x   | Other  | DEU     | UN-JAN-2024
            """,
        ),
        "vd": form(
            "vd",
            """
            _SUBJECT | _EVENT | _EVENT_REPEAT | VDDAT
            1        | SCR    | 1             | 01-JAN-2024
            1        | BL     | 1             | 10-JAN-2024
            1        | UNS    | 1             | 12-JAN-2024
            1        | W4     | 1             | 07-FEB-2024
            2        | SCR    | 1             | 02-JAN-2024
            """,
        ),
        "ex": form(
            "ex",
            """
            _SUBJECT | _EVENT | _EVENT_REPEAT | EXDAT       | EXTIM | EXDOSE
            1        | W4     | 1             | 07-FEB-2024 | .     | 20
            1        | BL     | 1             | 10-JAN-2024 | 09:30 | 10.5
            """,
        ),
        "vs": form(
            "vs",
            """
            _SUBJECT | _EVENT | _EVENT_REPEAT | VSDAT       | SYSBP | TEMP | TEMPU
            1        | BL     | 1             | 10-JAN-2024 | 120   | 98.6 | F
            1        | SCR    | 1             | 01-JAN-2024 | 118   | 36.9 | C
            1        | UNS    | 1             | 12-JAN-2024 | .     | 37.2 | C
            1        | W4     | 1             | 07-FEB-2024 | 125   | .    | .
            2        | SCR    | 1             | 02-JAN-2024 | 130   | .    | .
            """,
        ),
        "ae": form(
            "ae",
            """
            _SUBJECT | _EVENT | _GROUP_REPEAT | AETERM   | AESTDAT     | AESER | AEREL
            1        | LOG    | 1             | Headache | 20-JAN-2024 | No    | Yes
            1        | LOG    | 2             | .        | .           | .     | .
            1        | LOG    | 3             | Nausea   | UN-JAN-2024 | yes   | No
            1        | LOG    | 4             | Cold     | 05-JAN-2024 | NO    | .
            2        | LOG    | 1             | Cold     | 05-JAN-2024 | No    | No
            """,
        ),
        "eos": form("eos", "_SUBJECT|EOSDAT|EOSREAS\n1|01-MAR-2024|completed"),
    }


@pytest.fixture(scope="module")
def run(tiny, forms, build):
    return build(tiny, forms)


def test_demographics_take_reference_dates_of_other_datasets(run) -> None:
    names = (
        "USUBJID",
        "SUBJID",
        "SITEID",
        "RFSTDTC",
        "RFENDTC",
        "RFICDTC",
        "RFPENDTC",
        "AGE",
        "SEX",
        "ARMCD",
        "ARMNRS",
    )
    assert run.listed("DM", *names) == [
        ["T-1", "1", "701", "2024-01-10T09:30", "2024-02-07", "2024-01-01", "2024-03-01", 63.0, "F", "A", None],
        ["T-2", "2", "701", None, None, "2024-01-02", "2024-01-02", 71.0, "M", None, "NOT ASSIGNED"],
        ["T-3", "3", "702", None, None, "2024-01", "2024-01", None, "Other", None, "NOT ASSIGNED"],
    ]


def test_exposure(run) -> None:
    assert run.listed("EX", "USUBJID", "EXSEQ", "EXDOSE", "EXSTDTC", "EXENDTC", "EXSTDY") == [
        ["T-1", 1.0, 10.5, "2024-01-10T09:30", "2024-01-10T09:30", 1.0],
        ["T-1", 2.0, 20.0, "2024-02-07", "2024-02-07", 29.0],
    ]


def test_wide_form_is_stacked_and_ordered_by_the_keys(run) -> None:
    names = ("VSSEQ", "VSTESTCD", "VSTEST", "VISITNUM", "VSORRES", "VSORRESU", "VSSTRESC", "VSSTRESU", "VSLOBXFL")
    assert run.listed("VS", *names) == [
        [1.0, "SYSBP", "Systolic Blood Pressure", 1.0, "118", "mmHg", "118", "mmHg", None],
        [2.0, "SYSBP", "Systolic Blood Pressure", 2.0, "120", "mmHg", "120", "mmHg", "Y"],
        [3.0, "SYSBP", "Systolic Blood Pressure", 3.0, "125", "mmHg", "125", "mmHg", None],
        [4.0, "TEMP", "Temperature", 1.0, "36.9", "C", "36.9", "C", None],
        [5.0, "TEMP", "Temperature", 2.0, "98.6", "F", "37", "C", "Y"],
        [6.0, "TEMP", "Temperature", 2.1, "37.2", "C", "37.2", "C", None],
        [1.0, "SYSBP", "Systolic Blood Pressure", 1.0, "130", "mmHg", "130", "mmHg", None],
    ]


def test_visits_epochs_and_days(run) -> None:
    assert run.listed("VS", "USUBJID", "VISIT", "EPOCH", "VSDY")[2:6] == [
        ["T-1", "WEEK 4", "TREATMENT", 29.0],
        ["T-1", "SCREENING", "SCREENING", -9.0],
        ["T-1", "BASELINE", "TREATMENT", 1.0],
        ["T-1", "UNSCHEDULED 2.1", "TREATMENT", 3.0],
    ]


def test_numbers_may_follow_another_order_than_the_keys(run) -> None:
    assert run.listed("AE", "USUBJID", "AESEQ", "AEDECOD", "AESTDTC", "AESTDY", "EPOCH", "AESER") == [
        ["T-1", 2.0, "COLD", "2024-01-05", -5.0, "SCREENING", "N"],
        ["T-1", 3.0, "HEADACHE", "2024-01-20", 11.0, "TREATMENT", "N"],
        ["T-1", 1.0, "NAUSEA", "2024-01", None, None, "Y"],
        ["T-2", 1.0, "COLD", "2024-01-05", None, "SCREENING", "N"],
    ]


def test_supplemental_qualifiers_name_their_record(run) -> None:
    assert run.listed("SUPPAE", "USUBJID", "IDVARVAL", "QNAM", "QVAL", "QORIG") == [
        ["T-1", "2", "AETRTEM", "N", "DERIVED"],
        ["T-1", "3", "AETRTEM", "Y", "DERIVED"],
    ]
    assert run.listed("SUPPDM", "USUBJID", "IDVAR", "QNAM", "QVAL") == [["T-1", None, "WEEK4", "Y"]]


def test_record_sources_may_have_a_map_of_their_own_for_a_derived_variable(run) -> None:
    assert run.listed("DS", "USUBJID", "DSDECOD", "DSSTDTC", "DSSTDY", "EPOCH") == [
        ["T-1", "INFORMED CONSENT OBTAINED", "2024-01-01", -9.0, "SCREENING"],
        ["T-1", "COMPLETED", "2024-03-01", 52.0, "TREATMENT"],
        ["T-2", "INFORMED CONSENT OBTAINED", "2024-01-02", None, "SCREENING"],
        ["T-3", "INFORMED CONSENT OBTAINED", "2024-01", None, "SCREENING"],
    ]


def test_builders_make_elements_visits_and_arms(run) -> None:
    assert run.listed("SE", "USUBJID", "SESEQ", "ETCD", "SESTDTC", "SEENDTC") == [
        ["T-1", 1.0, "SCRN", "2024-01-01", "2024-01-10T09:30"],
        ["T-1", 2.0, "TRT", "2024-01-10T09:30", "2024-03-01"],
        ["T-2", 1.0, "SCRN", "2024-01-02", None],
        ["T-3", 1.0, "SCRN", "2024-01", None],
    ]
    assert run.listed("SV", "USUBJID", "VISITNUM", "SVPRESP", "SVSTDTC") == [
        ["T-1", 1.0, "Y", "2024-01-01"],
        ["T-1", 2.0, "Y", "2024-01-10"],
        ["T-1", 2.1, None, "2024-01-12"],
        ["T-1", 3.0, "Y", "2024-02-07"],
        ["T-2", 1.0, "Y", "2024-01-02"],
    ]
    assert run.listed("TA", "STUDYID", "DOMAIN", "ARMCD", "TAETORD", "ETCD") == [
        ["TINY01", "TA", "A", 1.0, "SCRN"],
        ["TINY01", "TA", "A", 2.0, "TRT"],
    ]


def test_variables_stand_in_the_order_of_the_standard_with_provenance_behind(run, tiny) -> None:
    assert list(run.finished["AE"]) == [*tiny.sdtm["AE"].names, *provenance.COLUMNS]
    assert run.finished["AE"][["_FORM", "_ROW", "_GROUP_REPEAT"]].to_numpy().tolist()[0] == ["ae", 4, "4"]
    assert list(run.finished["SV"])[-len(provenance.COLUMNS) :] == list(provenance.COLUMNS)


def test_types_are_those_of_the_specification(run, tiny) -> None:
    for name, spec in tiny.sdtm.items():
        kinds = {str(run.finished[name][one.name].dtype) for one in spec.variables if one.type == "Char"}
        numbers = {str(run.finished[name][one.name].dtype) for one in spec.variables if one.type == "Num"}
        assert kinds == {"str"}
        assert numbers <= {"float64"}


def test_what_was_found_on_the_way(run) -> None:
    assert run.findings[["rule", "dataset", "variable", "usubjid", "value", "page"]].to_numpy().tolist() == [
        ["MAP.NUMBER", "DM", "AGE", "T-3", "x", ""],
        ["MAP.UNMAPPED", "DM", "SEX", "T-3", "Other", ""],
    ]


def test_collected_frames_hold_only_what_their_forms_decide(run) -> None:
    assert "AESTDY" not in run.collected["AE"]
    assert "RFSTDTC" not in run.collected["DM"]
    assert {"VISITNUM", "VISIT"} <= set(run.collected["VS"])


def test_derived_variables_find_the_raw_columns_they_need(tiny, forms, build, helpers) -> None:
    from specs.model.maps import Assign, When

    late = When(
        algorithm="when",
        cases=(
            {"where": {"DM.SEX": "F"}, "map": {"algorithm": "assign", "column": "AETERM"}},
            {"where": {"DM.SEX": "M"}, "map": {"algorithm": "assign", "column": "dm.COUNTRY"}},
        ),
    )
    spec = tiny.sdtm["AE"]
    changed = [replace(one, map=late) if one.name == "AEREL" else one for one in spec.variables]
    study = replace(tiny, sdtm={**tiny.sdtm, "AE": replace(spec, variables=tuple(changed))})
    assert Assign(algorithm="assign", column="AETERM").reads() == ("AETERM",)
    assert build(study, forms).listed("AE", "AEREL") == [["Cold"], ["Headache"], ["Nausea"], ["DEU"]]


def test_unknown_builder_is_an_error(tiny, forms) -> None:
    spec = replace(tiny.sdtm["TA"], builder="tx")
    with pytest.raises(MappingError, match="builder 'tx' is not known"):
        collect(spec, tiny, Inputs(forms=forms))


def test_empty_export(tiny, forms, build) -> None:
    run = build(tiny, {name: frame.iloc[:0] for name, frame in forms.items()})
    assert {name: len(frame) for name, frame in run.finished.items()} == {
        "AE": 0,
        "DM": 0,
        "DS": 0,
        "EX": 0,
        "SE": 0,
        "SV": 0,
        "TA": 2,
        "VS": 0,
    }
    assert run.findings.empty


def test_stack_makes_a_row_only_where_two_columns_differ(tiny, form, helpers) -> None:
    from specs.model.dataset import RecordSource

    record = RecordSource.model_validate(
        {
            "form": "rs",
            "stack": {
                "keep": ["RESULT", "SCAN"],
                "rows": [
                    {"columns": {"RESULT": "RESP", "SCAN": "CT"}},
                    {"columns": {"RESULT": "RESP", "SCAN": "PET"}, "differs": ["CT", "PET"]},
                    {
                        "constants": {"RESULT": "FLAG", "SCAN": "x"},
                        "where": {"RESP": "PD"},
                    },
                ],
            },
        }
    )
    rows = form(
        "rs",
        """
        _SUBJECT | RESP | CT | PET
        1        | CR   | a  | a
        2        | PR   | a  | b
        3        | PD   | a  | .
        4        | .    | a  | b
        5        | SD   | .  | b
        """,
    )
    from specs.model.maps import Assign

    variables = [
        replace(helpers.variable("USUBJID"), map=Assign(algorithm="assign", column="_SUBJECT")),
        replace(helpers.variable("RSORRES"), map=Assign(algorithm="assign", column="RESULT")),
        replace(helpers.variable("RSDTC"), map=Assign(algorithm="assign", column="SCAN")),
    ]
    spec = helpers.dataset("RS", *variables, records=(record,))
    frame, _ = collect(spec, tiny, Inputs(forms={"rs": rows}))
    assert frame[["USUBJID", "RSORRES", "RSDTC", "_ROW"]].to_numpy().tolist() == [
        ["1", "CR", "a", 1],
        ["2", "PR", "a", 2],
        ["2", "PR", "b", 2],
        ["3", "PD", "a", 3],
        ["3", "FLAG", "x", 3],
        ["5", "SD", "b", 5],
    ]


def test_forms_and_collected_frames_are_not_changed(tiny, forms, build) -> None:
    before = {name: frame.copy() for name, frame in forms.items()}
    run = build(tiny, forms)
    kept = {name: frame.copy() for name, frame in run.collected.items()}
    build(tiny, forms)
    for name, frame in forms.items():
        pd.testing.assert_frame_equal(frame, before[name])
    for name, frame in run.collected.items():
        pd.testing.assert_frame_equal(frame, kept[name])
