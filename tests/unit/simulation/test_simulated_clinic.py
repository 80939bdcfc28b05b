"""History, visits and logs of a simulated export agree with treatment, events and deaths."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from clinical.errors import SpecError
from simulation import SimulatedExport, load_plan, simulate
from simulation.adverse_events import Events, event_lines
from specs.model.raw import RawContract
from specs.model.simulation import SimulationPlan
from specs.yaml_text import read_yaml

STUDY = Path(__file__).parents[3] / "specs" / "studies" / "cart1922"
FULL = {
    "Haemoglobin",
    "White blood cells",
    "Neutrophils",
    "Lymphocytes",
    "Platelets",
    "Alanine aminotransferase",
    "Aspartate aminotransferase",
    "Bilirubin, total",
    "Creatinine",
    "Lactate dehydrogenase",
    "C-reactive protein",
    "Ferritin",
    "Potassium",
    "Calcium",
    "Immunoglobulin G",
}
AMERICAN = {
    "Hemoglobin": "g/dL",
    "Neutrophils": "10^3/uL",
    "Creatinine": "mg/dL",
    "Ferritin": "ng/mL",
    "Potassium": "mEq/L",
    "Immunoglobulin G": "mg/dL",
}


@pytest.fixture(scope="module")
def contract() -> RawContract:
    return RawContract.model_validate(read_yaml(STUDY / "raw.yaml", "raw.yaml").content)


@pytest.fixture(scope="module")
def export(contract: RawContract) -> SimulatedExport:
    return simulate(STUDY, contract, subjects=1500, seed=20)


def day(column: pd.Series) -> pd.Series:
    return pd.to_datetime(column, format="%d-%b-%Y", errors="coerce")


def number(column: pd.Series) -> pd.Series:
    return pd.to_numeric(column, errors="coerce")


def by_subject(export: SimulatedExport, form: str, column: str) -> pd.Series:
    return export.forms[form].set_index("SUBJID")[column]


def country(export: SimulatedExport, frame: pd.DataFrame) -> pd.Series:
    return frame["SUBJID"].map(by_subject(export, "dm", "COUNTRY"))


def with_event(export: SimulatedExport, form: str, line: str) -> pd.DataFrame:
    """The rows of a form that name an adverse event, with that event's columns."""
    frame = export.forms[form].dropna(subset=[line])
    events = export.forms["ae"].drop(columns=["SITEID", "EVENT", "EVENTSEQ", "FORMSEQ"])
    return frame.merge(events, left_on=["SUBJID", line], right_on=["SUBJID", "LINE"], suffixes=("", "_AE"), how="left")


class TestEventLines:
    def test_events_are_numbered_by_subject_start_and_term(self) -> None:
        def ints(*values: int) -> np.ndarray:
            return np.array(values, dtype="int64")

        events = Events(
            subject=ints(1, 0, 0, 0, 1),
            term=ints(3, 9, 2, 1, 0),
            source=ints(0, 0, 0, 0, 0),
            start=np.array([50.0, 20.0, 10.0, 20.0, 60.0]),
            end=np.array([51.0, 21.0, 11.0, 21.0, 61.0]),
            grade=ints(1, 1, 1, 1, 1),
            astct=ints(0, 0, 0, 0, 0),
            product=ints(-1, -1, -1, -1, -1),
        )
        assert event_lines(events).tolist() == [1, 3, 1, 2, 2]


class TestSchedule:
    """Which forms are collected at which events, in the study's contract and in the data."""

    #: CT and PET are made at every visit that has a window; DOMAIN.md and TV know no other day for them.
    ASSESSED = ("M1", "M3", "M6", "M9", "M12", "M18", "M24", "UNS")

    def test_responses_and_lesions_are_collected_until_month_24(self, contract: RawContract) -> None:
        assert contract.forms["rs"].events == self.ASSESSED
        assert contract.forms["nl"].events == self.ASSESSED
        for form in ("tl", "nt", "og"):
            assert contract.forms[form].events == ("SCR", *self.ASSESSED), form

    def test_subjects_in_follow_up_are_assessed_at_month_24(self, export: SimulatedExport) -> None:
        for form in ("rs", "tl", "og"):
            assert "M24" in set(export.forms[form]["EVENT"]), form

    def test_every_form_is_collected_where_the_contract_expects_it_and_nowhere_else(
        self, export: SimulatedExport, contract: RawContract
    ) -> None:
        seldom = {("nl", "M24")}
        for form, declared in contract.forms.items():
            found = set(export.forms[form]["EVENT"].dropna())
            assert found <= set(declared.events), form
            assert {(form, event) for event in set(declared.events) - found} <= seldom, form


class TestHistory:
    def test_every_subject_has_one_history_of_the_lymphoma(self, export: SimulatedExport) -> None:
        dx = export.forms["dx"]
        assert sorted(dx["SUBJID"]) == sorted(export.forms["dm"]["SUBJID"])
        assert dx.drop(columns=["EVENTSEQ", "FORMSEQ"]).filter(like="DX").notna().all(axis=None)
        assert dx["DXDAT"].str.startswith("UN-UNK-").any()
        assert dx["DXDAT"].str.match(r"UN-[A-Z]{3}-").any()

    def test_diagnosis_lies_before_every_prior_therapy_and_relapse_before_consent(
        self, export: SimulatedExport
    ) -> None:
        cm = export.forms["cm"]
        prior = cm[cm["CMCAT"] == "Prior anti-cancer therapy"]
        first = day(prior["CMSTDAT"]).groupby(prior["SUBJID"]).min()
        last = day(prior["CMENDAT"]).groupby(prior["SUBJID"]).max()
        dx = export.forms["dx"].set_index("SUBJID")
        diagnosis, relapse = day(dx["DXDAT"]), day(dx["DXRELDAT"])
        for complete in (diagnosis - first.reindex(dx.index), relapse - last.reindex(dx.index)):
            assert complete.notna().sum() > 100
        assert (diagnosis - first.reindex(dx.index)).dropna().lt(pd.Timedelta(0)).all()
        assert (relapse - last.reindex(dx.index)).dropna().gt(pd.Timedelta(0)).all()
        assert (relapse - day(by_subject(export, "ic", "ICDAT"))).dropna().le(pd.Timedelta(0)).all()

    def test_lasting_medication_has_its_condition(self, export: SimulatedExport) -> None:
        mh, cm = export.forms["mh"], export.forms["cm"]
        for drug, term in (
            ("Metoprolol", "Hypertension"),
            ("Metformin", "Diabetes mellitus type 2"),
            ("Levothyroxine", "Hypothyroidism"),
        ):
            condition = mh[mh["MHTERM"] == term]
            assert set(condition["SUBJID"]) == set(cm[cm["CMTRT"] == drug]["SUBJID"])
            assert condition["MHONGO"].str.casefold().eq("yes").all()

    def test_conditions_go_on_or_have_an_end_before_consent(self, export: SimulatedExport) -> None:
        mh = export.forms["mh"]
        goes_on = mh["MHONGO"].str.casefold() == "yes"
        assert (mh["MHENDAT"].isna() == goes_on).all()
        assert 0.2 < goes_on.mean() < 0.95
        consent = mh["SUBJID"].map(day(by_subject(export, "ic", "ICDAT")))
        assert not (day(mh["MHENDAT"]) >= consent).any()

    def test_prior_procedures_lie_before_consent_and_are_no_transplants_of_the_trial(
        self, export: SimulatedExport
    ) -> None:
        pr = export.forms["pr"]
        prior = pr[pr["PRCAT"] == "Prior therapy"]
        assert set(prior["PRTRT"]) == {
            "Autologous stem cell transplant",
            "Radiotherapy, mediastinum 36 Gy",
            "Radiotherapy, neck 30 Gy",
            "Radiotherapy, bulky lesion 40 Gy",
        }
        consent = prior["SUBJID"].map(day(by_subject(export, "ic", "ICDAT")))
        assert day(prior["PRENDAT"]).notna().any()
        assert not (day(prior["PRENDAT"]) >= consent).any()
        assert (prior["PRSTDAT"].str[-4:].astype(int) <= consent.dt.year).all()

    def test_performance_is_worse_before_death(self, export: SimulatedExport) -> None:
        ps = export.forms["ps"].assign(SCORE=lambda rows: number(rows["PSSCORE"]))
        assert ps["SCORE"].isin([0, 1, 2, 3, 4]).all()
        left = (ps["SUBJID"].map(day(by_subject(export, "dth", "DTHDAT"))) - day(ps["PSDAT"])).dt.days
        assert ps.loc[left <= 45, "SCORE"].mean() > ps["SCORE"].mean() + 1
        el = export.forms["el"].set_index("SUBJID")
        screening = ps[ps["EVENT"] == "SCR"].set_index("SUBJID")["SCORE"]
        assert (screening.reindex(el.index[el["ELREAS"] == "ECOG performance status >2"]) == 3).all()
        assert screening.reindex(el.index[el["ELYN"] == "Yes"]).le(2).all()


class TestVitalSigns:
    def test_units_are_those_of_the_country(self, export: SimulatedExport) -> None:
        vs = export.forms["vs"]
        american = country(export, vs) == "United States"
        for column, units in (("TEMP", ("F", "C")), ("WEIGHT", ("LB", "kg")), ("HEIGHT", ("in", "cm"))):
            found = vs.loc[vs[column].notna(), f"{column}U"]
            assert (found == np.where(american[found.index], *units)).all()
            assert vs.loc[vs[column].isna(), f"{column}U"].isna().all()
        assert number(vs.loc[american, "TEMP"]).dropna().between(96, 105).all()
        assert number(vs.loc[~american, "TEMP"]).dropna().between(35.5, 40.5).all()

    def test_height_and_weight_are_measured_where_the_plan_says(self, export: SimulatedExport) -> None:
        vs = export.forms["vs"]
        assert set(vs.loc[vs["HEIGHT"].notna(), "EVENT"]) == {"SCR"}
        assert set(vs.loc[vs["WEIGHT"].notna(), "EVENT"]) == {"SCR", "LEUK", "LD"}

    def test_where_nothing_was_measured_a_reason_stands(self, export: SimulatedExport) -> None:
        vs = export.forms["vs"]
        nothing = vs["VSREAS"].notna()
        columns = ["VSTIM", "SYSBP", "DIABP", "PULSE", "RESP", "TEMP", "OXYSAT", "WEIGHT", "HEIGHT"]
        assert vs.loc[nothing, columns].isna().all(axis=None)
        assert vs.loc[~nothing, columns[:7]].notna().all(axis=None)
        assert 0.005 < nothing.mean() < 0.05
        dv = export.forms["dv"]
        assert dv["DVTERM"].str.startswith("Vital signs not measured").sum() == nothing.sum()

    def test_on_the_day_of_an_infusion_they_come_before_it(self, export: SimulatedExport) -> None:
        given = export.forms["inf"].query("INFYN == 'Yes' and LINE == '1'")
        for form, column, date in (("vs", "VSTIM", "VSDAT"), ("lb", "LBTIM", "LBDAT")):
            both = export.forms[form].merge(given[["SUBJID", "EVENT", "INFDAT", "INFTIM"]])
            assert len(both) > 1000
            assert (both[date] == both["INFDAT"]).all()
            assert (both[column].dropna() < both.loc[both[column].notna(), "INFTIM"]).all()

    def test_cells_in_total_are_dose_times_weight(self, export: SimulatedExport) -> None:
        vs = export.forms["vs"].dropna(subset=["WEIGHT"])
        kg = number(vs["WEIGHT"]) * np.where(vs["WEIGHTU"] == "LB", 0.45359237, 1)
        last = kg.groupby(vs["SUBJID"]).last()
        given = export.forms["inf"].query("INFYN == 'Yes'")
        total = number(given["INFDOSE"]) * given["SUBJID"].map(last)
        assert (number(given["INFTOTAL"]) - total).abs().le(0.0501).all()
        assert (given["INFCOI"] == "COI-" + given["SUBJID"] + "-C" + given["INFPROD"].str[2:4]).all()
        assert export.forms["inf"].query("INFYN == 'No'")[["INFTOTAL", "INFCOI"]].isna().all(axis=None)


class TestLaboratory:
    def test_results_have_unit_and_range_and_others_a_reason(self, export: SimulatedExport) -> None:
        lb = export.forms["lb"]
        done = lb["LBORRES"].notna()
        assert (lb["LBREAS"].isna() == done).all()
        assert lb.loc[done, ["LBORRESU", "LBLO", "LBHI", "LBTIM"]].notna().all(axis=None)
        assert lb.loc[~done, ["LBORRESU", "LBLO", "LBHI"]].isna().all(axis=None)
        assert (number(lb["LBLO"]).dropna() < number(lb["LBHI"]).dropna()).all()
        assert 0.005 < (~done).mean() < 0.03

    def test_panels_are_those_of_the_visits(self, export: SimulatedExport) -> None:
        lb = export.forms["lb"]
        of_china = lb[country(export, lb) == "China"]
        tests = of_china.groupby("EVENT")["LBTEST"].agg(set)
        short = {"Haemoglobin", "Neutrophils", "Platelets", "C-reactive protein", "Ferritin"}
        assert set(tests.index) == {"SCR", "LD", "INF1", "INF2", "M1", "M3", "M6", "M12", "M24"}
        for event in ("SCR", "LD", "M1", "M3"):
            assert tests[event] == FULL
        assert tests["INF1"] == tests["INF2"] == short
        assert tests["M6"] == tests["M12"] == tests["M24"] == short | {"Immunoglobulin G"}
        assert not lb.duplicated(["SUBJID", "EVENT", "LBTEST"]).any()

    def test_units_are_those_of_the_country(self, export: SimulatedExport) -> None:
        lb = export.forms["lb"].dropna(subset=["LBORRESU"])
        american = lb[country(export, lb) == "United States"]
        for test, unit in AMERICAN.items():
            assert set(american[american["LBTEST"] == test]["LBORRESU"]) == {unit}
        others = lb[country(export, lb) != "United States"]
        assert set(others[others["LBTEST"] == "Haemoglobin"]["LBORRESU"]) == {"g/L"}
        assert set(others[others["LBTEST"] == "Neutrophils"]["LBORRESU"]) == {"10^9/L", "10^9/l"}
        assert set(others[others["LBTEST"] == "Creatinine"]["LBORRESU"]) == {"umol/L", "µmol/L"}

    def test_each_laboratory_has_ranges_of_its_own(self, export: SimulatedExport) -> None:
        lb = export.forms["lb"].dropna(subset=["LBHI"])
        assert (lb["LBNAM"] == "Local laboratory " + lb["SITEID"]).all()
        platelets = lb[(lb["LBTEST"] == "Platelets")].groupby("SITEID")["LBHI"].agg(["nunique", "first"])
        assert (platelets["nunique"] == 1).all()
        assert len(set(platelets["first"])) == 5

    def test_values_follow_the_treatment(self, export: SimulatedExport) -> None:
        lb = export.forms["lb"]
        chinese = lb[country(export, lb) == "China"]
        median = number(chinese["LBORRES"]).groupby([chinese["LBTEST"], chinese["EVENT"]]).median()
        assert median["Lymphocytes", "M1"] < median["Lymphocytes", "SCR"] * 0.8
        assert median["Neutrophils", "INF2"] < median["Neutrophils", "LD"] * 0.5
        assert median["Lactate dehydrogenase", "SCR"] > 248
        assert median["Lactate dehydrogenase", "M3"] < median["Lactate dehydrogenase", "SCR"] * 0.9
        assert median["Immunoglobulin G", "M6"] < median["Immunoglobulin G", "SCR"] * 0.7

    def test_results_below_the_limit_are_written_as_such(self, export: SimulatedExport) -> None:
        lb = export.forms["lb"]
        below = lb[lb["LBORRES"].str.startswith("<").fillna(False)]
        assert set(below["LBTEST"]) == {"C-reactive protein"}
        american = country(export, below) == "United States"
        assert (below["LBORRES"] == np.where(american, "<0.1", "<1")).all()

    def test_cytokine_release_raises_crp(self, export: SimulatedExport) -> None:
        lb, ae = export.forms["lb"], export.forms["ae"]
        second = lb[(lb["EVENT"] == "INF2") & (lb["LBTEST"] == "C-reactive protein")]
        second = second[country(export, second) == "China"]
        crs = ae[ae["AEAESI"] == "CRS"].dropna(subset=["AEENDAT"])[["SUBJID", "AESTDAT", "AEENDAT"]]
        pairs = second.merge(crs)
        at = day(pairs["LBDAT"])
        ill = pairs[(day(pairs["AESTDAT"]) < at) & (at <= day(pairs["AEENDAT"]))]["SUBJID"]
        result = number(second["LBORRES"])
        assert len(ill) > 20
        assert result[second["SUBJID"].isin(ill)].median() > 4 * result[~second["SUBJID"].isin(ill)].median()


class TestDailyGrades:
    def test_every_day_belongs_to_an_event_that_lasts_on_it(self, export: SimulatedExport) -> None:
        days = with_event(export, "fx", "FXAENO")
        assert days["AEAESI"].isin(["CRS", "ICANS"]).all()
        assert (day(days["FXDAT"]) >= day(days["AESTDAT"])).all()
        assert not (day(days["FXDAT"]) > day(days["AEENDAT"])).any()
        assert not days.duplicated(["SUBJID", "FXAENO", "FXDAT"]).any()
        syndromes = export.forms["ae"].dropna(subset=["AEAESI"])
        described = days.drop_duplicates(["SUBJID", "FXAENO"])
        assert len(described) == len(syndromes)

    def test_the_worst_day_has_the_grade_of_the_event(self, export: SimulatedExport) -> None:
        days = with_event(export, "fx", "FXAENO").assign(GRADE=lambda rows: number(rows["FXGRADE"]))
        worst = days.groupby(["SUBJID", "FXAENO"]).agg(GRADE=("GRADE", "max"), ASTCTGR=("ASTCTGR", "first"))
        assert (worst["GRADE"] == number(worst["ASTCTGR"])).all()

    def test_days_are_given_from_the_first_to_the_last_but_no_more_than_21(self, export: SimulatedExport) -> None:
        days = with_event(export, "fx", "FXAENO").assign(DAY=lambda rows: day(rows["FXDAT"]))
        span = days.groupby(["SUBJID", "FXAENO"]).agg(
            SIZE=("DAY", "size"),
            FIRST=("DAY", "min"),
            LAST=("DAY", "max"),
            START=("AESTDAT", "first"),
            END=("AEENDAT", "first"),
        )
        assert (span["FIRST"] == day(span["START"])).all()
        assert ((span["LAST"] - span["FIRST"]).dt.days + 1 == span["SIZE"]).all()
        ended = span["END"].notna()
        length = (day(span["END"]) - day(span["START"])).dt.days + 1
        assert (span.loc[ended, "SIZE"] == length[ended].clip(upper=21)).all()

    def test_signs_agree_with_the_grade(self, export: SimulatedExport) -> None:
        days = with_event(export, "fx", "FXAENO").assign(GRADE=lambda rows: number(rows["FXGRADE"]))
        crs, icans = days[days["AEAESI"] == "CRS"], days[days["AEAESI"] == "ICANS"]
        assert crs["FXICE"].isna().all()
        assert crs[["FXTEMP", "FXPRESS", "FXOXY"]].notna().all(axis=None)
        allowed = {0: {"No"}, 1: {"No"}, 2: {"No"}, 3: {"No", "One"}, 4: {"No", "Several"}}
        oxygen = {
            0: {"No"},
            1: {"No"},
            2: {"No", "Low flow"},
            3: {"No", "Low flow", "High flow"},
            4: {"No", "Low flow", "Positive pressure"},
        }
        for grade, rows in crs.groupby("GRADE"):
            assert set(rows["FXPRESS"]) <= allowed[grade], grade
            assert set(rows["FXOXY"]) <= oxygen[grade], grade
        third, fourth = crs[crs["GRADE"] == 3], crs[crs["GRADE"] == 4]
        assert ((third["FXPRESS"] == "One") | (third["FXOXY"] == "High flow")).all()
        assert ((fourth["FXPRESS"] == "Several") | (fourth["FXOXY"] == "Positive pressure")).all()
        assert number(crs.loc[crs["GRADE"] == 0, "FXTEMP"]).lt(38).all()
        first = crs["FXDAT"] == crs["AESTDAT"]
        assert number(crs.loc[first, "FXTEMP"]).ge(38).all()
        assert icans[["FXTEMP", "FXPRESS", "FXOXY"]].isna().all(axis=None)
        scores = {0: (10, 10), 1: (7, 9), 2: (3, 6), 3: (0, 2), 4: (0, 0)}
        for grade, rows in icans.groupby("GRADE"):
            assert number(rows["FXICE"]).between(*scores[grade]).all(), grade


class TestLogs:
    def test_medication_for_an_event_starts_while_the_event_lasts(self, export: SimulatedExport) -> None:
        cm = with_event(export, "cm", "CMAENO")
        assert (cm["CMINDC"] == cm["AEDECOD"]).all()
        assert not (day(cm["CMSTDAT"]) < day(cm["AESTDAT"])).any()
        assert not (day(cm["CMSTDAT"]) > day(cm["AEENDAT"])).any()
        all_cm = export.forms["cm"]
        assert all_cm[all_cm["CMTRT"] == "Tocilizumab"]["CMAENO"].notna().all()
        assert all_cm[all_cm["CMCAT"] != "Concomitant medication"]["CMAENO"].isna().all()

    def test_contacts_end_with_the_death_and_find_nobody_alive_after_it(self, export: SimulatedExport) -> None:
        ss, deaths = export.forms["ss"], by_subject(export, "dth", "DTHDAT")
        known = day(deaths).dropna()
        at, death = day(ss["SSDAT"]), ss["SUBJID"].map(known)
        alive = ss["SSSTAT"] == "Alive"
        assert not (alive & (at >= death)).any()
        dead = ss[ss["SSSTAT"] == "Dead"]
        assert sorted(dead["SUBJID"]) == sorted(deaths.index)
        assert (at[dead.index] == death[dead.index])[death[dead.index].notna()].all()
        assert (at <= pd.Timestamp("2025-09-30")).all()
        assert (at[dead.index] == at.groupby(ss["SUBJID"]).transform("max")[dead.index]).all()

    def test_the_living_are_contacted_before_the_snapshot_and_the_lost_are_unknown(
        self, export: SimulatedExport
    ) -> None:
        ss, ended = export.forms["ss"], export.forms["eos"].set_index("SUBJID")
        eos = ended["EOSREAS"]
        subjects = export.forms["dm"]["SUBJID"]
        last = ss.groupby("SUBJID").last()
        alive = last.reindex(subjects[~subjects.isin(eos.index)])
        assert (alive["SSSTAT"] == "Alive").all()
        assert (day(alive["SSDAT"]) >= pd.Timestamp("2025-09-02")).all()
        # Who is lost is sought up to three weeks after the last contact, if the export is not taken before.
        lost = eos[(eos == "Lost to follow-up") & (day(ended["EOSDAT"]) <= pd.Timestamp("2025-09-09"))].index
        assert len(lost) > 5
        assert (last.reindex(lost)["SSSTAT"] == "Unknown").all()
        assert (day(last.reindex(lost)["SSDAT"]) > day(ended["EOSDAT"].reindex(lost))).all()
        unknown = set(ss[ss["SSSTAT"] == "Unknown"]["SUBJID"])
        assert set(lost) <= unknown <= set(eos[eos == "Lost to follow-up"].index)
        spaced = ss.assign(DAY=day(ss["SSDAT"]))[ss["SSSTAT"] == "Alive"].groupby("SUBJID")["DAY"].diff().dt.days
        assert spaced.dropna().le(96).all()
        assert spaced.between(84, 96).sum() > 100

    def test_deviations_of_visits_are_those_of_the_visit_dates(self, export: SimulatedExport) -> None:
        dv, vd = export.forms["dv"], export.forms["vd"]
        absent = vd[vd["VDYN"].str.casefold().eq("no") & vd["EVENT"].str.startswith("M")]
        assert dv["DVTERM"].str.endswith("visit not done").sum() == len(absent)
        given = export.forms["inf"].query("INFYN == 'Yes'")
        first = day(given["INFDAT"]).groupby(given["SUBJID"]).min()
        month3 = vd[(vd["EVENT"] == "M3") & vd["VDDAT"].notna()]
        study_day = (day(month3["VDDAT"]) - month3["SUBJID"].map(first)).dt.days + 1
        outside = month3[~study_day.between(77, 105)]
        stated = dv[dv["DVTERM"] == "MONTH 3 visit outside its window"]
        assert len(outside) > 20
        assert sorted(stated["SUBJID"] + stated["DVSTDAT"]) == sorted(outside["SUBJID"] + outside["VDDAT"])
        assert dv["DVTERM"].str.match(r"First infusion [4-9] days later").any()
        assert set(dv["DVIMP"]) == {"Yes", "No"}

    def test_some_comments_are_longer_than_200_characters(self, export: SimulatedExport) -> None:
        for form, column in (("gc", "GCTEXT"), ("ae", "AECOMM")):
            texts = export.forms[form][column].dropna()
            assert texts.map(str.isascii).all()
            assert texts.str.len().gt(300).any()
            assert texts.str.len().lt(200).any()
        ae = export.forms["ae"]
        assert ae.loc[ae["AECOMM"].notna(), "AESER"].str.casefold().eq("yes").all()

    def test_autopsies_are_stated_for_every_death(self, export: SimulatedExport) -> None:
        assert set(export.forms["dth"]["DTHAUTO"]) == {"Yes", "No"}


class TestPlan:
    def test_a_syndrome_that_no_event_has_is_refused(self) -> None:
        plan = load_plan(STUDY).model_dump()
        plan["clinic"]["vital_signs"]["syndrome"] = "CSR"
        with pytest.raises(ValueError, match="no such syndrome or medication: CSR"):
            SimulationPlan.model_validate(plan)

    def test_a_panel_without_its_test_is_refused(self) -> None:
        plan = load_plan(STUDY).model_dump()
        plan["clinic"]["laboratory"]["panels"]["short"] = ("HGB", "HCT")
        with pytest.raises(ValueError, match="tests are not described: HCT"):
            SimulationPlan.model_validate(plan)

    def test_a_plan_without_the_clinic_is_refused(self, tmp_path: Path) -> None:
        text = (STUDY / "simulation.yaml").read_text(encoding="utf-8")
        (tmp_path / "simulation.yaml").write_text(text.split("\nclinic:")[0] + "\n", encoding="utf-8")
        (tmp_path / "study.yaml").write_text((STUDY / "study.yaml").read_text(encoding="utf-8"), encoding="utf-8")
        with pytest.raises(SpecError, match="clinic"):
            load_plan(tmp_path)
