"""ADSL, Subject-Level Analysis Dataset: one record per subject of DM.

Inputs: DM (one row a subject) and whatever datasets the maps of `adam/adsl.yaml` read.
"""

from __future__ import annotations

import pandas as pd

from adam.derive.subjects import derive_subject_variables
from adam.inputs import Inputs
from clinical.errors import MappingError
from clinical.findings import combine
from clinical.wording import count
from specs.model.dataset import DatasetSpec


def build_adsl(spec: DatasetSpec, *, inputs: Inputs) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return ADSL, one row for each subject of DM in the order of USUBJID, and what was found on the way.

    Raises:
        MappingError: DM has a subject twice, or none at all.
    """
    subjects = inputs.datasets["DM"]
    repeated = int(subjects["USUBJID"].duplicated().sum())
    if repeated:
        raise MappingError(f"DM: {count(repeated, 'subject', verb='have')} more than one record. Keep one for each.")
    if subjects.empty:
        raise MappingError("DM: there is no subject. Supply at least one.")
    base = subjects.sort_values("USUBJID", kind="stable").reset_index(drop=True)
    context = derive_subject_variables(spec, "DM", base, inputs)
    frame = pd.DataFrame({name: context.built[name] for name in spec.names})
    return frame, combine(context.findings)
