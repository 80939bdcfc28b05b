"""SV, Subject Visits: one record per visit that took place, and per planned visit that did not.

Inputs: the visits of `sdtm.visits`.
"""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from clinical import provenance
from clinical.findings import no_findings
from specs.model.dataset import DatasetSpec
from specs.model.study import Study


def build_sv(
    spec: DatasetSpec, study: Study, collected: Mapping[str, pd.DataFrame], visits: pd.DataFrame | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return SV: every event of a subject that is a visit.

    Rule: planned visits have SVPRESP Y and SVOCCUR Y or N as collected; unplanned visits have neither. Dates are those
    of the visit form.
    Missing: SVPRESP, SVOCCUR and VISITDY of unplanned visits; the dates of visits that did not take place.
    Reference: SDTMIG 3.4, section 5.4 (SV).
    """
    assert visits is not None
    occurred = visits["OCCURRED"].fillna(False) if "OCCURRED" in visits else visits["DTC"].notna()
    planned = visits["PLANNED"]
    frame = pd.DataFrame(
        {
            "VISITNUM": visits["VISITNUM"],
            "VISIT": visits["VISIT"],
            "VISITDY": visits["VISITDY"].where(planned),
            "SVPRESP": pd.Series("Y", index=visits.index, dtype="str").where(planned),
            "SVOCCUR": occurred.map({True: "Y", False: "N"}).astype("str").where(planned),
            "SVREASOC": visits["REASON"].where(planned) if "REASON" in visits else None,
            "SVSTDTC": visits["DTC"],
            "SVENDTC": visits["ENDTC"],
            **{name: visits[name] for name in provenance.COLUMNS if name in visits},
        }
    )
    stated = visits["OCCURRED"].notna() if "OCCURRED" in visits else visits["DTC"].notna()
    return frame[stated.to_numpy()].reset_index(drop=True), no_findings()
