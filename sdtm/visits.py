"""Which event of the export is which visit: scheduled ones from TV, unscheduled ones numbered after them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clinical import provenance
from clinical.dates import complete_date
from clinical.errors import MappingError
from clinical.findings import combine, report
from clinical.numbers import number_text
from clinical.wording import agree, count
from sdtm.algorithms.context import Context, evaluate
from specs.model.dataset import DatasetSpec
from specs.model.study import Study, UnscheduledVisits, Visits

#: What identifies an event of a subject in the export.
VISIT_KEYS = (provenance.SUBJECT, provenance.EVENT, provenance.EVENT_REPEAT)


def build_visits(study: Study, forms: dict[str, pd.DataFrame]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return every event of every subject that is a visit, and the findings.

    Columns: `VISIT_KEYS`, VISITNUM (float), VISIT, VISITDY (float, planned day), PLANNED (bool), DTC and ENDTC (ISO
    8601, from the form that states visit dates), provenance of that form. One row an event.

    Rule: a scheduled event takes number, name and day of its visit; an unscheduled one takes the number of the last
    scheduled visit on or before its date plus 0.1, 0.2, … (or the number in its name).
    Reference: SDTMIG 3.4, sections 4.4.5 and 7.3.1 (TV).
    """
    events = _events(forms)
    dated, findings = _visit_dates(study, forms)
    findings.append(_report_unknown(events, study.design.visits))
    events = events.merge(dated, on=list(VISIT_KEYS), how="left", validate="one_to_one")
    planned = pd.DataFrame(
        [
            (event, visit.visitnum, visit.visit, float(visit.day) if visit.day is not None else np.nan, visit.planned)
            for visit in study.design.visits.planned
            for event in visit.events
        ],
        columns=[provenance.EVENT, "VISITNUM", "VISIT", "VISITDY", "PLANNED"],
    ).astype({provenance.EVENT: "str", "VISITNUM": "float64", "VISIT": "str", "VISITDY": "float64", "PLANNED": "bool"})
    visits = events.merge(planned, on=provenance.EVENT, how="left")
    visits["PLANNED"] = visits["PLANNED"].astype("boolean").fillna(False).astype(bool)
    unscheduled = study.design.visits.unscheduled
    if unscheduled is not None:
        visits = _number_unscheduled(visits, unscheduled)
        lost = visits["VISITNUM"].isna() & _is_unscheduled(visits, unscheduled)
        findings.append(
            report(
                "MAP.VISIT",
                "error",
                "An unscheduled event cannot be numbered: it has no date, or no scheduled visit comes before it. "
                "Query the date of the visit.",
                source="raw",
                dataset="SV",
                variable="VISITNUM",
                rows=visits[lost],
                keys=[provenance.EVENT, provenance.EVENT_REPEAT],
            )
        )
    visits = visits[visits["VISITNUM"].notna()]
    return visits.sort_values([provenance.SUBJECT, "VISITNUM"], kind="stable").reset_index(drop=True), pd.concat(
        findings, ignore_index=True
    )


def _events(forms: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return each event of each subject once, over all forms."""
    keys = list(VISIT_KEYS)
    tables = [form[keys].drop_duplicates() for form in forms.values() if len(form)]
    if not tables:
        return pd.DataFrame({key: pd.Series(dtype="str") for key in keys})
    return pd.concat(tables, ignore_index=True).drop_duplicates().dropna(subset=[provenance.EVENT])


def _visit_dates(study: Study, forms: dict[str, pd.DataFrame]) -> tuple[pd.DataFrame, list[pd.DataFrame]]:
    dates = study.design.visits.dates
    if dates is None:
        return pd.DataFrame({key: pd.Series(dtype="str") for key in (*VISIT_KEYS, "DTC", "ENDTC", "REASON")}), []
    spec = study.sdtm.get("SV") or DatasetSpec("SV", "", "", "", (), "", ())
    context = Context(study, spec, forms[dates.form].reset_index(drop=True), forms=forms)
    took_place = context.holds(dates.where)
    start = evaluate(dates.start, context.take(took_place)).reindex(context.index)
    end = evaluate(dates.end, context.take(took_place)).reindex(context.index) if dates.end else start
    reason = context.column(dates.reason) if dates.reason else context.missing()
    occurred = pd.array(took_place, dtype="boolean")
    visits = context.rows.assign(DTC=start, ENDTC=end, OCCURRED=occurred, REASON=reason)
    kept = [*provenance.COLUMNS, "DTC", "ENDTC", "OCCURRED", "REASON"]
    twice = visits.duplicated(list(VISIT_KEYS))
    if twice.any():
        raise MappingError(
            f"form {dates.form}: {count(int(twice.sum()), 'event', verb='have')} several rows, one visit date each was "
            "expected. Give the form its repeat keys in raw.yaml, or correct the export."
        )
    return visits[kept], context.findings


def _report_unknown(events: pd.DataFrame, visits: Visits) -> pd.DataFrame:
    """Return a finding for each name of an event that study.yaml does not list; none where it lists no visits."""
    listed = {event for visit in visits.planned for event in visit.events} | set(visits.others)
    known = events[provenance.EVENT].isin(listed)
    if visits.unscheduled is not None:
        known |= _is_unscheduled(events, visits.unscheduled)
    counts = events.loc[~known, provenance.EVENT].value_counts().sort_index() if visits.planned else pd.Series()
    return combine(
        report(
            "MAP.EVENT",
            "warning",
            f"{count(number, 'event')} of the export {agree(number, 'have')} a name that study.yaml does not list, so "
            f"{agree(number, 'their')} records have no visit. Add the event to 'visits', or to its 'others' if it is "
            "none.",
            source="raw",
            variable="VISIT",
            value=str(name),
        )
        for name, number in counts.items()
    )


def _is_unscheduled(visits: pd.DataFrame, unscheduled: UnscheduledVisits) -> pd.Series:
    event = visits[provenance.EVENT]
    listed = event.isin(unscheduled.events)
    return listed | event.str.fullmatch(unscheduled.pattern) if unscheduled.pattern else listed


def _number_unscheduled(visits: pd.DataFrame, unscheduled: UnscheduledVisits) -> pd.DataFrame:
    open_ = _is_unscheduled(visits, unscheduled) & visits["VISITNUM"].isna()
    if unscheduled.numbering == "from_name":
        numbers = visits[provenance.EVENT].str.extract(unscheduled.pattern or "", expand=False).astype("float64")
    else:
        numbers = _after_last_scheduled(visits, open_)
    numbers = numbers.where(open_)
    names = pd.Series(unscheduled.visit, index=visits.index, dtype="str")
    before, _, after = unscheduled.visit.partition("{visitnum}")
    if "{visitnum}" in unscheduled.visit:
        names = before + number_text(numbers) + after
    return visits.assign(
        VISITNUM=visits["VISITNUM"].where(~open_, numbers),
        VISIT=visits["VISIT"].where(~open_, names.where(numbers.notna())),
    )


def _after_last_scheduled(visits: pd.DataFrame, open_: pd.Series) -> pd.Series:
    """Return, for unscheduled events, the last scheduled visit's number on or before the date plus a tenth for each."""
    frame = visits.assign(DAY=complete_date(visits["DTC"]), ORDER=np.arange(len(visits)))
    scheduled = frame[frame["PLANNED"] & frame["DAY"].notna()].sort_values(["DAY", "VISITNUM"], kind="stable")
    wanted = frame[open_ & frame["DAY"].notna()].sort_values("DAY", kind="stable")
    found = pd.merge_asof(
        wanted.drop(columns="VISITNUM"),
        scheduled[[provenance.SUBJECT, "DAY", "VISITNUM"]],
        on="DAY",
        by=provenance.SUBJECT,
    )
    found["REPEAT"] = pd.to_numeric(found[provenance.EVENT_REPEAT], errors="coerce")
    found = found.sort_values([provenance.SUBJECT, "VISITNUM", "DAY", "REPEAT", "ORDER"], kind="stable")
    rank = found.groupby([provenance.SUBJECT, "VISITNUM"], sort=False).cumcount() + 1
    step = np.where(rank.groupby([found[provenance.SUBJECT], found["VISITNUM"]]).transform("max") > 9, 0.01, 0.1)
    numbers = (found["VISITNUM"] + rank * step).round(2).set_axis(found["ORDER"])
    return numbers.reindex(np.arange(len(visits))).set_axis(visits.index)
