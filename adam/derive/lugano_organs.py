"""What the spleen says on CT, and the body and the marrow on PET, for the response by Lugano 2014."""

from __future__ import annotations

import numpy as np
import pandas as pd

from adam.derive.lesions import smallest_before
from adam.derive.ranks import COMPLETE, NONE, NOT_EVALUABLE, PARTIAL, PROGRESSION, STABLE
from clinical.decimals import minus, plus, times
from specs.model.lugano import Lugano


def read_spleen(points: pd.DataFrame, baseline: pd.Series, results: pd.DataFrame, rules: Lugano) -> pd.DataFrame:
    """Return what the spleen says at each timepoint: read, grown, normal, fell; one not measured is taken as normal."""
    rows = results[(results["TEST"] == "ORVERLN")].groupby("POINT")["NUMBER"].max()
    length = rows.reindex(points["POINT"]).set_axis(points.index)
    before = pd.Series(smallest_before(points["CODE"].to_numpy(), length.to_numpy(dtype="float64")), points.index)
    first = length.where(points["POINT"] == baseline).groupby(points["CODE"]).transform("first")
    limit = rules.spleen.normal
    enlarged = before > limit
    further = times(minus(length, before), 100) > times(minus(before, limit), rules.spleen.growth)
    anew = (length > limit) & (length >= plus(before, rules.spleen.new_growth))
    shrunk = times(minus(first, length), 100) > times(minus(first, limit), rules.spleen.regression)
    return pd.DataFrame(
        {
            "read": points["POINT"].isin(results.loc[results["TEST"] == "ORVERLN", "POINT"]),
            "grown": (enlarged & further) | (~enlarged & before.notna() & anew),
            "normal": length.isna() | (length <= limit),
            "fell": length.isna() | ~(first > limit) | shrunk,
        }
    )


def read_pet(points: pd.DataFrame, results: pd.DataFrame, rules: Lugano) -> pd.DataFrame:
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
