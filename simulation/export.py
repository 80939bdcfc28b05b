"""The simulated export: rows as the parts of the simulation make them, and the frames that they become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pandas as pd
import pyarrow as pa

from clinical.errors import Problem, SpecError, did_you_mean
from simulation.draws import Draws, Ints, ranks_within
from simulation.text import Text, mixed_case, padded, texts
from specs.model.raw import Identity, RawContract
from specs.model.simulation import SimulationPlan

#: The identity columns in the order in which an export has them.
IDENTITY = ("subject", "site", "event", "event_repeat", "form_repeat", "group_repeat")

PLANTED = ("kind", "form", "subject", "record", "column", "original", "planted")


@dataclass(frozen=True)
class Rows:
    """Rows of one form: subject by position, event by name, repeat of the event (0: none), items as text.

    `order` sorts the lines of a repeating form within subject and event; they are numbered in that order.
    """

    form: str
    subject: Ints
    event: Sequence[str] | str
    items: Mapping[str, Text]
    event_code: Ints | None = None
    event_repeat: Ints | None = None
    order: Sequence[np.ndarray] = ()


@dataclass(frozen=True)
class SimulatedExport:
    """Forms (identity columns, then items; text, NA for empty), planted errors, and what the export says of itself.

    `events` are event names (OID -> name) in the order in which a subject passes them; `repeating` those that recur.
    """

    forms: dict[str, pd.DataFrame]
    planted: pd.DataFrame
    snapshot: datetime
    study: str
    study_name: str
    description: str
    events: dict[str, str] = field(default_factory=dict)
    repeating: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()


def no_planted() -> pd.DataFrame:
    """Return an empty list of planted errors."""
    return pd.DataFrame({column: pd.Series(dtype="str") for column in PLANTED})


def identity_names(contract: RawContract, form: str) -> dict[str, str]:
    """Return the identity columns that the export of a form has: role -> column name."""
    identity: Identity = contract.identity_of(form)
    named = {role: getattr(identity, role) for role in IDENTITY}
    return {role: name for role, name in named.items() if name is not None}


def event_order(plan: SimulationPlan) -> dict[str, str]:
    """Return the events in the order of a subject's time in the trial, with their names."""
    events = plan.events
    ordered = [events.screening, events.collection, events.conditioning]
    ordered += [product.event for product in plan.products]
    ordered += [assessment.event for assessment in plan.assessments]
    ordered += [events.unscheduled, events.log, events.end_of_treatment, events.end_of_study]
    return {event: plan.event_names.get(event, event) for event in ordered}


def frame_of(
    parts: Sequence[Rows], keys: Text, sites: Text, plan: SimulationPlan, contract: RawContract, seed: int
) -> pd.DataFrame:
    """Return the rows of one form as a frame in the order of subject, event, repeats and line.

    Raises:
        SpecError: the contract does not know a column that the simulation fills.
    """
    form = parts[0].form
    declared = contract.forms[form]
    events = list(event_order(plan))
    subject = np.concatenate([part.subject for part in parts])
    event = np.concatenate([_event_codes(part, events) for part in parts])
    repeat = np.concatenate(
        [
            np.zeros(len(part.subject), dtype="int64") if part.event_repeat is None else part.event_repeat
            for part in parts
        ]
    )
    within = _orders(parts)
    order = np.lexsort((*reversed(within), repeat, event, subject))
    subject, event, repeat = subject[order], event[order], repeat[order]
    lines = ranks_within((subject * len(events) + event) * (int(repeat.max(initial=0)) + 1) + repeat)
    columns = {
        "subject": keys.take(pa.array(subject)),
        "site": sites.take(pa.array(subject)),
        "event": texts(events, event),
        "event_repeat": texts([None, *(str(number) for number in range(1, int(repeat.max(initial=0)) + 1))], repeat),
        "form_repeat": pa.nulls(len(subject), pa.large_string()),
        "group_repeat": padded(lines, 1) if declared.repeating else pa.nulls(len(subject), pa.large_string()),
    }
    data = {name: columns[role] for role, name in identity_names(contract, form).items()}
    items = _items(parts, order)
    unknown = [name for name in items if name not in declared.columns]
    if unknown:
        guesses = "".join(did_you_mean(name, declared.columns) for name in unknown[:1])
        raise SpecError(
            [
                Problem(
                    f"raw.yaml: {form}", f"lacks columns the simulation fills: {', '.join(unknown)}.{guesses} Add them."
                )
            ]
        )
    for name in declared.columns:
        column = items.get(name, pa.nulls(len(subject), pa.large_string()))
        if f"{form}.{name}" in plan.case_mix.columns:
            draws = Draws(seed, f"case of {form}.{name}")
            column = mixed_case(column, plan.case_mix.upper, plan.case_mix.lower, draws)
        data[name] = column
    return _frame(data)


def _event_codes(part: Rows, events: Sequence[str]) -> Ints:
    names = [part.event] if isinstance(part.event, str) else list(part.event)
    places = np.array([events.index(name) for name in names], dtype="int64")
    codes = np.zeros(len(part.subject), dtype="int64") if part.event_code is None else part.event_code
    return places[codes]


def _orders(parts: Sequence[Rows]) -> list[np.ndarray]:
    """Return the sorting columns of the parts, stacked; parts of one form have equally many."""
    count = max(len(part.order) for part in parts)
    blank = [np.zeros(len(part.subject)) for part in parts]
    return [
        np.concatenate([part.order[level] if level < len(part.order) else blank[at] for at, part in enumerate(parts)])
        for level in range(count)
    ]


def _items(parts: Sequence[Rows], order: np.ndarray) -> dict[str, Text]:
    names = list(dict.fromkeys(name for part in parts for name in part.items))
    take = pa.array(order)
    items = {}
    for name in names:
        pieces = [part.items.get(name, pa.nulls(len(part.subject), pa.large_string())) for part in parts]
        items[name] = (pa.concat_arrays(pieces) if len(pieces) > 1 else pieces[0]).take(take)
    return items


def _frame(data: Mapping[str, Text]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(column, dtype="str") for name, column in data.items()})


def empty_frame(form: str, contract: RawContract) -> pd.DataFrame:
    """Return a form without rows: identity columns and every column of the contract."""
    names = [*identity_names(contract, form).values(), *contract.forms[form].columns]
    return pd.DataFrame({name: pd.Series(dtype="str") for name in names})
