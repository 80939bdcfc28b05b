"""TA, TE, TI, TV, TS: the trial's design, from study.yaml alone.

Reference: SDTMIG 3.4, section 7.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from clinical.findings import no_findings
from specs.model.dataset import DatasetSpec
from specs.model.study import Study
from specs.standards import load_terminology, paired_decode

Frames = Mapping[str, pd.DataFrame]
Result = tuple[pd.DataFrame, pd.DataFrame]


def _table(spec: DatasetSpec, rows: list[dict[str, Any]]) -> Result:
    """Return rows as a frame in the types of the spec; variables with a map are left to it."""
    kinds = {one.name: "float64" if one.type == "Num" else "str" for one in spec.variables if one.map is None}
    return pd.DataFrame(rows, columns=list(kinds)).astype(kinds), no_findings()


def build_ta(spec: DatasetSpec, study: Study, collected: Frames, visits: object) -> Result:
    """Return TA, Trial Arms: one record per planned element of each arm (section 7.2.1)."""
    names = {element.etcd: element.element for element in study.design.elements}
    rows = [
        {
            "ARMCD": arm.armcd,
            "ARM": arm.arm,
            "TAETORD": order,
            "ETCD": step.etcd,
            "ELEMENT": names[step.etcd],
            "TABRANCH": step.branch,
            "TATRANS": step.transition,
            "EPOCH": step.epoch,
        }
        for arm in study.design.arms
        for order, step in enumerate(arm.elements, 1)
    ]
    return _table(spec, rows)


def build_te(spec: DatasetSpec, study: Study, collected: Frames, visits: object) -> Result:
    """Return TE, Trial Elements: one record per element (section 7.2.2)."""
    rows = [
        {
            "ETCD": element.etcd,
            "ELEMENT": element.element,
            "TESTRL": element.start_rule,
            "TEENRL": element.end_rule,
            "TEDUR": element.duration,
        }
        for element in study.design.elements
    ]
    return _table(spec, rows)


def build_ti(spec: DatasetSpec, study: Study, collected: Frames, visits: object) -> Result:
    """Return TI, Trial Inclusion/Exclusion Criteria: one record per criterion (section 7.4.1)."""
    rows = [
        {"IETESTCD": criterion.code, "IETEST": criterion.text, "IECAT": criterion.category}
        for criterion in study.design.criteria
    ]
    return _table(spec, rows)


def build_tv(spec: DatasetSpec, study: Study, collected: Frames, visits: object) -> Result:
    """Return TV, Trial Visits: one record per planned visit, the same for every arm (section 7.3.1).

    Missing: ARMCD, since the schedule does not depend on the arm.
    """
    rows = [
        {
            "VISITNUM": visit.visitnum,
            "VISIT": visit.visit,
            "VISITDY": visit.day,
            "TVSTRL": visit.start_rule,
            "TVENRL": visit.end_rule,
        }
        for visit in study.design.visits.planned
        if visit.planned
    ]
    return _table(spec, rows)


def build_ts(spec: DatasetSpec, study: Study, collected: Frames, visits: object) -> Result:
    """Return TS, Trial Summary: one record per parameter value, numbered within the parameter (section 7.4.2).

    Rule: TSVALCD and the dictionary's version are filled in from controlled terminology where the value is one of its
    terms. Missing: TSVAL where TSVALNF says why.
    """
    version = study.design.standards.sdtm_terminology
    lists = load_terminology("sdtm", version, study.folder / "terminology").codelists
    names = paired_decode(lists["TSPARMCD"], lists["TSPARM"])
    rows: list[dict[str, Any]] = []
    counts: dict[str, int] = {}
    for row in study.design.trial_summary:
        counts[row.parameter] = counts.get(row.parameter, 0) + 1
        term = lists[row.codelist].terms.get(row.value or "") if row.codelist else None
        coded = term is not None and row.code is None
        rows.append(
            {
                "TSSEQ": counts[row.parameter],
                "TSGRPID": row.group,
                "TSPARMCD": row.parameter,
                "TSPARM": names.get(row.parameter, row.parameter),
                "TSVAL": row.value,
                "TSVALNF": row.null_flavor,
                "TSVALCD": term.code if coded and term else row.code,
                "TSVCDREF": "CDISC CT" if coded else row.reference,
                "TSVCDVER": version if coded else row.version,
            }
        )
    return _table(spec, rows)
