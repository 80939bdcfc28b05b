"""The verbs for units and ranges: convert, reference_range."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from clinical.numbers import number_text
from clinical.wording import count
from sdtm.algorithms.collected import parse_number, read_number
from sdtm.algorithms.context import Context, evaluate_verb
from specs.model.maps import Convert, ReferenceRange
from specs.model.study import Quantity

#: A result beyond what can be measured: the sign, as ASCII, and the limit of measurement.
_BEYOND = re.compile(r"\s*([<>]=?|[≤≥])\s*(.*)")
_SIGNS = {"≤": "<=", "≥": ">="}


@evaluate_verb.register
def _convert(verb: Convert, context: Context) -> pd.Series:
    """Rule: standard value = collected value × factor + offset of its unit, rounded as units.yaml says. As text, a
    result such as `<5` keeps its sign before the converted limit, which is not rounded to 0; text that is no number
    stays as collected.

    Missing: no collected value; as a number, a result with a sign. A unit that is missing or that units.yaml does not
    convert, and a value outside the plausible range, are findings (of the value alone, and not of a limit); without a
    known unit nothing is converted.
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
    factor = np.array([one[0] if one else np.nan for one in found])[codes]
    offset = np.array([one[1] if one else np.nan for one in found])[codes]
    decimals = np.array([_decimals(quantities.get(test)) for test, _ in pairs], dtype="float64")[codes]
    signs, plain = _split_sign(context.own(verb.value))
    limits, _ = read_number(plain)
    if verb.result == "text":
        exact = limits.to_numpy() * factor + offset
        rounded = _rounded(exact, decimals)
        kept = signs.ne("").to_numpy() & (rounded == 0)
        converted = pd.Series(np.where(kept, exact, rounded), index=context.index)
        return (signs + number_text(converted)).where(limits.notna(), context.own(verb.value).astype("str"))
    if not verb.limit:
        _report_units(context, wanted & ~known, units)
    numbers = parse_number(context.own(verb.value).mask(signs.ne("") & limits.notna()), context)
    values = _rounded(numbers.to_numpy() * factor + offset, decimals)
    if not verb.limit:
        ranges = np.array([_range(quantities.get(test)) for test, _ in pairs], dtype="float64").reshape(-1, 2)[codes]
        _report_implausible(context, values, ranges, context.own(verb.value))
    return pd.Series(values, index=context.index, dtype="float64")


def _split_sign(values: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return the sign of each result that lies beyond what can be measured (empty for others), and what follows it."""
    if pd.api.types.is_numeric_dtype(values):
        return pd.Series("", index=values.index, dtype="str"), values
    codes, distinct = pd.factorize(values)
    found = [_BEYOND.fullmatch(str(text)) for text in distinct]
    signs = [_SIGNS.get(one[1], one[1]) if one else "" for one in found]
    plain = [one[2] if one else str(text) for one, text in zip(found, distinct, strict=True)]
    return (
        pd.Series(pd.array([*signs, ""], dtype="str").take(codes), index=values.index, dtype="str"),
        pd.Series(pd.array([*plain, None], dtype="str").take(codes), index=values.index, dtype="str"),
    )


def _report_units(context: Context, holds: np.ndarray, units: pd.Series) -> None:
    context.report(
        "MAP.UNIT",
        "error",
        f"{count(int(holds.sum()), 'result', verb='have')} no unit, or one that units.yaml does not convert. "
        "Add the conversion, or query the site.",
        holds,
        units,
    )


def _report_implausible(context: Context, values: np.ndarray, ranges: np.ndarray, collected: pd.Series) -> None:
    with np.errstate(invalid="ignore"):
        implausible = (values < ranges[:, 0]) | (values > ranges[:, 1])
    context.report(
        "MAP.IMPLAUSIBLE",
        "warning",
        f"{count(int(implausible.sum()), 'result', verb='lie')} outside the plausible range of the test. Check value "
        "and unit.",
        implausible,
        collected,
    )


@evaluate_verb.register
def _reference_range(verb: ReferenceRange, context: Context) -> pd.Series:
    """Rule: LOW below the lower limit, HIGH above the upper one, else NORMAL; a value on a limit is NORMAL, and one
    limit is enough.

    Missing: no number, or no limit. A lower limit above the upper one is missing and reported. With `text`, `<5` is
    NORMAL where all of 0 to 5 is in the range, LOW where none is; `>5` is HIGH from the upper limit on, `>=5` above it;
    else missing.
    Reference: SDTMIG 3.4, section 6.3.5.6 (LBNRIND).
    """
    value, low, high = (context.own(name).astype("float64").to_numpy() for name in (verb.value, verb.low, verb.high))
    with np.errstate(invalid="ignore"):
        crossed = low > high
        known = ~np.isnan(value) & ~(np.isnan(low) & np.isnan(high)) & ~crossed
        places = np.select([value < low, value > high], ["LOW", "HIGH"], "NORMAL")
    context.report(
        "MAP.RANGE",
        "error",
        f"{count(int(crossed.sum()), 'reference range', verb='have')} a lower limit above the upper one. Correct the "
        "limits.",
        crossed,
        context.own(verb.low),
    )
    result = pd.Series(places, index=context.index, dtype="str").where(known)
    if verb.text is None:
        return result
    beyond = _beyond(context.own(verb.text), low, high)
    return result.where(known | crossed, beyond)


def _beyond(texts: pd.Series, low: np.ndarray, high: np.ndarray) -> pd.Series:
    """Return where results below or above a limit of measurement lie, as far as it can be said."""
    parts = texts.str.extract(r"^([<>])(=?)(.+)$")
    limit = pd.to_numeric(parts[2], errors="coerce").to_numpy(dtype="float64")
    below, above = parts[0].eq("<").to_numpy(dtype=bool), parts[0].eq(">").to_numpy(dtype=bool)
    open_ = parts[1].eq("").to_numpy(dtype=bool)
    with np.errstate(invalid="ignore"):
        states = {
            "LOW": below & ((limit < low) | (open_ & (limit == low))),
            "NORMAL": below & (limit <= high) & ~(low > 0),
            "HIGH": above & ((limit > high) | (open_ & (limit == high))),
        }
    places = np.select(list(states.values()), list(states), "")
    return pd.Series(places, index=texts.index, dtype="str").mask(places == "")


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
