"""Rules on what a parameter of an analysis dataset means (ADaMIG 1.3, 3.3.4: PARAM names the unit of AVAL)."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from checks.adam_rules import at_source
from checks.datasets import Datasets, numbers, prefix
from checks.registry import Found, rule


@rule(
    "ADAM.PARAM_UNIT",
    "error",
    "The values of the parameter have several units, this one is not the most frequent. Convert the results to one "
    "standard unit, or make a parameter of each unit.",
    each="USUBJID PARAMCD AVAL SRCDOM SRCSEQ",
    scope="adam",
)
def parameter_unit(data: Datasets, name: str) -> Iterator[Found]:
    """Only values that stand in the record as they are, in --STRESN, have its unit; of as frequent units the first."""
    frame = data[name]
    units = _units(data, name)
    known = pd.DataFrame({"PARAMCD": frame["PARAMCD"], "UNIT": units}).dropna()
    counts = known.value_counts(sort=False).rename("COUNT").reset_index()
    counts = counts.sort_values(["PARAMCD", "COUNT", "UNIT"], ascending=[True, False, True], kind="stable")
    usual = counts.drop_duplicates("PARAMCD").set_index("PARAMCD")["UNIT"]
    rarer = known[known["UNIT"].ne(known["PARAMCD"].map(usual))].index
    yield Found(name, frame.loc[rarer], "PARAMCD", units.loc[rarer])


def _units(data: Datasets, name: str) -> pd.Series:
    """Return --STRESU of the record that each value was taken from; missing where it was not taken as it stands."""
    frame = data[name]
    units = pd.Series(pd.NA, index=frame.index, dtype="str")
    for domain, rows in frame[frame["SRCSEQ"].notna()].groupby("SRCDOM", sort=True):
        number, unit = (f"{prefix(str(domain))}{part}" for part in ("STRESN", "STRESU"))
        if data.has(str(domain), "USUBJID", number, unit):
            place = at_source(data, rows, str(domain))
            found = place[place.ge(0)].astype("int64")
            origin = data[str(domain)].take(found.to_numpy()).set_axis(found.index)
            alike = numbers(origin[number]).eq(numbers(rows.loc[found.index, "AVAL"]))
            units.loc[found.index] = origin[unit].astype("str").where(alike)
    return units
