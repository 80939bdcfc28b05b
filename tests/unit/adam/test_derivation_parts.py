"""The parts that the endpoints are made of: search in time, confirmation, windows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from adam.derive.assessments import compute_windows
from adam.derive.confirmation import compute_confirmed_ranks
from adam.derive.time_to_event import count_windows_between
from adam.derive.timeline import NEVER, Timeline, compute_days, first_of_best, subject_codes, to_dates, to_days
from specs.model.responses import Confirmation, Window

WINDOWS = tuple(
    Window(visit=visit, number=number, target=target, first=first, last=last)
    for visit, number, target, first, last in (("M1", 1, 29, 22, 36), ("M3", 3, 91, 77, 105), ("M6", 6, 183, 169, 197))
)
RANK = {"NE": 0, "PD": 1, "NON": 2, "SD": 3, "PR": 4, "CR": 5}


def integers(*values: int) -> np.ndarray:
    return np.array(values, dtype="int64")


def test_dates_and_days() -> None:
    dates = pd.Series(pd.to_datetime(["1970-01-02", None, "1969-12-31"])).astype("datetime64[s]")

    assert to_days(dates).tolist() == [1, NEVER, -1]
    assert to_days(dates, missing=-7).tolist() == [1, -7, -1]
    pd.testing.assert_series_equal(to_dates(to_days(dates)), dates)


def test_there_is_no_day_0() -> None:
    assert compute_days(integers(9, 10, 11), integers(10, 10, 10)).tolist() == [-1, 1, 2]


@pytest.mark.parametrize("shuffle", [False, True])
def test_timeline(shuffle: bool) -> None:
    codes, days = integers(0, 0, 0, 2, 2), integers(5, 9, 9, -3, 4)
    place = integers(3, 0, 4, 1, 2) if shuffle else np.arange(5)
    timeline = Timeline(codes[place], days[place])

    def original(rows: np.ndarray) -> list[int]:
        return [int(place[row]) if row >= 0 else -1 for row in rows]

    assert original(timeline.first_from(integers(0, 0, 0, 1, 2, 2), integers(5, 6, 10, 0, -NEVER, 0))) == [
        0,
        1,
        -1,
        -1,
        3,
        4,
    ]
    assert original(timeline.last_until(integers(0, 0, 1, 2), integers(8, 4, 99, NEVER), np.full(4, -NEVER))) == [
        0,
        -1,
        -1,
        4,
    ]
    assert original(timeline.last_until(integers(0, 0, 2), integers(8, 8, 3), integers(5, 6, -3))) == [0, -1, 3]


def test_timeline_without_rows() -> None:
    timeline = Timeline(integers(), integers())

    assert timeline.first_from(integers(0), integers(1)).tolist() == [-1]
    assert timeline.last_until(integers(0), integers(1), integers(-1)).tolist() == [-1]


def test_subject_codes() -> None:
    subjects = pd.Index(["A", "B"])

    assert subject_codes(subjects, pd.Series(["B", None, "C", "A"], dtype="str")).tolist() == [1, -1, -1, 0]


def test_first_of_the_best() -> None:
    assert first_of_best(integers(0, 0, 0, 3, 3), integers(2, 4, 4, 1, 0)).tolist() == [1, 3]
    assert first_of_best(integers(), integers()).tolist() == []


@pytest.mark.parametrize(
    ("day", "window"), [(-5, -1), (21, -1), (22, 0), (36, 0), (37, -1), (77, 1), (197, 2), (198, -1), (2000, -1)]
)
def test_windows(day: int, window: int) -> None:
    assert compute_windows(integers(day), WINDOWS).tolist() == [window]
    assert compute_windows(integers(day), ()).tolist() == [-1]


@pytest.mark.parametrize(
    ("after", "before", "missed"),
    [(30, 120, 1), (21, 200, 3), (22, 197, 1), (1, 37, 1), (1, 36, 0), (36, 77, 0), (200, 900, 0), (50, 40, 0)],
)
def test_windows_between(after: int, before: int, missed: int) -> None:
    assert count_windows_between(integers(after), integers(before), WINDOWS).tolist() == [missed]


@pytest.mark.parametrize(
    ("results", "days", "expected"),
    [
        ("PR PR", [30, 60], [True, False]),
        ("PR PR", [30, 57], [False, False]),
        ("PR PR", [30, 58], [True, False]),
        ("PR CR", [30, 60], [True, False]),
        ("CR PR", [30, 60], [False, False]),
        ("CR CR CR", [30, 60, 90], [True, True, False]),
        ("CR PR CR", [30, 60, 90], [False, True, False]),
        ("PR SD PR", [30, 60, 90], [False, False, False]),
        ("PR NE PR", [30, 60, 90], [True, False, False]),
        ("PR NE NE PR", [30, 50, 60, 90], [False, False, False, False]),
        ("PR PR PR", [30, 40, 60], [True, False, False]),
    ],
)
def test_confirmed(results: str, days: list[int], expected: list[bool]) -> None:
    ranks = integers(*(RANK[result] for result in results.split()))
    codes = np.zeros(len(ranks), dtype="int64")
    counts = np.ones(len(ranks), dtype=bool)

    counted = compute_confirmed_ranks(codes, integers(*days), ranks, counts, Confirmation(min_days=28))
    assert (counted >= RANK["PR"]).tolist() == expected


def test_confirmation_stays_within_the_subject_and_what_counts() -> None:
    ranks = integers(4, 4, 4, 4)
    rule = Confirmation(min_days=28)

    found = compute_confirmed_ranks(
        integers(0, 1, 1, 1), integers(1, 40, 80, 120), ranks, np.array([True, True, True, False]), rule
    )

    assert found.tolist() == [3, 4, 3, 3]


def test_confirmation_without_rows() -> None:
    none = np.zeros(0, dtype=bool)

    assert compute_confirmed_ranks(integers(), integers(), integers(), none, Confirmation(min_days=28)).tolist() == []
