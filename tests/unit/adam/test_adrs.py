"""ADRS on hand-worked cases: timepoint responses with their flags, and the parameters that follow from them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

# Facts, then the parameters that are not N (BOR24: always given). No lesions are recorded, so BORDER is NE throughout.
DERIVED: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "no assessment": ({}, {"BOR24": "NE"}),
    "only not evaluable": ({"responses": [(29, "NE")]}, {"BOR24": "NE"}),
    "stable before day 22 is not evaluable": ({"responses": [(21, "SD")]}, {"BOR24": "NE"}),
    "stable on day 22": ({"responses": [(22, "SD")]}, {"BOR24": "SD", "SD24": "Y"}),
    "early stable, then progression": (
        {"responses": [(21, "SD"), (29, "PD")]},
        {"BOR24": "PD", "PD24B": "Y", "PD24": "Y"},
    ),
    "partial before day 22 is a response": (
        {"responses": [(15, "PR")]},
        {"BOR24": "PR", "PR24": "Y", "ORR3M": "Y"},
    ),
    "best of several": (
        {"responses": [(29, "SD"), (91, "PR"), (183, "CR"), (274, "PD")]},
        {"BOR24": "CR", "CR24": "Y", "ORR3M": "Y", "RSPM3": "Y", "PD24": "Y"},
    ),
    "CRi counts as CR": (
        {"responses": [(91, "CRi")]},
        {"BOR24": "CR", "CR24": "Y", "ORR3M": "Y", "RSPM3": "Y", "CRM3": "Y"},
    ),
    "progression stands": (
        {"responses": [(29, "PD"), (91, "CR")]},
        {"BOR24": "PD", "PD24B": "Y", "PD24": "Y"},
    ),
    "response on the day of infusion is baseline": ({"responses": [(1, "CR")]}, {"BOR24": "NE"}),
    "response before infusion is baseline": ({"responses": [(-3, "CR"), (29, "SD")]}, {"BOR24": "SD", "SD24": "Y"}),
    "progression before infusion is baseline": (
        {"responses": [(-3, "PD"), (29, "PR")]},
        {"BOR24": "PR", "PR24": "Y", "ORR3M": "Y"},
    ),
    "response on day 105": ({"responses": [(105, "PR")]}, {"BOR24": "PR", "PR24": "Y", "ORR3M": "Y", "RSPM3": "Y"}),
    "response on day 106": ({"responses": [(106, "PR")]}, {"BOR24": "PR", "PR24": "Y"}),
    "response on day 76": ({"responses": [(76, "PR")]}, {"BOR24": "PR", "PR24": "Y", "ORR3M": "Y"}),
    "response on day 77": (
        {"responses": [(77, "CR")]},
        {"BOR24": "CR", "CR24": "Y", "ORR3M": "Y", "RSPM3": "Y", "CRM3": "Y"},
    ),
    "response on day 745": ({"responses": [(745, "CR")]}, {"BOR24": "CR", "CR24": "Y"}),
    "response on day 746": ({"responses": [(746, "CR")]}, {"BOR24": "NE"}),
    "progression on day 745": ({"responses": [(29, "SD"), (745, "PD")]}, {"BOR24": "SD", "SD24": "Y", "PD24": "Y"}),
    "progression on day 746": ({"responses": [(29, "SD"), (746, "PD")]}, {"BOR24": "SD", "SD24": "Y"}),
    "best by month 3, lost at month 3": (
        {"responses": [(29, "PR"), (91, "SD")]},
        {"BOR24": "PR", "PR24": "Y", "ORR3M": "Y"},
    ),
    "nearest day 91 decides": (
        {"responses": [(80, "CR"), (92, "SD")]},
        {"BOR24": "CR", "CR24": "Y", "ORR3M": "Y"},
    ),
    "equally near: the earlier": (
        {"responses": [(90, "PR"), (92, "SD")]},
        {"BOR24": "PR", "PR24": "Y", "ORR3M": "Y", "RSPM3": "Y"},
    ),
    "the nearest evaluable": (
        {"responses": [(80, "CR"), (91, "NE")]},
        {"BOR24": "CR", "CR24": "Y", "ORR3M": "Y", "RSPM3": "Y", "CRM3": "Y"},
    ),
    "after new therapy nothing is eligible": (
        {"responses": [(29, "SD"), (91, "CR"), (183, "PD")], "new_therapy": 60},
        {"BOR24": "SD", "SD24": "Y"},
    ),
    "on the day of new therapy": (
        {"responses": [(91, "CR")], "new_therapy": 91},
        {"BOR24": "CR", "CR24": "Y", "ORR3M": "Y", "RSPM3": "Y", "CRM3": "Y"},
    ),
    "after transplant nothing is eligible": (
        {"responses": [(29, "PR"), (91, "CR")], "transplant": 60},
        {"BOR24": "PR", "PR24": "Y", "ORR3M": "Y"},
    ),
    "after death nothing is eligible": (
        {"responses": [(29, "SD"), (91, "CR")], "death": 60},
        {"BOR24": "SD", "SD24": "Y"},
    ),
    "same day, different responses: the worst": (
        {"responses": [(91, "CR"), (91, "SD")]},
        {"BOR24": "SD", "SD24": "Y"},
    ),
    "same day, not evaluable is not the worst": (
        {"responses": [(91, "NE"), (91, "PR")]},
        {"BOR24": "PR", "PR24": "Y", "ORR3M": "Y", "RSPM3": "Y"},
    ),
}
YES_NO = ("ORR3M", "RSPM3", "CRM3", "CR24", "PR24", "SD24", "PD24B", "PD24")


@pytest.fixture(scope="module")
def everyone(trials: Any) -> Any:
    """All cases, each one subject of one trial."""
    return trials({name: facts for name, (facts, _) in DERIVED.items()})


@pytest.mark.parametrize("name", DERIVED)
def test_derived_parameters(everyone: Any, name: str) -> None:
    expected = dict.fromkeys(YES_NO, "N") | DERIVED[name][1]

    assert {parameter: everyone.response(parameter, name) for parameter in expected} == expected


def test_every_infused_subject_has_each_derived_parameter_once(everyone: Any) -> None:
    derived = everyone.adrs[everyone.adrs["PARAMCD"] != "OVR"]

    assert set(derived.groupby("USUBJID").size()) == {11}
    assert not derived.duplicated(["USUBJID", "PARAMCD"]).any()
    assert derived["USUBJID"].nunique() == len(DERIVED)


def test_numbers_go_with_texts(everyone: Any) -> None:
    pairs = everyone.adrs[["PARAMCD", "AVALC", "AVAL"]].drop_duplicates()
    graded = pairs["PARAMCD"].isin(["BOR24", "CBOR24", "BORDER", "OVR"])
    best, others = pairs[graded], pairs[~graded]

    assert set(zip(best["AVALC"], best["AVAL"])) == {("CR", 1), ("PR", 2), ("SD", 3), ("PD", 4), ("NE", 5)}
    assert set(zip(others["AVALC"], others["AVAL"])) == {("Y", 1), ("N", 0)}


def test_flags_of_timepoint_responses(trial: Any) -> None:
    analysed = trial(
        responses=[(-20, "PD"), (-2, "SD"), (29, "PR"), (80, "NE"), (91, "PR"), (183, "PD"), (274, "CR"), (400, "CR")],
        new_therapy=100,
        death=300,
    )

    assert analysed.timepoints("ABLFL", "ANL01FL", "ANL02FL", "ANL03FL", "ANL04FL", "ANL05FL") == [
        (-20, "PD", None, "Y", None, None, None, None),
        (-2, "SD", "Y", "Y", None, None, None, None),
        (29, "PR", None, "Y", "Y", "Y", "Y", "Y"),
        (80, "NE", None, "Y", "Y", "Y", None, None),
        (91, "PR", None, "Y", "Y", "Y", "Y", "Y"),
        (183, "PD", None, "Y", "Y", None, None, None),
        (274, "CR", None, "Y", None, None, None, None),
        (400, "CR", None, None, None, None, None, None),
    ]


def test_analysis_visits(trial: Any) -> None:
    analysed = trial(
        responses=[(-9, "SD"), (-2, "SD"), (21, "SD"), (22, "SD"), (36, "SD"), (37, "SD"), (745, "SD"), (746, "SD")]
    )

    assert analysed.timepoints("AVISIT", "AVISITN", "AWTARGET", "AWTDIFF") == [
        (-9, "SD", None, None, None, None),
        (-2, "SD", "BASELINE", 0, None, None),
        (21, "SD", None, None, None, None),
        (22, "SD", "MONTH 1", 6, 29, 7),
        (36, "SD", "MONTH 1", 6, 29, 7),
        (37, "SD", None, None, None, None),
        (745, "SD", "MONTH 24", 12, 731, 14),
        (746, "SD", None, None, None, None),
    ]


def test_scans_of_one_timepoint_are_one_assessment(trial: Any) -> None:
    analysed = trial(
        responses=[
            (27, "PR", 6),
            (30, "PR", 6),  # the latest scan of a response
            (90, "PD", 7),  # the earliest scan of a progression
            (93, "PD", 7),
            (180, "NE", 8),
            (184, "SD", 8),
            (270, "SD", 9),
            (275, "PD", 9),  # what stands is a progression, on the date of the earliest scan
        ]
    )

    assert analysed.timepoints("VISITNUM", "SRCSEQ") == [
        (30, "PR", 6, 2),
        (90, "PD", 7, 3),
        (184, "SD", 8, 6),
        (270, "PD", 9, 8),
    ]


def test_scans_without_a_visit_are_assessments_of_their_own(trial: Any) -> None:
    assert trial(responses=[(27, "PR"), (30, "PR")]).timepoints() == [(27, "PR"), (30, "PR")]


def test_scans_after_the_cutoff_do_not_move_the_date(trial: Any) -> None:
    assert trial(responses=[(27, "PR", 6), (30, "PR", 6)], cutoff=29).timepoints() == [(27, "PR")]


def test_two_timepoints_on_one_date_are_one_row(trial: Any) -> None:
    analysed = trial(responses=[(91, "PR", 7), (91, "SD", 7.1)])

    assert analysed.timepoints("VISITNUM", "SRCSEQ") == [(91, "SD", 7.1, 2)]


def test_every_value_leads_back_to_its_source(trial: Any) -> None:
    adrs = trial(responses=[(29, "SD"), (91, "PR"), (183, "CR")]).adrs
    rows = adrs.set_index("ASEQ")
    sources = {
        row.PARAMCD: None if np.isnan(row.SRCSEQ) else (rows.loc[row.SRCSEQ, "PARAMCD"], rows.loc[row.SRCSEQ, "ADY"])
        for row in adrs[adrs["PARAMCD"] != "OVR"].itertuples()
    }

    assert adrs.loc[adrs["PARAMCD"] == "OVR", ["SRCDOM", "SRCVAR", "SRCSEQ"]].to_numpy().tolist() == [
        ["RS", "RSSTRESC", 1],
        ["RS", "RSSTRESC", 2],
        ["RS", "RSSTRESC", 3],
    ]
    assert sources == {
        "BOR24": ("OVR", 183),
        "CBOR24": ("OVR", 91),  # PR on day 91, confirmed by the CR on day 183, which nothing confirms
        "BORDER": None,
        "ORR3M": ("OVR", 91),
        "RSPM3": ("OVR", 91),
        "CRM3": ("OVR", 91),
        "CR24": ("BOR24", 183),
        "PR24": ("BOR24", 183),
        "SD24": ("BOR24", 183),
        "PD24B": ("BOR24", 183),
        "PD24": None,
    }
    assert adrs.loc[adrs["PARAMCD"] == "PD24", ["SRCDOM", "SRCVAR", "ADT"]].isna().all(axis=None)


def test_dates_of_derived_parameters(trial: Any) -> None:
    adrs = trial(responses=[(29, "SD"), (91, "PR"), (183, "PR")]).adrs
    days = adrs.set_index("PARAMCD")["ADY"].drop("OVR")

    assert days.dropna().to_dict() == {
        "BOR24": 91, "CBOR24": 91, "ORR3M": 91, "RSPM3": 91, "CRM3": 91, "PR24": 91,
    }  # fmt: skip


def test_other_records_of_rs_are_not_read(study: Any, trials: Any) -> None:
    # another test, another category, another evaluator
    from adam.build import build_adam

    everyone = trials({"S": {"responses": [(29, "SD")]}})
    rs = pd.DataFrame(
        {
            "USUBJID": ["S"] * 4,
            "RSSEQ": [1.0, 2.0, 3.0, 4.0],
            "RSTESTCD": ["OVRLRESP", "METBRESP", "OVRLRESP", "OVRLRESP"],
            "RSCAT": ["LUGANO CLASSIFICATION", "LUGANO CLASSIFICATION", "UNSPECIFIED", "LUGANO CLASSIFICATION"],
            "RSEVAL": ["INVESTIGATOR", "INVESTIGATOR", "INVESTIGATOR", "INDEPENDENT ASSESSOR"],
            "RSSTRESC": ["SD", "CMR", "CR", "CR"],
            "RSDTC": ["2024-02-07", "2024-02-08", "2024-02-09", "2024-02-10"],
        }
    )

    adrs, findings = build_adam(study.adam["ADRS"], study, sdtm={"RS": rs}, adam={"ADSL": everyone.adsl})

    assert adrs.loc[adrs["PARAMCD"] == "OVR", ["AVALC", "SRCSEQ"]].to_numpy().tolist() == [["SD", 1]]
    assert findings.empty


def test_unusable_assessments_are_reported(trial: Any) -> None:
    analysed = trial(responses=[("2024-02", "PR"), (91, "PMR"), (120, None), (183, "SD")])

    assert analysed.timepoints() == [(183, "SD")]
    assert analysed.findings[["rule", "variable", "key", "value"]].to_numpy().tolist() == [
        ["ADAM.UNKNOWN_RESPONSE", "RSSTRESC", "RSSEQ=2", "PMR"],
        ["ADAM.PARTIAL_ASSESSMENT_DATE", "RSDTC", "RSSEQ=1", "2024-02"],
    ]
    assert not analysed.findings["message"].str.contains("2024|PMR|CART1922-").any()


def test_rows_are_sorted_and_numbered(everyone: Any) -> None:
    adrs = everyone.adrs

    assert adrs.sort_values(["USUBJID", "PARAMCD", "ADT"], kind="stable").index.tolist() == adrs.index.tolist()
    assert (adrs["ASEQ"] == adrs.groupby("USUBJID").cumcount() + 1).all()


def test_the_qualifier_names_the_assessor(everyone: Any) -> None:
    named = everyone.adrs.groupby("PARQUAL")["PARAMCD"].unique().map(set).to_dict()

    assert named == {"INVESTIGATOR": {"OVR", "BOR24", "CBOR24", *YES_NO}, "DERIVED": {"BORDER"}}
