"""ADRS, Response Analysis Dataset: timepoint responses and the parameters derived from them.

Inputs: ADSL and the datasets of the timepoint responses (RS). The parameters are those of `adam/adrs.yaml`.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from adam.derive.assessments import Reference, derive_assessments
from adam.derive.context import Context
from adam.derive.response_rows import Block, Origin, ResponseRows
from adam.derive.responses import (
    YES_NO,
    Answer,
    compute_equals,
    derive_any_response,
    derive_best_response,
    derive_last_response,
    derive_response_at_visit,
    names_of,
)
from adam.derive.rows import finish_rows
from adam.derive.subject_dates import IMPUTED
from adam.derive.subjects import derive_subject_variables
from adam.derive.timeline import NEVER, Integers, to_days
from adam.inputs import Inputs, as_numbers, clean_column, select_subjects
from clinical.dates import complete_date
from clinical.findings import combine
from specs.model.dataset import DatasetSpec
from specs.model.responses import (
    AnyResponse,
    BestResponse,
    DateExists,
    EqualsResponse,
    LastResponse,
    LesionResponse,
    RecordExists,
    ResponseAtVisit,
    ResponseParameter,
    ResponseRules,
    TimepointResponse,
    Timepoints,
    Window,
    windows_of,
)


def build_adrs(spec: DatasetSpec, *, inputs: Inputs) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return ADRS in spec order, sorted by subject, PARAMCD and date, and what was found on the way."""
    rules: ResponseRules = spec.rules.responses
    dates = (rules.start,) if rules.without_start == "excluded" else ()
    base = select_subjects(inputs.datasets["ADSL"], rules.population, dates)
    context = derive_subject_variables(spec, "ADSL", base, inputs)
    reference = _reference(base, rules, inputs)
    blocks = _build_blocks(rules, context, reference)
    rows = ResponseRows(spec.name, blocks, rules, reference.start)
    return finish_rows(spec, context, rows.codes, rows.columns()), combine(context.findings)


def _reference(base: pd.DataFrame, rules: ResponseRules, inputs: Inputs) -> Reference:
    never = np.full(len(base), NEVER, dtype="int64")
    stops = [to_days(base[name]) for name in rules.stops]
    start = to_days(base[rules.start])
    return Reference(
        start=start,
        first=start + (rules.on_start == "baseline"),
        stop=np.minimum.reduce([never, *stops]),
        death=to_days(base[rules.death]) if rules.death else never,
    )


def _build_blocks(rules: ResponseRules, context: Context, reference: Reference) -> list[Block]:
    """Return the rows of every parameter in the order of the rules, each after the one that it is derived from."""
    blocks: dict[str, Block] = {}
    offsets: dict[str, int] = {}
    answered = (BestResponse, AnyResponse, LastResponse, ResponseAtVisit)
    for wanted in ((Timepoints, RecordExists, DateExists), answered, EqualsResponse):
        for name, parameter in rules.parameters.items():
            if not isinstance(parameter, wanted):
                continue
            offsets[name] = sum(len(block) for block in blocks.values())
            if isinstance(parameter, TimepointResponse | LesionResponse):
                blocks[name] = _timepoint_block(name, parameter, context, reference)
            elif isinstance(parameter, EqualsResponse):
                blocks[name] = _equals_block(name, parameter, blocks[parameter.of], offsets[parameter.of])
            elif isinstance(parameter, RecordExists):
                blocks[name] = _record_block(name, parameter, context)
            elif isinstance(parameter, DateExists):
                blocks[name] = _date_block(name, parameter, context)
            else:
                of = blocks[parameter.of]
                answer = _answer(parameter, of, rules, windows_of(rules), len(context))
                blocks[name] = _answer_block(name, parameter, answer, of, offsets[parameter.of])
    return list(blocks.values())


def _timepoint_block(
    name: str, parameter: TimepointResponse | LesionResponse, context: Context, reference: Reference
) -> Block:
    found = derive_assessments(parameter, context, reference)
    none = np.full(len(found), -1, dtype="int64")
    every, response = np.ones(len(found), dtype=bool), parameter.response
    origin = Origin(response.dataset, response.result, every, found.sequences[found.rows])
    imputed = np.where(found.imputed, IMPUTED.index("D"), -1)
    names = names_of(response)
    return Block(name, parameter, names, found.codes, found.days, found.ranks, none, found, origin, imputed)


def _answer(
    parameter: BestResponse | AnyResponse | LastResponse | ResponseAtVisit,
    of: Block,
    rules: ResponseRules,
    windows: tuple[Window, ...],
    subjects: int,
) -> Answer:
    assert isinstance(of.parameter, Timepoints)
    assert of.assessments is not None
    response = of.parameter.response
    if isinstance(parameter, BestResponse):
        return derive_best_response(parameter, response, of.assessments, subjects)
    if isinstance(parameter, AnyResponse):
        return derive_any_response(parameter, response, of.assessments, subjects)
    if isinstance(parameter, LastResponse):
        return derive_last_response(parameter, response, of.assessments, subjects)
    return derive_response_at_visit(parameter, response, of.assessments, subjects, windows, rules.tie)


def _answer_block(name: str, parameter: ResponseParameter, answer: Answer, of: Block, offset: int) -> Block:
    """Return one row a subject; its date and source are those of the assessment that decided, if one did."""
    decided = answer.rows >= 0
    days = np.where(decided, np.append(of.days, NEVER)[answer.rows], NEVER)
    sources = np.where(decided, answer.rows + offset, -1)
    return Block(name, parameter, answer.names, np.arange(len(answer.rows)), days, answer.places, sources)


def _equals_block(name: str, parameter: EqualsResponse, of: Block, offset: int) -> Block:
    """Return one row a subject, whose source is the other parameter's row; where it is Y, with that row's date."""
    values = compute_equals(Answer(of.names, of.places, of.sources), parameter.responses)
    days = np.where(values == 1, of.days, NEVER)
    sources = np.arange(len(values)) + offset
    return replace(of, name=name, parameter=parameter, names=YES_NO, days=days, places=values, sources=sources)


def _record_block(name: str, parameter: RecordExists, context: Context) -> Block:
    """Return one row a subject: Y where it has such a record, with the date of the earliest dated one, else N."""
    source = parameter.of
    sequence = f"{source.dataset}SEQ"
    records = context.records(source, [sequence])
    records = records.assign(DAY=to_days(complete_date(records["DTC"])))
    records = records.sort_values(["CODE", "DAY"], kind="stable").drop_duplicates("CODE")
    found = records["CODE"].to_numpy()
    holds, days = np.zeros(len(context), dtype=bool), np.full(len(context), NEVER, dtype="int64")
    sequences = np.full(len(context), np.nan)
    holds[found], days[found] = True, records["DAY"].to_numpy()
    sequences[found] = as_numbers(records[sequence], source.dataset, sequence).to_numpy()
    return _own_block(name, parameter, days, Origin(source.dataset, parameter.result, holds, sequences))


def _date_block(name: str, parameter: DateExists, context: Context) -> Block:
    """Return one row a subject: Y, with the date, where the subject has it in ADSL."""
    days = to_days(context.base[parameter.date])
    origin = Origin("ADSL", parameter.date, days < NEVER, np.full(len(days), np.nan))
    block = _own_block(name, parameter, days, origin)
    if parameter.imputed is None:
        return block
    flags = pd.Index(clean_column(context.base, parameter.imputed))
    return replace(block, imputed=pd.Index(IMPUTED).get_indexer(flags).astype("int64"))


def _own_block(name: str, parameter: ResponseParameter, days: Integers, origin: Origin) -> Block:
    """Return one row a subject that comes from outside this dataset: Y where its origin holds, else N."""
    places, none = origin.holds.astype("int64"), np.full(len(days), -1, dtype="int64")
    return Block(name, parameter, YES_NO, np.arange(len(days)), days, places, none, None, origin, none)
