"""Building an SDTM dataset: `collect` maps its forms, `derive` finishes it. No dataset is named here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from clinical import provenance
from clinical.errors import MappingError
from clinical.findings import combine
from sdtm.algorithms import Context, evaluate
from sdtm.algorithms.collected import parse_number
from sdtm.algorithms.context import KEPT
from sdtm.builders import BUILDERS
from sdtm.phases import split_phases
from sdtm.suppqual import build_suppqual
from specs.model.dataset import DatasetSpec, RecordSource, VariableSpec
from specs.model.maps import Sequence
from specs.model.study import Study

_REPEATS = (provenance.EVENT_REPEAT, provenance.FORM_REPEAT, provenance.GROUP_REPEAT)


@dataclass(frozen=True)
class Inputs:
    """What a step may read: the raw forms, collected datasets, finished ones, and the visits of `sdtm.visits`."""

    forms: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    collected: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    datasets: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    visits: pd.DataFrame | None = None


@dataclass(frozen=True)
class Built:
    """A finished dataset, its supplemental qualifiers (None without any) and what was found on the way."""

    frame: pd.DataFrame
    supplemental: pd.DataFrame | None
    findings: pd.DataFrame


def collect(spec: DatasetSpec, study: Study, inputs: Inputs) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a dataset's records with every variable that needs no finished dataset, and the findings.

    One row for each record of each source in the order of the sources, or the rows that the dataset's builder makes;
    provenance columns are kept, and raw columns that derived variables need under the prefix `_RAW.`.

    Raises:
        MappingError: the builder that the spec names is not known, or a source has several rows where one is needed.
    """
    phases = split_phases(spec)
    contexts = [_builder_context(spec, study, inputs)] if spec.builder else []
    contexts += [
        Context(study, spec, _rows_of(record, spec, study, inputs), record=record, forms=inputs.forms)
        for record in spec.records
    ]
    frames, findings = [], []
    for context in contexts:
        for variable in phases.collected:
            if variable.name not in context.built:
                context.built[variable.name] = _build_variable(variable, context)
        kept = {KEPT + text: context.column(text) for text in phases.kept}
        frames.append(pd.DataFrame({**context.built, **kept, **_provenance(context.rows)}))
        findings += context.findings
    return pd.concat(frames, ignore_index=True), combine(findings)


def _builder_context(spec: DatasetSpec, study: Study, inputs: Inputs) -> Context:
    if spec.builder not in BUILDERS:
        raise MappingError(f"{spec.name}: builder '{spec.builder}' is not known. Expected one of {sorted(BUILDERS)}.")
    rows, findings = BUILDERS[spec.builder](spec, study, inputs.collected, inputs.visits)
    built = {str(name): rows[name] for name in rows.columns if not provenance.is_provenance(str(name))}
    return Context(study, spec, rows, built=built, forms=inputs.forms, findings=[findings])


def _provenance(rows: pd.DataFrame) -> dict[str, pd.Series]:
    return {name: rows[name] for name in provenance.COLUMNS if name in rows}


def _rows_of(record: RecordSource, spec: DatasetSpec, study: Study, inputs: Inputs) -> pd.DataFrame:
    """Return the rows of a record source: the form's rows that its condition keeps, stacked if it says so."""
    form = inputs.forms[record.form].reset_index(drop=True)
    context = Context(study, spec, form, forms=inputs.forms)
    rows = form[context.holds(record.where)].reset_index(drop=True)
    if record.stack is None:
        return rows
    context = replace(context, rows=rows)
    parts = []
    for row in record.stack.rows:
        columns = {name: context.column(column) for name, column in row.columns.items()}
        holds = context.holds(row.where)
        if row.differs:
            holds &= (context.column(row.differs[0]) != context.column(row.differs[1])).to_numpy(dtype=bool)
        parts.append(rows.assign(**columns, **row.constants)[holds])
    made = dict.fromkeys(name for row in record.stack.rows for name in (*row.columns, *row.constants))
    stacked = pd.concat(parts).sort_index(kind="stable").reset_index(drop=True).astype(dict.fromkeys(made, "str"))
    for name in record.stack.keep:
        stacked = stacked[stacked[name].notna()]
    return stacked.reset_index(drop=True)


def _build_variable(variable: VariableSpec, context: Context) -> pd.Series:
    """Return a variable's values in its type, from the record's own map where it has one, else the variable's."""
    own = context.record.map.get(variable.name) if context.record else None
    outer = own or variable.map
    place = context.of(variable)
    values = evaluate(outer, place) if outer is not None else place.missing()
    return parse_number(values, place) if variable.type == "Num" else values.astype("str")


def derive(spec: DatasetSpec, study: Study, collected: pd.DataFrame, inputs: Inputs) -> Built:
    """Return a dataset finished: study days, visits, epochs, --SEQ; variables and rows in order; SUPP-- beside it.

    Args:
        collected: what `collect` returned for the dataset.
    """
    context = Context(
        study,
        spec,
        collected,
        built={str(name): collected[name] for name in collected.columns if not provenance.is_provenance(str(name))},
        datasets=inputs.datasets,
        collected=inputs.collected,
        visits=inputs.visits,
    )
    sequence = None
    for variable in split_phases(spec).derived:
        if isinstance(variable.map, Sequence):
            sequence = variable.name
        else:
            context.built[variable.name] = _build_variable(variable, context)
    names = [one.name for one in (*spec.variables, *spec.supplemental) if one.name != sequence]
    built = {name: context.built[name] for name in names}
    frame = _ordered(pd.DataFrame({**built, **_provenance(collected)}), spec)
    if sequence is not None:
        frame[sequence] = (frame.groupby("USUBJID", sort=False).cumcount() + 1).astype("float64")
    supplemental = build_suppqual(frame, spec, sequence)
    extra = [name for name in provenance.COLUMNS if name in frame]
    return Built(frame[[*spec.names, *extra]], supplemental, combine(context.findings))


def _ordered(frame: pd.DataFrame, spec: DatasetSpec) -> pd.DataFrame:
    """Return rows in the order of the dataset's keys, then of the collected record, which settles every tie."""
    keys = [key for key in spec.keys if key in frame]
    sorting = {key: frame[key] for key in keys}
    sorting |= {name: pd.to_numeric(frame[name], errors="coerce") for name in _REPEATS if name in frame}
    sorting |= {name: frame[name] for name in (provenance.EVENT, provenance.FORM, provenance.ROW) if name in frame}
    codes = [_rank(values) for values in sorting.values()]
    if not codes:
        return frame
    return frame.iloc[np.lexsort(codes[::-1])].reset_index(drop=True)


def _rank(values: pd.Series) -> np.ndarray:
    """Return the place of each value in sorted order, missing first."""
    return pd.factorize(values, sort=True)[0]
