"""Rules on lesions and responses: what is recorded of the response agrees with what is recorded of the lesions."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from checks.datasets import Datasets, stated
from checks.lesion_tables import lesions_of, looked_up, placed, tables_of
from checks.registry import Found, rule


def _with_pet(data: Datasets) -> pd.Series:
    """Return the timepoints with an evaluable PET: a score, or a metabolic response."""
    fact, tables = lesions_of(data), tables_of(data)
    scores = tables.of_tests(fact.score)
    found = [scores.loc[scores["term"].notna(), "place"]]
    metabolic = data.facts.metabolic_response
    if metabolic is not None and metabolic.dataset in data:
        rows = placed(data, metabolic)
        evaluable = rows[metabolic.result].notna() & ~rows[metabolic.result].isin(metabolic.not_evaluable)
        found.append(rows.loc[evaluable, "place"])
    timepoints: pd.Series = pd.concat(found)
    return timepoints


def _complete_on_ct(data: Datasets) -> pd.DataFrame:
    """Return complete responses of timepoints without PET."""
    fact = stated(data.facts.response)
    rows = placed(data, fact)
    return rows[rows[fact.result].isin(fact.complete) & rows["place"].ge(0) & ~rows["place"].isin(_with_pet(data))]


@rule(
    "LESION.NEW_NOT_PD",
    "warning",
    "A new lesion is identified at a timepoint whose overall response is not progression. Check both.",
    needs={},
    facts="lesions response",
)
def new_lesion_without_progression(data: Datasets, name: str) -> Iterator[Found]:
    fact, response = lesions_of(data), stated(data.facts.response)
    new = tables_of(data).lesions(fact.new)
    rows = placed(data, response)
    rows = rows[rows[response.result].notna() & rows["visit"].ge(0)]
    progressed = rows.loc[rows[response.result].isin(response.progression), "visit"]
    doubtful = new[new["visit"].isin(rows["visit"]) & ~new["visit"].isin(progressed)]
    dataset = fact.identified.dataset
    variable = f"{dataset[:2]}STRESC"
    yield Found(dataset, data[dataset].loc[doubtful.index], variable, variable)


@rule(
    "LESION.NEW_NOT_RECORDED",
    "warning",
    "New lesions are stated at the timepoint, but none is identified by then. Enter the lesion, or correct the answer.",
    needs={},
    facts="lesions new_lesions",
)
def new_lesion_not_identified(data: Datasets, name: str) -> Iterator[Found]:
    fact, answer = lesions_of(data), stated(data.facts.new_lesions)
    new = tables_of(data).lesions(fact.new)
    rows = placed(data, answer)
    rows = rows[rows[answer.result].isin(answer.yes)]
    seen = looked_up(rows["who"], new.groupby("who")["low"].min()) <= rows["high"]
    yield Found(
        answer.dataset,
        rows[~(seen | rows["visit"].isin(new.loc[new["visit"].ge(0), "visit"]))],
        answer.result,
        answer.result,
    )


@rule(
    "LESION.CR_WITH_LARGE_TARGET",
    "warning",
    "The response is complete without PET, but a target lesion is still of measurable size. Check both.",
    needs={},
    facts="lesions response",
)
def complete_with_large_target(data: Datasets, name: str) -> Iterator[Found]:
    fact, tables = lesions_of(data), tables_of(data)
    results = tables.of_tests(fact.longest)
    large = pd.Series(False, index=results.index)
    for terms, limit in ((fact.target_nodes, fact.node_above), (fact.target_extranodal, fact.extranodal_above)):
        large |= results["lesion"].isin(tables.lesions(terms)["lesion"]) & results["number"].gt(limit)
    rows, response = _complete_on_ct(data), stated(data.facts.response)
    rows = rows[rows["place"].isin(results.loc[large, "place"])]
    yield Found(response.dataset, rows, response.result, response.result)


@rule(
    "LESION.CR_WITH_NON_TARGET",
    "warning",
    "The response is complete without PET, but a non-target lesion is still present. Check both.",
    needs={},
    facts="lesions response",
)
def complete_with_non_target(data: Datasets, name: str) -> Iterator[Found]:
    fact, tables, response = lesions_of(data), tables_of(data), stated(data.facts.response)
    states = tables.of_tests(fact.state)
    others = tables.lesions(fact.non_target)["lesion"]
    present = states.loc[states["term"].isin(fact.present) & states["lesion"].isin(others), "place"]
    rows = _complete_on_ct(data)
    yield Found(response.dataset, rows[rows["place"].isin(present)], response.result, response.result)


@rule(
    "LESION.METABOLIC_SCORE",
    "warning",
    "The metabolic response and the score of the uptake on PET contradict each other. Check both.",
    needs={},
    facts="lesions metabolic_response",
)
def metabolic_score(data: Datasets, name: str) -> Iterator[Found]:
    fact, response = lesions_of(data), stated(data.facts.metabolic_response)
    scores = tables_of(data).of_tests(fact.score)
    scores = scores[scores["place"].ge(0) & scores["term"].notna()].drop_duplicates("place")
    rows = placed(data, response)
    score = looked_up(rows["place"], scores.set_index("place")["term"])
    result = rows[response.result]
    incomplete = result.isin([*response.partial, *response.stable, *response.progression])
    wrong = (result.isin(response.complete) & score.isin(fact.other_scores)) | (
        incomplete & score.isin(fact.complete_scores)
    )
    value = f"{response.result}=" + result[wrong] + f"; {fact.score}=" + score[wrong]
    yield Found(response.dataset, rows[wrong], response.result, value)


@rule(
    "LESION.INCREASED_NOT_PD",
    "warning",
    "A non-target lesion has clearly increased, but the response on CT is not progression. Check both.",
    needs={},
    facts="lesions anatomic_response",
)
def increased_without_progression(data: Datasets, name: str) -> Iterator[Found]:
    fact, tables, response = lesions_of(data), tables_of(data), stated(data.facts.anatomic_response)
    states = tables.of_tests(fact.state)
    increased = states["term"].isin(fact.increased)
    states = states[increased & states["lesion"].isin(tables.lesions(fact.non_target)["lesion"])]
    rows = placed(data, response)
    rows = rows[rows[response.result].notna() & rows["place"].ge(0)]
    progressed = rows.loc[rows[response.result].isin(response.progression), "place"]
    doubtful = states[states["place"].isin(rows["place"]) & ~states["place"].isin(progressed)]
    dataset = fact.measured.dataset
    variable = f"{dataset[:2]}STRESC"
    yield Found(dataset, data[dataset].loc[doubtful.index], variable, variable)


@rule(
    "LESION.CT_PROGRESSION",
    "warning",
    "CT shows progression, and PET of the same timepoint does not. PET decides; ask the site to confirm both readings.",
    needs={},
    facts="lesions anatomic_response metabolic_response",
)
def progression_on_ct_alone(data: Datasets, name: str) -> Iterator[Found]:
    anatomic, metabolic = stated(data.facts.anatomic_response), stated(data.facts.metabolic_response)
    pet = placed(data, metabolic)
    better = pet[metabolic.result].isin([*metabolic.complete, *metabolic.partial, *metabolic.stable])
    rows = placed(data, anatomic)
    progressed = rows[anatomic.result].isin(anatomic.progression) & rows["place"].ge(0)
    yield Found(
        anatomic.dataset,
        rows[progressed & rows["place"].isin(pet.loc[better, "place"])],
        anatomic.result,
        anatomic.result,
    )


@rule(
    "LESION.NO_BASELINE",
    "warning",
    "The subject has a response after the infusion, but no lesion is identified before it. Enter the baseline lesions.",
    needs={},
    facts="lesions response infusion",
)
def no_baseline(data: Datasets, name: str) -> Iterator[Found]:
    """One finding a subject and assessor, at the first response after the infusion."""
    fact, response = lesions_of(data), stated(data.facts.response)
    rows = placed(data, response)
    evaluable = rows[response.result].notna() & ~rows[response.result].isin(response.not_evaluable)
    first = data.first_of(data.facts.infusion, rows["USUBJID"])["high"]
    rows = rows[evaluable & (rows["low"] > first) & rows["who"].ge(0)]
    identified = tables_of(data).lesions(fact.lesions)
    subjects = data[fact.identified.dataset].loc[identified.index, "USUBJID"]
    before = identified["low"] <= data.first_of(data.facts.infusion, subjects)["high"]
    without = rows[~rows["who"].isin(identified.loc[before, "who"])]
    earliest = without.sort_values("low", kind="stable").drop_duplicates("who").sort_index()
    yield Found(response.dataset, earliest, response.variable, response.variable)
