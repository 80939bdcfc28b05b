"""What populations are called."""

from __future__ import annotations

import pandas as pd

from clinical.conditions import Condition
from clinical.conditions import Test as Asked
from reports.population import population_in_words
from specs.model.analyses import Population

SAFETY: Condition = ({"SAFFL": Asked(any_of=("Y",))},)
OTHER: Condition = ({"SAFFL": Asked(any_of=("N",))},)
NAMES = (Population.model_validate({"label": "Safety analysis set", "where": {"SAFFL": "Y"}}),)
ADAM = {"ADSL": pd.DataFrame({"USUBJID": ["A", "B", "C"], "SAFFL": ["Y", "Y", "N"]})}


def test_a_population_has_the_name_of_the_study_and_its_number() -> None:
    assert population_in_words(SAFETY, NAMES, ADAM) == "Safety analysis set, N=2"


def test_without_a_condition_it_is_all_subjects() -> None:
    assert population_in_words((), NAMES, ADAM) == "All subjects, N=3"


def test_a_population_without_a_name_or_without_subjects_says_nothing() -> None:
    assert population_in_words(OTHER, NAMES, ADAM) == ""
    assert population_in_words(SAFETY, NAMES, {}) == ""
