"""The trace pages of a run, made from its store."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pandas as pd

from flows.trace_load import load_subjects
from flows.work import Job, Store
from reports.trace import Tracer
from reports.trace_absent import find_absent
from reports.trace_data import RunData
from reports.trace_groups import plan_pages
from reports.trace_html import Stamp, write_trace_pages
from reports.trace_pages import build_page


def write_run_trace(job: Job, store: Store, folder: Path) -> list[Path]:
    """Write `report/trace/` of a run: counts over all its data, chains of the subjects that the pages show.

    A run without analysis datasets has no such pages.
    """
    study = job.load()
    names = [name for name in study.adam if store.has("adam", name)]
    if not names:
        return []

    @cache
    def frame(name: str) -> pd.DataFrame | None:
        return store.load("adam", name) if name in names else None

    plans = [(plan, name) for name in names for plan in plan_pages(study.adam[name], _known(frame(name)))]
    tracer = Tracer(study, RunData(load_subjects(store, {one for plan, _ in plans for one in plan.shown})))
    pages = []
    for plan, name in plans:
        rows = _known(frame(name))
        rows = rows[rows["PARAMCD"] == plan.paramcd] if plan.paramcd else rows
        absent = find_absent(study.adam[name], plan.paramcd, rows["USUBJID"], frame)
        pages.append(build_page(study, plan, absent, tracer))
    stamp = Stamp(study.id, study.design.title, job.draft, store.noted("cutoff"))
    return write_trace_pages(folder, pages, stamp)


def _known(frame: pd.DataFrame | None) -> pd.DataFrame:
    assert frame is not None
    return frame
