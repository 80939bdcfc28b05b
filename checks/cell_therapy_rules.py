"""Rules on cell therapy: the order of collection, lymphodepletion and infusion, and the events that cells cause.

Which records are meant, in which order products are given and how events are graded twice is the study's: its `facts`.
Dates compare by all that they can mean: what may be in order is not queried.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from checks.datasets import Datasets, definitely_after, numbers, stated
from checks.registry import Found, rule
from checks.second_grades import graded_events, second_grade_of
from clinical.conditions import matches
from clinical.findings import as_text
from specs.model.facts import Rescue
from specs.model.maps import Source


def _first_infusions(data: Datasets, subjects: np.ndarray) -> Iterator[Found]:
    """Yield the first infusion of each infused subject who is not among `subjects`."""
    for source in data.facts.infusion:
        rows = data.rows_of(source)
        rows = rows[rows["USUBJID"].notna() & ~rows["USUBJID"].isin(subjects)]
        if len(rows):
            start = data.bounds(source.dataset, source.variable).loc[rows.index, "low"]
            first = rows.loc[start.sort_values(kind="stable").index].drop_duplicates("USUBJID").index
            subjects = np.concatenate([subjects, rows.loc[first, "USUBJID"].to_numpy()])
            yield Found(source.dataset, rows[rows.index.isin(first)], source.variable, source.variable)


def _without(data: Datasets, before: Sequence[Source]) -> Iterator[Found]:
    """Yield the first infusions of subjects who have no record of `before`, dated or not."""
    return _first_infusions(data, data.dates_of(before)["USUBJID"].dropna().unique())


def _dated(data: Datasets, source: Source) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the records of one source, and the bounds of their dates."""
    rows = data.rows_of(source)
    if rows.empty:
        return rows, data.dates_of(())
    return rows, data.bounds(source.dataset, source.variable).loc[rows.index]


@rule(
    "CELL.LEUKAPHERESIS_MISSING",
    "warning",
    "Cells are infused, but no leukapheresis is recorded from which they could be made. Enter the leukapheresis.",
    needs={},
    facts="infusion leukapheresis",
)
def leukapheresis_missing(data: Datasets, name: str) -> Iterator[Found]:
    """One finding a subject, at the first infusion."""
    yield from _without(data, data.facts.leukapheresis)


@rule(
    "CELL.LEUKAPHERESIS_AFTER_INFUSION",
    "error",
    "Every leukapheresis of the subject lies after an infusion, which cannot be. Correct the date of the infusion or "
    "of the leukapheresis.",
    needs={},
    facts="infusion leukapheresis",
)
def leukapheresis_after_infusion(data: Datasets, name: str) -> Iterator[Found]:
    """Infusions before the earliest leukapheresis; a leukapheresis without a date may have been earlier."""
    collected = data.dates_of(data.facts.leukapheresis)
    undated = collected.loc[collected["low"].isna(), "USUBJID"].unique()
    for source in data.facts.infusion:
        rows, dates = _dated(data, source)
        early = definitely_after(data.first_of(data.facts.leukapheresis, rows["USUBJID"]), dates)
        yield Found(source.dataset, rows[early & ~rows["USUBJID"].isin(undated)], source.variable, source.variable)


@rule(
    "CELL.LYMPHODEPLETION_MISSING",
    "warning",
    "Cells are infused, but no lymphodepletion is recorded. Enter it, or document that none was given.",
    needs={},
    facts="infusion lymphodepletion",
)
def lymphodepletion_missing(data: Datasets, name: str) -> Iterator[Found]:
    """One finding a subject, at the first infusion."""
    yield from _without(data, data.facts.lymphodepletion)


@rule(
    "CELL.LYMPHODEPLETION_AFTER_INFUSION",
    "warning",
    "Lymphodepletion is dated after the first infusion. Check the dates of both.",
    needs={},
    facts="infusion lymphodepletion",
)
def lymphodepletion_after_infusion(data: Datasets, name: str) -> Iterator[Found]:
    for source in data.facts.lymphodepletion:
        rows, dates = _dated(data, source)
        late = definitely_after(dates, data.first_of(data.facts.infusion, rows["USUBJID"]))
        yield Found(source.dataset, rows[late], source.variable, source.variable)


@rule(
    "CELL.PRODUCT_ORDER",
    "warning",
    "A product is infused before the one that the study gives first. Check the product and the date of both infusions.",
    needs={},
    facts="products",
)
def product_order(data: Datasets, name: str) -> Iterator[Found]:
    """A subject who received one product alone has no order; giving the first product again later is none either."""
    for place, source in enumerate(data.facts.products):
        rows, dates = _dated(data, source)
        early = np.zeros(len(rows), dtype=bool)
        for earlier in data.facts.products[:place]:
            early |= definitely_after(data.first_of([earlier], rows["USUBJID"]), dates)
        yield Found(source.dataset, rows[early], source.variable, source.variable)


@rule(
    "CELL.PRODUCT_SKIPPED",
    "warning",
    "A product is infused to a subject of whom no infusion of the one before it is recorded. Check the product, or "
    "enter the infusion.",
    needs={},
    facts="products",
)
def product_skipped(data: Datasets, name: str) -> Iterator[Found]:
    for before, source in pairwise(data.facts.products):
        rows = data.rows_of(source)
        skipped = ~rows["USUBJID"].isin(data.rows_of(before)["USUBJID"])
        yield Found(source.dataset, rows[skipped], source.variable, source.variable)


@rule(
    "CELL.EVENT_BEFORE_INFUSION",
    "warning",
    "An event that infused cells cause begins before the first infusion. Correct its date, its term or its category.",
    needs={},
    facts="infusion special_interest",
)
def event_before_infusion(data: Datasets, name: str) -> Iterator[Found]:
    for source in data.facts.special_interest:
        rows, dates = _dated(data, source)
        early = definitely_after(data.first_of(data.facts.infusion, rows["USUBJID"]), dates)
        yield Found(source.dataset, rows[early], source.variable, source.variable)


@rule(
    "CELL.EVENT_WITHOUT_INFUSION",
    "warning",
    "An event that infused cells cause is recorded of a subject without an infusion. Enter the infusion, or correct "
    "the event's term or category.",
    needs={},
    facts="infusion special_interest",
)
def event_without_infusion(data: Datasets, name: str) -> Iterator[Found]:
    infused = data.dates_of(data.facts.infusion)["USUBJID"].unique()
    for source in data.facts.special_interest:
        rows = data.rows_of(source)
        yield Found(source.dataset, rows[~rows["USUBJID"].isin(infused)], source.variable)


@rule(
    "CELL.SECOND_GRADE_MISSING",
    "warning",
    "The event has no grade on the second scale that the study grades it on (such as ASTCT's for CRS and ICANS). "
    "Enter the grade.",
    needs={},
    facts="second_grade",
)
def second_grade_missing(data: Datasets, name: str) -> Iterator[Found]:
    events = graded_events(data)
    yield Found("AE", events[events["meant"] & events["second"].isna()], second_grade_of(data).qualifier)


@rule(
    "CELL.SECOND_GRADE_UNEXPECTED",
    "warning",
    "The event has a grade on a scale that is for other events (such as ASTCT's, for CRS and ICANS). Correct the "
    "event's term or category, or remove the grade.",
    needs={},
    facts="second_grade",
)
def second_grade_unexpected(data: Datasets, name: str) -> Iterator[Found]:
    events = graded_events(data)
    yield Found("AE", events[~events["meant"] & events["second"].notna()], second_grade_of(data).qualifier, "second")


@rule(
    "CELL.SECOND_GRADE_DIFFERS",
    "warning",
    "The event's grades on two scales (such as CTCAE and ASTCT) lie further apart than the scales do. Check both.",
    needs={},
    facts="second_grade",
)
def second_grade_differs(data: Datasets, name: str) -> Iterator[Found]:
    fact = second_grade_of(data)
    events = graded_events(data)
    distance = (numbers(events[fact.grade]) - numbers(events["second"])).abs()
    rows = events[events["meant"] & distance.gt(fact.apart)]
    value = f"{fact.grade}=" + as_text(rows[fact.grade]) + f"; {fact.qualifier}=" + rows["second"]
    yield Found("AE", rows, fact.qualifier, value)


def _rescue(data: Datasets) -> Rescue:
    return stated(data.facts.rescue)


def _treated(data: Datasets, sources: Sequence[Source]) -> pd.DataFrame:
    """Return pairs of an event and a medication that may have been given for it.

    Returns:
        Columns `event` (the event's row), `source` (the medication's place in `sources`) and `given` (its row). An
        event without an end lasts; a date that is missing may be any.
    """
    fact = _rescue(data)
    events, start = _dated(data, fact.event)
    if events.empty:
        return pd.DataFrame({"event": [], "source": [], "given": []}, dtype="int64")
    margin = pd.Timedelta(days=fact.days)
    end = data.bounds(fact.event.dataset, fact.event.end).loc[events.index, "high"]
    lasting = pd.DataFrame({"USUBJID": events["USUBJID"], "from": start["low"] - margin, "until": end + margin})
    lasting = lasting.assign(event=events.index).dropna(subset=["USUBJID"])
    pairs = []
    for place, source in enumerate(sources):
        rows, dates = _dated(data, source)
        given = pd.DataFrame({"USUBJID": rows["USUBJID"], "low": dates["low"], "high": dates["high"]})
        both = lasting.merge(given.assign(source=place, given=rows.index), on="USUBJID")
        pairs.append(both[~(both["high"] < both["from"]) & ~(both["low"] > both["until"])])
    return pd.concat(pairs, ignore_index=True)[["event", "source", "given"]]


@rule(
    "CELL.RESCUE_WITHOUT_EVENT",
    "warning",
    "A medication against an event (such as tocilizumab against CRS) is given, but no such event is recorded around "
    "its date. Enter the event, or correct the medication's date.",
    needs={},
    facts="rescue",
)
def rescue_without_event(data: Datasets, name: str) -> Iterator[Found]:
    source = _rescue(data).medication
    rows = data.rows_of(source)
    explained = _treated(data, [source])["given"]
    yield Found(source.dataset, rows[~rows.index.isin(explained)], source.variable, source.variable)


@rule(
    "CELL.RESCUE_MISSING",
    "warning",
    "The event has a grade from which it is treated (such as CRS of ASTCT grade 2 with tocilizumab or steroids), but "
    "no such medication is recorded around it. Enter the medication, or check the grade.",
    needs={},
    facts="rescue second_grade",
)
def rescue_missing(data: Datasets, name: str) -> Iterator[Found]:
    fact = _rescue(data)
    events = graded_events(data)
    severe = matches(events, fact.event.where) & numbers(events["second"]).ge(fact.expected_from)
    treated = _treated(data, [fact.medication, *fact.alternatives])["event"]
    rows = events[severe & ~events.index.isin(treated)]
    yield Found("AE", rows, second_grade_of(data).qualifier, "second")
