"""What the tests of the SDTM engine share: literal tables, small studies, and a verb carried out on a table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import pytest
from pydantic import TypeAdapter

from clinical import provenance
from clinical.findings import combine
from sdtm.algorithms import Context, evaluate
from sdtm.build import collect, derive
from sdtm.inputs import Inputs
from sdtm.phases import step_graph
from sdtm.visits import build_visits
from specs.load import load_study
from specs.model.codelists import ResolvedCodelist, ResolvedTerm, fold_text
from specs.model.dataset import DatasetSpec, VariableSpec
from specs.model.maps import Map
from specs.model.raw import RawContract
from specs.model.study import Quantity, Study, StudyDesign

Table = Callable[..., pd.DataFrame]
Kind = Literal["Char", "Num"]


def read_table(text: str, **types: str) -> pd.DataFrame:
    """Return a table typed as text: names in the first line, cells between `|`, `.` for a missing value.

    Columns are text unless `types` says otherwise; surrounding blanks of a cell do not count, `_` stands for a blank.
    """
    lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    names, *rows = lines
    frame = pd.DataFrame([[None if cell == "." else cell for cell in row] for row in rows], columns=names, dtype="str")
    return frame.astype(types)


def read_form(name: str, text: str) -> pd.DataFrame:
    """Return a raw form: the table with all provenance columns, `_ROW` counting from 1 where it is not given."""
    frame = read_table(text)
    for column in provenance.COLUMNS:
        if column == provenance.ROW:
            given = frame[column].astype("int64") if column in frame else range(1, len(frame) + 1)
            frame[column] = pd.Series(given, index=frame.index, dtype="int64")
        elif column not in frame:
            frame[column] = pd.Series(name if column == provenance.FORM else None, index=frame.index, dtype="str")
    return frame


def values_of(series: pd.Series) -> list[Any]:
    """Return a column's values with None for missing."""
    return [None if pd.isna(value) else value for value in series]


def codelist(
    name: str,
    terms: Mapping[str, str | None],
    raw: Mapping[str, str] | None = None,
    *,
    ignore_case: bool = False,
    codes: Mapping[str, str] | None = None,
) -> ResolvedCodelist:
    """Return a codelist of terms with their decodes; `raw` gives submission values for texts of the export."""
    resolved = {value: ResolvedTerm(value, (codes or {}).get(value), decode) for value, decode in terms.items()}
    folded = {fold_text(text, ignore_case): value for text, value in (raw or {}).items()}
    folded |= {fold_text(value, ignore_case): value for value in terms}
    return ResolvedCodelist(name, name, None, True, "Sponsor", resolved, folded, ignore_case)


@dataclass
class Bench:
    """A study under test: what its verbs find in it, and what they reported."""

    codelists: dict[str, ResolvedCodelist] = field(default_factory=dict)
    units: dict[str, Quantity] = field(default_factory=dict)
    decodes: dict[str, dict[str, str]] = field(default_factory=dict)
    design: dict[str, Any] = field(default_factory=dict)
    found: list[pd.DataFrame] = field(default_factory=list)

    @property
    def study(self) -> Study:
        """The study with what was put on the bench."""
        design = {"id": "S", "name": "S", "title": "S", **self.design}
        contract = {"subjects": "dm", "forms": {"dm": {"label": "Demographics", "columns": {}}}}
        return Study(
            folder=Path("S"),
            design=StudyDesign.model_validate(design),
            raw=RawContract.model_validate(contract),
            sdtm={},
            adam={},
            codelists=self.codelists,
            methods={},
            units=self.units,
            decodes=self.decodes,
        )

    @property
    def findings(self) -> pd.DataFrame:
        """What the verbs reported so far."""
        return combine(self.found)

    def context(self, rows: pd.DataFrame, variable: VariableSpec | None = None, **places: Any) -> Context:
        """Return a context on rows; `places` are fields of Context."""
        spec = places.pop("spec", None) or dataset("AE", variable or variable_spec("AEX"))
        built = {str(name): rows[name] for name in rows if not provenance.is_provenance(str(name))}
        return Context(self.study, spec, rows, variable=variable, **{"built": built, "findings": self.found, **places})

    def run(
        self,
        verb: Mapping[str, Any],
        rows: pd.DataFrame,
        *,
        codelist: str | None = None,
        kind: Kind = "Char",
        **places: Any,
    ) -> list[Any]:
        """Return what a verb makes of rows, None for missing; every column of the rows is also a variable."""
        variable = variable_spec("AEX", codelist=codelist, kind=kind)
        outer: Map = TypeAdapter(Map).validate_python(dict(verb))
        series = evaluate(outer, self.context(rows, variable, **places))
        assert series.index.equals(rows.index)
        return values_of(series)


def variable_spec(name: str, *, codelist: str | None = None, kind: Kind = "Char", map: Any = None) -> VariableSpec:
    """Return a variable with nothing but what is given."""
    return VariableSpec(name, name, kind, None, None, None, codelist, None, None, None, None, map)


def dataset(name: str, *variables: VariableSpec, **rest: Any) -> DatasetSpec:
    """Return a dataset with nothing but what is given."""
    return DatasetSpec(name, name, "EVENTS", "", rest.pop("keys", ()), "SDTMIG 3.4", variables, **rest)


@pytest.fixture
def bench() -> Bench:
    """An empty study to put things on."""
    return Bench()


@pytest.fixture(scope="session")
def table() -> Table:
    """`read_table`."""
    return read_table


@pytest.fixture(scope="session")
def form() -> Table:
    """`read_form`."""
    return read_form


class Helpers:
    """Functions that build parts of a specification."""

    codelist = staticmethod(codelist)
    variable = staticmethod(variable_spec)
    dataset = staticmethod(dataset)
    values = staticmethod(values_of)


@pytest.fixture(scope="session")
def helpers() -> type[Helpers]:
    """Functions that build parts of a specification."""
    return Helpers


TINY = Path(__file__).parents[2] / "studies" / "tiny01"


@dataclass
class Run:
    """What the SDTM stage made of raw forms."""

    visits: pd.DataFrame
    collected: dict[str, pd.DataFrame]
    finished: dict[str, pd.DataFrame]
    findings: pd.DataFrame

    def listed(self, name: str, *variables: str) -> list[list[Any]]:
        """Return the records of a dataset as lists with None for missing."""
        return [values_of(row) for _, row in self.finished[name][list(variables)].iterrows()]


def build_all(study: Study, forms: Mapping[str, pd.DataFrame]) -> Run:
    """Carry out every step of the SDTM stage in an order that their needs allow."""
    run = Run(pd.DataFrame(), {}, {}, pd.DataFrame())
    found = []
    for step in TopologicalSorter(step_graph(study)).static_order():
        kind, _, name = step.partition(":")
        inputs = Inputs(forms=forms, collected=run.collected, datasets=run.finished, visits=run.visits)
        if kind == "visits":
            run.visits, findings = build_visits(study, dict(forms))
        elif kind == "collect":
            run.collected[name], findings = collect(study.sdtm[name], study, inputs)
        else:
            built = derive(study.sdtm[name], study, run.collected[name], inputs)
            run.finished[name], findings = built.frame, built.findings
            if built.supplemental is not None:
                run.finished[f"SUPP{name}"] = built.supplemental
        found.append(findings)
    run.findings = combine(found)
    return run


@pytest.fixture(scope="session")
def tiny() -> Study:
    """The study for tests, loaded."""
    return load_study(TINY)


@pytest.fixture(scope="session")
def build() -> Callable[[Study, Mapping[str, pd.DataFrame]], Run]:
    """`build_all`."""
    return build_all
