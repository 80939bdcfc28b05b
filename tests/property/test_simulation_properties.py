"""Whatever the number of subjects and the seed: a simulated export is complete, ordered and repeatable."""

from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from simulation import load_plan, simulate
from simulation.draws import Draws, ranks_within
from simulation.text import dates, numbers
from specs.model.raw import RawContract
from specs.yaml_text import read_yaml

STUDY = Path(__file__).parents[2] / "specs" / "studies" / "cart1922"
CONTRACT = RawContract.model_validate(read_yaml(STUDY / "raw.yaml", "raw.yaml").content)
PLAN = load_plan(STUDY)
EVENTS = ["SCR", "LEUK", "LD", "INF1", "INF2", "M1", "M3", "M6", "M9", "M12", "M18", "M24", "UNS", "LOG", "EOT", "EOS"]


@settings(max_examples=6, deadline=None)
@given(subjects=st.integers(0, 40), seed=st.integers(0, 2**32), rate=st.sampled_from([0.0, 0.02, 1.0]))
def test_an_export_is_complete_ordered_and_repeatable(subjects: int, seed: int, rate: float) -> None:
    export = simulate(PLAN, CONTRACT, subjects=subjects, seed=seed, error_rate=rate)
    again = simulate(PLAN, CONTRACT, subjects=subjects, seed=seed, error_rate=rate)
    assert list(export.forms) == list(CONTRACT.forms)
    assert list(export.events) == EVENTS
    pd.testing.assert_frame_equal(export.planted, again.planted)
    for form, frame in export.forms.items():
        pd.testing.assert_frame_equal(frame, again.forms[form])
        order = pd.DataFrame({"subject": frame["SUBJID"], "event": frame["EVENT"].map(EVENTS.index).astype("float64")})
        order["repeat"] = pd.to_numeric(frame["EVENTSEQ"]).fillna(0)
        order["line"] = pd.to_numeric(frame["LINE"]).fillna(0)
        expected = order.sort_values(list(order), kind="stable", na_position="last")
        assert expected.index.equals(order.index), form
    if rate == 0:
        assert len(export.forms["dm"]) == subjects
        assert export.planted.empty


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 2**63))
def test_lines_of_a_subject_are_numbered_without_gaps(seed: int) -> None:
    export = simulate(PLAN, CONTRACT, subjects=30, seed=seed)
    for form in ("ae", "cm", "pr", "ld", "inf", "lk", "pd", "mh", "lb", "fx", "ss", "dv", "gc"):
        frame = export.forms[form]
        lines = pd.to_numeric(frame["LINE"]).groupby([frame["SUBJID"], frame["EVENT"]])
        assert (lines.max() == lines.size()).all(), form
        assert (lines.min() == 1).all(), form


@settings(max_examples=25, deadline=None)
@given(days=st.lists(st.integers(-4_000, 22_000), max_size=30))
def test_dates_are_written_as_the_calendar_has_them(days: list[int]) -> None:
    written = dates(np.array(days, dtype="float64")).to_pylist()
    expected = [(pd.Timestamp("1970-01-01") + pd.Timedelta(days=day)).strftime("%d-%b-%Y").upper() for day in days]
    assert written == expected


@settings(deadline=None)
@given(values=st.lists(st.integers(-(10**9), 10**9), max_size=30), decimals=st.integers(0, 3))
def test_numbers_keep_their_value(values: list[int], decimals: int) -> None:
    scaled = np.array(values, dtype="float64") / 10**decimals
    for text, value in zip(numbers(scaled, decimals).to_pylist(), values, strict=True):
        assert round(float(text) * 10**decimals) == value
        assert "." not in text or not text.endswith(("0", "."))


@settings(deadline=None)
@given(seed=st.integers(0, 2**32), low=st.integers(-50, 50), width=st.integers(0, 30))
def test_days_stay_in_their_range_with_both_ends(seed: int, low: int, width: int) -> None:
    drawn = Draws(seed, "test").days((low, low + width), 2000)
    assert drawn.min() >= low
    assert drawn.max() <= low + width
    assert (drawn == np.round(drawn)).all()
    assert len(np.unique(drawn)) == width + 1


@settings(deadline=None)
@given(groups=st.lists(st.integers(0, 5), max_size=40))
def test_ranks_count_within_runs(groups: list[int]) -> None:
    ordered = sorted(groups)
    assert ranks_within(np.array(ordered, dtype="int64")).tolist() == [
        ordered[: at + 1].count(group) for at, group in enumerate(ordered)
    ]
