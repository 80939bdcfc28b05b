"""The checks' reading of ISO 8601 against the calendar of Python's standard library."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from checks.iso8601 import bounds, is_date

QUICK = settings(deadline=None, max_examples=40)
DATES = st.dates(date(1, 1, 2), date(9998, 12, 30))


def _bounds(text: str) -> tuple[datetime, datetime]:
    found = bounds(pd.Series([text], dtype="str")).iloc[0]
    return found["low"].to_pydatetime(), found["high"].to_pydatetime()


@QUICK
@given(DATES)
def test_every_day_of_the_calendar_is_a_date_from_its_first_to_its_last_second(day):
    low, high = _bounds(day.isoformat())
    assert low == datetime(day.year, day.month, day.day)
    assert high == low + timedelta(days=1, seconds=-1)


@QUICK
@given(st.integers(1, 9999), st.integers(0, 15), st.integers(0, 35))
def test_a_day_is_a_date_exactly_if_the_calendar_has_it(year, month, day):
    try:
        date(year, month, day)
        exists = True
    except ValueError:
        exists = False
    text = f"{year:04}-{month:02}-{day:02}"
    assert bool(is_date(pd.Series([text], dtype="str")).iloc[0]) == exists


@QUICK
@given(DATES, st.sampled_from([4, 7]))
def test_a_date_cut_short_can_mean_the_whole_one(day, length):
    low, high = _bounds(day.isoformat()[:length])
    assert low <= datetime(day.year, day.month, day.day) <= high


@QUICK
@given(st.text(max_size=25))
def test_any_text_is_read_without_an_error(text):
    assert is_date(pd.Series([text, None], dtype="str")).tolist()[1] is False


@QUICK
@given(
    st.lists(
        st.sampled_from(["2023", "2023-02", "2023-02-30", "x", "", None, "2020-01-01T10:00", "2020/2021"]), max_size=5
    )
)
def test_each_value_is_read_as_if_it_stood_alone(texts):
    together = bounds(pd.Series(texts, dtype="str"))
    for place, text in enumerate(texts):
        alone = bounds(pd.Series([text], dtype="str"))
        assert together.iloc[[place]].reset_index(drop=True).equals(alone)
