"""Building an SDTM dataset: `collect` maps its forms, `derive` finishes it. No dataset is named here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from clinical import provenance
from clinical.errors import MappingError
from clinical.findings import combine
from clinical.numbers import number_text
from sdtm.algorithms import Context, evaluate
from sdtm.algorithms.collected import parse_number
from sdtm.algorithms.context import KEPT
from sdtm.builders import BUILDERS
from sdtm.inputs import Inputs
from sdtm.long_text import continue_long_text
from sdtm.suppqual import build_suppqual
from specs.model.dataset import DatasetSpec, RecordSource, VariableSpec
from specs.model.maps import Map, Sequence
from specs.model.study import Study
from specs.phases import Phases, split_phases
from specs.references import parse_reference

_REPEATS = (provenance.EVENT_REPEAT, provenance.FORM_REPEAT, provenance.GROUP_REPEAT)

#: Column of a collected frame with the number of the record source, where a source maps a derived variable itself.
_SOURCE = KEPT + "source"


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
        Context(
            study, spec, _rows_of(record, spec, study, inputs), record=record, forms=inputs.forms, visits=inputs.visits
        )
        for record in spec.records
    ]
    frames, findings = [], []
    for number, context in enumerate(contexts):
        for variable in phases.collected:
            if variable.name not in context.built:
                context.built[variable.name] = _build_variable(variable, context)
        kept = {KEPT + text: _kept(text, context) for text in phases.kept}
        if _sources_differ(spec, phases):
            kept[_SOURCE] = pd.Series(number, index=context.index, dtype="int64")
        frames.append(pd.DataFrame({**context.built, **kept, **_provenance(context.rows)}))
        findings += context.findings
    return pd.concat(frames, ignore_index=True), combine(findings)


def _kept(text: str, context: Context) -> pd.Series:
    """Return a raw column for the derived variables; missing where only the form of another source has it."""
    known = parse_reference(text).kind != "own" or text in context.rows
    return context.column(text) if known else context.missing()


def _sources_differ(spec: DatasetSpec, phases: Phases) -> bool:
    """Return whether a single record source maps a variable that `derive` builds."""
    late = {variable.name for variable in phases.derived}
    return any(late & record.map.keys() for record in spec.records)


def _builder_context(spec: DatasetSpec, study: Study, inputs: Inputs) -> Context:
    if spec.builder not in BUILDERS:
        raise MappingError(f"{spec.name}: builder '{spec.builder}' is not known. Expected one of {sorted(BUILDERS)}.")
    rows, findings = BUILDERS[spec.builder](spec, study, inputs)
    built = {str(name): rows[name] for name in rows.columns if not provenance.is_provenance(str(name))}
    return Context(study, spec, rows, built=built, forms=inputs.forms, visits=inputs.visits, findings=[findings])


def _provenance(rows: pd.DataFrame) -> dict[str, pd.Series]:
    return {name: rows[name] for name in provenance.COLUMNS if name in rows}


def _rows_of(record: RecordSource, spec: DatasetSpec, study: Study, inputs: Inputs) -> pd.DataFrame:
    """Return the rows of a record source: the form's rows that its condition keeps, stacked if it says so."""
    form = inputs.forms[record.form].reset_index(drop=True)
    context = Context(study, spec, form, forms=inputs.forms)
    rows = form[context.holds(record.where)].reset_index(drop=True)
    if record.stack is None:
        return rows
    context = Context(study, spec, rows, forms=inputs.forms)
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
    place = context.of(variable)
    values = _mapped(variable, place)
    if variable.type == "Num":
        return parse_number(values, place)
    return _as_text(values)


def _mapped(variable: VariableSpec, context: Context) -> pd.Series:
    """Return what the maps make of a variable; records of sources with a map of their own are built apart."""
    if context.record is not None:
        outer = context.record.map.get(variable.name, variable.map)
    elif any(variable.name in record.map for record in context.spec.records):
        return _mapped_by_source(variable, context)
    else:
        outer = variable.map
    return evaluate(outer, context) if outer is not None else context.missing()


def _mapped_by_source(variable: VariableSpec, context: Context) -> pd.Series:
    """Return a derived variable's values where sources have maps of their own: each source's records by its map."""
    numbers = context.rows[_SOURCE].to_numpy()
    maps: list[Map | None] = [variable.map] if context.spec.builder else []
    maps += [record.map.get(variable.name, variable.map) for record in context.spec.records]
    parts = [
        _as_text(evaluate(outer, context.take(numbers == number)))
        for number, outer in enumerate(maps)
        if outer is not None
    ]
    joined: pd.Series = pd.concat(parts)
    return joined.reindex(context.index)


def _as_text(values: pd.Series) -> pd.Series:
    """Return values as text, numbers without needless decimals."""
    return number_text(values) if pd.api.types.is_numeric_dtype(values) else values.astype("str")


def derive(spec: DatasetSpec, study: Study, collected: pd.DataFrame, inputs: Inputs) -> Built:
    """Return a dataset finished: study days, epochs, flags, --SEQ; variables and rows in order; SUPP-- beside it.

    Text over 200 bytes is continued as `sdtm.long_text` says, before rows are put in order.

    Args:
        collected: what `collect` returned for the dataset.

    Raises:
        MappingError: a continued text needs a name that the dataset has already.
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
    sequence: VariableSpec | None = None
    for variable in split_phases(spec).derived:
        if isinstance(variable.map, Sequence):
            sequence = variable
        else:
            context.built[variable.name] = _build_variable(variable, context)
    names = [one.name for one in (*spec.variables, *spec.supplemental) if one is not sequence]
    continued = continue_long_text(spec, {name: context.built[name] for name in names})
    spec, built = continued.spec, continued.columns
    frame = _sorted(pd.DataFrame({**built, **_provenance(collected)}), spec.keys)
    if sequence is not None:
        frame[sequence.name] = _number_records(frame, sequence.map)
    supplemental = build_suppqual(frame, spec, sequence.name if sequence else None)
    extra = [name for name in provenance.COLUMNS if name in frame]
    return Built(frame[[*spec.names, *extra]], supplemental, combine([*context.findings, continued.findings]))


def _number_records(frame: pd.DataFrame, verb: Sequence) -> pd.Series:
    """Return 1, 2, … within the subject, in the order of the variables that the verb names, then of the rows."""
    order = np.lexsort([_rank(frame[name]) for name in reversed(("USUBJID", *verb.order))])
    return (frame.iloc[order].groupby("USUBJID", sort=False).cumcount() + 1).astype("float64")


def _sorted(frame: pd.DataFrame, names: Iterable[str]) -> pd.DataFrame:
    """Return rows in the order of the variables that are there, then of the collected record, which settles ties."""
    sorting = [frame[name] for name in names if name in frame]
    sorting += [pd.to_numeric(frame[name], errors="coerce") for name in _REPEATS if name in frame]
    sorting += [frame[name] for name in (provenance.EVENT, provenance.FORM, provenance.ROW) if name in frame]
    if not sorting:
        return frame
    return frame.iloc[np.lexsort([_rank(values) for values in reversed(sorting)])].reset_index(drop=True)


def _rank(values: pd.Series) -> np.ndarray:
    """Return the place of each value in sorted order, missing first."""
    return pd.factorize(values, sort=True)[0]
