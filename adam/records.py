"""Analysis datasets with one row for each record of an SDTM dataset: ADAE, ADCM and their like.

Inputs: ADSL, the SDTM dataset and its supplemental qualifiers. Every variable has a map in `adam/<dataset>.yaml`.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from adam.derive.context import Context
from adam.derive.qualifiers import pivot_qualifiers
from adam.derive.subjects import derive_variables
from adam.derive.timeline import Booleans, subject_codes
from adam.inputs import Inputs, clean_column, keep_rows
from clinical.conditions import columns_of, matches
from clinical.findings import combine
from specs.model.adam_maps import adam_references
from specs.model.adam_row_maps import AnalysisRecords
from specs.model.dataset import DatasetSpec
from specs.model.responses import windows_of
from specs.supplemental import supplemental_name


def build_records(spec: DatasetSpec, *, inputs: Inputs) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the dataset in spec order, sorted by its keys, and what was found on the way."""
    context = open_records(spec, inputs)
    derive_variables(spec, context)
    frame = pd.DataFrame({name: context.built[name] for name in spec.names})
    ordered = frame.sort_values(list(spec.keys), kind="stable", na_position="first")
    return ordered.reset_index(drop=True), combine(context.findings)


def open_records(spec: DatasetSpec, inputs: Inputs) -> Context:
    """Return the records up to the cut-off as the base of a dataset, with the subject and the qualifiers of each.

    Rule: records for which the rules' condition holds, of subjects of ADSL for whom `population` holds. A record of a
    subject that ADSL does not have is reported and left out.
    """
    rules: AnalysisRecords = spec.rules.records
    name, supplemental = rules.dataset, supplemental_name(rules.dataset)
    adsl = inputs.datasets["ADSL"]
    wanted = _read(spec, name) | {f"{name[:2]}SEQ"} | set(columns_of(rules.where))
    qualifiers = inputs.datasets.get(supplemental)
    if qualifiers is not None:
        wanted |= set(clean_column(qualifiers, "IDVAR").dropna().unique())
    rows = inputs.rows(name, sorted(wanted))
    rows = keep_rows(rows, matches(rows, rules.where))
    codes = subject_codes(pd.Index(adsl["USUBJID"]), rows["USUBJID"])
    context = Context(spec.name, name, rows, inputs, windows=windows_of(rules))
    context.report(
        "ADAM.RECORD_WITHOUT_SUBJECT",
        "error",
        f"The subject of the record is not in ADSL, so the record is not in {spec.name}. Correct USUBJID or DM.",
        rows[codes < 0],
        dataset=name,
        variable="USUBJID",
        keys=[f"{name[:2]}SEQ"],
    )
    kept = (codes >= 0) & _in_population(adsl, rules)[codes]
    context.base = keep_rows(rows, kept)
    others = {"ADSL": (adsl, codes[kept])}
    if qualifiers is not None:
        names = sorted(_read(spec, supplemental))
        pivoted = pivot_qualifiers(qualifiers, context.base, names, context, supplemental)
        others[supplemental] = (pivoted, np.arange(len(context.base)))
    elif _read(spec, supplemental):
        none = pd.DataFrame(index=pd.RangeIndex(0))
        others[supplemental] = (none, np.full(len(context.base), -1))
    context.others = others
    return context


def _in_population(adsl: pd.DataFrame, rules: AnalysisRecords) -> Booleans:
    columns = pd.DataFrame({name: clean_column(adsl, name) for name in columns_of(rules.population)}, index=adsl.index)
    return np.append(matches(columns, rules.population), False)  # the last one is that of no subject


def _read(spec: DatasetSpec, owner: str) -> set[str]:
    """Return the variables of another dataset that the maps of a dataset read."""
    references: Iterable[str] = (text for one in spec.variables if one.map for text in adam_references(one.map))
    parts = (text.partition(".") for text in references)
    return {name for dataset, dot, name in parts if dot and dataset == owner}
