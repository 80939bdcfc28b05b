"""Data-quality rules on treatment and response: what the study's `facts` name, whatever they are called in its data."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from checks.datasets import Datasets, stated
from checks.registry import Found, rule
from specs.model.facts import COMPLETE, NEITHER, NOT_EVALUABLE, PARTIAL, PROGRESSION, STABLE, Response


def _fact(data: Datasets) -> Response:
    return stated(data.facts.response)


def _responses(data: Datasets) -> pd.DataFrame:
    """Return the response's records with `low`, `high`, `date`, `rank` (`Response.ranks`) and `meaning`."""
    fact = _fact(data)
    rows = data.rows_of(fact)
    dates = data.bounds(fact.dataset, fact.variable).loc[rows.index, ["low", "high", "date"]]
    return rows.assign(**dates, rank=rows[fact.result].map(fact.ranks).astype("float64"))


def _after_infusion(data: Datasets) -> pd.DataFrame:
    """Return evaluable responses with a date after the first infusion (all where no infusion is stated), by date.

    Of several on one date the worst comes last.
    """
    responses = _responses(data)
    responses = responses[responses["rank"].gt(NOT_EVALUABLE) & responses["low"].notna() & responses["USUBJID"].notna()]
    if data.facts.infusion:
        first = data.first_of(data.facts.infusion, responses["USUBJID"])
        responses = responses[responses["high"] > first["high"]]
    return responses.sort_values(["USUBJID", "low", "rank"], ascending=[True, True, False], kind="stable")


@rule(
    "DQ.INFUSION_DATE_MISSING",
    "error",
    "The infusion has no date; the subject has no time-to-event analysis. Enter the date.",
    needs={},
    facts="infusion",
)
def infusion_date_missing(data: Datasets, name: str) -> Iterator[Found]:
    for source in data.facts.infusion:
        rows = data.rows_of(source)
        if len(rows):
            undated = data.bounds(source.dataset, source.variable).loc[rows.index, "low"].isna()
            yield Found(source.dataset, rows[undated], source.variable)


@rule(
    "DQ.RESPONSE_WITHOUT_INFUSION",
    "error",
    "The subject has a response, but no dated infusion. Enter the infusion, or remove the response.",
    needs={},
    facts="infusion response",
)
def response_without_infusion(data: Datasets, name: str) -> Iterator[Found]:
    fact = _fact(data)
    rows = data.rows_of(fact)
    dated = data.dates_of(data.facts.infusion).dropna(subset=["low"])["USUBJID"]
    evaluable = rows[fact.result].notna() & ~rows[fact.result].isin(fact.not_evaluable)
    yield Found(fact.dataset, rows[evaluable & ~rows["USUBJID"].isin(dated.unique())], fact.variable, fact.result)


@rule(
    "DQ.AE_WITHOUT_INFUSION",
    "warning",
    "The subject has adverse events and an arm, but no dated infusion. Enter the infusion, or the reason in ARMNRS.",
    needs={"AE": "USUBJID", "DM": "USUBJID ARMNRS"},
    facts="infusion",
)
def event_without_infusion(data: Datasets, name: str) -> Iterator[Found]:
    """One finding a subject; a subject with ARMNRS is known not to be treated, and has events all the same."""
    frame = data["DM"]
    dated = data.dates_of(data.facts.infusion).dropna(subset=["low"])["USUBJID"]
    events = frame["USUBJID"].isin(data["AE"]["USUBJID"].unique()) & frame["ARMNRS"].isna()
    yield Found("DM", frame[events & ~frame["USUBJID"].isin(dated.unique())], "USUBJID")


@rule(
    "DQ.SAME_DATE_RESPONSES",
    "error",
    "Different responses are recorded for one date; the worse counts. Correct the date or the response.",
    needs={},
    facts="response",
)
def same_date_responses(data: Datasets, name: str) -> Iterator[Found]:
    fact = _fact(data)
    responses = _responses(data).dropna(subset=["date", fact.result, "USUBJID"])
    pairs = responses[["USUBJID", "date", fact.result]].drop_duplicates()
    several = pairs[pairs.duplicated(["USUBJID", "date"])][["USUBJID", "date"]].drop_duplicates()
    hit = responses[["USUBJID", "date"]].merge(several, how="left", indicator=True)["_merge"].eq("both")
    yield Found(fact.dataset, responses[hit.to_numpy()], fact.result, fact.result)


@rule(
    "DQ.RESPONSE_UNKNOWN",
    "warning",
    "The study does not say what this response means; the analysis leaves it out. Correct it, or state its meaning.",
    needs={},
    facts="response",
)
def response_unknown(data: Datasets, name: str) -> Iterator[Found]:
    fact = _fact(data)
    rows = data.rows_of(fact)
    unknown = rows[fact.result].notna() & ~rows[fact.result].isin(list(fact.ranks))
    yield Found(fact.dataset, rows[unknown], fact.result, fact.result)


@rule(
    "DQ.RESPONSE_UNUSUAL",
    "warning",
    "The response is not one of the trial's criteria, though it counts. Ask the site which response is meant.",
    needs={},
    facts="response",
)
def response_unusual(data: Datasets, name: str) -> Iterator[Found]:
    fact = _fact(data)
    rows = data.rows_of(fact)
    yield Found(fact.dataset, rows[rows[fact.result].isin(fact.unusual)], fact.result, fact.result)


@rule(
    "DQ.RESPONSE_BEFORE_INFUSION",
    "warning",
    "The response is dated on or before the first infusion and counts as baseline. Check the two dates.",
    needs={},
    facts="infusion response",
)
def response_before_infusion(data: Datasets, name: str) -> Iterator[Found]:
    fact = _fact(data)
    responses = _responses(data)
    first = data.first_of(data.facts.infusion, responses["USUBJID"])
    early = responses["date"].le(first["date"]) | responses["high"].le(first["low"])
    yield Found(fact.dataset, responses[early & responses[fact.result].notna()], fact.variable, fact.variable)


@rule(
    "DQ.CR_THEN_PR",
    "warning",
    "A complete response is followed by a lesser one without progression. Check both assessments.",
    needs={},
    facts="response",
)
def complete_then_partial(data: Datasets, name: str) -> Iterator[Found]:
    fact = _fact(data)
    responses = _after_infusion(data)
    before = responses.groupby("USUBJID", sort=False)["rank"].shift(1)
    lesser = before.eq(COMPLETE) & responses["rank"].isin([NEITHER, STABLE, PARTIAL])
    yield Found(fact.dataset, responses[lesser], fact.result, fact.result)


@rule(
    "DQ.RESPONSE_AFTER_PD",
    "warning",
    "A response follows progression without new anti-cancer therapy between them. Check both, or enter the therapy.",
    needs={},
    facts="response",
)
def response_after_progression(data: Datasets, name: str) -> Iterator[Found]:
    """The progression counts in the analysis; a new therapy or a transplant since then explains the response."""
    fact = _fact(data)
    responses = _after_infusion(data)
    progressed = (
        responses["low"].where(responses["rank"].eq(PROGRESSION)).groupby(responses["USUBJID"], sort=False).ffill()
    )
    doubtful = responses.assign(progressed=progressed)[progressed.notna() & responses["rank"].ge(PARTIAL)]
    therapy = data.dates_of((*data.facts.new_therapy, *data.facts.transplant)).dropna(subset=["low", "USUBJID"])
    last = pd.merge_asof(
        doubtful[["USUBJID", "high"]].sort_values("high", kind="stable").reset_index(),
        therapy[["USUBJID", "low", "high"]].rename(columns={"low": "start", "high": "until"}).sort_values("start"),
        left_on="high",
        right_on="start",
        by="USUBJID",
    ).set_index("index")["until"]
    explained = last.reindex(doubtful.index).ge(doubtful["progressed"])
    yield Found(fact.dataset, doubtful[~explained], fact.result, fact.result)


@rule(
    "DQ.NEW_THERAPY_BEFORE_INFUSION",
    "warning",
    "New anti-cancer therapy is dated before the first infusion, where it would be prior or bridging therapy. "
    "Correct its date or its category.",
    needs={},
    facts="infusion new_therapy",
)
def new_therapy_before_infusion(data: Datasets, name: str) -> Iterator[Found]:
    for source in data.facts.new_therapy:
        rows = data.rows_of(source)
        if len(rows):
            dates = data.bounds(source.dataset, source.variable).loc[rows.index]
            first = data.first_of(data.facts.infusion, rows["USUBJID"])
            early = (dates["high"] < first["low"]).to_numpy(dtype=bool)
            yield Found(source.dataset, rows[early], source.variable, source.variable)
