"""Studies made by hand, and datasets read from literal tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from checks.rules import run_rules
from specs.model.codelists import ResolvedCodelist, ResolvedTerm
from specs.model.dataset import DatasetSpec, VariableSpec
from specs.model.raw import RawContract
from specs.model.study import Quantity, Study, StudyDesign

NUMBERS = ("SEQ", "DY", "VISITNUM", "AVAL", "CNSR", "AGE", "DOSE", "STRESN", "TAETORD", "FN")

#: The facts of the study in the rules' tests.
FACTS: dict[str, Any] = {
    "infusion": {"dataset": "EX", "variable": "EXSTDTC", "where": {"EXCAT": "INFUSION"}},
    "new_therapy": [{"dataset": "CM", "variable": "CMSTDTC", "where": {"CMCAT": "NEW"}}],
    "transplant": {"dataset": "PR", "variable": "PRSTDTC", "where": {"PRCAT": "TRANSPLANT"}},
    "response": {
        "dataset": "RS",
        "variable": "RSDTC",
        "result": "RSSTRESC",
        "where": {"RSTESTCD": "OVRLRESP"},
        "complete": ["CR", "CRi"],
        "unusual": ["CRi"],
    },
    "consent": {"dataset": "DS", "variable": "DSSTDTC", "where": {"DSDECOD": "INFORMED CONSENT OBTAINED"}},
    "death": [
        {"dataset": "DM", "variable": "DTHDTC"},
        {"dataset": "AE", "variable": "AEENDTC", "where": {"AEOUT": "FATAL"}},
    ],
    "doses": [
        {
            "dataset": "EX",
            "variable": "EXDOSE",
            "unit": "EXDOSU",
            "where": {"EXCAT": "INFUSION"},
            "units": ["10^6 CELLS/kg"],
            "plausible": ["0.1", "10"],
        }
    ],
    "implications": [
        {
            "rows": {"dataset": "ADTTE", "where": {"PARAMCD": "DOR"}},
            "need": {"dataset": "ADRS", "where": {"PARAMCD": "CR24", "AVALC": "Y"}},
        }
    ],
    "leukapheresis": {"dataset": "PR", "variable": "PRSTDTC", "where": {"PRCAT": "COLLECTION"}},
    "lymphodepletion": {"dataset": "EX", "variable": "EXSTDTC", "where": {"EXCAT": "LYMPHODEPLETION"}},
    "products": [
        {"dataset": "EX", "variable": "EXSTDTC", "where": {"EXTRT": "CELLS A"}},
        {"dataset": "EX", "variable": "EXSTDTC", "where": {"EXTRT": "CELLS B"}},
    ],
    "special_interest": {"dataset": "AE", "variable": "AESTDTC", "where": {"AECAT": ["CRS", "ICANS"]}},
    "second_grade": {"where": {"AECAT": ["CRS", "ICANS"]}, "qualifier": "ASTCTGR"},
    "rescue": {
        "medication": {"dataset": "CM", "variable": "CMSTDTC", "where": {"CMTRT": "TOCILIZUMAB"}},
        "event": {"dataset": "AE", "variable": "AESTDTC", "end": "AEENDTC", "where": {"AECAT": "CRS"}},
        "alternatives": [{"dataset": "CM", "variable": "CMSTDTC", "where": {"CMTRT": "DEXAMETHASONE"}}],
        "days": "2",
    },
}


def read_table(text: str) -> pd.DataFrame:
    """Return a frame from `NAME | NAME` and lines of values; nothing between two bars is missing.

    Columns whose name ends as one of `NUMBERS` are numbers, those ending with DT are dates, the others text.
    """
    header, *lines = (line.strip() for line in text.strip().splitlines())
    names = [name.strip() for name in header.split("|")]
    rows = [[cell.strip() or None for cell in line.split("|")] for line in lines]
    columns: dict[str, pd.Series] = {}
    for place, name in enumerate(names):
        values = pd.Series([row[place] for row in rows], dtype="str")
        if name.endswith(NUMBERS) and name != "SRCDOM":
            columns[name] = pd.to_numeric(values).astype("float64")
        elif name.endswith("DT"):
            columns[name] = pd.to_datetime(values).astype("datetime64[s]")
        else:
            columns[name] = values
    return pd.DataFrame(columns)


def _variable(name: str, **known: Any) -> VariableSpec:
    facts = {"label": name, "type": "Char", "length": None, "core": None, "role": None, "codelist": None}
    facts |= {"format": None, "origin": None, "method": None, "comment": None} | known
    return VariableSpec(name=name, **facts)


def _dataset(name: str, variables: list[VariableSpec], keys: tuple[str, ...] = (), **known: Any) -> DatasetSpec:
    facts = {"label": name, "class_name": "EVENTS", "structure": "", "standard": "SDTMIG 3.4"} | known
    return DatasetSpec(name=name, keys=keys, variables=tuple(variables), **facts)


def _codelist(name: str, terms: list[str], *, extensible: bool = False) -> ResolvedCodelist:
    resolved = {term: ResolvedTerm(term) for term in terms}
    return ResolvedCodelist(name, name, None, extensible, "test", resolved)


def _study(
    datasets: Mapping[str, list[str]] | None = None,
    *,
    settings: Mapping[str, Any] | None = None,
    specs: Mapping[str, DatasetSpec] | None = None,
    codelists: Mapping[str, ResolvedCodelist] | None = None,
    units: Mapping[str, Any] | None = None,
    design: Mapping[str, Any] | None = None,
) -> Study:
    made = {name: _dataset(name, [_variable(one) for one in names]) for name, names in (datasets or {}).items()}
    made |= specs or {}
    return Study(
        folder=Path("."),
        design=StudyDesign.model_validate(
            {"id": "STUDY1", "name": "STUDY1", "title": "A study", "settings": settings or {}} | dict(design or {})
        ),
        raw=RawContract.model_validate({"subjects": "dm", "forms": {"dm": {"label": "DM", "columns": {}}}}),
        sdtm={name: spec for name, spec in made.items() if not name.startswith("AD")},
        adam={name: spec for name, spec in made.items() if name.startswith("AD")},
        codelists=codelists or {},
        methods={},
        units={name: Quantity.model_validate(one) for name, one in (units or {}).items()},
    )


@pytest.fixture(scope="session")
def table() -> Callable[[str], pd.DataFrame]:
    """`read_table`."""
    return read_table


@pytest.fixture(scope="session")
def variable() -> Callable[..., VariableSpec]:
    """Make a `VariableSpec` from its name and what matters of it."""
    return _variable


@pytest.fixture(scope="session")
def dataset() -> Callable[..., DatasetSpec]:
    """Make a `DatasetSpec` from name, variables and keys."""
    return _dataset


@pytest.fixture(scope="session")
def codelist() -> Callable[..., ResolvedCodelist]:
    """Make a codelist from its id and terms."""
    return _codelist


@pytest.fixture(scope="session")
def study() -> Callable[..., Study]:
    """Make a `Study` from the names of its datasets' variables, and whatever else matters of it."""
    return _study


@pytest.fixture(scope="session")
def run_rule() -> Callable[..., list[str]]:
    """Run one rule on literal tables (`empty`: without their rows) and return its findings.

    Each is `DATASET VARIABLE USUBJID value`.
    """

    def run(rule: str, tables: Mapping[str, str], *, empty: bool = False, **known: Any) -> list[str]:
        frames = {name: read_table(text) for name, text in tables.items()}
        if empty:
            frames = {name: frame.iloc[:0] for name, frame in frames.items()}
        known.setdefault("settings", {"facts": FACTS})
        made = _study({name: list(frame.columns) for name, frame in frames.items()}, **known)
        found = run_rules(made, frames, only=[rule])
        unexpected = set(found["rule"]) - {rule}
        assert not unexpected, f"{unexpected}: {list(found['message'])}"
        place = found["dataset"] + " " + found["variable"] + " " + found["usubjid"] + " " + found["value"]
        return sorted(" ".join(text.split()) for text in place)

    return run
