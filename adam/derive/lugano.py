"""The response at each timepoint by the Lugano 2014 criteria, from lesions and uptake.

CT, PET and their combination are derived apart, each with the criterion that decided and the lesion that met it.

Reference: Cheson et al., J Clin Oncol 2014;32:3059-3068; Barrington et al., J Clin Oncol 2014;32:3048-3058.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from adam.derive.lesions import compute_families, compute_nadirs, find_parents
from adam.derive.lugano_organs import read_pet, read_spleen
from adam.derive.ranks import COMPLETE, NONE, NOT_EVALUABLE, PARTIAL, PROGRESSION, STABLE
from adam.derive.timeline import Booleans, Floats
from clinical.decimals import minus, sum_by, times
from specs.model.lugano import Growth, Lugano

#: What decided, by its code; the words stand in listings.
CRITERIA = {
    "TARGET GROWTH": "A target lesion has grown from its nadir",
    "NEW LESION": "A new lesion",
    "NON-TARGET INCREASED": "A non-target lesion has clearly progressed",
    "REGROWTH": "A non-target lesion that had gone is there again",
    "SPLEEN": "The spleen has grown",
    "NOT EVALUABLE": "A target lesion was not evaluable, or no lesion is known",
    "NO BASELINE": "A target lesion was not measured at baseline",
    "NORMAL": "All lesions are normal or gone",
    "SUM OF PRODUCTS": "The sum of the products against baseline",
    "UPTAKE": "The uptake on PET",
    "MARROW": "A new focus in the bone marrow",
    "NO PET": "Complete on CT, without PET",
}


def derive_lugano(lesions: pd.DataFrame, results: pd.DataFrame, rules: Lugano) -> pd.DataFrame:
    """Return the response at every timepoint after the first one of each subject.

    Args:
        lesions: CODE (the subject's number), LESION, KIND (target, non_target, new), NODAL, PARENTS.
        results: CODE, POINT (whole numbers, each of one subject, that rise with time; the first is baseline), LESION,
            TEST (LDIAM, LPERP, TUMSTATE, ORVERLN, BMUPTAKE, FDP5PS, OTRCUPCB), NUMBER, TEXT. A test that was not done
            has neither.

    Returns:
        CODE, POINT, CT, PET and RESPONSE (ranks of `adam.derive.ranks`; NONE where there was no such reading),
        CRITERION (of `CRITERIA`) and LESION (missing where no single lesion decided) of the response.

    Rule: PET decides where its score can be read, else CT; a complete response on CT alone is what
    `ct_complete_without_pet` says.
    Missing: a timepoint at which nothing can be read is not evaluable.
    """
    points = results[["CODE", "POINT"]].drop_duplicates().sort_values(["CODE", "POINT"]).reset_index(drop=True)
    baseline = points.groupby("CODE")["POINT"].transform("min")
    ct = _read_ct(points, baseline, lesions, results, rules)
    pet = read_pet(points, results, rules)
    by_pet = (pet["PET"] > NOT_EVALUABLE).to_numpy()
    alone = ~by_pet & (ct["CT"] == COMPLETE).to_numpy()
    limit = COMPLETE if rules.ct_complete_without_pet == "CR" else PARTIAL
    response = np.where(by_pet, pet["PET"], np.where(alone, limit, ct["CT"]))
    read = points.assign(
        CT=ct["CT"],
        PET=pet["PET"],
        RESPONSE=np.where(response == NONE, NOT_EVALUABLE, response),
        CRITERION=ct["CRITERION"].where(~by_pet & (ct["CT"] != NONE), pet["CRITERION"]),
        LESION=ct["LESION"].where(~by_pet),
    )
    if limit == PARTIAL:
        read.loc[alone, "CRITERION"] = "NO PET"
    return read[points["POINT"] > baseline].reset_index(drop=True)


def _read_ct(
    points: pd.DataFrame, baseline: pd.Series, lesions: pd.DataFrame, results: pd.DataFrame, rules: Lugano
) -> pd.DataFrame:
    """Return CT, CRITERION and LESION of each timepoint.

    Rule: progression by any criterion, even with lesions missing; else not evaluable where a target is, or where no
    target and no non-target lesion is known; else complete; else not evaluable where a target has no baseline; else
    partial or stable.
    """
    targets = _read_targets(points, baseline, lesions, results, rules)
    others = _read_others(points, baseline, lesions, results, rules)
    spleen = read_spleen(points, baseline, results, rules)
    read = pd.DataFrame(
        {"CT": NONE, "CRITERION": pd.Series(dtype="str"), "LESION": pd.Series(dtype="str")}, points.index
    )
    done = targets["read"] | others["read"] | spleen["read"]
    known = points["CODE"].isin(lesions.loc[lesions["KIND"].isin(["target", "non_target"]), "CODE"])
    fell = targets["fell"] & spleen["fell"]
    normal = targets["normal"] & others["gone"] & spleen["normal"]
    steps: list[tuple[pd.Series, int, str, pd.Series | None]] = [
        (targets["grown"].notna(), PROGRESSION, "TARGET GROWTH", targets["grown"]),
        (others["new"].notna(), PROGRESSION, "NEW LESION", others["new"]),
        (others["increased"].notna(), PROGRESSION, "NON-TARGET INCREASED", others["increased"]),
        (others["regrown"].notna(), PROGRESSION, "REGROWTH", others["regrown"]),
        (spleen["grown"], PROGRESSION, "SPLEEN", None),
        (targets["missing"].notna(), NOT_EVALUABLE, "NOT EVALUABLE", targets["missing"]),
        (done & ~known, NOT_EVALUABLE, "NOT EVALUABLE", None),
        (done & normal, COMPLETE, "NORMAL", None),
        (targets["unknown"].notna(), NOT_EVALUABLE, "NO BASELINE", targets["unknown"]),
        (done & fell, PARTIAL, "SUM OF PRODUCTS", None),
        (done, STABLE, "SUM OF PRODUCTS", None),
    ]
    open_ = np.ones(len(points), dtype=bool)
    for holds, rank, criterion, lesion in steps:
        here = open_ & holds.to_numpy(dtype=bool)
        read.loc[here, "CT"], read.loc[here, "CRITERION"] = rank, criterion
        if lesion is not None:
            read.loc[here, "LESION"] = lesion[here]
        open_ &= ~here
    return read


def _read_targets(
    points: pd.DataFrame, baseline: pd.Series, lesions: pd.DataFrame, results: pd.DataFrame, rules: Lugano
) -> pd.DataFrame:
    """Return what the target lesions say at each timepoint: read, grown, missing, unknown (lesions), normal, fell."""
    targets = lesions[lesions["KIND"] == "target"].reset_index(drop=True)
    family = compute_families(targets["CODE"].to_numpy(), targets["LESION"], targets["PARENTS"])
    grid = target_grid(points, baseline, targets.assign(FAMILY=family), results)
    longest, short, product = (grid[name].to_numpy(dtype="float64") for name in ("LONGEST", "SHORT", "PRODUCT"))
    families = grid["FAMILY"].to_numpy()
    nadirs = compute_nadirs(families, longest, short, product, by_product=rules.growth.nadir == "smallest_product")
    nodal = grid["NODAL"].to_numpy(dtype=bool)
    first = grid["PRODUCT"].where(grid["BASELINE"]).groupby(grid["FAMILY"], sort=False).transform("first")
    grid = grid.assign(
        GROWN=grid["LESION"].where(_has_grown((longest, short, product), nadirs, nodal, rules.growth)),
        MISSING=grid["LESION"].where(np.isnan(product)),
        UNKNOWN=grid["LESION"].where(first.isna()),
        NORMAL=np.where(nodal, longest <= rules.normal_node, longest == 0),
        FIRST=first,
    )
    by_point = grid.groupby("POINT", sort=False)
    said = {"grown": "GROWN", "missing": "MISSING", "unknown": "UNKNOWN"}
    sums = by_point.agg(**{name: (column, "first") for name, column in said.items()}, normal=("NORMAL", "all"))
    whole = sum_by(grid["FIRST"], by_point)
    sums["fell"] = times(minus(whole, sum_by(grid["PRODUCT"], by_point)), 100) >= times(whole, rules.partial)
    placed = sums.reindex(points["POINT"]).set_axis(points.index)
    return placed.assign(
        read=points["POINT"].isin(_ct_points(results)),
        normal=placed["normal"].fillna(True).astype("bool"),
        fell=placed["fell"].fillna(False).astype("bool"),
    )


def target_grid(
    points: pd.DataFrame, baseline: pd.Series, targets: pd.DataFrame, results: pd.DataFrame
) -> pd.DataFrame:
    """Return a row for each family at each timepoint with CT, sorted by family and time; NaN where it was not measured.

    A family is expected from its first record on; one without any is expected always.
    """
    read = points.assign(BASELINE=points["POINT"] == baseline)[points["POINT"].isin(_ct_points(results))]
    firsts = {name: (name, "first") for name in ("CODE", "LESION", "NODAL")}
    expected = targets.groupby("FAMILY").agg(**firsts).reset_index()
    records = results[["CODE", "POINT", "LESION"]].merge(targets[["CODE", "LESION", "FAMILY"]], on=["CODE", "LESION"])
    since = expected["FAMILY"].map(records.groupby("FAMILY")["POINT"].min())
    grid = read.merge(expected.assign(SINCE=since), on="CODE")
    grid = grid[~(grid["POINT"] < grid["SINCE"])]
    measured = _measured(targets, results, grid[["FAMILY", "POINT"]])
    grid = grid.merge(measured, how="left", on=["FAMILY", "POINT"])
    return grid.sort_values(["FAMILY", "POINT"], kind="stable").reset_index(drop=True)


def _ct_points(results: pd.DataFrame) -> pd.Series:
    """Return the timepoints with any reading of CT, whether it could be evaluated or not."""
    return results.loc[results["TEST"].isin(["LDIAM", "LPERP", "TUMSTATE", "ORVERLN"]), "POINT"].drop_duplicates()


def _measured(targets: pd.DataFrame, results: pd.DataFrame, grid: pd.DataFrame) -> pd.DataFrame:
    """Return FAMILY, POINT, LONGEST, SHORT, PRODUCT of each family at each timepoint at which all members were read.

    A member is expected from its first record on, until one that came from it has a record.
    """
    keys = ["CODE", "POINT", "LESION"]
    sizes = [results[results["TEST"] == test].groupby(keys)["NUMBER"].max().rename(test) for test in ("LDIAM", "LPERP")]
    wide = pd.concat(sizes, axis="columns").reset_index()
    rows = wide.merge(targets[["CODE", "LESION", "FAMILY"]], on=["CODE", "LESION"])
    members = _member_spans(targets, results)
    expected = grid.merge(members, on="FAMILY")
    expected = expected[(expected["POINT"] >= expected["SINCE"]) & ~(expected["POINT"] >= expected["UNTIL"])]
    names = ["FAMILY", *keys]
    rows = rows.merge(expected[names], how="outer", on=names)
    rows["PRODUCT"] = times(rows["LDIAM"], rows["LPERP"])
    groups = rows.groupby(["FAMILY", "POINT"], sort=False)
    largest = groups.agg(LONGEST=("LDIAM", "max"), SHORT=("LPERP", "max"))
    summed = largest.assign(PRODUCT=sum_by(rows["PRODUCT"], groups))
    return summed.where(summed["PRODUCT"].notna()).reset_index()


def _member_spans(targets: pd.DataFrame, results: pd.DataFrame) -> pd.DataFrame:
    """Return CODE, LESION, FAMILY of each target with a record, the POINT of the first (SINCE) and its children's."""
    firsts = results.groupby(["CODE", "LESION"])["POINT"].min().rename("SINCE").reset_index()
    members = targets[["CODE", "LESION", "FAMILY", "PARENTS"]].merge(firsts, how="left", on=["CODE", "LESION"])
    child, parent = find_parents(members["CODE"].to_numpy(), members["LESION"], members["PARENTS"])
    since = members["SINCE"].to_numpy(dtype="float64")
    until = pd.Series(since[child]).groupby(parent).min().reindex(np.arange(len(members)))
    return members.drop(columns="PARENTS").assign(UNTIL=until.to_numpy()).dropna(subset="SINCE")


def _has_grown(
    now: tuple[Floats, Floats, Floats], nadir: tuple[Floats, Floats, Floats], nodal: Booleans, rules: Growth
) -> Booleans:
    """Return which lesions have progressed: long enough, product and one diameter grown from the nadir."""
    longest, short, product = now
    nadir_longest, nadir_short, nadir_product = nadir
    wanted = np.where(nadir_longest <= rules.boundary, rules.increment, rules.larger_increment)
    grown: Booleans = longest > np.where(nodal, rules.node_above, rules.extranodal_above)
    grown &= times(minus(product, nadir_product), 100) >= times(nadir_product, rules.product)
    grown &= (minus(longest, nadir_longest) >= wanted) | (minus(short, nadir_short) >= wanted)
    return grown


def _read_others(
    points: pd.DataFrame, baseline: pd.Series, lesions: pd.DataFrame, results: pd.DataFrame, rules: Lugano
) -> pd.DataFrame:
    """Return what new and non-target lesions say at each timepoint: read, new, increased, regrown, gone."""
    rows = results.merge(lesions[["CODE", "LESION", "KIND", "NODAL"]], on=["CODE", "LESION"])
    states = rows[(rows["TEST"] == "TUMSTATE") & rows["TEXT"].notna()]
    known = states[states["KIND"] == "non_target"].sort_values(["CODE", "LESION", "POINT"], kind="stable")
    there = known["TEXT"].isin(["PRESENT", "INCREASED"])
    was_gone = (known["TEXT"] == "ABSENT").groupby([known["CODE"], known["LESION"]]).cummax()
    increased = known[(known["TEXT"] == "INCREASED") & (known["POINT"] > known["CODE"].map(_first(points)))]
    expected = points.merge(lesions.loc[lesions["KIND"] == "non_target", ["CODE", "LESION"]], on="CODE")
    absent = known.loc[known["TEXT"] == "ABSENT", ["CODE", "LESION", "POINT"]].assign(ABSENT=True)
    left = expected.merge(absent.drop_duplicates(), how="left", on=["CODE", "LESION", "POINT"])
    return pd.DataFrame(
        {
            "read": points["POINT"].isin(states["POINT"]).to_numpy(),
            "new": _lesion_at(points, _new_lesions(rows, rules)),
            "increased": _lesion_at(points, increased),
            "regrown": _lesion_at(points, known[there & was_gone]),
            "gone": ~points["POINT"].isin(left.loc[left["ABSENT"].isna(), "POINT"]).to_numpy(),
        },
        index=points.index,
    )


def _new_lesions(rows: pd.DataFrame, rules: Lugano) -> pd.DataFrame:
    """Return CODE, POINT and LESION of new lesions that are there and, where they were measured, large enough."""
    rows = rows[rows["KIND"] == "new"]
    keys = ["CODE", "POINT", "LESION", "NODAL"]
    state = rows[rows["TEST"] == "TUMSTATE"].groupby(keys)["TEXT"].first()
    size = rows[rows["TEST"] == "LDIAM"].groupby(keys)["NUMBER"].max()
    new = pd.concat({"STATE": state, "SIZE": size}, axis="columns").reset_index()
    above = np.where(new["NODAL"].astype("bool"), rules.new_node_above, rules.new_extranodal_above)
    there = (new["STATE"].notna() & (new["STATE"] != "ABSENT")) | (new["STATE"].isna() & new["SIZE"].notna())
    return new[there & ~(new["SIZE"] <= above)]


def _first(points: pd.DataFrame) -> pd.Series:
    """Return the first timepoint of each subject."""
    return points.groupby("CODE")["POINT"].min()


def _lesion_at(points: pd.DataFrame, rows: pd.DataFrame) -> pd.Series:
    """Return the first lesion of `rows` at each timepoint; missing without one."""
    first = rows.sort_values(["POINT", "LESION"], kind="stable").drop_duplicates("POINT").set_index("POINT")["LESION"]
    return first.reindex(points["POINT"]).set_axis(points.index).astype("str")
