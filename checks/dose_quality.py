"""Data-quality rules on doses and measured results: a unit for every number, and numbers that can be."""

from __future__ import annotations

from collections.abc import Iterator

from checks.datasets import Datasets, numbers, prefix
from checks.registry import Found, rule
from clinical.conditions import matches


@rule(
    "DQ.DOSE_UNIT_MISSING",
    "error",
    "The dose has no unit and is not converted. Enter the unit.",
    each="USUBJID --DOSE --DOSU",
)
def dose_unit_missing(data: Datasets, name: str) -> Iterator[Found]:
    frame = data[name]
    dose, unit = f"{prefix(name)}DOSE", f"{prefix(name)}DOSU"
    if name in ("EX", "EC"):
        yield Found(name, frame[frame[dose].notna() & frame[unit].isna()], unit, dose)


@rule(
    "DQ.DOSE_UNIT",
    "error",
    "The dose is given in a unit that the treatment does not have. Correct the unit, or the number that belongs to it.",
    needs={},
    facts="doses",
)
def dose_unit(data: Datasets, name: str) -> Iterator[Found]:
    for dose in data.facts.doses:
        if dose.dataset in data and dose.units:
            frame = data[dose.dataset]
            wrong = matches(frame, dose.where) & frame[dose.unit].notna() & ~frame[dose.unit].isin(dose.units)
            yield Found(dose.dataset, frame[wrong], dose.unit, dose.unit)


@rule(
    "DQ.DOSE_IMPLAUSIBLE",
    "error",
    "The dose lies outside what is plausible for the treatment. Check the number and its unit with the site.",
    needs={},
    facts="doses",
)
def dose_implausible(data: Datasets, name: str) -> Iterator[Found]:
    for dose in data.facts.doses:
        if dose.dataset in data and dose.plausible:
            frame = data[dose.dataset]
            given = numbers(frame[dose.variable]).to_numpy()
            outside = (given < dose.plausible[0]) | (given > dose.plausible[1])
            yield Found(dose.dataset, frame[matches(frame, dose.where) & outside], dose.variable, dose.variable)


@rule(
    "DQ.UNIT_MISSING",
    "error",
    "The result has no unit and is not converted. Enter the unit.",
    each="USUBJID --TESTCD --ORRES --ORRESU",
)
def unit_missing(data: Datasets, name: str) -> Iterator[Found]:
    """Only tests for which units.yaml has a standard unit, and results that are numbers."""
    frame = data[name]
    measured = frame[f"{prefix(name)}TESTCD"].isin(list(data.study.units))
    number = numbers(frame[f"{prefix(name)}ORRES"]).notna()
    unit = f"{prefix(name)}ORRESU"
    yield Found(name, frame[measured & number & frame[unit].isna()], unit, f"{prefix(name)}ORRES")


@rule(
    "DQ.RESULT_IMPLAUSIBLE",
    "error",
    "The result lies outside what is plausible for the test. Check the number and its unit with the site.",
    each="USUBJID --TESTCD --STRESN",
)
def result_implausible(data: Datasets, name: str) -> Iterator[Found]:
    frame = data[name]
    tests = frame[f"{prefix(name)}TESTCD"]
    ranges = {test: unit.plausible for test, unit in data.study.units.items() if unit.plausible}
    number = numbers(frame[f"{prefix(name)}STRESN"])
    low = tests.map({test: limits[0] for test, limits in ranges.items()})
    high = tests.map({test: limits[1] for test, limits in ranges.items()})
    outside = number.lt(low.astype("float64")) | number.gt(high.astype("float64"))
    yield Found(name, frame[outside], f"{prefix(name)}STRESN", f"{prefix(name)}STRESN")
