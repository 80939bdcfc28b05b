"""What the population of a table or figure is called, and how many subjects it has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pandas as pd

from clinical.conditions import Condition, matches
from specs.model.analyses import Population
from specs.model.tables import SUBJECTS


def population_in_words(
    condition: Condition, populations: Iterable[Population], adam: Mapping[str, pd.DataFrame]
) -> str:
    """Return the name that the study gives a population with its number, as `Safety analysis set, N=32`.

    Every subject of ADSL is `All subjects`. Empty for a population without a name, and without ADSL.
    """
    if SUBJECTS not in adam:
        return ""
    name = "All subjects" if not condition else next((one.label for one in populations if one.where == condition), "")
    subjects = adam[SUBJECTS]
    number = subjects.loc[matches(subjects, condition), "USUBJID"].nunique()
    return f"{name}, N={number:,}" if name else ""
