"""The specification of supplemental qualifiers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from specs.load import load_study
from specs.supplemental import supplemental_spec

TINY = Path(__file__).parents[2] / "studies" / "tiny01"


def test_the_domain_has_the_standards_codelist_where_the_study_has_it() -> None:
    tiny = load_study(TINY)
    domain = replace(next(iter(tiny.codelists.values())), name="DOMAIN")
    codelists = {**tiny.codelists, "DOMAIN": domain}

    known = supplemental_spec(replace(tiny, codelists=codelists), "AE").variables
    unknown = supplemental_spec(replace(tiny, codelists={}), "AE").variables
    assert {one.name: one.codelist for one in known if one.codelist} == {"RDOMAIN": "DOMAIN"}
    assert not any(one.codelist for one in unknown)


def test_identifiers_come_from_where_those_of_the_dataset_come_from() -> None:
    variables = {one.name: one for one in supplemental_spec(load_study(TINY), "AE").variables}

    origins = {name: one.origin.type for name, one in variables.items() if one.origin}
    assert (origins["STUDYID"], origins["USUBJID"]) == ("Protocol", "Derived")
    assert variables["USUBJID"].method == "MT.USUBJID"
    assert (origins["QNAM"], variables["QNAM"].method) == ("Assigned", None)
