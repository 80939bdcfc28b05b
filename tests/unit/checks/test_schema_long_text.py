"""Continuations of COVAL and TSVAL: as good as specified, in the checks and in a transport file."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd

from checks.schema import check_dataset
from specs.long_text import with_continuations
from submission import xpt


def _trial_summary() -> pd.DataFrame:
    return pd.DataFrame({"TSPARMCD": ["A", "B"], "TSVAL": ["x", "长" * 66], "TSVAL1": [None, "长 文"]}, dtype="str")


def _rules(found: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(found["rule"], found["variable"], strict=True))


def test_they_are_checked_as_if_specified(dataset, variable, study) -> None:
    spec = dataset("TS", [variable("TSPARMCD"), variable("TSVAL")])
    frame = _trial_summary()
    assert _rules(check_dataset(frame, spec, study())) == []
    frame.loc[1, "TSVAL1"] = "a" * 201
    assert _rules(check_dataset(frame, spec, study())) == [("SCHEMA.LENGTH", "TSVAL1")]


def test_a_gap_in_their_numbers_and_other_variables_are_not(dataset, variable, study) -> None:
    spec = dataset("TS", [variable("TSPARMCD"), variable("TSVAL")])
    frame = _trial_summary().rename(columns={"TSVAL1": "TSVAL2"}).assign(TSPARMC1="x")
    assert _rules(check_dataset(frame, spec, study())) == [("SCHEMA.EXTRA", "TSVAL2"), ("SCHEMA.EXTRA", "TSPARMC1")]


def test_a_transport_file_holds_them(dataset, variable, tmp_path) -> None:
    frame = _trial_summary()
    spec = with_continuations(dataset("TS", [variable("TSPARMCD"), variable("TSVAL")]), frame.columns)
    xpt.write(frame, spec, tmp_path / "ts.xpt", created=datetime(2026, 1, 1, tzinfo=UTC), encoding="utf-8")
    xpt.compare(frame, spec, tmp_path / "ts.xpt")
    assert xpt.read(tmp_path / "ts.xpt").labels["TSVAL1"] == f"{spec.variable('TSVAL').label} 1"
