"""Whatever the data are, define.xml is valid and says of them what is so."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from submission.define import check_define, write_define
from tests.unit.submission.define import small

TEXTS = st.none() | st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=12).map(str.strip).map(
    lambda text: text or None
)
STAMPS = ["2025", "2025-03", "2025-03-01", "2025-03-01T08:30", "2025---01", "2025-03-01T08:30:15"]
DATES = st.none() | st.sampled_from(STAMPS)
NUMBERS = st.none() | st.floats(-1e9, 1e9, allow_nan=False).map(lambda number: round(number, 4))
DAYS = st.none() | st.integers(-999, 999)
ROW = st.tuples(st.sampled_from(["HGB", "PH", "COLOR"]), TEXTS, NUMBERS, TEXTS, DATES, DAYS)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(ROW, min_size=1, max_size=8))
def test_any_results_are_described_without_a_finding(rows):
    codes, texts, numbers, names, dates, days = zip(*rows)
    frame = pd.DataFrame(
        {
            "USUBJID": small.text(*(f"S-{at:02}" for at in range(len(rows)))),
            "LBTESTCD": small.text(*codes),
            "LBTEST": small.text(*codes),
            "LBORRES": small.text(*texts),
            "LBSTRESN": pd.Series(numbers, dtype="float64"),
            "LBNAM": small.text(*names),
            "LBDTC": small.text(*dates),
            "LBDY": pd.Series(days, dtype="float64"),
        }
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        dataset = small.written(small.LB, frame, "sdtm", folder)
        path = write_define(
            small.study(folder), [dataset], folder / "define.xml", standard="sdtm", created=small.CREATED
        )
        assert check_define(path, [dataset]).empty
