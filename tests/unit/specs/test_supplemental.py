"""The specification of supplemental qualifiers."""

from __future__ import annotations

from pathlib import Path

from specs.load import load_study
from specs.supplemental import supplemental_spec

TINY = Path(__file__).parents[2] / "studies" / "tiny01"


def test_identifiers_come_from_where_those_of_the_dataset_come_from() -> None:
    variables = {one.name: one for one in supplemental_spec(load_study(TINY), "AE").variables}

    origins = {name: one.origin.type for name, one in variables.items() if one.origin}
    assert (origins["STUDYID"], origins["USUBJID"]) == ("Protocol", "Derived")
    assert variables["USUBJID"].method == "MT.USUBJID"
    assert (origins["QNAM"], variables["QNAM"].method) == ("Assigned", None)
