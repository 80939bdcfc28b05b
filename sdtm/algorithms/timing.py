"""Verbs that place a record or a subject in the trial: visit, epoch, last_before, exists."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from clinical import provenance
from clinical.conditions import matches
from clinical.dates import complete_date, first_moment, last_moment
from sdtm.algorithms.context import Context, evaluate_verb
from sdtm.visits import VISIT_KEYS
from specs.model.maps import Epoch, Exists, LastBefore, Visit


@evaluate_verb.register
def _visit(verb: Visit, context: Context) -> pd.Series:
    """Rule: VISITNUM, VISIT or VISITDY of the event in which the record was collected.

    Missing: the event is no visit (a log form). VISITDY is missing for unplanned visits. An event that the study does
    not know is reported where visits are numbered.
    """
    assert context.visits is not None
    if "visit" not in context.remembered:
        context.remembered["visit"] = _find_visits(replace(context, selected=None), context.visits)
    places = context.remembered["visit"]
    if context.selected is not None:
        places = places[context.selected]
    return context.visits[verb.part].reset_index(drop=True).reindex(places).set_axis(context.index)


def _find_visits(context: Context, visits: pd.DataFrame) -> np.ndarray:
    """Return, for every record, the position of its event among the visits; -1 where the event is no visit."""
    keys = pd.DataFrame({key: context.column(key) for key in VISIT_KEYS})
    places = visits[list(VISIT_KEYS)].assign(PLACE=np.arange(len(visits)))
    joined = keys.merge(places, on=list(VISIT_KEYS), how="left", validate="many_to_one")
    return joined["PLACE"].fillna(-1).to_numpy(dtype="int64")


@evaluate_verb.register
def _epoch(verb: Epoch, context: Context) -> pd.Series:
    """Rule: the epoch of the last element of SE that started on or before the date, up to the end of the last element.

    On the day on which an element starts, times decide where both are known; a date without a time is in the element.
    Missing: a partial date, a date before the first element or after the last one ended, a subject without SE.
    Reference: SDTMIG 3.4, sections 4.1.3 and 5.3 (SE).
    """
    return find_epoch(context.own("USUBJID"), context.own(verb.date), context.collected["SE"])


def find_epoch(subjects: pd.Series, dates: pd.Series, elements: pd.DataFrame) -> pd.Series:
    """Return the epoch of each date (ISO 8601 text) from SE; see the verb `epoch`."""
    wanted = pd.DataFrame({"USUBJID": subjects.array, "AT": last_moment(dates).array})
    wanted["ORDER"] = np.arange(len(wanted))
    dated = wanted[complete_date(dates).notna().to_numpy()].sort_values("AT", kind="stable")
    starts = elements.assign(AT=first_moment(elements["SESTDTC"]), END=complete_date(elements["SEENDTC"]))
    starts = starts[complete_date(elements["SESTDTC"]).notna()].sort_values(["AT", "TAETORD"], kind="stable")
    if dated.empty or starts.empty:
        return pd.Series(np.nan, index=subjects.index, dtype="str")
    found = pd.merge_asof(dated, starts[["USUBJID", "AT", "EPOCH", "END"]], on="AT", by="USUBJID")
    inside = found["END"].isna() | (found["AT"].dt.normalize() <= found["END"])
    epochs = found["EPOCH"].where(inside).set_axis(found["ORDER"]).reindex(wanted["ORDER"])
    epochs.index = subjects.index
    return epochs.astype("str")


@evaluate_verb.register
def _last_before(verb: LastBefore, context: Context) -> pd.Series:
    """Rule: Y on the last record with a result, by subject and `by`, dated on or before the reference date.

    On the reference date itself, times decide where both are known; else `same_day` does. Records on one date count in
    the order of the export. Missing: every other record, and subjects without a reference date.
    Reference: SDTMIG 3.4, section 4.5.9.
    """
    text, reference = context.own(verb.date), context.column(verb.reference)
    day, limit = complete_date(text), complete_date(reference)
    timed = text.str.contains("T").fillna(False) & reference.str.contains("T").fillna(False)
    decided = (text <= reference).fillna(False).astype(bool)
    same = (day == limit) & decided.where(timed, verb.same_day)
    eligible = ((day < limit) | same) & context.own(verb.result).notna()
    frame = pd.DataFrame({name: context.own(name) for name in dict.fromkeys(("USUBJID", *verb.by))})
    frame["DTC"] = text
    frame["ROW"] = context.rows.loc[context.index, provenance.ROW]
    names = list(dict.fromkeys(("USUBJID", *verb.by)))
    ordered = frame[eligible.to_numpy(dtype=bool)].sort_values([*names, "DTC", "ROW"], kind="stable")
    last = ordered.drop_duplicates(names, keep="last").index
    flags = context.missing()
    flags.loc[last] = "Y"
    return flags


@evaluate_verb.register
def _exists(verb: Exists, context: Context) -> pd.Series:
    """Rule: the value for each subject with a record in any of the sources. Missing: every other subject."""
    subjects = context.own("USUBJID")
    holds = np.zeros(len(subjects), dtype=bool)
    for source in verb.of:
        frame = context.collected[source.dataset]
        there = matches(frame, source.where) & frame[source.variable].notna().to_numpy()
        holds |= subjects.isin(frame.loc[there, "USUBJID"]).to_numpy()
    return pd.Series(verb.value, index=context.index, dtype="str").where(holds)
