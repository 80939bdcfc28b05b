"""Each kind of error that the simulation plants is found by the rule that is there for it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from simulation.errors import KINDS
from tests.e2e.conftest import call

pytestmark = pytest.mark.slow

#: The rule that finds each kind in every subject in whom it was planted.
FOUND_BY = {
    "ae_after_death": "DQ.AE_AFTER_DEATH",
    "ae_end_before_start": "DQ.AE_END_BEFORE_START",
    "assessment_after_death": "DQ.ASSESSMENT_AFTER_DEATH",
    "cell_total_wrong": "CELL.DOSE_PER_KG",
    "cm_end_before_start": "SDTM.DATE_ORDER",
    "complete_response_with_large_node": "LESION.CR_WITH_LARGE_TARGET",
    "complete_then_partial": "DQ.CR_THEN_PR",
    "criterion_without_serious": "DQ.CRITERION_NOT_SERIOUS",
    "date_after_snapshot": "DQ.AFTER_SNAPSHOT",
    "death_dates_differ": "SDTM.DEATH_DISPOSITION",
    "discordant_same_day": "DQ.SAME_DATE_RESPONSES",
    "dose_in_cells": "DQ.DOSE_IMPLAUSIBLE",
    "dose_not_a_number": "MAP.NUMBER",
    "dose_tenfold": "DQ.DOSE_IMPLAUSIBLE",
    "dose_unit_missing": "DQ.DOSE_UNIT_MISSING",
    "dose_unit_wrong": "DQ.DOSE_UNIT",
    "duplicate_record": "RAW.DUPLICATE_RECORD",
    "fatal_event_date_differs": "DQ.DEATH_DATES",
    "fatal_without_death": "DQ.FATAL_WITHOUT_DEATH",
    "grade5_not_fatal": "DQ.GRADE5_NOT_FATAL",
    "grade_missing": "DQ.GRADE_MISSING",
    "ice_score_contradicts": "CELL.ICE_GRADE",
    "impossible_date": "MAP.DATE_IMPOSSIBLE",
    "infusion_after_death": "DQ.EX_AFTER_DEATH",
    "infusion_date_missing": "DQ.INFUSION_DATE_MISSING",
    "key_collision": "RAW.KEY_COLLISION",
    "lab_unit_missing": "MAP.UNIT",
    "lesion_never_identified": "LESION.NOT_IDENTIFIED",
    "missing_subject": "RAW.NOSUBJECT",
    "new_lesion_not_pd": "LESION.NEW_NOT_PD",
    "overlapping_event": "DQ.OVERLAPPING_EVENTS",
    "perpendicular_longer": "LESION.PERPENDICULAR",
    "pet_score_contradicts": "LESION.METABOLIC_SCORE",
    "product_order": "CELL.PRODUCT_SKIPPED",
    "progression_then_response": "DQ.RESPONSE_AFTER_PD",
    "relationship_missing": "DQ.RELATIONSHIP_MISSING",
    "resolved_without_end": "DQ.RESOLVED_WITHOUT_END",
    "response_before_infusion": "DQ.RESPONSE_BEFORE_INFUSION",
    "serious_without_criterion": "DQ.SERIOUS_CRITERION",
    "spd_wrong": "LESION.SPD",
    "subject_not_in_dm": "RAW.UNKNOWN_SUBJECT",
    "subject_twice_in_dm": "RAW.DUPLICATE_SUBJECT",
    "survival_after_death": "DQ.ALIVE_AFTER_DEATH",
    "target_not_measured": "LESION.MISSING_AT_TIMEPOINT",
    "unknown_subject": "RAW.UNKNOWN_SUBJECT",
    "unmapped_outcome": "MAP.UNMAPPED",
    "unmapped_reason": "MAP.UNMAPPED",
    "unmapped_response": "DQ.RESPONSE_UNKNOWN",
    "unmapped_sex": "MAP.UNMAPPED",
    "unreadable_date": "MAP.DATE_FORMAT",
    "unusual_response": "DQ.RESPONSE_UNUSUAL",
    "visit_date_missing": "DQ.VISIT_DATE_MISSING",
    "visit_out_of_order": "DQ.VISIT_ORDER",
}
#: Kinds that can look like sound data, so that their rule finds only some: ten times a laboratory value can be
#: plausible, one size of a lesion in cm has none before or after it to compare with, and a weight counts for a dose
#: only.
SOME_FOUND_BY = {
    "lab_value_tenfold": "MAP.IMPLAUSIBLE",
    "lesion_unit": "LESION.TENFOLD",
    "weight_in_pounds_as_kg": "CELL.DOSE_PER_KG",
}
#: Kinds of which the finding names the subject as it was planted, or none.
AS_PLANTED = ("unknown_subject", "missing_subject")


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What was planted in 200 subjects, and the findings of the run that it stopped.

    A subject who was taken out of DM has no record that a further rule could read, so what else was planted there is
    left out.
    """
    folder = tmp_path_factory.mktemp("planted")
    export = folder / "export.xml"
    made = call("simulate", "cart1922", "--subjects", "200", "--seed", "7", "--error-rate", "0.02", "--out", export)
    assert made.code == 0, made.err
    assert call("run", "cart1922", "--raw", export, "--out", folder / "run", "--no-prefect").code != 0
    planted = _read(Path(f"{export}.errors.csv"))
    apart = planted["kind"] == "subject_not_in_dm"
    planted = planted[apart | ~planted["subject"].isin(planted.loc[apart, "subject"])]
    return planted, _read(folder / "run.stopped" / "findings" / "findings.csv")


def _read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype="str", keep_default_na=False)


def _subjects(findings: pd.DataFrame, rule: str) -> set[str]:
    return set(findings.loc[findings["rule"] == rule, "usubjid"].str.removeprefix("CART1922-"))


def test_every_kind_has_its_rule_and_was_planted(listed: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    assert {*FOUND_BY, *SOME_FOUND_BY} == set(KINDS) == set(listed[0]["kind"])


@pytest.mark.parametrize("kind", FOUND_BY)
def test_a_planted_error_is_found_in_each_subject(kind: str, listed: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    planted, findings = listed
    column = "planted" if kind in AS_PLANTED else "subject"
    subjects = set(planted.loc[planted["kind"] == kind, column])
    assert subjects
    assert len(subjects - _subjects(findings, FOUND_BY[kind])) == 0


@pytest.mark.parametrize("kind", SOME_FOUND_BY)
def test_an_error_that_can_look_sound_is_found_in_some(kind: str, listed: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    planted, findings = listed
    subjects = set(planted.loc[planted["kind"] == kind, "subject"])
    assert len(subjects & _subjects(findings, SOME_FOUND_BY[kind])) >= 5
