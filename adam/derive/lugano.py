"""The response at each timepoint by the Lugano 2014 criteria, from lesions and uptake.

CT, PET and their combination are derived apart, each with the criterion that decided and the lesion that met it.

Reference: Cheson et al., J Clin Oncol 2014;32:3059-3068; Barrington et al., J Clin Oncol 2014;32:3048-3058.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from adam.derive.lesions import compute_families, compute_nadirs
from adam.derive.ranks import COMPLETE, NOT_EVALUABLE, PARTIAL, PROGRESSION, STABLE
from adam.derive.timeline import Booleans, Floats
from specs.model.lugano import Growth, Lugano

#: No reading of that kind at the timepoint.
NONE = -1

#: What decided, by its code; the words stand in listings.
CRITERIA = {
    "TARGET GROWTH": "A target lesion has grown from its nadir",
    "NEW LESION": "A new lesion",
    "NON-TARGET INCREASED": "A non-target lesion has clearly progressed",
    "REGROWTH": "A non-target lesion that had gone is there again",
    "SPLEEN": "The spleen has grown",
    "NOT EVALUABLE": "A target lesion was not evaluable",
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
        results: CODE, POINT (whole numbers that rise with time within the subject; the first is baseline), LESION, TEST
            (LDIAM, LPERP, TUMSTATE, ORVERLN, BMUPTAKE, FDP5PS, OTRCUPCB), NUMBER, TEXT. A test that was not done has
            neither.

    Returns:
        CODE, POINT, CT, PET and RESPONSE (ranks of `adam.derive.assessments`; NONE where there was no such reading),
        CRITERION (of `CRITERIA`) and LESION (missing where no single lesion decided) of the response.

    Rule: PET decides where its score can be read, else CT; a complete response on CT alone is what
    `ct_complete_without_pet` says.
    Missing: a timepoint at which nothing can be read is not evaluable.
    """
    points = results[["CODE", "POINT"]].drop_duplicates().sort_values(["CODE", "POINT"]).reset_index(drop=True)
    baseline = points.groupby("CODE")["POINT"].transform("min")
    ct = _read_ct(points, baseline, lesions, results, rules)
    pet = _read_pet(points, baseline, lesions, results, rules)
    by_pet = (pet["PET"] > NOT_EVALUABLE).to_numpy()
    alone = ~by_pet & (ct["CT"] == COMPLETE).to_numpy()
    limit = COMPLETE if rules.ct_complete_without_pet == "CR" else PARTIAL
    response = np.where(by_pet, pet["PET"], np.where(alone, limit, ct["CT"]))
    read = points.assign(
        CT=ct["CT"],
        PET=pet["PET"],
        RESPONSE=np.where(response == NONE, NOT_EVALUABLE, response),
        CRITERION=ct["CRITERION"].where(~by_pet, pet["CRITERION"]),
        LESION=ct["LESION"].where(~by_pet),
    )
    if limit == PARTIAL:
        read.loc[alone, "CRITERION"] = "NO PET"
    return read[points["POINT"] > baseline].reset_index(drop=True)


def _read_ct(
    points: pd.DataFrame, baseline: pd.Series, lesions: pd.DataFrame, results: pd.DataFrame, rules: Lugano
) -> pd.DataFrame:
    """Return CT, CRITERION and LESION of each timepoint.

    Rule: progression by any criterion, even with lesions missing; else not evaluable where a target is; else complete,
    partial, stable.
    """
    targets = _read_targets(points, baseline, lesions, results, rules)
    others = _read_others(points, baseline, lesions, results, rules)
    spleen = _read_spleen(points, baseline, results, rules)
    read = pd.DataFrame(
        {"CT": NONE, "CRITERION": pd.Series(dtype="str"), "LESION": pd.Series(dtype="str")}, points.index
    )
    done = targets["read"] | others["read"] | spleen["read"]
    fell = targets["fell"] & spleen["fell"]
    normal = targets["normal"] & others["gone"] & spleen["normal"]
    steps: list[tuple[pd.Series, int, str, pd.Series | None]] = [
        (targets["grown"].notna(), PROGRESSION, "TARGET GROWTH", targets["grown"]),
        (others["new"].notna(), PROGRESSION, "NEW LESION", others["new"]),
        (others["increased"].notna(), PROGRESSION, "NON-TARGET INCREASED", others["increased"]),
        (others["regrown"].notna(), PROGRESSION, "REGROWTH", others["regrown"]),
        (spleen["grown"], PROGRESSION, "SPLEEN", None),
        (targets["missing"].notna(), NOT_EVALUABLE, "NOT EVALUABLE", targets["missing"]),
        (done & normal, COMPLETE, "NORMAL", None),
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
    """Return what the target lesions say at each timepoint: read, grown, missing (lesions), normal, fell."""
    targets = lesions[lesions["KIND"] == "target"].reset_index(drop=True)
    family = compute_families(targets["CODE"].to_numpy(), targets["LESION"], targets["PARENTS"])
    targets = targets.assign(FAMILY=family)
    history = _measured(targets, results)
    expected = targets.groupby("FAMILY").agg(
        CODE=("CODE", "first"), LESION=("LESION", "first"), NODAL=("NODAL", "first")
    )
    read = points.assign(BASELINE=points["POINT"] == baseline)[points["POINT"].isin(_ct_points(results))]
    grid = read.merge(expected.reset_index(), on="CODE").merge(history, how="left", on=["FAMILY", "POINT"])
    grid = grid.sort_values(["FAMILY", "POINT"], kind="stable").reset_index(drop=True)
    longest, short, product = (grid[name].to_numpy(dtype="float64") for name in ("LONGEST", "SHORT", "PRODUCT"))
    families = grid["FAMILY"].to_numpy()
    nadirs = compute_nadirs(families, longest, short, product, by_product=rules.growth.nadir == "smallest_product")
    nodal = grid["NODAL"].to_numpy(dtype=bool)
    grown = _has_grown((longest, short, product), nadirs, nodal, rules.growth)
    first = grid["PRODUCT"].where(grid["BASELINE"]).groupby(grid["FAMILY"], sort=False).transform("first")
    grid = grid.assign(
        GROWN=grid["LESION"].where(grown),
        MISSING=grid["LESION"].where(np.isnan(product)),
        NORMAL=np.where(nodal, longest <= rules.normal_node, longest == 0),
        FIRST=first,
    )
    by_point = grid.groupby("POINT", sort=False)
    sums = by_point.agg(grown=("GROWN", "first"), missing=("MISSING", "first"), normal=("NORMAL", "all"))
    total, known = by_point[["PRODUCT", "FIRST"]].sum(), by_point[["PRODUCT", "FIRST"]].count().min(axis="columns")
    sums["fell"] = (known == by_point.size()) & (total["PRODUCT"] <= total["FIRST"] * (1 - rules.partial / 100))
    without = pd.DataFrame({"read": points["POINT"].isin(read["POINT"]).to_numpy()}, index=points.index)
    placed = sums.reindex(points["POINT"]).set_axis(points.index)
    return without.assign(
        grown=placed["grown"],
        missing=placed["missing"],
        normal=placed["normal"].fillna(True).astype("bool"),
        fell=placed["fell"].fillna(False).astype("bool"),
    )


def _ct_points(results: pd.DataFrame) -> pd.Series:
    """Return the timepoints with any reading of CT, whether it could be evaluated or not."""
    return results.loc[results["TEST"].isin(["LDIAM", "LPERP", "TUMSTATE", "ORVERLN"]), "POINT"].drop_duplicates()


def _measured(targets: pd.DataFrame, results: pd.DataFrame) -> pd.DataFrame:
    """Return FAMILY, POINT, LONGEST, SHORT, PRODUCT of each family at each timepoint at which all members were read."""
    keys = ["CODE", "POINT", "LESION"]
    sizes = [results[results["TEST"] == test].groupby(keys)["NUMBER"].max().rename(test) for test in ("LDIAM", "LPERP")]
    wide = pd.concat(sizes, axis="columns").reset_index()
    rows = wide.merge(targets[["CODE", "LESION", "FAMILY"]], on=["CODE", "LESION"])
    rows["PRODUCT"] = rows["LDIAM"] * rows["LPERP"]
    groups = rows.groupby(["FAMILY", "POINT"], sort=False)
    summed = groups.agg(
        LONGEST=("LDIAM", "max"), SHORT=("LPERP", "max"), PRODUCT=("PRODUCT", "sum"), LACK=("PRODUCT", "count")
    )
    whole = summed["LACK"] == groups.size()
    return summed[["LONGEST", "SHORT", "PRODUCT"]].where(whole).reset_index()


def _has_grown(
    now: tuple[Floats, Floats, Floats], nadir: tuple[Floats, Floats, Floats], nodal: Booleans, rules: Growth
) -> Booleans:
    """Return which lesions have progressed: long enough, product and one diameter grown from the nadir."""
    longest, short, product = now
    nadir_longest, nadir_short, nadir_product = nadir
    wanted = np.where(nadir_longest <= rules.boundary, rules.increment, rules.larger_increment)
    grown: Booleans = longest > np.where(nodal, rules.node_above, rules.extranodal_above)
    grown &= product >= nadir_product * (1 + rules.product / 100)
    grown &= (longest - nadir_longest >= wanted) | (short - nadir_short >= wanted)
    return grown


def _read_others(
    points: pd.DataFrame, baseline: pd.Series, lesions: pd.DataFrame, results: pd.DataFrame, rules: Lugano
) -> pd.DataFrame:
    """Return what new and non-target lesions say at each timepoint: read, new, increased, regrown, gone."""
    rows = results.merge(lesions[["CODE", "LESION", "KIND", "NODAL"]], on=["CODE", "LESION"])
    states = rows[(rows["TEST"] == "TUMSTATE") & rows["TEXT"].notna()]
    sizes = rows[(rows["TEST"] == "LDIAM") & (rows["KIND"] == "new")]
    measured = sizes.groupby(["CODE", "POINT", "LESION"])["NUMBER"].max().rename("SIZE").reset_index()
    new = states[(states["KIND"] == "new") & (states["TEXT"] != "ABSENT")]
    new = new.merge(measured, how="left", on=["CODE", "POINT", "LESION"])
    above = np.where(new["NODAL"], rules.new_node_above, rules.new_extranodal_above)
    new = new[new["SIZE"].isna() | (new["SIZE"] > above)]
    known = states[states["KIND"] == "non_target"].sort_values(["CODE", "LESION", "POINT"], kind="stable")
    there = known["TEXT"].isin(["PRESENT", "INCREASED"])
    was_gone = (known["TEXT"] == "ABSENT").groupby([known["CODE"], known["LESION"]]).cummax()
    increased = known[(known["TEXT"] == "INCREASED") & (known["POINT"] > known["CODE"].map(_first(points)))]
    regrown = known[there & was_gone]
    left = known[known["TEXT"] != "ABSENT"]
    return pd.DataFrame(
        {
            "read": points["POINT"].isin(states["POINT"]).to_numpy(),
            "new": _lesion_at(points, new),
            "increased": _lesion_at(points, increased),
            "regrown": _lesion_at(points, regrown),
            "gone": ~points["POINT"].isin(left["POINT"]).to_numpy(),
        },
        index=points.index,
    )


def _first(points: pd.DataFrame) -> pd.Series:
    """Return the first timepoint of each subject."""
    return points.groupby("CODE")["POINT"].min()


def _lesion_at(points: pd.DataFrame, rows: pd.DataFrame) -> pd.Series:
    """Return the first lesion of `rows` at each timepoint; missing without one."""
    first = rows.sort_values(["POINT", "LESION"], kind="stable").drop_duplicates("POINT").set_index("POINT")["LESION"]
    return first.reindex(points["POINT"]).set_axis(points.index).astype("str")


def _read_spleen(points: pd.DataFrame, baseline: pd.Series, results: pd.DataFrame, rules: Lugano) -> pd.DataFrame:
    """Return what the spleen says at each timepoint: read, grown, normal, fell; one not measured is taken as normal."""
    rows = results[(results["TEST"] == "ORVERLN")].groupby("POINT")["NUMBER"].max()
    length = rows.reindex(points["POINT"]).set_axis(points.index)
    before = length.groupby(points["CODE"]).cummin().groupby(points["CODE"]).ffill().groupby(points["CODE"]).shift(1)
    first = length.where(points["POINT"] == baseline).groupby(points["CODE"]).transform("first")
    limit = rules.spleen.normal
    enlarged = before > limit
    further = length > before + (before - limit) * rules.spleen.growth / 100
    anew = (length > limit) & (length >= before + rules.spleen.new_growth)
    shrunk = (length - limit) < (first - limit) * (1 - rules.spleen.regression / 100)
    return pd.DataFrame(
        {
            "read": points["POINT"].isin(results.loc[results["TEST"] == "ORVERLN", "POINT"]),
            "grown": (enlarged & further) | (~enlarged & before.notna() & anew),
            "normal": length.isna() | (length <= limit),
            "fell": length.isna() | ~(first > limit) | shrunk,
        }
    )


def _read_pet(
    points: pd.DataFrame, baseline: pd.Series, lesions: pd.DataFrame, results: pd.DataFrame, rules: Lugano
) -> pd.DataFrame:
    """Return PET and CRITERION of each timepoint.

    Rule: a new focus in the marrow is progression; a score without lymphoma is complete; a score with it is partial,
    stable or progressive as the uptake has changed against baseline, and not evaluable where that is not said.
    """
    tests = results[results["TEST"].isin(["FDP5PS", "OTRCUPCB", "BMUPTAKE"])]
    wide = tests.pivot_table(index="POINT", columns="TEST", values="TEXT", aggfunc="first")
    wide = wide.reindex(index=points["POINT"], columns=["FDP5PS", "OTRCUPCB", "BMUPTAKE"]).set_axis(points.index)
    done = points["POINT"].isin(tests.loc[tests["TEST"] == "FDP5PS", "POINT"])
    score, change, marrow = wide["FDP5PS"], wide["OTRCUPCB"], wide["BMUPTAKE"]
    normal_before = marrow.groupby(points["CODE"]).ffill().groupby(points["CODE"]).shift(1).isin(rules.marrow_normal)
    focus = marrow.isin(rules.marrow_focal) & normal_before
    active = score.isin(rules.active_scores)
    states: list[tuple[pd.Series, int, str]] = [
        (focus, PROGRESSION, "MARROW"),
        (score.isin(rules.complete_scores), COMPLETE, "UPTAKE"),
        (active & change.isin(rules.increased), PROGRESSION, "UPTAKE"),
        (active & change.isin(rules.unchanged), STABLE, "UPTAKE"),
        (active & change.isin(rules.decreased), PARTIAL, "UPTAKE"),
        (done, NOT_EVALUABLE, "UPTAKE"),
    ]
    conditions = [holds.to_numpy(dtype=bool) for holds, _, _ in states]
    return pd.DataFrame(
        {
            "PET": np.select(conditions, [rank for _, rank, _ in states], NONE),
            "CRITERION": pd.Series(
                np.select(conditions, [name for _, _, name in states], ""), index=points.index, dtype="str"
            ),
        },
        index=points.index,
    )
