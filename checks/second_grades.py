"""Adverse events that are graded on a second scale, as CRS and ICANS are on that of ASTCT."""

from __future__ import annotations

import pandas as pd

from checks.datasets import Datasets, stated
from checks.qualifiers import qualifier_of
from clinical.conditions import matches
from specs.model.facts import SecondGrade


def second_grade_of(data: Datasets) -> SecondGrade:
    """Return what the study states of the second grade; a rule asks only where it states it."""
    return stated(data.facts.second_grade)


def graded_events(data: Datasets) -> pd.DataFrame:
    """Return AE with `second`, the second grade of each event as text (missing where none), and `meant` (has one)."""
    return data.made("events with a second grade", _graded)


def _graded(data: Datasets) -> pd.DataFrame:
    fact = second_grade_of(data)
    frame = data["AE"]
    return frame.assign(second=qualifier_of(data, "AE", fact.qualifier), meant=matches(frame, fact.where))
