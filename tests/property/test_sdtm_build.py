"""Building SDTM from whatever the forms hold: rows conserved, numbers unique, inputs untouched, order irrelevant."""

from __future__ import annotations

from graphlib import TopologicalSorter
from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from clinical import provenance
from sdtm.build import collect, derive
from sdtm.inputs import Inputs
from sdtm.phases import step_graph
from sdtm.visits import build_visits
from specs.load import load_study

STUDY = load_study(Path(__file__).parents[1] / "studies" / "tiny01")

subjects = st.sampled_from(["1", "2", "3"])
dates = st.one_of(
    st.none(),
    st.sampled_from(["01-JAN-2024", "09-JAN-2024", "10-JAN-2024", "11-JAN-2024", "07-FEB-2024"]),
    st.sampled_from(["UN-JAN-2024", "UN-UNK-2024", "30-FEB-2024", "soon"]),
)
events = st.one_of(st.none(), st.sampled_from(["SCR", "BL", "W4", "UNS", "LOG", "ELSE"]))
texts = st.one_of(st.none(), st.sampled_from(["Headache", "Nausea", "x", "Yes", "no"]))
numbers = st.one_of(st.none(), st.sampled_from(["120", "36.6", "98.6", "low"]))

COLUMNS = {
    "dm": {"AGE": numbers, "SEX": texts, "COUNTRY": texts, "ICDAT": dates},
    "ex": {"EXDAT": dates, "EXTIM": st.sampled_from([None, "09:30", "UN:UN"]), "EXDOSE": numbers},
    "vs": {"VSDAT": dates, "SYSBP": numbers, "TEMP": numbers, "TEMPU": st.sampled_from([None, "C", "F", "K"])},
    "ae": {"AETERM": texts, "AESTDAT": dates, "AESER": texts, "AEREL": texts},
    "eos": {"EOSDAT": dates, "EOSREAS": texts},
    "vd": {"VDDAT": dates},
}


def _frame(name: str, rows: list[tuple[str | None, ...]], keys: list[tuple[str, str | None]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=list(COLUMNS[name]), dtype="str")
    for column in provenance.COLUMNS:
        frame[column] = pd.Series(np.nan, index=frame.index, dtype="str")
    frame[provenance.FORM] = pd.Series(name, index=frame.index, dtype="str")
    frame[provenance.SUBJECT] = pd.Series([subject for subject, _ in keys], index=frame.index, dtype="str")
    frame[provenance.EVENT] = pd.Series([event for _, event in keys], index=frame.index, dtype="str")
    frame[provenance.ROW] = np.arange(1, len(frame) + 1, dtype="int64")
    return frame


@st.composite
def exports(draw: st.DrawFn) -> dict[str, pd.DataFrame]:
    """Every form of the study for tests; one row a subject in dm and eos, one an event in vd."""
    forms = {}
    for name, columns in COLUMNS.items():
        keys = draw(st.lists(st.tuples(subjects, events), max_size=6))
        if name in ("dm", "eos"):
            keys = list({subject: (subject, None) for subject, _ in keys}.values())
        elif name == "vd":
            keys = list({(subject, event): (subject, event) for subject, event in keys if event}.values())
        rows = [draw(st.tuples(*columns.values())) for _ in keys]
        forms[name] = _frame(name, rows, keys)
    return forms


def _build(forms: dict[str, pd.DataFrame]) -> tuple[dict[str, pd.DataFrame], pd.DataFrame]:
    collected: dict[str, pd.DataFrame] = {}
    finished: dict[str, pd.DataFrame] = {}
    visits, findings = None, []
    for step in TopologicalSorter(step_graph(STUDY)).static_order():
        kind, _, name = step.partition(":")
        inputs = Inputs(forms=forms, collected=collected, datasets=finished, visits=visits)
        if kind == "visits":
            visits, found = build_visits(STUDY, forms)
        elif kind == "collect":
            collected[name], found = collect(STUDY.sdtm[name], STUDY, inputs)
        else:
            built = derive(STUDY.sdtm[name], STUDY, collected[name], inputs)
            finished[name], found = built.frame, built.findings
            if built.supplemental is not None:
                finished[f"SUPP{name}"] = built.supplemental
        findings.append(found)
    return finished, pd.concat(findings)


@settings(deadline=None, max_examples=10)
@given(exports())
def test_records_are_conserved_numbered_and_never_on_day_zero(forms: dict[str, pd.DataFrame]) -> None:
    before = {name: frame.copy() for name, frame in forms.items()}
    finished, _ = _build(forms)

    assert len(finished["DM"]) == len(forms["dm"])
    assert len(finished["EX"]) == len(forms["ex"])
    assert len(finished["AE"]) == forms["ae"]["AETERM"].notna().sum()
    assert len(finished["VS"]) == forms["vs"][["SYSBP", "TEMP"]].notna().sum().sum()
    assert len(finished["DS"]) == forms["dm"]["ICDAT"].notna().sum() + len(forms["eos"])
    assert sorted(finished["AE"]["_ROW"]) == sorted(forms["ae"].loc[forms["ae"]["AETERM"].notna(), "_ROW"])

    for name, frame in finished.items():
        if f"{name}SEQ" in frame:
            counts = frame.groupby("USUBJID")[f"{name}SEQ"].agg(["min", "max", "nunique", "size"])
            assert (counts["min"] == 1).all()
            assert (counts["max"] == counts["size"]).all()
            assert (counts["nunique"] == counts["size"]).all()
        for column in (one for one in frame if one.endswith("DY") and one != "VISITDY"):
            assert not (frame[column] == 0).any()

    if "SUPPAE" in finished:
        numbers = finished["AE"]["AESEQ"].map("{:.0f}".format)
        records = set(zip(finished["AE"]["USUBJID"], numbers, strict=True))
        named = list(zip(finished["SUPPAE"]["USUBJID"], finished["SUPPAE"]["IDVARVAL"], strict=True))
        assert set(named) <= records
        assert len(named) == len(set(named))

    for name, frame in forms.items():
        pd.testing.assert_frame_equal(frame, before[name])


@settings(deadline=None, max_examples=6)
@given(exports(), st.randoms(use_true_random=False))
def test_order_of_raw_rows_does_not_matter(forms: dict[str, pd.DataFrame], random) -> None:
    shuffled = {}
    for name, frame in forms.items():
        places = list(range(len(frame)))
        random.shuffle(places)
        shuffled[name] = frame.iloc[places].reset_index(drop=True)
    straight, found = _build(forms)
    other, found_there = _build(shuffled)
    assert straight.keys() == other.keys()
    for name, frame in straight.items():
        pd.testing.assert_frame_equal(frame, other[name])
    keys = list(found)
    assert found.sort_values(keys).to_numpy().tolist() == found_there.sort_values(keys).to_numpy().tolist()
