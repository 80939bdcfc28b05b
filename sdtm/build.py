"""Building an SDTM dataset: `collect` maps its forms, `derive` finishes it. No dataset is named here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

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
    """What `derive` may read: finished datasets, collected ones, and the visits of `sdtm.visits`."""

    datasets: Mapping[str, pd.DataFrame]
    collected: Mapping[str, pd.DataFrame]
    visits: pd.DataFrame | None = None


@dataclass(frozen=True)
class Built:
    """A finished dataset, its supplemental qualifiers (None without any) and what was found on the way."""

    frame: pd.DataFrame
    supplemental: pd.DataFrame | None
    findings: pd.DataFrame


def collect(
    spec: DatasetSpec, study: Study, forms: Mapping[str, pd.DataFrame]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a dataset's records with every variable that its own forms decide, and the findings.

    One row for each record of each source, in the order of the sources; provenance columns are kept, and raw columns
    that derived variables need under the prefix `_RAW.`.
    """
    phases = split_phases(spec)
    frames, findings = [], []
    for record in spec.records:
        rows = _rows_of(record, spec, study, forms)
        context = Context(study, spec, rows, forms=forms)
        for variable in phases.collected:
            context.built[variable.name] = _build_variable(variable, record, context)
        kept = {KEPT + text: context.column(text) for text in phases.kept}
        frames.append(pd.DataFrame({**context.built, **kept, **{name: rows[name] for name in provenance.COLUMNS}}))
        findings += context.findings
    return pd.concat(frames, ignore_index=True), combine(findings)


def _rows_of(
    record: RecordSource, spec: DatasetSpec, study: Study, forms: Mapping[str, pd.DataFrame]
) -> pd.DataFrame:
    """Return the rows of a record source: the form's rows that its condition keeps, stacked if it says so."""
    form = forms[record.form].reset_index(drop=True)
    context = Context(study, spec, form, forms=forms)
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


def _build_variable(variable: VariableSpec, record: RecordSource | None, context: Context) -> pd.Series:
    """Return a variable's values in its type, from the record's own map or the variable's."""
    outer = record.map.get(variable.name, variable.map) if record else variable.map
    place = context.of(variable)
    if outer is None:
        values = place.missing()
    else:
        values = evaluate(outer, place)
    return parse_number(values, place) if variable.type == "Num" else values.astype("str")


def derive(spec: DatasetSpec, study: Study, collected: pd.DataFrame | None, inputs: Inputs) -> Built:
    """Return a dataset finished: study days, visits, epochs, --SEQ; variables and rows in order; SUPP-- beside it.

    Args:
        collected: what `collect` returned, or None for a dataset that a builder makes.

    Raises:
        MappingError: the dataset has neither records nor a builder that is known.
    """
    if spec.builder is not None:
        if spec.builder not in BUILDERS:
            raise MappingError(f"{spec.name}: builder '{spec.builder}' is not known; expected one of {sorted(BUILDERS)}.")
        base, found = BUILDERS[spec.builder](spec, study, inputs.datasets, inputs.collected, inputs.visits)
    else:
        assert collected is not None
        base, found = collected, None
    base = base.reset_index(drop=True)
    context = Context(
        study,
        spec,
        base,
        built={str(name): base[name] for name in base.columns if not provenance.is_provenance(str(name))},
        datasets=inputs.datasets,
        collected=inputs.collected,
        visits=inputs.visits,
    )
    if found is not None:
        context.findings.append(found)
    phases = split_phases(spec)
    sequence = None
    waiting = phases.derived if spec.records else (*phases.collected, *phases.derived)
    for variable in (one for one in waiting if one.name not in context.built):
        if isinstance(variable.map, Sequence):
            sequence = variable
            continue
        context.built[variable.name] = _build_derived(variable, spec, context)
    frame = _with_provenance(spec, context)
    frame = _ordered(frame, spec)
    if sequence is not None:
        frame[sequence.name] = (frame.groupby("USUBJID", sort=False).cumcount() + 1).astype("float64")
    supplemental = build_suppqual(frame, spec, sequence.name if sequence else None)
    extra = [name for name in provenance.COLUMNS if name in frame]
    return Built(frame[[*spec.names, *extra]], supplemental, combine(context.findings))


def _build_derived(variable: VariableSpec, spec: DatasetSpec, context: Context) -> pd.Series:
    """Return a derived variable; records whose source maps it otherwise take that map."""
    own = [record for record in spec.records if variable.name in record.map]
    if not own:
        return _build_variable(variable, None, context)
    raise MappingError(
        f"{spec.name}.{variable.name}: a record source cannot override a derived variable. Use 'when' instead."
    )


def _with_provenance(spec: DatasetSpec, context: Context) -> pd.DataFrame:
    names = [one.name for one in (*spec.variables, *spec.supplemental)]
    built = {name: context.built[name] for name in names if name in context.built}
    traces = {name: context.rows[name] for name in provenance.COLUMNS if name in context.rows}
    return pd.DataFrame({**built, **traces})


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

