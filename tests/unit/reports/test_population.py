"""What populations are called."""

from __future__ import annotations

import pandas as pd
import pytest

from clinical import conditions
from reports.population import population_in_words
from specs.model.analyses import Population

SAFETY = ({"SAFFL": conditions.Test(any_of=("Y",))},)
NAMES = (Population(label="Safety analysis set", where={"SAFFL": "Y"}),)
ADSL = pd.DataFrame({"USUBJID": ["1", "2", "3"], "SAFFL": ["Y", "N", "Y"]})


@pytest.mark.parametrize(
    ("condition", "adam", "expected"),
    [
        (SAFETY, {"ADSL": ADSL}, "Safety analysis set, N=2"),
        ((), {"ADSL": ADSL}, "All subjects, N=3"),
        (({"SAFFL": conditions.Test(any_of=("N",))},), {"ADSL": ADSL}, ""),
        (SAFETY, {}, ""),
    ],
)
def test_population_in_words(condition, adam, expected) -> None:
    assert population_in_words(condition, NAMES, adam) == expected
