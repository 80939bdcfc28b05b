"""A simulated export without planted errors holds no contradiction, and shows what happens in such a trial."""

from pathlib import Path

import pandas as pd
import pytest

from simulation import SimulatedExport, simulate
from specs.model.raw import RawContract
from specs.yaml_text import read_yaml

STUDY = Path(__file__).parents[3] / "specs" / "studies" / "cart1922"
SNAPSHOT = pd.Timestamp("2025-09-30")
DATES = {
    "ic": ["ICDAT"],
    "el": ["ELDAT"],
    "vd": ["VDDAT"],
    "lk": ["LKDAT"],
    "ld": ["LDDAT"],
    "inf": ["INFDAT"],
    "rs": ["CTDAT", "PETDAT"],
    "ae": ["AESTDAT", "AEENDAT"],
    "cm": ["CMSTDAT", "CMENDAT"],
    "pr": ["PRSTDAT", "PRENDAT"],
    "pd": ["PDDAT"],
    "eos": ["EOSDAT"],
    "dth": ["DTHDAT"],
    "dx": ["DXDAT", "DXRELDAT"],
    "mh": ["MHSTDAT", "MHENDAT"],
    "ps": ["PSDAT"],
    "vs": ["VSDAT"],
    "lb": ["LBDAT"],
    "fx": ["FXDAT"],
    "dv": ["DVSTDAT"],
    "gc": ["GCDAT"],
}


def contract() -> RawContract:
    return RawContract.model_validate(read_yaml(STUDY / "raw.yaml", "raw.yaml").content)


@pytest.fixture(scope="module")
def export() -> SimulatedExport:
    return simulate(STUDY, contract(), subjects=3000, seed=20)


def day(column: pd.Series) -> pd.Series:
    """Complete dates; partial ones are missing."""
    return pd.to_datetime(column, format="%d-%b-%Y", errors="coerce")


def earliest_possible(column: pd.Series) -> pd.Series:
    known = column.str.replace("UN-UNK-", "01-JAN-").str.replace("^UN-", "01-", regex=True)
    return pd.to_datetime(known, format="%d-%b-%Y")


def latest_possible(column: pd.Series) -> pd.Series:
    start = earliest_possible(column)
    end = start.mask(column.str.startswith("UN-"), start + pd.offsets.MonthEnd(0))
    return end.mask(column.str.startswith("UN-UNK-"), start + pd.offsets.YearEnd(0))


def says(column: pd.Series, text: str) -> pd.Series:
    return column.str.casefold().eq(text.casefold()).fillna(False)


def of_subject(frame: pd.DataFrame, column: pd.Series) -> pd.Series:
    """A value per subject (indexed by SUBJID) for each row of a form."""
    return frame["SUBJID"].map(column)


def infusions(export: SimulatedExport) -> pd.DataFrame:
    form = export.forms["inf"]
    return form[form["INFYN"] == "Yes"].assign(DAY=lambda rows: day(rows["INFDAT"]))


def first_infusion(export: SimulatedExport, product: str | None = None) -> pd.Series:
    given = infusions(export)
    return given[given["INFPROD"].eq(product) | (product is None)].groupby("SUBJID")["DAY"].min()


def deaths(export: SimulatedExport) -> pd.Series:
    return export.forms["dth"].set_index("SUBJID")["DTHDAT"]


def new_therapy(export: SimulatedExport) -> pd.Series:
    medication, procedure = export.forms["cm"], export.forms["pr"]
    medication = medication[medication["CMCAT"] == "New anti-cancer therapy"]
    procedure = procedure[procedure["PRCAT"] == "New anti-cancer therapy"]
    starts = pd.concat([medication.set_index("SUBJID")["CMSTDAT"], procedure.set_index("SUBJID")["PRSTDAT"]])
    return day(starts).groupby(level=0).min()


def responses(export: SimulatedExport) -> pd.DataFrame:
    form = export.forms["rs"]
    dates = pd.DataFrame({"CT": day(form["CTDAT"]), "PET": day(form["PETDAT"])})
    return form.assign(CT=dates["CT"], PET=dates["PET"], DAY=dates.min(axis=1), LAST=dates.max(axis=1))


class TestDates:
    def test_every_date_is_a_date_known_at_least_to_its_year(self, export: SimulatedExport) -> None:
        for form, columns in DATES.items():
            for column in columns:
                known = export.forms[form][column].dropna()
                assert known.str.fullmatch(r"(\d\d|UN)-([A-Z]{3}|UNK)-\d{4}").all(), (form, column)
                assert earliest_possible(known).notna().all(), (form, column)

    def test_nothing_is_later_than_the_snapshot(self, export: SimulatedExport) -> None:
        for form, columns in DATES.items():
            for column in columns:
                assert (earliest_possible(export.forms[form][column].dropna()) <= SNAPSHOT).all(), (form, column)

    def test_nothing_is_later_than_death(self, export: SimulatedExport) -> None:
        death = latest_possible(deaths(export))
        for form, columns in DATES.items():
            frame = export.forms[form]
            for column in columns:
                later = earliest_possible(frame[column]) > of_subject(frame, death)
                assert not later.any(), (form, column)

    def test_nothing_is_later_than_the_last_contact(self, export: SimulatedExport) -> None:
        eos = export.forms["eos"]
        last = latest_possible(eos.set_index("SUBJID")["EOSDAT"])
        for form, columns in DATES.items():
            frame = export.forms[form]
            for column in columns:
                later = earliest_possible(frame[column]) > of_subject(frame, last)
                assert not later.any(), (form, column)

    @pytest.mark.parametrize(
        ("form", "start", "end"),
        [
            ("ae", "AESTDAT", "AEENDAT"),
            ("cm", "CMSTDAT", "CMENDAT"),
            ("pr", "PRSTDAT", "PRENDAT"),
            ("mh", "MHSTDAT", "MHENDAT"),
        ],
    )
    def test_nothing_ends_before_it_starts(self, export: SimulatedExport, form: str, start: str, end: str) -> None:
        frame = export.forms[form]
        assert not (latest_possible(frame[end]) < earliest_possible(frame[start])).any()

    def test_scheduled_visits_are_in_order(self, export: SimulatedExport) -> None:
        order = ["SCR", "LEUK", "LD", "INF1", "INF2", "M1", "M3", "M6", "M9", "M12", "M18", "M24"]
        visits = export.forms["vd"].assign(DAY=lambda rows: day(rows["VDDAT"]))
        visits = visits[visits["EVENT"].isin(order) & visits["DAY"].notna()]
        visits = visits.assign(PLACE=visits["EVENT"].map(order.index)).sort_values(["SUBJID", "PLACE"])
        assert (visits.groupby("SUBJID")["DAY"].diff().dropna() >= pd.Timedelta(0)).all()


class TestKeys:
    def test_records_are_unique_by_their_keys(self, export: SimulatedExport) -> None:
        keys = ["SUBJID", "EVENT", "EVENTSEQ", "FORMSEQ", "LINE"]
        for form, frame in export.forms.items():
            assert not frame.duplicated(keys).any(), form

    def test_every_record_belongs_to_a_subject_of_dm_and_its_site(self, export: SimulatedExport) -> None:
        dm = export.forms["dm"].set_index("SUBJID")
        assert dm.index.is_unique
        for form, frame in export.forms.items():
            assert frame["SUBJID"].isin(dm.index).all(), form
            assert (frame["SUBJID"].str.slice(0, 2) == frame["SITEID"]).all(), form

    def test_subject_numbers_follow_the_order_of_consent_within_a_site(self, export: SimulatedExport) -> None:
        consent = export.forms["ic"].assign(DAY=lambda rows: day(rows["ICDAT"]))
        assert (consent.groupby("SITEID")["DAY"].diff().dropna() >= pd.Timedelta(0)).all()
        assert list(consent["SUBJID"].head(2)) == ["01-0001", "01-0002"]


class TestTreatment:
    def test_a_given_dose_has_date_dose_unit_and_lot(self, export: SimulatedExport) -> None:
        given = export.forms["inf"].query("INFYN == 'Yes'")
        assert given[["INFPROD", "INFDAT", "INFTIM", "INFDOSE", "INFDOSU", "INFLOT"]].notna().all(axis=None)
        assert pd.to_numeric(given["INFDOSE"]).between(0.1, 4.0).all()

    def test_a_dose_not_given_has_a_reason_and_nothing_else(self, export: SimulatedExport) -> None:
        refused = export.forms["inf"].query("INFYN == 'No'")
        assert refused["INFREAS"].notna().all()
        assert refused[["INFDAT", "INFTIM", "INFDOSE", "INFDOSU", "INFLOT"]].isna().all(axis=None)

    def test_cd22_follows_cd19_by_ten_to_twenty_days(self, export: SimulatedExport) -> None:
        first = infusions(export).groupby(["INFPROD", "SUBJID"])["DAY"].min()
        assert (first["CD22 CAR-T"] - first["CD19 CAR-T"]).dropna().dt.days.between(10, 20).all()

    def test_leukapheresis_then_lymphodepletion_then_infusion(self, export: SimulatedExport) -> None:
        first = first_infusion(export)
        collection = day(export.forms["lk"].set_index("SUBJID")["LKDAT"]).groupby(level=0).min()
        depletion = day(export.forms["ld"].set_index("SUBJID")["LDDAT"]).groupby(level=0).agg(["min", "max"])
        assert (collection.reindex(first.index) < depletion["min"].reindex(first.index)).all()
        assert ((first - depletion["max"].reindex(first.index)).dt.days >= 2).all()

    def test_only_eligible_subjects_are_treated(self, export: SimulatedExport) -> None:
        eligible = export.forms["el"].query("ELYN == 'Yes'")["SUBJID"]
        for form in ("lk", "ld", "inf", "rs", "pd"):
            assert export.forms[form]["SUBJID"].isin(eligible).all(), form


class TestResponses:
    def test_every_assessment_has_a_date_after_the_first_infusion_and_a_result(self, export: SimulatedExport) -> None:
        found = responses(export)
        assert (found["DAY"] > of_subject(found, first_infusion(export))).all()
        assert found["OVRLRESP"].isin(["CR", "PR", "SD", "PD", "NE"]).all()
        assert (found["METBRESP"].notna() == found["PET"].notna()).all()
        assert (found["ANATRESP"].notna() == found["CT"].notna()).all()
        assert (found["NEREAS"].notna() == (found["OVRLRESP"] == "NE")).all()

    def test_one_date_has_one_response(self, export: SimulatedExport) -> None:
        found = responses(export)
        scans = pd.concat(
            [
                found[["SUBJID", "CT", "OVRLRESP"]].rename(columns={"CT": "SCAN"}),
                found[["SUBJID", "PET", "OVRLRESP"]].rename(columns={"PET": "SCAN"}),
            ]
        ).dropna()
        assert not scans.drop_duplicates().duplicated(["SUBJID", "SCAN"]).any()

    def test_pet_decides_where_it_was_done(self, export: SimulatedExport) -> None:
        found = responses(export).dropna(subset=["PETDAT"])
        expected = {"CMR": "CR", "PMR": "PR", "NMR": "SD", "PMD": "PD", "NE": "NE"}
        assert (found["METBRESP"].map(expected) == found["OVRLRESP"]).all()

    def test_no_response_follows_progression_without_new_therapy(self, export: SimulatedExport) -> None:
        found = responses(export)
        progression = found[found["OVRLRESP"] == "PD"].groupby("SUBJID")["DAY"].min()
        therapy = of_subject(found, new_therapy(export))
        untreated = ~(therapy < found["DAY"])
        later = (found["DAY"] > of_subject(found, progression)) & untreated
        assert later.any()
        assert not (later & found["OVRLRESP"].isin(["CR", "PR", "SD"])).any()

    def test_no_partial_follows_complete_response(self, export: SimulatedExport) -> None:
        found = responses(export)
        complete = found[found["OVRLRESP"] == "CR"].groupby("SUBJID")["DAY"].min()
        untreated = ~(of_subject(found, new_therapy(export)) < found["DAY"])
        later = (found["DAY"] > of_subject(found, complete)) & untreated
        assert not (later & found["OVRLRESP"].isin(["PR", "SD"])).any()

    def test_assessments_fall_into_events_with_a_visit(self, export: SimulatedExport) -> None:
        visits = export.forms["vd"]
        attended = visits[says(visits["VDYN"], "Yes")][["SUBJID", "EVENT", "EVENTSEQ"]].fillna("")
        found = export.forms["rs"][["SUBJID", "EVENT", "EVENTSEQ"]].fillna("")
        assert len(found.merge(attended)) == len(found)


class TestAdverseEvents:
    def test_serious_events_have_a_criterion_and_others_none(self, export: SimulatedExport) -> None:
        events = export.forms["ae"]
        met = (events[["AESDTH", "AESLIFE", "AESHOSP", "AESDISAB", "AESCONG", "AESMIE"]] == "Yes").any(axis=1)
        assert (says(events["AESER"], "Yes") == met).all()

    def test_fatal_grade_five_and_death_go_together(self, export: SimulatedExport) -> None:
        events = export.forms["ae"]
        fatal = says(events["AEOUT"], "Fatal")
        assert fatal.any()
        assert (fatal == (events["AETOXGR"] == "5")).all()
        assert (fatal == (events["AESDTH"] == "Yes")).all()
        assert (events.loc[fatal, "AEENDAT"] == of_subject(events[fatal], deaths(export))).all()
        assert events.loc[fatal, "SUBJID"].is_unique

    def test_the_end_of_study_gives_the_same_date_of_death(self, export: SimulatedExport) -> None:
        eos = export.forms["eos"].query("EOSREAS == 'Death'").set_index("SUBJID")["EOSDAT"]
        assert eos.sort_index().equals(deaths(export).sort_index().rename("EOSDAT"))

    def test_ongoing_events_have_no_end_and_resolved_ones_have(self, export: SimulatedExport) -> None:
        events = export.forms["ae"]
        ongoing = says(events["AEONGO"], "Yes")
        assert (events["AEENDAT"].isna() == ongoing).all()
        resolved = events["AEOUT"].str.casefold().str.startswith("recovered") | says(events["AEOUT"], "Fatal")
        assert (resolved == ~ongoing).all()

    def test_events_of_one_term_do_not_overlap(self, export: SimulatedExport) -> None:
        events = export.forms["ae"].assign(
            START=lambda rows: day(rows["AESTDAT"]), END=lambda rows: day(rows["AEENDAT"])
        )
        events = events.dropna(subset=["START"]).sort_values(["SUBJID", "AEDECOD", "START"])
        last = events["END"].groupby([events["SUBJID"], events["AEDECOD"]]).shift()
        assert not (events["START"] <= last).any()

    def test_nothing_is_related_to_what_was_not_yet_given(self, export: SimulatedExport) -> None:
        events = export.forms["ae"]
        start = latest_possible(events["AESTDAT"])
        for product, column in (("CD19 CAR-T", "AEREL19"), ("CD22 CAR-T", "AEREL22")):
            given = first_infusion(export, product)
            before = ~(start >= of_subject(events, given))
            assert not (before & says(events[column], "Related")).any()

    def test_overall_relationship_sums_up_the_others(self, export: SimulatedExport) -> None:
        events = export.forms["ae"]
        parts = [says(events[column], "Related") for column in ("AERELLD", "AEREL19", "AEREL22")]
        assert (says(events["AEREL"], "Related") == (parts[0] | parts[1] | parts[2])).all()

    def test_syndromes_follow_an_infusion_within_days_and_have_both_grades(self, export: SimulatedExport) -> None:
        events = export.forms["ae"].query("AEAESI == 'CRS'")
        assert events["ASTCTGR"].isin(["1", "2", "3", "4"]).all()
        assert events["AETOXGR"].isin(["1", "2", "3", "4"]).all()
        assert (events["ASTCTGR"] != events["AETOXGR"]).any()
        pairs = events[["SUBJID", "AESTDAT"]].merge(infusions(export)[["SUBJID", "DAY"]])
        since = (day(pairs["AESTDAT"]) - pairs["DAY"]).dt.days
        nearest = since.where(since >= 0).groupby([pairs["SUBJID"], pairs["AESTDAT"]]).min()
        assert nearest.between(0, 10).all()


class TestLife:
    """What must occur somewhere among many subjects."""

    def test_every_ending_occurs(self, export: SimulatedExport) -> None:
        assert set(export.forms["eos"]["EOSREAS"]) == {
            "Completed",
            "Death",
            "Withdrawal by subject",
            "Lost to follow-up",
            "Progressive disease",
            "Physician decision",
            "Screen failure",
            "Manufacturing failure",
        }
        assert len(export.forms["eos"]) < len(export.forms["dm"])

    def test_subjects_get_both_products_one_or_none(self, export: SimulatedExport) -> None:
        received = infusions(export).groupby("SUBJID")["INFPROD"].agg(lambda products: "+".join(sorted(set(products))))
        counts = received.value_counts(normalize=True)
        assert counts["CD19 CAR-T+CD22 CAR-T"] > 0.6
        assert 0.08 < counts["CD19 CAR-T"] < 0.3
        assert 0.01 < counts["CD22 CAR-T"] < 0.1
        assert len(received) < export.forms["lk"]["SUBJID"].nunique()

    def test_some_doses_are_split(self, export: SimulatedExport) -> None:
        parts = infusions(export).groupby(["SUBJID", "INFPROD"])["DAY"].agg(["size", "min", "max"])
        split = parts[parts["size"] == 2]
        assert len(split) > 50
        assert ((split["max"] - split["min"]).dt.days == 1).all()

    def test_visits_are_missed_late_and_unscheduled(self, export: SimulatedExport) -> None:
        visits = export.forms["vd"]
        missed = visits[says(visits["VDYN"], "No")]
        assert len(missed) > 50
        assert missed["VDREAS"].notna().all()
        assert missed["VDDAT"].isna().all()
        unscheduled = visits[visits["EVENT"] == "UNS"]
        assert len(unscheduled) > 50
        assert unscheduled["EVENTSEQ"].isin(["1", "2", "3", "4"]).all()
        month3 = visits[(visits["EVENT"] == "M3") & visits["VDDAT"].notna()]
        study_day = (day(month3["VDDAT"]) - of_subject(month3, first_infusion(export))).dt.days + 1
        assert (study_day > 105).any()
        assert (study_day < 77).any()
        assert study_day.between(77, 105).mean() > 0.9

    def test_scans_of_one_visit_fall_on_different_dates_at_times(self, export: SimulatedExport) -> None:
        found = responses(export).dropna(subset=["CT", "PET"])
        assert 0.1 < (found["CT"] != found["PET"]).mean() < 0.5

    def test_same_day_reports_agree(self, export: SimulatedExport) -> None:
        found = responses(export).dropna(subset=["CT"])
        assert found.duplicated(["SUBJID", "CT"]).any()

    def test_partial_dates_occur(self, export: SimulatedExport) -> None:
        for form, column in (("ae", "AESTDAT"), ("cm", "CMSTDAT"), ("dth", "DTHDAT")):
            dates = export.forms[form][column]
            assert dates.str.match(r"UN-[A-Z]{3}-").any(), (form, column)
            assert dates.str.startswith("UN-UNK-").any(), (form, column)

    def test_text_comes_in_mixed_case_and_with_signs(self, export: SimulatedExport) -> None:
        assert {"Related", "RELATED", "related", "NOT RELATED"} <= set(export.forms["ae"]["AEREL"])
        terms = export.forms["ae"]["AETERM"]
        assert all(terms.str.contains(sign, regex=False).any() for sign in ',"&<')

    def test_responses_and_progression_are_those_of_such_a_trial(self, export: SimulatedExport) -> None:
        first = first_infusion(export)
        treated = first[first < pd.Timestamp("2025-05-01")].index
        found = responses(export)
        found = found[found["SUBJID"].isin(treated)]
        early = found[(found["DAY"] - of_subject(found, first)).dt.days < 105]

        def share(frame: pd.DataFrame, *results: str) -> float:
            return frame[frame["OVRLRESP"].isin(results)]["SUBJID"].nunique() / len(treated)

        assert 0.58 < share(early, "CR", "PR") < 0.74
        assert 0.38 < share(early, "CR") < 0.52
        assert 0.3 < share(found, "PD") < 0.6

    def test_syndromes_are_as_frequent_as_expected(self, export: SimulatedExport) -> None:
        events = export.forms["ae"]
        infused = len(first_infusion(export))
        crs = events[events["AEAESI"] == "CRS"]["SUBJID"].nunique() / infused
        icans = events[events["AEAESI"] == "ICANS"]["SUBJID"].nunique() / infused
        assert 0.7 < crs < 0.9
        assert 0.15 < icans < 0.4
        tocilizumab = export.forms["cm"].query("CMTRT == 'Tocilizumab'")
        assert tocilizumab["SUBJID"].isin(events[events["AEAESI"] == "CRS"]["SUBJID"]).all()
