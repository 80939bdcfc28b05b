"""ADSL on hand-worked cases: populations, treatment, new therapy, disposition, death, last known alive."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from adam.build import build_adam, compute_cutoff
from clinical.errors import MappingError

A, B = "CD19 CAR-T CELLS", "CD22 CAR-T CELLS"
WITHDREW = "WITHDRAWAL BY SUBJECT"
LUGANO = "LUGANO CLASSIFICATION"

#: Facts, then what ADSL says; dates are ISO text. Study day 1 is 2024-01-10.
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "both products": (
        {},
        {
            "SAFFL": "Y",
            "SAFFN": 1,
            "FASFL": "Y",
            "ENRLFL": "Y",
            "TRTSDT": "2024-01-10",
            "TRTEDT": "2024-01-24",
            "TR01SDT": "2024-01-10",
            "TR02SDT": "2024-01-24",
            "TRT01A": A,
            "TRT02A": B,
            "TRTSEQP": f"{A}-{B}",
            "TRTSEQA": f"{A}-{B}",
        },
    ),
    "one product": (
        {"infusions": [(1, A)]},
        {"SAFFL": "Y", "TRTEDT": "2024-01-10", "TRT02A": None, "TR02SDT": None, "TRTSEQP": f"{A}-{B}", "TRTSEQA": A},
    ),
    "the other product first": (
        {"infusions": [(15, A), (1, B)]},
        {"TRTSDT": "2024-01-10", "TRT01A": B, "TRT02A": A, "TR02SDT": "2024-01-24", "TRTSEQA": f"{B}-{A}"},
    ),
    "split doses": (
        {"infusions": [(1, A), (2, A), (15, B), (16, B)]},
        {
            "TR01SDT": "2024-01-10",
            "TR01EDT": "2024-01-11",
            "TR02SDT": "2024-01-24",
            "TR02EDT": "2024-01-25",
            "TRTSEQA": f"{A}-{B}",
        },
    ),
    "both on one day, by time": (
        {"infusions": [("2024-01-10T14:00", A), ("2024-01-10T09:00", B)]},
        {"TRT01A": B, "TRT02A": A, "TRTSEQA": f"{B}-{A}", "TR02SDT": "2024-01-10"},
    ),
    "never infused": (
        {"infusions": []},
        {
            "SAFFL": "N",
            "SAFFN": 0,
            "FASFL": "N",
            "ENRLFL": "Y",
            "TRTSDT": None,
            "TRT01A": None,
            "TRTSEQA": None,
            "TRT01P": A,
        },
    ),
    # new therapy and transplant
    "new therapy": ({"new_therapy": 60, "radiotherapy": 50}, {"NACTDT": "2024-02-28", "NACTDTF": None, "SCTDT": None}),
    "therapy before infusion": ({"new_therapy": -1, "transplant": -30}, {"NACTDT": None, "SCTDT": None}),
    "new therapy in a month": ({"new_therapy": "2024-03"}, {"NACTDT": "2024-03-01", "NACTDTF": "D"}),
    "new therapy in the month of progression": (
        {"new_therapy": "2024-03", "responses": [("2024-03-12", "PD"), ("2024-03-20", "PD")]},
        {"NACTDT": "2024-03-12", "NACTDTF": "D"},
    ),
    "new therapy in the month of infusion": ({"new_therapy": "2024-01"}, {"NACTDT": "2024-01-11", "NACTDTF": "D"}),
    "new therapy in the month before": ({"new_therapy": "2023-12"}, {"NACTDT": None, "NACTDTF": None}),
    "new therapy in a year": ({"new_therapy": "2025"}, {"NACTDT": "2025-01-01", "NACTDTF": "M"}),
    "a known day is better than the same completed": (
        {"new_therapy": "2024-03", "radiotherapy": "2024-03-01"},
        {"NACTDT": "2024-03-01", "NACTDTF": None},
    ),
    "transplant in a month": ({"transplant": "2024-03"}, {"SCTDT": "2024-03-01", "SCTDTF": "D"}),
    # disposition
    "ongoing": ({}, {"EOSSTT": "ONGOING", "EOSDT": None, "DCSREAS": None}),
    "completed": ({"ended": (700, "COMPLETED")}, {"EOSSTT": "COMPLETED", "EOSDT": "2025-12-09", "DCSREAS": None}),
    "discontinued": ({"ended": (60, WITHDREW)}, {"EOSSTT": "DISCONTINUED", "EOSDT": "2024-03-09", "DCSREAS": WITHDREW}),
    "died without disposition": ({"death": 60}, {"EOSSTT": "DISCONTINUED", "EOSDT": None, "DCSREAS": "DEATH"}),
    # death and last known alive
    "alive": ({"contacts": [30, 50]}, {"DTHDT": None, "DTHFL": None, "DTHCUTFL": "N", "LSTALVDT": "2024-02-28"}),
    "dead": (
        {"death": 60, "contacts": [30, 50]},
        {"DTHDT": "2024-03-09", "DTHDTF": None, "DTHFL": "Y", "DTHCUTFL": "Y", "LSTALVDT": "2024-02-28"},
    ),
    "seen on the day of death": (
        {"death": 60, "contacts": [50, 60]},
        {"DTHDT": "2024-03-09", "LSTALVDT": "2024-02-28"},
    ),
    "records after death": ({"death": 60, "contacts": [50, 70]}, {"DTHDT": "2024-03-09", "LSTALVDT": "2024-02-28"}),
    "death by disposition is no contact": (
        {"death": 60, "ended": (60, "DEATH"), "contacts": [30]},
        {"LSTALVDT": "2024-02-08"},
    ),
    "death in a month, last seen before": (
        {"death": "2024-05", "contacts": ["2024-04-20"]},
        {"DTHDT": "2024-05-01", "DTHDTF": "D", "LSTALVDT": "2024-04-20"},
    ),
    "death in a month, last seen in it": (
        {"death": "2024-05", "contacts": ["2024-05-12"]},
        {"DTHDT": "2024-05-13", "DTHDTF": "D", "LSTALVDT": "2024-05-12"},
    ),
    "death in a month, last seen on its last day": (
        {"death": "2024-05", "contacts": ["2024-05-31"]},
        {"DTHDT": "2024-05-31", "DTHDTF": "D", "LSTALVDT": "2024-05-31"},
    ),
    "death in a month, records after it": (
        {"death": "2024-05", "contacts": ["2024-04-20", "2024-06-02"]},
        {"DTHDT": "2024-05-01", "DTHDTF": "D", "LSTALVDT": "2024-04-20"},
    ),
    "death in a year": ({"death": "2024", "contacts": ["2024-04-20"]}, {"DTHDT": "2024-04-21", "DTHDTF": "M"}),
    "death on an unknown date": (
        {"died": True, "contacts": ["2024-04-20"]},
        {"DTHDT": "2024-04-21", "DTHDTF": "Y", "DTHFL": "Y", "LSTALVDT": "2024-04-20"},
    ),
    "partial contacts do not count": ({"contacts": ["2024-04-20", "2024-06"]}, {"LSTALVDT": "2024-04-20"}),
    "responses and therapies are contacts": (
        {"responses": [(91, "SD")], "new_therapy": 100},
        {"LSTALVDT": "2024-04-18"},
    ),
    "follow-up of the living": ({"contacts": [61]}, {"FUDURD": 61}),
    "follow-up of the dead": ({"death": 61, "contacts": [50]}, {"FUDURD": 61}),
}


def shown(adsl: pd.DataFrame, subject: str, names: Any) -> dict[str, Any]:
    """Return some variables of a subject, dates as ISO text, missing as None."""
    row = adsl.loc[adsl["USUBJID"] == subject].iloc[0]
    return {
        name: None
        if pd.isna(row[name])
        else row[name].date().isoformat()
        if isinstance(row[name], pd.Timestamp)
        else row[name]
        for name in names
    }


@pytest.fixture(scope="module")
def everyone(trials: Any) -> Any:
    """All cases, each one subject of one trial."""
    return trials({name: facts for name, (facts, _) in CASES.items()})


@pytest.mark.parametrize("name", CASES)
def test_subject_level(everyone: Any, name: str) -> None:
    expected = CASES[name][1]

    assert shown(everyone.adsl, name, expected) == expected


def test_one_row_for_each_subject_of_dm_in_order(everyone: Any, study: Any) -> None:
    assert everyone.adsl["USUBJID"].tolist() == sorted(CASES)
    assert tuple(everyone.adsl.columns) == study.adam["ADSL"].names
    assert set(everyone.adsl["STUDYID"]) == {"CART1922"}


def test_a_death_without_a_date_is_reported(everyone: Any) -> None:
    found = everyone.findings[everyone.findings["rule"] == "ADAM.DEATH_WITHOUT_DATE"]

    assert found[["severity", "dataset", "variable", "usubjid"]].to_numpy().tolist() == [
        ["warning", "DM", "DTHDTC", "death on an unknown date"]
    ]


def test_nothing_after_the_cutoff_is_known(trial: Any) -> None:
    analysed = trial(
        responses=[(29, "SD")],
        contacts=[45, 300],
        death=400,
        new_therapy=200,
        transplant=210,
        ended=(310, WITHDREW),
        cutoff=100,
    )

    assert shown(
        analysed.adsl, "CART1922-001", ["DTHDT", "DTHCUTFL", "NACTDT", "SCTDT", "EOSSTT", "LSTALVDT", "DCUTDT"]
    ) == {
        "DTHDT": None,
        "DTHCUTFL": "N",
        "NACTDT": None,
        "SCTDT": None,
        "EOSSTT": "ONGOING",
        "LSTALVDT": "2024-02-23",
        "DCUTDT": "2024-04-18",
    }


def test_a_cutoff_before_the_second_infusion(trial: Any) -> None:
    adsl = trial(cutoff=10).adsl

    assert shown(adsl, "CART1922-001", ["TRTEDT", "TRT02A", "TR02SDT", "TRTSEQA"]) == {
        "TRTEDT": "2024-01-10",
        "TRT02A": None,
        "TR02SDT": None,
        "TRTSEQA": A,
    }


def test_a_cutoff_before_the_first_infusion(trial: Any) -> None:
    adsl = trial(cutoff=-1).adsl

    assert shown(adsl, "CART1922-001", ["SAFFL", "TRTSDT"]) == {"SAFFL": "N", "TRTSDT": None}


def test_death_after_the_cutoff_by_a_month(trial: Any) -> None:
    # seen on the day of cut-off; the death in that month cannot have been before it
    adsl = trial(death="2024-04", contacts=[100], cutoff=100).adsl

    assert shown(adsl, "CART1922-001", ["DTHDT", "LSTALVDT"]) == {"DTHDT": None, "LSTALVDT": "2024-04-18"}


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"contacts": [45, 300]}, "2024-11-04"),
        ({"contacts": [45, "2025-03"]}, "2024-02-23"),
        ({"contacts": [45], "death": "2024-02"}, "2024-02-24"),
        ({"contacts": [45], "death": "2024-06"}, "2024-06-01"),
        ({"contacts": [45], "died": True}, "2024-02-24"),
    ],
)
def test_without_a_cutoff_it_is_the_latest_date(trial: Any, facts: dict[str, Any], expected: str) -> None:
    adsl = trial(**facts).adsl

    assert shown(adsl, "CART1922-001", ["DCUTDT"]) == {"DCUTDT": expected}


def test_last_known_alive_knows_what_a_record_means(study: Any, trials: Any) -> None:
    subjects = trials({"S": {"contacts": [5]}})
    dm = subjects.adsl[["STUDYID", "USUBJID", "SUBJID", "SITEID", "AGE", "AGEU", "SEX", "RACE"]].assign(
        DTHDTC=None, DTHFL="Y"
    )
    ex = pd.DataFrame({"USUBJID": ["S"], "EXTRT": [A], "EXCAT": ["CAR-T INFUSION"], "EXSTDTC": ["2024-01-10"]})
    ae = pd.DataFrame(
        {
            "USUBJID": ["S", "S"],
            "AESTDTC": ["2024-02-01", "2024-02-02"],
            "AEENDTC": ["2024-02-05", "2024-02-20"],
            "AEOUT": ["RECOVERED/RESOLVED", "FATAL"],
        }
    )
    ss = pd.DataFrame(
        {
            "USUBJID": ["S", "S"],
            "SSTESTCD": ["SURVSTAT", "SURVSTAT"],
            "SSSTRESC": ["ALIVE", "DEAD"],
            "SSDTC": ["2024-02-10", "2024-02-25"],
        }
    )

    adsl, _ = build_adam(study.adam["ADSL"], study, sdtm={"DM": dm, "EX": ex, "AE": ae, "SS": ss}, adam={})

    assert shown(adsl, "S", ["LSTALVDT", "DTHDT", "DTHDTF"]) == {
        "LSTALVDT": "2024-02-10",
        "DTHDT": "2024-02-11",
        "DTHDTF": "Y",
    }


def test_missing_inputs_are_named(study: Any) -> None:
    dm = pd.DataFrame({"STUDYID": ["S"], "USUBJID": ["S-1"], "SUBJID": ["1"]})
    ex = pd.DataFrame({"USUBJID": ["S-1"], "EXTRT": [A], "EXSTDTC": ["2024-01-10"]})

    with pytest.raises(MappingError, match=r"^ADSL: EX is missing \(found: DM\)\. Supply it"):
        build_adam(study.adam["ADSL"], study, sdtm={"DM": dm}, adam={})
    with pytest.raises(MappingError, match=r"^ADSL: DM has no DTHDTC; EX has no EXCAT\. Add"):
        build_adam(study.adam["ADSL"], study, sdtm={"DM": dm, "EX": ex}, adam={})
    with pytest.raises(MappingError, match=r"^ADTTE: ADSL, ADRS is missing"):
        build_adam(study.adam["ADTTE"], study, sdtm={}, adam={})


def test_a_subject_twice_in_dm_is_refused(study: Any, trials: Any) -> None:
    dm = pd.DataFrame({"STUDYID": ["S"] * 2, "USUBJID": ["S-1"] * 2, "SUBJID": ["1"] * 2, "DTHDTC": [None] * 2})
    ex = pd.DataFrame({"USUBJID": ["S-1"], "EXTRT": [A], "EXCAT": ["X"], "EXSTDTC": ["2024-01-10"]})

    with pytest.raises(MappingError, match="1 subject has more than one record") as raised:
        build_adam(study.adam["ADSL"], study, sdtm={"DM": dm, "EX": ex}, adam={})
    assert "S-1" not in str(raised.value)


def test_no_date_at_all(study: Any) -> None:
    with pytest.raises(MappingError, match="no complete date"):
        compute_cutoff({"DM": pd.DataFrame({"USUBJID": ["S-1"], "DTHDTC": ["2024"]})})


def test_blank_text_of_transport_files_is_missing(study: Any) -> None:
    dm = pd.DataFrame(
        {
            "STUDYID": ["S"],
            "USUBJID": ["S-1"],
            "SUBJID": ["1"],
            "SITEID": [""],
            "AGE": [66.0],
            "DTHDTC": [""],
            "DTHFL": [""],
        },
        dtype=object,
    ).astype({"AGE": "float64"})
    ex = pd.DataFrame(
        {"USUBJID": ["S-1"], "EXTRT": [A], "EXCAT": ["CAR-T INFUSION"], "EXSTDTC": ["2024-01-10"]}, dtype=object
    )

    adsl, _ = build_adam(study.adam["ADSL"], study, sdtm={"DM": dm, "EX": ex}, adam={})

    assert shown(adsl, "S-1", ["SITEID", "DTHFL", "DTHDT", "AGEGR1", "AGEGR1N", "ARM"]) == {
        "SITEID": None,
        "DTHFL": None,
        "DTHDT": None,
        "AGEGR1": ">=65",
        "AGEGR1N": 2,
        "ARM": None,
    }
