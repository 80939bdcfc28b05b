"""Rules on lesions: each is identified once and measured at every timepoint, and its numbers agree with each other.

Where lesions stand, their terms, tests and limits are the study's: its fact `lesions`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from checks.datasets import Datasets, prefix
from checks.lesion_tables import Tables, lesions_of, tables_of
from checks.registry import Found, rule
from clinical.findings import as_text

#: Between which factors one diameter is about ten times another; one too small to be measured may be even less of it.
_TENFOLD = (1 / 0.15, 15.0)


def _identifications(data: Datasets, rows: pd.DataFrame, variable: str) -> Found:
    """Return identifications as found, with a variable named without its prefix."""
    name = lesions_of(data).identified.dataset
    column = prefix(name) + variable
    return Found(name, data[name].loc[rows.index], column, column)


def _results(data: Datasets, rows: pd.DataFrame, variable: str, value: pd.Series | None = None) -> Found:
    """Return results as found, in the order of the dataset; likewise."""
    name = lesions_of(data).measured.dataset
    index = rows.index.sort_values()
    column = prefix(name) + variable
    shown = data[name].loc[index]
    if value is None:
        return Found(name, shown, column, column if column in shown else None)
    return Found(name, shown, column, value.loc[index])


def _diameters(data: Datasets, tables: Tables) -> pd.DataFrame:
    """Return a row for each lesion and timepoint: `long`, `perp` (mm) and the rows of both, missing where none."""
    fact = lesions_of(data)
    sides = []
    for name, test in (("long", fact.longest), ("perp", fact.perpendicular)):
        rows = tables.of_tests(test)
        rows = rows[rows["lesion"].ge(0) & rows["place"].ge(0)].drop_duplicates(["lesion", "place"])
        side = rows[["lesion", "place", "number"]].rename(columns={"number": name})
        sides.append(side.assign(**{f"{name}_row": rows.index.astype("float64")}))
    return sides[0].merge(sides[1], on=["lesion", "place"], how="outer")


@rule(
    "LESION.NOT_IDENTIFIED",
    "error",
    "The lesion has results, but is not identified. Enter its identification, or correct its number.",
    needs={},
    facts="lesions",
)
def not_identified(data: Datasets, name: str) -> Iterator[Found]:
    """One finding a lesion, at its first result."""
    fact, tables = lesions_of(data), tables_of(data)
    results = tables.results[tables.results["test"].ne(fact.sum_of_products)]
    of_lesion = results["lesion"].ge(0) | results["test"].isin([fact.longest, fact.perpendicular, fact.state])
    unknown = results[of_lesion & ~(results["lesion"].ge(0) & results["lesion"].isin(tables.identified["lesion"]))]
    yield _results(data, unknown.drop_duplicates(["who", "lesion"]), "LNKID")


@rule(
    "LESION.NEVER_MEASURED",
    "warning",
    "The target lesion is identified, but no diameter of it is recorded. Enter its measurements.",
    needs={},
    facts="lesions",
)
def never_measured(data: Datasets, name: str) -> Iterator[Found]:
    fact, tables = lesions_of(data), tables_of(data)
    diameters = tables.of_tests(fact.longest, fact.perpendicular)
    measured = diameters.loc[diameters["number"].notna(), "lesion"].unique()
    targets = tables.lesions(fact.targets)
    yield _identifications(data, targets[~targets["lesion"].isin(measured)], "LNKID")


@rule(
    "LESION.MISSING_AT_TIMEPOINT",
    "warning",
    "Other target lesions are assessed at the timepoint, this one is not. Enter its result, or why it has none.",
    needs={},
    facts="lesions",
)
def missing_at_timepoint(data: Datasets, name: str) -> Iterator[Found]:
    """From a lesion's identification on, until others arise from it; the finding is at its identification."""
    fact, tables = lesions_of(data), tables_of(data)
    targets = tables.lesions(fact.targets)
    results = tables.of_tests(fact.longest, fact.perpendicular)
    results = results[results["lesion"].isin(targets["lesion"]) & results["place"].ge(0)]
    times = results.dropna(subset=["low"]).sort_values("low").drop_duplicates("place")
    expected = targets[["who", "lesion", "low"]].reset_index(names="row")
    expected = expected.merge(
        times[["who", "place", "timepoint", "low"]].rename(columns={"low": "at"}), on="who", how="inner"
    )
    until = expected["lesion"].map(tables.ended)
    expected = expected[(expected["at"] >= expected["low"]) & ~(expected["at"] >= until)]
    there = expected.merge(results[["lesion", "place"]].drop_duplicates(), how="left", indicator=True)["_merge"]
    absent = expected[there.eq("left_only").to_numpy()].sort_values(["row", "at"])
    frame = data[fact.identified.dataset].loc[absent["row"]].reset_index(drop=True)
    variable = f"{prefix(fact.identified.dataset)}LNKID"
    yield Found(fact.identified.dataset, frame, variable, absent["timepoint"].reset_index(drop=True))


@rule(
    "LESION.REASON_MISSING",
    "warning",
    "The lesion was not evaluable, but no reason is given. Enter the reason.",
    needs={},
    facts="lesions",
)
def reason_missing(data: Datasets, name: str) -> Iterator[Found]:
    """One finding for a lesion and timepoint."""
    results = tables_of(data).results
    dataset = lesions_of(data).measured.dataset
    reason = f"{prefix(dataset)}REASND"
    frame = data[dataset].loc[results.index]
    missing = results[results["not_done"] & (frame[reason].isna() if reason in frame else True)]
    yield _results(data, missing[~missing.duplicated(["lesion", "place"]) | missing["lesion"].lt(0)], "REASND")


@rule(
    "LESION.PERPENDICULAR",
    "error",
    "The perpendicular diameter is longer than the longest one. Correct the diameters, or exchange them.",
    needs={},
    facts="lesions",
)
def perpendicular_longer(data: Datasets, name: str) -> Iterator[Found]:
    fact = lesions_of(data)
    pairs = _diameters(data, tables_of(data))
    pairs = pairs[pairs["perp"] > pairs["long"]]
    pairs = pairs.set_axis(pairs["perp_row"].astype("int64"))
    value = f"{fact.longest}=" + as_text(pairs["long"]) + f"; {fact.perpendicular}=" + as_text(pairs["perp"])
    yield _results(data, pairs, "STRESN", value)


@rule(
    "LESION.ONE_DIAMETER",
    "warning",
    "One diameter of the lesion is recorded, the other one is not. Enter the other diameter.",
    needs={},
    facts="lesions",
)
def one_diameter(data: Datasets, name: str) -> Iterator[Found]:
    pairs = _diameters(data, tables_of(data))
    alone = pairs["long"].notna() != pairs["perp"].notna()
    row = pairs["long_row"].where(pairs["long"].notna(), pairs["perp_row"])[alone]
    yield _results(data, pairs[alone].set_axis(row.astype("int64")), "STRESN")


@rule(
    "LESION.BASELINE_SIZE",
    "warning",
    "The target lesion is too small before treatment to be measurable. Check its diameters and whether it is a target.",
    needs={},
    facts="lesions",
)
def baseline_size(data: Datasets, name: str) -> Iterator[Found]:
    """The longest diameter at the visit of the identification, of lesions identified up to the first infusion."""
    fact, tables = lesions_of(data), tables_of(data)
    targets = tables.lesions(fact.targets)
    targets = targets[~targets["arisen"] & targets["visit"].ge(0)]
    subjects = data[fact.identified.dataset].loc[targets.index, "USUBJID"]
    first = data.first_of(data.facts.infusion, subjects)["high"]
    targets = targets[~(targets["low"] > first)]
    limit = np.where(targets["term"].isin(fact.target_nodes), fact.node_above, fact.extranodal_above)
    known = pd.DataFrame({"lesion": targets["lesion"], "visit": targets["visit"], "limit": limit})
    results = tables.of_tests(fact.longest)
    limits = results[["lesion", "visit"]].merge(known, how="left", on=["lesion", "visit"])["limit"].to_numpy()
    yield _results(data, results[results["number"].le(limits)], "STRESN")


@rule(
    "LESION.TOO_MANY_TARGETS",
    "warning",
    "More target lesions are identified than the criteria allow. Enter the others as non-target lesions.",
    needs={},
    facts="lesions",
)
def too_many_targets(data: Datasets, name: str) -> Iterator[Found]:
    """Lesions beyond the limit, by date of identification and link id; those that arose from others do not count."""
    fact, tables = lesions_of(data), tables_of(data)
    targets = tables.lesions(fact.targets)
    targets = targets[~targets["arisen"]]
    link = data[fact.identified.dataset].loc[targets.index, f"{prefix(fact.identified.dataset)}LNKID"]
    ordered = targets.assign(link=link).sort_values(["who", "low", "link"], kind="stable")
    beyond = ordered[ordered.groupby("who").cumcount() >= fact.most_targets]
    yield _identifications(data, beyond.sort_index(), "LNKID")


@rule(
    "LESION.SPD",
    "warning",
    "The recorded sum of the products differs from that of the target lesions' diameters. Check the sum and them.",
    needs={},
    facts="lesions",
)
def sum_of_products(data: Datasets, name: str) -> Iterator[Found]:
    """Only timepoints at which every target lesion with a record has both diameters."""
    fact, tables = lesions_of(data), tables_of(data)
    pairs = _diameters(data, tables)
    pairs = pairs[pairs["lesion"].isin(tables.lesions(fact.targets)["lesion"])]
    products = pd.Series((pairs["long"] * pairs["perp"]).to_numpy(), index=pairs["place"].to_numpy())
    sums = products.groupby(level=0).sum()
    sums = sums[~sums.index.isin(products.index[products.isna()])]
    recorded = tables.of_tests(fact.sum_of_products)
    expected = recorded["place"].map(sums)
    apart = (recorded["number"] - expected).abs() > fact.sum_margin
    shown = as_text(recorded["number"]) + "; of the diameters: " + as_text(expected)
    yield _results(data, recorded[apart], "STRESN", shown)


@rule(
    "LESION.TENFOLD",
    "error",
    "The diameter is about ten times, or a tenth of, the one before, as if cm and mm were mixed. Correct its unit.",
    needs={},
    facts="lesions",
)
def tenfold(data: Datasets, name: str) -> Iterator[Found]:
    """Only diameters written as a number above 0; the return from a doubtful one is not queried again."""
    fact, tables = lesions_of(data), tables_of(data)
    rows = tables.of_tests(fact.longest, fact.perpendicular)
    rows = rows[rows["number"].gt(0) & rows["written"].notna() & rows["lesion"].ge(0) & rows["low"].notna()]
    rows = rows.sort_values(["lesion", "test", "low"], kind="stable")
    same = rows["lesion"].eq(rows["lesion"].shift()) & rows["test"].eq(rows["test"].shift())
    before = rows["number"].shift()
    smaller, larger = np.fmin(rows["number"], before), np.fmax(rows["number"], before)
    factor = larger / smaller
    doubtful = same & factor.ge(_TENFOLD[0]) & (factor.le(_TENFOLD[1]) | smaller.lt(fact.too_small))
    again = doubtful.shift(fill_value=False) & same
    yield _results(data, rows[doubtful & ~again], "STRESN")


@rule(
    "LESION.BEFORE_IDENTIFIED",
    "warning",
    "The lesion has a result dated before its identification. Check both dates and the number of the lesion.",
    needs={},
    facts="lesions",
)
def before_identified(data: Datasets, name: str) -> Iterator[Found]:
    """One finding for a lesion and timepoint."""
    fact, tables = lesions_of(data), tables_of(data)
    since = tables.identified[tables.identified["lesion"].ge(0)].groupby("lesion")["low"].min()
    early = tables.results[tables.results["high"] < tables.results["lesion"].map(since)]
    yield _results(data, early.drop_duplicates(["lesion", "place"]), fact.measured.variable[2:])


@rule(
    "LESION.SPLIT_PARENT",
    "warning",
    "The lesion is measured though it split or merged before. Enter the result under the lesions that arose from it.",
    needs={},
    facts="lesions",
)
def split_parent(data: Datasets, name: str) -> Iterator[Found]:
    """One finding for a lesion and timepoint, from the identification of the first that arose from it on."""
    tables = tables_of(data)
    results = tables.results[tables.results["number"].notna()]
    late = results[results["low"] >= results["lesion"].map(tables.ended)]
    yield _results(data, late.drop_duplicates(["lesion", "place"]), "LNKID")
