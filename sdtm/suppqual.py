"""SUPP--, Supplemental Qualifiers: what a study collects beyond the standard's variables, one row a value."""

from __future__ import annotations

import pandas as pd

from clinical import provenance
from clinical.numbers import number_text
from specs.model.dataset import DatasetSpec

COLUMNS = ("STUDYID", "RDOMAIN", "USUBJID", "IDVAR", "IDVARVAL", "QNAM", "QLABEL", "QVAL", "QORIG", "QEVAL")

#: QORIG of SDTMIG for each origin of Define-XML.
_ORIGINS = {"Collected": "CRF"}


def build_suppqual(frame: pd.DataFrame, spec: DatasetSpec, sequence: str | None) -> pd.DataFrame | None:
    """Return the supplemental qualifiers of a finished dataset, or None where there is no value at all.

    Rule: one row for each value that is there; IDVAR is the dataset's --SEQ, and null for DM, where USUBJID suffices.
    Missing: a missing value makes no row. Rows are ordered by subject, IDVARVAL as text, and QNAM.
    Reference: SDTMIG 3.4, section 8.4.
    """
    parts = []
    for variable in spec.supplemental:
        rows = frame[frame[variable.name].notna()]
        values = rows[variable.name]
        origin = variable.origin.type if variable.origin else "Assigned"
        parts.append(
            pd.DataFrame(
                {
                    "STUDYID": rows["STUDYID"],
                    "RDOMAIN": spec.name,
                    "USUBJID": rows["USUBJID"],
                    "IDVAR": sequence,
                    "IDVARVAL": number_text(rows[sequence]) if sequence else None,
                    "QNAM": variable.name,
                    "QLABEL": variable.label,
                    "QVAL": number_text(values) if variable.type == "Num" else values,
                    "QORIG": _ORIGINS.get(origin, origin.upper()),
                    "QEVAL": variable.evaluator,
                    **{name: rows[name] for name in provenance.COLUMNS if name in rows},
                }
            )
        )
    if not parts or not sum(map(len, parts)):
        return None
    stacked = pd.concat(parts, ignore_index=True).astype(dict.fromkeys(COLUMNS, "str"))
    return stacked.sort_values(["USUBJID", "IDVARVAL", "QNAM"], kind="stable").reset_index(drop=True)
