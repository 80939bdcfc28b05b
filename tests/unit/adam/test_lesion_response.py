"""The response derived from lesions in ADRS: literal TU and TR go in, rows of OVRDER come out."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from specs.model.study import Study
from tests.unit.adam.conftest import SUBJECT, build, sdtm_of, table, when, with_settings

TU = "USUBJID TULNKID TUTESTCD TUSTRESC TULOC TUGRPID TUEVAL VISITNUM TUDTC"
TR = "USUBJID TRSEQ TRLNKID TRLNKGRP TRTESTCD TRSTRESC TRSTRESU TREVAL VISITNUM VISIT TRDTC"

#: Identified at screening, before the infusion on day 1.
IDENTIFIED = [
    (SUBJECT, "T01", "TUMIDENT", "TARGET NODAL", "INGUINAL LYMPH NODE", None, "INVESTIGATOR", 1, when(-20)),
    (SUBJECT, "L01", "TUMIDENT", "LOCATION OF INTEREST", "SPLEEN", None, "INVESTIGATOR", 1, when(-20)),
    (SUBJECT, "L02", "TUMIDENT", "LOCATION OF INTEREST", "LIVER", None, "INVESTIGATOR", 1, when(-20)),
]


def results(
    *points: tuple[int | str, int, str], unit: str = "mm", organ: str = "cm", evaluator: str = "INVESTIGATOR"
) -> pd.DataFrame:
    """Return TR from (day, VISITNUM, `30x20 spleen 12 score 4 uptake DECREASED`); `NE` is a size not evaluable."""
    rows: list[tuple[Any, ...]] = []
    for day, visit, text in points:
        words = text.split()
        said: list[tuple[str, str, str | None, str | None]] = []
        if "x" in words[0] or words[0] == "NE":
            size = words.pop(0)
            sizes = [None, None] if size == "NE" else size.split("x")
            said += [("T01", test, size, unit) for test, size in zip(("LDIAM", "LPERP"), sizes, strict=True)]
        pairs = dict(zip(words[::2], words[1::2], strict=True))
        links = {"spleen": ("L01", "ORVERLN", organ), "liver": ("L02", "ORVERLN", organ)}
        links |= {"score": ("L04", "FDP5PS", None), "uptake": ("L04", "OTRCUPCB", None)}
        said += [(links[what][0], links[what][1], value, links[what][2]) for what, value in pairs.items()]
        for link, test, value, given in said:
            place = (link, str(visit), test, value, given, evaluator, visit, f"VISIT {visit}", when(day))
            rows.append((SUBJECT, len(rows) + 1, *place))
    frame = table(TR, rows)
    return frame.assign(TRSTRESN=pd.to_numeric(frame["TRSTRESC"], errors="coerce").astype("float64"))


def derived(study: Study, tr: pd.DataFrame, **facts: Any) -> pd.DataFrame:
    """Return the rows of OVRDER."""
    trial = build(study, {**sdtm_of(**facts), "TU": table(TU, IDENTIFIED), "TR": tr})
    return trial.adrs[trial.adrs["PARAMCD"] == "OVRDER"].reset_index(drop=True)


def test_rows_with_what_decided(study: Study) -> None:
    tr = results(
        (-20, 1, "30x20 score 5"), (29, 6, "20x15 score 4 uptake DECREASED"), (91, 7, "12x10"), (183, 8, "26x14")
    )
    rows = derived(study, tr)
    wanted = ["ADY", "AVALC", "AVAL", "AVISIT", "RSPCRIT", "RSPLNKID", "VISITNUM", "VISIT", "PARQUAL"]
    assert [tuple(None if pd.isna(one) else one for one in row) for row in rows[wanted].to_numpy(dtype=object)] == [
        (29, "PR", 2, "MONTH 1", "UPTAKE", None, 6, "VISIT 6", "DERIVED"),
        (91, "PR", 2, "MONTH 3", "NO PET", None, 7, "VISIT 7", "DERIVED"),
        (183, "PD", 4, "MONTH 6", "TARGET GROWTH", "T01", 8, "VISIT 8", "DERIVED"),
    ]


def test_the_source_is_the_record_that_decided(study: Study) -> None:
    rows = derived(
        study, results((-20, 1, "30x20 score 5"), (29, 6, "20x15 score 4 uptake DECREASED"), (91, 7, "26x20"))
    )
    assert rows[["SRCDOM", "SRCVAR", "SRCSEQ"]].to_numpy().tolist() == [
        ["TR", "TRSTRESC", 6.0],
        ["TR", "TRSTRESC", 8.0],
    ]
    # 4 and 5 are the diameters of day 29, 6 the score that decided; 8 and 9 the diameters of day 91.


def test_dates_of_two_scans(study: Study) -> None:
    """Progression takes the earlier scan of a timepoint, any other response the later one."""
    tr = results(
        (-20, 1, "30x20"), (29, 6, "20x15"), (33, 6, "score 2"), (91, 7, "20x15"), (95, 7, "score 5 uptake INCREASED")
    )
    assert derived(study, tr)[["ADY", "AVALC"]].to_numpy().tolist() == [[33, "CR"], [91, "PD"]]


def test_the_last_assessment_before_the_infusion_is_baseline(study: Study) -> None:
    rows = derived(study, results((-40, 1, "15x10"), (-5, 2, "40x30"), (29, 6, "28x20")))
    assert rows["AVALC"].tolist() == ["PR"], "560 of 1200; against the first one it would be growth"


def test_what_was_read_after_the_start_of_a_timepoint_of_baseline_is_reported(study: Study) -> None:
    tr = results((-20, 1, "30x20"), (14, 1, "score 5"), (29, 6, "28x20"))
    trial = build(study, {**sdtm_of(), "TU": table(TU, IDENTIFIED), "TR": tr})
    rows = trial.adrs[trial.adrs["PARAMCD"] == "OVRDER"]
    assert rows[["ADY", "AVALC"]].to_numpy().tolist() == [[29, "SD"]]
    found = trial.findings[trial.findings["rule"] == "ADAM.LESIONS_AROUND_START"]
    assert found[["dataset", "variable", "key"]].to_numpy().tolist() == [["TR", "TRDTC", "TRSEQ=3"]]


def test_without_baseline_nothing_is_derived_and_a_finding_says_so(study: Study) -> None:
    trial = build(study, {**sdtm_of(), "TU": table(TU, IDENTIFIED), "TR": results((29, 6, "28x20"))})
    assert not (trial.adrs["PARAMCD"] == "OVRDER").any()
    found = trial.findings[trial.findings["rule"] == "ADAM.LESIONS_WITHOUT_BASELINE"]
    assert found[["severity", "usubjid"]].to_numpy().tolist() == [["warning", SUBJECT]]


def test_centimetres_are_read_as_such(study: Study) -> None:
    rows = derived(study, pd.concat([results((-20, 1, "30x20")), results((29, 6, "1.2x0.8"), unit="cm")]))
    assert rows["AVALC"].tolist() == ["PR"], "12 mm: normal on CT, without PET at most PR"


@pytest.mark.parametrize(
    ("before", "after", "response", "why"),
    [
        (134, 136, "SD", "0.2 cm is half of 0.4, not more"),
        (144, 151, "SD", "0.7 cm is half of 1.4, not more"),
        (134, 137, "PD", "0.3 cm is more than half of 0.4"),
        (136, 133, "SD", "0.3 of 0.6 cm is not more than half gone"),
        (136, 132, "PR", "0.4 of 0.6 cm is more than half gone"),
        (121, 141, "PD", "2 cm"),
    ],
)
def test_a_spleen_in_millimetres_counts_by_its_decimals(
    study: Study, before: int, after: int, response: str, why: str
) -> None:
    tr = results((-20, 1, f"30x20 spleen {before}"), (29, 6, f"20x15 spleen {after}"), organ="mm")
    assert derived(study, tr)["AVALC"].tolist() == [response], why


def test_a_length_without_a_unit_is_reported_and_not_used(study: Study) -> None:
    tr = results((-20, 1, "30x20"), (29, 6, "12x8"))
    tr["TRSTRESU"] = tr["TRSTRESU"].where(tr["VISITNUM"] == 1)
    trial = build(study, {**sdtm_of(), "TU": table(TU, IDENTIFIED), "TR": tr})
    rows = trial.adrs[trial.adrs["PARAMCD"] == "OVRDER"]
    assert rows["AVALC"].tolist() == ["NE"]
    assert (trial.findings["rule"] == "ADAM.LESION_UNIT").sum() == 2


def test_other_assessors_do_not_count(study: Study) -> None:
    tr = pd.concat(
        [results((-20, 1, "30x20"), (29, 6, "28x20")), results((29, 6, "50x40"), evaluator="INDEPENDENT ASSESSOR")]
    )
    assert derived(study, tr)["AVALC"].tolist() == ["SD"]


def test_the_length_of_the_liver_is_not_that_of_the_spleen(study: Study) -> None:
    rows = derived(study, results((-20, 1, "30x20 spleen 12 liver 14"), (29, 6, "12x8 spleen 12 liver 17")))
    assert rows["RSPCRIT"].tolist() == ["NO PET"]


def test_thresholds_are_settings(study: Study) -> None:
    tr = results((-20, 1, "30x20"), (29, 6, "12x8"))
    changed = with_settings(study, {"lugano": {"ct_complete_without_pet": "CR"}})
    assert derived(changed, tr)["AVALC"].tolist() == ["CR"]


def test_flags_are_those_of_any_timepoint_response(study: Study) -> None:
    tr = results((-20, 1, "30x20"), (29, 6, "12x8"), (91, 7, "30x24"), (183, 8, "12x8"))
    rows = derived(study, tr)
    assert rows["AVALC"].tolist() == ["PR", "PD", "PR"]
    assert rows["ANL02FL"].fillna("").tolist() == ["Y", "Y", ""]


def test_without_results_there_are_no_rows(study: Study) -> None:
    trial = build(study, {**sdtm_of(responses=[(29, "PR")]), "TU": table(TU, IDENTIFIED)})
    assert not (trial.adrs["PARAMCD"] == "OVRDER").any()
    assert trial.response("BOR24") == "PR"


@pytest.mark.parametrize("change", ["no TU", "other term", "no evaluator"])
def test_lesions_that_nobody_identified_are_not_evaluable(study: Study, change: str) -> None:
    tu = table(TU, IDENTIFIED)
    if change == "other term":
        tu["TUSTRESC"] = "MEASURED"
    if change == "no evaluator":
        tu = tu.drop(columns="TUEVAL")
    sdtm = {**sdtm_of(), "TR": results((-20, 1, "30x20"), (29, 6, "60x50"))}
    trial = build(study, sdtm if change == "no TU" else {**sdtm, "TU": tu})
    rows = trial.adrs[trial.adrs["PARAMCD"] == "OVRDER"]
    assert rows["AVALC"].tolist() == ["NE"]
    found = trial.findings[trial.findings["rule"] == "ADAM.LESIONS_NOT_IDENTIFIED"]
    assert found["usubjid"].tolist() == [SUBJECT]


def test_a_lesion_in_the_spleen_is_a_lesion(study: Study) -> None:
    identified = [(SUBJECT, "T01", "TUMIDENT", "TARGET EXTRA NODAL", "SPLEEN", None, "INVESTIGATOR", 1, when(-20))]
    tr = results((-20, 1, "30x20"), (29, 6, "60x50"))
    trial = build(study, {**sdtm_of(), "TU": table(TU, identified), "TR": tr})
    assert trial.adrs.loc[trial.adrs["PARAMCD"] == "OVRDER", "AVALC"].tolist() == ["PD"]


def test_baseline_is_the_last_reading_of_each_lesion(study: Study) -> None:
    """CT and PET before the infusion stand under two visits."""
    rows = derived(study, results((-20, 1, "40x30"), (-5, 2, "score 5"), (29, 6, "28x20")))
    assert rows["AVALC"].tolist() == ["PR"], "560 of 1200"


def test_a_target_without_baseline_cannot_be_compared(study: Study) -> None:
    rows = derived(study, results((-20, 1, "NE score 5"), (29, 6, "28x20"), (91, 7, "12x8")))
    assert rows[["AVALC", "RSPCRIT", "RSPLNKID"]].fillna("").to_numpy().tolist() == [
        ["NE", "NO BASELINE", "T01"],
        ["PR", "NO PET", ""],
    ]


def test_several_readers_are_reported_and_not_mixed(study: Study) -> None:
    first, second = results((-20, 1, "30x20"), (29, 6, "12x8")), results((-20, 1, "50x40"), (29, 6, "48x40"))
    tr = pd.concat([first.assign(TREVALID="READER 1"), second.assign(TREVALID="READER 2")], ignore_index=True)
    trial = build(study, {**sdtm_of(), "TU": table(TU, IDENTIFIED), "TR": tr})
    assert not (trial.adrs["PARAMCD"] == "OVRDER").any()
    assert "ADAM.LESION_READERS" in set(trial.findings["rule"])


def test_a_partial_date_is_reported_and_not_used(study: Study) -> None:
    trial = build(
        study, {**sdtm_of(), "TU": table(TU, IDENTIFIED), "TR": results((-20, 1, "30x20"), ("2024-02", 6, "12x8"))}
    )
    assert not (trial.adrs["PARAMCD"] == "OVRDER").any()
    found = trial.findings[trial.findings["rule"] == "ADAM.PARTIAL_ASSESSMENT_DATE"]
    assert found[["dataset", "key"]].to_numpy().tolist() == [["TR", "TRSEQ=3"], ["TR", "TRSEQ=4"]]


def test_only_lesions_that_arose_from_others_have_parents(study: Study) -> None:
    other = (SUBJECT, "T02", "TUMIDENT", "TARGET NODAL", "AXILLARY LYMPH NODE", "T01", "INVESTIGATOR", 1, when(-20))
    tr = results((-20, 1, "30x20"), (29, 6, "28x20"))
    second = results((-20, 1, "20x15"), (29, 6, "30x20")).assign(TRLNKID="T02")
    trial = build(study, {**sdtm_of(), "TU": table(TU, [*IDENTIFIED, other]), "TR": pd.concat([tr, second])})
    rows = trial.adrs[trial.adrs["PARAMCD"] == "OVRDER"]
    assert rows[["AVALC", "RSPLNKID"]].to_numpy().tolist() == [["PD", "T02"]]
