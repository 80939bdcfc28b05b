"""Rules on doses that are given per kg of body weight, against the total and the weight on record."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from checks.datasets import Datasets, numbers, stated
from checks.qualifiers import qualifier_of
from checks.registry import Found, rule
from clinical.findings import as_text
from specs.model.cell_facts import DosePerWeight, Measurement


def _fact(data: Datasets) -> DosePerWeight:
    return stated(data.facts.dose_per_weight)


@rule(
    "CELL.DOSE_PER_KG",
    "warning",
    "The dose per kg times the last weight before it is not the total number of cells. Check the dose, the total, the "
    "weight and their units.",
    needs={},
    facts="dose_per_weight",
)
def dose_per_kg(data: Datasets, name: str) -> Iterator[Found]:
    """Doses without a total, without a complete date or without a weight on or before it are left out."""
    fact = _fact(data)
    rows = data.rows_of(fact)
    if rows.empty:
        return
    total = numbers(qualifier_of(data, fact.dataset, fact.total).loc[rows.index])
    weight = _last_weight(data, fact.weight, rows["USUBJID"], data.bounds(fact.dataset, fact.variable).loc[rows.index])
    dose = numbers(rows[fact.dose])
    differs = ((dose * weight - total).abs() > fact.tolerance * total.abs()).to_numpy(dtype=bool)
    value = f"{fact.dose}=" + as_text(dose) + f"; {fact.total}=" + as_text(total) + "; weight=" + as_text(weight)
    yield Found(fact.dataset, rows[differs], fact.dose, value[differs])


def _last_weight(data: Datasets, fact: Measurement, subjects: pd.Series, doses: pd.DataFrame) -> pd.Series:
    """Return the last weight of each dose's subject on or before the day of the dose; missing where none is known."""
    unknown = pd.Series(np.nan, index=subjects.index, dtype="float64")
    rows = data.rows_of(fact)
    if rows.empty:
        return unknown
    dates = data.bounds(fact.dataset, fact.variable).loc[rows.index]
    known = pd.DataFrame(
        {"USUBJID": rows["USUBJID"], "AT": dates["low"].dt.normalize(), "WEIGHT": numbers(rows[fact.result])}
    )
    known = known[dates["complete"].eq(True)].dropna().sort_values("AT", kind="stable")
    asked = pd.DataFrame({"USUBJID": subjects, "AT": doses["high"].dt.normalize(), "ROW": np.arange(len(subjects))})
    asked = asked[doses["complete"].eq(True)].dropna().sort_values("AT", kind="stable")
    if known.empty or asked.empty:
        return unknown
    joined = pd.merge_asof(asked, known, on="AT", by="USUBJID").set_index("ROW")["WEIGHT"]
    return joined.reindex(np.arange(len(subjects))).set_axis(subjects.index)
