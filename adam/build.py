"""Building an ADaM dataset from its specification; which module does it follows from its rules."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

import pandas as pd

from adam.adrs import build_adrs
from adam.adsl import build_adsl
from adam.adtr import build_adtr
from adam.adtte import build_adtte
from adam.derive.subjects import convert
from adam.inputs import Inputs, as_timestamp, compute_cutoff, require_inputs
from adam.records import build_records
from clinical.findings import report
from specs.model.dataset import DatasetSpec
from specs.model.study import Study

__all__ = ["build_adam", "compute_cutoff"]

_Builder = Callable[..., tuple[pd.DataFrame, pd.DataFrame]]
_BUILDERS: Mapping[str, _Builder] = {"ADSL": build_adsl, "BDS": build_adrs, "TTE": build_adtte}


def build_adam(
    spec: DatasetSpec,
    study: Study,
    *,
    sdtm: Mapping[str, pd.DataFrame],
    adam: Mapping[str, pd.DataFrame],
    cutoff: date | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return an analysis dataset in spec order, and what was found on the way.

    Args:
        sdtm: SDTM datasets by name, of any origin: text as text, numbers as float64, dates as ISO 8601 text. Of those
            that the specification reads, only the required ones must be there; the others count as empty.
        adam: the analysis datasets that the specification reads.
        cutoff: the data cut-off; what happened after it is ignored. None takes the study's, and if it has none,
            nothing is left out and the cut-off is the latest date in the data (see `compute_cutoff`).

    Returns:
        The dataset: text as `str`, numbers as float64, dates as datetime64[s], missing as NA; sorted by its keys.

    A dataset with one row for each record of an SDTM dataset that is not there has no rows, which is reported.

    Raises:
        MappingError: a required dataset or variable is missing.
    """
    datasets = {**sdtm, **adam}
    absent = spec.rules.records.dataset if spec.rules.records else ""
    if absent and absent not in datasets:
        return _without_records(spec, absent)
    require_inputs(spec.name, spec.rules.required, datasets)
    given = cutoff or (date.fromisoformat(study.design.cutoff) if study.design.cutoff else None)
    inputs = Inputs(datasets, as_timestamp(given) if given else None)
    return _builder_of(spec)(spec, inputs=inputs)


def _without_records(spec: DatasetSpec, absent: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a dataset without rows, and a finding that says why: what it has a row for each record of is not there."""
    dates = [one.name for one in spec.variables if one.format == "DATE9."]
    frame = pd.DataFrame({one.name: convert(pd.Series(dtype="str"), one, spec.name) for one in spec.variables})
    frame = frame.astype(dict.fromkeys(dates, "datetime64[s]"))
    message = f"{absent} is not there, so {spec.name} has no record. Supply {absent}, if there is any."
    return frame, report("ADAM.NO_RECORDS", "warning", message, source="rule", dataset=spec.name)


def _builder_of(spec: DatasetSpec) -> _Builder:
    """Return what builds a dataset: which rules it has decides, else the structure it follows."""
    if spec.rules.records:
        return build_records
    return build_adtr if spec.rules.tumor_results else _BUILDERS[str(spec.builder)]
