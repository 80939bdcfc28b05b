"""Messages of errors."""

from __future__ import annotations

import pytest

from clinical.errors import (
    ConformanceError,
    MappingError,
    OutsideError,
    PipelineError,
    Problem,
    RawDataError,
    SpecError,
    UsageError,
    did_you_mean,
    listed,
)


def test_nearest_name_is_suggested() -> None:
    assert did_you_mean("NYY", ["NY", "SEX", "RACE"]) == " Did you mean 'NY'?"
    assert did_you_mean("aesev", ["AESER", "AESEV"]) == " Did you mean 'AESEV'?"
    assert did_you_mean("zzzz", ["NY", "SEX"]) == ""
    assert did_you_mean("x", []) == ""


def test_long_lists_are_cut() -> None:
    assert listed(["a", "b"]) == "a, b"
    assert listed(["a", "b", "c", "d"], limit=2) == "a, b and 2 more"


def test_every_problem_is_named_once() -> None:
    problems = [Problem("a.yaml:3", "is wrong."), Problem("b.yaml:1", "is worse."), Problem("a.yaml:3", "is wrong.")]
    error = SpecError(problems)
    assert str(error) == "a.yaml:3: is wrong.\nb.yaml:1: is worse."
    assert error.problems == (problems[0], problems[1])


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (PipelineError, 1),
        (UsageError, 2),
        (SpecError, 10),
        (RawDataError, 11),
        (MappingError, 12),
        (ConformanceError, 13),
        (OutsideError, 14),
    ],
)
def test_exit_codes(error: type[PipelineError], code: int) -> None:
    assert error.exit_code == code
