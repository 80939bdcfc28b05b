"""What rules are given: which datasets are held, and how often each is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd
import pytest

from checks import datasets as module
from checks.datasets import Datasets
from checks.rules import run_rules


class Counted(Mapping[str, pd.DataFrame]):
    """Datasets that say in which order they were read."""

    def __init__(self, frames: Mapping[str, pd.DataFrame]) -> None:
        self.frames = frames
        self.read: list[str] = []

    def __getitem__(self, name: str) -> pd.DataFrame:
        self.read.append(name)
        return self.frames[name]

    def __contains__(self, name: object) -> bool:
        return name in self.frames

    def __iter__(self) -> Iterator[str]:
        return iter(self.frames)

    def __len__(self) -> int:
        return len(self.frames)


NAMES = ("AE", "CM", "DM", "MH", "PR")


@pytest.fixture
def counted(table) -> Counted:
    return Counted({name: table("STUDYID | USUBJID\nSTUDY1 | S1") for name in NAMES})


def test_nothing_is_read_before_it_is_asked_for(study, counted):
    data = Datasets(study({}), counted)
    assert "AE" in data
    assert "LB" not in data
    assert len(data) == 5
    assert counted.read == []


def test_what_was_asked_for_longest_ago_is_let_go(study, counted, monkeypatch):
    monkeypatch.setattr(module, "_HELD", 0)
    data = Datasets(study({}), counted)
    for name in ("AE", "CM", "DM", "AE", "MH", "AE", "CM"):  # three are held; CM goes for MH
        assert data[name]["USUBJID"].tolist() == ["S1"]
    assert counted.read == ["AE", "CM", "DM", "MH", "CM"]
    assert data.has("DM", "USUBJID")
    assert not data.has("AE", "AETERM")
    assert counted.read == ["AE", "CM", "DM", "MH", "CM", "DM"]  # DM went for CM, and its columns were not known yet
    assert data.has("DM", "STUDYID")
    assert data.has("AE", "STUDYID")
    assert counted.read == ["AE", "CM", "DM", "MH", "CM", "DM"]


def test_what_is_held_is_measured_once(study, counted, monkeypatch):
    measured = []
    monkeypatch.setattr(
        pd.DataFrame, "memory_usage", lambda frame, index: measured.append(len(frame)) or pd.Series([8 * len(frame)])
    )
    data = Datasets(study({}), counted)
    for name in (*NAMES, *NAMES, "AE", "AE"):
        assert len(data[name]) == 1
    assert measured == [1, 1, 1, 1, 1]


def test_rules_that_look_at_each_dataset_are_run_dataset_by_dataset(study, counted, table, monkeypatch):
    """Each is read once to learn its columns, and once for both rules."""
    monkeypatch.setattr(module, "_HELD", 0)
    counted.frames = {**counted.frames, "CM": table("STUDYID | USUBJID\nY | S2")}
    made = study({name: ["STUDYID", "USUBJID"] for name in NAMES})
    found = run_rules(made, counted, only=["SDTM.STUDYID", "SDTM.SUBJECT_IN_DM"])
    assert found[["rule", "dataset", "usubjid"]].to_numpy().tolist() == [
        ["SDTM.SUBJECT_IN_DM", "CM", "S2"],
        ["SDTM.STUDYID", "CM", "S2"],
    ]
    assert max(counted.read.count(name) for name in NAMES) == 2
