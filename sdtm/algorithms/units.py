"""The verb for units: convert."""

from __future__ import annotations

import numpy as np
import pandas as pd

from sdtm.algorithms.collected import parse_number
from sdtm.algorithms.context import Context, evaluate_verb
from specs.model.maps import Convert
from specs.model.study import Quantity


@evaluate_verb.register
def _convert(verb: Convert, context: Context) -> pd.Series:
    """Rule: standard value = collected value × factor + offset of its unit, rounded as units.yaml says.

    Missing: no collected value. A unit that is missing or that units.yaml does not convert, and a value outside the
    plausible range, are findings; without a known unit nothing is converted.
    """
    quantities = context.study.units
    tests, units = context.own(verb.by), context.own(verb.unit)
    codes, distinct = pd.factorize(tests.fillna("").str.cat(units.fillna(""), sep="\t"))
    pairs = [str(text).split("\t") for text in distinct]
    found = [_conversion(quantities.get(test), unit) for test, unit in pairs]
    known = np.array([one is not None for one in found], dtype=bool)[codes]
    wanted = context.own(verb.value).notna().to_numpy() & tests.notna().to_numpy()
    if verb.result == "unit":
        names = pd.array([quantities[test].standard if test in quantities else None for test, _ in pairs], dtype="str")
        return pd.Series(names.take(codes), index=context.index, dtype="str").where(wanted & known)
    context.report(
        "MAP.UNIT",
        "error",
        f"{int((wanted & ~known).sum())} results have no unit, or one that units.yaml does not convert. "
        "Add the conversion, or query the site.",
        wanted & ~known,
        units,
    )
    numbers = parse_number(context.own(verb.value), context)
    factor = np.array([one[0] if one else np.nan for one in found])[codes]
    offset = np.array([one[1] if one else np.nan for one in found])[codes]
    decimals = np.array([_decimals(quantities.get(test)) for test, _ in pairs], dtype="float64")[codes]
    values = _rounded(numbers.to_numpy() * factor + offset, decimals)
    low = np.array([_range(quantities.get(test))[0] for test, _ in pairs])[codes]
    high = np.array([_range(quantities.get(test))[1] for test, _ in pairs])[codes]
    with np.errstate(invalid="ignore"):
        implausible = (values < low) | (values > high)
    context.report(
        "MAP.IMPLAUSIBLE",
        "warning",
        f"{int(implausible.sum())} results lie outside the plausible range of their test. Check value and unit.",
        implausible,
        context.own(verb.value),
    )
    return pd.Series(values, index=context.index, dtype="float64")


def _conversion(quantity: Quantity | None, unit: str) -> tuple[float, float] | None:
    if quantity is None:
        return None
    if unit == quantity.standard:
        return 1.0, 0.0
    conversion = quantity.conversions.get(unit)
    return (conversion.factor, conversion.offset) if conversion else None


def _decimals(quantity: Quantity | None) -> float:
    return float(quantity.decimals) if quantity and quantity.decimals is not None else np.nan


def _range(quantity: Quantity | None) -> tuple[float, float]:
    return quantity.plausible if quantity and quantity.plausible else (-np.inf, np.inf)


def _rounded(values: np.ndarray, decimals: np.ndarray) -> np.ndarray:
    """Return values rounded half away from zero to their number of decimals; NaN decimals leave a value alone."""
    scale = np.power(10.0, np.nan_to_num(decimals))
    shifted = np.abs(values) * scale
    rounded = np.sign(values) * np.floor(np.round(shifted, 9) + 0.5) / scale
    return np.where(np.isnan(decimals), values, rounded)
