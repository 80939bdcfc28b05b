"""Lesions over time: what each target measured at each timepoint, and its nadir before that.

A lesion that split and a lesion that others merged into are one family with those they came from: its product is the
sum of its members' products, its diameters are those of the largest member.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from adam.derive.timeline import Floats, Integers


def compute_families(subjects: Integers, lesions: pd.Series, parents: pd.Series) -> Integers:
    """Return the family of each lesion, as a number; lesions without parents of their own start one.

    Args:
        subjects: the subject of each lesion.
        lesions: its number, as `T02.1` or `T01/T03`.
        parents: the numbers that it came from, separated by commas, semicolons or blanks; missing where it came from
            none.

    Rule: a lesion belongs to the families of all its parents, which thereby become one.
    """
    keys = pd.factorize(pd.Series(subjects).astype("str") + "\x1f" + lesions.reset_index(drop=True))[0]
    families = keys.astype("int64").copy()
    child, parent = find_parents(subjects, lesions, parents)
    while True:
        before = families.copy()
        np.minimum.at(families, child, families[parent])
        np.minimum.at(families, parent, families[child])
        if np.array_equal(before, families):
            return families


def find_parents(subjects: Integers, lesions: pd.Series, parents: pd.Series) -> tuple[Integers, Integers]:
    """Return the rows of children and of their parents, a pair for each known parent; see `compute_families`."""
    pairs = parents.reset_index(drop=True).dropna().str.split(r"[,;\s]+", regex=True).explode().dropna()
    pairs = pairs[pairs != ""]
    if pairs.empty:
        return np.empty(0, dtype="int64"), np.empty(0, dtype="int64")
    places = pd.Series(np.arange(len(lesions)), index=pd.MultiIndex.from_arrays([subjects, lesions.astype("str")]))
    places = places[~places.index.duplicated()]
    wanted = pd.MultiIndex.from_arrays([subjects[pairs.index.to_numpy()], pairs.to_numpy()])
    child, parent = pairs.index.to_numpy(), places.reindex(wanted).to_numpy()
    known = ~np.isnan(parent)
    return child[known].astype("int64"), parent[known].astype("int64")


def compute_nadirs(
    families: Integers, longest: Floats, perpendicular: Floats, product: Floats, *, by_product: bool
) -> tuple[Floats, Floats, Floats]:
    """Return the nadir of each row's family over the rows before it: longest, perpendicular, product.

    Rows are sorted by family and time; rows without a product do not count. With `by_product` the diameters are those
    of the (first) row with the smallest product, else each is its own smallest.
    """
    smallest = smallest_before(families, product)
    if not by_product:
        return smallest_before(families, longest), smallest_before(families, perpendicular), smallest
    lower = np.isfinite(product) & ~(product >= np.where(np.isnan(smallest), np.inf, smallest))
    places = pd.Series(np.where(lower, np.arange(len(families)), np.nan)).groupby(families, sort=False).ffill()
    before = places.groupby(families, sort=False).shift(1).fillna(-1).to_numpy(dtype="int64")
    nadir, short, area = (np.append(values, np.nan)[before] for values in (longest, perpendicular, product))
    return nadir, short, area


def smallest_before(families: Integers, values: Floats) -> Floats:
    """Return the smallest value of the rows before in each family; NaN where there is none."""
    running = pd.Series(values).groupby(families, sort=False).cummin().groupby(families, sort=False).ffill()
    return np.asarray(running.groupby(families, sort=False).shift(1), dtype="float64")
