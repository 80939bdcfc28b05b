"""Lesions as their rules see them: identifications and results with numbers for assessor, lesion and timepoint.

The numbers stand for the same thing in every dataset, so that records are compared by them and not by long texts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from checks.datasets import Datasets, numbers, prefix, stated
from clinical.conditions import matches
from clinical.numbers import number_text
from specs.model.lesion_facts import Lesions
from specs.model.maps import Source

#: What separates the parts of a text that names several lesions, as `T01, T03`.
_SEPARATORS = r"\s*[,;]\s*|\s+"


@dataclass(frozen=True)
class Tables:
    """What a study's data say of lesions.

    Attributes:
        places: for each dataset, in the order of its records: `who` (subject and assessor), `lesion` (and link id),
            `place` (and timepoint), `visit` (and VISITNUM), -1 where a part is missing; `timepoint` is its text.
        identified: identifications, indexed as their dataset, with their places, `term`, `low` and `high` (the days
            that the date may mean) and `arisen`.
        results: results likewise, with `test`, `term`, `number`, `written` (as a number) and `not_done`.
        ended: for each lesion that others arose from, the day on which the first of those was identified.
    """

    places: dict[str, pd.DataFrame]
    identified: pd.DataFrame
    results: pd.DataFrame
    ended: pd.Series

    def lesions(self, terms: Iterable[str]) -> pd.DataFrame:
        """Return the first identification of each lesion that is one of `terms`."""
        known = self.identified[self.identified["term"].isin(list(terms)) & self.identified["lesion"].ge(0)]
        return known.drop_duplicates("lesion")

    def of_tests(self, *tests: str) -> pd.DataFrame:
        """Return the results of some tests."""
        return self.results[self.results["test"].isin(tests)]


def lesions_of(data: Datasets) -> Lesions:
    """Return the study's fact."""
    return stated(data.facts.lesions)


def tables_of(data: Datasets) -> Tables:
    """Return the tables of lesions, which are made once."""
    return data.made("lesions", _make)


def placed(data: Datasets, source: Source) -> pd.DataFrame:
    """Return the records of a source with their `places` and `low` and `high`, the days that they may have."""
    rows = data.rows_of(source)
    dates = data.bounds(source.dataset, source.variable).loc[rows.index, ["low", "high"]]
    places = tables_of(data).places[source.dataset].loc[rows.index]
    return rows.assign(**places, low=dates["low"].dt.normalize(), high=dates["high"].dt.normalize())


def looked_up(numbered: pd.Series, values: pd.Series) -> pd.Series:
    """Return what `values` has for each number, in its type; missing where it has none."""
    return pd.Series(values.reindex(numbered.to_numpy()).array, index=numbered.index)


def _make(data: Datasets) -> Tables:
    fact = lesions_of(data)
    facts = data.facts
    responses = (facts.response, facts.metabolic_response, facts.anatomic_response, facts.new_lesions)
    named = [fact.identified.dataset, fact.measured.dataset, *(one.dataset for one in responses if one is not None)]
    places, links = _places(data, [name for name in dict.fromkeys(named) if name in data])
    identified = _dated(data, fact.identified, places)
    frame, start = data[fact.identified.dataset].loc[identified.index], prefix(fact.identified.dataset)
    identified["term"] = frame[f"{start}STRESC"]
    identified["arisen"] = matches(frame, fact.arisen) if fact.arisen else np.zeros(len(frame), dtype=bool)
    results = _dated(data, fact.measured, places)
    frame, start = data[fact.measured.dataset].loc[results.index], prefix(fact.measured.dataset)
    results["test"] = frame[f"{start}TESTCD"]
    results["term"] = frame[f"{start}STRESC"]
    results["number"] = numbers(frame[f"{start}STRESN"])
    results["written"] = numbers(frame[f"{start}ORRES"]) if f"{start}ORRES" in frame else results["number"]
    results["not_done"] = _column(frame, f"{start}STAT").eq("NOT DONE")
    return Tables(places, identified, results, _ended(data, fact, identified, links))


def _dated(data: Datasets, source: Source, places: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return the places of a source's records, with the days that their dates may mean."""
    index = data.rows_of(source).index
    dates = data.bounds(source.dataset, source.variable).loc[index]
    found = places[source.dataset].loc[index]
    return found.assign(low=dates["low"].dt.normalize(), high=dates["high"].dt.normalize())


def _places(data: Datasets, names: list[str]) -> tuple[dict[str, pd.DataFrame], pd.Index]:
    """Return the places of every record of the datasets, and the link ids by their number."""
    parts = [_parts(data[name], prefix(name)) for name in names]
    stacked = pd.concat(parts, ignore_index=True)
    codes = {name: pd.factorize(stacked[name])[0].astype("int64") for name in ("who", "timepoint", "visit")}
    link, links = pd.factorize(stacked["link"])
    numbered = pd.DataFrame({"who": codes["who"]})
    for name, part in (("lesion", link.astype("int64")), ("place", codes["timepoint"]), ("visit", codes["visit"])):
        whole = (codes["who"] >= 0) & (part >= 0)
        numbered[name] = np.where(whole, codes["who"] * (int(part.max(initial=0)) + 1) + part, -1)
    numbered["timepoint"] = stacked["timepoint"]
    found, first = {}, 0
    for name, table in zip(names, parts):
        found[name] = numbered.iloc[first : first + len(table)].set_axis(table.index)
        first += len(table)
    return found, pd.Index(links)


def _parts(frame: pd.DataFrame, start: str) -> pd.DataFrame:
    """Return the texts that tell assessors, lesions and timepoints apart."""
    assessor = _column(frame, f"{start}EVAL").fillna("") + "\t" + _column(frame, f"{start}EVALID").fillna("")
    visit = number_text(numbers(frame["VISITNUM"])) if "VISITNUM" in frame else _column(frame, "VISITNUM")
    return pd.DataFrame(
        {
            "who": frame["USUBJID"] + "\t" + assessor,
            "link": _column(frame, f"{start}LNKID"),
            "timepoint": _column(frame, f"{start}LNKGRP").fillna(visit),
            "visit": visit,
        }
    )


def _column(frame: pd.DataFrame, name: str) -> pd.Series:
    """Return a variable as text, missing everywhere where the dataset does not have it."""
    return frame[name].astype("str") if name in frame else pd.Series(np.nan, index=frame.index, dtype="str")


def _ended(data: Datasets, fact: Lesions, identified: pd.DataFrame, links: pd.Index) -> pd.Series:
    """Return the day on which lesions arose from each parent, indexed by the parent's `lesion`."""
    arisen = identified[identified["arisen"] & identified["who"].ge(0) & identified["low"].notna()]
    if fact.parents is None or arisen.empty:
        return pd.Series(dtype="datetime64[s]", index=pd.Index([], dtype="int64"))
    named = data[fact.identified.dataset].loc[arisen.index, fact.parents]
    parent = named.str.split(_SEPARATORS, regex=True).explode()
    who = arisen.loc[parent.index, "who"].to_numpy()
    code = links.get_indexer(pd.Index(parent))
    lesion = np.where(code >= 0, who * max(len(links), 1) + code, -1)
    days = pd.Series(arisen.loc[parent.index, "low"].to_numpy(), index=pd.Index(lesion, name="lesion"))
    return days[days.index >= 0].groupby(level=0).min()
