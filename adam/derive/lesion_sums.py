"""The sum of the products of diameters of the target lesions at each timepoint, and what it is compared with."""

from __future__ import annotations

import pandas as pd

from adam.derive.lesions import compute_families, smallest_before
from adam.derive.lugano import target_grid
from clinical.decimals import minus, over, sum_by, times

#: The tests whose records a sum is made of.
DIAMETERS = ("LDIAM", "LPERP")


def derive_sums(lesions: pd.DataFrame, results: pd.DataFrame) -> pd.DataFrame:
    """Return the sum of products at every timepoint with CT of every subject with target lesions.

    Args:
        lesions, results: as `adam.derive.lugano.derive_lugano` takes them; the first timepoint is baseline.

    Returns:
        CODE, POINT, SUM, BASE, NADIR (in mm2), sorted by both.

    **Rule**: SUM adds up longest times perpendicular diameter over all target lesions that are expected at the
    timepoint. BASE is the sum at baseline. NADIR is the lowest sum before the timepoint, baseline included.

    **Missing**: SUM where any expected lesion was not measured, never a part of it; BASE where any target lesion of
    the subject was not measured at baseline; NADIR where no sum is known before.

    ```text
    baseline T01 30x20, T02 20x10 -> SUM 800
    then     T01 15x10, T02 10x10 -> SUM 250, BASE 800, NADIR 800
    then     T01 15x10, T02 NE    -> SUM missing, NADIR 250
    ```

    **Reference**: Cheson et al., J Clin Oncol 2014;32:3059-3068 (sum of the product of the perpendicular diameters).
    """
    points = results[["CODE", "POINT"]].drop_duplicates().sort_values(["CODE", "POINT"]).reset_index(drop=True)
    baseline = points.groupby("CODE")["POINT"].transform("min")
    targets = lesions[lesions["KIND"] == "target"].reset_index(drop=True)
    family = compute_families(targets["CODE"].to_numpy(), targets["LESION"], targets["PARENTS"])
    grid = target_grid(points, baseline, targets.assign(FAMILY=family), results)
    by_point = grid.groupby(["CODE", "POINT"])
    sums = by_point.agg(BASELINE=("BASELINE", "first")).assign(SUM=sum_by(grid["PRODUCT"], by_point)).reset_index()
    at_baseline = sums[sums["BASELINE"].astype(bool)].set_index("CODE")["SUM"]
    measured = grid[grid["BASELINE"].astype(bool)].groupby("CODE")["FAMILY"].nunique()
    whole = measured == pd.Series(family).groupby(targets["CODE"]).nunique().reindex(measured.index)
    base = at_baseline.where(whole.reindex(at_baseline.index, fill_value=False))
    nadir = smallest_before(sums["CODE"].to_numpy(dtype="int64"), sums["SUM"].to_numpy(dtype="float64"))
    return sums[["CODE", "POINT", "SUM"]].assign(BASE=sums["CODE"].map(base).astype("float64"), NADIR=nadir)


def percent_change(values: pd.Series, reference: pd.Series) -> pd.Series:
    """Return the change in percent of the reference; missing where that is 0 or missing."""
    return over(times(minus(values, reference), 100), reference)
