"""SE, Subject Elements: one record per element that a subject was in.

Inputs: the datasets that the elements of study.yaml name (consent in DS, doses in EX, …), as collected.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

import numpy as np
import pandas as pd

from clinical.dates import compare_dates, complete_date
from clinical.findings import report
from sdtm.algorithms.context import Context
from sdtm.algorithms.dates import extreme_date
from specs.model.dataset import DatasetSpec
from specs.model.maps import Extreme
from specs.model.study import ElementStart, Study

Value = TypeVar("Value")


def build_se(
    spec: DatasetSpec, study: Study, collected: Mapping[str, pd.DataFrame], visits: pd.DataFrame | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return SE with one row for each element that a subject started, in order of their starts.

    Rule: SESTDTC is the date by which study.yaml recognises the element, or a number of days after it; SEENDTC is the
    next element's SESTDTC, and for the last one the end of participation. TAETORD and EPOCH are those of the element's
    place in the arm.
    Missing: TAETORD and EPOCH of an element that has different places in the arms; an element without a start date is
    not there, nor is one that starts days after a partial date, which is reported; SEENDTC is missing while
    participation goes on. Elements that start in another order than planned stand in the order in which they started,
    and are reported.
    Reference: SDTMIG 3.4, section 5.3 (SE), assumptions 2 to 7.
    """
    context = Context(study, spec, pd.DataFrame(index=pd.RangeIndex(0)), collected=collected)
    partial = []
    places = _places(study)
    parts = []
    for element in study.design.elements:
        if element.start is None:
            continue
        starts = extreme_date(_verb(element.start), context)
        if element.start.days:
            partial.append(_partial(starts, element.etcd))
            starts = _days_after(starts, element.start, context)
        order, epoch = places.get(element.etcd, (None, None))
        parts.append(
            pd.DataFrame(
                {
                    "USUBJID": starts.index.astype("str"),
                    "SESTDTC": starts.to_numpy(),
                    "ETCD": element.etcd,
                    "ELEMENT": element.element,
                    "TAETORD": np.nan if order is None else order,
                    "EPOCH": epoch,
                }
            )
        )
    elements = pd.concat(parts, ignore_index=True)
    elements = elements.sort_values(["USUBJID", "SESTDTC", "TAETORD"], kind="stable").reset_index(drop=True)
    following = elements.groupby("USUBJID", sort=False)
    elements["SEENDTC"] = following["SESTDTC"].shift(-1)
    if study.design.participation_end is not None:
        ends = extreme_date(_verb(study.design.participation_end), context)
        last = following.cumcount(ascending=False) == 0
        over = elements["USUBJID"].map(ends).astype("str")
        over = over.mask(compare_dates(over, elements["SESTDTC"]).eq("before"))
        elements["SEENDTC"] = elements["SEENDTC"].where(~last, over)
    disordered = (following["TAETORD"].diff() < 0).to_numpy()
    findings = report(
        "SE.ORDER",
        "warning",
        "Elements started in another order than the arm plans. Check the dates by which they are recognised.",
        source="rule",
        dataset="SE",
        variable="SESTDTC",
        rows=elements[disordered],
        keys=["ETCD"],
        value="SESTDTC",
    )
    findings = pd.concat([*partial, findings], ignore_index=True)
    return elements.astype(dict.fromkeys(("SESTDTC", "SEENDTC", "ETCD", "ELEMENT", "EPOCH"), "str")), findings


def _places(study: Study) -> dict[str, tuple[float | None, str | None]]:
    """Return TAETORD and EPOCH of each element; missing where arms differ in them."""
    found: dict[str, set[tuple[float, str]]] = {}
    for arm in study.design.arms:
        for order, step in enumerate(arm.elements, 1):
            found.setdefault(step.etcd, set()).add((float(order), step.epoch))
    return {
        etcd: (_only({order for order, _ in places}), _only({epoch for _, epoch in places}))
        for etcd, places in found.items()
    }


def _only(values: set[Value]) -> Value | None:
    return next(iter(values)) if len(values) == 1 else None


def _partial(starts: pd.Series, etcd: str) -> pd.DataFrame:
    """Report partial dates, from which no days can be counted."""
    partial = starts[starts.notna() & complete_date(starts).isna()]
    return report(
        "SE.PARTIAL_START",
        "warning",
        "The element starts some days after this date, which is partial, so the subject has no such element. Complete "
        "the date.",
        source="rule",
        dataset="SE",
        variable="SESTDTC",
        rows=pd.DataFrame({"USUBJID": partial.index.astype("str"), "ETCD": etcd, "SESTDTC": partial.to_numpy()}),
        keys=["ETCD"],
        value="SESTDTC",
    )


def _days_after(starts: pd.Series, start: ElementStart, context: Context) -> pd.Series:
    """Return the date that many days after each complete date, for the subjects seen since then."""
    days = complete_date(starts).dropna() + pd.Timedelta(days=start.days)
    later = days.dt.strftime("%Y-%m-%d").astype("str")
    seen = extreme_date(Extreme(algorithm="latest", of=start.seen), context).str.slice(0, 10)
    return later[(later <= seen.reindex(later.index)).to_numpy(dtype=bool)]


def _verb(start: ElementStart) -> Extreme:
    return Extreme(algorithm=start.pick, of=start.of)
