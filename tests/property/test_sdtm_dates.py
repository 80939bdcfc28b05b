"""Partial dates: what is known is kept, what is unknown stays unknown, and no study day is 0."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from clinical.date_formats import parse_text
from clinical.dates import (
    PARTS,
    assemble_iso,
    compare_dates,
    complete_date,
    compute_study_day,
    first_moment,
    first_possible,
    is_possible,
    last_moment,
    last_possible,
    parse_iso,
)

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
days = st.dates(min_value=date(1900, 1, 1), max_value=date(2099, 12, 31))
unknown = st.sampled_from(["UN", "UNK", "NK", "--"])


@st.composite
def partial_dates(draw: st.DrawFn) -> str | None:
    """ISO 8601 text of a possible date, any of its parts unknown, or nothing."""
    day = draw(days)
    parts = [f"{day.year:04d}", f"{day.month:02d}", f"{day.day:02d}"]
    known = draw(st.tuples(st.booleans(), st.booleans(), st.booleans()))
    kept = [part if one else None for part, one in zip(parts, known, strict=True)]
    frame = pd.DataFrame([[*kept, None, None, None]], columns=list(PARTS), dtype="str")
    text = assemble_iso(frame).iloc[0]
    return None if pd.isna(text) else str(text)


def series(*texts: str | None) -> pd.Series:
    return pd.Series(list(texts), dtype="str")


@settings(deadline=None)
@given(partial_dates())
def test_assembled_text_is_read_back_and_possible(text: str | None) -> None:
    parts = parse_iso(series(text))
    assert parts["fits"].all()
    assert is_possible(parts).all()
    again = assemble_iso(parts).iloc[0]
    assert again == text or (pd.isna(again) and text is None)


@settings(deadline=None)
@given(days, st.booleans(), st.booleans(), unknown)
def test_collected_text_keeps_what_is_known(day: date, with_month: bool, with_day: bool, missing: str) -> None:
    month = MONTHS[day.month - 1] if with_month else missing
    number = f"{day.day:02d}" if with_day else missing
    found = assemble_iso(parse_text(series(f"{number}-{month}-{day.year}"), ["DD-MON-YYYY"])).iloc[0]
    expected = f"{day.year:04d}"
    if with_month:
        expected += f"-{day.month:02d}"
    elif with_day:
        expected += "--"
    if with_day:
        expected += f"-{day.day:02d}"
    assert found == expected


@settings(deadline=None)
@given(partial_dates())
def test_bounds_enclose_and_meet_where_the_date_is_complete(text: str | None) -> None:
    first, last = first_possible(series(text)).iloc[0], last_possible(series(text)).iloc[0]
    whole = complete_date(series(text)).iloc[0]
    assert pd.isna(first) == pd.isna(last)
    if not pd.isna(whole):
        assert first == last == whole
    elif not pd.isna(first):
        assert first <= last
    moments = first_moment(series(text)).iloc[0], last_moment(series(text)).iloc[0]
    if not pd.isna(first):
        assert moments == (first, last + pd.Timedelta(days=1) - pd.Timedelta(seconds=1))


@settings(deadline=None)
@given(days, days)
def test_study_day_is_never_zero_and_moves_by_one(day: date, reference: date) -> None:
    pair = [pd.Series(pd.to_datetime([str(one), str(one + timedelta(days=1))])) for one in (day, reference)]
    found = compute_study_day(pair[0], pd.Series(pd.to_datetime([str(reference)] * 2)))
    assert (found != 0).all()
    step = found.iloc[1] - found.iloc[0]
    assert step == (2 if found.iloc[0] == -1 else 1)
    assert (found.iloc[0] >= 1) == (day >= reference)


@settings(deadline=None)
@given(partial_dates(), partial_dates())
def test_comparison_agrees_with_the_bounds_and_turns_round(one: str | None, other: str | None) -> None:
    there = compare_dates(series(one), series(other)).iloc[0]
    back = compare_dates(series(other), series(one)).iloc[0]
    turned = {"before": "after", "after": "before", "on": "on"}
    if pd.isna(there):
        assert pd.isna(back)
    else:
        assert back == turned[there]
    if there == "before":
        assert last_possible(series(one)).iloc[0] < first_possible(series(other)).iloc[0]


@settings(deadline=None)
@given(st.lists(partial_dates(), max_size=20), st.randoms(use_true_random=False))
def test_result_does_not_depend_on_the_order_of_rows(texts: list[str | None], random) -> None:
    places = list(range(len(texts)))
    random.shuffle(places)
    straight = complete_date(series(*texts))
    shuffled = complete_date(series(*(texts[place] for place in places)))
    pd.testing.assert_series_equal(straight.iloc[places].reset_index(drop=True), shuffled)


@settings(deadline=None)
@given(st.text(max_size=30))
def test_any_text_is_read_without_an_error(text: str) -> None:
    layouts = ["DD-MON-YYYY", "MM/DD/YYYY hh:mm", "YYYY"]
    found = parse_text(series(text), layouts)
    assert len(assemble_iso(found)) == 1
    assert is_possible(found).shape == (1,)
    assert len(parse_iso(series(text))) == 1
    assert len(last_moment(series(text))) == 1
