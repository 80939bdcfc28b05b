"""Planted errors: every kind occurs, is what it says, and stands in the list; nothing else changes."""

from pathlib import Path

import pandas as pd
import pytest

from simulation import SimulatedExport, simulate
from simulation.errors import KINDS
from simulation.write import write_planted
from specs.model.raw import RawContract
from specs.yaml_text import read_yaml

STUDY = Path(__file__).parents[3] / "specs" / "studies" / "cart1922"
KEYS = ["SUBJID", "EVENT", "EVENTSEQ", "FORMSEQ", "LINE"]


@pytest.fixture(scope="module")
def contract() -> RawContract:
    return RawContract.model_validate(read_yaml(STUDY / "raw.yaml", "raw.yaml").content)


@pytest.fixture(scope="module")
def clean(contract: RawContract) -> SimulatedExport:
    return simulate(STUDY, contract, subjects=800, seed=6)


@pytest.fixture(scope="module")
def damaged(contract: RawContract) -> SimulatedExport:
    return simulate(STUDY, contract, subjects=800, seed=6, error_rate=0.03)


def day(column: pd.Series) -> pd.Series:
    return pd.to_datetime(column, format="%d-%b-%Y", errors="coerce")


def records(damaged: SimulatedExport, kind: str) -> pd.DataFrame:
    """The records with an error of one kind, as they stand in the export."""
    listed = damaged.planted[damaged.planted["kind"] == kind]
    assert len(listed) > 0
    form = damaged.forms[listed["form"].iloc[0]]
    return form.iloc[listed["record"].astype(int).drop_duplicates() - 1]


def death(damaged: SimulatedExport, frame: pd.DataFrame) -> pd.Series:
    return frame["SUBJID"].map(day(damaged.forms["dth"].set_index("SUBJID")["DTHDAT"]))


class TestListing:
    def test_every_kind_is_planted_and_listed(self, damaged: SimulatedExport) -> None:
        assert set(damaged.planted["kind"]) == set(KINDS)
        assert len(KINDS) >= 40

    def test_the_list_has_the_columns_it_promises(self, damaged: SimulatedExport, tmp_path: Path) -> None:
        columns = ["kind", "form", "subject", "record", "column", "original", "planted"]
        assert list(damaged.planted.columns) == columns
        write_planted(damaged.planted, tmp_path / "errors.csv")
        assert (tmp_path / "errors.csv").read_text().splitlines()[0] == ",".join(columns)

    def test_the_list_names_the_cell_as_it_stands(self, damaged: SimulatedExport) -> None:
        listed = damaged.planted[damaged.planted["record"].notna()]
        for form, errors in listed.groupby("form"):
            frame = damaged.forms[form]
            for column, cells in errors.groupby("column"):
                found = frame[column].iloc[cells["record"].astype(int) - 1]
                assert found.fillna("").tolist() == cells["planted"].fillna("").tolist(), (form, column)

    def test_about_the_share_of_records_that_was_asked_for(self, damaged: SimulatedExport) -> None:
        cells = damaged.planted.drop_duplicates(["form", "record"])
        share = len(cells) / sum(len(frame) for frame in damaged.forms.values())
        assert 0.01 < share < 0.04

    def test_without_errors_nothing_is_listed(self, clean: SimulatedExport) -> None:
        assert clean.planted.empty
        assert len(clean.planted.columns) == 7

    def test_nothing_but_what_is_listed_differs(self, clean: SimulatedExport, damaged: SimulatedExport) -> None:
        for form, before in clean.forms.items():
            listed = damaged.planted[(damaged.planted["form"] == form)]
            touched = listed["record"].dropna().astype(int) - 1
            after = damaged.forms[form].drop(index=touched.unique())
            after = after[~((after["EVENT"] == "UNS") & (form == "vd"))]
            same = after.merge(before.assign(known=True), how="left")
            assert same["known"].notna().all(), form

    def test_the_clean_export_is_not_mutated(self, clean: SimulatedExport, contract: RawContract) -> None:
        again = simulate(STUDY, contract, subjects=800, seed=6)
        for form, frame in again.forms.items():
            pd.testing.assert_frame_equal(frame, clean.forms[form])


class TestIdentity:
    def test_records_lose_their_subject(self, damaged: SimulatedExport) -> None:
        assert records(damaged, "missing_subject")["SUBJID"].isna().all()

    def test_records_go_to_subjects_who_do_not_exist(self, clean: SimulatedExport, damaged: SimulatedExport) -> None:
        found = records(damaged, "unknown_subject")
        assert not found["SUBJID"].isin(clean.forms["dm"]["SUBJID"]).any()

    def test_subjects_are_missing_from_dm_or_there_twice(self, damaged: SimulatedExport) -> None:
        dm = damaged.forms["dm"]["SUBJID"]
        gone = damaged.planted[damaged.planted["kind"] == "subject_not_in_dm"]
        assert not gone["subject"].isin(dm).any()
        assert gone["subject"].isin(damaged.forms["vd"]["SUBJID"]).all()
        twice = records(damaged, "subject_twice_in_dm")["SUBJID"]
        assert (dm.value_counts().loc[twice] == 2).all()

    def test_a_duplicate_differs_from_its_record_by_the_line_only(self, damaged: SimulatedExport) -> None:
        found = records(damaged, "duplicate_record")
        cm = damaged.forms["cm"]
        items = [column for column in cm.columns if column != "LINE"]
        assert cm.duplicated(items, keep=False).loc[found.index].all()
        assert not cm.duplicated(keep=False).loc[found.index].any()

    def test_a_collision_has_the_same_keys_and_another_value(self, damaged: SimulatedExport) -> None:
        found = records(damaged, "key_collision")
        cm = damaged.forms["cm"]
        assert cm.duplicated(KEYS, keep=False).loc[found.index].all()
        assert not cm.duplicated(keep=False).loc[found.index].any()


class TestDates:
    @pytest.mark.parametrize(
        ("kind", "start", "end"),
        [("ae_end_before_start", "AESTDAT", "AEENDAT"), ("cm_end_before_start", "CMSTDAT", "CMENDAT")],
    )
    def test_records_end_before_they_start(self, damaged: SimulatedExport, kind: str, start: str, end: str) -> None:
        found = records(damaged, kind)
        assert (day(found[end]) < day(found[start])).all()

    def test_impossible_and_unreadable_dates(self, damaged: SimulatedExport) -> None:
        assert records(damaged, "impossible_date")["AEENDAT"].str.match(r"31-FEB-20\d\d$").all()
        assert records(damaged, "unreadable_date")["CMSTDAT"].str.match(r"\d\d/\d\d/\d\d$").all()

    def test_records_after_death(self, damaged: SimulatedExport) -> None:
        for kind, column in (("ae_after_death", "AESTDAT"), ("infusion_after_death", "INFDAT")):
            found = records(damaged, kind)
            assert (day(found[column]) > death(damaged, found)).all(), kind
        found = records(damaged, "assessment_after_death")
        scans = pd.DataFrame({"CT": day(found["CTDAT"]), "PET": day(found["PETDAT"])})
        assert (scans.min(axis=1) > death(damaged, found)).all()

    def test_dates_of_death_differ(self, damaged: SimulatedExport) -> None:
        found = records(damaged, "death_dates_differ")
        assert (day(found["EOSDAT"]) < death(damaged, found)).all()
        fatal = records(damaged, "fatal_event_date_differs")
        assert (day(fatal["AEENDAT"]) < death(damaged, fatal)).all()

    def test_dates_after_the_snapshot(self, damaged: SimulatedExport) -> None:
        assert (day(records(damaged, "date_after_snapshot")["AESTDAT"]) > pd.Timestamp("2025-09-30")).all()

    def test_responses_before_the_first_infusion(self, damaged: SimulatedExport) -> None:
        found = records(damaged, "response_before_infusion")
        first = day(damaged.forms["inf"]["INFDAT"]).groupby(damaged.forms["inf"]["SUBJID"]).min()
        scans = pd.DataFrame({"CT": day(found["CTDAT"]), "PET": day(found["PETDAT"])})
        assert (scans.max(axis=1) < found["SUBJID"].map(first)).all()

    def test_visits_out_of_order_and_without_date(self, damaged: SimulatedExport) -> None:
        found = records(damaged, "visit_out_of_order")
        visits = damaged.forms["vd"]
        first = visits[visits["EVENT"] == "M1"].set_index("SUBJID")["VDDAT"]
        assert (found["EVENT"] == "M3").all()
        assert (day(found["VDDAT"]) < found["SUBJID"].map(day(first))).all()
        undated = records(damaged, "visit_date_missing")
        assert undated["VDDAT"].isna().all()
        assert (undated["VDYN"].str.casefold() == "yes").all()


class TestValues:
    @pytest.mark.parametrize(
        ("kind", "column", "text"),
        [
            ("unmapped_outcome", "AEOUT", "Resolved (see source)"),
            ("unmapped_sex", "SEX", "Mal"),
            ("unmapped_reason", "EOSREAS", "Moved abroad"),
            ("unmapped_response", "OVRLRESP", "VGPR"),
            ("unusual_response", "OVRLRESP", "CRi"),
            ("dose_unit_wrong", "LDDOSU", "mg"),
        ],
    )
    def test_texts_that_nobody_expects(self, damaged: SimulatedExport, kind: str, column: str, text: str) -> None:
        assert (records(damaged, kind)[column] == text).all()

    @pytest.mark.parametrize(
        ("kind", "column"),
        [
            ("relationship_missing", "AEREL"),
            ("grade_missing", "AETOXGR"),
            ("dose_unit_missing", "INFDOSU"),
            ("infusion_date_missing", "INFDAT"),
            ("lab_unit_missing", "LBORRESU"),
        ],
    )
    def test_values_that_are_missing(self, damaged: SimulatedExport, kind: str, column: str) -> None:
        assert records(damaged, kind)[column].isna().all()

    def test_seriousness_and_criteria_disagree(self, damaged: SimulatedExport) -> None:
        criteria = ["AESDTH", "AESLIFE", "AESHOSP", "AESDISAB", "AESCONG", "AESMIE"]
        without = records(damaged, "serious_without_criterion")
        assert (without["AESER"].str.casefold() == "yes").all()
        assert not (without[criteria] == "Yes").any(axis=None)
        against = records(damaged, "criterion_without_serious")
        assert (against["AESER"].str.casefold() == "no").all()
        assert (against["AESHOSP"] == "Yes").all()

    def test_fatal_events_of_the_living(self, damaged: SimulatedExport) -> None:
        fatal, grade5 = records(damaged, "fatal_without_death"), records(damaged, "grade5_not_fatal")
        for found in (fatal, grade5):
            assert not found["SUBJID"].isin(damaged.forms["dth"]["SUBJID"]).any()
        assert (fatal["AEOUT"] == "Fatal").all()
        assert (grade5["AETOXGR"] == "5").all()
        assert (grade5["AEOUT"].str.casefold() != "fatal").all()

    def test_resolved_events_without_end_and_overlapping_events(self, damaged: SimulatedExport) -> None:
        found = records(damaged, "resolved_without_end")
        assert found["AEENDAT"].isna().all()
        assert found["AEOUT"].str.casefold().str.startswith("recovered").all()
        again = records(damaged, "overlapping_event")
        events = damaged.forms["ae"]
        for _, one in again.iterrows():
            same = events[(events["SUBJID"] == one["SUBJID"]) & (events["AEDECOD"] == one["AEDECOD"])]
            others = same[same["LINE"] != one["LINE"]]
            started = day(pd.Series([one["AESTDAT"]]))[0]
            assert ((day(others["AESTDAT"]) < started) & (day(others["AEENDAT"]) > started)).any()

    def test_doses_out_of_proportion(self, damaged: SimulatedExport) -> None:
        for kind, factor in (
            ("dose_tenfold", 10),
            ("dose_in_cells", 1_000_000),
            ("lab_value_tenfold", 10),
            ("cell_total_wrong", 10),
        ):
            listed = damaged.planted[damaged.planted["kind"] == kind]
            ratio = pd.to_numeric(listed["planted"]) / pd.to_numeric(listed["original"])
            assert ratio.round(6).eq(factor).all(), kind
        assert records(damaged, "dose_not_a_number")["LDDOSE"].str.match(r"\d+,5$").all()

    def test_products_in_the_wrong_order(self, damaged: SimulatedExport) -> None:
        found = records(damaged, "product_order")
        assert (found["EVENT"] == "INF1").all()
        assert (found["INFPROD"] == "CD22 CAR-T").all()


class TestClinic:
    def test_weights_in_pounds_are_called_kg(self, damaged: SimulatedExport) -> None:
        listed = damaged.planted[damaged.planted["kind"] == "weight_in_pounds_as_kg"]
        assert (records(damaged, "weight_in_pounds_as_kg")["WEIGHTU"] == "kg").all()
        ratio = pd.to_numeric(listed["planted"]) / pd.to_numeric(listed["original"])
        assert ratio.between(2.2, 2.21).all()

    def test_a_score_contradicts_its_grade(self, damaged: SimulatedExport) -> None:
        found = records(damaged, "ice_score_contradicts")
        assert (found["FXICE"] == "9").all()
        assert (found["FXGRADE"] == "3").all()

    def test_contacts_find_the_dead_alive(self, damaged: SimulatedExport) -> None:
        found = records(damaged, "survival_after_death")
        assert (found["SSSTAT"] == "Alive").all()
        assert (day(found["SSDAT"]) > death(damaged, found)).all()


class TestResponses:
    def test_the_same_scans_with_two_responses(self, damaged: SimulatedExport) -> None:
        found = records(damaged, "discordant_same_day")
        assert (found["EVENT"] == "UNS").all()
        pairs = found.merge(damaged.forms["rs"], on=["SUBJID"], suffixes=("", "_other"))
        same = pairs[pairs["CTDAT"].eq(pairs["CTDAT_other"]) | pairs["PETDAT"].eq(pairs["PETDAT_other"])]
        differs = same[same["OVRLRESP"] != same["OVRLRESP_other"]]
        assert set(differs["SUBJID"]) == set(found["SUBJID"])
        visits = damaged.forms["vd"][["SUBJID", "EVENT", "EVENTSEQ"]]
        assert len(found.merge(visits)) == len(found)

    def test_responses_in_an_order_that_nothing_explains(self, damaged: SimulatedExport) -> None:
        form = damaged.forms["rs"]
        scan = pd.DataFrame({"CT": day(form["CTDAT"]), "PET": day(form["PETDAT"])}).min(axis=1)
        complete = form[form["OVRLRESP"].isin(["CR", "CRi"])].assign(SCAN=scan)
        found = records(damaged, "progression_then_response")
        assert (found["OVRLRESP"] == "PD").all()
        assert (scan.loc[found.index] < found["SUBJID"].map(complete.groupby("SUBJID")["SCAN"].max())).all()
        found = records(damaged, "complete_then_partial")
        assert (found["OVRLRESP"] == "PR").all()
        assert (scan.loc[found.index] > found["SUBJID"].map(complete.groupby("SUBJID")["SCAN"].min())).all()
