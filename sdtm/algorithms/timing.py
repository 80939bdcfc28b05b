"""Verbs that place a record in the trial: visit, epoch, last_before."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clinical import provenance
from clinical.dates import complete_date
from sdtm.algorithms.context import Context, evaluate_verb
from sdtm.visits import VISIT_KEYS
from specs.model.maps import Epoch, LastBefore, Visit


@evaluate_verb.register
def _visit(verb: Visit, context: Context) -> pd.Series:
    """Rule: VISITNUM, VISIT or VISITDY of the event in which the record was collected.

    Missing: the event is no visit (a log form). VISITDY is missing for unplanned visits. An event that the study does
    not know is reported where visits are numbered.
    """
    assert context.visits is not None
    keys = pd.DataFrame({key: context.column(key) for key in VISIT_KEYS})
    joined = keys.merge(context.visits[[*VISIT_KEYS, verb.part]], on=list(VISIT_KEYS), how="left")
    joined.index = context.index
    return joined[verb.part]


@evaluate_verb.register
def _epoch(verb: Epoch, context: Context) -> pd.Series:
    """Rule: the epoch of the last element of SE that started on or before the date, up to the end of the last element.

    Missing: a partial date, a date before the first element or after the last one ended, a subject without SE.
    Reference: SDTMIG 3.4, sections 4.1.3 and 5.3 (SE).
    """
    return find_epoch(context.own("USUBJID"), context.own(verb.date), context.collected["SE"])


def find_epoch(subjects: pd.Series, dates: pd.Series, elements: pd.DataFrame) -> pd.Series:
    """Return the epoch of each date (ISO 8601 text) from SE; see the verb `epoch`."""
    wanted = pd.DataFrame(
        {"USUBJID": subjects.to_numpy(), "DAY": complete_date(dates).to_numpy(), "ORDER": np.arange(len(subjects))}
    )
    starts = elements.assign(DAY=complete_date(elements["SESTDTC"]), END=complete_date(elements["SEENDTC"]))
    starts = starts.loc[starts["DAY"].notna(), ["USUBJID", "DAY", "EPOCH", "END", "TAETORD"]]
    starts = starts.sort_values(["DAY", "TAETORD"], kind="stable").drop(columns="TAETORD")
    dated = wanted[wanted["DAY"].notna()].sort_values("DAY", kind="stable")
    found = pd.merge_asof(dated, starts, on="DAY", by="USUBJID")
    inside = found["END"].isna() | (found["DAY"] <= found["END"])
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
