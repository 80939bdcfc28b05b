"""Recorded responses are true: an own reading of Lugano 2014 comes to the same from lesions, spleen and uptake."""

from pathlib import Path

import pandas as pd
import pytest

from simulation import SimulatedExport, simulate
from specs.model.raw import RawContract
from specs.yaml_text import read_yaml

STUDY = Path(__file__).parents[3] / "specs" / "studies" / "cart1922"
VISIT = ["SUBJID", "EVENT", "EVENTSEQ"]
MEASURES = {"Too small to measure": 5.0, "Not visible": 0.0}


def contract() -> RawContract:
    return RawContract.model_validate(read_yaml(STUDY / "raw.yaml", "raw.yaml").content)


def simulated(subjects: int, seed: int) -> SimulatedExport:
    return simulate(STUDY, contract(), subjects=subjects, seed=seed)


@pytest.fixture(scope="module")
def small() -> SimulatedExport:
    return simulated(500, 7)


@pytest.fixture(scope="module")
def large() -> SimulatedExport:
    return simulated(4000, 20)


def day(column: pd.Series) -> pd.Series:
    return pd.to_datetime(column, format="%d-%b-%Y")


def form(export: SimulatedExport, name: str) -> pd.DataFrame:
    frame = export.forms[name]
    return frame.assign(EVENTSEQ=frame["EVENTSEQ"].fillna(""))


def target_lines(export: SimulatedExport) -> pd.DataFrame:
    """Target lesions with diameters as numbers, their kind at every line, and the smallest product before."""
    lines = form(export, "tl")
    for column, numeric in (("TLLD", "LONG"), ("TLPD", "ACROSS")):
        stands_for = lines["TLSTATE"].map(MEASURES)
        lines[numeric] = pd.to_numeric(lines[column]).fillna(stands_for).where(lines["TLSTATE"] != "Not evaluable")
    lines["PRODUCT"] = lines["LONG"] * lines["ACROSS"]
    lines["DAY"] = day(lines["TLDAT"])
    lines = lines.sort_values(["SUBJID", "TLNO", "DAY"], kind="stable").reset_index(drop=True)
    lines["KIND"] = lines.groupby(["SUBJID", "TLNO"])["TLTYPE"].ffill()
    return lines


def growing_lines(lines: pd.DataFrame) -> pd.Series:
    """A lesion over 15 mm, its product half as large again as at its smallest, a diameter longer by 5 or 10 mm."""
    grows = pd.Series(False, index=lines.index)
    for _, lesion in lines.groupby(["SUBJID", "TLNO"]):
        smallest = None
        for at, line in lesion.iterrows():
            if pd.isna(line["PRODUCT"]):
                continue
            if smallest is not None and line["LONG"] > 15 and line["PRODUCT"] >= 1.5 * smallest["PRODUCT"]:
                wanted = 5 if smallest["LONG"] <= 20 else 10
                more = max(line["LONG"] - smallest["LONG"], line["ACROSS"] - smallest["ACROSS"])
                grows[at] = more >= wanted
            if smallest is None or line["PRODUCT"] < smallest["PRODUCT"]:
                smallest = line
    return grows


def read_by_hand(export: SimulatedExport) -> pd.DataFrame:
    """The response on CT of every assessment with one, worked out from lesions and spleen."""
    lines = target_lines(export)
    lines["GROWS"] = growing_lines(lines)
    node = lines["KIND"] == "Nodal"
    lines["NORMAL"] = (node & (lines["LONG"] <= 15)) | (~node & (lines["LONG"] == 0))
    lines["UNREAD"] = lines["TLSTATE"] == "Not evaluable"
    visits = lines.groupby(VISIT).agg(
        SPD=("PRODUCT", "sum"),
        UNREAD=("UNREAD", "any"),
        GROWS=("GROWS", "any"),
        NORMAL=("NORMAL", "all"),
    )
    others = form(export, "nt")
    for state, column in (("Present", "LEFT"), ("Increased", "MORE"), ("Not evaluable", "UNREAD_OTHER")):
        visits[column] = others[others["NTSTATE"] == state].groupby(VISIT).size() > 0
    visits["NEW"] = form(export, "nl").query("NLSTATE == 'Present'").groupby(VISIT).size() > 0
    organs = form(export, "og").set_index(VISIT)
    visits["SPLEEN"] = pd.to_numeric(organs["OGSPLEN"])
    visits["LIVER"] = organs["OGLIVER"]
    marks = ["LEFT", "MORE", "UNREAD_OTHER", "NEW"]
    visits[marks] = visits[marks].eq(True).fillna(False)
    visits = visits.reset_index()
    before = visits[visits["EVENT"] == "SCR"].set_index("SUBJID")
    visits = visits[visits["EVENT"] != "SCR"]
    fell = visits["SPD"] <= 0.5 * visits["SUBJID"].map(before["SPD"])
    excess = visits["SUBJID"].map(before["SPLEEN"]) - 13
    regressed = (excess <= 0) | ((visits["SPLEEN"] - 13) < 0.5 * excess)
    complete = visits["NORMAL"] & ~visits["LEFT"] & (visits["SPLEEN"] <= 13) & (visits["LIVER"] == "Normal")
    derived = pd.Series("SD", index=visits.index)
    derived[fell & regressed] = "PR"
    derived[complete] = "CR"
    derived[visits["UNREAD"] | visits["UNREAD_OTHER"]] = "NE"
    derived[visits["GROWS"] | visits["MORE"] | visits["NEW"]] = "PD"
    targets = pd.Series("SD", index=visits.index)
    targets[fell] = "PR"
    targets[visits["NORMAL"]] = "CR"
    targets[visits["UNREAD"]] = "NE"
    targets[visits["GROWS"]] = "PD"
    return visits.assign(DERIVED=derived, TARGETS=targets)


def assessments(export: SimulatedExport) -> pd.DataFrame:
    """Assessments with scan dates, without second reports, and whether they are before the end of comparability."""
    found = form(export, "rs")
    found["CT"], found["PET"] = day(found["CTDAT"]), day(found["PETDAT"])
    found["DAY"] = found[["CT", "PET"]].min(axis=1)
    found = found[found["NEWLYN"].notna()]
    progression = found[found["OVRLRESP"] == "PD"].groupby("SUBJID")["DAY"].min()
    on_ct = found[found["ANATRESP"] == "PD"].groupby("SUBJID")["DAY"].min()
    medication, procedure = export.forms["cm"], export.forms["pr"]
    medication = medication[medication["CMCAT"] == "New anti-cancer therapy"].set_index("SUBJID")["CMSTDAT"]
    procedure = procedure[procedure["PRCAT"] == "New anti-cancer therapy"].set_index("SUBJID")["PRSTDAT"]
    therapy = pd.to_datetime(pd.concat([medication, procedure]), format="%d-%b-%Y", errors="coerce")
    therapy = therapy.groupby(level=0).min()
    until = pd.concat([progression, on_ct, therapy], axis=1).min(axis=1)
    return found.assign(EARLY=~(found["DAY"] > found["SUBJID"].map(until)))


class TestResponsesAreTrue:
    def test_ct_says_what_lesions_and_spleen_say(self, small: SimulatedExport) -> None:
        found = assessments(small).query("EARLY and ANATRESP.notna()").merge(read_by_hand(small), on=VISIT, how="left")
        assert found["DERIVED"].tolist() == found["ANATRESP"].tolist()
        assert set(found["ANATRESP"]) == {"CR", "PR", "SD", "PD", "NE"}

    def test_responses_of_the_target_lesions(self, small: SimulatedExport) -> None:
        found = assessments(small).query("EARLY and ANATRESP.notna()").merge(read_by_hand(small), on=VISIT, how="left")
        assert found["TARGETS"].tolist() == found["TRGRESP"].tolist()
        assert ((found["TRGRESP"] != "PD") & (found["ANATRESP"] == "PD")).any()

    def test_responses_of_the_non_target_lesions(self, small: SimulatedExport) -> None:
        lines = form(small, "nt").query("EVENT != 'SCR'")
        worst = {"Increased": 4, "Not evaluable": 3, "Present": 2, "Absent": 1}
        derived = lines["NTSTATE"].map(worst).groupby([lines[key] for key in VISIT]).max()
        found = assessments(small).set_index(VISIT)["NTRGRESP"].dropna()
        assert (
            found.map({"PD": 4, "NE": 3, "SD": 2, "CR": 1}).sort_index().equals(derived.sort_index().rename("NTRGRESP"))
        )

    def test_the_sum_is_that_of_the_lines(self, large: SimulatedExport) -> None:
        lines = target_lines(large).query("EVENT != 'SCR'")
        total = lines.groupby(VISIT)["PRODUCT"].sum()
        unread = lines[lines["TLSTATE"] == "Not evaluable"].groupby(VISIT).size()
        found = assessments(large).query("CTDAT.notna()").set_index(VISIT)["TRGSPD"]
        assert found[found.isna()].index.sort_values().equals(unread.index.sort_values())
        known = pd.to_numeric(found.dropna())
        assert (known == total.reindex(known.index)).all()

    def test_pet_says_what_uptake_says(self, large: SimulatedExport) -> None:
        found = assessments(large).merge(form(large, "og"), on=VISIT, how="left", validate="1:1")
        assert (found["OGPETDAT"].fillna("") == found["PETDAT"].fillna("")).all()
        score = pd.to_numeric(found["OG5PS"])
        derived = found["OGUPT"].map({"Decreased": "PMR", "Unchanged": "NMR", "Increased": "PMD"})
        derived = derived.mask(score <= 3, "CMR").where(score.notna(), "NE").where(found["PETDAT"].notna())
        assert derived.fillna("").tolist() == found["METBRESP"].fillna("").tolist()
        assert (found["OGREAS"].notna() == (found["METBRESP"] == "NE")).all()
        assert (found.loc[found["METBRESP"] == "CMR", "OGMARROW"] == "Normal").all()
        assert (score[(found["NEWLYN"] == "Yes") & found["PETDAT"].notna()] == 5).all()

    def test_pet_decides_and_ct_alone_is_never_complete(self, large: SimulatedExport) -> None:
        found = assessments(large)
        by_pet = found["METBRESP"].map({"CMR": "CR", "PMR": "PR", "NMR": "SD", "PMD": "PD"})
        by_ct = found["ANATRESP"].replace("CR", "PR").fillna("NE")
        assert by_pet.fillna(by_ct).tolist() == found["OVRLRESP"].tolist()
        assert by_pet.isna().sum() > 100

    def test_new_lesions_are_progression(self, large: SimulatedExport) -> None:
        found = assessments(large)
        with_new = found[found["NEWLYN"] == "Yes"]
        assert (with_new["OVRLRESP"] == "PD").all()
        first = form(large, "nl").query("NLLOC.notna()")[VISIT].drop_duplicates()
        assert len(first.merge(with_new, on=VISIT)) == len(first) > 100
        measured = form(large, "nl").query("NLLOC.notna() and NLLD.notna()")
        least = measured["NLTYPE"].map({"Nodal": 15, "Extranodal": 10})
        assert (pd.to_numeric(measured["NLLD"]) > least).all()
        assert (pd.to_numeric(measured["NLPD"]) <= pd.to_numeric(measured["NLLD"])).all()


class TestCourse:
    def test_ct_improves_until_it_shows_progression(self, large: SimulatedExport) -> None:
        found = assessments(large)
        found = found[found["EARLY"] & found["ANATRESP"].isin(["SD", "PR", "CR", "PD"])].sort_values(["SUBJID", "CT"])
        rank = found["ANATRESP"].map({"SD": 0, "PR": 1, "CR": 2, "PD": 3})
        assert (rank.groupby(found["SUBJID"]).diff().dropna() >= 0).all()

    def test_ct_lags_behind_pet_and_misses_some_progressions(self, large: SimulatedExport) -> None:
        pairs = pd.crosstab(assessments(large)["METBRESP"], assessments(large)["ANATRESP"])
        assert pairs.loc["CMR", "PR"] > 0.15 * pairs.loc["CMR", "CR"]
        assert pairs.loc["PMR", "SD"] > 20
        assert pairs.loc["PMD", ["CR", "PR", "SD"]].gt(0).all()
        assert pairs.loc["CMR", "PD"] == 0

    def test_progression_shows_in_every_way(self, small: SimulatedExport) -> None:
        seen = read_by_hand(small).query("DERIVED == 'PD'")
        only = seen[["GROWS", "MORE", "NEW"]].sum(axis=1) == 1
        for way in ("GROWS", "MORE", "NEW"):
            assert (only & seen[way]).any(), way


class TestBaseline:
    def test_scans_lie_between_screening_and_leukapheresis(self, large: SimulatedExport) -> None:
        organs = large.forms["og"].query("EVENT == 'SCR'").set_index("SUBJID")
        consent = day(large.forms["ic"].set_index("SUBJID")["ICDAT"])
        collected = day(large.forms["lk"].set_index("SUBJID")["LKDAT"]).groupby(level=0).min()
        for column in ("OGCTDAT", "OGPETDAT"):
            scan = day(organs[column])
            assert (scan >= consent.reindex(scan.index)).all()
            assert not (scan >= collected.reindex(scan.index)).any()
        assert set(collected.index) <= set(organs.index)
        assert organs["OG5PS"].isin(["4", "5"]).all()
        assert organs["OGUPT"].isna().all()

    def test_target_lesions_are_measurable_and_in_different_regions(self, large: SimulatedExport) -> None:
        lines = large.forms["tl"].query("EVENT == 'SCR'")
        long, across = pd.to_numeric(lines["TLLD"]), pd.to_numeric(lines["TLPD"])
        assert (long > lines["TLTYPE"].map({"Nodal": 15, "Extranodal": 10})).all()
        assert (across <= long).all()
        assert not lines.duplicated(["SUBJID", "TLLOC"]).any()
        assert (lines.loc[lines["TLNO"] == "T01", "TLTYPE"] == "Nodal").all()
        assert set(lines["TLNO"]) == {"T01", "T02", "T03", "T04", "T05", "T06"}
        assert set(large.forms["nt"]["NTNO"]) == {"NT01", "NT02", "NT03", "NT04"}

    def test_spleen_marrow_and_liver_are_involved_in_some(self, large: SimulatedExport) -> None:
        organs = large.forms["og"].query("EVENT == 'SCR'")
        assert 0.1 < (pd.to_numeric(organs["OGSPLEN"]) > 13).mean() < 0.35
        assert set(organs["OGMARROW"]) == {"Normal", "Focal", "Diffuse"}
        assert 0.01 < (organs["OGLIVER"] == "Enlarged").mean() < 0.12


class TestLines:
    def test_every_target_lesion_has_a_line_at_every_ct(self, large: SimulatedExport) -> None:
        lines = form(large, "tl")
        found = assessments(large).query("CTDAT.notna()")[[*VISIT, "CTDAT"]]
        dates = lines.query("EVENT != 'SCR'")[[*VISIT, "TLDAT"]].drop_duplicates()
        both = found.merge(dates, on=VISIT, how="outer")
        assert (both["CTDAT"] == both["TLDAT"]).all()
        plain = ~lines["TLNO"].str.contains("[./]", regex=True)
        unchanged = ~lines["SUBJID"].isin(lines.loc[~plain, "SUBJID"])
        count = lines[unchanged].groupby(VISIT).size()
        before = count[count.index.get_level_values("EVENT") == "SCR"].droplevel(["EVENT", "EVENTSEQ"])
        assert (count.to_numpy() == before.reindex(count.index.get_level_values("SUBJID")).to_numpy()).all()

    def test_diameters_are_given_where_a_lesion_is_measured(self, large: SimulatedExport) -> None:
        lines = large.forms["tl"]
        measured = lines["TLSTATE"] == "Measured"
        for column in ("TLLD", "TLPD"):
            assert (lines[column].notna() == measured).all()
            assert lines[column].dropna().str.fullmatch(r"\d+").all()
        assert (lines["TLREAS"].notna() == (lines["TLSTATE"] == "Not evaluable")).all()
        for state, least in (("Too small to measure", 200), ("Not visible", 200), ("Not evaluable", 50)):
            assert (lines["TLSTATE"] == state).sum() > least, state

    @pytest.mark.parametrize(("change", "mark"), [("Split", "."), ("Merged", "/")])
    def test_what_a_lesion_becomes_takes_its_place(self, large: SimulatedExport, change: str, mark: str) -> None:
        lines = target_lines(large)
        arose = lines[lines["TLCHG"] == change]
        assert len(arose) > 30
        assert (arose["TLREF"].notna() & arose["TLLOC"].notna() & arose["TLTYPE"].notna()).all()
        assert arose["TLNO"].str.contains(mark, regex=False).all()
        parents = arose.assign(TLNO=arose["TLREF"].str.split(", ")).explode("TLNO")[["SUBJID", "TLNO", "DAY"]]
        later = lines.merge(parents, on=["SUBJID", "TLNO"], suffixes=("", "_AROSE"))
        assert (later["DAY"] < later["DAY_AROSE"]).all()
        assert (later["EVENT"] == "SCR").any()

    def test_a_second_report_has_no_lesions(self, large: SimulatedExport) -> None:
        found = form(large, "rs")
        copies = found[found["NEWLYN"].isna()]
        assert len(copies) > 20
        assert copies[["TRGRESP", "NTRGRESP", "TRGSPD"]].isna().all(axis=None)
        for name in ("tl", "nt", "nl", "og"):
            assert form(large, name)[VISIT].merge(copies[VISIT], on=VISIT).empty, name

    def test_subjects_without_non_target_lesions_have_no_response_of_them(self, large: SimulatedExport) -> None:
        found = assessments(large).query("CTDAT.notna()")
        assert (found["NTRGRESP"].notna() == found["SUBJID"].isin(large.forms["nt"]["SUBJID"])).all()
