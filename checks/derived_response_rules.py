"""Rules on the response derived from lesions, against the one that was assessed."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from checks.datasets import Datasets, stated
from checks.registry import Found, rule
from clinical.conditions import matches
from clinical.findings import as_text
from specs.model.facts import DerivedResponse


def _fact(data: Datasets) -> DerivedResponse:
    return stated(data.facts.derived_response)


def _pairs(data: Datasets) -> pd.DataFrame:
    """Return the assessed rows with `other` (the derived response, missing without one) and `why` as text."""
    fact = _fact(data)
    frame = data[fact.assessed.dataset]
    assessed = frame[matches(frame, fact.assessed.where)]
    derived = frame[matches(frame, fact.derived.where)]
    why = as_text(derived[fact.why[0]]) if fact.why else pd.Series("", index=derived.index, dtype="str")
    for name in fact.why[1:]:
        why = (why + " " + as_text(derived[name])).str.strip()
    others = derived[["USUBJID", fact.by]].assign(other=derived["AVALC"], why=why)
    others = others.dropna(subset=[fact.by]).drop_duplicates(["USUBJID", fact.by])
    return assessed.reset_index().merge(others, how="left", on=["USUBJID", fact.by]).set_index("index")


@rule(
    "ADAM.RESPONSE_DIFFERS",
    "warning",
    "The response that was assessed differs from the one derived from the lesions; the value names both, with the "
    "criterion and the lesion that decided. The assessed one is analysed. Ask the site to check both.",
    needs={},
    facts="derived_response",
)
def response_differs(data: Datasets, name: str) -> Iterator[Found]:
    rows = _pairs(data)
    rows = rows[rows["other"].notna() & (rows["AVALC"] != rows["other"])]
    value = "assessed " + as_text(rows["AVALC"]) + "; derived " + as_text(rows["other"]) + ": " + as_text(rows["why"])
    yield Found(_fact(data).assessed.dataset, rows, "AVALC", value)


@rule(
    "ADAM.RESPONSE_NOT_DERIVED",
    "note",
    "A response was assessed, but no lesions are recorded at that timepoint from which it could be derived. "
    "Enter them, if there are any.",
    needs={},
    facts="derived_response",
)
def response_not_derived(data: Datasets, name: str) -> Iterator[Found]:
    rows = _pairs(data)
    yield Found(_fact(data).assessed.dataset, rows[rows["other"].isna()], "AVALC", "AVALC")
